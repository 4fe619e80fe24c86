//! Accounts, sheets, registrations and the portal.

use clau_domain::language::Language;
use clau_engine::accounts::{AccountError, Audience};
use clau_engine::apply::{ApplyError, SourceFile};
use clau_engine::keys::MasterKey;
use clau_engine::login::{Chosen, CredentialsProblem};
use clau_engine::{Hub, Settings, Stores};
use clau_storage::counters::Counters;
use clau_storage::tickets::Tickets;

use crate::scene::{Browser, PASSWORD, Scene};

#[tokio::test]
async fn adm_13_a_login_is_never_given_again() {
    let scene = Scene::new().await;
    let person =
        "[[person]]\nlogin = \"lea.martin2\"\ngiven_name = \"Léa\"\nfamily_name = \"Martin\"\n";
    scene.apply(person).await;
    let taken = person
        .replace("lea.martin2", "paul.durand")
        .replace("Léa", "Paul");
    // The same login in another file is the same person, changed; it is not a second one.
    let applied = scene.apply(&taken).await;
    assert_eq!(applied.changed, ["person paul.durand"]);
    assert!(applied.created.is_empty());
}

#[tokio::test]
async fn applying_twice_changes_nothing_and_mistakes_apply_nothing() {
    let scene = Scene::new().await;
    let text = "[[service]]\nid = \"moodle\"\nname = \"Moodle\"\naccess = [{}]\n\
                [[person]]\nlogin = \"jo.test\"\ngiven_name = \"Jo\"\nfamily_name = \"Test\"\n\
                password = \"quatre chevaux gris\"\n\
                [[person.affiliation]]\nstructure = \"0310001A\"\nprofile = \"National_ETA\"\n";
    let first = scene.apply(text).await;
    assert_eq!(first.created, ["service moodle", "person jo.test"]);
    let second = scene.apply(text).await;
    assert_eq!(
        (second.created.len(), second.changed.len(), second.unchanged),
        (0, 0, 2)
    );

    let wrong = "[[service]]\nid = \"neuf\"\nname = \"Neuf\"\naccess = [{}]\n\
                 [service.cas]\nurls = [\"https://neuf.example/\"]\nprofile = \"pronotte\"\n\
                 [[person]]\nlogin = \"x.y\"\ngiven_name = \"X\"\nfamily_name = \"Y\"\npassword = \"court\"\n\
                 affiliation = [{ structure = \"9999999Z\", profile = \"National_ELV\" }]\n";
    let file = SourceFile {
        name: "faux.toml".to_owned(),
        text: wrong.to_owned(),
        ..SourceFile::default()
    };
    let refused = scene.hub.apply(&scene.cx(), &[file], false).await;
    let Err(ApplyError::Mistakes(mistakes)) = refused else {
        panic!("{refused:?}")
    };
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let told = told.join("\n");
    for expected in [
        "service neuf: cas.profile",
        "pronote",
        "person x.y: password",
        "9999999Z",
    ] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    let dry = SourceFile {
        name: "sec.toml".to_owned(),
        text: "[[service]]\nid = \"sec\"\nname = \"Sec\"\n".to_owned(),
        ..SourceFile::default()
    };
    let dry = scene
        .hub
        .apply(&scene.cx(), &[dry], true)
        .await
        .expect("dry run");
    assert_eq!(dry.created, ["service sec"]);
    assert_eq!(dry.warnings.len(), 1, "nobody may use it");
    let catalogue = scene
        .hub
        .catalogue(scene.cx().now)
        .await
        .expect("catalogue");
    for absent in ["neuf", "sec"] {
        assert!(catalogue.find(&absent.parse().expect("id")).is_none());
    }
}

#[tokio::test]
async fn sheets_go_by_class_and_leave_out_who_has_no_need() {
    let scene = Scene::new().await;
    let uai = "0310001A".parse().expect("uai");
    let sheets = scene.hub.sheets(&uai).await.expect("sheets");
    assert_eq!(sheets.structure.name, "Collège Clémence-Isaure");
    let [group] = sheets.groups.as_slice() else {
        panic!("{sheets:?}")
    };
    assert_eq!(
        (group.class.as_deref(), group.audience),
        (Some("5B"), Audience::Pupils)
    );
    let [sheet] = group.sheets.as_slice() else {
        panic!("{group:?}")
    };
    assert_eq!(
        (sheet.login.as_str(), sheet.code.len()),
        ("nouvelle.eleve", 14)
    );
    assert!(sheets.activated >= 2);
    let unknown = "0750001A".parse().expect("uai");
    assert!(matches!(
        scene.hub.sheets(&unknown).await,
        Err(AccountError::NoSuchStructure(_))
    ));
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it() {
    let scene = Scene::new().await;
    let (mut here, mut there) = (Browser::default(), Browser::default());
    let signed_in = scene.sign_in(&mut here, "lea.martin").await;
    scene.sign_in(&mut there, "lea.martin").await;
    let new = "montgolfière et canard";
    let chosen = Chosen {
        login: "",
        password: new,
        again: new,
    };
    let (hub, cx) = (&scene.hub, scene.cx());
    let wrong = hub.change_password(&cx, here.cookies(), &signed_in, ("devinée", chosen));
    assert_eq!(
        wrong.await.expect("change"),
        Err(CredentialsProblem::WrongCurrent)
    );
    let right = hub.change_password(&cx, here.cookies(), &signed_in, (PASSWORD, chosen));
    assert_eq!(right.await.expect("change"), Ok(()));
    assert!(scene.signed_in(&here).await.is_some());
    assert!(
        scene.signed_in(&there).await.is_none(),
        "SES-07: the others end"
    );
}

#[tokio::test]
async fn the_portal_shows_what_is_for_the_person_and_why() {
    let scene = Scene::new().await;
    scene
        .apply(
            "[[announcement]]\nid = \"a\"\ntitle = \"Portes ouvertes\"\ntext = \"Samedi.\"\n\
             structures = [\"0310001A\"]\n\
             [[announcement]]\nid = \"b\"\ntitle = \"Au lycée\"\ntext = \"Lundi.\"\nstructures = [\"0320002B\"]\n",
        )
        .await;
    scene.pass(std::time::Duration::from_secs(3));
    let mut browser = Browser::default();
    let lea = scene.sign_in(&mut browser, "lea.martin").await;
    let portal = scene
        .hub
        .portal(&scene.cx(), &lea, Language::Fr, "")
        .await
        .expect("portal");
    let titles: Vec<&str> = portal
        .sections
        .iter()
        .flat_map(|(_, tiles)| tiles)
        .map(|tile| tile.title.as_str())
        .collect();
    assert_eq!(
        titles,
        ["Pédagogie"],
        "a service without a tile is not shown"
    );
    assert_eq!(portal.announcements.len(), 1);
    assert_eq!(
        portal.announcements[0].from.as_deref(),
        Some("Collège Clémence-Isaure")
    );
    let none = scene
        .hub
        .portal(&scene.cx(), &lea, Language::Fr, "péda")
        .await
        .expect("portal");
    assert_eq!(none.sections.len(), 1);
    let none = scene
        .hub
        .portal(&scene.cx(), &lea, Language::Fr, "zzz")
        .await
        .expect("portal");
    assert_eq!((none.sections.len(), none.total), (0, 1));
    let id = "pedagogie".parse().expect("id");
    scene
        .hub
        .set_favourite(&scene.cx(), &lea, &id, true)
        .await
        .expect("favourite");
    let portal = scene
        .hub
        .portal(&scene.cx(), &lea, Language::Fr, "")
        .await
        .expect("portal");
    assert_eq!(portal.favourites.len(), 1);
}

#[tokio::test]
async fn the_account_page_shows_who_received_what() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let lea = scene.sign_in(&mut browser, "lea.martin").await;
    for _ in 0..2 {
        let ticket = scene.ticket(&browser, "https://pedagogie.example/").await;
        scene
            .redeem(&ticket, "https://pedagogie.example/")
            .await
            .expect("valid");
    }
    let page = scene
        .hub
        .account_page(&scene.cx(), &lea)
        .await
        .expect("page");
    let [visit] = page.visits.as_slice() else {
        panic!("{page:?}")
    };
    assert_eq!((visit.service.as_str(), visit.times), ("Pédagogie", 2));
    assert!(
        !visit
            .attributes
            .contains(&clau_domain::policy::Attribute::BirthDate)
    );
}

#[tokio::test]
async fn key_07_another_master_key_is_refused() {
    let scene = Scene::new().await;
    let stores = Stores {
        tickets: Tickets::in_database(scene.database.clone()),
        counters: Counters::in_database(scene.database.clone()),
        database: scene.database.clone(),
    };
    let other = MasterKey::parse(&"cd".repeat(32)).expect("key");
    let refused = Hub::new(
        stores,
        &other,
        Settings::for_base_url("https://ent.example"),
    )
    .await;
    let error = refused.err().expect("refused").to_string();
    assert!(error.contains("fingerprint"), "{error}");
}
