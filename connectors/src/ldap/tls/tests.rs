//! Tests of trust in certificates.

use std::io::{Error, ErrorKind};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use super::*;

fn authority() -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let pem = params.self_signed(&key).expect("a certificate").pem();
    (pem, Issuer::new(params, key))
}

fn at(year: i32) -> Timestamp {
    let years = i64::from(year) - 1970;
    Timestamp::from_millis(years * 31_556_952_000)
}

#[test]
fn authorities_are_read_as_pem() {
    let (pem, _) = authority();
    assert!(Tls::new(&pem).is_ok());
    assert!(Tls::new(&format!("# our directory\n{pem}\n{pem}")).is_ok());
    let garbled = pem.replace("MII", "AAA");
    let key = KeyPair::generate().expect("a key").serialize_pem();
    for bad in ["nonsense", garbled.as_str(), key.as_str()] {
        assert_eq!(Tls::new(bad).expect_err(bad), BadAuthorities::Pem, "{bad}");
    }
}

#[test]
fn key_06_a_certificate_is_told_before_it_ends() {
    let (pem, issuer) = authority();
    let tls = Tls::new(&pem).expect("authorities");
    let mut params = CertificateParams::new(vec!["ldap.example.fr".to_owned()]).expect("a name");
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2030, 1, 1);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, &issuer).expect("a certificate");
    let chain = [certificate.der().clone()];
    let name = ServerName::try_from("ldap.example.fr").expect("a name");
    assert!(!tls.ends_soon(&chain, &name, at(2028)));
    assert!(tls.ends_soon(&chain, &name, at(2030)));
    assert!(!tls.ends_soon(&[], &name, at(2030)));
}

#[test]
fn key_06_what_is_wrong_is_said_in_words() {
    let problem = |why: CertificateError| {
        let error = rustls::Error::InvalidCertificate(why);
        certificate_problem(&Error::new(ErrorKind::InvalidData, error)).expect("a problem")
    };
    let other_name = CertificateError::NotValidForNameContext {
        expected: ServerName::try_from("ldap.example.fr").expect("a name"),
        presented: vec!["DnsName(\"dc1.lycee.lan\")".to_owned()],
    };
    for (why, word) in [
        (CertificateError::Expired, "expired"),
        (CertificateError::NotValidYet, "clock"),
        (CertificateError::UnknownIssuer, "`ldap.ca`"),
        (other_name, "dc1.lycee.lan"),
        (CertificateError::BadEncoding, "BadEncoding"),
    ] {
        assert!(problem(why.clone()).contains(word), "{why:?}");
    }
    let closed = Error::from(ErrorKind::UnexpectedEof);
    assert_eq!(certificate_problem(&closed), None);
    let alert = rustls::Error::HandshakeNotComplete;
    let alert = Error::new(ErrorKind::InvalidData, alert);
    assert_eq!(certificate_problem(&alert), None);
}
