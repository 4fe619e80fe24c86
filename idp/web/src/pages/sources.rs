//! Sources as people choose among them: the choices of the login page, the search for a school, and the page
//! that asks for login and password of a school's own directory. Plain data that a route fills; which source
//! may be chosen, and which comes first, is decided elsewhere.

use askama::Template;
use clau_domain::connector::{Audience, Connector};

use super::{Frame, Page};
use crate::artwork::Artwork;
use crate::texts::Texts;

/// A source as a choice: a link that leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceChoice {
    /// Identifier of the connector. The link carries it as `data-source`; its `id` is this behind the name of
    /// its place on the page (`last`, `preferred`, an answer to "who are you?", `source`).
    pub id: String,
    /// Name as pages say it in a sentence: `ÉduConnect`.
    pub name: String,
    /// What the link says. FranceConnect and ProConnect say what their owners ask, whatever stands here.
    pub label: String,
    /// One sentence below; may be empty.
    pub description: String,
    /// Where the link leads, within the hub.
    pub href: String,
    /// How it looks.
    pub artwork: Artwork,
    /// Whether it answers.
    pub state: SourceState,
}

/// Whether a source answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SourceState {
    /// As far as anybody knows.
    #[default]
    Up,
    /// No answer.
    Down {
        /// Since when, in words (`08:12`); none where that is not known.
        since: Option<String>,
        /// How people get in meanwhile, as far as policy allows it to them (FED-14).
        around: Vec<WayAround>,
    },
}

/// A way in when a source does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayAround {
    /// Login and password of the hub.
    Password,
    /// An activation code that was handed out on paper.
    ActivationCode,
    /// The school gives a code.
    School,
}

impl WayAround {
    pub(crate) const fn text_key(self) -> &'static str {
        match self {
            Self::Password => "around-password",
            Self::ActivationCode => "around-code",
            Self::School => "around-school",
        }
    }
}

impl SourceChoice {
    /// The choice of a registered connector, as its registration wants it shown.
    pub fn of(connector: &Connector, t: Texts, href: String, state: SourceState) -> Self {
        let said = |text: &clau_domain::service::Localised| {
            text.in_language(t.language())
                .unwrap_or_default()
                .to_owned()
        };
        let label = match said(&connector.button.label) {
            label if label.is_empty() => t.with("source-with", "source", &connector.name),
            label => label,
        };
        Self {
            id: connector.id.to_string(),
            name: connector.name.clone(),
            label,
            description: said(&connector.button.description),
            href,
            artwork: Artwork::of(connector.profile),
            state,
        }
    }

    pub(crate) const fn is_down(&self) -> bool {
        matches!(self.state, SourceState::Down { .. })
    }

    /// Whether there is something to read below the link.
    pub(crate) fn says_more(&self) -> bool {
        self.is_down() || !self.description.is_empty()
    }

    pub(crate) fn around(&self) -> &[WayAround] {
        match &self.state {
            SourceState::Up => &[],
            SourceState::Down { around, .. } => around,
        }
    }

    /// That it does not answer, and since when.
    pub(crate) fn down_text(&self, t: &Texts) -> String {
        match &self.state {
            SourceState::Down {
                since: Some(since), ..
            } => t.with_two(
                "source-down-since",
                ("source", &self.name),
                ("since", since),
            ),
            SourceState::Up | SourceState::Down { since: None, .. } => {
                t.with("source-down", "source", &self.name)
            }
        }
    }
}

/// What the login page offers besides login and password.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// The school that the address names.
    pub school: Option<SchoolNamed>,
    /// The page on which people look for their school; empty where there is none.
    pub search: String,
    /// How somebody came in on this device the last time.
    pub last: Option<LastWay>,
    /// Those that the service or the school prefers.
    pub preferred: Vec<Preferred>,
    /// The rest by who asks, in the order in which the page asks.
    pub answers: Vec<Answer>,
    /// The answer that is open: given in the address, or remembered on this device. The first where it is not
    /// known and nothing stands above it.
    pub open: Option<Audience>,
}

/// How somebody came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastWay {
    /// By a source.
    Source(SourceChoice),
    /// By login and password of the hub.
    Form,
}

/// The school that an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolNamed {
    /// Its name.
    pub name: String,
    /// Its commune; may be empty.
    pub commune: String,
}

/// A source that somebody prefers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferred {
    /// Who.
    pub by: PreferredBy,
    /// The source.
    pub source: SourceChoice,
}

/// Who prefers a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreferredBy {
    /// The service that is being opened, by its name.
    Service(String),
    /// The school that the address names.
    School,
}

impl Preferred {
    pub(crate) fn title(&self, t: &Texts) -> String {
        match &self.by {
            PreferredBy::Service(service) => t.with("choice-of-service", "service", service),
            PreferredBy::School => t.say("choice-of-school"),
        }
    }
}

/// An answer to "who are you?" with its sources.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Who.
    pub audience: Audience,
    /// Sources, in order.
    pub sources: Vec<SourceChoice>,
}

impl Answer {
    pub(crate) const fn text_key(&self) -> &'static str {
        audience_key(self.audience)
    }

    /// The place of its sources' ids.
    pub(crate) const fn place(&self) -> &'static str {
        self.audience.as_str()
    }
}

/// The text of an answer to "who are you?".
pub const fn audience_key(audience: Audience) -> &'static str {
    match audience {
        Audience::Family => "who-family",
        Audience::Agent => "who-agent",
        Audience::Agriculture => "who-agriculture",
        Audience::University => "who-university",
        Audience::Citizen => "who-citizen",
    }
}

impl Choices {
    pub(crate) const fn last_source(&self) -> Option<&SourceChoice> {
        match &self.last {
            Some(LastWay::Source(source)) => Some(source),
            Some(LastWay::Form) | None => None,
        }
    }

    /// Those that somebody prefers, without the one that stands above them already.
    pub(crate) fn preferred(&self) -> Vec<&Preferred> {
        let last = self.last_source().map(|source| source.id.as_str());
        let mut shown: Vec<&Preferred> = Vec::new();
        for preferred in &self.preferred {
            let id = preferred.source.id.as_str();
            let twice = shown.iter().any(|other| other.source.id == id);
            if last != Some(id) && !twice {
                shown.push(preferred);
            }
        }
        shown
    }

    /// Answers with something to choose.
    pub(crate) fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.answers
            .iter()
            .filter(|answer| !answer.sources.is_empty())
    }

    /// Whether something stands above the question.
    pub(crate) fn has_probable(&self) -> bool {
        self.last_source().is_some() || !self.preferred.is_empty()
    }

    pub(crate) fn is_open(&self, answer: &Answer) -> bool {
        let known = self
            .open
            .filter(|open| self.answers().any(|other| other.audience == *open));
        let first = || self.answers().next().map(|first| first.audience);
        let open =
            known.or_else(|| first().filter(|_| !self.has_probable() && self.last.is_none()));
        open == Some(answer.audience)
    }
}

/// What a service asks that needs more than the person has proved.
#[derive(Clone, Debug, Default)]
pub struct StepUp {
    /// Sources that can give it.
    pub sources: Vec<SourceChoice>,
    /// Whether login and password of the hub can.
    pub form: bool,
}

/// "Which school?"
#[derive(Debug, Template)]
#[template(path = "school_search.html")]
pub struct SchoolSearchPage {
    /// Around it.
    pub frame: Frame,
    /// What was typed.
    pub query: String,
    /// What the form takes along, for the login that waits.
    pub carried: Vec<(&'static str, String)>,
    /// What was found.
    pub results: SchoolResults,
    /// The login page that the person came from.
    pub back: String,
}

impl Page for SchoolSearchPage {}

/// What a search for a school found.
#[derive(Clone, Debug)]
pub enum SchoolResults {
    /// Nothing was asked.
    NotAsked,
    /// Too short to look for anything.
    TooShort,
    /// These.
    Found {
        /// Up to twenty.
        schools: Vec<SchoolFound>,
        /// There are more than these.
        more: bool,
    },
}

/// A school that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolFound {
    /// Its name.
    pub name: String,
    /// What it is: `Collège`; may be empty.
    pub kind: String,
    /// Its commune; may be empty.
    pub commune: String,
    /// Its number.
    pub uai: String,
    /// The login page for it.
    pub href: String,
}

impl SchoolFound {
    /// What tells it from others of the same name.
    pub(crate) fn detail(&self) -> String {
        let known = [&self.kind, &self.commune, &self.uai];
        let known: Vec<&str> = known
            .into_iter()
            .map(String::as_str)
            .filter(|text| !text.is_empty())
            .collect();
        known.join(" · ")
    }
}

/// Login and password of a school's own directory.
#[derive(Debug, Template)]
#[template(path = "upstream_password.html")]
pub struct UpstreamPasswordPage {
    /// Around it.
    pub frame: Frame,
    /// The login in progress, as the engine handed it out.
    pub handle: String,
    /// Identifier of the connector.
    pub source: String,
    /// Whose account it is: the name of the school, or of the source where it is not one school's.
    pub owner: String,
    /// The login typed before.
    pub username: String,
    /// What is being opened.
    pub service: Option<String>,
    /// What went wrong.
    pub problem: Option<UpstreamPasswordProblem>,
    /// Where to find it in the log.
    pub reference: String,
    /// The login page with all choices.
    pub elsewhere: String,
}

impl Page for UpstreamPasswordPage {
    const SCRIPT: bool = true;
}

/// Why somebody is still on the page of a directory's password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamPasswordProblem {
    /// One text for everything that is wrong with login or password (PWD-06).
    Wrong,
    /// Seconds until the next guess.
    Wait(u64),
    /// Too many people at once.
    Busy,
    /// The directory does not answer: what was typed may well be right.
    NoAnswer,
}

impl UpstreamPasswordPage {
    /// Whether it is the directory's fault: then somebody may want to ask why.
    pub(crate) fn is_silent(&self) -> bool {
        self.problem == Some(UpstreamPasswordProblem::NoAnswer)
    }

    pub(crate) fn problem_text(&self) -> Option<String> {
        let t = self.frame.t;
        Some(match self.problem? {
            UpstreamPasswordProblem::Wrong => {
                t.with("problem-directory-wrong", "owner", &self.owner)
            }
            UpstreamPasswordProblem::Wait(seconds) => {
                t.count("problem-login-wait", "seconds", seconds)
            }
            UpstreamPasswordProblem::Busy => t.say("problem-login-busy"),
            UpstreamPasswordProblem::NoAnswer => {
                t.with("problem-directory-silent", "owner", &self.owner)
            }
        })
    }
}
