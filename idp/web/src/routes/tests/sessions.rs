//! Login, session, logout.

use http::StatusCode;
use http::header::SET_COOKIE;

use super::scene::{Browser, PASSWORD, Scene};

const EVIL: &str = "https://evil.example";

#[tokio::test]
async fn ses_01_cookies_are_bound_to_this_host() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let page = scene.get(&mut browser, "/login").await;
    let form = page
        .form("/login")
        .with("username", "lea.martin")
        .with("password", PASSWORD);
    let answer = scene.submit(&mut browser, &form).await;
    let mut seen = 0;
    for cookie in page
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .chain(answer.headers.get_all(SET_COOKIE))
    {
        let cookie = cookie.to_str().expect("text");
        seen += 1;
        assert!(cookie.starts_with("__Host-clau-"), "{cookie}");
        for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(attribute), "{cookie} lacks {attribute}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert_eq!(seen, 4, "browser, session, device and the way in");
    let session = browser.session().expect("a session");
    assert!(session.len() >= 43, "256 bits");
    assert!(!answer.body.contains(&session));
}

#[tokio::test]
async fn ses_02_a_login_makes_a_new_session_and_the_old_one_dies() {
    let scene = Scene::new().await;
    let mut browser = scene.signed_in("lea.martin").await;
    let old = browser.clone();
    let renew = "/cas/login?service=https://pedagogie.example/&renew=true";
    let page = scene.get(&mut browser, renew).await;
    assert!(page.body.contains("Confirmez"), "{}", page.body);
    scene.log_in_at(&mut browser, renew, "lea.martin").await;
    assert_ne!(browser.session(), old.session());
    assert!(scene.is_signed_in(&browser).await);
    assert!(!scene.is_signed_in(&old).await);
}

#[tokio::test]
async fn ses_03_a_login_belongs_to_the_browser_that_began_it() {
    let scene = Scene::new().await;
    let mut attacker = Browser::default();
    let page = scene.get(&mut attacker, "/login").await;
    let form = page
        .form("/login")
        .with("username", "lea.martin")
        .with("password", PASSWORD);
    // Without a login of its own, and with one.
    let mut victim = Browser::default();
    assert_eq!(
        scene.submit(&mut victim, &form).await.status,
        StatusCode::FORBIDDEN
    );
    let own = scene.get(&mut victim, "/login").await.form("/login");
    assert_eq!(
        scene.submit(&mut victim, &form).await.status,
        StatusCode::FORBIDDEN
    );
    // Even with a token of its own, the login is another browser's.
    let mixed = form.with("csrf", own.value("csrf").expect("a token"));
    let answer = scene.submit(&mut victim, &mixed).await;
    assert_eq!(answer.status, StatusCode::GONE);
    assert!(victim.session().is_none());
}

#[tokio::test]
async fn ses_05_remember_me_is_offered_unticked_and_never_at_school() {
    let scene = Scene::with(|settings| {
        settings.school_networks = vec!["192.0.2.0/24".parse().expect("a network")];
    })
    .await;
    // The peer of this scene has an address of the school.
    let mut at_school = Browser::default();
    let page = scene.get(&mut at_school, "/login").await;
    assert!(!page.body.contains("name=\"remember\""));
    let scene = Scene::new().await;
    let mut at_home = Browser::default();
    let page = scene.get(&mut at_home, "/login").await;
    assert!(page.body.contains("name=\"remember\"") && !page.body.contains("checked"));
    let form = page
        .form("/login")
        .with("username", "lea.martin")
        .with("password", PASSWORD);
    let answer = scene.submit(&mut at_home.clone(), &form).await;
    let kept = |answer: &super::scene::Answer| {
        let cookies = answer.headers.get_all(SET_COOKIE).iter();
        let mut texts = cookies.map(|cookie| cookie.to_str().expect("text").to_owned());
        texts.any(|text| text.starts_with("__Host-clau-session") && text.contains("Max-Age"))
    };
    assert!(!kept(&answer));
    let answer = scene
        .submit(&mut at_home, &form.with("remember", "yes"))
        .await;
    assert!(kept(&answer));
}

#[tokio::test]
async fn ses_06_who_signs_in_over_somebody_ends_them_first() {
    let scene = Scene::new().await;
    let mut browser = scene.signed_in("lea.martin").await;
    let lea = browser.clone();
    let renew = "/cas/login?service=https://pedagogie.example/&renew=true";
    scene.log_in_at(&mut browser, renew, "paul.durand").await;
    assert!(!scene.is_signed_in(&lea).await);
    let page = scene.get(&mut browser, "/account").await;
    assert!(page.body.contains("Paul Durand") && !page.body.contains("Léa"));
}

#[tokio::test]
async fn ses_09_no_other_site_changes_anything() {
    let scene = Scene::new().await;
    let mut browser = scene.signed_in("anne.martin").await;
    let portal = scene.get(&mut browser, "/").await;
    let account = scene.get(&mut browser, "/account").await;
    let logout = scene.get(&mut browser, "/logout").await;
    let password = scene.get(&mut browser, "/account/password").await;
    scene.signed_in("anne.martin").await;
    let mut forms: Vec<_> = [portal, account, logout, password]
        .iter()
        .flat_map(super::scene::Answer::forms)
        .filter(|form| form.value("csrf").is_some())
        .collect();
    forms.dedup_by_key(|form| form.action.clone());
    assert!(forms.len() >= 4, "{forms:?}");
    let token_of_another = {
        let mut other = scene.signed_in("lea.martin").await;
        let form = scene.get(&mut other, "/logout").await.form("/logout");
        form.value("csrf").expect("a token").to_owned()
    };
    for form in forms {
        for foreign in [
            browser.clone().with("origin", EVIL),
            browser.clone().with("sec-fetch-site", "cross-site"),
            browser.clone().with("origin", "null"),
        ] {
            let answer = scene.submit(&mut foreign.clone(), &form).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", form.action);
        }
        for token in ["", "0", &token_of_another] {
            let forged = form.clone().with("csrf", token);
            let answer = scene.submit(&mut browser.clone(), &forged).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", form.action);
        }
        let answer = scene
            .submit(&mut browser.clone(), &form.without("csrf"))
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    assert!(scene.is_signed_in(&browser).await);
    // A page is no form: looking changes nothing.
    for path in [
        "/logout",
        "/favourites",
        "/context",
        "/account/sessions/end-others",
    ] {
        scene.get(&mut browser, path).await;
        assert!(scene.is_signed_in(&browser).await, "{path}");
    }
}

#[tokio::test]
async fn ses_10_logout_forgets_and_the_way_back_shows_nothing() {
    let scene = Scene::new().await;
    let mut browser = scene.signed_in("lea.martin").await;
    let form = scene.get(&mut browser, "/logout").await.form("/logout");
    let stolen = browser.clone();
    let answer = scene.submit(&mut browser, &form).await;
    assert_eq!(answer.header("clear-site-data"), "\"cache\", \"storage\"");
    assert_eq!(browser.session(), None);
    assert!(
        !scene.is_signed_in(&stolen).await,
        "the cookie is dead, not only gone"
    );
    let page = scene
        .follow(&mut browser, &answer.location().expect("a page"))
        .await;
    assert!(page.body.contains("Déconnexion terminée"), "{}", page.body);
    let again = scene.get(&mut browser, "/logout").await;
    assert!(again.body.contains("Aucune connexion"), "{}", again.body);
}

#[tokio::test]
async fn ses_11_people_see_their_sessions_and_end_them() {
    let scene = Scene::new().await;
    let mut here = scene.signed_in("lea.martin").await;
    let there = scene.signed_in("lea.martin").await;
    let elsewhere = scene.signed_in("lea.martin").await;
    let stranger = scene.signed_in("paul.durand").await;
    let page = scene.get(&mut here, "/account").await;
    let one = page.form("/account/sessions/end");
    assert_eq!(
        scene.submit(&mut stranger.clone(), &one).await.status,
        StatusCode::FORBIDDEN
    );
    scene.submit(&mut here, &one).await;
    let left = [
        scene.is_signed_in(&there).await,
        scene.is_signed_in(&elsewhere).await,
    ];
    assert_eq!(left.iter().filter(|alive| **alive).count(), 1);
    scene
        .submit(&mut here, &page.form("/account/sessions/end-others"))
        .await;
    assert!(!scene.is_signed_in(&there).await && !scene.is_signed_in(&elsewhere).await);
    assert!(scene.is_signed_in(&here).await && scene.is_signed_in(&stranger).await);
}

#[tokio::test]
async fn pwd_06_a_wrong_login_looks_like_a_wrong_password() {
    let scene = Scene::new().await;
    let mut seen = Vec::new();
    for login in [
        "lea.martin",
        "personne.inconnue",
        "nouvelle.eleve",
        "é'\u{202e}<x>",
    ] {
        let mut browser = Browser::default();
        let page = scene.get(&mut browser, "/login").await;
        let form = page
            .form("/login")
            .with("username", login)
            .with("password", "pas le bon");
        let answer = scene.submit(&mut browser, &form).await;
        let (_, text) = answer.body.split_once("id=\"problem\"").expect("a problem");
        let text = text.split("</div>").next().unwrap_or_default().to_owned();
        let mut headers: Vec<_> = answer.headers.keys().cloned().collect();
        headers.dedup();
        seen.push((answer.status, text, headers));
    }
    for other in &seen {
        assert_eq!(other, &seen[0]);
    }
}

#[tokio::test]
async fn pwd_08_guesses_are_slowed_with_when_to_come_back() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let mut form = scene.get(&mut browser, "/login").await.form("/login");
    let mut slowed = false;
    for _ in 0..30 {
        let typed = form
            .with("username", "lea.martin")
            .with("password", "pas le bon");
        let answer = scene.submit(&mut browser, &typed).await;
        form = answer.form("/login");
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(
                answer
                    .header("retry-after")
                    .parse::<u64>()
                    .is_ok_and(|wait| wait > 0)
            );
            assert!(answer.body.contains("seconde"), "{}", answer.body);
            slowed = true;
            break;
        }
    }
    assert!(slowed, "thirty guesses in a row and nobody slows them down");
}

#[tokio::test]
async fn pwd_10_a_first_login_leads_through_password_and_charter() {
    let scene = Scene::with(|settings| settings.charter_version = "2026-09".to_owned()).await;
    let uai = "0310001A".parse().expect("a UAI");
    let sheets = scene.hub.sheets(&uai).await.expect("sheets");
    let sheet = sheets
        .groups
        .iter()
        .flat_map(|group| &group.sheets)
        .find(|sheet| sheet.login == "nouvelle.eleve")
        .expect("a sheet");
    let mut browser = Browser::default();
    let start = "/cas/login?service=https://pedagogie.example/";
    let page = scene.get(&mut browser, start).await;
    let form = page
        .form("/login")
        .with("username", &sheet.login)
        .with("password", &sheet.code);
    let page = scene.submit(&mut browser, &form).await;
    let allowed = "form-action 'self' https://pedagogie.example";
    assert!(page.header("content-security-policy").ends_with(allowed));
    let form = page.form("/login/credentials");
    assert_eq!(form.value("login"), Some("nouvelle.eleve"));

    let weak = form.with("new_password", "court").with("again", "court");
    let page = scene.submit(&mut browser, &weak).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("aria-invalid=\"true\"") && page.body.contains("trop court"));
    let form = page.form("/login/credentials");
    let typed = "la pluie sur les toits";
    let good = form
        .with("login", "nouvelle.ocean")
        .with("new_password", typed)
        .with("again", typed);
    let page = scene.submit(&mut browser, &good).await;
    let form = page.form("/login/charter");

    let page = scene.submit(&mut browser, &form).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("cochez la case"), "{}", page.body);
    assert!(page.header("content-security-policy").ends_with(allowed));
    let accepted = page.form("/login/charter").with("accept", "yes");
    let answer = scene.submit(&mut browser, &accepted).await;
    let to = answer.location().expect("to the service");
    assert!(
        to.starts_with("https://pedagogie.example/?ticket=ST-"),
        "{to}"
    );
    assert!(scene.is_signed_in(&browser).await);

    let mut again = Browser::default();
    let page = scene.get(&mut again, "/login").await;
    let form = page
        .form("/login")
        .with("username", "nouvelle.ocean")
        .with("password", typed);
    assert_eq!(
        scene.submit(&mut again, &form).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn ses_07_a_changed_password_ends_the_other_sessions() {
    let scene = Scene::new().await;
    let mut here = scene.signed_in("lea.martin").await;
    let there = scene.signed_in("lea.martin").await;
    let form = scene
        .get(&mut here, "/account/password")
        .await
        .form("/account/password");
    let new = "un chat sur le piano noir";
    let wrong = form
        .clone()
        .with("password", "x")
        .with("new_password", new)
        .with("again", new);
    let answer = scene.submit(&mut here, &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(scene.is_signed_in(&there).await);
    let right = form
        .with("password", PASSWORD)
        .with("new_password", new)
        .with("again", new);
    let answer = scene.submit(&mut here, &right).await;
    assert_eq!(
        answer.location().as_deref(),
        Some("/account?done=password"),
        "{}",
        answer.body
    );
    assert!(scene.is_signed_in(&here).await && !scene.is_signed_in(&there).await);
}
