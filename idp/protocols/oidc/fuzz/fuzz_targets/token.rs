//! A compact token of a stranger: never verified or opened by our keys, never a panic (OIDC-09).
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use clau_oidc::jose::{
    Algorithm, DecryptionKey, SigningKey, Typ, VerifyingKey, Window, open, verify,
    verify_of_provider,
};
use clau_oidc::{assertion, dpop};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Vec<VerifyingKey>> = LazyLock::new(|| {
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    vec![key.verifying().expect("a key")]
});

static OPENING: LazyLock<Vec<Arc<DecryptionKey>>> = LazyLock::new(|| {
    let made = ["ECDH-ES", "RSA-OAEP-256"].map(DecryptionKey::generate);
    made.map(|key| Arc::new(key.expect("a key"))).into()
});

fuzz_target!(|text: &str| {
    let now = Timestamp::from_millis(1_795_420_800_000);
    let skew = Duration::from_secs(10);
    for typ in [Typ::IdToken, Typ::ClientAssertion, Typ::RequestObject] {
        assert!(verify(text, typ, &KEYS).is_err());
        assert!(verify_of_provider(text, typ, &KEYS).is_err());
    }
    assert!(open(text, &OPENING).is_err());
    let _ = assertion::claimed_client(text);
    let hub = "https://hub.example.fr";
    assert!(assertion::check(text, "client", hub, &KEYS, (now, skew)).is_err());
    let url = WebUrl::parse("https://hub.example.fr/oidc/token").expect("an address");
    let presented = dpop::Presented {
        method: "POST",
        url: &url,
        access_token: None,
        nonce: None,
    };
    let window = Window {
        now,
        skew,
        longest: Duration::from_secs(60),
    };
    let _ = dpop::check(text, presented, &Algorithm::ALL, window);
});
