//! What stands behind a signature that holds: a client that is registered may still write anything into
//! its assertions, request objects and tokens.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_oidc::assertion;
use clau_oidc::client::{Client, ClientMetadata};
use clau_oidc::jose::{Algorithm, SigningKey, Typ, Window, object};
use clau_oidc::parameters::Parameters;
use clau_oidc::request::{AuthorizationRequest, Came, read_request_object};
use clau_oidc::response::{AccessToken, LogoutToken, read_hint};
use libfuzzer_sys::fuzz_target;

const HUB: &str = "https://hub.example.fr";

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::EdDsa).expect("a key"));

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let declared = serde_json::json!({
        "redirect_uris": ["https://a.example.fr/cb"],
        "request_object_signing_alg": "EdDSA",
        "jwks": {"keys": [KEY.public().to_json()]},
    });
    let metadata = ClientMetadata::parse(declared.to_string().as_bytes()).expect("good");
    Client::new("client".to_owned(), metadata)
});

fuzz_target!(|body: &[u8]| {
    let Ok(claims) = object(body) else { return };
    let keys = [KEY.verifying().expect("a key")];
    let now = Timestamp::from_millis(1_795_420_800_000);
    let skew = Duration::from_secs(10);
    let window = Window {
        now,
        skew,
        longest: Duration::from_secs(600),
    };
    let signed = |typ| KEY.sign(typ, &claims).expect("signs");
    let _ = assertion::check(
        &signed(Typ::ClientAssertion),
        "client",
        HUB,
        &keys,
        (now, skew),
    );
    let _ = AccessToken::read(&signed(Typ::AccessToken), HUB, "client", &keys, window);
    let _ = LogoutToken::read(&signed(Typ::LogoutToken), HUB, "client", &keys, window);
    let _ = read_hint(&signed(Typ::IdToken), HUB, &keys);
    let outside = [
        ("client_id".to_owned(), "client".to_owned()),
        ("request".to_owned(), signed(Typ::RequestObject)),
    ];
    let Ok(outside) = Parameters::new(&outside) else {
        return;
    };
    let Ok(inside) = read_request_object(outside, &CLIENT, HUB, &keys, (now, skew)) else {
        return;
    };
    let Ok(inside) = Parameters::new(&inside) else {
        return;
    };
    let came = Came {
        signed: true,
        pushed: false,
    };
    if let Ok(request) = AuthorizationRequest::read(inside, &CLIENT, came) {
        assert_eq!(request.return_to.redirect_uri(), "https://a.example.fr/cb");
    }
});
