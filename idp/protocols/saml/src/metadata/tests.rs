//! Metadata as partners write it, as federations publish it, and as nobody should.

mod document;
mod own;
mod provider;
mod service;
mod strange;

use std::sync::LazyLock;
use std::time::Duration;

use clau_domain::time::Timestamp;

use super::*;
use crate::error::Problem;
use crate::key::{Certificate, KeyKind, SigningKey};
use crate::names::{binding, name_id, ns};
use crate::signature::tests::key;
use crate::xml::{Limits, Tree};

/// 2026-11-23T08:00:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Keys take long to make, and these are nobody's secret.
static RSA: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));
static OTHER: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));

/// Documents as programs write them, with room for certificates.
const SAMPLES: [(&str, &str); 6] = [
    ("shibboleth", include_str!("tests/samples/shibboleth.xml")),
    (
        "simplesamlphp",
        include_str!("tests/samples/simplesamlphp.xml"),
    ),
    ("mellon", include_str!("tests/samples/mellon.xml")),
    ("adfs", include_str!("tests/samples/adfs.xml")),
    ("renater", include_str!("tests/samples/renater.xml")),
    ("renater-idp", include_str!("tests/samples/renater-idp.xml")),
];

fn sample(name: &str) -> String {
    let found = SAMPLES.iter().find(|(known, _)| *known == name);
    with_certificates(found.expect("a sample").1)
}

fn with_certificates(text: &str) -> String {
    text.replace("@CERTIFICATE@", &lines(RSA.certificate()))
        .replace("@OTHER@", &lines(OTHER.certificate()))
}

/// Base64 over lines, as nearly everybody writes it.
fn lines(certificate: &Certificate) -> String {
    let base64 = certificate.base64();
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("ASCII"))
        .collect();
    lines.join("\n")
}

/// The metadata of one entity, handed in by an operator.
fn given(now: Timestamp) -> Trust<'static> {
    Trust {
        pinned: &[],
        now,
        longest_life: None,
    }
}

fn service(xml: &str) -> Result<ServiceProvider, Problem> {
    let document = Document::entity(xml.as_bytes(), &given(NOW))?;
    ServiceProvider::read(document.root())
}

fn provider(xml: &str) -> Result<IdentityProvider, Problem> {
    let document = Document::entity(xml.as_bytes(), &given(NOW))?;
    IdentityProvider::read(document.root())
}

/// A service with `inside` as its role, which the schema might not like.
fn written(role: &str, inside: &str) -> String {
    format!(
        r#"<md:EntityDescriptor xmlns:md="{md}" xmlns:ds="{ds}" entityID="https://sp.example/saml">
  <md:SPSSODescriptor {role} protocolSupportEnumeration="{samlp}">{inside}</md:SPSSODescriptor>
</md:EntityDescriptor>"#,
        md = ns::MD,
        ds = ns::DS,
        samlp = ns::SAMLP,
    )
}

fn acs(index: u16, binding: &str, location: &str, more: &str) -> String {
    format!(
        r#"<md:AssertionConsumerService index="{index}" Binding="{binding}" Location="{location}" {more}/>"#
    )
}

fn key_descriptor(more: &str, certificate: &str, methods: &[&str]) -> String {
    let methods: String = methods
        .iter()
        .map(|method| format!(r#"<md:EncryptionMethod Algorithm="{method}"/>"#))
        .collect();
    format!(
        "<md:KeyDescriptor {more}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}\
         </ds:X509Certificate></ds:X509Data></ds:KeyInfo>{methods}</md:KeyDescriptor>"
    )
}
