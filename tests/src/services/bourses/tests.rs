//! The pages of bourses as a guardian of two children, another guardian and a stranger meet them.

use std::sync::Arc;

use serde_json::json;
use url::Url;

use super::*;
use crate::services::oidc::tests::provider::{Client, FakeHub, lock};
use crate::services::testing::listening;
use crate::support::http::{Answer, Visitor};

struct Scene {
    hub: Arc<FakeHub>,
    base: Url,
}

async fn scene(pace: u32) -> Scene {
    let hub = FakeHub::start().await;
    hub.register("bourses", Client::Secret("secret"));
    let arguments = hub.arguments("bourses");
    let base = arguments.base.clone();
    tokio::spawn(run(
        arguments,
        Credentials::Secret("secret".to_owned()),
        pace,
    ));
    listening(&base).await;
    Scene { hub, base }
}

impl Scene {
    /// A guardian of these children, signed in.
    async fn guardian(&self, sub: &str, children: &[&str]) -> Visitor {
        let children: Vec<_> = children
            .iter()
            .map(|uid| json!({ "uid": uid, "external_id": format!("TOULOUSE-{uid}") }))
            .collect();
        *lock(&self.hub.person) =
            json!({ "sub": sub, "name": "Inès Martin", "ent_children": children });
        let visitor = Visitor::new();
        assert_eq!(visitor.follow(&self.base).await.status, 200);
        visitor
    }

    fn page(&self, path: &str) -> String {
        self.base.join(path).unwrap().into()
    }

    async fn ask(&self, visitor: &Visitor, child: &str, fields: &[(&str, &str)]) -> Answer {
        let page = visitor
            .get(self.page(&format!("demande?enfant={child}")))
            .await;
        let mut form = page.form_with("income");
        for (name, value) in fields {
            form = form.with(name, value);
        }
        visitor.follow_on(visitor.submit(&form).await).await
    }
}

const GOOD: [(&str, &str); 4] = [
    ("name", "Léa Martin"),
    ("income", "12 500 €"),
    ("dependants", "2"),
    ("honest", "oui"),
];

#[tokio::test]
async fn a_guardian_asks_for_one_child_and_sees_both() {
    let scene = scene(3_600).await;
    let guardian = scene.guardian("g1", &["c1", "c2"]).await;
    let home = guardian.get(&scene.base).await.text();
    assert!(
        home.contains("Enfant 1") && home.contains("TOULOUSE-c2"),
        "{home}"
    );
    let after = scene.ask(&guardian, "c1", &GOOD).await;
    let text = after.text();
    assert!(
        text.contains("Léa Martin") && text.contains("Enfant 2"),
        "{text}"
    );
    assert!(
        text.contains("Demande déposée") && text.contains("12 500 €"),
        "{text}"
    );
    assert!(!text.contains("échelon"), "{text}");
    // The name is asked for once.
    let form = guardian
        .get(scene.page("demande?enfant=c1"))
        .await
        .form_with("income");
    assert!(!form.has("name"));
    let twice = guardian
        .submit(
            &form
                .with("income", "1")
                .with("dependants", "1")
                .with("honest", "oui"),
        )
        .await;
    assert_eq!(twice.status, 422);
    // Taken back, all is as before, but for the name.
    let withdrawal = after.form_with("id");
    let home = guardian
        .follow_on(guardian.submit(&withdrawal).await)
        .await
        .text();
    assert!(
        home.contains("Léa Martin") && !home.contains("Demande déposée"),
        "{home}"
    );
}

#[tokio::test]
async fn a_request_is_decided_when_its_time_has_come() {
    let scene = scene(0).await;
    let guardian = scene.guardian("g1", &["c1"]).await;
    let after = scene.ask(&guardian, "c1", &GOOD).await;
    assert!(
        after.text().contains("Bourse accordée, échelon 2"),
        "{}",
        after.text()
    );
    assert!(
        !after.forms().iter().any(|form| form.has("id")),
        "it can be taken back"
    );
}

#[tokio::test]
async fn what_is_not_filled_in_is_said_and_kept() {
    let scene = scene(60).await;
    let guardian = scene.guardian("g1", &["c1"]).await;
    let bad = [("name", " "), ("income", "beaucoup"), ("dependants", "0")];
    let again = scene.ask(&guardian, "c1", &bad).await;
    assert_eq!(again.status, 422);
    for words in [
        "prénom et le nom",
        "sans les centimes",
        "au moins 1",
        "Certifiez",
    ] {
        assert!(again.text().contains(words), "{words}: {}", again.text());
    }
    assert_eq!(again.form_with("income").value("income"), Some("beaucoup"));
    assert_eq!(
        guardian
            .get(&scene.base)
            .await
            .text()
            .matches("Aucune demande")
            .count(),
        1
    );
}

#[tokio::test]
async fn nobody_asks_for_or_looks_at_anothers_child() {
    let scene = scene(60).await;
    let first = scene.guardian("g1", &["c1"]).await;
    let asked = scene.ask(&first, "c1", &GOOD).await;
    // The other guardian of the same child: that there is a request, and no more.
    let second = scene.guardian("g2", &["c1"]).await;
    let home = second.get(&scene.base).await;
    assert!(
        home.text().contains("Un autre responsable"),
        "{}",
        home.text()
    );
    assert!(
        !home.text().contains("Léa") && !home.text().contains("500"),
        "{}",
        home.text()
    );
    let stranger = scene.guardian("g3", &[]).await;
    assert!(
        stranger
            .get(&scene.base)
            .await
            .text()
            .contains("Aucun enfant")
    );
    assert_eq!(
        stranger.get(scene.page("demande?enfant=c1")).await.status,
        403
    );
    // With a token of their own, the stranger sends the forms of others.
    let own = stranger.get(&scene.base).await.form_with("csrf");
    let csrf = own.value("csrf").unwrap();
    let fields = [
        ("csrf", csrf),
        ("child", "c1"),
        ("name", "X"),
        ("income", "1"),
        ("dependants", "1"),
        ("honest", "oui"),
    ];
    assert_eq!(
        stranger
            .post(scene.page("demande"), &fields, &[])
            .await
            .status,
        403
    );
    let id = asked.form_with("id");
    let fields = [("csrf", csrf), ("id", id.value("id").unwrap())];
    assert_eq!(
        stranger
            .post(scene.page("demande/retirer"), &fields, &[])
            .await
            .status,
        422
    );
    // And a foreign page without one.
    let fields = [("csrf", ""), ("id", id.value("id").unwrap())];
    assert_eq!(
        first
            .post(scene.page("demande/retirer"), &fields, &[])
            .await
            .status,
        403
    );
    assert!(
        first
            .get(&scene.base)
            .await
            .text()
            .contains("Demande déposée")
    );
}

#[test]
fn sums_are_written_as_people_do() {
    assert_eq!(euros(1_000_000), "1\u{202f}000\u{202f}000\u{a0}€");
    assert_eq!(euros(999), "999\u{a0}€");
}
