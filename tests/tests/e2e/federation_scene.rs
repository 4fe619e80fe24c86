//! A hub with upstreams: how people get in by one, page after page. Owns no upstream: `clau_tests::support` does.

use std::time::Duration;

use clau_tests::support::browser::Browser;
use clau_tests::support::http::{Answer, Visitor};
use clau_tests::support::hub::{Hub, Setup, Stores};
use clau_tests::support::lemonldap::{Client, Lemonldap, Service};
use clau_tests::support::process::eventually;
use clau_tests::support::simplesamlphp_idp::IdentityProvider;
use clau_tests::support::upstream::{Person, Place};
use url::Url;

use crate::scene::{SERVICE, TEACHER, region};

/// The hub's secret at LemonLDAP::NG.
const SECRET: &str = "le-secret-de-l-ent-que-tout-le-monde-connait";
/// How long a node may take to have what another process has fetched.
const LOADED: Duration = Duration::from_secs(20);

/// Fetches the documents of connectors and waits until the running node uses them.
pub(crate) async fn ready(hub: &Hub, connectors: &[&str]) {
    hub.run(&["connector", "refresh"]);
    for connector in connectors {
        let line = format!("source {connector}: ok");
        let visitor = Visitor::new();
        eventually(&line, LOADED, async || {
            let page = visitor.get(hub.url("/health/ready")).await;
            page.body.contains(&line).then_some(())
        })
        .await;
    }
}

/// The login page of a CAS service, by a deep link to one source.
pub(crate) fn cas_by(hub: &Hub, connector: &str) -> String {
    format!("{}&source={connector}", hub.cas_login(SERVICE))
}

/// On the login page, the way of whoever has never been here.
pub(crate) async fn choose(browser: &Browser, source: &str) {
    let link = format!("[data-source={source}]");
    browser.find(&link).await;
    let folded = format!("details:not([open]):has({link}) summary");
    if browser.has(&folded).await {
        browser.click(&folded).await;
    }
    browser.click(&link).await;
}

/// Answers the pages between a source's word and the end of the login: a new link, for whom to act.
pub(crate) async fn through(visitor: &Visitor, mut answer: Answer) -> Answer {
    loop {
        answer = visitor.follow_on_within(answer).await;
        let form = answer
            .forms()
            .into_iter()
            .find(|form| ["/login/linked", "/login/context"].contains(&form.action.path()));
        let Some(form) = form else { return answer };
        let form = match form.action.path() {
            "/login/context" => form.with("context", ""),
            _ => form,
        };
        answer = visitor.submit(&form).await;
    }
}

/// Whom the service of the ticket in `answer` is told of: the CAS answer.
pub(crate) async fn validated(hub: &Hub, visitor: &Visitor, answer: &Answer) -> String {
    let ticket = answer.location_parameter("ticket");
    let ticket = ticket.unwrap_or_else(|| {
        panic!(
            "no ticket: {} {}\n{}",
            answer.status,
            answer.text(),
            hub.logs()
        )
    });
    let address = Url::parse_with_params(
        &hub.url("/cas/p3/serviceValidate"),
        &[("service", SERVICE), ("ticket", &ticket)],
    );
    visitor.get(address.expect("an address")).await.body
}

/// A pupil as ÉduConnect knows them, with the key of the record `login` in the feed of academy 16.
pub(crate) fn pupil(login: &str) -> Person {
    Person::new("eleve", "un-mot-de-passe-d-eleve")
        .with("FrEduCtId", &[&format!("id-of-{login}")])
        .with("FrEduCtRefId", &[&format!("{{AAF}}16|2|{login}")])
        .with("FrEduCtPersonAffiliation", &["eleve2d"])
        .with("sn", &["Martin"])
        .with("givenName", &["Léa"])
}

/// The registration of `idp` as ÉduConnect; `more` goes into its table of SAML.
pub(crate) fn saml(id: &str, idp: &IdentityProvider, more: &str) -> String {
    format!(
        r#"
[[connector]]
id = "{id}"
name = "ÉduConnect"
profile = "educonnect"
trust = {{ academies = {{ "16" = "local" }} }}
[connector.saml]
entity_id = "{}"
metadata_url = "{}"
{more}
"#,
        idp.entity_id(),
        idp.metadata_url()
    )
}

/// A teacher as LemonLDAP::NG knows them, with their key in the directory.
pub(crate) fn teacher() -> Person {
    Person::new("claire", "un-mot-de-passe-agricole")
        .with("mail", &["claire.dufour@lycee-agricole.example"])
        .with("sn", &["Dufour"])
        .with("givenName", &["Claire"])
        .with("key", &[TEACHER.0])
}

/// LemonLDAP::NG speaks three protocols; a connector for each.
fn lemonldap_connectors(portal: &Lemonldap) -> String {
    format!(
        r#"
[[connector]]
id = "lemon-oidc"
name = "Lycée agricole, OpenID Connect"
match = ["key"]
trust = {{ sources = ["local"] }}
attributes = {{ key = ["key"] }}
[connector.oidc]
issuer = "{issuer}"
client_id = "ent"
client_secret = "{SECRET}"
scopes = ["profile", "email"]
signed_userinfo = false

[[connector]]
id = "lemon-saml"
name = "Lycée agricole, SAML"
match = ["key"]
trust = {{ sources = ["local"] }}
attributes = {{ key = ["key"] }}
[connector.saml]
entity_id = "{entity}"
metadata_url = "{metadata}"
name_id_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"

[[connector]]
id = "lemon-cas"
name = "Lycée agricole, CAS"
match = ["key"]
trust = {{ sources = ["local"] }}
attributes = {{ key = ["key"] }}
[connector.cas]
url = "{cas}"
"#,
        issuer = portal.issuer(),
        entity = portal.saml_entity_id(),
        metadata = portal.saml_metadata_url(),
        cas = portal.cas().trim_end_matches('/'),
    )
}

/// A hub with LemonLDAP::NG, which is at `place`, as three sources: `lemon-oidc`, `lemon-saml` and `lemon-cas`.
pub(crate) async fn with_lemonldap(stores: Stores, place: Place) -> (Hub, Lemonldap) {
    let setup = Setup::new(stores).applying(region());
    joined_by_lemonldap(setup, place).await
}

/// The same with what else is set up.
pub(crate) async fn joined_by_lemonldap(setup: Setup, place: Place) -> (Hub, Lemonldap) {
    let mut portal = Lemonldap::start(place, &[teacher()]);
    let hub = setup.applying(lemonldap_connectors(&portal)).start().await;
    portal.register_client(&Client {
        id: "ent".to_owned(),
        secret: SECRET.to_owned(),
        redirects: vec![hub.url("/oidc/rp/lemon-oidc/callback")],
        after_logout: vec![hub.url("/oidc/rp/lemon-oidc/signed-out")],
        told_of_logout: Some(hub.url("/oidc/rp/lemon-oidc/frontchannel")),
        signed_userinfo: false,
    });
    portal.register_service(
        "ent",
        &Service {
            metadata: hub.run(&["connector", "metadata", "lemon-saml"]),
            name_id: Some("persistent"),
            unsolicited: false,
            encrypted: false,
        },
    );
    portal.register_application("ent", &hub.url("/cas/rp/lemon-cas/callback"));
    ready(&hub, &["lemon-oidc", "lemon-saml", "lemon-cas"]).await;
    (hub, portal)
}
