//! What the login page offers besides login and password, and the search for a school. Which source stands first is
//! the engine's to say; here it becomes links that lead to the same login by a source.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use clau_domain::connector::{Audience, ConnectorId};
use clau_domain::session::Assurance;
use clau_domain::time::Timestamp;
use clau_domain::uai::Uai;
use clau_engine::federation::choices::{
    Choice, Choices as Offered, Circumstances, MOST_SCHOOLS, Preference,
};
use clau_engine::login::Identify;
use http::StatusCode;

use super::super::member::way_back;
use super::super::step::Around;
use super::AROUND;
use crate::app::App;
use crate::artwork::Artwork;
use crate::error::Failed;
use crate::http::answer;
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::pages::percent;
use crate::pages::sources::{
    Answer, Choices, LastWay, Preferred, PreferredBy, SchoolFound, SchoolNamed, SchoolResults,
    SchoolSearchPage, SourceChoice, SourceState, StepUp,
};
use crate::texts::Texts;

/// What a device remembers where somebody has come in by login and password.
pub(crate) const BY_FORM: &str = "form";
/// The parameters of an address that choose: a source, and a school.
const SOURCE: &str = "source";
const SCHOOL: &str = "uai";
/// Shortest search that says anything.
const SHORTEST: usize = 2;

/// What an address says about where somebody wants to log in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    /// A deep link to one source.
    pub(crate) source: Option<ConnectorId>,
    /// A school.
    pub(crate) uai: Option<Uai>,
}

impl Wish {
    /// Reads the address at which a login began. What it cannot be is no wish.
    pub(crate) fn of(address: &str) -> Self {
        let Some((_, query)) = address.split_once('?') else {
            return Self::default();
        };
        let Ok(fields) = Fields::parse(query) else {
            return Self::default();
        };
        let one = |name| fields.one(name).ok().flatten();
        Self {
            source: one(SOURCE).and_then(|text| text.parse().ok()),
            uai: one(SCHOOL).and_then(|text| text.parse().ok()),
        }
    }
}

/// The same address with a parameter of ours, in place of the one it had.
pub(crate) fn with_parameter(address: &str, name: &str, value: &str) -> String {
    let bare = without_parameter(address, name);
    let mark = if bare.contains('?') { '&' } else { '?' };
    format!("{bare}{mark}{name}={}", percent(value))
}

/// The same address without a parameter of ours; everything else stays as it is spelled.
pub(crate) fn without_parameter(address: &str, name: &str) -> String {
    let Some((path, query)) = address.split_once('?') else {
        return address.to_owned();
    };
    let prefix = format!("{name}=");
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with(&prefix) && !pair.is_empty())
        .collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}

/// The login page with all choices: what stands in the address besides a deep link.
pub(crate) fn all_choices(again: &str) -> String {
    let all = without_parameter(again, SOURCE);
    if all == "/" { "/login".to_owned() } else { all }
}

/// What the login page offers for a login; nothing where there is no source. Where more than a password is needed,
/// what can give it takes the place of the choices.
pub(crate) async fn offered(
    around: &Around<'_>,
    identify: &Identify,
    t: Texts,
) -> Result<(Option<Choices>, Option<StepUp>), Failed> {
    let (app, visit) = (around.app, around.visit);
    let wish = Wish::of(around.again);
    let last = visit.jar.source.as_deref();
    let circumstances = Circumstances {
        service: identify.opens.clone(),
        uai: wish.uai.clone(),
        last: last.and_then(|last| last.parse().ok()),
        at_least: identify.at_least,
    };
    let offered = app.hub().choices(&visit.cx(app), &circumstances).await?;
    let links = Links { around, t };
    if let Some(needed) = identify.at_least {
        let sources = offered.sources.iter().map(|choice| links.choice(choice));
        let stronger = StepUp {
            sources: sources.collect(),
            form: needed <= Assurance::MultiFactor,
        };
        return Ok((None, Some(stronger)));
    }
    if offered.sources.is_empty() && offered.school.is_none() {
        return Ok((None, None));
    }
    Ok((Some(links.choices(offered, identify, last)), None))
}

/// Makes links of choices.
struct Links<'a> {
    around: &'a Around<'a>,
    t: Texts,
}

impl Links<'_> {
    fn choices(&self, offered: Offered, identify: &Identify, last: Option<&str>) -> Choices {
        let all = all_choices(self.around.again);
        let by = |preference| match preference {
            Preference::Service => {
                PreferredBy::Service(identify.service.clone().unwrap_or_default())
            }
            Preference::School => PreferredBy::School,
        };
        let preferred = offered.sources.iter().filter_map(|choice| {
            Some(Preferred {
                by: by(choice.preferred?),
                source: self.choice(choice),
            })
        });
        let used = offered.sources.iter().find(|choice| choice.last);
        let last = match used {
            Some(choice) => Some(LastWay::Source(self.choice(choice))),
            None => (last == Some(BY_FORM)).then_some(LastWay::Form),
        };
        let answers = Audience::ALL.into_iter().map(|audience| Answer {
            audience,
            sources: offered
                .sources
                .iter()
                .filter(|choice| choice.audience.contains(&audience))
                .map(|choice| self.choice(choice))
                .collect(),
        });
        Choices {
            school: offered.school.as_ref().map(|school| SchoolNamed {
                name: school.name.clone(),
                commune: school.city.clone(),
            }),
            search: format!("/login/school?back={}", percent(&all)),
            last,
            preferred: preferred.collect(),
            answers: answers.collect(),
            open: None,
        }
    }

    fn choice(&self, choice: &Choice) -> SourceChoice {
        source_choice(self.around.app, choice, self.t, |id| {
            with_parameter(&all_choices(self.around.again), SOURCE, id)
        })
    }
}

/// A source as a link.
pub(super) fn source_choice(
    app: &App,
    choice: &Choice,
    t: Texts,
    href: impl Fn(&str) -> String,
) -> SourceChoice {
    let said = |text: &clau_domain::service::Localised| {
        let text = text.in_language(t.language());
        text.unwrap_or_default().to_owned()
    };
    let label = match said(&choice.label) {
        label if label.is_empty() => t.with("source-with", "source", &choice.name),
        label => label,
    };
    let state = match choice.down_since {
        None => SourceState::Up,
        Some(since) => SourceState::Down {
            since: Some(clock(app, since)),
            around: AROUND.to_vec(),
        },
    };
    SourceChoice {
        id: choice.id.to_string(),
        name: choice.name.clone(),
        label,
        description: said(&choice.description),
        href: href(choice.id.as_str()),
        artwork: Artwork::of(choice.profile),
        state,
    }
}

/// `08:12`.
fn clock(app: &App, at: Timestamp) -> String {
    let local = at.in_zone(&app.hub().settings().time_zone);
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// `/login/school`: by name, commune or number. What the login was for travels along as the address that began it.
pub(crate) async fn school(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let back = way_back(fields.text("back")?);
    let back = all_choices(back.as_str());
    let typed: String = fields.text("q")?.chars().take(100).collect();
    let asked = fields.one("q")?.is_some();
    let results = match typed.trim().chars().count() {
        0 if !asked => SchoolResults::NotAsked,
        length if length < SHORTEST => SchoolResults::TooShort,
        _ => {
            let found = app.hub().find_schools(&typed).await?;
            let more = found.len() > MOST_SCHOOLS;
            let schools = found.into_iter().take(MOST_SCHOOLS);
            SchoolResults::Found {
                schools: schools
                    .map(|school| SchoolFound {
                        href: with_parameter(&back, SCHOOL, school.uai.as_str()),
                        name: school.name,
                        kind: school.kind,
                        commune: school.city,
                        uai: school.uai.as_str().to_owned(),
                    })
                    .collect(),
                more,
            }
        }
    };
    let page = SchoolSearchPage {
        frame: visit.frame(&app),
        query: typed,
        carried: vec![("back", back.clone())],
        results,
        back,
    };
    answer::page(StatusCode::OK, &page, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_leads_to_the_same_login_and_to_one_source_only() {
        let again = "/cas/login?service=https%3A%2F%2Fa.example.fr%2F&source=old&uai=0310001A";
        assert_eq!(
            with_parameter(again, SOURCE, "educonnect"),
            "/cas/login?service=https%3A%2F%2Fa.example.fr%2F&uai=0310001A&source=educonnect"
        );
        assert_eq!(with_parameter("/login", SOURCE, "a"), "/login?source=a");
        assert_eq!(without_parameter("/login?source=a", SOURCE), "/login");
        assert_eq!(all_choices("/"), "/login");
    }

    #[test]
    fn what_an_address_cannot_mean_is_no_wish() {
        let wish = Wish::of("/login?source=educonnect&uai=0310001A");
        assert_eq!(wish.source.expect("a source").as_str(), "educonnect");
        assert_eq!(wish.uai.expect("a school").as_str(), "0310001A");
        let none = Wish::of("/login?source=%22%3E&source=x&uai=../..");
        assert!(none.source.is_none() && none.uai.is_none());
    }
}
