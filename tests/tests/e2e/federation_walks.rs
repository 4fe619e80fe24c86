//! People come in by real upstreams: SimpleSAMLphp as ÉduConnect would be, LemonLDAP::NG by OpenID Connect, SAML and
//! CAS, OpenLDAP's slapd; they open a CAS service, and sign out from either end. What fails is
//! `federation_faults`.

use std::time::Duration;

use clau_tests::support::http::Visitor;
use clau_tests::support::hub::{Hub, Setup, Stores};
use clau_tests::support::simplesamlphp_idp::IdentityProvider;
use clau_tests::support::slapd::Slapd;
use clau_tests::support::upstream::{Person, Place, pass_on};
use reqwest::StatusCode;

use crate::federation_scene::{
    cas_by, pupil, ready, saml, teacher, through, validated, with_lemonldap,
};
use crate::scene::{PUPIL, TEACHER, region, shared_stores};

fn educonnect(place: Place) -> IdentityProvider {
    IdentityProvider::start("educonnect", place, &[pupil("lea.martin"), stranger()])
}

/// Somebody whom ÉduConnect knows and the directory does not.
fn stranger() -> Person {
    Person::new("inconnu", "un-mot-de-passe-d-inconnu")
        .with("FrEduCtId", &["id-of-a-stranger"])
        .with("FrEduCtRefId", &["{AAF}16|2|nobody"])
}

/// A hub on `stores` with ÉduConnect, which knows the hub.
async fn with_educonnect(stores: Stores, more: &str) -> (Hub, IdentityProvider) {
    let idp = educonnect(Place::free());
    let setup = Setup::new(stores).applying(region());
    let hub = setup.applying(saml("educonnect", &idp, more)).start().await;
    idp.register("ent", &hub.run(&["connector", "metadata", "educonnect"]));
    ready(&hub, &["educonnect"]).await;
    (hub, idp)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pupil_comes_by_educonnect_opens_a_cas_service_and_signs_out_of_both() {
    let (hub, idp) = with_educonnect(shared_stores(), "logout = \"protocol\"").await;
    let visitor = Visitor::new();
    let page = visitor.follow(cas_by(&hub, "educonnect")).await;
    let answer = idp.sign_in(&visitor, &page, &pupil("lea.martin")).await;
    let arrived = pass_on(&visitor, &answer, "SAMLResponse").await;
    let told = visitor.follow_on_within(arrived).await;
    assert!(told.text().contains("ÉduConnect"), "{}", told.text());
    let back = through(&visitor, told).await;
    let who = validated(&hub, &visitor, &back).await;
    assert!(who.contains("authenticationSuccess"), "{who}");
    // The second time nothing is asked, there or here.
    let other = visitor.copy();
    let again = other.follow_within(cas_by(&hub, "educonnect")).await;
    assert!(
        again.location_parameter("ticket").is_some(),
        "{}",
        again.text()
    );
    // Out here, and by the page's link out there, and back again.
    let page = hub.log_out(&visitor).await;
    let link = page.body.split("href=\"").find_map(|rest| {
        let link = rest.split('"').next()?;
        link.starts_with("/logout/source?done=")
            .then(|| link.to_owned())
    });
    let link = link.unwrap_or_else(|| panic!("{}", page.body));
    let back = visitor.follow(hub.url(&link)).await;
    assert!(
        back.url.path().starts_with("/logout"),
        "{} {}",
        back.url,
        back.text()
    );
    let asked = visitor.follow(cas_by(&hub, "educonnect")).await;
    assert!(
        asked.forms().iter().any(|form| form.has("password")),
        "still in there: {}",
        asked.url
    );
    assert!(!hub.logs().contains("un-mot-de-passe-d-eleve"), "LOG-02");
}

#[tokio::test(flavor = "multi_thread")]
async fn saml_03_an_answer_nobody_asked_for_counts_only_where_the_source_is_set_to_it() {
    for (more, is_in) in [("unsolicited = true", true), ("unsolicited = false", false)] {
        let (hub, idp) = with_educonnect(Stores::Embedded, more).await;
        let visitor = Visitor::new();
        let service = hub.url("/saml/sp/educonnect/metadata");
        let page = visitor.follow(idp.unsolicited(&service, None)).await;
        let answer = idp.sign_in(&visitor, &page, &pupil("lea.martin")).await;
        let arrived = pass_on(&visitor, &answer, "SAMLResponse").await;
        let end = through(&visitor, arrived).await;
        let portal = visitor.get(hub.url("/")).await;
        assert_eq!(
            portal.status == StatusCode::OK,
            is_in,
            "{}\n{}",
            end.text(),
            hub.logs()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_directory_does_not_know_is_helped_and_links_by_proof() {
    let (hub, idp) = with_educonnect(Stores::Embedded, "").await;
    let visitor = Visitor::new();
    let page = visitor.follow(cas_by(&hub, "educonnect")).await;
    let answer = idp.sign_in(&visitor, &page, &stranger()).await;
    let arrived = pass_on(&visitor, &answer, "SAMLResponse").await;
    let page = visitor.follow_on_within(arrived).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.text());
    let form = page.form_with("login");
    let wrong = form.clone().with("login", PUPIL.0).with("password", "faux");
    let page = visitor.submit(&wrong).await;
    assert_eq!(
        page.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        page.text()
    );
    let right = page.form_with("login");
    let right = right.with("login", PUPIL.0).with("password", PUPIL.1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let answer = visitor.submit(&right).await;
    let back = through(&visitor, answer).await;
    let who = validated(&hub, &visitor, &back).await;
    assert!(who.contains("authenticationSuccess"), "{who}");
    let links = hub.run(&["accounts", "links", PUPIL.0]);
    assert!(links.contains("educonnect"), "{links}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agricultural_teacher_comes_by_openid_connect_by_saml_and_by_cas() {
    let (hub, portal) = with_lemonldap(shared_stores(), Place::free()).await;
    for connector in ["lemon-oidc", "lemon-saml", "lemon-cas"] {
        let visitor = Visitor::new();
        let page = visitor.follow(cas_by(&hub, connector)).await;
        let answer = portal.sign_in(&visitor, &page, &teacher()).await;
        let arrived = if answer.forms().iter().any(|form| form.has("SAMLResponse")) {
            pass_on(&visitor, &answer, "SAMLResponse").await
        } else {
            let back = answer
                .location()
                .unwrap_or_else(|| panic!("{connector}: {}\n{}", answer.text(), portal.log()));
            visitor.follow_within(back).await
        };
        let back = through(&visitor, arrived).await;
        let who = validated(&hub, &visitor, &back).await;
        assert!(who.contains("authenticationSuccess"), "{connector}: {who}");
    }
    let links = hub.run(&["accounts", "links", TEACHER.0]);
    for connector in ["lemon-oidc", "lemon-saml", "lemon-cas"] {
        assert!(links.contains(connector), "{links}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agricultural_teacher_comes_by_the_school_s_directory() {
    let directory = Slapd::start();
    let setup = Setup::new(Stores::Embedded).applying(region());
    let hub = setup.applying(directory.as_school()).start().await;
    ready(&hub, &["annuaire"]).await;
    let report = hub.run(&["connector", "check", "annuaire"]);
    assert!(!report.contains("  NO "), "{report}");
    let visitor = Visitor::new();
    let page = visitor.follow(cas_by(&hub, "annuaire")).await;
    let form = page.form_with("source");
    let wrong = form.with("username", "b.delmas").with("password", "faux");
    let page = visitor.submit(&wrong).await;
    assert_eq!(
        page.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        page.text()
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    let form = page.form_with("source");
    let right = form
        .with("username", "b.delmas")
        .with("password", "garonne-et-gers");
    let answer = visitor.submit(&right).await;
    let back = through(&visitor, answer).await;
    let who = validated(&hub, &visitor, &back).await;
    assert!(who.contains("authenticationSuccess"), "{who}");
    assert!(!hub.logs().contains("garonne-et-gers"), "LOG-02");
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_14_a_source_that_is_frozen_is_shown_as_down_and_holds_up_nobody_else() {
    let (hub, mut idp) = with_educonnect(Stores::Embedded, "").await;
    idp.running().pause();
    // The page says that it does not answer, once it has been asked twice.
    let visitor = Visitor::new();
    clau_tests::support::process::eventually(
        "the source is shown as down",
        Duration::from_secs(70),
        async || {
            let page = visitor.get(hub.url("/health/ready")).await;
            page.body
                .contains("source educonnect: no answer")
                .then_some(())
        },
    )
    .await;
    let page = visitor.follow(hub.url("/login")).await;
    assert!(page.text().contains("ne répond pas"), "{}", page.text());
    hub.signed_in(&Visitor::new(), TEACHER.0, TEACHER.1).await;
    idp.running().resume();
}
