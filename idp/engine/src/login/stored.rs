//! The stored half of a login: from the proof on it is kept under a token of its own, taken for one
//! step at a time, and good only as long as its proof is. Never says what comes next.

use std::time::Duration;

use clau_domain::login::{LIFETIME_MINUTES, Login, Next, Proof, next};
use clau_domain::person::Person;
use clau_domain::secret::{BrowserKind, Digest, LoginKind, Token};
use clau_storage::accounts::{self, Account};
use clau_storage::people;
use clau_storage::tickets::Life;

use super::Cookies;
use crate::error::Error;
use crate::{Cx, Hub};

impl Hub {
    /// Stores a proven login under a token of its own.
    pub(super) async fn store_login(&self, cx: &Cx<'_>, login: &Login) -> Result<String, Error> {
        let token = Token::<LoginKind>::mint(cx.random);
        let until = login.started_at + Duration::from_secs(LIFETIME_MINUTES * 60);
        let life = Life {
            owner: None,
            expires_at: until,
            now: cx.now,
        };
        self.tickets()
            .put::<LoginKind>(&token.digest(), login, life)
            .await?;
        Ok(token.expose().to_owned())
    }

    /// Takes a stored login for one step: two answers to one page cannot both go on. `None` when it
    /// is gone, too old or another browser's.
    pub(super) async fn take_login(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
    ) -> Result<Option<(Login, Person)>, Error> {
        let Some(token) = Token::<LoginKind>::parse(handle) else {
            return Ok(None);
        };
        let Some(browser) = cookies.browser.and_then(Token::<BrowserKind>::parse) else {
            return Ok(None);
        };
        let Some(login) = self
            .tickets()
            .get::<LoginKind, Login>(&token.digest(), cx.now)
            .await?
        else {
            return Ok(None);
        };
        // Looked at before it is taken: a stranger with the token must not burn it.
        let ours = login.browser == browser.digest() && next(&login, cx.now) != Next::Expired;
        if !ours {
            return Ok(None);
        }
        let Some(login) = self
            .tickets()
            .take::<LoginKind, Login>(&token.digest(), cx.now)
            .await?
        else {
            return Ok(None);
        };
        let Some(proof) = &login.proof else {
            return Ok(None);
        };
        if !self.still_holds(proof).await? {
            return Ok(None);
        }
        let person = people::find(self.database(), proof.person).await?;
        Ok(person.filter(Person::belongs).map(|person| (login, person)))
    }

    /// Whether what a login was proven with is still the account's, and the account is not locked.
    pub(super) async fn still_holds(&self, proof: &Proof) -> Result<bool, Error> {
        let account = accounts::by_person(self.database(), proof.person).await?;
        Ok(account.is_some_and(|account| {
            account.locked.is_none() && credentials_of(&account) == proof.credentials
        }))
    }
}

/// What a proof remembers of an account's credentials: another password or another code is another
/// digest; the same password hashed anew is not.
pub(crate) fn credentials_of(account: &Account) -> Digest {
    let set_at = account
        .password_set_at
        .map(clau_domain::time::Timestamp::as_millis);
    let code = account.activation_digest.map(|digest| digest.to_string());
    Digest::of("credentials", &format!("{set_at:?} {code:?}"))
}
