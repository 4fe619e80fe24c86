//! The envelope that a program sends: a message of one of the two roles, and a signature that nobody known has
//! made is never taken for one (SIG-06), wherever in the envelope it lies (SIG-01).
#![no_main]

use std::sync::LazyLock;

use clau_saml::binding::{Received, Role};
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

fuzz_target!(|bytes: &[u8]| {
    let mut taken = 0;
    for role in [Role::Request, Role::Response] {
        let received = Received::from_soap(bytes.to_vec(), role);
        let Ok(opened) = received.open() else {
            continue;
        };
        taken += 1;
        assert!(opened.authenticate(&*KEYS).is_err());
        assert_eq!(opened.is_signed(), opened.accept_unsigned().is_err());
    }
    // It asks or it answers.
    assert!(taken <= 1);
});
