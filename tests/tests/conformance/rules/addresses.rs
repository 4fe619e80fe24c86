//! Where answers go, and what an address may carry: OIDC-01, 02, 03, 07, 19.

use reqwest::header;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::checks;
use crate::client::{PAR, Rp};
use crate::jose;
use crate::modules::somebody;
use crate::person::Mode;
use crate::registration;
use crate::world::{CALLBACK, world};

#[tokio::test(flavor = "multi_thread")]
async fn oidc_01_an_answer_goes_to_an_address_that_is_registered_byte_by_byte() {
    let rp = Rp::known("strict").await;
    let person = somebody().await;
    person.sign_in().await;
    for other in [
        "https://rp.essais.example/callback/",
        "https://rp.essais.example/callback?",
        "https://rp.essais.example/callback?x=1",
        "https://rp.essais.example/callback#",
        "https://rp.essais.example/callback#x",
        "https://rp.essais.example/Callback",
        "https://RP.essais.example/callback",
        "HTTPS://rp.essais.example/callback",
        "https://rp.essais.example:443/callback",
        "https://rp.essais.example/%63allback",
        "https://rp.essais.example/x/../callback",
        "https://rp.essais.example//callback",
        "https://rp.essais.example/callback%00",
        "https://rp.essais.example/callback ",
        "https://rp.essais.example\\@evil.example/callback",
        "https://rp.essais.example.evil.example/callback",
        "https://rp.essais.example@evil.example/callback",
        "https://evil.example/https://rp.essais.example/callback",
        "http://rp.essais.example/callback",
        "//rp.essais.example/callback",
        "/callback",
        "javascript:alert(1)",
        "data:text/html,x",
    ] {
        let ask = rp.ask("openid").pkce().with("redirect_uri", other);
        let visit = person.open(&rp.authorize_url(&ask)).await;
        let page = visit.assert_refused_on_a_page();
        assert!(!page.body.contains("href=\"javascript"), "{other}");
        let pushed = rp.push(&ask).await;
        checks::json_error(&pushed, &[400], &["invalid_request"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_01_only_the_port_of_a_loopback_address_varies() {
    let mut rp = Rp::known("native").await;
    let person = somebody().await;
    for good in [
        "http://127.0.0.1/callback",
        "http://127.0.0.1:51004/callback",
    ] {
        good.clone_into(&mut rp.redirect_uri);
        let ask = rp.ask("openid").pkce();
        let visit = person.open(&rp.authorize_url(&ask)).await;
        let code = rp.granted(&visit, &ask);
        rp.tokens(&code, &ask).await;
    }
    for bad in [
        "http://localhost:51004/callback",
        "http://127.0.0.1:51004/other",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:51004@evil.example/callback",
        "http://127.0.0.2:51004/callback",
        "https://127.0.0.1:51004/callback",
    ] {
        let ask = rp.ask("openid").pkce().with("redirect_uri", bad);
        let visit = person.open(&rp.authorize_url(&ask)).await;
        visit.assert_refused_on_a_page();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_01_what_cannot_be_registered() {
    for bad in [
        "http://rp.essais.example/callback",
        "https://rp.essais.example/callback#x",
        "https://user@rp.essais.example/callback",
        "https://rp.essais.example/a/../callback",
        "https://127.0.0.1/callback",
        "javascript:alert(1)",
        "myapp:/callback",
        "",
    ] {
        let answer = registration::attempt(json!({"redirect_uris": [bad]})).await;
        checks::json_error(&answer, &[400], &["invalid_redirect_uri"]);
    }
    // An asterisk is a character like any other, where it may be registered at all.
    for (registered, other) in [
        (
            "https://rp.essais.example/*",
            "https://rp.essais.example/callback",
        ),
        (
            "https://*.essais.example/callback",
            "https://rp.essais.example/callback",
        ),
    ] {
        let answer = registration::attempt(json!({"redirect_uris": [registered]})).await;
        if answer.status != StatusCode::CREATED {
            checks::json_error(&answer, &[400], &["invalid_redirect_uri"]);
            continue;
        }
        let mut rp = Rp::unregistered(world().await).await;
        rp.id = answer.json()["client_id"]
            .as_str()
            .expect("a name")
            .to_owned();
        let ask = rp.ask("openid").pkce().with("redirect_uri", other);
        let visit = somebody().await.open(&rp.authorize_url(&ask)).await;
        visit.assert_refused_on_a_page();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_02_nothing_is_redirected_before_the_client_is_known() {
    let rp = Rp::known("strict").await;
    let person = somebody().await;
    let good = rp.ask("openid").pkce();
    for bad in [
        good.clone().without("client_id"),
        good.clone().with("client_id", ""),
        good.clone().with("client_id", "nobody"),
        good.clone().with("client_id", "STRICT"),
        good.clone().with("client_id", "strict "),
        good.clone().with("client_id", "mod-auth-cas"),
        good.clone()
            .with("client_id", "\"><script>alert(1)</script>"),
        good.clone().without("redirect_uri"),
        // An error that would be told to a client otherwise.
        good.clone()
            .with("client_id", "nobody")
            .with("response_type", "token"),
        good.clone()
            .with("client_id", "nobody")
            .with("prompt", "none"),
    ] {
        let visit = person.open(&rp.authorize_url(&bad)).await;
        let page = visit.assert_refused_on_a_page();
        assert!(page.location().is_none());
        assert!(!page.body.contains("<script>alert"), "not escaped");
        // A browser takes the last that it knows; neither tells another site anything.
        let referrer = page.header(header::REFERRER_POLICY).unwrap_or_default();
        assert!(
            ["no-referrer", "no-referrer, same-origin"].contains(&referrer),
            "{referrer}"
        );
    }
    // Whom the operator has put out of service is unknown.
    let disabled = "[[service]]\nid = \"closed\"\nname = \"Fermé\"\nenabled = false\naccess = [{}]\n\
         [service.oidc]\nsecret = \"un-secret-bien-assez-long-pour-cela\"\n[service.oidc.client]\n\
         redirect_uris = [\"https://rp.essais.example/callback\"]\nscope = \"openid\"\n";
    world().await.hub.apply("closed.toml", disabled);
    let ask = good.with("client_id", "closed");
    let visit = person.open(&rp.authorize_url(&ask)).await;
    visit.assert_refused_on_a_page();
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_03_what_comes_twice_or_in_two_places_is_refused() {
    let rp = Rp::known("strict").await;
    let person = somebody().await;
    let good = rp.ask("openid").pkce();
    for (name, value) in good.fields.pairs() {
        for again in [value, "other"] {
            let fields = good.fields.clone().and(name, again);
            let visit = person.open(&rp.authorize_url_of(&fields)).await;
            assert_eq!(visit.shown, [], "{name} twice");
            match &visit.end {
                crate::person::End::Page(page) => assert!(page.status.is_client_error(), "{name}"),
                crate::person::End::Back(reply) => {
                    assert_eq!(reply.to, CALLBACK, "{name}");
                    checks::refused_anywhere(reply, &["invalid_request"]);
                }
            }
            let mut headers = Vec::new();
            let fields = rp.authenticated(fields, &mut headers);
            let url = rp.endpoint(PAR);
            let answer = rp.send(Method::POST, &url, &headers, Some(&fields)).await;
            checks::json_error(&answer, &[400], &["invalid_request"]);
        }
    }
    // Half in the address, half in the body.
    let endpoint = rp.endpoint("authorization_endpoint");
    let half = format!("{endpoint}?client_id={}", rp.id);
    let rest = good.fields.clone().without("client_id");
    let visit = person.posted_from_a_client(&half, &rest).await;
    visit.assert_refused_on_a_page();
    // What stands in the address beside a whole body is not looked at, where it is no error.
    let more = format!("{endpoint}?client_id=basic&state=other&prompt=none");
    let visit = person.posted_from_a_client(&more, &good.fields).await;
    match &visit.end {
        crate::person::End::Page(page) => assert!(page.status.is_client_error()),
        crate::person::End::Back(_) => {
            rp.granted(&visit, &good);
        }
    }

    let (code, ask) = super::code(&rp).await;
    let fields = rp.code_fields(&code, &ask);
    for (name, value) in fields.pairs() {
        let mut headers = Vec::new();
        let twice = rp.authenticated(fields.clone().and(name, value), &mut headers);
        let answer = super::post_raw(&rp, &twice, &headers).await;
        checks::json_error(&answer, &[400], &["invalid_request"]);
    }
    let mut headers = Vec::new();
    let body = rp.authenticated(fields.clone().without("code"), &mut headers);
    let url = format!("{}?code={code}", rp.endpoint("token_endpoint"));
    let answer = rp.send(Method::POST, &url, &headers, Some(&body)).await;
    checks::json_error(&answer, &[400], &["invalid_request"]);
    // None of all that has spent the code.
    checks::tokens(&rp.redeem(&code, &ask).await, &rp);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_03_what_is_too_long_is_refused() {
    let rp = Rp::known("strict").await;
    let person = somebody().await;
    for (name, length) in [
        ("state", 20_000),
        ("nonce", 20_000),
        ("scope", 20_000),
        ("x", 20_000),
    ] {
        let ask = rp.ask("openid").pkce().with(name, "a".repeat(length));
        let answer = person.visitor.get(rp.authorize_url(&ask)).await;
        let status = answer.status;
        let told = answer
            .location()
            .is_some_and(|to| to.as_str().contains("error="));
        assert!(status.is_client_error() || told, "{name}: {status}");
        let answer = rp.push(&ask).await;
        assert!(answer.status.is_client_error(), "{name}: {}", answer.status);
    }
    let many = (0..200).fold(rp.ask("openid").pkce().fields, |fields, number| {
        fields.and(&format!("p{number}"), "1")
    });
    let answer = person.visitor.get(rp.authorize_url_of(&many)).await;
    assert!(!crate::person::has_password(&answer), "{}", answer.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_07_every_answer_says_who_gave_it() {
    let rp = Rp::known("strict").await;
    assert_eq!(
        rp.metadata["authorization_response_iss_parameter_supported"],
        true
    );
    let person = somebody().await;
    for (mode, expected) in [
        (None, Mode::Query),
        (Some("query"), Mode::Query),
        (Some("fragment"), Mode::Fragment),
        (Some("form_post"), Mode::FormPost),
    ] {
        let ask = || {
            let ask = rp.ask("openid").pkce();
            match mode {
                Some(mode) => ask.with("response_mode", mode),
                None => ask,
            }
        };
        // `granted` and `refused` look for `iss` themselves.
        let good = ask();
        let visit = person.open(&rp.authorize_url(&good)).await;
        rp.granted(&visit, &good);
        assert_eq!(visit.reply().mode, expected);
        for bad in [
            ask().with("prompt", "none login"),
            ask().with("max_age", "soon"),
        ] {
            let visit = person.open(&rp.authorize_url(&bad)).await;
            checks::refused(&visit, &rp, &bad, &["invalid_request"]);
        }
        let elsewhere = person.elsewhere();
        let silent = ask().with("prompt", "none");
        let visit = elsewhere.open(&rp.authorize_url(&silent)).await;
        checks::refused(&visit, &rp, &silent, &checks::PAGE_NEEDED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_19_pages_and_answers_escape_what_a_request_brings() {
    let rp = Rp::known("strict").await;
    let person = somebody().await;
    let nasty = "'\"></form><script>alert(1)</script><!--\u{202e}\u{0}";
    let nasty = nasty.replace('\u{0}', "");
    for name in [
        "client_id",
        "redirect_uri",
        "scope",
        "response_type",
        "prompt",
        "claims",
    ] {
        let ask = rp.ask("openid").pkce().with(name, nasty.as_str());
        let visit = person.look(&rp.authorize_url(&ask)).await;
        for answer in &visit.answers {
            assert!(
                !answer.body.contains("<script>alert"),
                "{name} on {}",
                answer.url
            );
        }
    }
    for name in ["login_hint", "state", "nonce", "ui_locales"] {
        let ask = rp
            .ask("openid")
            .pkce()
            .with("response_mode", "form_post")
            .with(name, nasty.as_str());
        let visit = person.elsewhere().look(&rp.authorize_url(&ask)).await;
        for answer in &visit.answers {
            assert!(
                !answer.body.contains("<script>alert"),
                "{name} on {}",
                answer.url
            );
        }
        let visit = person.open(&rp.authorize_url(&ask)).await;
        for answer in &visit.answers {
            assert!(
                !answer.body.contains("<script>alert"),
                "{name} on {}",
                answer.url
            );
        }
        rp.granted(&visit, &ask);
    }
    // In a header a line break would start another one.
    let ask = rp
        .ask("openid")
        .pkce()
        .with("state", "a\r\nSet-Cookie: b=c");
    let visit = person.open(&rp.authorize_url(&ask)).await;
    for answer in &visit.answers {
        let cookies = answer.headers.get_all(header::SET_COOKIE).iter();
        assert!(
            !cookies
                .into_iter()
                .any(|cookie| cookie.as_bytes().starts_with(b"b=c"))
        );
    }
    // An error is found again in the log: its reference stands on the page.
    let ask = rp
        .ask("openid")
        .with("client_id", format!("nobody-{}", jose::random(6)));
    let page = person.open(&rp.authorize_url(&ask)).await.page().text();
    let reference = page
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .find(|word| word.len() == 9 && word.chars().nth(4) == Some('-'));
    let reference = reference.unwrap_or_else(|| panic!("no reference: {page}"));
    world().await.hub.logged(reference).await;
}
