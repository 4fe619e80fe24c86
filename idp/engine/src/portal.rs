//! The portal: the tiles a person may open and why, announcements, children, favourites. Never shows
//! a service that [`clau_domain::policy`] would refuse.

use std::collections::{BTreeMap, BTreeSet};

use clau_domain::ids::ServiceId;
use clau_domain::language::Language;
use clau_domain::names::fold;
use clau_domain::policy::Reason;
use clau_domain::service::Category;
use clau_storage::visits;

use crate::error::Error;
use crate::session::SignedIn;
use crate::{Cx, Hub};

/// What the portal shows a person.
#[derive(Clone, Debug)]
pub struct Portal {
    /// Tiles by category, categories in their order, tiles in theirs.
    pub sections: Vec<(Category, Vec<TileView>)>,
    /// The person's favourites among them.
    pub favourites: Vec<TileView>,
    /// Announcements, the newest first.
    pub announcements: Vec<AnnouncementView>,
    /// How many tiles there are without the search.
    pub total: usize,
}

/// A tile as it is shown.
#[derive(Clone, Debug)]
pub struct TileView {
    /// The service.
    pub service: ServiceId,
    /// Title.
    pub title: String,
    /// One sentence; may be empty.
    pub description: String,
    /// Icon by name.
    pub icon: String,
    /// Where it leads.
    pub url: String,
    /// Why the person may use it; never empty.
    pub because: Vec<Reason>,
    /// Whether it is a favourite.
    pub favourite: bool,
}

/// An announcement as it is shown.
#[derive(Clone, Debug)]
pub struct AnnouncementView {
    /// Headline.
    pub title: String,
    /// Text, with line breaks.
    pub text: String,
    /// The structure that speaks; `None` for the region.
    pub from: Option<String>,
}

impl Hub {
    /// The portal of a signed-in person, narrowed by a search.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn portal(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        language: Language,
        query: &str,
    ) -> Result<Portal, Error> {
        let person = &signed_in.person;
        let catalogue = self.catalogue(cx.now).await?;
        let chosen = visits::favourites(self.database(), person.id).await?;
        let mut by_category: BTreeMap<Category, Vec<(i32, TileView)>> = BTreeMap::new();
        for service in catalogue.services() {
            let Some(tile) = &service.tile else { continue };
            let Ok(grant) = self.grant(cx, person, service) else {
                continue;
            };
            let title = tile.title.in_language(language).unwrap_or(&service.name);
            let description = tile.description.in_language(language).unwrap_or_default();
            let view = TileView {
                service: service.id.clone(),
                title: title.to_owned(),
                description: description.to_owned(),
                icon: tile.icon.clone(),
                url: tile.url.as_str().to_owned(),
                because: distinct(grant.because()),
                favourite: chosen.contains(service.id.as_str()),
            };
            by_category
                .entry(tile.category)
                .or_default()
                .push((tile.order, view));
        }
        let total = by_category.values().map(Vec::len).sum();
        let wanted = fold(query.trim());
        let mut favourites = Vec::new();
        let mut sections = Vec::new();
        for (category, mut tiles) in by_category {
            tiles.sort_by_key(|(order, tile)| (*order, fold(&tile.title)));
            let tiles: Vec<TileView> = tiles
                .into_iter()
                .map(|(_, tile)| tile)
                .filter(|tile| {
                    fold(&tile.title).contains(&wanted) || fold(&tile.description).contains(&wanted)
                })
                .collect();
            favourites.extend(tiles.iter().filter(|tile| tile.favourite).cloned());
            if !tiles.is_empty() {
                sections.push((category, tiles));
            }
        }
        let today = self.today(cx.now);
        let announcements = catalogue
            .announcements()
            .iter()
            .rev()
            .filter_map(|announcement| {
                let from = announcement.reaches(person, today)?;
                Some(AnnouncementView {
                    title: announcement.title.in_language(language)?.to_owned(),
                    text: announcement
                        .text
                        .in_language(language)
                        .unwrap_or_default()
                        .to_owned(),
                    from,
                })
            })
            .collect();
        Ok(Portal {
            sections,
            favourites,
            announcements,
            total,
        })
    }

    /// Makes a service a favourite or no more. Services that the person may not use are ignored.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn set_favourite(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        service: &ServiceId,
        favourite: bool,
    ) -> Result<(), Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let usable = catalogue
            .find(service)
            .is_some_and(|service| self.grant(cx, &signed_in.person, service).is_ok());
        if usable || !favourite {
            let since = favourite.then_some(cx.now);
            visits::set_favourite(self.database(), signed_in.person.id, service, since).await?;
        }
        Ok(())
    }
}

/// Each structure and profile once: two rules that both fit are no news to a reader.
fn distinct(reasons: &[Reason]) -> Vec<Reason> {
    let mut seen = BTreeSet::new();
    reasons
        .iter()
        .filter(|reason| seen.insert((reason.structure.clone(), reason.profile)))
        .cloned()
        .collect()
}
