//! Two records that belong to one person: what their feeds say afterwards, and what becomes of it when the
//! merge is undone.

use clau_domain::connector::ConnectorId;
use clau_domain::feed::{Record, RecordKind};
use clau_domain::ids::{MergeId, PersonId};
use clau_domain::names::LoginName;
use clau_domain::person::{BirthDate, Contact, Names, Person};
use clau_domain::random::SeededForTests;
use clau_engine::import::{ImportOptions, Phase, Report};
use clau_storage::merges::{self, NewMerge};
use clau_storage::newcomers::{self, Said};
use clau_storage::people::PersonRow;
use clau_storage::{Database, accounts, matching, people};

use super::delivery::{Feed, pupil, relation, school, staff, two_schools};
use super::site::{SOURCE, Site, assert_same};

const OTHER: &str = "montpellier";

const ALL_MAY_GO: ImportOptions = ImportOptions {
    dry_run: false,
    max_gone_percent: 100.0,
};

static RANDOM: SeededForTests = SeededForTests::new(77 << 32);

/// Runs a test on both engines.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Site::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Site::postgres().await).await;
            })*
        }
    };
}

on_both!(
    a_merge_while_an_import_is_under_way_is_not_undone_by_it,
    a_pupil_who_moved_is_called_as_the_record_says_that_is_delivered,
    fed_04_what_a_connector_says_makes_no_pupil_of_a_feed_known,
    fed_08_a_delivered_pupil_is_found_by_school_and_number,
    fed_13_authority_follows_the_records,
    fed_13_two_guardian_records_of_one_pupil_are_told_apart_again,
    feeds_go_on_after_a_merge_and_after_its_end,
);

impl Site {
    async fn of(&self, source: &str, day: &str, feed: &Feed) -> Report {
        let items = feed.items().into_iter().map(Ok).collect();
        self.import_results(source, day, items, ALL_MAY_GO)
            .await
            .expect("imports")
    }

    async fn whose(&self, source: &str, key: &str) -> PersonId {
        let found = matching::by_record(&self.database, source, key).await;
        found.expect("by record").first().expect(key).person
    }

    async fn person(&self, id: PersonId) -> Person {
        let person = people::find(&self.database, id).await.expect("find");
        person.expect("there")
    }

    async fn family_name(&self, id: PersonId) -> String {
        self.person(id).await.names.family
    }

    async fn merge(&self, kept: PersonId, gone: PersonId) -> MergeId {
        merge(&self.database, self.cx().now, (kept, gone)).await
    }

    async fn undo(&self, id: MergeId) {
        let mut tx = self.database.begin().await.expect("begin");
        let undone = merges::undo(&mut tx, id, self.cx().now).await;
        assert!(undone.expect("undo").is_some());
        tx.commit().await.expect("commit");
    }
}

async fn merge(
    database: &Database,
    now: clau_domain::time::Timestamp,
    (kept, gone): (PersonId, PersonId),
) -> MergeId {
    let id = MergeId::mint(now, &RANDOM);
    let new = NewMerge {
        id,
        kept,
        gone,
        by: "admin",
        reason: "one mother",
    };
    let mut tx = database.begin().await.expect("begin");
    assert!(merges::merge(&mut tx, new, now).await.expect("merge"));
    tx.commit().await.expect("commit");
    id
}

fn children(person: &Person) -> Vec<&str> {
    let children = person.children.iter();
    children.map(|child| child.names.given.as_str()).collect()
}

/// One school, with one child of Anne Martin's, who is written in capitals there.
fn elsewhere() -> Feed {
    let mut feed = Feed::new();
    feed.school("X");
    feed.pupil("1", ("Lola", "Martin"), "X", &[("11", 1)]);
    feed.guardian("11", ("ANNE", "MARTIN"));
    feed
}

async fn feeds_go_on_after_a_merge_and_after_its_end(site: Site) {
    site.of(SOURCE, "20260901", &two_schools()).await;
    site.of(OTHER, "20260901", &elsewhere()).await;
    let kept = site.whose(SOURCE, "11").await;
    let gone = site.whose(OTHER, "11").await;
    let before = site.directory().await;
    let id = site.merge(kept, gone).await;
    let merged = site.directory().await;
    let accounts = site.number("SELECT COUNT(*) FROM account").await;

    // The same again: nothing changes.
    for source in [OTHER, SOURCE] {
        let feed = if source == OTHER {
            elsewhere()
        } else {
            two_schools()
        };
        let report = site.of(source, "20260901", &feed).await;
        assert_eq!(report.people_counts().changed, 0, "{source}");
        assert_same(
            &merged,
            &site.directory().await,
            "the same deliveries again",
        );
    }
    // Both are delivered anew: names, a child more, a child less.
    let mut other = elsewhere();
    other.pupil("2", ("Rémi", "Martin"), "X", &[("11", 2)]);
    let mut other = other.without("11");
    other.guardian("11", ("Anne", "MARTIN-ROY"));
    let report = site.of(OTHER, "20260902", &other).await;
    assert_eq!(report.kinds["guardian"].changed, 1);
    let mut ours = two_schools().without("11").without("2");
    ours.guardian("11", ("Anne", "Martin-Neuf"));
    site.of(SOURCE, "20260902", &ours).await;
    assert_eq!(site.whose(SOURCE, "11").await, kept);
    assert_eq!(site.whose(OTHER, "11").await, kept);
    let one = site.person(kept).await;
    assert_eq!(one.names.family, "Martin-Neuf", "the own record speaks");
    assert_eq!(one.login, "anne.martin");
    let external = one.external.clone().expect("a key");
    assert_eq!(
        (external.source.as_str(), external.key.as_str()),
        (SOURCE, "11")
    );
    assert_eq!(children(&one), ["Jean", "Lola", "Lucie", "Rémi"]);
    // One account more: the new child's.
    let now = site.number("SELECT COUNT(*) FROM account").await;
    assert_eq!(now, accounts + 1);

    // The own record is missing: the other one speaks, and no access is lost by it.
    let without = ours.without("11").without("1");
    site.of(SOURCE, "20260903", &without).await;
    assert_eq!(site.family_name(kept).await, "MARTIN-ROY");
    let external = site.person(kept).await.external.expect("a key");
    assert_eq!(
        external.source, SOURCE,
        "once is no reason to be somebody else to services"
    );
    site.of(SOURCE, "20260904", &without).await;
    let one = site.person(kept).await;
    assert_eq!(one.names.family, "MARTIN-ROY");
    assert_eq!(one.external.expect("a key").source, OTHER);
    assert_eq!(one.children.len(), 2, "those of the other feed");
    site.of(SOURCE, "20260905", &ours).await;
    assert_eq!(site.family_name(kept).await, "Martin-Neuf", "it is back");

    // Undone: each is what their own record says by now.
    site.undo(id).await;
    let (one, other_one) = (site.person(kept).await, site.person(gone).await);
    assert_eq!(
        (one.names.family.as_str(), children(&one)),
        ("Martin-Neuf", vec!["Jean"])
    );
    assert_eq!(other_one.names.family, "MARTIN-ROY");
    assert_eq!(
        children(&other_one),
        ["Lola", "Rémi"],
        "also the child that came meanwhile"
    );
    assert_eq!(site.whose(OTHER, "11").await, gone);
    let account = accounts::by_person(&site.database, gone).await;
    assert_eq!(account.expect("by person").expect("there").locked, None);
    assert_eq!(site.number("SELECT COUNT(*) FROM portrait").await, 0);
    // And the feeds go on.
    site.of(OTHER, "20260903", &elsewhere()).await;
    site.of(SOURCE, "20260906", &two_schools()).await;
    assert_eq!(site.family_name(gone).await, "MARTIN");
    assert_eq!(site.family_name(kept).await, "Martin");
    assert_eq!(children(&site.person(kept).await), ["Jean", "Lucie"]);

    // Nothing is left of it, but for what the two feeds have changed.
    let people = |lines: &[String]| {
        let own = lines.iter().filter(|line| line.starts_with("person:"));
        own.cloned().collect::<Vec<_>>()
    };
    let remi = |line: &String| !line.contains("Rémi");
    let mut after = people(&site.directory().await);
    after.retain(remi);
    assert_same(&people(&before), &after, "people before and after");
}

async fn fed_13_authority_follows_the_records(site: Site) {
    site.of(SOURCE, "20260901", &two_schools()).await;
    site.of(OTHER, "20260901", &elsewhere()).await;
    let kept = site.whose(SOURCE, "11").await;
    let gone = site.whose(OTHER, "11").await;
    let id = site.merge(kept, gone).await;
    // The court decides: no authority over Lola any more. Another record of that feed gets it.
    let mut other = elsewhere().without("1");
    let mut lola = pupil("1", ("Lola", "Martin"), "X", &[("12", 1)]);
    lola.guardians.push(relation("11", 0));
    other.add("Eleve", Record::Pupil(Box::new(lola)));
    other.pupil("2", ("Rémi", "Martin"), "X", &[("11", 1)]);
    other.guardian("12", ("Luc", "Martin"));
    site.of(OTHER, "20260902", &other).await;
    assert_eq!(
        children(&site.person(kept).await),
        ["Jean", "Lucie", "Rémi"]
    );
    // Named no more at all.
    let mut named_no_more = other.without("1");
    named_no_more.pupil("1", ("Lola", "Martin"), "X", &[("12", 1)]);
    site.of(OTHER, "20260903", &named_no_more).await;
    site.undo(id).await;
    assert_eq!(children(&site.person(gone).await), ["Rémi"]);
    assert_eq!(children(&site.person(kept).await), ["Jean", "Lucie"]);
    site.of(OTHER, "20260904", &named_no_more).await;
    assert_eq!(children(&site.person(gone).await), ["Rémi"]);
}

async fn fed_13_two_guardian_records_of_one_pupil_are_told_apart_again(site: Site) {
    let family = |ranks: (u8, u8)| {
        let mut feed = two_schools();
        let ties = [("31", ranks.0), ("32", ranks.1)];
        feed.pupil("9", ("Nina", "Petit"), "A", &ties);
        feed.guardian("31", ("Eve", "Petit"));
        feed.guardian("32", ("EVE", "PETIT"));
        // So that both are imported whatever Nina's record says.
        feed.pupil("8", ("Noé", "Petit"), "A", &[("31", 1), ("32", 1)]);
        feed
    };
    site.of(SOURCE, "20260901", &family((1, 2))).await;
    let kept = site.whose(SOURCE, "32").await;
    let gone = site.whose(SOURCE, "31").await;
    let nina = async |id| {
        let person = site.person(id).await;
        children(&person).contains(&"Nina")
    };
    let id = site.merge(kept, gone).await;
    assert!(nina(kept).await);
    site.of(SOURCE, "20260902", &family((1, 2))).await;
    assert!(nina(kept).await);
    // One of the records loses authority: so does the person, whom both are.
    site.of(SOURCE, "20260903", &family((0, 2))).await;
    assert!(!nina(kept).await);
    site.undo(id).await;
    assert!(
        !nina(kept).await && !nina(gone).await,
        "until it is said again"
    );
    let report = site.of(SOURCE, "20260904", &family((0, 2))).await;
    assert_eq!(
        report.kinds["pupil"].changed, 1,
        "Nina's record is read anew"
    );
    assert!(nina(kept).await && !nina(gone).await);
    let fresh = Site::sqlite().await;
    fresh.of(SOURCE, "20260904", &family((0, 2))).await;
    assert_same(
        &fresh.meaning().await,
        &site.meaning().await,
        "as if nothing had been",
    );
}

async fn a_merge_while_an_import_is_under_way_is_not_undone_by_it(site: Site) {
    let mut feed = two_schools();
    feed.staff("23", ("ADA", "PROF"), &[("B", "ENS")]);
    site.of(SOURCE, "20260901", &feed).await;
    let kept = site.whose(SOURCE, "21").await;
    let gone = site.whose(SOURCE, "23").await;
    // Between the verdicts and the first school.
    let database = site.database.clone();
    let mut merged = None;
    let (tell, told) = std::sync::mpsc::channel();
    *site.clock.on_progress.lock().expect("unpoisoned") = Some(Box::new(move |progress| {
        if merged.is_none()
            && progress.phase == Phase::Checking
            && Some(progress.done) == progress.total
        {
            let now = clau_domain::time::Timestamp::from_millis(1_795_000_500_000);
            let id = tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(merge(&database, now, (kept, gone)))
            });
            merged = Some(id);
            tell.send(id).expect("somebody listens");
        }
    }));
    let mut feed = two_schools().without("21");
    feed.staff("21", ("Ada", "Prof-Neuf"), &[("A", "ENS")]);
    feed.staff("23", ("ADA", "PROF"), &[("A", "DIR"), ("B", "ENS")]);
    site.of(SOURCE, "20260902", &feed).await;
    *site.clock.on_progress.lock().expect("unpoisoned") = None;
    let id = told.try_recv().expect("merged meanwhile");
    let one = site.person(kept).await;
    assert_eq!(one.names.family, "Prof-Neuf");
    let places = |person: &Person| {
        let mut places: Vec<_> = person
            .affiliations
            .iter()
            .map(|one| format!("{} {}", one.structure.key, one.profile.code()))
            .collect();
        places.sort();
        places
    };
    assert_eq!(
        places(&one),
        ["A National_DIR", "A National_ENS", "B National_ENS"]
    );
    assert!(places(&site.person(gone).await).is_empty());
    site.undo(id).await;
    assert_eq!(places(&site.person(kept).await), ["A National_ENS"]);
    let apart = site.person(gone).await;
    assert_eq!(places(&apart), ["A National_DIR", "B National_ENS"]);
    assert_eq!(apart.names.family, "PROF");
}

async fn a_pupil_who_moved_is_called_as_the_record_says_that_is_delivered(site: Site) {
    let ines = |code: &str, school: &str, mail: &str| {
        let mut record = pupil(code, ("Inès", "Faure"), school, &[]);
        record.ine = Some("123456789AB".to_owned());
        record.contact.mail = Some(mail.to_owned());
        Record::Pupil(Box::new(record))
    };
    let with = |records: Vec<Record>| {
        let mut feed = two_schools();
        for record in records {
            feed.add("Eleve", record);
        }
        feed
    };
    site.of(SOURCE, "20260901", &with(vec![ines("31", "A", "old")]))
        .await;
    let id = site.whose(SOURCE, "31").await;
    let mail = async || site.person(id).await.contact.mail.expect("a mail address");
    // Both for a while; each import says so, whatever the order.
    let both = with(vec![ines("31", "A", "old"), ines("32", "B", "new")]);
    site.of(SOURCE, "20260902", &both).await;
    assert_eq!(site.whose(SOURCE, "32").await, id);
    assert_eq!(mail().await, "old");
    let once = site.directory().await;
    site.of(SOURCE, "20260902", &both).await;
    assert_same(&once, &site.directory().await, "the same again");
    site.of(SOURCE, "20260903", &with(vec![ines("32", "B", "new")]))
        .await;
    assert_eq!(mail().await, "new");
    let report = site
        .of(SOURCE, "20260904", &with(vec![ines("32", "B", "newer")]))
        .await;
    assert_eq!(report.kinds["pupil"].suspended, 1);
    assert_eq!(mail().await, "newer");
}

async fn fed_04_what_a_connector_says_makes_no_pupil_of_a_feed_known(site: Site) {
    let connector: ConnectorId = "lycee".parse().expect("a connector");
    let row = PersonRow {
        names: Names {
            family: "Faure".to_owned(),
            given: "Inès".to_owned(),
            ..Names::default()
        },
        birth_date: Some("2012-05-17".to_owned()),
        ine: Some("123456789AB".to_owned()),
        contact: Contact::default(),
        further: Default::default(),
    };
    let said = Said {
        connector: &connector,
        subject: "1",
        person: &row,
        affiliations: &[],
    };
    let made = PersonId::mint(site.cx().now, &RANDOM);
    let why = serde_json::Value::Null;
    let login = newcomers::create(&site.database, made, said, why, site.cx().now).await;
    assert_eq!(login.expect("create").expect("made").as_str(), "ines.faure");
    let mut feed = two_schools();
    let mut record = pupil("31", ("Inès", "Faure"), "A", &[]);
    record.ine = Some("123456789AB".to_owned());
    feed.add("Eleve", Record::Pupil(Box::new(record)));
    let report = site.of(SOURCE, "20260901", &feed).await;
    let id = site.whose(SOURCE, "31").await;
    assert_ne!(id, made);
    assert_eq!(site.person(id).await.login, "ines.faure2");
    assert!(
        report
            .warnings
            .iter()
            .any(|group| group.what.contains("INE")),
        "a human looks"
    );
    // Two whom a human found to be one do not come apart, and are not in the way of a third record.
    site.merge(id, made).await;
    let mut moved = two_schools();
    let mut record = pupil("32", ("INES", "FAURE"), "B", &[]);
    record.ine = Some("123456789AB".to_owned());
    moved.add("Eleve", Record::Pupil(Box::new(record)));
    site.of(SOURCE, "20260902", &moved).await;
    assert_eq!(site.whose(SOURCE, "32").await, id);
    let login = LoginName::typed("ines.faure").expect("a login");
    let account = accounts::by_login(&site.database, &login).await;
    let account = account.expect("by login").expect("there");
    assert_eq!(account.person, made, "a login leads where it always led");
    assert_eq!(
        merges::kept_of(&site.database, account.person)
            .await
            .expect("kept"),
        id
    );
}

async fn fed_08_a_delivered_pupil_is_found_by_school_and_number(site: Site) {
    let feed = |number: &str| {
        let mut feed = Feed::new();
        let mut record = school("A");
        record.uai = "0310001B".parse().ok();
        feed.add("Etab", Record::Structure(Box::new(record)));
        let mut record = pupil("1", ("Jean", "Martin"), "A", &[("11", 1)]);
        record.school_record = number.to_owned();
        feed.add("Eleve", Record::Pupil(Box::new(record)));
        feed.guardian("11", ("Anne", "Martin"));
        let mut record = staff("21", ("Ada", "Prof"), &[("A", "ENS")]);
        record.mail = Some("Ada.Prof@ac-toulouse.fr".to_owned());
        record.birth_date = BirthDate::new(1980, 1, 2).ok();
        feed.add("PersEducNat", Record::Staff(Box::new(record)));
        feed
    };
    site.of(SOURCE, "20260901", &feed("7012")).await;
    let uai = "0310001B".parse().expect("a UAI");
    let by = async |number: &str| {
        let found = matching::pupils_by_school_record(&site.database, &uai, number).await;
        found.expect("by school record")
    };
    let found = by("7012").await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (
            found[0].person,
            found[0].source.as_str(),
            found[0].kind.as_str()
        ),
        (
            site.whose(SOURCE, "1").await,
            SOURCE,
            RecordKind::Pupil.as_str()
        )
    );
    let guardians = matching::guardians_of(&site.database, found[0].person).await;
    let guardians = guardians.expect("guardians");
    assert_eq!(guardians.len(), 1);
    assert_eq!(guardians[0].person, site.whose(SOURCE, "11").await);
    let mail = matching::staff_by_academic_mail(&site.database, "ada.prof@ac-toulouse.fr").await;
    assert_eq!(
        mail.expect("by mail")[0].person,
        site.whose(SOURCE, "21").await
    );
    // Another number from now on.
    site.of(SOURCE, "20260902", &feed("7013")).await;
    assert_eq!(by("7012").await, []);
    assert_eq!(by("7013").await.len(), 1);
    // Gone for good: found no more.
    let nobody = feed("7013").without("1").without("11").without("21");
    for day in ["20260903", "20260904"] {
        assert_eq!(by("7013").await.len(), 1);
        site.of(SOURCE, day, &nobody).await;
    }
    assert_eq!(by("7013").await, []);
    let mail = matching::staff_by_academic_mail(&site.database, "ada.prof@ac-toulouse.fr").await;
    assert_eq!(mail.expect("by mail"), []);
    let record = matching::by_record(&site.database, SOURCE, "1").await;
    assert_eq!(record.expect("by record"), []);
}
