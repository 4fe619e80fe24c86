//! Certificates as operators hand them in.

use super::*;
use crate::signature::tests::key;

#[test]
fn certificates_are_read_one_after_the_other() {
    let keys = [key(KeyKind::P256), key(KeyKind::P256)];
    let pem = |key: &SigningKey| {
        let base64 = key.certificate().base64();
        format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
    };
    let text = format!(
        "# the old one\n{}\n# the new one\n{}",
        pem(&keys[0]),
        pem(&keys[1])
    );
    let read = Certificate::all_from_pem(&text).expect("two certificates");
    assert_eq!(
        read,
        [keys[0].certificate().clone(), keys[1].certificate().clone()]
    );
    assert_eq!(Certificate::all_from_pem("no certificate"), Ok(Vec::new()));
    let broken = text.replace("BEGIN", "BEGUN");
    assert!(matches!(
        Certificate::all_from_pem(&broken),
        Err(Problem::Key(_))
    ));
}

#[test]
fn a_certificate_says_until_when_it_is_good() {
    let until = key(KeyKind::P256).certificate().says_until();
    let until = until.expect("a date").rfc3339();
    assert_eq!(until, "2046-12-31T00:00:00.000Z");
    assert_eq!(Certificate::from_der(b"rubbish").says_until(), None);
}
