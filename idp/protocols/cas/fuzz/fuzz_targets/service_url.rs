//! A service address against a registered pattern (CAS-01): nothing panics, and what matches has the
//! registered host, scheme and port.
#![no_main]

use clau_domain::url::{UrlPattern, WebUrl, same_service};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(url) = WebUrl::parse(text) else { return };
    assert!(same_service(&url, &url));
    assert_eq!(WebUrl::parse(url.as_str()).as_ref(), Ok(&url));
    let sent = url.with_query_pair("ticket", "ST-1");
    assert_eq!((sent.origin(), sent.path()), (url.origin(), url.path()));
    let pattern = UrlPattern::parse("https://*.ent.example.fr/app/");
    if pattern.is_ok_and(|pattern| pattern.matches(&url)) {
        assert!(url.is_https() && url.port() == 443);
        assert!(url.host().ends_with(".ent.example.fr"));
        assert!(url.fragment().is_none());
    }
});
