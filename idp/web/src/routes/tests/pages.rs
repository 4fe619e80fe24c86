//! Portal and account as people see them.

use http::StatusCode;

use super::scene::{Browser, Scene};

#[tokio::test]
async fn web_03_return_targets_stay_within_the_hub() {
    let scene = Scene::new().await;
    for (to, expected) in [
        ("/account", "/account"),
        ("/?q=notes", "/?q=notes"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/%2f/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("", "/"),
    ] {
        let mut browser = Browser::default();
        let query = serde_urlencoded::to_string([("to", to)]).expect("a query");
        let answer = scene
            .log_in_at(&mut browser, &format!("/login?{query}"), "lea.martin")
            .await;
        assert_eq!(answer.location().as_deref(), Some(expected), "{to:?}");
        let query = serde_urlencoded::to_string([("to", "oc"), ("back", to)]).expect("a query");
        let answer = scene.get(&mut browser, &format!("/language?{query}")).await;
        assert_eq!(answer.location().as_deref(), Some(expected), "{to:?}");
    }
}

#[tokio::test]
async fn web_01_a_login_page_allows_one_origin_and_no_other_page_any() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let page = scene
        .get(
            &mut browser,
            "/cas/login?service=https://pedagogie.example/x?y=z",
        )
        .await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.ends_with("form-action 'self' https://pedagogie.example"),
        "{policy}"
    );
    assert!(policy.contains("script-src 'self'"));
    let mut member = scene.signed_in("lea.martin").await;
    for path in ["/", "/account", "/logout", "/charter", "/nulle-part"] {
        let policy = scene.get(&mut member, path).await;
        let policy = policy.header("content-security-policy");
        assert!(
            policy.ends_with("form-action 'self'") && !policy.contains("script-src"),
            "{path}: {policy}"
        );
    }
}

#[tokio::test]
async fn web_02_names_are_text_and_nothing_else() {
    let scene = Scene::new().await;
    let mut anne = scene.signed_in("anne.martin").await;
    for path in ["/", "/account", "/?q=%3Cscript%3E", "/logout"] {
        let page = scene.get(&mut anne, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(
            !page.body.contains("<b>Martin") && !page.body.contains("<script>"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn web_09_made_up_languages_are_refused_and_leave_nothing() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let answer = scene.get(&mut browser, "/language?to=xx&back=/").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(browser.cookies.is_empty());
    let page = scene
        .get(
            &mut browser.clone().with("accept-language", "oc,fr;q=0.5"),
            "/login",
        )
        .await;
    assert!(page.body.contains("<html lang=\"oc\">"));
    scene.get(&mut browser, "/language?to=en&back=/login").await;
    let page = scene
        .get(&mut browser.clone().with("accept-language", "oc"), "/login")
        .await;
    assert!(
        page.body.contains("<html lang=\"en\">"),
        "the choice beats the browser"
    );
}

#[tokio::test]
async fn the_portal_shows_what_is_for_this_person_and_why() {
    let scene = Scene::new().await;
    let mut lea = scene.signed_in("lea.martin").await;
    let page = scene.get(&mut lea, "/").await;
    assert!(page.body.contains("Bonjour Léa") && page.body.contains("https://pedagogie.example/"));
    assert!(page.body.contains("Collège Clémence-Isaure") && page.body.contains("Bonne rentrée"));
    assert!(!page.body.contains("notes.example"), "a teacher's service");
    let page = scene.get(&mut lea, "/?q=cahier").await;
    assert!(page.body.contains("pedagogie.example") && page.body.contains("Un service correspond"));
    let page = scene.get(&mut lea, "/?q=zzz").await;
    assert!(!page.body.contains("pedagogie.example") && page.body.contains("Aucun service"));
}

#[tokio::test]
async fn favourites_come_first_and_go_again() {
    let scene = Scene::new().await;
    let mut lea = scene.signed_in("lea.martin").await;
    let form = scene.get(&mut lea, "/").await.form("/favourites");
    assert_eq!(form.value("keep"), Some("yes"));
    let answer = scene.submit(&mut lea, &form).await;
    assert_eq!(answer.location().as_deref(), Some("/"));
    let page = scene.get(&mut lea, "/").await;
    assert!(page.body.contains("Mes favoris"), "{}", page.body);
    let form = page.form("/favourites");
    assert_eq!(form.value("keep"), Some("no"));
    scene.submit(&mut lea, &form).await;
    assert!(!scene.get(&mut lea, "/").await.body.contains("Mes favoris"));
}

#[tokio::test]
async fn a_guardian_chooses_among_children_and_only_their_own() {
    let scene = Scene::new().await;
    let mut anne = scene.signed_in("anne.martin").await;
    let page = scene.get(&mut anne, "/").await;
    assert!(page.body.contains("Léa Martin") && page.body.contains("Tom Martin"));
    let ids: Vec<&str> = page
        .body
        .split("name=\"context\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(ids.len(), 3, "two children and all of them");
    let form = page.form("/context");
    let answer = scene
        .submit(&mut anne, &form.clone().with("context", ids[0]))
        .await;
    assert_eq!(answer.location().as_deref(), Some("/"));
    let page = scene.get(&mut anne, "/").await;
    assert!(page.body.contains("Affiché en ce moment"), "{}", page.body);
    let foreign = "0190d0c0-0000-7000-8000-000000000000";
    for bad in [foreign, "x"] {
        let answer = scene
            .submit(&mut anne, &form.clone().with("context", bad))
            .await;
        assert!(matches!(
            answer.status,
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND
        ));
    }
    scene.submit(&mut anne, &form.with("context", "")).await;
    assert!(
        !scene
            .get(&mut anne, "/")
            .await
            .body
            .contains("Affiché en ce moment")
    );
}

#[tokio::test]
async fn the_account_shows_what_is_known_and_what_services_received() {
    let scene = Scene::new().await;
    let mut lea = scene.signed_in("lea.martin").await;
    let ticket = scene
        .get(&mut lea, "/cas/login?service=https://pedagogie.example/")
        .await;
    let ticket = ticket
        .location()
        .and_then(|to| to.split_once("ticket=").map(|(_, t)| t.to_owned()));
    let query = [
        ("service", "https://pedagogie.example/"),
        ("ticket", &ticket.expect("a ticket")),
    ];
    let query = serde_urlencoded::to_string(query).expect("a query");
    let mut service = Browser::default();
    let answer = scene
        .get(&mut service, &format!("/cas/p3/serviceValidate?{query}"))
        .await;
    assert!(
        answer.body.contains("authenticationSuccess"),
        "{}",
        answer.body
    );
    let page = scene.get(&mut lea, "/account").await;
    for known in [
        "Léa Martin",
        "28/05/2013",
        "lea.martin",
        "5B",
        "Pédagogie",
        "votre profil",
        "Saisie par l&#39;administration",
    ] {
        assert!(page.body.contains(known), "{known}: {}", page.body);
    }
}

#[tokio::test]
async fn well_known_addresses_lead_where_they_should() {
    let scene = Scene::new().await;
    let mut anybody = Browser::default();
    let security = scene.get(&mut anybody, "/.well-known/security.txt").await;
    assert!(
        security.body.contains("Contact: mailto:aide@ent.example"),
        "{}",
        security.body
    );
    let password = scene
        .get(&mut anybody, "/.well-known/change-password")
        .await;
    assert_eq!(password.location().as_deref(), Some("/account/password"));
    let style = scene
        .get(&mut anybody, crate::assets::path("style.css"))
        .await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
}

#[tokio::test]
async fn what_a_change_cannot_close_is_named() {
    let scene = Scene::new().await;
    scene
        .apply(
            r#"
[[service]]
id = "enfants"
name = "Enfants"
access = [{ profiles = ["National_TUT"] }]
release = { attributes = ["children"], approval = "Registre 2026-001" }
[service.cas]
urls = ["https://enfants.example/"]
logout = { style = "none" }
"#,
        )
        .await;
    let mut anne = scene.signed_in("anne.martin").await;
    let address = "service=https%3A%2F%2Fenfants.example%2F";
    let answer = scene
        .get(&mut anne, &format!("/cas/login?{address}"))
        .await
        .location()
        .expect("a ticket");
    let (_, ticket) = answer.split_once("ticket=").expect("a ticket");
    let validate = format!("/cas/serviceValidate?{address}&ticket={ticket}");
    let validated = scene.get(&mut Browser::default(), &validate).await;
    assert!(validated.body.contains("Success"), "{}", validated.body);
    let page = scene.get(&mut anne, "/").await;
    let child = page
        .body
        .split("name=\"context\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .find(|value| value.starts_with("child"))
        .expect("a child");
    let form = page.form("/context").with("context", child);
    let changed = scene.submit(&mut anne, &form).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert!(
        changed.body.contains("<li>Enfants</li>"),
        "{}",
        changed.body
    );
    let again = scene.submit(&mut anne, &form).await;
    assert_eq!(again.location().as_deref(), Some("/"), "said once");
}
