//! A message of any kind, whatever is in it, through every reader: without a signature, where next to nothing
//! may be read, and with one that is good, where what is read is what the signed bytes say (SIG-08).
#![no_main]

use std::sync::LazyLock;

use clau_domain::time::Timestamp;
use clau_saml::binding::{Address, Received, Role};
use clau_saml::encryption::DecryptionKey;
use clau_saml::key::{KeyKind, PeerKey, SigningKey, Subject};
use clau_saml::message::{
    ArtifactResolve, Asserted, Authentic, AuthnRequest, Expected, Kind, LogoutRequest,
    LogoutResponse,
};
use clau_saml::signature::canonical;
use libfuzzer_sys::fuzz_target;

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);

static KEY: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::P256));
static KEYS: LazyLock<[PeerKey; 1]> = LazyLock::new(|| [peer(&KEY)]);
static OTHERS: LazyLock<[PeerKey; 1]> = LazyLock::new(|| [peer(&key(KeyKind::P256))]);
static DECRYPTION: LazyLock<[DecryptionKey; 1]> = LazyLock::new(|| {
    let private = key(KeyKind::Rsa2048).to_pkcs8().expect("its bytes");
    [DecryptionKey::from_pkcs8(&private).expect("a key")]
});

fn key(kind: KeyKind) -> SigningKey {
    let subject = Subject {
        name: "sp.example",
        year: 2026,
        serial: [1; 16],
    };
    SigningKey::generate(kind, subject).expect("a key")
}

fn peer(key: &SigningKey) -> PeerKey {
    key.certificate().key().expect("its own")
}

/// Whatever a message says, in one type.
#[derive(Debug, PartialEq)]
enum Read {
    Authn(Box<AuthnRequest>),
    Logout(Box<LogoutRequest>),
    LoggedOut(Box<LogoutResponse>),
    Resolve(Box<ArtifactResolve>),
    Asserted(Box<Asserted>),
}

fn read(authentic: &Authentic<'_>) -> Vec<Read> {
    let mut read = Vec::new();
    let expected = Expected {
        issuer: "https://ent.example/saml/metadata",
        keys: &*KEYS,
        audience: "https://sp.example/saml",
        recipient: "https://sp.example/acs",
        in_response_to: Some("_c0ffee"),
        decryption: &*DECRYPTION,
        now: NOW,
    };
    read.extend(AuthnRequest::read(authentic).map(|it| Read::Authn(it.into())));
    read.extend(
        LogoutRequest::read(authentic, &*DECRYPTION, NOW).map(|it| Read::Logout(it.into())),
    );
    read.extend(LogoutResponse::read(authentic).map(|it| Read::LoggedOut(it.into())));
    read.extend(ArtifactResolve::read(authentic).map(|it| Read::Resolve(it.into())));
    if let Ok(Ok(it)) = Asserted::read(authentic, &expected) {
        read.push(Read::Asserted(it.into()));
    }
    // One kind of message is not read as another (SAML-01).
    assert!(read.len() <= 1);
    read
}

/// The message by redirect, signed: any text can be.
fn signed(message: &str, role: Role) -> Option<Received> {
    let address = Address {
        location: "https://ent.example/saml/sso",
        role,
        relay_state: None,
    };
    let url = address.with(message, Some(&KEY)).expect("an address");
    let (_, query) = url.split_once('?').expect("a query");
    Received::from_query(query).ok()
}

fuzz_target!(|message: &str| {
    for role in [Role::Request, Role::Response] {
        let Some(received) = signed(message, role) else {
            return;
        };
        let Ok(opened) = received.open() else {
            continue;
        };
        let _ = opened.claimed_issuer();
        assert!(opened.authenticate(&*OTHERS).is_err());
        assert!(opened.accept_unsigned().is_err());
        let authentic = opened.authenticate(&*KEYS).expect("it was signed");
        let said = read(&authentic);
        // The signed bytes say the same, alone.
        let tree = authentic.tree();
        let bytes = canonical(tree, tree.root()).expect("a canonical form");
        let alone = String::from_utf8(bytes).expect("UTF-8");
        if let Some(again) = signed(&alone, role)
            && let Ok(opened) = again.open()
        {
            let authentic = opened.authenticate(&*KEYS).expect("it was signed");
            assert_eq!(read(&authentic), said);
        }
        // Nobody's word for it: a request for a login may be read, and nothing else.
        let soap = clau_saml::binding::envelope(message).into_bytes();
        let received = Received::from_soap(soap, role);
        if let Ok(opened) = received.open()
            && let Ok(authentic) = opened.accept_unsigned()
        {
            let is_request = opened.kind() == Kind::AuthnRequest;
            let read = read(&authentic);
            assert!(
                read.iter()
                    .all(|it| is_request && matches!(it, Read::Authn(_)))
            );
        }
    }
});
