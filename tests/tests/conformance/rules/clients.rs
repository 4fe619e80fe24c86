//! Who a client is, and what it hands over: OIDC-08, 09, 16.

use clau_tests::support::endpoint::{Behaviour, Endpoint};
use clau_tests::support::http::Answer;
use reqwest::StatusCode;
use reqwest::header;
use serde_json::{Value, json};

use crate::checks::{self, now};
use crate::client::{ASSERTION_TYPE, Auth, PAR, Rp, basic};
use crate::fields::Fields;
use crate::jose::{self, Key};
use crate::modules::somebody;
use crate::person::End;
use crate::registration;
use crate::world::{secret, world};

/// What any client may ask for, if it is who it says.
fn harmless() -> Fields {
    Fields::of(&[("token", "nothing")])
}

/// Asks as somebody; `None` when the hub believes it.
async fn refused(rp: &Rp, fields: Fields, headers: crate::client::Headers) -> Option<Answer> {
    let url = rp.endpoint("revocation_endpoint");
    let answer = rp
        .send(reqwest::Method::POST, &url, &headers, Some(&fields))
        .await;
    (answer.status != StatusCode::OK).then_some(answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_08_a_client_proves_itself_in_its_own_way_and_no_other() {
    let post_secret = secret("basic-post");
    let strict_secret = secret("strict");
    let strict = Rp::known("strict").await;
    let by_basic = |id: &str, secret: &str| vec![(header::AUTHORIZATION, basic(id, secret))];
    let by_post = |id: &str, secret: &str| {
        harmless()
            .with("client_id", id)
            .with("client_secret", secret)
    };
    // The right ways are right.
    assert!(
        refused(&strict, harmless(), by_basic("strict", &strict_secret))
            .await
            .is_none()
    );
    assert!(
        refused(&strict, by_post("basic-post", &post_secret), vec![])
            .await
            .is_none()
    );
    let wrong: Vec<(&str, Fields, crate::client::Headers)> = vec![
        (
            "basic for post",
            harmless(),
            by_basic("basic-post", &post_secret),
        ),
        ("post for basic", by_post("strict", &strict_secret), vec![]),
        (
            "a name alone",
            harmless().with("client_id", "strict"),
            vec![],
        ),
        ("no name", harmless(), vec![]),
        ("an empty secret", harmless(), by_basic("strict", "")),
        (
            "an empty secret in the body",
            by_post("basic-post", ""),
            vec![],
        ),
        (
            "another's secret",
            harmless(),
            by_basic("strict", &post_secret),
        ),
        (
            "a prefix of the secret",
            harmless(),
            by_basic("strict", &strict_secret[..20]),
        ),
        (
            "a longer secret",
            harmless(),
            by_basic("strict", &format!("{strict_secret}x")),
        ),
        (
            "another spelling of the name",
            harmless(),
            by_basic("Strict", &strict_secret),
        ),
        ("nobody", harmless(), by_basic("nobody", &strict_secret)),
        (
            "a client that has no secret",
            harmless(),
            by_basic("native", ""),
        ),
        ("a client that has a key", by_post("assertion", "x"), vec![]),
        (
            "not base64",
            harmless(),
            vec![(header::AUTHORIZATION, "Basic !!!".to_owned())],
        ),
        (
            "Bearer",
            harmless(),
            vec![(header::AUTHORIZATION, format!("Bearer {strict_secret}"))],
        ),
    ];
    for (what, fields, headers) in wrong {
        let by_header = !headers.is_empty();
        let answer = refused(&strict, fields, headers).await;
        let answer = answer.unwrap_or_else(|| panic!("{what} is believed"));
        checks::invalid_client(&answer);
        if by_header && answer.status == StatusCode::UNAUTHORIZED {
            let challenge = answer.header(header::WWW_AUTHENTICATE).unwrap_or_default();
            assert!(challenge.starts_with("Basic"), "{what}: {challenge}");
        }
    }
    // Two ways at once, both of them right.
    let both = by_post("strict", &strict_secret);
    let answer = refused(&strict, both, by_basic("strict", &strict_secret)).await;
    let answer = answer.expect("two ways at once are believed");
    checks::json_error(&answer, &[400, 401], &["invalid_request", "invalid_client"]);
    // A name beside the header is that of the header.
    let other = harmless().with("client_id", "basic-post");
    assert!(
        refused(&strict, other, by_basic("strict", &strict_secret))
            .await
            .is_some()
    );
    // Two headers.
    let mut twice = by_basic("strict", &strict_secret);
    twice.extend(by_basic("basic", &secret("basic")));
    assert!(refused(&strict, harmless(), twice).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_08_an_assertion_is_for_this_hub_once_and_now() {
    let rp = Rp::known("assertion").await;
    let key = &world().await.keys.assertion;
    let send = async |assertion: String| {
        let fields = rp.asserting(harmless(), assertion);
        refused(&rp, fields, vec![]).await
    };
    let good = rp.assertion_claims();
    let once = key.sign("JWT", &good);
    assert!(send(once.clone()).await.is_none());
    checks::invalid_client(&send(once).await.expect("the same `jti` twice"));
    assert!(
        send(key.sign("client-authentication+jwt", &rp.assertion_claims()))
            .await
            .is_none()
    );
    let issuer = rp.world.issuer();
    for (name, value) in [
        ("iss", json!("strict")),
        ("iss", Value::Null),
        ("sub", json!("strict")),
        ("sub", Value::Null),
        ("aud", json!(rp.endpoint("token_endpoint"))),
        ("aud", json!(rp.endpoint("revocation_endpoint"))),
        ("aud", json!(format!("{issuer}/"))),
        ("aud", json!([issuer])),
        ("aud", json!([issuer, "https://evil.example"])),
        ("aud", Value::Null),
        ("exp", json!(now() - 60)),
        ("exp", json!(now() + 1_000)),
        ("exp", json!((now() + 60).to_string())),
        ("exp", Value::Null),
        ("iat", json!(now() + 1_000)),
        ("nbf", json!(now() + 1_000)),
        ("jti", json!("")),
        ("jti", json!(1)),
        ("jti", Value::Null),
    ] {
        let mut claims = rp.assertion_claims();
        claims[name] = value.clone();
        if value.is_null() {
            claims.as_object_mut().expect("claims").remove(name);
        }
        let answer = send(key.sign("JWT", &claims)).await;
        let answer = answer.unwrap_or_else(|| panic!("{name} = {value} is believed"));
        checks::json_error(&answer, &[400, 401], &["invalid_client", "invalid_request"]);
    }
    // The kind of assertion is named as it should be.
    let fields = rp
        .asserting(harmless(), key.sign("JWT", &rp.assertion_claims()))
        .with(
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        );
    assert!(refused(&rp, fields, vec![]).await.is_some());
    let fields = harmless().with("client_assertion_type", ASSERTION_TYPE);
    assert!(refused(&rp, fields, vec![]).await.is_some());
    // A `client_id` beside it is the same.
    let fields = rp
        .asserting(harmless(), key.sign("JWT", &rp.assertion_claims()))
        .with("client_id", "strict");
    assert!(refused(&rp, fields, vec![]).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_09_the_registration_chooses_key_and_algorithm_never_the_token() {
    let rp = Rp::known("assertion").await;
    let key = &world().await.keys.assertion;
    let (other, rsa) = (Key::generate("ES256"), Key::generate("RS256"));
    let hub_keys = rp.keys().await.to_string();
    let claims = || rp.assertion_claims();
    let header = |more: Value| {
        let mut header = json!({"alg": "ES256", "kid": key.kid(), "typ": "JWT"});
        registration::merge(&mut header, more);
        header
    };
    let tried: Vec<(&str, String)> = vec![
        ("another key", other.sign("JWT", &claims())),
        (
            "another key, this name",
            other.sign_with(&header(json!({})), &claims()),
        ),
        (
            "another key in `jwk`",
            other.sign_with(&header(json!({"jwk": other.bare_jwk()})), &claims()),
        ),
        (
            "its own key in `jwk`",
            key.sign_with(&header(json!({"jwk": key.bare_jwk()})), &claims()),
        ),
        (
            "jku",
            key.sign_with(&header(json!({"jku": "https://evil.example/"})), &claims()),
        ),
        (
            "x5u",
            key.sign_with(&header(json!({"x5u": "https://evil.example/"})), &claims()),
        ),
        (
            "x5c",
            key.sign_with(&header(json!({"x5c": ["AAAA"]})), &claims()),
        ),
        (
            "crit",
            key.sign_with(&header(json!({"crit": ["moon"], "moon": 1})), &claims()),
        ),
        (
            "b64",
            key.sign_with(&header(json!({"b64": false, "crit": ["b64"]})), &claims()),
        ),
        (
            "an algorithm that is not registered",
            rsa.sign("JWT", &claims()),
        ),
        ("none", jose::none(&claims())),
        (
            "NoNe",
            format!("{}.", jose::unsigned(&json!({"alg": "NoNe"}), &claims())),
        ),
        (
            "none with a signature",
            key.sign_with(&header(json!({"alg": "none"})), &claims()),
        ),
        (
            "HMAC under the public key",
            jose::hs256(
                &key.jwk().to_string(),
                &header(json!({"alg": "HS256"})),
                &claims(),
            ),
        ),
        (
            "HMAC under the hub's keys",
            jose::hs256(&hub_keys, &header(json!({"alg": "HS256"})), &claims()),
        ),
        ("the type of an access token", key.sign("at+jwt", &claims())),
        (
            "the type of a logout token",
            key.sign("logout+jwt", &claims()),
        ),
        (
            "the type of a request",
            key.sign("oauth-authz-req+jwt", &claims()),
        ),
        ("the type of a proof", key.sign("dpop+jwt", &claims())),
        ("no token at all", "a.b.c".to_owned()),
    ];
    for (what, assertion) in tried {
        let fields = rp.asserting(harmless(), assertion);
        let answer = refused(&rp, fields, vec![]).await;
        let answer = answer.unwrap_or_else(|| panic!("{what} is believed"));
        checks::json_error(&answer, &[400, 401], &["invalid_client", "invalid_request"]);
    }
    // A secret signs HS256 for the client that is registered for it, and for nothing else.
    let mut hs = Rp::known("hs").await;
    assert!(hs.revoke("nothing").await.status.is_success());
    hs.auth = Auth::SecretJwt(secret("strict"));
    checks::invalid_client(&hs.revoke("nothing").await);
    let mut stranger = Rp::known("strict").await;
    stranger.auth = Auth::SecretJwt(secret("strict"));
    checks::invalid_client(&stranger.revoke("nothing").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_16_nothing_is_fetched_that_a_request_names() {
    let listener = Endpoint::start(Behaviour::Status(200)).await;
    let rp = Rp::known("jar").await;
    let person = somebody().await;
    let plain = listener.url("/request").replacen("https", "http", 1);
    for address in [
        listener.url("/request"),
        format!("{}#fragment", listener.url("/request")),
        plain,
        "file:///etc/passwd".to_owned(),
        "urn:ietf:params:oauth:request_uri:".to_owned(),
        format!("urn:ietf:params:oauth:request_uri:{}", jose::random(43)),
    ] {
        let ask = rp.ask("openid").pkce().with("request_uri", &address);
        for url in [
            rp.authorize_url(&ask),
            rp.authorize_url_of(&Fields::of(&[
                ("client_id", &rp.id),
                ("request_uri", &address),
            ])),
        ] {
            let visit = person.open(&url).await;
            assert_eq!(visit.shown, [], "{address}");
            if let End::Back(reply) = &visit.end {
                let expected = [
                    "request_uri_not_supported",
                    "invalid_request_uri",
                    "invalid_request",
                ];
                checks::refused_anywhere(reply, &expected);
            }
        }
        let answer = rp.push(&ask).await;
        checks::json_error(
            &answer,
            &[400],
            &["invalid_request", "request_uri_not_supported"],
        );
    }
    let metadata = json!({"request_uris": [listener.url("/request")], "client_uri": listener.url("/"),
        "logo_uri": listener.url("/logo"), "policy_uri": listener.url("/policy"),
        "tos_uri": listener.url("/tos"), "initiate_login_uri": listener.url("/login")});
    registration::register(metadata).await;
    assert_eq!(listener.received(), [], "fetched");
}

/// A request object of the client `jar`, changed in one place.
async fn by_object(
    rp: &Rp,
    key: &Key,
    change: impl FnOnce(&mut Value),
) -> (crate::client::Ask, String) {
    let ask = rp.ask("openid").pkce();
    let mut claims = json!({
        "iss": rp.id, "aud": rp.world.issuer(), "iat": now(), "nbf": now(), "exp": now() + 60,
        "jti": jose::random(20),
    });
    for (name, value) in ask.fields.pairs() {
        claims[name] = json!(value);
    }
    change(&mut claims);
    (ask, key.sign("oauth-authz-req+jwt", &claims))
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_16_a_signed_request_counts_alone_and_only_if_it_is_the_clients_own() {
    let rp = Rp::known("jar").await;
    let keys = &world().await.keys;
    let person = somebody().await;
    person.sign_in().await;
    let send = async |object: &str, outside: &[(&str, &str)]| {
        let mut fields = Fields::of(&[("client_id", &rp.id), ("request", object)]);
        for (name, value) in outside {
            fields = fields.with(name, *value);
        }
        person.open(&rp.authorize_url_of(&fields)).await
    };
    // What stands outside counts for nothing.
    let (ask, object) = by_object(&rp, &keys.jar, |_| {}).await;
    let visit = send(
        &object,
        &[
            ("response_type", "code"),
            ("scope", "openid email"),
            ("state", "outside"),
            ("redirect_uri", "https://evil.example/"),
        ],
    )
    .await;
    let code = rp.granted(&visit, &ask);
    assert_eq!(rp.tokens(&code, &ask).await.scope, "openid");
    // Pushed, it is as good.
    let (ask, object) = by_object(&rp, &keys.jar, |_| {}).await;
    let answer = rp.post(PAR, Fields::of(&[("request", &object)])).await;
    let request_uri = checks::pushed(&answer);
    let visit = person.open(&rp.pushed_url(&request_uri)).await;
    rp.granted(&visit, &ask);

    let issuer = rp.world.issuer();
    for (name, value) in [
        ("iss", json!("strict")),
        ("client_id", json!("strict")),
        ("aud", json!("https://evil.example/")),
        ("exp", json!(now() - 60)),
        ("exp", json!(now() + 100_000)),
        ("exp", Value::Null),
        ("nbf", json!(now() + 1_000)),
        ("iat", json!(now() + 1_000)),
        ("sub", json!(rp.id)),
        ("request", json!("a.b.c")),
        ("request_uri", json!(format!("{issuer}/x"))),
        ("redirect_uri", json!("https://evil.example/")),
    ] {
        let (_, object) = by_object(&rp, &keys.jar, |claims| {
            if value.is_null() {
                claims.as_object_mut().expect("claims").remove(name);
            } else {
                claims[name] = value.clone();
            }
        })
        .await;
        let visit = send(&object, &[]).await;
        assert!(code_of(&visit).is_none(), "{name} = {value} is taken");
    }
    // Another's key, no key, and what differs inside and outside.
    let (_, object) = by_object(&rp, &keys.fapi, |_| {}).await;
    assert!(
        code_of(&send(&object, &[]).await).is_none(),
        "another client's key"
    );
    let (_, object) = by_object(&rp, &keys.jar, |_| {}).await;
    assert!(code_of(&send(&object, &[("client_id", "strict")]).await).is_none());
    assert!(code_of(&send(&object, &[("response_type", "code id_token")]).await).is_none());
    let claims = jose::peek(&object).1;
    assert!(
        code_of(&send(&jose::none(&claims), &[]).await).is_none(),
        "unsigned"
    );
    assert!(code_of(&send("nonsense", &[]).await).is_none());
    // A client that is not registered for signed requests.
    let plain = Rp::known("strict").await;
    let (_, object) = by_object(&plain, &keys.jar, |_| {}).await;
    let fields = Fields::of(&[("client_id", &plain.id), ("request", &object)]);
    let visit = person.open(&plain.authorize_url_of(&fields)).await;
    visit.assert_refused_on_a_page();
}

fn code_of(visit: &crate::person::Visit) -> Option<&str> {
    match &visit.end {
        End::Back(reply) => reply.fields.value("code"),
        End::Page(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_16_a_pushed_request_is_opened_once_by_its_own_client() {
    let (rp, other) = (Rp::known("strict").await, Rp::known("basic").await);
    let person = somebody().await;
    person.sign_in().await;
    let ask = rp.ask("openid").pkce();
    let request_uri = rp.pushed(&ask).await;
    assert!(code_of(&person.open(&other.pushed_url(&request_uri)).await).is_none());
    let request_uri = rp.pushed(&ask).await;
    rp.granted(&person.open(&rp.pushed_url(&request_uri)).await, &ask);
    assert!(
        code_of(&person.open(&rp.pushed_url(&request_uri)).await).is_none(),
        "opened twice"
    );
    // Who pushes proves who they are; the endpoint tells nobody anything else.
    let mut headers = Vec::new();
    let mut stolen = rp.clone();
    stolen.auth = Auth::Basic("wrong".repeat(8));
    let fields = stolen.authenticated(ask.fields.clone(), &mut headers);
    let url = rp.endpoint(PAR);
    let answer = rp
        .send(reqwest::Method::POST, &url, &headers, Some(&fields))
        .await;
    checks::invalid_client(&answer);
    // A client does not push for another.
    let answer = rp.push(&ask.with("client_id", "basic")).await;
    checks::json_error(&answer, &[400, 401], &["invalid_request", "invalid_client"]);
}
