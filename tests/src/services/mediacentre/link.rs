//! Links of a médiacentre to a resource (french-ent.md §6.2): `/domaineGar?idENT=…&idEtab=…&idRessource=…`, the
//! first two in Base64, the third an ARK. Owns their reading. Everything in a link is the sender's word: which
//! ENT it is of is compared with what the hub says, and the school decides nothing, since this service is not
//! told where anybody belongs.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Longest value that is read, in bytes.
const LONGEST: usize = 512;

/// Base64 as it is met in addresses: with or without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// The ENT from which it comes, as it says.
    pub(super) ent: String,
    /// The resource.
    pub(super) ark: String,
}

/// What is wrong with a link, in words for whoever has followed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadLink {
    /// It does not say which ENT it is from.
    Ent,
    /// It names no school.
    School,
    /// It names no resource.
    Resource,
}

impl BadLink {
    /// In words.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Ent => {
                "Ce lien ne dit pas de quel ENT il vient (idENT). Ouvrez la ressource depuis le médiacentre de l’ENT."
            }
            Self::School => {
                "Ce lien ne nomme pas d’établissement (idEtab). Ouvrez la ressource depuis le médiacentre de l’ENT."
            }
            Self::Resource => {
                "Ce lien ne nomme pas de ressource (idRessource). Ouvrez la ressource depuis le médiacentre de l’ENT."
            }
        }
    }
}

impl Link {
    /// Reads the parameters of a link, as they come out of an address.
    pub(super) fn read(ent: &str, school: &str, resource: &str) -> Result<Self, BadLink> {
        let ent = decoded(ent).filter(|ent| is_name(ent));
        let ent = ent.ok_or(BadLink::Ent)?;
        decoded(school)
            .filter(|school| is_uai(school))
            .ok_or(BadLink::School)?;
        Ok(Self {
            ent,
            ark: ark(resource).ok_or(BadLink::Resource)?,
        })
    }
}

/// Both alphabets; a `+` that was not encoded comes out of an address as a space.
fn decoded(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let standard: String = text
        .chars()
        .map(|letter| match letter {
            '-' | ' ' => '+',
            '_' => '/',
            letter => letter,
        })
        .collect();
    // A space around it was none of Base64.
    let bytes = LENIENT.decode(standard.trim_matches('+')).ok();
    let bytes = bytes.or_else(|| LENIENT.decode(&standard).ok())?;
    String::from_utf8(bytes).ok()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}

/// Seven digits and a letter (french-ent.md §1.4).
fn is_uai(text: &str) -> bool {
    let (digits, letter) = match text.split_at_checked(7) {
        Some(parts) => parts,
        None => return false,
    };
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && letter.len() == 1
        && letter.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The ARK of a text: without the address of a resolver before it, in its old form (`ark:/`), without hyphens,
/// which say nothing (draft-kunze-ark §2.7).
pub(super) fn ark(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let (_, rest) = text.trim().split_once("ark:")?;
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let (authority, name) = rest.split_once('/')?;
    let name: String = name.chars().filter(|letter| *letter != '-').collect();
    let known = |letter: char| letter.is_ascii_alphanumeric() || "=~*+@_$./".contains(letter);
    let good = authority.len() >= 5
        && authority.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !name.is_empty()
        && name.chars().all(known);
    good.then(|| format!("ark:/{authority}/{name}"))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn a_link_is_read_in_every_spelling_that_is_met() {
        // `>>>` and `???` are `Pj4+` and `Pz8/`.
        for ent in ["ENTCLAU", "ÉNT>>>???", "x"] {
            let school = STANDARD.encode("0318000C");
            let expected = Link {
                ent: ent.to_owned(),
                ark: "ark:/99999/dicoccfr".to_owned(),
            };
            for encoded in [
                STANDARD.encode(ent),
                URL_SAFE_NO_PAD.encode(ent),
                STANDARD.encode(ent).replace('+', " "),
                STANDARD.encode(ent).trim_end_matches('=').to_owned(),
            ] {
                let read = Link::read(&encoded, &school, "ark:/99999/dicoccfr");
                assert_eq!(read.as_ref(), Ok(&expected), "{encoded}");
            }
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let (ent, school) = (STANDARD.encode("ENTCLAU"), STANDARD.encode("0318000C"));
        let ark = "ark:/99999/dicoccfr";
        for wrong in ["", "%%%", "QQ=Q", "/w==", "Cg==", &"A".repeat(600)] {
            assert_eq!(
                Link::read(wrong, &school, ark),
                Err(BadLink::Ent),
                "{wrong}"
            );
        }
        for wrong in [
            "",
            "0318000C",
            "0318000",
            "0318000CC",
            "0318000c",
            "031800AC",
            "é318000C",
        ] {
            let encoded = STANDARD.encode(wrong);
            let read = Link::read(&ent, &encoded, ark);
            let expected = wrong == "0318000C";
            assert_eq!(read.is_ok(), expected, "{wrong}");
        }
        assert_eq!(Link::read(&ent, "0318000C", ark), Err(BadLink::School));
        for wrong in [
            "",
            "ark:",
            "ark:/99999/",
            "ark:/9/x",
            "doi:10.1/x",
            "ark:/99999/<b>",
        ] {
            assert_eq!(
                Link::read(&ent, &school, wrong),
                Err(BadLink::Resource),
                "{wrong}"
            );
        }
    }

    #[test]
    fn arks_are_the_same_in_all_their_forms() {
        for text in [
            "ark:/99999/dicoccfr",
            "ark:99999/dicoccfr",
            " ark:/99999/dic-occ-fr ",
            "https://n2t.net/ark:/99999/dicoccfr",
        ] {
            assert_eq!(ark(text).as_deref(), Some("ark:/99999/dicoccfr"), "{text}");
        }
    }
}
