//! Pages about second factors: asked for at a login, and set up, shown and taken away on the account. Never makes or
//! checks a code.

use askama::Template;
use clau_engine::login::SecondProblem;

use super::{Frame, Page};
use crate::qr::Picture;
use crate::texts::Moment;

/// Prove a second factor.
#[derive(Debug, Template)]
#[template(path = "second.html")]
pub struct SecondPage {
    /// Around it.
    pub frame: Frame,
    /// The login in progress.
    pub handle: String,
    /// First name.
    pub name: String,
    /// What is being opened.
    pub service: Option<String>,
    /// Whether a recovery code would do too.
    pub has_codes: bool,
    /// What went wrong.
    pub problem: Option<SecondProblem>,
}

impl Page for SecondPage {}

impl SecondPage {
    pub(crate) fn problem_text(&self) -> Option<String> {
        let t = self.frame.t;
        Some(match self.problem? {
            SecondProblem::Wrong => t.say("problem-second-wrong"),
            SecondProblem::Wait(wait) => {
                t.count("problem-login-wait", "seconds", wait.as_secs().max(1))
            }
        })
    }
}

/// An application of somebody's.
#[derive(Clone, Debug)]
pub struct AppView {
    /// Goes into the form.
    pub id: String,
    /// As its owner calls it; empty where they gave it no name.
    pub name: String,
    /// Since when.
    pub since: Moment,
    /// When it last let them in.
    pub last: Option<Moment>,
}

/// What was just done on the page of second factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorDone {
    /// One more.
    Added,
    /// One less.
    Removed,
}

impl FactorDone {
    pub(crate) const fn text_key(self) -> &'static str {
        match self {
            Self::Added => "second-added",
            Self::Removed => "second-removed",
        }
    }
}

/// The second factors of an account.
#[derive(Debug, Template)]
#[template(path = "second_factors.html")]
pub struct FactorsPage {
    /// Around it.
    pub frame: Frame,
    /// What has just been done.
    pub done: Option<FactorDone>,
    /// Applications.
    pub apps: Vec<AppView>,
    /// Recovery codes that are left.
    pub codes: u32,
    /// When that sheet was made.
    pub codes_since: Option<Moment>,
    /// Whether one more may be set up.
    pub has_room: bool,
}

impl Page for FactorsPage {}

/// Setting up an application.
#[derive(Template)]
#[template(path = "second_new.html")]
pub struct NewFactorPage {
    /// Around it.
    pub frame: Frame,
    /// The setup in progress.
    pub handle: String,
    /// The picture that the application reads, as SVG; none where it could not be drawn.
    pub picture: Option<Picture>,
    /// The secret for those who type it.
    pub secret: String,
    /// The first code was another one.
    pub problem: bool,
}

/// Without the secret.
impl std::fmt::Debug for NewFactorPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewFactorPage(redacted)")
    }
}

impl Page for NewFactorPage {}

/// The sheet of recovery codes, shown once.
#[derive(Template)]
#[template(path = "second_codes.html")]
pub struct CodesPage {
    /// Around it.
    pub frame: Frame,
    /// The codes.
    pub codes: Vec<String>,
    /// The login, so that the paper says whose it is.
    pub login: String,
}

/// Without the codes.
impl std::fmt::Debug for CodesPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodesPage(redacted)")
    }
}

impl Page for CodesPage {}
