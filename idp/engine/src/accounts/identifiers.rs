//! By what services know people: one pseudonym for each sector, whatever the protocol, and another one
//! when it has leaked (SAML Core §8.3.7). The one place that gives them out.

use std::collections::BTreeSet;
use std::sync::Arc;

use clau_domain::ids::ServiceId;
use clau_domain::person::Person;
use clau_domain::service::Service;
use clau_storage::{authorizations, people};

use super::AccountError;
use crate::oidc::clients::OidcClient;
use crate::registry::Catalogue;
use crate::{Cx, Hub};

/// A pseudonym that was given anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// By what the service knows the person from now on.
    pub identifiers: Vec<String>,
    /// The services that know people by the same pseudonym, the one that was named among them.
    pub services: BTreeSet<ServiceId>,
    /// Their parts in open sessions that were ended.
    pub sessions: usize,
    /// What they were allowed that was ended: refresh tokens, access tokens.
    pub authorizations: u64,
}

impl Hub {
    /// The pseudonym of a person in a sector: a service's id in every protocol, but for OpenID Connect
    /// [`OidcClient::sector`]. The same for ever (restarts, imports and renames change nothing), until it
    /// is given anew.
    pub(crate) fn pseudonym(&self, person: &Person, sector: &str) -> String {
        let renewed = person.renewed.get(sector).copied().unwrap_or_default();
        self.keys().pairwise(person.id, sector, renewed)
    }

    /// By what a service knows a person, in all its protocols.
    pub(crate) fn known_as(
        &self,
        person: &Person,
        service: &Service,
        catalogue: &Catalogue,
    ) -> Vec<String> {
        let client = catalogue.oidc_client_of(&service.id);
        let mut identifiers: Vec<String> = client
            .map(|client| self.subject_of(person, client))
            .into_iter()
            .collect();
        if !only_oidc(service, client) {
            identifiers.push(self.pseudonym(person, service.id.as_str()));
        }
        identifiers.dedup();
        identifiers
    }

    /// Gives a person another pseudonym at a service, where the former one has leaked: from now on the
    /// service takes them for somebody it has never seen. What it holds of them is worth nothing any more,
    /// and it is told that they have left.
    ///
    /// Whoever shares the service's sector gets the new one too.
    ///
    /// # Errors
    /// [`AccountError`]. After [`AccountError::Hub`] the pseudonym may be another already: running it
    /// again gives one more, and ends what is left.
    pub async fn renew_identifier(
        &self,
        cx: &Cx<'_>,
        login: &str,
        service: &str,
    ) -> Result<Renewed, AccountError> {
        let id = self.account_of(login).await?.person;
        let catalogue = self.catalogue(cx.now).await?;
        let service: &Arc<Service> = service
            .parse()
            .ok()
            .and_then(|service| catalogue.find(&service))
            .ok_or_else(|| AccountError::NoSuchService(service.to_owned()))?;
        let person = people::find(self.database(), id).await?;
        let person = person.ok_or_else(|| AccountError::NoSuchLogin(login.to_owned()))?;
        if self.known_as(&person, service, &catalogue) == [id.to_string()] {
            return Err(AccountError::NoPseudonym(service.id.clone()));
        }
        let sectors = sectors(service, &catalogue);
        for sector in &sectors {
            people::renew(self.database(), id, sector).await?;
        }
        // From here on the former one is given to nobody; what was given before ends after it.
        let services: BTreeSet<ServiceId> = catalogue
            .services()
            .filter(|other| !sectors.is_disjoint(&self::sectors(other, &catalogue)))
            .map(|other| other.id.clone())
            .collect();
        let mut authorizations = 0;
        for other in &services {
            authorizations +=
                authorizations::revoke_of_person(self.database(), id, Some(other), cx.now).await?;
        }
        let sessions = self.end_parts(cx, id, &services).await?;
        tracing::info!(
            event = "account.identifier_renewed",
            person = %id,
            service = %service.id,
            sessions,
            authorizations,
            "a person has another pseudonym at a service"
        );
        let person = people::find(self.database(), id).await?;
        Ok(Renewed {
            identifiers: person
                .map(|person| self.known_as(&person, service, &catalogue))
                .unwrap_or_default(),
            services,
            sessions,
            authorizations,
        })
    }
}

/// Whether OpenID Connect is all that a service speaks.
fn only_oidc(service: &Service, client: Option<&Arc<OidcClient>>) -> bool {
    client.is_some() && service.cas.is_none() && service.saml.is_none()
}

/// The sectors in which a service knows people: nearly always its own id alone.
fn sectors(service: &Service, catalogue: &Catalogue) -> BTreeSet<String> {
    let client = catalogue.oidc_client_of(&service.id);
    let own = (!only_oidc(service, client)).then(|| service.id.to_string());
    client
        .map(|client| client.sector.clone())
        .into_iter()
        .chain(own)
        .collect()
}
