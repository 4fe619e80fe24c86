//! The driver against identity providers that `clau-saml` makes, good ones and others. What a message alone
//! may not be is proven there; here it is what the driver expects of one.

mod arrivals;
mod checks;
mod departures;
mod logouts;
mod metadata;
mod registrations;
mod requested;
mod scopes;

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use clau_domain::random::SeededForTests;
use clau_domain::time::Timestamp;
use clau_saml::binding::{Form, Received, Role};
use clau_saml::encryption::{DecryptionKey, Recipient};
use clau_saml::key::{KeyKind, SigningKey, Subject};
use clau_saml::message::{
    Assertion, Attribute, Authentication, AuthnRequest, Header, NameId, Response, Sealing, Status,
    Value, mint_id,
};
use clau_saml::metadata::{Localised, OwnMetadata, ServiceProvider};
use clau_saml::names::{attribute_name, context, name_id};
use clau_saml::xml::{Limits, Tree};
use futures_util::FutureExt as _;
use serde_json::{Value as Json, json};

use super::driver;
use crate::contract::{
    self, Answer, Arrival, Arrived, Blueprint, Call, Departure, Driver, Fault, Http, Keys, Leave,
    Mistake, Request, Wish,
};

/// 2026-11-23T08:00:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);
const HUB: &str = "https://ent.example";
/// 43 letters and digits, as the engine mints them.
const STATE: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";

/// Keys of everybody here: made once, because RSA keys take their time.
static OF_HUB: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));
static FOR_HUB: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));
static OF_IDP: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::P256));
static OF_OTHER: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::P256));
static NEXT: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));

fn key(kind: KeyKind) -> SigningKey {
    let subject = Subject {
        name: "essais.example",
        year: 2026,
        serial: [7; 16],
    };
    SigningKey::generate(kind, subject).expect("a key")
}

/// An identity provider.
struct Idp {
    base: &'static str,
    key: &'static SigningKey,
}

/// The one that the connector of these tests is for, and another one that the hub trusts as well.
static IDP: LazyLock<Idp> = LazyLock::new(|| Idp {
    base: "https://idp.example",
    key: &OF_IDP,
});
static OTHER: LazyLock<Idp> = LazyLock::new(|| Idp {
    base: "https://other.example",
    key: &OF_OTHER,
});

impl Idp {
    fn entity_id(&self) -> String {
        format!("{}/saml/metadata", self.base)
    }

    /// Its metadata, good for a day from `now`, with these keys in it.
    fn metadata_with(&self, now: Timestamp, keys: &[&SigningKey]) -> String {
        let signing: Vec<_> = keys.iter().map(|key| key.certificate().clone()).collect();
        let own = OwnMetadata {
            entity_id: &self.entity_id(),
            base: self.base,
            now,
            life: DAY,
            cache: MINUTE,
            signing: &signing,
            encryption: None,
            scope: "idp.example",
            names: &Localised::new(),
            home: self.base,
            contacts: &[],
        };
        own.write(self.key).expect("metadata")
    }

    fn metadata(&self) -> String {
        self.metadata_with(NOW, &[self.key])
    }

    fn header(&self, destination: Option<&str>) -> Header {
        Header {
            id: id(),
            instant: NOW,
            destination: destination.map(str::to_owned),
            issuer: self.entity_id(),
        }
    }

    /// A good answer to a request of `scene`, or one that nobody asked for.
    fn answer(&self, scene: &Scene, asked: Option<&AuthnRequest>) -> Response {
        let acs = scene.acs();
        let request = asked.map(|asked| asked.header.id.clone());
        let assertion = Assertion {
            id: id(),
            issuer: self.entity_id(),
            instant: NOW,
            name_id: NameId {
                value: "l'élève & co".to_owned(),
                format: name_id::PERSISTENT.to_owned(),
                name_qualifier: Some(self.entity_id()),
                sp_name_qualifier: None,
            },
            recipient: acs.clone(),
            in_response_to: request.clone(),
            audience: scene.audience(),
            authentication: Authentication {
                at: NOW,
                context: context::PASSWORD_PROTECTED_TRANSPORT.to_owned(),
                session_index: "_session".to_owned(),
                session_ends: NOW + DAY,
            },
            attributes: Vec::new(),
        };
        Response {
            header: self.header(Some(&acs)),
            in_response_to: request,
            status: Status::success(),
            assertion: Some(assertion),
        }
    }

    /// Everything signed, nothing encrypted.
    fn seal(&self, response: &Response) -> String {
        response
            .write(&Sealing::signed(self.key))
            .expect("an answer")
    }
}

/// An identifier that comes once.
fn id() -> String {
    static RANDOM: SeededForTests = SeededForTests::new(77);
    mint_id(&RANDOM)
}

fn text(name: &str, friendly: Option<&'static str>, values: &[&str]) -> Attribute {
    let values = values.iter().map(|value| Value::Text((*value).to_owned()));
    Attribute {
        name: name.to_owned(),
        format: attribute_name::URI,
        friendly_name: friendly,
        values: values.collect(),
    }
}

fn recipient() -> Recipient {
    Recipient::new(FOR_HUB.certificate().clone(), &[]).expect("a recipient")
}

/// What the hub sends out, and what it is answered.
#[derive(Default)]
struct Net {
    asked: Mutex<Vec<String>>,
    answers: Mutex<Vec<(String, Result<contract::Response, Fault>)>>,
}

impl Net {
    /// What an address answers from now on.
    fn answer(&self, url: &str, status: u16, body: &str) {
        let response = contract::Response {
            status,
            content_type: "text/xml".to_owned(),
            body: body.as_bytes().to_vec(),
        };
        let mut answers = self.answers.lock().expect("the net");
        answers.retain(|(known, _)| known != url);
        answers.push((url.to_owned(), Ok(response)));
    }

    fn fail(&self, url: &str, fault: Fault) {
        let mut answers = self.answers.lock().expect("the net");
        answers.retain(|(known, _)| known != url);
        answers.push((url.to_owned(), Err(fault)));
    }
}

impl Http for Net {
    fn send<'a>(&'a self, request: Request<'a>) -> Answer<'a, contract::Response> {
        let url = request.url.as_str().to_owned();
        let answers = self.answers.lock().expect("the net");
        let found = answers.iter().find(|(known, _)| *known == url);
        let answer = found.map_or_else(
            || Err(Fault::NoAnswer("nobody is there".to_owned())),
            |(_, answer)| answer.clone(),
        );
        self.asked.lock().expect("the net").push(url);
        Box::pin(std::future::ready(answer))
    }
}

/// A connector at work.
struct Scene {
    driver: Box<dyn Driver>,
    own: String,
    keys: Keys,
    net: Net,
    random: SeededForTests,
    now: Timestamp,
}

/// The registration of a connector whose metadata stands in it, with `more` in its part about SAML.
fn registration(id: &str, metadata: &str, more: Json) -> Json {
    let mut saml = json!({ "metadata": metadata });
    merge(&mut saml, more);
    json!({ "id": id, "name": "Essais", "saml": saml })
}

fn merge(into: &mut Json, more: Json) {
    let (Json::Object(into), Json::Object(more)) = (into, more) else {
        panic!("two objects")
    };
    into.extend(more);
}

fn made(registration: Json) -> Result<Box<dyn Driver>, Vec<Mistake>> {
    let connector = serde_json::from_value(registration).expect("a registration");
    driver(Blueprint {
        connector: &connector,
        secret: None,
        base_url: HUB,
    })
}

impl Scene {
    fn of(registration: Json) -> Self {
        let driver = made(registration).expect("a driver");
        let agreed = driver
            .connector()
            .saml
            .as_ref()
            .map(|it| it.own_entity_id.clone());
        let own = agreed.filter(|agreed| !agreed.is_empty());
        let own =
            own.unwrap_or_else(|| format!("{HUB}/saml/sp/{}/metadata", driver.connector().id));
        Self {
            driver,
            own,
            keys: keys(),
            net: Net::default(),
            random: SeededForTests::new(1),
            now: NOW,
        }
    }

    /// With the metadata of [`IDP`] in it, and `more` about SAML.
    fn with(more: Json) -> Self {
        Self::of(registration("essais", &IDP.metadata(), more))
    }

    fn plain() -> Self {
        Self::with(json!({}))
    }

    fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    fn audience(&self) -> String {
        self.own.clone()
    }

    fn acs(&self) -> String {
        format!("{HUB}/saml/sp/{}/acs", self.driver.connector().id)
    }

    fn slo(&self) -> String {
        format!("{HUB}/saml/sp/{}/slo", self.driver.connector().id)
    }

    fn call(&self) -> Call<'_> {
        Call {
            now: self.now,
            random: &self.random,
            http: &self.net,
            keys: &self.keys,
        }
    }

    fn depart(&self, wish: &Wish) -> Result<(Leave, String), Fault> {
        let call = self.call();
        let departure = now(self.driver.depart(&call, wish))?;
        let Departure::Away { leave, pending } = departure else {
            panic!("nobody asks for a password here")
        };
        Ok((leave, pending))
    }

    /// A login on its way: the request as the source reads it, and what is remembered of it.
    fn asked(&self, wish: &Wish) -> (AuthnRequest, String) {
        let (leave, pending) = self.depart(wish).expect("a departure");
        (self.read(&leave), pending)
    }

    /// A request of the hub's, verified by what its metadata says.
    fn read(&self, leave: &Leave) -> AuthnRequest {
        let received = came(leave);
        let opened = received.open().expect("a message");
        let authentic = opened.authenticate(&self.own_keys()).expect("signed by us");
        AuthnRequest::read(&authentic).expect("a request")
    }

    fn own_keys(&self) -> Vec<clau_saml::key::PeerKey> {
        self.introduced().keys.signing
    }

    /// What the hub says of itself.
    fn introduced(&self) -> ServiceProvider {
        let introduction = self.driver.introduction(&self.call());
        let body = introduction.expect("ours").expect("something").body;
        let tree = Tree::parse(body.as_bytes(), &Limits::ENTITY).expect("metadata");
        ServiceProvider::read(tree.root()).expect("a service")
    }

    fn arrive(&self, xml: &str, pending: Option<&str>) -> Result<Arrived, Fault> {
        let received = posted(Role::Response, xml, Some(STATE));
        self.arrive_as(&received, pending)
    }

    fn arrive_as(&self, received: &Received, pending: Option<&str>) -> Result<Arrived, Fault> {
        let call = self.call();
        now(self.driver.arrive(&call, &Arrival::Saml(received), pending))
    }

    /// A login, with an answer that `change` has changed before [`IDP`] has signed it.
    fn login(&self, change: impl FnOnce(&mut Response)) -> Result<Arrived, Fault> {
        self.login_as(&wish(), change)
    }

    fn login_as(&self, wish: &Wish, change: impl FnOnce(&mut Response)) -> Result<Arrived, Fault> {
        let (asked, pending) = self.asked(wish);
        let mut answer = IDP.answer(self, Some(&asked));
        change(&mut answer);
        self.arrive(&IDP.seal(&answer), Some(&pending))
    }
}

fn keys() -> Keys {
    let private = FOR_HUB.to_pkcs8().expect("PKCS#8");
    Keys {
        saml_signing: Some(Arc::new(OF_HUB.clone())),
        saml_decryption: vec![DecryptionKey::from_pkcs8(&private).expect("a key")],
        saml_signing_certificates: vec![OF_HUB.certificate().clone()],
        saml_encryption_certificate: Some(FOR_HUB.certificate().clone()),
        oidc_signing: None,
        oidc_published: Vec::new(),
        oidc_decryption: Vec::new(),
    }
}

fn wish() -> Wish {
    Wish {
        state: STATE.to_owned(),
        ..Wish::default()
    }
}

/// What nothing has to wait for.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nothing to wait for")
}

/// The message that a browser takes along.
fn came(leave: &Leave) -> Received {
    match leave {
        Leave::Redirect(url) => Received::from_query(url.split_once('?').expect("a query").1),
        Leave::Form { fields, .. } => {
            let fields: Vec<(String, String)> = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            Received::from_form(&fields)
        }
    }
    .expect("a message")
}

/// A message as a form brings it.
fn posted(role: Role, xml: &str, relay_state: Option<&str>) -> Received {
    let form = Form::new("https://ent.example", role, xml, relay_state);
    came(&Leave::Form {
        action: form.action,
        fields: form.fields,
    })
}

fn assertion(response: &mut Response) -> &mut Assertion {
    response.assertion.as_mut().expect("an assertion")
}

/// Not believed, in words that have `why` in them.
#[track_caller]
fn untrusted<T: std::fmt::Debug>(result: Result<T, Fault>, why: &str) {
    match result {
        Err(Fault::Untrusted(words)) => assert!(words.contains(why), "{words}: {why}"),
        other => panic!("{why}: {other:?}"),
    }
}
