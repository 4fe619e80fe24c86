//! Logout, asked for by a service and told to the others.

use std::time::Duration;

use clau_domain::secret::Digest;
use clau_engine::leaving::Delivery;
use clau_engine::logout::ToldState;
use clau_engine::saml::Refused;
use clau_engine::saml::logout::SloAnswer;
use clau_saml::binding::{Address, Received, Role, envelope};
use clau_saml::key::SigningKey;
use clau_saml::message::{
    Asserted, Header, Kind, LogoutRequest, LogoutResponse, NameId, Status, StatusCode,
};
use clau_saml::names::name_id;

use super::{
    BUS, CANTINE, IDP, KEY, NOTES, OTHER, SLO, Sp, asserted, by_form, by_redirect, provider, query,
    why, with,
};
use crate::scene::{Browser, PASSWORD, Scene};

/// A wish to end what a service has learnt of, or of somebody whom nobody knows.
pub(super) fn wish(scene: &Scene, sp: &Sp, about: Option<&Asserted>) -> LogoutRequest {
    let nobody = NameId {
        value: "nobody".to_owned(),
        format: name_id::PERSISTENT.to_owned(),
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    LogoutRequest {
        header: sp.header(scene, SLO),
        name_id: about.map_or(nobody, |about| about.name_id.clone()),
        session_indexes: about
            .and_then(|about| about.session_index.clone())
            .into_iter()
            .collect(),
        reason: None,
        not_on_or_after: None,
    }
}

async fn bring(
    scene: &Scene,
    browser: &Browser,
    wish: &LogoutRequest,
    key: Option<&SigningKey>,
) -> Result<SloAnswer, Refused> {
    let xml = wish.write(None, None).expect("a request");
    let received = by_redirect(SLO, &xml, key);
    scene
        .hub
        .saml_slo(&scene.cx(), browser.session.as_deref(), &received)
        .await
}

/// The session that has ended, and the name of the way back.
fn ended(outcome: Result<SloAnswer, Refused>) -> (Option<Digest>, String) {
    match outcome.expect("acted on") {
        SloAnswer::Asked { ended, back, .. } => {
            (ended.map(|ended| ended.logout), back.expose().to_owned())
        }
        other => panic!("{other:?}"),
    }
}

/// The answer that a service gets in the end.
async fn answered(scene: &Scene, sp: &Sp, back: &str) -> LogoutResponse {
    let leaving = scene.hub.saml_slo_back(&scene.cx(), back).await;
    let leaving = leaving.expect("acted on").expect("a way back");
    let Delivery::Redirect(address) = leaving.delivery else {
        panic!("not by redirect");
    };
    let begins = format!("{}?SAMLResponse=", sp.at("slo/done"));
    assert!(address.starts_with(&begins), "{address}");
    let received = query(&address);
    assert_eq!(received.relay_state.as_deref(), Some("s"));
    let idp = provider(scene).await;
    let opened = received.open().expect("XML");
    let authentic = opened.authenticate(&idp.keys.signing).expect("signed");
    let response = LogoutResponse::read(&authentic).expect("an answer");
    assert_eq!(response.header.destination, Some(sp.at("slo/done")));
    response
}

async fn learnt(scene: &Scene, browser: &Browser, sp: &Sp) -> Asserted {
    let learnt = asserted(scene, browser, sp, |_| {}).await;
    learnt.expect("an assertion")
}

#[tokio::test]
async fn saml_10_a_service_ends_the_session_that_it_is_part_of_and_is_answered() {
    let (scene, browser) = with("paul.durand").await;
    let about = learnt(&scene, &browser, &CANTINE).await;
    let wish = wish(&scene, &CANTINE, Some(&about));
    let session = scene.signed_in(&browser).await.expect("a session").digest;
    let (ended, back) = ended(bring(&scene, &browser, &wish, Some(&KEY)).await);
    assert_eq!(ended, Some(session));
    assert!(scene.signed_in(&browser).await.is_none());
    let response = answered(&scene, &CANTINE, &back).await;
    assert_eq!(response.in_response_to, wish.header.id);
    assert_eq!(response.header.issuer, IDP);
    assert_eq!(response.status, Status::success());
    // The way back is gone once.
    let again = scene.hub.saml_slo_back(&scene.cx(), &back).await;
    assert!(matches!(again, Ok(None)), "{again:?}");
    // Nobody is told what they have asked for themselves.
    let told = scene.hub.told(&scene.cx(), session).await.expect("told");
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn saml_10_a_wish_is_signed_by_its_sender_meant_for_here_and_comes_once() {
    let (scene, browser) = with("paul.durand").await;
    let about = learnt(&scene, &browser, &CANTINE).await;
    let good = wish(&scene, &CANTINE, Some(&about));
    let refused = async |wish: &LogoutRequest, key| {
        let told = why(bring(&scene, &browser, wish, key).await);
        assert!(scene.signed_in(&browser).await.is_some(), "{told}");
        told
    };
    assert_eq!(refused(&good, None).await, "the message is not signed");
    assert!(
        refused(&good, Some(&OTHER))
            .await
            .contains("does not verify")
    );
    let unsigned = by_form(&good.write(None, None).expect("a request"));
    let cookie = browser.session.as_deref();
    let outcome = scene.hub.saml_slo(&scene.cx(), cookie, &unsigned).await;
    assert_eq!(why(outcome), "the message is not signed");

    let changed = |change: &dyn Fn(&mut LogoutRequest)| {
        let mut wish = wish(&scene, &CANTINE, Some(&about));
        change(&mut wish);
        wish
    };
    for destination in [None, Some("https://ent.example/saml/sso".to_owned())] {
        let wish = changed(&|wish| wish.header.destination.clone_from(&destination));
        refused(&wish, Some(&KEY)).await;
    }
    let now = scene.cx().now;
    let minutes = |count: u64| Duration::from_secs(count * 60);
    let old = changed(&|wish| {
        wish.header.instant = now - minutes(6);
        wish.not_on_or_after = Some(now + minutes(5));
    });
    assert!(refused(&old, Some(&KEY)).await.contains("too old"));
    let early = changed(&|wish| wish.header.instant = now + minutes(2));
    assert!(
        refused(&early, Some(&KEY))
            .await
            .contains("from the future")
    );
    let over = changed(&|wish| wish.not_on_or_after = Some(now - minutes(1)));
    assert!(refused(&over, Some(&KEY)).await.contains("no longer good"));

    let (session, _) = ended(bring(&scene, &browser, &good, Some(&KEY)).await);
    assert!(session.is_some());
    let mut browser = browser;
    scene.sign_in(&mut browser, "paul.durand").await;
    learnt(&scene, &browser, &CANTINE).await;
    let again = why(bring(&scene, &browser, &good, Some(&KEY)).await);
    assert!(again.contains("it came before"), "{again}");
    assert!(scene.signed_in(&browser).await.is_some());
}

#[tokio::test]
async fn saml_10_of_other_peoples_and_other_services_sessions_none_ends() {
    let (scene, browser) = with("paul.durand").await;
    let mine = learnt(&scene, &browser, &CANTINE).await;
    let at_notes = learnt(&scene, &browser, &NOTES).await;
    let mut lea = Browser::default();
    scene.sign_in(&mut lea, "lea.martin").await;
    let hers = learnt(&scene, &lea, &CANTINE).await;
    let mut wishes = Vec::new();
    // Her name for my session, mine for hers, and a name that nobody has.
    let mut mixed = wish(&scene, &CANTINE, Some(&hers));
    mixed.session_indexes = mine.session_index.clone().into_iter().collect();
    wishes.push((mixed, &*KEY));
    let mut mixed = wish(&scene, &CANTINE, Some(&mine));
    mixed.session_indexes = hers.session_index.clone().into_iter().collect();
    wishes.push((mixed, &*KEY));
    wishes.push((wish(&scene, &CANTINE, None), &*KEY));
    // What another service calls the session, and what it calls the person.
    wishes.push((wish(&scene, &CANTINE, Some(&at_notes)), &*KEY));
    wishes.push((wish(&scene, &NOTES, Some(&mine)), &*OTHER));
    let mut by_name = wish(&scene, &NOTES, Some(&mine));
    by_name.session_indexes.clear();
    wishes.push((by_name, &*OTHER));
    // The right value with another qualifier or in another format.
    let mut wrong = wish(&scene, &CANTINE, Some(&mine));
    wrong.name_id.sp_name_qualifier = Some(NOTES.entity_id());
    wishes.push((wrong, &*KEY));
    let mut wrong = wish(&scene, &CANTINE, Some(&mine));
    wrong.name_id.format = name_id::EMAIL.to_owned();
    wishes.push((wrong, &*KEY));
    for (wish, key) in &wishes {
        let (session, back) = ended(bring(&scene, &browser, wish, Some(key)).await);
        assert_eq!(session, None, "{wish:?}");
        assert!(scene.signed_in(&browser).await.is_some(), "{wish:?}");
        assert!(scene.signed_in(&lea).await.is_some(), "{wish:?}");
        // Nobody learns by the answer whether there was a session.
        let sp = if wish.header.issuer == NOTES.entity_id() {
            &NOTES
        } else {
            &CANTINE
        };
        assert_eq!(answered(&scene, sp, &back).await.status, Status::success());
    }
}

#[tokio::test]
async fn saml_10_a_name_without_a_session_means_all_of_that_person() {
    let (scene, phone) = with("paul.durand").await;
    let mut desk = Browser::default();
    scene.sign_in(&mut desk, "paul.durand").await;
    let mut elsewhere = Browser::default();
    scene.sign_in(&mut elsewhere, "paul.durand").await;
    let mut lea = Browser::default();
    scene.sign_in(&mut lea, "lea.martin").await;
    let persistent = async |browser: &Browser| {
        let learnt = asserted(&scene, browser, &CANTINE, |request| {
            request.name_id.format = Some(name_id::PERSISTENT.to_owned());
        });
        learnt.await.expect("an assertion")
    };
    let about = persistent(&phone).await;
    persistent(&desk).await;
    persistent(&lea).await;
    let mut wish = wish(&scene, &CANTINE, Some(&about));
    wish.session_indexes.clear();
    // Brought by a browser that has none of them.
    let (session, back) = ended(bring(&scene, &Browser::default(), &wish, Some(&KEY)).await);
    assert!(session.is_some());
    assert!(scene.signed_in(&phone).await.is_none());
    assert!(scene.signed_in(&desk).await.is_none());
    // The service has no part in this one.
    assert!(scene.signed_in(&elsewhere).await.is_some());
    assert!(scene.signed_in(&lea).await.is_some());
    assert_eq!(
        answered(&scene, &CANTINE, &back).await.status,
        Status::success()
    );
}

#[tokio::test]
async fn saml_10_several_sessions_may_be_named_and_only_those_end() {
    let (scene, first) = with("paul.durand").await;
    let (mut second, mut third) = (Browser::default(), Browser::default());
    scene.sign_in(&mut second, "paul.durand").await;
    scene.sign_in(&mut third, "paul.durand").await;
    let mut all = Vec::new();
    for browser in [&first, &second, &third] {
        let learnt = asserted(&scene, browser, &BUS, |_| {}).await;
        all.push(learnt.expect("an assertion"));
    }
    let mut wish = wish(&scene, &BUS, Some(&all[0]));
    wish.session_indexes.extend(all[1].session_index.clone());
    ended(bring(&scene, &third, &wish, Some(&KEY)).await);
    assert!(scene.signed_in(&first).await.is_none());
    assert!(scene.signed_in(&second).await.is_none());
    assert!(scene.signed_in(&third).await.is_some());
}

#[tokio::test]
async fn ses_02_a_session_that_was_proven_anew_ends_by_its_former_name_too() {
    let (scene, mut browser) = with("paul.durand").await;
    let before = learnt(&scene, &browser, &CANTINE).await;
    scene.pass(Duration::from_secs(60));
    let former = scene.signed_in(&browser).await.expect("a session").digest;
    let page = scene.login_page(&mut browser).await;
    scene
        .submit(&mut browser, &page.handle, ("paul.durand", PASSWORD))
        .await;
    let now = scene.signed_in(&browser).await.expect("a session").digest;
    assert_ne!(now, former);
    // By the name, and by the index, that the service got then.
    let wish = wish(&scene, &CANTINE, Some(&before));
    let (session, _) = ended(bring(&scene, &Browser::default(), &wish, Some(&KEY)).await);
    assert_eq!(session, Some(now));
    assert!(scene.signed_in(&browser).await.is_none());
}

#[tokio::test]
async fn saml_10_a_name_that_is_encrypted_for_the_hub_is_understood() {
    let (scene, browser) = with("paul.durand").await;
    let about = learnt(&scene, &browser, &CANTINE).await;
    let idp = provider(&scene).await;
    let to = idp.keys.encryption.first().expect("a key");
    let wish = wish(&scene, &CANTINE, Some(&about));
    let xml = wish.write(None, Some(to)).expect("a request");
    assert!(!xml.contains(&about.name_id.value));
    let received = by_redirect(SLO, &xml, Some(&KEY));
    let outcome = scene.hub.saml_slo(&scene.cx(), None, &received).await;
    assert!(ended(outcome).0.is_some());
    assert!(scene.signed_in(&browser).await.is_none());
}

#[tokio::test]
async fn saml_10_a_program_asks_for_a_logout_and_is_told_how_it_went() {
    let (scene, browser) = with("paul.durand").await;
    let about = learnt(&scene, &browser, &CANTINE).await;
    let post = async |wish: &LogoutRequest, key| {
        let xml = wish.write(key, None).expect("a request");
        let received = Received::from_soap(envelope(&xml).into_bytes(), Role::Request);
        scene.hub.saml_slo_program(&scene.cx(), &received).await
    };
    let good = wish(&scene, &CANTINE, Some(&about));
    assert_eq!(why(post(&good, None).await), "the message is not signed");
    assert!(why(post(&good, Some(&OTHER)).await).contains("does not verify"));
    assert!(scene.signed_in(&browser).await.is_some());
    let got = post(&good, Some(&KEY)).await.expect("an envelope");
    assert!(scene.signed_in(&browser).await.is_none());
    let idp = provider(&scene).await;
    let received = Received::from_soap(got.into_bytes(), Role::Response);
    let opened = received.open().expect("XML");
    let authentic = opened.authenticate(&idp.keys.signing).expect("signed");
    let response = LogoutResponse::read(&authentic).expect("an answer");
    assert_eq!(response.in_response_to, good.header.id);
    assert_eq!(response.status, Status::success());
    assert!(why(post(&good, Some(&KEY)).await).contains("it came before"));
    // An answer is no wish.
    let answer = LogoutResponse {
        header: CANTINE.header(&scene, SLO),
        in_response_to: "_x".to_owned(),
        status: Status::success(),
    };
    let xml = answer.write(Some(&KEY)).expect("an answer");
    let received = Received::from_soap(envelope(&xml).into_bytes(), Role::Response);
    let outcome = scene.hub.saml_slo_program(&scene.cx(), &received).await;
    assert!(why(outcome).contains("another message than is expected"));
}

/// The wishes that the browser takes to services after a logout here: service and request.
async fn tellings(scene: &Scene, browser: &Browser) -> (Digest, Vec<(String, String)>) {
    let ended = scene
        .hub
        .log_out(&scene.cx(), browser.session.as_deref())
        .await;
    let logout = ended.expect("logout").expect("a session").logout;
    let frames = scene.hub.frames(&scene.cx(), logout).await.expect("frames");
    let request = |address: &str| {
        let (_, name) = address.split_once("/saml/slo/tell?request=").expect("ours");
        name.to_owned()
    };
    let all = frames
        .iter()
        .map(|frame| (frame.service.clone(), request(frame.address.as_str())));
    (logout, all.collect())
}

/// What a service's page gets.
async fn brought(scene: &Scene, name: &str) -> LogoutRequest {
    let leaving = scene.hub.saml_tell(&scene.cx(), name, false).await;
    let leaving = leaving.expect("acted on").expect("a wish");
    let Delivery::Redirect(address) = leaving.delivery else {
        panic!("not by redirect");
    };
    let idp = provider(scene).await;
    let received = query(&address);
    let opened = received.open().expect("XML");
    assert_eq!(opened.kind(), Kind::LogoutRequest);
    let authentic = opened.authenticate(&idp.keys.signing).expect("signed");
    LogoutRequest::read(&authentic, &[], scene.cx().now).expect("a wish")
}

/// A service's answer to a wish.
async fn reply(
    scene: &Scene,
    sp: &Sp,
    (to, status): (&str, Status),
    key: Option<&SigningKey>,
) -> Result<SloAnswer, Refused> {
    let header = Header {
        destination: Some(SLO.to_owned()),
        ..sp.header(scene, SLO)
    };
    let response = LogoutResponse {
        header,
        in_response_to: to.to_owned(),
        status,
    };
    let xml = response.write(None).expect("an answer");
    let to = Address {
        location: SLO,
        role: Role::Response,
        relay_state: None,
    };
    let received = query(&to.with(&xml, key).expect("an address"));
    scene.hub.saml_slo(&scene.cx(), None, &received).await
}

async fn states(scene: &Scene, logout: Digest) -> Vec<(String, ToldState)> {
    let told = scene.hub.told(&scene.cx(), logout).await.expect("told");
    told.into_iter()
        .map(|told| (told.service, told.state))
        .collect()
}

#[tokio::test]
async fn saml_10_answers_count_only_from_the_service_that_was_asked() {
    let (scene, browser) = with("paul.durand").await;
    let at_cantine = learnt(&scene, &browser, &CANTINE).await;
    learnt(&scene, &browser, &NOTES).await;
    let (logout, tellings) = tellings(&scene, &browser).await;
    let of = |service: &str| {
        let mut all = tellings.iter();
        all.find(|(known, _)| known == service)
            .expect(service)
            .1
            .clone()
    };
    let (cantine, carnet) = (of("CANTINE"), of("CARNET"));
    let wish = brought(&scene, &cantine).await;
    assert_eq!(wish.header.id, cantine);
    assert_eq!(wish.header.destination, Some(CANTINE.at("slo")));
    assert_eq!(wish.name_id, at_cantine.name_id);
    assert_eq!(
        Some(&wish.session_indexes[0]),
        at_cantine.session_index.as_ref()
    );

    let ok = Status::success;
    let waiting = |service: &str| (service.to_owned(), ToldState::OnItsWay);
    let all_wait = [waiting("CANTINE"), waiting("CARNET")];
    for outcome in [
        reply(&scene, &CANTINE, (&cantine, ok()), None).await,
        reply(&scene, &CANTINE, (&cantine, ok()), Some(&OTHER)).await,
        reply(&scene, &NOTES, (&cantine, ok()), Some(&OTHER)).await,
        reply(&scene, &CANTINE, (&carnet, ok()), Some(&KEY)).await,
        reply(&scene, &CANTINE, ("_nothing", ok()), Some(&KEY)).await,
    ] {
        why(outcome);
        let mut states = states(&scene, logout).await;
        states.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(states, all_wait);
    }
    let good = reply(&scene, &CANTINE, (&cantine, ok()), Some(&KEY)).await;
    assert!(
        matches!(&good, Ok(SloAnswer::Answered { logout: of, by_hand: false }) if *of == logout),
        "{good:?}"
    );
    // One that could not is not told as one that has.
    let partial = Status {
        detail: Some(StatusCode::PartialLogout),
        ..ok()
    };
    let answered = reply(&scene, &NOTES, (&carnet, partial), Some(&OTHER)).await;
    answered.expect("acted on");
    let states = states(&scene, logout).await;
    assert!(
        states.contains(&("CANTINE".to_owned(), ToldState::Told)),
        "{states:?}"
    );
    assert!(
        states.contains(&("CARNET".to_owned(), ToldState::NotReached)),
        "{states:?}"
    );
    // What was answered is not asked again.
    let again = scene.hub.saml_tell(&scene.cx(), &cantine, false).await;
    assert!(matches!(again, Ok(None)), "{again:?}");
    let invented = scene.hub.saml_tell(&scene.cx(), "_x", true).await;
    assert!(matches!(invented, Ok(None)), "{invented:?}");
}

#[tokio::test]
async fn saml_10_who_asks_is_told_when_others_were_not_reached() {
    let (scene, browser) = with("paul.durand").await;
    let about = learnt(&scene, &browser, &CANTINE).await;
    learnt(&scene, &browser, &NOTES).await;
    let wish = wish(&scene, &CANTINE, Some(&about));
    let (logout, back) = ended(bring(&scene, &browser, &wish, Some(&KEY)).await);
    let frames = scene
        .hub
        .frames(&scene.cx(), logout.expect("ended"))
        .await
        .expect("frames");
    assert_eq!(frames.len(), 1, "who asks is not told: {frames:?}");
    assert_eq!(frames[0].then.as_deref(), Some("https://carnet.example"));
    // The other one says nothing: after a moment of patience that is what is told.
    let response = answered(&scene, &CANTINE, &back).await;
    assert!(response.status.is_success());
    assert_eq!(response.status.detail, Some(StatusCode::PartialLogout));
}

#[tokio::test]
async fn saml_10_the_session_of_a_browser_that_a_service_has_no_part_in_stays() {
    let (scene, lea) = with("lea.martin").await;
    let mut paul = Browser::default();
    scene.sign_in(&mut paul, "paul.durand").await;
    let about = learnt(&scene, &paul, &CANTINE).await;
    // A wish about Paul, brought by Léa's browser.
    let wish = wish(&scene, &CANTINE, Some(&about));
    ended(bring(&scene, &lea, &wish, Some(&KEY)).await);
    assert!(scene.signed_in(&paul).await.is_none());
    assert!(scene.signed_in(&lea).await.is_some());
}
