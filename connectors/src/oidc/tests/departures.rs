//! Requests for a login: what is asked of whom, and what is not.

use clau_domain::session::Assurance;
use clau_oidc::jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

use super::provider::Provider;
use super::scene::{HUB, NOW, STATE, Scene, made, parameter, parameters, registration, wish};
use crate::contract::{Fault, Wish};

fn names(address: &str) -> Vec<String> {
    let mut names: Vec<String> = parameters(address)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    names.sort();
    names
}

fn levels() -> Value {
    json!({ "levels": {
        "eidas1": "single_factor", "eidas1-mfa": "multi_factor",
        "eidas2": "substantial", "eidas3": "high",
    } })
}

#[test]
fn fed_06_state_nonce_and_pkce_are_in_every_request() {
    let scene = Scene::plain();
    let (first, pending) = scene.depart(&wish()).expect("away");
    let get = |name| parameter(&first, name).unwrap_or_default();
    assert_eq!(get("state"), STATE);
    assert_eq!(get("response_type"), "code");
    assert_eq!(
        get("redirect_uri"),
        format!("{HUB}/oidc/rp/guichet/callback")
    );
    assert_eq!(get("scope"), "openid");
    assert_eq!(get("code_challenge_method"), "S256");
    assert_eq!(get("code_challenge").len(), 43);
    let nonce = get("nonce");
    assert!(nonce.len() == 64 && nonce.bytes().all(|b| b.is_ascii_alphanumeric()));
    // What makes the code worth something stays here, and is new each time.
    let pending: Value = serde_json::from_str(&pending).expect("JSON");
    let verifier = pending["verifier"].as_str().expect("a verifier");
    assert!(!first.contains(verifier) && verifier.len() == 43);
    let (second, other) = scene.depart(&wish()).expect("away");
    assert_ne!(parameter(&second, "nonce"), Some(nonce));
    assert_ne!(
        parameter(&second, "code_challenge"),
        Some(get("code_challenge"))
    );
    assert!(!other.contains(verifier));
    assert_eq!(
        names(&first),
        [
            "client_id",
            "code_challenge",
            "code_challenge_method",
            "nonce",
            "redirect_uri",
            "response_type",
            "scope",
            "state"
        ]
    );
    for secret in [super::scene::SECRET, "a+secret", "a%20secret"] {
        assert!(!first.contains(secret));
    }
}

#[test]
fn what_the_registration_and_the_wish_say_is_asked_for() {
    let oidc = json!({
        "scopes": ["openid", "profile", "email"], "acr_values": ["eidas2", "eidas3"],
        "idp_hint": "an-idp",
    });
    let scene = Scene::new(oidc, levels());
    let wish = Wish {
        force: true,
        login_hint: "jeanne".to_owned(),
        ..wish()
    };
    let (address, _) = scene.depart(&wish).expect("away");
    let get = |name| parameter(&address, name).unwrap_or_default();
    assert_eq!(get("scope"), "openid profile email");
    assert_eq!(get("acr_values"), "eidas2 eidas3");
    assert_eq!(get("prompt"), "login");
    assert_eq!(get("max_age"), "0");
    assert_eq!(get("login_hint"), "jeanne");
    assert_eq!(get("idp_hint"), "an-idp");
    assert_eq!(parameter(&address, "claims"), None);
}

#[test]
fn franceconnect_and_proconnect_get_no_parameter_that_they_refuse() {
    let key = || std::sync::Arc::new(SigningKey::generate(Algorithm::Es256).expect("a key"));
    let of = |profile: &str, oidc: Value| {
        let mut connector = levels();
        connector["profile"] = json!(profile);
        Scene::of(Provider::new(key()), &registration(oidc, connector))
    };
    let wish = |hint: &str| Wish {
        force: true,
        login_hint: hint.to_owned(),
        ..wish()
    };
    let post = json!({
        "authentication": "client_secret_post", "acr_values": ["eidas1"], "scopes": ["openid"],
    });
    let scene = of("franceconnect", post.clone());
    let (address, pending) = scene.depart(&wish("jeanne@example.fr")).expect("away");
    let known = [
        "acr_values",
        "claims",
        "client_id",
        "nonce",
        "prompt",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    ];
    assert_eq!(names(&address), known);
    assert_eq!(parameter(&address, "prompt").as_deref(), Some("login"));
    let claims = parameter(&address, "claims").expect("claims");
    let claims: Value = serde_json::from_str(&claims).expect("JSON");
    assert_eq!(
        claims,
        json!({ "id_token": { "auth_time": { "essential": true } } })
    );
    let pending: Value = serde_json::from_str(&pending).expect("JSON");
    assert_eq!(pending["verifier"], Value::Null);

    let scene = of("proconnect", post);
    let (address, _) = scene.depart(&wish("jeanne@example.fr")).expect("away");
    let known = [
        "acr_values",
        "claims",
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "login_hint",
        "nonce",
        "prompt",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    ];
    assert_eq!(names(&address), known);
    for none in [
        "jeanne",
        "jeanne@",
        "@example.fr",
        "jeanne@localhost",
        "je anne@example.fr",
        "",
    ] {
        let (address, _) = scene.depart(&wish(none)).expect("away");
        assert_eq!(parameter(&address, "login_hint"), None, "{none}");
    }
}

#[test]
fn more_than_usual_is_asked_for_by_the_levels_that_are_enough() {
    let ask = |oidc: Value, connector: Value, at_least| {
        let scene = Scene::new(oidc, connector);
        let wish = Wish { at_least, ..wish() };
        let (address, _) = scene.depart(&wish)?;
        Ok::<_, Fault>(parameter(&address, "acr_values").unwrap_or_default())
    };
    use Assurance::{High, MultiFactor, SingleFactor, Substantial};
    let two = || json!({ "acr_values": ["eidas1", "eidas2"] });
    for (least, expected) in [
        (None, "eidas1 eidas2"),
        (Some(SingleFactor), "eidas1 eidas2"),
        // Of those that the registration names.
        (Some(MultiFactor), "eidas2"),
        (Some(Substantial), "eidas2"),
        // Of all that are mapped.
        (Some(High), "eidas3"),
    ] {
        assert_eq!(
            ask(two(), levels(), least).as_deref(),
            Ok(expected),
            "{least:?}"
        );
    }
    let none = || json!({});
    assert_eq!(ask(none(), levels(), None).as_deref(), Ok(""));
    let all = "eidas1-mfa eidas2 eidas3";
    assert_eq!(ask(none(), levels(), Some(MultiFactor)).as_deref(), Ok(all));
    assert_eq!(
        ask(none(), json!({}), Some(SingleFactor)).as_deref(),
        Ok("")
    );
    // Nothing that could come would be enough: nobody is sent there.
    let weak = json!({ "levels": { "eidas1": "single_factor" } });
    for (oidc, connector) in [(none(), json!({})), (none(), weak)] {
        let refused = ask(oidc, connector, Some(High));
        assert!(matches!(refused, Err(Fault::TooWeak(_))), "{refused:?}");
    }
}

#[test]
fn a_registration_that_cannot_work_says_which_key_is_wrong() {
    let state = |oidc| (oidc, json!({ "profile": "franceconnect" }));
    let plain = |oidc| (oidc, json!({}));
    for ((oidc, connector), key) in [
        (
            plain(json!({ "issuer": "http://guichet.example.fr" })),
            "oidc.issuer",
        ),
        (
            plain(json!({ "issuer": "https://guichet.example.fr/?a=b" })),
            "oidc.issuer",
        ),
        (
            plain(json!({ "issuer": "http://localhost:8080" })),
            "oidc.issuer",
        ),
        (plain(json!({ "client_id": "" })), "oidc.client_id"),
        (
            plain(json!({ "authentication": "none" })),
            "oidc.authentication",
        ),
        (
            plain(json!({ "authentication": "client_secret_jwt" })),
            "oidc.authentication",
        ),
        (plain(json!({ "algorithms": ["HS256"] })), "oidc.algorithms"),
        (
            plain(json!({ "algorithms": ["ES256", "none"] })),
            "oidc.algorithms",
        ),
        (plain(json!({ "scopes": ["profile email"] })), "oidc.scopes"),
        (
            plain(json!({ "acr_values": ["eidas1 eidas2"] })),
            "oidc.acr_values",
        ),
        (
            (json!({ "acr_values": ["eidas9"] }), levels()),
            "oidc.acr_values",
        ),
        (plain(json!({ "logout": "return_url" })), "oidc.logout"),
        (plain(json!({ "logout": "button" })), "oidc.logout_url"),
        (
            plain(json!({ "logout_url": "http://guichet.example.fr/out" })),
            "oidc.logout_url",
        ),
        (
            state(json!({ "signed_userinfo": false, "acr_values": ["eidas1"] })),
            "oidc.signed_userinfo",
        ),
    ] {
        let mistakes = made(&registration(oidc, connector)).expect_err(key);
        let keys: Vec<&str> = mistakes
            .iter()
            .map(|mistake| mistake.key.as_str())
            .collect();
        assert_eq!(keys, [key]);
    }
    let connector = registration(json!({}), json!({}));
    let without = crate::oidc::driver(crate::contract::Blueprint {
        connector: &connector,
        secret: None,
        base_url: HUB,
    });
    assert_eq!(without.expect_err("no secret")[0].key, "oidc.client_secret");
    let mut none = connector;
    none.oidc = None;
    assert_eq!(made(&none).expect_err("no table")[0].key, "oidc");
}

#[test]
fn nobody_is_sent_anywhere_before_the_documents_are_there() {
    let connector = registration(json!({}), json!({}));
    let scene = Scene::plain();
    let driver = made(&connector).expect("a driver");
    assert!(matches!(driver.ready(NOW), Err(Fault::Unusable(_))));
    let departure = super::scene::now(driver.depart(&scene.call(), &wish()));
    assert!(matches!(departure, Err(Fault::Unusable(_))));
    assert!(!format!("{driver:?}{:?}", scene.driver).contains(super::scene::SECRET));
}
