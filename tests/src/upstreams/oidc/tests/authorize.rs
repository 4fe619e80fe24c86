//! Requests for a login: what is refused as the true ones refuse it, and what goes on.

use super::party::{Party, Proof, parameter};
use crate::upstreams::oidc::{franceconnect, proconnect};

type Changes = &'static [(&'static str, Option<&'static str>)];

/// What a page or an address says of a request that is not answered.
async fn on_page(party: &Party, changes: Changes) -> String {
    let page = party.ask(changes).await;
    assert_eq!(page.status, 400, "{changes:?} {}", page.body);
    assert!(page.forms().is_empty());
    let (_, after) = page.body.split_once("id=\"code\">").expect("a code");
    after.split('<').next().unwrap().to_owned()
}

async fn by_redirect(party: &Party, changes: Changes) -> (String, String) {
    let answer = party.ask(changes).await;
    let back = answer
        .location()
        .unwrap_or_else(|| panic!("{changes:?} {}", answer.body));
    assert!(back.as_str().starts_with(&party.callback()), "{back}");
    assert_eq!(parameter(&back, "state").as_deref(), Some("the-state"));
    assert_eq!(parameter(&back, "iss"), Some(party.issuer.clone()));
    assert_eq!(parameter(&back, "code"), None);
    let value = |name| parameter(&back, name).unwrap();
    (value("error"), value("error_description"))
}

#[tokio::test]
async fn franceconnect_refuses_what_it_does_not_know_and_misses_on_a_page() {
    let party = Party::start(&franceconnect::MANNER, Proof::Secret).await;
    let bad: [(Changes, &str); 18] = [
        (&[("acr_values", None)], "Y030007"),
        (&[("client_id", None)], "Y030007"),
        (&[("nonce", None)], "Y030007"),
        (&[("redirect_uri", None)], "Y030007"),
        (&[("response_type", None)], "Y030007"),
        (&[("scope", None)], "Y030007"),
        (&[("state", None)], "Y030007"),
        (&[("nonce", Some("nonce_trop_court"))], "Y030007"),
        (&[("prompt", Some("none"))], "Y030007"),
        (&[("prompt", Some("select_account"))], "Y030007"),
        (&[("prompt", Some(""))], "Y030007"),
        (&[("login_hint", Some("a@b.example"))], "Y030007"),
        (&[("max_age", Some("0"))], "Y030007"),
        (&[("code_challenge", Some("x"))], "Y030007"),
        (&[("code_challenge_method", Some("S256"))], "Y030007"),
        (&[("client_id", Some("another"))], "Y04EA6EF"),
        (
            &[("redirect_uri", Some("https://evil.example/callback"))],
            "Y04C013C",
        ),
        (&[("response_mode", Some("form_post"))], "Y030007"),
    ];
    for (changes, code) in bad {
        assert_eq!(on_page(&party, changes).await, code, "{changes:?}");
    }
    for good in [
        &[][..],
        &[("prompt", Some("login"))],
        &[("prompt", Some("login consent"))],
        &[("ui_locales", Some("fr-FR"))],
        &[("idp_hint", Some("dgfip"))],
        &[(
            "claims",
            Some("{\"id_token\":{\"amr\":{\"essential\":true}}}"),
        )],
        &[("scope", Some("openid inconnu"))],
        &[("acr_values", Some("inconnu"))],
        &[("acr_values", Some("eidas1 eidas2 eidas3"))],
    ] {
        let page = party.ask(good).await;
        assert_eq!(page.status, 200, "{good:?} {}", page.body);
    }
}

#[tokio::test]
async fn franceconnect_says_the_rest_by_redirect() {
    let party = Party::start(&franceconnect::MANNER, Proof::Secret).await;
    let got = "acr_value is not valid, should be equal one of these values, expected eidas1, got";
    let bad: [(Changes, &str, String); 5] = [
        (
            &[("response_type", Some("code id_token"))],
            "unsupported_response_type",
            "unsupported response_type requested".to_owned(),
        ),
        (
            &[("scope", Some("profile"))],
            "invalid_request",
            "openid scope must be requested when using the acr_values parameter".to_owned(),
        ),
        (
            &[("acr_values", Some("eidas2"))],
            "invalid_acr",
            format!("{got} eidas2"),
        ),
        (
            &[("acr_values", Some("inconnu eidas3"))],
            "invalid_acr",
            format!("{got} eidas3"),
        ),
        (
            &[("claims", Some("{"))],
            "invalid_request",
            "could not parse the claims parameter JSON".to_owned(),
        ),
    ];
    for (changes, error, text) in bad {
        let said = by_redirect(&party, changes).await;
        assert_eq!(said, (error.to_owned(), text), "{changes:?}");
    }
    // Whoever turns back.
    let page = party.ask(&[]).await;
    let form = page.form_with("demande").with("personne", "");
    let back = party.visitor.submit(&form).await.location().unwrap();
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(party.visitor.submit(&form).await.status, 400);
}

#[tokio::test]
async fn franceconnect_asks_each_time_and_takes_a_form() {
    let party = Party::start(&franceconnect::MANNER, Proof::Secret).await;
    let back = party.log_in(&[], "ne connaît pas").await;
    assert!(parameter(&back, "code").is_some());
    assert_eq!(parameter(&back, "state").as_deref(), Some("the-state"));
    assert_eq!(parameter(&back, "iss"), Some(party.issuer.clone()));
    assert_eq!(party.ask(&[]).await.status, 200);
    let good = party.good();
    let fields: Vec<(&str, &str)> = good
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let address = format!("{}/authorize", party.issuer);
    let answer = party.visitor.post(address, &fields, &[]).await;
    let page = party.visitor.follow_on_within(answer).await;
    assert_eq!(page.status, 200, "{}", page.body);
}

#[tokio::test]
async fn proconnect_refuses_unknown_parameters_and_answers_silently_only_in_a_session() {
    let party = Party::start(&proconnect::MANNER, Proof::Secret).await;
    let bad: [(Changes, &str); 9] = [
        (&[("inconnu", Some("1"))], "Y000400"),
        (&[("max_age", Some("0"))], "Y000400"),
        (&[("state", None)], "Y000400"),
        (&[("scope", Some(""))], "Y000400"),
        (&[("redirect_uri", Some(""))], "Y000400"),
        (&[("login_hint", Some("agent"))], "Y000400"),
        (&[("siret_hint", Some("123"))], "Y000400"),
        (
            &[("client_id", Some("inconnu"))],
            "oidc-provider-rendered-error:invalid_client",
        ),
        (
            &[(
                "redirect_uri",
                Some("https://my-malicious-url.example/callback"),
            )],
            "oidc-provider-rendered-error:invalid_redirect_uri",
        ),
    ];
    for (changes, code) in bad {
        assert_eq!(on_page(&party, changes).await, code, "{changes:?}");
    }
    let silent: Changes = &[("prompt", Some("none"))];
    let (error, text) = by_redirect(&party, silent).await;
    assert_eq!(error, "login_required");
    assert_eq!(text, "End-User authentication is required");
    let bad: [(Changes, &str); 3] = [
        (
            &[("prompt", Some("none login"))],
            "prompt none must only be used alone",
        ),
        (
            &[("prompt", Some("select_account"))],
            "unsupported prompt value requested",
        ),
        (
            &[("code_challenge_method", Some("S256"))],
            "`code_challenge` is missing",
        ),
    ];
    for (changes, text) in bad {
        let said = by_redirect(&party, changes).await;
        assert_eq!(said.0, "invalid_request");
        assert!(said.1.contains(text), "{said:?}");
    }
    for good in [
        &[("nonce", None)][..],
        &[("acr_values", None)],
        &[("siret_hint", Some("20005379200018"))],
        &[
            ("login_hint", Some("agent@region.example")),
            ("idp_hint", Some("x")),
        ],
    ] {
        assert_eq!(party.ask(good).await.status, 200, "{good:?}");
    }
    party.log_in(&[], "agent de la région").await;
    let again = party.ask(silent).await.location().unwrap();
    assert!(parameter(&again, "code").is_some());
    assert_eq!(party.ask(&[("prompt", Some("login"))]).await.status, 200);
}
