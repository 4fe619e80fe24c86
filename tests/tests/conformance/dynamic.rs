//! Plan "Dynamic OP": `oidcc-dynamic-certification-test-plan`, clients that register themselves, with
//! `private_key_jwt`. What the plan asks beyond what this hub does by design (implicit flows, fetched
//! request objects) is tested as a refusal.

use std::time::Duration;

use clau_tests::support::endpoint::{Behaviour, Endpoint};
use clau_tests::support::form;
use clau_tests::support::process::eventually;
use reqwest::header;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::checks;
use crate::client::Rp;
use crate::fields::Fields;
use crate::jose::{self, Key};
use crate::modules::{flow, reuse, somebody};
use crate::person::Person;
use crate::registration::{self, Registered, registered};
use crate::world::{CALLBACK, world};

const BY_KEY: &str = "private_key_jwt";
/// How long the suite waits before it expects a new key of the client to be known.
const KEY_ROTATION: Duration = Duration::from_secs(65);

async fn client(more: Value) -> Registered {
    let mut metadata = json!({"token_endpoint_auth_method": BY_KEY});
    registration::merge(&mut metadata, more);
    registered(metadata).await
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_server() {
    let client = client(json!({})).await;
    let done = flow(&somebody().await, &client.rp, &client.rp.ask("openid")).await;
    checks::assert_says_no_more(&done.claims);

    // What the suite does at the end of every module (RFC 7592).
    let read = client.manage(Method::GET, None).await;
    assert_eq!(read.status, StatusCode::OK);
    let read = checks::json_body(&read);
    for name in [
        "client_id",
        "redirect_uris",
        "token_endpoint_auth_method",
        "client_name",
    ] {
        assert_eq!(read[name], client.body[name], "{name}");
    }
    let gone = client.manage(Method::DELETE, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    let again = client.manage(Method::GET, None).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    let ask = client.rp.ask("openid");
    let visit = somebody().await.open(&client.rp.authorize_url(&ask)).await;
    visit.assert_refused_on_a_page();
    assert!(
        !client.rp.is_good(&done.tokens.access_token).await,
        "its tokens live on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_idtoken_rs256() {
    let client = client(json!({"id_token_signed_response_alg": "RS256"})).await;
    let done = flow(&somebody().await, &client.rp, &client.rp.ask("openid")).await;
    assert_eq!(jose::peek(done.tokens.id()).0["alg"], "RS256");
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_idtoken_unsigned() {
    let answer = registration::attempt(json!({"id_token_signed_response_alg": "none"})).await;
    checks::json_error(&answer, &[400], &["invalid_client_metadata"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_userinfo_rs256() {
    let client = client(json!({"userinfo_signed_response_alg": "RS256"})).await;
    let rp = &client.rp;
    let person = somebody().await;
    let ask = rp.ask("openid profile");
    let visit = person.open(&rp.authorize_url(&ask)).await;
    let code = rp.granted(&visit, &ask);
    let tokens = rp.tokens(&code, &ask).await;
    for method in [Method::GET, Method::POST] {
        let answer = rp.userinfo_with(method, &tokens.access_token).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let kind = answer.header(header::CONTENT_TYPE).unwrap_or_default();
        assert!(kind.starts_with("application/jwt"), "{kind}");
        let (head, claims) = jose::verified(&answer.body, &rp.keys().await);
        assert_eq!(head["alg"], "RS256");
        assert_eq!(claims["iss"], json!(rp.world.issuer()));
        assert!(claims["aud"] == json!(rp.id) || claims["aud"] == json!([rp.id]));
        assert_eq!(claims["sub"], tokens.claims()["sub"]);
        assert!(claims.get("nonce").is_none());
        assert_eq!(claims["given_name"], "Alix");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_ensure_redirect_uri_in_authorization_request() {
    for redirects in [
        json!([CALLBACK, format!("{CALLBACK}/two")]),
        json!([CALLBACK]),
    ] {
        let client = client(json!({"redirect_uris": redirects})).await;
        let ask = client.rp.ask("openid").without("redirect_uri");
        let visit = somebody().await.open(&client.rp.authorize_url(&ask)).await;
        visit.assert_refused_on_a_page();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_redirect_uri_query_ok() {
    let registered = format!("{CALLBACK}?bar=foo");
    let client = client(json!({"redirect_uris": [registered]})).await;
    flow(&somebody().await, &client.rp, &client.rp.ask("openid")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_redirect_uri_query_mismatch() {
    let registered = format!("{CALLBACK}?bar=foo");
    let client = client(json!({"redirect_uris": [registered]})).await;
    for other in [
        format!("{CALLBACK}?foo=bar"),
        CALLBACK.to_owned(),
        format!("{registered}&a=b"),
    ] {
        let ask = client.rp.ask("openid").with("redirect_uri", other);
        let visit = somebody().await.open(&client.rp.authorize_url(&ask)).await;
        visit.assert_refused_on_a_page();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_redirect_uri_query_added() {
    let client = client(json!({})).await;
    let ask = client
        .rp
        .ask("openid")
        .with("redirect_uri", format!("{CALLBACK}?foo=bar"));
    let visit = somebody().await.open(&client.rp.authorize_url(&ask)).await;
    visit.assert_refused_on_a_page();
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_redirect_uri_regfrag() {
    let answer =
        registration::attempt(json!({"redirect_uris": [format!("{CALLBACK}#fragment")]})).await;
    let expected = ["invalid_redirect_uri", "invalid_client_metadata"];
    checks::json_error(&answer, &[400], &expected);
}

/// The plan wants implicit flows here; this hub has none, and says so.
#[tokio::test(flavor = "multi_thread")]
async fn oidcc_discovery_endpoint_verification() {
    let document = crate::discovery::verification().await;
    let none = |name: &str, value: &str| {
        let list = document[name].as_array().expect("a list");
        assert!(!list.contains(&json!(value)), "{name} has {value}");
    };
    none("response_types_supported", "id_token");
    none("response_types_supported", "id_token token");
    none("grant_types_supported", "implicit");
    crate::discovery::offers(
        &document,
        "token_endpoint_auth_methods_supported",
        &[BY_KEY],
    );
}

/// What people see of a client that has registered itself: on the page where they sign in, or on the
/// one where they are asked.
async fn seen(person: &Person, rp: &Rp) -> String {
    let ask = rp.ask("openid profile").with("prompt", "consent");
    let visit = person.open(&rp.authorize_url(&ask)).await;
    let pages = visit.answers.iter().map(|answer| answer.body.as_str());
    pages.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_registration_logo_uri() {
    let logo = "https://rp.essais.example/logo.png";
    let client = client(json!({"logo_uri": logo})).await;
    assert_eq!(client.body["logo_uri"], logo);
    // The picture itself is for eyes. A page loads nothing from elsewhere, so that a service does not
    // learn who is about to sign in: what is shown is the name.
    let name = client.body["client_name"].as_str().expect("a name");
    let seen = seen(&somebody().await, &client.rp).await;
    assert!(
        form::text(&seen).contains(name),
        "nobody is told that it is {name}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_registration_policy_uri() {
    linked("policy_uri").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_registration_tos_uri() {
    linked("tos_uri").await;
}

async fn linked(name: &str) {
    let address = format!("https://rp.essais.example/{name}");
    let client = client(json!({name: address})).await;
    assert_eq!(client.body[name], json!(address));
    let seen = seen(&somebody().await, &client.rp).await;
    assert!(
        seen.contains(&format!("href=\"{address}\"")),
        "no link to {address}"
    );
}

/// A document of the client that changes.
async fn publish(document: &Value) -> Endpoint {
    Endpoint::start(Behaviour::Body(document.to_string())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_registration_jwks_uri() {
    let key = std::sync::Arc::new(Key::generate("RS256"));
    let published = publish(&jose::jwks(&[&key])).await;
    let metadata = json!({
        "token_endpoint_auth_method": BY_KEY, "jwks": null, "jwks_uri": published.url("/client1_jwks"),
    });
    let client = registration::registered_with(key, metadata).await;
    flow(&somebody().await, &client.rp, &client.rp.ask("openid")).await;
    assert!(!published.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_registration_sector_uri() {
    let two = [
        "https://one.essais.example/cb",
        "https://two.essais.example/cb",
    ];
    let document = publish(&json!(two)).await;
    let sector = |redirects: Value| {
        json!({
            "redirect_uris": redirects, "subject_type": "pairwise",
            "sector_identifier_uri": document.url("/redirect_uris.json"),
        })
    };
    let client = client(sector(json!(two))).await;
    assert_eq!(client.body["subject_type"], "pairwise");
    // Clients of one sector know a person by one name; others by another.
    let (person, other) = (
        somebody().await,
        self::client(sector(json!([two[1]]))).await,
    );
    let subject = async |rp: &Rp| flow(&person, rp, &rp.ask("openid")).await.claims["sub"].clone();
    let mine = subject(&client.rp).await;
    assert_eq!(subject(&other.rp).await, mine);
    let stranger =
        self::client(json!({"redirect_uris": ["https://three.essais.example/cb"]})).await;
    assert_ne!(subject(&stranger.rp).await, mine);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_registration_sector_bad() {
    let document = publish(&json!(["https://elsewhere.essais.example/cb"])).await;
    for uri in [
        document.url("/redirect_uris.json"),
        format!("https://localhost:{}/", 1),
    ] {
        let metadata = json!({"subject_type": "pairwise", "sector_identifier_uri": uri});
        let answer = registration::attempt(metadata).await;
        checks::json_error(&answer, &[400], &["invalid_client_metadata"]);
    }
    document.behave(Behaviour::Body("no list".to_owned()));
    let uri = document.url("/redirect_uris.json");
    let answer = registration::attempt(json!({"sector_identifier_uri": uri})).await;
    checks::json_error(&answer, &[400], &["invalid_client_metadata"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_server_rotate_keys() {
    let world = world().await;
    let rp = Rp::known("basic").await;
    let names = |set: &Value| -> Vec<String> {
        let keys = set["keys"].as_array().expect("keys").iter();
        keys.map(|key| key["kid"].as_str().expect("a name").to_owned())
            .collect()
    };
    let person = somebody().await;
    let before = names(&rp.keys().await);
    let old = flow(&person, &rp, &rp.ask("openid")).await;
    world.hub.run(&["keys", "rotate"]);
    let limit = Duration::from_secs(90);
    let after = eventually("a new key is published", limit, async || {
        let after = names(&rp.keys().await);
        (after.iter().any(|kid| !before.contains(kid))).then_some(after)
    })
    .await;
    for kid in &before {
        assert!(
            after.contains(kid),
            "{kid} is gone while its tokens are good"
        );
    }
    crate::discovery::key_set(&rp.keys().await);
    checks::id_token(old.tokens.id(), &rp, old.claims["nonce"].as_str()).await;
    flow(&person, &rp, &rp.ask("openid")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_refresh_token_rp_key_rotation() {
    let old = std::sync::Arc::new(Key::generate("RS256"));
    let published = publish(&jose::jwks(&[&old])).await;
    let metadata = json!({
        "token_endpoint_auth_method": BY_KEY, "jwks": null, "jwks_uri": published.url("/client1_jwks"),
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let mut client = registration::registered_with(old, metadata).await;
    let ask = client
        .rp
        .ask("openid offline_access")
        .with("prompt", "consent");
    let done = flow(&somebody().await, &client.rp, &ask).await;
    let new = std::sync::Arc::new(Key::generate("RS256"));
    published.behave(Behaviour::Body(jose::jwks(&[&new]).to_string()));
    client.rp.auth = crate::client::Auth::Key(new);
    eventually("the new key is known", KEY_ROTATION, async || {
        let answer = client.rp.refresh(done.tokens.refresh(), None).await;
        if answer.status == StatusCode::OK {
            return Some(checks::tokens(&answer, &client.rp));
        }
        checks::invalid_client(&answer);
        tokio::time::sleep(Duration::from_secs(2)).await;
        None
    })
    .await;
}

/// The plan skips it where `none` is not offered; here nothing is fetched at all (OIDC-16).
#[tokio::test(flavor = "multi_thread")]
async fn oidcc_request_uri_unsigned() {
    let endpoint = publish(&json!(null)).await;
    let client = client(json!({"request_uris": [endpoint.url("/request")]})).await;
    endpoint.behave(Behaviour::Body(jose::none(
        &json!({"client_id": client.rp.id}),
    )));
    not_fetched(&client.rp, &endpoint).await;
}

/// The plan demands it; here nothing is fetched at all (OIDC-16).
#[tokio::test(flavor = "multi_thread")]
async fn oidcc_request_uri_signed_rs256() {
    let endpoint = publish(&json!(null)).await;
    let client = client(json!({
        "request_object_signing_alg": "RS256", "request_uris": [endpoint.url("/request")],
    }))
    .await;
    let (rp, now) = (&client.rp, checks::now());
    let mut claims = json!({"iss": rp.id, "aud": rp.world.issuer(), "iat": now, "exp": now + 60});
    for (name, value) in rp.ask("openid").fields.pairs() {
        claims[name] = json!(value);
    }
    let object = client.key.sign("oauth-authz-req+jwt", &claims);
    endpoint.behave(Behaviour::Body(object.clone()));
    not_fetched(rp, &endpoint).await;
    // By value the same object is good.
    let fields = Fields::of(&[("client_id", &rp.id), ("request", &object)]);
    let visit = somebody().await.open(&rp.authorize_url_of(&fields)).await;
    assert!(visit.reply().fields.value("code").is_some(), "{visit:?}");
}

async fn not_fetched(rp: &Rp, endpoint: &Endpoint) {
    let ask = rp
        .ask("openid")
        .with("request_uri", endpoint.url("/request"));
    let visit = somebody().await.open(&rp.authorize_url(&ask)).await;
    assert_eq!(visit.shown, []);
    match &visit.end {
        crate::person::End::Page(page) => assert!(page.status.is_client_error()),
        crate::person::End::Back(reply) => {
            checks::refused_anywhere(reply, &["request_uri_not_supported", "invalid_request"]);
        }
    }
    assert_eq!(endpoint.received(), [], "fetched");
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_ensure_request_object_with_redirect_uri() {
    let client = client(json!({})).await;
    let rp = &client.rp;
    let mut claims = json!({"iss": rp.id, "aud": rp.world.issuer()});
    let ask = rp.ask("openid");
    for (name, value) in ask.fields.pairs() {
        claims[name] = json!(value);
    }
    let ask = ask
        .with("redirect_uri", format!("{CALLBACK}/{}", jose::random(10)))
        .with("request", jose::none(&claims));
    let visit = somebody().await.open(&rp.authorize_url(&ask)).await;
    visit.assert_refused_on_a_page();
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_refresh_token() {
    let grants = json!({"grant_types": ["authorization_code", "refresh_token"]});
    let (one, two) = (client(grants.clone()).await, client(grants).await);
    let mut tokens = Vec::new();
    for rp in [&one.rp, &two.rp] {
        let ask = rp.ask("openid offline_access").with("prompt", "consent");
        let done = flow(&somebody().await, rp, &ask).await;
        tokens.push(reuse::renewed(rp, &done, Some("openid offline_access")).await);
    }
    checks::invalid_grant(&one.rp.refresh(tokens[1].refresh(), None).await);
    // One that did not ask for the grant does not get it.
    let plain = client(json!({})).await;
    let ask = plain
        .rp
        .ask("openid offline_access")
        .with("prompt", "consent");
    let done = flow(&somebody().await, &plain.rp, &ask).await;
    assert_eq!(done.tokens.refresh_token, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_ensure_client_assertion_with_iss_aud_succeeds() {
    // `Rp` names the issuer in every assertion.
    let client = client(json!({})).await;
    assert_eq!(
        client.rp.assertion_claims()["aud"],
        json!(world().await.issuer())
    );
    flow(&somebody().await, &client.rp, &client.rp.ask("openid")).await;
}
