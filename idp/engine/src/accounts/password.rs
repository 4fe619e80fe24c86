//! The password of somebody who is signed in: another one, or the first one of an account that others vouch for. Never
//! sets a password for somebody else: that is an operator's.

use clau_domain::password::Password;
use clau_storage::accounts;

use crate::error::Error;
use crate::login::{Chosen, Cookies, CredentialsProblem};
use crate::logout::Because;
use crate::session::SignedIn;
use crate::throttle::{Admission, Attempt};
use crate::{Cx, Hub};

impl Hub {
    /// Changes the password of whoever knows the current one, and ends every other session (SES-07).
    /// The current password is guessed at the pace of every password (PWD-08).
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn change_password(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        signed_in: &SignedIn,
        (current, chosen): (&str, Chosen<'_>),
    ) -> Result<Result<(), CredentialsProblem>, Error> {
        let person = &signed_in.person;
        let wrong = Ok(Err(CredentialsProblem::WrongCurrent));
        let Some(account) = accounts::by_person(self.database(), person.id).await? else {
            return wrong;
        };
        let place = match self.inner.hasher.place() {
            Ok(place) => place,
            Err(Error::Busy) => return Ok(Err(CredentialsProblem::Busy)),
            Err(error) => return Err(error),
        };
        let device = self
            .known_device(cx, cookies.device, Some(person.id))
            .await?;
        let attempt = Attempt {
            login: &account.login,
            password: current,
            device,
        };
        let admitted = match self.admit(cx, &attempt).await? {
            Admission::Go(admitted) => admitted,
            Admission::Wait(_) => return Ok(Err(CredentialsProblem::Busy)),
        };
        if account.password_hash.is_none() {
            return self.first_password(cx, signed_in, &chosen).await;
        }
        let Some(typed) = Password::typed(current) else {
            return wrong;
        };
        let stored = account.password_hash.as_deref();
        match self.inner.hasher.check(place, typed, stored).await {
            Ok(crate::hashing::Check::Wrong) => {
                self.failed(cx, &admitted).await;
                return wrong;
            }
            Ok(_) => self.succeeded(&admitted).await,
            Err(error) => return Err(error),
        }
        self.replace_password(cx, signed_in, &chosen).await
    }

    /// The password of an account that has none, for somebody whom a source vouches for whole and a moment ago: a
    /// source that may speak for one school must not open the others by this (FED-10).
    async fn first_password(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        chosen: &Chosen<'_>,
    ) -> Result<Result<(), CredentialsProblem>, Error> {
        if self.may_change_ways_in(cx, signed_in).await? {
            self.replace_password(cx, signed_in, chosen).await
        } else {
            Ok(Err(CredentialsProblem::WrongCurrent))
        }
    }

    async fn replace_password(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        chosen: &Chosen<'_>,
    ) -> Result<Result<(), CredentialsProblem>, Error> {
        let person = &signed_in.person;
        let hash = match self.chosen_password(cx, person, chosen).await? {
            Ok(hash) => hash,
            Err(problem) => return Ok(Err(problem)),
        };
        let mut tx = self.database().begin().await?;
        accounts::set_password(&mut tx, person.id, &hash, cx.now).await?;
        tx.commit().await?;
        self.end_all(
            cx,
            person.id,
            Some(signed_in.digest),
            Because::PasswordChanged,
        )
        .await?;
        tracing::info!(event = "account.password_changed", person = %person.id, "password changed");
        Ok(Ok(()))
    }
}
