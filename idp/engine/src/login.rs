//! One login, from the first request to the answer. Every use case here ends in a [`Step`], and
//! [`clau_domain::login::next`] says which; the web layer has one page for each. Never renders and
//! never redirects.
//!
//! A login that has proven nothing yet is not stored: it travels sealed in its own form, bound to the
//! browser's cookie, so that a stranger who opens the page a thousand times costs no write (SES-12)
//! and a node that dies loses nobody's login. From the proof on it is stored and single use.

mod credentials;
mod password;
mod second;
mod step;
mod stored;

use clau_domain::login::{CasRequest, Due, Login, Next, Proof, Resume, next};
use clau_domain::person::Person;
use clau_domain::secret::{BrowserKind, Token};
use clau_domain::session::Context;
use clau_domain::url::LocalPath;
use clau_storage::accounts;
use serde::{Deserialize, Serialize};

pub use credentials::{Chosen, CredentialsProblem};
pub(crate) use password::BEST;
pub use password::Typed;
pub use second::{ProveSecond, SecondProblem};
pub use step::{
    AcceptCharter, ChooseCredentials, Finished, Identify, IdentifyProblem, PasswordProblem, Step,
    Then, Unknown,
};
pub(crate) use stored::credentials_of;

use crate::error::Error;
use crate::oidc::answer::Settled;
use crate::session::{Manner, SignedIn};
use crate::{Cx, Hub};

/// What the browser brings along.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cookies<'a> {
    /// The session cookie.
    pub session: Option<&'a str>,
    /// The cookie that binds logins to this browser.
    pub browser: Option<&'a str>,
    /// The cookie of a device on which somebody has signed in before.
    pub device: Option<&'a str>,
}

/// What a login starts with.
#[derive(Clone, Debug)]
pub struct Start {
    /// What it leads to.
    pub resume: Resume,
    /// The person must prove who they are even with a session.
    pub force: bool,
    /// What stands in the login field at first; a help for the person and nothing more (OIDC-13).
    pub hint: String,
    /// Sources that the service has asked for, by any of their names; the first that is known counts.
    pub sources: Vec<String>,
}

impl Start {
    /// A login for a page of the hub.
    pub fn page(path: LocalPath) -> Self {
        Self {
            resume: Resume::Page(path),
            force: false,
            hint: String::new(),
            sources: Vec::new(),
        }
    }
}

/// The state that travels in the login form, sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    login: Login,
}

impl Hub {
    /// Begins a login, or finishes it at once when the browser has a session that will do.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn start_login(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        start: Start,
    ) -> Result<Step, Error> {
        let signed_in = self.signed_in(cx, cookies.session).await?;
        let suits = match &signed_in {
            Some(signed_in) => self.suits(cx, signed_in, &start.resume).await?,
            None => false,
        };
        match signed_in.filter(|_| !start.force) {
            Some(signed_in) if suits => {
                let then = self.resume(cx, &signed_in, &start.resume, false).await?;
                return Ok(Step::Finished(Finished {
                    session: None,
                    then,
                }));
            }
            Some(signed_in) => {
                if let Some(step) = self.step_up(cx, cookies, &signed_in, &start).await? {
                    return Ok(step);
                }
            }
            None => {}
        }
        self.identify(cx, cookies.browser, start).await
    }

    /// The login page for a new login of this browser.
    async fn identify(
        &self,
        cx: &Cx<'_>,
        browser: Option<&str>,
        start: Start,
    ) -> Result<Step, Error> {
        let (mut login, browser) = self.new_login(cx, browser, &start);
        login.at_least = self.needed_for(cx, &start.resume).await?;
        let source = self.hinted_source(cx, &start.sources, &start.hint).await?;
        let hint = start.hint.chars().take(100).collect();
        match self.identify_again(cx, &login, browser, hint, None).await? {
            Step::Identify(identify) => Ok(Step::Identify(Identify { source, ..identify })),
            step => Ok(step),
        }
    }

    /// A cookie for a browser that has none: somebody whom nobody had sent comes to a page with a form.
    pub fn new_browser(&self, cx: &Cx<'_>) -> Token<BrowserKind> {
        Token::mint(cx.random)
    }

    /// A login of this browser that has proven nothing yet.
    pub(crate) fn new_login(
        &self,
        cx: &Cx<'_>,
        browser: Option<&str>,
        start: &Start,
    ) -> (Login, Token<BrowserKind>) {
        let browser = browser
            .and_then(Token::<BrowserKind>::parse)
            .unwrap_or_else(|| Token::mint(cx.random));
        let login = Login {
            browser: browser.digest(),
            started_at: cx.now,
            resume: start.resume.clone(),
            force: start.force,
            at_least: None,
            remember: false,
            link_to: None,
            arrived: None,
            source: None,
            context: Context::Everything,
            proof: None,
            due: Vec::new(),
            tries: 0,
        };
        (login, browser)
    }

    /// A login that has proven nothing, as it travels in a form.
    pub(crate) fn seal_login_state(&self, cx: &Cx<'_>, login: &Login) -> Result<String, Error> {
        let state = serde_json::to_vec(&Sealed {
            login: login.clone(),
        })
        .map_err(|error| Error::Defect(error.to_string()))?;
        Ok(self.keys().seal_login(cx.random, &state))
    }

    /// The login page for a login that goes on.
    async fn identify_again(
        &self,
        cx: &Cx<'_>,
        login: &Login,
        browser: Token<BrowserKind>,
        typed: String,
        problem: Option<IdentifyProblem>,
    ) -> Result<Step, Error> {
        Ok(Step::Identify(Identify {
            handle: self.seal_login_state(cx, login)?,
            browser,
            service: self.opened_service(cx, &login.resume).await?,
            leads_to: leads_to(&login.resume),
            may_remember: self.may_remember(cx),
            login: typed,
            problem,
            opens: login.resume.service().cloned(),
            at_least: login.at_least,
            source: None,
        }))
    }

    /// The service that a login leads to, by name; none for a page of the hub.
    async fn opened_service(&self, cx: &Cx<'_>, resume: &Resume) -> Result<Option<String>, Error> {
        let Some(service) = resume.service() else {
            return Ok(None);
        };
        let catalogue = self.catalogue(cx.now).await?;
        Ok(catalogue.find(service).map(|service| service.name.clone()))
    }

    /// Opens the state of a login form, if it is whole, young enough and this browser's (SES-03).
    pub(crate) fn open_login(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
    ) -> Option<(Login, Token<BrowserKind>)> {
        let browser = cookies.browser.and_then(Token::<BrowserKind>::parse)?;
        let state = self.keys().open_login(handle)?;
        let Sealed { login } = serde_json::from_slice(&state).ok()?;
        let ours = login.browser == browser.digest() && next(&login, cx.now) != Next::Expired;
        ours.then_some((login, browser))
    }

    /// Goes on with a login whose person is proven: stores it if something is still due, else begins
    /// the session.
    pub(crate) async fn proceed(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        login: Login,
        person: &Person,
    ) -> Result<Step, Error> {
        match next(&login, cx.now) {
            Next::Expired => Ok(Step::Expired),
            Next::Identify | Next::Link => {
                Err(Error::Defect("a proven login has no proof".to_owned()))
            }
            Next::ProveSecond => self.ask_second(cx, &login, person, None).await,
            Next::ShowLink => Ok(self
                .linked_page(cx, &login, person)
                .await?
                .map_or(Step::Expired, Step::ShowLink)),
            Next::ChooseContext => self.choose_context_page(cx, &login, person).await,
            Next::ChooseCredentials => {
                let handle = self.store_login(cx, &login).await?;
                Ok(Step::ChooseCredentials(ChooseCredentials {
                    handle,
                    given_name: person.names.given.clone(),
                    login: person.login.clone(),
                    at_least: clau_domain::password::shortest(person.is_staff()),
                    problem: None,
                    leads_to: leads_to(&login.resume),
                }))
            }
            Next::AcceptCharter => {
                let handle = self.store_login(cx, &login).await?;
                let account = accounts::by_person(self.database(), person.id).await?;
                Ok(Step::AcceptCharter(AcceptCharter {
                    handle,
                    given_name: person.names.given.clone(),
                    version: self.settings().charter_version.clone(),
                    again: account.is_some_and(|account| account.charter.is_some()),
                    leads_to: leads_to(&login.resume),
                }))
            }
            // What is wanted is more than was proven, and there is nothing left to prove.
            Next::Finish if is_too_weak(&login) => {
                self.begin_again(cx, cookies, &login, IdentifyProblem::NoSecond)
                    .await
            }
            Next::Finish => self.finish(cx, cookies, &login, person).await,
        }
    }

    /// The session begins here and nowhere else. Whatever session the browser had ends first, with
    /// everything it opened (SES-06).
    async fn finish(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        login: &Login,
        person: &Person,
    ) -> Result<Step, Error> {
        let proof: &Proof = login
            .proof
            .as_ref()
            .ok_or_else(|| Error::Defect("no proof to finish with".to_owned()))?;
        let former = self.signed_in(cx, cookies.session).await?;
        let manner = Manner {
            remember: login.remember,
            context: login.context,
            source: match &login.arrived {
                Some(from) => Some(from.source.clone()),
                None => login.source.clone(),
            },
        };
        let mut begun = self.begin_session(cx, person, proof, manner).await?;
        // Looked at once more now that the session can be found: who locks an account or replaces a
        // password either changes what is read here, or comes later and ends this session with the
        // others (SES-07).
        if !self.still_holds(cx, proof).await? {
            self.discard(cx, &begun).await?;
            return Ok(Step::Expired);
        }
        if let Some(source) = &begun.session.source {
            let names = (&source.connector, source.names.as_slice());
            self.note_names(cx, names, (begun.digest, &begun.session))
                .await?;
        }
        match former {
            // The same person proving it again keeps what they have open: the participations move.
            Some(former) if former.session.person == person.id => {
                self.inherit(cx, &former, &begun).await?;
            }
            Some(former) => {
                self.end_session(cx, &former, crate::logout::Because::SomebodyElse)
                    .await?;
            }
            None => {}
        }
        if let Resume::Cas(CasRequest { warn: true, .. }) = &login.resume {
            begun.session.warn = true;
        }
        let device = self.remember_device(cx, cookies.device, person.id).await?;
        let signed_in = SignedIn {
            digest: begun.digest,
            session: begun.session.clone(),
            person: person.clone().acting(begun.session.context),
            whole: person.clone(),
            children: person.children.clone(),
        };
        if signed_in.session.warn {
            self.update_session(cx, &signed_in, &signed_in.session)
                .await?;
        }
        let then = self.resume(cx, &signed_in, &login.resume, true).await?;
        metrics::counter!("clau_logins_total", "outcome" => "success").increment(1);
        tracing::info!(
            event = "login.success",
            person = %person.id,
            method = ?proof.method,
            connector = proof.link.as_ref().map(|link| link.connector.as_str()),
            session = %begun.digest.short(),
            "signed in"
        );
        Ok(Step::Finished(Finished {
            session: Some((begun, device)),
            then,
        }))
    }

    /// What a session leads to: the page asked for, or the service with its ticket. `fresh` tells
    /// that the person has proven who they are in this very request.
    pub(crate) async fn resume(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        resume: &Resume,
        fresh: bool,
    ) -> Result<Then, Error> {
        match resume {
            Resume::Page(path) => Ok(Then::Page(path.clone())),
            Resume::Cas(request) => self.resume_cas(cx, signed_in, request, fresh).await,
            Resume::Oidc(request) => {
                let settled = Settled {
                    fresh,
                    ..Settled::default()
                };
                self.resume_oidc(cx, signed_in, request, settled).await
            }
            Resume::Saml(request) => self.resume_saml(cx, signed_in, request, fresh).await,
        }
    }

    /// Shows a stored login's page once more: the form came back incomplete.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn show_again(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
    ) -> Result<Step, Error> {
        let Some((login, person)) = self.take_login(cx, cookies, handle).await? else {
            return Ok(Step::Expired);
        };
        self.proceed(cx, cookies, login, &person).await
    }

    /// Accepts the charter and goes on.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn accept_charter(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
    ) -> Result<Step, Error> {
        let page = Next::AcceptCharter;
        let (mut login, person) = match self.take_login_at(cx, cookies, handle, page).await? {
            Ok(taken) => taken,
            Err(step) => return Ok(step),
        };
        let version = &self.settings().charter_version;
        accounts::accept_charter(self.database(), person.id, version, cx.now).await?;
        login.due.retain(|due| *due != Due::Charter);
        self.proceed(cx, cookies, login, &person).await
    }
}

/// Whether a login has proven less than what it leads to asks for.
fn is_too_weak(login: &Login) -> bool {
    let proven = login.proof.as_ref().map(|proof| proof.method.assurance());
    login.at_least.is_some_and(|needed| proven < Some(needed))
}

/// The origin outside the hub that a login may end at.
pub(crate) fn leads_to(resume: &Resume) -> Option<String> {
    match resume {
        Resume::Page(_) => None,
        Resume::Cas(request) => Some(request.url.origin()),
        Resume::Oidc(request) => request.origin.clone(),
        Resume::Saml(request) => request.origin.clone(),
    }
}
