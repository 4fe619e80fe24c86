//! A compact token of a stranger: never verified by our key, never a panic (OIDC-09).
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use clau_oidc::jose::{Algorithm, SigningKey, Typ, VerifyingKey, Window, verify};
use clau_oidc::{assertion, dpop};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Vec<VerifyingKey>> = LazyLock::new(|| {
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    vec![key.verifying().expect("a key")]
});

fuzz_target!(|text: &str| {
    let now = Timestamp::from_millis(1_795_420_800_000);
    let skew = Duration::from_secs(10);
    for typ in [Typ::IdToken, Typ::ClientAssertion, Typ::RequestObject] {
        assert!(verify(text, typ, &KEYS).is_err());
    }
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
