//! What services are told: a refusal at their own address, attributes as released, sealed as registered.

use clau_engine::login::{Finished, Step, Then};
use clau_engine::saml::sso::SsoAnswer;
use clau_saml::message::{AcsChoice, Comparison, RequestedContext, Scoping, StatusCode};
use clau_saml::names::{binding, context, name_id};

use super::{
    BUS, CANTINE, IDP, NOTES, Sp, ask, ask_signed, asserted, leaving, said, told, values, with,
};
use crate::scene::Browser;

const GIVEN_NAME: &str = "urn:oid:2.5.4.42";
const FAMILY_NAME: &str = "urn:oid:2.5.4.4";
const PAIRWISE: &str = "urn:oasis:names:tc:SAML:attribute:pairwise-id";

#[tokio::test]
async fn saml_07_what_is_not_for_somebody_is_told_them_and_then_the_service_at_its_address() {
    let (scene, browser) = with("lea.martin").await;
    let request = NOTES.request(&scene);
    let outcome = ask_signed(&scene, &browser, &request, Some(NOTES.key())).await;
    let Ok(SsoAnswer::Step(Step::Finished(Finished {
        then: Then::NotForYou { service, back, .. },
        ..
    }))) = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(service, "CARNET");
    let back = back.expect("a way back");
    assert_eq!(back.origin.as_deref(), Some("https://carnet.example"));
    let said = said(&back);
    assert_eq!(said.action, NOTES.acs());
    assert!(!said.xml.contains("Assertion "), "{}", said.xml);
    for secret in ["Léa", "lea.martin", "National_ELV"] {
        assert!(!said.xml.contains(secret), "{}", said.xml);
    }
    let status = NOTES.read(&scene, &said, Some(&request.header.id)).await;
    let status = status.expect_err("a refusal");
    assert_eq!(status.code, StatusCode::Responder);
    assert_eq!(status.detail, Some(StatusCode::RequestDenied));
}

#[tokio::test]
async fn saml_09_attributes_are_those_that_are_released_and_no_request_gets_more() {
    let (scene, browser) = with("paul.durand").await;
    let learnt = asserted(&scene, &browser, &CANTINE, |_| {}).await;
    let learnt = learnt.expect("an assertion");
    assert_eq!(values(&learnt, GIVEN_NAME), Some(&["Paul".to_owned()][..]));
    assert_eq!(
        values(&learnt, FAMILY_NAME),
        Some(&["Durand".to_owned()][..])
    );
    for kept in [
        "urn:oid:0.9.2342.19200300.100.1.1",
        "urn:oid:0.9.2342.19200300.100.1.3",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.1",
    ] {
        assert_eq!(values(&learnt, kept), None, "{kept}");
    }
    // A list of the metadata narrows, and one that is not there is refused.
    let narrow = asserted(&scene, &browser, &CANTINE, |request| {
        request.attributes = Some(7)
    });
    let names: Vec<String> = narrow
        .await
        .expect("an assertion")
        .attributes
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, [GIVEN_NAME]);
    let unknown = told(&scene, &browser, &CANTINE, |request| {
        request.attributes = Some(8)
    })
    .await;
    assert_eq!(
        unknown,
        (StatusCode::Requester, Some(StatusCode::RequestUnsupported))
    );
    // NOTES has no release: a pairwise identifier and nothing about the person.
    let little = asserted(&scene, &browser, &NOTES, |_| {}).await;
    let little = little.expect("an assertion");
    assert!(values(&little, PAIRWISE).is_some());
    for name in [GIVEN_NAME, FAMILY_NAME] {
        assert_eq!(values(&little, name), None);
    }
    assert!(!format!("{little:?}").contains("Durand"));
}

#[tokio::test]
async fn saml_09_a_profile_without_names_tells_none() {
    let (scene, browser) = with("paul.durand").await;
    let more = "access = [{}]\nrelease = { attributes = [\"given_name\"], approval = \"test\" }";
    scene
        .apply(&CANTINE.file(more, "attributes = \"none\""))
        .await;
    let learnt = asserted(&scene, &browser, &CANTINE, |_| {}).await;
    assert_eq!(learnt.expect("an assertion").attributes, []);
}

#[tokio::test]
async fn saml_09_what_metadata_does_not_ask_for_stays_where_the_registration_says_so() {
    let (scene, browser) = with("paul.durand").await;
    let more = "access = [{}]\n\
        release = { attributes = [\"given_name\", \"family_name\"], approval = \"test\" }";
    let list = format!(
        "<md:AttributeConsumingService index=\"1\" isDefault=\"true\">\
         <md:ServiceName xml:lang=\"fr\">Cantine</md:ServiceName>\
         <md:RequestedAttribute Name=\"{GIVEN_NAME}\"/>\
         </md:AttributeConsumingService></md:SPSSODescriptor>"
    );
    for (settings, has_family_name) in [("", true), ("only_requested = true", false)] {
        let file = CANTINE.file(more, settings);
        let asking = file.replace("</md:SPSSODescriptor>", &list);
        assert_ne!(asking, file);
        scene.apply(&asking).await;
        let learnt = asserted(&scene, &browser, &CANTINE, |_| {}).await;
        let learnt = learnt.expect("an assertion");
        assert!(values(&learnt, GIVEN_NAME).is_some(), "{settings}");
        let family_name = values(&learnt, FAMILY_NAME);
        assert_eq!(family_name.is_some(), has_family_name, "{settings}");
    }
}

#[tokio::test]
async fn saml_09_what_is_told_is_for_one_service_and_five_minutes_and_ends_with_the_session() {
    let (scene, browser) = with("paul.durand").await;
    let request = CANTINE.request(&scene);
    let answer = said(&leaving(ask(&scene, &browser, &request).await));
    assert_eq!(answer.xml.matches("<ds:SignatureValue>").count(), 2);
    let minutes = std::time::Duration::from_secs(5 * 60);
    let until = format!("NotOnOrAfter=\"{}\"", (scene.cx().now + minutes).rfc3339());
    assert_eq!(answer.xml.matches(&until).count(), 2);
    let learnt = CANTINE
        .read(&scene, &answer, Some(&request.header.id))
        .await;
    let learnt = learnt.expect("an assertion");
    let signed_in = scene.signed_in(&browser).await.expect("a session");
    assert_eq!(learnt.session_ends, Some(signed_in.session.latest_end()));
    assert_eq!(learnt.context, context::PASSWORD_PROTECTED_TRANSPORT);
    let index = learnt.session_index.expect("an index");
    // Another name of the session at every service, and never the cookie's.
    let at_bus = asserted(&scene, &browser, &BUS, |_| {}).await;
    assert_ne!(
        at_bus.expect("an assertion").session_index,
        Some(index.clone())
    );
    assert!(
        !browser
            .session
            .as_deref()
            .is_some_and(|it| index.contains(it))
    );
    assert!(
        !signed_in
            .digest
            .to_string()
            .contains(index.trim_start_matches('_'))
    );
}

#[tokio::test]
async fn saml_06_a_login_is_called_what_it_was_in_all_comparisons() {
    let (scene, browser) = with("paul.durand").await;
    let wanted = |comparison, class: &str| {
        Some(RequestedContext {
            comparison,
            classes: vec![class.to_owned()],
        })
    };
    const MFA: &str = "https://refeds.org/profile/mfa";
    const SFA: &str = "https://refeds.org/profile/sfa";
    const SUBSTANTIAL: &str = "http://eidas.europa.eu/LoA/substantial";
    for (comparison, class, expected) in [
        (Comparison::Exact, context::PASSWORD, context::PASSWORD),
        (Comparison::Exact, SFA, SFA),
        (
            Comparison::Minimum,
            context::PASSWORD_PROTECTED_TRANSPORT,
            context::PASSWORD_PROTECTED_TRANSPORT,
        ),
        (Comparison::Maximum, context::PASSWORD, context::PASSWORD),
        (
            Comparison::Better,
            context::PASSWORD,
            context::PASSWORD_PROTECTED_TRANSPORT,
        ),
    ] {
        let learnt = asserted(&scene, &browser, &CANTINE, |request| {
            request.context = wanted(comparison, class);
        });
        assert_eq!(learnt.await.expect("an assertion").context, expected);
    }
    let nobody = Browser::default();
    for (comparison, class) in [
        (Comparison::Exact, SUBSTANTIAL),
        (Comparison::Minimum, SUBSTANTIAL),
        (Comparison::Better, MFA),
    ] {
        // What nobody could ever meet is answered before anybody signs in for it.
        for browser in [&browser, &nobody] {
            let status = told(&scene, browser, &CANTINE, |request| {
                request.context = wanted(comparison, class);
            });
            let expected = (StatusCode::Requester, Some(StatusCode::NoAuthnContext));
            assert_eq!(status.await, expected, "{comparison:?} {class}");
        }
    }
}

#[tokio::test]
async fn saml_08_nobody_else_is_asked_who_somebody_is() {
    let (scene, browser) = with("paul.durand").await;
    let scoping = |count, idps: &[&str]| {
        Some(Scoping {
            proxy_count: count,
            idps: idps.iter().map(|idp| (*idp).to_owned()).collect(),
            requesters: vec!["https://portail.example/".to_owned()],
        })
    };
    for (count, idps) in [
        (Some(0), &[][..]),
        (None, &[]),
        (Some(3), &[IDP]),
        (None, &["https://other.example/", IDP]),
    ] {
        let good = asserted(&scene, &browser, &CANTINE, |request| {
            request.scoping = scoping(count, idps);
        });
        assert!(good.await.is_ok(), "{count:?} {idps:?}");
    }
    let status = told(&scene, &browser, &CANTINE, |request| {
        request.scoping = scoping(None, &["https://other.example/"]);
    });
    let expected = (StatusCode::Requester, Some(StatusCode::NoSupportedIdp));
    assert_eq!(status.await, expected);
}

#[tokio::test]
async fn saml_08_a_refusal_goes_to_the_address_and_by_the_binding_that_was_asked_for() {
    let (scene, browser) = with("paul.durand").await;
    let mut request = CANTINE.request(&scene);
    request.name_id.format = Some("urn:unknown".to_owned());
    request.acs = AcsChoice::Location {
        location: CANTINE.at("artifact"),
        binding: Some(binding::ARTIFACT.to_owned()),
    };
    let leaving = leaving(ask(&scene, &browser, &request).await);
    let clau_engine::leaving::Delivery::Redirect(address) = leaving.delivery else {
        panic!("not an artifact");
    };
    let begins = format!("{}?SAMLart=", CANTINE.at("artifact"));
    assert!(address.starts_with(&begins), "{address}");
    assert!(!address.contains("unknown"));
}

/// How an answer to BUS is sealed, registered so.
async fn sealed(encrypt: &str, sp: &Sp, format: Option<&str>) -> Result<(bool, bool), String> {
    let (scene, browser) = with("paul.durand").await;
    let more = "access = [{}]\nrelease = { attributes = [\"given_name\"], approval = \"test\" }";
    scene
        .apply(&sp.file(more, &format!("encrypt = \"{encrypt}\"")))
        .await;
    let mut request = sp.request(&scene);
    request.name_id.format = format.map(str::to_owned);
    let said = said(&leaving(ask(&scene, &browser, &request).await));
    let learnt = sp.read(&scene, &said, Some(&request.header.id)).await;
    let learnt = learnt.map_err(|status| format!("{status:?}"))?;
    assert_eq!(values(&learnt, GIVEN_NAME), Some(&["Paul".to_owned()][..]));
    let hidden = |text: &str| !said.xml.contains(text);
    assert_eq!(hidden("Paul"), said.xml.contains("EncryptedAssertion"));
    Ok((hidden("Paul"), hidden(&learnt.name_id.value)))
}

#[tokio::test]
async fn sig_10_assertions_and_names_are_encrypted_as_registered() {
    let encrypted = Some(name_id::ENCRYPTED);
    for (encrypt, format, expected) in [
        ("when_possible", None, (true, true)),
        ("required", None, (true, true)),
        ("name_id", None, (false, true)),
        ("never", None, (false, false)),
        // A service may always ask for its name to be.
        ("never", encrypted, (false, true)),
    ] {
        assert_eq!(
            sealed(encrypt, &BUS, format).await,
            Ok(expected),
            "{encrypt}"
        );
    }
    // Without a key in its metadata nothing can be.
    let plain = sealed("when_possible", &CANTINE, None).await;
    assert_eq!(plain, Ok((false, false)));
}

#[tokio::test]
async fn sig_10_where_encryption_is_required_nothing_leaves_without() {
    let (scene, browser) = with("paul.durand").await;
    let more = "access = [{}]";
    scene.apply(&BUS.file(more, "encrypt = \"required\"")).await;
    // Its metadata loses its key: `clau apply` refuses that, a federation would not be asked.
    let bare = Sp {
        sealed: false,
        ..BUS
    };
    let mut services = clau_storage::services::all(&scene.database)
        .await
        .expect("services");
    let service = services
        .iter_mut()
        .find(|service| service.id.as_str() == "bus");
    let service = service.expect("bus");
    service.saml.as_mut().expect("SAML").metadata = bare.metadata("");
    let mut tx = scene.database.begin().await.expect("transaction");
    let put = clau_storage::services::put(&mut tx, service, scene.cx().now).await;
    put.expect("stored");
    tx.commit().await.expect("commit");
    scene.pass(std::time::Duration::from_secs(3));
    let status = told(&scene, &browser, &BUS, |_| {}).await;
    let expected = (StatusCode::Responder, Some(StatusCode::RequestDenied));
    assert_eq!(status, expected);
}

#[tokio::test]
async fn saml_09_signed_is_what_is_registered() {
    let (scene, browser) = with("paul.durand").await;
    for (sign, response, assertion) in [
        ("both", true, true),
        ("assertion", false, true),
        ("response", true, false),
    ] {
        scene
            .apply(&CANTINE.file("access = [{}]", &format!("sign = \"{sign}\"")))
            .await;
        let request = CANTINE.request(&scene);
        let said = said(&leaving(ask(&scene, &browser, &request).await));
        let (head, rest) = said
            .xml
            .split_once("<saml:Assertion ")
            .expect("an assertion");
        assert_eq!(head.contains("<ds:SignatureValue>"), response, "{sign}");
        assert_eq!(rest.contains("<ds:SignatureValue>"), assertion, "{sign}");
        let learnt = CANTINE.read(&scene, &said, Some(&request.header.id)).await;
        assert!(learnt.is_ok(), "{sign}");
    }
    for (key, algorithm) in [("rsa", "rsa-sha256"), ("ec", "ecdsa-sha256")] {
        scene
            .apply(&CANTINE.file("access = [{}]", &format!("key = \"{key}\"")))
            .await;
        let request = CANTINE.request(&scene);
        let said = said(&leaving(ask(&scene, &browser, &request).await));
        assert_eq!(said.xml.matches(algorithm).count(), 2, "{key}");
        assert!(!said.xml.contains("xmldsig#rsa-sha1"));
    }
}

#[tokio::test]
async fn ses_07_a_session_that_has_ended_opens_no_service() {
    let (scene, browser) = with("paul.durand").await;
    scene
        .hub
        .log_out(&scene.cx(), browser.session.as_deref())
        .await
        .expect("logged out");
    let outcome = ask(&scene, &browser, &CANTINE.request(&scene)).await;
    assert!(
        matches!(outcome, Ok(SsoAnswer::Started { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn saml_16_a_service_that_sends_people_back_again_and_again_is_stopped() {
    let (scene, browser) = with("paul.durand").await;
    let mut stopped = false;
    for _ in 0..100 {
        let outcome = ask(&scene, &browser, &CANTINE.request(&scene)).await;
        stopped |= matches!(outcome, Ok(SsoAnswer::Looping));
    }
    assert!(stopped);
}
