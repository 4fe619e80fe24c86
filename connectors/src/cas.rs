//! The driver of CAS servers: the hub is a service there. The address it gives is its own, from its
//! configuration, with the login's state in it, so that a ticket is good for this one login and no other; the
//! ticket is validated on a connection of the hub's own (CAS-13). Never takes a proxy ticket, and never an
//! address from a request.
//!
//! | module | owns |
//! | --- | --- |
//! | [`registration`] | the addresses of a server, and what in a registration cannot be |
//! | [`check`] | every step of a login that needs nobody's password, tried and told in words |

mod check;
mod registration;

use std::time::Duration;

use clau_cas::client::{
    Authenticated, Refusal, ServiceTicket, ValidationAnswer, read_answer, read_logout,
};
use clau_cas::xml::LARGEST;
use clau_domain::connector::{Connector, UpstreamLogout};
use clau_domain::secret::same_secret;
use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use self::registration::Server;
use crate::contract::{
    Answer, Arrival, Arrived, Blueprint, Call, Departure, Driver, Fault, Finding, Heard,
    Introduction, Leave, LogoutOutcome, Mistake, Notice, Reply, Request, Response, SignOut, Taken,
    Wanted, Wish,
};
use crate::profile::{Said, complete, identify};

/// How long a logout request is remembered, so that it comes once.
const REMEMBERED: Duration = Duration::from_secs(3_600);
/// The attribute by which Apereo's server names the context of a login.
const CONTEXT: &str = "authnContextClass";

/// A driver for a CAS server.
///
/// # Errors
/// What is wrong with the registration, by key.
pub fn driver(blueprint: Blueprint<'_>) -> Result<Box<dyn Driver>, Vec<Mistake>> {
    let connector = complete(blueprint.connector);
    let server = Server::read(&connector, &blueprint.addresses())?;
    Ok(Box::new(CasDriver { connector, server }))
}

#[derive(Debug)]
struct CasDriver {
    connector: Connector,
    server: Server,
}

/// What is remembered between departure and arrival.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    /// The address that the ticket is for: it has the connector and the state in it.
    service: String,
    /// The person was to prove who they are anew.
    renew: bool,
}

impl Driver for CasDriver {
    fn connector(&self) -> &Connector {
        &self.connector
    }

    fn documents(&self) -> Vec<Wanted> {
        Vec::new()
    }

    fn take(&self, _document: &str, _bytes: &[u8], _now: Timestamp) -> Result<Taken, Fault> {
        Err(Fault::Unusable("a CAS server has no documents".to_owned()))
    }

    fn ready(&self, _now: Timestamp) -> Result<(), Fault> {
        Ok(())
    }

    fn depart<'a>(&'a self, _call: &'a Call<'a>, wish: &'a Wish) -> Answer<'a, Departure> {
        async move {
            let service = self.server.callback.with_query_pair("state", &wish.state);
            let pending = Pending {
                service: service.as_str().to_owned(),
                renew: wish.force,
            };
            let pending = serde_json::to_string(&pending)
                .map_err(|_| Fault::Unusable("nothing can be remembered".to_owned()))?;
            let login = renewed(&self.server.login, wish.force);
            let login = login.with_query_pair("service", service.as_str());
            Ok(Departure::Away {
                leave: Leave::Redirect(login.as_str().to_owned()),
                pending,
            })
        }
        .boxed()
    }

    fn arrive<'a>(
        &'a self,
        call: &'a Call<'a>,
        arrival: &'a Arrival<'a>,
        pending: Option<&'a str>,
    ) -> Answer<'a, Arrived> {
        async move {
            let Arrival::Query(query) = arrival else {
                return Err(untrusted("a CAS server answers by a query"));
            };
            let pending = pending.ok_or_else(|| untrusted("nobody had asked"))?;
            let pending: Pending = serde_json::from_str(pending)
                .map_err(|_| untrusted("that was asked in another way"))?;
            let ticket = self.ticket(query, &pending)?;
            let somebody = self.validate(call, &ticket, &pending).await?;
            if pending.renew && somebody.from_new_login() == Some(false) {
                return Err(untrusted("they have not proven anew who they are"));
            }
            let names = vec![name(&ticket)];
            let at = somebody.authenticated_at().unwrap_or(call.now);
            let said = Said {
                context: somebody.first(CONTEXT).map(str::to_owned),
                // A clock that is ahead has not seen the future.
                authenticated_at: at.min(call.now),
                subject: Some(somebody.user),
                attributes: somebody.attributes,
            };
            Ok(Arrived {
                identity: identify(&self.connector, &said)?.identity,
                upstream: String::new(),
                names,
                once: Vec::new(),
            })
        }
        .boxed()
    }

    fn sign_out<'a>(
        &'a self,
        _call: &'a Call<'a>,
        _upstream: &'a str,
        state: &'a str,
    ) -> Answer<'a, SignOut> {
        async move {
            let logout = &self.server.logout;
            let there = || logout.as_str().to_owned();
            Ok(match self.server.way {
                Some(UpstreamLogout::Protocol) => {
                    let back = self.server.signed_out.with_query_pair("state", state);
                    let away = logout.with_query_pair("service", back.as_str());
                    SignOut::Away {
                        leave: Leave::Redirect(away.as_str().to_owned()),
                        pending: String::new(),
                    }
                }
                None | Some(UpstreamLogout::ReturnUrl) => SignOut::Leave(there()),
                Some(UpstreamLogout::Button) => SignOut::Button(there()),
                Some(UpstreamLogout::None) => SignOut::Nothing,
            })
        }
        .boxed()
    }

    fn hear<'a>(&'a self, call: &'a Call<'a>, notice: &'a Notice<'a>) -> Answer<'a, Heard> {
        async move {
            match notice {
                Notice::Cas(body) => ended(body, call.now),
                // A CAS server says nothing about it: who comes back has been there.
                Notice::CameBack(_) => Ok(Heard::Answered { done: true }),
                _ => Err(untrusted("CAS servers do not speak of logouts like that")),
            }
        }
        .boxed()
    }

    fn reply(
        &self,
        _call: &Call<'_>,
        _reply: &str,
        _outcome: LogoutOutcome,
    ) -> Result<Reply, Fault> {
        Err(Fault::Unusable("CAS servers wait for no answer".to_owned()))
    }

    fn probe<'a>(&'a self, call: &'a Call<'a>) -> Answer<'a, ()> {
        async move {
            let answer = get(call, &self.server.login).await?;
            match answer.status {
                500.. => Err(Fault::NoAnswer(format!("it answers {}", answer.status))),
                _ => Ok(()),
            }
        }
        .boxed()
    }

    fn check<'a>(&'a self, call: &'a Call<'a>) -> BoxFuture<'a, Vec<Finding>> {
        check::check(&self.connector, &self.server, call).boxed()
    }

    fn introduction(&self, _call: &Call<'_>) -> Result<Option<Introduction>, Fault> {
        Ok(Some(Introduction {
            content_type: "text/plain;charset=UTF-8",
            body: format!("{}\n", self.server.callback),
        }))
    }
}

impl CasDriver {
    /// The ticket that came back, if it came back to where it was asked for (FED-05).
    fn ticket(&self, query: &str, pending: &Pending) -> Result<ServiceTicket, Fault> {
        let state = only(query, "state")?.unwrap_or_default();
        let service = self.server.callback.with_query_pair("state", &state);
        if !same_secret(service.as_str(), &pending.service) {
            return Err(untrusted("it came back to another address"));
        }
        let ticket = only(query, "ticket")?
            .ok_or_else(|| Fault::Refused("the browser came back without a ticket".to_owned()))?;
        ServiceTicket::parse(&ticket).ok_or_else(|| untrusted("that cannot be a service ticket"))
    }

    async fn validate(
        &self,
        call: &Call<'_>,
        ticket: &ServiceTicket,
        pending: &Pending,
    ) -> Result<Authenticated, Fault> {
        let url = renewed(&self.server.validate, pending.renew)
            .with_query_pair("service", &pending.service)
            .with_query_pair("ticket", ticket.expose());
        match validation(call, &url).await? {
            ValidationAnswer::Success(somebody) => Ok(somebody),
            ValidationAnswer::Failure(refusal) => Err(refused(&refusal)),
        }
    }
}

/// What a server answers to a validation.
async fn validation(call: &Call<'_>, url: &WebUrl) -> Result<ValidationAnswer, Fault> {
    let answer = get(call, url).await?;
    if answer.status != 200 {
        let words = format!("it answers a validation with {}", answer.status);
        return Err(Fault::NoAnswer(words));
    }
    read_answer(&answer.body).map_err(|bad| Fault::Untrusted(format!("its answer: {bad}")))
}

async fn get(call: &Call<'_>, url: &WebUrl) -> Result<Response, Fault> {
    let request = Request {
        url,
        headers: Vec::new(),
        form: None,
        longest: LARGEST,
    };
    call.http.send(request).await
}

/// Whose fault a refusal is.
fn refused(refusal: &Refusal) -> Fault {
    let words = format!("{}: {}", refusal.code, refusal.text);
    match refusal.code.as_str() {
        "INTERNAL_ERROR" => Fault::NoAnswer(words),
        code if is_unregistered(code) => Fault::Unusable(words),
        _ => Fault::Untrusted(words),
    }
}

/// Whether a refusal says that the hub is no service there.
fn is_unregistered(code: &str) -> bool {
    code.starts_with("UNAUTHORIZED_SERVICE")
}

fn renewed(url: &WebUrl, renew: bool) -> WebUrl {
    if renew {
        url.with_query_pair("renew", "true")
    } else {
        url.clone()
    }
}

/// The name by which a server speaks of a session.
fn name(ticket: &ServiceTicket) -> String {
    format!("ticket:{}", ticket.expose())
}

/// The value of a parameter that may come once.
fn only(pairs: &str, name: &str) -> Result<Option<String>, Fault> {
    let mut values = url::form_urlencoded::parse(pairs.as_bytes())
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned());
    let first = values.next();
    if values.next().is_some() {
        return Err(untrusted(&format!("`{name}` is there twice")));
    }
    Ok(first)
}

/// Reads a logout request: in a form, as the protocol has it, or as the whole body, as some servers of French
/// schools send it (french-ent.md §8.4).
fn ended(body: &str, now: Timestamp) -> Result<Heard, Fault> {
    let message = if body.trim_start().starts_with('<') {
        body.to_owned()
    } else {
        only(body, "logoutRequest")?.ok_or_else(|| untrusted("there is no logout request in it"))?
    };
    let request = read_logout(message.trim())
        .map_err(|bad| Fault::Untrusted(format!("a logout request: {bad}")))?;
    let once = request
        .id
        .map(|id| (format!("logout:{id}"), now + REMEMBERED));
    Ok(Heard::Ended {
        names: vec![name(&request.ticket)],
        once: once.into_iter().collect(),
        reply: None,
    })
}

fn untrusted(words: &str) -> Fault {
    Fault::Untrusted(words.to_owned())
}

#[cfg(test)]
mod tests;
