//! What stands behind the signature of a federation: its members may have written anything into it. Each entity
//! is a document of its own with the name it has in the whole, and no key but the federation's is believed
//! (SAML-11, SIG-06).
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_saml::key::{Certificate, KeyKind, SigningKey, Subject};
use clau_saml::metadata::{Document, FederationForTests, Trust};
use libfuzzer_sys::fuzz_target;

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);
const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);

static KEY: LazyLock<SigningKey> = LazyLock::new(key);
static OTHER: LazyLock<[Certificate; 1]> = LazyLock::new(|| [key().certificate().clone()]);

fn key() -> SigningKey {
    let subject = Subject {
        name: "federation.example",
        year: 2026,
        serial: [1; 16],
    };
    SigningKey::generate(KeyKind::P256, subject).expect("a key")
}

fuzz_target!(|inside: &str| {
    let federation = FederationForTests {
        valid_until: Some(NOW + MONTH),
        services: 1,
        bytes: 0,
        certificate: KEY.certificate(),
    };
    // What is no XML is not signed.
    let Ok(xml) = federation.write_with(inside, &KEY) else {
        return;
    };
    let trust = |pinned| Trust {
        pinned,
        now: NOW,
        longest_life: Some(MONTH),
    };
    assert!(Document::federation(xml.as_bytes(), &trust(&*OTHER)).is_err());
    let pinned = [KEY.certificate().clone()];
    let Ok(document) = Document::federation(xml.as_bytes(), &trust(&pinned)) else {
        return;
    };
    let given = Trust {
        pinned: &[],
        now: Timestamp::from_millis(i64::MIN),
        longest_life: None,
    };
    for entity in document.entities() {
        let Ok(entity) = entity else { return };
        assert!(entity.valid_until.is_some_and(|until| until <= NOW + MONTH));
        let alone = Document::entity(entity.xml.as_bytes(), &given);
        // One that is too large or too wide for one entity is refused; nothing else may be lost.
        if let Ok(alone) = alone {
            assert!(alone.is_about(&entity.entity_id).is_ok());
        }
    }
});
