//! Logout: one use case ends a session, owes a notice to each service it opened, and can say who was
//! told. Delivery is tried again for a day (REL-10) and never holds up anybody's page.

use std::time::Duration;

use clau_domain::ids::{NoticeId, PersonId};
use clau_domain::secret::{Digest, ParticipationKind, ProxyGrantingKind, SessionKind};
use clau_domain::service::LogoutStyle;
use clau_domain::session::{Participation, ParticipationProtocol, Session};
use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use clau_storage::authorizations;
use clau_storage::notices::{self, Delivery, NewNotice, Notice};
use clau_storage::tickets::{Life, MOST_OWNED};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::{Deserialize, Serialize};

use crate::cas::proxy::ProxyGranting;
use crate::error::Error;
use crate::oidc::logout::Frame;
use crate::outbound::CallError;
use crate::registry::Catalogue;
use crate::session::{Begun, SignedIn};
use crate::{Cx, Hub};

/// Notices that one node delivers at a time.
const AT_ONCE: u32 = 32;
/// How long a node may take for a notice before another may try.
const CLAIM: Duration = Duration::from_secs(60);
/// How long delivery is tried.
const PERSISTENCE: Duration = Duration::from_secs(24 * 3600);
/// How long whoever signed out can see who was told.
const SHOWN: Duration = Duration::from_secs(10 * 60);
/// How long delivered notices are kept, for an operator to see.
const KEEP_NOTICES: Duration = Duration::from_secs(30 * 24 * 3600);

/// Why a session ended, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The person signed out.
    SignedOut,
    /// Somebody else signed in with the same browser.
    SomebodyElse,
    /// The person ended it from another session.
    EndedElsewhere,
    /// The password was changed.
    PasswordChanged,
    /// An administrator locked the account.
    Locked,
    /// The person has opened too many others since (SES-12).
    TooMany,
}

/// A session that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Its name, by which [`Hub::told`] finds who was told.
    pub logout: Digest,
    /// How many services are told.
    pub services: usize,
}

/// A service that is told of a logout.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its name.
    pub service: String,
    /// How far it is.
    pub state: ToldState,
}

/// How far a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldState {
    /// The service has taken it.
    Told,
    /// It is on its way.
    OnItsWay,
    /// The service did not take it for a day.
    NotReached,
}

/// Why a notice has not been delivered.
#[derive(Debug, thiserror::Error)]
enum Undelivered {
    #[error(transparent)]
    Call(#[from] CallError),
    /// Without the parser's own words, which may quote the ticket.
    #[error("the notice cannot be read")]
    Unreadable(#[from] serde_json::Error),
    #[error("{0}")]
    Hub(#[from] Error),
}

/// What to send where, as it is stored in the outbox.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Document {
    /// A CAS logout request (CAS protocol §2.3.3).
    Cas {
        url: WebUrl,
        style: LogoutStyle,
        ticket: String,
    },
    /// A logout token (OIDC Back-Channel Logout §2.5), to be signed when it is sent.
    Oidc {
        url: WebUrl,
        subject: String,
        session: String,
    },
}

/// What a service's part in a session leads to when that ends.
#[derive(Default)]
struct Due {
    /// A notice to its server.
    notice: Option<Document>,
    /// A page of its own in the browser.
    frame: Option<Frame>,
}

impl Hub {
    /// Ends the session behind a cookie, if there is one.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the person is told that they are still signed in.
    pub async fn log_out(&self, cx: &Cx<'_>, cookie: Option<&str>) -> Result<Option<Ended>, Error> {
        let Some(token) = cookie.and_then(clau_domain::secret::Token::<SessionKind>::parse) else {
            return Ok(None);
        };
        let digest = token.digest();
        let session = self
            .tickets()
            .get::<SessionKind, Session>(&digest, cx.now)
            .await?;
        match session {
            Some(session) => self
                .end(cx, digest, &session, Because::SignedOut)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    pub(crate) async fn end_session(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        because: Because,
    ) -> Result<Ended, Error> {
        self.end(cx, signed_in.digest, &signed_in.session, because)
            .await
    }

    /// Ends a session: first what is owed is written down, then the session dies. Should the hub fall
    /// between the two, the person signs out once more.
    pub(crate) async fn end(
        &self,
        cx: &Cx<'_>,
        digest: Digest,
        session: &Session,
        because: Because,
    ) -> Result<Ended, Error> {
        let person = session.person;
        let mut services = self.owe(cx, digest, person).await?;
        self.tickets()
            .end::<SessionKind>(&[digest], session.latest_end(), cx.now)
            .await?;
        // A service whose ticket was redeemed in between: from now on none is.
        services += self.owe(cx, digest, person).await?;
        // These are refused without their session; taking them away is tidiness.
        let granting = self
            .tickets()
            .owned::<ProxyGrantingKind, ProxyGranting>(&digest.to_string(), cx.now)
            .await?;
        for (digest, _) in granting {
            self.tickets().remove::<ProxyGrantingKind>(&digest).await?;
        }
        metrics::counter!("clau_sessions_ended_total").increment(1);
        tracing::info!(
            event = "session.ended",
            person = %person,
            session = %digest.short(),
            because = ?because,
            services,
            "session ended"
        );
        self.inner.outbox.notify_one();
        Ok(Ended {
            logout: digest,
            services,
        })
    }

    /// Owes a notice to each service that a session has opened, however many; how many there are.
    async fn owe(&self, cx: &Cx<'_>, session: Digest, person: PersonId) -> Result<usize, Error> {
        let owner = session.to_string();
        let mut services = 0;
        loop {
            let parts = self
                .tickets()
                .owned::<ParticipationKind, Participation>(&owner, cx.now)
                .await?;
            let catalogue = self.catalogue(cx.now).await?;
            let mut owed = Vec::new();
            let mut frames = Vec::new();
            for (_, part) in &parts {
                let due = self.due_to(part, &catalogue);
                frames.extend(due.frame);
                if let Some(document) = due.notice {
                    owed.push(NewNotice {
                        id: NoticeId::mint(cx.now, cx.random),
                        logout: session,
                        person,
                        service: part.service.clone(),
                        document: serde_json::to_value(document)
                            .map_err(|error| Error::Defect(error.to_string()))?,
                    });
                }
            }
            if !owed.is_empty() {
                let mut tx = self.database().begin().await?;
                notices::add(&mut tx, &owed, cx.now).await?;
                tx.commit().await?;
            }
            self.keep_frames(cx, session, &frames).await?;
            for (digest, _) in &parts {
                self.tickets().remove::<ParticipationKind>(digest).await?;
            }
            services += owed.len();
            if parts.len() < MOST_OWNED {
                return Ok(services);
            }
        }
    }

    /// Moves what one session has open to another of the same person, and lets the first one die
    /// without a word to the services: they go on (SES-02).
    pub(crate) async fn inherit(
        &self,
        cx: &Cx<'_>,
        former: &SignedIn,
        begun: &Begun,
    ) -> Result<(), Error> {
        self.move_open(cx, former, begun).await?;
        self.tickets()
            .end::<SessionKind>(&[former.digest], former.session.latest_end(), cx.now)
            .await?;
        // What was opened in between.
        self.move_open(cx, former, begun).await
    }

    async fn move_open(&self, cx: &Cx<'_>, former: &SignedIn, begun: &Begun) -> Result<(), Error> {
        authorizations::move_session(self.database(), &former.digest, &begun.digest).await?;
        let (from, to) = (former.digest.to_string(), begun.digest.to_string());
        let life = Life {
            owner: Some(&to),
            expires_at: begun.session.latest_end(),
            now: cx.now,
        };
        // One call changes the owner: what hangs on a session is never without one.
        for (digest, part) in self
            .tickets()
            .owned::<ParticipationKind, Participation>(&from, cx.now)
            .await?
        {
            self.tickets()
                .put::<ParticipationKind>(&digest, &part, life)
                .await?;
        }
        for (digest, mut granting) in self
            .tickets()
            .owned::<ProxyGrantingKind, ProxyGranting>(&from, cx.now)
            .await?
        {
            granting.session = begun.digest;
            self.tickets()
                .put::<ProxyGrantingKind>(&digest, &granting, life)
                .await?;
        }
        Ok(())
    }

    /// Ends every session of a person, but one if they keep it.
    pub(crate) async fn end_all(
        &self,
        cx: &Cx<'_>,
        person: PersonId,
        keep: Option<Digest>,
        because: Because,
    ) -> Result<usize, Error> {
        // What outlives sessions does not outlive this (SES-07).
        if matches!(because, Because::PasswordChanged | Because::Locked) {
            authorizations::revoke_of_person(self.database(), person, None, cx.now).await?;
        }
        let mut ended = 0;
        loop {
            let mut open = self.sessions_of(person, cx.now).await?;
            open.retain(|listed| Some(listed.digest) != keep);
            if open.is_empty() {
                return Ok(ended);
            }
            for listed in open {
                self.end(cx, listed.digest, &listed.session, because)
                    .await?;
                ended += 1;
            }
        }
    }

    /// Who was told of a logout of the last ten minutes: on a shared computer its address stays in the
    /// history for the next person to open.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn told(&self, cx: &Cx<'_>, logout: Digest) -> Result<Vec<Told>, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let states = notices::of_logout(self.database(), &logout).await?;
        Ok(states
            .into_iter()
            .filter(|state| cx.now.since(state.created_at) < SHOWN)
            .map(|state| Told {
                service: state
                    .service
                    .parse()
                    .ok()
                    .and_then(|id| catalogue.find(&id).map(|service| service.name.clone()))
                    .unwrap_or(state.service),
                state: match state.delivery {
                    Delivery::Delivered(_) => ToldState::Told,
                    Delivery::Waiting(_) => ToldState::OnItsWay,
                    Delivery::GivenUp => ToldState::NotReached,
                },
            })
            .collect())
    }

    /// Waits until there is something to deliver, or for `longest`.
    pub async fn outbox_stirs(&self, longest: Duration) {
        let _either = tokio::time::timeout(longest, self.inner.outbox.notified()).await;
    }

    /// Delivers the notices that are due; how many were tried. Any node may, at any time.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn deliver_notices(&self, cx: &Cx<'_>) -> Result<usize, Error> {
        let due = notices::claim(self.database(), cx.now, AT_ONCE, cx.now + CLAIM).await?;
        let tried = due.len();
        // One slow service holds up no other: all at once, each with its own limit.
        let mut deliveries: FuturesUnordered<_> = due
            .into_iter()
            .map(|notice| self.deliver(cx, notice))
            .collect();
        while let Some(outcome) = deliveries.next().await {
            outcome?;
        }
        Ok(tried)
    }

    async fn deliver(&self, cx: &Cx<'_>, notice: Notice) -> Result<(), Error> {
        let jitter = cx.random.below(1000);
        let breakers = &self.inner.breakers;
        let (why, wait) = if let Some(rest) = breakers.rest(&notice.service, cx.now) {
            let why = "not tried: the service does not answer".to_owned();
            (why, rest + Duration::from_millis(jitter.into()))
        } else {
            let outcome = self.send(cx, &notice).await;
            match &outcome {
                Err(Undelivered::Call(CallError::NoAnswer(_))) => {
                    breakers.unanswered(&notice.service, cx.now);
                }
                _ => breakers.answered(&notice.service),
            }
            let label = if outcome.is_ok() {
                "delivered"
            } else {
                "failed"
            };
            metrics::counter!("clau_logout_notices_total", "outcome" => label).increment(1);
            match outcome {
                Ok(()) => {
                    notices::delivered(self.database(), notice.id, cx.now).await?;
                    return Ok(());
                }
                Err(why) => (why.to_string(), backoff(notice.attempts, jitter)),
            }
        };
        let next = cx.now + wait;
        let next = (next < notice.created_at + PERSISTENCE).then_some(next);
        tracing::info!(
            event = "logout.not_delivered",
            service = %notice.service,
            attempts = notice.attempts,
            given_up = next.is_none(),
            reason = %why,
            "logout notice not taken"
        );
        notices::failed(self.database(), notice.id, &why, next).await?;
        Ok(())
    }

    async fn send(&self, cx: &Cx<'_>, notice: &Notice) -> Result<(), Undelivered> {
        let outbound = &self.inner.outbound;
        match serde_json::from_value(notice.document.clone())? {
            Document::Cas { url, style, ticket } => {
                let told = clau_cas::logout::notice(style, &ticket, cx.now, cx.random);
                let Some(told) = told else { return Ok(()) };
                outbound.post(&url, told.media_type, told.body).await?;
            }
            Document::Oidc {
                url,
                subject,
                session,
            } => {
                let catalogue = self.catalogue(cx.now).await?;
                let service = notice.service.parse().ok();
                let client = service.and_then(|service| catalogue.oidc_client_of(&service));
                // Nobody is left to be told.
                let Some(client) = client else { return Ok(()) };
                let token = self.logout_token(cx, client, (&subject, &session)).await?;
                // A signed token has no character that a form would encode.
                let body = format!("logout_token={token}");
                outbound
                    .post(&url, "application/x-www-form-urlencoded", body)
                    .await?;
            }
        }
        Ok(())
    }

    /// What a service is owed for its part in a session; nothing when it wants nothing.
    fn due_to(&self, part: &Participation, catalogue: &Catalogue) -> Due {
        match &part.protocol {
            ParticipationProtocol::Cas { url, ticket } => Due {
                notice: catalogue
                    .find(&part.service)
                    .and_then(|service| cas_notice(service, url, ticket)),
                frame: None,
            },
            ParticipationProtocol::Oidc { subject, session } => {
                let Some(client) = catalogue.oidc_client_of(&part.service) else {
                    return Due::default();
                };
                let address = client.client.metadata.backchannel_logout_uri.clone();
                Due {
                    notice: address.map(|url| Document::Oidc {
                        url,
                        subject: subject.clone(),
                        session: session.clone(),
                    }),
                    frame: self.frame_of(client, session),
                }
            }
        }
    }

    /// Forgets what has been delivered long ago and what has expired.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn sweep(&self, now: Timestamp) -> Result<(), Error> {
        notices::sweep(self.database(), now - KEEP_NOTICES).await?;
        authorizations::sweep(self.database(), now).await?;
        self.tickets().sweep(now).await?;
        self.inner.counters.sweep(now).await?;
        Ok(())
    }
}

/// CAS-12: the notice goes to the registered address, else to the one that the ticket went to, which was
/// registered.
fn cas_notice(
    service: &clau_domain::service::Service,
    url: &str,
    ticket: &str,
) -> Option<Document> {
    let settings = service.cas.as_ref().map(|cas| &cas.logout)?;
    if settings.style == LogoutStyle::None {
        return None;
    }
    let url = match &settings.url {
        Some(registered) => registered.clone(),
        None => url.parse().ok()?,
    };
    Some(Document::Cas {
        url,
        style: settings.style,
        ticket: ticket.to_owned(),
    })
}

/// 5 s, then twice as long each time up to an hour, and up to a second more so that notices owed
/// together are not tried together for ever.
fn backoff(attempts: u32, jitter_millis: u32) -> Duration {
    let doubled = 5_u64.saturating_mul(1 << attempts.saturating_sub(1).min(20));
    Duration::from_secs(doubled.min(3600)) + Duration::from_millis(jitter_millis.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rel_10_notices_are_tried_for_a_day_at_growing_distance() {
        let mut total = Duration::ZERO;
        let mut tries = 0;
        while total < PERSISTENCE {
            tries += 1;
            let wait = backoff(tries, 0);
            assert!(wait <= Duration::from_secs(3600));
            total += wait;
        }
        assert!((20..60).contains(&tries), "{tries}");
    }
}
