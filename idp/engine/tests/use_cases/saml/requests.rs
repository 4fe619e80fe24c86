//! Which requests are acted on: each check with what it refuses, and the request that passes.

use std::time::Duration;

use clau_engine::keys::MasterKey;
use clau_engine::login::Cookies;
use clau_engine::saml::Refused;
use clau_engine::saml::sso::SsoAnswer;
use clau_engine::{Hub, Settings, Stores};
use clau_saml::binding::Received;
use clau_saml::message::{AcsChoice, AuthnRequest};
use clau_saml::names::binding;
use clau_storage::counters::Counters;
use clau_storage::tickets::Tickets;

use super::{
    BUS, CANTINE, KEY, NOTES, OTHER, SSO, Sp, ask, ask_signed, by_form, by_redirect, leaving, said,
    scene, why, with,
};
use crate::scene::{Browser, Scene};

/// Another node on the same store.
async fn node(scene: &Scene) -> Hub {
    let stores = Stores {
        tickets: Tickets::in_database(scene.database.clone()),
        counters: Counters::in_database(scene.database.clone()),
        database: scene.database.clone(),
    };
    let mut settings = Settings::for_base_url("https://ent.example");
    settings.charter_version = String::new();
    let key = MasterKey::parse(&"ab".repeat(32)).expect("key");
    Hub::new(stores, &key, settings).await.expect("a hub")
}

/// What comes of a message of somebody who is not signed in.
async fn arrives(scene: &Scene, received: &Received) -> Result<SsoAnswer, Refused> {
    let cookies = Cookies::default();
    scene.hub.saml_sso(&scene.cx(), cookies, received).await
}

/// Why a request with a change is refused to somebody who is not signed in.
async fn refused(scene: &Scene, sp: &Sp, change: impl FnOnce(&mut AuthnRequest)) -> String {
    let mut request = sp.request(scene);
    change(&mut request);
    why(ask(scene, &Browser::default(), &request).await)
}

async fn goes(scene: &Scene, sp: &Sp, change: impl FnOnce(&mut AuthnRequest)) {
    let mut request = sp.request(scene);
    change(&mut request);
    let outcome = ask(scene, &Browser::default(), &request).await;
    assert!(
        matches!(outcome, Ok(SsoAnswer::Started { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn saml_05_a_request_works_once_whoever_is_asked_and_however_often_at_once() {
    let (scene, browser) = with("paul.durand").await;
    let other = node(&scene).await;
    for _ in 0..5 {
        let xml = CANTINE.request(&scene).write(None).expect("a request");
        let received = by_redirect(SSO, &xml, None);
        let cx = scene.cx();
        let tries = (0..8).map(|number| {
            let hub = if number % 2 == 0 { &scene.hub } else { &other };
            hub.saml_sso(&cx, browser.cookies(), &received)
        });
        let outcomes = futures_util::future::join_all(tries).await;
        let (good, bad): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(good.len(), 1, "{good:?}");
        for outcome in bad {
            assert_eq!(
                why(outcome),
                "the message is not for here and now: it came before"
            );
        }
        // Nor later, in another browser, by another binding.
        scene.pass(Duration::from_secs(5 * 60));
        let (cx, posted) = (scene.cx(), by_form(&xml));
        let outcome = other.saml_sso(&cx, Cookies::default(), &posted).await;
        assert!(why(outcome).contains("it came before"));
    }
}

#[tokio::test]
async fn saml_05_two_services_may_use_one_identifier() {
    let scene = scene().await;
    let id = "_the-same".to_owned();
    goes(&scene, &CANTINE, |request| {
        request.header.id.clone_from(&id)
    })
    .await;
    goes(&scene, &BUS, |request| request.header.id.clone_from(&id)).await;
    let again = refused(&scene, &CANTINE, |request| {
        request.header.id.clone_from(&id)
    })
    .await;
    assert!(again.contains("it came before"), "{again}");
}

#[tokio::test]
async fn saml_07_answers_go_to_addresses_of_the_metadata_only() {
    let scene = scene().await;
    let by = |binding: Option<&str>| binding.map(str::to_owned);
    let location = |location: &str, binding: Option<&str>| AcsChoice::Location {
        location: location.to_owned(),
        binding: by(binding),
    };
    let acs = CANTINE.acs();
    for choice in [
        location("https://evil.example/acs", None),
        location("https://cantine.example/acs?x=1", None),
        location("https://cantine.example/acs/", None),
        location("https://CANTINE.example/acs", None),
        location("https://cantine.example/acs#", None),
        location("http://cantine.example/acs", None),
        // In the metadata, and passed over there: not https.
        location("http://cantine.example/plain", None),
        location("javascript:alert(1)", None),
        location("", None),
        // Another service's, and one of its own by another binding than its own.
        location(&BUS.acs(), None),
        location(&acs, Some(binding::ARTIFACT)),
        location(&acs, Some(binding::REDIRECT)),
        location(&CANTINE.at("redirect"), Some(binding::REDIRECT)),
        AcsChoice::Index(3),
        AcsChoice::Index(4),
        AcsChoice::Index(99),
        AcsChoice::Default {
            binding: by(Some(binding::REDIRECT)),
        },
        AcsChoice::Default {
            binding: by(Some("urn:unknown")),
        },
    ] {
        let told = refused(&scene, &CANTINE, |request| request.acs = choice.clone()).await;
        assert_eq!(
            told, "the address that the answer is wanted at is not in the metadata of the service",
            "{choice:?}"
        );
    }
    for choice in [
        location(&acs, None),
        location(&acs, Some(binding::POST)),
        AcsChoice::Index(0),
        AcsChoice::Index(1),
        AcsChoice::Default {
            binding: by(Some(binding::ARTIFACT)),
        },
    ] {
        goes(&scene, &CANTINE, |request| request.acs = choice).await;
    }
}

#[tokio::test]
async fn saml_07_a_wrong_address_uses_no_request_up_and_nobody_is_answered() {
    let (scene, browser) = with("paul.durand").await;
    let mut request = CANTINE.request(&scene);
    request.acs = AcsChoice::Location {
        location: "https://evil.example/acs".to_owned(),
        binding: None,
    };
    // Also where a status would be the answer.
    request.is_passive = true;
    why(ask(&scene, &browser, &request).await);
    request.acs = AcsChoice::Default { binding: None };
    let said = said(&leaving(ask(&scene, &browser, &request).await));
    assert_eq!(said.action, CANTINE.acs());
    assert_eq!(said.relay_state.as_deref(), Some("s"));
}

#[tokio::test]
async fn saml_08_where_a_request_goes_and_when_it_was_made_is_checked() {
    let scene = scene().await;
    for destination in [
        "https://ent.example/saml/slo",
        "https://ent.example/saml/sso/",
        "https://ent.example/saml/sso?x",
        "http://ent.example/saml/sso",
        "https://evil.example/saml/sso",
        "",
    ] {
        let told = refused(&scene, &CANTINE, |request| {
            request.header.destination = Some(destination.to_owned());
        });
        assert!(
            told.await.contains("it was sent to another address"),
            "{destination}"
        );
    }
    let now = scene.cx().now;
    let minute = Duration::from_secs(60);
    let second = Duration::from_secs(1);
    let old = refused(&scene, &CANTINE, |request| {
        request.header.instant = now - 5 * minute - second;
    });
    assert!(old.await.contains("it is too old"));
    let future = refused(&scene, &CANTINE, |request| {
        request.header.instant = now + minute + second;
    });
    assert!(future.await.contains("it comes from the future"));
    goes(&scene, &CANTINE, |request| {
        request.header.instant = now - 5 * minute
    })
    .await;
    goes(&scene, &CANTINE, |request| {
        request.header.instant = now + minute
    })
    .await;
    goes(&scene, &CANTINE, |request| {
        request.header.destination = None
    })
    .await;
    // A signed one must say where it goes.
    let mut request = NOTES.request(&scene);
    request.header.destination = None;
    let outcome = ask_signed(&scene, &Browser::default(), &request, Some(NOTES.key())).await;
    assert!(why(outcome).contains("it is signed and names no address"));
}

#[tokio::test]
async fn saml_08_whoever_signs_their_requests_is_refused_unsigned_ones() {
    let scene = scene().await;
    let nobody = Browser::default();
    let request = NOTES.request(&scene);
    let unsigned = "the message is not signed";
    assert_eq!(why(ask(&scene, &nobody, &request).await), unsigned);
    let xml = request.write(None).expect("a request");
    let posted = by_form(&xml);
    let outcome = arrives(&scene, &posted);
    assert_eq!(why(outcome.await), unsigned);
    // By another service's key, by redirect and by form.
    let wrong = "the signature does not verify with any key of the sender";
    let outcome = ask_signed(&scene, &nobody, &request, Some(&KEY)).await;
    assert_eq!(why(outcome), wrong);
    let signed = by_form(&request.write(Some(&KEY)).expect("a request"));
    let outcome = arrives(&scene, &signed);
    assert_eq!(why(outcome.await), wrong);
    // None of them has used the request up.
    let outcome = ask_signed(&scene, &nobody, &request, Some(&OTHER)).await;
    assert!(
        matches!(outcome, Ok(SsoAnswer::Started { .. })),
        "{outcome:?}"
    );
    let signed = NOTES.request(&scene).write(Some(&OTHER));
    let signed = by_form(&signed.expect("a request"));
    let outcome = arrives(&scene, &signed);
    let outcome = outcome.await;
    assert!(matches!(outcome, Ok(SsoAnswer::Arrived(_))), "{outcome:?}");
}

#[tokio::test]
async fn saml_08_a_registration_may_demand_signatures_that_metadata_does_not() {
    let scene = scene().await;
    let nobody = Browser::default();
    goes(&scene, &CANTINE, |_| {}).await;
    let file = CANTINE.file("access = [{}]", "signed_requests = true");
    scene.apply(&file).await;
    let told = refused(&scene, &CANTINE, |_| {}).await;
    assert_eq!(told, "the message is not signed");
    let request = CANTINE.request(&scene);
    let outcome = ask_signed(&scene, &nobody, &request, Some(&KEY)).await;
    assert!(
        matches!(outcome, Ok(SsoAnswer::Started { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn saml_08_a_signature_that_nobody_asked_for_must_be_good_as_well() {
    let scene = scene().await;
    let request = CANTINE.request(&scene);
    let outcome = ask_signed(&scene, &Browser::default(), &request, Some(&OTHER)).await;
    assert!(why(outcome).contains("does not verify"));
}

#[tokio::test]
async fn saml_16_who_is_not_known_or_switched_off_or_out_of_date_is_refused() {
    let scene = scene().await;
    let unknown = refused(&scene, &super::sp("inconnu"), |_| {}).await;
    assert_eq!(unknown, "no service of this name is registered");
    // The name of the registration is not the name of the entity.
    let by_id = refused(&scene, &CANTINE, |request| {
        request.header.issuer = "cantine".to_owned();
    });
    assert_eq!(by_id.await, "no service of this name is registered");

    let off = CANTINE.file("access = [{}]\nenabled = false", "");
    scene.apply(&off).await;
    let told = refused(&scene, &CANTINE, |_| {}).await;
    assert_eq!(told, "the service is switched off");

    let until = (scene.cx().now + Duration::from_secs(3600)).rfc3339();
    let dated = CANTINE.metadata(&format!(" validUntil=\"{until}\""));
    scene
        .apply(&CANTINE.file_with("access = [{}]", "", &dated))
        .await;
    scene.pass(Duration::from_secs(3));
    goes(&scene, &CANTINE, |_| {}).await;
    scene.pass(Duration::from_secs(3600));
    let told = refused(&scene, &CANTINE, |_| {}).await;
    assert_eq!(told, "the metadata of the service has expired");
}

#[tokio::test]
async fn saml_16_a_service_that_is_switched_off_meanwhile_gets_no_answer() {
    let scene = scene().await;
    let mut browser = Browser::default();
    let request = CANTINE.request(&scene);
    let name = super::started(ask(&scene, &browser, &request).await, &mut browser);
    let SsoAnswer::Step(step) = super::go_on(&scene, &browser, &name).await else {
        panic!("no login page");
    };
    let page = crate::scene::identify(step, &mut browser);
    scene
        .apply(&CANTINE.file("access = [{}]\nenabled = false", ""))
        .await;
    let credentials = ("paul.durand", crate::scene::PASSWORD);
    let step = scene.submit(&mut browser, &page.handle, credentials).await;
    let text = format!("{step:?}");
    assert!(
        text.contains("NotForYou") && text.contains("back: None"),
        "{text}"
    );
}

#[tokio::test]
async fn saml_01_only_a_wish_for_a_login_is_one() {
    let scene = scene().await;
    let logout = clau_saml::message::LogoutRequest {
        header: CANTINE.header(&scene, SSO),
        name_id: clau_saml::message::NameId {
            value: "x".to_owned(),
            format: clau_saml::names::name_id::PERSISTENT.to_owned(),
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_indexes: Vec::new(),
        reason: None,
        not_on_or_after: None,
    };
    let xml = logout.write(None, None).expect("a request");
    let received = by_redirect(SSO, &xml, Some(&KEY));
    let outcome = arrives(&scene, &received);
    assert!(why(outcome.await).contains("it asks for no login"));
}
