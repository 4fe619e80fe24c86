//! The pages between a stranger and a session: login with its choices, choice of credentials, charter.

use askama::Template;
use clau_domain::password::Weakness;
use clau_engine::login::{CredentialsProblem, IdentifyProblem};
use http::StatusCode;

use super::sources::{Choices, LastWay, StepUp};
use super::{Frame, Page};
use crate::texts::Texts;

/// The login page. Without choices it is login and password and nothing else; with them the form is there
/// all the same.
#[derive(Debug, Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    /// Around it.
    pub frame: Frame,
    /// The login in progress, as the engine handed it out.
    pub handle: String,
    /// The login typed before.
    pub username: String,
    /// What is being opened.
    pub service: Option<String>,
    /// Whether somebody who is signed in proves it again.
    pub confirm: bool,
    /// Whether "remember me" is offered.
    pub remember: bool,
    /// What went wrong.
    pub problem: Option<LoginProblem>,
    /// By which sources people may come in; none where there is no source.
    pub choices: Option<Choices>,
    /// What is being opened needs a stronger proof. Instead of the choices: only what can give it is shown.
    pub stronger: Option<StepUp>,
}

impl Page for LoginPage {
    const SCRIPT: bool = true;
}

impl LoginPage {
    /// Whether login and password stand before the choices: they were used the last time on this device, or
    /// have just been refused.
    pub(crate) fn form_first(&self) -> bool {
        let last = self
            .choices
            .as_ref()
            .and_then(|choices| choices.last.as_ref());
        self.problem.is_some() || last == Some(&LastWay::Form)
    }

    pub(crate) fn title(&self) -> String {
        match (&self.stronger, &self.service) {
            (Some(_), Some(service)) => self.frame.with("stronger-title", "service", service),
            (Some(_), None) => self.frame.say("stronger-title-unnamed"),
            (None, _) if self.confirm => self.frame.say("login-confirm-title"),
            (None, _) => self.frame.say("login-title"),
        }
    }

    /// What stands below the title; empty where nothing does.
    pub(crate) fn lead(&self) -> String {
        let key = match (&self.stronger, self.confirm) {
            (Some(_), _) => return self.frame.say("stronger-text"),
            // With sources it is not always a password.
            (None, true) if self.choices.is_some() => {
                ("login-confirm-again-service", "login-confirm-again")
            }
            (None, true) => ("login-confirm-service", "login-confirm-text"),
            (None, false) => ("login-for-service", ""),
        };
        match &self.service {
            Some(service) => self.frame.with(key.0, "service", service),
            None if key.1.is_empty() => String::new(),
            None => self.frame.say(key.1),
        }
    }
}

/// Why somebody is still on the login page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginProblem {
    /// One text for everything that is wrong with login or password (PWD-06).
    Wrong,
    /// Seconds until the next guess.
    Wait(u64),
    /// Too many people at once; seconds until it is worth trying again.
    Busy(u64),
    /// The account has a second factor: they sign in with it, and link from inside.
    LinkFromInside,
    /// Too many wrong second factors: it begins again.
    SecondFailed,
    /// What is being opened asks for a second factor, and the account has none.
    NoSecond,
}

impl LoginProblem {
    /// What the engine says of a password, for a page.
    pub fn of(problem: IdentifyProblem) -> Self {
        match problem {
            IdentifyProblem::BadCredentials => Self::Wrong,
            IdentifyProblem::Wait(wait) => Self::Wait(wait.as_secs().max(1)),
            IdentifyProblem::Busy(wait) => Self::Busy(wait.as_secs().max(1)),
            IdentifyProblem::LinkFromInside => Self::LinkFromInside,
            IdentifyProblem::SecondFailed => Self::SecondFailed,
            IdentifyProblem::NoSecond => Self::NoSecond,
        }
    }

    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Wrong | Self::LinkFromInside | Self::SecondFailed | Self::NoSecond => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// When to come back, in seconds.
    pub const fn wait(self) -> Option<u64> {
        match self {
            Self::Wrong | Self::LinkFromInside | Self::SecondFailed | Self::NoSecond => None,
            Self::Wait(seconds) | Self::Busy(seconds) => Some(seconds),
        }
    }

    pub(crate) fn text(&self, t: &Texts) -> String {
        match *self {
            Self::Wrong => t.say("problem-login-wrong"),
            Self::Wait(seconds) => t.count("problem-login-wait", "seconds", seconds),
            Self::Busy(_) => t.say("problem-login-busy"),
            Self::LinkFromInside => t.say("problem-link-from-inside"),
            Self::SecondFailed => t.say("problem-second-failed"),
            Self::NoSecond => t.say("problem-no-second"),
        }
    }
}

/// First login: a password, and a login of one's own.
#[derive(Debug, Template)]
#[template(path = "credentials.html")]
pub struct CredentialsPage {
    /// Around it.
    pub frame: Frame,
    /// The login in progress.
    pub handle: String,
    /// First name.
    pub name: String,
    /// The account's login, or the one typed before.
    pub login: String,
    /// Fewest characters of the password.
    pub shortest: usize,
    /// What was wrong.
    pub problem: Option<CredentialsProblem>,
}

impl Page for CredentialsPage {
    const SCRIPT: bool = true;
}

impl CredentialsPage {
    pub(crate) fn login_problem(&self) -> Option<String> {
        login_problem(self.problem, self.frame.t)
    }

    pub(crate) fn password_problem(&self) -> Option<String> {
        password_problem(self.problem, self.frame.t)
    }

    pub(crate) fn again_differs(&self) -> bool {
        self.problem == Some(CredentialsProblem::Mismatch)
    }

    pub(crate) fn busy(&self) -> bool {
        self.problem == Some(CredentialsProblem::Busy)
    }
}

/// The text next to the login field.
fn login_problem(problem: Option<CredentialsProblem>, t: Texts) -> Option<String> {
    match problem? {
        CredentialsProblem::LoginForm => Some(t.say("problem-alias-form")),
        CredentialsProblem::LoginTaken => Some(t.say("problem-alias-taken")),
        CredentialsProblem::Password(_)
        | CredentialsProblem::Mismatch
        | CredentialsProblem::WrongCurrent
        | CredentialsProblem::Busy => None,
    }
}

/// The text next to the field of the new password.
pub(super) fn password_problem(problem: Option<CredentialsProblem>, t: Texts) -> Option<String> {
    match problem? {
        CredentialsProblem::Password(Weakness::TooShort { at_least }) => {
            Some(t.count("problem-password-short", "count", at_least))
        }
        CredentialsProblem::Password(Weakness::TooLong) => Some(t.say("problem-password-long")),
        CredentialsProblem::Password(Weakness::Common) => Some(t.say("problem-password-common")),
        CredentialsProblem::Password(Weakness::Personal) => {
            Some(t.say("problem-password-personal"))
        }
        CredentialsProblem::LoginForm
        | CredentialsProblem::LoginTaken
        | CredentialsProblem::Mismatch
        | CredentialsProblem::WrongCurrent
        | CredentialsProblem::Busy => None,
    }
}

/// Read and accept the charter.
#[derive(Debug, Template)]
#[template(path = "accept_charter.html")]
pub struct AcceptCharterPage {
    /// Around it.
    pub frame: Frame,
    /// The login in progress.
    pub handle: String,
    /// Version of the charter.
    pub version: String,
    /// The box was not ticked.
    pub problem: bool,
}

impl Page for AcceptCharterPage {}
