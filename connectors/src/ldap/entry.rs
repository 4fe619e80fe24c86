//! An entry of a directory as text: attributes under the names by which they were asked for, binary values in
//! one spelling that never changes. Never asks a directory.

use ldap3::ResultEntry;
use ldap3::asn1::{PL, StructureTag};

/// Attributes of sixteen bytes that Microsoft writes as text in an order of their own.
const GUIDS: [&str; 3] = ["msexchmailboxguid", "ms-ds-consistencyguid", "objectguid"];
/// Attributes that are bytes even where these could be read as text.
const BYTES: [&str; 4] = ["jpegphoto", "objectsid", "sidhistory", "thumbnailphoto"];

/// An entry, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name.
    pub(super) dn: String,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Entry {
    /// Reads an entry; `None` for what is something else.
    pub(super) fn read(found: ResultEntry) -> Option<Self> {
        if found.0.id != 4 {
            return None;
        }
        let mut parts = constructed(found.0)?.into_iter();
        let dn = text(parts.next()?)?;
        let mut attributes = Vec::new();
        for attribute in constructed(parts.next()?)? {
            let mut parts = constructed(attribute)?.into_iter();
            let name = text(parts.next()?)?;
            let values: Option<Vec<Vec<u8>>> = constructed(parts.next()?)?
                .into_iter()
                .map(primitive)
                .collect();
            attributes.push((name, values?));
        }
        Some(Self { dn, attributes })
    }

    /// The values of an attribute, whose name is the same in capitals and small letters (RFC 4512 §2.5).
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        let found = self
            .attributes
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .flat_map(|(_, values)| spelled(name, values))
            .collect()
    }

    /// What is there of `wanted`, each under the very name by which it was asked for.
    pub(super) fn attributes(&self, wanted: &[String]) -> Vec<(String, Vec<String>)> {
        let all = wanted.iter().map(|name| (name.clone(), self.values(name)));
        all.filter(|(_, values)| !values.is_empty()).collect()
    }

    #[cfg(test)]
    pub(super) fn of(dn: &str, attributes: &[(&str, &[&[u8]])]) -> Self {
        let attribute = |(name, values): &(&str, &[&[u8]])| {
            let values = values.iter().map(|value| value.to_vec()).collect();
            ((*name).to_owned(), values)
        };
        Self {
            dn: dn.to_owned(),
            attributes: attributes.iter().map(attribute).collect(),
        }
    }
}

/// The values of one attribute: all as text, or all as bytes. What they are is told by the name where it is
/// known, because some bytes can be read as text.
fn spelled(name: &str, values: &[Vec<u8>]) -> Vec<String> {
    let (name, options) = name.split_once(';').unwrap_or((name, ""));
    let is_one_of = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    if is_one_of(&GUIDS) {
        return values.iter().map(|value| guid(value)).collect();
    }
    let binary = is_one_of(&BYTES)
        || options
            .split(';')
            .any(|option| option.eq_ignore_ascii_case("binary"));
    let texts = || -> Option<Vec<String>> {
        values
            .iter()
            .map(|value| std::str::from_utf8(value).ok().map(str::to_owned))
            .collect()
    };
    match texts() {
        Some(texts) if !binary => texts,
        _ => values.iter().map(hex::encode).collect(),
    }
}

/// A GUID as Windows writes it, in small letters: the first three groups are little-endian (MS-DTYP §2.3.4).
/// Anything that has not sixteen bytes is none, and stays what it is.
fn guid(value: &[u8]) -> String {
    let [a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, rest @ ..] = value else {
        return hex::encode(value);
    };
    if rest.len() != 6 {
        return hex::encode(value);
    }
    let part = |bytes: &[u8]| hex::encode(bytes);
    [
        part(&[*a3, *a2, *a1, *a0]),
        part(&[*b1, *b0]),
        part(&[*c1, *c0]),
        part(&[*d0, *d1]),
        part(rest),
    ]
    .join("-")
}

fn constructed(tag: StructureTag) -> Option<Vec<StructureTag>> {
    match tag.payload {
        PL::C(parts) => Some(parts),
        PL::P(_) => None,
    }
}

fn primitive(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(bytes) => Some(bytes),
        PL::C(_) => None,
    }
}

fn text(tag: StructureTag) -> Option<String> {
    String::from_utf8(primitive(tag)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_written_as_windows_writes_it() {
        let bytes = hex::decode("33221100554477668899aabbccddeeff").expect("hexadecimal");
        let entry = Entry::of("cn=x", &[("objectGUID", &[&bytes])]);
        assert_eq!(
            entry.values("objectguid"),
            ["00112233-4455-6677-8899-aabbccddeeff"]
        );
        // Sixteen bytes that could be read as text are bytes all the same.
        let entry = Entry::of("cn=x", &[("objectGUID", &[b"abcdefghijklmnop"])]);
        assert_eq!(
            entry.values("objectGUID"),
            ["64636261-6665-6867-696a-6b6c6d6e6f70"]
        );
        let entry = Entry::of("cn=x", &[("objectGUID", &[b"short"])]);
        assert_eq!(entry.values("objectGUID"), ["73686f7274"]);
    }

    #[test]
    fn text_is_text_and_bytes_are_hexadecimal() {
        let entry = Entry::of(
            "uid=x",
            &[
                ("givenName", &["Maëlle".as_bytes(), b"Anne"]),
                ("objectSid", &[b"\x01\x05\x00"]),
                ("mixed", &[b"text", b"\xff\x00"]),
                ("userCertificate;binary", &[b"0abc"]),
                ("empty", &[]),
            ],
        );
        assert_eq!(entry.values("givenname"), ["Maëlle", "Anne"]);
        assert_eq!(entry.values("objectSID"), ["010500"]);
        assert_eq!(entry.values("mixed"), ["74657874", "ff00"]);
        assert_eq!(entry.values("userCertificate;binary"), ["30616263"]);
        assert_eq!(entry.values("mail"), [""; 0]);
        let wanted = ["GIVENNAME", "empty", "mail"].map(str::to_owned);
        let names = ["Maëlle", "Anne"].map(str::to_owned).to_vec();
        assert_eq!(entry.attributes(&wanted), [("GIVENNAME".to_owned(), names)]);
    }
}
