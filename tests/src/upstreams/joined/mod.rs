//! The hub's own drivers before the simulators, by the registrations of the demo region: what a person who was
//! chosen there is to the hub. Nothing of the hub is here but drivers; what it makes of an identity is its own.

mod walks;

use clau_connectors::contract::{
    Answer, Arrival, Arrived, Blueprint, Call, Departure, Driver, Drivers as _, Fault, Http, Keys,
    Leave, Request, Response, WantedFrom, Wish,
};
use clau_connectors::drivers::AllDrivers;
use clau_domain::connector::Connector;
use clau_domain::random::SeededForTests;
use clau_domain::secret::{ExposeSecret as _, SecretString};
use clau_domain::time::Timestamp;
use clau_engine::apply::{SourceFile, read};
use clau_saml::binding::Received;
use clau_saml::key::KeyKind;
use url::Url;

use super::arguments::Arguments;
use super::people::Region;
use super::saml::manner::Manner;
use super::{oidc, saml, testing};
use crate::services::region::FILES;
use crate::services::saml::keys;
use crate::services::server::now;
use crate::support::ca::{self, TlsFiles};
use crate::support::endpoint::{Behaviour, Endpoint};
use crate::support::http::{self, Answer as Page, Visitor};
use crate::support::process::Scratch;

/// The state of every login here.
const STATE: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";

/// The hub's way out.
struct Way(reqwest::Client);

impl Http for Way {
    fn send<'a>(&'a self, request: Request<'a>) -> Answer<'a, Response> {
        Box::pin(async move {
            let url = request.url.as_str();
            let mut builder = match &request.form {
                None => self.0.get(url),
                Some(form) => {
                    let fields = form.iter();
                    let fields: Vec<(&str, &str)> = fields
                        .map(|(name, value)| (*name, value.expose_secret()))
                        .collect();
                    self.0.post(url).form(&fields)
                }
            };
            for (name, value) in &request.headers {
                builder = builder.header(*name, value.expose_secret());
            }
            let answer = builder.send().await;
            let answer = answer.map_err(|error| Fault::NoAnswer(error.to_string()))?;
            let status = answer.status().as_u16();
            let kind = answer.headers().get(reqwest::header::CONTENT_TYPE);
            let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            let content_type = kind.split(';').next().unwrap().trim().to_lowercase();
            let body = answer.bytes().await.unwrap().to_vec();
            assert!(body.len() <= request.longest, "{url} answers too much");
            Ok(Response {
                status,
                content_type,
                body,
            })
        })
    }
}

/// A driver at work before its simulator.
struct Joined {
    driver: Box<dyn Driver>,
    keys: Keys,
    way: Way,
    random: SeededForTests,
    visitor: Visitor,
    hub: Endpoint,
    _files: Scratch,
}

/// A hub's address, and what the simulator needs to know.
struct Place {
    hub: Endpoint,
    arguments: Arguments,
    tls: TlsFiles,
    files: Scratch,
}

impl Place {
    async fn of(connector: &str) -> Self {
        let files = Scratch::new(connector);
        let tls = ca::authority().localhost_files(&files);
        let hub = Endpoint::start(Behaviour::Status(503)).await;
        let base = Url::parse(&hub.url("/")).unwrap();
        let mut arguments = testing::secured(connector, &base, &tls);
        arguments.connector = Some(connector.to_owned());
        Self {
            hub,
            arguments,
            tls,
            files,
        }
    }

    async fn serve(&self, router: axum::Router) {
        let own = self.arguments.clone();
        tokio::spawn(async move { own.serve(router).await });
        crate::services::testing::listening(&self.arguments.base).await;
    }

    fn keys(&self, name: &str) -> keys::Keys {
        let directory = self.files.join(name);
        keys::Keys::in_directory(&directory, KeyKind::Rsa2048, name).unwrap()
    }

    /// The driver of the registration of the demo with this identifier, at this simulator's port.
    async fn join(self, id: &str, demo_port: u16, port: u16) -> Joined {
        let mut connector = registration(id, demo_port, port);
        let oidc = connector
            .oidc
            .as_mut()
            .and_then(|it| it.client_secret.take());
        let ldap = connector
            .ldap
            .as_mut()
            .and_then(|it| it.bind_password.take());
        let secret = oidc.or(ldap).map(SecretString::from);
        let driver = AllDrivers.driver(Blueprint {
            connector: &connector,
            secret: secret.as_ref(),
            base_url: self.arguments.hub.as_str().trim_end_matches('/'),
        });
        let own = self.keys("hub");
        let joined = Joined {
            driver: driver.unwrap(),
            keys: Keys {
                saml_signing: Some(std::sync::Arc::new(own.signing.clone())),
                saml_decryption: vec![own.decryption.clone()],
                saml_signing_certificates: vec![own.signing.certificate().clone()],
                saml_encryption_certificate: Some(own.encryption.clone()),
                ..Keys::default()
            },
            way: Way(http::client()),
            random: SeededForTests::new(3),
            visitor: Visitor::new(),
            hub: self.hub,
            _files: self.files,
        };
        joined.introduce();
        joined.fetch().await;
        joined
    }
}

/// A registration as `clau apply` reads it, with another port.
fn registration(id: &str, demo_port: u16, port: u16) -> Connector {
    let mut files = FILES.into_iter();
    let (name, text) = files.find(|(name, _)| *name == "connectors.toml").unwrap();
    let file = SourceFile {
        name: name.to_owned(),
        text: text.replace(&format!(":{demo_port}"), &format!(":{port}")),
        beside: [("tls/ca.pem".to_owned(), ca::authority().pem().to_owned())].into(),
    };
    let documents = read(&[file]).unwrap();
    let mut connectors = documents
        .into_iter()
        .flat_map(|(_, document)| document.connector);
    connectors
        .find(|connector| connector.id.as_str() == id)
        .unwrap()
}

impl Joined {
    fn call(&self) -> Call<'_> {
        Call {
            now: Timestamp::from_millis(now() * 1_000),
            random: &self.random,
            http: &self.way,
            keys: &self.keys,
        }
    }

    /// The hub describes itself at its own address.
    fn introduce(&self) {
        if let Some(introduction) = self.driver.introduction(&self.call()).unwrap() {
            self.hub.behave(Behaviour::Body(introduction.body));
        }
    }

    /// What the engine does: documents, until none is missing.
    async fn fetch(&self) {
        for _ in 0..3 {
            for wanted in self.driver.documents() {
                let WantedFrom::Url(url) = &wanted.from else {
                    panic!("no federation is joined here");
                };
                let request = Request {
                    url,
                    headers: Vec::new(),
                    form: None,
                    longest: wanted.longest,
                };
                let answer = self.way.send(request).await.unwrap();
                assert_eq!(answer.status, 200, "{url:?}");
                let now = self.call().now;
                self.driver.take(wanted.name, &answer.body, now).unwrap();
            }
        }
        self.driver.ready(self.call().now).unwrap();
    }

    /// Leaves for the simulator; gives the page where one chooses, and what is remembered.
    async fn leave(&self) -> (Page, String) {
        let wish = Wish {
            state: STATE.to_owned(),
            ..Wish::default()
        };
        let departure = self.driver.depart(&self.call(), &wish).await.unwrap();
        let Departure::Away { leave, pending } = departure else {
            panic!("nobody leaves");
        };
        let page = match leave {
            Leave::Redirect(address) => self.visitor.follow_within(address).await,
            Leave::Form { action, fields } => {
                let pairs: Vec<(&str, &str)> = fields
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                let answer = self.visitor.post(action, &pairs, &[]).await;
                self.visitor.follow_on_within(answer).await
            }
        };
        assert_eq!(page.status, 200, "{}", page.body);
        (page, pending)
    }

    /// Chooses whoever is called this; gives what goes back to the hub.
    async fn choose(&self, page: &Page, id: &str) -> Page {
        let form = page.form_with("demande").with("personne", id);
        self.visitor.submit(&form).await
    }

    async fn arrive(&self, arrival: Arrival<'_>, pending: Option<&str>) -> Result<Arrived, Fault> {
        self.driver.arrive(&self.call(), &arrival, pending).await
    }

    /// A whole login by SAML.
    async fn by_saml(&self, id: &str) -> Result<Arrived, Fault> {
        let (page, pending) = self.leave().await;
        let page = self.choose(&page, id).await;
        let form = page.form_with("SAMLResponse");
        assert_eq!(form.value("RelayState"), Some(STATE));
        let received = Received::from_form(&form.fields).unwrap();
        self.arrive(Arrival::Saml(&received), Some(&pending)).await
    }

    /// A login in a browser in which somebody was chosen before.
    async fn by_saml_again(&self) -> Result<Arrived, Fault> {
        let (page, pending) = self.leave().await;
        let form = page.form_with("SAMLResponse");
        let received = Received::from_form(&form.fields).unwrap();
        self.arrive(Arrival::Saml(&received), Some(&pending)).await
    }

    /// A whole login by an address.
    async fn by_query(&self, id: &str) -> Result<Arrived, Fault> {
        let (page, pending) = self.leave().await;
        let back = self.choose(&page, id).await.location().expect("to the hub");
        let query = back.query().unwrap_or_default();
        self.arrive(Arrival::Query(query), Some(&pending)).await
    }
}

async fn saml_joined(manner: &'static Manner, id: &str, demo_port: u16) -> Joined {
    let place = Place::of(id).await;
    let region = Region::demo(1).unwrap();
    let gate = saml::gate::Gate::new(manner, place.arguments.clone(), place.keys("idp"), &region);
    place.serve(gate.unwrap().router()).await;
    let port = place.arguments.listen.port();
    place.join(id, demo_port, port).await
}

async fn oidc_joined(
    manner: &'static oidc::manner::Manner,
    secret: &str,
    demo_port: u16,
) -> Joined {
    let place = Place::of(manner.id).await;
    let region = Region::demo(1).unwrap();
    let registered = oidc::Registration {
        client_id: "ent-region-demonstration".to_owned(),
        client_secret_file: Some(place.files.write("secret", secret)),
    };
    let gate = oidc::gate::Gate::new(manner, &place.arguments, &registered, &region);
    place.serve(gate.unwrap().router()).await;
    let port = place.arguments.listen.port();
    place.join(manner.id, demo_port, port).await
}
