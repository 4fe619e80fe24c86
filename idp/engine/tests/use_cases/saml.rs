//! SAML, use case by use case, with a clock that stands: this side plays the services, by the messages that
//! `clau-saml` writes and reads for them.

mod answers;
mod artifacts;
mod browsers;
mod keys;
mod logout;
mod names;
mod programs;
mod registration;
mod requests;
mod sources;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clau_engine::leaving::{Delivery, Leaving};
use clau_engine::login::{Finished, Step, Then};
use clau_engine::saml::Refused;
use clau_engine::saml::sso::SsoAnswer;
use clau_saml::binding::{Address, Form, Received, Role};
use clau_saml::encryption::DecryptionKey;
use clau_saml::key::{KeyKind, SigningKey, Subject};
use clau_saml::message::{
    AcsChoice, Asserted, AuthnRequest, Expected, Header, NameIdPolicy, Status, StatusCode,
};
use clau_saml::metadata::{Document, IdentityProvider, Trust};
use clau_saml::names::binding;
use clau_storage::signing_keys::{self, SigningKeyRow};
use tokio::sync::OnceCell;

use crate::scene::{Browser, PASSWORD, Scene, identify};

pub(crate) const IDP: &str = "https://ent.example/saml/metadata";
pub(crate) const SSO: &str = "https://ent.example/saml/sso";
pub(crate) const SLO: &str = "https://ent.example/saml/slo";
pub(crate) const ARTIFACT: &str = "https://ent.example/saml/artifact";

/// What the services sign by.
pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(|| made(KeyKind::P256));
/// What another service signs by.
pub(crate) static OTHER: LazyLock<SigningKey> = LazyLock::new(|| made(KeyKind::P256));
/// What is encrypted for the services.
pub(crate) static SEALED: LazyLock<SigningKey> = LazyLock::new(|| made(KeyKind::Rsa2048));

fn made(kind: KeyKind) -> SigningKey {
    let subject = Subject {
        name: "service.example",
        year: 2026,
        serial: [7; 16],
    };
    SigningKey::generate(kind, subject).expect("a key")
}

/// A service, as its own side knows it.
#[derive(Clone, Copy)]
pub(crate) struct Sp {
    id: &'static str,
    key: &'static LazyLock<SigningKey>,
    /// Whether its metadata says that it signs what it asks.
    signs: bool,
    /// Whether its metadata has a key to encrypt for.
    sealed: bool,
}

const fn sp(id: &'static str) -> Sp {
    Sp {
        id,
        key: &KEY,
        signs: false,
        sealed: false,
    }
}

/// A service that asks for nothing special.
pub(crate) const CANTINE: Sp = sp("cantine");
/// One that signs its requests, with another key, for teachers.
pub(crate) const NOTES: Sp = Sp {
    signs: true,
    key: &OTHER,
    ..sp("carnet")
};
/// One for which is encrypted, which may be opened from here and by programs.
pub(crate) const BUS: Sp = Sp {
    sealed: true,
    ..sp("bus")
};

impl Sp {
    pub(crate) fn entity_id(&self) -> String {
        self.at("sp")
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("https://{}.example/{path}", self.id)
    }

    pub(crate) fn acs(&self) -> String {
        self.at("acs")
    }

    pub(crate) fn key(&self) -> &'static SigningKey {
        self.key
    }

    /// Its metadata, with `more` attributes of the entity.
    pub(crate) fn metadata(&self, more: &str) -> String {
        let signs = if self.signs {
            " AuthnRequestsSigned=\"true\""
        } else {
            ""
        };
        let sealed = if self.sealed {
            descriptor("encryption", &SEALED)
        } else {
            String::new()
        };
        let signing = descriptor("signing", self.key);
        let (entity, slo, done) = (self.entity_id(), self.at("slo"), self.at("slo/done"));
        let acs = [
            (binding::POST, self.acs()),
            (binding::ARTIFACT, self.at("artifact")),
            (binding::PAOS, self.at("ecp")),
            // Of these no answer may ever go to any.
            (binding::POST, format!("http://{}.example/plain", self.id)),
            (binding::REDIRECT, self.at("redirect")),
        ];
        let acs: String = (0..).zip(acs).map(|(index, (by, location))| {
            format!("<md:AssertionConsumerService index=\"{index}\" Binding=\"{by}\" Location=\"{location}\"/>")
        }).collect();
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"{entity}\"{more}>\
             <md:SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"{signs}>\
             {signing}{sealed}<md:SingleLogoutService Binding=\"{redirect}\" Location=\"{slo}\" \
             ResponseLocation=\"{done}\"/>{acs}\
             <md:AttributeConsumingService index=\"7\"><md:ServiceName xml:lang=\"fr\">S</md:ServiceName>\
             <md:RequestedAttribute Name=\"urn:oid:2.5.4.42\"/></md:AttributeConsumingService>\
             </md:SPSSODescriptor></md:EntityDescriptor>",
            redirect = binding::REDIRECT,
        )
    }

    /// The file that registers it, with `more` lines about the service and `settings` of SAML.
    pub(crate) fn file(&self, more: &str, settings: &str) -> String {
        self.file_with(more, settings, &self.metadata(""))
    }

    pub(crate) fn file_with(&self, more: &str, settings: &str, metadata: &str) -> String {
        let (id, name) = (self.id, self.id.to_uppercase());
        format!(
            "[[service]]\nid = \"{id}\"\nname = \"{name}\"\n{more}\n[service.saml]\n{settings}\n\
             metadata = '''{metadata}'''\n"
        )
    }

    /// A good request of it, made now.
    pub(crate) fn request(&self, scene: &Scene) -> AuthnRequest {
        AuthnRequest {
            header: self.header(scene, SSO),
            force_authn: false,
            is_passive: false,
            acs: AcsChoice::Default { binding: None },
            attributes: None,
            name_id: NameIdPolicy::default(),
            context: None,
            scoping: None,
        }
    }

    pub(crate) fn header(&self, scene: &Scene, destination: &str) -> Header {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        Header {
            id: format!("_r{}", NUMBER.fetch_add(1, Ordering::Relaxed)),
            instant: scene.cx().now,
            destination: Some(destination.to_owned()),
            issuer: self.entity_id(),
        }
    }

    /// What it makes of an answer to a request.
    pub(crate) async fn read(
        &self,
        scene: &Scene,
        said: &Said,
        request: Option<&str>,
    ) -> Result<Asserted, Status> {
        let idp = provider(scene).await;
        let private = SEALED.to_pkcs8().expect("a key");
        let expected = Expected {
            issuer: IDP,
            keys: &idp.keys.signing,
            audience: &self.entity_id(),
            recipient: &said.action,
            in_response_to: request,
            decryption: &[DecryptionKey::from_pkcs8(&private).expect("RSA")],
            now: scene.cx().now,
        };
        let received = Received::from_form(&owned(&Form::new("", Role::Response, &said.xml, None)));
        let received = received.expect("a form");
        let opened = received.open().expect("XML");
        let authentic = opened.authenticate(&idp.keys.signing);
        Asserted::read(&authentic.expect("signed"), &expected).expect("a good answer")
    }
}

fn descriptor(usage: &str, key: &SigningKey) -> String {
    format!(
        "<md:KeyDescriptor use=\"{usage}\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}\
         </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
        key.certificate().base64()
    )
}

/// A scene with services and keys.
pub(crate) async fn scene() -> Scene {
    let scene = Scene::new().await;
    seed_keys(&scene).await;
    register(&scene).await;
    scene
}

pub(crate) async fn register(scene: &Scene) {
    let names = "access = [{}]\n\
        release = { attributes = [\"given_name\", \"family_name\"], approval = \"test\" }";
    let mail = "access = [{ profiles = [\"National_ELV\", \"National_ENS\"] }]\n\
        release = { attributes = [\"given_name\", \"mail\"], approval = \"test\" }";
    let files = [
        CANTINE.file(names, ""),
        NOTES.file(
            "access = [{ profiles = [\"National_ENS\"] }]",
            "key = \"ec\"",
        ),
        BUS.file(
            mail,
            "name_id = \"persistent\"\nidp_initiated = true\necp = true",
        ),
    ];
    scene.apply(&files.concat()).await;
}

/// Every scene has the same master key and the same keys: RSA keys take their time to be made.
pub(crate) async fn seed_keys(scene: &Scene) {
    static KEYS: OnceCell<Vec<SigningKeyRow>> = OnceCell::const_new();
    let keys = KEYS
        .get_or_init(async || {
            scene.hub.tend_keys(&scene.cx()).await.expect("keys");
            let mut keys = Vec::new();
            for purpose in ["saml", "saml-encryption"] {
                let rows = signing_keys::all(&scene.database, purpose).await;
                keys.extend(rows.expect("rows"));
            }
            keys
        })
        .await;
    for key in keys {
        let added = signing_keys::add(&scene.database, key, None).await;
        added.expect("added");
    }
}

/// A scene in which somebody is signed in.
pub(crate) async fn with(login: &str) -> (Scene, Browser) {
    let scene = scene().await;
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, login).await;
    (scene, browser)
}

/// The hub, as services know it by its metadata.
pub(crate) async fn provider(scene: &Scene) -> IdentityProvider {
    let xml = scene.hub.saml_metadata(&scene.cx()).await;
    let xml = xml.expect("metadata");
    let trust = Trust {
        pinned: &[],
        now: scene.cx().now,
        longest_life: None,
    };
    let document = Document::entity(xml.as_bytes(), &trust).expect("a document");
    IdentityProvider::read(document.root()).expect("an identity provider")
}

/// A message on its way by redirect.
pub(crate) fn by_redirect(location: &str, xml: &str, key: Option<&SigningKey>) -> Received {
    let to = Address {
        location,
        role: Role::Request,
        relay_state: Some("s"),
    };
    let address = to.with(xml, key).expect("an address");
    query(&address)
}

/// What the browser brings that was sent to an address.
pub(crate) fn query(address: &str) -> Received {
    let (_, query) = address.split_once('?').expect("a query");
    Received::from_query(query).expect("a message")
}

/// A message on its way in a form.
pub(crate) fn by_form(xml: &str) -> Received {
    let form = Form::new("", Role::Request, xml, Some("s"));
    Received::from_form(&owned(&form)).expect("a message")
}

fn owned(form: &Form) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
    form.fields.iter().map(own).collect()
}

/// What the hub answers to a request that comes by redirect, signed if there is a key.
pub(crate) async fn ask_signed(
    scene: &Scene,
    browser: &Browser,
    request: &AuthnRequest,
    key: Option<&SigningKey>,
) -> Result<SsoAnswer, Refused> {
    let xml = request.write(None).expect("a request");
    let received = by_redirect(SSO, &xml, key);
    let cx = scene.cx();
    let outcome = scene.hub.saml_sso(&cx, browser.cookies(), &received);
    outcome.await
}

/// The same without a signature.
pub(crate) async fn ask(
    scene: &Scene,
    browser: &Browser,
    request: &AuthnRequest,
) -> Result<SsoAnswer, Refused> {
    ask_signed(scene, browser, request, None).await
}

/// Why a request is refused.
pub(crate) fn why<T: std::fmt::Debug>(outcome: Result<T, Refused>) -> String {
    match outcome {
        Err(Refused::Hub(error)) => panic!("the hub failed: {error}"),
        Err(refused) => refused.to_string(),
        Ok(answer) => panic!("not refused: {answer:?}"),
    }
}

/// An answer that a service gets in a form.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) action: String,
    pub(crate) xml: String,
    pub(crate) relay_state: Option<String>,
}

pub(crate) fn said(leaving: &Leaving) -> Said {
    let Delivery::Form { action, fields } = &leaving.delivery else {
        panic!("not by a form: {leaving:?}");
    };
    let field = |name: &str| {
        let mut all = fields.iter();
        all.find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
    };
    let message = field("SAMLResponse").expect("an answer");
    let bytes = STANDARD.decode(message).expect("Base64");
    Said {
        action: action.clone(),
        xml: String::from_utf8(bytes).expect("UTF-8"),
        relay_state: field("RelayState"),
    }
}

/// The answer that the hub has for a service.
pub(crate) fn leaving(outcome: Result<SsoAnswer, Refused>) -> Leaving {
    match outcome.expect("acted on") {
        SsoAnswer::Answer(leaving) => *leaving,
        SsoAnswer::Step(step) => of_step(step),
        other => panic!("no answer: {other:?}"),
    }
}

pub(crate) fn of_step(step: Step) -> Leaving {
    match step {
        Step::Finished(Finished {
            then: Then::Saml(leaving),
            ..
        }) => *leaving,
        other => panic!("no answer: {other:?}"),
    }
}

/// What a service learns of whoever is signed in, by a good request with changes.
pub(crate) async fn asserted(
    scene: &Scene,
    browser: &Browser,
    sp: &Sp,
    change: impl FnOnce(&mut AuthnRequest),
) -> Result<Asserted, Status> {
    let mut request = sp.request(scene);
    change(&mut request);
    let key = sp.signs.then(|| sp.key());
    let said = said(&leaving(ask_signed(scene, browser, &request, key).await));
    sp.read(scene, &said, Some(&request.header.id)).await
}

/// What a service is told instead.
pub(crate) async fn told(
    scene: &Scene,
    browser: &Browser,
    sp: &Sp,
    change: impl FnOnce(&mut AuthnRequest),
) -> (StatusCode, Option<StatusCode>) {
    let status = asserted(scene, browser, sp, change).await;
    let status = status.expect_err("a refusal");
    (status.code, status.detail)
}

/// The browser after a request that waits in it, and the name under which it waits.
pub(crate) fn started(outcome: Result<SsoAnswer, Refused>, browser: &mut Browser) -> String {
    match outcome.expect("acted on") {
        SsoAnswer::Started {
            request,
            browser: cookie,
        } => {
            browser.browser = Some(cookie.expose().to_owned());
            request.expose().to_owned()
        }
        other => panic!("it does not wait: {other:?}"),
    }
}

pub(crate) async fn go_on(scene: &Scene, browser: &Browser, name: &str) -> SsoAnswer {
    let outcome = scene
        .hub
        .saml_continue(&scene.cx(), browser.cookies(), name, false)
        .await;
    outcome.expect("acted on")
}

/// Signs in on the login page of a request that waits, and gives what comes after it.
pub(crate) async fn log_in(scene: &Scene, browser: &mut Browser, name: &str, login: &str) -> Step {
    let SsoAnswer::Step(step) = go_on(scene, browser, name).await else {
        panic!("no login page");
    };
    let page = identify(step, browser);
    scene.submit(browser, &page.handle, (login, PASSWORD)).await
}

/// The values of an attribute.
pub(crate) fn values<'a>(asserted: &'a Asserted, name: &str) -> Option<&'a [String]> {
    let mut all = asserted.attributes.iter();
    all.find(|(known, _)| known == name)
        .map(|(_, values)| values.as_slice())
}
