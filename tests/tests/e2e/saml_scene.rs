//! What tests with SAML service providers share: a hub that knows them, and a visitor whose browser carries
//! messages between both, by redirects and by forms that send themselves. Whatever the hub sends on the way is
//! shown to `xmlsec1` and held against the schemas.

use std::io::Read as _;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clau_tests::support::form::{self, Form};
use clau_tests::support::http::{Answer, Visitor};
use clau_tests::support::hub::{Hub, Stores};
use clau_tests::support::saml_check;
use flate2::read::DeflateDecoder;
use reqwest::header::{HeaderName, ORIGIN};
use reqwest::{StatusCode, Url};

use crate::scene::{region, setup};

/// The names by which messages travel.
const MESSAGES: [&str; 2] = ["SAMLRequest", "SAMLResponse"];
/// The name by which a message travels that is fetched.
const ARTIFACT: &str = "SAMLart";
/// More steps than this between a click and a page are a loop.
const MOST_STEPS: usize = 24;

pub(crate) const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
pub(crate) const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
pub(crate) const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
/// How people sign in here.
pub(crate) const BY_PASSWORD: &str =
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
/// Several factors, the most that the hub can be sure of by itself.
pub(crate) const BY_SEVERAL: &str = "https://refeds.org/profile/mfa";
/// Nobody signs in like that here.
pub(crate) const BY_SMARTCARD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI";

/// `givenName`, `sn`, `mail` and `eduPersonAffiliation`, as SupAnn spells them.
pub(crate) const GIVEN_NAME: &str = "urn:oid:2.5.4.42";
pub(crate) const FAMILY_NAME: &str = "urn:oid:2.5.4.4";
pub(crate) const MAIL: &str = "urn:oid:0.9.2342.19200300.100.1.3";
pub(crate) const AFFILIATION: &str = "urn:oid:1.3.6.1.4.1.5923.1.1.1.1";

/// Attributes without those that are other ones for each service.
pub(crate) fn shared(attributes: &serde_json::Value) -> serde_json::Value {
    const PAIRWISE: [&str; 2] = [
        "urn:oasis:names:tc:SAML:attribute:pairwise-id",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.10",
    ];
    let mut attributes = attributes.clone();
    let all = attributes.as_object_mut().expect("attributes");
    for name in PAIRWISE {
        assert!(all.remove(name).is_some(), "{name}: {all:?}");
    }
    attributes
}

/// A service for `clau apply`: everybody may use it, and it gets names, mail and profile. `settings` are lines
/// of `[service.saml]`.
pub(crate) fn service(id: &str, metadata: &str, settings: &str) -> String {
    let released = ["family_name", "given_name", "mail", "profile"];
    releasing(&released, id, metadata, settings)
}

/// The same, that gets other attributes.
pub(crate) fn releasing(released: &[&str], id: &str, metadata: &str, settings: &str) -> String {
    format!(
        "[[service]]
id = {id:?}
name = {id:?}
access = [{{}}]
release = {{ attributes = {released:?} }}

[service.saml]
metadata = '''
{metadata}'''
{settings}
"
    )
}

/// A hub whose messages are looked at.
pub(crate) struct SamlHub {
    pub(crate) hub: Hub,
    certificates: Vec<String>,
    seen: Mutex<Vec<String>>,
}

impl SamlHub {
    /// A hub that knows the region's people and these services.
    pub(crate) async fn start(stores: Stores, services: &[String]) -> Self {
        let hub = setup(stores)
            .applying(region())
            .applying(services.concat())
            .start()
            .await;
        let answer = Visitor::new().get(hub.url("/saml/metadata")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let metadata = answer.body;
        let certificates = saml_check::signing_certificates(&metadata).expect("metadata");
        let hub = Self {
            hub,
            certificates,
            seen: Mutex::default(),
        };
        assert_eq!(hub.accept(&metadata), 1, "the metadata is signed");
        hub
    }

    /// Every message that it has sent by a browser so far, in order.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Panics unless the schemas fit and every signature is good by a key of the metadata; gives how many
    /// there are.
    pub(crate) fn accept(&self, xml: &str) -> usize {
        saml_check::validate(xml).unwrap_or_else(|error| panic!("{error}\n{xml}"));
        let verified = self
            .certificates
            .iter()
            .map(|certificate| saml_check::verify(xml, certificate))
            .reduce(|one, other| one.or(other))
            .expect("metadata has a key that signs");
        verified.unwrap_or_else(|error| panic!("{error}\n{xml}"))
    }

    /// Opens a page and goes where it leads, as [`Self::carry`] does.
    pub(crate) async fn open(&self, visitor: &Visitor, url: &str) -> Answer {
        let answer = visitor.get(url).await;
        self.carry(visitor, answer).await
    }

    /// Follows redirects, loads frames and sends forms that hold a message, until there is a page for people.
    pub(crate) async fn carry(&self, visitor: &Visitor, mut answer: Answer) -> Answer {
        for _ in 0..MOST_STEPS {
            if let Some(next) = answer.location() {
                self.look_at(&answer.url, message_in(&next));
                answer = visitor.get(&next).await;
                continue;
            }
            for frame in form::frames(&answer.body, &answer.url) {
                // A service that is not there leaves its frame empty.
                let Ok(inside) = visitor.try_get(&frame).await else {
                    continue;
                };
                Box::pin(self.carry(visitor, inside)).await;
            }
            let mut forms = answer.forms().into_iter();
            let carrying =
                forms.find(|form| form.has(ARTIFACT) || MESSAGES.iter().any(|name| form.has(name)));
            let Some(form) = carrying else {
                return answer;
            };
            let message = MESSAGES.iter().find_map(|name| form.value(name));
            self.look_at(&answer.url, message.map(decode));
            answer = send(visitor, &answer.url, &form).await;
        }
        panic!("more than {MOST_STEPS} steps, the last to {}", answer.url);
    }

    /// Opens a page that leads to the hub's login page, signs in there, and gives what the service shows.
    pub(crate) async fn sign_in(
        &self,
        visitor: &Visitor,
        url: &str,
        (username, password): (&str, &str),
    ) -> Answer {
        let page = self.open(visitor, url).await;
        let form = page
            .form_with("password")
            .with("username", username)
            .with("password", password);
        let answer = visitor.submit(&form).await;
        self.carry(visitor, answer).await
    }

    /// Opens a page that leads to the hub to sign out, says yes where the hub asks, and goes back as far as it
    /// leads.
    pub(crate) async fn sign_out(&self, visitor: &Visitor, url: &str) -> Answer {
        let mut answer = self.open(visitor, url).await;
        let mut forms = answer.forms().into_iter();
        let question =
            forms.find(|form| form.method == "post" && form.action.path().contains("logout"));
        if let Some(form) = question {
            answer = visitor.submit(&form).await;
            answer = self.carry(visitor, answer).await;
        }
        // A page with frames goes on by itself when they are loaded; who does not wait takes its link.
        let onward = form::links(&answer.body, &answer.url)
            .into_iter()
            .find(|link| {
                let elsewhere = link.host_str() == answer.url.host_str()
                    && link.origin() != answer.url.origin();
                elsewhere || link.path() == "/saml/slo/back"
            });
        match onward {
            Some(link) if self.is_ours(&answer.url) => self.open(visitor, link.as_str()).await,
            _ => answer,
        }
    }

    /// Signs a visitor out at the hub and tells everybody whom a browser has to tell.
    pub(crate) async fn log_out(&self, visitor: &Visitor) -> Answer {
        self.sign_out(visitor, &self.hub.url("/logout")).await
    }

    fn is_ours(&self, url: &Url) -> bool {
        url.as_str().starts_with(&self.hub.url("/"))
    }

    fn look_at(&self, from: &Url, message: Option<String>) {
        let Some(message) = message.filter(|_| self.is_ours(from)) else {
            return;
        };
        self.accept(&message);
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(message);
    }
}

/// Sends a form from a page of another server, with the headers that a browser adds then.
async fn send(visitor: &Visitor, page: &Url, form: &Form) -> Answer {
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let origin = page.origin().ascii_serialization();
    let headers = [
        (ORIGIN, origin.as_str()),
        (HeaderName::from_static("sec-fetch-site"), "same-site"),
    ];
    visitor.post(&form.action, &fields, &headers).await
}

fn message_in(location: &Url) -> Option<String> {
    let (_, message) = location
        .query_pairs()
        .find(|(name, _)| MESSAGES.contains(&name.as_ref()))?;
    let deflated = STANDARD.decode(message.as_bytes()).expect("Base64");
    let mut text = String::new();
    DeflateDecoder::new(deflated.as_slice())
        .read_to_string(&mut text)
        .expect("a deflated text");
    Some(text)
}

fn decode(message: &str) -> String {
    let clean: String = message.split_whitespace().collect();
    let bytes = STANDARD.decode(clean).expect("Base64");
    String::from_utf8(bytes).expect("a text")
}
