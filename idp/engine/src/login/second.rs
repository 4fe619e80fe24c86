//! The second factor of a login: asked for after the first one, or alone in the middle of a session that has to become
//! stronger. Whoever has proven half of who they are gets to this page and to no other (MFA-08). What a code is
//! worth is [`crate::factors`]'s to say.

use std::time::Duration;

use clau_domain::login::{Due, LinkRef, Login, MOST_TRIES, Next, Proof};
use clau_domain::person::Person;
use clau_domain::secret::{BrowserKind, Token};
use clau_domain::session::{Second, Session};
use clau_storage::{accounts, links};

use super::{BEST, Cookies, IdentifyProblem, Start, Step, credentials_of, leads_to};
use crate::error::Error;
use crate::federation::link::credentials_of_link;
use crate::session::SignedIn;
use crate::throttle::{Admission, Attempt};
use crate::{Cx, Hub};

/// Prove a second factor.
#[derive(Debug)]
pub struct ProveSecond {
    /// Goes into the form.
    pub handle: String,
    /// First name, to greet.
    pub given_name: String,
    /// What is being opened, by name; `None` for the portal.
    pub service: Option<String>,
    /// Whether there are recovery codes left.
    pub has_codes: bool,
    /// Why they are still on this page.
    pub problem: Option<SecondProblem>,
    /// Where the form may lead (WEB-01).
    pub leads_to: Option<String>,
}

/// Why somebody is still on the page of the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondProblem {
    /// It is another code, or this one was used before.
    Wrong,
    /// Too many wrong ones: wait.
    Wait(Duration),
}

impl Hub {
    /// Checks a second factor and goes on with the login.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn prove_second(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
        typed: &str,
    ) -> Result<Step, Error> {
        let page = Next::ProveSecond;
        let (mut login, person) = match self.take_login_at(cx, cookies, handle, page).await? {
            Ok(taken) => taken,
            Err(step) => return Ok(step),
        };
        // PWD-08: of the account, whatever login it was reached by; a known device has a bucket of its own.
        let name = format!("second/{}", person.id);
        let attempt = Attempt {
            login: &name,
            password: typed,
            device: self
                .known_device(cx, cookies.device, Some(person.id))
                .await?,
        };
        let admitted = match self.admit(cx, &attempt).await? {
            Admission::Go(admitted) => admitted,
            Admission::Wait(wait) => {
                let problem = Some(SecondProblem::Wait(wait));
                return self.ask_second(cx, &login, &person, problem).await;
            }
        };
        let Some(second) = self.spend_second(cx, person.id, typed).await? else {
            self.failed(cx, &admitted).await;
            return self.second_failed(cx, cookies, login, &person).await;
        };
        self.succeeded(&admitted).await;
        if let Some(proof) = &mut login.proof {
            proof.method = proof.method.and(second);
        }
        login.due.retain(|due| *due != Due::SecondFactor);
        tracing::info!(
            event = "login.second",
            person = %person.id,
            second = ?second,
            reference = %cx.reference,
            "a second factor was proven"
        );
        self.proceed(cx, cookies, login, &person).await
    }

    async fn second_failed(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        mut login: Login,
        person: &Person,
    ) -> Result<Step, Error> {
        login.tries = login.tries.saturating_add(1);
        tracing::info!(
            event = "login.second_failure",
            person = %person.id,
            tries = login.tries,
            reference = %cx.reference,
            "a second factor was refused"
        );
        metrics::counter!("clau_logins_total", "outcome" => "second_failure").increment(1);
        if login.tries < MOST_TRIES {
            let problem = Some(SecondProblem::Wrong);
            return self.ask_second(cx, &login, person, problem).await;
        }
        self.begin_again(cx, cookies, &login, IdentifyProblem::SecondFailed)
            .await
    }

    /// The page that asks for it.
    pub(super) async fn ask_second(
        &self,
        cx: &Cx<'_>,
        login: &Login,
        person: &Person,
        problem: Option<SecondProblem>,
    ) -> Result<Step, Error> {
        let left = clau_storage::factors::codes_left(self.database(), person.id).await?;
        Ok(Step::ProveSecond(ProveSecond {
            handle: self.store_login(cx, login).await?,
            given_name: person.names.given.clone(),
            service: self.opened_service(cx, &login.resume).await?,
            has_codes: left.codes > 0,
            problem,
            leads_to: leads_to(&login.resume),
        }))
    }

    /// The login page once more, for the same login from its beginning: nothing that was proven stays.
    pub(super) async fn begin_again(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        login: &Login,
        problem: IdentifyProblem,
    ) -> Result<Step, Error> {
        let start = Start {
            resume: login.resume.clone(),
            force: login.force,
            hint: String::new(),
            sources: Vec::new(),
        };
        let (mut anew, browser) = self.new_login(cx, cookies.browser, &start);
        anew.at_least = login.at_least;
        self.identify_again(cx, &anew, browser, String::new(), Some(problem))
            .await
    }

    /// In the middle of a session that is strong enough but for a second factor, for somebody who has one: that is
    /// asked for and nothing else. The proof keeps the time of the first one, so that nobody is told of a fresher
    /// login than there was.
    pub(super) async fn step_up(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        signed_in: &SignedIn,
        start: &Start,
    ) -> Result<Option<Step>, Error> {
        // A remembered session outlives the cookie that binds a login to its browser: then a login begins, which sets
        // it anew.
        if cookies
            .browser
            .and_then(Token::<BrowserKind>::parse)
            .is_none()
        {
            return Ok(None);
        }
        let session = &signed_in.session;
        let needed = self.needed_for(cx, &start.resume).await?;
        let here = session.method.assurance();
        let would_do = needed.is_some_and(|needed| here < needed && needed <= BEST);
        if !would_do || !self.has_second(session.person).await? {
            return Ok(None);
        }
        let stronger = SignedIn {
            session: Session {
                method: session.method.and(Second::Totp),
                ..session.clone()
            },
            ..signed_in.clone()
        };
        // Too old for what is opened: then everything is proven anew.
        if !self.suits(cx, &stronger, &start.resume).await? {
            return Ok(None);
        }
        let Some(proof) = self.proof_of(session).await? else {
            return Ok(None);
        };
        let (mut login, _) = self.new_login(cx, cookies.browser, start);
        login.at_least = needed;
        login.context = session.context;
        login.remember = session.remembered;
        login.proof = Some(proof);
        login.due = vec![Due::SecondFactor];
        login.source.clone_from(&session.source);
        self.ask_second(cx, &login, &signed_in.whole, None)
            .await
            .map(Some)
    }

    /// What a session rests on, as a login's proof; none where that is gone meanwhile.
    async fn proof_of(&self, session: &Session) -> Result<Option<Proof>, Error> {
        let (credentials, link) = match &session.source {
            None => {
                let account = accounts::by_person(self.database(), session.person).await?;
                (account.as_ref().map(credentials_of), None)
            }
            Some(source) => {
                let link = LinkRef::of(source);
                let found = links::find(self.database(), &link.connector, &link.subject).await?;
                let credentials = found.as_ref().map(credentials_of_link);
                (credentials, Some(Box::new(link)))
            }
        };
        Ok(credentials.map(|credentials| Proof {
            person: session.person,
            method: session.method,
            at: session.authenticated_at,
            credentials,
            link,
        }))
    }
}
