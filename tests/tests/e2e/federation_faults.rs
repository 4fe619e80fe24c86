//! Real upstreams fail in the middle of a login, behind a proxy that stops, hangs, slows, breaks off, answers rubbish
//! or shows an expired certificate (FED-14): the person is told so, others go on meanwhile, and the same person gets
//! in once it is over. That others are no slower is measured by `make bench`; here it is the order that counts.

use std::pin::pin;
use std::time::Duration;

use clau_tests::support::faults::{Fault, Proxy};
use clau_tests::support::http::{Answer, Visitor};
use clau_tests::support::hub::{Hub, Setup, Stores};
use clau_tests::support::lemonldap::Lemonldap;
use clau_tests::support::process::{eventually, free_port};
use clau_tests::support::slapd::Slapd;
use clau_tests::support::upstream::{Place, pass_on};
use reqwest::StatusCode;
use url::Url;

use crate::federation_scene::{cas_by, joined_by_lemonldap, ready, teacher, through, validated};
use crate::scene::{PUPIL, region};

/// Of the directory.
const ANOTHER: (&str, &str) = ("b.delmas", "garonne-et-gers");
/// A source that has failed often is asked again after half a minute.
const RECOVERY: Duration = Duration::from_secs(60);

/// How late each answer of a slow source begins: longer than a login takes, shorter than the hub's patience with two
/// of them.
const SLOW: Duration = Duration::from_secs(4);

/// What can go wrong with a server that speaks HTTP.
fn faults() -> [Fault; 6] {
    [
        Fault::Refuse,
        Fault::Rubbish,
        Fault::Page(500),
        Fault::Cut(40),
        Fault::Expired,
        Fault::Hang,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_14_openid_connect_fails_in_mid_login_and_the_others_go_on() {
    in_mid_login("lemon-oidc").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_14_cas_fails_in_mid_login_and_the_others_go_on() {
    in_mid_login("lemon-cas").await;
}

/// A source that the hub asks when somebody comes back from it.
async fn in_mid_login(connector: &str) {
    let directory = Slapd::start();
    let public = free_port();
    let place = Place::behind(public);
    let proxy = Proxy::start(public, place.port).await;
    let setup = Setup::new(Stores::Embedded).applying(region());
    let setup = setup.applying(directory.as_school());
    let (hub, portal) = joined_by_lemonldap(setup, place).await;
    ready(&hub, &["annuaire"]).await;
    others_come(&hub).await;
    for fault in faults() {
        let visitor = Visitor::new();
        let back = signed_in_there(&hub, &portal, (&visitor, connector)).await;
        proxy.tell(fault.clone()).await;
        let page = match fault {
            // Answered when the hub's patience ends: whoever comes now is in before that.
            Fault::Hang => meanwhile(&hub, visitor.follow_within(back)).await,
            _ => visitor.follow_within(back).await,
        };
        told_of_trouble(&hub, &page, &format!("{connector} and {fault:?}")).await;
        others_come(&hub).await;
        proxy.tell(Fault::None).await;
        comes_again(&hub, &portal, (&visitor, connector)).await;
    }
    // One that is slow and answers is waited for, by those who come by it alone.
    let visitor = Visitor::new();
    let back = signed_in_there(&hub, &portal, (&visitor, connector)).await;
    proxy.tell(Fault::Late(SLOW)).await;
    let arrived = meanwhile(&hub, visitor.follow_within(back)).await;
    let back = through(&visitor, arrived).await;
    let who = validated(&hub, &visitor, &back).await;
    assert!(who.contains("authenticationSuccess"), "{connector}: {who}");
    assert!(!hub.logs().contains("panicked"), "{}", hub.logs());
}

/// A source by SAML is asked nothing when somebody comes back: its metadata is there, the last good copy of it.
#[tokio::test(flavor = "multi_thread")]
async fn fed_14_saml_goes_on_by_the_last_good_copy_whatever_becomes_of_its_metadata() {
    let public = free_port();
    let place = Place::behind(public);
    let proxy = Proxy::start(public, place.port).await;
    let setup = Setup::new(Stores::Embedded).applying(region());
    let (hub, portal) = joined_by_lemonldap(setup, place).await;
    for fault in faults() {
        let visitor = Visitor::new();
        let page = visitor.follow(cas_by(&hub, "lemon-saml")).await;
        let answer = portal.sign_in(&visitor, &page, &teacher()).await;
        proxy.tell(fault.clone()).await;
        let refreshed = hub.command(&["connector", "refresh", "lemon-saml"]);
        assert!(
            !refreshed.status.success(),
            "{fault:?} was taken for metadata"
        );
        let arrived = pass_on(&visitor, &answer, "SAMLResponse").await;
        let back = through(&visitor, arrived).await;
        let who = validated(&hub, &visitor, &back).await;
        assert!(who.contains("authenticationSuccess"), "{fault:?}: {who}");
        proxy.tell(Fault::None).await;
    }
}

/// A directory is asked while the person waits: for the account, and whether the password is theirs.
#[tokio::test(flavor = "multi_thread")]
async fn fed_14_a_directory_fails_between_the_page_and_the_password_and_the_others_go_on() {
    let directory = Slapd::start();
    let proxy_port = free_port();
    let address = directory.ldaps();
    let (_, port) = address.rsplit_once(':').expect("a port");
    let port: u16 = port.trim_end_matches('/').parse().expect("a number");
    let proxy = Proxy::start_plain(proxy_port, port).await;
    let registered = directory.as_school();
    let registered = registered.replace(&format!(":{port}"), &format!(":{proxy_port}"));
    let setup = Setup::new(Stores::Embedded).applying(region());
    let hub = setup.applying(registered).start().await;
    ready(&hub, &["annuaire"]).await;
    for fault in [Fault::Refuse, Fault::Rubbish, Fault::Cut(40), Fault::Hang] {
        let visitor = Visitor::new();
        let page = visitor.follow(cas_by(&hub, "annuaire")).await;
        let form = page.form_with("source");
        let typed = form.with("username", ANOTHER.0).with("password", ANOTHER.1);
        proxy.tell(fault.clone()).await;
        let page = match fault {
            Fault::Hang => meanwhile(&hub, visitor.submit(&typed)).await,
            _ => visitor.submit(&typed).await,
        };
        told_of_trouble(&hub, &page, &format!("a directory and {fault:?}")).await;
        assert!(
            page.forms().iter().any(|form| form.has("password")),
            "asked again"
        );
        proxy.tell(Fault::None).await;
        eventually("the directory is asked again", RECOVERY, async || {
            let visitor = Visitor::new();
            let page = visitor.follow(cas_by(&hub, "annuaire")).await;
            let form = page.forms().into_iter().find(|form| form.has("source"))?;
            let typed = form.with("username", ANOTHER.0).with("password", ANOTHER.1);
            let answer = visitor.submit(&typed).await;
            let answer = through(&visitor, answer).await;
            answer.location_parameter("ticket").map(drop)
        })
        .await;
    }
    assert!(!hub.logs().contains(ANOTHER.1), "LOG-02");
}

/// Signed in at the source, with the address that leads back to the hub, which nobody has followed yet.
async fn signed_in_there(
    hub: &Hub,
    portal: &Lemonldap,
    (visitor, connector): (&Visitor, &str),
) -> Url {
    let page = visitor.follow(cas_by(hub, connector)).await;
    let answer = portal.sign_in(visitor, &page, &teacher()).await;
    answer
        .location()
        .unwrap_or_else(|| panic!("{connector}: {}\n{}", answer.text(), portal.log()))
}

/// Begins again and gets in, as soon as the source is asked again. They are still signed in there.
async fn comes_again(hub: &Hub, portal: &Lemonldap, (visitor, connector): (&Visitor, &str)) {
    eventually("the source is asked again", RECOVERY, async || {
        let answer = visitor.follow_within(cas_by(hub, connector)).await;
        let there = visitor.follow_within(answer.location()?).await;
        let there = match there.forms().iter().any(|form| form.has("user")) {
            true => portal.sign_in(visitor, &there, &teacher()).await,
            false => there,
        };
        let back = visitor.follow_within(there.location()?).await;
        let back = through(visitor, back).await;
        back.location_parameter("ticket").map(drop)
    })
    .await;
}

/// By password, and by a source that is well.
async fn others_come(hub: &Hub) {
    hub.signed_in(&Visitor::new(), PUPIL.0, PUPIL.1).await;
    let visitor = Visitor::new();
    let page = visitor.follow(cas_by(hub, "annuaire")).await;
    let form = page.form_with("source");
    let typed = form.with("username", ANOTHER.0).with("password", ANOTHER.1);
    let answer = visitor.submit(&typed).await;
    let back = through(&visitor, answer).await;
    assert!(
        back.location_parameter("ticket").is_some(),
        "{}",
        back.text()
    );
}

/// What comes of `slow`; somebody else who comes after it is in before it.
async fn meanwhile(hub: &Hub, slow: impl Future<Output = Answer>) -> Answer {
    let mut slow = pin!(slow);
    let other = Visitor::new();
    tokio::select! {
        biased;
        answer = &mut slow => panic!("was answered at once: {}", answer.text()),
        () = hub.signed_in(&other, PUPIL.0, PUPIL.1) => {}
    }
    slow.await
}

/// A page in words, with a reference that the log has too, and nothing of the inside.
async fn told_of_trouble(hub: &Hub, page: &Answer, what: &str) {
    let text = page.text();
    assert!(
        [
            StatusCode::BAD_GATEWAY,
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::GATEWAY_TIMEOUT
        ]
        .contains(&page.status),
        "{what}: {} {text}",
        page.status
    );
    assert!(text.contains("Lycée agricole"), "{what}: {text}");
    let reference = text.split("Référence").nth(1).unwrap_or_default();
    let reference = reference
        .split_whitespace()
        .find(|word| word.len() == 9 && word.contains('-'))
        .unwrap_or_else(|| panic!("{what}: no reference: {text}"));
    // A line may be on its way to the log still.
    hub.logged(reference).await;
    assert!(!text.contains("error"), "{what}: {text}");
}
