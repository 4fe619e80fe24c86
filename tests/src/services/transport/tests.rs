//! The pages of transport as a guardian of two children, another guardian, a pupil, a driver and a stranger
//! meet them.

use std::sync::Arc;

use url::Url;

use super::*;
use crate::services::saml::tests::provider::{FakeHub, Someone, lock};
use crate::services::testing::listening;
use crate::support::http::{Answer, Visitor};

struct Scene {
    hub: Arc<FakeHub>,
    base: Url,
}

async fn scene(pace: u32) -> Scene {
    let hub = FakeHub::start().await;
    let arguments = hub.arguments("transport");
    let base = arguments.base.clone();
    let keys = hub.files.join("keys");
    tokio::spawn(async move { run(arguments, &keys, pace).await });
    listening(&base).await;
    Scene { hub, base }
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

    /// A guardian of these children, signed in.
    async fn guardian(&self, name: &str, children: &[&str]) -> Visitor {
        let person = Someone::new(
            name,
            &[
                (names::GIVEN, "Inès"),
                (names::FAMILY, "Martin"),
                (names::PROFILES, "National_TUT"),
            ],
        );
        let (visitor, home) = self
            .sign_in(person.with(names::CHILDREN, children), "")
            .await;
        assert_eq!(home.status, 200, "{}", home.text());
        visitor
    }

    async fn pupil(&self, uid: &str) -> (Visitor, Answer) {
        let person = Someone::new(
            &format!("name-of-{uid}"),
            &[
                (names::UID, uid),
                (names::GIVEN, "Léa"),
                (names::FAMILY, "N’Guessan"),
                (names::PROFILES, "National_ELV"),
            ],
        );
        self.sign_in(person, "").await
    }

    fn page(&self, path: &str) -> String {
        self.base.join(path).unwrap().into()
    }

    fn asking(&self, child: &str, line: Option<&str>) -> String {
        let year = open_years(dates::today())[0];
        let line = line.map(|number| lines::line(number).unwrap());
        self.page(&asking::address(child, year, line)[1..])
    }

    async fn ask(&self, visitor: &Visitor, child: &str, fields: &[(&str, &str)]) -> Answer {
        let page = visitor.get(self.asking(child, Some("301"))).await;
        let mut form = page.form_with("line");
        for (name, value) in fields {
            form = form.with(name, value);
        }
        visitor.follow_on(visitor.submit(&form).await).await
    }

    /// The link on a page that leads to a path, with its query.
    async fn linked(&self, visitor: &Visitor, page: &Answer, path: &str) -> Answer {
        let links = crate::support::form::links(&page.body, &page.url);
        let link = links.into_iter().find(|link| link.path() == path);
        let link = link.unwrap_or_else(|| panic!("no link to {path}: {}", page.body));
        visitor.get(&link).await
    }
}

const GOOD: [(&str, &str); 3] = [
    ("name", "Léa N’Guessan"),
    ("stop", "caraman"),
    ("rules", "oui"),
];

#[tokio::test]
async fn a_guardian_chooses_a_line_and_a_stop_for_one_child() {
    let scene = scene(3_600).await;
    let guardian = scene.guardian("g1", &["c1", "c2"]).await;
    let home = guardian.get(&scene.base).await;
    assert!(
        home.text().contains("Enfant 1") && home.text().contains("Enfant 2"),
        "{}",
        home.text()
    );
    let choice = scene.linked(&guardian, &home, "/abonnement").await;
    for line in LINES {
        assert!(choice.text().contains(line.school), "{}", line.school);
    }
    let after = scene.ask(&guardian, "c1", &GOOD).await;
    let text = after.text();
    for words in [
        "Léa N’Guessan",
        "Abonnement demandé",
        "Caraman, Place du Marché",
        "matin 7 h 08",
        "12,50 €",
        "Enfant 2",
    ] {
        assert!(
            text.replace('\u{a0}', " ").contains(words),
            "{words}: {text}"
        );
    }
    assert!(!text.contains("Titre de transport"), "not yet: {text}");
    // The second child pays less, and a child is subscribed once.
    let form = guardian.get(scene.asking("c2", Some("301"))).await;
    assert!(
        form.text().replace('\u{a0}', " ").contains("8,00 €"),
        "{}",
        form.text()
    );
    let twice = scene.ask(&guardian, "c1", &GOOD).await;
    assert_eq!(twice.status, 422);
    assert!(twice.text().contains("déjà abonné"), "{}", twice.text());
}

#[tokio::test]
async fn the_pass_is_shown_to_guardian_and_pupil_and_says_nothing_to_a_driver_but_that_it_is_good()
{
    let scene = scene(0).await;
    let guardian = scene.guardian("g1", &["c1"]).await;
    let home = scene.ask(&guardian, "c1", &GOOD).await;
    let pass = scene.linked(&guardian, &home, "/titre").await;
    assert!(pass.text().contains("Léa N’Guessan"), "{}", pass.text());
    assert!(pass.body.contains("<svg") && !pass.body.contains("<script"));
    let (_, rest) = pass.body.split_once("id=\"pass-number\">").unwrap();
    let (number, _) = rest.split_once('<').unwrap();
    assert_eq!(number.split(' ').count(), 5, "{number}");
    // The pupil has the same one, under the name that the hub tells.
    let (_, own) = scene.pupil("c1").await;
    assert!(own.body.contains(number), "{}", own.text());
    assert!(own.text().contains("Caraman") && own.text().contains("Léa N’Guessan"));
    let (_, nobody) = scene.pupil("c9").await;
    assert!(
        nobody.text().contains("Vous n’avez pas d’abonnement"),
        "{}",
        nobody.text()
    );
    assert!(!nobody.text().contains("Caraman"), "{}", nobody.text());
    // A driver who is signed in nowhere.
    let check = async |typed: &str| {
        let mut address = scene.base.join("controle").unwrap();
        address.query_pairs_mut().append_pair("titre", typed);
        Visitor::new().get(&address).await.text()
    };
    let verdict = check(&number.to_lowercase()).await;
    // In July the year that is open has not begun.
    let year = open_years(dates::today())[0];
    let begun = year == SchoolYear::of(dates::today());
    let words = if begun {
        "Titre valable"
    } else {
        "pas commencé"
    };
    assert!(verdict.contains(words), "{verdict}");
    assert!(
        !verdict.contains("Léa") && !verdict.contains("Caraman"),
        "{verdict}"
    );
    assert!(check("0000 0000").await.contains("Titre inconnu"));
    // Given up, it is good for nothing.
    let page = scene.linked(&guardian, &home, "/resiliation").await;
    let after = guardian.submit(&page.form_with("id")).await;
    let after = guardian.follow_on(after).await;
    assert!(
        after.text().contains("Abonnement résilié le"),
        "{}",
        after.text()
    );
    assert!(check(number).await.contains("résilié"));
    assert!(scene.pupil("c1").await.1.text().contains("Vous n’avez pas"));
    assert_eq!(scene.ask(&guardian, "c1", &GOOD[1..]).await.status, 200);
}

#[tokio::test]
async fn a_pass_is_not_there_before_its_time() {
    let scene = scene(3_600).await;
    let guardian = scene.guardian("g1", &["c1"]).await;
    let home = scene.ask(&guardian, "c1", &GOOD).await;
    let id = crate::support::form::links(&home.body, &home.url)
        .into_iter()
        .find_map(|link| {
            link.query()
                .map(str::to_owned)
                .filter(|it| it.starts_with("id="))
        })
        .unwrap();
    let early = guardian.get(scene.page(&format!("titre?{id}"))).await;
    assert_eq!(early.status, 422);
    assert!(!early.body.contains("<svg"));
    let (_, own) = scene.pupil("c1").await;
    assert!(
        own.text().contains("demandé") && !own.body.contains("<svg"),
        "{}",
        own.text()
    );
    assert!(own.text().contains("Caraman"), "{}", own.text());
}

#[tokio::test]
async fn a_stop_is_changed_on_its_line() {
    let scene = scene(0).await;
    let guardian = scene.guardian("g1", &["c1"]).await;
    let home = scene.ask(&guardian, "c1", &GOOD).await;
    let page = scene.linked(&guardian, &home, "/arret").await;
    let form = page.form_with("stop");
    assert_eq!(form.value("stop"), Some("caraman"));
    for elsewhere in ["muret", "grenade", ""] {
        let refused = guardian.submit(&form.clone().with("stop", elsewhere)).await;
        assert_eq!(refused.status, 422, "{elsewhere}");
    }
    let moved = guardian.submit(&form.with("stop", "saint-felix")).await;
    let home = guardian.follow_on(moved).await;
    assert!(
        home.text().contains("Saint-Félix-Lauragais"),
        "{}",
        home.text()
    );
}

#[tokio::test]
async fn what_is_not_filled_in_is_said_and_kept() {
    let scene = scene(60).await;
    let guardian = scene.guardian("g1", &["c1"]).await;
    let again = scene
        .ask(&guardian, "c1", &[("name", " "), ("stop", "ailleurs")])
        .await;
    assert_eq!(again.status, 422);
    for words in [
        "prénom et le nom",
        "Choisissez l’arrêt",
        "Acceptez le règlement",
    ] {
        assert!(again.text().contains(words), "{words}: {}", again.text());
    }
    let kept = scene
        .ask(&guardian, "c1", &[("name", "Zoé"), ("stop", "lanta")])
        .await;
    let form = kept.form_with("line");
    assert_eq!(
        (form.value("name"), form.value("stop")),
        (Some("Zoé"), Some("lanta"))
    );
    let home = guardian.get(&scene.base).await.text();
    assert!(
        home.contains("Pas d’abonnement") && home.contains("Enfant 1"),
        "{home}"
    );
    for (address, status) in [
        (scene.asking("c1", Some("301")).replace("301", "999"), 404),
        (scene.page("abonnement?enfant=c1&annee=2001-2002"), 422),
        (scene.page("abonnement?enfant=c1&annee=bientot"), 404),
        (scene.page("abonnement"), 400),
        (scene.page("arret?id=77"), 404),
        (scene.page("titre?id=x"), 400),
    ] {
        let page = guardian.get(&address).await;
        assert_eq!(page.status, status, "{address}");
        assert!(
            page.text().contains("Revenir à l’accueil"),
            "{address}: {}",
            page.body
        );
    }
}

#[tokio::test]
async fn another_guardian_learns_that_and_not_where_and_a_stranger_nothing() {
    let scene = scene(0).await;
    let first = scene.guardian("g1", &["c1"]).await;
    let home = scene.ask(&first, "c1", &GOOD).await;
    let leave = scene
        .linked(&first, &home, "/resiliation")
        .await
        .form_with("id");
    let id = leave.value("id").unwrap();

    let other = scene.guardian("g2", &["c1"]).await;
    let text = other.get(&scene.base).await.text();
    assert!(text.contains("Un autre responsable"), "{text}");
    assert!(!text.contains("Caraman") && !text.contains("Léa"), "{text}");
    let twice = scene.ask(&other, "c1", &GOOD).await;
    assert!(
        twice.text().contains("Un autre responsable"),
        "{}",
        twice.text()
    );

    // Neither they, nor whoever has another child, nor somebody who was the guardian once.
    let stranger = scene.guardian("g3", &["c9"]).await;
    let former = scene.guardian("g1", &[]).await;
    assert!(
        former
            .get(&scene.base)
            .await
            .text()
            .contains("Aucun enfant")
    );
    for (visitor, who) in [(&other, "g2"), (&stranger, "g3"), (&former, "g1 without")] {
        for path in ["titre", "arret", "resiliation"] {
            let page = visitor.get(scene.page(&format!("{path}?id={id}"))).await;
            assert!([403, 404].contains(&page.status.as_u16()), "{who} {path}");
            assert!(!page.text().contains("Caraman"), "{who} {path}");
        }
        let own = visitor.get(&scene.base).await.form_with("csrf");
        let csrf = own.value("csrf").unwrap();
        for (path, more) in [("resiliation", ("x", "x")), ("arret", ("stop", "lanta"))] {
            let fields = [("csrf", csrf), ("id", id), more];
            let sent = visitor.post(scene.page(path), &fields, &[]).await;
            assert!([403, 404].contains(&sent.status.as_u16()), "{who} {path}");
        }
    }
    let refused = stranger.get(scene.asking("c1", None)).await;
    assert_eq!(refused.status, 403);
    // A form of another page, without the token.
    let foreign = first.submit(&leave.clone().with("csrf", "")).await;
    assert_eq!(foreign.status, 403);
    assert!(first.get(&scene.base).await.text().contains("Caraman"));
}

#[tokio::test]
async fn the_timetable_is_for_everybody_and_a_page_is_come_back_to() {
    let scene = scene(60).await;
    let timetable = Visitor::new().get(scene.page("lignes")).await;
    assert_eq!(timetable.status, 200);
    for line in LINES {
        for stop in line.stops {
            assert!(timetable.text().contains(stop.commune), "{}", stop.commune);
        }
    }
    assert!(!timetable.text().contains("Quitter ce service"));
    let person = Someone::new("g1", &[(names::PROFILES, "National_TUT")]);
    let asked = scene.asking("c1", None);
    let path = asked.strip_prefix(scene.base.as_str()).unwrap();
    let (_, page) = scene
        .sign_in(person.with(names::CHILDREN, &["c1"]), path)
        .await;
    assert_eq!(page.url.as_str(), asked);
    assert!(page.text().contains("Choisir la ligne"), "{}", page.text());
}

#[test]
fn the_next_year_opens_in_june() {
    let open = |day: &str| {
        let years = open_years(day.parse().unwrap());
        years.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(open("2027-05-31"), ["2026-2027"]);
    assert_eq!(open("2027-06-01"), ["2026-2027", "2027-2028"]);
    assert_eq!(open("2027-07-01"), ["2027-2028"]);
    assert_eq!(open("2027-09-01"), ["2027-2028"]);
}
