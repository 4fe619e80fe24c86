//! Where browsers are sent when a session ends (OIDC RP-Initiated Logout §3, Front-Channel Logout §3).
//! Both addresses come from registrations; whether they apply is the engine's to say (OIDC-14).

use clau_domain::url::WebUrl;

use super::authorization::with_query;
use crate::client::{Client, RedirectUri};

/// The page of a client that ends its session in this browser, to be loaded in a frame; none when the
/// client has no such page. Issuer and session are told only where they were asked for, and then both.
pub fn front_channel(client: &Client, issuer: &str, session: &str) -> Option<WebUrl> {
    let page = client.metadata.frontchannel_logout_uri.as_ref()?;
    Some(if client.metadata.frontchannel_logout_session_required {
        page.with_query_pair("iss", issuer)
            .with_query_pair("sid", session)
    } else {
        page.clone()
    })
}

/// The way back after signing out: the registered address with the client's `state`.
pub fn after_logout(uri: &RedirectUri, state: Option<&str>) -> String {
    match state {
        None => uri.as_str().to_owned(),
        Some(state) => with_query(uri.as_str(), &[("state", state.to_owned())]),
    }
}
