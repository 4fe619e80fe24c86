//! Whether somebody is asked, and what a request may say of them: OIDC-13.

use std::time::Duration;

use reqwest::header;
use serde_json::json;

use crate::checks::{self, ACR, PAGE_NEEDED};
use crate::client::Rp;
use crate::jose::Key;
use crate::logout::forged;
use crate::modules::{flow, somebody};
use crate::person::{End, Shown, has_password};

#[tokio::test(flavor = "multi_thread")]
async fn oidc_13_a_silent_request_shows_nothing_and_leaves_nothing() {
    let rp = Rp::known("strict").await;
    let person = somebody().await;
    let ask = rp.ask("openid").pkce().with("prompt", "none");
    let visit = person.open(&rp.authorize_url(&ask)).await;
    checks::refused(&visit, &rp, &ask, &PAGE_NEEDED);
    for answer in &visit.answers {
        assert!(answer.location().is_some(), "a page: {}", answer.url);
        let cookies = answer.headers.get_all(header::SET_COOKIE).iter().count();
        assert_eq!(cookies, 0, "a cookie at {}", answer.url);
    }
    assert_eq!(person.visitor.cookie_names().len(), 0);
    // `none` stands alone.
    for prompt in ["none login", "login none", "none consent", "other"] {
        let ask = rp.ask("openid").pkce().with("prompt", prompt);
        let visit = person.open(&rp.authorize_url(&ask)).await;
        checks::refused(&visit, &rp, &ask, &["invalid_request"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_13_a_new_login_cannot_be_walked_around() {
    let rp = Rp::known("strict").await;
    for (name, value) in [
        ("prompt", "login"),
        ("max_age", "0"),
        ("prompt", "select_account"),
    ] {
        let person = somebody().await;
        person.sign_in().await;
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let ask = rp.ask("openid").pkce().with(name, value);
        let seen = person.look(&rp.authorize_url(&ask)).await;
        assert!(
            matches!(seen.end, End::Page(_)),
            "{name}={value} asks nothing"
        );
        // Every address on the way, once more, and without what asks for the login.
        for answer in &seen.answers {
            let mut bare = answer.url.clone();
            let rest: Vec<(String, String)> = bare
                .query_pairs()
                .into_owned()
                .filter(|(known, _)| known != name)
                .collect();
            bare.query_pairs_mut().clear().extend_pairs(rest);
            let first = answer.url.path().ends_with("/authorize");
            for url in [answer.url.clone(), bare] {
                // Without the parameter it is another request of the client, and a good one.
                if first && url != answer.url {
                    continue;
                }
                let visit = person.look(url.as_str()).await;
                let code = match &visit.end {
                    End::Back(reply) => reply.fields.value("code").map(str::to_owned),
                    End::Page(_) => None,
                };
                assert_eq!(code, None, "{name}={value} is walked around by {url}");
            }
        }
    }
    // Somebody else's password does not make it this person's login.
    let (person, other) = (somebody().await, somebody().await);
    let before = flow(&person, &rp, &rp.ask("openid").pkce()).await;
    let ask = rp
        .ask("openid")
        .pkce()
        .with("prompt", "login")
        .with("id_token_hint", before.tokens.id());
    let mixed =
        crate::person::Person::new(person.world, other.login.clone(), person.visitor.copy());
    let visit = mixed.open(&rp.authorize_url(&ask)).await;
    if let End::Back(reply) = &visit.end {
        assert!(
            reply.fields.value("code").is_none(),
            "the hint named somebody else"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_13_a_hint_is_ours_and_names_who_is_here() {
    let rp = Rp::known("strict").await;
    let (here, absent) = (somebody().await, somebody().await);
    let theirs = flow(&absent, &rp, &rp.ask("openid").pkce()).await;
    let own = flow(&here, &rp, &rp.ask("openid").pkce()).await;
    let silent = |hint: &str| {
        rp.ask("openid")
            .pkce()
            .with("prompt", "none")
            .with("id_token_hint", hint)
    };
    let ask = silent(own.tokens.id());
    rp.granted(&here.open(&rp.authorize_url(&ask)).await, &ask);
    let stranger = Key::generate("ES256");
    for (what, hint) in [
        ("somebody else", theirs.tokens.id().to_owned()),
        ("unsigned", forged(&own, None)),
        ("another key", forged(&own, Some(&stranger))),
        ("an access token", own.tokens.access_token.clone()),
        ("nonsense", "nonsense".to_owned()),
    ] {
        let ask = silent(&hint);
        let visit = here.open(&rp.authorize_url(&ask)).await;
        let mut expected = PAGE_NEEDED.to_vec();
        expected.push("invalid_request");
        let error = checks::refused(&visit, &rp, &ask, &expected);
        assert!(
            what != "somebody else" || error == "login_required",
            "{error}"
        );
    }
    // `sub` in the claims parameter says the same (OIDC Core §5.5.1).
    let wish = |sub: &serde_json::Value| json!({"id_token": {"sub": {"value": sub}}}).to_string();
    let ask = rp.ask("openid").pkce().with("prompt", "none");
    let good = ask.clone().with("claims", wish(&own.claims["sub"]));
    rp.granted(&here.open(&rp.authorize_url(&good)).await, &good);
    let bad = ask.with("claims", wish(&theirs.claims["sub"]));
    let visit = here.open(&rp.authorize_url(&bad)).await;
    checks::refused(&visit, &rp, &bad, &["login_required"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_13_a_hint_of_a_login_is_written_into_the_field_and_nothing_else() {
    let rp = Rp::known("strict").await;
    let person = somebody().await;
    let hint = "\"><script>alert(1)</script>";
    let ask = rp.ask("openid").pkce().with("login_hint", hint);
    let visit = person.look(&rp.authorize_url(&ask)).await;
    let page = visit.page();
    assert!(!page.body.contains("<script>alert"));
    assert_eq!(page.form_with("password").value("username"), Some(hint));
    // It chooses nobody: whoever is here stays who they are.
    let other = somebody().await;
    let before = flow(&person, &rp, &rp.ask("openid").pkce()).await;
    let ask = rp.ask("openid").pkce().with("login_hint", &other.login);
    let after = flow(&person, &rp, &ask).await;
    assert_eq!(after.claims["sub"], before.claims["sub"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_13_a_strength_that_cannot_be_had_is_said_so() {
    let rp = Rp::known("strict").await;
    let person = somebody().await;
    let wish = |values: &[&str]| {
        json!({"id_token": {"acr": {"essential": true, "values": values}}}).to_string()
    };
    let ask = rp
        .ask("openid")
        .pkce()
        .with("claims", wish(&[ACR, "https://refeds.org/profile/mfa"]));
    let done = flow(&person, &rp, &ask).await;
    assert_eq!(done.claims["acr"], ACR);
    let ask = rp
        .ask("openid")
        .pkce()
        .with("claims", wish(&["http://eidas.europa.eu/LoA/substantial"]));
    for person in [&person, &somebody().await] {
        let visit = person.open(&rp.authorize_url(&ask)).await;
        let expected = ["unmet_authentication_requirements", "access_denied"];
        checks::refused(&visit, &rp, &ask, &expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_13_whoever_thinks_long_about_a_question_does_not_look_fresh() {
    let rp = Rp::known("asking").await;
    let person = somebody().await;
    person.sign_in().await;
    let signed_in = checks::now();
    let ask = rp.ask("openid").pkce().with("max_age", "2");
    let seen = person.look(&rp.authorize_url(&ask)).await;
    let form = seen
        .page()
        .forms()
        .into_iter()
        .find(crate::person::is_consent);
    let form = form.expect("asked to agree");
    tokio::time::sleep(Duration::from_millis(3_200)).await;
    let answer = person.visitor.submit(&form.pressed(0)).await;
    let visit = person.go_on(answer, false).await;
    match &visit.end {
        // Asked for the password again, or told the truth about when that was.
        End::Page(page) => assert!(has_password(page), "{}", page.text()),
        End::Back(_) => {
            let code = rp.granted(&visit, &ask);
            let claims = rp.tokens(&code, &ask).await.claims();
            let auth_time = claims["auth_time"].as_i64().expect("an instant");
            assert!(
                (auth_time - signed_in).abs() <= 1,
                "{auth_time} is not {signed_in}"
            );
        }
    }
    // The next time it is too old.
    let visit = person.open(&rp.authorize_url(&ask)).await;
    assert!(visit.shown.contains(&Shown::Login));
    rp.granted(&visit, &ask);
}
