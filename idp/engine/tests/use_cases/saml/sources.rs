//! Metadata that is fetched, from a server of the test's own: what is believed, and what stays when the next
//! copy is not (SAML-11).

use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use clau_engine::saml::sources::SourceView;
use clau_engine::saml::sso::SsoAnswer;
use clau_engine::settings::{Federation, Published};
use clau_saml::key::SigningKey;
use clau_saml::message::AuthnRequest;
use clau_saml::metadata::{FederationForTests, query_path};

use super::server::Server;
use super::{CANTINE, KEY, OTHER, Sp, ask, seed_keys, sp, why};
use crate::scene::{Browser, Scene};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// A service that a document of the test describes.
const MUSEE: Sp = sp("musee");

/// A scene that reads a federation, and the services of it that are registered.
async fn scene(published: Option<Published>) -> Scene {
    let scene = Scene::with(|settings| {
        settings.outbound.allow_networks = vec!["127.0.0.0/8".parse().expect("a network")];
        settings
            .saml
            .federations
            .extend(published.map(|published| Federation {
                name: "fed".to_owned(),
                published,
                certificates: vec![KEY.certificate().clone()],
                longest_life: 30 * DAY,
            }));
    })
    .await;
    seed_keys(&scene).await;
    scene
}

fn member(id: &str, entity_id: &str) -> String {
    format!(
        "[[service]]\nid = \"{id}\"\nname = \"{id}\"\naccess = [{{}}]\n[service.saml]\n\
         federation = \"fed\"\nentity_id = \"{entity_id}\"\n"
    )
}

/// A federation with the museum in it, and so many others.
fn federation(until: Option<Timestamp>, others: usize, key: &SigningKey) -> String {
    let document = FederationForTests {
        valid_until: until,
        services: others,
        bytes: 0,
        certificate: KEY.certificate(),
    };
    let document = document.write_with(&MUSEE.metadata(""), key);
    document.expect("a document")
}

async fn federated(server: &Server) -> Scene {
    let scene = scene(Some(Published::Aggregate(server.url()))).await;
    scene.apply(&member("musee", &MUSEE.entity_id())).await;
    scene
}

async fn refresh(scene: &Scene) -> SourceView {
    refresh_with(scene, false).await
}

async fn refresh_with(scene: &Scene, accept_shrink: bool) -> SourceView {
    let views = scene
        .hub
        .refresh_saml_now(&scene.cx(), None, accept_shrink)
        .await;
    let mut views = views.expect("tried");
    assert_eq!(views.len(), 1, "{views:?}");
    views.pop().expect("a source")
}

/// What a request of the museum comes to.
async fn comes_to(scene: &Scene) -> Result<(), String> {
    let request: AuthnRequest = MUSEE.request(scene);
    match ask(scene, &Browser::default(), &request).await {
        Ok(SsoAnswer::Started { .. }) => Ok(()),
        other => Err(why(other)),
    }
}

#[tokio::test]
async fn saml_11_a_good_federation_is_taken_and_its_services_are_served() {
    let server = Server::start();
    let scene = federated(&server).await;
    let before = comes_to(&scene).await;
    assert_eq!(
        before.unwrap_err(),
        "the metadata of the service has not been read yet"
    );
    server.gives(federation(Some(scene.cx().now + 7 * DAY), 3, &KEY));
    let tried = scene.hub.refresh_saml(&scene.cx()).await;
    assert_eq!(tried.expect("tried"), 1);
    let view = scene.hub.saml_sources(&scene.cx()).await.expect("sources");
    assert_eq!(view[0].name, "federation:fed");
    assert_eq!(view[0].entities, 4);
    assert_eq!(view[0].problem, None);
    assert_eq!(view[0].good_at, Some(scene.cx().now.rfc3339()));
    assert_eq!(comes_to(&scene).await, Ok(()));
    // It says that it may be kept for an hour, and is not asked for before.
    scene.pass(Duration::from_secs(3599));
    assert_eq!(scene.hub.refresh_saml(&scene.cx()).await.expect("tried"), 0);
    scene.pass(Duration::from_secs(1));
    assert_eq!(scene.hub.refresh_saml(&scene.cx()).await.expect("tried"), 1);
    assert_eq!(server.asked().len(), 2);
    // What is registered and not in it is not served.
    scene
        .apply(&member("absent", "https://absent.example/sp"))
        .await;
    let absent = ask(&scene, &Browser::default(), &sp("absent").request(&scene)).await;
    assert!(why(absent).contains("has not been read yet"));
    // What is in it and not registered neither.
    let name = FederationForTests::entity_id(1);
    let mut request = MUSEE.request(&scene);
    request.header.issuer = name;
    let outcome = ask(&scene, &Browser::default(), &request).await;
    assert!(why(outcome).contains("no service of this name"));
}

#[tokio::test]
async fn saml_11_whatever_is_wrong_with_a_new_document_the_last_good_one_stays() {
    let server = Server::start();
    let scene = federated(&server).await;
    let now = scene.cx().now;
    let soon = Some(now + 7 * DAY);
    let good = federation(soon, 3, &KEY);
    server.gives(good.clone());
    let first = refresh(&scene).await;
    assert_eq!((first.entities, &first.problem), (4, &None));
    let begin = good.find("<ds:Signature ").expect("a signature");
    let end = good.find("</ds:Signature>").expect("its end") + "</ds:Signature>".len();
    let unsigned = format!("{}{}", &good[..begin], &good[end..]);
    let musee = CANTINE.acs();
    for (body, problem) in [
        (unsigned, "is not signed"),
        (federation(soon, 3, &OTHER), "does not verify"),
        (
            good.replace("https://musee.example/acs", &musee),
            "signature",
        ),
        (federation(Some(now), 3, &KEY), "its date is over"),
        (
            federation(Some(now + 31 * DAY), 3, &KEY),
            "its date is too far ahead",
        ),
        (federation(None, 3, &KEY), "until when it is good"),
        (good[..good.len() / 2].to_owned(), "XML"),
        (MUSEE.metadata(""), "is not signed"),
        ("<html>Maintenance</html>".to_owned(), "is not signed"),
        (String::new(), "XML"),
    ] {
        scene.pass(Duration::from_secs(60));
        server.gives(body);
        let view = refresh(&scene).await;
        let told = view.problem.unwrap_or_default();
        assert!(told.contains(problem), "{problem}: {told}");
        assert_eq!(view.entities, 4, "{problem}");
        assert_eq!(view.good_at, first.good_at, "{problem}");
        assert_eq!(view.tried_at, Some(scene.cx().now.rfc3339()));
        assert_eq!(comes_to(&scene).await, Ok(()), "{problem}");
    }
    server.fails(503);
    let view = refresh(&scene).await;
    assert_eq!(view.problem.as_deref(), Some("answered 503"));
    server.fails(302);
    let view = refresh(&scene).await;
    assert_eq!(view.problem.as_deref(), Some("answered 302"));
    server.gives(good.clone());
    server.cuts();
    let view = refresh(&scene).await;
    assert!(
        view.problem
            .is_some_and(|problem| problem.contains("no answer"))
    );
    assert_eq!(comes_to(&scene).await, Ok(()));
    // It is tried again soon, and is good again.
    server.gives(good);
    scene.pass(Duration::from_secs(5 * 60));
    assert_eq!(scene.hub.refresh_saml(&scene.cx()).await.expect("tried"), 1);
    let view = scene.hub.saml_sources(&scene.cx()).await.expect("sources");
    assert_eq!(view[0].problem, None);
}

#[tokio::test]
async fn saml_11_a_first_document_that_is_not_good_leaves_nothing_but_its_problem() {
    let server = Server::start();
    let scene = federated(&server).await;
    server.gives(federation(Some(scene.cx().now + DAY), 3, &OTHER));
    let view = refresh(&scene).await;
    assert!(
        view.problem
            .is_some_and(|problem| problem.contains("does not verify"))
    );
    assert_eq!((view.good_at, view.entities), (None, 0));
    assert!(
        comes_to(&scene)
            .await
            .unwrap_err()
            .contains("not been read yet")
    );
}

#[tokio::test]
async fn saml_11_a_federation_that_has_lost_half_its_services_waits_for_an_operator() {
    let server = Server::start();
    let scene = federated(&server).await;
    let until = Some(scene.cx().now + 7 * DAY);
    server.gives(federation(until, 39, &KEY));
    assert_eq!(refresh(&scene).await.entities, 40);
    server.gives(federation(until, 18, &KEY));
    let view = refresh(&scene).await;
    let told = view.problem.expect("a problem");
    assert!(told.contains("it has 19 entities and had 40"), "{told}");
    assert_eq!(view.entities, 40);
    // Half of them is believed; fewer when somebody has looked.
    server.gives(federation(until, 19, &KEY));
    let view = refresh(&scene).await;
    assert_eq!((view.entities, view.problem), (20, None));
    server.gives(federation(until, 1, &KEY));
    assert!(refresh(&scene).await.problem.is_some());
    let view = refresh_with(&scene, true).await;
    assert_eq!((view.entities, view.problem), (2, None));
    // A small one may become smaller.
    server.gives(federation(until, 0, &KEY));
    let view = refresh(&scene).await;
    assert_eq!((view.entities, view.problem), (1, None));
    assert_eq!(comes_to(&scene).await, Ok(()));
}

#[tokio::test]
async fn saml_11_a_copy_is_used_until_its_date_and_no_longer() {
    let server = Server::start();
    let scene = federated(&server).await;
    server.gives(federation(Some(scene.cx().now + 2 * DAY), 3, &KEY));
    refresh(&scene).await;
    server.fails(500);
    scene.pass(2 * DAY - Duration::from_secs(1));
    scene.hub.refresh_saml(&scene.cx()).await.expect("tried");
    assert_eq!(comes_to(&scene).await, Ok(()));
    // Also on a node that has read it a second ago.
    scene.pass(Duration::from_secs(1));
    assert_eq!(
        comes_to(&scene).await.unwrap_err(),
        "the metadata of the service has expired"
    );
    scene.pass(Duration::from_secs(60));
    assert_eq!(
        comes_to(&scene).await.unwrap_err(),
        "the metadata of the service has expired"
    );
}

#[tokio::test]
async fn saml_11_what_has_left_a_federation_is_not_served_any_more() {
    let server = Server::start();
    let scene = federated(&server).await;
    let until = Some(scene.cx().now + 2 * DAY);
    server.gives(federation(until, 3, &KEY));
    refresh(&scene).await;
    assert_eq!(comes_to(&scene).await, Ok(()));
    let without = FederationForTests {
        valid_until: until,
        services: 3,
        bytes: 0,
        certificate: KEY.certificate(),
    };
    server.gives(without.write(&KEY).expect("a document"));
    refresh(&scene).await;
    assert!(
        comes_to(&scene)
            .await
            .unwrap_err()
            .contains("not been read yet")
    );
}

#[tokio::test]
async fn saml_11_a_document_that_has_not_changed_is_not_read_again() {
    let server = Server::start();
    let scene = federated(&server).await;
    server.gives(federation(Some(scene.cx().now + 7 * DAY), 3, &KEY));
    server.tags(Some("\"one\""));
    let first = refresh(&scene).await;
    assert_eq!(server.asked(), [("/metadata".to_owned(), None)]);
    server.fails(500);
    scene.pass(Duration::from_secs(60));
    server.tags(None);
    assert!(refresh(&scene).await.problem.is_some());
    server.tags(Some("\"one\""));
    scene.pass(Duration::from_secs(60));
    let view = refresh(&scene).await;
    assert_eq!(view.problem, None);
    assert_eq!(view.entities, first.entities);
    assert_eq!(view.valid_until, first.valid_until);
    assert_eq!(view.tried_at, Some(scene.cx().now.rfc3339()));
    let tags: Vec<Option<String>> = server.asked().into_iter().map(|(_, tag)| tag).collect();
    assert_eq!(
        tags,
        [Some("\"one\"".to_owned()), Some("\"one\"".to_owned())]
    );
    assert_eq!(comes_to(&scene).await, Ok(()));
}

#[tokio::test]
async fn saml_11_a_query_service_is_asked_for_what_is_registered_and_believed_about_that_alone() {
    let server = Server::start();
    let scene = scene(Some(Published::Query(server.url()))).await;
    scene.apply(&member("musee", &MUSEE.entity_id())).await;
    let until = scene.cx().now + DAY;
    let dated = format!(" ID=\"_m\" validUntil=\"{}\"", until.rfc3339());
    let signed = |sp: &Sp, key: &SigningKey| own(&sp.metadata(&dated), key);
    // Not signed, by somebody else, and signed about somebody else.
    for (body, problem) in [
        (MUSEE.metadata(&dated), "is not signed"),
        (signed(&MUSEE, &OTHER), "does not verify"),
        (signed(&CANTINE, &KEY), "the metadata of another entity"),
        (
            own(&MUSEE.metadata(" ID=\"_m\""), &KEY),
            "until when it is good",
        ),
    ] {
        server.gives(body);
        let told = refresh(&scene).await.problem.unwrap_or_default();
        assert!(told.contains(problem), "{problem}: {told}");
        assert!(comes_to(&scene).await.is_err(), "{problem}");
    }
    server.asked();
    server.gives(signed(&MUSEE, &KEY));
    let view = refresh(&scene).await;
    assert_eq!((view.problem, view.entities), (None, 1));
    let path = format!("/metadata/{}", query_path(&MUSEE.entity_id()));
    assert_eq!(server.asked(), [(path, None)]);
    assert_eq!(comes_to(&scene).await, Ok(()));
    scene.pass(DAY);
    assert!(comes_to(&scene).await.unwrap_err().contains("expired"));
}

/// The document of one entity with a signature around all of it: what the messages of `clau-saml` are signed
/// by, put where metadata has it.
fn own(xml: &str, key: &SigningKey) -> String {
    clau_saml::metadata::signed_for_tests(xml, "_m", key).expect("a document")
}

/// Registers the museum by an address of its own: `clau apply` takes none but `https`, which a server of a test
/// has no certificate for.
async fn by_address(scene: &Scene, url: WebUrl, pinned: &str) {
    scene.apply(&MUSEE.file("access = [{}]", "")).await;
    let services = clau_storage::services::all(&scene.database).await;
    let mut services = services.expect("services").into_iter();
    let mut service = services
        .find(|service| service.id.as_str() == "musee")
        .expect("it");
    let settings = service.saml.as_mut().expect("SAML");
    settings.metadata = String::new();
    settings.entity_id = MUSEE.entity_id();
    settings.metadata_url = Some(url);
    settings.metadata_certificate = pinned.to_owned();
    let mut tx = scene.database.begin().await.expect("transaction");
    let put = clau_storage::services::put(&mut tx, &service, scene.cx().now).await;
    put.expect("stored");
    tx.commit().await.expect("commit");
    scene.pass(Duration::from_secs(3));
}

#[tokio::test]
async fn saml_11_an_address_of_a_service_is_believed_about_that_service() {
    let server = Server::start();
    let scene = scene(None).await;
    by_address(&scene, server.url(), "").await;
    server.gives(MUSEE.metadata(""));
    let view = refresh(&scene).await;
    assert_eq!((view.name.as_str(), view.problem), ("service:musee", None));
    assert_eq!(comes_to(&scene).await, Ok(()));
    let large = format!("{}<!--{}-->", MUSEE.metadata(""), "x".repeat(1024 * 1024));
    let over = format!(" validUntil=\"{}\"", scene.cx().now.rfc3339());
    for (body, problem) in [
        (large, "longer than"),
        (CANTINE.metadata(""), "the metadata of another entity"),
        (MUSEE.metadata(&over), "its date is over"),
        (
            MUSEE
                .metadata("")
                .replace("Location=\"https:", "Location=\"http:"),
            "no https address",
        ),
        (federation(None, 1, &KEY), "not the metadata of one entity"),
    ] {
        server.gives(body);
        let told = refresh(&scene).await.problem.unwrap_or_default();
        assert!(told.contains(problem), "{problem}: {told}");
        assert_eq!(comes_to(&scene).await, Ok(()), "{problem}");
    }
    // An operator hears of a name that nothing has.
    let outcome = scene
        .hub
        .refresh_saml_now(&scene.cx(), Some("service:x"), false)
        .await;
    let text = outcome.expect_err("refused").to_string();
    assert!(
        text.contains("no metadata comes from `service:x`"),
        "{text}"
    );
}

#[tokio::test]
async fn saml_11_where_a_key_is_pinned_an_address_alone_is_not_believed() {
    let server = Server::start();
    let scene = scene(None).await;
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        KEY.certificate().base64()
    );
    by_address(&scene, server.url(), &pem).await;
    for body in [
        MUSEE.metadata(""),
        own(&MUSEE.metadata(" ID=\"_m\""), &OTHER),
    ] {
        server.gives(body);
        assert!(refresh(&scene).await.problem.is_some());
        assert!(comes_to(&scene).await.is_err());
    }
    server.gives(own(&MUSEE.metadata(" ID=\"_m\""), &KEY));
    assert_eq!(refresh(&scene).await.problem, None);
    assert_eq!(comes_to(&scene).await, Ok(()));
}

#[tokio::test]
async fn saml_11_a_copy_is_not_believed_under_another_pin_or_from_another_address() {
    let server = Server::start();
    let scene = scene(None).await;
    by_address(&scene, server.url(), "").await;
    server.gives(MUSEE.metadata(""));
    assert_eq!(refresh(&scene).await.problem, None);
    assert_eq!(comes_to(&scene).await, Ok(()));
    // What is there was not signed by this key, and nobody has looked yet.
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        KEY.certificate().base64()
    );
    by_address(&scene, server.url(), &pem).await;
    assert!(
        comes_to(&scene)
            .await
            .unwrap_err()
            .contains("not been read")
    );
    let told = refresh(&scene).await.problem.unwrap_or_default();
    assert!(told.contains("not believed"), "{told}");
    assert!(
        comes_to(&scene)
            .await
            .unwrap_err()
            .contains("not been read")
    );
    server.gives(own(&MUSEE.metadata(" ID=\"_m\""), &KEY));
    assert_eq!(refresh(&scene).await.problem, None);
    assert_eq!(comes_to(&scene).await, Ok(()));
    // Another address: another copy.
    let elsewhere = Server::start();
    by_address(&scene, elsewhere.url(), &pem).await;
    assert!(
        comes_to(&scene)
            .await
            .unwrap_err()
            .contains("not been read")
    );
}
