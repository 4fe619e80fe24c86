//! The pages of the resource service as two readers of one ENT meet them, who are two identifiers there.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::*;
use crate::services::saml::tests::provider::{FakeHub, Fault, Someone, lock};
use crate::services::testing::listening;
use crate::support::http::{Answer, Visitor};

struct Scene {
    hub: Arc<FakeHub>,
    base: Url,
}

async fn scene() -> Scene {
    let hub = FakeHub::start().await;
    // People are called by another name at every login.
    lock(&hub.faults).insert(Fault::Transient);
    let arguments = hub.arguments("mediacentre");
    let base = arguments.base.clone();
    let keys = hub.files.join("keys");
    tokio::spawn(async move { run(arguments, &keys).await });
    listening(&base).await;
    Scene { hub, base }
}

fn reader(id: &str) -> Someone {
    let name = crate::services::server::secret().unwrap();
    Someone::new(&name, &[(names::ENT, "ENTCLAU"), (names::GAR, id)])
}

const ARK: &str = "ark:/99999/dicoccfr";

fn link(ent: &str, school: &str, ark: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("idENT", &STANDARD.encode(ent))
        .append_pair("idEtab", &STANDARD.encode(school))
        .append_pair("idRessource", ark)
        .finish();
    format!("domaineGar?{query}")
}

impl Scene {
    async fn sign_in(&self, person: Someone, path: &str) -> (Visitor, Answer) {
        *lock(&self.hub.person) = person;
        let visitor = Visitor::new();
        let form = visitor
            .follow(self.page(path))
            .await
            .form_with("RelayState");
        let page = visitor.follow_on(visitor.submit(&form).await).await;
        (visitor, page)
    }

    fn page(&self, path: &str) -> String {
        self.base.join(path).unwrap().into()
    }
}

#[tokio::test]
async fn a_link_is_kept_through_the_login() {
    let scene = scene().await;
    let (visitor, page) = scene
        .sign_in(reader("r1"), &link("ENTCLAU", "0318000C", ARK))
        .await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(
        page.text().contains("Diccionari occitan-francés"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("Autan, n. m."), "{}", page.text());
    assert!(!page.url.as_str().contains("idENT"), "{}", page.url);
    // Signed in already, another one.
    let other = link("ENTCLAU", "0318000C", "ark:99999/mat-2exo7k");
    let page = visitor.follow(scene.page(&other)).await;
    assert!(
        page.text().contains("Mille et un exercices"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_reader_is_an_identifier_whatever_name_they_come_under() {
    let scene = scene().await;
    let (visitor, home) = scene.sign_in(reader("3f9a72c1-5b0e-reader-one"), "").await;
    assert!(home.text().contains("Lecteur 3f9a72c1"), "{}", home.text());
    for resource in RESOURCES {
        assert!(home.text().contains(resource.title), "{}", resource.title);
        assert!(
            home.text().contains(resource.publisher),
            "{}",
            resource.publisher
        );
    }
    let keep = home
        .forms()
        .into_iter()
        .find(|form| form.value("ark") == Some(ARK) && form.value("keep") == Some("oui"));
    let home = visitor
        .follow_on(visitor.submit(&keep.unwrap()).await)
        .await;
    assert!(home.text().contains("Mes favoris"), "{}", home.text());
    let page = visitor
        .get(scene.page(&format!("ressource?ark={ARK}")))
        .await;
    assert!(page.text().contains("Page 1 sur 4"), "{}", page.text());
    let next = page.form_with("page");
    assert_eq!(next.value("page"), Some("2"));
    let page = visitor.follow_on(visitor.submit(&next).await).await;
    assert!(page.text().contains("C – Clau") && page.text().contains("Page 2 sur 4"));
    // On another day, in another browser, under another name.
    let (_, home) = scene.sign_in(reader("3f9a72c1-5b0e-reader-one"), "").await;
    assert!(
        home.text().contains("Reprendre") && home.text().contains("page 2"),
        "{}",
        home.text()
    );
    assert!(home.text().contains("Mes favoris"));
    let (_, home) = scene.sign_in(reader("3f9a72c1-5b0e-reader-two"), "").await;
    assert!(!home.text().contains("Reprendre") && !home.text().contains("Mes favoris"));
}

#[tokio::test]
async fn wrong_links_are_explained() {
    let scene = scene().await;
    let stranger = Visitor::new();
    for (path, words) in [
        ("domaineGar".to_owned(), "idENT"),
        (link("", "0318000C", ARK), "idENT"),
        (link("ENTCLAU", "ailleurs", ARK), "idEtab"),
        (link("ENTCLAU", "0318000C", "rien"), "idRessource"),
    ] {
        // Without a login: there is nothing to sign in for.
        let page = stranger.get(scene.page(&path)).await;
        assert_eq!(page.status, 422, "{path}");
        assert!(page.text().contains(words), "{path}: {}", page.text());
    }
    let foreign = link("AUTREENT", "0318000C", ARK);
    let (visitor, page) = scene.sign_in(reader("r1"), &foreign).await;
    assert_eq!(page.status, 403);
    assert!(page.text().contains("autre ENT"), "{}", page.text());
    let unknown = link("ENTCLAU", "0318000C", "ark:/99999/nothing");
    let page = visitor.get(scene.page(&unknown)).await;
    assert!(
        page.text().contains("n’est plus publiée"),
        "{}",
        page.text()
    );
    for (path, status) in [
        ("ressource?ark=ark:/99999/nothing", 404),
        ("ressource?ark=x", 404),
        ("?niveau=maternelle", 404),
        ("?niveau=lycee", 200),
    ] {
        assert_eq!(visitor.get(scene.page(path)).await.status, status, "{path}");
    }
    let lycee = visitor.get(scene.page("?niveau=lycee")).await.text();
    assert!(
        lycee.contains("Sept jours") && !lycee.contains("Short stories"),
        "{lycee}"
    );
}

#[tokio::test]
async fn whoever_is_not_told_apart_is_not_let_in_and_forms_are_ones_own() {
    let scene = scene().await;
    for person in [
        Someone::new("n1", &[(names::ENT, "ENTCLAU")]),
        Someone::new("n1", &[(names::GAR, "r1")]),
        reader("r1").with(names::GAR, &["r2"]),
    ] {
        let (_, page) = scene.sign_in(person, "").await;
        assert_eq!(page.status, 401, "{}", page.text());
    }
    let (visitor, home) = scene.sign_in(reader("r1"), "").await;
    let csrf = home.form_with("csrf").value("csrf").unwrap().to_owned();
    for (path, csrf, page, status) in [
        ("lecture", "", "1", 403),
        ("lecture", csrf.as_str(), "0", 422),
        ("lecture", csrf.as_str(), "5", 422),
        ("lecture", csrf.as_str(), "4", 303),
        ("favoris", "x", "1", 403),
    ] {
        let fields = [
            ("csrf", csrf),
            ("ark", ARK),
            ("page", page),
            ("keep", "oui"),
        ];
        let sent = visitor.post(scene.page(path), &fields, &[]).await;
        assert_eq!(sent.status, status, "{path} {page}");
    }
}
