//! Codes, tokens and who it is: by whom they are had, what is in them, how long.

use std::time::Duration;

use clau_oidc::jose::{Algorithm, BadClaim, DecryptionKey, SigningKey, Typ, open};
use serde_json::json;

use super::party::{CLIENT, NONCE, Party, Proof, header, parameter};
use crate::services::server::now;
use crate::upstreams::oidc::grants::{Grant, Grants};
use crate::upstreams::oidc::{franceconnect, proconnect};

#[tokio::test]
async fn a_citizen_comes_with_what_was_asked_for_signed_and_soon_over() {
    let party = Party::start(&franceconnect::MANNER, Proof::Secret).await;
    let methods = "{\"id_token\":{\"amr\":{\"essential\":true}}}";
    let back = party
        .log_in(&[("claims", Some(methods))], "ne connaît pas")
        .await;
    let code = parameter(&back, "code").unwrap();
    let answer = party.redeem(&code, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let tokens = answer.json();
    assert_eq!(tokens.as_object().unwrap().len(), 5);
    assert_eq!(tokens["expires_in"], 60);
    assert_eq!(tokens["token_type"], "Bearer");
    let id_token = tokens["id_token"].as_str().unwrap();
    // Algorithm and key, and no type.
    assert_eq!(header(id_token).len(), 2);
    let claims = party.verified(id_token).await;
    let members = claims.members();
    assert_eq!(members.len(), 9, "{members:?}");
    assert_eq!(members["nonce"], NONCE);
    assert_eq!(members["acr"], "eidas1");
    assert_eq!(members["amr"], json!(["pwd"]));
    assert_eq!(members["aud"], CLIENT);
    assert_eq!(members["iss"], json!(party.issuer));
    let life = members["exp"].as_i64().unwrap() - members["iat"].as_i64().unwrap();
    assert_eq!(life, 60);
    let who = party.who(tokens["access_token"].as_str().unwrap()).await;
    let kind = who.header(reqwest::header::CONTENT_TYPE).unwrap();
    assert!(kind.starts_with("application/jwt"), "{kind}");
    let who = party.verified(&who.body).await;
    let said = who.members();
    assert_eq!(said["sub"], members["sub"]);
    assert_eq!(said["given_name"], "Mathilde Anne-Sophie Solange");
    assert_eq!(said["family_name"], "LABRUGUIÈRE");
    assert_eq!(said["birthplace"], "81105");
    assert!(!said.contains_key("preferred_username"));
    assert_eq!(party.who("nobody's").await.status, 401);
}

#[tokio::test]
async fn a_code_is_the_hubs_and_good_once() {
    let party = Party::start(&franceconnect::MANNER, Proof::Secret).await;
    let code = || async {
        let back = party.log_in(&[], "ne connaît pas").await;
        parameter(&back, "code").unwrap()
    };
    let error = |answer: crate::support::http::Answer| answer.json()["error"].clone();
    let own = code().await;
    for changes in [
        &[("client_secret", Some("another"))][..],
        &[("client_secret", None)],
        &[("client_id", Some("another"))],
        &[("client_id", None)],
    ] {
        let answer = party.redeem(&own, changes).await;
        assert_eq!(answer.status, 401);
        assert_eq!(error(answer), "invalid_client", "{changes:?}");
    }
    // In a header it is no proof there.
    let address = format!("{}/token", party.issuer);
    let basic = [(reqwest::header::AUTHORIZATION, "Basic dGhlLWh1Yjp4")];
    let fields = [("grant_type", "authorization_code"), ("code", own.as_str())];
    let answer = party.visitor.post(address, &fields, &basic).await;
    assert_eq!(error(answer), "invalid_client");
    let answer = party
        .redeem(&own, &[("grant_type", Some("password"))])
        .await;
    assert_eq!(error(answer), "unsupported_grant_type");
    let other = [("redirect_uri", Some("https://evil.example/callback"))];
    assert_eq!(error(party.redeem(&own, &other).await), "invalid_grant");
    let own = code().await;
    let tokens = party.redeem(&own, &[]).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(party.who(token).await.status, 200);
    // A second time it takes back what it gave.
    assert_eq!(error(party.redeem(&own, &[]).await), "invalid_grant");
    assert_eq!(party.who(token).await.status, 401);
    assert_eq!(error(party.redeem("no code", &[]).await), "invalid_grant");
}

#[test]
fn codes_and_tokens_end_in_time() {
    let grant = Grant {
        person: "p".to_owned(),
        since: now(),
        scope: Vec::new(),
        level: "eidas1",
        nonce: None,
        wants_methods: false,
        challenge: None,
    };
    let grants = Grants::default();
    let late = grants.code(grant.clone(), 0).unwrap();
    assert!(grants.redeem(&late).is_none());
    let soon = grants.code(grant.clone(), 30).unwrap();
    assert!(grants.redeem(&soon).is_some());
    let token = grants.token(&soon, grant.clone(), 0).unwrap();
    assert!(grants.of_token(&token).is_none());
    let token = grants.token(&soon, grant, 60).unwrap();
    let (until, _) = grants.of_token(&token).unwrap();
    assert!(until <= now() + 60);
    let lifetimes = franceconnect::MANNER.lifetimes;
    assert_eq!((lifetimes.code, lifetimes.access_token), (30, 60));
}

#[tokio::test]
async fn an_agent_comes_by_pkce_and_by_the_level_that_was_asked_for() {
    let party = Party::start(&proconnect::MANNER, Proof::Secret).await;
    // RFC 7636 appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let bound = [
        (
            "code_challenge",
            Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ),
        ("code_challenge_method", Some("S256")),
        ("acr_values", Some("inconnu eidas2")),
    ];
    let code = || async {
        let mut changes = bound.to_vec();
        changes.push(("prompt", Some("login")));
        let back = party.log_in(&changes, "agent de la région").await;
        parameter(&back, "code").unwrap()
    };
    let answer = party.redeem(&code().await, &[]).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
    let answer = party
        .redeem(&code().await, &[("code_verifier", Some(verifier))])
        .await;
    let tokens = answer.json();
    assert_eq!(tokens["expires_in"], 3_600);
    let claims = party.verified(tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(claims.members()["acr"], "eidas2");
    assert!(!claims.members().contains_key("amr"));
    let who = party.who(tokens["access_token"].as_str().unwrap()).await;
    let who = party.verified(&who.body).await;
    assert_eq!(who.members()["email"], "agent.region@ent-region.example");
    assert_eq!(who.members()["siret"], "20005379200018");
    assert_eq!(who.members()["idp_id"], "region-demonstration");
}

#[tokio::test]
async fn the_hub_proves_itself_by_its_key_where_it_has_no_secret() {
    let party = Party::start(&franceconnect::MANNER, Proof::Key).await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    party.publish(&[key.public().to_json()]);
    let assertion = |issuer: &str, audience: &str, key: &SigningKey| {
        let claims = json!({
            "iss": issuer, "sub": issuer, "aud": audience, "jti": "1",
            "iat": now(), "exp": now() + 60,
        });
        key.sign(Typ::ClientAssertion, &claims).unwrap()
    };
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    let endpoint = format!("{}/token", party.issuer);
    for (assertion, good) in [
        (assertion(CLIENT, &party.issuer, &key), true),
        (assertion(CLIENT, &endpoint, &key), true),
        (assertion(CLIENT, "https://evil.example", &key), false),
        (assertion("another", &party.issuer, &key), false),
        (assertion(CLIENT, &party.issuer, &stranger), false),
    ] {
        let back = party.log_in(&[], "ne connaît pas").await;
        let code = parameter(&back, "code").unwrap();
        let proof = [
            ("client_secret", None),
            (
                "client_assertion_type",
                Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ),
            ("client_assertion", Some(assertion.as_str())),
        ];
        let answer = party.redeem(&code, &proof).await;
        assert_eq!(answer.status == 200, good, "{}", answer.body);
    }
    let back = party.log_in(&[], "ne connaît pas").await;
    let code = parameter(&back, "code").unwrap();
    assert_eq!(party.redeem(&code, &[]).await.status, 401);
}

#[tokio::test]
async fn franceconnect_plus_encrypts_for_the_hubs_own_key() {
    let party = Party::start(&franceconnect::PLUS, Proof::Secret).await;
    let back = party.log_in(&[], "ne connaît pas").await;
    let code = parameter(&back, "code").unwrap();
    let answer = party.redeem(&code, &[]).await;
    assert_eq!(
        answer.json()["error"],
        "server_error",
        "the hub has no key yet"
    );
    for algorithm in ["ECDH-ES", "RSA-OAEP-256", "RSA-OAEP"] {
        let key = std::sync::Arc::new(DecryptionKey::generate(algorithm).unwrap());
        let signing = SigningKey::generate(Algorithm::Es256).unwrap();
        party.publish(&[signing.public().to_json(), key.public().clone()]);
        let keys = [key];
        let back = party.log_in(&[], "ne connaît pas").await;
        let code = parameter(&back, "code").unwrap();
        let tokens = party.redeem(&code, &[]).await.json();
        let sealed = tokens["id_token"].as_str().unwrap();
        let head = header(sealed);
        assert_eq!(head["alg"], algorithm);
        assert_eq!(
            (&head["enc"], &head["cty"]),
            (&json!("A256GCM"), &json!("JWT"))
        );
        assert_eq!(head["kid"], keys[0].kid());
        assert_eq!(
            (&head["iss"], &head["aud"]),
            (&json!(party.issuer), &json!(CLIENT))
        );
        let claims = party.verified(&open(sealed, &keys).unwrap()).await;
        assert_eq!(claims.members()["acr"], "eidas2");
        let who = party.who(tokens["access_token"].as_str().unwrap()).await;
        let who = party.verified(&open(&who.body, &keys).unwrap()).await;
        assert_eq!(who.members()["family_name"], "LABRUGUIÈRE");
    }
}

#[tokio::test]
async fn an_id_token_is_over_in_a_minute() {
    let party = Party::start(&franceconnect::MANNER, Proof::Secret).await;
    let back = party.log_in(&[], "ne connaît pas").await;
    let code = parameter(&back, "code").unwrap();
    let tokens = party.redeem(&code, &[]).await.json();
    let claims = party.verified(tokens["id_token"].as_str().unwrap()).await;
    let at = |seconds: u64| clau_oidc::jose::Window {
        now: clau_domain::time::Timestamp::from_millis(now() * 1_000)
            + Duration::from_secs(seconds),
        skew: Duration::ZERO,
        longest: Duration::from_secs(120),
    };
    assert!(claims.check_expiry(at(50)).is_ok());
    assert!(matches!(
        claims.check_expiry(at(70)),
        Err(BadClaim::Expired)
    ));
}
