//! Links between accounts elsewhere and people here: made by a unique match or by proof of both in one browser,
//! never by a name or an address (FED-01, FED-02); shown to the person with why; taken back with everything that
//! rests on them. Never finds anybody: [`super::find`] does.

use clau_domain::connector::{ConnectorId, Scope};
use clau_domain::identity::{ExternalIdentity, VectorOf};
use clau_domain::ids::PersonId;
use clau_domain::login::{FromUpstream, Login};
use clau_domain::person::Person;
use clau_domain::secret::Digest;
use clau_domain::session::Method;
use clau_domain::time::Timestamp;
use clau_storage::links::{self, How, Link};
use clau_storage::{accounts, people};
use serde::{Deserialize, Serialize};

use super::Refused;
use super::find::{Reason, ReasonBy, Stop};
use super::sources::Source;
use crate::error::Error;
use crate::login::{BEST, Cookies, IdentifyProblem, Step, Typed};
use crate::logout::Because;
use crate::session::{SignedIn, is_younger};
use crate::{Cx, Hub};

/// How fresh a proof must be for somebody to change their links (SES-11).
const FRESH: u64 = 5 * 60;

/// What is kept with a link.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Detail {
    /// Why it was made.
    because: Vec<Reason>,
    /// What it has replaced, for the page that tells of it.
    #[serde(default)]
    replaced: Replaced,
}

/// What the first link of an account has put an end to (FED-04).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// A password.
    pub password: bool,
    /// An activation code.
    pub code: bool,
    /// Sessions.
    pub sessions: bool,
}

/// A link as its person sees it.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// Which source.
    pub connector: ConnectorId,
    /// Its name; its identifier where it is registered no longer.
    pub name: String,
    /// What the person is called there.
    pub subject: String,
    /// Names it in the form that removes it: what the person is called there stays out of pages.
    pub id: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
    /// Why it was made.
    pub because: Vec<Reason>,
    /// Whether this session rests on it.
    pub current: bool,
}

/// What a new link has changed, for the page that tells of it.
#[derive(Debug)]
pub struct LinkedPage {
    /// Goes into the form.
    pub handle: String,
    /// Name of the source.
    pub source: String,
    /// First name and family name: the person reads whose account it is.
    pub name: String,
    /// Why the match was made.
    pub because: Vec<Reason>,
    /// What it has put an end to.
    pub replaced: Replaced,
    /// Where the form may lead (WEB-01).
    pub leads_to: Option<String>,
}

/// What became of a wish to remove a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlinked {
    /// It is gone, and so are the sessions that rested on it.
    Gone,
    /// There was none.
    None,
    /// The proof is too old.
    ProveAgain,
    /// It is the only way in: without a password there would be none.
    LastWay,
}

impl Hub {
    /// The link of an account elsewhere.
    pub(super) async fn link_of(
        &self,
        connector: &ConnectorId,
        subject: &str,
    ) -> Result<Option<Link>, Error> {
        Ok(links::find(self.database(), connector, subject).await?)
    }

    /// Links somebody who was matched.
    pub(super) async fn link_matched(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        identity: &ExternalIdentity,
        (person, because): (PersonId, Vec<Reason>),
    ) -> Result<Link, Refused> {
        let replaced = self.claim_account(cx, person).await?;
        let detail = Detail { because, replaced };
        self.add_link(
            cx,
            (source, &identity.subject),
            person,
            How::Matched,
            detail,
        )
        .await
    }

    /// FED-04: the first verified way into an account takes away what was there before it: a code that lay in an
    /// envelope, a password, sessions. What there was.
    async fn claim_account(&self, cx: &Cx<'_>, person: PersonId) -> Result<Replaced, Refused> {
        if !links::of_person(self.database(), person).await?.is_empty() {
            return Ok(Replaced::default());
        }
        let account = accounts::by_person(self.database(), person).await?;
        let account = account.as_ref();
        let mut tx = self.database().begin().await?;
        accounts::federate(&mut tx, person, cx.now).await?;
        tx.commit().await?;
        let sessions = self.end_all(cx, person, None, Because::Linked).await?;
        Ok(Replaced {
            password: account.is_some_and(|account| account.password_hash.is_some()),
            code: account.is_some_and(|account| account.activation_digest.is_some()),
            sessions: sessions > 0,
        })
    }

    async fn add_link(
        &self,
        cx: &Cx<'_>,
        (source, subject): (&Source, &str),
        person: PersonId,
        how: How,
        detail: Detail,
    ) -> Result<Link, Refused> {
        let detail =
            serde_json::to_value(detail).map_err(|error| Error::Defect(error.to_string()))?;
        let new = Link {
            connector: source.id().clone(),
            subject: subject.to_owned(),
            person,
            how,
            detail,
            linked_at: cx.now,
            used_at: None,
        };
        let mut tx = self.database().begin().await?;
        let added = links::add(&mut tx, &new).await?;
        tx.commit().await?;
        let link = self.link_of(source.id(), subject).await?;
        // Another window was faster: for the same person it is the same link.
        let link = link.filter(|link| link.person == person);
        let link = link.ok_or_else(|| Refused::SomebodyElses {
            name: source.name().to_owned(),
        })?;
        if added {
            tracing::info!(
                event = "link.added",
                connector = %source.id(),
                person = %person,
                how = ?how,
                reference = %cx.reference,
                "an account elsewhere was linked"
            );
        }
        Ok(link)
    }

    /// Notes that a link was used.
    pub(super) async fn used(&self, cx: &Cx<'_>, link: &Link) -> Result<(), Error> {
        Ok(links::used(self.database(), &link.connector, &link.subject, cx.now).await?)
    }

    /// Links an account elsewhere to the person who is signed in and had asked for it: proof of both, in one
    /// browser (FED-02, FED-03).
    pub(super) async fn link_own(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        source: &Source,
        (person, from): (PersonId, &FromUpstream),
    ) -> Result<Step, Refused> {
        let signed_in = self.signed_in(cx, cookies.session).await?;
        // Signed out or somebody else meanwhile: the wish was another session's.
        let signed_in = signed_in.filter(|signed_in| signed_in.session.person == person);
        let signed_in = signed_in.ok_or(Refused::Expired)?;
        if !self.sees_whole(&signed_in).await? {
            return Err(Refused::Expired);
        }
        let detail = Detail {
            because: vec![Reason::of(ReasonBy::Session)],
            replaced: Replaced::default(),
        };
        let subject = &from.identity.subject;
        self.add_link(cx, (source, subject), person, How::Proven, detail)
            .await?;
        Ok(self.back_to_account())
    }

    /// Links an account elsewhere by login and password, or by activation code, of an account here: the form of
    /// the page for somebody whom nobody knows.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn link_by_proof(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
        typed: Typed<'_>,
    ) -> Result<Step, Refused> {
        let Some(login) = self.take_unlinked(cx, cookies, handle).await? else {
            return Ok(Step::Expired);
        };
        let Some(from) = login.arrived.clone() else {
            return Ok(Step::Expired);
        };
        let source = self.source(cx, &from.source.connector).await?;
        let (account, method) = match self.check_password(cx, cookies, &typed).await? {
            Ok(proven) => proven,
            Err(problem) => {
                let asked = (login, Stop::NobodyThere);
                let answer = (typed.username, Some(problem.into()));
                return self.ask_who(cx, &source, asked, answer).await;
            }
        };
        let person = people::find(self.database(), account.person).await?;
        let scope = Scope::Within(&source.connector().trust);
        let reachable = person.is_some_and(|person| person.within(scope).belongs());
        if !reachable {
            return self.unknown(cx, &source, login, Stop::OutOfReach).await;
        }
        // A link would be a way in without the other factor: they come by that first, and link from inside.
        if self.has_second(account.person).await? {
            let answer = ("", Some(IdentifyProblem::LinkFromInside));
            return self
                .ask_who(cx, &source, (login, Stop::NobodyThere), answer)
                .await;
        }
        // A code is used up by this, as it is by choosing a password; a password that was proven just now stays.
        let (by, replaced) = if method == Method::ACTIVATION_CODE {
            (
                ReasonBy::Code,
                self.claim_account(cx, account.person).await?,
            )
        } else {
            (ReasonBy::Password, Replaced::default())
        };
        let detail = Detail {
            because: vec![Reason::of(by)],
            replaced,
        };
        let subject = from.identity.subject.clone();
        let link = self
            .add_link(cx, (&source, &subject), account.person, How::Proven, detail)
            .await?;
        self.vouched(cx, cookies, &source, (login, link, true))
            .await
    }

    /// The page that tells of a new link.
    pub(crate) async fn linked_page(
        &self,
        cx: &Cx<'_>,
        login: &Login,
        person: &Person,
    ) -> Result<Option<LinkedPage>, Error> {
        let Some(from) = &login.arrived else {
            return Ok(None);
        };
        let link = self
            .link_of(&from.source.connector, &from.source.subject)
            .await?;
        let Some(link) = link.filter(|link| link.person == person.id) else {
            return Ok(None);
        };
        let detail: Detail = serde_json::from_value(link.detail).unwrap_or_default();
        let catalogue = self.catalogue(cx.now).await?;
        let source = catalogue.sources().find(&link.connector);
        Ok(Some(LinkedPage {
            handle: self.store_login(cx, login).await?,
            source: source.map_or_else(|| link.connector.to_string(), |s| s.name().to_owned()),
            name: person.names.display(),
            because: detail.because,
            replaced: detail.replaced,
            leads_to: crate::login::leads_to(&login.resume),
        }))
    }

    /// The links of somebody who is signed in.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn links(&self, cx: &Cx<'_>, signed_in: &SignedIn) -> Result<Vec<LinkView>, Error> {
        let current = signed_in.session.source.as_ref();
        let is_current = |link: &Link| {
            current.is_some_and(|source| {
                source.connector == link.connector && source.subject == link.subject
            })
        };
        let links = links::of_person(self.database(), signed_in.session.person).await?;
        let mut views = Vec::new();
        for link in links {
            let current = is_current(&link);
            views.push(LinkView {
                current,
                ..self.link_view(cx, link).await?
            });
        }
        Ok(views)
    }

    /// A link, for its person or an operator.
    pub(super) async fn link_view(&self, cx: &Cx<'_>, link: Link) -> Result<LinkView, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let source = catalogue.sources().find(&link.connector);
        let detail: Detail = serde_json::from_value(link.detail.clone()).unwrap_or_default();
        Ok(LinkView {
            name: source.map_or_else(|| link.connector.to_string(), |s| s.name().to_owned()),
            id: id_of(&link),
            connector: link.connector,
            subject: link.subject,
            since: link.linked_at,
            used_at: link.used_at,
            because: detail.because,
            current: false,
        })
    }

    /// Whether somebody may change how they get in: they have just proven who they are (SES-11), and by something
    /// that vouches for all that they are here. Else a source that may speak for one school could open the others
    /// (FED-10).
    pub(crate) async fn may_change_ways_in(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
    ) -> Result<bool, Error> {
        // MFA-05: whoever has a second factor has proven as much.
        let half = signed_in.session.method.assurance() < BEST;
        if half && self.has_second(signed_in.session.person).await? {
            return Ok(false);
        }
        Ok(is_younger(cx, signed_in, FRESH) && self.sees_whole(signed_in).await?)
    }

    async fn sees_whole(&self, signed_in: &SignedIn) -> Result<bool, Error> {
        if signed_in.session.source.is_none() {
            return Ok(true);
        }
        let person = people::find(self.database(), signed_in.session.person).await?;
        Ok(person.is_some_and(|person| person == signed_in.whole))
    }

    /// Removes a link of somebody who is signed in and has just proven who they are, and ends the sessions that
    /// rest on it (SES-07). The last way in stays.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn unlink(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        id: &str,
    ) -> Result<Unlinked, Error> {
        if !self.may_change_ways_in(cx, signed_in).await? {
            return Ok(Unlinked::ProveAgain);
        }
        let person = signed_in.session.person;
        let all = links::of_person(self.database(), person).await?;
        let account = accounts::by_person(self.database(), person).await?;
        let has_password = account.is_some_and(|account| account.password_hash.is_some());
        if all.len() < 2 && !has_password {
            return Ok(Unlinked::LastWay);
        }
        let Some(link) = all.iter().find(|link| id_of(link) == id) else {
            return Ok(Unlinked::None);
        };
        let about = (&link.connector, link.subject.as_str());
        Ok(if self.remove_link(cx, person, about).await? {
            Unlinked::Gone
        } else {
            Unlinked::None
        })
    }

    /// Removes a link and ends the sessions that rest on it.
    pub(super) async fn remove_link(
        &self,
        cx: &Cx<'_>,
        person: PersonId,
        (connector, subject): (&ConnectorId, &str),
    ) -> Result<bool, Error> {
        let mut tx = self.database().begin().await?;
        let removed = links::remove(&mut tx, connector, subject, person).await?;
        tx.commit().await?;
        if !removed {
            return Ok(false);
        }
        for listed in self.sessions_of(person, cx.now).await? {
            let rests =
                listed.session.source.as_ref().is_some_and(|source| {
                    source.connector == *connector && source.subject == subject
                });
            if rests {
                self.end(cx, listed.digest, &listed.session, Because::Unlinked)
                    .await?;
            }
        }
        tracing::info!(
            event = "link.removed",
            connector = %connector,
            person = %person,
            reference = %cx.reference,
            "an account elsewhere is linked no longer"
        );
        Ok(true)
    }
}

/// Whether the source says that somebody is a pupil's guardian: by a vector.
pub(super) fn is_guardian(login: &Login) -> bool {
    login.arrived.as_ref().is_some_and(|from| {
        let mut vectors = from.identity.vectors.iter();
        vectors.any(|vector| matches!(vector.who, VectorOf::Guardian { .. }))
    })
}

/// What a link is called in a form.
fn id_of(link: &Link) -> String {
    let text = format!("{} {}", link.connector, link.subject);
    Digest::of("link id", &text).short()
}

/// What a proof remembers of the link that it rests on: one that was removed and made anew is another.
pub(crate) fn credentials_of_link(link: &Link) -> Digest {
    let text = format!(
        "{} {} {} {}",
        link.connector,
        link.person,
        link.linked_at.as_millis(),
        link.subject
    );
    Digest::of("link", &text)
}
