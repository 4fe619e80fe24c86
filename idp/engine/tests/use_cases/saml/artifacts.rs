//! Answers that are fetched: once, by the service that they are for, soon, and with a signature.

use std::time::Duration;

use clau_engine::leaving::Delivery;
use clau_engine::saml::Refused;
use clau_saml::binding::{Artifact, Received, Role, envelope};
use clau_saml::key::SigningKey;
use clau_saml::message::{AcsChoice, ArtifactResolve, AuthnRequest};

use super::{ARTIFACT, CANTINE, IDP, KEY, NOTES, OTHER, Said, Sp, ask, leaving, why, with};
use crate::scene::{Browser, Scene};

/// An artifact for whoever is signed in.
async fn artifact(scene: &Scene, browser: &Browser) -> (AuthnRequest, String) {
    let mut request = CANTINE.request(scene);
    request.acs = AcsChoice::Index(1);
    let leaving = leaving(ask(scene, browser, &request).await);
    let Delivery::Redirect(address) = leaving.delivery else {
        panic!("not by redirect");
    };
    let url = url::Url::parse(&address).expect("an address");
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    assert_eq!(pairs[1], ("RelayState".to_owned(), "s".to_owned()));
    (request, pairs[0].1.clone())
}

fn asked(scene: &Scene, sp: &Sp, artifact: &str) -> ArtifactResolve {
    ArtifactResolve {
        header: sp.header(scene, ARTIFACT),
        artifact: artifact.to_owned(),
    }
}

async fn resolve(
    scene: &Scene,
    request: &ArtifactResolve,
    key: Option<&SigningKey>,
) -> Result<String, Refused> {
    let xml = request.write(key).expect("a request");
    let received = Received::from_soap(envelope(&xml).into_bytes(), Role::Request);
    scene.hub.saml_resolve(&scene.cx(), &received).await
}

/// The answer in an envelope, if there is one.
fn inside(envelope: &str) -> Option<Said> {
    assert!(envelope.contains("<samlp:ArtifactResponse "), "{envelope}");
    assert!(envelope.contains("status:Success"), "{envelope}");
    let begin = envelope.find("<samlp:Response ")?;
    let rest = &envelope[begin..];
    let end = rest.find("</samlp:Response>").expect("an end");
    Some(Said {
        action: CANTINE.at("artifact"),
        xml: rest[..end + "</samlp:Response>".len()].to_owned(),
        relay_state: None,
    })
}

#[tokio::test]
async fn saml_15_an_answer_is_fetched_once_by_the_service_that_it_is_for() {
    let (scene, browser) = with("paul.durand").await;
    let (request, artifact) = artifact(&scene, &browser).await;
    let wish = asked(&scene, &CANTINE, &artifact);
    let got = resolve(&scene, &wish, Some(&KEY))
        .await
        .expect("an envelope");
    let said = inside(&got).expect("an answer");
    assert!(got.contains(&format!("InResponseTo=\"{}\"", wish.header.id)));
    let learnt = CANTINE.read(&scene, &said, Some(&request.header.id)).await;
    assert!(learnt.is_ok());
    // SAML Bindings §3.6.5.2: used up, an answer without a message.
    let again = asked(&scene, &CANTINE, &artifact);
    let again = resolve(&scene, &again, Some(&KEY))
        .await
        .expect("an envelope");
    assert!(inside(&again).is_none(), "{again}");
}

#[tokio::test]
async fn saml_15_of_many_at_once_one_gets_the_answer() {
    let (scene, browser) = with("paul.durand").await;
    for _ in 0..5 {
        let (_, artifact) = artifact(&scene, &browser).await;
        let wishes: Vec<_> = (0..6).map(|_| asked(&scene, &CANTINE, &artifact)).collect();
        let tries = wishes.iter().map(|wish| resolve(&scene, wish, Some(&KEY)));
        let got = futures_util::future::join_all(tries).await;
        let full = got.iter().filter(|got| {
            let got = got.as_ref().expect("an envelope");
            inside(got).is_some()
        });
        assert_eq!(full.count(), 1);
    }
}

#[tokio::test]
async fn saml_15_another_service_gets_nothing_and_spoils_what_it_has_stolen() {
    let (scene, browser) = with("paul.durand").await;
    let (_, artifact) = artifact(&scene, &browser).await;
    let stolen = asked(&scene, &NOTES, &artifact);
    let got = resolve(&scene, &stolen, Some(&OTHER))
        .await
        .expect("an envelope");
    assert!(inside(&got).is_none());
    let own = asked(&scene, &CANTINE, &artifact);
    let got = resolve(&scene, &own, Some(&KEY))
        .await
        .expect("an envelope");
    assert!(inside(&got).is_none());
}

#[tokio::test]
async fn saml_15_who_has_not_signed_gets_a_fault_and_uses_nothing_up() {
    let (scene, browser) = with("paul.durand").await;
    let (_, artifact) = artifact(&scene, &browser).await;
    let wish = asked(&scene, &CANTINE, &artifact);
    assert_eq!(
        why(resolve(&scene, &wish, None).await),
        "the message is not signed"
    );
    assert!(why(resolve(&scene, &wish, Some(&OTHER)).await).contains("does not verify"));
    let mut elsewhere = asked(&scene, &CANTINE, &artifact);
    elsewhere.header.destination = Some("https://evil.example/artifact".to_owned());
    assert!(why(resolve(&scene, &elsewhere, Some(&KEY)).await).contains("another address"));
    let mut old = asked(&scene, &CANTINE, &artifact);
    old.header.instant = scene.cx().now - Duration::from_secs(10 * 60);
    assert!(why(resolve(&scene, &old, Some(&KEY)).await).contains("too old"));
    let logout = super::logout::wish(&scene, &CANTINE, None);
    let logout = logout.write(Some(&KEY), None).expect("a request");
    let received = Received::from_soap(envelope(&logout).into_bytes(), Role::Request);
    let outcome = scene.hub.saml_resolve(&scene.cx(), &received).await;
    assert!(why(outcome).contains("it fetches nothing"));
    let got = resolve(&scene, &wish, Some(&KEY))
        .await
        .expect("an envelope");
    assert!(inside(&got).is_some());
}

#[tokio::test]
async fn saml_15_an_answer_waits_a_minute() {
    let (scene, browser) = with("paul.durand").await;
    let (_, artifact) = artifact(&scene, &browser).await;
    scene.pass(Duration::from_secs(60));
    let wish = asked(&scene, &CANTINE, &artifact);
    let got = resolve(&scene, &wish, Some(&KEY))
        .await
        .expect("an envelope");
    assert!(inside(&got).is_none());
}

#[tokio::test]
async fn saml_15_an_artifact_that_was_guessed_or_is_anothers_finds_nothing() {
    let (scene, _browser) = with("paul.durand").await;
    let guessed = Artifact::mint(IDP, 0, scene.cx().random).text();
    let foreign = Artifact::mint("https://other.example/", 0, scene.cx().random).text();
    for artifact in [guessed.as_str(), &foreign, "AAQ=", "x"] {
        let wish = asked(&scene, &CANTINE, artifact);
        let got = resolve(&scene, &wish, Some(&KEY))
            .await
            .expect("an envelope");
        assert!(inside(&got).is_none(), "{artifact}");
    }
}
