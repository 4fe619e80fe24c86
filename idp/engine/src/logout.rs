//! Logout: one use case ends a session, owes a notice to each service it opened, and can say who was
//! told. Delivery ([`outbox`]) is tried again for a day (REL-10) and never holds up anybody's page.

mod outbox;
mod parts;

use std::time::Duration;

use clau_domain::ids::{NoticeId, PersonId};
use clau_domain::secret::{Digest, ParticipationKind, ProxyGrantingKind, SessionKind};
use clau_domain::service::LogoutStyle;
use clau_domain::session::{Participation, ParticipationProtocol, Session};
use clau_domain::time::Timestamp;
use clau_storage::authorizations;
use clau_storage::notices::{self, Delivery, NewNotice};
use clau_storage::tickets::{Life, MOST_OWNED};

use crate::cas::proxy::ProxyGranting;
use crate::error::Error;
use crate::oidc::logout::Frame;
use crate::registry::Catalogue;
use crate::saml::telling::{Part, Way};
use crate::session::{Begun, SignedIn};
use crate::{Cx, Hub};
use outbox::Document;

/// How long whoever signed out can see who was told.
const SHOWN: Duration = Duration::from_secs(10 * 60);
/// How long delivered notices are kept, for an operator to see.
const KEEP_NOTICES: Duration = Duration::from_secs(30 * 24 * 3600);

/// How long a partner that asks for a logout waits for services to be told, and how often the hub looks.
const PATIENCE: Duration = Duration::from_secs(4);
const LOOK: Duration = Duration::from_millis(100);

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
    /// An account elsewhere was linked for the first time (FED-04).
    Linked,
    /// The link that it rests on was removed.
    Unlinked,
    /// Operators took the account's second factors away (MFA-10).
    FactorsRemoved,
    /// It has ended at the source that vouched for the person.
    EndedAtSource,
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
    /// Where the person can go to end it themselves, within the hub, where the browser has to tell it.
    pub by_hand: Option<String>,
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

/// What a service's part in a session leads to when that ends.
#[derive(Default)]
struct Due {
    /// A notice to its server.
    notice: Option<Document>,
    /// A page of its own in the browser.
    frame: Option<Frame>,
    /// A request that the browser takes there, and an answer that it brings; false where there is no way to
    /// tell it.
    telling: Option<(Part, bool)>,
}

impl Hub {
    /// Ends the session behind a cookie, if there is one.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the person is told that they are still signed in.
    pub async fn log_out(&self, cx: &Cx<'_>, cookie: Option<&str>) -> Result<Option<Ended>, Error> {
        self.log_out_because(cx, cookie, Because::SignedOut).await
    }

    pub(crate) async fn log_out_because(
        &self,
        cx: &Cx<'_>,
        cookie: Option<&str>,
        because: Because,
    ) -> Result<Option<Ended>, Error> {
        let Some(token) = cookie.and_then(clau_domain::secret::Token::<SessionKind>::parse) else {
            return Ok(None);
        };
        let digest = token.digest();
        let session = self
            .tickets()
            .get::<SessionKind, Session>(&digest, cx.now)
            .await?;
        match session {
            Some(session) => self.end(cx, digest, &session, because).await.map(Some),
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
        self.leave_behind(cx, (digest, session), because).await?;
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
                let due = self.due_to(cx, part, &catalogue).await?;
                frames.extend(due.frame);
                if let Some((telling, has_way)) = due.telling {
                    let about = (&part.service, telling);
                    self.saml_keep_telling(cx, session, about, has_way).await?;
                }
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
        for (digest, mut part) in self
            .tickets()
            .owned::<ParticipationKind, Participation>(&from, cx.now)
            .await?
        {
            if let ParticipationProtocol::Saml { session, .. } = &mut part.protocol {
                *session = begun.digest;
            }
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
        if matches!(
            because,
            Because::PasswordChanged | Because::Locked | Because::Linked | Because::FactorsRemoved
        ) {
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
        let by_server = states
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
                by_hand: None,
            });
        let mut told: Vec<Told> = by_server.collect();
        told.extend(self.saml_told_so_far(cx, logout).await?);
        Ok(told)
    }

    /// Whether everybody was told of some logouts, after a moment of patience: somebody else waits to hear it.
    pub(crate) async fn everybody_told(
        &self,
        cx: &Cx<'_>,
        logouts: &[Digest],
    ) -> Result<bool, Error> {
        let mut waited = Duration::ZERO;
        loop {
            let mut told: Vec<Told> = Vec::new();
            for logout in logouts {
                told.extend(self.told(cx, *logout).await?);
            }
            let waiting = told.iter().any(|told| told.state == ToldState::OnItsWay);
            if !waiting || waited >= PATIENCE {
                return Ok(told.iter().all(|told| told.state == ToldState::Told));
            }
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
    }

    /// What a service is owed for its part in a session; nothing when it wants nothing.
    async fn due_to(
        &self,
        cx: &Cx<'_>,
        part: &Participation,
        catalogue: &Catalogue,
    ) -> Result<Due, Error> {
        Ok(match &part.protocol {
            ParticipationProtocol::Cas { url, ticket } => Due {
                notice: catalogue
                    .find(&part.service)
                    .and_then(|service| cas_notice(service, url, ticket)),
                ..Due::default()
            },
            ParticipationProtocol::Oidc { subject, session } => {
                let Some(client) = catalogue.oidc_client_of(&part.service) else {
                    return Ok(Due::default());
                };
                let address = client.client.metadata.backchannel_logout_uri.clone();
                Due {
                    notice: address.map(|url| Document::Oidc {
                        url,
                        subject: subject.clone(),
                        session: session.clone(),
                    }),
                    frame: self.frame_of(client, session),
                    ..Due::default()
                }
            }
            ParticipationProtocol::Saml {
                entity_id,
                index,
                name,
                ..
            } => {
                let about = Part {
                    entity_id: entity_id.clone(),
                    index: index.clone(),
                    name: name.clone(),
                };
                match self.saml_way(cx, part).await? {
                    Way::Server(url) => Due {
                        notice: Some(Document::Saml { url, part: about }),
                        ..Due::default()
                    },
                    Way::Browser => Due {
                        telling: Some((about, true)),
                        ..Due::default()
                    },
                    Way::Nowhere => Due {
                        telling: Some((about, false)),
                        ..Due::default()
                    },
                }
            }
        })
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
