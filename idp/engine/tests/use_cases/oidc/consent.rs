//! Consent: asked of grown-ups, once, about exactly this request; taken back on the account page.

use clau_domain::policy::Attribute;
use clau_engine::login::{Finished, Step, Then};
use clau_engine::oidc::answer::Onward;
use clau_engine::oidc::authorize::Authorized;
use clau_engine::oidc::consent::ConsentAsked;
use clau_oidc::error::ErrorCode;
use serde_json::Value;

use super::{SECRET, VERIFIER, answered, authorize, log_in, member, of_step, text, token_of, with};
use crate::scene::{Browser, Scene};

const EDITEUR: [(&str, &str); 3] = [
    ("client_id", "editeur"),
    ("redirect_uri", "https://editeur.example/callback"),
    ("scope", "openid profile"),
];

fn asked(outcome: Authorized) -> ConsentAsked {
    let Authorized::Step(Step::Finished(Finished {
        then: Then::Oidc(onward),
        ..
    })) = outcome
    else {
        panic!("no question: {outcome:?}");
    };
    match *onward {
        Onward::Consent(asked) => asked,
        other => panic!("no question: {other:?}"),
    }
}

async fn answer(scene: &Scene, browser: &Browser, handle: &str, agreed: bool) -> Step {
    let signed_in = scene.signed_in(browser).await.expect("signed in");
    scene
        .hub
        .oidc_consented(&scene.cx(), &signed_in, handle, agreed)
        .await
        .expect("answered")
}

#[tokio::test]
async fn oidc_18_a_service_of_others_is_agreed_to_once() {
    let (scene, browser) = with("paul.durand").await;
    let question = asked(authorize(&scene, &browser, &EDITEUR).await);
    assert_eq!(question.service, "Éditeur");
    assert!(question.attributes.contains(&Attribute::GivenName));
    assert!(
        !question.attributes.contains(&Attribute::FamilyName),
        "what does not leave is not asked about"
    );
    assert!(!question.lasting);
    assert_eq!(
        question.pages[1].as_deref(),
        Some("https://editeur.example/policy")
    );
    let given = of_step(answer(&scene, &browser, &question.handle, true).await);
    assert!(given.contains_key("code"));
    // The question is spent, and need not be asked again.
    let again = answer(&scene, &browser, &question.handle, true).await;
    assert!(matches!(again, Step::Expired), "{again:?}");
    assert!(answered(authorize(&scene, &browser, &EDITEUR).await).contains_key("code"));
    // More is another question.
    let mut more = EDITEUR.to_vec();
    more[2] = ("scope", "openid profile offline_access");
    assert!(asked(authorize(&scene, &browser, &more).await).lasting);
    // The client may ask for the question.
    let mut wished = EDITEUR.to_vec();
    wished.push(("prompt", "consent"));
    asked(authorize(&scene, &browser, &wished).await);
}

#[tokio::test]
async fn oidc_18_who_says_no_is_believed() {
    let (scene, browser) = with("paul.durand").await;
    let question = asked(authorize(&scene, &browser, &EDITEUR).await);
    let refused = of_step(answer(&scene, &browser, &question.handle, false).await);
    assert_eq!(text(&refused, "error"), "access_denied");
    assert_eq!(text(&refused, "state"), "s");
    asked(authorize(&scene, &browser, &EDITEUR).await);
}

#[tokio::test]
async fn oidc_18_a_question_is_its_sessions() {
    let (scene, browser) = with("paul.durand").await;
    let question = asked(authorize(&scene, &browser, &EDITEUR).await);
    let mut other = Browser::default();
    scene.sign_in(&mut other, "anne.martin").await;
    let stolen = answer(&scene, &other, &question.handle, true).await;
    assert!(matches!(stolen, Step::Expired), "{stolen:?}");
    // The thief has not burned it.
    assert!(of_step(answer(&scene, &browser, &question.handle, true).await).contains_key("code"));
}

#[tokio::test]
async fn oidc_18_pupils_are_never_asked() {
    let (scene, browser) = with("lea.martin").await;
    let mut wished = EDITEUR.to_vec();
    wished.push(("prompt", "consent"));
    assert!(answered(authorize(&scene, &browser, &wished).await).contains_key("code"));
}

#[tokio::test]
async fn oidc_18_what_a_service_declares_later_waits_for_the_persons_word() {
    let (scene, browser) = with("paul.durand").await;
    let agree = async || {
        let question = asked(authorize(&scene, &browser, &EDITEUR).await);
        let code = text(
            &of_step(answer(&scene, &browser, &question.handle, true).await),
            "code",
        );
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", "https://editeur.example/callback"),
            ("code_verifier", VERIFIER),
        ];
        let tokens = token_of(&scene, "editeur", &parameters).await;
        member(&tokens.expect("tokens"), "access_token").to_owned()
    };
    let told = async |token: &str| {
        let claims = super::userinfo(&scene, token).await.expect("claims");
        (
            claims.contains_key("given_name"),
            claims.contains_key("family_name"),
        )
    };
    let token = agree().await;
    assert_eq!(told(&token).await, (true, false));
    let more = super::CLIENTS.replace(
        "name = \"Éditeur\"\naccess = [{}]\nrelease = { attributes = [\"given_name\"] }",
        "name = \"Éditeur\"\naccess = [{}]\nrelease = { attributes = [\"given_name\", \"family_name\"] }",
    );
    assert_ne!(more, super::CLIENTS);
    scene.apply(&more).await;
    assert_eq!(
        told(&token).await,
        (true, false),
        "nobody has agreed to more"
    );
    let second = agree().await;
    assert_eq!(told(&second).await, (true, true));
    assert_eq!(
        told(&token).await,
        (true, true),
        "the same service, the same word"
    );
}

#[tokio::test]
async fn what_was_allowed_is_listed_and_taken_back() {
    let (scene, browser) = with("paul.durand").await;
    let mut lasting = EDITEUR.to_vec();
    lasting[2] = ("scope", "openid profile offline_access");
    let question = asked(authorize(&scene, &browser, &lasting).await);
    let code = text(
        &of_step(answer(&scene, &browser, &question.handle, true).await),
        "code",
    );
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://editeur.example/callback"),
        ("code_verifier", VERIFIER),
    ];
    assert!(!SECRET.is_empty());
    let tokens: Value = token_of(&scene, "editeur", &parameters)
        .await
        .expect("tokens");
    let signed_in = scene.signed_in(&browser).await.expect("signed in");
    let listed = || async {
        let page = scene.hub.account_page(&scene.cx(), &signed_in).await;
        page.expect("the page").allowed
    };
    let allowed = listed().await;
    assert_eq!(allowed.len(), 1);
    assert!(allowed[0].lasting && allowed[0].attributes.contains(&Attribute::GivenName));
    scene
        .hub
        .take_back(&scene.cx(), &signed_in, &allowed[0].service)
        .await
        .expect("taken back");
    assert!(listed().await.is_empty());
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", member(&tokens, "refresh_token")),
    ];
    assert_eq!(
        token_of(&scene, "editeur", &refresh).await,
        Err(ErrorCode::InvalidGrant)
    );
    asked(authorize(&scene, &browser, &EDITEUR).await);
}

#[tokio::test]
async fn select_account_asks_and_another_account_ends_the_first_session() {
    let (scene, mut browser) = with("paul.durand").await;
    let outcome = authorize(&scene, &browser, &[("prompt", "select_account")]).await;
    let Authorized::Step(Step::Finished(Finished {
        then: Then::Oidc(onward),
        ..
    })) = outcome
    else {
        panic!("no question: {outcome:?}");
    };
    let Onward::ChooseAccount(question) = *onward else {
        panic!("another question");
    };
    let first = scene.signed_in(&browser).await.expect("signed in");
    let step = scene
        .hub
        .oidc_account_chosen(
            &scene.cx(),
            browser.cookies(),
            (&first, &question.handle),
            false,
        )
        .await
        .expect("chosen");
    let step = log_in(&scene, &mut browser, Authorized::Step(step), "lea.martin").await;
    assert!(of_step(step).contains_key("code"));
    let now = scene.signed_in(&browser).await.expect("signed in");
    assert_ne!(now.person.id, first.person.id);
    // This account: no second question.
    let outcome = authorize(&scene, &browser, &[("prompt", "select_account")]).await;
    let Authorized::Step(Step::Finished(Finished {
        then: Then::Oidc(onward),
        ..
    })) = outcome
    else {
        panic!("no question: {outcome:?}");
    };
    let Onward::ChooseAccount(question) = *onward else {
        panic!("another question");
    };
    let step = scene
        .hub
        .oidc_account_chosen(
            &scene.cx(),
            browser.cookies(),
            (&now, &question.handle),
            true,
        )
        .await
        .expect("chosen");
    assert!(of_step(step).contains_key("code"));
}
