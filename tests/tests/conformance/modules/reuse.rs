//! Modules about what may be presented once, and what may be presented again.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::{Done, Setting, flow, somebody};
use crate::checks::{self, Tokens};
use crate::client::Rp;
use crate::jose;
use crate::world::world;

pub(crate) async fn oidcc_codereuse(setting: &Setting) {
    reuse(setting, Duration::ZERO).await;
}

pub(crate) async fn oidcc_codereuse_30seconds(setting: &Setting) {
    reuse(setting, setting.pause).await;
}

/// The second use of a code is refused, and ends what came of the first (RFC 6749 §4.1.2).
async fn reuse(setting: &Setting, pause: Duration) {
    let rp = setting.rp().await;
    let ask = rp.ask("openid offline_access").with("prompt", "consent");
    let done = flow(&somebody().await, &rp, &ask).await;
    tokio::time::sleep(pause).await;
    checks::invalid_grant(&rp.redeem(&done.code, &ask).await);
    let answer = rp.userinfo(&done.tokens.access_token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
    let challenge = answer.header(reqwest::header::WWW_AUTHENTICATE);
    assert!(challenge.is_some_and(|text| text.contains("invalid_token")));
    checks::invalid_grant(&rp.refresh(done.tokens.refresh(), None).await);
}

/// Refresh tokens work, tell of the same person and the same login, and are their client's alone.
pub(crate) async fn oidcc_refresh_token(setting: &Setting) {
    let (one, two) = (setting.rp().await, setting.known(setting.second).await);
    let first = refreshed(&one, true).await;
    let second = refreshed(&two, false).await;
    for grant in ["refresh_token", "authorization_code"] {
        let offered = one.metadata["grant_types_supported"].as_array();
        assert!(offered.expect("a list").iter().any(|known| known == grant));
    }
    // Client one with a token of client two, and the other way round.
    checks::invalid_grant(&one.refresh(second.refresh(), None).await);
    checks::invalid_grant(&two.refresh(first.refresh(), None).await);
}

async fn refreshed(rp: &Rp, with_scope: bool) -> Tokens {
    let scope = "openid offline_access";
    let mut ask = rp.ask(scope).with("prompt", "consent");
    if !with_scope {
        ask = ask.with("nonce", jose::random(43));
    }
    let before = flow(&somebody().await, rp, &ask).await;
    assert!(
        before
            .tokens
            .scope
            .split(' ')
            .any(|word| word == "offline_access"),
        "{}",
        before.tokens.scope
    );
    renewed(rp, &before, with_scope.then_some(scope)).await
}

/// Presents the refresh token of a flow; the new ID token continues the old one (OIDC Core §12.2).
pub(crate) async fn renewed(rp: &Rp, before: &Done, scope: Option<&str>) -> Tokens {
    // So that `iat` differs.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let answer = rp.refresh(before.tokens.refresh(), scope).await;
    let after = checks::tokens(&answer, rp);
    assert_ne!(after.access_token, before.tokens.access_token);
    let nonce = jose::peek(after.id()).1["nonce"]
        .as_str()
        .map(str::to_owned);
    assert!(nonce.is_none() || before.claims["nonce"].as_str() == nonce.as_deref());
    let claims = checks::id_token(after.id(), rp, nonce.as_deref()).await;
    for name in ["iss", "sub", "aud", "auth_time", "azp", "sid"] {
        assert_eq!(claims.get(name), before.claims.get(name), "{name}");
    }
    let issued = |claims: &Value| claims["iat"].as_i64().expect("an instant");
    assert!(issued(&claims) > issued(&before.claims));
    checks::userinfo(&rp.userinfo(&after.access_token).await, &claims["sub"]);
    after
}

/// Who signs out loses what depended on the session; `offline_access` is what outlives it.
pub(crate) async fn offline_access_outlives_the_session(client: &str) {
    let rp = Rp::known_at(world().await, client).await;
    let person = somebody().await;
    let kept = flow(&person, &rp, &rp.ask("openid offline_access").pkce()).await;
    let bound = flow(&person, &rp, &rp.ask("openid").pkce()).await;
    person.sign_out().await;
    checks::tokens(&rp.refresh(kept.tokens.refresh(), None).await, &rp);
    if let Some(token) = &bound.tokens.refresh_token {
        checks::invalid_grant(&rp.refresh(token, None).await);
    }
}
