//! What others say of a SAML document: `xmlsec1` of its signatures and what is encrypted in it, `xmllint` of
//! the schemas that it must fit. Independent of every library that the hub is built on. Owns no opinion of
//! its own but one: a signature covers the element that it lies in.

use std::path::Path;
use std::process::{Command, Output};

use super::process::{Scratch, find_program};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/counterparts/saml.xsd");

/// Elements that are signed, with their namespaces: the programs know no identifiers by themselves.
const SIGNED: [&str; 9] = [
    "urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest",
    "urn:oasis:names:tc:SAML:2.0:protocol:Response",
    "urn:oasis:names:tc:SAML:2.0:protocol:LogoutRequest",
    "urn:oasis:names:tc:SAML:2.0:protocol:LogoutResponse",
    "urn:oasis:names:tc:SAML:2.0:protocol:ArtifactResolve",
    "urn:oasis:names:tc:SAML:2.0:protocol:ArtifactResponse",
    "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
    "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor",
    "urn:oasis:names:tc:SAML:2.0:metadata:EntitiesDescriptor",
];

/// A signature anywhere, in XPath.
const SIGNATURE: &str =
    "//*[local-name()='Signature' and namespace-uri()='http://www.w3.org/2000/09/xmldsig#']";

/// One that covers something else than the element that it lies in.
const ASTRAY: &str = "[count(.//*[local-name()='Reference'])!=1 or .//*[local-name()='Reference']/@URI!=concat('#',../@ID)]";

/// Verifies every signature in a document by a certificate (PEM) and by nothing that the document brings, and
/// gives how many there are.
///
/// # Errors
/// What the program says of the first one that is not good.
pub fn verify(xml: &str, certificate: &str) -> Result<usize, String> {
    let scratch = Scratch::new("xmlsec");
    let document = scratch.write("document.xml", xml);
    let certificate = scratch.write("certificate.pem", certificate);
    let astray = count(&document, &format!("{SIGNATURE}{ASTRAY}"))?;
    if astray > 0 {
        return Err(format!("{astray} signatures cover something else"));
    }
    let signatures = count(&document, SIGNATURE)?;
    for number in 1..=signatures {
        let mut command = xmlsec("--verify");
        for element in SIGNED {
            command.args(["--id-attr:ID", element]);
        }
        command
            .args(["--enabled-reference-uris", "same-doc"])
            // Certificates that it brings along are not looked at.
            .args(["--enabled-key-data", "key-name"])
            .arg("--pubkey-cert-pem")
            .arg(&certificate)
            .args(["--node-xpath", &format!("({SIGNATURE})[{number}]")]);
        succeeded(command.arg(&document).output())?;
    }
    Ok(signatures)
}

/// Opens the first thing in a document that is encrypted, by a private key (PEM), and gives the document with
/// that in its place.
///
/// # Errors
/// What the program says.
pub fn decrypt(xml: &str, key: &str) -> Result<String, String> {
    let scratch = Scratch::new("xmlsec");
    let document = scratch.write("document.xml", xml);
    let key = scratch.write("key.pem", key);
    let mut command = xmlsec("--decrypt");
    command.arg("--privkey-pem").arg(&key);
    succeeded(command.arg(&document).output())
}

/// Whether a document fits the schemas: a message, an assertion, metadata, an envelope of SOAP.
///
/// # Errors
/// Where it does not, in the program's words.
pub fn validate(xml: &str) -> Result<(), String> {
    let scratch = Scratch::new("schema");
    let document = scratch.write("document.xml", xml);
    let output = xmllint()
        .args(["--noout", "--schema", SCHEMA])
        .arg(&document)
        .output();
    succeeded(output).map(|_| ())
}

/// The certificates of a role's keys for signing in metadata, in PEM and in their order.
///
/// # Errors
/// What the program says of a document that is none.
pub fn signing_certificates(metadata: &str) -> Result<Vec<String>, String> {
    let scratch = Scratch::new("certificates");
    let document = scratch.write("document.xml", metadata);
    let key = "//*[local-name()='KeyDescriptor' and not(@use='encryption')]//*[local-name()='X509Certificate']";
    let number = count(&document, key)?;
    let one = |number| {
        let text = xpath(&document, &format!("string(({key})[{number}])"))?;
        let clean: String = text.split_whitespace().collect();
        Ok(pem("CERTIFICATE", &clean))
    };
    (1..=number).map(one).collect()
}

/// Base64 as PEM.
pub fn pem(kind: &str, base64: &str) -> String {
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n",
        lines.join("\n")
    )
}

fn count(document: &Path, what: &str) -> Result<usize, String> {
    let text = xpath(document, &format!("count({what})"))?;
    text.trim().parse().map_err(|_| text)
}

fn xpath(document: &Path, expression: &str) -> Result<String, String> {
    succeeded(
        xmllint()
            .args(["--xpath", expression])
            .arg(document)
            .output(),
    )
}

fn xmllint() -> Command {
    let mut command = Command::new(find_program(&["xmllint"], &[]));
    command.arg("--nonet");
    command
}

fn xmlsec(what: &str) -> Command {
    let program = find_program(&["xmlsec1"], &[]);
    let version = succeeded(Command::new(&program).arg("--version").output());
    let mut command = Command::new(program);
    command.arg(what);
    // Since 1.3 a key without a name in the document is not tried unless one says so.
    if version.is_ok_and(|version| !version.starts_with("xmlsec1 1.2.")) {
        command.arg("--lax-key-search");
    }
    command
}

fn succeeded(output: std::io::Result<Output>) -> Result<String, String> {
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    // It says of each schema that is here already that it does not fetch it.
    let said: Vec<&str> = said
        .lines()
        .filter(|line| !line.contains("Skipping import"))
        .collect();
    Err(said.join("\n"))
}

#[cfg(test)]
mod tests {
    use clau_saml::message::{AcsChoice, AuthnRequest, Header, NameIdPolicy, Sealing};

    use super::*;
    use crate::support::ca;
    use crate::support::process::free_port;
    use crate::support::saml_idp::{self, StandIn};
    use crate::support::saml_sp::Pair;

    /// A service that nobody runs, with a key for encryption.
    fn service(pair: &Pair) -> String {
        let certificate: String = pair
            .certificate
            .lines()
            .filter(|line| !line.contains("CERTIFICATE"))
            .collect();
        format!(
            r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.example/">
  <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="encryption"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
      <ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>
    </ds:KeyInfo></md:KeyDescriptor>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
      Location="https://sp.example/acs" index="0"/>
  </md:SPSSODescriptor>
</md:EntityDescriptor>"#
        )
    }

    fn request(idp: &StandIn) -> AuthnRequest {
        AuthnRequest {
            header: Header {
                id: "_asked".to_owned(),
                ..idp.header(None)
            },
            force_authn: false,
            is_passive: false,
            acs: AcsChoice::Index(0),
            attributes: None,
            name_id: NameIdPolicy::default(),
            context: None,
            scoping: None,
        }
    }

    #[tokio::test]
    async fn good_documents_are_good_and_changed_ones_are_not() {
        let idp = StandIn::start(free_port()).await;
        let certificates = signing_certificates(idp.metadata()).expect("metadata");
        let [rsa, ec] = certificates.as_slice() else {
            panic!("{certificates:?}");
        };
        assert_eq!(verify(idp.metadata(), rsa), Ok(1));
        assert!(verify(idp.metadata(), ec).is_err());
        assert!(verify(idp.metadata(), ca::authority().pem()).is_err());
        assert_eq!(validate(idp.metadata()), Ok(()));

        let pair = Pair::new("sp.example");
        let metadata = service(&pair);
        assert_eq!(validate(&metadata), Ok(()));
        let answer = idp.answer(&request(&idp), &metadata);
        for (key, certificate) in [(&idp.rsa, rsa), (&idp.ec, ec)] {
            let message = answer.write(&Sealing::signed(key)).expect("an answer");
            assert_eq!(verify(&message, certificate), Ok(2), "{message}");
            assert_eq!(validate(&message), Ok(()));
            // Inside both, and between them.
            for (good, bad) in [
                ("student", "teacher"),
                ("status:Success", "status:Responder"),
            ] {
                let changed = message.replacen(good, bad, 1);
                assert_ne!(changed, message);
                assert!(verify(&changed, certificate).is_err(), "{bad}");
            }
            let astray = message.replacen("URI=\"#_", "URI=\"#_x", 1);
            let why = verify(&astray, certificate).expect_err("refused");
            assert!(why.contains("cover something else"), "{why}");
        }
    }

    #[tokio::test]
    async fn what_is_encrypted_is_opened_by_its_key_alone_and_signed_inside() {
        let idp = StandIn::start(free_port()).await;
        let certificates = signing_certificates(idp.metadata()).expect("metadata");
        let pair = Pair::new("sp.example");
        let metadata = service(&pair);
        let answer = idp.answer(&request(&idp), &metadata);
        let recipient = saml_idp::recipient(&metadata);
        let sealing = Sealing {
            encrypted_for: recipient.as_ref(),
            ..Sealing::signed(&idp.rsa)
        };
        let message = answer.write(&sealing).expect("an answer");
        assert_eq!(verify(&message, &certificates[0]), Ok(1), "{message}");
        assert_eq!(validate(&message), Ok(()));
        assert!(!message.contains("student"), "{message}");
        assert!(decrypt(&message, &Pair::new("other").key).is_err());
        let opened = decrypt(&message, &pair.key).expect("opened");
        assert!(opened.contains("student"), "{opened}");
        let start = opened.find("<saml:Assertion").expect("an assertion");
        let end = opened.find("</saml:Assertion>").expect("its end");
        let assertion = &opened[start..end + "</saml:Assertion>".len()];
        assert_eq!(verify(assertion, &certificates[0]), Ok(1), "{assertion}");
        assert_eq!(validate(assertion), Ok(()));
    }

    #[test]
    fn what_does_not_fit_the_schemas_is_refused() {
        let assertion = |inside: &str| {
            format!(
                r#"<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0"
  IssueInstant="2026-11-26T09:00:00Z"><saml:Issuer>https://idp.example/</saml:Issuer>{inside}</saml:Assertion>"#
            )
        };
        let subject = "<saml:Subject><saml:NameID>a</saml:NameID></saml:Subject>";
        assert_eq!(validate(&assertion(subject)), Ok(()));
        let twice = format!("{subject}{subject}");
        for wrong in [
            assertion(&twice),
            assertion("<saml:AttributeStatement/>"),
            assertion(subject).replace("ID=\"_1\"", ""),
            assertion(subject).replace("2026-11-26T", "2026-11-26 "),
            assertion(subject).replace("saml:Assertion", "saml:Assertions"),
            "<a/>".to_owned(),
        ] {
            let why = validate(&wrong).expect_err(&wrong);
            assert!(why.contains("validity error"), "{why}");
        }
        let envelope = |body: &str| {
            format!(
                r#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{body}</e:Body></e:Envelope>"#
            )
        };
        assert_eq!(validate(&envelope(&assertion(subject))), Ok(()));
        assert!(validate(&envelope(&assertion(&twice))).is_err());
    }
}
