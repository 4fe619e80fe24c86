//! The metadata of one entity, as strangers write it: what is taken leads nowhere but to https (SAML-07), and
//! whoever is believed can be verified (SIG-06).
#![no_main]

use clau_domain::time::Timestamp;
use clau_saml::message::AcsChoice;
use clau_saml::metadata::{Document, IdentityProvider, ServiceProvider, Trust};
use libfuzzer_sys::fuzz_target;

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);

fuzz_target!(|bytes: &[u8]| {
    let trust = Trust {
        pinned: &[],
        now: NOW,
        longest_life: None,
    };
    // Nobody's signature is believed where nobody's key is pinned.
    assert!(Document::federation(bytes, &trust).is_err());
    let Ok(document) = Document::entity(bytes, &trust) else {
        return;
    };
    assert!(document.valid_until().is_none_or(|until| until > NOW));
    let _ = document.cache_duration();
    // What is kept of it says the same as the whole.
    for entity in document.entities().flatten() {
        assert!(document.is_about(&entity.entity_id).is_ok());
        let again = Document::entity(entity.xml.as_bytes(), &trust).expect("what was read is read");
        assert!(again.is_about(&entity.entity_id).is_ok());
    }
    if let Ok(service) = ServiceProvider::read(document.root()) {
        assert!(service.acs.iter().all(|acs| acs.location.is_https()));
        assert!(
            service
                .logout
                .iter()
                .all(|it| it.for_responses().is_https())
        );
        assert!(!service.signs_requests || !service.keys.signing.is_empty());
        let default = service.acs_for(&AcsChoice::Default { binding: None });
        assert!(default.is_some_and(|acs| service.acs.contains(acs)));
        let _ = service.requested(None);
        let _ = service.warnings().count();
    }
    if let Ok(provider) = IdentityProvider::read(document.root()) {
        assert!(provider.sso.iter().all(|sso| sso.location.is_https()));
        assert!(!provider.keys.signing.is_empty());
        assert!(provider.scopes.iter().all(|scope| !scope.contains('@')));
    }
});
