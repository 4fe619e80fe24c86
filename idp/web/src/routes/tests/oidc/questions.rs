//! Consent, the choice of an account, and the page that lists what was agreed to: the forms and what keeps
//! them from others.

use http::StatusCode;

use super::super::scene::{Answer, Browser, Form, Scene};
use super::{SECRET, address, basic, json, post, scene, sign_in_form, text, told};

const EDITOR: [(&str, &str); 2] = [
    ("client_id", "editeur"),
    ("redirect_uri", "https://editeur.example/callback"),
];

fn editor(more: &[(&str, &str)]) -> String {
    address(&[&EDITOR[..], more].concat())
}

/// The question whether the editor may know Paul's first name.
async fn question(scene: &Scene, browser: &mut Browser) -> Answer {
    let page = scene.get(browser, &editor(&[])).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page
}

fn allowed(page: &Answer) -> Form {
    page.form("/oidc/consent").with("decision", "allow")
}

#[tokio::test]
async fn oidc_18_the_question_says_who_asks_for_what_and_is_kept_by_nobody() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let page = question(&scene, &mut paul).await;
    for shown in [
        "Éditeur",
        "votre prénom",
        "https://editeur.example/donnees",
        "Paul Durand",
    ] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert_eq!(page.header("cache-control"), "no-store");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("script-src"));
    // Names and answers only: what is asked for stays with the hub.
    let form = page.form("/oidc/consent");
    let names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["csrf", "back", "handle"]);
}

#[tokio::test]
async fn ses_09_only_the_form_of_our_own_page_in_this_browser_agrees() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let mut other = scene.signed_in("lea.martin").await;
    let foreign = question(&scene, &mut paul).await.form("/oidc/consent");
    for (name, form, status) in [
        ("no token", allowed_form(&foreign).without("csrf"), 403),
        (
            "an empty token",
            allowed_form(&foreign).with("csrf", ""),
            403,
        ),
        (
            "a made-up token",
            allowed_form(&foreign).with("csrf", &"0".repeat(64)),
            403,
        ),
        ("no handle", allowed_form(&foreign).without("handle"), 410),
        (
            "a made-up handle",
            allowed_form(&foreign).with("handle", &"a".repeat(43)),
            410,
        ),
        ("no decision", foreign.clone(), 400),
        (
            "another decision",
            foreign.clone().with("decision", "yes"),
            400,
        ),
    ] {
        let answer = scene.submit(&mut paul, &form).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.body);
        assert!(answer.location().is_none(), "{name}");
    }
    for (site, origin) in [
        (Some("cross-site"), None),
        (Some("same-site"), None),
        (None, Some("https://evil.example")),
        (None, Some("null")),
    ] {
        let mut page = paul.clone();
        if let Some(site) = site {
            page = page.with("sec-fetch-site", site);
        }
        if let Some(origin) = origin {
            page = page.with("origin", origin);
        }
        let answer = scene.submit(&mut page, &allowed_form(&foreign)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{site:?} {origin:?}");
    }
    // Somebody else's browser, with a token of its own.
    let own = scene.get(&mut other, "/logout").await.form("/logout");
    let stolen = allowed_form(&foreign).with("csrf", own.value("csrf").expect("a token"));
    let answer = scene.submit(&mut other, &stolen).await;
    assert_eq!(answer.status, StatusCode::GONE);
    // None of it has burnt the question.
    let answer = scene.submit(&mut paul, &allowed_form(&foreign)).await;
    assert!(told(&answer).contains_key("code"));
}

fn allowed_form(form: &Form) -> Form {
    form.clone().with("decision", "allow")
}

#[tokio::test]
async fn oidc_18_an_answer_counts_once_and_who_comes_late_is_told_what_to_do() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let page = question(&scene, &mut paul).await;
    // Somebody adds to the form what only the request may say.
    let tampered = allowed(&page)
        .with("client_id", "bourses")
        .with("redirect_uri", "https://bourses.example/callback")
        .with("scope", "openid offline_access");
    let answer = scene.submit(&mut paul, &tampered).await;
    let location = answer.location().expect("to the client");
    assert!(location.starts_with("https://editeur.example/callback?code="));
    // A second click.
    let again = scene.submit(&mut paul, &allowed(&page)).await;
    assert_eq!(again.status, StatusCode::GONE);
    assert!(again.location().is_none() && again.body.contains("plus de réponse"));
    let (_, retry) = again
        .body
        .split_once("id=\"retry\" href=\"")
        .expect("a way on");
    let retry = retry.split('"').next().expect("its end");
    let retry = retry.replace("&#38;", "&");
    assert_eq!(retry, editor(&[]));
    let answer = scene.get(&mut paul, &retry).await;
    assert!(told(&answer).contains_key("code"), "agreed is agreed");
}

#[tokio::test]
async fn oidc_18_who_says_no_sends_the_client_a_no() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let page = question(&scene, &mut paul).await;
    let denied = page.form("/oidc/consent").with("decision", "deny");
    let answer = scene.submit(&mut paul, &denied).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let told = told(&answer);
    assert_eq!(told["error"], "access_denied");
    assert_eq!(
        (told["state"].as_str(), told["iss"].as_str()),
        ("s", "https://ent.example")
    );
    // Nothing is remembered: the next time they are asked again.
    question(&scene, &mut paul).await;
}

#[tokio::test]
async fn a_question_that_outlived_the_session_leads_to_a_login_for_the_same_service() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let page = question(&scene, &mut paul).await;
    let form = scene.get(&mut paul, "/logout").await.form("/logout");
    scene.submit(&mut paul, &form).await;
    let answer = scene.submit(&mut paul, &allowed(&page)).await;
    assert_eq!(answer.location(), Some(editor(&[])));
    // Whoever signs in now is asked for themselves.
    let page = scene.get(&mut paul, &editor(&[])).await;
    assert!(page.body.contains("Pour ouvrir Éditeur"), "{}", page.body);
    let next = scene
        .submit(&mut paul, &sign_in_form(&page, "anne.martin"))
        .await;
    assert!(next.location().is_none(), "they are asked");
    let agreed = scene.submit(&mut paul, &allowed(&next)).await;
    assert!(told(&agreed).contains_key("code"));
}

#[tokio::test]
async fn oidc_18_pupils_see_no_question() {
    let scene = scene().await;
    let mut lea = scene.signed_in("lea.martin").await;
    for prompt in ["", "consent"] {
        let answer = scene.get(&mut lea, &editor(&[("prompt", prompt)])).await;
        assert!(told(&answer).contains_key("code"), "{prompt}");
    }
}

#[tokio::test]
async fn the_account_is_chosen_by_its_own_form_and_the_request_goes_on() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let page = scene
        .get(&mut paul, &address(&[("prompt", "select_account")]))
        .await;
    for shown in ["Paul Durand", "paul.durand", "Bourses"] {
        assert!(page.body.contains(shown), "{shown}");
    }
    let form = page.form("/oidc/account");
    for (name, bad, status) in [
        (
            "no token",
            form.clone().with("choice", "continue").without("csrf"),
            403,
        ),
        ("no choice", form.clone(), 400),
        (
            "no handle",
            form.clone().with("choice", "continue").without("handle"),
            410,
        ),
    ] {
        let answer = scene.submit(&mut paul, &bad).await;
        assert_eq!(answer.status.as_u16(), status, "{name}");
    }
    let mut foreign = paul.clone().with("sec-fetch-site", "cross-site");
    let chosen = form.clone().with("choice", "continue");
    let answer = scene.submit(&mut foreign, &chosen).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = scene.submit(&mut paul, &chosen).await;
    assert!(told(&answer).contains_key("code"));
    // Another account: a login for the same service, after which the first session is over.
    let former = paul.clone();
    let page = scene
        .get(&mut paul, &address(&[("prompt", "select_account")]))
        .await;
    let other = page.form("/oidc/account").with("choice", "other");
    let page = scene.submit(&mut paul, &other).await;
    assert!(page.body.contains("Pour ouvrir Bourses"), "{}", page.body);
    let answer = scene
        .submit(&mut paul, &sign_in_form(&page, "lea.martin"))
        .await;
    assert!(told(&answer).contains_key("code"));
    assert!(scene.is_signed_in(&paul).await && !scene.is_signed_in(&former).await);
}

#[tokio::test]
async fn the_account_page_lists_what_was_allowed_and_takes_it_back() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let page = scene.get(&mut paul, "/account").await;
    assert!(
        page.body
            .contains("Aucun service n&#39;a d&#39;accord de votre part")
    );
    let asking = editor(&[("scope", "openid profile offline_access")]);
    let page = scene.get(&mut paul, &asking).await;
    let code = told(&scene.submit(&mut paul, &allowed(&page)).await)["code"].clone();
    let redeemed = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", EDITOR[1].1),
        ("code_verifier", super::VERIFIER),
    ];
    let tokens = json(&post(&scene, "/oidc/token", &basic("editeur", SECRET), &redeemed).await);

    let page = scene.get(&mut paul, "/account").await;
    for shown in ["Éditeur", "votre prénom", "Même en votre absence"] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let form = page.form("/account/grants/revoke");
    assert_eq!(form.value("service"), Some("editeur"));
    let forged = scene.submit(&mut paul, &form.clone().without("csrf")).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let mut foreign = paul.clone().with("sec-fetch-site", "cross-site");
    let forged = scene.submit(&mut foreign, &form).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);

    let done = scene.submit(&mut paul, &form).await;
    assert_eq!(done.location().as_deref(), Some("/account?done=grant"));
    let page = scene.get(&mut paul, "/account?done=grant").await;
    assert!(page.body.contains("role=\"status\"") && page.body.contains("n&#39;a plus accès"));
    assert!(
        page.forms()
            .iter()
            .all(|form| form.action != "/account/grants/revoke")
    );
    // What the service holds opens nothing any more, and the person is asked anew.
    let mut service = Browser::default().with(
        "authorization",
        &format!("Bearer {}", text(&tokens, "access_token")),
    );
    let answer = scene.get(&mut service, "/oidc/userinfo").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    question(&scene, &mut paul).await;
}
