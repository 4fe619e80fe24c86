//! Tests of the driver against directories that answer by a script: Active Directory as it is, and servers that
//! have been taken over. The tests against a real directory are in `tests/tests/e2e/upstream_ldap.rs`.

use clau_domain::random::SeededForTests;
use clau_domain::session::Assurance;

use super::samples::{
    Asked, BIND, BOUND, CONTROLS, DONE, EXTENDED, OCTET_STRING, REFERENCE, SEARCH, SEQUENCE,
    Scripted, entry, message, outcome, tlv,
};
use super::*;
use crate::contract::{Http, Keys, Request, Response};

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);
const DN: &str = "CN=Delmas Bérengère,OU=Personnels,DC=lycee,DC=lan";
const ACCOUNT: &str = "clau@lycee.lan";

/// Directories call nobody.
struct Nobody;

impl Http for Nobody {
    fn send<'a>(&'a self, request: Request<'a>) -> Answer<'a, Response> {
        panic!("{} was called", request.url)
    }
}

fn registration(scheme: &str, server: &Scripted) -> Connector {
    let text = serde_json::json!({
        "id": "lycee-agricole",
        "name": "Lycée agricole",
        "trust": {},
        "ldap": {
            "servers": [format!("{scheme}://localhost:{}", server.port)],
            "ca": server.pem,
            "bind_dn": ACCOUNT,
            "base": "DC=lycee,DC=lan",
            "filter": "(&(objectCategory=person)(objectClass=user)(|(userPrincipalName={login})(sAMAccountName={login})))",
            "subject": "objectGUID",
        },
        "attributes": { "mail": ["mail"], "given_name": ["givenName"] },
    });
    serde_json::from_value(text).expect("a registration")
}

fn made(connector: &Connector) -> Box<dyn Driver> {
    let secret = SecretString::from("account");
    let blueprint = Blueprint {
        connector,
        secret: Some(&secret),
        base_url: "https://ent.example.fr",
    };
    driver(blueprint).expect("a driver")
}

async fn login(driver: &dyn Driver) -> Result<Arrived, Fault> {
    let random = SeededForTests::new(1);
    let keys = Keys::default();
    let call = Call {
        now: NOW,
        random: &random,
        http: &Nobody,
        keys: &keys,
    };
    let password = SecretString::from("garonne-et-gers");
    let arrival = Arrival::Credentials {
        login: "b.delmas",
        password: &password,
    };
    driver.arrive(&call, &arrival, None).await
}

/// A login at a server with a script.
async fn at(script: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> Result<Arrived, Fault> {
    let server = Scripted::start(None, script).await;
    login(made(&registration("ldaps", &server)).as_ref()).await
}

fn delmas() -> Vec<u8> {
    let guid = hex::decode("33221100554477668899aabbccddeeff").expect("hexadecimal");
    entry(
        DN,
        &[
            ("objectGUID", &[&guid]),
            ("givenName", &["Bérengère".as_bytes()]),
            ("mail", &[b"b.delmas@lycee.example.fr"]),
        ],
    )
}

/// Active Directory: people and references to its other parts; `bound` is what it says to a person.
fn active_directory(asked: &Asked, bound: &[u8]) -> Vec<u8> {
    match asked.operation {
        BIND if asked.says(ACCOUNT) => asked.answer(&[outcome(BOUND, 0, b"")]),
        BIND => asked.answer(&[bound.to_vec()]),
        SEARCH => {
            let zone = |name: &str| {
                let to = format!("ldap://{name}.lycee.lan/DC={name},DC=lycee,DC=lan");
                tlv(REFERENCE, &tlv(OCTET_STRING, to.as_bytes()))
            };
            asked.answer(&[
                delmas(),
                zone("ForestDnsZones"),
                zone("DomainDnsZones"),
                outcome(DONE, 0, b""),
            ])
        }
        _ => Vec::new(),
    }
}

fn said(code: &str) -> Vec<u8> {
    let text = format!(
        "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {code}, v4563\0"
    );
    outcome(BOUND, 49, text.as_bytes())
}

#[tokio::test]
async fn somebody_of_active_directory() {
    let server = Scripted::start(None, |asked| {
        active_directory(asked, &outcome(BOUND, 0, b""))
    })
    .await;
    let driver = made(&registration("ldaps", &server));
    let arrived = login(driver.as_ref()).await.expect("somebody");
    assert_eq!(
        arrived.identity.subject,
        "00112233-4455-6677-8899-aabbccddeeff"
    );
    assert_eq!(arrived.identity.level, Assurance::SingleFactor);
    let asked = server.asked();
    let operations: Vec<u8> = asked.iter().map(|asked| asked.operation).collect();
    assert_eq!(operations, [BIND, SEARCH, BIND]);
    // No references, please, and what the password policy has to say.
    assert!(asked[1].says("1.2.840.113556.1.4.1339"));
    assert!(asked[1].says("objectGUID") && asked[1].says("givenName"));
    assert!(!asked[1].says("memberOf"));
    assert!(asked[2].says("1.3.6.1.4.1.42.2.27.8.5.1"));
    assert!(asked[2].says(DN) && asked[2].says("garonne-et-gers"));
    assert!(!asked[0].says("garonne-et-gers") && !asked[1].says("garonne-et-gers"));
}

#[tokio::test]
async fn fed_11_what_active_directory_says_of_an_account() {
    for code in ["52e", "525", "533", "701", "775"] {
        let fault = at(move |asked| active_directory(asked, &said(code))).await;
        assert_eq!(fault.map(|_| ()), Err(Fault::Credentials), "{code}");
    }
    for code in ["532", "773"] {
        let fault = at(move |asked| active_directory(asked, &said(code))).await;
        assert!(matches!(fault, Err(Fault::Refused(_))), "{code}");
    }
}

#[tokio::test]
async fn fed_11_a_referral_proves_nothing() {
    let mut referral = outcome(BOUND, 10, b"");
    let to = tlv(0xa3, &tlv(OCTET_STRING, b"ldap://evil.example/"));
    let inside = [&referral[2..], &to].concat();
    referral = tlv(BOUND, &inside);
    let fault = at(move |asked| active_directory(asked, &referral)).await;
    assert!(matches!(fault, Err(Fault::Unusable(_))), "{fault:?}");
}

#[tokio::test]
async fn fed_11_exactly_one_entry() {
    let answers: [Vec<Vec<u8>>; 4] = [
        vec![delmas(), delmas(), outcome(DONE, 0, b"")],
        // More than it hands out, or more than was asked for, and no end.
        vec![delmas(), outcome(DONE, 4, b"")],
        vec![outcome(DONE, 4, b"")],
        vec![delmas(), delmas(), delmas()],
    ];
    for answer in answers {
        let fault = at(move |asked| match asked.operation {
            SEARCH => asked.answer(&answer),
            _ => asked.answer(&[outcome(BOUND, 0, b"")]),
        })
        .await;
        assert!(matches!(fault, Err(Fault::Untrusted(_))), "{fault:?}");
    }
    let fault = at(|asked| match asked.operation {
        SEARCH => asked.answer(&[outcome(DONE, 0, b"")]),
        _ => asked.answer(&[outcome(BOUND, 0, b"")]),
    })
    .await;
    assert_eq!(fault.map(|_| ()), Err(Fault::Credentials));
}

#[tokio::test]
async fn fed_11_an_entry_without_a_name_proves_nothing() {
    for dn in ["", " "] {
        let fault = at(move |asked| match asked.operation {
            SEARCH => {
                let guid: &[u8] = &[7; 16];
                let found = entry(dn, &[("objectGUID", &[guid])]);
                asked.answer(&[found, outcome(DONE, 0, b"")])
            }
            _ => asked.answer(&[outcome(BOUND, 0, b"")]),
        })
        .await;
        assert!(matches!(fault, Err(Fault::Untrusted(_))), "{fault:?}");
    }
}

#[tokio::test]
async fn pwd_06_nobody_takes_as_long_as_somebody() {
    let server = Scripted::start(None, |asked| match asked.operation {
        SEARCH => asked.answer(&[outcome(DONE, 0, b"")]),
        BIND if asked.says(ACCOUNT) => asked.answer(&[outcome(BOUND, 0, b"")]),
        _ => asked.answer(&[outcome(BOUND, 49, b"")]),
    })
    .await;
    let driver = made(&registration("ldaps", &server));
    let fault = login(driver.as_ref()).await;
    assert_eq!(fault.map(|_| ()), Err(Fault::Credentials));
    let asked = server.asked();
    let operations: Vec<u8> = asked.iter().map(|asked| asked.operation).collect();
    assert_eq!(operations, [BIND, SEARCH, BIND], "as for somebody");
    assert!(asked[2].says("cn=nobody-") && !asked[2].says("garonne-et-gers"));
}

#[tokio::test]
async fn avl_08_a_directory_that_was_taken_over_ends_its_own_question() {
    // What would end the process: the library follows any depth.
    let deep = (0..5_000).fold(Vec::new(), |inside, _| tlv(SEQUENCE, &inside));
    // What the library stumbles over: an answer to something else, a control without a name.
    let nameless = [outcome(DONE, 0, b""), tlv(CONTROLS, &tlv(SEQUENCE, b""))].concat();
    let answers: [(&str, Vec<u8>); 6] = [
        ("depth", message(2, &deep)),
        (
            "an answer to something else",
            message(2, &outcome(BOUND, 0, b"")),
        ),
        ("a nameless control", message(2, &nameless)),
        ("no LDAP", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        (
            "an endless length",
            vec![SEQUENCE, 0x84, 0x7f, 0xff, 0xff, 0xff],
        ),
        ("a hole", vec![SEQUENCE, 0x00]),
    ];
    for (what, answer) in answers {
        let fault = at(move |asked| match asked.operation {
            SEARCH => answer.clone(),
            _ => asked.answer(&[outcome(BOUND, 0, b"")]),
        })
        .await;
        let given_up = matches!(fault, Err(Fault::Untrusted(_) | Fault::NoAnswer(_)));
        assert!(given_up, "{what}: {fault:?}");
    }
    // An entry where the answer to a proof is expected.
    let fault = at(|asked| asked.answer(&[delmas()])).await;
    assert!(matches!(fault, Err(Fault::Untrusted(_))), "{fault:?}");
}

#[tokio::test]
async fn a_notice_of_disconnection_is_no_answer() {
    let fault = at(|asked| {
        let notice = tlv(
            EXTENDED,
            &[
                &outcome(EXTENDED, 52, b"")[2..],
                &tlv(0x8a, b"1.3.6.1.4.1.1466.20036"),
            ]
            .concat(),
        );
        let mut bytes = message(0, &notice);
        bytes.extend(active_directory(asked, &outcome(BOUND, 0, b"")));
        bytes
    })
    .await;
    fault.expect("somebody");
}

#[tokio::test]
async fn key_06_nothing_said_before_tls_is_believed() {
    let yes = message(1, &outcome(EXTENDED, 0, b""));
    let good = Scripted::start(Some(yes.clone()), |asked| {
        active_directory(asked, &outcome(BOUND, 0, b""))
    })
    .await;
    login(made(&registration("ldap", &good)).as_ref())
        .await
        .expect("somebody");
    // Somebody on the way puts an answer behind that of the server, for the question to come.
    let injected = [yes.clone(), message(1, &outcome(BOUND, 0, b""))].concat();
    let no = message(1, &outcome(EXTENDED, 2, b"unsupported"));
    for (greeting, untrusted) in [
        (injected, true),
        (b"HTTP/1.1 400 Bad Request\r\n".to_vec(), true),
        (no, false),
        (message(2, &outcome(EXTENDED, 0, b"")), false),
        (message(1, &outcome(BOUND, 0, b"")), false),
    ] {
        let server = Scripted::start(Some(greeting), |_| Vec::new()).await;
        let fault = login(made(&registration("ldap", &server)).as_ref()).await;
        match fault {
            Err(Fault::Untrusted(_)) if untrusted => {}
            Err(Fault::NoAnswer(_)) if !untrusted => {}
            other => panic!("{other:?}"),
        }
        assert!(server.asked().is_empty(), "nothing was said");
    }
}

#[tokio::test]
async fn a_subject_is_one_value() {
    let guid = |byte: u8| vec![byte; 16];
    for (values, good) in [(1, true), (2, false), (0, false)] {
        let fault = at(move |asked| match asked.operation {
            SEARCH => {
                let guids: Vec<Vec<u8>> = (0..values).map(guid).collect();
                let guids: Vec<&[u8]> = guids.iter().map(Vec::as_slice).collect();
                let found = entry(DN, &[("OBJECTGUID", &guids)]);
                asked.answer(&[found, outcome(DONE, 0, b"")])
            }
            _ => asked.answer(&[outcome(BOUND, 0, b"")]),
        })
        .await;
        assert_eq!(fault.is_ok(), good, "{values}: {fault:?}");
        assert!(
            good || matches!(fault, Err(Fault::Untrusted(_))),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn who_looks_people_up_is_let_in_or_nobody_is() {
    let fault = at(|asked| asked.answer(&[outcome(BOUND, 49, b"")])).await;
    assert!(
        matches!(&fault, Err(Fault::Unusable(words)) if words.contains("ldap.bind_dn")),
        "{fault:?}"
    );
    let fault = at(|asked| asked.answer(&[outcome(BOUND, 51, b"")])).await;
    assert!(matches!(fault, Err(Fault::NoAnswer(_))), "{fault:?}");
    let fault = at(|asked| match asked.operation {
        SEARCH => asked.answer(&[outcome(DONE, 32, b"")]),
        _ => asked.answer(&[outcome(BOUND, 0, b"")]),
    })
    .await;
    assert!(
        matches!(&fault, Err(Fault::Unusable(words)) if words.contains("ldap.base")),
        "{fault:?}"
    );
}

#[tokio::test]
async fn levels_know_what_a_directory_does() {
    let server = Scripted::start(None, |asked| {
        active_directory(asked, &outcome(BOUND, 0, b""))
    })
    .await;
    let mut connector = registration("ldaps", &server);
    let multi = Assurance::MultiFactor;
    connector.levels.insert("other".to_owned(), multi);
    let fault = login(made(&connector).as_ref()).await;
    assert!(matches!(fault, Err(Fault::TooWeak(_))), "{fault:?}");
    let single = Assurance::SingleFactor;
    connector.levels.insert(CONTEXT.to_owned(), single);
    let arrived = login(made(&connector).as_ref()).await.expect("somebody");
    assert_eq!(arrived.identity.level, single);
}
