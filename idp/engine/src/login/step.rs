//! What the browser gets next: one variant for each page, and the end. Steps never name one another:
//! [`clau_domain::login::next`] says which comes. Never renders.

use std::time::Duration;

use clau_domain::connector::ConnectorId;
use clau_domain::ids::ServiceId;
use clau_domain::login::CasRequest;
use clau_domain::policy;
use clau_domain::secret::{BrowserKind, DeviceKind, SamlStartedKind, Token};
use clau_domain::session::Assurance;
use clau_domain::url::LocalPath;

use super::{CredentialsProblem, ProveSecond};
use crate::cas::HandedOver;
use crate::federation::context::ChooseContext;
use crate::federation::depart::{AskPassword, LeaveStep};
use crate::federation::find::Stop;
use crate::federation::link::LinkedPage;
use crate::leaving::Leaving;
use crate::oidc::answer::Onward;
use crate::session::Begun;

/// What the browser gets next.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a request and moved once; a box would only hide it"
)]
pub enum Step {
    /// The login page.
    Identify(Identify),
    /// Prove a second factor.
    ProveSecond(ProveSecond),
    /// Choose a login and a password.
    ChooseCredentials(ChooseCredentials),
    /// Read and accept the charter.
    AcceptCharter(AcceptCharter),
    /// Leave for a source that will say who it is.
    Leave(LeaveStep),
    /// Login and password of a directory elsewhere.
    AskPassword(AskPassword),
    /// A source vouches for somebody, and nobody here is known to be them.
    Unknown(Unknown),
    /// An account elsewhere is theirs from now on.
    ShowLink(LinkedPage),
    /// Choose the child or the school to act for.
    ChooseContext(ChooseContext),
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
    /// The identifier of what is being opened.
    pub opens: Option<ServiceId>,
    /// The least strength that will do.
    pub at_least: Option<Assurance>,
    /// The source that the service has asked for.
    pub source: Option<ConnectorId>,
}

/// The page for somebody whom a source vouches for and nobody knows.
#[derive(Debug)]
pub struct Unknown {
    /// Goes into the form.
    pub handle: String,
    /// Name of the source.
    pub source: String,
    /// Which source.
    pub connector: ConnectorId,
    /// Why nobody was found.
    pub stop: Stop,
    /// The source says that they are a pupil's guardian.
    pub guardian: bool,
    /// The login typed before.
    pub login: String,
    /// What went wrong the last time.
    pub problem: Option<IdentifyProblem>,
    /// Where the form may lead (WEB-01).
    pub leads_to: Option<String>,
}

/// Why a password, or a code in its place, lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordProblem {
    /// Wrong login, wrong password, closed or locked account: one text for all (PWD-06).
    BadCredentials,
    /// Too many wrong guesses: wait.
    Wait(Duration),
    /// Too many people at once: come back in a moment.
    Busy(Duration),
}

impl From<PasswordProblem> for IdentifyProblem {
    fn from(problem: PasswordProblem) -> Self {
        match problem {
            PasswordProblem::BadCredentials => Self::BadCredentials,
            PasswordProblem::Wait(wait) => Self::Wait(wait),
            PasswordProblem::Busy(wait) => Self::Busy(wait),
        }
    }
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
    /// The account has a second factor: they sign in with it, and link from the account page (MFA-10).
    LinkFromInside,
    /// Too many wrong second factors: it begins again (MFA-08).
    SecondFailed,
    /// What is being opened asks for a second factor, and this account has none.
    NoSecond,
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
