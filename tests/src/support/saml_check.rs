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
const SIGNATURE: &str = "//*[local-name()='Signature' and namespace-uri()='http://www.w3.org/2000/09/xmldsig#']";

/// One that covers something else than the element that it lies in.
const ASTRAY: &str =
    "[count(.//*[local-name()='Reference'])!=1 or .//*[local-name()='Reference']/@URI!=concat('#',../@ID)]";

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
    command
        .args(["--enabled-key-data", "key-name,enc-key,encrypted-key"])
        .arg("--privkey-pem")
        .arg(&key);
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
