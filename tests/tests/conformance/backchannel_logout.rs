//! Plan "Back-Channel Logout OP": `oidcc-backchannel-rp-initiated-logout-certification-test-plan`.

use std::time::Duration;

use clau_tests::support::ca;
use clau_tests::support::endpoint::{Behaviour, Endpoint, Received};
use clau_tests::support::process::eventually;
use serde_json::{Value, json};

use crate::checks;
use crate::client::Rp;
use crate::discovery;
use crate::fields::Fields;
use crate::jose;
use crate::logout::{self, arrived, assert_signed_out, leave, url};
use crate::modules::somebody;
use crate::world::LISTENING;

/// The event of a logout token.
pub(crate) const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How long a client may have to wait until it is told.
const LIMIT: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_backchannel_logout_discovery_endpoint_verification() {
    let document = discovery::document().await;
    assert_eq!(document["backchannel_logout_supported"], true);
    assert_eq!(document["backchannel_logout_session_supported"], true);
    assert!(document["end_session_endpoint"].is_string());
}

/// A client that hears of logouts, and where it does. Each number is one test's.
pub(crate) async fn listening(number: usize) -> (Rp, Endpoint) {
    let rp = Rp::known(LISTENING[number]).await;
    let port = rp.world.listening_ports[number];
    let endpoint = Endpoint::certified_by(ca::authority(), port, Behaviour::Status(200)).await;
    (rp, endpoint)
}

/// The notice about a session, once it has come.
pub(crate) async fn notice(endpoint: &Endpoint, sid: &Value) -> (Received, String) {
    eventually("the client is told", LIMIT, async || {
        endpoint.received().into_iter().find_map(|call| {
            let token = call.field("logout_token")?;
            (jose::peek(&token).1["sid"] == *sid).then_some((call, token))
        })
    })
    .await
}

/// A good logout token about the session of an ID token (OIDC Back-Channel Logout §2.4, §2.6).
pub(crate) async fn assert_good(token: &str, rp: &Rp, id_token: &Value) -> Value {
    let (header, claims) = jose::verified(token, &rp.keys().await);
    assert_eq!(header["alg"], rp.id_token_alg);
    assert_eq!(header["typ"], "logout+jwt");
    assert_eq!(claims["iss"], json!(rp.world.issuer()));
    assert!(claims["aud"] == json!(rp.id) || claims["aud"] == json!([rp.id]));
    let instant = |name: &str| claims[name].as_i64().expect("an instant");
    assert!((instant("iat") - checks::now()).abs() < 60);
    assert!(instant("exp") - instant("iat") <= 120);
    assert!(claims["jti"].as_str().is_some_and(|jti| jti.len() >= 16));
    assert_eq!(claims["events"], json!({EVENT: {}}));
    assert_eq!(claims["sub"], id_token["sub"]);
    assert_eq!(claims["sid"], id_token["sid"]);
    assert!(claims.get("nonce").is_none());
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_backchannel_rp_initiated_logout() {
    let person = somebody().await;
    let (rp, endpoint) = listening(0).await;
    let done = arrived(&person, &rp).await;
    let request = logout::request(&done);
    let left = leave(&person, &url(&rp, &request)).await;
    left.assert_back_at_the_client(request.value("state"));
    let (call, token) = notice(&endpoint, &done.claims["sid"]).await;
    assert_eq!(call.line, "POST /backchannel_logout");
    assert_eq!(Fields::decoded(&call.body).names(), ["logout_token"]);
    assert_good(&token, &rp, &done.claims).await;
    assert_signed_out(&person, &rp).await;
}
