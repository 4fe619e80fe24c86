//! The pages of restauration as a pupil, a guardian and a stranger meet them, and the kiosk.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::services::oidc::tests::provider::{Client, FakeHub, Fault, lock};
use crate::services::testing::listening;
use crate::support::http::{Answer, Visitor};
use crate::support::process::eventually;

struct Scene {
    hub: Arc<FakeHub>,
    base: Url,
}

async fn scene() -> Scene {
    let hub = FakeHub::start().await;
    let arguments = hub.arguments("restauration");
    let base = arguments.base.clone();
    hub.register(
        "restauration",
        Client::Keys(base.join("jwks.json").unwrap()),
    );
    let credentials = Credentials::key_in(&hub.files.join("client.key")).unwrap();
    tokio::spawn(run(arguments, credentials));
    listening(&base).await;
    Scene { hub, base }
}

fn pupil() -> Value {
    json!({
        "sub": "s1", "name": "Léa Martin", "given_name": "Léa", "ent_uid": "c1", "ent_profiles": ["National_ELV"],
    })
}

fn guardian() -> Value {
    json!({
        "sub": "s2", "name": "Inès Martin", "given_name": "Inès", "ent_uid": "g1", "ent_profiles": ["National_TUT"],
        "ent_children": [{ "uid": "c1", "external_id": "TOULOUSE-1" }, { "uid": "c2", "external_id": "TOULOUSE-2" }],
    })
}

impl Scene {
    async fn sign_in(&self, person: Value) -> (Visitor, Answer) {
        *lock(&self.hub.person) = person;
        let visitor = Visitor::new();
        let form = visitor.follow(&self.base).await.form_with("state");
        let home = visitor.follow_on(visitor.submit(&form).await).await;
        assert_eq!(home.status, 200, "{}", home.text());
        (visitor, home)
    }

    fn page(&self, path: &str) -> String {
        self.base.join(path).unwrap().into()
    }
}

/// The first day that can be reserved.
fn next_day() -> String {
    coming_days(dates::today())[0].to_string()
}

#[tokio::test]
async fn a_pupil_reserves_and_the_guardian_sees_it() {
    let scene = scene().await;
    let (visitor, home) = scene.sign_in(pupil()).await;
    assert_eq!(
        home.forms().iter().filter(|form| form.has("eater")).count(),
        1
    );
    let form = home.form_with("eater").with(&next_day(), "vegetarien");
    let after = visitor.follow_on(visitor.submit(&form).await).await;
    assert_eq!(
        after.form_with("eater").value(&next_day()),
        Some("vegetarien")
    );

    let (visitor, home) = scene.sign_in(guardian()).await;
    let forms: Vec<_> = home
        .forms()
        .into_iter()
        .filter(|form| form.has("eater"))
        .collect();
    assert_eq!(forms.len(), 2, "one for each child, none for the guardian");
    assert_eq!(forms[0].value(&next_day()), Some("vegetarien"));
    assert_eq!(forms[1].value(&next_day()), Some(""));
    assert!(
        !home.text().contains("Léa"),
        "names are not told: {}",
        home.text()
    );
    let named = home.form_with("name").with("name", "Léa Martin");
    let home = visitor.follow_on(visitor.submit(&named).await).await;
    assert!(
        home.text().contains("Léa Martin") && home.text().contains("Enfant 2"),
        "{}",
        home.text()
    );
}

#[tokio::test]
async fn nobody_reserves_for_others_or_for_another_day() {
    let scene = scene().await;
    let (visitor, home) = scene.sign_in(pupil()).await;
    let form = home.form_with("eater");
    for eater in ["c2", "g1", "s1", ""] {
        let sent = visitor.submit(&form.clone().with("eater", eater)).await;
        assert_eq!(sent.status, 403, "{eater}");
    }
    let csrf = form.value("csrf").unwrap();
    for (day, choice) in [
        ("2020-01-06", "menu"),
        (next_day().as_str(), "caviar"),
        ("x", ""),
    ] {
        let fields = [("csrf", csrf), ("eater", "c1"), (day, choice)];
        let sent = visitor.post(scene.page("repas"), &fields, &[]).await;
        assert_eq!(sent.status, 422, "{day} {choice}");
    }
    let day = next_day();
    let fields = [("csrf", "another"), ("eater", "c1"), (&day, "menu")];
    assert_eq!(
        visitor.post(scene.page("repas"), &fields, &[]).await.status,
        403
    );
    let fields = [("csrf", csrf), ("child", "c1"), ("name", "X")];
    assert_eq!(
        visitor
            .post(scene.page("enfants"), &fields, &[])
            .await
            .status,
        403
    );
    let unchanged = visitor.get(&scene.base).await;
    assert_eq!(unchanged.form_with("eater").value(&next_day()), Some(""));
}

#[tokio::test]
async fn the_kiosk_greets_a_person_and_knows_them_no_longer_than_that() {
    let scene = scene().await;
    let (visitor, home) = scene.sign_in(pupil()).await;
    visitor
        .submit(&home.form_with("eater").with(&next_day(), "menu"))
        .await;
    *lock(&scene.hub.device) = ["authorization_pending", "person"].into();
    let screen = Visitor::new();
    let borne = scene.page("borne");
    let first = screen.get(&borne).await;
    assert!(first.text().contains("WDJB-MJHT"), "{}", first.text());
    assert!(first.body.contains("<svg") && first.body.contains("http-equiv=\"refresh\""));
    assert!(!first.body.contains("<script"));
    let again = screen.get(&borne).await;
    assert_eq!(first.body, again.body, "one code as long as it is good");
    assert_eq!(scene.hub.asked("/oidc/device").len(), 1);
    let greeting = eventually("the kiosk greets", Duration::from_secs(10), async || {
        let page = screen.get(&borne).await;
        page.text().contains("Bonjour").then_some(page)
    })
    .await;
    let words = greeting.text();
    assert!(
        words.contains("Bonjour Léa, votre repas est réservé"),
        "{words}"
    );
    assert!(
        words.contains("menu du jour") && !words.contains("Martin"),
        "{words}"
    );
    // Another screen shows nothing of it, and nobody is signed in anywhere.
    let other = Visitor::new().get(&borne).await;
    assert!(!other.text().contains("Léa"), "{}", other.text());
    assert!(screen.get(&scene.base).await.status.is_redirection());
    assert_eq!(
        scene.hub.asked("/oidc/revoke").len(),
        1,
        "the tokens have served"
    );
}

#[tokio::test]
async fn the_kiosk_says_what_went_wrong() {
    let scene = scene().await;
    *lock(&scene.hub.person) = pupil();
    *lock(&scene.hub.device) = ["access_denied"].into();
    let screen = Visitor::new();
    let borne = scene.page("borne");
    screen.get(&borne).await;
    eventually("the kiosk says no", Duration::from_secs(10), async || {
        let page = screen.get(&borne).await.text();
        page.contains("Demande refusée").then_some(())
    })
    .await;
    // Nobody comes in time: the same screen shows a new code.
    *lock(&scene.hub.device) = ["expired_token"].into();
    let screen = Visitor::new();
    screen.get(&borne).await;
    let asked = scene.hub.asked("/oidc/device").len();
    eventually("another code", Duration::from_secs(10), async || {
        assert!(screen.get(&borne).await.text().contains("WDJB-MJHT"));
        (scene.hub.asked("/oidc/device").len() > asked).then_some(())
    })
    .await;
    // A forged answer greets nobody.
    lock(&scene.hub.faults).insert(Fault::Signature);
    // The screen from before asks too.
    *lock(&scene.hub.device) = ["person"; 4].into();
    let screen = Visitor::new();
    screen.get(&borne).await;
    eventually(
        "the kiosk is out of order",
        Duration::from_secs(10),
        async || {
            let page = screen.get(&borne).await.text();
            assert!(!page.contains("Bonjour"));
            page.contains("Borne indisponible").then_some(())
        },
    )
    .await;
}
