//! The way back to a service with its protocol's answer, as a browser takes it: a redirect, a form that sends
//! itself, or a link. Never made here: the engine makes it.

use axum::response::Response;
use clau_engine::leaving::{Delivery, Leaving};
use http::StatusCode;
use http::header::REFERRER_POLICY;

use super::step::{Around, member_frame};
use crate::app::App;
use crate::error::Failed;
use crate::http::entry::Visit;
use crate::http::{answer, headers};
use crate::pages::leaving::{OnwardLinkPage, OnwardPage};

/// An answer on its way to a service. `cookie` is the session's.
pub(super) async fn deliver(
    around: &Around<'_>,
    leaving: Leaving,
    cookie: Option<&str>,
) -> Result<Response, Failed> {
    let response = match leaving.delivery {
        // What no policy can name is no end for a form: the person gets there by a link.
        Delivery::Redirect(address) if leaving.origin.is_none() => {
            let page = OnwardLinkPage {
                frame: member_frame(around, cookie).await?.0,
                service: leaving.service,
                address,
            };
            answer::page(StatusCode::OK, &page, None)?
        }
        Delivery::Redirect(address) => answer::redirect(&address),
        Delivery::Form { action, fields } => {
            let page = OnwardPage {
                frame: member_frame(around, cookie).await?.0,
                service: leaving.service,
                action,
                fields,
            };
            answer::page(StatusCode::OK, &page, leaving.origin.as_deref())?
        }
    };
    Ok(without_referrer(response))
}

/// The same in a frame of a page of ours, where nobody sees it.
pub(super) fn deliver_in_frame(
    app: &App,
    visit: &Visit,
    leaving: Leaving,
) -> Result<Response, Failed> {
    let response = match leaving.delivery {
        Delivery::Redirect(address) => answer::redirect(&address),
        Delivery::Form { action, fields } => {
            let page = OnwardPage {
                frame: visit.frame(app),
                service: leaving.service,
                action,
                fields,
            };
            answer::page_in_frame(StatusCode::OK, &page, leaving.origin.as_deref())?
        }
    };
    Ok(without_referrer(response))
}

fn without_referrer(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(REFERRER_POLICY, headers::NO_REFERRER);
    response
}
