//! The SOAP binding (SAML Bindings §3.2): one message in the body of an envelope, for programs.

use super::{Binding, Received, Role};
use crate::names::ns;
use crate::xml::Writer;

impl Received {
    /// The envelope that a program has sent, or answered with.
    pub fn from_soap(bytes: Vec<u8>, role: Role) -> Self {
        Self {
            bytes,
            detached: None,
            binding: Binding::Soap,
            role,
            relay_state: None,
        }
    }
}

/// An envelope around a message that declares all its namespaces.
pub fn envelope(message: &str) -> String {
    let mut writer = Writer::new();
    writer
        .open("soap:Envelope", &[("xmlns:soap", ns::SOAP)])
        .open("soap:Body", &[])
        .element(message);
    writer.finish()
}

/// What a program gets whose envelope could not be read (SOAP 1.1 §4.4; SAML Bindings §3.2.3.3). `client`
/// when the fault is its own.
pub fn fault(client: bool, text: &str) -> String {
    let code = if client { "soap:Client" } else { "soap:Server" };
    let mut writer = Writer::new();
    writer
        .open("soap:Envelope", &[("xmlns:soap", ns::SOAP)])
        .open("soap:Body", &[])
        .open("soap:Fault", &[])
        .leaf("faultcode", &[], code)
        .leaf("faultstring", &[], text);
    writer.finish()
}
