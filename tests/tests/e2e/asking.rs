//! A hub with a family, a service that asks people before it receives anything, and a screen without a
//! keyboard. Owns what those pages are reached by; the pages are looked at elsewhere.

use clau_tests::support::endpoint::{Behaviour, Endpoint, Received};
use clau_tests::support::http::Visitor;
use clau_tests::support::hub::{Hub, Stores};
use reqwest::Url;

use crate::scene::{region, setup};

/// A parent of the pupil in 6A.
pub(crate) const PARENT: (&str, &str) = ("anne.martin", "deux-enfants-et-un-chat");
/// The service that asks.
pub(crate) const ASKING: &str = "Agenda des familles";
/// The service on the screen.
pub(crate) const SCREEN: &str = "Borne de la cantine";

const SECRET: &str = "un-secret-que-personne-ne-devine-jamais";
/// RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const FAMILY: &str = r#"
[[person]]
login = "anne.martin"
given_name = "Anne"
family_name = "Martin"
mail = "anne.martin@essais.example"
password = "deux-enfants-et-un-chat"
children = ["lea.martin"]

[[service]]
id = "agenda-familles"
name = "Agenda des familles"
access = [{}]
release = { attributes = ["given_name", "family_name", "mail", "profile", "structures", "children"], approval = "Registre 2026-001" }
[service.oidc]
consent = "ask"
secret = "un-secret-que-personne-ne-devine-jamais"
[service.oidc.client]
application_type = "native"
redirect_uris = ["https://localhost:@PORT@/retour"]
post_logout_redirect_uris = ["https://localhost:@PORT@/au-revoir"]
token_endpoint_auth_method = "client_secret_post"
grant_types = ["authorization_code", "refresh_token"]
scope = "openid profile email ent offline_access"
client_uri = "https://agenda.example/"
policy_uri = "https://agenda.example/vos-informations"
tos_uri = "https://agenda.example/conditions"

[[service]]
id = "borne-cantine"
name = "Borne de la cantine"
access = [{}]
release = { attributes = ["given_name", "classes"] }
[service.oidc.client]
token_endpoint_auth_method = "none"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code"]
response_types = []
scope = "openid profile ent"

[[service]]
id = "telephone"
name = "Agenda sur le téléphone"
access = [{}]
[service.oidc.client]
application_type = "native"
token_endpoint_auth_method = "none"
redirect_uris = ["http://[::1]/retour"]
scope = "openid"
"#;

/// The hub, and where the service that asks gets its answers.
pub(crate) struct Asking {
    pub(crate) hub: Hub,
    service: Endpoint,
}

impl Asking {
    pub(crate) async fn start() -> Self {
        let service = Endpoint::start(Behaviour::Status(200)).await;
        let family = FAMILY.replace("@PORT@", &service.port().to_string());
        let region = format!("{}\n{family}", region());
        let hub = setup(Stores::Embedded).applying(region).start().await;
        Self { hub, service }
    }

    /// Where the service sends a browser, with parameters changed or added.
    pub(crate) fn request(&self, changes: &[(&str, &str)]) -> String {
        let address = self.hub.url("/oidc/authorize");
        let parameters = self.parameters(changes);
        let address = Url::parse_with_params(&address, parameters);
        address.expect("our own address").into()
    }

    fn parameters(&self, changes: &[(&str, &str)]) -> Vec<(String, String)> {
        let usual = [
            ("client_id", "agenda-familles"),
            ("redirect_uri", &self.arrival()),
            ("response_type", "code"),
            ("scope", "openid profile email ent"),
            ("state", "l'été \"2026\" & la suite"),
            ("nonce", "n"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in usual.iter().chain(changes) {
            all.retain(|(known, _)| known != name);
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
        all
    }

    /// The same, pushed by the service itself.
    pub(crate) async fn pushed(&self) -> String {
        let mut parameters = self.parameters(&[]);
        parameters.push(("client_secret".to_owned(), SECRET.to_owned()));
        let parameters: Vec<(&str, &str)> = parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let address = self.hub.url("/oidc/par");
        let answer = Visitor::new().post(address, &parameters, &[]).await.json();
        let reference = answer["request_uri"].as_str();
        let reference = reference.unwrap_or_else(|| panic!("{answer}"));
        let address = self.hub.url("/oidc/authorize");
        let parameters = [("client_id", "agenda-familles"), ("request_uri", reference)];
        let address = Url::parse_with_params(&address, parameters);
        address.expect("our own address").into()
    }

    /// The address that answers go to.
    pub(crate) fn arrival(&self) -> String {
        self.service.url("/retour")
    }

    /// Where the service sends people to sign out, without proof that it speaks for their session.
    pub(crate) fn goodbye(&self) -> String {
        let back = self.service.url("/au-revoir");
        let parameters = [
            ("client_id", "agenda-familles"),
            ("post_logout_redirect_uri", &back),
            ("state", "à bientôt"),
        ];
        let address = Url::parse_with_params(&self.hub.url("/oidc/logout"), parameters);
        address.expect("our own address").into()
    }

    /// What arrived at the service under `path`, in order.
    pub(crate) fn arrived(&self, path: &str) -> Vec<Received> {
        let mut received = self.service.received();
        received.retain(|received| {
            let (_, target) = received.line.split_once(' ').unwrap_or_default();
            target.split('?').next() == Some(path)
        });
        received
    }

    /// A code on a screen, and the address in the picture beside it.
    pub(crate) async fn screen(&self) -> (String, String) {
        let parameters = [
            ("client_id", "borne-cantine"),
            ("scope", "openid profile ent"),
        ];
        let address = self.hub.url("/oidc/device");
        let shown = Visitor::new().post(address, &parameters, &[]).await.json();
        let text = |name: &str| {
            let text = shown[name].as_str();
            text.unwrap_or_else(|| panic!("{shown}")).to_owned()
        };
        (text("user_code"), text("verification_uri_complete"))
    }
}
