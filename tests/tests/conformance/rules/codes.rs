//! Codes and what they are bound to: OIDC-04, 05.

use crate::checks;
use crate::client::Rp;
use crate::jose;
use crate::modules::{flow, somebody};

#[tokio::test(flavor = "multi_thread")]
async fn oidc_04_a_code_is_for_its_client_and_its_address() {
    let (rp, other) = (Rp::known("strict").await, Rp::known("asking").await);
    let (code, ask) = super::code(&rp).await;
    // Another client, even with verifier and address.
    checks::invalid_grant(&other.redeem(&code, &ask).await);
    // Whether or not that has spent it, another address never does.
    let (code, ask) = super::code(&rp).await;
    for address in [
        "https://rp.essais.example/callback/",
        "https://rp.essais.example/other",
    ] {
        let fields = rp.code_fields(&code, &ask).with("redirect_uri", address);
        checks::invalid_grant(&rp.ask_for_tokens(fields).await);
    }
    let (code, ask) = super::code(&rp).await;
    let fields = rp.code_fields(&code, &ask).without("redirect_uri");
    let answer = rp.ask_for_tokens(fields).await;
    checks::json_error(&answer, &[400], &["invalid_request", "invalid_grant"]);
    // What looks like a code, and is none.
    let (code, ask) = super::code(&rp).await;
    let upper = code.to_uppercase();
    for bad in [
        format!("{code}x"),
        code[1..].to_owned(),
        upper,
        jose::random(43),
        String::new(),
    ] {
        let fields = rp.code_fields(&bad, &ask);
        let answer = rp.ask_for_tokens(fields).await;
        checks::json_error(&answer, &[400], &["invalid_grant", "invalid_request"]);
    }
    rp.tokens(&code, &ask).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_04_a_second_use_ends_all_that_came_of_the_first() {
    let rp = Rp::known("strict").await;
    let ask = super::request(&rp);
    let done = flow(&somebody().await, &rp, &ask).await;
    let answer = rp.refresh(done.tokens.refresh(), None).await;
    let renewed = checks::tokens(&answer, &rp);
    checks::invalid_grant(&rp.redeem(&done.code, &ask).await);
    for token in [&done.tokens.access_token, &renewed.access_token] {
        assert!(!rp.is_good(token).await, "an access token lives on");
        super::inactive(&rp.introspect(token).await);
    }
    checks::invalid_grant(&rp.refresh(renewed.refresh(), None).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_04_a_code_does_not_outlive_its_session() {
    let rp = Rp::known("strict").await;
    let person = somebody().await;
    let ask = rp.ask("openid profile").pkce();
    let visit = person.open(&rp.authorize_url(&ask)).await;
    let code = rp.granted(&visit, &ask);
    person.sign_out().await;
    checks::invalid_grant(&rp.redeem(&code, &ask).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_05_challenge_and_verifier_come_together_or_not_at_all() {
    let person = somebody().await;
    for client in ["strict", "basic", "native"] {
        let exempt = client == "basic";
        let rp = Rp::known(client).await;
        for challenged in [false, true] {
            for verified in [false, true] {
                let what = format!("{client}, challenge {challenged}, verifier {verified}");
                let mut ask = rp.ask("openid");
                if challenged {
                    ask = ask.pkce();
                }
                let visit = person.open(&rp.authorize_url(&ask)).await;
                if !challenged && !exempt {
                    checks::refused(&visit, &rp, &ask, &["invalid_request"]);
                    let answer = rp.push(&ask).await;
                    checks::json_error(&answer, &[400], &["invalid_request"]);
                    continue;
                }
                let code = rp.granted(&visit, &ask);
                let verifier = ask.verifier.clone().unwrap_or_else(|| jose::random(64));
                let mut fields = rp.code_fields(&code, &ask).without("code_verifier");
                if verified {
                    fields = fields.with("code_verifier", verifier);
                }
                let answer = rp.ask_for_tokens(fields).await;
                if challenged == verified {
                    assert_eq!(answer.status, 200, "{what}: {}", answer.body);
                } else {
                    checks::invalid_grant(&answer);
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_05_plain_and_other_challenges_are_refused() {
    let rp = Rp::known("basic").await;
    let person = somebody().await;
    person.sign_in().await;
    let verifier = jose::random(64);
    for (challenge, method) in [
        (verifier.clone(), Some("plain")),
        (verifier.clone(), None),
        (jose::sha256(&verifier), None),
        (jose::sha256(&verifier), Some("s256")),
        (jose::sha256(&verifier), Some("S512")),
        ("short".to_owned(), Some("S256")),
        (String::new(), Some("S256")),
    ] {
        let mut ask = rp.ask("openid").with("code_challenge", challenge);
        if let Some(method) = method {
            ask = ask.with("code_challenge_method", method);
        }
        let visit = person.open(&rp.authorize_url(&ask)).await;
        checks::refused(&visit, &rp, &ask, &["invalid_request"]);
    }
    // The challenge itself is no verifier, and neither is one that is too short.
    for bad in ["challenge", "short"] {
        let (code, ask) = super::code(&rp).await;
        let challenge = ask.fields.value("code_challenge").expect("PKCE").to_owned();
        let verifier = if bad == "short" {
            "short".to_owned()
        } else {
            challenge
        };
        let fields = rp.code_fields(&code, &ask).with("code_verifier", verifier);
        let answer = rp.ask_for_tokens(fields).await;
        checks::json_error(&answer, &[400], &["invalid_grant", "invalid_request"]);
    }
}
