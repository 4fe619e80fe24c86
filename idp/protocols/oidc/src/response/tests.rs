//! Tests of the answers: their exact JSON, and that nothing of one kind is taken for another.

use std::time::Duration;

use clau_domain::time::Timestamp;
use serde_json::{Map, Value, json};

use super::*;
use crate::client::{Client, ClientMetadata};
use crate::error::{ErrorCode, OauthError};
use crate::jose::{Algorithm, BadToken, SigningKey, Typ, VerifyingKey, Window, verify};
use crate::parameters::Parameters;
use crate::request::{AuthorizationRequest, Came, ReturnTo, TokenType};
use crate::scope::ScopeSet;

const ISSUER: &str = "https://hub.example.fr";
const NOW: Timestamp = Timestamp::from_millis(1_000_000_500);

fn window() -> Window {
    Window {
        now: NOW,
        skew: Duration::from_secs(5),
        longest: Duration::from_secs(600),
    }
}

fn return_to(redirect: &str, mode: &str, state: &str) -> ReturnTo {
    let declared = json!({"redirect_uris": [redirect], "token_endpoint_auth_method": "none"});
    let metadata = ClientMetadata::from_members(declared.as_object().expect("an object"));
    let client = Client::new("c".to_owned(), metadata.expect("good"));
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let pairs = [
        ("client_id", "c"),
        ("redirect_uri", redirect),
        ("response_type", "code"),
        ("response_mode", mode),
        ("scope", "openid"),
        ("state", state),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let parameters = Parameters::new(&pairs).expect("good");
    let request = AuthorizationRequest::read(parameters, &client, Came::default());
    request.expect("good").return_to
}

fn keys(key: &SigningKey) -> Vec<VerifyingKey> {
    vec![key.verifying().expect("a key")]
}

#[test]
fn oidc_07_the_issuer_is_in_every_answer() {
    let refusal = OauthError::new(ErrorCode::AccessDenied, "no");
    for (uri, mode, expected_start) in [
        (
            "https://a.example.fr/cb",
            "query",
            "https://a.example.fr/cb?",
        ),
        (
            "https://a.example.fr/cb?x=1",
            "query",
            "https://a.example.fr/cb?x=1&",
        ),
        (
            "https://a.example.fr/cb?",
            "query",
            "https://a.example.fr/cb?",
        ),
        (
            "https://a.example.fr/cb?x=1",
            "fragment",
            "https://a.example.fr/cb?x=1#",
        ),
    ] {
        let to = return_to(uri, mode, "s&=<é #");
        for (answer, own) in [
            (
                Answer::Granted {
                    code: "c+1",
                    id_token: None,
                },
                "code=c%2B1",
            ),
            (
                Answer::Refused(&refusal),
                "error=access_denied&error_description=no",
            ),
        ] {
            let response = AuthorizationResponse {
                to: &to,
                issuer: ISSUER,
                answer,
            };
            let expected = format!(
                "{expected_start}{own}&state=s%26%3D%3C%C3%A9%20%23&iss=https%3A%2F%2Fhub.example.fr"
            );
            assert_eq!(response.deliver(), Delivery::Redirect(expected));
        }
    }
}

#[test]
fn oidc_19_a_form_gets_its_fields_as_they_are_and_the_page_escapes_them() {
    let to = return_to("https://a.example.fr/cb", "form_post", "\"><script>");
    let response = AuthorizationResponse {
        to: &to,
        issuer: ISSUER,
        answer: Answer::Granted {
            code: "c",
            id_token: Some("t"),
        },
    };
    let Delivery::Form { action, fields } = response.deliver() else {
        panic!("a form");
    };
    assert_eq!(action, "https://a.example.fr/cb");
    let expected = [
        ("code", "c"),
        ("id_token", "t"),
        ("state", "\"><script>"),
        ("iss", ISSUER),
    ];
    assert_eq!(
        fields,
        expected.map(|(name, value)| (name, value.to_owned()))
    );
    assert!(!format!("{:?}", response.deliver()).contains("script"));
}

#[test]
fn an_id_token_never_stands_in_a_query() {
    let to = return_to("https://a.example.fr/cb", "query", "s");
    let response = AuthorizationResponse {
        to: &to,
        issuer: ISSUER,
        answer: Answer::Granted {
            code: "c",
            id_token: Some("t"),
        },
    };
    let Delivery::Redirect(location) = response.deliver() else {
        panic!("a redirect");
    };
    assert!(location.starts_with("https://a.example.fr/cb#code=c&id_token=t&"));
}

fn id_token<'a>() -> IdToken<'a> {
    IdToken {
        issuer: ISSUER,
        client_id: "bourses",
        subject: "p-1",
        issued: NOW,
        expires: NOW + Duration::from_secs(300),
        authenticated_at: Some(NOW),
        nonce: Some("n"),
        acr: Some("eidas1"),
        amr: &["pwd"],
        session: Some("sid-1"),
        code: Some("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
        access_token: Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
        claims: Map::new(),
    }
}

#[test]
fn id_tokens_to_the_letter() {
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    let mut made = id_token();
    made.claims.insert("sub".to_owned(), json!("somebody else"));
    made.claims.insert("name".to_owned(), json!("Aude"));
    let token = made.sign(&key).expect("signs");
    let verified = verify(&token, Typ::IdToken, &keys(&key)).expect("ours");
    assert_eq!(verified.kid(), Some(key.kid()));
    let expected = json!({
        "iss": ISSUER, "aud": "bourses", "sub": "p-1", "iat": 1_000_000, "exp": 1_000_300,
        "auth_time": 1_000_000, "nonce": "n", "acr": "eidas1", "amr": ["pwd"], "sid": "sid-1",
        "c_hash": "LDktKdoQak3Pk0cnXxCltA", "at_hash": "77QmUPtjPfzWtF2AnpK9RQ", "name": "Aude",
    });
    assert_eq!(json!(verified.claims().members()), expected);
    let least = IdToken {
        authenticated_at: None,
        nonce: None,
        acr: None,
        amr: &[],
        session: None,
        code: None,
        access_token: None,
        // What is not said must not be said by the directory either.
        claims: [
            ("nonce".to_owned(), json!("x")),
            ("acr".to_owned(), json!("eidas3")),
        ]
        .into_iter()
        .collect(),
        ..id_token()
    };
    let token = least.sign(&key).expect("signs");
    let verified = verify(&token, Typ::IdToken, &keys(&key)).expect("ours");
    let names: Vec<_> = verified.claims().members().keys().cloned().collect();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "sub"]);
}

#[test]
fn oidc_09_no_claim_of_an_id_token_comes_twice() {
    let key = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    let read = |made: &IdToken<'_>| {
        let token = made.sign(&key).expect("signs");
        // Our own reader refuses a name that comes twice.
        let verified = verify(&token, Typ::IdToken, &keys(&key)).expect("ours");
        verified.into_claims().members().clone()
    };
    let plain = read(&id_token());
    assert_eq!(plain.len(), 12, "all of ours are said");
    let mut made = id_token();
    made.claims = plain
        .keys()
        .map(|name| (name.clone(), json!("x")))
        .collect();
    assert_eq!(read(&made), plain);
}

#[test]
fn oidc_13_a_hint_is_ours_even_when_it_has_expired() {
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    let token = id_token().sign(&key).expect("signs");
    let hint = read_hint(&token, ISSUER, &keys(&key)).expect("ours");
    assert_eq!(
        (hint.client_id.as_str(), hint.subject.as_str()),
        ("bourses", "p-1")
    );
    assert_eq!(hint.session.as_deref(), Some("sid-1"));
    let stranger = SigningKey::generate(Algorithm::Es256).expect("a key");
    assert!(
        read_hint(
            &id_token().sign(&stranger).expect("signs"),
            ISSUER,
            &keys(&key)
        )
        .is_err()
    );
    assert!(read_hint(&token, "https://other.example", &keys(&key)).is_err());
}

fn access_token() -> AccessToken {
    AccessToken {
        issuer: ISSUER.to_owned(),
        audience: vec!["https://api.example.fr".to_owned()],
        subject: "p-1".to_owned(),
        client_id: "bourses".to_owned(),
        scope: ScopeSet::parse("openid ent").expect("good"),
        jti: "j-1".to_owned(),
        issued: Timestamp::from_millis(1_000_000_000),
        expires: Timestamp::from_millis(1_000_300_000),
        jkt: Some("thumb".to_owned()),
    }
}

fn logout_token() -> LogoutToken {
    LogoutToken {
        issuer: ISSUER.to_owned(),
        client_id: "bourses".to_owned(),
        subject: Some("p-1".to_owned()),
        session: Some("sid-1".to_owned()),
        jti: "j-2".to_owned(),
        issued: Timestamp::from_millis(1_000_000_000),
    }
}

#[test]
fn access_tokens_to_the_letter() {
    let key = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    let token = access_token().sign(&key).expect("signs");
    let verified = verify(&token, Typ::AccessToken, &keys(&key)).expect("ours");
    let expected = json!({
        "iss": ISSUER, "aud": "https://api.example.fr", "sub": "p-1", "client_id": "bourses",
        "scope": "ent openid", "jti": "j-1", "iat": 1_000_000, "exp": 1_000_300,
        "cnf": {"jkt": "thumb"},
    });
    assert_eq!(json!(verified.claims().members()), expected);
    let read = |token: &str, audience: &str, window| {
        AccessToken::read(token, ISSUER, audience, &keys(&key), window)
    };
    let good = "https://api.example.fr";
    assert_eq!(read(&token, good, window()), Ok(access_token()));
    let least = AccessToken {
        scope: ScopeSet::default(),
        jkt: None,
        audience: vec!["https://a.example.fr".to_owned(), good.to_owned()],
        ..access_token()
    };
    let token_of_least = least.sign(&key).expect("signs");
    assert_eq!(read(&token_of_least, good, window()), Ok(least));
    assert!(read(&token, "https://other.example.fr", window()).is_err());
    let later = Window {
        now: NOW + Duration::from_secs(400),
        ..window()
    };
    assert!(read(&token, good, later).is_err());
    for (name, value) in [
        ("iss", json!("https://other.example")),
        ("cnf", json!({"x5t#S256": "x"})),
        ("cnf", json!("x")),
        ("scope", json!(["ent"])),
        ("jti", Value::Null),
        ("client_id", Value::Null),
        ("iat", json!("x")),
    ] {
        let mut bad = expected.clone();
        bad[name] = value;
        let token = key.sign(Typ::AccessToken, &bad).expect("signs");
        assert!(read(&token, good, window()).is_err(), "{name}");
    }
}

#[test]
fn oidc_15_logout_tokens_are_signed_short_lived_and_without_nonce() {
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    let token = logout_token().sign(&key).expect("signs");
    let verified = verify(&token, Typ::LogoutToken, &keys(&key)).expect("ours");
    let expected = json!({
        "iss": ISSUER, "aud": "bourses", "sub": "p-1", "sid": "sid-1", "jti": "j-2",
        "iat": 1_000_000, "exp": 1_000_120, "events": {BACKCHANNEL_EVENT: {}},
    });
    assert_eq!(json!(verified.claims().members()), expected);
    let read = |token: &str| LogoutToken::read(token, ISSUER, "bourses", &keys(&key), window());
    assert_eq!(read(&token), Ok(logout_token()));
    for (name, value) in [
        ("nonce", json!("n")),
        ("nonce", Value::Null),
        ("events", json!({})),
        ("events", json!({BACKCHANNEL_EVENT: true})),
        ("events", json!(BACKCHANNEL_EVENT)),
        ("jti", Value::Null),
        ("aud", json!("transport")),
        ("iss", json!("https://other.example")),
        ("exp", json!(999_000)),
        ("iat", json!(998_000)),
        ("sub", json!(1)),
    ] {
        let mut bad = expected.clone();
        bad[name] = value;
        let token = key.sign(Typ::LogoutToken, &bad).expect("signs");
        assert!(read(&token).is_err(), "{name}");
    }
    let mut nobody = expected;
    let members = nobody.as_object_mut().expect("an object");
    members.remove("sub");
    members.remove("sid");
    assert!(read(&key.sign(Typ::LogoutToken, &nobody).expect("signs")).is_err());
}

#[test]
fn oidc_10_no_answer_passes_for_another() {
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    let keys = keys(&key);
    let made = [
        id_token().sign(&key).expect("signs"),
        access_token().sign(&key).expect("signs"),
        logout_token().sign(&key).expect("signs"),
        sign_userinfo(userinfo("p-1", Map::new()), ISSUER, "bourses", &key).expect("signs"),
        sign_introspection(&Introspection::Inactive, ISSUER, "bourses", NOW, &key).expect("signs"),
    ];
    for (index, token) in made.iter().enumerate() {
        assert_eq!(
            read_hint(token, ISSUER, &keys).is_ok(),
            index == 0,
            "{index} as hint"
        );
        let read = AccessToken::read(token, ISSUER, "https://api.example.fr", &keys, window());
        assert_eq!(read.is_ok(), index == 1, "{index} as access token");
        let read = LogoutToken::read(token, ISSUER, "bourses", &keys, window());
        assert_eq!(read.is_ok(), index == 2, "{index} as logout token");
        let now = (NOW, Duration::from_secs(5));
        assert!(crate::assertion::check(token, "bourses", ISSUER, &keys, now).is_err());
    }
    assert_eq!(
        read_hint(&made[1], ISSUER, &keys).err(),
        Some(BadToken::Typ)
    );
}

#[test]
fn oidc_12_an_inactive_token_says_nothing_else() {
    assert_eq!(Introspection::Inactive.to_json(), json!({"active": false}));
    let active = Introspection::Active(Box::new(access_token())).to_json();
    assert_eq!(
        active,
        json!({
            "active": true, "iss": ISSUER, "aud": "https://api.example.fr", "sub": "p-1",
            "client_id": "bourses", "scope": "ent openid", "jti": "j-1", "iat": 1_000_000,
            "exp": 1_000_300, "token_type": "DPoP", "cnf": {"jkt": "thumb"},
        })
    );
}

#[test]
fn token_responses_to_the_letter() {
    let scope = ScopeSet::parse("openid").expect("good");
    let least = TokenResponse::new(
        "a".to_owned(),
        false,
        Duration::from_secs(300),
        scope.clone(),
    );
    assert_eq!(
        json!(least),
        json!({"access_token": "a", "token_type": "Bearer", "expires_in": 300, "scope": "openid"})
    );
    let full = TokenResponse::new("a".to_owned(), true, Duration::from_secs(300), scope)
        .with_refresh_token("r".to_owned())
        .with_id_token("i".to_owned())
        .exchanged(TokenType::AccessToken);
    assert_eq!(
        json!(full),
        json!({
            "access_token": "a", "token_type": "DPoP", "expires_in": 300, "scope": "openid",
            "refresh_token": "r", "id_token": "i",
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        })
    );
}

#[test]
fn userinfo_has_a_subject_and_no_times() {
    let claims = json!({"sub": "x", "exp": 1, "iat": 1, "name": "Aude"});
    let body = userinfo("p-1", claims.as_object().expect("an object").clone());
    assert_eq!(json!(body), json!({"sub": "p-1", "name": "Aude"}));
}

#[test]
fn oidc_06_the_metadata_offer_nothing_implicit() {
    let endpoints = Endpoints::of("https://hub.example.fr/");
    let offer = Offer {
        algorithms: &[Algorithm::Es256, Algorithm::Rs256],
        acr_values: &["eidas1"],
        scopes: &crate::scope::STANDARD,
        claims: &["sub"],
        documentation: None,
    };
    let document = discovery(&endpoints, &offer);
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(
        document["token_endpoint"],
        "https://hub.example.fr/oidc/token"
    );
    assert_eq!(
        document["response_types_supported"],
        json!(["code", "code id_token"])
    );
    assert_eq!(
        document["code_challenge_methods_supported"],
        json!(["S256"])
    );
    assert_eq!(
        document["id_token_signing_alg_values_supported"],
        json!(["ES256", "RS256"])
    );
    assert_eq!(
        document["authorization_response_iss_parameter_supported"],
        json!(true)
    );
    let text = document.to_string();
    for absent in [
        "implicit",
        "password\"",
        "\"token\"",
        "\"plain\"",
        "\"none\",\"RS",
    ] {
        assert!(!text.contains(absent), "{absent}");
    }
}

fn declared(more: &Value) -> Client {
    let mut value = json!({
        "redirect_uris": ["https://a.example.fr/cb"],
        "post_logout_redirect_uris": ["https://a.example.fr/bye?x=1"],
    });
    for (name, member) in more.as_object().expect("an object") {
        value[name] = member.clone();
    }
    let metadata = ClientMetadata::from_members(value.as_object().expect("an object"));
    Client::new("c".to_owned(), metadata.expect("good"))
}

#[test]
fn oidc_14_browsers_are_sent_to_registered_addresses_only() {
    let page = json!("https://a.example.fr/out?x=1");
    let silent = declared(&json!({}));
    assert_eq!(front_channel(&silent, ISSUER, "sid-1"), None);
    let plain = declared(&json!({ "frontchannel_logout_uri": page }));
    let url = front_channel(&plain, ISSUER, "sid-1").expect("a page");
    assert_eq!(url.as_str(), "https://a.example.fr/out?x=1");
    let told = declared(&json!({
        "frontchannel_logout_uri": page, "frontchannel_logout_session_required": true,
    }));
    let url = front_channel(&told, ISSUER, "sid&1").expect("a page");
    assert_eq!(
        url.as_str(),
        "https://a.example.fr/out?x=1&iss=https%3A%2F%2Fhub.example.fr&sid=sid%261"
    );
    let bye = &plain.metadata.post_logout_redirect_uris[0];
    assert_eq!(after_logout(bye, None), "https://a.example.fr/bye?x=1");
    assert_eq!(
        after_logout(bye, Some("a&b=#")),
        "https://a.example.fr/bye?x=1&state=a%26b%3D%23"
    );
}

#[test]
fn a_registration_is_answered_to_the_letter() {
    let client = declared(&json!({"client_name": "Bourses"}));
    let mut response = RegistrationResponse {
        client_id: "c-1",
        issued: NOW,
        secret: Some(("s-1", None)),
        access_token: Some("r-1"),
        configuration_uri: Some("https://hub.example.fr/oidc/register/c-1"),
        metadata: &client.metadata,
    };
    let body = response.to_json();
    assert_eq!(body["client_id"], "c-1");
    assert_eq!(body["client_id_issued_at"], 1_000_000);
    assert_eq!(body["client_secret"], "s-1");
    assert_eq!(body["client_secret_expires_at"], 0);
    assert_eq!(body["registration_access_token"], "r-1");
    assert_eq!(body["client_name"], "Bourses");
    assert_eq!(body["redirect_uris"], json!(["https://a.example.fr/cb"]));
    response.secret = None;
    assert_eq!(response.to_json().get("client_secret"), None);
    assert_eq!(response.to_json().get("client_secret_expires_at"), None);
}
