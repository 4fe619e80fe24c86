//! Passwords of people in files: chosen ones for testers, hashes of ours, hashes of other systems. All are hashed or
//! wrapped before the transaction, because that takes time. Never repeats a password or a hash in a mistake.

use clau_domain::password::{Password, shortest};
use clau_storage::accounts;

use super::document::LocalPerson;
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

    /// A hash of another system, wrapped; the stored one while it is the same. Nothing where the account has, or
    /// has had, another way in: the person has moved on, and what a file remembers does not bring them back.
    async fn old_hash(
        &self,
        person: &LocalPerson,
        old: Foreign,
    ) -> Result<Option<String>, ApplyError> {
        let account = accounts::by_login(self.hub.database(), &person.login).await?;
        if let Some(account) = account {
            match account.password_hash {
                Some(stored) if !old::is_wrapped(&stored) => return Ok(None),
                Some(stored) if self.hasher().wraps(old.clone(), &stored).await? => {
                    return Ok(Some(stored));
                }
                None if account.activated_at.is_some() => return Ok(None),
                Some(_) | None => {}
            }
        }
        Ok(Some(self.hasher().wrap(old, self.cx.random).await?))
    }
}
