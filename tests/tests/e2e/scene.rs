//! The scene most tests play in: a hub with one school, a handful of people, and real CAS clients
//! registered as services.

use std::time::Duration;

use clau_tests::support::apache::Apache;
use clau_tests::support::http::Visitor;
use clau_tests::support::hub::{Hub, Setup, Stores};
use clau_tests::support::process::{eventually, free_port};
use clau_tests::support::pycas::PythonCas;
use clau_tests::support::{postgres, redis};

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
}

impl Ports {
    /// Nobody listens there. [`SERVICE`] is one of them.
    const NOBODY: Self = Self {
        python: 1,
        apache: 2,
        saml: 3,
    };

    /// Free ones, for tests that start services.
    pub(crate) fn free() -> Self {
        Self {
            apache: free_port(),
            saml: free_port(),
            python: free_port(),
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
    ];
    names.iter().fold(REGION.to_owned(), |text, (name, port)| {
        text.replace(name, &port.to_string())
    })
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
