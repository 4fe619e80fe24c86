//! What a person has allowed, as the account page lists it, and taking it back.

use std::collections::{BTreeMap, BTreeSet};

use clau_domain::ids::ServiceId;
use clau_domain::policy::Attribute;
use clau_domain::time::Timestamp;
use clau_storage::{authorizations, consents};

use super::answer::received;
use super::consent::Agreed;
use super::mint::Detail;
use crate::error::Error;
use crate::session::SignedIn;
use crate::{Cx, Hub};

/// A service that a person has allowed something.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// The service.
    pub service: ServiceId,
    /// Its name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// When it last used it.
    pub last: Option<Timestamp>,
    /// What it may receive.
    pub attributes: BTreeSet<Attribute>,
    /// Whether its access lasts when the person is away.
    pub lasting: bool,
}

impl Hub {
    /// What a person has allowed: by agreeing, or by letting a service's access last. By name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn allowed_by(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
    ) -> Result<Vec<Allowed>, Error> {
        let person = &signed_in.person;
        let catalogue = self.catalogue(cx.now).await?;
        let mut allowed: BTreeMap<ServiceId, Allowed> = BTreeMap::new();
        for consent in consents::of_person(self.database(), person.id).await? {
            let Ok(agreed) = serde_json::from_value::<Agreed>(consent.detail) else {
                continue;
            };
            let name = catalogue.find(&consent.service).map_or_else(
                || consent.service.to_string(),
                |service| service.name.clone(),
            );
            let one = Allowed {
                service: consent.service.clone(),
                name,
                since: consent.given_at,
                last: None,
                attributes: agreed.attributes,
                lasting: false,
            };
            allowed.insert(consent.service, one);
        }
        for row in authorizations::of_person(self.database(), person.id, cx.now).await? {
            let Some(client) = catalogue.oidc_client_of(&row.service) else {
                continue;
            };
            let detail = Detail::read(&row)?;
            let attributes = match self.grant_to_client(cx, person, client) {
                Ok(grant) => {
                    let grant = self.as_agreed(person, client, grant).await?;
                    received(client, (&detail.scope, &detail.claims), &grant)
                }
                Err(_) => BTreeSet::new(),
            };
            let entry = allowed
                .entry(row.service.clone())
                .or_insert_with(|| Allowed {
                    service: row.service.clone(),
                    name: client.service.name.clone(),
                    since: row.created_at,
                    last: None,
                    attributes: BTreeSet::new(),
                    lasting: true,
                });
            entry.lasting = true;
            entry.since = entry.since.min(row.created_at);
            entry.last = entry.last.max(row.used_at);
            entry.attributes.extend(attributes);
        }
        let mut list: Vec<Allowed> = allowed.into_values().collect();
        list.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(list)
    }

    /// Takes back everything that a service was allowed: it is asked about again, and what it holds is
    /// worth nothing from now on.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn take_back(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        service: &ServiceId,
    ) -> Result<(), Error> {
        let person = signed_in.person.id;
        consents::remove(self.database(), person, service).await?;
        let ended =
            authorizations::revoke_of_person(self.database(), person, Some(service), cx.now)
                .await?;
        tracing::info!(
            event = "oidc.taken_back",
            person = %person,
            service = %service,
            ended,
            "a person took back what a service was allowed"
        );
        Ok(())
    }
}
