//! A service provider at the hub's address, made of `clau-saml` alone, and a simulator that knows it.

use std::sync::Arc;

use clau_domain::random::SeededForTests;
use clau_saml::binding::{Address, Form, Received, Role};
use clau_saml::error::Problem;
use clau_saml::key::{KeyKind, SigningKey};
use clau_saml::message::{
    AcsChoice, Asserted, AuthnRequest, Expected, Header, NameIdPolicy, RequestedContext, Status,
    mint_id,
};
use clau_saml::metadata::{Document, IdentityProvider, Trust};
use clau_saml::names::{binding, ns};
use clau_saml::xml::Writer;
use url::Url;

use crate::services::saml::keys::Keys;
use crate::support::ca::{self, TlsFiles};
use crate::support::endpoint::{Behaviour, Endpoint};
use crate::support::http::{Answer, Visitor};
use crate::support::process::Scratch;
use crate::upstreams::arguments::Arguments;
use crate::upstreams::people::Region;
use crate::upstreams::saml::gate::Gate;
use crate::upstreams::saml::manner::Manner;
use crate::upstreams::saml::provider::instant;
use crate::upstreams::testing;

/// A simulator, and the hub that it knows.
pub(super) struct Party {
    pub(super) manner: &'static Manner,
    pub(super) arguments: Arguments,
    pub(super) provider: IdentityProvider,
    hub: Endpoint,
    entity_id: String,
    keys: Keys,
    random: SeededForTests,
    _files: Scratch,
}

/// What a request is like.
pub(super) struct Request {
    pub(super) binding: &'static str,
    pub(super) force: bool,
    pub(super) passive: bool,
    pub(super) format: Option<&'static str>,
    pub(super) class: Option<&'static str>,
    pub(super) consumer: Option<String>,
    pub(super) destination: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) key: Option<SigningKey>,
    pub(super) signed: bool,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            binding: binding::REDIRECT,
            force: false,
            passive: false,
            format: None,
            class: None,
            consumer: None,
            destination: None,
            issuer: None,
            key: None,
            signed: true,
        }
    }
}

impl Party {
    /// Starts a simulator in this manner; the hub calls itself `entity_id` there, or by its address.
    pub(super) async fn start(manner: &'static Manner, entity_id: Option<&str>) -> Self {
        let files = Scratch::new(manner.id);
        let tls: TlsFiles = ca::authority().localhost_files(&files);
        let hub = Endpoint::start(Behaviour::Status(503)).await;
        let base = Url::parse(&hub.url("/")).unwrap();
        let arguments = testing::secured(manner.id, &base, &tls);
        let keys = |name: &str| {
            let directory = files.join(name);
            Keys::in_directory(&directory, KeyKind::Rsa2048, name).unwrap()
        };
        let region = Region::demo(1).unwrap();
        let gate = Gate::new(manner, arguments.clone(), keys("idp"), &region).unwrap();
        serve(&gate, &arguments).await;
        let provider = described(&arguments, manner).await;
        let own = arguments.at_hub(&format!("saml/sp/{}/metadata", manner.id));
        let party = Self {
            manner,
            provider,
            entity_id: entity_id.map_or(own, str::to_owned),
            keys: keys("sp"),
            hub,
            arguments,
            random: SeededForTests::new(7),
            _files: files,
        };
        party.publish(party.keys.signing.clone());
        party
    }

    /// Publishes the hub's metadata with this key for signatures.
    pub(super) fn publish(&self, signing: SigningKey) {
        let mut writer = Writer::new();
        writer
            .open(
                "md:EntityDescriptor",
                &[("xmlns:md", ns::MD), ("entityID", &self.entity_id)],
            )
            .open(
                "md:SPSSODescriptor",
                &[
                    ("protocolSupportEnumeration", ns::SAMLP),
                    ("AuthnRequestsSigned", "true"),
                ],
            );
        for (usage, certificate) in [
            ("signing", signing.certificate()),
            ("encryption", &self.keys.encryption),
        ] {
            writer
                .open("md:KeyDescriptor", &[("use", usage)])
                .open("ds:KeyInfo", &[("xmlns:ds", ns::DS)])
                .open("ds:X509Data", &[])
                .leaf("ds:X509Certificate", &[], &certificate.base64())
                .close()
                .close()
                .close();
        }
        writer
            .empty(
                "md:SingleLogoutService",
                &[
                    ("Binding", binding::REDIRECT),
                    ("Location", &self.at("slo")),
                ],
            )
            .empty(
                "md:AssertionConsumerService",
                &[
                    ("Binding", binding::POST),
                    ("Location", &self.at("acs")),
                    ("index", "0"),
                ],
            );
        self.hub.behave(Behaviour::Body(writer.finish()));
    }

    /// An address of the hub for this connector.
    pub(super) fn at(&self, name: &str) -> String {
        let path = format!("saml/sp/{}/{name}", self.manner.id);
        self.arguments.at_hub(&path)
    }

    pub(super) fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// The key that signs for the hub.
    pub(super) fn key(&self) -> &SigningKey {
        &self.keys.signing
    }

    pub(super) fn header(&self, to: &str) -> Header {
        Header {
            id: mint_id(&self.random),
            instant: instant(),
            destination: Some(to.to_owned()),
            issuer: self.entity_id.clone(),
        }
    }

    /// Sends a visitor with a request; gives its identifier and what the simulator answered.
    pub(super) async fn ask(&self, visitor: &Visitor, request: Request) -> (String, Answer) {
        let endpoint = self.provider.sso_by(&[request.binding]).unwrap();
        let location = endpoint.location.as_str();
        let mut header = self.header(request.destination.as_deref().unwrap_or(location));
        header.issuer = request.issuer.unwrap_or(header.issuer);
        let id = header.id.clone();
        let message = AuthnRequest {
            header,
            force_authn: request.force,
            is_passive: request.passive,
            acs: AcsChoice::Location {
                location: request.consumer.unwrap_or_else(|| self.at("acs")),
                binding: Some(binding::POST.to_owned()),
            },
            attributes: None,
            name_id: NameIdPolicy {
                format: request.format.map(str::to_owned),
                ..NameIdPolicy::default()
            },
            context: request.class.map(|class| RequestedContext {
                classes: vec![class.to_owned()],
                ..RequestedContext::default()
            }),
            scoping: None,
        };
        let key = request.key.as_ref().unwrap_or(self.key());
        let key = request.signed.then_some(key);
        let answer = if request.binding == binding::POST {
            let message = message.write(key).unwrap();
            let form = Form::new(location, Role::Request, &message, Some("the state"));
            visitor.post(&form.action, &pairs(&form), &[]).await
        } else {
            let address = Address {
                location,
                role: Role::Request,
                relay_state: Some("the state"),
            };
            let message = message.write(None).unwrap();
            visitor.get(address.with(&message, key).unwrap()).await
        };
        (id, visitor.follow_on_within(answer).await)
    }

    /// Chooses whoever shows this on the page where one chooses.
    pub(super) async fn choose(&self, visitor: &Visitor, page: &Answer, about: &str) -> Answer {
        assert!(page.body.contains("Simulateur"), "{}", page.body);
        let people = (self.manner.people)(&Region::demo(1).unwrap()).unwrap();
        let mut people = people.into_iter();
        let person = people.find(|person| person.about.contains(about)).unwrap();
        let form = page.form_with("demande").with("personne", &person.id);
        visitor.submit(&form).await
    }

    /// Reads the answer that a page brings to the hub by form.
    pub(super) fn read(
        &self,
        page: &Answer,
        request: Option<&str>,
    ) -> Result<Result<Asserted, Status>, Problem> {
        let form = page.form_with("SAMLResponse");
        assert_eq!(form.action.as_str(), self.at("acs"));
        let received = Received::from_form(&form.fields).unwrap();
        let opened = received.open().unwrap();
        let keys = &self.provider.keys.signing;
        let authentic = match opened.is_signed() {
            true => opened.authenticate(keys).unwrap(),
            false => opened.accept_unsigned().unwrap(),
        };
        let expected = Expected {
            issuer: &self.provider.entity_id,
            keys,
            audience: &self.entity_id,
            recipient: &self.at("acs"),
            in_response_to: request,
            decryption: std::slice::from_ref(&self.keys.decryption),
            now: instant(),
        };
        Asserted::read(&authentic, &expected)
    }

    /// The same, of an answer that lets somebody in.
    pub(super) fn entered(&self, page: &Answer, request: Option<&str>) -> Asserted {
        self.read(page, request).unwrap().unwrap()
    }
}

async fn serve(gate: &Arc<Gate>, arguments: &Arguments) {
    let (router, own) = (gate.router(), arguments.clone());
    tokio::spawn(async move { own.serve(router).await });
    crate::services::testing::listening(&arguments.base).await;
}

async fn described(arguments: &Arguments, manner: &Manner) -> IdentityProvider {
    let path = manner.paths.metadata.trim_start_matches('/');
    let text = Visitor::new().get(arguments.address(path)).await.body;
    let trust = Trust {
        pinned: &[],
        now: instant(),
        longest_life: None,
    };
    let document = Document::entity(text.as_bytes(), &trust).unwrap();
    let provider = IdentityProvider::read(document.root()).unwrap();
    assert_eq!(provider.warnings().count(), 0);
    assert_eq!(provider.entity_id, (manner.entity_id)(arguments));
    assert!(provider.wants_signed_requests);
    provider
}

/// The fields of a form as a visitor sends them.
pub(super) fn pairs(form: &Form) -> Vec<(&str, &str)> {
    let fields = form.fields.iter();
    fields
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

/// The values of an attribute by its name in the message.
pub(super) fn values<'a>(asserted: &'a Asserted, name: &str) -> &'a [String] {
    let mut all = asserted.attributes.iter();
    all.find(|(known, _)| known == name)
        .map_or(&[], |(_, values)| values.as_slice())
}
