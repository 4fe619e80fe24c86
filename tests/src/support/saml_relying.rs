//! A stand-in for a hub that asks others who somebody is, made of `clau-saml` alone: its metadata, its requests,
//! and what it understands of answers. Proves identity providers before the hub, never the hub.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clau_saml::binding::{Address, Received, Role};
use clau_saml::encryption::DecryptionKey;
use clau_saml::error::Problem;
use clau_saml::key::{KeyKind, SigningKey, Subject};
use clau_saml::message::{
    AcsChoice, Asserted, AuthnRequest, Expected, Header, LogoutRequest, LogoutResponse,
    NameIdPolicy, Status,
};
use clau_saml::metadata::IdentityProvider;
use clau_saml::names::{binding, name_id};
use clau_saml::xml::{Limits, Tree};
use url::Url;

use super::http::Answer;
use super::saml_check;
use super::saml_idp::{id, now, received};

/// The stand-in. Nobody listens at its addresses: answers are read on the page that would send them there.
pub(super) struct Relying {
    base: String,
    signing: SigningKey,
    sealed: SigningKey,
}

/// An answer, and what it was asked with.
pub(super) type Heard = Result<Result<Asserted, Status>, Problem>;

impl Relying {
    /// One whose addresses are on `port` of this machine.
    pub(super) fn new(port: u16) -> Self {
        let key = |name| {
            let subject = Subject {
                name,
                year: 2026,
                serial: [7; 16],
            };
            SigningKey::generate(KeyKind::Rsa2048, subject).expect("a key")
        };
        Self {
            base: format!("https://localhost:{port}/saml/sp/essai"),
            signing: key("signing"),
            sealed: key("encryption"),
        }
    }

    pub(super) fn entity_id(&self) -> String {
        format!("{}/metadata", self.base)
    }

    pub(super) fn acs(&self) -> String {
        format!("{}/acs", self.base)
    }

    /// Where it is told of logouts.
    pub(super) fn slo(&self) -> String {
        format!("{}/slo", self.base)
    }

    /// Its metadata.
    pub(super) fn metadata(&self) -> String {
        let key = |usage: &str, key: &SigningKey| {
            let certificate = key.certificate().base64();
            format!(
                r#"<md:KeyDescriptor use="{usage}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"#
            )
        };
        let metadata = format!(
            r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{entity}"><md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" AuthnRequestsSigned="true" WantAssertionsSigned="true">{signing}{encryption}<md:SingleLogoutService Binding="{redirect}" Location="{slo}"/><md:NameIDFormat>{persistent}</md:NameIDFormat><md:AssertionConsumerService index="0" isDefault="true" Binding="{post}" Location="{acs}"/></md:SPSSODescriptor></md:EntityDescriptor>"#,
            entity = self.entity_id(),
            signing = key("signing", &self.signing),
            encryption = key("encryption", &self.sealed),
            redirect = binding::REDIRECT,
            slo = self.slo(),
            persistent = name_id::PERSISTENT,
            post = binding::POST,
            acs = self.acs(),
        );
        saml_check::validate(&metadata).unwrap_or_else(|error| panic!("{error}\n{metadata}"));
        metadata
    }

    /// A request for a login, for `provider` by redirect, and its identifier.
    pub(super) fn ask(&self, provider: &IdentityProvider, relay_state: &str) -> (String, String) {
        let location = provider.sso_by(&[binding::REDIRECT]).expect("an address");
        let location = location.location.as_str();
        let request = AuthnRequest {
            header: self.header(location),
            force_authn: false,
            is_passive: false,
            acs: AcsChoice::Location {
                location: self.acs(),
                binding: Some(binding::POST.to_owned()),
            },
            attributes: None,
            name_id: NameIdPolicy {
                format: Some(name_id::PERSISTENT.to_owned()),
                sp_name_qualifier: None,
                allow_create: true,
            },
            context: None,
            scoping: None,
        };
        let message = request.write(None).expect("a message");
        saml_check::validate(&message).unwrap_or_else(|error| panic!("{error}\n{message}"));
        let url = self.address(location, Role::Request, Some(relay_state), &message);
        (url, request.header.id)
    }

    /// What it makes of the answer that `page` would send to it; `asked` is the request, if there was one.
    pub(super) fn hear(
        &self,
        provider: &IdentityProvider,
        page: &Answer,
        asked: Option<&str>,
    ) -> Heard {
        let form = page.form_with("SAMLResponse");
        assert_eq!(form.action.as_str(), self.acs());
        let received = Received::from_form(&form.fields)?;
        let opened = received.open()?;
        // An assertion that is encrypted may be all that is signed.
        let authentic = match opened.is_signed() {
            true => opened.authenticate(&provider.keys.signing)?,
            false => opened.accept_unsigned()?,
        };
        let key = self.sealed.to_pkcs8()?;
        let expected = Expected {
            issuer: &provider.entity_id,
            keys: &provider.keys.signing,
            audience: &self.entity_id(),
            recipient: &self.acs(),
            in_response_to: asked,
            decryption: &[DecryptionKey::from_pkcs8(&key)?],
            now: now(),
        };
        Asserted::read(&authentic, &expected)
    }

    /// The message on that page, as it is.
    pub(super) fn text_of(&self, page: &Answer) -> String {
        let form = page.form_with("SAMLResponse");
        assert_eq!(form.action.as_str(), self.acs());
        let field = form.value("SAMLResponse").unwrap_or_default();
        let clean: String = field.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(clean).expect("Base64");
        String::from_utf8(bytes).expect("text")
    }

    /// A logout that it begins, for a session that somebody's login began: its address, and its identifier.
    pub(super) fn end(&self, provider: &IdentityProvider, who: &Asserted) -> (String, String) {
        let location = provider.logout_by(&[binding::REDIRECT]).expect("one");
        let location = location.location.as_str();
        let request = LogoutRequest {
            header: self.header(location),
            name_id: who.name_id.clone(),
            session_indexes: who.session_index.clone().into_iter().collect(),
            reason: None,
            not_on_or_after: None,
        };
        let message = request.write(None, None).expect("a message");
        let url = self.address(location, Role::Request, Some("fini"), &message);
        (url, request.header.id)
    }

    /// How the logout went that it had asked for, by the redirect that brings the answer.
    pub(super) fn ended(&self, provider: &IdentityProvider, departure: &Answer) -> LogoutResponse {
        let received = received(departure);
        let opened = received.open().expect("a message");
        let authentic = opened.authenticate(&provider.keys.signing).expect("signed");
        LogoutResponse::read(&authentic).expect("an answer")
    }

    /// The logout that somebody began elsewhere, by the address that brings it.
    pub(super) fn told(&self, provider: &IdentityProvider, address: &Url) -> LogoutRequest {
        assert!(address.as_str().starts_with(&self.slo()), "{address}");
        let query = address.query().unwrap_or_default();
        let received = Received::from_query(query).expect("a message");
        let opened = received.open().expect("a message");
        let authentic = opened.authenticate(&provider.keys.signing).expect("signed");
        LogoutRequest::read(&authentic, &[], now()).expect("a logout")
    }

    /// Where the browser goes on to when it has ended the session.
    pub(super) fn obey(
        &self,
        provider: &IdentityProvider,
        told: &LogoutRequest,
        relay_state: Option<&str>,
    ) -> String {
        let endpoint = provider.logout_by(&[binding::REDIRECT]).expect("one");
        let location = endpoint.response_location.as_ref();
        let location = location.unwrap_or(&endpoint.location).as_str();
        let answer = LogoutResponse {
            header: self.header(location),
            in_response_to: told.header.id.clone(),
            status: Status::success(),
        };
        let message = answer.write(None).expect("a message");
        self.address(location, Role::Response, relay_state, &message)
    }

    fn address(
        &self,
        location: &str,
        role: Role,
        relay_state: Option<&str>,
        message: &str,
    ) -> String {
        let address = Address {
            location,
            role,
            relay_state,
        };
        address
            .with(message, Some(&self.signing))
            .expect("an address")
    }

    fn header(&self, destination: &str) -> Header {
        Header {
            id: id(),
            instant: now(),
            destination: Some(destination.to_owned()),
            issuer: self.entity_id(),
        }
    }
}

/// An identity provider by its metadata, which fit the schemas.
pub(super) fn provider(metadata: &str) -> IdentityProvider {
    saml_check::validate(metadata).unwrap_or_else(|error| panic!("{error}\n{metadata}"));
    let tree = Tree::parse(metadata.as_bytes(), &Limits::ENTITY).expect("metadata");
    IdentityProvider::read(tree.root()).unwrap_or_else(|problem| panic!("{problem}\n{metadata}"))
}

/// The values of an attribute.
pub(super) fn values<'a>(who: &'a Asserted, name: &str) -> Vec<&'a str> {
    let found = who.attributes.iter().find(|(known, _)| known == name);
    found.map_or_else(Vec::new, |(_, values)| {
        values.iter().map(String::as_str).collect()
    })
}
