//! Logins: what they lead through, and what they refuse.

use std::time::Duration;

use clau_engine::login::{CredentialsProblem, IdentifyProblem, Step};

use crate::scene::{Browser, PASSWORD, Scene, identify, keep};

const WRONG: &str = "pas le bon mot de passe";

fn problem(step: Step) -> Option<IdentifyProblem> {
    match step {
        Step::Identify(page) => page.problem,
        other => panic!("not the login page: {other:?}"),
    }
}

#[tokio::test]
async fn first_login_leads_through_credentials_and_charter() {
    let scene = Scene::with(|settings| settings.charter_version = "2026".to_owned()).await;
    let code = scene
        .hub
        .new_code(&scene.cx(), "nouvelle.eleve")
        .await
        .expect("code");
    let mut browser = Browser::default();
    let page = scene.login_page(&mut browser).await;
    let typed = ("Nouvelle.Élève", code.to_lowercase());
    let step = scene
        .submit(&mut browser, &page.handle, (typed.0, &typed.1))
        .await;
    let Step::ChooseCredentials(page) = step else {
        panic!("{step:?}")
    };
    assert_eq!((page.given_name.as_str(), page.at_least), ("Nouvelle", 8));

    // Every mistake comes back to the same page, and the code is still good.
    let mut handle = page.handle;
    for (login, password, again, expected) in [
        ("", PASSWORD, "autre chose", CredentialsProblem::Mismatch),
        ("a b", PASSWORD, PASSWORD, CredentialsProblem::LoginForm),
        (
            "paul.durand",
            PASSWORD,
            PASSWORD,
            CredentialsProblem::LoginTaken,
        ),
    ] {
        let step = scene
            .choose(&browser, &handle, (login, password, again))
            .await;
        let Step::ChooseCredentials(page) = step else {
            panic!("{login}")
        };
        assert_eq!(page.problem, Some(expected));
        handle = page.handle;
    }
    let step = scene
        .choose(&browser, &handle, ("nounou.e", PASSWORD, PASSWORD))
        .await;
    let Step::AcceptCharter(page) = step else {
        panic!("charter")
    };
    assert!(
        scene.signed_in(&browser).await.is_none(),
        "nobody is in before the charter"
    );
    let step = scene
        .hub
        .accept_charter(&scene.cx(), browser.cookies(), &page.handle)
        .await;
    keep(step.expect("accept"), &mut browser);
    let signed_in = scene.signed_in(&browser).await.expect("in at last");
    assert_eq!(signed_in.person.login, "nounou.e");

    // The charter is not asked again, the former login works still, the code does not.
    let mut other = Browser::default();
    let page = scene.login_page(&mut other).await;
    let step = scene
        .submit(&mut other, &page.handle, ("nouvelle.eleve", PASSWORD))
        .await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
    let page = scene.login_page(&mut other).await;
    let step = scene
        .submit(&mut other, &page.handle, ("nouvelle.eleve", &code))
        .await;
    assert_eq!(problem(step), Some(IdentifyProblem::BadCredentials));
}

#[tokio::test]
async fn pwd_10_a_code_is_good_once_and_for_a_time() {
    let scene = Scene::new().await;
    let code = scene
        .hub
        .new_code(&scene.cx(), "nouvelle.eleve")
        .await
        .expect("code");
    let mut handles = Vec::new();
    for _ in 0..2 {
        let mut browser = Browser::default();
        let page = scene.login_page(&mut browser).await;
        let step = scene
            .submit(&mut browser, &page.handle, ("nouvelle.eleve", &code))
            .await;
        let Step::ChooseCredentials(page) = step else {
            panic!("{step:?}")
        };
        handles.push((browser, page.handle));
    }
    // Two people hold the same paper: the second one finds it used.
    let mut outcomes = Vec::new();
    for (browser, handle) in &handles {
        let step = scene
            .choose(browser, handle, ("", PASSWORD, PASSWORD))
            .await;
        outcomes.push(matches!(step, Step::Finished(_)));
    }
    assert_eq!(outcomes, [true, false]);

    let code = scene
        .hub
        .new_code(&scene.cx(), "lea.martin")
        .await
        .expect("code");
    scene.pass(scene.hub.settings().activation_life);
    let mut browser = Browser::default();
    let page = scene.login_page(&mut browser).await;
    let step = scene
        .submit(&mut browser, &page.handle, ("lea.martin", &code))
        .await;
    assert_eq!(problem(step), Some(IdentifyProblem::BadCredentials));
}

#[tokio::test]
async fn ses_03_a_login_belongs_to_the_browser_that_began_it() {
    let scene = Scene::new().await;
    let mut victim = Browser::default();
    let page = scene.login_page(&mut victim).await;
    let mut stranger = Browser::default();
    scene.login_page(&mut stranger).await;
    let step = scene
        .submit(&mut stranger, &page.handle, ("lea.martin", PASSWORD))
        .await;
    assert!(matches!(step, Step::Expired), "{step:?}");
    let mut none = Browser::default();
    let step = scene
        .submit(&mut none, &page.handle, ("lea.martin", PASSWORD))
        .await;
    assert!(matches!(step, Step::Expired), "{step:?}");
    // The stored half of a login as well, and a stranger's try does not burn it.
    let code = scene
        .hub
        .new_code(&scene.cx(), "nouvelle.eleve")
        .await
        .expect("code");
    let step = scene
        .submit(&mut victim, &page.handle, ("nouvelle.eleve", &code))
        .await;
    let Step::ChooseCredentials(page) = step else {
        panic!("{step:?}")
    };
    let stolen = scene
        .choose(&stranger, &page.handle, ("", PASSWORD, PASSWORD))
        .await;
    assert!(matches!(stolen, Step::Expired));
    let own = scene
        .choose(&victim, &page.handle, ("", PASSWORD, PASSWORD))
        .await;
    assert!(matches!(own, Step::Finished(_)));
}

#[tokio::test]
async fn ses_12_a_login_page_costs_no_write_and_does_not_last_for_ever() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let page = scene.login_page(&mut browser).await;
    scene.pass(Duration::from_secs(30 * 60));
    let step = scene
        .submit(&mut browser, &page.handle, ("lea.martin", PASSWORD))
        .await;
    assert!(matches!(step, Step::Expired), "{step:?}");
    for forged in ["", "x", "AAAA", &page.handle[1..]] {
        let step = scene
            .submit(&mut browser, forged, ("lea.martin", PASSWORD))
            .await;
        assert!(matches!(step, Step::Expired), "{forged}");
    }
}

#[tokio::test]
async fn pwd_06_everything_that_is_wrong_has_one_answer() {
    let scene = Scene::new().await;
    scene
        .hub
        .set_lock(&scene.cx(), "tom.martin", Some("test"))
        .await
        .expect("lock");
    scene.apply("[[person]]\nlogin = \"parti.loin\"\ngiven_name = \"Parti\"\nfamily_name = \"Loin\"\npassword = \"trottinette verte du matin\"\n").await;
    for (login, password) in [
        ("lea.martin", WRONG),
        ("personne.ici", WRONG),
        ("nouvelle.eleve", WRONG),
        ("tom.martin", PASSWORD),
        ("parti.loin", PASSWORD),
        ("<script>", WRONG),
        ("", ""),
        ("lea.martin", ""),
        ("lea.martin", &"x".repeat(5000)),
    ] {
        let mut browser = Browser::default();
        let page = scene.login_page(&mut browser).await;
        let step = scene
            .submit(&mut browser, &page.handle, (login, password))
            .await;
        assert_eq!(
            problem(step),
            Some(IdentifyProblem::BadCredentials),
            "{login}"
        );
        assert!(browser.session.is_none());
    }
}

#[tokio::test]
async fn pwd_03_guessing_slows_down_but_shuts_nobody_out() {
    let scene = Scene::new().await;
    let mut known = Browser::default();
    scene.sign_in(&mut known, "lea.martin").await;

    // An attacker who guesses without pause gets few guesses in an hour.
    let mut attacker = Browser::default();
    let mut guesses = 0;
    for _ in 0..1800 {
        let page = scene.login_page(&mut attacker).await;
        let step = scene
            .submit(&mut attacker, &page.handle, ("lea.martin", WRONG))
            .await;
        guesses += usize::from(problem(step) == Some(IdentifyProblem::BadCredentials));
        scene.pass(Duration::from_secs(2));
    }
    assert!(guesses <= 90, "{guesses} guesses in an hour");

    // The owner on her own device is not held up at all, and elsewhere a minute at most.
    let page = scene.login_page(&mut known).await;
    let step = scene
        .submit(&mut known, &page.handle, ("lea.martin", PASSWORD))
        .await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
    scene.pass(Duration::from_secs(60));
    let mut library = Browser::default();
    let page = scene.login_page(&mut library).await;
    let step = scene
        .submit(&mut library, &page.handle, ("lea.martin", PASSWORD))
        .await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
}

#[tokio::test]
async fn pwd_08_activation_codes_are_guessed_at_the_pace_of_passwords() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let mut waits = 0;
    for number in 0..10 {
        let page = scene.login_page(&mut browser).await;
        let code = format!("AAAA-BBBB-{number:04}");
        let step = scene
            .submit(&mut browser, &page.handle, ("nouvelle.eleve", &code))
            .await;
        waits += usize::from(matches!(problem(step), Some(IdentifyProblem::Wait(_))));
    }
    assert!(waits >= 5, "{waits}");
}

#[tokio::test]
async fn pwd_04_a_school_behind_one_address_is_never_shut_out() {
    let scene = Scene::new().await;
    let mut people = String::new();
    for number in 0..60 {
        people.push_str(&format!(
            "[[person]]\nlogin = \"eleve.n{number}\"\ngiven_name = \"Élève\"\nfamily_name = \"N{number}\"\n\
             affiliation = [{{ structure = \"0310001A\", profile = \"National_ELV\" }}]\n"
        ));
    }
    scene.apply(&people).await;
    // Everybody mistypes once and then does it right: half of all attempts fail, on sixty accounts.
    let mut refused = 0;
    for number in 0..60 {
        let mut browser = Browser::default();
        let login = format!("eleve.n{number}");
        let page = scene.login_page(&mut browser).await;
        scene
            .submit(&mut browser, &page.handle, (&login, WRONG))
            .await;
        let page = scene.login_page(&mut browser).await;
        let step = scene
            .submit(&mut browser, &page.handle, ("paul.durand", PASSWORD))
            .await;
        refused += usize::from(!matches!(step, Step::Finished(_)));
        scene.pass(Duration::from_millis(200));
    }
    assert_eq!(refused, 0);
}

#[tokio::test]
async fn pwd_04_an_address_where_all_fail_on_many_accounts_is_slowed() {
    let scene = Scene::new().await;
    scene.move_to_address([203, 0, 113, 9]);
    let mut waits = 0;
    for number in 0..60 {
        let mut browser = Browser::default();
        let page = scene.login_page(&mut browser).await;
        let login = format!("cible.n{number}");
        let step = scene
            .submit(&mut browser, &page.handle, (&login, WRONG))
            .await;
        waits += usize::from(matches!(problem(step), Some(IdentifyProblem::Wait(_))));
    }
    assert!(waits > 20, "{waits}");
    // Others are not.
    scene.move_to_address([203, 0, 113, 10]);
    scene.sign_in(&mut Browser::default(), "lea.martin").await;
}

#[tokio::test]
async fn pwd_09_past_the_queue_people_are_told_to_come_back() {
    let scene = Scene::with(|settings| {
        settings.passwords.threads = 1;
        settings.passwords.queue = 1;
    })
    .await;
    let mut pages = Vec::new();
    for _ in 0..12 {
        let mut browser = Browser::default();
        let page = scene.login_page(&mut browser).await;
        pages.push((browser, page.handle));
    }
    // A login each, so that none waits for another's failures.
    let attempts = pages
        .iter_mut()
        .enumerate()
        .map(|(number, (browser, handle))| {
            let (scene, handle, login) = (&scene, handle.clone(), format!("eleve.n{number}"));
            async move { scene.submit(browser, &handle, (&login, WRONG)).await }
        });
    let steps = futures_util::future::join_all(attempts).await;
    let count = |wanted: fn(&IdentifyProblem) -> bool| {
        let problems = steps.iter().filter_map(|step| match step {
            Step::Identify(page) => page.problem,
            _ => None,
        });
        problems.filter(wanted).count()
    };
    let busy = count(|problem| matches!(problem, IdentifyProblem::Busy(_)));
    let checked = count(|problem| matches!(problem, IdentifyProblem::BadCredentials));
    assert!(busy > 0 && checked > 0, "{busy} busy, {checked} checked");
    assert_eq!(busy + checked, 12);
}

#[tokio::test]
async fn a_fresh_page_follows_each_mistake() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let page = scene.login_page(&mut browser).await;
    let step = scene
        .submit(&mut browser, &page.handle, ("lea.martin", WRONG))
        .await;
    let again = identify(step, &mut browser);
    assert_eq!(again.login, "lea.martin");
    let step = scene
        .submit(&mut browser, &again.handle, ("lea.martin", PASSWORD))
        .await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
}
