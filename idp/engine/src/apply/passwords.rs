//! Passwords of people in files: chosen ones for testers, hashes of ours, hashes of other systems, also of people who
//! come by feeds. All are hashed or wrapped before the transaction, because that takes time. Never repeats a password
//! or a hash in a mistake.

use std::collections::BTreeSet;

use clau_domain::ids::PersonId;
use clau_domain::password::{Password, shortest};
use clau_storage::accounts::{self, Account};
use clau_storage::{Tx, matching};

use super::document::{Document, KnownPassword, LocalPerson};
use super::{ApplyError, Work};
use crate::accounts::in_words;
use crate::hashing::old::{self, Foreign};
use crate::hashing::{Check, Hasher};
use crate::login::CredentialsProblem;

impl Work<'_> {
    /// The hash of a person's password, if the file gives one that counts.
    pub(super) async fn check_person(
        &mut self,
        file: &str,
        name: &str,
        person: &LocalPerson,
    ) -> Result<Option<String>, ApplyError> {
        match (&person.password, &person.password_hash) {
            (Some(_), Some(_)) => {
                let what = "either `password` or `password_hash` is expected, not both";
                self.mistake(file, format!("{name}: password"), what);
                Ok(None)
            }
            (None, Some(hash)) => {
                let hash = old::without_braces(hash.trim());
                if self.hasher().understands(hash) {
                    return Ok(Some(hash.to_owned()));
                }
                match old::read(hash) {
                    Ok(old) => self.old_hash(person, old).await,
                    Err(why) => {
                        self.mistake(file, format!("{name}: password_hash"), why);
                        Ok(None)
                    }
                }
            }
            (None, None) => Ok(None),
            (Some(password), None) => self.hash(file, name, person, password).await,
        }
    }

    fn hasher(&self) -> &Hasher {
        &self.hub.inner.hasher
    }

    /// The hash of a password; the stored one while it is still the same password, so that applying
    /// twice changes nothing.
    async fn hash(
        &mut self,
        file: &str,
        name: &str,
        person: &LocalPerson,
        password: &str,
    ) -> Result<Option<String>, ApplyError> {
        let staff = person.affiliation.iter().any(|a| a.profile.is_staff());
        let mut personal = vec![
            person.given_name.as_str(),
            person.family_name.as_str(),
            person.login.as_str(),
        ];
        for affiliation in &person.affiliation {
            personal.extend(affiliation.classes.iter().map(String::as_str));
        }
        let refused = &self.hub.settings().refused;
        let chosen = match Password::choose(password, shortest(staff), &personal, refused) {
            Ok(chosen) => chosen,
            Err(weakness) => {
                let what = in_words(CredentialsProblem::Password(weakness));
                self.mistake(file, format!("{name}: password"), what);
                return Ok(None);
            }
        };
        let account = accounts::by_login(self.hub.database(), &person.login).await?;
        let stored = account.and_then(|account| account.password_hash);
        if let Some(stored) = stored {
            let place = self.hasher().place()?;
            let check = self
                .hasher()
                .check(place, chosen.clone(), Some(&stored))
                .await?;
            if check != Check::Wrong {
                return Ok(Some(stored));
            }
        }
        Ok(Some(self.hasher().hash(chosen, self.cx.random).await?))
    }

    /// A hash of another system, wrapped; the stored one while it is the same.
    async fn old_hash(
        &self,
        person: &LocalPerson,
        old: Foreign,
    ) -> Result<Option<String>, ApplyError> {
        let account = accounts::by_login(self.hub.database(), &person.login).await?;
        self.wrapped(account.as_ref(), old).await
    }

    /// Nothing where the account has, or has had, another way in: the person has moved on, and what a file remembers
    /// does not bring them back.
    async fn wrapped(
        &self,
        account: Option<&Account>,
        old: Foreign,
    ) -> Result<Option<String>, ApplyError> {
        if account.is_some_and(|account| !is_free(account)) {
            return Ok(None);
        }
        let stored = account.and_then(|account| account.password_hash.as_ref());
        if let Some(stored) = stored
            && self.hasher().wraps(old.clone(), stored).await?
        {
            return Ok(Some(stored.clone()));
        }
        Ok(Some(self.hasher().wrap(old, self.cx.random).await?))
    }

    /// The wrapped hashes of people who are known already. Nobody there is no mistake: the old system knows people
    /// who have left, and the rest shall not wait for them.
    pub(super) async fn known_passwords(
        &mut self,
        documents: &[(String, Document)],
    ) -> Result<Vec<(PersonId, String, String)>, ApplyError> {
        let mut wrapped = Vec::new();
        let mut seen = BTreeSet::new();
        for (file, document) in documents {
            for known in &document.password {
                let name = known.name();
                let hash = old::without_braces(known.hash.trim());
                let ours = self.hasher().understands(hash);
                let old = match old::read(hash) {
                    _ if ours => None,
                    Ok(old) => Some(old),
                    Err(why) => {
                        self.mistake(file, format!("{name}: hash"), why);
                        continue;
                    }
                };
                let Some(account) = self.account_of(file, &name, known).await? else {
                    continue;
                };
                if !seen.insert(account.person) {
                    self.mistake(file, name, "defined twice");
                    continue;
                }
                let hash = match old {
                    Some(old) => self.wrapped(Some(&account), old).await?,
                    None => is_free(&account).then(|| hash.to_owned()),
                };
                if let Some(hash) = hash {
                    wrapped.push((account.person, name, hash));
                } else {
                    self.done.unchanged += 1;
                }
            }
        }
        Ok(wrapped)
    }

    async fn account_of(
        &mut self,
        file: &str,
        name: &str,
        known: &KnownPassword,
    ) -> Result<Option<Account>, ApplyError> {
        let database = self.hub.database();
        let record = (known.source.as_str(), known.key.as_str());
        let found = match (&known.login, record) {
            (Some(login), ("", "")) => accounts::by_login(database, login).await?,
            (None, (source, key)) if !source.is_empty() && !key.is_empty() => {
                let mut people = matching::by_record(database, source, key).await?;
                people.dedup_by_key(|matched| matched.person);
                match people.as_slice() {
                    [only] => accounts::by_person(database, only.person).await?,
                    _ => None,
                }
            }
            _ => {
                let what = "either `login`, or `source` and `key` of a record are expected";
                self.mistake(file, name.to_owned(), what);
                return Ok(None);
            }
        };
        if found.is_none() {
            self.warn(file, name.to_owned(), "nobody is known by that; left out");
        }
        Ok(found)
    }

    /// Sets them.
    pub(super) async fn set_known(
        &mut self,
        tx: &mut Tx,
        known: Vec<(PersonId, String, String)>,
    ) -> Result<(), ApplyError> {
        for (person, name, hash) in known {
            let changed = self.import(tx, person, &hash).await?;
            self.note(name, false, changed);
        }
        Ok(())
    }

    /// Sets one wrapped hash, unless the person has come in meanwhile. Whether anything changed.
    pub(super) async fn import(
        &mut self,
        tx: &mut Tx,
        person: PersonId,
        hash: &str,
    ) -> Result<bool, ApplyError> {
        let stored = accounts::by_person(self.hub.database(), person).await?;
        if stored.is_some_and(|account| account.password_hash.as_deref() == Some(hash)) {
            return Ok(false);
        }
        let set = accounts::import_password(tx, person, hash, self.cx.now).await?;
        if set {
            self.replaced.push(person);
        }
        Ok(set)
    }
}

/// Whether an account may get a hash from elsewhere: nobody has come in by it in a way of their own. The store asks
/// the same once more when it sets one.
fn is_free(account: &Account) -> bool {
    match &account.password_hash {
        Some(stored) => old::is_wrapped(stored),
        None => account.activated_at.is_none(),
    }
}
