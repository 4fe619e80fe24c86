//! Where somebody may log in, and what stands first: by the school that an address names, by what the service
//! prefers, by what a service hints at. Shows nothing of anybody; never decides who gets in.

use std::collections::BTreeMap;

use clau_domain::connector::{Audience, ConnectorId, ConnectorProfile};
use clau_domain::ids::ServiceId;
use clau_domain::names::fold;
use clau_domain::service::Localised;
use clau_domain::session::Assurance;
use clau_domain::structure::{Structure, StructureKind};
use clau_domain::time::Timestamp;
use clau_domain::uai::Uai;
use clau_storage::structures;

use super::sources::Source;
use crate::error::Error;
use crate::{Cx, Hub};

/// Schools that a search shows at most.
pub const MOST_SCHOOLS: usize = 20;

/// What is known when the choice is offered.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// What is being opened.
    pub service: Option<ServiceId>,
    /// The school that the address names.
    pub uai: Option<Uai>,
    /// The source used last on this device.
    pub last: Option<ConnectorId>,
    /// The least strength that will do.
    pub at_least: Option<Assurance>,
}

/// What is offered.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Sources, those first that are the most probable.
    pub sources: Vec<Choice>,
    /// The school that the address names.
    pub school: Option<SchoolView>,
}

/// A source as it is offered.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Identifier.
    pub id: ConnectorId,
    /// Name.
    pub name: String,
    /// What its button says; empty for what its profile says.
    pub label: Localised,
    /// One sentence.
    pub description: Localised,
    /// Under which answers it stands.
    pub audience: Vec<Audience>,
    /// What kind of system it is: some have a button of their own.
    pub profile: ConnectorProfile,
    /// Used last on this device.
    pub last: bool,
    /// Who names it.
    pub preferred: Option<Preference>,
    /// Since when it does not answer.
    pub down_since: Option<Timestamp>,
}

/// Who names a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// The service that is being opened.
    Service,
    /// The school that the address names.
    School,
}

/// A school that somebody looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolView {
    /// UAI.
    pub uai: Uai,
    /// Name.
    pub name: String,
    /// `COLLEGE`, `LYCEE AGRICOLE`.
    pub kind: String,
    /// Commune.
    pub city: String,
}

impl Hub {
    /// What the login page offers.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn choices(&self, cx: &Cx<'_>, around: &Circumstances) -> Result<Choices, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let service = around.service.as_ref().and_then(|id| catalogue.find(id));
        let wished = service.map_or(&[][..], |service| service.login.sources.as_slice());
        let only = service.is_some_and(|service| service.login.only) && !wished.is_empty();
        let school = match &around.uai {
            Some(uai) => structures::by_uai(self.database(), uai).await?,
            None => None,
        };
        let mut ranked: BTreeMap<(usize, i32, String), Choice> = BTreeMap::new();
        for source in catalogue.sources().in_use() {
            let connector = source.connector();
            let place = wished.iter().position(|id| id == source.id());
            let of_school = school.as_ref().is_some_and(|school| serves(source, school));
            let last = around.last.as_ref() == Some(source.id());
            // A hidden one is for those who name it, or whose school does.
            let shown = !connector.button.hidden || place.is_some() || of_school;
            if !shown || (only && place.is_none()) || !can(source, around.at_least) {
                continue;
            }
            // A school's own source before what everybody may use.
            let rank = match (place, of_school && !connector.trust.structures.is_empty()) {
                _ if last => 0,
                (Some(place), _) => 1 + place,
                (None, true) => 100,
                (None, false) if of_school => 200,
                (None, false) => 300,
            };
            let choice = Choice {
                id: source.id().clone(),
                name: source.name().to_owned(),
                label: connector.button.label.clone(),
                description: connector.button.description.clone(),
                audience: connector.button.audience.clone(),
                profile: connector.profile,
                last,
                preferred: match place {
                    Some(_) => Some(Preference::Service),
                    None => of_school.then_some(Preference::School),
                },
                down_since: self.down(source, cx.now).map(|down| down.since),
            };
            let key = (rank, connector.button.order, source.id().to_string());
            ranked.insert(key, choice);
        }
        Ok(Choices {
            sources: ranked.into_values().collect(),
            school: school.as_ref().and_then(school_view),
        })
    }

    /// The source that a service's hint leads to: by its own name, by the name of its identity provider, or by
    /// the ending of a mail address.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn hinted_source(
        &self,
        cx: &Cx<'_>,
        hints: &[String],
        login_hint: &str,
    ) -> Result<Option<ConnectorId>, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let domain = login_hint.rsplit_once('@').map(|(_, domain)| domain);
        let mut in_use = catalogue.sources().in_use();
        let found = in_use.find(|source| {
            let connector = source.connector();
            let called = |hint: &String| {
                hint == source.id().as_str()
                    || connector
                        .saml
                        .as_ref()
                        .is_some_and(|saml| !hint.is_empty() && saml.entity_id == *hint)
                    || connector
                        .oidc
                        .as_ref()
                        .is_some_and(|oidc| oidc.issuer.as_str() == hint)
            };
            let endings = &connector.button.mail_domains;
            hints.iter().any(called)
                || domain.is_some_and(|domain| {
                    endings
                        .iter()
                        .any(|known| known.eq_ignore_ascii_case(domain))
                })
        });
        Ok(found.map(|source| source.id().clone()))
    }

    /// Schools by name, commune or UAI, the best first; one more than are shown where there are more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn find_schools(&self, query: &str) -> Result<Vec<SchoolView>, Error> {
        let wanted = fold(query.trim());
        let words: Vec<&str> = wanted.split_whitespace().collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let all = structures::all(self.database()).await?;
        let mut found: Vec<(u8, SchoolView)> = all
            .iter()
            .filter(|structure| structure.kind == StructureKind::School)
            .filter_map(school_view)
            .filter_map(|school| {
                let (name, city) = (fold(&school.name), fold(&school.city));
                let uai = school.uai.as_str().to_ascii_lowercase();
                let there = |word: &&str| {
                    name.contains(*word) || city.contains(*word) || uai.starts_with(*word)
                };
                let rank = match () {
                    () if uai == wanted => 0,
                    () if city == wanted || name.starts_with(&wanted) => 1,
                    () => 2,
                };
                words.iter().all(there).then_some((rank, school))
            })
            .collect();
        found.sort_by(|(a, left), (b, right)| {
            (a, fold(&left.city), fold(&left.name)).cmp(&(b, fold(&right.city), fold(&right.name)))
        });
        let schools = found.into_iter().map(|(_, school)| school);
        Ok(schools.take(MOST_SCHOOLS + 1).collect())
    }

    /// The school whose host name a browser has come by.
    pub fn school_of_host(&self, host: &str) -> Option<&Uai> {
        self.settings().school_hosts.get(host)
    }
}

/// Whether people of a school come by a source.
fn serves(source: &Source, school: &Structure) -> bool {
    let trust = &source.connector().trust;
    let named = school
        .uai
        .as_ref()
        .is_some_and(|uai| trust.names_school(uai));
    named || (!trust.everywhere && trust.admits_source(&school.source))
}

/// Whether a source can vouch for as much as is needed; one that maps no levels vouches for one factor.
fn can(source: &Source, at_least: Option<Assurance>) -> bool {
    let Some(needed) = at_least else { return true };
    let best = source.connector().levels.values().max().copied();
    best.unwrap_or(Assurance::SingleFactor) >= needed
}

fn school_view(structure: &Structure) -> Option<SchoolView> {
    Some(SchoolView {
        uai: structure.uai.clone()?,
        name: structure.name.clone(),
        kind: structure.detail.kind_label.clone(),
        city: structure.detail.city.clone(),
    })
}
