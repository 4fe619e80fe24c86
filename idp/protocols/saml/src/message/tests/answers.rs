//! Answers of our own: signed as they should be, read by our own reader whatever is in them and however they
//! are sealed (SAML-09, XML-06).

use clau_domain::random::SeededForTests;
use proptest::prelude::*;

use super::*;
use crate::encryption::Recipient;

#[test]
fn saml_09_every_way_of_sealing_is_read() {
    let to = Recipient::new(SERVICE.certificate().clone(), &[]).expect("a recipient");
    let keys = trusted();
    let service = [private(&SERVICE)];
    let plain = read(&sealed(&EC, true, true)).expect("a good answer");
    for key in [&*RSA, &*EC] {
        for bits in 0..16_u8 {
            let is = |bit: u8| bits & bit != 0;
            let sealing = Sealing {
                key,
                assertion: is(1),
                response: is(2),
                encrypted_for: is(4).then_some(&to),
                name_encrypted_for: is(8).then_some(&to),
            };
            let xml = answer().write(&sealing).expect("an answer");
            let signatures = usize::from(is(1) && !is(4)) + usize::from(is(2));
            assert_eq!(
                xml.matches("<ds:SignatureValue>").count(),
                signatures,
                "{bits}"
            );
            assert_eq!(xml.contains(GENUINE), !is(4) && !is(8), "{bits}");
            let read = receive(&xml, &expected(&keys, &service));
            if is(1) || is(2) {
                let expected = Asserted {
                    encrypted: is(4),
                    ..plain.clone()
                };
                assert_eq!(read, Ok(expected), "{bits}");
            } else {
                assert_eq!(read, Err(Problem::Unsigned), "{bits}");
            }
        }
    }
    let both = sealed(&EC, true, true);
    let default = answer().write(&Sealing::signed(&EC)).expect("an answer");
    assert_eq!(
        default.matches("<ds:Signature ").count(),
        both.matches("<ds:Signature ").count()
    );
}

#[test]
fn saml_09_what_may_be_presented_is_short_lived_and_for_one() {
    let xml = sealed(&EC, true, true);
    let minutes = |count: u64| (NOW + Duration::from_secs(60 * count)).rfc3339();
    assert_eq!(
        xml.matches(&format!("NotOnOrAfter=\"{}\"", minutes(5)))
            .count(),
        2
    );
    assert_eq!(
        xml.matches(SP).count(),
        2,
        "its audience, and its qualifier"
    );
    let random = SeededForTests::new(7);
    let (first, second) = (mint_id(&random), mint_id(&random));
    assert_ne!(first, second);
    assert_eq!(first.len(), 1 + 32, "128 bits in hexadecimal");
    assert!(first.starts_with('_') && first[1..].bytes().all(|digit| digit.is_ascii_hexdigit()));
}

#[test]
fn saml_09_a_refusal_is_signed_whatever_the_registration_says() {
    for (assertion, response) in [(true, false), (false, true), (true, true)] {
        let refusal = Response {
            status: Status::responder(StatusCode::NoPassive, "nobody <is> signed in"),
            assertion: None,
            ..answer()
        };
        let sealing = Sealing {
            assertion,
            response,
            ..Sealing::signed(&RSA)
        };
        let xml = refusal.write(&sealing).expect("an answer");
        let keys = trusted();
        let received = posted("SAMLResponse", &xml).expect("a form");
        let opened = received.open().expect("an answer");
        let authentic = opened.authenticate(&keys).expect("signed");
        let read = Asserted::read(&authentic, &expected(&keys, &[])).expect("readable");
        assert_eq!(read, Err(refusal.status));
    }
}

#[test]
fn saml_09_an_answer_that_nobody_asked_for_names_no_request() {
    let mut unasked = answer();
    unasked.in_response_to = None;
    if let Some(assertion) = &mut unasked.assertion {
        assertion.in_response_to = None;
    }
    let xml = unasked.write(&Sealing::signed(&EC)).expect("an answer");
    assert!(!xml.contains("InResponseTo"));
    let keys = trusted();
    let nobody = Expected {
        in_response_to: None,
        ..expected(&keys, &[])
    };
    assert!(receive(&xml, &nobody).is_ok());
}

/// Whatever somebody's name may be in a feed.
fn anything() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\PC\\r\\n\\t]{0,40}",
        "([<>&'\"/=!?\\[\\] -]|CDATA|xmlns|saml:){0,20}",
    ]
}

/// What XML can hold of it (XML 1.0 §2.2): everything but control characters.
fn held(text: &str) -> String {
    let can = |c: &char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(can).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn xml_06_nobodys_name_breaks_an_answer(
        names in proptest::collection::vec((anything(), proptest::collection::vec(anything(), 1..3)), 0..4),
        who in anything(),
        signed in 1..4_u8,
    ) {
        let mut answer = answer();
        let assertion = answer.assertion.as_mut().expect("an assertion");
        let who = format!("x{}", who.chars().take(200).collect::<String>());
        assertion.name_id.value.clone_from(&who);
        assertion.attributes = names
            .iter()
            .map(|(name, values)| Attribute {
                name: name.clone(),
                format: attribute_name::BASIC,
                friendly_name: None,
                values: values.iter().cloned().map(Value::Text).collect(),
            })
            .collect();
        let sealing = Sealing {
            assertion: signed & 1 != 0,
            response: signed & 2 != 0,
            ..Sealing::signed(&EC)
        };
        let xml = answer.write(&sealing).expect("an answer");
        let read = read(&xml).expect("our own answer");
        prop_assert_eq!(read.name_id.value, held(&who));
        let written: Vec<(String, Vec<String>)> = names
            .iter()
            .map(|(name, values)| (held(name), values.iter().map(|value| held(value)).collect()))
            .collect();
        prop_assert_eq!(read.attributes, written);
    }
}
