//! Tests of the gate: answers as directories give them, and what a hostile one would send.

use proptest::prelude::*;

use super::*;
use crate::ldap::samples::{entry as entry_of, message as message_of, outcome, tlv};

fn whole(operation: &[u8]) -> Vec<u8> {
    message_of(7, operation)
}

fn person() -> Vec<u8> {
    entry_of(
        "uid=a,dc=example",
        &[
            ("mail", &[b"a@example.fr", b"b@example.fr"]),
            ("objectGUID", &[&[0xff, 0x00, 0x80]]),
        ],
    )
}

#[test]
fn answers_pass_one_by_one_and_wait_for_their_end() {
    let control = tlv(
        SEQUENCE,
        &[
            tlv(OCTET_STRING, b"1.3.6.1.4.1.42.2.27.8.5.1"),
            tlv(OCTET_STRING, b"\x30\x03\x81\x01\x02"),
        ]
        .concat(),
    );
    let controlled = [outcome(0x61, 49, b""), tlv(CONTROLS, &control)].concat();
    let notice = [outcome(0x78, 52, b"bye\0"), tlv(MISPLACED_NAME, b"1.3")].concat();
    let messages = [
        whole(&outcome(0x61, 0, "déjà".as_bytes())),
        whole(&person()),
        whole(&tlv(0x73, &tlv(OCTET_STRING, b"ldap://other.example/"))),
        whole(&outcome(0x65, 0, b"")),
        whole(&controlled),
        whole(&notice),
    ];
    for bytes in &messages {
        for end in 0..bytes.len() {
            assert_eq!(message(&bytes[..end]), Ok(None), "{bytes:x?} to {end}");
        }
        let followed = [bytes.as_slice(), b"more"].concat();
        assert_eq!(message(&followed), Ok(Some(bytes.len())), "{bytes:x?}");
    }
}

#[test]
fn avl_08_a_hostile_directory_does_not_reach_the_library() {
    // What the library follows to the end of the stack.
    let mut deep = Vec::new();
    for _ in 0..5_000 {
        deep = tlv(SEQUENCE, &deep);
    }
    assert_eq!(message(&deep), Err(BadMessage::TooLarge));
    let wide = tlv(SEQUENCE, &tlv(OCTET_STRING, b"").repeat(MOST_ELEMENTS + 1));
    assert_eq!(message(&wide), Err(BadMessage::TooLarge));
    // The length alone is enough: nobody waits for a gigabyte.
    assert_eq!(
        message(&[SEQUENCE, 0x84, 0x40, 0, 0, 0]),
        Err(BadMessage::TooLarge)
    );
    let bad = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        vec![SEQUENCE, 0x80, 0, 0],
        vec![SEQUENCE, 0x85, 0, 0, 0, 0, 1, 0],
        vec![SEQUENCE, 0],
        tlv(SEQUENCE, &[0x1f, 0x01, 0x00]),
        tlv(SEQUENCE, &[0x04, 0x05, 0x00]),
        tlv(SEQUENCE, &tlv(INTEGER, &[1])),
        tlv(
            SEQUENCE,
            &[tlv(INTEGER, &[]), outcome(0x61, 0, b"")].concat(),
        ),
        tlv(
            SEQUENCE,
            &[tlv(OCTET_STRING, &[1]), outcome(0x61, 0, b"")].concat(),
        ),
        // A request, an operation that nobody has defined, one that holds nothing.
        whole(&tlv(0x60, &tlv(INTEGER, &[3]))),
        whole(&tlv(0x7e, &[])),
        whole(&tlv(0x61, &[])),
        whole(&tlv(0x61, &tlv(ENUMERATED, &[0]))),
        whole(&outcome(0x61, 0, &[0xff])),
        whole(&tlv(ENTRY, &tlv(OCTET_STRING, b"uid=a"))),
        whole(&tlv(
            ENTRY,
            &[tlv(OCTET_STRING, b"\xff"), tlv(SEQUENCE, b"")].concat(),
        )),
        whole(&[outcome(0x61, 0, b""), tlv(CONTROLS, &tlv(SEQUENCE, b""))].concat()),
        whole(&[outcome(0x61, 0, b""), tlv(OCTET_STRING, b"")].concat()),
        whole(
            &[
                outcome(0x61, 0, b""),
                tlv(CONTROLS, b""),
                tlv(CONTROLS, b""),
            ]
            .concat(),
        ),
    ];
    for bytes in bad {
        assert_eq!(message(&bytes), Err(BadMessage::NotLdap), "{bytes:x?}");
    }
}

#[test]
fn starting_tls() {
    let request = element(START_TLS).expect("well-formed").expect("whole");
    assert_eq!(request.1, b"");
    let answer = |number: u8, tag: u8, code: u8| {
        let parts = [tlv(INTEGER, &[number]), outcome(tag, code, b"")];
        tlv(SEQUENCE, &parts.concat())
    };
    assert!(tls_may_start(&answer(1, 0x78, 0)));
    for no in [
        answer(2, 0x78, 0),
        answer(1, 0x61, 0),
        answer(1, 0x78, 2),
        answer(1, 0x78, 52),
        Vec::new(),
        START_TLS.to_vec(),
    ] {
        assert!(!tls_may_start(&no), "{no:x?}");
    }
}

proptest! {
    #[test]
    fn whatever_passes_is_one_message(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(Some(length)) = message(&bytes) {
            prop_assert!(length <= bytes.len());
            prop_assert_eq!(message(&bytes[..length]), Ok(Some(length)));
        }
    }

    #[test]
    fn a_changed_answer_never_panics(at in 0_usize..80, byte in any::<u8>()) {
        let mut bytes = whole(&person());
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        let _ = message(&bytes);
    }
}
