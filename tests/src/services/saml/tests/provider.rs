//! A hub for tests: signs everybody in as whoever is next, checks what it is asked as a hub must, keeps what
//! it was asked, and goes wrong where it is told to.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response as HttpResponse};
use axum::routing::get;
use clau_domain::time::Timestamp;
use clau_saml::binding::{Address, Form, Received, Role, envelope};
use clau_saml::key::{Certificate, KeyKind, PeerKey, SigningKey, Subject};
use clau_saml::message::{
    Assertion, Attribute, Authentication, AuthnRequest, Header, Kind, LogoutRequest,
    LogoutResponse, NameId, Response, Sealing, Status, StatusCode, Value,
};
use clau_saml::metadata::{Document, Localised, OwnMetadata, ServiceProvider, Trust};
use clau_saml::names::{attribute_name, binding, context, name_id};
use url::Url;

use crate::services::saml::hub::instant;
use crate::services::server::{Arguments, http_client, now, secret};
use crate::services::testing;
use crate::support::ca::{self, TlsFiles};
use crate::support::process::Scratch;

/// What the hub does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::services) enum Fault {
    /// Gives another `RelayState` back.
    RelayState,
    /// Answers another request.
    InResponseTo,
    /// Answers no request at all.
    Unsolicited,
    /// Sends the answer to another address.
    Destination,
    /// Says that the assertion is to be presented elsewhere.
    Recipient,
    /// Makes it for another service.
    Audience,
    /// Says that another hub has made it.
    Issuer,
    /// Makes it an hour ago.
    Old,
    /// Lets the session end before it begins.
    SessionOver,
    /// Signs with a key that is not published.
    ForeignKey,
    /// Signs nothing.
    Unsigned,
    /// Says no.
    Denied,
    /// Says no without a signature.
    UnsignedDenial,
    /// Says that nobody has signed in.
    NobodySignedIn,
    /// Calls the person by a name that changes.
    Transient,
    /// Publishes an address for logins that is on another host.
    AddressElsewhere,
    /// Publishes metadata of another name.
    AnotherEntity,
    /// Cannot tell every service of a logout.
    PartialLogout,
    /// Does not log out.
    FailedLogout,
    /// Says that it has answered another logout.
    AnotherLogout,
}

/// How the hub seals an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::services) enum Seal {
    /// Assertion signed and encrypted, answer signed.
    Everything,
    /// Assertion signed and encrypted, answer not signed.
    Inside,
    /// Assertion signed, answer not, nothing encrypted.
    Plain,
    /// Answer signed, the assertion in it not, nothing encrypted but the name.
    Around,
}

/// Whoever signs in.
#[derive(Debug, Clone, Default)]
pub(in crate::services) struct Someone {
    /// The name by which this service knows them.
    pub(in crate::services) name: String,
    /// Names and values.
    pub(in crate::services) attributes: Vec<(&'static str, Vec<String>)>,
}

impl Someone {
    /// Somebody with these attributes, of one value each.
    pub(in crate::services) fn new(name: &str, attributes: &[(&'static str, &str)]) -> Self {
        let one = |(name, value): &(&'static str, &str)| (*name, vec![(*value).to_owned()]);
        Self {
            name: name.to_owned(),
            attributes: attributes.iter().map(one).collect(),
        }
    }

    /// With one more attribute.
    pub(in crate::services) fn with(mut self, name: &'static str, values: &[&str]) -> Self {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        self.attributes.push((name, values));
        self
    }
}

/// A hub.
pub(in crate::services) struct FakeHub {
    base: String,
    tls: TlsFiles,
    /// Its certificate, and whatever else a test wants to keep beside it.
    pub(in crate::services) files: Scratch,
    key: Mutex<SigningKey>,
    /// Who signs in next.
    pub(in crate::services) person: Mutex<Someone>,
    /// What goes wrong.
    pub(in crate::services) faults: Mutex<HashSet<Fault>>,
    /// How it seals.
    pub(in crate::services) seal: Mutex<Seal>,
    /// The requests for logins that came, and their `RelayState`.
    pub(in crate::services) logins: Mutex<Vec<(AuthnRequest, String)>>,
    /// The requests for logouts that came.
    pub(in crate::services) logouts: Mutex<Vec<LogoutRequest>>,
    /// The answers to its own, with their `RelayState`.
    pub(in crate::services) answers: Mutex<Vec<(LogoutResponse, Option<String>)>>,
    /// How often its metadata was asked for.
    pub(in crate::services) fetched: Mutex<usize>,
    latest: Mutex<Option<(NameId, String)>>,
}

pub(in crate::services) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

fn new_key() -> SigningKey {
    let subject = Subject {
        name: "hub",
        year: 2026,
        serial: [7; 16],
    };
    SigningKey::generate(KeyKind::P256, subject).unwrap()
}

fn message_id() -> String {
    format!("_{}", secret().unwrap())
}

type Shared = State<Arc<FakeHub>>;

impl FakeHub {
    /// Starts one, which speaks TLS.
    pub(in crate::services) async fn start() -> Arc<Self> {
        let files = Scratch::new("fake-saml-hub");
        let tls = ca::authority().localhost_files(&files);
        let own = testing::secured(
            testing::arguments(
                &Url::parse("https://unused.example/").unwrap(),
                files.path(),
            ),
            &tls,
        );
        let hub = Arc::new(Self {
            base: own.base.as_str().trim_end_matches('/').to_owned(),
            tls,
            files,
            key: Mutex::new(new_key()),
            person: Mutex::default(),
            faults: Mutex::default(),
            seal: Mutex::new(Seal::Everything),
            logins: Mutex::default(),
            logouts: Mutex::default(),
            answers: Mutex::default(),
            fetched: Mutex::default(),
            latest: Mutex::default(),
        });
        let routes = Router::new()
            .route("/saml/metadata", get(document))
            .route("/saml/sso", get(login))
            .route("/saml/slo", get(logout))
            .with_state(Arc::clone(&hub));
        let base = own.base.clone();
        tokio::spawn(async move { own.serve(routes).await });
        testing::listening(&base).await;
        hub
    }

    /// Arguments of a service that joins it.
    pub(in crate::services) fn arguments(&self, name: &str) -> Arguments {
        let hub = Url::parse(&self.base).unwrap();
        let data = self.files.join(&format!("{name}.sqlite"));
        testing::secured(testing::arguments(&hub, &data), &self.tls)
    }

    /// Signs with another key from now on, and publishes that one alone.
    pub(in crate::services) fn change_key(&self) {
        *lock(&self.key) = new_key();
    }

    /// Its name.
    pub(in crate::services) fn entity_id(&self) -> String {
        format!("{}/saml/metadata", self.base)
    }

    /// A logout request about the latest login, to this address; `change` makes it another.
    pub(in crate::services) fn logout_request(
        &self,
        to: &str,
        change: impl FnOnce(&mut LogoutRequest),
    ) -> LogoutRequest {
        let (name_id, index) = lock(&self.latest).clone().unwrap();
        let mut request = LogoutRequest {
            header: self.header(to),
            name_id,
            session_indexes: vec![index],
            reason: None,
            not_on_or_after: None,
        };
        change(&mut request);
        request
    }

    /// A request in an envelope, signed by `key` or by its own.
    pub(in crate::services) fn in_envelope(
        &self,
        request: &LogoutRequest,
        key: Option<&SigningKey>,
    ) -> String {
        let key = key.cloned().unwrap_or_else(|| self.key());
        envelope(&request.write(Some(&key), None).unwrap())
    }

    /// A request in an address, signed.
    pub(in crate::services) fn in_address(&self, request: &LogoutRequest) -> String {
        let location = request.header.destination.clone().unwrap();
        let address = Address {
            location: &location,
            role: Role::Request,
            relay_state: Some("the hub’s own"),
        };
        let message = request.write(None, None).unwrap();
        address.with(&message, Some(&self.key())).unwrap()
    }

    fn key(&self) -> SigningKey {
        lock(&self.key).clone()
    }

    fn has(&self, fault: Fault) -> bool {
        lock(&self.faults).contains(&fault)
    }

    fn header(&self, to: &str) -> Header {
        Header {
            id: message_id(),
            instant: instant(now()),
            destination: Some(to.to_owned()),
            issuer: self.entity_id(),
        }
    }

    /// A service by its own metadata.
    async fn service(&self, entity_id: &str) -> ServiceProvider {
        let http = http_client(Some(ca::authority().pem().as_bytes())).unwrap();
        let answer = http.get(entity_id).send().await.unwrap();
        let text = answer.bytes().await.unwrap();
        let trust = Trust {
            pinned: &[],
            now: instant(now()),
            longest_life: None,
        };
        let document = Document::entity(&text, &trust).unwrap();
        ServiceProvider::read(document.root()).unwrap()
    }

    fn assertion(&self, request: &AuthnRequest, consumer: &str) -> Assertion {
        let person = lock(&self.person).clone();
        let at = match self.has(Fault::Old) {
            true => instant(now() - 3_600),
            false => instant(now()),
        };
        let name_id = NameId {
            value: person.name,
            format: match self.has(Fault::Transient) {
                true => name_id::TRANSIENT.to_owned(),
                false => name_id::PERSISTENT.to_owned(),
            },
            name_qualifier: Some(self.entity_id()),
            sp_name_qualifier: Some(request.header.issuer.clone()),
        };
        let index = format!("session-{}", lock(&self.logins).len());
        *lock(&self.latest) = Some((name_id.clone(), index.clone()));
        let attribute = |(name, values): (&str, Vec<String>)| Attribute {
            name: name.to_owned(),
            format: attribute_name::BASIC,
            friendly_name: None,
            values: values.into_iter().map(Value::Text).collect(),
        };
        Assertion {
            id: message_id(),
            issuer: self.entity_id(),
            instant: at,
            name_id,
            recipient: consumer.to_owned(),
            in_response_to: Some(request.header.id.clone()),
            audience: request.header.issuer.clone(),
            authentication: Authentication {
                at,
                context: context::PASSWORD_PROTECTED_TRANSPORT.to_owned(),
                session_index: index,
                session_ends: match self.has(Fault::SessionOver) {
                    true => at - Duration::from_secs(600),
                    false => at + Duration::from_secs(8 * 3_600),
                },
            },
            attributes: person.attributes.into_iter().map(attribute).collect(),
        }
    }

    /// The answer to a request, with everything that is to be wrong about it.
    fn response(&self, request: &AuthnRequest, consumer: &str) -> Response {
        let mut response = Response {
            header: self.header(consumer),
            in_response_to: Some(request.header.id.clone()),
            status: Status::success(),
            assertion: Some(self.assertion(request, consumer)),
        };
        let assertion = response.assertion.as_mut().unwrap();
        if self.has(Fault::InResponseTo) {
            response.in_response_to = Some("_another".to_owned());
            assertion.in_response_to = Some("_another".to_owned());
        }
        if self.has(Fault::Unsolicited) {
            response.in_response_to = None;
            assertion.in_response_to = None;
        }
        if self.has(Fault::Destination) {
            response.header.destination = Some("https://other.example/saml/acs".to_owned());
        }
        if self.has(Fault::Recipient) {
            assertion.recipient = "https://other.example/saml/acs".to_owned();
        }
        if self.has(Fault::Audience) {
            assertion.audience = "https://other.example/saml/metadata".to_owned();
        }
        if self.has(Fault::Issuer) {
            response.header.issuer = "https://other.example/saml/metadata".to_owned();
            assertion.issuer = "https://other.example/saml/metadata".to_owned();
        }
        let refusal = if self.has(Fault::NobodySignedIn) {
            Some(StatusCode::AuthnFailed)
        } else if self.has(Fault::Denied) || self.has(Fault::UnsignedDenial) {
            Some(StatusCode::RequestDenied)
        } else {
            None
        };
        if let Some(code) = refusal {
            response.status = Status::responder(code, "no");
            response.assertion = None;
        }
        response
    }

    fn sealed(&self, response: &Response, service: &ServiceProvider) -> String {
        let key = match self.has(Fault::ForeignKey) {
            true => new_key(),
            false => self.key(),
        };
        let reader = service.keys.encryption.first().unwrap();
        let seal = *lock(&self.seal);
        let sealing = Sealing {
            key: &key,
            assertion: seal != Seal::Around,
            response: matches!(seal, Seal::Everything | Seal::Around),
            encrypted_for: matches!(seal, Seal::Everything | Seal::Inside).then_some(reader),
            name_encrypted_for: (seal == Seal::Around).then_some(reader),
        };
        if self.has(Fault::Unsigned) {
            let nothing = Sealing {
                assertion: false,
                response: false,
                encrypted_for: None,
                name_encrypted_for: None,
                ..sealing
            };
            return response.write(&nothing).unwrap();
        }
        let written = response.write(&sealing).unwrap();
        if self.has(Fault::UnsignedDenial) {
            let (before, rest) = written.split_once("<ds:Signature ").unwrap();
            let (_, after) = rest.split_once("</ds:Signature>").unwrap();
            return format!("{before}{after}");
        }
        written
    }

    fn logout_status(&self) -> Status {
        if self.has(Fault::PartialLogout) {
            Status {
                detail: Some(StatusCode::PartialLogout),
                ..Status::success()
            }
        } else if self.has(Fault::FailedLogout) {
            Status::responder(StatusCode::RequestDenied, "no")
        } else {
            Status::success()
        }
    }
}

async fn document(State(hub): Shared) -> HttpResponse {
    *lock(&hub.fetched) += 1;
    let key = hub.key();
    let certificates: [Certificate; 1] = [key.certificate().clone()];
    let names = Localised::from([("fr".to_owned(), "ENT".to_owned())]);
    let entity_id = match hub.has(Fault::AnotherEntity) {
        true => "https://other.example/saml/metadata".to_owned(),
        false => hub.entity_id(),
    };
    let base = match hub.has(Fault::AddressElsewhere) {
        true => "https://other.example",
        false => &hub.base,
    };
    let own = OwnMetadata {
        entity_id: &entity_id,
        base,
        now: instant(now()),
        life: Duration::from_secs(3_600),
        cache: Duration::from_secs(60),
        signing: &certificates,
        encryption: None,
        scope: "hub.example",
        names: &names,
        home: &hub.base,
        contacts: &[],
    };
    own.write(&key).unwrap().into_response()
}

async fn login(State(hub): Shared, RawQuery(query): RawQuery) -> HttpResponse {
    let received = Received::from_query(&query.unwrap()).unwrap();
    let opened = received.open().unwrap();
    let service = hub.service(&opened.claimed_issuer().unwrap()).await;
    assert!(service.signs_requests && service.wants_signed_assertions);
    let request = AuthnRequest::read(&opened.authenticate(&service.keys.signing).unwrap()).unwrap();
    let here = format!("{}/saml/sso", hub.base);
    request.header.check(&here, true, instant(now())).unwrap();
    let consumer = service.acs_for(&request.acs).unwrap().location.to_string();
    let mut state = received.relay_state.unwrap();
    lock(&hub.logins).push((request.clone(), state.clone()));
    if hub.has(Fault::RelayState) {
        state = secret().unwrap();
    }
    let message = hub.sealed(&hub.response(&request, &consumer), &service);
    let form = Form::new(&consumer, Role::Response, &message, Some(&state));
    let field = |(name, value): &(&str, String)| {
        format!("<input type=hidden name={name} value=\"{value}\">")
    };
    let fields: String = form.fields.iter().map(field).collect();
    let page = format!(
        "<form method=post action=\"{consumer}\">{fields}<button id=post>Continuer</button></form>"
    );
    let origin = Url::parse(&consumer).unwrap().origin();
    let policy = format!(
        "default-src 'none'; form-action {}",
        origin.ascii_serialization()
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}

async fn logout(State(hub): Shared, RawQuery(query): RawQuery) -> HttpResponse {
    let received = Received::from_query(&query.unwrap()).unwrap();
    let opened = received.open().unwrap();
    let service = hub.service(&opened.claimed_issuer().unwrap()).await;
    let keys: &[PeerKey] = &service.keys.signing;
    let authentic = opened.authenticate(keys).unwrap();
    let here = format!("{}/saml/slo", hub.base);
    let now: Timestamp = instant(now());
    if opened.kind() == Kind::LogoutResponse {
        let response = LogoutResponse::read(&authentic).unwrap();
        response.header.check(&here, true, now).unwrap();
        lock(&hub.answers).push((response, received.relay_state.clone()));
        return Html("<p id=done>Tout est quitté.</p>").into_response();
    }
    let request = LogoutRequest::read(&authentic, &[], now).unwrap();
    request.header.check(&here, true, now).unwrap();
    lock(&hub.logouts).push(request.clone());
    let endpoint = service.logout_by(&[binding::REDIRECT]).unwrap();
    let to = endpoint.for_responses().to_string();
    let answer = LogoutResponse {
        header: hub.header(&to),
        in_response_to: match hub.has(Fault::AnotherLogout) {
            true => "_another".to_owned(),
            false => request.header.id,
        },
        status: hub.logout_status(),
    };
    let address = Address {
        location: &to,
        role: Role::Response,
        relay_state: received.relay_state.as_deref(),
    };
    let key = match hub.has(Fault::ForeignKey) {
        true => new_key(),
        false => hub.key(),
    };
    let address = address.with(&answer.write(None).unwrap(), Some(&key));
    Redirect::to(&address.unwrap()).into_response()
}
