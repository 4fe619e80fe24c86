//! What a guardian changes of a subscription: the stop, or that there is one. Owns both pages.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Transport;
use super::subscriptions::Subscription;
use crate::services::children::KnownChild;
use crate::services::page::{Frame, Trouble, page};
use crate::services::server::now;

#[derive(Template)]
#[template(path = "bus_stop.html")]
struct StopPage {
    frame: Frame,
    child: KnownChild,
    subscription: Subscription,
}

#[derive(Template)]
#[template(path = "bus_leave.html")]
struct LeavePage {
    frame: Frame,
    child: KnownChild,
    subscription: Subscription,
}

#[derive(Deserialize)]
pub(super) struct Which {
    id: i64,
}

/// The stops of the line.
pub(super) async fn stop(
    State(service): State<Arc<Transport>>,
    headers: HeaderMap,
    uri: Uri,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let session = service.gate.session_at(&headers, &uri).await?;
    let (subscription, child) = service.own(&session, which.id).await?;
    Ok(page(&StopPage {
        frame: service.gate.frame(&session),
        child,
        subscription,
    }))
}

#[derive(Deserialize)]
pub(super) struct StopForm {
    csrf: String,
    id: i64,
    stop: String,
}

pub(super) async fn move_to(
    State(service): State<Arc<Transport>>,
    headers: HeaderMap,
    Form(form): Form<StopForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    let (subscription, _) = service.own(&session, form.id).await?;
    let stop = subscription.line.stop(&form.stop);
    let stop = stop.ok_or(Trouble::BadInput("Choisissez un arrêt de cette ligne."))?;
    let guardian = &session.person.user;
    let moved = service.subscriptions.move_to(guardian, &subscription, stop);
    found(moved.await?)
}

/// What giving up means, before it is done.
pub(super) async fn leave(
    State(service): State<Arc<Transport>>,
    headers: HeaderMap,
    uri: Uri,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let session = service.gate.session_at(&headers, &uri).await?;
    let (subscription, child) = service.own(&session, which.id).await?;
    Ok(page(&LeavePage {
        frame: service.gate.frame(&session),
        child,
        subscription,
    }))
}

#[derive(Deserialize)]
pub(super) struct LeaveForm {
    csrf: String,
    id: i64,
}

pub(super) async fn cancel(
    State(service): State<Arc<Transport>>,
    headers: HeaderMap,
    Form(form): Form<LeaveForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    let (subscription, _) = service.own(&session, form.id).await?;
    let guardian = &session.person.user;
    let cancelled = service
        .subscriptions
        .cancel(guardian, subscription.id, now());
    found(cancelled.await?)
}

/// Somebody may have cancelled it in another window.
fn found(found: bool) -> Result<Response, Trouble> {
    if found {
        Ok(Redirect::to("/").into_response())
    } else {
        Err(Trouble::NotFound)
    }
}
