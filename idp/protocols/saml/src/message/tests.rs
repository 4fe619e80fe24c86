//! Messages under attack: what a service, a stranger or a stranger with a key of their own may try, each beside
//! the same message unharmed. The rules have the numbers of the security page; the attacks of one kind are in
//! one file.

mod answers;
mod asserted;
mod confusion;
mod encrypted;
mod mutations;
mod reading;
mod requests;
mod wrapping;

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_dsig::DsigContext;
use bergshamra_keys::KeysManager;
use bergshamra_xml::uppsala;
use clau_domain::time::Timestamp;

use super::*;
use crate::binding::Received;
use crate::encryption::DecryptionKey;
use crate::error::Problem;
use crate::key::{KeyKind, PeerKey, SigningKey};
use crate::names::{attribute_name, context, name_id, ns};
use crate::signature::{self, tests::key};
use crate::xml::Writer;

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);
pub(crate) const IDP: &str = "https://ent.example/saml/metadata";
pub(crate) const SP: &str = "https://sp.example/saml";
pub(crate) const ACS: &str = "https://sp.example/acs";
pub(crate) const REQUEST: &str = "_c0ffee";
/// Who the person is, in every message that is good.
pub(crate) const GENUINE: &str = "genuine-7f3a";
/// Who an attacker wants to be.
pub(crate) const FORGED: &str = "forged-1d2e";

/// The keys of everybody here; made once, because RSA keys take their time.
pub(crate) static RSA: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));
pub(crate) static EC: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::P256));
/// An attacker's, as good as anybody's.
pub(crate) static ATTACKER: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::P256));
pub(crate) static ATTACKER_RSA: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));
/// The service's, for what is encrypted.
pub(crate) static SERVICE: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));

pub(crate) fn peer(key: &SigningKey) -> PeerKey {
    key.certificate().key().expect("a key")
}

/// The keys of the identity provider's metadata.
pub(crate) fn trusted() -> Vec<PeerKey> {
    vec![peer(&RSA), peer(&EC)]
}

pub(crate) fn private(key: &SigningKey) -> DecryptionKey {
    DecryptionKey::from_pkcs8(&key.to_pkcs8().expect("PKCS#8")).expect("a key")
}

fn text(name: &str, values: &[&str]) -> Attribute {
    let values = values.iter().map(|value| Value::Text((*value).to_owned()));
    Attribute {
        name: name.to_owned(),
        format: attribute_name::URI,
        friendly_name: Some("name"),
        values: values.collect(),
    }
}

pub(crate) fn header(destination: Option<&str>, issuer: &str) -> Header {
    Header {
        id: "_5a17".to_owned(),
        instant: NOW,
        destination: destination.map(str::to_owned),
        issuer: issuer.to_owned(),
    }
}

/// What an identity provider answers.
pub(crate) fn answer() -> Response {
    Response {
        header: header(Some(ACS), IDP),
        in_response_to: Some(REQUEST.to_owned()),
        status: Status::success(),
        assertion: Some(Assertion {
            id: "_a55e".to_owned(),
            issuer: IDP.to_owned(),
            instant: NOW,
            name_id: NameId {
                value: GENUINE.to_owned(),
                format: name_id::PERSISTENT.to_owned(),
                name_qualifier: Some(IDP.to_owned()),
                sp_name_qualifier: Some(SP.to_owned()),
            },
            recipient: ACS.to_owned(),
            in_response_to: Some(REQUEST.to_owned()),
            audience: SP.to_owned(),
            authentication: Authentication {
                at: NOW,
                context: context::PASSWORD_PROTECTED_TRANSPORT.to_owned(),
                session_index: "_5e55".to_owned(),
                session_ends: NOW + Duration::from_secs(3600),
            },
            attributes: vec![
                text("urn:oid:2.5.4.4", &["Déléage <&> \"x\""]),
                text("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", &["member", "student"]),
            ],
        }),
    }
}

/// Which of the two is signed.
pub(crate) const SIGNED: [(&str, bool, bool); 3] = [
    ("assertion", true, false),
    ("response", false, true),
    ("both", true, true),
];

/// An answer that is good, by which signatures it may be.
pub(crate) fn sealed(key: &SigningKey, assertion: bool, response: bool) -> String {
    let sealing = Sealing {
        assertion,
        response,
        ..Sealing::signed(key)
    };
    answer().write(&sealing).expect("an answer")
}

/// An answer without any signature, as text to be changed and signed by [`resigned`].
pub(crate) fn bare() -> String {
    without(&sealed(&EC, false, true), "ds:Signature")
}

/// What the service expects.
pub(crate) fn expected<'a>(keys: &'a [PeerKey], decryption: &'a [DecryptionKey]) -> Expected<'a> {
    Expected {
        issuer: IDP,
        keys,
        audience: SP,
        recipient: ACS,
        in_response_to: Some(REQUEST),
        decryption,
        now: NOW,
    }
}

/// A message in the form that carries it.
pub(crate) fn posted(parameter: &str, xml: &str) -> Result<Received, Problem> {
    Received::from_form(&[(parameter.to_owned(), STANDARD.encode(xml))])
}

/// An answer, as the service takes it: verified where there is anything to verify.
pub(crate) fn receive(xml: &str, expected: &Expected<'_>) -> Result<Asserted, Problem> {
    let received = posted("SAMLResponse", xml)?;
    let opened = received.open()?;
    let authentic = if opened.is_signed() {
        opened.authenticate(expected.keys)?
    } else {
        opened.accept_unsigned()?
    };
    Asserted::read(&authentic, expected)?.map_err(|_| Problem::Refused("the status"))
}

/// What the service of these tests makes of an answer.
pub(crate) fn read(xml: &str) -> Result<Asserted, Problem> {
    receive(xml, &expected(&trusted(), &[]))
}

/// The first element of a name in a text: where it begins and where it ends. Its name must not occur in it
/// again.
pub(crate) fn range(xml: &str, name: &str) -> std::ops::Range<usize> {
    let begins = [" ", ">", "/>"].iter().filter_map(|after| {
        let tag = format!("<{name}{after}");
        xml.find(&tag)
    });
    let start = begins.min().unwrap_or_else(|| panic!("{name} in {xml}"));
    let close = format!("</{name}>");
    let tag = xml[start..].find('>').expect("a tag") + start + 1;
    if xml[..tag].ends_with("/>") {
        return start..tag;
    }
    let end = xml[start..].find(&close).expect("its end");
    start..start + end + close.len()
}

/// The first element of a name.
pub(crate) fn element<'x>(xml: &'x str, name: &str) -> &'x str {
    &xml[range(xml, name)]
}

/// Without the first element of a name.
pub(crate) fn without(xml: &str, name: &str) -> String {
    replaced(xml, name, "")
}

/// With the first element of a name replaced.
pub(crate) fn replaced(xml: &str, name: &str, by: &str) -> String {
    let range = range(xml, name);
    format!("{}{by}{}", &xml[..range.start], &xml[range.end..])
}

/// With one text in place of another, which must be there.
pub(crate) fn changed(xml: &str, from: &str, to: &str) -> String {
    assert!(xml.contains(from), "{from} in {xml}");
    xml.replacen(from, to, 1)
}

/// With something after the first place of a text.
pub(crate) fn after(xml: &str, place: &str, what: &str) -> String {
    changed(xml, place, &format!("{place}{what}"))
}

/// The place of a signature as our own messages have it.
pub(crate) fn place(id: &str, key: &SigningKey) -> String {
    let mut writer = Writer::new();
    signature::place(&mut writer, id, key);
    writer.finish()
}

/// Fills the first signature that is empty, whatever it looks like and wherever it stands: by the library and
/// not by the rules of this crate.
pub(crate) fn forged(xml: &str, signer: Box<dyn kryptering::Signer>) -> String {
    let mut document = uppsala::parse(xml).unwrap_or_else(|problem| panic!("{problem}: {xml}"));
    let empty = document
        .descendants(document.root())
        .into_iter()
        .find(|id| {
            let element = document.element(*id);
            element.is_some_and(|it| it.name.matches(Some(ns::DS), "SignatureValue"))
                && document.text_content_deep(*id).is_empty()
        });
    let node = empty.and_then(|value| document.parent(value));
    let node = node.expect("an empty signature");
    let context = DsigContext::new_permissive(KeysManager::new()).with_hsm_signer(signer);
    bergshamra_dsig::sign::sign_document_node(&context, &mut document, node)
        .unwrap_or_else(|problem| panic!("{problem}: {xml}"));
    document.to_xml()
}

/// A text of [`bare`], changed as it may be, with a signature over its assertion that is good.
pub(crate) fn resigned(xml: &str, key: &SigningKey) -> String {
    let assertion = range(xml, "saml:Assertion");
    let (before, rest) = xml.split_at(assertion.start);
    let issuer = rest
        .find("</saml:Issuer>")
        .map(|at| at + "</saml:Issuer>".len());
    let subject = rest.find("<saml:Subject").unwrap_or(rest.len());
    let tag = rest.find('>').expect("a tag") + 1;
    let at = issuer.filter(|at| *at <= subject).unwrap_or(tag);
    let (head, tail) = rest.split_at(at);
    forged(
        &format!("{before}{head}{}{tail}", place("_a55e", key)),
        Box::new(key.clone()),
    )
}

/// Signs the root of a message that has no signature, after its issuer.
pub(crate) fn resigned_root(xml: &str, id: &str, key: &SigningKey) -> String {
    let at = xml.find("</saml:Issuer>").expect("an issuer") + "</saml:Issuer>".len();
    let (head, tail) = xml.split_at(at);
    forged(
        &format!("{head}{}{tail}", place(id, key)),
        Box::new(key.clone()),
    )
}

/// Whether a reading was refused; says what was refused if it was not.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(reading: Result<T, Problem>, attack: &str) -> Problem {
    match reading {
        Err(problem) => problem,
        Ok(read) => panic!("{attack}: read as {read:?}"),
    }
}
