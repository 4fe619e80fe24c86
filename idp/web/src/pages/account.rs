//! The account page and the change of password.

use askama::Template;
use clau_engine::login::CredentialsProblem;

use super::linking::LinkReason;
use super::sources::SourceChoice;
use super::{Frame, Page};
use crate::texts::Moment;

/// The account page.
#[derive(Debug, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    /// Around it.
    pub frame: Frame,
    /// What has just been done.
    pub done: Option<Done>,
    /// Whether a second factor is asked for.
    pub has_second: bool,
    /// First name and family name.
    pub name: String,
    /// Birth name, where it is told apart.
    pub birth_name: String,
    /// Date of birth; may be empty.
    pub birth_date: String,
    /// Login.
    pub login: String,
    /// Mail addresses.
    pub mails: Vec<String>,
    /// Who told the region.
    pub sources: Vec<Source>,
    /// Structures.
    pub affiliations: Vec<AffiliationView>,
    /// Children.
    pub children: Vec<Kin>,
    /// Guardians, by name.
    pub guardians: Vec<String>,
    /// Accounts elsewhere by which the person comes in, the last used first.
    pub links: Vec<LinkView>,
    /// Sources that can be linked; their links start it.
    pub linkable: Vec<SourceChoice>,
    /// Whether they have a password here.
    pub has_password: bool,
    /// When the password was set.
    pub password_since: Option<Moment>,
    /// When the charter was accepted.
    pub charter_at: Option<Moment>,
    /// Open sessions, this one first.
    pub sessions: Vec<SessionView>,
    /// Services that the person has allowed.
    pub grants: Vec<GrantView>,
    /// What services received.
    pub visits: Vec<Visit>,
}

impl Page for AccountPage {}

/// What has just been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// A session was ended.
    SessionEnded,
    /// The password was changed.
    PasswordChanged,
    /// A service's access was taken back.
    GrantRevoked,
    /// Another account was linked.
    Linked,
    /// A link was taken away.
    Unlinked,
}

impl Done {
    pub(crate) const fn text_key(&self) -> &'static str {
        match self {
            Self::SessionEnded => "account-sessions-ended",
            Self::PasswordChanged => "account-password-changed",
            Self::GrantRevoked => "account-grants-revoked",
            Self::Linked => "account-linked",
            Self::Unlinked => "account-unlinked",
        }
    }
}

/// A feed that knows the person.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// The person's key there.
    pub key: String,
}

/// What the person is in one structure.
#[derive(Clone, Debug)]
pub struct AffiliationView {
    /// Name of the structure.
    pub structure: String,
    /// Text of the profile.
    pub profile_key: &'static str,
    /// Classes, joined.
    pub classes: String,
    /// Groups, joined.
    pub groups: String,
    /// Functions, joined.
    pub functions: String,
}

impl AffiliationView {
    pub(crate) fn has_detail(&self) -> bool {
        [&self.classes, &self.groups, &self.functions]
            .iter()
            .any(|text| !text.is_empty())
    }
}

/// A child.
#[derive(Clone, Debug)]
pub struct Kin {
    /// First name and family name.
    pub name: String,
    /// Schools, joined.
    pub school: String,
}

/// One open session.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// Goes into the form.
    pub id: String,
    /// `Firefox · Windows`.
    pub browser: String,
    /// Address.
    pub address: String,
    /// When it began.
    pub since: Moment,
    /// Last use.
    pub seen: Moment,
    /// The one that asks.
    pub current: bool,
    /// Outlives the browser.
    pub remembered: bool,
}

/// A service that the person has allowed.
#[derive(Clone, Debug)]
pub struct GrantView {
    /// Its name.
    pub service: String,
    /// Its id: goes into the form.
    pub id: String,
    /// When it was allowed.
    pub since: Moment,
    /// Last use, if it was used.
    pub last: Option<Moment>,
    /// Texts of what it may receive.
    pub attribute_keys: Vec<&'static str>,
    /// Whether its access goes on when the person is away (`offline_access`).
    pub lasting: bool,
}

/// An account elsewhere by which the person comes in.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// Goes into the form that takes it away.
    pub id: String,
    /// Name of the source.
    pub source: String,
    /// Since when.
    pub since: Moment,
    /// Last use, if it was used.
    pub last: Option<Moment>,
    /// Why it is theirs.
    pub reasons: Vec<LinkReason>,
    /// Whether it can be taken away: not where nothing else would let them in.
    pub removable: bool,
}

/// What one service received.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Name of the service.
    pub service: String,
    /// Last time.
    pub last: Moment,
    /// Texts of the attributes.
    pub attribute_keys: Vec<&'static str>,
    /// By what it knows the person; none when it is registered no more.
    pub known_as: Vec<String>,
}

/// The change of password, or the choice of one where there is none.
#[derive(Debug, Template)]
#[template(path = "password.html")]
pub struct PasswordPage {
    /// Around it.
    pub frame: Frame,
    /// The account's login, for password managers.
    pub login: String,
    /// Whether there is a password to be replaced, which is asked for.
    pub has_password: bool,
    /// Fewest characters of the new password.
    pub shortest: usize,
    /// What was wrong.
    pub problem: Option<CredentialsProblem>,
}

impl Page for PasswordPage {
    const SCRIPT: bool = true;
}

impl PasswordPage {
    pub(crate) const fn title_key(&self) -> &'static str {
        if self.has_password {
            "password-title"
        } else {
            "password-first-title"
        }
    }

    pub(crate) const fn submit_key(&self) -> &'static str {
        if self.has_password {
            "password-submit"
        } else {
            "password-first-submit"
        }
    }

    pub(crate) fn password_problem(&self) -> Option<String> {
        super::login::password_problem(self.problem, self.frame.t)
    }

    pub(crate) fn again_differs(&self) -> bool {
        self.problem == Some(CredentialsProblem::Mismatch)
    }

    pub(crate) fn current_wrong(&self) -> bool {
        self.problem == Some(CredentialsProblem::WrongCurrent)
    }

    pub(crate) fn busy(&self) -> bool {
        self.problem == Some(CredentialsProblem::Busy)
    }
}
