//! Programs that sign people in (ECP): the same checks and the same throttle as the login page.

use clau_engine::saml::Refused;
use clau_engine::saml::ecp::EcpAnswer;
use clau_saml::binding::{Received, Role, envelope};
use clau_saml::message::{AcsChoice, Asserted, AuthnRequest, Status, StatusCode};

use clau_saml::names::binding;

use super::{BUS, CANTINE, KEY, OTHER, Said, register, scene, seed_keys, sp, why};
use crate::scene::{PASSWORD, Scene};

const PAUL: Option<(&str, &str)> = Some(("paul.durand", PASSWORD));

async fn sign_in(
    scene: &Scene,
    request: &AuthnRequest,
    typed: Option<(&str, &str)>,
) -> Result<EcpAnswer, Refused> {
    post(scene, &request.write(None).expect("a request"), typed).await
}

async fn post(scene: &Scene, xml: &str, typed: Option<(&str, &str)>) -> Result<EcpAnswer, Refused> {
    let received = Received::from_soap(envelope(xml).into_bytes(), Role::Request);
    scene.hub.saml_ecp(&scene.cx(), &received, typed).await
}

/// What the service makes of what the program brings it.
async fn brought(
    scene: &Scene,
    outcome: Result<EcpAnswer, Refused>,
    request: &AuthnRequest,
) -> Result<Asserted, Status> {
    let EcpAnswer::Envelope(got) = outcome.expect("acted on") else {
        panic!("no envelope");
    };
    let consumer = format!("AssertionConsumerServiceURL=\"{}\"", BUS.at("ecp"));
    assert!(got.contains(&consumer), "{got}");
    let (begin, end) = (got.find("<samlp:Response "), got.find("</samlp:Response>"));
    let (begin, end) = (begin.expect("an answer"), end.expect("an answer"));
    let said = Said {
        action: BUS.at("ecp"),
        xml: got[begin..end + "</samlp:Response>".len()].to_owned(),
        relay_state: None,
    };
    BUS.read(scene, &said, Some(&request.header.id)).await
}

#[tokio::test]
async fn saml_09_a_program_signs_somebody_in_and_takes_the_answer_to_the_service() {
    let scene = scene().await;
    let request = BUS.request(&scene);
    let outcome = sign_in(&scene, &request, PAUL).await;
    let learnt = brought(&scene, outcome, &request).await;
    let learnt = learnt.expect("an assertion");
    assert_eq!(
        super::values(&learnt, "urn:oid:2.5.4.42"),
        Some(&["Paul".to_owned()][..])
    );
    let again = sign_in(&scene, &request, PAUL).await;
    assert!(why(again).contains("it came before"));
    // The session ends as every other does.
    let wish = super::logout::wish(&scene, &BUS, Some(&learnt));
    let xml = wish.write(Some(&KEY), None).expect("a request");
    let received = Received::from_soap(envelope(&xml).into_bytes(), Role::Request);
    let ended = scene.hub.saml_slo_program(&scene.cx(), &received).await;
    assert!(ended.expect("an envelope").contains("status:Success"));
    assert!(
        learnt.name_id.format == clau_saml::names::name_id::PERSISTENT,
        "as registered"
    );
}

#[tokio::test]
async fn pwd_08_a_wrong_password_is_counted_and_uses_no_request_up() {
    let scene = scene().await;
    let request = BUS.request(&scene);
    for typed in [
        None,
        Some(("paul.durand", "faux")),
        Some(("personne", PASSWORD)),
    ] {
        let outcome = sign_in(&scene, &request, typed).await;
        assert!(matches!(outcome, Ok(EcpAnswer::Credentials)), "{outcome:?}");
    }
    let outcome = sign_in(&scene, &request, PAUL).await;
    assert!(brought(&scene, outcome, &request).await.is_ok());
    // After too many of them the right one has to wait as well, here and on the login page.
    for _ in 0..20 {
        let outcome = sign_in(&scene, &BUS.request(&scene), Some(("lea.martin", "faux"))).await;
        let counted = matches!(outcome, Ok(EcpAnswer::Credentials | EcpAnswer::Wait(_)));
        assert!(counted, "{outcome:?}");
    }
    let outcome = sign_in(&scene, &BUS.request(&scene), Some(("lea.martin", PASSWORD))).await;
    assert!(matches!(outcome, Ok(EcpAnswer::Wait(_))), "{outcome:?}");
    let mut browser = crate::scene::Browser::default();
    let page = scene.login_page(&mut browser).await;
    let step = scene
        .submit(&mut browser, &page.handle, ("lea.martin", PASSWORD))
        .await;
    assert!(format!("{step:?}").contains("Wait"), "{step:?}");
}

#[tokio::test]
async fn pwd_08_a_lock_and_an_activation_code_let_no_program_in() {
    let scene = scene().await;
    let lock = scene
        .hub
        .set_lock(&scene.cx(), "paul.durand", Some("test"))
        .await;
    lock.expect("locked");
    let outcome = sign_in(&scene, &BUS.request(&scene), PAUL).await;
    assert!(matches!(outcome, Ok(EcpAnswer::Credentials)), "{outcome:?}");
    let code = scene.hub.new_code(&scene.cx(), "nouvelle.eleve").await;
    let code = code.expect("a code");
    let request = BUS.request(&scene);
    let outcome = sign_in(&scene, &request, Some(("nouvelle.eleve", &code))).await;
    let status = brought(&scene, outcome, &request).await;
    let status = status.expect_err("a refusal");
    assert_eq!(status.detail, Some(StatusCode::AuthnFailed));
}

#[tokio::test]
async fn saml_08_programs_serve_only_services_that_are_registered_for_it() {
    let scene = scene().await;
    let outcome = sign_in(&scene, &CANTINE.request(&scene), PAUL).await;
    assert!(why(outcome).contains("not registered for programs"));
    let outcome = sign_in(&scene, &sp("inconnu").request(&scene), PAUL).await;
    assert!(why(outcome).contains("no service of this name"));
    // Signed by another key: whoever brings the right password gets no further.
    let forged = BUS.request(&scene).write(Some(&OTHER)).expect("a request");
    assert!(why(post(&scene, &forged, PAUL).await).contains("does not verify"));
    let mut elsewhere = BUS.request(&scene);
    elsewhere.acs = AcsChoice::Location {
        location: "https://evil.example/ecp".to_owned(),
        binding: None,
    };
    assert!(why(sign_in(&scene, &elsewhere, PAUL).await).contains("not in the metadata"));
    // An address for browsers is none for programs.
    let mut browsers = BUS.request(&scene);
    browsers.acs = AcsChoice::Location {
        location: BUS.acs(),
        binding: None,
    };
    assert!(why(sign_in(&scene, &browsers, PAUL).await).contains("not in the metadata"));
}

#[tokio::test]
async fn saml_07_an_index_of_a_browsers_address_is_no_address_for_programs() {
    let scene = scene().await;
    let mut request = BUS.request(&scene);
    request.acs = AcsChoice::Index(0);
    let outcome = sign_in(&scene, &request, PAUL).await;
    assert!(why(outcome).contains("not in the metadata"));
    // Nor is a program's one for a browser, whose form would end there.
    for acs in [
        AcsChoice::Index(2),
        AcsChoice::Default {
            binding: Some(binding::PAOS.to_owned()),
        },
    ] {
        let mut request = BUS.request(&scene);
        request.acs = acs;
        let nobody = crate::scene::Browser::default();
        let outcome = super::ask(&scene, &nobody, &request).await;
        assert!(why(outcome).contains("not in the metadata"));
    }
}

#[tokio::test]
async fn saml_08_programs_get_what_the_policy_says() {
    let scene = scene().await;
    let told = async |change: &dyn Fn(&mut AuthnRequest), typed| {
        let mut request = BUS.request(&scene);
        change(&mut request);
        let outcome = sign_in(&scene, &request, typed).await;
        let status = brought(&scene, outcome, &request).await;
        status.expect_err("a refusal").detail
    };
    // BUS is for pupils and teachers.
    let parent = Some(("anne.martin", PASSWORD));
    assert_eq!(told(&|_| {}, parent).await, Some(StatusCode::RequestDenied));
    let email = |request: &mut AuthnRequest| {
        request.name_id.format = Some(clau_saml::names::name_id::EMAIL.to_owned());
    };
    assert_eq!(
        told(&email, PAUL).await,
        Some(StatusCode::InvalidNameIdPolicy)
    );
    let passive = |request: &mut AuthnRequest| request.is_passive = true;
    assert_eq!(told(&passive, PAUL).await, Some(StatusCode::AuthnFailed));
}

#[tokio::test]
async fn saml_06_who_has_something_to_do_first_does_it_in_a_browser() {
    let scene = Scene::with(|settings| settings.charter_version = "2026".to_owned()).await;
    seed_keys(&scene).await;
    register(&scene).await;
    let request = BUS.request(&scene);
    let outcome = sign_in(&scene, &request, PAUL).await;
    let status = brought(&scene, outcome, &request).await;
    let status = status.expect_err("a refusal");
    assert_eq!(status.code, StatusCode::Responder);
    assert_eq!(status.detail, Some(StatusCode::AuthnFailed));
}
