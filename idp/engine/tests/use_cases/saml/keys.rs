//! Keys of SAML: both in metadata while one follows the other, what was encrypted for the former one opens.

use std::time::Duration;

use clau_engine::signing::Purpose;
use clau_saml::key::Certificate;

use super::logout::wish;
use super::{
    CANTINE, KEY, NOTES, SLO, ask, ask_signed, asserted, by_redirect, leaving, provider, said,
    scene, with,
};
use crate::scene::{Browser, Scene};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn published(scene: &Scene) -> Vec<Certificate> {
    provider(scene).await.keys.certificates
}

/// The certificates that are in the answer to a service: of the keys that have signed it.
async fn signs(scene: &Scene, login: &str) -> Certificate {
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, login).await;
    let request = CANTINE.request(scene);
    let said = said(&leaving(ask(scene, &browser, &request).await));
    CANTINE
        .read(scene, &said, Some(&request.header.id))
        .await
        .expect("an assertion");
    for certificate in published(scene).await {
        let key = certificate.key().expect("a key");
        let form =
            clau_saml::binding::Form::new("", clau_saml::binding::Role::Response, &said.xml, None);
        let fields: Vec<(String, String)> = form
            .fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let received = clau_saml::binding::Received::from_form(&fields).expect("a form");
        let opened = received.open().expect("XML");
        if opened.authenticate(&[key]).is_ok() {
            return certificate;
        }
    }
    panic!("signed by no published key");
}

#[tokio::test]
async fn key_02_the_next_key_is_in_metadata_before_it_signs_and_the_former_one_after() {
    let scene = scene().await;
    let before = published(&scene).await;
    assert_eq!(before.len(), 2, "RSA and EC");
    let first = signs(&scene, "paul.durand").await;
    let rotated = scene
        .hub
        .rotate_keys(&scene.cx(), Purpose::Saml, None)
        .await;
    rotated.expect("rotated");
    let during = published(&scene).await;
    assert_eq!(during.len(), 4);
    assert!(before.iter().all(|known| during.contains(known)));
    assert_eq!(
        signs(&scene, "paul.durand").await,
        first,
        "partners cannot know the new one"
    );
    scene.pass(30 * DAY - Duration::from_secs(60));
    assert_eq!(signs(&scene, "paul.durand").await, first);
    scene.pass(Duration::from_secs(60));
    let second = signs(&scene, "paul.durand").await;
    assert!(second != first && during.contains(&second));
    assert!(
        published(&scene).await.contains(&first),
        "metadata that was fetched has it"
    );
    scene.pass(11 * DAY);
    let after = published(&scene).await;
    assert!(!after.contains(&first) && after.contains(&second));
    // Partners copy keys by hand: none is replaced of itself.
    scene.pass(400 * DAY);
    scene.hub.tend_keys(&scene.cx()).await.expect("tended");
    assert_eq!(signs(&scene, "paul.durand").await, second);
}

#[tokio::test]
async fn key_02_what_was_encrypted_for_the_former_key_still_opens() {
    let (scene, browser) = with("paul.durand").await;
    let about = asserted(&scene, &browser, &CANTINE, |_| {})
        .await
        .expect("an assertion");
    let former = provider(&scene).await.keys.encryption;
    assert_eq!(former.len(), 1);
    let rotated = scene
        .hub
        .rotate_keys(&scene.cx(), Purpose::SamlEncryption, None)
        .await;
    rotated.expect("rotated");
    let newer = provider(&scene).await.keys.encryption;
    assert_eq!(newer.len(), 1, "services encrypt for the newest alone");
    assert_ne!(newer[0].certificate, former[0].certificate);
    // Nobody is there by these names: read to the end and understood, each of them.
    for to in [&former[0], &newer[0]] {
        let wish = wish(&scene, &CANTINE, Some(&about));
        let xml = wish.write(None, Some(to)).expect("a request");
        let received = by_redirect(SLO, &xml, Some(&KEY));
        let outcome = scene.hub.saml_slo(&scene.cx(), None, &received).await;
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    assert!(scene.signed_in(&browser).await.is_none());
}

#[tokio::test]
async fn key_09_a_revoked_key_is_out_of_metadata_at_once_and_another_signs() {
    let scene = scene().await;
    let first = signs(&scene, "paul.durand").await;
    let revoked = scene
        .hub
        .revoke_key(&scene.cx(), &first.fingerprint())
        .await;
    assert!(revoked.expect("revoked"));
    assert!(!published(&scene).await.contains(&first));
    assert_ne!(signs(&scene, "paul.durand").await, first);
}

#[tokio::test]
async fn key_01_keys_of_one_purpose_do_nothing_else() {
    let scene = scene().await;
    let keys = scene.hub.list_keys(&scene.cx()).await.expect("keys");
    let of = |purpose: &str| -> Vec<&str> {
        let all = keys.iter().filter(|key| key.purpose == purpose);
        all.map(|key| key.kid.as_str()).collect()
    };
    let (signing, opening) = (of("saml"), of("saml-encryption"));
    assert_eq!((signing.len(), opening.len()), (2, 1));
    assert!(!signing.contains(&opening[0]));
    let idp = provider(&scene).await;
    let sealing = idp.keys.encryption[0].certificate.fingerprint();
    assert_eq!(sealing, opening[0]);
    let mut published: Vec<String> = idp
        .keys
        .certificates
        .iter()
        .map(Certificate::fingerprint)
        .collect();
    published.sort();
    let mut signing: Vec<String> = signing.into_iter().map(str::to_owned).collect();
    signing.sort();
    assert_eq!(published, signing);
}

#[tokio::test]
async fn key_03_private_keys_of_saml_are_sealed_in_the_database() {
    let scene = scene().await;
    for purpose in ["saml", "saml-encryption"] {
        let rows = clau_storage::signing_keys::all(&scene.database, purpose).await;
        for row in rows.expect("rows") {
            let certificate = row.public["x5c"][0].as_str().expect("a certificate");
            let certificate = Certificate::from_base64(certificate).expect("a certificate");
            let as_key = clau_saml::key::SigningKey::from_pkcs8(&row.sealed, certificate);
            assert!(as_key.is_err(), "what is stored is no key");
        }
    }
}

#[tokio::test]
async fn key_02_a_service_signs_by_its_new_key_as_soon_as_metadata_has_it() {
    let scene = scene().await;
    let nobody = Browser::default();
    let both = NOTES.metadata("").replacen(
        "<md:KeyDescriptor",
        &format!("{}<md:KeyDescriptor", super::descriptor("signing", &KEY)),
        1,
    );
    let request = NOTES.request(&scene);
    assert!(
        ask_signed(&scene, &nobody, &request, Some(&KEY))
            .await
            .is_err()
    );
    scene
        .apply(&NOTES.file_with("access = [{}]", "", &both))
        .await;
    for key in [&*KEY, NOTES.key()] {
        let request = NOTES.request(&scene);
        let outcome = ask_signed(&scene, &nobody, &request, Some(key)).await;
        assert!(outcome.is_ok(), "{outcome:?}");
    }
}
