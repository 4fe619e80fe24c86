//! What may be changed on the way from request to answer: nothing. OIDC-06, 18.

use clau_tests::support::form::Form;
use clau_tests::support::http::Visitor;
use reqwest::header;
use reqwest::{Method, StatusCode};

use crate::checks;
use crate::client::{Ask, Rp};
use crate::fields::Fields;
use crate::jose;
use crate::modules::somebody;
use crate::person::{End, Person, Shown, Visit, is_consent};
use crate::world::{PASSWORD, world};

#[tokio::test(flavor = "multi_thread")]
async fn oidc_06_each_client_has_its_list_of_what_it_may() {
    let rp = Rp::known("strict").await;
    let person = somebody().await;
    person.sign_in().await;
    let offered = rp.metadata["grant_types_supported"].to_string();
    for grant in ["password", "implicit"] {
        assert!(
            !offered.contains(&format!("\"{grant}\"")),
            "{grant} is offered"
        );
        let fields = Fields::of(&[
            ("grant_type", grant),
            ("username", &person.login),
            ("password", PASSWORD),
        ]);
        let answer = rp.ask_for_tokens(fields).await;
        checks::json_error(&answer, &[400], &["unsupported_grant_type"]);
    }
    for (grant, name) in [
        ("client_credentials", "scope"),
        (
            "urn:ietf:params:oauth:grant-type:device_code",
            "device_code",
        ),
        (
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token",
        ),
    ] {
        let fields = Fields::of(&[("grant_type", grant), (name, "openid")]);
        let answer = rp.ask_for_tokens(fields).await;
        checks::json_error(&answer, &[400], &["unauthorized_client"]);
    }
    // A response type and a response mode that others may have.
    let ask = rp
        .ask("openid")
        .pkce()
        .with("response_type", "code id_token");
    let visit = person.open(&rp.authorize_url(&ask)).await;
    checks::refused(
        &visit,
        &rp,
        &ask,
        &["unauthorized_client", "unsupported_response_type"],
    );
    let rp = Rp::known("query-only").await;
    for mode in ["form_post", "fragment", "jwt", "web_message"] {
        let ask = rp.ask("openid").pkce().with("response_mode", mode);
        let visit = person.open(&rp.authorize_url(&ask)).await;
        assert_eq!(visit.shown, [], "{mode}");
        let expected = ["unauthorized_client", "invalid_request"];
        checks::refused_anywhere(visit.reply(), &expected);
    }
    // A scope that is not registered is left out, and the answer says so.
    let ask = rp.ask("openid admin").pkce();
    let visit = person.open(&rp.authorize_url(&ask)).await;
    let code = rp.granted(&visit, &ask);
    assert_eq!(rp.tokens(&code, &ask).await.scope, "openid");
}

/// Panics unless a walk ended nowhere, or with the answer to one of these requests, as it was made.
fn only_what_was_asked(visit: &Visit, asks: &[(&Rp, &Ask)], what: &str) {
    let End::Back(reply) = &visit.end else {
        return;
    };
    let fits = asks
        .iter()
        .any(|(rp, ask)| reply.to == rp.redirect_uri && reply.fields.value("state") == ask.state());
    assert!(fits, "{what} leads elsewhere: {reply:?}");
}

/// The form of the page on which somebody stands.
async fn form_of(person: &Person, url: &str) -> (Form, Visit) {
    let visit = person.look(url).await;
    let page = visit.page();
    let form = page
        .forms()
        .into_iter()
        .find(|form| form.has("password") || is_consent(form));
    let form = form.unwrap_or_else(|| panic!("no form: {}", page.text()));
    (form, visit)
}

/// Fields that would say more than was asked for, added to a form and to its address.
fn greedy(form: &Form) -> Vec<Form> {
    let evil = [
        ("client_id", "basic"),
        ("redirect_uri", "https://evil.example/"),
        ("scope", "openid email phone address ent offline_access"),
        ("response_type", "code id_token"),
        ("response_mode", "fragment"),
        ("state", "other"),
        ("nonce", "other"),
        ("prompt", "none"),
        ("code_challenge", "other"),
    ];
    let in_body = evil
        .iter()
        .fold(form.clone(), |form, (name, value)| form.with(name, value));
    let mut in_address = form.clone();
    in_address.action.query_pairs_mut().extend_pairs(evil);
    vec![in_body, in_address]
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_06_a_request_is_the_same_at_the_end_as_at_the_start() {
    let (rp, other) = (Rp::known("asking").await, Rp::known("strict").await);
    // At login, then at consent: first with more than the form has, then with each field spoilt.
    for stage in [Shown::Login, Shown::Consent] {
        let ask = rp.ask("openid").pkce();
        let person = somebody().await;
        if stage == Shown::Consent {
            person.sign_in().await;
        }
        let (form, _) = form_of(&person, &rp.authorize_url(&ask)).await;
        for greedy in greedy(&fill(form.clone(), &person, stage)) {
            let person = Person::new(person.world, person.login.clone(), person.visitor.copy());
            let answer = person.visitor.submit(&greedy).await;
            let visit = person.go_on(answer, true).await;
            if let End::Back(_) = &visit.end {
                let code = rp.granted(&visit, &ask);
                let tokens = rp.tokens(&code, &ask).await;
                assert_eq!(tokens.scope, "openid", "{stage:?}");
            }
        }

        // The fields of somebody else's request, for another client, on this page.
        let stranger = somebody().await;
        if stage == Shown::Consent {
            stranger.sign_in().await;
        }
        let theirs = rp.ask("openid").pkce();
        let (their_form, _) = form_of(&stranger, &rp.authorize_url(&theirs)).await;
        let own = [(&rp, &ask)];
        for (name, _) in form.fields.clone() {
            for value in ["", "x", their_form.value(&name).unwrap_or("y")] {
                let person = Person::new(person.world, person.login.clone(), person.visitor.copy());
                let spoilt = fill(form.clone(), &person, stage).with(&name, value);
                let answer = person.visitor.submit(&spoilt).await;
                let visit = person.go_on(answer, false).await;
                only_what_was_asked(&visit, &own, &format!("{name}={value} at {stage:?}"));
            }
        }
        // Their whole form in this browser, and this form in theirs.
        let answer = person
            .visitor
            .submit(&fill(their_form, &person, stage))
            .await;
        let visit = person.go_on(answer, false).await;
        only_what_was_asked(&visit, &own, "a stranger's form");
        let answer = stranger.visitor.submit(&fill(form, &stranger, stage)).await;
        let visit = stranger.go_on(answer, false).await;
        only_what_was_asked(&visit, &[(&rp, &theirs)], "a form in a stranger's browser");
    }

    // Addresses that were seen on the way, with parameters added.
    let person = somebody().await;
    let ask = other.ask("openid").pkce();
    let (_, seen) = form_of(&person, &other.authorize_url(&ask)).await;
    person.sign_in().await;
    for answer in &seen.answers {
        let mut url = answer.url.clone();
        url.query_pairs_mut()
            .append_pair("client_id", "basic")
            .append_pair("redirect_uri", "https://evil.example/");
        let visit = person.look(url.as_str()).await;
        only_what_was_asked(&visit, &[(&other, &ask)], url.as_str());
    }
}

/// A form as an honest person sends it.
fn fill(form: Form, person: &Person, stage: Shown) -> Form {
    match stage {
        Shown::Login => form
            .with("username", &person.login)
            .with("password", PASSWORD),
        Shown::Consent => form.pressed(0),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_06_a_request_that_was_left_is_not_taken_up_by_somebody_else() {
    let rp = Rp::known("strict").await;
    let (victim, attacker) = (somebody().await, somebody().await);
    let ask = rp.ask("openid").pkce();
    let seen = attacker.look(&rp.authorize_url(&ask)).await;
    victim.sign_in().await;
    for answer in &seen.answers {
        // The address that starts it all belongs to nobody; what comes after it to one browser.
        if answer.url.path().ends_with("/authorize") {
            continue;
        }
        let visit = victim.look(answer.url.as_str()).await;
        if let End::Back(reply) = &visit.end {
            assert!(
                reply.fields.value("code").is_none(),
                "{} gives a code for somebody else's request",
                answer.url
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_18_consent_is_given_on_the_page_that_asks_and_nowhere_else() {
    let rp = Rp::known("asking").await;
    let person = somebody().await;
    person.sign_in().await;
    let ask = rp.ask("openid profile").pkce();
    let (form, visit) = form_of(&person, &rp.authorize_url(&ask)).await;
    let page = visit.page();
    assert!(page.text().contains("Service asking"), "{}", page.text());
    let caching = page.header(header::CACHE_CONTROL).unwrap_or_default();
    assert!(caching.contains("no-store"), "{caching}");
    let policy = page
        .header(header::CONTENT_SECURITY_POLICY)
        .unwrap_or_default();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(form.buttons.len(), 2, "yes and no");

    let yes = form.clone().pressed(0);
    let fields: Vec<(&str, &str)> = yes
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let own = world().await.issuer();
    let foreign = [(header::ORIGIN, "https://evil.example")];
    let answer = person.visitor.post(&yes.action, &fields, &foreign).await;
    assert!(
        answer.location().is_none(),
        "from another site: {:?}",
        answer.location()
    );
    // `back` says where a change of language leads, and nothing else.
    let needed = form.fields.iter().filter(|(name, _)| name != "back");
    for (missing, _) in needed {
        let rest: Vec<_> = fields
            .iter()
            .copied()
            .filter(|(name, _)| name != missing)
            .collect();
        let headers = [(header::ORIGIN, own.as_str())];
        let answer = person
            .copy()
            .visitor
            .post(&yes.action, &rest, &headers)
            .await;
        let to = answer.location().map(String::from).unwrap_or_default();
        assert!(!to.contains("code="), "without {missing}");
    }
    // Nobody without the session of this browser can say yes.
    let stranger = Visitor::new();
    let answer = stranger.submit(&yes).await;
    let to = answer.location().map(String::from).unwrap_or_default();
    assert!(!to.starts_with("https://rp.essais.example"), "{to}");

    // Yes is remembered for this client and these scopes, and no further.
    let answer = person.visitor.submit(&yes).await;
    let visit = person.go_on(answer, true).await;
    rp.granted(&visit, &ask);
    // Once only.
    let answer = person.visitor.submit(&yes).await;
    let visit = person.go_on(answer, false).await;
    assert!(!matches!(&visit.end, End::Back(reply) if reply.fields.value("code").is_some()));
    let again = rp.ask("openid profile").pkce().with("prompt", "none");
    rp.granted(&person.open(&rp.authorize_url(&again)).await, &again);
    let more = rp.ask("openid profile email").pkce().with("prompt", "none");
    let visit = person.open(&rp.authorize_url(&more)).await;
    checks::refused(
        &visit,
        &rp,
        &more,
        &["consent_required", "interaction_required"],
    );
    let asked = rp.ask("openid").pkce().with("prompt", "consent");
    let visit = person.open(&rp.authorize_url(&asked)).await;
    assert_eq!(visit.shown, [Shown::Consent]);

    // What was given is seen and taken back on the account page.
    let account = person
        .visitor
        .follow(world().await.hub.url("/account"))
        .await;
    assert!(
        account.text().contains("Service asking"),
        "{}",
        account.text()
    );
    let revoke = account
        .forms()
        .into_iter()
        .find(|form| form.action.path() == "/account/grants/revoke");
    let revoke = revoke.unwrap_or_else(|| panic!("no way back: {}", account.text()));
    let code = rp.granted(&visit, &asked);
    let tokens = rp.tokens(&code, &asked).await;
    let answer = person.visitor.submit(&revoke).await;
    person.visitor.follow_on(answer).await;
    assert!(
        !rp.is_good(&tokens.access_token).await,
        "a token outlives the grant"
    );
    let again = rp.ask("openid").pkce().with("prompt", "none");
    let visit = person.open(&rp.authorize_url(&again)).await;
    checks::refused(
        &visit,
        &rp,
        &again,
        &["consent_required", "interaction_required"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_18_pupils_are_never_asked() {
    let rp = Rp::known("asking").await;
    let pupil = world().await.pupil();
    for prompt in [None, Some("consent")] {
        let mut ask = rp.ask("openid profile").pkce();
        if let Some(prompt) = prompt {
            ask = ask.with("prompt", prompt);
        }
        let visit = pupil.open(&rp.authorize_url(&ask)).await;
        assert!(!visit.shown.contains(&Shown::Consent), "a pupil is asked");
        let reply = visit.reply();
        if reply.fields.value("code").is_none() {
            checks::refused(&visit, &rp, &ask, &["access_denied", "consent_required"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_06_methods_that_an_endpoint_does_not_know_are_refused() {
    let rp = Rp::known("strict").await;
    for endpoint in [
        "token_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
    ] {
        let url = format!("{}?token={}", rp.endpoint(endpoint), jose::random(20));
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = rp.send(method.clone(), &url, &vec![], None).await;
            assert_eq!(
                answer.status,
                StatusCode::METHOD_NOT_ALLOWED,
                "{method} {endpoint}"
            );
        }
    }
}
