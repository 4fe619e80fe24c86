//! samael's service-provider side (a crate over the C library xmlsec), in this process: there is no server, so
//! a test carries messages by hand. Behind the feature `samael`. It decides nothing that anybody trusts: what it
//! does wrong is known (`idp/server/handbook/architecture.md`), and it is here because it disagrees with others.
//!
//! Its logouts are not used: its request for one cannot be signed as a browser carries it.

use openssl::pkey::{PKey, Private};
use samael::crypto::AllowedSignatureAlgorithm;
use samael::metadata::{EntityDescriptor, HTTP_REDIRECT_BINDING};
use samael::schema::Assertion;
use samael::service_provider::ServiceProvider;
use samael::traits::ToXml as _;

use super::saml_sp::Pair;

/// How the service is called. Nobody listens there.
pub const ENTITY_ID: &str = "https://samael.essais.example/metadata";
/// Where answers would go.
pub const ACS: &str = "https://samael.essais.example/acs";

/// A service that is known to a hub or is about to be.
#[derive(Clone, Debug)]
pub struct Samael {
    pair: Pair,
}

/// A request that waits for its answer.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its identifier.
    pub id: String,
    /// Where a visitor goes with it: the hub.
    pub url: String,
}

/// What the service wants of one login.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes<'a> {
    /// A new login.
    pub force: bool,
    /// Nobody is to be asked.
    pub passive: bool,
    /// How people are to be called: a format.
    pub name_id: Option<&'a str>,
}

/// What the service learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// The name, and its format.
    pub name_id: (String, Option<String>),
    /// Attributes by name.
    pub attributes: Vec<(String, Vec<String>)>,
    /// How the person has signed in.
    pub context: Option<String>,
    /// What the hub calls the session.
    pub session_index: Option<String>,
}

impl Samael {
    /// A service with a key of its own.
    pub fn new() -> Self {
        Self {
            pair: Pair::new("samael"),
        }
    }

    /// Its metadata, as samael writes it.
    pub fn metadata(&self) -> String {
        self.provider(EntityDescriptor::default())
            .metadata()
            .expect("metadata")
            .to_string()
            .expect("XML")
    }

    /// The same with a key for encryption. samael writes there `signing` where it means the other, and ciphers
    /// that it should not want.
    pub fn metadata_with_encryption(&self) -> String {
        let metadata = self.metadata();
        let place = metadata.rfind("use=\"signing\"").expect("two keys");
        let (before, after) = metadata.split_at(place);
        let after = after
            .replacen("use=\"signing\"", "use=\"encryption\"", 1)
            .replace(
                "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
                "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            );
        format!("{before}{after}")
    }

    /// Begins a login at the hub that this metadata describes, with a signed request.
    pub fn ask(&self, hub: &str, relay: &str, wishes: Wishes<'_>) -> Asked {
        let mut provider = self.provider(hub.parse().expect("the metadata of a hub"));
        provider.force_authn = wishes.force;
        provider.authn_name_id_format = wishes.name_id.map(str::to_owned);
        let sso = provider
            .sso_binding_location(HTTP_REDIRECT_BINDING)
            .expect("an address that takes requests by redirect");
        let mut request = provider
            .make_authentication_request(&sso)
            .expect("a request");
        request.is_passive = wishes.passive.then_some(true);
        let url = request
            .signed_redirect(relay, &self.key())
            .expect("signed")
            .expect("an address");
        Asked {
            id: request.id,
            url: url.into(),
        }
    }

    /// Reads an answer to one request, as a form brings it.
    ///
    /// # Errors
    /// What samael says of one that it does not take.
    pub fn read(&self, hub: &str, answer: &str, asked: &Asked) -> Result<Learnt, String> {
        let mut provider = self.provider(hub.parse().expect("the metadata of a hub"));
        let mut read = |turned: bool| {
            let roles = provider.idp_metadata.idp_sso_descriptors.iter_mut();
            for role in roles.flatten().filter(|_| turned) {
                role.key_descriptors.reverse();
            }
            provider
                .parse_base64_response(answer, Some(&[asked.id.as_str()]))
                .map_err(|error| error.to_string())
        };
        // It gives up at the first key that is of another kind than the signature.
        let as_it_is = read(false);
        as_it_is
            .or_else(|why| read(true).map_err(|_| why))
            .map(Learnt::from)
    }

    fn provider(&self, hub: EntityDescriptor) -> ServiceProvider {
        let certificate = openssl::x509::X509::from_pem(self.pair.certificate.as_bytes())
            .and_then(|certificate| certificate.to_der())
            .expect("our own certificate");
        ServiceProvider {
            entity_id: Some(ENTITY_ID.to_owned()),
            metadata_url: Some(ENTITY_ID.to_owned()),
            acs_url: Some(ACS.to_owned()),
            slo_url: Some("https://samael.essais.example/slo".to_owned()),
            key: Some(self.key()),
            certificate: Some(certificate.into()),
            idp_metadata: hub,
            // All others too, if it is not told.
            allowed_signature_algorithms: Some(vec![
                AllowedSignatureAlgorithm::RsaSha256,
                AllowedSignatureAlgorithm::EcdsaSha256,
            ]),
            ..ServiceProvider::default()
        }
    }

    fn key(&self) -> PKey<Private> {
        PKey::private_key_from_pem(self.pair.key.as_bytes()).expect("our own key")
    }
}

impl Default for Samael {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Assertion> for Learnt {
    fn from(assertion: Assertion) -> Self {
        let name = assertion
            .subject
            .and_then(|subject| subject.name_id)
            .map(|name| (name.value, name.format));
        let statements = assertion.authn_statements.unwrap_or_default();
        let attributes = assertion
            .attribute_statements
            .unwrap_or_default()
            .into_iter()
            .flat_map(|statement| statement.attributes)
            .map(|attribute| {
                let values = attribute.values.into_iter();
                let texts = values.filter_map(|value| value.value).collect();
                (attribute.name.unwrap_or_default(), texts)
            });
        let statement = statements.first();
        Self {
            name_id: name.unwrap_or_default(),
            attributes: attributes.collect(),
            context: statement
                .and_then(|statement| statement.authn_context.as_ref())
                .and_then(|context| context.value.as_ref())
                .and_then(|class| class.value.clone()),
            session_index: statement.and_then(|statement| statement.session_index.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use clau_saml::message::{Sealing, Status, StatusCode};
    use reqwest::StatusCode as Http;
    use reqwest::header::{HeaderMap, LOCATION};

    use super::*;
    use crate::support::http::Answer;
    use crate::support::process::free_port;
    use crate::support::saml_check;
    use crate::support::saml_idp::{self, StandIn};

    const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

    fn departure(asked: &Asked) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, asked.url.parse().expect("an address"));
        Answer {
            url: ACS.parse().expect("an address"),
            status: Http::FOUND,
            headers,
            body: String::new(),
        }
    }

    #[tokio::test]
    async fn samael_asks_takes_good_answers_and_refuses_others() {
        let idp = StandIn::start(free_port()).await;
        let samael = Samael::new();
        let plain = samael.metadata();
        let sealed = samael.metadata_with_encryption();
        for metadata in [&plain, &sealed] {
            saml_check::validate(metadata).unwrap_or_else(|error| panic!("{error}\n{metadata}"));
        }
        assert!(saml_idp::recipient(&plain).is_none());

        let wishes = Wishes {
            force: true,
            passive: true,
            name_id: Some(PERSISTENT),
        };
        let asked = samael.ask(idp.metadata(), "aller 1", wishes);
        let request = idp.asked(&plain, &departure(&asked));
        assert!(request.force_authn && request.is_passive, "{request:?}");
        assert_eq!(request.name_id.format.as_deref(), Some(PERSISTENT));

        let asked = samael.ask(idp.metadata(), "", Wishes::default());
        let request = idp.asked(&plain, &departure(&asked));
        assert!(!request.force_authn && !request.is_passive, "{request:?}");
        let answer = idp.answer(&request, &plain);
        let said = answer.assertion.as_ref().expect("a login");
        let recipient = saml_idp::recipient(&sealed);
        for (key, response, assertion, encrypted) in [
            (&idp.rsa, true, true, false),
            (&idp.rsa, true, false, false),
            (&idp.rsa, false, true, false),
            (&idp.ec, true, true, false),
            (&idp.rsa, true, true, true),
        ] {
            let sealing = Sealing {
                key,
                response,
                assertion,
                encrypted_for: recipient.as_ref().filter(|_| encrypted),
                name_encrypted_for: None,
            };
            let case = format!("{response} {assertion} {encrypted}");
            let message = answer.write(&sealing).expect("an answer");
            let learnt = samael
                .read(idp.metadata(), &STANDARD.encode(&message), &asked)
                .unwrap_or_else(|error| panic!("{case}: {error}\n{message}"));
            assert_eq!(learnt.name_id.0, said.name_id.value, "{case}");
            assert_eq!(learnt.attributes.len(), said.attributes.len(), "{case}");
            assert_eq!(learnt.attributes[0].1, ["Léa <&>"], "{case}");
            assert_eq!(learnt.attributes[1].1, ["student", "member"], "{case}");
            let context = Some(&said.authentication.context);
            assert_eq!(learnt.context.as_ref(), context, "{case}");

            // Changed in what is signed; or an answer to another request.
            let (good, bad) = if encrypted {
                ("status:Success", "status:Success ")
            } else {
                ("student", "teacher")
            };
            let changed = STANDARD.encode(message.replacen(good, bad, 1));
            assert!(samael.read(idp.metadata(), &changed, &asked).is_err());
            let other = samael.ask(idp.metadata(), "", Wishes::default());
            let message = STANDARD.encode(&message);
            assert!(samael.read(idp.metadata(), &message, &other).is_err());
        }

        let status = Status::responder(StatusCode::NoPassive, "nobody is here");
        let refusal = idp.refusal(&request, &plain, status);
        let message = STANDARD.encode(idp.seal(&refusal, &plain));
        let why = samael.read(idp.metadata(), &message, &asked);
        let why = why.expect_err("refused");
        assert!(why.contains("status:Responder"), "{why}");
    }
}
