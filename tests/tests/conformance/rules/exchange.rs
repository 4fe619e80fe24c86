//! Who may become a client, devices without keyboard, and tokens bound to a key: OIDC-21, 22.

use std::sync::Arc;

use clau_tests::support::http::Answer;
use reqwest::header;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::checks;
use crate::client::Rp;
use crate::dpop;
use crate::fields::Fields;
use crate::jose::{self, Key};
use crate::modules::{flow, somebody};
use crate::registration::{self, registered, usual};
use crate::world::{PASSWORD, world};

#[tokio::test(flavor = "multi_thread")]
async fn oidc_21_nobody_registers_without_an_invitation() {
    let rp = Rp::unregistered(world().await).await;
    let url = rp.endpoint("registration_endpoint");
    let metadata = usual(&Key::generate("ES256"), json!({}));
    let invitation = world().await.invitation().await;
    for bearer in [
        None,
        Some("Bearer ".to_owned()),
        Some("Bearer nonsense".to_owned()),
        Some(format!("Bearer {invitation}x")),
        Some(format!("Basic {invitation}")),
    ] {
        let headers = bearer.map(|bearer| (header::AUTHORIZATION, bearer));
        let headers: Vec<_> = headers.into_iter().collect();
        let answer = rp.send_json(Method::POST, &url, &headers, &metadata).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{headers:?}: {}",
            answer.body
        );
        assert!(answer.header(header::WWW_AUTHENTICATE).is_some());
    }
    // The token of one client says nothing of another.
    let (one, two) = (registered(json!({})).await, registered(json!({})).await);
    let token = one.body["registration_access_token"]
        .as_str()
        .expect("a token");
    let theirs = two.body["registration_client_uri"]
        .as_str()
        .expect("an address");
    let headers = vec![(header::AUTHORIZATION, format!("Bearer {token}"))];
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = rp.send(method.clone(), theirs, &headers, None).await;
        let status = answer.status;
        assert!(
            status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN,
            "{method} {status}"
        );
    }
    assert_eq!(two.manage(Method::GET, None).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_21_an_invitation_grants_no_more_than_its_template() {
    let client = registered(json!({
        "scope": "openid profile admin everything",
        "client_id": "basic",
        "client_secret": "chosen-by-the-client-itself-0123456789",
        "access": [{}],
        "profile": "baseline",
        "pkce_exempt_until": "2199-12-31",
    }))
    .await;
    assert_ne!(client.body["client_id"], "basic");
    assert_ne!(
        client.body["client_secret"],
        "chosen-by-the-client-itself-0123456789"
    );
    let scope = client.body["scope"].as_str().expect("scopes");
    assert!(
        !scope.contains("admin") && !scope.contains("everything"),
        "{scope}"
    );
    // What it changes later is held to the same.
    let mut changed = usual(
        &Key::generate("ES256"),
        json!({"client_id": client.body["client_id"]}),
    );
    registration::merge(
        &mut changed,
        json!({"scope": "openid admin", "client_name": "Autre nom"}),
    );
    let answer = client.manage(Method::PUT, Some(&changed)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(
        !answer.json()["scope"]
            .as_str()
            .unwrap_or_default()
            .contains("admin")
    );
    for (name, value) in [
        ("redirect_uris", json!(["http://evil.example/"])),
        ("grant_types", json!(["password"])),
        ("client_id", json!("basic")),
    ] {
        let mut bad = changed.clone();
        bad[name] = value;
        let answer = client.manage(Method::PUT, Some(&bad)).await;
        assert!(answer.status.is_client_error(), "{name}: {}", answer.status);
    }
    // People see that this is not one of the region's own: they are asked.
    let person = somebody().await;
    let ask = client.rp.ask("openid profile").pkce();
    let visit = person.open(&client.rp.authorize_url(&ask)).await;
    assert!(
        visit.shown.contains(&crate::person::Shown::Consent),
        "{:?}",
        visit.shown
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_21_no_address_of_a_client_leads_into_the_network() {
    for address in [
        "https://10.0.0.1/keys",
        "https://192.168.1.1/keys",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/keys",
        "https://0.0.0.0/keys",
        "https://[::ffff:10.0.0.1]/keys",
        "http://rp.essais.example/keys",
        "file:///etc/passwd",
        "https://user@rp.essais.example/keys",
    ] {
        let begun = std::time::Instant::now();
        let metadata = json!({"subject_type": "pairwise", "sector_identifier_uri": address});
        let answer = registration::attempt(metadata).await;
        checks::json_error(&answer, &[400], &["invalid_client_metadata"]);
        assert!(
            begun.elapsed().as_secs() < 12,
            "{address} took {:?}",
            begun.elapsed()
        );
    }
    // Keys there are not found, whatever is there.
    let key = Arc::new(Key::generate("ES256"));
    let metadata = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": null, "jwks_uri": "https://10.0.0.1/keys",
    });
    let answer = registration::send(world().await, &usual(&key, metadata.clone())).await;
    if answer.status == StatusCode::CREATED {
        let mut rp = Rp::unregistered(world().await).await;
        rp.id = answer.json()["client_id"]
            .as_str()
            .expect("a name")
            .to_owned();
        rp.auth = crate::client::Auth::Key(key);
        let begun = std::time::Instant::now();
        let answer = rp.revoke("x").await;
        assert!(answer.status.is_client_error() || answer.status.is_server_error());
        assert!(begun.elapsed().as_secs() < 12, "{:?}", begun.elapsed());
    } else {
        checks::json_error(&answer, &[400], &["invalid_client_metadata"]);
    }
}

/// A device asks for a code to show (RFC 8628 §3.2).
async fn device(rp: &Rp) -> Value {
    let fields = Fields::of(&[("scope", "openid profile")]);
    let answer = rp.post("device_authorization_endpoint", fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    checks::assert_not_stored(&answer);
    let body = checks::json_body(&answer);
    assert_eq!(body["verification_uri"], json!(rp.world.hub.url("/device")));
    assert!(body["expires_in"].as_u64().is_some_and(|life| life <= 600));
    assert_eq!(body["interval"], 5);
    let shown = body["user_code"].as_str().expect("a code to show");
    assert_eq!(shown.len(), 9, "{shown}");
    assert!(
        shown.bytes().enumerate().all(|(place, byte)| {
            if place == 4 {
                byte == b'-'
            } else {
                b"BCDFGHJKLMNPQRSTVWXZ".contains(&byte)
            }
        }),
        "{shown}"
    );
    body
}

async fn poll(rp: &Rp, body: &Value) -> Answer {
    let fields = Fields::of(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", body["device_code"].as_str().expect("a code")),
    ]);
    rp.ask_for_tokens(fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_21_a_device_gets_what_a_person_who_may_gives_it() {
    let rp = Rp::known("kiosk").await;
    let body = device(&rp).await;
    checks::json_error(&poll(&rp, &body).await, &[400], &["authorization_pending"]);
    checks::json_error(&poll(&rp, &body).await, &[400], &["slow_down"]);
    let other = Rp::known("strict").await;
    let answer = poll(&other, &body).await;
    checks::json_error(&answer, &[400], &["unauthorized_client", "invalid_grant"]);
    // Somebody who is locked cannot give anything away.
    let locked = somebody().await;
    let complete = body["verification_uri_complete"]
        .as_str()
        .expect("for the QR code");
    let page = locked.visitor.follow(complete).await;
    world()
        .await
        .hub
        .run(&["accounts", "lock", &locked.login, "--because", "essai"]);
    let form = page.form_with("password");
    let form = form
        .with("username", &locked.login)
        .with("password", PASSWORD);
    let answer = locked.visitor.submit(&form).await;
    let page = locked.visitor.follow_on(answer).await;
    assert!(crate::person::has_password(&page), "{}", page.text());
    tokio::time::sleep(std::time::Duration::from_millis(5_200)).await;
    checks::json_error(
        &poll(&rp, &body).await,
        &[400],
        &["authorization_pending", "slow_down"],
    );
    // A guess at a code on somebody's screen is slowed down like a guess at a password.
    let guesser = somebody().await;
    guesser.sign_in().await;
    let mut slowed = false;
    for number in 0..40 {
        let page = guesser
            .visitor
            .follow(world().await.hub.url("/device"))
            .await;
        let Some(form) = page.forms().into_iter().find(|form| form.has("user_code")) else {
            slowed = true;
            break;
        };
        let letters = ["B", "C", "D", "F", "G"];
        let guess = format!("{}BBB-BBB{}", letters[number % 5], letters[number / 8]);
        let answer = guesser
            .visitor
            .submit(&form.with("user_code", &guess))
            .await;
        let answer = guesser.visitor.follow_on(answer).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS
            || answer.header(header::RETRY_AFTER).is_some()
        {
            slowed = true;
            break;
        }
    }
    assert!(slowed, "forty guesses and nobody slows them down");
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_22_a_public_clients_tokens_are_bound_to_its_key() {
    let mut rp = Rp::known("native").await;
    let key = Arc::new(Key::generate("ES256"));
    rp.dpop = Some(Arc::clone(&key));
    let done = flow(&somebody().await, &rp, &super::request(&rp)).await;
    let token = &done.tokens.access_token;
    let bound = done.tokens.refresh().to_owned();
    // Under another key, or none, neither is good.
    let mut thief = rp.clone();
    thief.dpop = Some(Arc::new(Key::generate("ES256")));
    assert!(!thief.is_good(token).await);
    let refused = thief.refresh(&bound, None).await;
    checks::json_error(&refused, &[400], &["invalid_grant", "invalid_dpop_proof"]);
    thief.dpop = None;
    assert!(!thief.is_good(token).await, "as a bearer token");
    let refused = thief.refresh(&bound, None).await;
    checks::json_error(
        &refused,
        &[400],
        &["invalid_grant", "invalid_dpop_proof", "invalid_request"],
    );
    checks::tokens(&rp.refresh(&bound, None).await, &rp);

    // A code for a key (`dpop_jkt`) is redeemed with it.
    let ask = super::request(&rp).with("dpop_jkt", key.kid());
    let visit = somebody().await.open(&rp.authorize_url(&ask)).await;
    let code = rp.granted(&visit, &ask);
    thief.dpop = Some(Arc::new(Key::generate("ES256")));
    let refused = thief.redeem(&code, &ask).await;
    checks::json_error(&refused, &[400], &["invalid_grant", "invalid_dpop_proof"]);
    let bad = super::request(&rp).with("dpop_jkt", "short");
    let visit = somebody().await.open(&rp.authorize_url(&bad)).await;
    checks::refused(&visit, &rp, &bad, &["invalid_request"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_22_a_proof_is_good_once_for_one_request() {
    let mut rp = Rp::known("strict").await;
    let key = Arc::new(Key::generate("ES256"));
    rp.dpop = Some(Arc::clone(&key));
    let url = rp.endpoint("token_endpoint");
    let done = flow(&somebody().await, &rp, &super::request(&rp)).await;
    let fields = Fields::of(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", "nonsense"),
    ]);
    let send = async |proof: String| {
        let mut headers = vec![(dpop::HEADER, proof)];
        let fields = rp.authenticated(fields.clone(), &mut headers);
        super::post_raw(&rp, &fields, &headers).await
    };
    let mut nonce = None;
    let probe = send(dpop::Proof::new("POST", &url).sign(&key)).await;
    if let Some(wanted) = dpop::nonce_wanted(&probe) {
        nonce = Some(wanted);
    }
    let good = || dpop::Proof::new("POST", &url).nonce(nonce.clone());
    // The proof is good, so it is the token that is not.
    let proof = good().sign(&key);
    checks::invalid_grant(&send(proof.clone()).await);
    let again = send(proof).await;
    checks::json_error(&again, &[400], &["invalid_dpop_proof"]);
    for (what, proof) in [
        ("method", good().claim("htm", json!("GET"))),
        (
            "address",
            good().claim("htu", json!(rp.endpoint("userinfo_endpoint"))),
        ),
        ("old", good().claim("iat", json!(checks::now() - 600))),
        ("early", good().claim("iat", json!(checks::now() + 600))),
        ("type", good().header("typ", json!("JWT"))),
        ("no name", good().claim("jti", Value::Null)),
    ] {
        let answer = send(proof.sign(&key)).await;
        let error = checks::json_error(&answer, &[400], &["invalid_dpop_proof"]);
        assert_eq!(error, "invalid_dpop_proof", "{what}");
    }
    // A proof for the token endpoint opens nothing elsewhere, and one for another token neither.
    let userinfo = rp.endpoint("userinfo_endpoint");
    let token = &done.tokens.access_token;
    let other = jose::random(43);
    for proof in [
        dpop::Proof::new("POST", &url).token(token),
        dpop::Proof::new("GET", &userinfo).token(&other),
        dpop::Proof::new("GET", &userinfo),
    ] {
        let headers = vec![
            (header::AUTHORIZATION, format!("DPoP {token}")),
            (dpop::HEADER, proof.sign(&key)),
        ];
        let answer = rp.send(Method::GET, &userinfo, &headers, None).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
    }
    let body = checks::json_body(&rp.introspect(token).await);
    assert_eq!(body["cnf"]["jkt"], json!(key.kid()));
}
