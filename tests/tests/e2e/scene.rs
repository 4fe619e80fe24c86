//! The scene most tests play in: a hub with one school, a handful of people, and real CAS clients
//! registered as services.

use std::time::Duration;

use clau_tests::support::apache::Apache;
use clau_tests::support::form;
use clau_tests::support::http::{Answer, Visitor};
use clau_tests::support::hub::{Hub, Setup, Stores};
use clau_tests::support::process::{eventually, free_port};
use clau_tests::support::pycas::PythonCas;
use clau_tests::support::{authlib, openidc, postgres, redis};
use serde_json::Value;

const REGION: &str = include_str!("region.toml");

/// A pupil in the class 6A.
pub(crate) const PUPIL: (&str, &str) = ("lea.martin", "les-hirondelles-du-matin");
/// A teacher of that class.
pub(crate) const TEACHER: (&str, &str) = ("claire.dufour", "un-cahier-de-textes-bleu");
/// The address of a service of [`region`]: registered, and nobody listens there.
pub(crate) const SERVICE: &str = "https://localhost:1/";
/// How long back-channel logout may take until a service knows.
pub(crate) const LOGOUT_LIMIT: Duration = Duration::from_secs(15);

/// A hub and its services.
pub(crate) struct Scene {
    pub(crate) hub: Hub,
    pub(crate) apache: Apache,
    pub(crate) python: PythonCas,
}

impl Scene {
    /// On SQLite, with the embedded ticket store.
    pub(crate) async fn embedded() -> Self {
        Self::start(Stores::Embedded).await
    }

    /// On a database of its own in the shared PostgreSQL, with the shared Redis.
    pub(crate) async fn shared() -> Self {
        Self::start(shared_stores()).await
    }

    async fn start(stores: Stores) -> Self {
        let ports = Ports::free();
        let setup = setup(stores).applying(region_at(ports));
        // Neither asks the hub anything before its first visitor.
        let apache = Apache::start_on(ports.apache, ports.saml, setup.port());
        let python = PythonCas::start_on(ports.python, setup.port());
        Self {
            hub: setup.start().await,
            apache,
            python,
        }
    }
}

/// A hub set up as every test wants it: outbound calls may reach this machine, and trust its authority.
pub(crate) fn setup(stores: Stores) -> Setup {
    Setup::new(stores)
}

/// Where the services of `region.toml` are: ports of `localhost`. A service more is a field more here, and
/// a line in [`region_at`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    /// Apache, with the page behind mod_auth_cas and those behind phpCAS.
    pub(crate) apache: u16,
    /// Apache, with the page that reads attributes by SAML 1.1.
    pub(crate) saml: u16,
    /// The application behind python-cas.
    pub(crate) python: u16,
    /// Apache with mod_auth_openidc.
    pub(crate) openidc: openidc::Ports,
    /// The application behind Authlib.
    pub(crate) authlib: u16,
    /// The application behind openid-client.
    pub(crate) openid_client: u16,
}

impl Ports {
    /// Nobody listens there. [`SERVICE`] is one of them.
    const NOBODY: Self = Self {
        python: 1,
        apache: 2,
        saml: 3,
        openidc: openidc::Ports {
            back: 4,
            front: 5,
            key: 6,
        },
        authlib: 7,
        openid_client: 8,
    };

    /// Free ones, for tests that start services.
    pub(crate) fn free() -> Self {
        Self {
            apache: free_port(),
            saml: free_port(),
            python: free_port(),
            openidc: openidc::Ports::free(),
            authlib: free_port(),
            openid_client: free_port(),
        }
    }
}

/// The region of `region.toml`, for tests that start none of its services.
pub(crate) fn region() -> String {
    region_at(Ports::NOBODY)
}

/// The region of `region.toml` with its services on the given ports.
pub(crate) fn region_at(ports: Ports) -> String {
    let names = [
        ("@APACHE@", ports.apache),
        ("@SAML@", ports.saml),
        ("@PYTHON@", ports.python),
        ("@OPENIDC@", ports.openidc.back),
        ("@OPENIDC_FRONT@", ports.openidc.front),
        ("@OPENIDC_KEY@", ports.openidc.key),
        ("@AUTHLIB@", ports.authlib),
        ("@OPENID_CLIENT@", ports.openid_client),
    ];
    let text = REGION
        .replace("@OPENIDC_SECRET@", openidc::SECRET)
        .replace("@AUTHLIB_SECRET@", authlib::SECRET);
    names.iter().fold(text, |text, (name, port)| {
        text.replace(name, &port.to_string())
    })
}

/// A hub that knows the services of `region.toml` at free ports. Each test starts the services it wants:
/// none asks the hub anything before its first visitor.
pub(crate) async fn hub_at_free_ports(stores: Stores) -> (Hub, Ports) {
    let ports = Ports::free();
    let hub = setup(stores).applying(region_at(ports)).start().await;
    (hub, ports)
}

/// Opens a page that asks for a login by OpenID Connect, signs in at the hub and gives what the service
/// shows then, also when the hub answers by a form that sends itself.
pub(crate) async fn sign_in_at(
    hub: &Hub,
    visitor: &Visitor,
    url: &str,
    (username, password): (&str, &str),
) -> Answer {
    let answer = hub.log_in_at(visitor, url, username, password).await;
    let answer = visitor.follow_on(answer).await;
    let by_form = answer
        .forms()
        .into_iter()
        .find(|form| form.has("code") && form.has("state"));
    match by_form {
        Some(form) => {
            let answer = visitor.submit(&form).await;
            visitor.follow_on(answer).await
        }
        None => answer,
    }
}

/// Waits until a page of a service that tells what it knows knows nobody.
pub(crate) async fn wait_until_out(visitor: &Visitor, page: &str) {
    eventually(
        &format!("{page} knows nobody any more"),
        LOGOUT_LIMIT,
        async || {
            let known = visitor.get(page).await.json();
            (known["signed_in"] == false).then_some(())
        },
    )
    .await;
}

/// A service that tells its tokens has others now.
pub(crate) fn assert_refreshed(before: &Value, after: &Value) {
    for token in ["access_token", "refresh_token"] {
        assert!(after["tokens"][token].is_string(), "{after}");
        assert_ne!(after["tokens"][token], before["tokens"][token], "{token}");
    }
}

/// Lets a service send a visitor to the hub to sign out, says yes where the hub asks, and comes back as
/// far as the hub leads.
pub(crate) async fn sign_out_at(visitor: &Visitor, url: &str) -> Answer {
    let mut answer = visitor.follow(url).await;
    let question = answer
        .forms()
        .into_iter()
        .find(|form| form.method == "post" && form.action.path().contains("logout"));
    if let Some(form) = question {
        answer = visitor.submit(&form).await;
        answer = visitor.follow_on(answer).await;
    }
    // A page with frames to load goes on by itself afterwards; who loads none takes its link.
    let onward = form::links(&answer.body, &answer.url)
        .into_iter()
        .find(|link| {
            link.host_str() == answer.url.host_str() && link.origin() != answer.url.origin()
        });
    match onward {
        Some(link) => visitor.follow(link).await,
        None => answer,
    }
}

/// Panics unless the hub wants a password from this visitor.
pub(crate) async fn assert_wants_a_password(hub: &Hub, visitor: &Visitor) {
    let page = visitor.follow(hub.url("/account")).await;
    assert!(page.form_with("password").has("username"));
}

/// A fresh database in the PostgreSQL and a Redis database that all tests share.
pub(crate) fn shared_stores() -> Stores {
    Stores::Shared {
        database: postgres::shared().fresh_database(),
        tickets: redis::shared().url(0),
    }
}

/// Waits until `url` no longer opens for a visitor but leads back to the hub.
pub(crate) async fn wait_until_signed_out(visitor: &Visitor, url: &str) {
    eventually(
        &format!("{url} asks to sign in again"),
        LOGOUT_LIMIT,
        async || {
            let answer = visitor.get(url).await;
            let location = answer.location()?;
            location.path().starts_with("/cas/login").then_some(())
        },
    )
    .await;
}

/// Asks the hub for a ticket for `service`, for a visitor who is signed in.
pub(crate) async fn ticket(hub: &Hub, visitor: &Visitor, service: &str) -> String {
    let answer = visitor.get(hub.cas_login(service)).await;
    answer.location_parameter("ticket").unwrap_or_else(|| {
        panic!(
            "no ticket for {service}: {} {}",
            answer.status,
            answer.text()
        )
    })
}
