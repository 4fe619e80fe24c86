//! `/account`: what the region knows, open sessions, what services received, the password.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use clau_domain::password::shortest;
use clau_domain::person::{Affiliation, Function};
use clau_domain::profile::Profile;
use clau_domain::secret::Digest;
use clau_engine::accounts::VisitView;
use clau_engine::apply::LOCAL;
use clau_engine::login::{Chosen, CredentialsProblem};
use clau_engine::oidc::grants::Allowed;
use clau_engine::session::{Listed, SignedIn};
use http::StatusCode;

use super::member::Member;
use super::portal::schools;
use super::sources;
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::fields::Fields;
use crate::http::posted::Posted;
use crate::pages::account::{
    AccountPage, AffiliationView, Done, GrantView, Kin, PasswordPage, SessionView, Source, Visit,
};
use crate::pages::problem::Problem;
use crate::pages::{Frame, attribute_keys, profile_key};

/// The account page.
pub(crate) async fn show(
    State(app): State<App>,
    member: Member,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let done = match fields.text("done")? {
        "session" => Some(Done::SessionEnded),
        "password" => Some(Done::PasswordChanged),
        "grant" => Some(Done::GrantRevoked),
        "linked" => Some(Done::Linked),
        "unlinked" => Some(Done::Unlinked),
        _ => None,
    };
    let known = app
        .hub()
        .account_page(&member.visit.cx(&app), &member.signed_in)
        .await?;
    let frame = Frame {
        here: "/account".to_owned(),
        ..member.frame(&app)
    };
    let has_password = known.password_set_at.is_some();
    let (links, linkable) = sources::links(&app, &member, &frame, has_password).await?;
    let zone = &app.hub().settings().time_zone;
    let t = frame.t;
    let person = &member.signed_in.person;
    let contact = &person.contact;
    let page = AccountPage {
        done,
        has_second: known.has_second,
        name: person.names.display(),
        birth_name: person.names.birth.clone(),
        birth_date: person
            .birth_date
            .map(|date| date.french())
            .unwrap_or_default(),
        login: person.login.clone(),
        mails: [&contact.mail, &contact.academic_mail]
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        // What was entered by hand has no number that anybody could ask for.
        sources: known
            .records
            .iter()
            .filter(|record| record.source != LOCAL)
            .map(|record| Source {
                name: record.source.clone(),
                key: record.key.clone(),
            })
            .collect(),
        affiliations: affiliations(&member.signed_in),
        children: member
            .signed_in
            .children
            .iter()
            .map(|kin| Kin {
                name: kin.names.display(),
                school: schools(kin),
            })
            .collect(),
        guardians: person
            .guardians
            .iter()
            .map(|kin| kin.names.display())
            .collect(),
        links,
        linkable,
        has_password,
        password_since: known.password_set_at.map(|at| t.day(at, zone)),
        charter_at: known.charter.map(|(_, at)| t.day(at, zone)),
        sessions: known
            .sessions
            .iter()
            .map(|listed| session(listed, &frame, zone))
            .collect(),
        grants: known
            .allowed
            .into_iter()
            .map(|allowed| granted(allowed, &frame, zone))
            .collect(),
        visits: known
            .visits
            .into_iter()
            .map(|visit| visited(visit, &frame, zone))
            .collect(),
        frame,
    };
    answer::page(StatusCode::OK, &page, None)
}

/// The page on which the password is changed.
pub(crate) async fn password(State(app): State<App>, member: Member) -> Result<Response, Failed> {
    password_page(&app, &member, None).await
}

/// Changes the password.
pub(crate) async fn change_password(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    let chosen = Chosen {
        login: "",
        password: fields.text("new_password")?,
        again: fields.text("again")?,
    };
    let typed = (fields.text("password")?, chosen);
    let cookies = member.visit.jar.for_login();
    let cx = member.visit.cx(&app);
    match app
        .hub()
        .change_password(&cx, cookies, &member.signed_in, typed)
        .await?
    {
        Ok(()) => Ok(answer::redirect("/account?done=password")),
        Err(problem) => password_page(&app, &member, Some(problem)).await,
    }
}

async fn password_page(
    app: &App,
    member: &Member,
    problem: Option<CredentialsProblem>,
) -> Result<Response, Failed> {
    let person = &member.signed_in.person;
    let cx = member.visit.cx(app);
    let known = app.hub().account_page(&cx, &member.signed_in).await?;
    let page = PasswordPage {
        frame: Frame {
            here: "/account/password".to_owned(),
            ..member.frame(app)
        },
        login: person.login.clone(),
        has_password: known.password_set_at.is_some(),
        shortest: shortest(person.is_staff()),
        problem,
    };
    let status = match problem {
        None => StatusCode::OK,
        Some(CredentialsProblem::Busy) => StatusCode::SERVICE_UNAVAILABLE,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let mut response = answer::page(status, &page, None)?;
    if problem == Some(CredentialsProblem::Busy) {
        answer::retry_after(response.headers_mut(), 5);
    }
    Ok(response)
}

/// Takes back what a service was allowed.
pub(crate) async fn take_back(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    let service = fields.text("service")?.parse();
    let service = service.map_err(|_| Problem::BadRequest)?;
    app.hub()
        .take_back(&member.visit.cx(&app), &member.signed_in, &service)
        .await?;
    Ok(answer::redirect("/account?done=grant"))
}

/// Signs out one of one's own sessions.
pub(crate) async fn end_session(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    let which = Digest::try_from(fields.text("session")?.to_owned());
    let which = which.map_err(|_| Problem::BadRequest)?;
    app.hub()
        .end_own(&member.visit.cx(&app), &member.signed_in, Some(which))
        .await?;
    Ok(answer::redirect("/account?done=session"))
}

/// Signs out every session but this one.
pub(crate) async fn end_others(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    posted.open(&app, member.binding())?;
    app.hub()
        .end_own(&member.visit.cx(&app), &member.signed_in, None)
        .await?;
    Ok(answer::redirect("/account?done=session"))
}

/// All of them, whichever child a guardian looks for at the moment.
fn affiliations(signed_in: &SignedIn) -> Vec<AffiliationView> {
    let mut views: Vec<AffiliationView> = signed_in
        .person
        .affiliations
        .iter()
        .map(affiliation)
        .collect();
    let of_children = signed_in.children.iter().flat_map(|kin| &kin.affiliations);
    for through in of_children {
        let as_guardian = AffiliationView {
            structure: through.structure.name.clone(),
            profile_key: profile_key(Profile::Guardian),
            classes: String::new(),
            groups: String::new(),
            functions: String::new(),
        };
        let known = views.iter().any(|view| {
            view.structure == as_guardian.structure && view.profile_key == as_guardian.profile_key
        });
        if !known {
            views.push(as_guardian);
        }
    }
    views
}

fn affiliation(affiliation: &Affiliation) -> AffiliationView {
    let detail = &affiliation.detail;
    AffiliationView {
        structure: affiliation.structure.name.clone(),
        profile_key: profile_key(affiliation.profile),
        classes: detail.classes.join(", "),
        groups: detail.groups.join(", "),
        functions: detail
            .functions
            .iter()
            .map(function)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn function(function: &Function) -> String {
    let label = if function.label.is_empty() {
        &function.code
    } else {
        &function.label
    };
    match function.post_label.as_str() {
        "" => label.clone(),
        post => format!("{label} ({post})"),
    }
}

fn granted(allowed: Allowed, frame: &Frame, zone: &jiff::tz::TimeZone) -> GrantView {
    GrantView {
        service: allowed.name,
        id: allowed.service.to_string(),
        since: frame.t.day(allowed.since, zone),
        last: allowed.last.map(|at| frame.t.day(at, zone)),
        attribute_keys: attribute_keys(allowed.attributes),
        lasting: allowed.lasting,
    }
}

fn session(listed: &Listed, frame: &Frame, zone: &jiff::tz::TimeZone) -> SessionView {
    let session = &listed.session;
    SessionView {
        id: listed.digest.to_string(),
        browser: session.device.browser.clone(),
        address: session.device.address.clone(),
        since: frame.t.moment(session.started_at, zone),
        seen: frame.t.moment(session.seen_at, zone),
        current: listed.current,
        remembered: session.remembered,
    }
}

fn visited(visit: VisitView, frame: &Frame, zone: &jiff::tz::TimeZone) -> Visit {
    Visit {
        service: visit.service,
        last: frame.t.moment(visit.last_at, zone),
        attribute_keys: attribute_keys(visit.attributes),
        known_as: visit.known_as,
    }
}
