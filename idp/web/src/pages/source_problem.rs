//! The page of everything that can go wrong with a source: what, why, what to do, by which other way in, and
//! the reference to give. Says nothing of anybody's account here, known or unknown.

use askama::Template;
use http::StatusCode;

use super::problem::Words;
use super::sources::{SourceChoice, WayAround};
use super::{Frame, Page};

/// The page.
#[derive(Debug, Template)]
#[template(path = "source_problem.html")]
pub struct SourceProblemPage {
    /// Around it.
    pub frame: Frame,
    /// What went wrong.
    pub kind: SourceProblem,
    /// Name of the source.
    pub source: String,
    /// How people get in meanwhile, as far as policy allows it to them.
    pub around: Vec<WayAround>,
    /// Other sources; those that are strong enough after [`SourceProblem::TooWeak`].
    pub others: Vec<SourceChoice>,
    /// Where trying the same source again leads, if that makes sense.
    pub retry: Option<String>,
    /// The login page with all choices.
    pub elsewhere: String,
    /// What the operator finds in the log.
    pub reference: String,
}

impl Page for SourceProblemPage {}

/// What went wrong with a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceProblem {
    /// It does not answer.
    NoAnswer,
    /// The hub cannot use it as it is: a document or a key is missing or too old, or it is switched off.
    Unusable,
    /// The person turned back there, or it said no.
    Refused,
    /// What it said is not believed.
    NotBelieved,
    /// It speaks of a school for which it is not trusted.
    NotTrusted,
    /// It did not prove enough.
    TooWeak,
    /// The person came back too late.
    TooLate,
    /// The person came back in another browser than they left in, or without its cookies.
    OtherBrowser,
    /// Nobody here had asked it, and it is not one that may speak first.
    Unsolicited,
}

macro_rules! words {
    ($title:literal, $text:literal, $advice:literal) => {
        Words {
            title: $title,
            text: $text,
            advice: $advice,
        }
    };
}

impl SourceProblem {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NoAnswer,
        Self::Unusable,
        Self::Refused,
        Self::NotBelieved,
        Self::NotTrusted,
        Self::TooWeak,
        Self::TooLate,
        Self::OtherBrowser,
        Self::Unsolicited,
    ];

    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::NoAnswer => StatusCode::BAD_GATEWAY,
            Self::Unusable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotBelieved => StatusCode::BAD_REQUEST,
            Self::TooLate => StatusCode::GONE,
            Self::Refused
            | Self::NotTrusted
            | Self::TooWeak
            | Self::OtherBrowser
            | Self::Unsolicited => StatusCode::FORBIDDEN,
        }
    }

    const fn words(self) -> Words {
        match self {
            Self::NoAnswer => words!(
                "source-silent-title",
                "source-silent-text",
                "source-silent-advice"
            ),
            Self::Unusable => words!(
                "source-unusable-title",
                "source-unusable-text",
                "source-unusable-advice"
            ),
            Self::Refused => words!(
                "source-refused-title",
                "source-refused-text",
                "source-refused-advice"
            ),
            Self::NotBelieved => words!(
                "source-disbelieved-title",
                "source-disbelieved-text",
                "source-disbelieved-advice"
            ),
            Self::NotTrusted => words!(
                "source-untrusted-title",
                "source-untrusted-text",
                "source-untrusted-advice"
            ),
            Self::TooWeak => words!(
                "source-weak-title",
                "source-weak-text",
                "source-weak-advice"
            ),
            Self::TooLate => words!(
                "source-late-title",
                "source-late-text",
                "source-late-advice"
            ),
            Self::OtherBrowser => words!(
                "source-elsewhere-title",
                "source-elsewhere-text",
                "source-elsewhere-advice"
            ),
            Self::Unsolicited => words!(
                "source-unasked-title",
                "source-unasked-text",
                "source-unasked-advice"
            ),
        }
    }
}

impl SourceProblemPage {
    pub(crate) fn status(&self) -> u16 {
        self.kind.status().as_u16()
    }

    pub(crate) fn title(&self) -> String {
        self.about(self.kind.words().title)
    }

    pub(crate) fn text(&self) -> String {
        self.about(self.kind.words().text)
    }

    pub(crate) fn advice(&self) -> String {
        self.about(self.kind.words().advice)
    }

    fn about(&self, key: &str) -> String {
        self.frame.with(key, "source", &self.source)
    }

    /// What the link to the login page says: start again, or go another way.
    pub(crate) const fn elsewhere_key(&self) -> &'static str {
        match self.kind {
            SourceProblem::NoAnswer
            | SourceProblem::Unusable
            | SourceProblem::NotTrusted
            | SourceProblem::TooWeak => "way-elsewhere",
            SourceProblem::Refused
            | SourceProblem::NotBelieved
            | SourceProblem::TooLate
            | SourceProblem::OtherBrowser
            | SourceProblem::Unsolicited => "error-login-again",
        }
    }

    /// What stands above the other sources.
    pub(crate) const fn others_key(&self) -> &'static str {
        match self.kind {
            SourceProblem::TooWeak => "stronger-sources",
            _ => "source-others",
        }
    }
}
