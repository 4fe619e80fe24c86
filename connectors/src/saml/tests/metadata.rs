//! Metadata: whose is believed, for how long, and what happens when keys change.

use crate::contract::{Taken, WantedFrom};

use super::*;

const AT: &str = "https://idp.example/metadata.xml";

/// A connector whose metadata is fetched, believed by `pinned`.
fn fetched(pinned: &[&SigningKey]) -> Scene {
    let mut saml = json!({ "entity_id": IDP.entity_id(), "metadata_url": AT });
    let pem: String = pinned
        .iter()
        .map(|key| {
            let base64 = key.certificate().base64();
            format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
        })
        .collect();
    merge(&mut saml, json!({ "metadata_certificate": pem }));
    Scene::of(json!({ "id": "essais", "name": "Essais", "saml": saml }))
}

fn take(scene: &Scene, xml: &str) -> Result<Taken, Fault> {
    scene.driver.take("metadata", xml.as_bytes(), scene.now)
}

/// Whether an answer by this key is taken.
fn believes(scene: &Scene, key: &'static SigningKey) -> bool {
    let (asked, pending) = scene.asked(&wish());
    let signer = Idp {
        base: IDP.base,
        key,
    };
    let answer = signer.seal(&IDP.answer(scene, Some(&asked)));
    scene.arrive(&answer, Some(&pending)).is_ok()
}

#[test]
fn what_is_wanted_and_from_where() {
    assert_eq!(Scene::plain().driver.documents(), []);
    assert!(Scene::plain().driver.ready(NOW).is_ok());
    let scene = fetched(&[]);
    let [wanted] = scene.driver.documents().try_into().expect("one document");
    assert_eq!(wanted.name, "metadata");
    let WantedFrom::Url(url) = &wanted.from else {
        panic!("an address: {wanted:?}")
    };
    assert_eq!(url.as_str(), AT);
    let saml = json!({ "entity_id": IDP.entity_id(), "federation": "renater" });
    let federated = Scene::of(json!({ "id": "essais", "name": "Essais", "saml": saml }));
    let [wanted] = federated
        .driver
        .documents()
        .try_into()
        .expect("one document");
    let from = WantedFrom::Federation {
        federation: "renater".to_owned(),
        entity_id: IDP.entity_id(),
    };
    assert_eq!(wanted.from, from);
    // Without it nothing works, and everything says so.
    for scene in [&scene, &federated] {
        let unusable = |fault: Option<Fault>| matches!(fault, Some(Fault::Unusable(_)));
        assert!(unusable(scene.driver.ready(NOW).err()));
        assert!(unusable(scene.depart(&wish()).err()));
        assert!(unusable(scene.arrive("<x/>", None).err()));
        let taken = take(scene, &IDP.metadata()).expect("metadata");
        assert_eq!(taken.valid_until, Some(NOW + DAY));
        assert!(scene.driver.ready(NOW).is_ok() && believes(scene, IDP.key));
    }
    // What was never wanted is not taken.
    let other = scene.driver.take("keys", IDP.metadata().as_bytes(), NOW);
    assert!(matches!(other, Err(Fault::Unusable(_))));
    let given = take(&Scene::plain(), &IDP.metadata());
    assert!(matches!(given, Err(Fault::Unusable(_))));
}

#[test]
fn saml_11_what_is_not_believed_changes_nothing() {
    let scene = fetched(&[&NEXT, &OF_IDP]);
    take(&scene, &IDP.metadata()).expect("metadata");
    let signer = Idp {
        base: IDP.base,
        key: &OF_OTHER,
    };
    let evil = signer.metadata_with(NOW, &[&OF_OTHER]);
    untrusted(take(&scene, &evil), "does not verify");
    let good = IDP.metadata();
    let begin = good.find("<ds:Signature").expect("a signature");
    let end = good.find("</ds:Signature>").expect("a signature") + "</ds:Signature>".len();
    let unsigned = format!("{}{}", &good[..begin], &good[end..]);
    untrusted(take(&scene, &unsigned), "not signed");
    untrusted(take(&scene, &good[..good.len() / 2]), "");
    untrusted(
        take(&scene, &good.replace("/saml/sso", "/saml/oss")),
        "does not verify",
    );
    let old = IDP.metadata_with(NOW - DAY * 2, &[&OF_OTHER]);
    untrusted(take(&scene, &old), "date is over");
    assert!(believes(&scene, &OF_IDP) && !believes(&scene, &OF_OTHER));
    // Without a pin the connection says whose it is, and the rest holds.
    let scene = fetched(&[]);
    assert!(take(&scene, &unsigned).is_ok());
    untrusted(take(&scene, &old), "date is over");
}

#[test]
fn fed_05_metadata_is_about_the_source_that_was_registered() {
    let scene = fetched(&[]);
    take(&scene, &IDP.metadata()).expect("metadata");
    untrusted(take(&scene, &OTHER.metadata()), "another entity");
    assert!(believes(&scene, IDP.key));
    let service = Scene::plain().driver.introduction(&scene.call());
    let service = service.expect("ours").expect("something").body;
    untrusted(take(&scene, &service), "no identity provider");
}

#[test]
fn sig_06_a_source_without_a_key_is_none() {
    let scene = fetched(&[]);
    let none = IDP.metadata_with(NOW, &[]);
    let taken = take(&scene, &none);
    assert!(matches!(taken, Err(Fault::Unusable(_))), "{taken:?}");
    assert!(scene.driver.ready(NOW).is_err());
    let mistakes = made(registration("essais", &none, json!({}))).expect_err("mistakes");
    assert!(
        mistakes[0].expected.contains("no usable key"),
        "{mistakes:?}"
    );
}

#[test]
fn sig_06_the_key_in_a_message_is_nobodys() {
    // Each message carries the certificate that fits its signature.
    let scene = Scene::plain();
    assert!(believes(&scene, IDP.key) && !believes(&scene, &OF_OTHER) && !believes(&scene, &NEXT));
}

#[test]
fn saml_07_a_source_that_cannot_be_asked_is_none() {
    let scene = fetched(&[]);
    let metadata = IDP.metadata();
    for (from, to) in [
        ("SingleSignOnService", "SingleSignOn"),
        ("Location=\"https://idp", "Location=\"http://idp"),
    ] {
        untrusted(take(&scene, &metadata.replace(from, to)), "https address");
    }
}

#[test]
fn saml_11_metadata_is_good_until_its_date() {
    for (after, good) in [(DAY - SECOND, true), (DAY, false)] {
        for scene in [Scene::plain(), fetched(&[])] {
            if !scene.driver.documents().is_empty() {
                take(&scene, &IDP.metadata()).expect("metadata");
            }
            let mut scene = scene;
            let (asked, pending) = scene.asked(&wish());
            scene.now = NOW + after;
            let mut answer = IDP.answer(&scene, Some(&asked));
            assertion(&mut answer).instant = scene.now;
            let arrived = scene.arrive(&IDP.seal(&answer), Some(&pending));
            let departed = scene.depart(&wish());
            assert_eq!(scene.driver.ready(scene.now).is_ok(), good);
            if good {
                assert!(arrived.is_ok() && departed.is_ok());
            } else {
                assert!(matches!(arrived, Err(Fault::Unusable(_))), "{arrived:?}");
                assert!(matches!(departed, Err(Fault::Unusable(_))));
                assert!(
                    departed
                        .err()
                        .is_some_and(|it| it.to_string().contains("2026-11-24"))
                );
            }
        }
    }
}

#[test]
fn saml_11_a_role_may_end_before_its_entity() {
    let role = |until: Timestamp| {
        let dated = format!("<md:IDPSSODescriptor validUntil=\"{until}\" ");
        IDP.metadata().replace("<md:IDPSSODescriptor ", &dated)
    };
    let scene = fetched(&[]);
    untrusted(take(&scene, &role(NOW)), "date is over");
    let taken = take(&scene, &role(NOW + MINUTE)).expect("metadata");
    assert_eq!(taken.valid_until, Some(NOW + MINUTE));
    assert!(scene.driver.ready(NOW).is_ok() && scene.driver.ready(NOW + MINUTE).is_err());
}

#[test]
fn keys_change_without_a_stop() {
    let scene = fetched(&[]);
    let steps: [(&[&SigningKey], [bool; 2]); 3] = [
        (&[&OF_IDP], [true, false]),
        (&[&OF_IDP, &NEXT], [true, true]),
        (&[&NEXT], [false, true]),
    ];
    for (keys, believed) in steps {
        take(&scene, &IDP.metadata_with(NOW, keys)).expect("metadata");
        assert_eq!(
            [believes(&scene, &OF_IDP), believes(&scene, &NEXT)],
            believed
        );
    }
}

#[test]
fn what_an_operator_should_look_at_is_told() {
    let scene = fetched(&[]);
    let strange = IDP
        .metadata()
        .replacen("regexp=\"false\"", "regexp=\"true\"", 1);
    let taken = take(&scene, &strange).expect("metadata");
    assert_eq!(taken.warnings.len(), 1);
    assert!(taken.warnings[0].contains("a scope is an expression"));
}
