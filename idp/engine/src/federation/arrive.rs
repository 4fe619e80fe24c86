//! From a source's answer to a person: it is taken once, by the browser that had left, for the source that was
//! asked; the driver reads it; nothing in it comes a second time; and who it is, is a link or a unique match, or
//! nobody (FED-01, FED-02). Never matches by itself: [`super::find`] does.

use std::time::Duration;

use clau_connectors::contract::{Arrival, Arrived, Fault};
use clau_domain::connector::{ConnectorId, Scope};
use clau_domain::login::{Due, FromUpstream, LinkRef, Login, Proof};
use clau_domain::person::Person;
use clau_domain::secret::{
    BrowserKind, SecretString, Token, UpstreamArrivedKind, UpstreamOnceKind, UpstreamStateKind,
};
use clau_domain::session::{Method, Source as SessionSource};
use clau_domain::url::LocalPath;
use clau_saml::binding::Received;
use clau_storage::links::Link;
use clau_storage::{accounts, people};

use super::depart::{Departed, SourceProblem, links_for};
use super::find::{Found, Stop};
use super::link::{credentials_of_link, is_guardian};
use super::sources::Source;
use super::{Refused, named};
use crate::error::Error;
use crate::login::{
    Cookies, Finished, IdentifyProblem, PasswordProblem, Start, Step, Then, Typed, Unknown,
};
use crate::throttle::{Admission, Attempt};
use crate::{Cx, Hub};

/// How long an answer waits for its browser to show its cookies.
const ARRIVED_LIFE: Duration = Duration::from_secs(90);

/// A message that came in a form, laid aside until its browser comes back with its cookies.
type LaidAside = (ConnectorId, Vec<(String, String)>);

impl Hub {
    /// Keeps an answer that came with a form of another site, which brings no cookies of ours (SES-04): the
    /// browser comes back for it by a GET. Not read yet.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn lay_answer_aside(
        &self,
        cx: &Cx<'_>,
        connector: &ConnectorId,
        fields: Vec<(String, String)>,
    ) -> Result<Token<UpstreamArrivedKind>, Refused> {
        self.source(cx, connector).await?;
        let laid: LaidAside = (connector.clone(), fields);
        Ok(self.keep_new(cx, &laid, cx.now + ARRIVED_LIFE).await?)
    }

    /// Goes on with an answer that was laid aside.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn arrive_with_form(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        connector: &ConnectorId,
        name: &str,
    ) -> Result<Step, Refused> {
        let source = self.source(cx, connector).await?;
        let Some(token) = Token::<UpstreamArrivedKind>::parse(name) else {
            return Err(Refused::Expired);
        };
        let taken = self
            .tickets()
            .take::<UpstreamArrivedKind, LaidAside>(&token.digest(), cx.now)
            .await?;
        // FED-05: what came to one source's address is not read as another's.
        let taken = taken.filter(|(of, _)| of == connector);
        let (_, fields) = taken.ok_or(Refused::Expired)?;
        let received = Received::from_form(&fields);
        let received = received
            .map_err(|problem| Refused::of(source.name(), Fault::Untrusted(problem.to_string())))?;
        let state = received.relay_state.clone();
        self.arrive(
            cx,
            cookies,
            &source,
            &Arrival::Saml(&received),
            state.as_deref(),
        )
        .await
    }

    /// Goes on with an answer that came in a query. `state` is the protocol's place for it.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn arrive_with_query(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        connector: &ConnectorId,
        (query, state): (&str, Option<&str>),
    ) -> Result<Step, Refused> {
        let source = self.source(cx, connector).await?;
        self.arrive(cx, cookies, &source, &Arrival::Query(query), state)
            .await
    }

    async fn arrive(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        source: &Source,
        arrival: &Arrival<'_>,
        state: Option<&str>,
    ) -> Result<Step, Refused> {
        let departed = self.take_departed(cx, cookies, source, state).await?;
        let pending = departed.as_ref().map(|departed| departed.pending.clone());
        let arrived = self
            .read_arrival(cx, source, arrival, pending.as_deref())
            .await;
        let arrived = arrived.map_err(|fault| Refused::of(source.name(), fault))?;
        let login = match departed {
            Some(departed) => departed.login,
            // Nobody had left: the driver has seen to it that this source may do so.
            None => {
                let start = Start::page(LocalPath::root());
                self.new_login(cx, cookies.browser, &start).0
            }
        };
        self.arrived(cx, cookies, source, (login, arrived)).await
    }

    /// The login that waits for this answer: this browser's, and gone to this source. None where nobody had left.
    async fn take_departed(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        source: &Source,
        state: Option<&str>,
    ) -> Result<Option<Departed>, Refused> {
        let Some(token) = state.and_then(Token::<UpstreamStateKind>::parse) else {
            return Ok(None);
        };
        let digest = token.digest();
        let kept = self
            .tickets()
            .get::<UpstreamStateKind, Departed>(&digest, cx.now)
            .await?;
        // A state that looks like ours and is not there: too late, used, or never given out.
        let kept = kept.ok_or(Refused::Expired)?;
        let browser = cookies.browser.and_then(Token::<BrowserKind>::parse);
        // Looked at before it is taken: a stranger with the state must not burn it (FED-06).
        let ours = browser.is_some_and(|browser| browser.digest() == kept.login.browser);
        if !ours {
            return Err(Refused::Expired);
        }
        if kept.connector != *source.id() {
            return Err(Refused::Untrusted {
                name: source.name().to_owned(),
                why: format!("the answer to a question that {} was asked", kept.connector),
            });
        }
        let taken = self
            .tickets()
            .take::<UpstreamStateKind, Departed>(&digest, cx.now)
            .await?;
        taken.map(Some).ok_or(Refused::Expired)
    }

    /// What a driver reads of an answer; once more where it has met a key that a new copy may have (FED-12).
    async fn read_arrival(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        arrival: &Arrival<'_>,
        pending: Option<&str>,
    ) -> Result<Arrived, Fault> {
        let unavailable = |error: Error| Fault::NoAnswer(error.to_string());
        let room = self.room(cx, source).await?;
        let call = room.call();
        let read = || room.wait(room.driver().arrive(&call, arrival, pending));
        match read().await {
            Err(Fault::Stale(document)) => {
                let renewed = self.renew_at_once(cx, source, document).await;
                if renewed.map_err(unavailable)? {
                    read().await
                } else {
                    Err(Fault::Untrusted(format!("`{document}` has no such key")))
                }
            }
            read => read,
        }
    }

    /// Goes on with somebody whom a source vouches for.
    async fn arrived(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        source: &Source,
        (mut login, arrived): (Login, Arrived),
    ) -> Result<Step, Refused> {
        for (what, until) in &arrived.once {
            let digest = named::<UpstreamOnceKind>(&[source.id().as_str(), what]);
            let first = self
                .tickets()
                .first_use::<UpstreamOnceKind>(&digest, *until, cx.now)
                .await?;
            if !first {
                return Err(Refused::Untrusted {
                    name: source.name().to_owned(),
                    why: "it came before".to_owned(),
                });
            }
        }
        let level = arrived.identity.level;
        if let Some(needed) = login.at_least.filter(|needed| level < *needed) {
            return Err(Refused::TooWeak {
                name: source.name().to_owned(),
                why: format!("{level:?}"),
                needed: Some(needed),
            });
        }
        let from = FromUpstream {
            source: SessionSource {
                connector: source.id().clone(),
                subject: arrived.identity.subject.clone(),
                upstream: serde_json::Value::String(arrived.upstream),
                names: arrived.names,
            },
            identity: arrived.identity,
        };
        if let Some(person) = links_for(&login) {
            return self.link_own(cx, cookies, source, (person, &from)).await;
        }
        login.arrived = Some(Box::new(from));
        self.recognise(cx, cookies, source, login).await
    }

    /// Finds who has arrived, and goes on with their login or with the page for somebody whom nobody knows.
    async fn recognise(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        source: &Source,
        login: Login,
    ) -> Result<Step, Refused> {
        let Some(from) = login.arrived.clone() else {
            return Ok(Step::Expired);
        };
        let identity = &from.identity;
        let known = self.link_of(source.id(), &identity.subject).await?;
        let (link, new) = match known {
            Some(link) => {
                self.refresh_created(source, (&link, identity)).await?;
                let link = self.unify_by_keys(cx, source, (link, identity)).await?;
                (link, false)
            }
            None => match self.find_person(cx, source.connector(), identity).await? {
                Found::One(person, reasons) => {
                    let made = self
                        .link_matched(cx, source, identity, (person, reasons))
                        .await?;
                    (made, true)
                }
                Found::Nobody(Stop::NobodyThere) => {
                    match self.create_person(cx, source, identity).await? {
                        Some(link) => (link, false),
                        None => return self.unknown(cx, source, login, Stop::NobodyThere).await,
                    }
                }
                Found::Nobody(stop) => return self.unknown(cx, source, login, stop).await,
            },
        };
        self.vouched(cx, cookies, source, (login, link, new)).await
    }

    /// Goes on with a login that a link proves. What the person is here is looked at once more (FED-09).
    pub(super) async fn vouched(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        source: &Source,
        (mut login, link, new): (Login, Link, bool),
    ) -> Result<Step, Refused> {
        let Some(identity) = login.arrived.as_ref().map(|from| from.identity.clone()) else {
            return Ok(Step::Expired);
        };
        let person = people::find(self.database(), link.person).await?;
        let account = accounts::by_person(self.database(), link.person).await?;
        let scope = Scope::Within(&source.connector().trust);
        let person = person
            .map(|person| person.within(scope))
            .filter(Person::belongs);
        let open = account.filter(|account| account.locked.is_none());
        let (Some(person), Some(account)) = (person, open) else {
            tracing::info!(
                event = "login.failure",
                connector = %source.id(),
                person = %link.person,
                reference = %cx.reference,
                "somebody whom a source vouches for is locked, or is nothing where it may speak"
            );
            return self.unknown(cx, source, login, Stop::OutOfReach).await;
        };
        self.used(cx, &link).await?;
        login.proof = Some(Proof {
            person: person.id,
            method: Method::upstream(identity.level),
            at: identity.authenticated_at.min(cx.now),
            credentials: credentials_of_link(&link),
            link: Some(Box::new(LinkRef {
                connector: link.connector.clone(),
                subject: link.subject.clone(),
            })),
        });
        login.due = self.due(&account, Method::upstream(identity.level)).await?;
        if new {
            login.due.push(Due::Linked);
        }
        if super::context::is_worth_asking(&person) {
            login.due.push(Due::Context);
        }
        Ok(self.proceed(cx, cookies, login, &person).await?)
    }

    /// The page for somebody whom the source vouches for and nobody knows. What the source has said stays here
    /// (FED-03).
    pub(super) async fn unknown(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        login: Login,
        stop: Stop,
    ) -> Result<Step, Refused> {
        tracing::info!(
            event = "source.unknown",
            connector = %source.id(),
            why = ?stop,
            reference = %cx.reference,
            "a source vouches for somebody whom the directory does not know for sure"
        );
        metrics::counter!("clau_logins_total", "outcome" => "unknown").increment(1);
        self.ask_who(cx, source, (login, stop), ("", None)).await
    }

    /// The page for somebody whom nobody knows, with what they have typed there and why it has not helped.
    pub(super) async fn ask_who(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        (login, stop): (Login, Stop),
        (typed, problem): (&str, Option<IdentifyProblem>),
    ) -> Result<Step, Refused> {
        Ok(Step::Unknown(Unknown {
            handle: self.store_login(cx, &login).await?,
            source: source.name().to_owned(),
            connector: source.id().clone(),
            stop,
            guardian: is_guardian(&login),
            login: typed.chars().take(100).collect(),
            problem,
            leads_to: crate::login::leads_to(&login.resume),
        }))
    }

    /// Login and password of a directory: counted before it is asked, as every password is (PWD-08).
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn arrive_with_password(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        (handle, connector): (&str, &ConnectorId),
        typed: Typed<'_>,
    ) -> Result<Step, Refused> {
        let Some((login, _)) = self.open_login(cx, cookies, handle) else {
            return Ok(Step::Expired);
        };
        let source = self.source(cx, connector).await?;
        let shown: String = typed.username.chars().take(100).collect();
        let again = |problem| {
            let asked = self.ask_password(cx, &source, &login, (shown.clone(), Some(problem)));
            asked.map(Step::AskPassword)
        };
        // The same login at another source is another one.
        let name = format!("{connector}/{}", typed.username.trim());
        let attempt = Attempt {
            login: &name,
            password: typed.password,
            device: None,
        };
        let admitted = match self.admit(cx, &attempt).await? {
            Admission::Go(admitted) => admitted,
            Admission::Wait(wait) => {
                return again(SourceProblem::Login(PasswordProblem::Wait(wait)));
            }
        };
        let password = SecretString::from(typed.password.to_owned());
        let arrival = Arrival::Credentials {
            login: typed.username.trim(),
            password: &password,
        };
        match self.read_arrival(cx, &source, &arrival, None).await {
            Ok(arrived) => {
                self.succeeded(&admitted).await;
                self.arrived(cx, cookies, &source, (login, arrived)).await
            }
            Err(Fault::Credentials) => {
                self.failed(cx, &admitted).await;
                again(SourceProblem::Login(PasswordProblem::BadCredentials))
            }
            // Nothing was learned about the password: the guess was none.
            Err(Fault::NoAnswer(why)) => {
                tracing::warn!(
                    event = "source.silent",
                    %connector,
                    cause = %why,
                    reference = %cx.reference,
                    "a directory did not answer somebody who waits"
                );
                again(SourceProblem::Away)
            }
            Err(fault) => Err(Refused::of(source.name(), fault)),
        }
    }

    /// A link that is there already leads back to the account page, without a new session.
    pub(super) fn back_to_account(&self) -> Step {
        let path = LocalPath::parse("/account?done=linked").unwrap_or_default();
        Step::Finished(Finished {
            session: None,
            then: Then::Page(path),
        })
    }
}
