//! The pages between a stranger and a session: login, choice of credentials, charter.

use askama::Template;
use clau_domain::password::Weakness;
use clau_engine::login::CredentialsProblem;

use super::{Frame, Page};
use crate::texts::Texts;

/// The login page.
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
}

impl Page for LoginPage {
    const SCRIPT: bool = true;
}

/// Why somebody is still on the login page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginProblem {
    /// One text for everything that is wrong with login or password (PWD-06).
    Wrong,
    /// Seconds until the next guess.
    Wait(u64),
    /// Too many people at once.
    Busy,
}

impl LoginProblem {
    pub(crate) fn text(&self, t: &Texts) -> String {
        match *self {
            Self::Wrong => t.say("problem-login-wrong"),
            Self::Wait(seconds) => t.count("problem-login-wait", "seconds", seconds),
            Self::Busy => t.say("problem-login-busy"),
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
