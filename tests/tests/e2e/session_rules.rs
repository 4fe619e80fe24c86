//! The security rules of sessions and passwords (`SES-…`, `PWD-…`), seen from outside.

use std::time::Duration;

use clau_tests::support::http::{Answer, Visitor};
use clau_tests::support::hub::{Hub, Stores};
use clau_tests::support::process::eventually;
use reqwest::header::{self, HeaderName};
use reqwest::{StatusCode, Url};

use crate::scene::{LOGOUT_LIMIT, PUPIL, SERVICE, TEACHER, region, setup, shared_stores, ticket};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

async fn hub() -> Hub {
    setup(Stores::Embedded).applying(region()).start().await
}

async fn is_signed_in(hub: &Hub, visitor: &Visitor) -> bool {
    let page = visitor.follow(hub.url("/account")).await;
    page.status == StatusCode::OK && !page.forms().iter().any(|form| form.has("password"))
}

fn set_cookies(answer: &Answer) -> Vec<String> {
    answer
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok().map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_01_cookies_are_bound_to_this_host_and_out_of_reach() {
    let hub = hub().await;
    let visitor = Visitor::new();
    let page = visitor.follow(hub.url("/login")).await;
    let form = page
        .form_with("password")
        .with("username", PUPIL.0)
        .with("password", PUPIL.1);
    let answer = visitor.submit(&form).await;
    let cookies = set_cookies(&answer);
    assert!(!cookies.is_empty());
    for cookie in cookies.iter().chain(&set_cookies(&page)) {
        let lower = cookie.to_ascii_lowercase();
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for attribute in ["; secure", "; httponly", "; samesite=", "; path=/"] {
            assert!(lower.contains(attribute), "{cookie} lacks{attribute}");
        }
        assert!(!lower.contains("; domain"), "{cookie}");
    }
    let session = cookies
        .iter()
        .filter(|cookie| cookie.to_ascii_lowercase().contains("samesite=lax"));
    assert!(session.count() >= 1, "{cookies:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_02_each_login_gives_a_new_session_and_ends_the_old_one() {
    let hub = hub().await;
    let visitor = Visitor::new();
    // Fixation: cookies from before the login sign nobody in.
    visitor.follow(hub.url("/login")).await;
    let before = visitor.copy();
    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    assert!(!is_signed_in(&hub, &before).await);

    let old = visitor.copy();
    assert!(is_signed_in(&hub, &old).await);
    let renew = Url::parse_with_params(
        &hub.url("/cas/login"),
        [("service", SERVICE), ("renew", "true")],
    )
    .expect("our own address");
    let answer = hub
        .log_in_at(&visitor, renew.as_str(), PUPIL.0, PUPIL.1)
        .await;
    visitor.follow_on_within(answer).await;
    assert!(is_signed_in(&hub, &visitor).await);
    assert!(
        !is_signed_in(&hub, &old).await,
        "the session from before the second login lives on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_03_a_login_belongs_to_the_browser_that_began_it() {
    let hub = hub().await;
    let (victim, attacker) = (Visitor::new(), Visitor::new());
    let page = attacker.follow(hub.cas_login(SERVICE)).await;
    let form = page
        .form_with("password")
        .with("username", PUPIL.0)
        .with("password", PUPIL.1);
    // The attacker's form, filled in and sent by somebody else's browser, fresh or with a login of its own.
    for prepared in [false, true] {
        if prepared {
            victim.follow(hub.url("/login")).await;
        }
        let answer = victim.submit(&form).await;
        let answer = victim.follow_on_within(answer).await;
        assert_eq!(answer.location_parameter("ticket"), None);
        assert!(!is_signed_in(&hub, &victim).await);
    }
    assert!(!is_signed_in(&hub, &attacker).await);
    // Nor does the page's address help: nothing in it is a key.
    assert!(!is_signed_in(&hub, &Visitor::new()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_06_who_signs_in_over_somebody_ends_them_first() {
    let hub = hub().await;
    let visitor = Visitor::new();
    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    let pupil = visitor.copy();
    let renew = Url::parse_with_params(
        &hub.url("/cas/login"),
        [("service", SERVICE), ("renew", "true")],
    )
    .expect("our own address");
    let answer = hub
        .log_in_at(&visitor, renew.as_str(), TEACHER.0, TEACHER.1)
        .await;
    visitor.follow_on_within(answer).await;
    assert!(is_signed_in(&hub, &visitor).await);
    assert!(!is_signed_in(&hub, &pupil).await);
    for page in ["/", "/account"] {
        let text = visitor.follow(hub.url(page)).await.text();
        assert!(
            text.contains("Dufour") && !text.contains("Martin"),
            "{page}: {text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_07_a_locked_account_is_out_at_once() {
    let hub = hub().await;
    let visitor = Visitor::new();
    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    let under_way = ticket(&hub, &visitor, SERVICE).await;
    hub.run(&["accounts", "lock", PUPIL.0, "--because", "essai"]);
    eventually("the session is over", LOGOUT_LIMIT, async || {
        (!is_signed_in(&hub, &visitor).await).then_some(())
    })
    .await;
    let url = format!("/cas/serviceValidate?service={SERVICE}&ticket={under_way}");
    let body = Visitor::new().get(hub.url(&url)).await.body;
    assert!(body.contains("authenticationFailure"), "{body}");
    hub.run(&["accounts", "unlock", PUPIL.0]);
    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_08_a_logout_on_one_node_is_known_to_the_other_within_ten_seconds() {
    let stores = shared_stores();
    let hub = setup(stores).nodes(2).applying(region()).start().await;
    let here = hub.visitor_at(0);
    hub.signed_in(&here, PUPIL.0, PUPIL.1).await;
    let there = hub.move_to(&here, 1);
    // Whatever the other node keeps in mind of this session, it has it now.
    assert!(is_signed_in(&hub, &there).await);
    hub.log_out(&here).await;
    eventually(
        "the other node knows",
        Duration::from_secs(10),
        async || (!is_signed_in(&hub, &there).await).then_some(()),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_05_one_password_over_many_accounts_is_noticed() {
    let hub = hub().await;
    let everybody: String = (0..30)
        .map(|number| {
            format!(
                "[[person]]\nlogin = \"personne{number}\"\ngiven_name = \"Personne\"\n\
                 family_name = \"Numéro {number}\"\n\
                 affiliation = [{{ structure = \"0310999T\", profile = \"National_ELV\" }}]\n"
            )
        })
        .collect();
    hub.apply("everybody.toml", &everybody);
    let before = sprays(&hub).await;
    let visitor = Visitor::new();
    for number in 0..30 {
        let login = format!("personne{number}");
        hub.log_in(&visitor, &login, "toulouse-2026-toulouse").await;
    }
    assert!(
        sprays(&hub).await > before,
        "thirty accounts, one password, and nobody notices"
    );
}

/// How many times the hub has noticed one password tried on many accounts.
async fn sprays(hub: &Hub) -> f64 {
    let metrics = hub.metrics(0).await;
    let line = metrics
        .lines()
        .find(|line| line.starts_with("clau_password_sprays_total"));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap_or(0.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_09_nothing_changes_at_another_sites_wish() {
    let hub = hub().await;
    let visitor = Visitor::new();
    let page = visitor.follow(hub.url("/login")).await;
    let form = page
        .form_with("password")
        .with("username", PUPIL.0)
        .with("password", PUPIL.1);
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let own_origin = hub.url("");
    let foreign: [&[(HeaderName, &str)]; 3] = [
        &[(header::ORIGIN, "https://evil.example")],
        &[
            (SEC_FETCH_SITE, "cross-site"),
            (header::ORIGIN, "https://evil.example"),
        ],
        &[(header::ORIGIN, "null")],
    ];
    for headers in foreign {
        let answer = visitor.post(&form.action, &fields, headers).await;
        assert!(
            !answer.status.is_success() || answer.location().is_none(),
            "{headers:?}"
        );
        assert!(!is_signed_in(&hub, &visitor).await, "{headers:?}");
    }
    // The right origin without the token of the form.
    let tokenless: Vec<(&str, &str)> = fields
        .iter()
        .copied()
        .filter(|(name, _)| *name != "csrf")
        .collect();
    visitor
        .post(&form.action, &tokenless, &[(header::ORIGIN, &own_origin)])
        .await;
    assert!(!is_signed_in(&hub, &visitor).await);

    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    let confirmation = visitor.follow(hub.url("/logout")).await;
    assert!(is_signed_in(&hub, &visitor).await, "a GET signs people out");
    let form = confirmation
        .forms()
        .into_iter()
        .find(|form| form.action.path().contains("logout"))
        .expect("a form to sign out");
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    for headers in foreign {
        visitor.post(&form.action, &fields, headers).await;
    }
    visitor
        .post(&form.action, &[], &[(header::ORIGIN, &own_origin)])
        .await;
    assert!(
        is_signed_in(&hub, &visitor).await,
        "another site signs people out"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_10_shared_computers_keep_nothing() {
    let hub = hub().await;
    let visitor = Visitor::new();
    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    for page in ["/", "/account", "/logout"] {
        let answer = visitor.get(hub.url(page)).await;
        let caching = answer.header(header::CACHE_CONTROL).unwrap_or_default();
        assert!(caching.contains("no-store"), "{page}: {caching}");
    }
    let confirmation = visitor.follow(hub.url("/logout")).await;
    let form = confirmation
        .forms()
        .into_iter()
        .find(|form| form.action.path().contains("logout"))
        .expect("a form to sign out");
    let answer = visitor.submit(&form).await;
    let cleared = answer
        .header(HeaderName::from_static("clear-site-data"))
        .unwrap_or_default();
    assert!(
        cleared.contains("\"cache\"") && cleared.contains("\"storage\""),
        "{cleared}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_11_people_see_their_sessions_and_end_the_others() {
    let hub = hub().await;
    let (here, there) = (Visitor::new(), Visitor::new());
    hub.signed_in(&here, PUPIL.0, PUPIL.1).await;
    hub.signed_in(&there, PUPIL.0, PUPIL.1).await;
    let page = here.follow(hub.url("/account")).await;
    let others = page
        .forms()
        .into_iter()
        .find(|form| form.action.path().ends_with("/sessions/end-others"))
        .unwrap_or_else(|| panic!("no way to end the other sessions: {}", page.text()));
    let answer = here.submit(&others).await;
    let page = here.follow_on(answer).await;
    // Ending sessions may ask who it is once more.
    if let Some(form) = page.forms().into_iter().find(|form| form.has("password")) {
        let answer = here
            .submit(&form.with("username", PUPIL.0).with("password", PUPIL.1))
            .await;
        here.follow_on(answer).await;
    }
    assert!(is_signed_in(&hub, &here).await);
    assert!(!is_signed_in(&hub, &there).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_06_a_wrong_login_looks_like_a_wrong_password() {
    let hub = hub().await;
    hub.run(&["accounts", "lock", TEACHER.0, "--because", "essai"]);
    let mut answers = Vec::new();
    for (login, password) in [
        (PUPIL.0, "pas-le-bon-mot-de-passe"),
        ("personne.inconnue", "pas-le-bon-mot-de-passe"),
        (TEACHER.0, "pas-le-bon-mot-de-passe"),
        (TEACHER.0, TEACHER.1),
    ] {
        let visitor = Visitor::new();
        let answer = hub.log_in(&visitor, login, password).await;
        let answer = visitor.follow_on(answer).await;
        let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        headers.dedup();
        answers.push((
            answer.status,
            answer.text().replace(login, "LOGIN"),
            headers,
        ));
    }
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_08_activation_codes_are_throttled_like_passwords() {
    let hub = hub().await;
    // Codes are typed where passwords are: the same page, the same limits, the same words.
    let (mut slowed, mut tries) = (false, 0);
    while !slowed && tries < 40 {
        tries += 1;
        let visitor = Visitor::new();
        let answer = hub.log_in(&visitor, PUPIL.0, "AAAA-BBBB-CCCC").await;
        let answer = visitor.follow_on(answer).await;
        slowed = answer.status == StatusCode::TOO_MANY_REQUESTS
            || answer.header(header::RETRY_AFTER).is_some();
    }
    assert!(slowed, "forty guesses in a row and nobody slows them down");
}
