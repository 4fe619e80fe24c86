//! `/oidc/logout`: what changes something and what does not, and where it leads.

use http::StatusCode;

use super::super::scene::{Answer, Browser, Form, Scene};
use super::{
    SECRET, VERIFIER, address, basic, form_targets, json, parameters, post, scene, text, tokens,
    told,
};

const BYE: &str = "https://bourses.example/bye";

fn logout(list: &[(&str, &str)]) -> String {
    let query = serde_urlencoded::to_string(list).expect("a query");
    format!("/oidc/logout?{query}")
}

/// An ID token of this session.
async fn hint(scene: &Scene, browser: &mut Browser) -> String {
    text(&tokens(scene, browser, &[]).await, "id_token").to_owned()
}

fn question(page: &Answer) -> Form {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.form("/oidc/logout")
}

#[tokio::test]
async fn oidc_14_a_get_without_proof_changes_nothing_and_asks() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let good = hint(&scene, &mut paul).await;
    let forged = format!("{good}x");
    for (parameters, named) in [
        (vec![], false),
        (vec![("state", "s")], false),
        (vec![("client_id", "bourses")], true),
        (vec![("client_id", "inconnu")], false),
        (
            vec![("client_id", "bourses"), ("post_logout_redirect_uri", BYE)],
            true,
        ),
        (vec![("id_token_hint", forged.as_str())], false),
        (
            vec![
                ("id_token_hint", good.as_str()),
                ("post_logout_redirect_uri", "https://evil.example/"),
            ],
            true,
        ),
        (
            vec![("id_token_hint", good.as_str()), ("client_id", "editeur")],
            false,
        ),
    ] {
        let page = scene.get(&mut paul, &logout(&parameters)).await;
        let form = question(&page);
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(page.header("clear-site-data").is_empty());
        assert_eq!(page.body.contains("<h1>Bourses "), named, "{parameters:?}");
        for (name, value) in &parameters {
            assert_eq!(form.value(name), Some(*value), "{parameters:?}");
        }
        assert!(scene.is_signed_in(&paul).await, "{parameters:?}");
    }
}

#[tokio::test]
async fn oidc_14_a_good_hint_signs_out_at_once_and_leads_back() {
    let scene = scene().await;
    for by_form in [false, true] {
        let mut paul = scene.signed_in("paul.durand").await;
        let hint = hint(&scene, &mut paul).await;
        let list = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", BYE),
            ("state", "a b&c"),
        ];
        let mut path = logout(&list);
        if by_form {
            // A page of the service posts it; cookies come with the address that follows.
            let mut page = Browser::default()
                .with("origin", "https://bourses.example")
                .with("sec-fetch-site", "cross-site");
            let form = Form {
                action: "/oidc/logout".to_owned(),
                fields: super::pairs(&list),
            };
            let answer = scene.submit(&mut page, &form).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER);
            path = answer.location().expect("an address");
            assert!(path.starts_with("/oidc/logout?"), "{path}");
            assert!(scene.is_signed_in(&paul).await);
        }
        let answer = scene.get(&mut paul, &path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert_eq!(
            answer.location().as_deref(),
            Some("https://bourses.example/bye?state=a%20b%26c")
        );
        assert_eq!(answer.header("clear-site-data"), "\"cache\", \"storage\"");
        assert!(paul.session().is_none() && !scene.is_signed_in(&paul).await);
        // Whoever is signed out already is sent back as well.
        let answer = scene.get(&mut paul, &path).await;
        assert_eq!(
            parameters(&answer.location().expect("back"))["state"],
            "a b&c"
        );
    }
}

#[tokio::test]
async fn oidc_14_who_says_yes_is_signed_out_and_goes_back_to_a_registered_address_only() {
    let scene = scene().await;
    for (client, uri, target, end) in [
        (
            "bourses",
            BYE,
            "https://bourses.example",
            Some("https://bourses.example/bye?state=s"),
        ),
        (
            "telephone",
            "fr.example.app:/bye",
            "fr.example.app:",
            Some("fr.example.app:/bye?state=s"),
        ),
        ("bourses", "https://evil.example/", "", None),
        ("editeur", BYE, "", None),
        ("", BYE, "", None),
    ] {
        let mut paul = scene.signed_in("paul.durand").await;
        let list = [
            ("client_id", client),
            ("post_logout_redirect_uri", uri),
            ("state", "s"),
        ];
        let list = if client.is_empty() {
            &list[1..]
        } else {
            &list[..]
        };
        let page = scene.get(&mut paul, &logout(list)).await;
        // The redirect after the form must be allowed where there is one, and nowhere else.
        assert_eq!(form_targets(&page), target, "{client} {uri}");
        let answer = scene.submit(&mut paul, &question(&page)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let location = answer.location().expect("an address");
        match end {
            Some(end) => assert_eq!(location, end),
            None => assert!(location.starts_with("/logout?done="), "{location}"),
        }
        assert_eq!(answer.header("clear-site-data"), "\"cache\", \"storage\"");
        assert!(!scene.is_signed_in(&paul).await);
    }
}

#[tokio::test]
async fn an_address_that_no_policy_can_name_is_left_for_by_a_link() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let list = [
        ("client_id", "telephone"),
        ("post_logout_redirect_uri", "http://[::1]/bye"),
    ];
    let page = scene.get(&mut paul, &logout(&list)).await;
    assert_eq!(form_targets(&page), "");
    let page = scene.submit(&mut paul, &question(&page)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body
            .contains("id=\"onward-link\" href=\"http://[::1]/bye\""),
        "{}",
        page.body
    );
    assert!(!scene.is_signed_in(&paul).await);
}

#[tokio::test]
async fn ses_09_nobody_else_says_yes() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let form = question(&scene.get(&mut paul, &logout(&[("state", "s")])).await);
    let forged = scene
        .submit(&mut paul, &form.clone().with("csrf", "x"))
        .await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    // Without a token, as programs post it: it is asked again.
    let again = scene.submit(&mut paul, &form.clone().without("csrf")).await;
    question(&again);
    let mut foreign = paul
        .clone()
        .with("sec-fetch-site", "cross-site")
        .with("origin", "https://evil.example");
    let answer = scene.submit(&mut foreign, &form).await;
    let location = answer.location().expect("an address");
    question(&scene.get(&mut paul, &location).await);
    assert!(scene.is_signed_in(&paul).await);
    let json = paul
        .request(http::Method::POST, "/oidc/logout")
        .header("content-type", "application/json")
        .body(axum::body::Body::from("{}"));
    let answer = scene.send(json.expect("a request")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    // A page that was left open says what is, once nobody is signed in.
    let out = scene.get(&mut paul, "/logout").await.form("/logout");
    scene.submit(&mut paul, &out).await;
    let late = scene.submit(&mut paul, &form).await;
    assert_eq!(late.location().as_deref(), Some("/logout"), "{}", late.body);
}

#[tokio::test]
async fn services_that_end_their_sessions_in_the_browser_are_framed_before_it_goes_on() {
    let scene = scene().await;
    let mut anne = scene.signed_in("anne.martin").await;
    let hint = hint(&scene, &mut anne).await;
    let asking = address(&[
        ("client_id", "agenda"),
        ("redirect_uri", "https://agenda.example/callback"),
        ("scope", "openid"),
    ]);
    let code = told(&scene.get(&mut anne, &asking).await)["code"].clone();
    let redeemed = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://agenda.example/callback"),
        ("code_verifier", VERIFIER),
    ];
    let tokens = json(&post(&scene, "/oidc/token", &basic("agenda", SECRET), &redeemed).await);
    assert!(tokens["id_token"].is_string(), "{tokens}");

    let list = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
    ];
    let page = scene.get(&mut anne, &logout(&list)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("frame-src https://agenda.example;"),
        "{policy}"
    );
    assert!(
        page.body.contains("src=\"https://agenda.example/fin\""),
        "{}",
        page.body
    );
    let onward = format!("<meta http-equiv=\"refresh\" content=\"0; url={BYE}\">");
    assert!(page.body.contains(&onward), "{}", page.body);
    assert_eq!(page.header("clear-site-data"), "\"cache\", \"storage\"");
    assert!(!scene.is_signed_in(&anne).await);
    // Another language shows the same page, and not the service's.
    let (_, rest) = page
        .body
        .split_once("/language?to=en&#38;back=")
        .expect("a switch");
    let back = rest.split('"').next().expect("its end");
    assert!(back.starts_with("/logout%3Fdone%3D"), "{back}");
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_so() {
    let scene = scene().await;
    let mut stranger = Browser::default();
    for list in [
        vec![],
        vec![("client_id", "bourses"), ("post_logout_redirect_uri", BYE)],
    ] {
        let answer = scene.get(&mut stranger, &logout(&list)).await;
        assert_eq!(answer.location().as_deref(), Some("/logout"));
    }
    let page = scene.get(&mut stranger, "/logout").await;
    assert!(
        page.body.contains("Aucune connexion n&#39;était ouverte"),
        "{}",
        page.body
    );
}
