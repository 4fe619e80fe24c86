//! The pages between what a source says and a person here: nobody is found, somebody has just been linked, a
//! link is taken away. Never names a person whom the reader has not proved to be, nor says that an account
//! exists (FED-02); what a form proves is checked against the login that waits, never against what the form
//! says of it (FED-03).

use askama::Template;
use clau_domain::connector::MatchBy;

use super::login::LoginProblem;
use super::sources::SourceChoice;
use super::{Frame, Page};
use crate::texts::{Moment, Texts};

/// A source says who somebody is, and who that is here is not known for sure.
#[derive(Debug, Template)]
#[template(path = "unknown.html")]
pub struct UnknownPage {
    /// Around it.
    pub frame: Frame,
    /// The login in progress, as the engine handed it out.
    pub handle: String,
    /// Name of the source.
    pub source: String,
    /// Why.
    pub case: UnknownCase,
    /// The source says that they are somebody's guardian: they read what to bring to the school.
    pub guardian: bool,
    /// Whether login and password, or an activation code, may link them here.
    pub form: bool,
    /// The login typed before.
    pub login: String,
    /// What was wrong with it.
    pub problem: Option<LoginProblem>,
    /// Other sources that may know more.
    pub others: Vec<SourceChoice>,
    /// The login page with all choices.
    pub elsewhere: String,
    /// What the operator finds in the log.
    pub reference: String,
}

impl Page for UnknownPage {
    const SCRIPT: bool = true;
}

/// Why it is not known who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownCase {
    /// The directory has nobody whom it could be. Also said where there is an account that may not be used:
    /// whoever asks is not told.
    Nobody,
    /// It could be more than one (FED-08).
    Several,
    /// Of a school, or with a profile, for which this source is not trusted.
    NotForThisSource,
}

impl UnknownCase {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nobody, Self::Several, Self::NotForThisSource];
}

impl UnknownPage {
    pub(crate) fn title(&self) -> String {
        let key = match self.case {
            UnknownCase::Nobody => "unknown-nobody-title",
            UnknownCase::Several => "unknown-several-title",
            UnknownCase::NotForThisSource => "unknown-scope-title",
        };
        self.frame.with(key, "source", &self.source)
    }

    pub(crate) fn text(&self) -> String {
        let key = match self.case {
            UnknownCase::Nobody => "unknown-nobody-text",
            UnknownCase::Several => "unknown-several-text",
            UnknownCase::NotForThisSource => "unknown-scope-text",
        };
        self.frame.with(key, "source", &self.source)
    }
}

/// Why somebody is whom they are taken for: one piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkReason {
    /// What was compared, or what the person did.
    pub by: LinkedBy,
    /// The child by whom a guardian was found.
    pub child: Option<String>,
    /// The school in which it was found.
    pub school: Option<String>,
}

/// By what a link came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkedBy {
    /// An identifier that the source gave.
    Identifier(MatchBy),
    /// The person typed their activation code.
    ActivationCode,
    /// The person typed their password.
    Password,
    /// The person was signed in already.
    Session,
    /// The account was made of what the source said, at the first login.
    Created,
    /// An administrator linked them.
    Administrator,
}

impl LinkReason {
    /// Child and school; empty where it names neither.
    pub(crate) fn about(&self) -> String {
        let known: Vec<&str> = [&self.child, &self.school]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        known.join(" – ")
    }

    /// In words.
    pub(crate) fn text(&self, t: &Texts, source: &str) -> String {
        let key = match self.by {
            LinkedBy::Identifier(MatchBy::FeedKey) => "linked-by-feed-key",
            LinkedBy::Identifier(MatchBy::Vector) if self.child.is_some() => "linked-by-child",
            LinkedBy::Identifier(MatchBy::Vector) => "linked-by-pupil",
            LinkedBy::Identifier(MatchBy::Key) => "linked-by-key",
            LinkedBy::Identifier(MatchBy::Ine) => "linked-by-ine",
            LinkedBy::Identifier(MatchBy::AcademicMail) => "linked-by-mail",
            LinkedBy::Identifier(MatchBy::Pivot) => "linked-by-pivot",
            LinkedBy::ActivationCode => return t.say("linked-by-code"),
            LinkedBy::Password => return t.say("linked-by-password"),
            LinkedBy::Session => return t.say("linked-by-session"),
            LinkedBy::Created => "linked-by-creation",
            LinkedBy::Administrator => return t.say("linked-by-administrator"),
        };
        t.with(key, "source", source)
    }
}

/// "Your account there is now linked to your account here": shown once.
#[derive(Debug, Template)]
#[template(path = "linked.html")]
pub struct LinkedPage {
    /// Around it.
    pub frame: Frame,
    /// The login in progress, as the engine handed it out.
    pub handle: String,
    /// Name of the source.
    pub source: String,
    /// First name and family name of the account: the person reads whose it is.
    pub name: String,
    /// Why.
    pub reasons: Vec<LinkReason>,
    /// What has changed; only what has.
    pub changes: LinkChanges,
    /// What the operator finds in the log.
    pub reference: String,
}

impl Page for LinkedPage {}

/// What a first link has put an end to (FED-04).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkChanges {
    /// The former password opens nothing any more.
    pub password_gone: bool,
    /// The activation code opens nothing any more.
    pub code_gone: bool,
    /// Other sessions were closed.
    pub sessions_closed: bool,
    /// A new password can be chosen on the account page.
    pub may_choose_password: bool,
}

impl LinkChanges {
    /// Texts of what has changed.
    pub(crate) fn text_keys(self) -> Vec<&'static str> {
        let all = [
            (self.password_gone, "linked-password-gone"),
            (self.code_gone, "linked-code-gone"),
            (self.sessions_closed, "linked-sessions-closed"),
            (self.may_choose_password, "linked-may-choose"),
        ];
        let so = all.into_iter().filter(|(so, _)| *so);
        so.map(|(_, key)| key).collect()
    }
}

/// "Take this way in away?"
#[derive(Debug, Template)]
#[template(path = "unlink.html")]
pub struct UnlinkPage {
    /// Around it.
    pub frame: Frame,
    /// Goes into the form.
    pub link: String,
    /// Name of the source.
    pub source: String,
    /// Since when it is linked.
    pub since: Moment,
    /// By what the person gets in afterwards: names of sources.
    pub others: Vec<String>,
    /// Whether they have a password besides.
    pub has_password: bool,
}

impl Page for UnlinkPage {}
