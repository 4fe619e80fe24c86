//! What holds for whatever strangers send. The same questions are put to the fuzzer, in `fuzz/`.

use std::net::IpAddr;

use http::header::HOST;
use http::{HeaderMap, HeaderValue, Uri, Version};
use ipnet::IpNet;
use proptest::prelude::*;

use super::cookies::Jar;
use super::fields::{Fields, MOST_FIELDS};
use super::headers::page_policy;
use super::target::{Base, check};
use super::{address, browser};
use crate::pages::percent;

proptest! {
    #[test]
    fn avl_08_forms_never_panic_and_repeated_names_have_no_value(text in "[a-c=&%0-9+é]{0,200}") {
        if let Ok(fields) = Fields::parse(&text) {
            prop_assert!(fields.pairs().len() <= MOST_FIELDS);
            for (name, value) in fields.pairs() {
                let times = fields.pairs().iter().filter(|(known, _)| known == name).count();
                match fields.one(name) {
                    Ok(read) => prop_assert_eq!((read, times), (Some(value.as_str()), 1)),
                    Err(_) => prop_assert!(times > 1),
                }
            }
        }
    }

    #[test]
    fn web_05_no_other_host_is_ever_answered(host in "\\PC{0,40}", path in "/[a-z%.;/]{0,30}") {
        let base = Base::new("https://ent.example.fr");
        let mut headers = HeaderMap::new();
        if let (Ok(value), Ok(uri)) = (HeaderValue::from_str(&host), path.parse::<Uri>()) {
            headers.insert(HOST, value);
            if check(&base, &uri, &headers, Version::HTTP_11).is_ok() && !path.starts_with("/health/") {
                prop_assert!(host.eq_ignore_ascii_case("ent.example.fr") || host.eq_ignore_ascii_case("ent.example.fr:443"));
            }
        }
    }

    #[test]
    fn web_06_a_stranger_s_header_never_changes_who_they_are(line in "[0-9a-f.:, \\[\\]]{0,60}", peer in any::<[u8; 4]>()) {
        let peer = IpAddr::from(peer);
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().expect("a network")];
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(&line) {
            headers.insert("x-forwarded-for", value);
        }
        let found = address::client(peer, &headers, &trusted);
        prop_assert!(trusted[0].contains(&peer) || found == peer);
    }

    #[test]
    fn avl_08_cookies_and_browsers_never_panic(line in "\\PC{0,120}") {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(&line) {
            headers.insert("cookie", value);
        }
        let jar = Jar::read(&headers, true);
        prop_assert!(jar.session.is_none() || line.contains("__Host-clau-session="));
        prop_assert!(browser::describe(&line).len() < 60);
    }

    #[test]
    fn web_01_an_origin_never_adds_a_directive(origin in "\\PC{0,60}") {
        let policy = page_policy(false, Some(&origin), &[&format!("https://{origin}")]);
        let closed = page_policy(false, None, &[]);
        let (policy, closed) = (policy.to_str().expect("ASCII"), closed.to_str().expect("ASCII"));
        let framed = policy.matches("frame-src https://").count();
        prop_assert_eq!(policy.matches(';').count(), closed.matches(';').count() + framed);
        prop_assert!(!policy.contains("'unsafe") && !policy.contains('*'));
    }

    #[test]
    fn web_03_a_way_back_survives_the_query(path in "\\PC{0,60}") {
        let query = format!("back={}", percent(&path));
        if let Ok(fields) = Fields::parse(&query) {
            prop_assert_eq!(fields.one("back"), Ok(Some(path.as_str())));
        }
    }
}
