//! The people of the demo region come by its upstreams in a real browser, as they do after `make demo`: a parent
//! of two ministries, an agent, a citizen, agricultural teachers; they open services and leave from either end.
//! Owns the walks; what runs is `demo_region`.

use clau_tests::support::browser::{Browser, Setup};
use clau_tests::support::hub::Stores;
use clau_tests::support::process::eventually;
use clau_tests::upstreams::ldif;

use crate::demo_region::Demo;
use crate::federation_scene::choose;
use crate::scene::{LOGOUT_LIMIT, shared_stores};

/// One region for all walks: making it takes longer than they do.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_comes_by_their_own_source_and_leaves_again() {
    let demo = Demo::start(Stores::Embedded).await;
    parent_of_two_ministries(&demo, Setup::default()).await;
    agent(&demo).await;
    citizen(&demo).await;
    agricultural_teachers(&demo).await;
    public_agent(&demo).await;
    usurper(&demo).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_a_parent_on_a_phone_without_scripts_on_the_shared_stores() {
    let demo = Demo::start(shared_stores()).await;
    let setup = Setup::plain_phone();
    parent_of_two_ministries(&demo, setup).await;
}

/// By ÉduConnect, for one child first and then for all three, to a service by OpenID Connect and one by SAML; out
/// at the hub, and through it at ÉduConnect.
async fn parent_of_two_ministries(demo: &Demo, setup: Setup) {
    let (hub, services) = (&demo.hub, &demo.services);
    let (bourses, transport) = (services.bourses(), services.transport());
    let width = setup.window.0;
    let parent = Browser::start_with(setup).await;
    parent.open(&bourses).await;
    choose(&parent, "educonnect").await;
    demo.be(&parent, "ÉduConnect", "trois enfants").await;
    come_back(&parent, setup).await;
    if setup.scripts {
        parent.assert_accessible("a new link of a parent").await;
    }
    parent.screenshot(&format!("demo-linked-{width}")).await;
    parent.click("#linked-continue").await;
    parent.find("ul.contexts").await;
    if setup.scripts {
        parent.assert_accessible("for whom to act").await;
    }
    parent.screenshot(&format!("demo-context-{width}")).await;
    assert_eq!(parent.count("ul.contexts button.context").await, 4);
    let whose = parent
        .find("ul.contexts li:nth-child(2) .context-name")
        .await;
    let whose = whose.text().await.expect("a name");
    parent
        .click("ul.contexts li:nth-child(2) button.context")
        .await;
    come_to(&parent, &bourses).await;
    assert_eq!(parent.count("section.child").await, 1, "of {whose} only");

    // For all of them, without a login: the grants of one child are closed, and opened again for three.
    parent.open(hub.url("/")).await;
    let current = parent.find("form.children [aria-pressed=true]").await;
    let current = current.text().await.expect("a name");
    assert!(current.contains(&whose), "{current} is not {whose}");
    parent
        .screenshot(&format!("demo-parent-portal-{width}"))
        .await;
    parent.click("form.children li:last-child button").await;
    eventually("bourses is for all children", LOGOUT_LIMIT, async || {
        parent.open(&bourses).await;
        (parent.address().await == bourses && parent.count("section.child").await == 3)
            .then_some(())
    })
    .await;
    parent.open(&transport).await;
    if !setup.scripts {
        // The answer comes in a form, which scripts send.
        parent.click("#onward-button").await;
    }
    come_to(&parent, &transport).await;
    assert_eq!(parent.count("section.child").await, 3);

    parent.open(hub.url("/logout")).await;
    parent.click("#logout-submit").await;
    // The page goes on by itself to the address that came with the login (french-ent.md §4.6).
    let left = format!("https://localhost:{}/Logout", demo.ports.educonnect);
    come_to(&parent, &left).await;
    parent.wait_for_text("déconnecté").await;
    asks_again(&parent, hub.url("/"), &bourses).await;
    // At ÉduConnect too.
    choose(&parent, "educonnect").await;
    parent.find("#simulator").await;
    complains_of_nothing(parent, demo).await;
}

/// By the academy's guichet to the school's notebook by CAS; out at the guichet is out of the hub and the notebook.
async fn agent(demo: &Demo) {
    let (hub, notebook) = (&demo.hub, demo.services.pedagogie());
    let agent = Browser::start().await;
    agent.open(hub.url("/")).await;
    choose(&agent, "guichet").await;
    demo.be(&agent, "Guichet", "chef d’établissement").await;
    agent.find("#linked-continue").await;
    agent.click("#linked-continue").await;
    agent.wait_for_text("Cahier de textes").await;
    agent.screenshot("demo-agent-portal").await;
    agent.open_link(&notebook).await;
    come_to(&agent, &notebook).await;
    agent
        .open(format!(
            "https://localhost:{}/sso/logout",
            demo.ports.guichet
        ))
        .await;
    agent.screenshot("demo-guichet-logout").await;
    agent.click("main form button").await;
    agent.wait_for_text("déconnecté").await;
    agent.screenshot("demo-guichet-left").await;
    asks_again(&agent, hub.url("/"), &notebook).await;
    complains_of_nothing(agent, demo).await;
}

/// By FranceConnect, known to nobody: an account of a citizen, with what is open to every citizen.
async fn citizen(demo: &Demo) {
    let (hub, transport) = (&demo.hub, demo.services.transport());
    let citizen = Browser::start_with(Setup::phone()).await;
    citizen.open(hub.url("/")).await;
    choose(&citizen, "franceconnect").await;
    demo.be(&citizen, "FranceConnect", "que l’ENT ne connaît pas")
        .await;
    citizen.wait_for_text("Bonjour Mathilde").await;
    citizen.wait_for_text("Transport scolaire").await;
    assert!(!citizen.text().await.contains("Bourses"), "is no guardian");
    citizen.assert_accessible("the portal of a citizen").await;
    citizen.screenshot("demo-citizen-portal").await;
    citizen.open_link(&transport).await;
    come_to(&citizen, &transport).await;
    citizen.find("#no-children").await;
    citizen.screenshot("demo-citizen-transport").await;
    citizen.open(hub.url("/logout")).await;
    citizen.click("#logout-submit").await;
    citizen.find("#signed-out-source.is-done").await;
    citizen.screenshot("demo-citizen-signed-out").await;
    asks_again(&citizen, hub.url("/"), &transport).await;
    choose(&citizen, "franceconnect").await;
    citizen.find("#simulator").await;
    complains_of_nothing(citizen, demo).await;
}

/// One by the CAS server of the school, one by its directory.
async fn agricultural_teachers(demo: &Demo) {
    let notebook = demo.services.pedagogie();
    for connector in ["lycee-agricole-rodez", ldif::ID] {
        let teacher = Browser::start().await;
        teacher.open(&notebook).await;
        choose(&teacher, connector).await;
        if connector == ldif::ID {
            let people = ldif::people(&demo.region).expect("people of the directory");
            let known = people.iter().find(|it| it.about == "enseignant");
            teacher
                .fill("[name=username]", &known.expect("one").id)
                .await;
            teacher.fill("[name=password]", ldif::PASSWORD).await;
            teacher.click("#directory-submit").await;
        } else {
            demo.be(&teacher, "Lycée agricole de Rodez", "enseignant")
                .await;
        }
        teacher.find("#linked-continue").await;
        teacher
            .screenshot(&format!("demo-linked-{connector}"))
            .await;
        teacher.click("#linked-continue").await;
        come_to(&teacher, &notebook).await;
        teacher.open(demo.hub.url("/logout")).await;
        teacher.click("#logout-submit").await;
        asks_again(&teacher, demo.hub.url("/"), &notebook).await;
        complains_of_nothing(teacher, demo).await;
    }
}

/// By ProConnect, whom nothing that it says identifies: linked by their own password, once.
async fn public_agent(demo: &Demo) {
    let agent = Browser::start().await;
    agent.open(demo.hub.url("/")).await;
    choose(&agent, "proconnect").await;
    demo.be(&agent, "ProConnect", "Bastien").await;
    agent.find("#link-submit").await;
    agent.assert_accessible("known to nobody").await;
    agent.screenshot("demo-unknown").await;
    agent.fill("#login", "agent.region").await;
    agent.fill("#password", "une-region-tres-etendue").await;
    agent.click("#link-submit").await;
    agent.find("#linked-continue").await;
    agent.click("#linked-continue").await;
    agent.wait_for_text("Bonjour Bastien").await;
    complains_of_nothing(agent, demo).await;
}

/// A lycée says that somebody is of a school that it may not speak for.
async fn usurper(demo: &Demo) {
    let usurper = Browser::start().await;
    usurper.open(demo.hub.url("/")).await;
    choose(&usurper, "lycee-agricole-auch").await;
    demo.be(&usurper, "Lycée agricole d’Auch", "Lamothe").await;
    usurper
        .wait_for_address("back at the hub", |address| {
            address.starts_with(&demo.hub.url("/"))
        })
        .await;
    usurper.screenshot("demo-usurper").await;
    usurper.open(demo.hub.url("/")).await;
    usurper.find("#login-submit").await;
    usurper.close().await;
}

/// From a source to the hub's page of a new link, with scripts or by a button.
async fn come_back(browser: &Browser, setup: Setup) {
    if !setup.scripts {
        // By its name: the page before has a form, too.
        browser.click("#continuer").await;
    }
    browser.find("#linked-continue").await;
}

async fn come_to(browser: &Browser, service: &str) {
    browser
        .wait_for_address(service, |address| address.starts_with(service))
        .await;
}

/// Whoever is out is asked who they are, by the service as by the hub.
async fn asks_again(browser: &Browser, portal: String, service: &str) {
    for page in [portal.as_str(), service] {
        eventually(
            &format!("{page} asks who it is"),
            LOGOUT_LIMIT,
            async || {
                browser.open(page).await;
                let address = browser.address().await;
                (address.starts_with(&format!("{portal}login"))
                    || browser.has("#login-submit").await)
                    .then_some(())
            },
        )
        .await;
    }
}

/// What the browser has to say of the hub's own pages is nothing.
async fn complains_of_nothing(browser: Browser, demo: &Demo) {
    let mut complaints = browser.complaints().await;
    complaints.retain(|complaint| complaint.starts_with(&demo.hub.url("/")));
    // That the page which helps whom nobody knows is a refusal is no fault.
    complaints.retain(|complaint| !complaint.contains("with a status of 403"));
    assert!(
        complaints.is_empty(),
        "{complaints:#?}\n{}",
        demo.upstreams.log()
    );
    browser.close().await;
}
