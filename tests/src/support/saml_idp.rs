//! A stand-in for a hub, made of `clau-saml` alone: it publishes metadata and makes and reads messages as a test
//! tells it, good ones and others. Proves the counterparts, never the hub: what takes a bad message here would
//! prove nothing there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clau_domain::random::SeededForTests;
use clau_domain::time::Timestamp;
use clau_saml::binding::{Address, Artifact, Binding, Form, Received, Role, envelope};
use clau_saml::encryption::Recipient;
use clau_saml::key::{KeyKind, SigningKey, Subject};
use clau_saml::message::{
    ArtifactResolve, ArtifactResponse, Assertion, Attribute, Authentic, Authentication,
    AuthnRequest, Header, LogoutRequest, LogoutResponse, NameId, Response, Sealing, Status, Value,
};
use clau_saml::metadata::{Localised, OwnMetadata, ServiceProvider};
use clau_saml::names::{attribute_name, binding, context, name_id};
use clau_saml::xml::{Limits, Tree};

use super::ca;
use super::endpoint::{Behaviour, Endpoint, Reply};
use super::http::{Answer, Visitor};
use super::saml_check;
use crate::services::server;

const MINUTE: Duration = Duration::from_secs(60);

/// The stand-in. It signs with RSA, and its metadata has an elliptic key as well, as a hub's has.
pub(super) struct StandIn {
    base: String,
    pub(super) rsa: SigningKey,
    pub(super) ec: SigningKey,
    metadata: String,
    // Publishes the metadata, and answers programs.
    endpoint: Endpoint,
}

impl StandIn {
    /// Publishes its metadata on `port`.
    pub(super) async fn start(port: u16) -> Self {
        let base = format!("https://localhost:{port}");
        let key = |kind| {
            let subject = Subject {
                name: "stand-in",
                year: 2026,
                serial: [7; 16],
            };
            SigningKey::generate(kind, subject).expect("a key")
        };
        let (rsa, ec) = (key(KeyKind::Rsa2048), key(KeyKind::P256));
        let names = Localised::from([("fr".to_owned(), "Doublure".to_owned())]);
        let signing = [rsa.certificate().clone(), ec.certificate().clone()];
        let metadata = OwnMetadata {
            entity_id: &format!("{base}/saml/metadata"),
            base: &base,
            now: now(),
            life: MINUTE * 60,
            cache: MINUTE,
            signing: &signing,
            encryption: None,
            scope: "essais.example",
            names: &names,
            home: &base,
            contacts: &[],
        };
        let metadata = metadata.write(&rsa).expect("metadata");
        let behaviour = Behaviour::Body(metadata.clone());
        let endpoint = Endpoint::certified_by(ca::authority(), port, behaviour).await;
        Self {
            base,
            rsa,
            ec,
            metadata,
            endpoint,
        }
    }

    /// Its metadata.
    pub(super) fn metadata(&self) -> &str {
        &self.metadata
    }

    fn entity_id(&self) -> String {
        format!("{}/saml/metadata", self.base)
    }

    /// The request with which a service sends a visitor away, verified by the service's metadata.
    pub(super) fn asked(&self, metadata: &str, departure: &Answer) -> AuthnRequest {
        self.asked_by(metadata, &received(departure))
    }

    /// The same, however it came.
    pub(super) fn asked_by(&self, metadata: &str, received: &Received) -> AuthnRequest {
        let opened = received.open().expect("a message");
        let service = service(metadata);
        let authentic = opened
            .authenticate(&service.keys.signing)
            .unwrap_or_else(|problem| panic!("{problem}: {metadata}"));
        let request = AuthnRequest::read(&authentic).expect("a request");
        assert_eq!(request.header.issuer, service.entity_id);
        // A service that gives its request to a program does not know whom it will ask.
        let is_addressed = received.binding != Binding::Soap;
        request
            .header
            .check(&format!("{}/saml/sso", self.base), is_addressed, now())
            .expect("made now, for here");
        assert!(service.acs_for(&request.acs).is_some(), "{:?}", request.acs);
        request
    }

    /// A good answer.
    pub(super) fn answer(&self, asked: &AuthnRequest, metadata: &str) -> Response {
        let service = service(metadata);
        let acs = service.acs_for(&asked.acs).expect("a known address");
        let assertion = Assertion {
            id: id(),
            issuer: self.entity_id(),
            instant: now(),
            name_id: NameId {
                value: "l'élève & co".to_owned(),
                format: name_id::PERSISTENT.to_owned(),
                name_qualifier: Some(self.entity_id()),
                sp_name_qualifier: Some(service.entity_id.clone()),
            },
            recipient: acs.location.as_str().to_owned(),
            in_response_to: Some(asked.header.id.clone()),
            audience: service.entity_id.clone(),
            authentication: Authentication {
                at: now(),
                context: context::PASSWORD_PROTECTED_TRANSPORT.to_owned(),
                session_index: id(),
                session_ends: now() + MINUTE * 60,
            },
            attributes: vec![
                text("urn:oid:2.5.4.42", "givenName", &["Léa <&>"]),
                text(
                    "urn:oid:1.3.6.1.4.1.5923.1.1.1.1",
                    "eduPersonAffiliation",
                    &["student", "member"],
                ),
            ],
        };
        Response {
            header: self.header(Some(acs.location.as_str())),
            in_response_to: Some(asked.header.id.clone()),
            status: Status::success(),
            assertion: Some(assertion),
        }
    }

    /// A refusal.
    pub(super) fn refusal(&self, asked: &AuthnRequest, metadata: &str, status: Status) -> Response {
        Response {
            status,
            assertion: None,
            ..self.answer(asked, metadata)
        }
    }

    /// Everything signed, and encrypted where the metadata has a key for that.
    pub(super) fn seal(&self, response: &Response, metadata: &str) -> String {
        let recipient = recipient(metadata);
        let sealing = Sealing {
            encrypted_for: recipient.as_ref(),
            ..Sealing::signed(&self.rsa)
        };
        response.write(&sealing).expect("an answer")
    }

    /// A logout, for a session that `answer` began.
    pub(super) fn logout(&self, begun: &Response, location: &str) -> LogoutRequest {
        let assertion = begun.assertion.as_ref().expect("a login");
        LogoutRequest {
            header: self.header(Some(location)),
            name_id: assertion.name_id.clone(),
            session_indexes: vec![assertion.authentication.session_index.clone()],
            reason: None,
            not_on_or_after: None,
        }
    }

    /// The request with which a service sends a visitor away to sign out.
    pub(super) fn asked_to_end(&self, metadata: &str, departure: &Answer) -> LogoutRequest {
        let received = received(departure);
        let opened = received.open().expect("a message");
        let authentic = opened
            .authenticate(&service(metadata).keys.signing)
            .expect("signed by the service");
        LogoutRequest::read(&authentic, &[], now()).expect("a logout")
    }

    /// How a service says that a logout went, verified by its metadata.
    pub(super) fn told(&self, metadata: &str, departure: &Answer) -> LogoutResponse {
        let received = match &departure.body {
            body if body.contains("Envelope") => {
                Received::from_soap(body.clone().into_bytes(), Role::Response)
            }
            _ => received(departure),
        };
        let opened = received.open().expect("a message");
        let authentic = opened
            .authenticate(&service(metadata).keys.signing)
            .expect("signed by the service");
        LogoutResponse::read(&authentic).expect("an answer")
    }

    /// The answer to a logout.
    pub(super) fn ended(
        &self,
        asked: &LogoutRequest,
        location: &str,
        status: Status,
    ) -> LogoutResponse {
        LogoutResponse {
            header: self.header(Some(location)),
            in_response_to: asked.header.id.clone(),
            status,
        }
    }

    /// Keeps an answer for a service, which fetches it by the artifact that this gives.
    pub(super) fn keep(&self, message: String, metadata: &str) -> String {
        let random = SeededForTests::new(next());
        let artifact = Artifact::mint(&self.entity_id(), 0, &random).text();
        let (expected, key, header) = (artifact.clone(), self.rsa.clone(), self.header(None));
        self.answer_programs(metadata, "/saml/artifact", move |authentic| {
            let asked = ArtifactResolve::read(authentic).expect("somebody fetches");
            assert_eq!(asked.artifact, expected);
            let answer = ArtifactResponse {
                header: header.clone(),
                in_response_to: asked.header.id,
                status: Status::success(),
                message: Some(message.clone()),
            };
            answer.write(Some(&key)).expect("an answer")
        });
        artifact
    }

    /// Says to a service that signs somebody out by SOAP how it went.
    pub(super) fn end_by_soap(&self, metadata: &str, status: Status) {
        let (key, header) = (self.rsa.clone(), self.header(None));
        self.answer_programs(metadata, "/saml/slo", move |authentic| {
            let asked = LogoutRequest::read(authentic, &[], now()).expect("a logout");
            let answer = LogoutResponse {
                header: header.clone(),
                in_response_to: asked.header.id,
                status: status.clone(),
            };
            answer.write(Some(&key)).expect("an answer")
        });
    }

    /// Answers what a service sends by SOAP, signed, to one path.
    fn answer_programs(
        &self,
        metadata: &str,
        path: &'static str,
        answer: impl Fn(&Authentic<'_>) -> String + Send + Sync + 'static,
    ) {
        let keys = service(metadata).keys.signing;
        let reply = Reply::by(move |received| {
            assert_eq!(received.line, format!("POST {path}"));
            let body = received.body.clone().into_bytes();
            let received = Received::from_soap(body, Role::Request);
            let opened = received.open().expect("a message");
            let authentic = opened.authenticate(&keys).expect("signed by the service");
            envelope(&answer(&authentic))
        });
        self.endpoint.behave(Behaviour::Soap(reply));
    }

    /// The head of a message of its own.
    pub(super) fn header(&self, destination: Option<&str>) -> Header {
        Header {
            id: id(),
            instant: now(),
            destination: destination.map(str::to_owned),
            issuer: self.entity_id(),
        }
    }
}

/// Brings a message to a service by form, as a browser would from the stand-in's page.
pub(super) async fn post(
    visitor: &Visitor,
    to: &str,
    role: Role,
    message: &str,
    relay: Option<&str>,
) -> Answer {
    saml_check::validate(message).unwrap_or_else(|error| panic!("{error}\n{message}"));
    let form = Form::new(to, role, message, relay);
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    visitor.post(&form.action, &fields, &[]).await
}

/// The same in an address.
pub(super) async fn redirect(
    visitor: &Visitor,
    to: Address<'_>,
    message: &str,
    key: Option<&SigningKey>,
) -> Answer {
    saml_check::validate(message).unwrap_or_else(|error| panic!("{error}\n{message}"));
    visitor
        .get(to.with(message, key).expect("an address"))
        .await
}

/// For whom something can be encrypted.
pub(super) fn recipient(metadata: &str) -> Option<Recipient> {
    service(metadata).keys.encryption.first().cloned()
}

/// The address for logouts in metadata.
pub(super) fn logout_address(metadata: &str) -> (String, String) {
    let service = service(metadata);
    let endpoint = service
        .logout_by(&[binding::REDIRECT, binding::POST, binding::SOAP])
        .expect("an address for logouts");
    (
        endpoint.binding.clone(),
        endpoint.location.as_str().to_owned(),
    )
}

fn service(metadata: &str) -> ServiceProvider {
    let tree = Tree::parse(metadata.as_bytes(), &Limits::ENTITY).expect("metadata");
    ServiceProvider::read(tree.root()).expect("a service")
}

/// The message that a visitor is sent away with.
pub(super) fn received(departure: &Answer) -> Received {
    match departure.location() {
        Some(location) => Received::from_query(location.query().unwrap_or_default()),
        None => {
            let forms = departure.forms();
            let form = forms
                .iter()
                .find(|form| form.has("SAMLRequest") || form.has("SAMLResponse"));
            let form = form.unwrap_or_else(|| panic!("{} {}", departure.status, departure.body));
            Received::from_form(&form.fields)
        }
    }
    .expect("a message")
}

fn text(name: &str, friendly: &'static str, values: &[&str]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        format: attribute_name::URI,
        friendly_name: Some(friendly),
        values: values
            .iter()
            .map(|&value| Value::Text(value.to_owned()))
            .collect(),
    }
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(server::now() * 1000)
}

/// An identifier that comes once in this process.
pub(super) fn id() -> String {
    format!("_{:032x}", next())
}

/// A number that comes once in this process.
fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
