//! A source that says what the test wants: its driver reads an identity from the query as it stands there. What real
//! drivers check of a protocol is proven beside them; here it is what the hub makes of it.

use clau_connectors::contract::{
    Answer, Arrival, Arrived, Blueprint, Call, Departure, Driver, Drivers, Fault, Finding, Heard,
    Introduction, Leave, LogoutOutcome, Mistake, Notice, Reply, SignOut, Taken, Wanted, Wish,
};
use clau_domain::connector::Connector;
use clau_domain::identity::ExternalIdentity;
use clau_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug)]
pub(crate) struct FakeDrivers;

impl Drivers for FakeDrivers {
    fn driver(&self, blueprint: Blueprint<'_>) -> Result<Box<dyn Driver>, Vec<Mistake>> {
        Ok(Box::new(Fake(blueprint.connector.clone())))
    }
}

#[derive(Debug)]
struct Fake(Connector);

/// What stands in the query.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) identity: ExternalIdentity,
    /// What must not come twice.
    pub(crate) id: String,
    /// What the source calls the session.
    pub(crate) session: String,
}

impl Driver for Fake {
    fn connector(&self) -> &Connector {
        &self.0
    }

    fn documents(&self) -> Vec<Wanted> {
        Vec::new()
    }

    fn take(&self, _document: &str, _bytes: &[u8], _now: Timestamp) -> Result<Taken, Fault> {
        Ok(Taken::default())
    }

    fn ready(&self, _now: Timestamp) -> Result<(), Fault> {
        Ok(())
    }

    fn depart<'a>(&'a self, _call: &'a Call<'a>, wish: &'a Wish) -> Answer<'a, Departure> {
        let leave = format!("https://{}.example/login?state={}", self.0.id, wish.state);
        Box::pin(async move {
            if self.0.ldap.is_some() {
                return Ok(Departure::Password);
            }
            Ok(Departure::Away {
                leave: Leave::Redirect(leave),
                pending: "asked".to_owned(),
            })
        })
    }

    fn arrive<'a>(
        &'a self,
        call: &'a Call<'a>,
        arrival: &'a Arrival<'a>,
        pending: Option<&'a str>,
    ) -> Answer<'a, Arrived> {
        Box::pin(async move {
            let text = match arrival {
                Arrival::Query(text) => *text,
                Arrival::Credentials { login, .. } => match *login {
                    "away" => return Err(Fault::NoAnswer("down".to_owned())),
                    "wrong" => return Err(Fault::Credentials),
                    text => text,
                },
                Arrival::Saml(_) => return Err(Fault::Untrusted("no query".to_owned())),
            };
            let unsolicited = self.0.saml.as_ref().is_some_and(|saml| saml.unsolicited);
            if pending.is_none() && !unsolicited && self.0.ldap.is_none() {
                return Err(Fault::Untrusted("nobody has asked".to_owned()));
            }
            let said: Said =
                serde_json::from_str(text).map_err(|error| Fault::Untrusted(error.to_string()))?;
            Ok(Arrived {
                identity: said.identity,
                upstream: "upstream".to_owned(),
                names: vec![said.session],
                once: vec![(said.id, call.now + std::time::Duration::from_secs(300))],
            })
        })
    }

    fn sign_out<'a>(
        &'a self,
        _call: &'a Call<'a>,
        _upstream: &'a str,
        state: &'a str,
    ) -> Answer<'a, SignOut> {
        let leave = Leave::Redirect(format!(
            "https://{}.example/logout?state={state}",
            self.0.id
        ));
        Box::pin(async move {
            Ok(SignOut::Away {
                leave,
                pending: "going".to_owned(),
            })
        })
    }

    fn hear<'a>(&'a self, call: &'a Call<'a>, notice: &'a Notice<'a>) -> Answer<'a, Heard> {
        Box::pin(async move {
            match notice {
                Notice::LogoutToken(text) => Ok(Heard::Ended {
                    names: vec![(*text).to_owned()],
                    once: vec![(
                        (*text).to_owned(),
                        call.now + std::time::Duration::from_secs(60),
                    )],
                    reply: None,
                }),
                Notice::CameBack(query) if query.starts_with("session of ") => Ok(Heard::Ended {
                    names: vec![(*query).to_owned()],
                    once: Vec::new(),
                    reply: None,
                }),
                Notice::CameBack(_) => Ok(Heard::Answered { done: true }),
                _ => Err(Fault::Untrusted("not understood".to_owned())),
            }
        })
    }

    fn reply(
        &self,
        _call: &Call<'_>,
        _reply: &str,
        _outcome: LogoutOutcome,
    ) -> Result<Reply, Fault> {
        Ok(Reply::Body(String::new()))
    }

    fn probe<'a>(&'a self, _call: &'a Call<'a>) -> Answer<'a, ()> {
        Box::pin(async move {
            if self.0.name == "Silence" {
                Err(Fault::NoAnswer("no answer".to_owned()))
            } else {
                Ok(())
            }
        })
    }

    fn check<'a>(
        &'a self,
        _call: &'a Call<'a>,
    ) -> futures_util::future::BoxFuture<'a, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }

    fn introduction(&self, _call: &Call<'_>) -> Result<Option<Introduction>, Fault> {
        Ok(None)
    }
}
