//! Tests of every request: what is read, what is refused, and who is told.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clau_domain::secret::ExposeSecret as _;
use clau_domain::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::client::{AuthMethod, Client, ClientMetadata, ResponseMode, SecurityProfile};
use crate::error::{ErrorCode, OauthError};
use crate::fapi;
use crate::jose::{Algorithm, SigningKey, Typ};
use crate::parameters::Parameters;
use crate::scope::ScopeSet;

const ISSUER: &str = "https://hub.example.fr";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const GOOD: [(&str, &str); 8] = [
    ("client_id", "bourses"),
    ("redirect_uri", "https://bourses.example.fr/cb"),
    ("response_type", "code"),
    ("scope", "openid ent unknown"),
    ("state", "s&<é"),
    ("nonce", "n-1"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

fn list(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A good request with some parameters replaced, added, or, where empty, left out.
fn with(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut pairs: Vec<(&str, &str)> = GOOD
        .into_iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name))
        .collect();
    pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    list(&pairs)
}

fn client_of(more: &Value) -> Client {
    let mut value = json!({
        "redirect_uris": ["https://bourses.example.fr/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code", "code id_token"],
        "scope": "openid profile ent offline_access",
        "post_logout_redirect_uris": ["https://bourses.example.fr/bye"],
    });
    for (name, member) in more.as_object().expect("an object") {
        value[name] = member.clone();
    }
    let metadata = ClientMetadata::from_members(value.as_object().expect("an object"));
    Client::new("bourses".to_owned(), metadata.expect("good"))
}

fn client() -> Client {
    client_of(&json!({}))
}

fn read_by(
    client: &Client,
    came: Came,
    pairs: &[(String, String)],
) -> Result<AuthorizationRequest, Refused> {
    let parameters = Parameters::new(pairs).map_err(Refused::Page)?;
    AuthorizationRequest::read(parameters, client, came)
}

fn read(changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Refused> {
    read_by(&client(), Came::default(), &with(changes))
}

#[test]
fn a_request_is_read_whole() {
    let request = read(&[
        ("response_type", "id_token code"),
        ("prompt", "login consent"),
        ("max_age", "0"),
        ("acr_values", "eidas2 eidas1"),
        ("ui_locales", "oc fr"),
        ("login_hint", "m.dupont"),
        ("resource", "https://a.example.fr"),
        ("dpop_jkt", CHALLENGE),
        (
            "claims",
            r#"{"id_token":{"acr":{"essential":true,"values":["eidas2"]},"sub":{"value":"p1"}},"userinfo":{"email":null}}"#,
        ),
    ]);
    let request = request.expect("good");
    assert_eq!(
        request.response_type,
        crate::client::ResponseType::CodeIdToken
    );
    assert_eq!(request.return_to.response_mode(), ResponseMode::Fragment);
    assert_eq!(request.return_to.state(), Some("s&<é"));
    assert_eq!(request.scope.to_string(), "ent openid");
    assert_eq!(request.prompt.len(), 2);
    assert_eq!(request.max_age, Some(0));
    assert_eq!(request.acr_values, ["eidas2", "eidas1"]);
    assert_eq!(request.claims.essential_acr(), Some(vec!["eidas2"]));
    assert_eq!(request.claims.subject(), Some("p1"));
    assert!(request.claims.userinfo.contains_key("email"));
    assert!(!request.is_silent());
    let stored = serde_json::to_string(&request).expect("JSON");
    let again: AuthorizationRequest = serde_json::from_str(&stored).expect("the same");
    assert_eq!(again, request);
    assert!(read(&[("prompt", "none")]).expect("good").is_silent());
}

#[test]
fn oidc_02_no_redirect_until_client_and_address_belong_together() {
    for changes in [
        &[("redirect_uri", "")][..],
        &[("redirect_uri", "https://evil.example/cb")],
        &[("redirect_uri", "https://bourses.example.fr/cb?x=1")],
        &[("redirect_uri", "https://bourses.example.fr/cb/")],
        &[("client_id", "transport")],
        &[("client_id", "")],
    ] {
        assert!(
            matches!(read(changes), Err(Refused::Page(_))),
            "{changes:?}"
        );
    }
    let mut twice = with(&[]);
    twice.push(("state".to_owned(), "other".to_owned()));
    assert!(matches!(
        read_by(&client(), Came::default(), &twice),
        Err(Refused::Page(_))
    ));
}

#[test]
fn errors_that_the_client_is_told() {
    for (changes, code) in [
        (&[("response_type", "")][..], ErrorCode::InvalidRequest),
        (&[("scope", "")], ErrorCode::InvalidScope),
        (&[("scope", "unknown")], ErrorCode::InvalidScope),
        (&[("prompt", "none login")], ErrorCode::InvalidRequest),
        (&[("prompt", "dance")], ErrorCode::InvalidRequest),
        (&[("max_age", "-1")], ErrorCode::InvalidRequest),
        (&[("max_age", "+1")], ErrorCode::InvalidRequest),
        (&[("max_age", "1.5")], ErrorCode::InvalidRequest),
        (
            &[("response_mode", "web_message")],
            ErrorCode::InvalidRequest,
        ),
        (
            &[("registration", "{}")],
            ErrorCode::RegistrationNotSupported,
        ),
        (&[("claims", "[]")], ErrorCode::InvalidRequest),
        (
            &[("claims", r#"{"id_token":{"acr":1}}"#)],
            ErrorCode::InvalidRequest,
        ),
        (
            &[("claims", r#"{"id_token":{},"id_token":{}}"#)],
            ErrorCode::InvalidRequest,
        ),
        (&[("dpop_jkt", "x")], ErrorCode::InvalidRequest),
        (&[("login_hint", "a\nb")], ErrorCode::InvalidRequest),
        (
            &[("response_type", "code id_token"), ("nonce", "")],
            ErrorCode::InvalidRequest,
        ),
        (
            &[
                ("response_type", "code id_token"),
                ("response_mode", "query"),
            ],
            ErrorCode::InvalidRequest,
        ),
        (
            &[("response_type", "code id_token"), ("scope", "ent")],
            ErrorCode::InvalidScope,
        ),
    ] {
        match read(changes) {
            Err(Refused::Redirect(to, error)) => {
                assert_eq!(error.code(), code, "{changes:?}");
                assert_eq!(to.redirect_uri(), "https://bourses.example.fr/cb");
                assert_eq!(to.state(), Some("s&<é"));
            }
            other => panic!("{changes:?}: {other:?}"),
        }
    }
}

#[test]
fn oidc_05_public_and_ordinary_clients_need_a_challenge() {
    let without = with(&[("code_challenge", ""), ("code_challenge_method", "")]);
    let mut confidential = client();
    let mut public = client_of(&json!({"token_endpoint_auth_method": "none"}));
    for exempt in [false, true] {
        confidential.pkce_exempt = exempt;
        public.pkce_exempt = exempt;
        let came = Came::default();
        assert_eq!(read_by(&confidential, came, &without).is_ok(), exempt);
        assert!(read_by(&public, came, &without).is_err());
        assert!(read_by(&confidential, came, &with(&[])).is_ok());
        assert!(read_by(&public, came, &with(&[])).is_ok());
    }
}

#[test]
fn oidc_06_only_what_is_registered_and_never_implicit() {
    for implicit in ["token", "id_token", "id_token token", "code token", "none"] {
        let Err(Refused::Redirect(to, error)) = read(&[("response_type", implicit)]) else {
            panic!("{implicit}");
        };
        assert_eq!(error.code(), ErrorCode::UnsupportedResponseType);
        let fragment = implicit != "none";
        assert_eq!(to.response_mode() == ResponseMode::Fragment, fragment);
    }
    let plain = client_of(&json!({"response_types": ["code"]}));
    let hybrid = with(&[("response_type", "code id_token")]);
    let refused = read_by(&plain, Came::default(), &hybrid).expect_err("not registered");
    assert_eq!(refused.error().code(), ErrorCode::UnauthorizedClient);
    let mut query_only = client();
    query_only.response_modes = [ResponseMode::Query].into();
    let form = with(&[("response_mode", "form_post")]);
    let refused = read_by(&query_only, Came::default(), &form).expect_err("not registered");
    assert_eq!(refused.error().code(), ErrorCode::UnauthorizedClient);
    for grant in ["password", "implicit", ""] {
        let body = list(&[("grant_type", grant), ("code", "x")]);
        let parameters = Parameters::new(&body).expect("good");
        assert!(
            TokenRequest::read(parameters, &client()).is_err(),
            "{grant}"
        );
    }
}

#[test]
fn oidc_16_nothing_is_fetched_by_address() {
    for (pairs, code) in [
        (
            list(&[
                ("client_id", "b"),
                ("request_uri", "https://evil.example/r"),
            ]),
            ErrorCode::RequestUriNotSupported,
        ),
        (
            list(&[
                ("client_id", "b"),
                ("request_uri", "urn:x"),
                ("request", "y"),
            ]),
            ErrorCode::InvalidRequest,
        ),
        (list(&[("request", "y")]), ErrorCode::InvalidRequest),
    ] {
        let outer = Outer::read(Parameters::new(&pairs).expect("good"));
        assert_eq!(outer.expect_err("refused").code(), code);
    }
    let pushed = format!("{PUSHED_PREFIX}abc");
    let pairs = list(&[("client_id", "b"), ("request_uri", &pushed)]);
    let outer = Outer::read(Parameters::new(&pairs).expect("good")).expect("ours");
    assert_eq!(outer.pushed, Some("abc"));
    // Neither has a place inside a pushed or signed request.
    for name in ["request", "request_uri"] {
        assert!(matches!(read(&[(name, "x")]), Err(Refused::Redirect(..))));
    }
}

fn object_client(key: &SigningKey) -> Client {
    client_of(&json!({
        "jwks": {"keys": [key.public().to_json()]}, "request_object_signing_alg": "ES256",
        "require_signed_request_object": true,
    }))
}

fn object_read(
    key: &SigningKey,
    claims: &Value,
    outside: &[(&str, &str)],
) -> Result<Vec<(String, String)>, OauthError> {
    let token = key.sign(Typ::RequestObject, claims).expect("signs");
    let mut pairs = list(outside);
    pairs.push(("request".to_owned(), token));
    let client = object_client(key);
    let keys = [key.verifying().expect("a key")];
    let now = (
        Timestamp::from_millis(1_000_000_000),
        Duration::from_secs(10),
    );
    read_request_object(Parameters::new(&pairs)?, &client, ISSUER, &keys, now)
}

#[test]
fn oidc_16_a_signed_request_is_the_client_s_own() {
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    let mut claims = json!({
        "iss": "bourses", "aud": ISSUER, "iat": 1_000_000, "exp": 1_000_060, "jti": "1",
        "max_age": 60, "claims": {"userinfo": {"email": null}},
    });
    for (name, value) in GOOD {
        claims[name] = json!(value);
    }
    let outside = [
        ("client_id", "bourses"),
        ("response_type", "code"),
        ("scope", "evil"),
    ];
    let inside = object_read(&key, &claims, &outside).expect("good");
    let came = Came {
        signed: true,
        pushed: false,
    };
    let request = read_by(&object_client(&key), came, &inside).expect("good");
    assert_eq!(request.max_age, Some(60));
    assert_eq!(request.scope.to_string(), "ent openid");
    assert!(request.claims.userinfo.contains_key("email"));
    let unsigned = read_by(&object_client(&key), Came::default(), &inside);
    assert!(unsigned.is_err(), "this client must sign");
    for (name, value) in [
        ("iss", json!("transport")),
        ("client_id", json!("transport")),
        ("client_id", Value::Null),
        ("aud", json!("https://other.example")),
        ("exp", json!(999_000)),
        ("exp", json!(1_009_000)),
        ("iat", Value::Null),
        ("nbf", json!(1_000_100)),
        ("sub", json!("bourses")),
        ("request", json!("x")),
        ("request_uri", json!("x")),
        ("response_type", json!("code id_token")),
        ("state", json!(["a"])),
        ("prompt", json!(true)),
    ] {
        let mut bad = claims.clone();
        bad[name] = value;
        let error = object_read(&key, &bad, &outside).expect_err(name);
        assert_eq!(error.code(), ErrorCode::InvalidRequestObject, "{name}");
    }
    // A client that is not registered for signed requests has none.
    let token = key.sign(Typ::RequestObject, &claims).expect("signs");
    let pairs = list(&[("client_id", "bourses"), ("request", &token)]);
    let now = (
        Timestamp::from_millis(1_000_000_000),
        Duration::from_secs(10),
    );
    let keys = [key.verifying().expect("a key")];
    let parameters = Parameters::new(&pairs).expect("good");
    assert!(read_request_object(parameters, &client(), ISSUER, &keys, now).is_err());
}

fn credentials(header: Option<&str>, pairs: &[(&str, &str)]) -> Result<Credentials, OauthError> {
    let pairs = list(pairs);
    Credentials::read(header, Parameters::new(&pairs)?)
}

#[test]
fn oidc_08_one_way_of_authentication_and_the_registered_one() {
    let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let good = credentials(Some(&basic("bour%3Ases:s%2B+%25")), &[]).expect("good");
    let Credentials::Secret {
        client_id,
        secret,
        method,
    } = &good
    else {
        panic!("{good:?}");
    };
    assert_eq!(
        (client_id.as_str(), *method),
        ("bour:ses", AuthMethod::SecretBasic)
    );
    assert_eq!(secret.expose_secret(), "s+ %");
    assert!(!format!("{good:?}").contains("s+"));
    let kind = crate::assertion::TYPE;
    let key = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    let jwt = key
        .sign(Typ::ClientAssertion, &json!({"sub": "bourses"}))
        .expect("signs");
    for (header, pairs) in [
        (None, &[][..]),
        (None, &[("client_secret", "x")]),
        (Some(basic("bourses:")), &[]),
        (Some(basic(":secret")), &[]),
        (Some(basic("bourses")), &[]),
        (Some(basic("bourses:%zz")), &[]),
        (Some(basic("bourses:%+1")), &[]),
        (Some("Basic ???".to_owned()), &[]),
        (Some("Bearer x".to_owned()), &[]),
        (Some("Basic".to_owned()), &[]),
        (
            Some(basic("bourses:x")),
            &[("client_secret", "x"), ("client_id", "bourses")],
        ),
        (
            Some(basic("bourses:x")),
            &[
                ("client_assertion", jwt.as_str()),
                ("client_assertion_type", kind),
            ],
        ),
        (Some(basic("bourses:x")), &[("client_id", "transport")]),
        (
            None,
            &[
                ("client_id", "bourses"),
                ("client_secret", "x"),
                ("client_assertion_type", kind),
            ],
        ),
        (None, &[("client_assertion", jwt.as_str())]),
        (
            None,
            &[("client_assertion", "x"), ("client_assertion_type", kind)],
        ),
        (
            None,
            &[("client_id", "bourses"), ("client_assertion_type", kind)],
        ),
        (
            None,
            &[
                ("client_id", "transport"),
                ("client_assertion", jwt.as_str()),
                ("client_assertion_type", kind),
            ],
        ),
    ] {
        assert!(
            credentials(header.as_deref(), pairs).is_err(),
            "{header:?} {pairs:?}"
        );
    }
    let ways = [
        credentials(None, &[("client_id", "bourses"), ("client_secret", "")]),
        credentials(Some(&basic("bourses:x")), &[("client_id", "bourses")]),
        credentials(None, &[("client_id", "bourses"), ("client_secret", "x")]),
        credentials(
            None,
            &[("client_assertion", &jwt), ("client_assertion_type", kind)],
        ),
    ]
    .map(|way| way.expect("good"));
    let registered = [
        json!({"token_endpoint_auth_method": "none"}),
        json!({"token_endpoint_auth_method": "client_secret_basic"}),
        json!({"token_endpoint_auth_method": "client_secret_post"}),
        json!({"token_endpoint_auth_method": "client_secret_jwt"}),
    ];
    for (i, way) in ways.iter().enumerate() {
        for (j, method) in registered.iter().enumerate() {
            let fits = way.check_method(&client_of(method)).is_ok();
            assert_eq!(fits, i == j, "{way:?} for {method}");
        }
    }
}

#[test]
fn token_requests_are_read_by_grant() {
    let everything = client_of(&json!({"grant_types": [
        "authorization_code", "refresh_token", "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ]}));
    let token = |pairs: &[(&str, &str)]| {
        let pairs = list(pairs);
        TokenRequest::read(Parameters::new(&pairs)?, &everything)
    };
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    let access = TokenType::AccessToken.name();
    let code = token(&[
        ("grant_type", "authorization_code"),
        ("code", "c"),
        ("redirect_uri", "u"),
        ("code_verifier", "v"),
    ]);
    assert!(matches!(code, Ok(TokenRequest::Code { .. })));
    let refresh = token(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", "r"),
        ("scope", "openid"),
    ]);
    assert!(matches!(
        refresh,
        Ok(TokenRequest::Refresh { scope: Some(_), .. })
    ));
    let own = token(&[
        ("grant_type", "client_credentials"),
        ("scope", "openid ent"),
    ]);
    let Ok(TokenRequest::ClientCredentials { scope, .. }) = own else {
        panic!("{own:?}");
    };
    assert_eq!(scope, ScopeSet::parse("ent").expect("good"));
    let device = token(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", "d"),
    ]);
    assert!(matches!(device, Ok(TokenRequest::Device { .. })));
    let exchanged = token(&[
        ("grant_type", exchange),
        ("subject_token", "t"),
        ("subject_token_type", access),
        ("audience", "a"),
        ("audience", "b"),
    ]);
    let Ok(TokenRequest::Exchange(exchanged)) = exchanged else {
        panic!("{exchanged:?}");
    };
    assert_eq!(exchanged.audience, ["a", "b"]);
    assert_eq!(exchanged.requested_token_type, TokenType::AccessToken);
    for bad in [
        &[][..],
        &[("grant_type", "authorization_code"), ("code", "c")],
        &[("grant_type", "authorization_code"), ("redirect_uri", "u")],
        &[("grant_type", "refresh_token")],
        &[("grant_type", "client_credentials"), ("scope", "other")],
        &[("grant_type", exchange), ("subject_token", "t")],
        &[
            ("grant_type", exchange),
            ("subject_token", "t"),
            ("subject_token_type", "x"),
        ],
    ] {
        assert!(token(bad).is_err(), "{bad:?}");
    }
    let few = list(&[("grant_type", exchange)]);
    let refused = TokenRequest::read(Parameters::new(&few).expect("good"), &client());
    assert_eq!(
        refused.expect_err("not registered").code(),
        ErrorCode::UnauthorizedClient
    );
}

#[test]
fn key_08_requests_show_no_secret() {
    let canary = "canary-0123456789-canary-0123456789-canary-0";
    let request = read(&[
        ("state", canary),
        ("nonce", canary),
        ("login_hint", canary),
        ("id_token_hint", canary),
        (
            "claims",
            &format!(r#"{{"id_token":{{"sub":{{"value":"{canary}"}}}}}}"#),
        ),
    ]);
    let pairs = list(&[
        ("grant_type", "authorization_code"),
        ("code", canary),
        ("code_verifier", canary),
        ("redirect_uri", "https://bourses.example.fr/cb"),
        ("client_id", "bourses"),
        ("client_secret", canary),
        ("request", canary),
        ("token", canary),
    ]);
    let parameters = Parameters::new(&pairs).expect("good");
    let shown = format!(
        "{request:?} {:?} {:?} {:?} {:?}",
        TokenRequest::read(parameters, &client()),
        Credentials::read(None, parameters),
        Outer::read(parameters),
        PresentedToken::read(parameters),
    );
    assert!(!shown.contains("Err("), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
    let key = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    let jwt = key
        .sign(
            Typ::ClientAssertion,
            &json!({"sub": "bourses", "name": canary}),
        )
        .expect("signs");
    let kind = crate::assertion::TYPE;
    let asserted = credentials(
        None,
        &[("client_assertion", &jwt), ("client_assertion_type", kind)],
    );
    assert!(!format!("{asserted:?}").contains(&jwt));
    let keys = [key.verifying().expect("a key")];
    let verified = crate::jose::verify(&jwt, Typ::ClientAssertion, &keys).expect("ours");
    assert!(!format!("{verified:?}").contains("canary"));
}

#[test]
fn the_smaller_requests() {
    let pairs = list(&[("token", "t"), ("token_type_hint", "refresh_token")]);
    let token = PresentedToken::read(Parameters::new(&pairs).expect("good")).expect("good");
    assert_eq!(token.hint, Some(TokenHint::RefreshToken));
    assert!(PresentedToken::read(Parameters::new(&[]).expect("good")).is_err());
    let kiosk = client_of(&json!({
        "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"], "redirect_uris": [],
    }));
    let pairs = list(&[("scope", "openid x")]);
    let parameters = Parameters::new(&pairs).expect("good");
    let device = DeviceAuthorization::read(parameters, &kiosk).expect("good");
    assert_eq!(device.scope.to_string(), "openid");
    assert!(DeviceAuthorization::read(parameters, &client()).is_err());
    let none = list(&[("scope", "x")]);
    assert!(DeviceAuthorization::read(Parameters::new(&none).expect("good"), &kiosk).is_err());
}

#[test]
fn oidc_14_the_way_back_after_a_logout_is_exactly_registered() {
    let client = client();
    let bye = "https://bourses.example.fr/bye";
    let pairs = list(&[("post_logout_redirect_uri", bye), ("state", "s")]);
    let request = EndSession::read(Parameters::new(&pairs).expect("good"));
    let wanted = request.post_logout_redirect_uri.expect("given");
    assert!(client.post_logout(&wanted).is_some());
    for other in [
        "https://bourses.example.fr/cb",
        "https://bourses.example.fr/bye?x",
        "",
    ] {
        assert!(client.post_logout(other).is_none(), "{other}");
    }
}

#[test]
fn fapi_clients_push_and_prove() {
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    let keys = json!({"keys": [key.public().to_json()]});
    let declared = json!({
        "jwks": keys, "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "PS256", "id_token_signed_response_alg": "ES256",
        "response_types": ["code"],
    });
    let mut client = client_of(&declared);
    client.profile = SecurityProfile::Fapi2;
    client.pkce_exempt = true;
    assert_eq!(fapi::check_client(&client), Ok(()));
    assert!(client.needs_dpop() && client.needs_pushed_request() && client.needs_pkce());
    let pushed = Came {
        pushed: true,
        signed: false,
    };
    assert!(read_by(&client, pushed, &with(&[])).is_ok());
    assert!(read_by(&client, Came::default(), &with(&[])).is_err());
    let without = with(&[("code_challenge", ""), ("code_challenge_method", "")]);
    assert!(read_by(&client, pushed, &without).is_err());
    for (name, value) in [
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("token_endpoint_auth_signing_alg", json!("RS256")),
        ("id_token_signed_response_alg", json!("RS256")),
        ("response_types", json!(["code", "code id_token"])),
    ] {
        let mut worse = declared.clone();
        worse[name] = value;
        let mut client = client_of(&worse);
        assert_eq!(fapi::check_client(&client), Ok(()));
        client.profile = SecurityProfile::Fapi2;
        assert!(fapi::check_client(&client).is_err(), "{name}");
    }
}

proptest! {
    #[test]
    fn oidc_02_whatever_else_is_sent_only_the_registered_address_is_answered(
        name in "(state|scope|nonce|prompt|max_age|claims|response_type|response_mode|redirect_uri|client_id|request|x)",
        value in "\\PC{0,40}"
    ) {
        match read(&[(&name, &value)]) {
            Ok(request) => prop_assert_eq!(request.return_to.redirect_uri(), GOOD[1].1),
            Err(Refused::Redirect(to, _)) => prop_assert_eq!(to.redirect_uri(), GOOD[1].1),
            Err(Refused::Page(_)) => {}
        }
    }

    #[test]
    fn no_header_panics(header in "\\PC{0,60}", encoded in "\\PC{0,20}:?\\PC{0,20}") {
        let _ = credentials(Some(&header), &[]);
        let _ = credentials(Some(&format!("Basic {}", STANDARD.encode(encoded))), &[]);
    }
}
