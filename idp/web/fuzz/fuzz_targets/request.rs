//! Target, host, cookies, forwarded addresses and the browser's name: lines of a request's head.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use clau_web::http::cookies::Jar;
use clau_web::http::target::{Base, check};
use clau_web::http::{address, browser};
use http::header::{COOKIE, HOST};
use http::{HeaderMap, HeaderValue, Uri, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let Ok(uri) = lines.next().unwrap_or_default().parse::<Uri>() else { return };
    let mut headers = HeaderMap::new();
    for (name, line) in ["host", "x-forwarded-for", "cookie"].into_iter().zip(&mut lines) {
        let Ok(value) = HeaderValue::from_str(line) else { return };
        headers.append(name, value);
    }
    let base = Base::new("https://ent.example.fr");
    if check(&base, &uri, &headers, Version::HTTP_11).is_ok() && !uri.path().starts_with("/health/") {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        assert!(host.to_ascii_lowercase().starts_with("ent.example.fr"));
    }
    let jar = Jar::read(&headers, true);
    assert!(jar.session.is_none() || headers.contains_key(COOKIE));
    let peer = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    assert_eq!(address::client(peer, &headers, &["10.0.0.0/8".parse().expect("a network")]), peer);
    assert!(browser::describe(text).len() < 60);
});
