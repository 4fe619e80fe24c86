//! The query of an address, as strangers write it: one message under one name, and a signature that nobody
//! known has made is never taken for one (SIG-06, SIG-09).
#![no_main]

use std::sync::LazyLock;

use clau_saml::binding::{Binding, LONGEST_FOREIGN_RELAY_STATE, Received};
use clau_saml::key::{KeyKind, PeerKey, SigningKey, Subject};
use libfuzzer_sys::fuzz_target;

/// A key that has signed nothing.
static KEYS: LazyLock<[PeerKey; 1]> = LazyLock::new(|| {
    let subject = Subject {
        name: "sp.example",
        year: 2026,
        serial: [1; 16],
    };
    let key = SigningKey::generate(KeyKind::P256, subject).expect("a key");
    [key.certificate().key().expect("its own")]
});

fuzz_target!(|query: &str| {
    let Ok(received) = Received::from_query(query) else {
        return;
    };
    assert_eq!(received.binding, Binding::Redirect);
    let state = received.relay_state.as_deref();
    assert!(state.is_none_or(|state| (1..=LONGEST_FOREIGN_RELAY_STATE).contains(&state.len())));
    let Ok(opened) = received.open() else { return };
    assert!(opened.authenticate(&*KEYS).is_err());
    // What carries a signature is not taken as something that has none.
    assert_eq!(opened.is_signed(), opened.accept_unsigned().is_err());
});
