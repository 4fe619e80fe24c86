//! The routes: which address is answered by which handler. A handler reads the request, makes one call
//! of the engine and matches the outcome to an answer; what it needs to be allowed to do is in what it
//! asks for ([`member::Member`], [`crate::http::posted::Posted`]).

mod account;
mod cas;
mod device;
mod factors;
mod health;
mod leaving;
mod login;
mod logout;
mod member;
mod oidc;
mod portal;
mod reading;
mod saml;
mod sources;
mod step;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::app::{App, Web};
use crate::http::entry;

/// Everything that the hub answers.
pub fn router(web: Web) -> Router {
    let app = App::new(web);
    Router::new()
        .route("/", get(portal::show))
        .route("/favourites", post(portal::keep))
        .route("/language", get(portal::language))
        .route("/login", get(login::show).post(login::submit))
        .route("/login/credentials", post(login::choose_credentials))
        .route("/login/charter", post(login::accept_charter))
        .route("/logout", get(logout::show).post(logout::submit))
        .route("/account", get(account::show))
        .route(
            "/account/password",
            get(account::password).post(account::change_password),
        )
        .route("/account/sessions/end", post(account::end_session))
        .route("/account/sessions/end-others", post(account::end_others))
        .route("/account/grants/revoke", post(account::take_back))
        .route("/device", get(device::show).post(device::submit))
        .route("/device/answer", post(device::answered))
        .route("/charter", get(reading::charter))
        .route("/accessibility", get(reading::accessibility))
        .route("/.well-known/security.txt", get(reading::security))
        .route(
            "/.well-known/change-password",
            get(reading::change_password),
        )
        .route("/robots.txt", get(reading::robots))
        .route("/static/{version}/{name}", get(reading::asset))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/cas/login", get(cas::login).post(cas::confirm))
        .route("/cas/logout", get(cas::logout))
        .route("/cas/validate", get(cas::validate))
        .route("/cas/serviceValidate", get(cas::service_validate))
        .route("/cas/proxyValidate", get(cas::proxy_validate))
        .route("/cas/p3/serviceValidate", get(cas::p3_service_validate))
        .route("/cas/p3/proxyValidate", get(cas::p3_proxy_validate))
        .route("/cas/proxy", get(cas::proxy))
        .route(
            "/cas/samlValidate",
            get(cas::saml_validate).post(cas::saml_validate),
        )
        .merge(oidc::routes(&app))
        .merge(saml::routes())
        .merge(sources::routes())
        .merge(factors::routes())
        .fallback(entry::nothing_here)
        .layer(from_fn_with_state(app.clone(), entry::enter))
        .with_state(app)
}

#[cfg(test)]
mod tests;
