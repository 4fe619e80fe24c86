//! One login, from the first request to the answer. Every use case here ends in a [`Step`], and
//! [`clau_domain::login::next`] says which; the web layer has one page for each. Never renders and
//! never redirects.
//!
//! A login that has proven nothing yet is not stored: it travels sealed in its own form, bound to the
//! browser's cookie, so that a stranger who opens the page a thousand times costs no write (SES-12)
//! and a node that dies loses nobody's login. From the proof on it is stored and single use.

mod credentials;
mod password;
mod stored;

use std::time::Duration;

use clau_domain::login::{CasRequest, Due, Login, Next, Proof, Resume, next};
use clau_domain::person::Person;
use clau_domain::policy;
use clau_domain::secret::{BrowserKind, DeviceKind, SamlStartedKind, Token};
use clau_domain::url::LocalPath;
use clau_storage::accounts;
use serde::{Deserialize, Serialize};

pub use credentials::{Chosen, CredentialsProblem};
pub use password::Typed;
pub(crate) use stored::credentials_of;

use crate::cas::HandedOver;
use crate::error::Error;
use crate::leaving::Leaving;
use crate::oidc::answer::{Onward, Settled};
use crate::session::{Begun, SignedIn};
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

/// What the browser gets next.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a request and moved once; a box would only hide it"
)]
pub enum Step {
    /// The login page.
    Identify(Identify),
    /// Choose a login and a password.
    ChooseCredentials(ChooseCredentials),
    /// Read and accept the charter.
    AcceptCharter(AcceptCharter),
    /// The person is in, or was already.
    Finished(Finished),
    /// The login has waited too long, or belongs to another browser: begin again.
    Expired,
}

/// The login page.
#[derive(Debug)]
pub struct Identify {
    /// Goes into the form.
    pub handle: String,
    /// Cookie of this browser, to be set.
    pub browser: Token<BrowserKind>,
    /// What is being opened, by name; `None` for the portal.
    pub service: Option<String>,
    /// Where the form may lead: the one origin outside that the page's policy must allow (WEB-01).
    pub leads_to: Option<String>,
    /// Whether "remember me" is offered.
    pub may_remember: bool,
    /// The login typed before, to be shown again.
    pub login: String,
    /// What went wrong the last time.
    pub problem: Option<IdentifyProblem>,
}

/// Why somebody is still on the login page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentifyProblem {
    /// Wrong login, wrong password, closed or locked account: one text for all (PWD-06).
    BadCredentials,
    /// Too many wrong guesses: wait.
    Wait(Duration),
    /// Too many people at once: come back in a moment.
    Busy(Duration),
}

/// Choose a login and a password.
#[derive(Debug)]
pub struct ChooseCredentials {
    /// Goes into the form.
    pub handle: String,
    /// First name, to greet.
    pub given_name: String,
    /// The login that the account has.
    pub login: String,
    /// Fewest characters of the password.
    pub at_least: usize,
    /// What was wrong with the last choice.
    pub problem: Option<CredentialsProblem>,
    /// Where the form may lead (WEB-01).
    pub leads_to: Option<String>,
}

/// Read and accept the charter.
#[derive(Debug)]
pub struct AcceptCharter {
    /// Goes into the form.
    pub handle: String,
    /// First name, to greet.
    pub given_name: String,
    /// Version of the charter.
    pub version: String,
    /// Whether the person had accepted an earlier one.
    pub again: bool,
    /// Where the form may lead (WEB-01).
    pub leads_to: Option<String>,
}

/// The person is in.
#[derive(Debug)]
pub struct Finished {
    /// The session that has begun, with the cookies to set; `None` when there was one already.
    pub session: Option<(Begun, Token<DeviceKind>)>,
    /// Where to now.
    pub then: Then,
}

/// What a finished login leads to.
#[derive(Debug)]
pub enum Then {
    /// A page of the hub.
    Page(LocalPath),
    /// A CAS service, with its ticket.
    Cas(Box<HandedOver>),
    /// A client of OpenID Connect: its answer, or a question on the way.
    Oidc(Box<Onward>),
    /// A service of SAML, with its answer.
    Saml(Box<Leaving>),
    /// Another window of this browser has had the answer.
    Gone,
    /// The person asked to be asked before each service: ask.
    Ask {
        /// Name of the service.
        service: String,
        /// What to go on with.
        request: CasRequest,
    },
    /// The same for a service of SAML.
    AskSaml {
        /// Name of the service.
        service: String,
        /// What its page policy must allow: who says yes is sent on (WEB-01).
        leads_to: Option<String>,
        /// Names what goes on.
        request: Token<SamlStartedKind>,
    },
    /// Signed in, but this service is not for them.
    NotForYou {
        /// Name of the service.
        service: String,
        /// Why.
        refusal: policy::Refusal,
        /// How the service hears of it, once the person has read why: where its protocol has an answer.
        back: Option<Box<Leaving>>,
    },
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
}

impl Start {
    /// A login for a page of the hub.
    pub fn page(path: LocalPath) -> Self {
        Self {
            resume: Resume::Page(path),
            force: false,
            hint: String::new(),
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
        if let Some(signed_in) = signed_in.filter(|_| suits && !start.force) {
            let then = self.resume(cx, &signed_in, &start.resume, false).await?;
            return Ok(Step::Finished(Finished {
                session: None,
                then,
            }));
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
        let browser = browser
            .and_then(Token::<BrowserKind>::parse)
            .unwrap_or_else(|| Token::mint(cx.random));
        let login = Login {
            browser: browser.digest(),
            started_at: cx.now,
            resume: start.resume,
            force: start.force,
            remember: false,
            proof: None,
            due: Vec::new(),
        };
        let hint = start.hint.chars().take(100).collect();
        self.identify_again(cx, &login, browser, hint, None).await
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
        let state = serde_json::to_vec(&Sealed {
            login: login.clone(),
        })
        .map_err(|error| Error::Defect(error.to_string()))?;
        let service = match login.resume.service() {
            None => None,
            Some(service) => {
                let catalogue = self.catalogue(cx.now).await?;
                catalogue.find(service).map(|service| service.name.clone())
            }
        };
        Ok(Step::Identify(Identify {
            handle: self.keys().seal_login(cx.random, &state),
            browser,
            service,
            leads_to: leads_to(&login.resume),
            may_remember: self.may_remember(cx),
            login: typed,
            problem,
        }))
    }

    /// Opens the state of a login form, if it is whole, young enough and this browser's (SES-03).
    fn open_login(
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
    async fn proceed(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        login: Login,
        person: &Person,
    ) -> Result<Step, Error> {
        match next(&login, cx.now) {
            Next::Expired => Ok(Step::Expired),
            Next::Identify => Err(Error::Defect("a proven login has no proof".to_owned())),
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
        let mut begun = self
            .begin_session(cx, person, proof, login.remember)
            .await?;
        // Looked at once more now that the session can be found: who locks an account or replaces a
        // password either changes what is read here, or comes later and ends this session with the
        // others (SES-07).
        if !self.still_holds(proof).await? {
            self.discard(cx, &begun).await?;
            return Ok(Step::Expired);
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
            person: person.clone(),
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
        let Some((mut login, person)) = self.take_login(cx, cookies, handle).await? else {
            return Ok(Step::Expired);
        };
        if next(&login, cx.now) != Next::AcceptCharter {
            return self.proceed(cx, cookies, login, &person).await;
        }
        let version = &self.settings().charter_version;
        accounts::accept_charter(self.database(), person.id, version, cx.now).await?;
        login.due.retain(|due| *due != Due::Charter);
        self.proceed(cx, cookies, login, &person).await
    }
}

/// The origin outside the hub that a login may end at.
fn leads_to(resume: &Resume) -> Option<String> {
    match resume {
        Resume::Page(_) => None,
        Resume::Cas(request) => Some(request.url.origin()),
        Resume::Oidc(request) => request.origin.clone(),
        Resume::Saml(request) => request.origin.clone(),
    }
}
