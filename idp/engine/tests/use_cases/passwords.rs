//! Passwords that come from another system: taken at import, good for one login, replaced by it, and guessed at the
//! pace of every password.

use std::time::Duration;

use clau_domain::names::LoginName;
use clau_engine::apply::{ApplyError, SourceFile};
use clau_engine::login::{IdentifyProblem, Step};
use clau_storage::accounts::{self, Account};

use crate::scene::{Browser, Scene};

const PASSWORD: &str = "Éléphant rose 7";
/// `slappasswd -h {SSHA} -s …` of OpenLDAP 2.5.
const SSHA: &str = "{SSHA}7fBfHBG9UMeYPMFjhN7VJTMYhgh4Io9/";
/// `htpasswd -nbB -C 5`.
const BCRYPT: &str = "$2y$05$2waw05MUFmytsVomiluLleV9gH9mQPhDAowOjFDStKNUI/VkyZ2iq";
/// `openssl passwd -1` of OpenSSL 3.0.
const MD5_CRYPT: &str = "{CRYPT}$1$UwoOnfac$tL1WDCXDe1rp3pNJjkNNQ1";
/// `django_pbkdf2_sha256` of the Python library passlib 1.7.4.
const DJANGO: &str = "pbkdf2_sha256$2000$qquJs6t9MALq$lkNF4RizoIYy//Srj956J374UgH/C/Icz+XhMl+yssw=";

fn person(login: &str, hash: &str) -> String {
    format!(
        "[[person]]\nlogin = \"{login}\"\ngiven_name = \"Inès\"\nfamily_name = \"Costa\"\n\
         password_hash = '{hash}'\n\
         affiliation = [{{ structure = \"0310001A\", profile = \"National_ELV\" }}]\n"
    )
}

async fn account(scene: &Scene, login: &str) -> Account {
    let login = LoginName::typed(login).expect("login");
    let found = accounts::by_login(&scene.database, &login).await;
    found.expect("lookup").expect("an account")
}

async fn stored(scene: &Scene, login: &str) -> String {
    let hash = account(scene, login).await.password_hash;
    hash.expect("a hash")
}

async fn log_in(scene: &Scene, login: &str, password: &str) -> Step {
    let mut browser = Browser::default();
    let page = scene.login_page(&mut browser).await;
    scene
        .submit(&mut browser, &page.handle, (login, password))
        .await
}

async fn refused(scene: &Scene, text: &str) -> String {
    let file = SourceFile {
        name: "people.toml".to_owned(),
        text: text.to_owned(),
        ..SourceFile::default()
    };
    match scene.hub.apply(&scene.cx(), &[file], false).await {
        Err(ApplyError::Mistakes(mistakes)) => {
            let [mistake] = mistakes.as_slice() else {
                panic!("{mistakes:?}");
            };
            mistake.to_string()
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn pwd_01_an_old_hash_is_good_for_a_login_and_replaced_by_it() {
    let scene = Scene::new().await;
    for (login, hash) in [
        ("ines.ssha", SSHA),
        ("ines.bcrypt", BCRYPT),
        ("ines.crypt", MD5_CRYPT),
        ("ines.django", DJANGO),
    ] {
        let applied = scene.apply(&person(login, hash)).await;
        assert_eq!(applied.created, [format!("person {login}")]);
        assert!(applied.codes.is_empty(), "nobody needs a sheet");
        let imported = stored(&scene, login).await;
        assert!(imported.starts_with("$wrapped$"), "{imported}");
        let again = scene.apply(&person(login, hash)).await;
        assert!(again.changed.is_empty() && again.created.is_empty());
        assert_eq!(
            stored(&scene, login).await,
            imported,
            "applied twice is applied once"
        );

        let shown = scene.hub.show_account(&scene.cx(), login).await;
        assert!(shown.expect("shown").old_hash);
        let wrong = log_in(&scene, login, "Éléphant rose 8").await;
        assert!(matches!(wrong, Step::Identify(_)), "{wrong:?}");
        assert_eq!(stored(&scene, login).await, imported);
        let right = log_in(&scene, login, PASSWORD).await;
        assert!(matches!(right, Step::Finished(_)), "{right:?}");
        let replaced = stored(&scene, login).await;
        assert!(replaced.starts_with("$argon2id$v=19$"), "{replaced}");
        let shown = scene.hub.show_account(&scene.cx(), login).await;
        assert!(!shown.expect("shown").old_hash);
        let second = log_in(&scene, login, PASSWORD).await;
        assert!(matches!(second, Step::Finished(_)), "{second:?}");
        let wrong = log_in(&scene, login, "Éléphant rose 8").await;
        assert!(matches!(wrong, Step::Identify(_)), "{wrong:?}");
        assert_eq!(stored(&scene, login).await, replaced);
    }
}

#[tokio::test]
async fn pwd_01_an_old_hash_never_comes_back() {
    let scene = Scene::new().await;
    scene.apply(&person("ines.costa", SSHA)).await;
    // While nobody has come, the other system may still have the last word.
    let first = stored(&scene, "ines.costa").await;
    scene.apply(&person("ines.costa", BCRYPT)).await;
    let second = stored(&scene, "ines.costa").await;
    assert_ne!(first, second);
    log_in(&scene, "ines.costa", PASSWORD).await;
    let own = stored(&scene, "ines.costa").await;
    let applied = scene.apply(&person("ines.costa", SSHA)).await;
    assert!(applied.changed.is_empty());
    assert_eq!(stored(&scene, "ines.costa").await, own);
    scene
        .hub
        .set_password(&scene.cx(), "ines.costa", "nuages au-dessus du lac")
        .await
        .expect("set");
    scene.apply(&person("ines.costa", BCRYPT)).await;
    let old = log_in(&scene, "ines.costa", PASSWORD).await;
    assert!(matches!(old, Step::Identify(_)), "{old:?}");
    // Nor for an account that a source vouches for: its first verified link has taken the password away.
    scene.apply(&person("ines.liee", SSHA)).await;
    let linked = account(&scene, "ines.liee").await.person;
    let mut tx = scene.database.begin().await.expect("transaction");
    let taken = accounts::federate(&mut tx, linked, scene.cx().now).await;
    assert!(taken.expect("taken"));
    tx.commit().await.expect("commit");
    scene.apply(&person("ines.liee", SSHA)).await;
    assert_eq!(account(&scene, "ines.liee").await.password_hash, None);
}

#[tokio::test]
async fn pwd_01_who_waits_for_a_code_may_get_an_old_hash_instead() {
    let scene = Scene::new().await;
    let without = person("ines.costa", SSHA).replace(&format!("password_hash = '{SSHA}'\n"), "");
    let applied = scene.apply(&without).await;
    assert_eq!(applied.codes.len(), 1);
    scene.apply(&person("ines.costa", SSHA)).await;
    assert!(
        account(&scene, "ines.costa")
            .await
            .activation_digest
            .is_none()
    );
    let step = log_in(&scene, "ines.costa", PASSWORD).await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
}

#[tokio::test]
async fn pwd_01_people_of_a_feed_bring_their_old_hash_by_login_or_record() {
    let scene = Scene::new().await;
    let code = account(&scene, "nouvelle.eleve").await;
    assert!(code.activation_digest.is_some());
    let text = format!(
        "[[password]]\nlogin = \"nouvelle.eleve\"\nhash = '{SSHA}'\n\
         [[password]]\nsource = \"local\"\nkey = \"lea.martin\"\nhash = '{BCRYPT}'\n\
         [[password]]\nlogin = \"who.left\"\nhash = '{BCRYPT}'\n"
    );
    let own = stored(&scene, "lea.martin").await;
    let applied = scene.apply(&text).await;
    assert_eq!(applied.changed, ["password nouvelle.eleve"]);
    assert_eq!(stored(&scene, "lea.martin").await, own, "she has one here");
    let [warning] = applied.warnings.as_slice() else {
        panic!("{applied:?}");
    };
    assert_eq!(warning.place, "password who.left");
    let again = scene.apply(&text).await;
    assert!(again.changed.is_empty(), "{again:?}");
    let step = log_in(&scene, "nouvelle.eleve", PASSWORD).await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
    let replaced = stored(&scene, "nouvelle.eleve").await;
    assert!(replaced.starts_with("$argon2id$"), "{replaced}");

    // A hash of Argon2id needs no wrapping, and does not come back either.
    scene.apply(&person("ana.costa", SSHA)).await;
    let ours = format!("[[password]]\nlogin = \"ana.costa\"\nhash = '{{ARGON2}}{own}'\n");
    let applied = scene.apply(&ours).await;
    assert_eq!(applied.changed, ["password ana.costa"]);
    assert_eq!(stored(&scene, "ana.costa").await, own);
    let again = scene.apply(&ours.replace(&own, &replaced)).await;
    assert!(again.changed.is_empty(), "{again:?}");

    // By the record's key, for somebody who has not come yet.
    scene.apply(&person("ines.costa", SSHA)).await;
    let by_record =
        format!("[[password]]\nsource = \"local\"\nkey = \"ines.costa\"\nhash = '{BCRYPT}'\n");
    let applied = scene.apply(&by_record).await;
    assert_eq!(applied.changed, ["password local ines.costa"]);

    for (text, says) in [
        (
            "login = \"lea.martin\"\nhash = 'hunter2'",
            "password lea.martin: hash",
        ),
        (
            &format!("login = \"lea.martin\"\nkey = \"x\"\nhash = '{SSHA}'"),
            "`source` and `key`",
        ),
        (&format!("hash = '{SSHA}'"), "`source` and `key`"),
        (
            &format!(
                "login = \"lea.martin\"\nhash = '{SSHA}'\n[[password]]\nsource = \"local\"\nkey = \"lea.martin\"\nhash = '{SSHA}'"
            ),
            "defined twice",
        ),
    ] {
        let told = refused(&scene, &format!("[[password]]\n{text}\n")).await;
        assert!(told.contains(says), "{told}");
        assert!(
            !told.contains("hunter2") && !told.contains("7fBfHBG9"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn log_02_a_hash_that_is_none_is_told_by_person_and_never_by_itself() {
    let scene = Scene::new().await;
    for (hash, says) in [
        ("{SSHA}hunter2hunter2", "begins like sha1"),
        (
            "$2y$31$2waw05MUFmytsVomiluLleV9gH9mQPhDAowOjFDStKNUI/VkyZ2iq",
            "cost past 14",
        ),
        ("hunter2hunter2", "bcrypt $2a$, $2b$ or $2y$"),
        (
            "$argon2id$v=19$m=4194304,t=2,p=1$hunter2hunter2$AAAA",
            "{SSHA512}",
        ),
    ] {
        let told = refused(&scene, &person("ines.costa", hash)).await;
        assert!(told.contains("person ines.costa: password_hash"), "{told}");
        assert!(told.contains(says), "{told}");
        assert!(
            !told.contains("hunter2") && !told.contains("2waw05"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn pwd_03_old_hashes_are_guessed_at_the_pace_of_every_password() {
    let scene = Scene::new().await;
    scene.apply(&person("ines.costa", SSHA)).await;
    let mut waits = 0;
    for _ in 0..8 {
        match log_in(&scene, "ines.costa", "not this one").await {
            Step::Identify(page) => {
                waits += usize::from(matches!(page.problem, Some(IdentifyProblem::Wait(_))));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(waits >= 3, "{waits} of 8 were told to wait");
    // The right one has to wait as well, and is not lost.
    let held = log_in(&scene, "ines.costa", PASSWORD).await;
    assert!(matches!(held, Step::Identify(_)), "{held:?}");
    scene.pass(Duration::from_secs(61));
    let free = log_in(&scene, "ines.costa", PASSWORD).await;
    assert!(matches!(free, Step::Finished(_)), "{free:?}");
}

#[tokio::test]
async fn pwd_06_a_locked_account_with_the_right_old_password_is_told_nothing_and_stays_old() {
    let scene = Scene::new().await;
    scene.apply(&person("ines.costa", SSHA)).await;
    let imported = stored(&scene, "ines.costa").await;
    scene
        .hub
        .set_lock(&scene.cx(), "ines.costa", Some("asked by the head"))
        .await
        .expect("locked");
    for password in [PASSWORD, "another one altogether"] {
        match log_in(&scene, "ines.costa", password).await {
            Step::Identify(page) => {
                assert_eq!(page.problem, Some(IdentifyProblem::BadCredentials));
            }
            other => panic!("{other:?}"),
        }
    }
    // No second hash is made for somebody who does not come in: its time would tell.
    assert_eq!(stored(&scene, "ines.costa").await, imported);
}

#[tokio::test]
async fn pwd_02_no_password_ends_by_its_age() {
    let scene = Scene::new().await;
    scene.apply(&person("ines.costa", SSHA)).await;
    let step = log_in(&scene, "ines.costa", PASSWORD).await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
    // Twelve years: from the first class to the last.
    scene.pass(Duration::from_secs(12 * 366 * 24 * 3600));
    for login in ["ines.costa", "lea.martin"] {
        let password = if login == "ines.costa" {
            PASSWORD
        } else {
            crate::scene::PASSWORD
        };
        let step = log_in(&scene, login, password).await;
        assert!(matches!(step, Step::Finished(_)), "{login}: {step:?}");
    }
}

#[tokio::test]
async fn pwd_02_what_everybody_knows_of_a_person_is_no_password() {
    let scene = Scene::new().await;
    scene
        .apply(
            "[[structure]]\nuai = \"0310001A\"\nkind = \"school\"\nname = \"Collège Clémence-Isaure\"\n\
             type = \"COLLEGE\"\ncity = \"Castelnaudary\"\n",
        )
        .await;
    let set = async |login, password| {
        let set = scene.hub.set_password(&scene.cx(), login, password).await;
        set.err().map(|error| error.to_string())
    };
    for (login, password) in [
        ("lea.martin", "LéaMartin2013"),
        ("lea.martin", "martin.5B.2026"),
        ("lea.martin", "C1émence_Isaure"),
        ("lea.martin", "castelnaudary11400"),
        ("lea.martin", "5eme-college-2026"),
        // A mother's children are the first that one tries.
        ("anne.martin", "Léa&Tom-2013-2010"),
        ("paul.durand", "Castelnaudary5B2026"),
    ] {
        let refused = set(login, password).await.unwrap_or_default();
        assert!(
            refused.contains("class, school or town"),
            "{password}: {refused}"
        );
    }
    let refused = set("lea.martin", "S0leil-2013").await.unwrap_or_default();
    assert!(refused.contains("others have used"), "{refused}");
    assert_eq!(set("lea.martin", "la tortue de Castelnaudary").await, None);
}

#[tokio::test]
async fn pwd_02_an_operators_list_counts_as_well() {
    let mut builder = clau_domain::password::refused::Builder::default();
    for line in ["cassoulet", "pastissade"] {
        builder.line(line);
    }
    let filter = builder.finish().expect("a filter");
    let refused = clau_domain::password::Refused::and(&filter).expect("a filter");
    let scene = Scene::with(|settings| settings.refused = refused).await;
    for (password, good) in [("Cassoulet2026", false), ("cassoulet et pastissade", true)] {
        let set = scene
            .hub
            .set_password(&scene.cx(), "lea.martin", password)
            .await;
        assert_eq!(set.is_ok(), good, "{password}");
    }
}
