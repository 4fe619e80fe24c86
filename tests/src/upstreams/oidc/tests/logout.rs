//! Leaving a provider (RP-Initiated Logout): by an ID token of its own, back to the hub's own address.

use url::Url;

use super::party::{Party, Proof, parameter};
use crate::upstreams::oidc::proconnect;

async fn signed_in(party: &Party) -> String {
    let back = party.log_in(&[], "agent de la région").await;
    let code = parameter(&back, "code").unwrap();
    let tokens = party.redeem(&code, &[]).await.json();
    tokens["id_token"].as_str().unwrap().to_owned()
}

fn address(party: &Party, pairs: &[(&str, &str)]) -> String {
    let end = format!("{}/session/end", party.issuer);
    Url::parse_with_params(&end, pairs).unwrap().into()
}

async fn is_signed_in(party: &Party) -> bool {
    let silent = [("prompt", Some("none"))];
    let back = party.ask(&silent).await.location().unwrap();
    parameter(&back, "code").is_some()
}

#[tokio::test]
async fn the_hub_signs_somebody_out_and_gets_the_browser_back() {
    let party = Party::start(&proconnect::MANNER, Proof::Secret).await;
    let hint = signed_in(&party).await;
    assert!(is_signed_in(&party).await);
    let to = party.at_hub("signed-out");
    let pairs = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", to.as_str()),
        ("state", "s t"),
    ];
    let answer = party.visitor.get(address(&party, &pairs)).await;
    let back = answer.location().unwrap();
    assert!(back.as_str().starts_with(&to));
    assert_eq!(parameter(&back, "state").as_deref(), Some("s t"));
    assert!(!is_signed_in(&party).await);
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_or_signed_out_by_a_strangers_token() {
    let party = Party::start(&proconnect::MANNER, Proof::Secret).await;
    let hint = signed_in(&party).await;
    let forged = format!("{}x", &hint[..hint.len() - 1]);
    for pairs in [
        [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", "https://evil.example/"),
        ],
        [("id_token_hint", forged.as_str()), ("state", "s")],
        [("id_token_hint", "no token"), ("state", "s")],
    ] {
        let answer = party.visitor.get(address(&party, &pairs)).await;
        assert_eq!(answer.status, 400, "{pairs:?}");
    }
    assert!(is_signed_in(&party).await);
    // Without a token the person leaves, and stays here.
    let to = party.at_hub("signed-out");
    let pairs = [("post_logout_redirect_uri", to.as_str())];
    let page = party.visitor.get(address(&party, &pairs)).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("déconnecté"));
    assert!(!is_signed_in(&party).await);
}
