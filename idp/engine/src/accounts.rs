//! Accounts: what a person does with their own, and what an operator does with anybody's. Never shows
//! a password, and never lets an operator choose one that lasts (PWD-10).

mod identifiers;
mod password;

use std::collections::BTreeMap;

use clau_domain::ids::{PersonId, ServiceId};
use clau_domain::names::LoginName;
use clau_domain::person::Person;
use clau_domain::policy::Attribute;
use clau_domain::profile::Profile;
use clau_domain::secret::Digest;
use clau_domain::structure::Structure;
use clau_domain::time::Timestamp;
use clau_domain::uai::Uai;
use clau_storage::accounts::{self, Account};
use clau_storage::people::{self, RecordState};
use clau_storage::{structures, visits};

use crate::error::Error;
use crate::hashing::old::is_wrapped;
use crate::login::{Chosen, CredentialsProblem};
use crate::logout::Because;
use crate::oidc::grants::Allowed;
use crate::session::{Listed, SignedIn};
use crate::{Cx, Hub};

pub use identifiers::Renewed;

/// The account page.
#[derive(Clone, Debug)]
pub struct AccountPage {
    /// The sources that know the person, and their keys there.
    pub records: Vec<RecordState>,
    /// Whether there is a password to change.
    pub has_password: bool,
    /// Whether a second factor is asked for.
    pub has_second: bool,
    /// When it was set.
    pub password_set_at: Option<Timestamp>,
    /// Charter accepted last, and when.
    pub charter: Option<(String, Timestamp)>,
    /// Open sessions, this one first.
    pub sessions: Vec<Listed>,
    /// What services received, the last first.
    pub visits: Vec<VisitView>,
    /// What services may do, by their names.
    pub allowed: Vec<Allowed>,
}

/// What one service received.
#[derive(Clone, Debug)]
pub struct VisitView {
    /// Its name.
    pub service: String,
    /// First time.
    pub first_at: Timestamp,
    /// Last time.
    pub last_at: Timestamp,
    /// How many times.
    pub times: u64,
    /// What it received the last time.
    pub attributes: Vec<Attribute>,
    /// By what it knows the person, if it is registered still. One, unless its registration gives it
    /// another sector by OpenID Connect than by its other protocols.
    pub known_as: Vec<String>,
}

/// Everything an operator may see of an account. Nothing secret.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The person.
    pub person: Person,
    /// The sources that know them.
    pub records: Vec<RecordState>,
    /// The account.
    pub account: Account,
    /// Whether its password is still the hash of another system, because nobody has come by it here.
    pub old_hash: bool,
    /// Open sessions.
    pub sessions: Vec<Listed>,
}

/// Why an operator's request about an account cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Nobody has this login.
    #[error("nobody has the login `{0}`")]
    NoSuchLogin(String),
    /// No structure has this UAI.
    #[error("no structure has the UAI {0}")]
    NoSuchStructure(Uai),
    /// The login is somebody's, or was once.
    #[error("the login `{0}` is taken, or was once: logins are never given again")]
    LoginTaken(String),
    /// The password is not good enough.
    #[error("the password is refused: {0}")]
    Password(&'static str),
    /// Two people must stand behind it.
    #[error("{0}")]
    FourEyes(&'static str),
    /// No service has this id.
    #[error("no service is registered as `{0}`")]
    NoSuchService(String),
    /// The service does not know people by a pseudonym.
    #[error(
        "`{0}` knows people by the hub's own number (`subject_type = \"public\"`), which never changes"
    )]
    NoPseudonym(ServiceId),
    /// The hub cannot do it now.
    #[error(transparent)]
    Hub(#[from] Error),
}

impl From<clau_storage::StorageError> for AccountError {
    fn from(error: clau_storage::StorageError) -> Self {
        Self::Hub(error.into())
    }
}

/// The activation sheets of one structure.
#[derive(Clone, Debug)]
pub struct Sheets {
    /// The structure.
    pub structure: Structure,
    /// Groups of people to hand sheets to: classes, then staff.
    pub groups: Vec<SheetGroup>,
    /// Accounts that are activated already and so have no sheet.
    pub activated: usize,
}

/// The sheets of one class, or of the staff.
#[derive(Clone, Debug)]
pub struct SheetGroup {
    /// Name of the class; `None` for those who are in none.
    pub class: Option<String>,
    /// To whom: pupils, guardians or staff.
    pub audience: Audience,
    /// One for each account.
    pub sheets: Vec<Sheet>,
}

/// To whom a group of sheets goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Pupils.
    Pupils,
    /// Guardians.
    Guardians,
    /// Staff.
    Staff,
}

/// One person's sheet.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// First name and family name.
    pub name: String,
    /// The login.
    pub login: String,
    /// The one-time code, in groups of four.
    pub code: String,
    /// Until when it is good.
    pub until: Timestamp,
    /// For a guardian: the children of this class.
    pub children: Vec<String>,
}

impl Hub {
    /// The account page.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn account_page(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
    ) -> Result<AccountPage, Error> {
        let person = signed_in.person.id;
        let account = accounts::by_person(self.database(), person).await?;
        let catalogue = self.catalogue(cx.now).await?;
        let visits = visits::of_person(self.database(), person).await?;
        let visits = visits.into_iter().map(|visit| {
            let service = visit
                .service
                .parse()
                .ok()
                .and_then(|id| catalogue.find(&id));
            VisitView {
                known_as: service
                    .map(|service| self.known_as(&signed_in.person, service, &catalogue))
                    .unwrap_or_default(),
                service: service.map_or(visit.service, |service| service.name.clone()),
                first_at: visit.first_at,
                last_at: visit.last_at,
                times: visit.times,
                attributes: visit.attributes.into_iter().collect(),
            }
        });
        Ok(AccountPage {
            records: people::records(self.database(), person).await?,
            has_password: account.as_ref().is_some_and(|a| a.password_hash.is_some()),
            has_second: self.has_second(person).await?,
            password_set_at: account.as_ref().and_then(|a| a.password_set_at),
            charter: account.and_then(|a| a.charter),
            sessions: self.sessions(cx, signed_in).await?,
            visits: visits.collect(),
            allowed: self.allowed_by(cx, signed_in).await?,
        })
    }

    /// Ends one of the person's own sessions, or all but this one. How many ended.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn end_own(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        which: Option<Digest>,
    ) -> Result<usize, Error> {
        let person = signed_in.session.person;
        let Some(which) = which else {
            return self
                .end_all(cx, person, Some(signed_in.digest), Because::EndedElsewhere)
                .await;
        };
        // Only among their own: a digest out of the air ends nothing.
        let own = self.sessions_of(person, cx.now).await?;
        let Some(listed) = own.iter().find(|listed| listed.digest == which) else {
            return Ok(0);
        };
        self.end(cx, which, &listed.session, Because::EndedElsewhere)
            .await?;
        Ok(1)
    }

    /// Everything an operator may see of the account with a login.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn show_account(&self, cx: &Cx<'_>, login: &str) -> Result<Shown, AccountError> {
        let account = self.account_of(login).await?;
        let person = people::find(self.database(), account.person).await?;
        let person = person.ok_or_else(|| AccountError::NoSuchLogin(login.to_owned()))?;
        Ok(Shown {
            records: people::records(self.database(), account.person).await?,
            sessions: self.sessions_of(account.person, cx.now).await?,
            old_hash: account.password_hash.as_deref().is_some_and(is_wrapped),
            person,
            account,
        })
    }

    /// Locks an account, with the reason, and ends its sessions; or unlocks it.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn set_lock(
        &self,
        cx: &Cx<'_>,
        login: &str,
        because: Option<&str>,
    ) -> Result<(), AccountError> {
        let account = self.account_of(login).await?;
        let mut tx = self.database().begin().await?;
        let lock = because.map(|because| (cx.now, because));
        accounts::set_lock(&mut tx, account.person, lock).await?;
        tx.commit().await?;
        if because.is_some() {
            self.end_all(cx, account.person, None, Because::Locked)
                .await?;
        }
        let event = if because.is_some() {
            "account.locked"
        } else {
            "account.unlocked"
        };
        tracing::info!(event, person = %account.person, "account lock changed");
        Ok(())
    }

    /// Sets a password by an operator's hand, for testers and for when nothing else helps; ends the
    /// account's sessions. The rules are those of every password.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn set_password(
        &self,
        cx: &Cx<'_>,
        login: &str,
        password: &str,
    ) -> Result<(), AccountError> {
        let account = self.account_of(login).await?;
        let person = people::find(self.database(), account.person).await?;
        let person = person.ok_or_else(|| AccountError::NoSuchLogin(login.to_owned()))?;
        let chosen = Chosen {
            login: "",
            password,
            again: password,
        };
        let hash = self
            .chosen_password(cx, &person, &chosen)
            .await?
            .map_err(|problem| AccountError::Password(in_words(problem)))?;
        let mut tx = self.database().begin().await?;
        accounts::set_password(&mut tx, account.person, &hash, cx.now).await?;
        tx.commit().await?;
        self.end_all(cx, account.person, None, Because::PasswordChanged)
            .await?;
        tracing::info!(event = "account.password_set", person = %account.person, "password set");
        Ok(())
    }

    /// Gives an account a new activation code and returns it, in groups of four. The password, if
    /// there is one, goes on working until the code is used.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn new_code(&self, cx: &Cx<'_>, login: &str) -> Result<String, AccountError> {
        let account = self.account_of(login).await?;
        let code = self
            .keys()
            .new_code(cx, account.person, self.settings().activation_life);
        let printed = self
            .keys()
            .open_code(account.person, &code.sealed)
            .unwrap_or_default();
        let mut tx = self.database().begin().await?;
        accounts::renew_code(&mut tx, account.person, code).await?;
        tx.commit().await?;
        tracing::info!(event = "account.code_renewed", person = %account.person, "new code");
        Ok(printed)
    }

    /// The activation sheets of a structure: pupils by class, guardians by their children's class,
    /// staff.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn sheets(&self, uai: &Uai) -> Result<Sheets, AccountError> {
        let structure = structures::by_uai(self.database(), uai).await?;
        let structure = structure.ok_or_else(|| AccountError::NoSuchStructure(uai.clone()))?;
        let listed = people::of_structure(self.database(), structure.id).await?;
        let mut activated = std::collections::BTreeSet::new();
        let mut groups: BTreeMap<(bool, Option<String>, Audience), BTreeMap<PersonId, Sheet>> =
            BTreeMap::new();
        let pupils: BTreeMap<PersonId, &people::Listed> = listed
            .iter()
            .filter(|l| l.profile == Profile::Pupil)
            .map(|l| (l.id, l))
            .collect();
        for line in &listed {
            let (Some(sealed), Some(until)) = (&line.activation_sealed, line.activation_until)
            else {
                activated.insert(line.id);
                continue;
            };
            let child = line.child.and_then(|child| pupils.get(&child)).copied();
            let (audience, class) = match line.profile {
                Profile::Pupil => (Audience::Pupils, line.classes.first()),
                Profile::Guardian => (Audience::Guardians, child.and_then(|c| c.classes.first())),
                // No school's to hand out.
                Profile::Citizen => continue,
                _ => (Audience::Staff, None),
            };
            let Some(code) = self.keys().open_code(line.id, sealed) else {
                continue;
            };
            let group = (audience == Audience::Staff, class.cloned(), audience);
            let sheet = groups
                .entry(group)
                .or_default()
                .entry(line.id)
                .or_insert_with(|| Sheet {
                    name: format!("{} {}", line.given_name, line.family_name),
                    login: line.login.clone(),
                    code,
                    until,
                    children: Vec::new(),
                });
            sheet
                .children
                .extend(child.map(|c| format!("{} {}", c.given_name, c.family_name)));
        }
        let groups = groups
            .into_iter()
            .map(|((_, class, audience), sheets)| {
                let mut sheets: Vec<Sheet> = sheets.into_values().collect();
                sheets.sort_by_key(|sheet| clau_domain::names::fold(&sheet.name));
                SheetGroup {
                    class,
                    audience,
                    sheets,
                }
            })
            .collect();
        Ok(Sheets {
            structure,
            groups,
            activated: activated.len(),
        })
    }

    pub(crate) async fn account_of(&self, login: &str) -> Result<Account, AccountError> {
        let missing = || AccountError::NoSuchLogin(login.to_owned());
        let name = LoginName::typed(login).map_err(|_| missing())?;
        accounts::by_login(self.database(), &name)
            .await?
            .ok_or_else(missing)
    }
}

/// A refused password in an operator's words.
pub(crate) fn in_words(problem: CredentialsProblem) -> &'static str {
    use clau_domain::password::Weakness;
    match problem {
        CredentialsProblem::Password(Weakness::TooShort { .. }) => {
            "too short: 12 characters for staff, 8 for pupils and guardians"
        }
        CredentialsProblem::Password(Weakness::TooLong) => "longer than 1024 bytes",
        CredentialsProblem::Password(Weakness::Common) => {
            "one that others have used and lost, or one of the first that are guessed"
        }
        CredentialsProblem::Password(Weakness::Personal) => {
            "made of the person's own name, login, class, school or town"
        }
        CredentialsProblem::Busy => "too many passwords at once, try again in a moment",
        CredentialsProblem::Mismatch => "the two texts differ",
        CredentialsProblem::WrongCurrent => "the current password is wrong",
        CredentialsProblem::LoginForm => "the login has characters that it cannot have",
        CredentialsProblem::LoginTaken => "the login is taken",
    }
}
