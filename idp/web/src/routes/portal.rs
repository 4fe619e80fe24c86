//! `/` and what its buttons do: favourites, the child a guardian looks for, the language.

use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use clau_domain::language::Language;
use clau_domain::person::Kin;
use clau_domain::service::Category;
use clau_domain::session::Context;
use clau_engine::federation::context::{self, ContextView as Offered};
use clau_engine::portal::{AnnouncementView, TileView};
use http::StatusCode;

use super::member::{Member, way_back};
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::cookies::{self, Cookie};
use crate::http::fields::Fields;
use crate::http::posted::Posted;
use crate::icons::Icon;
use crate::pages::context::{Chooser, ContextKind, ContextView};
use crate::pages::portal::{Announcement, PortalPage, Section, Tile};
use crate::pages::problem::Problem;
use crate::pages::{ProfileLine, category_key, profile_key};

/// Longest search that is looked at, in characters.
const LONGEST_SEARCH: usize = 100;
/// How long the choice of a language is kept.
const LANGUAGE_LIFE: Duration = Duration::from_secs(365 * 24 * 3600);

/// The portal.
pub(crate) async fn show(
    State(app): State<App>,
    member: Member,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let query: String = fields
        .text("q")?
        .trim()
        .chars()
        .take(LONGEST_SEARCH)
        .collect();
    let language = member.visit.language;
    let cx = member.visit.cx(&app);
    let portal = app
        .hub()
        .portal(&cx, &member.signed_in, language, &query)
        .await?;
    let found = portal.sections.iter().map(|(_, tiles)| tiles.len()).sum();
    let mut sections: Vec<Section> = portal
        .sections
        .iter()
        .map(|(category, tiles)| Section {
            title_key: category_key(*category),
            tiles: tiles
                .iter()
                .map(|view| tile(view, tint(*category)))
                .collect(),
        })
        .collect();
    if !portal.favourites.is_empty() && query.is_empty() {
        let category_of = |view: &TileView| {
            let mut known = portal.sections.iter();
            known.find(|(_, tiles)| tiles.iter().any(|tile| tile.service == view.service))
        };
        let favourites = portal.favourites.iter().map(|view| {
            tile(
                view,
                category_of(view).map_or(6, |(category, _)| tint(*category)),
            )
        });
        let favourites = Section {
            title_key: "portal-favourites",
            tiles: favourites.collect(),
        };
        sections.insert(0, favourites);
    }
    let chosen = member.signed_in.session.context;
    let page = PortalPage {
        frame: member.frame(&app),
        name: member.signed_in.person.names.given.clone(),
        query,
        chooser: Chooser {
            action: "/context",
            field: "context",
            contexts: context::contexts(&member.signed_in.whole, &member.signed_in.children)
                .iter()
                .map(|offered| context_view(offered, chosen))
                .collect(),
        },
        announcements: portal.announcements.into_iter().map(announcement).collect(),
        sections,
        found,
    };
    answer::page(StatusCode::OK, &page, None)
}

/// Makes a service a favourite, or no more.
pub(crate) async fn keep(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    let service = fields
        .text("service")?
        .parse()
        .map_err(|_| Problem::BadRequest)?;
    let keep = match fields.text("keep")? {
        "yes" => true,
        "no" => false,
        _ => return Err(Problem::BadRequest.into()),
    };
    let cx = member.visit.cx(&app);
    app.hub()
        .set_favourite(&cx, &member.signed_in, &service, keep)
        .await?;
    Ok(answer::to_page(&way_back(fields.text("back")?)))
}

/// The choice of a language. A GET, because it changes nothing but how pages look to this browser.
pub(crate) async fn language(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let language: Language = fields
        .text("to")?
        .parse()
        .map_err(|_| Problem::BadRequest)?;
    let mut response = answer::to_page(&way_back(fields.text("back")?));
    let secure = app.base().secure;
    let headers = response.headers_mut();
    cookies::set(
        headers,
        secure,
        Cookie::Language,
        language.tag(),
        Some(LANGUAGE_LIFE),
    );
    Ok(response)
}

fn tile(view: &TileView, tint: usize) -> Tile {
    Tile {
        id: view.service.to_string(),
        title: view.title.clone(),
        description: view.description.clone(),
        icon: Icon::named(&view.icon),
        tint,
        href: view.url.clone(),
        reasons: view
            .because
            .iter()
            .map(|reason| ProfileLine {
                profile_key: profile_key(reason.profile),
                structure: reason.structure.clone(),
            })
            .collect(),
        favourite: view.favourite,
    }
}

fn announcement(view: AnnouncementView) -> Announcement {
    Announcement {
        title: view.title,
        text: view.text,
        structure: view.from,
    }
}

fn context_view(offered: &Offered, chosen: Context) -> ContextView {
    let (kind, label, detail) = match offered.context {
        Context::Child(_) => (ContextKind::Child, &offered.child, &offered.school),
        Context::Everything | Context::School(_) => {
            (ContextKind::School, &offered.school, &offered.ministry)
        }
    };
    ContextView {
        value: context::written(offered.context),
        kind,
        label: label.clone(),
        detail: detail.clone(),
        chosen: offered.context == chosen,
    }
}

/// The schools of a child, each once.
pub(super) fn schools(kin: &Kin) -> String {
    let mut names: Vec<&str> = Vec::new();
    for affiliation in &kin.affiliations {
        if !names.contains(&affiliation.structure.name.as_str()) {
            names.push(&affiliation.structure.name);
        }
    }
    names.join(", ")
}

const fn tint(category: Category) -> usize {
    match category {
        Category::Pedagogy => 1,
        Category::SchoolLife => 2,
        Category::Resources => 3,
        Category::Orientation => 4,
        Category::Services => 5,
        Category::Tools => 6,
    }
}
