//! The HTTP-Redirect binding (SAML Bindings §3.4): deflated, in a query, signed beside the message. What is
//! verified are the octets that came, as the sender has encoded them (SIG-09).

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use url::form_urlencoded;

use super::{Binding, Detached, Received, Role, relay_state};
use crate::error::Problem;
use crate::key::SigningKey;
use crate::signature::Algorithm;
use crate::xml::Limits;

const ENCODING: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

impl Received {
    /// The message of a query, as it came.
    ///
    /// # Errors
    /// [`Problem::Binding`], [`Problem::TooLarge`], [`Problem::Signature`] for an algorithm that is not
    /// allowed.
    pub fn from_query(query: &str) -> Result<Self, Problem> {
        let raw = Raw::read(query)?;
        let (role, message) = match (raw.request, raw.response) {
            (Some(message), None) => (Role::Request, message),
            (None, Some(message)) => (Role::Response, message),
            (Some(_), Some(_)) => return Err(Problem::Binding("a request and a response at once")),
            (None, None) => return Err(Problem::Binding("there is no message in the query")),
        };
        if raw
            .encoding
            .is_some_and(|encoding| decode(encoding) != ENCODING)
        {
            return Err(Problem::Binding("another encoding than DEFLATE"));
        }
        Ok(Self {
            bytes: inflate(&decode(message))?,
            detached: detached(&raw, role, message)?,
            binding: Binding::Redirect,
            role,
            relay_state: relay_state(raw.relay_state.map(decode))?,
        })
    }
}

/// The parameters as they are written.
#[derive(Default)]
struct Raw<'q> {
    request: Option<&'q str>,
    response: Option<&'q str>,
    relay_state: Option<&'q str>,
    algorithm: Option<&'q str>,
    signature: Option<&'q str>,
    encoding: Option<&'q str>,
}

impl<'q> Raw<'q> {
    fn read(query: &'q str) -> Result<Self, Problem> {
        let mut raw = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // By their decoded names: `SAML%52equest` is a second one.
            let place = match decode(name).as_str() {
                "SAMLRequest" => &mut raw.request,
                "SAMLResponse" => &mut raw.response,
                "RelayState" => &mut raw.relay_state,
                "SigAlg" => &mut raw.algorithm,
                "Signature" => &mut raw.signature,
                "SAMLEncoding" => &mut raw.encoding,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Problem::Binding("a parameter comes twice"));
            }
        }
        Ok(raw)
    }
}

/// §3.4.4.1: the three parameters in this order, each as it was encoded; `RelayState` only if it is there.
fn detached(raw: &Raw<'_>, role: Role, message: &str) -> Result<Option<Detached>, Problem> {
    let (algorithm, signature) = match (raw.algorithm, raw.signature) {
        (None, None) => return Ok(None),
        (Some(algorithm), Some(signature)) => (algorithm, signature),
        _ => {
            return Err(Problem::Binding(
                "a signature without its algorithm, or the other way",
            ));
        }
    };
    let mut octets = format!("{}={message}", role.parameter());
    if let Some(state) = raw.relay_state {
        octets.push_str("&RelayState=");
        octets.push_str(state);
    }
    octets.push_str("&SigAlg=");
    octets.push_str(algorithm);
    let clean: String = decode(signature).split_ascii_whitespace().collect();
    Ok(Some(Detached {
        algorithm: Algorithm::from_uri(&decode(algorithm))
            .ok_or(Problem::Signature("its algorithm is not allowed"))?,
        octets: octets.into_bytes(),
        signature: STANDARD
            .decode(clean)
            .map_err(|_| Problem::Signature("its value is not Base64"))?,
    }))
}

fn inflate(text: &str) -> Result<Vec<u8>, Problem> {
    let clean: String = text.split_ascii_whitespace().collect();
    let deflated = STANDARD
        .decode(clean)
        .map_err(|_| Problem::Binding("the message is not Base64"))?;
    // XML-03: one byte more than is allowed is read, and nothing after it.
    let longest = Limits::PROTOCOL.bytes;
    let mut bytes = Vec::new();
    DeflateDecoder::new(deflated.as_slice())
        .take(longest as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| Problem::Binding("the message is not deflated"))?;
    if bytes.len() > longest {
        return Err(Problem::TooLarge("bytes"));
    }
    Ok(bytes)
}

fn decode(text: &str) -> String {
    // A pair without `=`: the whole of it is the name.
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    pairs.next().map_or_else(String::new, |(name, value)| {
        if value.is_empty() && !text.contains('=') {
            name.into_owned()
        } else {
            format!("{name}={value}")
        }
    })
}

fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Where a message goes by redirect.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// The partner's address for this binding.
    pub location: &'a str,
    /// Under which name it goes.
    pub role: Role,
    /// What goes along.
    pub relay_state: Option<&'a str>,
}

impl Address<'_> {
    /// The address with the message in it, signed if a key is given.
    ///
    /// # Errors
    /// [`Problem::Own`].
    pub fn with(&self, message: &str, key: Option<&SigningKey>) -> Result<String, Problem> {
        let failed = |_| Problem::Own("a message cannot be deflated");
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(message.as_bytes()).map_err(failed)?;
        let deflated = encoder.finish().map_err(failed)?;
        let mut query = format!(
            "{}={}",
            self.role.parameter(),
            encode(&STANDARD.encode(deflated))
        );
        if let Some(state) = self.relay_state {
            query.push_str("&RelayState=");
            query.push_str(&encode(state));
        }
        if let Some(key) = key {
            query.push_str("&SigAlg=");
            query.push_str(&encode(key.algorithm().uri()));
            let signature = key.signature(query.as_bytes())?;
            query.push_str("&Signature=");
            query.push_str(&encode(&STANDARD.encode(signature)));
        }
        let joint = if self.location.contains('?') {
            '&'
        } else {
            '?'
        };
        Ok(format!("{}{joint}{query}", self.location))
    }
}
