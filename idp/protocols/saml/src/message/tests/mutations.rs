//! One change anywhere in what was signed: it is refused, or it changes nothing that is read. And nothing at
//! all makes a reader panic (AVL-08).

use proptest::prelude::*;

use super::*;
use crate::binding::{Address, Role};
use crate::encryption::{DecryptionKey, decrypt};
use crate::xml::{Limits, Tree};

/// A change of a text of bytes.
#[derive(Clone, Debug)]
enum Change {
    Put(u8),
    Flip(u8),
    Insert(u8),
    Remove(usize),
    Repeat(usize),
    /// A part is put in place of another one.
    Move(prop::sample::Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>();
    prop_oneof![
        any::<u8>().prop_map(Change::Put),
        (0..8_u8).prop_map(|bit| Change::Flip(1 << bit)),
        prop::sample::select(b" \"'<>/=&;#x:AZaz09_-\n\r\t\0".to_vec()).prop_map(Change::Put),
        prop::sample::select(b" \"'<>/=&;#x:AZaz09_-\n\r\t\0".to_vec()).prop_map(Change::Insert),
        (1..80_usize).prop_map(Change::Remove),
        (1..200_usize).prop_map(Change::Repeat),
        (index, 1..200_usize).prop_map(|(from, length)| Change::Move(from, length)),
    ]
}

fn apply(bytes: &[u8], at: prop::sample::Index, change: &Change) -> Vec<u8> {
    let at = at.index(bytes.len());
    let part = |from: usize, length: usize| bytes[from..(from + length).min(bytes.len())].to_vec();
    let mut changed = bytes.to_vec();
    match *change {
        Change::Put(byte) => changed[at] = byte,
        Change::Flip(bit) => changed[at] ^= bit,
        Change::Insert(byte) => changed.insert(at, byte),
        Change::Remove(length) => {
            changed.drain(at..(at + length).min(bytes.len()));
        }
        Change::Repeat(length) => {
            changed.splice(at..at, part(at, length));
        }
        Change::Move(from, length) => {
            let end = (at + length).min(bytes.len());
            changed.splice(at..end, part(from.index(bytes.len()), length));
        }
    }
    changed
}

/// Several changes, one after the other.
fn several(good: &[u8], changes: &[(prop::sample::Index, Change)]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for (at, change) in changes {
        if !bytes.is_empty() {
            bytes = apply(&bytes, *at, change);
        }
    }
    bytes
}

fn read_bytes(bytes: &[u8]) -> Result<Asserted, Problem> {
    let received = Received::from_form(&[("SAMLResponse".to_owned(), STANDARD.encode(bytes))])?;
    let opened = received.open()?;
    let keys = trusted();
    let authentic = if opened.is_signed() {
        opened.authenticate(&keys)?
    } else {
        opened.accept_unsigned()?
    };
    Asserted::read(&authentic, &expected(&keys, &[]))?.map_err(|_| Problem::Refused("the status"))
}

/// Answers, sealed in each of the ways.
static ANSWERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let answers = SIGNED
        .iter()
        .map(|(_, assertion, response)| sealed(&EC, *assertion, *response));
    answers.collect()
});

static REQUESTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let request = AuthnRequest {
        header: header(Some("https://ent.example/saml/sso"), SP),
        force_authn: true,
        is_passive: false,
        acs: AcsChoice::Location {
            location: ACS.to_owned(),
            binding: None,
        },
        attributes: Some(3),
        name_id: NameIdPolicy {
            format: Some(name_id::PERSISTENT.to_owned()),
            sp_name_qualifier: None,
            allow_create: true,
        },
        context: Some(RequestedContext {
            comparison: Comparison::Minimum,
            classes: vec![context::PASSWORD_PROTECTED_TRANSPORT.to_owned()],
        }),
        scoping: None,
    };
    vec![
        request.write(Some(&EC)).expect("a request"),
        request.write(None).expect("a request"),
    ]
});

/// One message of each kind without a signature, so that what lies behind one is reached.
static BARE: LazyLock<Vec<String>> = LazyLock::new(|| {
    let requests = wrapping::requests(&EC);
    let mut messages: Vec<String> = requests
        .iter()
        .map(|(_, xml)| without(xml, "ds:Signature"))
        .collect();
    messages.extend([bare(), REQUESTS[1].clone()]);
    messages
});

/// Any text can be signed, so.
fn by_redirect(message: &str, role: Role) -> Received {
    let address = Address {
        location: "https://ent.example/saml/sso",
        role,
        relay_state: None,
    };
    let url = address.with(message, Some(&EC)).expect("an address");
    Received::from_query(url.split_once('?').expect("a query").1).expect("a message")
}

/// Whatever a message says, by whichever reader takes it.
fn readings(authentic: &Authentic<'_>) -> Vec<String> {
    let keys = trusted();
    let expected = expected(&keys, &[]);
    let asserted = Asserted::read(authentic, &expected);
    [
        AuthnRequest::read(authentic)
            .map(|it| format!("{it:?}"))
            .ok(),
        LogoutRequest::read(authentic, &[], NOW)
            .map(|it| format!("{it:?}"))
            .ok(),
        LogoutResponse::read(authentic)
            .map(|it| format!("{it:?}"))
            .ok(),
        ArtifactResolve::read(authentic)
            .map(|it| format!("{it:?}"))
            .ok(),
        asserted
            .ok()
            .and_then(Result::ok)
            .map(|it| format!("{it:?}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A request by redirect, as its query.
static QUERY: LazyLock<String> = LazyLock::new(|| {
    let address = Address {
        location: "https://ent.example/saml/sso",
        role: Role::Request,
        relay_state: Some("a+b c&d"),
    };
    let url = address.with(&REQUESTS[1], Some(&EC)).expect("an address");
    url.split_once('?').expect("a query").1.to_owned()
});

fn read_request(bytes: &[u8]) -> Result<AuthnRequest, Problem> {
    let received = Received::from_form(&[("SAMLRequest".to_owned(), STANDARD.encode(bytes))])?;
    // Signed is what it must be.
    AuthnRequest::read(&received.open()?.authenticate(&trusted())?)
}

fn read_query(query: &str) -> Result<(AuthnRequest, Option<String>), Problem> {
    let received = Received::from_query(query)?;
    let request = AuthnRequest::read(&received.open()?.authenticate(&trusted())?)?;
    Ok((request, received.relay_state))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn sig_08_a_changed_answer_is_refused_or_the_same(
        which in 0..3_usize, at in any::<prop::sample::Index>(), change in change(),
    ) {
        let good = ANSWERS[which].as_bytes();
        if let Ok(read) = read_bytes(&apply(good, at, &change)) {
            prop_assert_eq!(Ok(read), read_bytes(good));
        }
    }

    #[test]
    fn sig_08_a_changed_request_is_refused_or_the_same(at in any::<prop::sample::Index>(), change in change()) {
        let good = REQUESTS[0].as_bytes();
        if let Ok(read) = read_request(&apply(good, at, &change)) {
            prop_assert_eq!(Ok(read), read_request(good));
        }
    }

    #[test]
    fn sig_09_a_changed_query_is_refused_or_the_same(at in any::<prop::sample::Index>(), change in change()) {
        let changed = apply(QUERY.as_bytes(), at, &change);
        if let Ok(text) = String::from_utf8(changed)
            && let Ok(read) = read_query(&text)
        {
            prop_assert_eq!(Ok(read), read_query(&QUERY));
        }
    }

    #[test]
    fn avl_08_no_message_makes_a_reader_panic(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), change()), 1..6),
    ) {
        let good = which.get(&BARE).as_bytes();
        read_everything(&several(good, &changes));
    }

    #[test]
    fn sig_08_every_reader_says_what_the_signed_bytes_say(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), change()), 0..4),
    ) {
        let bytes = several(which.get(&BARE).as_bytes(), &changes);
        let Ok(message) = String::from_utf8(bytes) else { return Ok(()) };
        for role in [Role::Request, Role::Response] {
            let received = by_redirect(&message, role);
            let Ok(opened) = received.open() else { continue };
            prop_assert!(opened.authenticate(&[peer(&ATTACKER)]).is_err());
            let keys = trusted();
            let authentic = opened.authenticate(&keys).expect("it was signed");
            let said = readings(&authentic);
            prop_assert!(said.len() <= 1, "read as two kinds of message: {said:?}");
            let tree = authentic.tree();
            let bytes = signature::canonical(tree, tree.root()).expect("a canonical form");
            let alone = by_redirect(&String::from_utf8(bytes).expect("UTF-8"), role);
            let opened = alone.open().expect("the same message");
            let authentic = opened.authenticate(&keys).expect("it was signed");
            prop_assert_eq!(readings(&authentic), said);
        }
    }

    #[test]
    fn sig_07_nobodys_word_is_taken_for_anything_but_a_request(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), change()), 0..4),
    ) {
        let message = several(which.get(&BARE).as_bytes(), &changes);
        let soap = crate::binding::envelope(&String::from_utf8_lossy(&message)).into_bytes();
        for role in [Role::Request, Role::Response] {
            let received = Received::from_soap(soap.clone(), role);
            let Ok(opened) = received.open() else { continue };
            prop_assert!(opened.authenticate(&trusted()).is_err());
            if let Ok(authentic) = opened.accept_unsigned() {
                let said = readings(&authentic);
                prop_assert!(said.is_empty() || opened.kind() == Kind::AuthnRequest, "{said:?}");
            }
        }
    }

    #[test]
    fn saml_15_an_artifact_is_all_that_is_in_its_text(
        bytes in proptest::collection::vec(any::<u8>(), 40..48), kind in 0..6_u8,
    ) {
        let text = STANDARD.encode([&[0, kind], bytes.as_slice()].concat());
        match crate::binding::Artifact::parse(&text) {
            Some(artifact) => {
                prop_assert_eq!((kind, bytes.len()), (4, 42));
                prop_assert_eq!(artifact.text(), text);
                let shown = format!("{artifact:?}");
                prop_assert!(!shown.contains(&artifact.handle()));
            }
            None => prop_assert!(kind != 4 || bytes.len() != 42),
        }
    }

    #[test]
    fn avl_08_no_bytes_make_a_binding_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        query in "((SAML(Request|Response|Encoding)|RelayState|SigAlg|Signature|[%+&=]|%[0-9a-fA-F]{1,2}|[A-Za-z0-9/]{1,8})){0,20}",
    ) {
        let _ = Received::from_query(&query).and_then(|it| it.open().map(drop));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let _ = Received::from_query(&text);
        let _ = Received::from_form(&[("SAMLRequest".to_owned(), text.clone())]);
        let _ = crate::binding::Artifact::parse(&text);
        for role in [Role::Request, Role::Response] {
            let _ = Received::from_soap(bytes.clone(), role).open().map(drop);
        }
        let _ = crate::key::Certificate::from_pem(&text);
        let _ = crate::key::Certificate::from_der(&bytes).key();
        let _ = PeerKey::from_spki(&bytes);
        let _ = DecryptionKey::from_pkcs8(&bytes);
    }
}

/// Gives bytes to every reader there is, as something that needed no signature or as something that is in an
/// envelope.
fn read_everything(bytes: &[u8]) {
    let keys = trusted();
    let service = [private(&SERVICE)];
    let soap = crate::binding::envelope(&String::from_utf8_lossy(bytes)).into_bytes();
    for received in [
        Received::from_form(&[("SAMLRequest".to_owned(), STANDARD.encode(bytes))]).expect("a form"),
        Received::from_form(&[("SAMLResponse".to_owned(), STANDARD.encode(bytes))])
            .expect("a form"),
        Received::from_soap(soap, Role::Request),
    ] {
        let Ok(opened) = received.open() else {
            continue;
        };
        let _ = opened.claimed_issuer();
        let _ = opened.authenticate(&keys);
        let Ok(authentic) = opened.accept_unsigned() else {
            continue;
        };
        let _ = AuthnRequest::read(&authentic);
        let _ = LogoutRequest::read(&authentic, &service, NOW);
        let _ = LogoutResponse::read(&authentic);
        let _ = ArtifactResolve::read(&authentic);
        let _ = Asserted::read(&authentic, &expected(&keys, &service));
    }
    if let Ok(tree) = Tree::parse(bytes, &Limits::PROTOCOL) {
        let _ = decrypt(tree.root(), &service);
        let _ = signature::canonical(&tree, tree.root());
    }
}

#[test]
fn saml_01_each_kind_of_message_is_read_by_one_reader() {
    for message in BARE.iter() {
        let read: usize = [Role::Request, Role::Response]
            .into_iter()
            .filter_map(|role| {
                let received = by_redirect(message, role);
                let opened = received.open().ok()?;
                let said = readings(&opened.authenticate(&trusted()).expect("it was signed"));
                Some(said.len())
            })
            .sum();
        assert_eq!(read, 1, "{message}");
    }
}

#[test]
fn sig_08_no_bit_of_what_is_signed_may_change() {
    // Every byte once, one of its bits.
    for (good, (what, _, _)) in ANSWERS.iter().zip(SIGNED) {
        let genuine = read_bytes(good.as_bytes());
        assert!(genuine.is_ok());
        for at in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[at] ^= 1;
            let read = read_bytes(&bytes);
            assert!(read.is_err() || read == genuine, "{what}: byte {at}");
        }
    }
}

#[test]
fn sig_08_what_ends_early_or_late_is_no_message() {
    for good in ANSWERS.iter() {
        for end in 0..good.len() {
            assert!(read_bytes(&good.as_bytes()[..end]).is_err(), "{end}");
        }
        for rest in [
            "x",
            "<",
            "<x/>",
            "\0",
            "</samlp:Response>",
            "<!-- x -->",
            "<?x?>",
            "&amp;",
            good.as_str(),
        ] {
            assert!(
                read_bytes(format!("{good}{rest}").as_bytes()).is_err(),
                "{rest}"
            );
            assert!(
                read_bytes(format!("{rest}{good}").as_bytes()).is_err(),
                "{rest}"
            );
        }
        // White space is nothing.
        assert!(read_bytes(format!("\n {good}\r\n").as_bytes()).is_ok());
    }
}
