//! The gate before the library that reads LDAP: over the bytes of a directory, message by message. That library
//! follows any depth of nesting and takes the shape of answers for granted; a directory that has been taken
//! over must not end the hub with it (AVL-08). Never decides what a message means.

/// Largest message of a directory: a person with the attributes that were asked for.
pub(super) const LARGEST: usize = 256 * 1_024;
/// A search entry has six levels.
const DEEPEST: usize = 8;
/// Most elements of a message.
const MOST_ELEMENTS: usize = 10_000;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTROLS: u8 = 0xa0;
/// Where Active Directory puts the name of its notice of disconnection.
const MISPLACED_NAME: u8 = 0x8a;
/// BindResponse, SearchResultDone, ExtendedResponse.
const RESULTS: [u8; 3] = [0x61, 0x65, 0x78];
const ENTRY: u8 = 0x64;
/// SearchResultReference, IntermediateResponse.
const OTHERS: [u8; 2] = [0x73, 0x79];

/// Why bytes do not pass. The directory's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadMessage {
    /// Longer, deeper or wider than anything that was asked for.
    #[error("a message that is longer or deeper than any answer")]
    TooLarge,
    /// Something else than an answer of a directory.
    #[error("a message that is not one of LDAP")]
    NotLdap,
}

/// One element: its tag, and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tlv<'a> {
    /// Class, form and number.
    pub(super) tag: u8,
    /// Content.
    pub(super) content: &'a [u8],
}

impl Tlv<'_> {
    fn is_constructed(self) -> bool {
        self.tag & 0x20 != 0
    }
}

/// The first element of `bytes` and what follows it; `None` where it is not there as a whole.
///
/// # Errors
/// [`BadMessage`]: no length that LDAP allows (RFC 4511 §5.1), or a large one.
pub(super) fn element(bytes: &[u8]) -> Result<Option<(Tlv<'_>, &[u8])>, BadMessage> {
    let [tag, first, rest @ ..] = bytes else {
        return Ok(None);
    };
    if tag & 0x1f == 0x1f {
        return Err(BadMessage::NotLdap);
    }
    let (length, rest) = match first {
        0..0x80 => (usize::from(*first), rest),
        0x81..=0x84 => {
            let octets = usize::from(first & 0x7f);
            let Some((length, rest)) = rest.split_at_checked(octets) else {
                return Ok(None);
            };
            let length = length
                .iter()
                .fold(0_usize, |sum, octet| (sum << 8) | usize::from(*octet));
            (length, rest)
        }
        // Indefinite, or of more than four gigabytes.
        0x80 | 0x85.. => return Err(BadMessage::NotLdap),
    };
    if length > LARGEST {
        return Err(BadMessage::TooLarge);
    }
    let found = rest.split_at_checked(length);
    Ok(found.map(|(content, rest)| (Tlv { tag: *tag, content }, rest)))
}

/// All elements of a content.
fn elements(mut content: &[u8]) -> Result<Vec<Tlv<'_>>, BadMessage> {
    let mut found = Vec::new();
    while !content.is_empty() {
        let (tlv, rest) = element(content)?.ok_or(BadMessage::NotLdap)?;
        found.push(tlv);
        content = rest;
    }
    Ok(found)
}

/// Length of the first message in `bytes`, which has passed; `None` where more must come.
///
/// # Errors
/// [`BadMessage`].
pub(super) fn message(bytes: &[u8]) -> Result<Option<usize>, BadMessage> {
    if bytes.first().is_some_and(|tag| *tag != SEQUENCE) {
        return Err(BadMessage::NotLdap);
    }
    let Some((whole, rest)) = element(bytes)? else {
        return Ok(None);
    };
    let mut seen = 0;
    measure(whole, 0, &mut seen)?;
    let parts = elements(whole.content)?;
    let (number, operation) = match parts.as_slice() {
        [number, operation] => (number, operation),
        [number, operation, Tlv { tag, .. }] if *tag == MISPLACED_NAME => (number, operation),
        [number, operation, controls] if controls.tag == CONTROLS => {
            elements(controls.content)?
                .into_iter()
                .try_for_each(control)?;
            (number, operation)
        }
        _ => return Err(BadMessage::NotLdap),
    };
    let numbered = number.tag == INTEGER && (1..=4).contains(&number.content.len());
    if !numbered {
        return Err(BadMessage::NotLdap);
    }
    match operation.tag {
        tag if RESULTS.contains(&tag) => result(*operation)?,
        ENTRY => entry(*operation)?,
        tag if OTHERS.contains(&tag) => {}
        _ => return Err(BadMessage::NotLdap),
    }
    Ok(Some(bytes.len() - rest.len()))
}

/// Goes down, never deeper than [`DEEPEST`].
fn measure(tlv: Tlv<'_>, depth: usize, seen: &mut usize) -> Result<(), BadMessage> {
    *seen += 1;
    if depth > DEEPEST || *seen > MOST_ELEMENTS {
        return Err(BadMessage::TooLarge);
    }
    if tlv.is_constructed() {
        for inner in elements(tlv.content)? {
            measure(inner, depth + 1, seen)?;
        }
    }
    Ok(())
}

/// `LDAPResult` (RFC 4511 §4.1.9), and whatever follows it.
fn result(operation: Tlv<'_>) -> Result<(), BadMessage> {
    let parts = elements(operation.content)?;
    let [code, matched, text, others @ ..] = parts.as_slice() else {
        return Err(BadMessage::NotLdap);
    };
    let coded = code.tag == ENUMERATED && (1..=4).contains(&code.content.len());
    let others = others.iter().all(|other| match other.tag {
        // Referrals are a list of texts.
        0xa3 => elements(other.content).is_ok_and(|all| all.into_iter().all(is_text)),
        // The name of an extension is a text.
        0x8a => std::str::from_utf8(other.content).is_ok(),
        tag => tag & 0x20 == 0,
    });
    require(coded && is_text(*matched) && is_text(*text) && others)
}

/// `SearchResultEntry` (RFC 4511 §4.5.2).
fn entry(operation: Tlv<'_>) -> Result<(), BadMessage> {
    let parts = elements(operation.content)?;
    let [name, attributes] = parts.as_slice() else {
        return Err(BadMessage::NotLdap);
    };
    require(is_text(*name) && attributes.tag == SEQUENCE)?;
    for attribute in elements(attributes.content)? {
        require(attribute.tag == SEQUENCE)?;
        let parts = elements(attribute.content)?;
        let [name, values] = parts.as_slice() else {
            return Err(BadMessage::NotLdap);
        };
        let octets = |all: Vec<Tlv<'_>>| all.iter().all(|value| value.tag == OCTET_STRING);
        require(is_text(*name) && values.tag == SET)?;
        require(octets(elements(values.content)?))?;
    }
    Ok(())
}

/// `Control` (RFC 4511 §4.1.11).
fn control(control: Tlv<'_>) -> Result<(), BadMessage> {
    require(control.tag == SEQUENCE)?;
    let parts = elements(control.content)?;
    let is_flag = |tlv: &Tlv<'_>| tlv.tag == 0x01 && tlv.content.len() == 1;
    let is_value = |tlv: &Tlv<'_>| tlv.tag == OCTET_STRING;
    require(match parts.as_slice() {
        [name] => is_text(*name),
        [name, one] => is_text(*name) && (is_flag(one) || is_value(one)),
        [name, flag, value] => is_text(*name) && is_flag(flag) && is_value(value),
        _ => false,
    })
}

fn is_text(tlv: Tlv<'_>) -> bool {
    tlv.tag == OCTET_STRING && std::str::from_utf8(tlv.content).is_ok()
}

fn require(holds: bool) -> Result<(), BadMessage> {
    holds.then_some(()).ok_or(BadMessage::NotLdap)
}

/// The request that asks for TLS on a connection in clear (RFC 4511 §4.14).
pub(super) const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// Whether an answer that has passed says yes to [`START_TLS`].
pub(super) fn tls_may_start(bytes: &[u8]) -> bool {
    let code = || {
        let (whole, _) = element(bytes).ok()??;
        let (number, rest) = element(whole.content).ok()??;
        let (operation, _) = element(rest).ok()??;
        let (code, _) = element(operation.content).ok()??;
        let answers = number.content == [1] && operation.tag == 0x78 && code.tag == ENUMERATED;
        answers.then_some(code.content)
    };
    code() == Some(&[0])
}

#[cfg(test)]
mod tests;
