//! Sessions: one browser, one person, and an end that is an end.

use std::time::Duration;

use clau_domain::ids::PersonId;
use clau_domain::session::Context;
use clau_engine::login::{Step, Typed};

use crate::scene::{Browser, PASSWORD, Scene, keep, request};

#[tokio::test]
async fn ses_01_a_session_is_256_bits_of_which_only_the_digest_is_stored() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let signed_in = scene.sign_in(&mut browser, "lea.martin").await;
    let cookie = browser.session.expect("cookie");
    assert_eq!(cookie.len(), 43);
    assert!(!format!("{:?}", signed_in.digest).contains(&cookie));
    for forged in ["", "x", &cookie[1..], &cookie.to_lowercase()] {
        assert!(
            scene
                .hub
                .signed_in(&scene.cx(), Some(forged))
                .await
                .expect("lookup")
                .is_none()
        );
    }
}

#[tokio::test]
async fn ses_02_proving_it_again_gives_a_new_session_and_the_old_one_dies() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, "lea.martin").await;
    let old = browser.session.clone();
    let ticket = scene.ticket(&browser, "https://pedagogie.example/").await;
    scene
        .redeem(&ticket, "https://pedagogie.example/")
        .await
        .expect("valid");
    scene.sign_in(&mut browser, "lea.martin").await;
    assert_ne!(browser.session, old);
    let dead = scene
        .hub
        .signed_in(&scene.cx(), old.as_deref())
        .await
        .expect("lookup");
    assert!(dead.is_none());
    // What was open goes on: the service is told when the new session ends.
    let ended = scene
        .hub
        .log_out(&scene.cx(), browser.session.as_deref())
        .await
        .expect("logout");
    assert_eq!(ended.expect("a session").services, 1);
}

#[tokio::test]
async fn ses_06_somebody_else_at_the_same_browser_ends_the_first_session_everywhere() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let lea = scene.sign_in(&mut browser, "lea.martin").await;
    let old = browser.session.clone();
    let ticket = scene.ticket(&browser, "https://pedagogie.example/").await;
    scene
        .redeem(&ticket, "https://pedagogie.example/")
        .await
        .expect("valid");
    let tom = scene.sign_in(&mut browser, "tom.martin").await;
    assert_ne!(lea.person.id, tom.person.id);
    assert!(
        scene
            .hub
            .signed_in(&scene.cx(), old.as_deref())
            .await
            .expect("lookup")
            .is_none()
    );
    let told = scene.hub.told(&scene.cx(), lea.digest).await.expect("told");
    assert_eq!(told.len(), 1, "Pédagogie hears that Léa has gone");
}

#[tokio::test]
async fn ses_05_sessions_end_by_idleness_and_by_age() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, "lea.martin").await;
    for _ in 0..20 {
        scene.pass(Duration::from_secs(29 * 60));
        assert!(scene.signed_in(&browser).await.is_some());
    }
    scene.pass(Duration::from_secs(29 * 60));
    assert!(
        scene.signed_in(&browser).await.is_none(),
        "ten hours are enough for a pupil"
    );
    let mut idle = Browser::default();
    scene.sign_in(&mut idle, "lea.martin").await;
    scene.pass(Duration::from_secs(30 * 60));
    assert!(scene.signed_in(&idle).await.is_none());
}

#[tokio::test]
async fn ses_05_remember_me_is_off_in_a_school() {
    let scene = Scene::with(|settings| {
        settings.school_networks = vec!["198.51.100.0/24".parse().expect("network")];
    })
    .await;
    for (address, expected) in [([192, 0, 2, 1], true), ([198, 51, 100, 7], false)] {
        scene.move_to_address(address);
        let mut browser = Browser::default();
        let page = scene.login_page(&mut browser).await;
        assert_eq!(page.may_remember, expected);
        let typed = Typed {
            username: "lea.martin",
            password: PASSWORD,
            remember: true,
        };
        let cookies = browser.cookies();
        let step = scene
            .hub
            .submit_password(&scene.cx(), cookies, &page.handle, typed)
            .await;
        let step = keep(step.expect("submit"), &mut browser);
        let Step::Finished(finished) = step else {
            panic!("{step:?}")
        };
        let (begun, _) = finished.session.expect("a session");
        assert_eq!(begun.cookie_life.is_some(), expected);
    }
}

#[tokio::test]
async fn ses_07_a_lock_a_new_password_and_a_lost_child_take_effect_at_once() {
    let scene = Scene::new().await;
    let mut tom = Browser::default();
    scene.sign_in(&mut tom, "tom.martin").await;
    scene
        .hub
        .set_lock(&scene.cx(), "tom.martin", Some("test"))
        .await
        .expect("lock");
    assert!(scene.signed_in(&tom).await.is_none());

    let mut lea = Browser::default();
    scene.sign_in(&mut lea, "lea.martin").await;
    let changed = scene
        .hub
        .set_password(&scene.cx(), "lea.martin", "une autre trottinette")
        .await;
    changed.expect("set");
    assert!(scene.signed_in(&lea).await.is_none());
}

#[tokio::test]
async fn fed_13_parental_authority_that_ends_ends_at_the_next_request() {
    let scene = Scene::new().await;
    let mut anne = Browser::default();
    let before = scene.sign_in(&mut anne, "anne.martin").await;
    assert_eq!(before.children.len(), 2);
    let lea = before
        .children
        .iter()
        .find(|kin| kin.names.given == "Léa")
        .expect("Léa")
        .id;
    scene.end_authority(before.person.id, lea).await;
    let after = scene.signed_in(&anne).await.expect("still a parent of Tom");
    assert_eq!(after.children.len(), 1);
    assert!(
        after
            .person
            .affiliations
            .iter()
            .all(|a| a.structure.name != "Collège Clémence-Isaure")
    );
}

#[tokio::test]
async fn a_parent_chooses_a_child_and_services_see_that_child_only() {
    let scene = Scene::new().await;
    let mut anne = Browser::default();
    let signed_in = scene.sign_in(&mut anne, "anne.martin").await;
    let tom = signed_in
        .children
        .iter()
        .find(|kin| kin.names.given == "Tom")
        .expect("Tom")
        .id;
    let lea = signed_in
        .children
        .iter()
        .find(|kin| kin.names.given == "Léa")
        .expect("Léa")
        .id;
    // Orientation is for parents of 2nde: for Tom, not for Léa.
    assert!(
        scene
            .hub
            .choose_context(&scene.cx(), &signed_in, Context::Child(tom))
            .await
            .expect("choose")
            .is_some()
    );
    scene.ticket(&anne, "https://orientation.example/").await;
    assert!(
        scene
            .hub
            .choose_context(&scene.cx(), &signed_in, Context::Child(lea))
            .await
            .expect("choose")
            .is_some()
    );
    let seen = scene.signed_in(&anne).await.expect("in");
    assert_eq!((seen.person.children.len(), seen.children.len()), (1, 2));
    let answer = scene
        .cas_login(&anne, request("https://orientation.example/"))
        .await;
    assert!(format!("{answer:?}").contains("NotForYou"), "{answer:?}");
    let stranger = PersonId::mint(scene.cx().now, scene.cx().random);
    assert!(
        scene
            .hub
            .choose_context(&scene.cx(), &seen, Context::Child(stranger))
            .await
            .expect("choose")
            .is_none()
    );
}

#[tokio::test]
async fn ses_11_people_see_and_end_their_sessions_and_nobody_else_s() {
    let scene = Scene::new().await;
    let (mut school, mut home, mut other) =
        (Browser::default(), Browser::default(), Browser::default());
    let at_school = scene.sign_in(&mut school, "lea.martin").await;
    scene.sign_in(&mut home, "lea.martin").await;
    let tom = scene.sign_in(&mut other, "tom.martin").await;
    let listed = scene
        .hub
        .sessions(&scene.cx(), &at_school)
        .await
        .expect("list");
    assert_eq!(
        listed.iter().map(|line| line.current).collect::<Vec<_>>(),
        [true, false]
    );
    let hub = &scene.hub;
    assert_eq!(
        hub.end_own(&scene.cx(), &at_school, Some(tom.digest))
            .await
            .expect("end"),
        0
    );
    assert!(scene.signed_in(&other).await.is_some());
    assert_eq!(
        hub.end_own(&scene.cx(), &at_school, None)
            .await
            .expect("end"),
        1
    );
    assert!(scene.signed_in(&home).await.is_none());
    assert!(scene.signed_in(&school).await.is_some());
}
