//! The stored half of a login: from the proof on it is kept under a token of its own, taken for one
//! step at a time, and good only as long as its proof is. Never says what comes next.

use std::time::Duration;

use clau_domain::connector::Scope;
use clau_domain::login::{LIFETIME_MINUTES, LinkRef, Login, Next, Proof, next};
use clau_domain::person::Person;
use clau_domain::secret::{BrowserKind, Digest, LoginKind, Token};
use clau_storage::accounts::{self, Account};
use clau_storage::{links, people};

use super::{Cookies, Step};
use crate::error::Error;
use crate::federation::link::credentials_of_link;
use crate::{Cx, Hub};

impl Hub {
    /// Stores a login whose person is proven or vouched for, under a token of its own.
    pub(crate) async fn store_login(&self, cx: &Cx<'_>, login: &Login) -> Result<String, Error> {
        let until = login.started_at + Duration::from_secs(LIFETIME_MINUTES * 60);
        let token: Token<LoginKind> = self.keep_new(cx, login, until).await?;
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
        let Some(login) = self.take_stored(cx, cookies, handle).await? else {
            return Ok(None);
        };
        let Some(proof) = &login.proof else {
            return Ok(None);
        };
        if !self.still_holds(cx, proof).await? {
            return Ok(None);
        }
        let person = people::find(self.database(), proof.person).await?;
        let person = match person {
            Some(person) => self.as_vouched(cx, person, proof.link.as_deref()).await?,
            None => None,
        };
        Ok(person.filter(Person::belongs).map(|person| (login, person)))
    }

    /// The same for the answer to one page. Where the login is at another page, that is what the browser is shown, and
    /// the answer counts for nothing: whoever has proven half of who they are answers no other page (MFA-08).
    pub(crate) async fn take_login_at(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
        page: Next,
    ) -> Result<Result<(Login, Person), Step>, Error> {
        let Some((login, person)) = self.take_login(cx, cookies, handle).await? else {
            return Ok(Err(Step::Expired));
        };
        if next(&login, cx.now) == page {
            return Ok(Ok((login, person)));
        }
        self.proceed(cx, cookies, login, &person).await.map(Err)
    }

    /// The same of a login whose person a source vouches for and nobody knows yet.
    pub(crate) async fn take_unlinked(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
    ) -> Result<Option<Login>, Error> {
        let login = self.take_stored(cx, cookies, handle).await?;
        Ok(login.filter(|login| next(login, cx.now) == Next::Link))
    }

    async fn take_stored(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
    ) -> Result<Option<Login>, Error> {
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
        let taken = self
            .tickets()
            .take::<LoginKind, Login>(&token.digest(), cx.now)
            .await?;
        Ok(taken)
    }

    /// Whether what a login was proven with is still good: the account is not locked, and its credentials or
    /// the link are what they were.
    pub(super) async fn still_holds(&self, cx: &Cx<'_>, proof: &Proof) -> Result<bool, Error> {
        let account = accounts::by_person(self.database(), proof.person).await?;
        let Some(account) = account.filter(|account| account.locked.is_none()) else {
            return Ok(false);
        };
        let Some(link) = &proof.link else {
            return Ok(credentials_of(&account) == proof.credentials);
        };
        let catalogue = self.catalogue(cx.now).await?;
        let source = catalogue.sources().find(&link.connector);
        let in_use = source.is_some_and(|source| source.is_in_use());
        let found = links::find(self.database(), &link.connector, &link.subject).await?;
        Ok(in_use && found.is_some_and(|link| credentials_of_link(&link) == proof.credentials))
    }

    /// The person as far as whoever has vouched for them may speak; nobody where that is out of use.
    pub(crate) async fn as_vouched(
        &self,
        cx: &Cx<'_>,
        person: Person,
        link: Option<&LinkRef>,
    ) -> Result<Option<Person>, Error> {
        let Some(link) = link else {
            return Ok(Some(person));
        };
        let catalogue = self.catalogue(cx.now).await?;
        let source = catalogue.sources().find(&link.connector);
        let source = source.filter(|source| source.is_in_use());
        Ok(source.map(|source| person.within(Scope::Within(&source.connector().trust))))
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
