//! The headers that protect every answer (WEB-01, WEB-04, SES-10). Set in one place, on everything
//! that leaves, errors included; an answer that has set one for itself keeps it.

use std::collections::BTreeSet;

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// What a browser must forget at logout (SES-10). Cookies are taken away one by one: the device and
/// the language stay.
pub const CLEAR_SITE_DATA: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

/// For answers that must leave no trace in what the browser asks next (CAS-11).
pub const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");

const CLOSED: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
);

/// The policy of a page. `form_to` is the one validated origin outside, or the scheme of a program, to
/// which a form, or the redirect after it, may lead: browsers apply `form-action` to both. `frames` are
/// the origins of which the page shows frames; there are none on most pages, and none may frame a page of
/// ours.
pub fn page_policy(script: bool, form_to: Option<&str>, frames: &[&str]) -> HeaderValue {
    let plain =
        |origin: &&str| !origin.contains(|c: char| !c.is_ascii_graphic() || ";,'\"*".contains(c));
    let mut policy = String::from("default-src 'none'; style-src 'self'; img-src 'self'; ");
    if script {
        policy.push_str("script-src 'self'; ");
    }
    // A scheme alone would be a whole web.
    let whole = |origin: &&str| matches!(origin.split_once("://"), Some(("https" | "http", host)) if !host.is_empty());
    let frames: BTreeSet<&str> = frames.iter().copied().filter(plain).filter(whole).collect();
    if !frames.is_empty() {
        policy.push_str("frame-src");
        for origin in frames {
            policy.push(' ');
            policy.push_str(origin);
        }
        policy.push_str("; ");
    }
    policy
        .push_str("object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
    if let Some(origin) = form_to.filter(plain) {
        policy.push(' ');
        policy.push_str(origin);
    }
    HeaderValue::from_str(&policy).unwrap_or(CLOSED)
}

/// A page's policy, by which pages of ours may show it in a frame, and nobody else.
pub fn in_our_frames(policy: &HeaderValue) -> Option<HeaderValue> {
    let policy = policy.to_str().ok()?;
    let ours = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'");
    HeaderValue::from_str(&ours).ok()
}

/// Adds what is not there yet.
pub fn protect(headers: &mut HeaderMap, secure: bool) {
    let mut add = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    add(CONTENT_SECURITY_POLICY, CLOSED);
    add(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    add(REFERRER_POLICY, NO_REFERRER);
    add(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    add(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    add(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    add(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    );
    if secure {
        add(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_01_the_policy_names_one_origin_and_nothing_can_be_smuggled_into_it() {
        let policy = page_policy(false, Some("https://notes.example.fr:8443"), &[]);
        let policy = policy.to_str().expect("text");
        assert!(
            policy.ends_with("form-action 'self' https://notes.example.fr:8443"),
            "{policy}"
        );
        assert!(!policy.contains("script-src"));
        // A program's own scheme (RFC 8252 §7.1).
        let policy = page_policy(false, Some("fr.example.app:"), &[]);
        let policy = policy.to_str().expect("text");
        assert!(
            policy.ends_with("form-action 'self' fr.example.app:"),
            "{policy}"
        );
        for hostile in [
            "https://a.example; script-src *",
            "https://a b",
            "*",
            "'unsafe-inline'",
        ] {
            let policy = page_policy(true, Some(hostile), &[]);
            let policy = policy.to_str().expect("text");
            assert!(policy.ends_with("form-action 'self'"), "{policy}");
        }
    }

    #[test]
    fn web_01_frames_are_of_the_named_origins_and_nothing_else_opens_for_them() {
        let (notes, canteen) = (
            "https://notes.example.fr:8443",
            "https://cantine.example.fr",
        );
        let policy = page_policy(false, None, &[notes, canteen, notes]);
        let policy = policy.to_str().expect("text");
        assert!(
            policy.contains(&format!("; frame-src {canteen} {notes}; ")),
            "{policy}"
        );
        let without = page_policy(false, None, &[]);
        let frames = format!("frame-src {canteen} {notes}; ");
        assert_eq!(
            policy.replace(&frames, ""),
            without.to_str().expect("text"),
            "frames change nothing else"
        );
        for hostile in [
            "https://a.example; script-src *",
            "https://a b",
            "https://",
            "https:",
            "data:",
            "*",
            "'self'",
            "",
        ] {
            let policy = page_policy(false, None, &[hostile]);
            assert_eq!(policy, without, "{hostile}");
        }
    }

    #[test]
    fn web_04_what_an_answer_has_set_itself_stays() {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public"));
        protect(&mut headers, true);
        assert_eq!(headers.get(CACHE_CONTROL).expect("kept"), "public");
        assert!(headers.contains_key(STRICT_TRANSPORT_SECURITY));
        let mut plain = HeaderMap::new();
        protect(&mut plain, false);
        assert!(!plain.contains_key(STRICT_TRANSPORT_SECURITY));
        assert_eq!(
            plain.get(CACHE_CONTROL).expect("closed by default"),
            "no-store"
        );
    }
}
