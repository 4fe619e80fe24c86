//! The authorization endpoint as browsers meet it: pages, redirects, forms that send themselves.

use http::StatusCode;

use super::super::scene::{Answer, Browser, Form, Scene};
use super::{
    CALLBACK, HOSTILE, SECRET, address, asked, basic, form_targets, json, parameters, post, scene,
    sign_in_form, text, told,
};

#[tokio::test]
async fn oidc_02_what_cannot_be_trusted_is_answered_on_a_page_with_a_reference() {
    super::super::log::keep();
    let scene = scene().await;
    let mut member = scene.signed_in("paul.durand").await;
    let mut stranger = Browser::default();
    for (changes, cause) in [
        (vec![("client_id", "inconnu")], "invalid_client"),
        (vec![("client_id", "arrete")], "invalid_client"),
        (vec![("client_id", "")], "client_id"),
        (vec![("redirect_uri", "")], "redirect_uri"),
        (
            vec![("redirect_uri", "https://evil.example/canari")],
            "redirect_uri",
        ),
        (
            vec![("redirect_uri", "https://bourses.example/callback?x=1")],
            "redirect_uri",
        ),
        (
            vec![("request_uri", "https://evil.example/canari")],
            "request_uri_not_supported",
        ),
        (
            vec![("request_uri", "urn:ietf:params:oauth:request_uri:canari")],
            "invalid_request_uri",
        ),
        (
            vec![("request", "eyJhbGciOiJub25lIn0.e30.")],
            "invalid_request_object",
        ),
    ] {
        for browser in [&mut member, &mut stranger] {
            let answer = scene.get(browser, &address(&changes)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{changes:?}");
            assert!(answer.location().is_none(), "{changes:?}");
            assert!(answer.header("content-type").starts_with("text/html"));
            assert!(
                answer
                    .body
                    .contains("Nous ne pouvons pas répondre à ce service")
            );
            assert!(answer.forms().is_empty(), "{changes:?}");
            assert_eq!(form_targets(&answer), "");
            let reference = reference(&answer);
            // In words, and none of the words that came. Scenes draw the same references: others' lines
            // may have this one too.
            let log = super::super::log::kept();
            let mut lines = log
                .lines()
                .filter(|line| line.contains(&reference) && line.contains("request_refused"));
            assert!(
                lines.any(|line| line.contains(cause) && !line.contains("canari")),
                "{reference} is not in the log with {cause}"
            );
        }
    }
}

/// What the page tells people to give on the telephone.
fn reference(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("<code>").expect("a reference");
    rest.split('<').next().expect("its end").to_owned()
}

#[tokio::test]
async fn oidc_07_an_answer_leaves_by_303_without_a_trace_and_says_who_gave_it() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let state = "a b&c=d#é\"'<>+%41";
    for changes in [
        vec![("state", state)],
        vec![("state", state), ("response_mode", "fragment")],
        vec![("state", state), ("scope", "reports")],
        vec![("state", state), ("response_type", "token")],
        vec![("state", state), ("prompt", "none"), ("max_age", "0")],
    ] {
        scene.pass_seconds(60);
        let answer = scene.get(&mut paul, &address(&changes)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{changes:?}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.body.is_empty());
        assert!(answer.header("access-control-allow-origin").is_empty());
        let location = answer.location().expect("an address");
        assert!(location.starts_with(CALLBACK), "{location}");
        let told = told(&answer);
        assert_eq!(told["state"], state);
        assert_eq!(told["iss"], "https://ent.example");
        assert_ne!(
            told.contains_key("code"),
            told.contains_key("error"),
            "{told:?}"
        );
    }
    // What stood in the registered address stays there.
    let tenant = [("redirect_uri", "https://bourses.example/tenant?of=1")];
    let answer = scene.get(&mut paul, &address(&tenant)).await;
    let location = answer.location().expect("an address");
    assert!(
        location.starts_with("https://bourses.example/tenant?of=1&code="),
        "{location}"
    );
}

#[tokio::test]
async fn oidc_13_without_a_page_nothing_is_shown_and_nothing_is_set() {
    let scene = scene().await;
    let mut stranger = Browser::default();
    for mode in ["query", "fragment"] {
        let silent = address(&[
            ("prompt", "none"),
            ("response_mode", mode),
            ("ui_locales", "oc"),
        ]);
        let answer = scene.get(&mut stranger, &silent).await;
        assert_eq!(told(&answer)["error"], "login_required");
        assert!(answer.header("set-cookie").is_empty(), "{mode}");
    }
    // A form that sends itself is a page that nobody reads.
    let silent = address(&[("prompt", "none"), ("response_mode", "form_post")]);
    let answer = scene.get(&mut stranger, &silent).await;
    assert_eq!(answer.form(CALLBACK).value("error"), Some("login_required"));
    assert!(answer.header("set-cookie").is_empty());
}

#[tokio::test]
async fn oidc_19_form_post_escapes_all_and_posts_to_the_registered_address() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let state = "\"><script>alert(1)</script>'&amp;\u{e9}</form>";
    let asking = address(&[
        ("client_id", "hostile"),
        ("redirect_uri", "https://hostile.example/callback"),
        ("response_mode", "form_post"),
        ("state", state),
    ]);
    // The name of the service, on the page that asks.
    let question = scene.get(&mut paul, &asking).await;
    assert_is_text(&question);
    assert!(question.body.contains("alert("), "the name is shown");
    assert_eq!(form_targets(&question), "https://hostile.example");
    let decided = question.form("/oidc/consent").with("decision", "allow");
    // On the page that leads on, and on that of a refusal.
    let page = scene.submit(&mut paul, &decided).await;
    let refused = address(&[
        ("client_id", "hostile"),
        ("redirect_uri", "https://hostile.example/callback"),
        ("response_mode", "form_post"),
        ("state", state),
        ("prompt", "none"),
        ("max_age", "0"),
    ]);
    scene.pass_seconds(60);
    let refused = scene.get(&mut paul, &refused).await;
    for (page, expected) in [(&page, "code"), (&refused, "error")] {
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert_is_text(page);
        assert_eq!(form_targets(page), "https://hostile.example");
        assert!(
            page.header("content-security-policy")
                .contains("script-src 'self'")
        );
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store");
        let forms = page.forms();
        assert_eq!(forms.len(), 1, "{}", page.body);
        let form = page.form("https://hostile.example/callback");
        assert_eq!(form.value("state"), Some(state));
        assert_eq!(form.value("iss"), Some("https://ent.example"));
        assert!(form.value(expected).is_some(), "{}", page.body);
        // Nothing of ours travels along.
        let mut names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
        names.retain(|name| !["code", "error", "error_description", "state", "iss"].contains(name));
        assert!(names.is_empty(), "{names:?}");
    }
}

/// No word of a stranger became an element.
fn assert_is_text(page: &Answer) {
    assert!(!page.body.contains("<script>") && !page.body.contains(HOSTILE));
    assert_eq!(
        page.body.matches("<form").count(),
        page.body.matches("</form>").count(),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_hybrid_answer_never_stands_in_a_query() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let hybrid = address(&[("response_type", "code id_token")]);
    let location = scene.get(&mut paul, &hybrid).await.location();
    let location = location.expect("an address");
    assert!(
        location.starts_with(&format!("{CALLBACK}#code=")),
        "{location}"
    );
    assert!(parameters(&location).contains_key("id_token"));
    let posted = address(&[
        ("response_type", "code id_token"),
        ("response_mode", "form_post"),
    ]);
    let page = scene.get(&mut paul, &posted).await;
    assert!(page.form(CALLBACK).value("id_token").is_some());
}

#[tokio::test]
async fn a_form_of_another_site_asks_as_an_address_does() {
    let scene = scene().await;
    let state = "a b&c=\"é";
    let list = asked(&[("state", state)]);
    let form = Form {
        action: "/oidc/authorize".to_owned(),
        fields: list.clone(),
    };
    // The cookies of whoever is signed in do not come with it; with the address they do.
    let mut without_cookies = Browser::default()
        .with("origin", "https://bourses.example")
        .with("sec-fetch-site", "cross-site");
    let answer = scene.submit(&mut without_cookies, &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(answer.header("set-cookie").is_empty());
    let location = answer.location().expect("an address");
    assert!(location.starts_with("/oidc/authorize?"), "{location}");
    assert_eq!(parameters(&location)["state"], state);
    let mut paul = scene.signed_in("paul.durand").await;
    let told = told(&scene.get(&mut paul, &location).await);
    assert_eq!(told["state"], state);
    assert!(told.contains_key("code"));
}

#[tokio::test]
async fn oidc_03_query_and_form_are_not_mixed_and_no_parameter_counts_twice() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    // What the address of a posted form says is not heard.
    let form = Form {
        action: "/oidc/authorize?client_id=bourses&prompt=login".to_owned(),
        fields: asked(&[("client_id", "")]),
    };
    let answer = scene.submit(&mut paul, &form).await;
    let location = answer.location().expect("an address");
    assert!(!location.contains("client_id") && !location.contains("prompt"));
    let page = scene.get(&mut paul, &location).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    for more in [
        "&client_id=bourses",
        "&state=s",
        "&scope=openid",
        "&unknown=1&unknown=2",
    ] {
        let answer = scene
            .get(&mut paul, &format!("{}{more}", address(&[])))
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{more}");
        assert!(answer.location().is_none(), "{more}");
    }
    let many: String = (0..70).map(|number| format!("&x{number}=")).collect();
    let answer = scene
        .get(&mut paul, &format!("{}{many}", address(&[])))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let json = paul
        .request(http::Method::POST, "/oidc/authorize")
        .header("content-type", "application/json")
        .body(axum::body::Body::from("{}"));
    let answer = scene.send(json.expect("a request")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn web_01_the_pages_of_a_login_allow_where_its_answer_goes_and_nothing_else() {
    let scene = scene().await;
    for (client, uri, target) in [
        ("bourses", CALLBACK, "https://bourses.example"),
        ("telephone", "http://127.0.0.1/cb", "http://127.0.0.1"),
        (
            "telephone",
            "http://127.0.0.1:51004/cb",
            "http://127.0.0.1:51004",
        ),
        ("telephone", "fr.example.app:/cb", "fr.example.app:"),
    ] {
        let asking = address(&[
            ("client_id", client),
            ("redirect_uri", uri),
            ("scope", "openid"),
            ("prompt", "consent"),
        ]);
        let mut browser = Browser::default();
        let page = scene.get(&mut browser, &asking).await;
        assert_eq!(form_targets(&page), target, "{uri}");
        // As after a mistake.
        let wrong = sign_in_form(&page, "paul.durand").with("password", "x");
        let page = scene.submit(&mut browser, &wrong).await;
        assert_eq!(form_targets(&page), target, "{uri}");
        scene.pass_seconds(30);
        let question = scene
            .submit(&mut browser, &sign_in_form(&page, "paul.durand"))
            .await;
        assert_eq!(form_targets(&question), target, "{uri}");
        let decided = question.form("/oidc/consent").with("decision", "allow");
        let answer = scene.submit(&mut browser, &decided).await;
        let location = answer.location().expect("to the client");
        assert!(location.starts_with(&format!("{uri}?code=")), "{location}");
        scene.pass_seconds(30);
    }
}

#[tokio::test]
async fn web_01_an_address_that_no_policy_can_name_is_reached_by_a_link() {
    let scene = scene().await;
    let asking = address(&[
        ("client_id", "telephone"),
        ("redirect_uri", "http://[::1]:51004/cb"),
        ("scope", "openid"),
    ]);
    let mut browser = Browser::default();
    let page = scene.get(&mut browser, &asking).await;
    assert_eq!(form_targets(&page), "");
    let page = scene
        .submit(&mut browser, &sign_in_form(&page, "paul.durand"))
        .await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let link = "<a class=\"main-button\" id=\"onward-link\" href=\"http://[::1]:51004/cb?code=";
    assert!(page.body.contains(link), "{}", page.body);
    let onward = "<meta http-equiv=\"refresh\" content=\"0; url=http://[::1]:51004/cb?code=";
    assert!(page.body.contains(onward), "{}", page.body);
    assert!(browser.session().is_some());
}

#[tokio::test]
async fn whom_a_service_is_not_for_reads_why_and_can_tell_it() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let agenda = [
        ("client_id", "agenda"),
        ("redirect_uri", "https://agenda.example/callback"),
        ("scope", "openid"),
        ("state", "\"><b>"),
    ];
    let page = scene.get(&mut paul, &address(&agenda)).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("Agenda n&#39;est pas ouvert pour vous"));
    let (_, link) = page
        .body
        .split_once("id=\"refused-back\" href=\"")
        .expect("a link");
    let link = link.split('"').next().expect("its end");
    let link = link.replace("&#38;", "&");
    assert!(
        link.starts_with("https://agenda.example/callback?"),
        "{link}"
    );
    assert_eq!(parameters(&link)["error"], "access_denied");
    assert_eq!(parameters(&link)["state"], "\"><b>");
    let by_form = [&agenda[..], &[("response_mode", "form_post")]].concat();
    let page = scene.get(&mut paul, &address(&by_form)).await;
    assert_eq!(form_targets(&page), "https://agenda.example");
    let form = page.form("https://agenda.example/callback");
    assert_eq!(form.value("error"), Some("access_denied"));
    assert_eq!(form.value("state"), Some("\"><b>"));
    assert!(
        form.value("csrf").is_none(),
        "nothing of ours travels along"
    );
}

#[tokio::test]
async fn a_pushed_request_is_spent_by_its_browser_and_answered_once() {
    let scene = scene().await;
    let uri = pushed(&scene, &[("scope", "openid profile")]).await;
    let arrive = format!(
        "/oidc/authorize?{}",
        serde_urlencoded::to_string([
            ("client_id", "bourses"),
            ("request_uri", uri.as_str()),
            // RFC 9126 §4: what stands outside counts for nothing.
            ("scope", "openid email"),
            ("redirect_uri", "https://evil.example/"),
        ])
        .expect("a query")
    );
    let mut browser = Browser::default();
    let answer = scene.get(&mut browser, &arrive).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let on = answer.location().expect("an address");
    assert!(on.starts_with("/oidc/continue?request="), "{on}");
    // The pushed one is gone; another browser has nothing of where this one goes on.
    let answer = scene.get(&mut browser, &arrive).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let mut other = scene.signed_in("lea.martin").await;
    let answer = scene.get(&mut other, &on).await;
    assert_eq!(answer.status, StatusCode::GONE, "{}", answer.body);
    // Two windows of the same browser.
    let first = scene.get(&mut browser, &on).await;
    let second = scene.get(&mut browser, &on).await;
    assert_eq!(form_targets(&first), "https://bourses.example");
    let answer = scene
        .submit(&mut browser, &sign_in_form(&first, "paul.durand"))
        .await;
    assert!(told(&answer).contains_key("code"));
    let late = scene
        .submit(&mut browser, &sign_in_form(&second, "paul.durand"))
        .await;
    for page in [late, scene.get(&mut browser, &on).await] {
        assert_eq!(page.status, StatusCode::GONE, "{}", page.body);
        assert!(page.location().is_none());
        assert!(page.body.contains("plus de réponse"), "{}", page.body);
    }
}

async fn pushed(scene: &Scene, changes: &[(&str, &str)]) -> String {
    let list = asked(changes);
    let list: Vec<(&str, &str)> = list.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = post(scene, "/oidc/par", &basic("bourses", SECRET), &list).await;
    text(&json(&answer), "request_uri").to_owned()
}

#[tokio::test]
async fn a_long_request_survives_the_way_through_the_login() {
    let scene = scene().await;
    // What fits into an address fits into the form of the login.
    for length in [1_000, 3_000, 7_500] {
        let state = "s".repeat(length);
        let mut browser = Browser::default();
        let page = scene
            .get(&mut browser, &address(&[("state", &state)]))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{length}");
        let wrong = sign_in_form(&page, "lea.martin").with("password", "x");
        let page = scene.submit(&mut browser, &wrong).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{length}");
        scene.pass_seconds(30);
        let answer = scene
            .submit(&mut browser, &sign_in_form(&page, "lea.martin"))
            .await;
        assert_eq!(told(&answer)["state"], state, "{length}");
    }
    // What does not is told to whoever asked, and not to the person after they have typed a password.
    let long = "s".repeat(12_000);
    let list = asked(&[("state", &long)]);
    let list: Vec<(&str, &str)> = list.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = post(&scene, "/oidc/par", &basic("bourses", SECRET), &list).await;
    super::assert_refused(&answer, StatusCode::BAD_REQUEST, "invalid_request");
}

#[tokio::test]
async fn oidc_13_a_login_hint_stands_in_the_field_and_is_text() {
    let scene = scene().await;
    let mut browser = Browser::default();
    let hint = "\"><script>lea</script>";
    let page = scene
        .get(&mut browser, &address(&[("login_hint", hint)]))
        .await;
    assert_eq!(page.form("/login").value("username"), Some(hint));
    assert!(!page.body.contains("<script>"));
}

#[tokio::test]
async fn only_who_is_signed_in_is_asked_to_confirm_that_it_is_them() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let confirms = |page: &Answer| page.body.contains("Confirmez que c&#39;est vous");
    let again = address(&[("prompt", "login")]);
    let page = scene.get(&mut paul, &again).await;
    assert!(confirms(&page), "{}", page.body);
    // The session has ended since; its cookie is still there.
    scene.pass_seconds(12 * 3600);
    let page = scene.get(&mut paul, &again).await;
    assert!(
        !confirms(&page) && page.body.contains("Pour ouvrir Bourses"),
        "{}",
        page.body
    );
}
