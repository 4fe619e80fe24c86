//! The first password of an account, and a login of the person's own. The activation code is used up
//! by the very statement that sets the password (PWD-10).

use clau_domain::login::{Due, Login, Next, Proof};
use clau_domain::names::LoginName;
use clau_domain::password::{Password, Weakness, shortest};
use clau_domain::person::{Names, Person};
use clau_storage::{accounts, structures};

use super::stored::credentials_of;
use super::{ChooseCredentials, Cookies, Step};
use crate::error::Error;
use crate::logout::Because;
use crate::{Cx, Hub};

/// What was chosen.
#[derive(Clone, Copy)]
pub struct Chosen<'a> {
    /// A login of their own; empty keeps the one they have.
    pub login: &'a str,
    /// The password.
    pub password: &'a str,
    /// The password again.
    pub again: &'a str,
}

/// What is wrong with a choice, field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialsProblem {
    /// The login has characters it cannot have, or is too short or too long.
    LoginForm,
    /// The login is somebody else's, or was.
    LoginTaken,
    /// The password is too weak.
    Password(Weakness),
    /// The two passwords differ.
    Mismatch,
    /// The current password is wrong (only when changing it).
    WrongCurrent,
    /// Too many people at once: come back in a moment.
    Busy,
}

impl Hub {
    /// Sets the first password, and the login if another is wished, and goes on with the login.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn choose_credentials(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
        chosen: Chosen<'_>,
    ) -> Result<Step, Error> {
        let page = Next::ChooseCredentials;
        let (mut login, person) = match self.take_login_at(cx, cookies, handle, page).await? {
            Ok(taken) => taken,
            Err(step) => return Ok(step),
        };
        let Some(proof) = &mut login.proof else {
            return Ok(Step::Expired);
        };
        match self.activate(cx, &person, proof, &chosen).await? {
            Ok(true) => {
                login.due.retain(|due| *due != Due::Credentials);
                // Whoever was in with what this replaces is out (SES-07, FED-04).
                self.end_all(cx, person.id, None, Because::PasswordChanged)
                    .await?;
                tracing::info!(event = "account.activated", person = %person.id, "account activated");
                self.proceed(cx, cookies, login, &person).await
            }
            // Somebody else was faster with the same code, or an administrator renewed it.
            Ok(false) => Ok(Step::Expired),
            Err(problem) => {
                self.choose_again(cx, &login, &person, &chosen, problem)
                    .await
            }
        }
    }

    async fn choose_again(
        &self,
        cx: &Cx<'_>,
        login: &Login,
        person: &Person,
        chosen: &Chosen<'_>,
        problem: CredentialsProblem,
    ) -> Result<Step, Error> {
        let typed: String = chosen.login.chars().take(100).collect();
        Ok(Step::ChooseCredentials(ChooseCredentials {
            handle: self.store_login(cx, login).await?,
            given_name: person.names.given.clone(),
            login: if typed.is_empty() {
                person.login.clone()
            } else {
                typed
            },
            at_least: shortest(person.is_staff()),
            problem: Some(problem),
            leads_to: super::leads_to(&login.resume),
        }))
    }

    /// `Ok(false)` when the code is no longer the account's. Afterwards the login rests on what has
    /// just been chosen.
    async fn activate(
        &self,
        cx: &Cx<'_>,
        person: &Person,
        proof: &mut Proof,
        chosen: &Chosen<'_>,
    ) -> Result<Result<bool, CredentialsProblem>, Error> {
        let alias = match self.chosen_login(person, chosen.login) {
            Ok(alias) => alias,
            Err(problem) => return Ok(Err(problem)),
        };
        let hash = match self.chosen_password(cx, person, chosen).await? {
            Ok(hash) => hash,
            Err(problem) => return Ok(Err(problem)),
        };
        let account = accounts::by_person(self.database(), person.id).await?;
        // The very code that was typed, not one that an administrator has given out since.
        let account = account.filter(|account| credentials_of(account) == proof.credentials);
        let Some(code) = account.and_then(|account| account.activation_digest) else {
            return Ok(Ok(false));
        };
        let mut tx = self.database().begin().await?;
        if !accounts::activate(&mut tx, person.id, code, &hash, cx.now).await? {
            return Ok(Ok(false));
        }
        if let Some(alias) = alias
            && !accounts::take_login(&mut tx, person.id, &alias, cx.now).await?
        {
            // Dropping the transaction leaves the code as it was.
            return Ok(Err(CredentialsProblem::LoginTaken));
        }
        tx.commit().await?;
        let account = accounts::by_person(self.database(), person.id).await?;
        if let Some(account) = account.filter(|a| a.password_hash.as_ref() == Some(&hash)) {
            proof.credentials = credentials_of(&account);
        }
        Ok(Ok(true))
    }

    /// The login that a person wishes, when it is another than the one they have.
    fn chosen_login(
        &self,
        person: &Person,
        wished: &str,
    ) -> Result<Option<LoginName>, CredentialsProblem> {
        if wished.trim().is_empty() {
            return Ok(None);
        }
        let login = LoginName::typed(wished).map_err(|_| CredentialsProblem::LoginForm)?;
        Ok((login.as_str() != person.login).then_some(login))
    }

    /// The hash of a new password that is good enough.
    pub(crate) async fn chosen_password(
        &self,
        cx: &Cx<'_>,
        person: &Person,
        chosen: &Chosen<'_>,
    ) -> Result<Result<String, CredentialsProblem>, Error> {
        if chosen.password != chosen.again {
            return Ok(Err(CredentialsProblem::Mismatch));
        }
        let personal = self.words_of(person, chosen.login).await?;
        let personal: Vec<&str> = personal.iter().map(String::as_str).collect();
        let at_least = shortest(person.is_staff());
        let refused = &self.settings().refused;
        let password = match Password::choose(chosen.password, at_least, &personal, refused) {
            Ok(password) => password,
            Err(weakness) => return Ok(Err(CredentialsProblem::Password(weakness))),
        };
        match self.inner.hasher.hash(password, cx.random).await {
            Ok(hash) => Ok(Ok(hash)),
            Err(Error::Busy) => Ok(Err(CredentialsProblem::Busy)),
            Err(error) => Err(error),
        }
    }

    /// What somebody who knows the person would try: names of theirs and of their family, logins, classes, schools and
    /// towns, and the name of the workspace.
    async fn words_of(&self, person: &Person, wished: &str) -> Result<Vec<String>, Error> {
        let family = person.children.iter().chain(&person.guardians);
        let names = family.map(|kin| &kin.names).chain([&person.names]);
        let mut words: Vec<String> = names.flat_map(all_of).collect();
        words.extend([
            person.login.clone(),
            wished.to_owned(),
            person.contact.city.clone(),
            self.settings().region.clone(),
        ]);
        for affiliation in &person.affiliations {
            words.push(affiliation.structure.name.clone());
            words.push(affiliation.structure.kind_label.clone());
            words.extend(affiliation.detail.classes.iter().cloned());
            words.push(affiliation.detail.level.clone());
            if let Some(uai) = &affiliation.structure.uai {
                let school = structures::by_uai(self.database(), uai).await?;
                words.extend(school.map(|school| school.detail.city));
            }
        }
        words.retain(|word| !word.is_empty());
        words.sort_unstable();
        words.dedup();
        Ok(words)
    }
}

fn all_of(names: &Names) -> Vec<String> {
    let mut all = names.others.clone();
    all.extend([&names.given, &names.family, &names.birth].map(Clone::clone));
    all
}
