//! The notice by which a service learns that a session has ended (CAS protocol §2.3.3 and appendix
//! C). Never sends it: it goes through the outbox.

use clau_domain::random::Random;
use clau_domain::service::LogoutStyle;
use clau_domain::time::Timestamp;

use crate::answer::message_id;
use crate::xml::Xml;

/// A notice, ready to be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutNotice {
    /// `Content-Type`.
    pub media_type: &'static str,
    /// The body.
    pub body: String,
}

/// The notice for the session that `ticket` opened, in the form that the service is registered with;
/// `None` for a service that is not told. It names nobody: the ticket is enough, and the person's
/// name for the service is not needed.
pub fn notice(
    style: LogoutStyle,
    ticket: &str,
    now: Timestamp,
    random: &dyn Random,
) -> Option<LogoutNotice> {
    match style {
        LogoutStyle::None => None,
        LogoutStyle::Form => Some(LogoutNotice {
            media_type: "application/x-www-form-urlencoded",
            body: format!(
                "logoutRequest={}",
                form_encoded(&request(ticket, now, random))
            ),
        }),
        LogoutStyle::Raw => Some(LogoutNotice {
            media_type: "text/xml;charset=UTF-8",
            body: request(ticket, now, random),
        }),
    }
}

/// The message. On one line and with these very prefixes: clients find the ticket by
/// `<samlp:SessionIndex>`.
fn request(ticket: &str, now: Timestamp, random: &dyn Random) -> String {
    Xml::parent(
        "samlp:LogoutRequest",
        vec![
            Xml::text("saml:NameID", "@NOT_USED@"),
            Xml::text("samlp:SessionIndex", ticket),
        ],
    )
    .with("xmlns:samlp", "urn:oasis:names:tc:SAML:2.0:protocol")
    .with("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion")
    .with("ID", &message_id(random))
    .with("Version", "2.0")
    .with("IssueInstant", &now.rfc3339())
    .one_line()
}

/// `application/x-www-form-urlencoded` of one value.
fn form_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use clau_domain::random::SeededForTests;

    const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);

    #[test]
    fn the_form_that_the_protocol_asks_for() {
        let random = SeededForTests::new(1);
        let notice = notice(LogoutStyle::Form, "ST-1", NOW, &random).expect("told");
        assert_eq!(notice.media_type, "application/x-www-form-urlencoded");
        assert!(
            notice
                .body
                .starts_with("logoutRequest=%3Csamlp%3ALogoutRequest+xmlns%3Asamlp%3D%22")
        );
        assert!(
            notice
                .body
                .contains("%3Csamlp%3ASessionIndex%3EST-1%3C%2Fsamlp%3ASessionIndex%3E")
        );
        assert!(!notice.body.contains('<') && !notice.body.contains('&'));
    }

    #[test]
    fn the_raw_body_of_other_ents() {
        let random = SeededForTests::new(1);
        let notice = notice(LogoutStyle::Raw, "ST-<1>", NOW, &random).expect("told");
        let tree = crate::xml::read(notice.body.as_bytes()).expect("well-formed");
        let namespace = "urn:oasis:names:tc:SAML:2.0:protocol";
        assert!(tree.is(namespace, "LogoutRequest"));
        assert_eq!(
            tree.attribute("IssueInstant"),
            Some("2026-11-23T08:00:00.000Z")
        );
        let index = tree
            .only(namespace, "SessionIndex")
            .and_then(|index| index.leaf());
        assert_eq!(index, Some("ST-<1>"));
        assert!(notice.body.contains(">@NOT_USED@<"));
    }

    #[test]
    fn who_is_not_told() {
        assert_eq!(
            notice(LogoutStyle::None, "ST-1", NOW, &SeededForTests::new(1)),
            None
        );
    }
}
