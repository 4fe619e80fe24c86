//! Tests of what other people's CAS servers say: their answers as they are in the field, ours, and attacks.

use clau_domain::random::SeededForTests;
use clau_domain::service::LogoutStyle;

use super::*;
use crate::answer::{AuthenticationFacts, Failure, FailureCode, Success};
use crate::profile::Catalogue;
use crate::request::{Endpoint, Format};
use crate::samples::{self, FACTS, NOW};

fn answer(inside: &str) -> Vec<u8> {
    format!("<cas:serviceResponse xmlns:cas=\"{CAS}\">{inside}</cas:serviceResponse>").into_bytes()
}

fn success_of(inside: &str) -> Result<ValidationAnswer, BadAnswer> {
    read_answer(&answer(&format!(
        "<cas:authenticationSuccess>{inside}</cas:authenticationSuccess>"
    )))
}

fn somebody(inside: &str) -> Authenticated {
    match success_of(inside).expect("an answer") {
        ValidationAnswer::Success(somebody) => somebody,
        ValidationAnswer::Failure(refusal) => panic!("{refusal:?}"),
    }
}

fn pairs(somebody: &Authenticated) -> Vec<(&str, Vec<&str>)> {
    somebody
        .attributes
        .iter()
        .map(|(name, values)| {
            (
                name.as_str(),
                values.iter().map(String::as_str).collect::<Vec<_>>(),
            )
        })
        .collect()
}

#[test]
fn the_shape_of_the_schema() {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>
    <cas:authenticationSuccess>
        <cas:user> b.delmas </cas:user>
        <cas:attributes>
            <cas:credentialType>UsernamePasswordCredential</cas:credentialType>
            <cas:isFromNewLogin>true</cas:isFromNewLogin>
            <cas:authenticationDate>2026-11-23T08:30:00.250+01:00[Europe/Paris]</cas:authenticationDate>
            <cas:rne>0320712R</cas:rne>
            <cas:rne>0320713S</cas:rne>
            <cas:mail>b&amp;b@example.fr</cas:mail>
            <cas:empty/>
        </cas:attributes>
    </cas:authenticationSuccess>
</cas:serviceResponse>
";
    let Ok(ValidationAnswer::Success(somebody)) = read_answer(body.as_bytes()) else {
        panic!("not believed");
    };
    assert_eq!(somebody.user, "b.delmas");
    let expected = [
        ("credentialType", vec!["UsernamePasswordCredential"]),
        ("isFromNewLogin", vec!["true"]),
        (
            "authenticationDate",
            vec!["2026-11-23T08:30:00.250+01:00[Europe/Paris]"],
        ),
        ("rne", vec!["0320712R", "0320713S"]),
        ("mail", vec!["b&b@example.fr"]),
        ("empty", vec![""]),
    ];
    assert_eq!(pairs(&somebody), expected);
    assert_eq!(somebody.from_new_login(), Some(true));
    assert_eq!(
        somebody.authenticated_at().map(Timestamp::rfc3339),
        Some("2026-11-23T07:30:00.250Z".to_owned())
    );
    assert_eq!(format!("{somebody:?}"), "Authenticated(6 attributes)");
}

#[test]
fn attributes_beside_the_name_as_french_servers_have_them() {
    let somebody = somebody(
        "<cas:user>F1700ivg</cas:user><cas:uid>F1700ivg</cas:uid>\
         <cas:ENTPersonStructRattachRNE>0320712R</cas:ENTPersonStructRattachRNE>\
         <cas:ENTPersonProfils>National_3</cas:ENTPersonProfils>\
         <cas:attributes><cas:uid>again</cas:uid></cas:attributes>",
    );
    let expected = [
        ("uid", vec!["F1700ivg", "again"]),
        ("ENTPersonStructRattachRNE", vec!["0320712R"]),
        ("ENTPersonProfils", vec!["National_3"]),
    ];
    assert_eq!(pairs(&somebody), expected);
    assert_eq!(somebody.authenticated_at(), None);
    assert_eq!(somebody.from_new_login(), None);
}

#[test]
fn what_is_no_attribute_is_none() {
    let somebody = somebody(
        "<cas:user>a</cas:user>\
         <cas:proxyGrantingTicket>PGTIOU-1</cas:proxyGrantingTicket>\
         <cas:structure><cas:UAI>0320712R</cas:UAI></cas:structure>\
         <x:uid xmlns:x=\"urn:x\">root</x:uid><uid>root</uid>\
         <cas:attributes><uid>root</uid><cas:uid>ro<cas:x/>ot</cas:uid>\
         <cas:userAttributes><nom>DELMAS</nom></cas:userAttributes></cas:attributes>",
    );
    assert_eq!(pairs(&somebody), []);
}

#[test]
fn a_refusal() {
    let body = answer(
        "<cas:authenticationFailure code=\"INVALID_TICKET\">\n  Ticket\tST-1 is  unknown\n\
         </cas:authenticationFailure>",
    );
    let refusal = Refusal {
        code: "INVALID_TICKET".to_owned(),
        text: "Ticket ST-1 is unknown".to_owned(),
    };
    assert_eq!(read_answer(&body), Ok(ValidationAnswer::Failure(refusal)));
}

#[test]
fn what_we_answer_ourselves_can_be_read() {
    let grant = samples::grant_of_all(&samples::pupil());
    let mut read = 0;
    for profile in Catalogue::builtin().profiles() {
        let success = Success {
            released: grant.released(),
            profile,
            authentication: AuthenticationFacts {
                from_new_login: true,
                ..FACTS
            },
            pgt_iou: None,
            proxies: &[],
        };
        let body = success
            .render(Endpoint::P3ServiceValidate, Format::Xml)
            .body;
        match read_answer(body.as_bytes()) {
            Ok(ValidationAnswer::Success(somebody)) => {
                assert!(!somebody.user.is_empty());
                let at = somebody.authenticated_at();
                assert!(at.is_none_or(|at| at == FACTS.authenticated_at), "{body}");
                read += 1;
            }
            other => panic!("{other:?}: {body}"),
        }
    }
    assert!(read > 30, "{read}");
    let failure = Failure {
        code: FailureCode::InvalidTicket,
        text: "spent".to_owned(),
    };
    let body = failure.render(Endpoint::ServiceValidate, Format::Xml).body;
    let refusal = Refusal {
        code: "INVALID_TICKET".to_owned(),
        text: "spent".to_owned(),
    };
    assert_eq!(
        read_answer(body.as_bytes()),
        Ok(ValidationAnswer::Failure(refusal))
    );
}

#[test]
fn cas_13_exactly_one_of_success_and_failure() {
    const SUCCESS: &str =
        "<cas:authenticationSuccess><cas:user>a</cas:user></cas:authenticationSuccess>";
    const FAILURE: &str = "<cas:authenticationFailure code=\"X\">no</cas:authenticationFailure>";
    assert!(read_answer(&answer(SUCCESS)).is_ok());
    for inside in [
        String::new(),
        format!("{SUCCESS}{SUCCESS}"),
        format!("{SUCCESS}{FAILURE}"),
        format!("{FAILURE}{SUCCESS}"),
        format!("<cas:other/>{SUCCESS}"),
        format!("<cas:wrapper>{SUCCESS}</cas:wrapper>"),
        "<cas:proxySuccess><cas:proxyTicket>PT-1</cas:proxyTicket></cas:proxySuccess>".to_owned(),
        SUCCESS.replace("cas:", ""),
        SUCCESS
            .replace(
                "<cas:authenticationSuccess>",
                "<x:authenticationSuccess xmlns:x=\"urn:x\">",
            )
            .replace("</cas:authenticationSuccess>", "</x:authenticationSuccess>"),
    ] {
        assert_eq!(
            read_answer(&answer(&inside)),
            Err(BadAnswer::NotOne),
            "{inside}"
        );
    }
}

#[test]
fn cas_13_the_answer_is_one_of_the_protocol() {
    for body in [
        "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas/\"><cas:authenticationSuccess>\
         <cas:user>a</cas:user></cas:authenticationSuccess></cas:serviceResponse>",
        "<serviceResponse><authenticationSuccess><user>a</user></authenticationSuccess></serviceResponse>",
        "<html><body>Not found</body></html>",
        "<a xmlns:cas=\"http://www.yale.edu/tp/cas\"><cas:serviceResponse><cas:authenticationSuccess>\
         <cas:user>a</cas:user></cas:authenticationSuccess></cas:serviceResponse></a>",
    ] {
        assert_eq!(
            read_answer(body.as_bytes()),
            Err(BadAnswer::NotCas),
            "{body}"
        );
    }
    assert_eq!(
        read_answer(b"yes\nb.delmas\n"),
        Err(BadAnswer::Xml(BadXml::Malformed))
    );
}

#[test]
fn cas_13_exactly_one_person() {
    let long = "x".repeat(257);
    for inside in [
        "".to_owned(),
        "<cas:user/>".to_owned(),
        "<cas:user>  </cas:user>".to_owned(),
        "<cas:user>a</cas:user><cas:user>b</cas:user>".to_owned(),
        "<cas:user>a<cas:b/>dmin</cas:user>".to_owned(),
        "<user>a</user>".to_owned(),
        "<cas:attributes><cas:user>a</cas:user></cas:attributes>".to_owned(),
        format!("<cas:user>{long}</cas:user>"),
    ] {
        assert_eq!(success_of(&inside), Err(BadAnswer::User), "{inside}");
    }
    let twice = "<cas:user>a</cas:user><cas:attributes/><cas:attributes/>";
    assert_eq!(success_of(twice), Err(BadAnswer::Attributes));
}

#[test]
fn cas_13_a_ticket_of_a_proxy_is_not_the_browsers() {
    let inside = "<cas:user>a</cas:user><cas:proxies><cas:proxy>https://p.example/</cas:proxy></cas:proxies>";
    assert_eq!(success_of(inside), Err(BadAnswer::Proxied));
}

#[test]
fn xml_02_and_xml_04_in_answers_and_logout_requests() {
    let good = String::from_utf8(answer(
        "<cas:authenticationSuccess><cas:user>admin</cas:user></cas:authenticationSuccess>",
    ))
    .expect("text");
    let cases = [
        (format!("<!DOCTYPE a>{good}"), BadXml::Doctype),
        (
            format!("<!DOCTYPE a [<!ENTITY u \"root\">]>{good}"),
            BadXml::Doctype,
        ),
        (good.replace("admin", "admin<!---->.other"), BadXml::Comment),
        (good.replace("admin", "admin<?x?>.other"), BadXml::Comment),
        (good.replace("admin", "&who;"), BadXml::Entity),
    ];
    for (body, why) in cases {
        assert_eq!(
            read_answer(body.as_bytes()),
            Err(BadAnswer::Xml(why)),
            "{body}"
        );
    }
    let large = good.replace("admin", &"x".repeat(crate::xml::LARGEST));
    assert_eq!(
        read_answer(large.as_bytes()),
        Err(BadAnswer::Xml(BadXml::TooLarge))
    );
    let logout = message(
        "ID=\"a\"",
        "<p:SessionIndex>ST-12345<!-- -->6</p:SessionIndex>",
    );
    assert_eq!(
        read_logout(&logout).expect_err("a comment"),
        BadLogout::Xml(BadXml::Comment)
    );
    assert_eq!(
        read_logout(&format!("<!DOCTYPE x>{logout}")).expect_err("a document type"),
        BadLogout::Xml(BadXml::Doctype)
    );
}

#[test]
fn cas_13_only_what_can_be_a_ticket_is_asked_about() {
    for good in [
        "ST-12345",
        "ST-1856339-aA5Yuvrxzpv8Tau1cYQ7",
        "ST-7-a_b-cas.lycee-agricole.example.fr",
    ] {
        assert_eq!(ServiceTicket::parse(good).expect(good).expose(), good);
    }
    let long = format!("ST-{}", "x".repeat(254));
    for bad in [
        "",
        "ST-",
        "ST-1",
        "PT-12345",
        "PGT-12345",
        "st-12345",
        " ST-12345",
        "ST-12345 ",
        "ST-12345&service=https://evil.example/",
        "ST-12345%26pgtUrl=x",
        "ST-12345#",
        "ST-12345\r\nX: y",
        "ST-12345é",
        "ST-12345/../x",
        &long,
    ] {
        assert!(ServiceTicket::parse(bad).is_none(), "{bad}");
    }
    let ticket = ServiceTicket::parse("ST-12345").expect("a ticket");
    assert_eq!(format!("{ticket:?}"), "ServiceTicket(redacted)");
}

fn message(attributes: &str, inside: &str) -> String {
    format!(
        "<p:LogoutRequest xmlns:p=\"{SAMLP}\" Version=\"2.0\" {attributes}>{inside}</p:LogoutRequest>"
    )
}

#[test]
fn a_logout_request_names_a_ticket() {
    let text = "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"LR-1-x\" \
                Version=\"2.0\" IssueInstant=\"2026-11-23T08:00:00Z\">\n<saml:NameID \
                xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">@NOT_USED@</saml:NameID>\n\
                <samlp:SessionIndex>\n ST-1-abcdef \n</samlp:SessionIndex></samlp:LogoutRequest>";
    let request = read_logout(text).expect("a request");
    assert_eq!(request.id.as_deref(), Some("LR-1-x"));
    assert_eq!(request.ticket.expose(), "ST-1-abcdef");
    let without = message("", "<p:SessionIndex>ST-1-abcdef</p:SessionIndex>");
    assert_eq!(read_logout(&without).expect("a request").id, None);
}

#[test]
fn our_own_notice_can_be_read() {
    let ticket = "ST-abcdefgh";
    let notice = crate::logout::notice(LogoutStyle::Raw, ticket, NOW, &SeededForTests::new(1));
    let request = read_logout(&notice.expect("told").body).expect("a request");
    assert_eq!(request.ticket.expose(), ticket);
    assert!(request.id.is_some());
}

#[test]
fn what_is_no_logout_request() {
    let index = "<p:SessionIndex>ST-1-abcdef</p:SessionIndex>";
    let cases = [
        (message("ID=\"\"", index), BadLogout::Id),
        (
            message(&format!("ID=\"{}\"", "x".repeat(257)), index),
            BadLogout::Id,
        ),
        (message("", ""), BadLogout::Ticket),
        (message("", &format!("{index}{index}")), BadLogout::Ticket),
        (
            message("", "<p:SessionIndex>root</p:SessionIndex>"),
            BadLogout::Ticket,
        ),
        (
            message("", "<SessionIndex>ST-1-abcdef</SessionIndex>"),
            BadLogout::Ticket,
        ),
        (
            message("", index).replace("LogoutRequest", "LogoutResponse"),
            BadLogout::NotLogout,
        ),
        (
            message("", index).replace("SAML:2.0", "SAML:1.0"),
            BadLogout::NotLogout,
        ),
        ("ST-1-abcdef".to_owned(), BadLogout::Xml(BadXml::Malformed)),
    ];
    for (text, why) in cases {
        assert_eq!(read_logout(&text).expect_err("not one"), why, "{text}");
    }
}
