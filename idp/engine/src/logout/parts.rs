//! The part of some services in sessions that go on without them: a pseudonym was given anew, or somebody acts for
//! another child now. Ends no session.

use std::collections::BTreeSet;

use clau_domain::ids::{NoticeId, PersonId, ServiceId};
use clau_domain::secret::{Digest, ParticipationKind};
use clau_domain::session::Participation;
use clau_storage::notices::{self, NewNotice};

use crate::error::Error;
use crate::session::SignedIn;
use crate::{Cx, Hub};

/// What became of the parts of services in one session.
#[derive(Default)]
struct Parted {
    /// Those whose server is told.
    told: Vec<ServiceId>,
    /// Those that only a browser could tell.
    by_hand: Vec<ServiceId>,
}

impl Hub {
    /// Ends the part of some services in the sessions of a person: each is owed the notice of a logout. A page
    /// of a service's in the browser is not shown, there is no browser. How many parts there were.
    pub(crate) async fn end_parts(
        &self,
        cx: &Cx<'_>,
        person: PersonId,
        services: &BTreeSet<ServiceId>,
    ) -> Result<usize, Error> {
        let mut ended = 0;
        for listed in self.sessions_of(person, cx.now).await? {
            let parted = self
                .part_with(cx, (listed.digest, person), listed.digest, services)
                .await?;
            ended += parted.told.len() + parted.by_hand.len();
        }
        Ok(ended)
    }

    /// The same in the session of somebody who looks on: which services are told, and which the person has to
    /// close themselves.
    pub(crate) async fn end_parts_in(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        services: &BTreeSet<ServiceId>,
    ) -> Result<(Vec<ServiceId>, Vec<ServiceId>), Error> {
        // Not under the session's name: its own logout is still to come, and is told apart.
        let text = format!("{} {}", signed_in.digest, cx.now.as_millis());
        let notices = Digest::of("change of context", &text);
        let session = (signed_in.digest, signed_in.session.person);
        let parted = self.part_with(cx, session, notices, services).await?;
        Ok((parted.told, parted.by_hand))
    }

    async fn part_with(
        &self,
        cx: &Cx<'_>,
        (session, person): (Digest, PersonId),
        logout: Digest,
        services: &BTreeSet<ServiceId>,
    ) -> Result<Parted, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let parts = self
            .tickets()
            .owned::<ParticipationKind, Participation>(&session.to_string(), cx.now)
            .await?;
        let mut parted = Parted::default();
        let mut ended = Vec::new();
        let mut owed = Vec::new();
        for (digest, part) in parts {
            if !services.contains(&part.service) {
                continue;
            }
            ended.push(digest);
            match self.due_to(cx, &part, &catalogue).await?.notice {
                Some(document) => {
                    parted.told.push(part.service.clone());
                    owed.push(NewNotice {
                        id: NoticeId::mint(cx.now, cx.random),
                        logout,
                        person,
                        service: part.service,
                        document: serde_json::to_value(document)
                            .map_err(|error| Error::Defect(error.to_string()))?,
                    });
                }
                None => parted.by_hand.push(part.service),
            }
        }
        let mut tx = self.database().begin().await?;
        notices::add(&mut tx, &owed, cx.now).await?;
        tx.commit().await?;
        for digest in &ended {
            self.tickets().remove::<ParticipationKind>(digest).await?;
        }
        self.inner.outbox.notify_one();
        Ok(parted)
    }
}
