//! `/login` and the pages behind it. What a login leads to is inside the login, never in these forms:
//! the one address that travels along only shows the first page again.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use clau_engine::login::{Chosen, Start, Typed};

use super::member::way_back;
use super::step::{Around, answer};
use crate::app::App;
use crate::error::Failed;
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::posted::Posted;

/// The login page for a page of the hub: `to` says which.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let query = Fields::parse(&query.unwrap_or_default())?;
    let start = Start::page(way_back(query.text("to")?));
    let step = app
        .hub()
        .start_login(&visit.cx(&app), visit.jar.for_login(), start)
        .await?;
    let again = visit.here.clone();
    answer(&Around::new(&app, &visit, &again), step).await
}

/// Login and password, or login and activation code.
pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Failed> {
    let again = Again::of(&posted);
    let fields = posted
        .open(&app, visit.jar.browser.as_deref())
        .map_err(|p| again.failed(p))?;
    let typed = Typed {
        username: fields.text("username")?,
        password: fields.text("password")?,
        remember: fields.text("remember")? == "yes",
    };
    let handle = fields.text("handle")?;
    let around = Around::new(&app, &visit, &again.0);
    let cx = visit.cx(&app);
    let step = app
        .hub()
        .submit_password(&cx, visit.jar.for_login(), handle, typed)
        .await;
    answer(
        &around,
        step.map_err(|error| Failed::from(error).retry(&again.0))?,
    )
    .await
}

/// The first password of an account.
pub(crate) async fn choose_credentials(
    State(app): State<App>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Failed> {
    let again = Again::of(&posted);
    let fields = posted
        .open(&app, visit.jar.browser.as_deref())
        .map_err(|p| again.failed(p))?;
    let chosen = Chosen {
        login: fields.text("login")?,
        password: fields.text("new_password")?,
        again: fields.text("again")?,
    };
    let cookies = visit.jar.for_login();
    let handle = fields.text("handle")?;
    let step = app
        .hub()
        .choose_credentials(&visit.cx(&app), cookies, handle, chosen)
        .await?;
    answer(&Around::new(&app, &visit, &again.0), step).await
}

/// The charter.
pub(crate) async fn accept_charter(
    State(app): State<App>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Failed> {
    let again = Again::of(&posted);
    let fields = posted
        .open(&app, visit.jar.browser.as_deref())
        .map_err(|p| again.failed(p))?;
    let (handle, cookies) = (fields.text("handle")?, visit.jar.for_login());
    let ticked = fields.text("accept")? == "yes";
    let cx = visit.cx(&app);
    let step = if ticked {
        app.hub().accept_charter(&cx, cookies, handle).await?
    } else {
        app.hub().show_again(&cx, cookies, handle).await?
    };
    let around = Around {
        incomplete: !ticked,
        ..Around::new(&app, &visit, &again.0)
    };
    answer(&around, step).await
}

/// Where the login began, as its form remembers: shown to the person as a link and nothing more.
pub(super) struct Again(String);

impl Again {
    pub(super) fn of(posted: &Posted) -> Self {
        let back = way_back(posted.way_back());
        Self(if back.as_str() == "/" {
            "/login".to_owned()
        } else {
            back.as_str().to_owned()
        })
    }

    /// The address.
    pub(super) fn address(&self) -> &str {
        &self.0
    }

    pub(super) fn failed(&self, problem: crate::pages::problem::Problem) -> Failed {
        Failed::from(problem).retry(&self.0)
    }
}
