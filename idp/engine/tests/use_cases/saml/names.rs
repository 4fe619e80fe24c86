//! How services call people: each format, what does not leave, and who is the same person to whom.

use std::time::Duration;

use clau_saml::message::{Asserted, StatusCode};
use clau_saml::names::name_id;

use super::{BUS, CANTINE, IDP, asserted, told, with};
use crate::scene::{Browser, Scene};

async fn named(scene: &Scene, browser: &Browser, sp: &super::Sp, format: &str) -> Asserted {
    let format = (!format.is_empty()).then(|| format.to_owned());
    let learnt = asserted(scene, browser, sp, |request| {
        request.name_id.format = format
    });
    learnt.await.expect("an assertion")
}

/// A person with a mail address, as it is today.
fn lea(mail: &str) -> String {
    format!(
        "[[person]]\nlogin = \"lea.martin\"\ngiven_name = \"Léa\"\nfamily_name = \"Martin\"\n{mail}\n\
         affiliation = [{{ structure = \"0310001A\", profile = \"National_ELV\", classes = [\"5B\"] }}]\n"
    )
}

const NOT_THIS_NAME: (StatusCode, Option<StatusCode>) =
    (StatusCode::Requester, Some(StatusCode::InvalidNameIdPolicy));

#[tokio::test]
async fn saml_08_each_format_that_is_given_and_what_is_not_released_by_none() {
    let (scene, browser) = with("lea.martin").await;
    // As registered, where nothing is asked for or anything will do.
    for (sp, format, expected) in [
        (&CANTINE, "", name_id::TRANSIENT),
        (&CANTINE, name_id::UNSPECIFIED, name_id::TRANSIENT),
        (&CANTINE, name_id::PERSISTENT, name_id::PERSISTENT),
        (&CANTINE, name_id::TRANSIENT, name_id::TRANSIENT),
        (&BUS, "", name_id::PERSISTENT),
        (&BUS, name_id::TRANSIENT, name_id::TRANSIENT),
        (&BUS, name_id::ENCRYPTED, name_id::PERSISTENT),
    ] {
        let name = named(&scene, &browser, sp, format).await.name_id;
        assert_eq!(name.format, expected, "{format}");
        assert_eq!(name.name_qualifier.as_deref(), Some(IDP));
        assert_eq!(name.sp_name_qualifier, Some(sp.entity_id()));
        assert!(
            !name.value.contains("lea") && name.value.len() >= 20,
            "{name:?}"
        );
    }
    let email = Some(name_id::EMAIL.to_owned());
    // Not released; released, and there is none.
    for sp in [&CANTINE, &BUS] {
        let status = told(&scene, &browser, sp, |request| {
            request.name_id.format.clone_from(&email);
        });
        assert_eq!(status.await, NOT_THIS_NAME);
    }
    scene.apply(&lea("mail = \"lea@exemple.example\"")).await;
    let status = told(&scene, &browser, &CANTINE, |request| {
        request.name_id.format.clone_from(&email);
    });
    assert_eq!(status.await, NOT_THIS_NAME);
    let name = named(&scene, &browser, &BUS, name_id::EMAIL).await.name_id;
    assert_eq!(name.value, "lea@exemple.example");
    for format in ["urn:unknown", name_id::ENTITY, "persistent"] {
        let status = told(&scene, &browser, &CANTINE, |request| {
            request.name_id.format = Some(format.to_owned());
        });
        assert_eq!(status.await, NOT_THIS_NAME, "{format}");
    }
}

#[tokio::test]
async fn saml_08_a_service_gets_its_own_names_and_nobody_elses() {
    let (scene, browser) = with("lea.martin").await;
    let qualified = async |qualifier: String| {
        asserted(&scene, &browser, &CANTINE, |request| {
            request.name_id.sp_name_qualifier = Some(qualifier);
            request.name_id.format = Some(name_id::PERSISTENT.to_owned());
        })
        .await
    };
    let foreign = qualified(BUS.entity_id()).await.expect_err("a refusal");
    assert_eq!((foreign.code, foreign.detail), NOT_THIS_NAME);
    assert!(qualified(CANTINE.entity_id()).await.is_ok());
}

#[tokio::test]
async fn saml_09_a_persistent_name_is_the_services_own_and_survives_a_rename() {
    let (scene, browser) = with("lea.martin").await;
    let persistent = async |browser: &Browser, sp| {
        let learnt = named(&scene, browser, sp, name_id::PERSISTENT).await;
        learnt.name_id.value
    };
    let (here, there) = (
        persistent(&browser, &CANTINE).await,
        persistent(&browser, &BUS).await,
    );
    assert_ne!(here, there);
    let mut tom = Browser::default();
    scene.sign_in(&mut tom, "tom.martin").await;
    assert_ne!(persistent(&tom, &CANTINE).await, here);
    // Another name, another mail address, another session.
    let married = lea("mail = \"l@exemple.example\"").replace("Martin", "Durand");
    scene.apply(&married).await;
    scene.pass(Duration::from_secs(3));
    let mut later = Browser::default();
    scene.sign_in(&mut later, "lea.martin").await;
    assert_eq!(persistent(&later, &CANTINE).await, here);
    assert_eq!(persistent(&later, &BUS).await, there);
    // What has leaked is given anew, here and nowhere else.
    let cx = scene.cx();
    let renewed = scene.hub.renew_identifier(&cx, "lea.martin", "cantine");
    let renewed = renewed.await.expect("renewed");
    let now = persistent(&later, &CANTINE).await;
    assert_ne!(now, here);
    assert!(renewed.identifiers.contains(&now));
    assert_eq!(persistent(&later, &BUS).await, there);
}

#[tokio::test]
async fn saml_09_a_transient_name_is_the_same_in_a_session_and_in_no_other() {
    let (scene, browser) = with("lea.martin").await;
    let transient = async |browser: &Browser, sp| {
        let learnt = named(&scene, browser, sp, name_id::TRANSIENT).await;
        learnt.name_id.value
    };
    let first = transient(&browser, &CANTINE).await;
    assert_eq!(transient(&browser, &CANTINE).await, first);
    assert_ne!(transient(&browser, &BUS).await, first);
    let mut later = Browser::default();
    scene.sign_in(&mut later, "lea.martin").await;
    assert_ne!(transient(&later, &CANTINE).await, first);
}

#[tokio::test]
async fn log_05_unspecified_is_the_login_only_where_that_is_released() {
    let (scene, browser) = with("lea.martin").await;
    let file = |release: &str| {
        let more = format!(
            "access = [{{}}]\nrelease = {{ attributes = [{release}], approval = \"test\" }}"
        );
        CANTINE.file(&more, "name_id = \"unspecified\"")
    };
    scene.apply(&file("")).await;
    let name = named(&scene, &browser, &CANTINE, "").await.name_id;
    assert_eq!(name.format, name_id::UNSPECIFIED);
    assert!(!name.value.contains("lea"), "{name:?}");
    scene.apply(&file("\"login\"")).await;
    let name = named(&scene, &browser, &CANTINE, "").await.name_id;
    assert_eq!(name.value, "lea.martin");
}
