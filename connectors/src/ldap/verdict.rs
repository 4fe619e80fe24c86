//! What a directory's answers mean: to the proof of a person, to that of the account that looks people up, and
//! to a search. In the codes of RFC 4511, with what Active Directory and password policies add. Never asks one.

use ldap3::LdapResult;
use ldap3::controls::Control;

use super::gate::{self, Tlv};

/// Asks for what a password policy has to say (draft-behera-ldap-password-policy §6).
pub(super) const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
/// Says that a password has expired or must be changed (389 Directory Server and its ancestors).
const PASSWORD_EXPIRED: &str = "2.16.840.1.113730.3.4.4";

/// How the proof of a person went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Login and password belong together.
    Good,
    /// They do not; or they do, and the account may not be used. Which one is not told.
    Wrong,
    /// They do, and something must be done over there before.
    Refused(&'static str),
    /// The directory does not do its work: another server may.
    Ill(String),
    /// The directory cannot be used in this way.
    Unusable(String),
}

const MUST_CHANGE: &str = "the password must be changed there before it can be used here";
const EXPIRED: &str = "the password has expired there";

/// Reads the answer to a person's bind.
pub(super) fn of_person(result: &LdapResult) -> Proof {
    let policy = result.ctrls.iter().find_map(policy_error);
    match (result.rc, policy) {
        (0 | 49, Some(PolicyError::MustChange)) => Proof::Refused(MUST_CHANGE),
        (0 | 49, Some(PolicyError::Expired)) => Proof::Refused(EXPIRED),
        (0, Some(PolicyError::Locked)) => Proof::Wrong,
        (0, None) => Proof::Good,
        (49, _) => match active_directory_code(&result.text) {
            Some(0x532) => Proof::Refused(EXPIRED),
            Some(0x773) => Proof::Refused(MUST_CHANGE),
            // Unknown (525), wrong (52e), not now (530), not here (531), disabled (533), expired (701), locked
            // (775).
            _ => Proof::Wrong,
        },
        // No such entry any more, one without a password, one that its directory has locked or switched off.
        (19 | 32 | 48 | 50 | 53, _) => Proof::Wrong,
        (code, _) => match illness(code) {
            true => Proof::Ill(words(result)),
            false => Proof::Unusable(words(result)),
        },
    }
}

/// Whether a code tells of the server's own trouble, so that another server is worth a try.
pub(super) fn illness(code: u32) -> bool {
    // operationsError, timeLimitExceeded, adminLimitExceeded, busy, unavailable, unwillingToPerform, other.
    matches!(code, 1 | 3 | 11 | 51 | 52 | 53 | 80)
}

/// An answer in words, for operators: its code, and what the directory says, shortened and on one line.
pub(super) fn words(result: &LdapResult) -> String {
    let meaning = match result.rc {
        1 => "it has trouble of its own",
        2 => "it does not understand the request",
        3 => "the search takes too long",
        4 => "there is more than it hands out",
        8 | 13 => "it wants a safer connection",
        10 => "it refers to another server, and referrals are not followed",
        11 => "the search costs more than it allows",
        32 => "there is no such entry",
        34 => "that is not the name of an entry",
        48 => "it does not take passwords for this entry",
        49 => "name or password are wrong",
        50 => "the account that looks people up has not the right",
        51 | 52 => "it is too busy",
        53 => "it is not willing",
        _ => "it says no",
    };
    let said: String = result
        .text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(120)
        .collect();
    let said = said.trim();
    if said.is_empty() {
        format!("{meaning} (code {})", result.rc)
    } else {
        format!("{meaning} (code {}: {said})", result.rc)
    }
}

/// What a password policy objects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PolicyError {
    Expired,
    Locked,
    MustChange,
}

fn policy_error(control: &Control) -> Option<PolicyError> {
    let Control(_, raw) = control;
    match raw.ctype.as_str() {
        PASSWORD_EXPIRED => Some(PolicyError::MustChange),
        PASSWORD_POLICY => {
            let (sequence, _) = gate::element(raw.val.as_deref()?).ok()??;
            let mut content = sequence.content;
            while let Some((Tlv { tag, content: code }, rest)) = gate::element(content).ok()? {
                match (tag, code) {
                    (0x81, [0]) => return Some(PolicyError::Expired),
                    (0x81, [1]) => return Some(PolicyError::Locked),
                    (0x81, [2]) => return Some(PolicyError::MustChange),
                    _ => content = rest,
                }
            }
            None
        }
        _ => None,
    }
}

/// `80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 533, v4563`.
fn active_directory_code(text: &str) -> Option<u32> {
    let (_, after) = text.split_once("AcceptSecurityContext error, data ")?;
    let code = after.split(',').next().unwrap_or_default();
    u32::from_str_radix(code.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldap3::controls::RawControl;

    fn result(rc: u32, text: &str) -> LdapResult {
        LdapResult {
            rc,
            matched: String::new(),
            text: text.to_owned(),
            refs: Vec::new(),
            ctrls: Vec::new(),
        }
    }

    fn with(rc: u32, ctype: &str, value: &[u8]) -> LdapResult {
        let raw = RawControl {
            ctype: ctype.to_owned(),
            crit: false,
            val: Some(value.to_vec()),
        };
        LdapResult {
            ctrls: vec![Control(None, raw)],
            ..result(rc, "")
        }
    }

    fn active_directory(code: &str) -> LdapResult {
        let text = format!(
            "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {code}, v4563\0"
        );
        result(49, &text)
    }

    #[test]
    fn fed_11_only_success_is_a_proof() {
        assert_eq!(of_person(&result(0, "")), Proof::Good);
        for code in (1..=123).chain([4_096, 16_654, u32::MAX]) {
            assert_ne!(of_person(&result(code, "")), Proof::Good, "{code}");
        }
        // A referral is no proof either, whatever it promises.
        let mut referral = result(10, "");
        referral.refs = vec!["ldap://evil.example/".to_owned()];
        assert!(
            matches!(of_person(&referral), Proof::Unusable(words) if words.contains("referral"))
        );
    }

    #[test]
    fn fed_11_disabled_and_locked_accounts_are_not_told_from_wrong_passwords() {
        for code in ["525", "52e", "530", "531", "533", "701", "775", "zzz", ""] {
            assert_eq!(of_person(&active_directory(code)), Proof::Wrong, "{code}");
        }
        for code in [19, 32, 48, 49, 50, 53] {
            assert_eq!(of_person(&result(code, "")), Proof::Wrong, "{code}");
        }
        // Error 1: the account is locked.
        let locked = with(49, PASSWORD_POLICY, b"\x30\x03\x81\x01\x01");
        assert_eq!(of_person(&locked), Proof::Wrong);
    }

    #[test]
    fn a_password_that_must_be_changed_is_told() {
        for (answer, words) in [
            (active_directory("773"), MUST_CHANGE),
            (active_directory("532"), EXPIRED),
            (
                with(0, PASSWORD_POLICY, b"\x30\x03\x81\x01\x02"),
                MUST_CHANGE,
            ),
            (with(49, PASSWORD_POLICY, b"\x30\x03\x81\x01\x00"), EXPIRED),
            // With a warning before the error.
            (
                with(
                    0,
                    PASSWORD_POLICY,
                    b"\x30\x08\xa0\x03\x80\x01\x05\x81\x01\x02",
                ),
                MUST_CHANGE,
            ),
            (with(0, PASSWORD_EXPIRED, b"0"), MUST_CHANGE),
        ] {
            assert_eq!(of_person(&answer), Proof::Refused(words), "{answer:?}");
        }
        // A warning alone, or nothing, is a success.
        for value in [
            &b"\x30\x05\xa0\x03\x80\x01\x05"[..],
            b"\x30\x00",
            b"",
            b"\xff",
        ] {
            assert_eq!(of_person(&with(0, PASSWORD_POLICY, value)), Proof::Good);
        }
    }

    #[test]
    fn trouble_of_a_server_is_not_the_persons() {
        for code in [1, 3, 11, 51, 52, 80] {
            let proof = of_person(&result(code, "later"));
            assert!(
                matches!(proof, Proof::Ill(words) if words.contains("later")),
                "{code}"
            );
        }
        assert!(matches!(of_person(&result(13, "")), Proof::Unusable(_)));
    }

    #[test]
    fn words_are_one_short_line() {
        let long = format!("a\r\nb{}", "x".repeat(500));
        let words = words(&result(99, &long));
        assert!(!words.contains('\n') && words.len() < 200, "{words}");
    }
}
