//! Login and password, or login and activation code: one form, one throttle, one hash, one answer for
//! everything that is wrong (PWD-06, PWD-08).

use std::time::Duration;

use clau_domain::login::{Due, Login, Proof};
use clau_domain::names::LoginName;
use clau_domain::password::Password;
use clau_domain::session::{Assurance, Method};
use clau_storage::accounts::{self, Account};
use clau_storage::people;

use super::stored::credentials_of;
use super::{Cookies, PasswordProblem, Step};
use crate::error::Error;
use crate::hashing::old::is_wrapped;
use crate::hashing::{Check, Place};
use crate::throttle::{Admission, Attempt};
use crate::{Cx, Hub};

/// The most that the hub itself can be sure of.
pub(crate) const BEST: Assurance = Assurance::MultiFactor;
/// When to come back while the hashing queue is full.
const BUSY: Duration = Duration::from_secs(3);

/// What was typed on the login page.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    /// The login.
    pub username: &'a str,
    /// The password, or the activation code of a new account.
    pub password: &'a str,
    /// "Remember me on this device".
    pub remember: bool,
}

/// What was typed proves who somebody is.
struct Proven {
    method: Method,
    /// The password, if its stored hash is to be replaced.
    to_strengthen: Option<Password>,
}

impl Hub {
    /// Checks login and password and goes on with the login.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn submit_password(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
        typed: Typed<'_>,
    ) -> Result<Step, Error> {
        let Some((mut login, browser)) = self.open_login(cx, cookies, handle) else {
            return Ok(Step::Expired);
        };
        login.remember = typed.remember;
        // The page has said that nothing of the hub's own is enough here: it is not looked at.
        if login.at_least.is_some_and(|needed| BEST < needed) {
            return self
                .identify_again(cx, &login, browser, String::new(), None)
                .await;
        }
        match self.check_password(cx, cookies, &typed).await? {
            Ok((account, method)) => self.proven(cx, cookies, login, (account, method)).await,
            Err(problem) => {
                let shown = typed.username.chars().take(100).collect();
                self.identify_again(cx, &login, browser, shown, Some(problem.into()))
                    .await
            }
        }
    }

    /// The account that login and password prove, or why not. The same work is done whether or not
    /// the account exists, is activated, locked or gone.
    pub(crate) async fn check_password(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        typed: &Typed<'_>,
    ) -> Result<Result<(Account, Method), PasswordProblem>, Error> {
        // Before anything is read or counted: a storm costs little, and nobody is held up afterwards
        // for guesses that nobody looked at.
        let place = match self.inner.hasher.place() {
            Ok(place) => place,
            Err(Error::Busy) => return Ok(Err(PasswordProblem::Busy(BUSY))),
            Err(error) => return Err(error),
        };
        let name = LoginName::typed(typed.username).ok();
        let account = match &name {
            Some(name) => accounts::by_login(self.database(), name).await?,
            None => None,
        };
        let person = account.as_ref().map(|account| account.person);
        let attempt = Attempt {
            login: name.as_ref().map_or(typed.username, LoginName::as_str),
            password: typed.password,
            device: self.known_device(cx, cookies.device, person).await?,
        };
        let admitted = match self.admit(cx, &attempt).await? {
            Admission::Go(admitted) => admitted,
            Admission::Wait(wait) => return Ok(Err(PasswordProblem::Wait(wait))),
        };
        let compared = self
            .compare(cx, place, account.as_ref(), typed.password)
            .await?;
        let proven = compared.as_ref().map(|proven| proven.method);
        // Who has left every school or is locked is told nothing that a stranger would not be told.
        let welcome = match (account, compared) {
            (Some(account), Some(proven)) if account.locked.is_none() => {
                let person = people::find(self.database(), account.person).await?;
                person
                    .filter(clau_domain::person::Person::belongs)
                    .map(|_| (account, proven))
            }
            _ => None,
        };
        if let Some((account, proven)) = welcome {
            self.succeeded(&admitted).await;
            // Now, when the answer is no secret any more: the second hash takes its time.
            if let Some(password) = proven.to_strengthen {
                self.strengthen(cx, &account, password).await;
            }
            return Ok(Ok((account, proven.method)));
        }
        self.failed(cx, &admitted).await;
        metrics::counter!("clau_logins_total", "outcome" => "failure").increment(1);
        tracing::info!(
            event = "login.failure",
            login = %self.keys().alias("login", attempt.login),
            reference = %cx.reference,
            // For the operator only: the person is told one thing whatever the cause.
            known = person.is_some(),
            proven = proven.is_some(),
            "login refused"
        );
        Ok(Err(PasswordProblem::BadCredentials))
    }

    /// Compares with the password and with the activation code: always one hash.
    async fn compare(
        &self,
        cx: &Cx<'_>,
        place: Place,
        account: Option<&Account>,
        typed: &str,
    ) -> Result<Option<Proven>, Error> {
        let stored = account.and_then(|account| account.password_hash.as_deref());
        // Too long or empty: no password is, but the work is done all the same.
        let placeholder = || Password::typed("-").ok_or_else(|| Error::Defect("-".to_owned()));
        let (password, plausible) = match Password::typed(typed) {
            Some(password) => (password, true),
            None => (placeholder()?, false),
        };
        let check = self
            .inner
            .hasher
            .check(place, password.clone(), stored)
            .await?;
        let code = account.is_some_and(|account| {
            let good = account.activation_until.is_some_and(|until| cx.now < until);
            let typed = self.keys().digest_code(account.person, typed);
            good && account.activation_digest == Some(typed)
        });
        let (method, to_strengthen) = match check {
            Check::Right if plausible => (Method::PASSWORD, None),
            Check::RightButOld if plausible => (Method::PASSWORD, Some(password)),
            _ if code => (Method::ACTIVATION_CODE, None),
            _ => return Ok(None),
        };
        Ok(Some(Proven {
            method,
            to_strengthen,
        }))
    }

    /// Hashes a right password again, with today's parameters, or for the first time by this hub (PWD-01). A login
    /// never fails for it.
    async fn strengthen(&self, cx: &Cx<'_>, account: &Account, password: Password) {
        let Some(old) = account.password_hash.as_deref() else {
            return;
        };
        let renewed = match self.inner.hasher.hash(password, cx.random).await {
            Ok(new) => accounts::rehash(self.database(), account.person, old, &new).await,
            Err(_) => return,
        };
        match renewed {
            Ok(()) if is_wrapped(old) => tracing::info!(
                event = "account.old_hash_replaced",
                person = %account.person,
                "the hash of another system is replaced"
            ),
            Ok(()) => {}
            Err(error) => tracing::warn!(%error, "a password could not be hashed again"),
        }
    }

    /// Goes on with a login whose person has just been proven.
    async fn proven(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        mut login: Login,
        (account, method): (Account, Method),
    ) -> Result<Step, Error> {
        let Some(person) = people::find(self.database(), account.person).await? else {
            return Ok(Step::Expired);
        };
        login.proof = Some(Proof {
            person: account.person,
            method,
            at: cx.now,
            credentials: credentials_of(&account),
            link: None,
        });
        login.due = self.due(&account, method).await?;
        self.proceed(cx, cookies, login, &person).await
    }

    /// What an account still has to do after this proof. Whoever has a second factor is asked for it wherever they
    /// have proven one only (MFA-11); a new code or a new password changes nothing about that (MFA-10).
    pub(crate) async fn due(&self, account: &Account, method: Method) -> Result<Vec<Due>, Error> {
        let charter = &self.settings().charter_version;
        let accepted = account
            .charter
            .as_ref()
            .is_some_and(|(version, _)| version == charter);
        let mut due = Vec::new();
        if method.assurance() < BEST && self.has_second(account.person).await? {
            due.push(Due::SecondFactor);
        }
        if method == Method::ACTIVATION_CODE {
            due.push(Due::Credentials);
        }
        if !charter.is_empty() && !accepted {
            due.push(Due::Charter);
        }
        Ok(due)
    }
}
