//! Bindings under attack: queries that are put together by hand (SIG-09), forms, envelopes, artifacts.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clau_domain::random::SeededForTests;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::*;
use crate::error::Problem;
use crate::key::SigningKey;
use crate::message::tests::{
    ACS, ATTACKER, EC, IDP, NOW, RSA, SP, answer, header, resigned_root, sealed, trusted,
};
use crate::message::{AcsChoice, AuthnRequest, Kind, LogoutRequest, NameIdPolicy, Sealing, Status};
use crate::xml::Limits;

const SSO: &str = "https://ent.example/saml/sso";

fn request() -> AuthnRequest {
    AuthnRequest {
        header: header(Some(SSO), SP),
        force_authn: true,
        is_passive: false,
        acs: AcsChoice::Location {
            location: ACS.to_owned(),
            binding: None,
        },
        attributes: None,
        name_id: NameIdPolicy::default(),
        context: None,
        scoping: None,
    }
}

fn xml() -> String {
    request().write(None).expect("a request")
}

fn deflated(bytes: &[u8]) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("a buffer");
    STANDARD.encode(encoder.finish().expect("a buffer"))
}

/// How somebody writes a value into a query.
type Encoding<'a> = &'a dyn Fn(&str) -> String;

/// Percent-encoding in capitals, as most write it.
fn upper(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(byte).collect()
}

/// The same in small letters, as .NET writes it.
fn lower(text: &str) -> String {
    let upper = upper(text);
    let mut small = String::new();
    let mut digits = 0;
    for c in upper.chars() {
        small.push(if digits > 0 {
            c.to_ascii_lowercase()
        } else {
            c
        });
        digits = if c == '%' { 2 } else { digits.max(1) - 1 };
    }
    small
}

/// A query whose parts are encoded by `encode`, signed as it stands.
struct Query<'a> {
    message: String,
    relay_state: Option<String>,
    algorithm: String,
    key: &'a SigningKey,
}

impl Query<'_> {
    fn new(encode: impl Fn(&str) -> String, relay_state: Option<&str>) -> Query<'static> {
        Query {
            message: format!("SAMLRequest={}", encode(&deflated(xml().as_bytes()))),
            relay_state: relay_state.map(|state| format!("RelayState={}", encode(state))),
            algorithm: format!("SigAlg={}", encode(EC.algorithm().uri())),
            key: &EC,
        }
    }

    /// What is signed.
    fn octets(&self) -> String {
        let parts = [
            Some(&self.message),
            self.relay_state.as_ref(),
            Some(&self.algorithm),
        ];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join("&")
    }

    fn signature(&self) -> String {
        let signature = self.key.signature(self.octets().as_bytes()).expect("signs");
        format!("Signature={}", upper(&STANDARD.encode(signature)))
    }

    fn text(&self) -> String {
        format!("{}&{}", self.octets(), self.signature())
    }
}

/// Reads a query that must be signed.
fn read(query: &str) -> Result<(AuthnRequest, Option<String>), Problem> {
    let received = Received::from_query(query)?;
    let keys = trusted();
    let opened = received.open()?;
    let authentic = opened.authenticate(&keys)?;
    Ok((
        AuthnRequest::read(&authentic)?,
        received.relay_state.clone(),
    ))
}

#[test]
fn sig_09_what_is_verified_is_what_came_however_it_is_encoded() {
    let state = "a b+c&d=é/%41";
    let plus = |text: &str| upper(text).replace("%20", "+");
    // Not encoded where it need not be.
    let sparse = |text: &str| {
        upper(text)
            .replace("%2F", "/")
            .replace("%3A", ":")
            .replace("%3D", "=")
    };
    let everything = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect::<String>()
    };
    let encodings: [(&str, Encoding<'_>); 5] = [
        ("capitals", &upper),
        ("small letters", &lower),
        ("plus", &plus),
        ("sparse", &sparse),
        ("everything", &everything),
    ];
    for (name, encode) in encodings {
        let query = Query::new(encode, Some(state));
        assert_eq!(
            read(&query.text()),
            Ok((request(), Some(state.to_owned()))),
            "{name}"
        );
        let none = Query::new(encode, None);
        assert_eq!(read(&none.text()), Ok((request(), None)), "{name}");
        // The same values, encoded otherwise than they were signed.
        for (other, encode) in encodings {
            let other_query = Query::new(encode, Some(state));
            let text = format!("{}&{}", other_query.octets(), query.signature());
            let same = other_query.octets() == query.octets();
            assert_eq!(read(&text).is_ok(), same, "{name} as {other}");
        }
    }
    // Parameters in any order: what was signed has one (SAML Bindings §3.4.4.1).
    let query = Query::new(upper, Some(state));
    let parts = [
        query.message.clone(),
        query.relay_state.clone().expect("a state"),
        query.algorithm.clone(),
        query.signature(),
    ];
    for order in [[3, 2, 1, 0], [1, 0, 2, 3], [2, 3, 0, 1], [0, 3, 1, 2]] {
        let text: Vec<&str> = order.iter().map(|index| parts[*index].as_str()).collect();
        assert!(read(&text.join("&")).is_ok(), "{order:?}");
        assert!(
            read(&format!("x=y&{}&z", text.join("&"))).is_ok(),
            "others among them"
        );
    }
    // And signed in another one it is wrong.
    let swapped = format!("{}&{}&{}", parts[1], parts[0], parts[2]);
    let signature = EC.signature(swapped.as_bytes()).expect("signs");
    let text = format!("{swapped}&Signature={}", upper(&STANDARD.encode(signature)));
    assert_eq!(read(&text), Err(Problem::WrongSignature));
}

#[test]
fn sig_09_no_parameter_comes_twice_or_under_a_hidden_name() {
    let query = Query::new(upper, Some("state"));
    let good = query.text();
    assert!(read(&good).is_ok());
    let evil = upper(&deflated(
        xml()
            .replace("ForceAuthn=\"true\"", "ForceAuthn=\"false\"")
            .as_bytes(),
    ));
    for name in [
        "SAMLRequest",
        "RelayState",
        "SigAlg",
        "Signature",
        "SAMLEncoding",
    ] {
        let hidden = format!("{}%{:02x}{}", &name[..3], name.as_bytes()[3], &name[4..]);
        let value = if name == "SAMLEncoding" {
            upper("urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE")
        } else {
            evil.clone()
        };
        let again = if name == "SAMLEncoding" {
            format!("&{name}={value}")
        } else {
            String::new()
        };
        for second in [
            format!("{name}={value}"),
            format!("{hidden}={value}"),
            format!("{name}="),
            name.to_owned(),
        ] {
            for text in [
                format!("{good}{again}&{second}"),
                format!("{second}&{good}{again}"),
            ] {
                assert!(matches!(read(&text), Err(Problem::Binding(_))), "{text}");
            }
        }
    }
    // Under a hidden name alone it is the same parameter.
    let hidden = good.replacen("SAMLRequest", "SAML%52equest", 1);
    assert!(read(&hidden).is_ok());
    // In other letters it is another one.
    let small = good.replacen("SAMLRequest", "samlrequest", 1);
    assert!(matches!(read(&small), Err(Problem::Binding(_))));
    for both in [
        format!("{good}&SAMLResponse={evil}"),
        format!("SAMLResponse={evil}&{good}"),
        format!("{good}&SAMLResponse"),
    ] {
        assert!(matches!(read(&both), Err(Problem::Binding(_))), "{both}");
    }
}

#[test]
fn sig_09_every_part_is_signed() {
    let state = Query::new(upper, Some("state"));
    let stateless = Query::new(upper, None);
    let other = Query {
        message: format!(
            "SAMLRequest={}",
            upper(&deflated(
                xml().replace(ACS, "https://evil.example").as_bytes()
            ))
        ),
        ..Query::new(upper, Some("state"))
    };
    let with = |query: &Query<'_>, signature: String| format!("{}&{signature}", query.octets());
    for (name, text) in [
        ("a state that is added", with(&state, stateless.signature())),
        ("a state that is gone", with(&stateless, state.signature())),
        (
            "another state",
            with(&Query::new(upper, Some("other")), state.signature()),
        ),
        (
            "an empty state",
            with(&Query::new(upper, Some("")), stateless.signature()),
        ),
        ("another message", with(&other, state.signature())),
    ] {
        assert_eq!(read(&text), Err(Problem::WrongSignature), "{name}");
    }
    // Under the name of an answer.
    let renamed = state.text().replacen("SAMLRequest", "SAMLResponse", 1);
    assert!(read(&renamed).is_err());
    let octets = state.octets().replacen("SAMLRequest", "SAMLResponse", 1);
    let signature = EC.signature(octets.as_bytes()).expect("signs");
    let text = format!(
        "{}&Signature={}",
        state.octets(),
        upper(&STANDARD.encode(signature))
    );
    assert_eq!(read(&text), Err(Problem::WrongSignature));
    // By somebody else, by no key, or not at all.
    let foreign = Query {
        key: &ATTACKER,
        ..Query::new(upper, None)
    };
    assert_eq!(read(&foreign.text()), Err(Problem::WrongSignature));
    let received = Received::from_query(&stateless.text()).expect("a query");
    let opened = received.open().expect("a request");
    assert_eq!(opened.authenticate(&[]).map(drop), Err(Problem::NoKey));
    assert_eq!(
        opened.accept_unsigned().map(drop),
        Err(Problem::WrongSignature)
    );
    assert!(opened.is_signed());
    assert_eq!(read(&stateless.message), Err(Problem::Unsigned));
}

#[test]
fn sig_09_signature_and_algorithm_come_together() {
    let query = Query::new(upper, Some("state"));
    let (message, state) = (&query.message, query.relay_state.clone().expect("a state"));
    let (algorithm, signature) = (&query.algorithm, query.signature());
    for (name, text) in [
        ("no algorithm", format!("{message}&{state}&{signature}")),
        ("no signature", format!("{message}&{state}&{algorithm}")),
    ] {
        assert!(matches!(read(&text), Err(Problem::Binding(_))), "{name}");
    }
    for (name, text) in [
        (
            "an empty algorithm",
            format!("{message}&{state}&SigAlg=&{signature}"),
        ),
        (
            "an unknown one",
            format!("{message}&{state}&SigAlg=none&{signature}"),
        ),
        (
            "no Base64",
            format!("{message}&{state}&{algorithm}&Signature=*"),
        ),
    ] {
        assert!(matches!(read(&text), Err(Problem::Signature(_))), "{name}");
    }
    let empty = format!("{message}&{state}&{algorithm}&Signature=");
    assert_eq!(read(&empty), Err(Problem::WrongSignature));
    // Lines in a signature, as some encoders leave them.
    let value = query.key.signature(query.octets().as_bytes());
    let value = STANDARD.encode(value.expect("signs"));
    let (head, tail) = value.split_at(40);
    let lines = upper(&format!("{head}\r\n{tail}\r\n"));
    assert!(read(&format!("{message}&{state}&{algorithm}&Signature={lines}")).is_ok());
}

#[test]
fn sig_05_the_algorithm_of_a_query_is_one_of_the_list() {
    for uri in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
    ] {
        let query = Query {
            algorithm: format!("SigAlg={}", upper(uri)),
            ..Query::new(upper, None)
        };
        assert!(
            matches!(read(&query.text()), Err(Problem::Signature(_))),
            "{uri}"
        );
    }
    // One of the list that is not the key's.
    for uri in [
        RSA.algorithm().uri(),
        Algorithm::EcdsaSha384.uri(),
        Algorithm::PssSha256.uri(),
    ] {
        let query = Query {
            algorithm: format!("SigAlg={}", upper(uri)),
            ..Query::new(upper, None)
        };
        assert_eq!(read(&query.text()), Err(Problem::WrongSignature), "{uri}");
    }
    // A certificate as the secret of an HMAC, whatever it is called.
    let query = Query::new(upper, None);
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, EC.certificate().der());
    let octets = query.octets().replace("ecdsa-sha256", "hmac-sha256");
    let tag = aws_lc_rs::hmac::sign(&secret, octets.as_bytes());
    for octets in [octets, query.octets()] {
        let text = format!(
            "{octets}&Signature={}",
            upper(&STANDARD.encode(tag.as_ref()))
        );
        assert!(read(&text).is_err());
    }
}

#[test]
fn sig_09_no_signature_within_a_message_of_a_query() {
    let inside = request().write(Some(&EC)).expect("a request");
    for (name, message) in [
        ("in its place", inside.clone()),
        ("anywhere", xml().replace("</samlp:AuthnRequest>", "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/></samlp:AuthnRequest>")),
    ] {
        let query = Query {
            message: format!("SAMLRequest={}", upper(&deflated(message.as_bytes()))),
            ..Query::new(upper, None)
        };
        for text in [query.text(), query.message.clone()] {
            assert!(matches!(read(&text), Err(Problem::Signature(_))), "{name}");
        }
    }
    // By form it is where it belongs.
    let form = [("SAMLRequest".to_owned(), STANDARD.encode(&inside))];
    let received = Received::from_form(&form).expect("a form");
    assert!(
        received
            .open()
            .expect("a request")
            .authenticate(&trusted())
            .is_ok()
    );
}

#[test]
fn xml_03_a_bomb_does_not_go_off() {
    let most = Limits::PROTOCOL.bytes;
    let spaces = |count: usize| {
        let xml = xml();
        let padding = " ".repeat(count - xml.len());
        deflated(format!("{xml}{padding}").as_bytes())
    };
    let query = |message: &str| format!("SAMLRequest={}", upper(message));
    let open =
        |message: &str| Received::from_query(&query(message)).and_then(|it| it.open().map(drop));
    assert_eq!(open(&spaces(most)), Ok(()));
    assert_eq!(open(&spaces(most + 1)), Err(Problem::TooLarge("bytes")));
    // Ten megabytes of nothing in ten kilobytes.
    let bomb = deflated(&vec![b' '; 10 * 1024 * 1024]);
    assert!(bomb.len() < 20 * 1024);
    // Before anything is parsed.
    let unpacked = |message: &str| Received::from_query(&query(message)).map(drop);
    assert_eq!(unpacked(&bomb), Err(Problem::TooLarge("bytes")));
    assert_eq!(unpacked(&spaces(most + 1)), Err(Problem::TooLarge("bytes")));
    // What is not deflated, or not to its end.
    let good = STANDARD.decode(deflated(xml().as_bytes())).expect("Base64");
    for bytes in [
        &b""[..],
        b"\xff\xff",
        xml().as_bytes(),
        &good[..good.len() / 2],
    ] {
        assert!(open(&STANDARD.encode(bytes)).is_err());
    }
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(xml().as_bytes()).expect("a buffer");
    assert!(open(&STANDARD.encode(zlib.finish().expect("a buffer"))).is_err());
    // Something behind the end, as of senders who leave zlib's checksum there: not read.
    let longer = [good.as_slice(), b"\x01\x02\x03\x04"].concat();
    assert_eq!(open(&STANDARD.encode(longer)), Ok(()));
    for encoding in [
        "DEFLATE",
        "",
        "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:GZIP",
    ] {
        let text = format!(
            "{}&SAMLEncoding={}",
            query(&deflated(xml().as_bytes())),
            upper(encoding)
        );
        assert!(
            matches!(Received::from_query(&text), Err(Problem::Binding(_))),
            "{encoding}"
        );
    }
    let named = format!(
        "{}&SAMLEncoding={}",
        query(&deflated(xml().as_bytes())),
        upper("urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE")
    );
    assert!(Received::from_query(&named).is_ok());
}

#[test]
fn sig_09_our_own_addresses_are_read() {
    for key in [None, Some(&*RSA), Some(&*EC)] {
        for (location, relay_state) in [
            (SSO, None),
            ("https://idp.example/sso?a=b", Some("state")),
            (SSO, Some("é &=+%41\"<>#")),
        ] {
            let address = Address {
                location,
                role: Role::Request,
                relay_state,
            };
            let url = address.with(&xml(), key).expect("an address");
            let query = url.strip_prefix(location).expect("the location");
            let query = query.trim_start_matches(['?', '&']);
            assert!(
                query
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && !b"\"<>#".contains(&byte))
            );
            let received = Received::from_query(query).expect("a query");
            assert_eq!(received.relay_state.as_deref(), relay_state);
            let opened = received.open().expect("a request");
            let keys = trusted();
            let authentic = match key {
                Some(_) => opened.authenticate(&keys),
                None => opened.accept_unsigned(),
            };
            let authentic = authentic.expect("authentic");
            assert_eq!(authentic.is_signed(), key.is_some());
            assert_eq!(AuthnRequest::read(&authentic), Ok(request()));
        }
    }
}

#[test]
fn saml_13_what_goes_back_with_the_answer_has_a_length() {
    let form = |state: &str| {
        let fields = [
            ("SAMLRequest".to_owned(), STANDARD.encode(xml())),
            ("RelayState".to_owned(), state.to_owned()),
        ];
        Received::from_form(&fields).map(|received| received.relay_state)
    };
    let query = |state: &str| {
        let query = Query::new(upper, Some(state));
        Received::from_query(&query.text()).map(|received| received.relay_state)
    };
    let longest = "x".repeat(LONGEST_FOREIGN_RELAY_STATE);
    for (state, expected) in [
        ("state", Some("state")),
        ("", None),
        ("https://evil.example/", Some("https://evil.example/")),
        (longest.as_str(), Some(longest.as_str())),
    ] {
        assert_eq!(form(state).expect("a form").as_deref(), expected);
        assert_eq!(query(state).expect("a query").as_deref(), expected);
    }
    let longer = format!("{longest}x");
    assert!(matches!(form(&longer), Err(Problem::Binding(_))));
    assert!(matches!(query(&longer), Err(Problem::Binding(_))));
    // Its length is that of what it says, not of how it is encoded.
    assert!(query(&"é".repeat(LONGEST_FOREIGN_RELAY_STATE / 2)).is_ok());
}

#[test]
fn saml_01_a_form_has_one_message_in_strict_base64() {
    let message = STANDARD.encode(sealed(&EC, true, true));
    let fields = |fields: &[(&str, &str)]| {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Received::from_form(&fields.collect::<Vec<_>>())
    };
    let read =
        fields(&[("x", "y"), ("SAMLResponse", &message), ("RelayState", "a")]).expect("a form");
    assert_eq!((read.role, read.binding), (Role::Response, Binding::Post));
    assert_eq!(read.open().map(|opened| opened.kind()), Ok(Kind::Response));
    let lines: Vec<String> = message
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    assert!(fields(&[("SAMLResponse", &lines.join("\r\n"))]).is_ok());
    let long = "A".repeat(Limits::PROTOCOL.bytes * 3 / 2 + 4);
    for (name, bad) in [
        ("none", vec![("x", message.as_str())]),
        (
            "two",
            vec![
                ("SAMLResponse", message.as_str()),
                ("SAMLResponse", message.as_str()),
            ],
        ),
        (
            "both",
            vec![
                ("SAMLResponse", message.as_str()),
                ("SAMLRequest", message.as_str()),
            ],
        ),
        (
            "two states",
            vec![
                ("SAMLResponse", message.as_str()),
                ("RelayState", "a"),
                ("RelayState", "a"),
            ],
        ),
        (
            "an alphabet for addresses",
            vec![("SAMLResponse", "PD94-_==")],
        ),
        ("bits at the end", vec![("SAMLResponse", "PD95")]),
        ("padding that is missing", vec![("SAMLResponse", "PD9")]),
        ("padding in the middle", vec![("SAMLResponse", "PD8=PD8=")]),
        ("nothing", vec![("SAMLResponse", "")]),
        ("too long", vec![("SAMLResponse", long.as_str())]),
    ] {
        let open = fields(&bad).and_then(|received| received.open().map(drop));
        assert!(open.is_err(), "{name}");
    }
    // What goes out is what comes in.
    let xml = sealed(&EC, true, true);
    let form = Form::new(ACS, Role::Response, &xml, Some("a\"><b"));
    assert_eq!(form.action, ACS);
    let sent: Vec<(String, String)> = form
        .fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let received = Received::from_form(&sent).expect("a form");
    assert_eq!(received.relay_state.as_deref(), Some("a\"><b"));
    assert_eq!(received.bytes, xml.into_bytes());
}

fn logout() -> String {
    let request = LogoutRequest {
        header: header(Some(SSO), SP),
        name_id: answer().assertion.expect("an assertion").name_id,
        session_indexes: Vec::new(),
        reason: None,
        not_on_or_after: None,
    };
    request.write(Some(&EC), None).expect("a request")
}

#[test]
fn sig_01_an_envelope_holds_one_message_and_signs_nothing() {
    let soap = "http://schemas.xmlsoap.org/soap/envelope/";
    let read = |xml: &str| {
        let received = Received::from_soap(xml.as_bytes().to_vec(), Role::Request);
        let opened = received.open()?;
        let keys = trusted();
        let authentic = opened.authenticate(&keys)?;
        LogoutRequest::read(&authentic, &[], NOW)
    };
    let good = envelope(&logout());
    assert!(read(&good).is_ok());
    let body = |inside: &str| format!("<s:Envelope xmlns:s=\"{soap}\">{inside}</s:Envelope>");
    let message = logout();
    let head = format!("<s:Header><x:y xmlns:x=\"urn:x\">{}</x:y></s:Header>", "z");
    assert!(read(&body(&format!("{head}<s:Body>{message}</s:Body>"))).is_ok());
    let other = message.replace("_5a17", "_ea17");
    let unsigned = {
        let start = other.find("<ds:Signature ").expect("a signature");
        let end = other.find("</ds:Signature>").expect("its end") + "</ds:Signature>".len();
        format!("{}{}", &other[..start], &other[end..])
    };
    let signature = &message[message.find("<ds:Signature ").expect("a signature")
        ..message.find("</ds:Signature>").expect("its end") + "</ds:Signature>".len()];
    for (name, xml) in [
        ("no envelope", message.clone()),
        (
            "an envelope of SOAP 1.2",
            good.replace(soap, "http://www.w3.org/2003/05/soap-envelope"),
        ),
        ("no body", body("")),
        ("an empty body", body("<s:Body/>")),
        (
            "two bodies",
            body(&format!(
                "<s:Body>{message}</s:Body><s:Body>{unsigned}</s:Body>"
            )),
        ),
        (
            "two messages",
            body(&format!("<s:Body>{message}{unsigned}</s:Body>")),
        ),
        (
            "two messages, the other first",
            body(&format!("<s:Body>{unsigned}{message}</s:Body>")),
        ),
        (
            "the genuine one in the header",
            body(&format!(
                "<s:Header>{message}</s:Header><s:Body>{unsigned}</s:Body>"
            )),
        ),
        (
            "a signature in the header",
            body(&format!(
                "<s:Header>{signature}</s:Header><s:Body>{unsigned}</s:Body>"
            )),
        ),
        (
            "a signature beside the message",
            body(&format!("<s:Body>{unsigned}</s:Body>{signature}")),
        ),
        (
            "a signature in the header beside a good one",
            body(&format!(
                "<s:Header>{signature}</s:Header><s:Body>{message}</s:Body>"
            )),
        ),
        (
            "a body around",
            body(&format!("<s:Body><s:Body>{message}</s:Body></s:Body>")),
        ),
        (
            "a body of another namespace",
            body(&format!("<Body>{message}</Body>")),
        ),
        (
            "the same identifier on the body",
            body(&format!("<s:Body ID=\"_5a17\">{message}</s:Body>")),
        ),
        ("a fault", fault(true, "x")),
    ] {
        assert!(read(&xml).is_err(), "{name}");
    }
    // A signature over the envelope is none over the message.
    let whole = format!(
        "<s:Envelope xmlns:s=\"{soap}\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_e\"><saml:Issuer>{SP}</saml:Issuer><s:Body>{unsigned}</s:Body></s:Envelope>"
    );
    assert!(read(&resigned_root(&whole, "_e", &EC)).is_err());
}

#[test]
fn saml_15_an_artifact_is_its_issuers_and_says_so() {
    let random = SeededForTests::new(3);
    let artifact = Artifact::mint(IDP, 7, &random);
    let text = artifact.text();
    let read = Artifact::parse(&text).expect("an artifact");
    assert!(read == artifact && read.endpoint == 7);
    assert_eq!(read.handle(), artifact.handle());
    assert!(read.is_of(IDP) && !read.is_of(SP));
    assert!(Artifact::mint(IDP, 7, &random) != artifact);
    assert!(!format!("{artifact:?}").contains(&artifact.handle()[..8]));
    assert!(Artifact::parse(&format!(" {text}\n")).is_some());
    let bytes = STANDARD.decode(&text).expect("Base64");
    assert_eq!(bytes.len(), 44);
    for bad in [
        String::new(),
        STANDARD.encode([]),
        STANDARD.encode(&bytes[..43]),
        STANDARD.encode([bytes.as_slice(), b"x"].concat()),
        STANDARD.encode([&[0, 3][..], &bytes[2..]].concat()),
        text[..text.len() - 1].to_owned(),
        format!("{text}="),
        text.replace(['A', 'Q'], "-"),
    ] {
        assert!(Artifact::parse(&bad).is_none(), "{bad}");
    }
}

#[test]
fn xml_06_envelopes_of_ours_are_envelopes_whatever_they_hold() {
    let evil = "\"/></soap:Header><x a=\"";
    let answer = answer().write(&Sealing::signed(&EC)).expect("an answer");
    for xml in [
        ecp::envelope(evil, &answer, true),
        ecp::envelope(ACS, &answer, false),
        envelope(&answer),
    ] {
        let received = Received::from_soap(xml.into_bytes(), Role::Response);
        let opened = received.open().expect("an envelope");
        assert_eq!(opened.kind(), Kind::Response);
        assert!(opened.authenticate(&trusted()).is_ok());
    }
    let tree = |xml: &str| crate::xml::Tree::parse(xml.as_bytes(), &Limits::PROTOCOL).map(drop);
    assert_eq!(tree(&fault(false, "</faultstring><x>&\u{0}")), Ok(()));
    assert!(Status::success().is_success());
}
