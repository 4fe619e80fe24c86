//! For whom or where somebody acts: the page after a login that asks, and the choice on the portal. Plain
//! data; what each choice opens and closes is decided elsewhere.

use askama::Template;

use super::{Frame, Page};

/// "For whom do you come?", after a login.
#[derive(Debug, Template)]
#[template(path = "choose_context.html")]
pub struct ChooseContextPage {
    /// Around it.
    pub frame: Frame,
    /// The login in progress, as the engine handed it out.
    pub handle: String,
    /// What is being opened.
    pub service: Option<String>,
    /// The choices, in order.
    pub choices: Vec<ContextChoice>,
    /// Names of services that close because they were opened for the former choice.
    pub closing: Vec<String>,
}

impl Page for ChooseContextPage {}

/// After a change: services that cannot be told, and that the person closes themselves.
#[derive(Debug, Template)]
#[template(path = "context_changed.html")]
pub struct ContextChangedPage {
    /// Around it.
    pub frame: Frame,
    /// Names of services that were signed out.
    pub closed: Vec<String>,
    /// Names of services that may still show what the former choice opened.
    pub by_hand: Vec<String>,
}

impl Page for ContextChangedPage {}

/// A choice.
#[derive(Clone, Debug)]
pub struct ContextChoice {
    /// Goes into the form, and behind `context-` into the button's id; for everything it is empty, and the id
    /// is `context-all`.
    pub value: String,
    /// What it is.
    pub kind: ContextKind,
    /// First name and family name of the child, or the school; empty for everything.
    pub label: String,
    /// Below it: class and school of a child, the place of a school. Empty ones are left out.
    pub details: Vec<String>,
    /// The ministry, where it is worth saying; may be empty.
    pub ministry: String,
    /// Why it is there; none for everything.
    pub why: Option<ContextWhy>,
}

/// What a choice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextKind {
    /// All of them.
    Everything,
    /// A child.
    Child,
    /// A school.
    School,
}

/// Why a choice is there.
#[derive(Clone, Debug)]
pub enum ContextWhy {
    /// They are the child's guardian.
    Guardian {
        /// Who told the region: the name of a feed.
        told_by: String,
    },
    /// They have a profile there.
    Profile {
        /// Text of the profile.
        profile_key: &'static str,
        /// Who told the region.
        told_by: String,
    },
}

impl ContextChoice {
    /// The button's id.
    pub(crate) fn id(&self) -> String {
        match self.value.as_str() {
            "" => "context-all".to_owned(),
            value => format!("context-{value}"),
        }
    }

    pub(crate) fn details(&self) -> String {
        let texts = self.details.iter().chain([&self.ministry]);
        let texts: Vec<&str> = texts
            .map(String::as_str)
            .filter(|text| !text.is_empty())
            .collect();
        texts.join(" · ")
    }

    pub(crate) fn why(&self, frame: &Frame) -> Option<String> {
        Some(match self.why.as_ref()? {
            ContextWhy::Guardian { told_by } => frame.with("context-why-child", "source", told_by),
            ContextWhy::Profile {
                profile_key,
                told_by,
            } => frame.with_two(
                "context-why-school",
                &("profile", frame.say(profile_key)),
                &("source", told_by),
            ),
        })
    }
}

impl ChooseContextPage {
    pub(crate) fn words(&self) -> ContextWords {
        ContextWords::of(self.choices.iter().map(|choice| choice.kind))
    }
}

/// The choice on the portal.
#[derive(Clone, Debug, Default)]
pub struct Chooser {
    /// Where its form goes, within the hub.
    pub action: &'static str,
    /// The field that carries the choice.
    pub field: &'static str,
    /// Children and schools; the choice appears from two on.
    pub contexts: Vec<ContextView>,
}

/// A child or a school on the portal.
#[derive(Clone, Debug)]
pub struct ContextView {
    /// Goes into the form.
    pub value: String,
    /// Which of them.
    pub kind: ContextKind,
    /// Name.
    pub label: String,
    /// Below it: schools of a child; may be empty.
    pub detail: String,
    /// Whether the portal is shown for it.
    pub chosen: bool,
}

impl Chooser {
    pub(crate) fn chooses(&self) -> bool {
        self.contexts.len() > 1
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.contexts.iter().all(|context| !context.chosen)
    }

    pub(crate) fn words(&self) -> ContextWords {
        ContextWords::of(self.contexts.iter().map(|context| context.kind))
    }
}

/// What is asked of whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContextWords {
    pub(crate) title: &'static str,
    pub(crate) everything: &'static str,
    pub(crate) note: &'static str,
}

impl ContextWords {
    fn of(kinds: impl Iterator<Item = ContextKind>) -> Self {
        let kinds: Vec<ContextKind> = kinds.collect();
        let has = |kind: ContextKind| kinds.contains(&kind);
        match (has(ContextKind::Child), has(ContextKind::School)) {
            (true, true) => Self {
                title: "context-both-title",
                everything: "context-both-all",
                note: "context-both-note",
            },
            (false, true) => Self {
                title: "context-school-title",
                everything: "context-school-all",
                note: "context-school-note",
            },
            _ => Self {
                title: "portal-child-title",
                everything: "portal-child-all",
                note: "portal-child-note",
            },
        }
    }
}
