//! Sessions: beginning one, finding it again, listing and ending them. Never proves who somebody is:
//! [`crate::login`] does.

use std::time::Duration;

use clau_domain::ids::PersonId;
use clau_domain::login::{LinkRef, Proof};
use clau_domain::person::Person;
use clau_domain::secret::{DeviceKind, Digest, SessionKind, Token};
use clau_domain::service::Service;
use clau_domain::session::{Context, Device, Session, Source};
use clau_domain::time::Timestamp;
use clau_storage::people;
use clau_storage::tickets::Life;

use crate::error::Error;
use crate::logout::Because;
use crate::{Cx, Hub};

/// How long a device is remembered as one on which an account has signed in.
const DEVICE_LIFE: Duration = Duration::from_secs(180 * 24 * 3600);

/// People whom one device remembers: a class, and a little more.
const MOST_PEOPLE: usize = 40;
/// Sessions that one person may have at a time (SES-12): whoever opens more loses the one used least
/// recently.
const MOST_SESSIONS: usize = 50;

/// A request's session with the person it belongs to. Having one is being signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session's name in the store.
    pub digest: Digest,
    /// The session.
    pub session: Session,
    /// The person, as of this request, as far as whoever vouched for them may speak, seen through the child
    /// or the school that they act for.
    pub person: Person,
    /// The same for whomever and wherever they act.
    pub whole: Person,
    /// All children, whichever is chosen.
    pub children: Vec<clau_domain::person::Kin>,
}

/// One line of the list of sessions.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The session's name, for "sign out".
    pub digest: Digest,
    /// The session.
    pub session: Session,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// How a session begins.
#[derive(Debug, Default)]
pub(crate) struct Manner {
    /// "Remember me on this device".
    pub(crate) remember: bool,
    /// For whom or where the person acts.
    pub(crate) context: Context,
    /// Who vouches for the person, where that is somebody else.
    pub(crate) source: Option<Source>,
}

/// A session that has just begun: what the browser must be given.
#[derive(Debug)]
pub struct Begun {
    /// Value of the session cookie.
    pub token: Token<SessionKind>,
    /// How long the cookie lives; `None` until the browser closes.
    pub cookie_life: Option<Duration>,
    /// The session.
    pub session: Session,
    /// Its name in the store.
    pub digest: Digest,
}

impl Hub {
    /// The session behind a cookie. `None` when there is none any more, or when its person has left
    /// every structure or was locked out.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn signed_in(
        &self,
        cx: &Cx<'_>,
        cookie: Option<&str>,
    ) -> Result<Option<SignedIn>, Error> {
        let Some(token) = cookie.and_then(Token::<SessionKind>::parse) else {
            return Ok(None);
        };
        self.session_of(cx, token.digest()).await
    }

    /// The session with a name in the store, which lives longer for it.
    pub(crate) async fn session_of(
        &self,
        cx: &Cx<'_>,
        digest: Digest,
    ) -> Result<Option<SignedIn>, Error> {
        let Some(mut signed_in) = self.look_at_session(cx, digest).await? else {
            return Ok(None);
        };
        let session = &mut signed_in.session;
        if session.needs_touch(cx.now) {
            session.seen_at = cx.now;
            let until = session.ends_at();
            self.tickets()
                .replace::<SessionKind>(&digest, session, until, cx.now)
                .await?;
        }
        Ok(Some(signed_in))
    }

    /// The same without a visit of the person's: what a service asks for by itself keeps nobody signed in
    /// (SES-05).
    pub(crate) async fn look_at_session(
        &self,
        cx: &Cx<'_>,
        digest: Digest,
    ) -> Result<Option<SignedIn>, Error> {
        let Some(session) = self
            .tickets()
            .get::<SessionKind, Session>(&digest, cx.now)
            .await?
        else {
            return Ok(None);
        };
        if !session.is_alive(cx.now) {
            return Ok(None);
        }
        let Some(person) = people::find(self.database(), session.person).await? else {
            return Ok(None);
        };
        let link = session.source.as_ref().map(LinkRef::of);
        let Some(whole) = self.as_vouched(cx, person, link.as_ref()).await? else {
            return Ok(None);
        };
        if !whole.belongs() {
            return Ok(None);
        }
        Ok(Some(SignedIn {
            digest,
            children: whole.children.clone(),
            person: whole.clone().acting(session.context),
            whole,
            session,
        }))
    }

    /// Begins a session. The one that the browser had, if any, must have been ended before (SES-02,
    /// SES-06).
    pub(crate) async fn begin_session(
        &self,
        cx: &Cx<'_>,
        person: &Person,
        proof: &Proof,
        manner: Manner,
    ) -> Result<Begun, Error> {
        self.make_room(cx, person.id).await?;
        let remembered = manner.remember && self.may_remember(cx);
        let limits = self.settings().sessions.limits(person, remembered);
        let session = Session {
            person: person.id,
            started_at: cx.now,
            authenticated_at: proof.at,
            seen_at: cx.now,
            method: proof.method,
            remembered,
            warn: false,
            limits,
            device: Device {
                browser: cx.client.browser.clone(),
                address: cx.client.address.to_string(),
            },
            context: manner.context,
            source: manner.source,
        };
        let token = Token::mint(cx.random);
        let digest = token.digest();
        let owner = person.id.to_string();
        let life = Life {
            owner: Some(&owner),
            expires_at: session.ends_at(),
            now: cx.now,
        };
        self.tickets()
            .put::<SessionKind>(&digest, &session, life)
            .await?;
        metrics::counter!("clau_sessions_started_total").increment(1);
        Ok(Begun {
            token,
            cookie_life: remembered.then(|| limits.absolute()),
            session,
            digest,
        })
    }

    /// Ends the sessions of a person that are too many for one more.
    async fn make_room(&self, cx: &Cx<'_>, person: PersonId) -> Result<(), Error> {
        let mut open = self.sessions_of(person, cx.now).await?;
        open.sort_by_key(|listed| std::cmp::Reverse(listed.session.seen_at));
        for listed in open.iter().skip(MOST_SESSIONS - 1) {
            self.end(cx, listed.digest, &listed.session, Because::TooMany)
                .await?;
        }
        Ok(())
    }

    /// Takes back a session whose browser has not been given it.
    pub(crate) async fn discard(&self, cx: &Cx<'_>, begun: &Begun) -> Result<(), Error> {
        let until = begun.session.latest_end();
        self.tickets()
            .end::<SessionKind>(&[begun.digest], until, cx.now)
            .await?;
        Ok(())
    }

    /// Whether "remember me" is offered to this sender (SES-05: never on a school's network).
    pub fn may_remember(&self, cx: &Cx<'_>) -> bool {
        self.settings().remember && !self.is_school(cx.client.address)
    }

    /// A person's sessions, the last used first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn sessions(&self, cx: &Cx<'_>, signed_in: &SignedIn) -> Result<Vec<Listed>, Error> {
        let mut listed = self.sessions_of(signed_in.session.person, cx.now).await?;
        for line in &mut listed {
            line.current = line.digest == signed_in.digest;
        }
        listed.sort_by_key(|line| std::cmp::Reverse((line.current, line.session.seen_at)));
        Ok(listed)
    }

    pub(crate) async fn sessions_of(
        &self,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Vec<Listed>, Error> {
        let owned = self
            .tickets()
            .owned::<SessionKind, Session>(&person.to_string(), now)
            .await?;
        Ok(owned
            .into_iter()
            .filter(|(_, session)| session.is_alive(now))
            .map(|(digest, session)| Listed {
                digest,
                session,
                current: false,
            })
            .collect())
    }

    /// Changes what a session remembers besides who and when.
    pub(crate) async fn update_session(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        session: &Session,
    ) -> Result<(), Error> {
        let until = session.ends_at();
        self.tickets()
            .replace::<SessionKind>(&signed_in.digest, session, until, cx.now)
            .await?;
        Ok(())
    }

    /// Notes that an account has signed in on this device: its own failures count apart (PWD-03). On a
    /// computer of a school these are many, and none of them must lose the place to the next.
    pub(crate) async fn remember_device(
        &self,
        cx: &Cx<'_>,
        cookie: Option<&str>,
        person: PersonId,
    ) -> Result<Token<DeviceKind>, Error> {
        let (token, mut people) = match self.device(cx, cookie).await? {
            Some(known) => known,
            None => (Token::mint(cx.random), Vec::new()),
        };
        people.retain(|other| *other != person);
        people.insert(0, person);
        people.truncate(MOST_PEOPLE);
        let life = Life {
            owner: None,
            expires_at: cx.now + DEVICE_LIFE,
            now: cx.now,
        };
        self.tickets()
            .put::<DeviceKind>(&token.digest(), &people, life)
            .await?;
        Ok(token)
    }

    /// The device, if it is one on which `person` has signed in.
    pub(crate) async fn known_device(
        &self,
        cx: &Cx<'_>,
        cookie: Option<&str>,
        person: Option<PersonId>,
    ) -> Result<Option<Digest>, Error> {
        let device = self.device(cx, cookie).await?;
        Ok(device
            .filter(|(_, people)| person.is_some_and(|person| people.contains(&person)))
            .map(|(token, _)| token.digest()))
    }

    /// A device and who has signed in on it, the last first.
    async fn device(
        &self,
        cx: &Cx<'_>,
        cookie: Option<&str>,
    ) -> Result<Option<(Token<DeviceKind>, Vec<PersonId>)>, Error> {
        let Some(token) = cookie.and_then(Token::<DeviceKind>::parse) else {
            return Ok(None);
        };
        let people = self
            .tickets()
            .get::<DeviceKind, Vec<PersonId>>(&token.digest(), cx.now)
            .await?;
        Ok(people.map(|people| (token, people)))
    }
}

/// Whether the person proved who they are less than so many seconds ago (`max_age`, OIDC Core §3.1.2.1).
pub(crate) fn is_younger(cx: &Cx<'_>, signed_in: &SignedIn, seconds: u64) -> bool {
    cx.now.since(signed_in.session.authenticated_at) < Duration::from_secs(seconds)
}

/// Whether a session does for a service: its proof is fresh enough, and strong enough.
pub(crate) fn does_for(cx: &Cx<'_>, signed_in: &SignedIn, service: &Service) -> bool {
    let age = cx.now.since(signed_in.session.authenticated_at);
    let limit = service.session.max_age_minutes;
    let fresh = limit.is_none_or(|minutes| age < Duration::from_secs(u64::from(minutes) * 60));
    let here = signed_in.session.method.assurance();
    let strong = service
        .session
        .assurance
        .is_none_or(|needed| here >= needed);
    fresh && strong
}
