//! Second factors of somebody's own: an application that counts time (RFC 6238), and a printed sheet of recovery codes
//! for the day when it is not at hand. Set up, shown, taken away by the person; taken away by two operators. Never
//! says when one is asked for: [`crate::login`] does.

mod totp;

use clau_domain::ids::{FactorId, PersonId};
use clau_domain::names::{fold, one_line};
use clau_domain::secret::{Digest, FactorSetupKind, Token};
use clau_domain::session::Second;
use clau_domain::time::Timestamp;
use clau_storage::factors::{self, CodesLeft, Factor, FactorKind};
use serde::{Deserialize, Serialize};

use crate::accounts::AccountError;
use crate::error::Error;
use crate::keys::Sealed;
use crate::session::SignedIn;
use crate::{Cx, Hub};

use totp::Secret;

/// How long somebody may take to set one up.
const SETUP: std::time::Duration = std::time::Duration::from_secs(15 * 60);
/// Codes on a sheet.
const CODES: usize = 10;
/// Factors that one person may have.
const MOST: usize = 5;
/// Longest name that somebody gives one, in characters.
const LONGEST_NAME: usize = 40;

/// A factor, for its owner to recognise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorView {
    /// Its id.
    pub id: FactorId,
    /// As its owner calls it; empty where they gave it no name.
    pub name: String,
    /// When it was set up.
    pub created_at: Timestamp,
    /// When it last let them in.
    pub used_at: Option<Timestamp>,
}

/// The second factors of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// Applications, the oldest first.
    pub apps: Vec<FactorView>,
    /// What is left of the sheet of recovery codes.
    pub codes: u32,
    /// When that was made.
    pub codes_since: Option<Timestamp>,
    /// Whether there is room for another application.
    pub has_room: bool,
}

/// A factor that is being set up. Without a debug text: it holds the secret in clear.
pub struct NewTotp {
    /// Goes into the form.
    pub handle: String,
    /// What the application reads from a picture: a URI `otpauth://totp/…`.
    pub uri: String,
    /// The same secret for those who type it, in groups of four (base32).
    pub secret: String,
}

impl std::fmt::Debug for NewTotp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewTotp(redacted)")
    }
}

/// What comes of beginning to set one up.
#[derive(Debug)]
pub enum StartTotp {
    /// Here it is.
    Show(NewTotp),
    /// They must prove who they are first: with the factor they have, or anew because it was too long ago (MFA-05).
    ProveAgain,
    /// They have as many as one person may have.
    Enough,
}

/// What comes of a first code.
#[derive(Debug)]
pub enum Confirmed {
    /// It is theirs. With it, where they had none, the sheet of recovery codes; shown now and never again.
    Added(Option<RecoveryCodes>),
    /// The code is another one: the application has read another secret, or its clock is wrong.
    Wrong(NewTotp),
    /// They must prove who they are first.
    ProveAgain,
    /// It took too long, or was done in another window: begin again.
    Expired,
}

/// A sheet of recovery codes, as they are printed. Without a debug text.
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// The codes, for the one page that shows them.
    pub fn expose(&self) -> &[String] {
        &self.0
    }
}

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCodes(redacted)")
    }
}

/// What comes of taking one away, or of asking for a new sheet.
#[derive(Debug)]
pub enum Changed<T> {
    /// Done.
    Done(T),
    /// They must prove a second factor first (MFA-10).
    ProveAgain,
    /// There is none.
    None,
}

/// Who took away somebody's second factors, and why (MFA-10).
#[derive(Clone, Copy, Debug)]
pub struct FourEyes<'a> {
    /// Who has asked for it.
    pub asked_by: &'a str,
    /// Who has agreed: somebody else.
    pub agreed_by: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// A setup as it is kept.
#[derive(Serialize, Deserialize)]
struct Setup {
    person: PersonId,
    sealed: Vec<u8>,
}

impl Hub {
    /// The second factors of whoever is signed in.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn factors(&self, signed_in: &SignedIn) -> Result<Factors, Error> {
        self.factors_of(signed_in.session.person).await
    }

    async fn factors_of(&self, person: PersonId) -> Result<Factors, Error> {
        let apps = factors::of_person(self.database(), person).await?;
        let CodesLeft { codes, created_at } = factors::codes_left(self.database(), person).await?;
        Ok(Factors {
            has_room: apps.len() < MOST,
            apps: apps.into_iter().map(view).collect(),
            codes,
            codes_since: created_at,
        })
    }

    /// Whether somebody has a second factor.
    pub(crate) async fn has_second(&self, person: PersonId) -> Result<bool, Error> {
        Ok(!factors::of_person(self.database(), person)
            .await?
            .is_empty())
    }

    /// Begins to set up an application that counts time.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn start_totp(&self, cx: &Cx<'_>, signed_in: &SignedIn) -> Result<StartTotp, Error> {
        if !self.may_change_ways_in(cx, signed_in).await? {
            return Ok(StartTotp::ProveAgain);
        }
        let person = signed_in.session.person;
        if factors::of_person(self.database(), person).await?.len() >= MOST {
            return Ok(StartTotp::Enough);
        }
        let secret = Secret::mint(cx.random);
        let setup = Setup {
            person,
            sealed: self.seal_factor(cx, person, &secret),
        };
        let handle = self.keep_setup(cx, &setup).await?;
        let shown = self.show_totp(signed_in, handle, &secret)?;
        Ok(StartTotp::Show(shown))
    }

    /// Ends it with the first code that the application shows.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn confirm_totp(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        (handle, name): (&str, &str),
        code: &str,
    ) -> Result<Confirmed, Error> {
        if !self.may_change_ways_in(cx, signed_in).await? {
            return Ok(Confirmed::ProveAgain);
        }
        // Taken for this answer: of two at once one goes on.
        let Some(token) = Token::<FactorSetupKind>::parse(handle) else {
            return Ok(Confirmed::Expired);
        };
        let setup = self
            .tickets()
            .take::<FactorSetupKind, Setup>(&token.digest(), cx.now)
            .await?;
        let person = signed_in.session.person;
        let Some(setup) = setup.filter(|setup| setup.person == person) else {
            return Ok(Confirmed::Expired);
        };
        let secret = self.open_factor(person, &setup.sealed)?;
        let Some(step) = secret.accepts(code, cx.now) else {
            let handle = self.keep_setup(cx, &setup).await?;
            return Ok(Confirmed::Wrong(
                self.show_totp(signed_in, handle, &secret)?,
            ));
        };
        let first = !self.has_second(person).await?;
        let name = one_line(name);
        let factor = Factor {
            id: FactorId::mint(cx.now, cx.random),
            person,
            kind: FactorKind::Totp,
            name: name.chars().take(LONGEST_NAME).collect(),
            sealed: setup.sealed,
            // The code that was just shown to prove it lets nobody in afterwards.
            step,
            created_at: cx.now,
            used_at: None,
        };
        let codes = first.then(|| self.mint_codes(cx));
        let mut tx = self.database().begin().await?;
        if !factors::add(&mut tx, &factor).await? {
            return Ok(Confirmed::Expired);
        }
        if let Some(codes) = &codes {
            let digests = self.digests_of(person, codes);
            factors::replace_codes(&mut tx, person, &digests, cx.now).await?;
        }
        tx.commit().await?;
        tracing::info!(
            event = "factor.added",
            %person,
            factor = %factor.id,
            kind = factor.kind.as_str(),
            reference = %cx.reference,
            "a second factor was set up"
        );
        Ok(Confirmed::Added(codes))
    }

    /// Takes away an application. With the last one the recovery codes go too: there is nothing left to recover.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn remove_factor(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        id: FactorId,
    ) -> Result<Changed<()>, Error> {
        if !self.has_just_proven_second(cx, signed_in).await? {
            return Ok(Changed::ProveAgain);
        }
        let person = signed_in.session.person;
        let mut tx = self.database().begin().await?;
        if !factors::remove(&mut tx, id, person).await? {
            return Ok(Changed::None);
        }
        factors::remove_codes_without_factor(&mut tx, person).await?;
        tx.commit().await?;
        tracing::info!(
            event = "factor.removed",
            %person,
            factor = %id,
            reference = %cx.reference,
            "a second factor was taken away by its owner"
        );
        Ok(Changed::Done(()))
    }

    /// A new sheet of recovery codes; those of the former one are worth nothing from now on (MFA-09).
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn new_recovery_codes(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
    ) -> Result<Changed<RecoveryCodes>, Error> {
        let person = signed_in.session.person;
        if !self.has_second(person).await? {
            return Ok(Changed::None);
        }
        if !self.has_just_proven_second(cx, signed_in).await? {
            return Ok(Changed::ProveAgain);
        }
        let codes = self.mint_codes(cx);
        let mut tx = self.database().begin().await?;
        let digests = self.digests_of(person, &codes);
        factors::replace_codes(&mut tx, person, &digests, cx.now).await?;
        tx.commit().await?;
        tracing::info!(
            event = "factor.codes_made",
            %person,
            reference = %cx.reference,
            "a sheet of recovery codes was made"
        );
        Ok(Changed::Done(codes))
    }

    /// The second factors of an account, for an operator.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn factors_by_login(&self, login: &str) -> Result<Factors, AccountError> {
        let account = self.account_of(login).await?;
        Ok(self.factors_of(account.person).await?)
    }

    /// Takes away all second factors of an account whose owner has lost them: asked for by one operator, agreed to by
    /// another (MFA-10). Every session of the account ends. How many factors there were.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn remove_factors(
        &self,
        cx: &Cx<'_>,
        login: &str,
        who: FourEyes<'_>,
    ) -> Result<u64, AccountError> {
        let [asked_by, agreed_by, reason] = [who.asked_by, who.agreed_by, who.reason].map(one_line);
        if asked_by.is_empty() || agreed_by.is_empty() || reason.is_empty() {
            return Err(AccountError::FourEyes("say who asks, who agrees, and why"));
        }
        if fold(&asked_by) == fold(&agreed_by) {
            return Err(AccountError::FourEyes(
                "whoever agrees must be somebody else",
            ));
        }
        let account = self.account_of(login).await?;
        let mut tx = self.database().begin().await?;
        let removed = factors::remove_all(&mut tx, account.person).await?;
        tx.commit().await?;
        if removed > 0 {
            let because = crate::logout::Because::FactorsRemoved;
            self.end_all(cx, account.person, None, because).await?;
        }
        tracing::warn!(
            event = "factor.removed_by_operators",
            person = %account.person,
            factors = removed,
            asked_by,
            agreed_by,
            reason,
            "second factors were taken away by operators"
        );
        Ok(removed)
    }

    /// Whether a code is good as somebody's second factor, and as which; it is spent by this.
    pub(crate) async fn spend_second(
        &self,
        cx: &Cx<'_>,
        person: PersonId,
        typed: &str,
    ) -> Result<Option<Second>, Error> {
        for factor in factors::of_person(self.database(), person).await? {
            let secret = self.open_factor(person, &factor.sealed)?;
            let step = secret.accepts(typed, cx.now);
            // MFA-07: one time step, once, whoever comes with it and on whichever node.
            if let Some(step) = step
                && factors::accept(self.database(), &factor, step, cx.now).await?
            {
                return Ok(Some(Second::Totp));
            }
        }
        let digest = self.keys().digest_recovery(person, typed);
        let spent = factors::spend_code(self.database(), person, digest, cx.now).await?;
        Ok(spent.then_some(Second::RecoveryCode))
    }

    /// Whether the session was begun by a second factor of the hub's own, just now.
    async fn has_just_proven_second(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
    ) -> Result<bool, Error> {
        let proven = signed_in.session.method.second.is_some();
        Ok(proven && self.may_change_ways_in(cx, signed_in).await?)
    }

    async fn keep_setup(&self, cx: &Cx<'_>, setup: &Setup) -> Result<String, Error> {
        let until = cx.now + SETUP;
        let token: Token<FactorSetupKind> = self.keep_new(cx, setup, until).await?;
        Ok(token.expose().to_owned())
    }

    fn show_totp(
        &self,
        signed_in: &SignedIn,
        handle: String,
        secret: &Secret,
    ) -> Result<NewTotp, Error> {
        let login = &signed_in.person.login;
        Ok(NewTotp {
            handle,
            uri: secret.uri(&self.settings().region, login)?,
            secret: secret.in_groups(),
        })
    }

    fn seal_factor(&self, cx: &Cx<'_>, person: PersonId, secret: &Secret) -> Vec<u8> {
        let about = person.to_string();
        self.keys()
            .seal(Sealed::Factor, cx.random, &about, secret.expose())
    }

    fn open_factor(&self, person: PersonId, sealed: &[u8]) -> Result<Secret, Error> {
        let clear = self
            .keys()
            .unseal(Sealed::Factor, &person.to_string(), sealed);
        let secret = clear.and_then(|clear| Secret::read(&clear));
        secret.ok_or_else(|| Error::Defect("a second factor cannot be opened".to_owned()))
    }

    fn mint_codes(&self, cx: &Cx<'_>) -> RecoveryCodes {
        let code = |_| self.keys().new_recovery_code(cx.random);
        RecoveryCodes((0..CODES).map(code).collect())
    }

    fn digests_of(&self, person: PersonId, codes: &RecoveryCodes) -> Vec<Digest> {
        let digest = |code: &String| self.keys().digest_recovery(person, code);
        codes.0.iter().map(digest).collect()
    }
}

fn view(factor: Factor) -> FactorView {
    FactorView {
        id: factor.id,
        name: factor.name,
        created_at: factor.created_at,
        used_at: factor.used_at,
    }
}
