//! People whom no feed has brought: an account is made at the first login where the registration of the source
//! says so, with what it may say and where it may say it (FED-10). Their affiliations are its words at each login;
//! whoever is in a feed is never touched by it.

use clau_domain::connector::{Connector, Creation, CreationRule};
use clau_domain::identity::{ClaimedRole, ExternalIdentity};
use clau_domain::ids::{PersonId, StructureId};
use clau_domain::person::{AffiliationDetail, Contact, Function, Names};
use clau_domain::profile::Profile;
use clau_domain::structure::Structure;
use clau_domain::uai::Uai;
use clau_storage::links::{How, Link};
use clau_storage::newcomers::{self, Said};
use clau_storage::people::PersonRow;
use clau_storage::structures;
use serde_json::json;

use super::find::{Reason, ReasonBy};
use super::sources::Source;
use crate::error::Error;
use crate::{Cx, Hub};

/// What somebody is, where.
type Place = (StructureId, Profile, AffiliationDetail);

impl Hub {
    /// Makes an account for somebody whom no feed has brought. None where the registration does not want that, or
    /// the source says too little.
    pub(super) async fn create_person(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        identity: &ExternalIdentity,
    ) -> Result<Option<Link>, Error> {
        let connector = source.connector();
        let Some(creation) = &connector.create else {
            return Ok(None);
        };
        let claims = &identity.claims;
        let family = [&claims.family_name, &claims.birth_name];
        let family = family.into_iter().find(|name| !name.is_empty());
        let given = [Some(&claims.given_name), claims.given_names.first()];
        let given = given.into_iter().flatten().find(|name| !name.is_empty());
        let (Some(_), Some(_)) = (family, given) else {
            return Ok(None);
        };
        let places = self.places(connector, creation, identity).await?;
        if places.is_empty() {
            return Ok(None);
        }
        let person = row(identity);
        let said = Said {
            connector: &connector.id,
            subject: &identity.subject,
            person: &person,
            affiliations: &places,
        };
        let id = PersonId::mint(cx.now, cx.random);
        let why = json!({ "because": [Reason::of(ReasonBy::Created)] });
        let made = newcomers::create(self.database(), id, said, why, cx.now).await?;
        if made.is_some() {
            tracing::info!(
                event = "account.created",
                connector = %connector.id,
                person = %id,
                reference = %cx.reference,
                "somebody whom no feed has brought has an account now"
            );
        }
        // Where another window was faster it is the same person; whose link was removed is nobody's.
        self.link_of(&connector.id, &identity.subject).await
    }

    /// What the source says today of somebody whom it has brought. Others are left alone.
    pub(super) async fn refresh_created(
        &self,
        source: &Source,
        (link, identity): (&Link, &ExternalIdentity),
    ) -> Result<(), Error> {
        let connector = source.connector();
        let Some(creation) = connector
            .create
            .as_ref()
            .filter(|_| link.how == How::Created)
        else {
            return Ok(());
        };
        let places = self.places(connector, creation, identity).await?;
        let person = row(identity);
        let said = Said {
            connector: &connector.id,
            subject: &identity.subject,
            person: &person,
            affiliations: &places,
        };
        let mut tx = self.database().begin().await?;
        newcomers::renew(&mut tx, said).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What somebody is, as far as the source may say it: its words where they are mapped and trusted, the
    /// registration's where it says nothing.
    async fn places(
        &self,
        connector: &Connector,
        creation: &Creation,
        identity: &ExternalIdentity,
    ) -> Result<Vec<Place>, Error> {
        let roles = identity.claims.roles.clone();
        let roles = if roles.is_empty() {
            vec![ClaimedRole {
                uai: None,
                profile: None,
                function: String::new(),
            }]
        } else {
            roles
        };
        let mut places: Vec<Place> = Vec::new();
        for role in roles {
            let Some(profile) = role.profile.or(creation.profile) else {
                continue;
            };
            let allowed = connector.trust.admits_profile(profile)
                && (creation.who == CreationRule::Everybody || profile.is_staff());
            // A profile that the source claims counts where the registration names it (FED-10).
            let named = role.profile.is_none() || !connector.trust.profiles.is_empty();
            if !allowed || !named {
                continue;
            }
            let structure = match &role.uai {
                // SAML-12: a school that it is not trusted with is none of its business.
                Some(uai) if !connector.trust.names_school(uai) => None,
                Some(uai) => structures::by_uai(self.database(), uai).await?,
                None => match &creation.structure {
                    Some(place) => self.place_of(place).await?,
                    None => None,
                },
            };
            let Some(structure) = structure else { continue };
            let known = places
                .iter()
                .any(|(id, as_what, _)| *id == structure.id && *as_what == profile);
            if !known {
                let detail = detail(&role, profile, &identity.claims.classes);
                places.push((structure.id, profile, detail));
            }
        }
        Ok(places)
    }

    /// A structure by its local key, or by UAI.
    async fn place_of(&self, place: &str) -> Result<Option<Structure>, Error> {
        let mut tx = self.database().begin().await?;
        let local = structures::by_key(&mut tx, "local", place).await?;
        drop(tx);
        match (local, place.parse::<Uai>()) {
            (Some(local), _) => Ok(Some(local)),
            (None, Ok(uai)) => Ok(structures::by_uai(self.database(), &uai).await?),
            (None, Err(_)) => Ok(None),
        }
    }
}

fn detail(role: &ClaimedRole, profile: Profile, classes: &[String]) -> AffiliationDetail {
    let functions = if role.function.is_empty() {
        Vec::new()
    } else {
        vec![Function {
            code: role.function.clone(),
            ..Function::default()
        }]
    };
    AffiliationDetail {
        functions,
        classes: if profile == Profile::Pupil {
            classes.to_vec()
        } else {
            Vec::new()
        },
        ..AffiliationDetail::default()
    }
}

/// What is kept of somebody: names, and what a pivot is compared by.
fn row(identity: &ExternalIdentity) -> PersonRow {
    let claims = &identity.claims;
    let or = |first: &String, second: &String| {
        if first.is_empty() {
            second.clone()
        } else {
            first.clone()
        }
    };
    let first = claims.given_names.first().cloned().unwrap_or_default();
    let pivot = [
        ("gender", &claims.gender),
        ("birth_place", &claims.birth_place),
        ("birth_country", &claims.birth_country),
    ];
    let further = pivot
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), vec![value.clone()]))
        .collect();
    PersonRow {
        names: Names {
            family: or(&claims.family_name, &claims.birth_name),
            birth: claims.birth_name.clone(),
            given: or(&claims.given_name, &first),
            others: claims.given_names.iter().skip(1).cloned().collect(),
            title: claims.title.clone(),
        },
        birth_date: claims.birth_date.map(|date| date.to_string()),
        ine: None,
        contact: Contact {
            mail: claims.mail.clone(),
            ..Contact::default()
        },
        further,
    }
}
