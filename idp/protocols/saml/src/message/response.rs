//! The answer to a service (SAML Core §3.3.3): a status, and an assertion where it went well; signed and
//! encrypted as the service's registration says.

use super::assertion::Assertion;
use super::header::{Header, finish};
use super::status::Status;
use crate::encryption::{self, Recipient};
use crate::error::Problem;
use crate::key::SigningKey;
use crate::xml::Writer;

/// By whom and for whom an answer is sealed.
#[derive(Clone, Copy, Debug)]
pub struct Sealing<'a> {
    /// Signs.
    pub key: &'a SigningKey,
    /// The assertion is signed.
    pub assertion: bool,
    /// The answer as a whole is signed.
    pub response: bool,
    /// For whom the assertion is encrypted.
    pub encrypted_for: Option<&'a Recipient>,
    /// For whom the name alone is encrypted.
    pub name_encrypted_for: Option<&'a Recipient>,
}

impl Sealing<'_> {
    /// Everything signed, nothing encrypted.
    pub fn signed(key: &SigningKey) -> Sealing<'_> {
        Sealing {
            key,
            assertion: true,
            response: true,
            encrypted_for: None,
            name_encrypted_for: None,
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Identifier, instant, destination, issuer.
    pub header: Header,
    /// The request that it answers; none for one that nobody asked for.
    pub in_response_to: Option<String>,
    /// How it turned out.
    pub status: Status,
    /// What is said, where it went well.
    pub assertion: Option<Assertion>,
}

impl Response {
    /// Writes it.
    ///
    /// # Errors
    /// [`Problem::Own`]; [`Problem::Key`] when the recipient's key cannot encrypt.
    pub fn write(&self, sealing: &Sealing<'_>) -> Result<String, Problem> {
        let assertion = match &self.assertion {
            Some(assertion) => Some(sealed(assertion, sealing)?),
            None => None,
        };
        // A refusal has no assertion that could be signed instead.
        let key = (sealing.response || assertion.is_none()).then_some(sealing.key);
        let request = self.in_response_to.as_deref();
        let more: Vec<(&str, &str)> = request.map(|id| ("InResponseTo", id)).into_iter().collect();
        let mut writer = Writer::new();
        self.header.write(&mut writer, "samlp:Response", &more, key);
        self.status.write(&mut writer);
        if let Some(assertion) = &assertion {
            writer.element(assertion);
        }
        finish(writer, key)
    }
}

/// An assertion as it lies in the answer.
fn sealed(assertion: &Assertion, sealing: &Sealing<'_>) -> Result<String, Problem> {
    let key = sealing.assertion.then_some(sealing.key);
    let written = assertion.write(key, sealing.name_encrypted_for)?;
    match sealing.encrypted_for {
        Some(recipient) => encryption::encrypt(&written, "saml:EncryptedAssertion", recipient),
        None => Ok(written),
    }
}
