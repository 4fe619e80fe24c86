//! Client metadata and key sets as strangers send them: what is taken reads back the same, and no
//! registered address leads a browser astray (OIDC-01).
#![no_main]

use clau_oidc::client::ClientMetadata;
use clau_oidc::jose::JwkSet;
use clau_oidc::request::ClaimsRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    if let Ok(metadata) = ClientMetadata::parse(body) {
        for uri in &metadata.redirect_uris {
            assert!(uri.allows(uri.as_str()));
            assert!(!uri.as_str().contains('#'));
            assert!(!uri.as_str().starts_with("javascript:"));
        }
        assert_eq!(
            ClientMetadata::from_members(&metadata.to_json()),
            Ok(metadata)
        );
    }
    if let Ok(set) = JwkSet::parse(body) {
        let written = set.to_json().to_string();
        assert_eq!(JwkSet::parse(written.as_bytes()), Ok(set));
    }
    if let Ok(text) = std::str::from_utf8(body) {
        let _ = ClaimsRequest::parse(text);
    }
});
