//! Tests of addresses and patterns: tables of attacks, and properties over generated ones.

use proptest::prelude::*;

use super::*;

fn url(text: &str) -> WebUrl {
    WebUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn pattern(text: &str) -> UrlPattern {
    UrlPattern::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn cas_01_addresses_that_are_refused() {
    for (text, why) in [
        ("", BadUrl::NotAbsolute),
        ("/app", BadUrl::NotAbsolute),
        ("//notes.example.fr/", BadUrl::NotAbsolute),
        ("https:notes.example.fr", BadUrl::NotAbsolute),
        ("https:/notes.example.fr", BadUrl::NotAbsolute),
        ("https:///notes.example.fr", BadUrl::NotAbsolute),
        ("https://?x", BadUrl::NotAbsolute),
        ("javascript:alert(1)", BadUrl::NotAbsolute),
        ("data:text/html,x", BadUrl::NotAbsolute),
        ("ftp://notes.example.fr/", BadUrl::NotAbsolute),
        ("https//notes.example.fr/", BadUrl::NotAbsolute),
        (" https://notes.example.fr/", BadUrl::Character),
        ("https://notes.example.fr/ ", BadUrl::Character),
        ("https://notes.example.fr/a b", BadUrl::Character),
        ("https://notes.example.fr/\u{a0}", BadUrl::Character),
        (
            "https://notes.example.fr/\r\nSet-Cookie: a",
            BadUrl::Character,
        ),
        ("https://notes.exa\tmple.fr/", BadUrl::Character),
        ("https://notes.example.fr/\0", BadUrl::Character),
        (
            "https://evil.example\\@notes.example.fr/",
            BadUrl::Character,
        ),
        (
            "https://notes.example.fr\\.evil.example/",
            BadUrl::Character,
        ),
        ("https:\\\\evil.example/", BadUrl::Character),
        ("https://notes.example.fr@evil.example/", BadUrl::UserInfo),
        (
            "https://notes.example.fr:443@evil.example/",
            BadUrl::UserInfo,
        ),
        ("https://@evil.example/", BadUrl::UserInfo),
        ("https://user:pass@notes.example.fr/", BadUrl::UserInfo),
        ("https://notes%2eexample.fr/", BadUrl::Host),
        ("https://notes.example.fr%2f.evil.example/", BadUrl::Host),
        ("https://notes.example.fr./", BadUrl::Host),
        ("https://notes..example.fr/", BadUrl::Host),
        ("https://notes.example.fr:/", BadUrl::Host),
        ("https://notes.example.fr:0/", BadUrl::Host),
        ("https://notes.example.fr:99999/", BadUrl::Host),
        ("https://notes.example.fr:x/", BadUrl::Host),
        ("https://[::1/", BadUrl::Host),
        ("https://no<tes.example.fr/", BadUrl::Host),
        ("https://notes.example.fr/app/../admin", BadUrl::DotSegment),
        ("https://notes.example.fr/app/..", BadUrl::DotSegment),
        ("https://notes.example.fr/./app", BadUrl::DotSegment),
        (
            "https://notes.example.fr/app/%2e%2e/admin",
            BadUrl::DotSegment,
        ),
        (
            "https://notes.example.fr/app/.%2E/admin",
            BadUrl::DotSegment,
        ),
        (
            "https://notes.example.fr/app/%252e%252e/admin",
            BadUrl::DotSegment,
        ),
        (
            "https://notes.example.fr/app/%25252e%25252e/admin",
            BadUrl::DotSegment,
        ),
        (
            "https://notes.example.fr/app/..;x=1/admin",
            BadUrl::DotSegment,
        ),
        (
            "https://notes.example.fr/app/%2e%2e%3bx/admin",
            BadUrl::DotSegment,
        ),
        (
            "https://notes.example.fr/app/..%2fadmin",
            BadUrl::DotSegment,
        ),
        (
            "https://notes.example.fr/app/..%5cadmin",
            BadUrl::DotSegment,
        ),
        (
            "https://notes.example.fr/app%2f..%2fadmin",
            BadUrl::DotSegment,
        ),
        ("https://notes.example.fr/app/%00", BadUrl::DotSegment),
        (
            "https://notes.example.fr/app/%0d%0aSet-Cookie",
            BadUrl::DotSegment,
        ),
    ] {
        assert_eq!(WebUrl::parse(text), Err(why), "{text:?}");
    }
    let long = format!("https://notes.example.fr/{}", "a".repeat(LONGEST));
    assert_eq!(WebUrl::parse(&long), Err(BadUrl::TooLong));
}

#[test]
fn addresses_are_read_by_their_components() {
    let read = url("HTTPS://Notes.Example.FR:443/App;jsessionid=9?a=1&b=é");
    assert_eq!(
        (read.scheme(), read.host(), read.port()),
        ("https", "notes.example.fr", 443)
    );
    assert_eq!(read.origin(), "https://notes.example.fr");
    assert_eq!(read.query(), Some("a=1&b=%C3%A9"));
    assert!(read.as_str().is_ascii());
    assert_eq!(
        url("https://école.example.fr/").host(),
        "xn--cole-9oa.example.fr"
    );
    assert_eq!(
        url("http://127.0.0.1:8080/x").origin(),
        "http://127.0.0.1:8080"
    );
    assert_eq!(
        url("HTTPS://Notes.Example.FR").as_str(),
        "HTTPS://Notes.Example.FR"
    );
    assert!(url("http://localhost:1/").is_loopback() && url("http://[::1]/").is_loopback());
    assert!(!url("http://localhost.example.fr/").is_loopback());
}

#[test]
fn cas_01_patterns_match_by_components() {
    for (text, good, bad) in [
        (
            "https://notes.example.fr/app/",
            vec![
                "https://notes.example.fr/app",
                "https://notes.example.fr/app/",
                "https://notes.example.fr/app/x?y=1",
                "https://NOTES.example.fr:443/app/x",
                "https://notes.example.fr/app;jsessionid=A1.b",
                "https://notes.example.fr/%61pp/",
            ],
            vec![
                "https://notes.example.fr/",
                "https://notes.example.fr/apple",
                "https://notes.example.fr/App/",
                "https://notes.example.fr/app;v=2/",
                "http://notes.example.fr/app/",
                "https://notes.example.fr:8443/app/",
                "https://notes.example.fr.evil.example/app/",
                "https://evilnotes.example.fr/app/",
                "https://evil.example/?https://notes.example.fr/app/",
                "https://notes.example.fr/app/#x",
                "https://notes.example.fr//app/",
            ],
        ),
        (
            "https://*.mon-ent.example.fr/",
            vec![
                "https://college-a.mon-ent.example.fr/x",
                "https://b.mon-ent.example.fr",
            ],
            vec![
                "https://mon-ent.example.fr/",
                "https://a.b.mon-ent.example.fr/",
                "https://evilmon-ent.example.fr/",
                "https://a.mon-ent.example.fr.evil.example/",
                "https://a.mon-ent.example.fr:444/",
            ],
        ),
        (
            "https://**.mon-ent.example.fr/",
            vec![
                "https://a.b.mon-ent.example.fr/",
                "https://b.mon-ent.example.fr/",
            ],
            vec![
                "https://mon-ent.example.fr/",
                "https://xmon-ent.example.fr/",
            ],
        ),
        (
            "https://notes.example.fr/?rne=0310001A",
            vec!["https://notes.example.fr/?x=1&rne=0310001A"],
            vec![
                "https://notes.example.fr/",
                "https://notes.example.fr/?rne=0310002B",
                "https://notes.example.fr/?rne=0310001A&rne=0310002B",
                "https://notes.example.fr/?x=rne=0310001A",
            ],
        ),
        (
            "http://localhost:8080/",
            vec!["http://localhost:8080/cas"],
            vec!["http://localhost/", "https://localhost:8080/"],
        ),
    ] {
        let pattern = pattern(text);
        for address in good {
            assert!(
                pattern.matches(&url(address)),
                "{text} must match {address}"
            );
        }
        for address in bad {
            assert!(
                !pattern.matches(&url(address)),
                "{text} must not match {address}"
            );
        }
    }
}

#[test]
fn patterns_that_operators_get_wrong() {
    for (text, expected) in [
        ("notes.example.fr", "begin with https://"),
        ("https://no*tes.example.fr/", "whole first label"),
        ("https://notes.*.fr/", "whole first label"),
        ("https://*/", "whole first label"),
        ("https://notes.example.fr/*", "whole first label"),
        ("https://*.fr/", "two labels"),
        ("https://*.1.2.3.4/", "two labels"),
        ("https://a@notes.example.fr/", "user name"),
        ("https://notes.example.fr/#/", "no `#…` part"),
        ("https://notes.example.fr/a/../b", "dot segment"),
    ] {
        let error = UrlPattern::parse(text).expect_err(text).to_string();
        assert!(
            error.contains(expected) && error.contains(text),
            "{text}: {error}"
        );
    }
}

#[test]
fn the_pattern_that_says_most_is_the_greatest() {
    let mut order = [
        "https://**.example.fr/",
        "https://*.example.fr/",
        "https://*.example.fr/app",
        "https://a.example.fr/",
        "https://a.example.fr/app",
        "https://a.example.fr/app?x=1",
    ]
    .map(|text| pattern(text).specificity());
    let sorted = order;
    order.reverse();
    order.sort();
    assert_eq!(order, sorted);
}

#[test]
fn cas_02_the_same_service_after_normalisation() {
    let issued = url("https://notes.example.fr/app/?b=2&a=1");
    for same in [
        "https://notes.example.fr/app/?a=1&b=2",
        "HTTPS://Notes.Example.fr:443/app/?b=2&a=1",
        "https://notes.example.fr/app/;jsessionid=12?b=2&a=1",
        "https://notes.example.fr/app/?b=2&a=1&ticket=ST-1",
        "https://notes.example.fr/%61pp/?b=%32&a=1",
    ] {
        assert!(same_service(&issued, &url(same)), "{same}");
    }
    for other in [
        "https://notes.example.fr/app?b=2&a=1",
        "https://notes.example.fr/app/",
        "https://notes.example.fr/app/?b=2",
        "https://notes.example.fr/app/?b=2&a=1&c=3",
        "https://notes.example.fr/app/?b=2%26a=1",
        "https://notes.example.fr/App/?b=2&a=1",
        "http://notes.example.fr/app/?b=2&a=1",
        "https://notes.example.fr:444/app/?b=2&a=1",
        "https://evil.example/app/?b=2&a=1",
    ] {
        assert!(!same_service(&issued, &url(other)), "{other}");
    }
    assert!(same_service(
        &url("https://a.example.fr"),
        &url("https://a.example.fr/")
    ));
    let twice = url("https://a.example.fr/?x=1&x=2");
    assert!(!same_service(&twice, &url("https://a.example.fr/?x=2&x=1")));
}

#[test]
fn cas_11_the_ticket_goes_into_the_query() {
    for (before, after) in [
        ("https://a.example.fr", "https://a.example.fr?ticket=ST-1"),
        (
            "https://a.example.fr/x",
            "https://a.example.fr/x?ticket=ST-1",
        ),
        (
            "https://a.example.fr/x?",
            "https://a.example.fr/x?ticket=ST-1",
        ),
        (
            "https://a.example.fr/x?a=1",
            "https://a.example.fr/x?a=1&ticket=ST-1",
        ),
        (
            "https://a.example.fr/x?a=1&",
            "https://a.example.fr/x?a=1&ticket=ST-1",
        ),
        (
            "https://a.example.fr/x?a=1#y?z",
            "https://a.example.fr/x?a=1&ticket=ST-1#y?z",
        ),
        (
            "https://a.example.fr/#y",
            "https://a.example.fr/?ticket=ST-1#y",
        ),
    ] {
        let sent = url(before).with_query_pair("ticket", "ST-1");
        assert_eq!(sent.as_str(), after);
        assert!(sent.has_query_name("ticket") && !url(before).has_query_name("ticket"));
        assert_eq!(url(after).host(), "a.example.fr");
    }
    let odd = url("https://a.example.fr/").with_query_pair("x", "a&b=c#d é");
    assert_eq!(odd.as_str(), "https://a.example.fr/?x=a%26b%3Dc%23d+%C3%A9");
}

#[test]
fn web_03_return_paths_stay_within_the_hub() {
    for good in [
        "/",
        "/account",
        "/account?tab=sessions",
        "/a/b#c",
        "/x?back=https%3A%2F%2Fa//b",
    ] {
        assert_eq!(
            LocalPath::parse(good).map(String::from).as_deref(),
            Ok(good)
        );
    }
    for bad in [
        "",
        "account",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/%2fevil.example",
        "/%5cevil.example",
        "/%252fevil.example",
        "/a//b",
        "/a/../b",
        "/a/%2e%2e/b",
        "/\t/evil.example",
        "/%09/evil.example",
        "/a\r\nSet-Cookie: x",
        "/%0d%0aSet-Cookie",
        " /a",
        "/a b",
        "/é",
        "https://evil.example/",
        "javascript:alert(1)",
    ] {
        assert_eq!(LocalPath::parse(bad), Err(BadLocalPath), "{bad:?}");
    }
    let long = |length: usize| format!("/{}", "c".repeat(length - 1));
    assert!(LocalPath::parse(&long(LocalPath::LONGEST)).is_ok());
    assert!(LocalPath::parse(&long(LocalPath::LONGEST + 1)).is_err());
}

#[test]
fn addresses_travel_as_strings() {
    let json = serde_json::to_string(&url("https://A.example.fr/x")).expect("a string");
    assert_eq!(json, "\"https://A.example.fr/x\"");
    let back: WebUrl = serde_json::from_str(&json).expect("the same");
    assert_eq!(back, url("https://A.example.fr/x"));
    assert!(serde_json::from_str::<UrlPattern>("\"https://*/\"").is_err());
    assert!(serde_json::from_str::<LocalPath>("\"//x\"").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nothing_panics(text in any::<String>(), scheme in "(https?://)?[a-z.*]{0,8}") {
        for text in [text.clone(), format!("{scheme}{text}")] {
            let read = WebUrl::parse(&text);
            let _ = UrlPattern::parse(&text);
            let _ = LocalPath::parse(&text);
            if let Ok(read) = read {
                prop_assert!(same_service(&read, &read));
                prop_assert_eq!(WebUrl::parse(read.as_str()), Ok(read.clone()));
                let sent = read.with_query_pair("ticket", &text);
                prop_assert!(sent.has_query_name("ticket"));
                prop_assert_eq!((sent.host(), sent.path()), (read.host(), read.path()));
                let ours: &dyn Fn(&WebUrl) -> Option<String> = &|url| {
                    ::url::Url::parse(url.as_str()).ok()?.query_pairs()
                        .find(|(name, _)| name == "ticket").map(|(_, value)| value.into_owned())
                };
                if !read.has_query_name("ticket") {
                    prop_assert_eq!(ours(&sent), Some(text.clone()));
                }
            }
        }
    }

    /// What a browser would open after a match is what was registered: another scheme, host or port
    /// never matches.
    #[test]
    fn cas_01_a_pattern_never_matches_another_host(
        scheme in "https?",
        host in "[a-z]{1,3}(\\.[a-z]{1,3}){1,3}",
        port in prop_oneof![Just(String::new()), ":(443|80|8443)"],
        path in "(/[a-c.%;25ef]{0,4}){0,3}",
        query in "(\\?[a-c=&]{0,5})?",
        star in prop_oneof![Just(""), Just("*."), Just("**.")],
        registered_host in "[a-z]{1,3}(\\.[a-z]{1,3}){1,2}",
    ) {
        let text = format!("{scheme}://{host}{port}{path}{query}");
        let Ok(pattern) = UrlPattern::parse(&format!("https://{star}{registered_host}/")) else {
            return Ok(());
        };
        let Ok(read) = WebUrl::parse(&text) else { return Ok(()) };
        if pattern.matches(&read) {
            let browser = ::url::Url::parse(read.as_str()).expect("it was read");
            prop_assert_eq!(browser.scheme(), "https");
            prop_assert_eq!(browser.port_or_known_default(), Some(443));
            let seen = browser.host_str().unwrap_or_default();
            let suffix = format!(".{registered_host}");
            prop_assert!(
                (star.is_empty() && seen == registered_host)
                    || (!star.is_empty() && seen.ends_with(&suffix))
            );
        }
        // The registered host itself always matches, whatever follows it.
        let own = format!("https://{registered_host}{path}{query}");
        if star.is_empty() && let Ok(own) = WebUrl::parse(&own) {
            prop_assert!(pattern.matches(&own));
        }
    }
}

#[test]
fn avl_02_encodings_around_one_another_are_looked_through_a_few_times() {
    let nested = |depth: usize| format!("https://notes.example.fr/a%{}41", "25".repeat(depth));
    assert!(WebUrl::parse(&nested(0)).is_ok());
    assert!(WebUrl::parse(&nested(2)).is_ok());
    assert_eq!(WebUrl::parse(&nested(900)), Err(BadUrl::DotSegment));
}

#[test]
fn saml_11_an_address_below_another_keeps_what_is_encoded_in_a_name() {
    let base = |text: &str| WebUrl::parse(text).expect("an address");
    let below = |text: &str, path: &str| {
        let made = base(text).below(path)?;
        assert_eq!(made.origin(), base(text).origin());
        Some(made.as_str().to_owned())
    };
    let name = "entities/https%3A%2F%2Fsp.example%2Fsp";
    let expected = format!("https://mdq.example/v1/{name}");
    assert_eq!(
        below("https://mdq.example/v1", name),
        Some(expected.clone())
    );
    assert_eq!(below("https://mdq.example/v1/", name), Some(expected));
    // Nobody else's encoded path is taken for an address.
    assert!(WebUrl::parse("https://mdq.example/entities/a%2F..%2Fb").is_err());
    for path in [
        "../b",
        "entities/..",
        "entities/./b",
        "entities//b",
        "",
        "é",
    ] {
        assert_eq!(below("https://mdq.example/v1", path), None, "{path}");
    }
    assert_eq!(below("https://mdq.example/?q=1", "a"), None);
    assert_eq!(below("https://mdq.example/", &"a".repeat(LONGEST)), None);
}
