//! Which request targets and hosts are answered at all (WEB-05, WEB-08, AVL-02). A path is decoded by
//! nobody: what another program in front might decode differently is refused.

use http::header::HOST;
use http::{HeaderMap, Uri, Version};

use crate::pages::problem::Problem;

/// Longest request target, in bytes (AVL-02).
pub const LONGEST_TARGET: usize = 8 * 1024;

/// The hub's own address, from the configuration: the only source of absolute addresses (WEB-05).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// `https://ent.example.fr`, as browsers write it in `Origin`.
    pub origin: String,
    /// `ent.example.fr` or `localhost:8443`, as browsers write it in `Host`.
    pub authority: String,
    /// Whether browsers reach the hub by https.
    pub secure: bool,
}

impl Base {
    /// From the configured base URL, which has been checked.
    pub fn new(base_url: &str) -> Self {
        let base_url = base_url.trim_end_matches('/').to_ascii_lowercase();
        let secure = base_url.starts_with("https://");
        let scheme = if secure { "https" } else { "http" };
        let rest = base_url
            .split_once("://")
            .map_or(base_url.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let default_port = if secure { ":443" } else { ":80" };
        let authority = authority
            .strip_suffix(default_port)
            .unwrap_or(authority)
            .to_owned();
        Self {
            origin: format!("{scheme}://{authority}"),
            authority,
            secure,
        }
    }

    /// Whether a request is addressed to the hub, whatever the case and with or without the port that
    /// goes without saying.
    pub fn is_addressed_by(&self, authority: &str) -> bool {
        let default_port = if self.secure { ":443" } else { ":80" };
        let authority = authority.strip_suffix(default_port).unwrap_or(authority);
        authority.eq_ignore_ascii_case(&self.authority)
    }
}

/// Refuses requests that no browser and no service of good faith sends.
///
/// # Errors
/// The problem to show.
pub fn check(base: &Base, uri: &Uri, headers: &HeaderMap, version: Version) -> Result<(), Problem> {
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    if target.len() > LONGEST_TARGET {
        return Err(Problem::TooLong);
    }
    if is_ambiguous(uri.path()) {
        return Err(Problem::BadRequest);
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().map(|host| host.to_str().unwrap_or_default());
    if hosts.next().is_some() || (host.is_none() && version < Version::HTTP_2) {
        return Err(Problem::BadRequest);
    }
    // A load balancer asks for health under whatever name it knows.
    if uri.path().starts_with("/health/") {
        return Ok(());
    }
    let authority = uri.authority().map(http::uri::Authority::as_str);
    let addressed = [host, authority]
        .into_iter()
        .flatten()
        .all(|name| base.is_addressed_by(name));
    let named = host.is_some() || authority.is_some();
    if addressed && named {
        Ok(())
    } else {
        Err(Problem::Misdirected)
    }
}

/// Whether a path may mean another path to another program: encoded separators and dots, double
/// encodings, parameters, empty and dot segments, backslashes.
fn is_ambiguous(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let encoded = ["%2f", "%5c", "%2e", "%25", "%00", "%3b", "%0a", "%0d"];
    encoded.iter().any(|code| lower.contains(code))
        || lower.contains(['\\', ';', '\0'])
        || lower.contains("//")
        || lower
            .split('/')
            .any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(base: &Base, uri: &str, host: Option<&str>) -> Result<(), Problem> {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(HOST, host.parse().expect("a header"));
        }
        check(
            base,
            &uri.parse().expect("a target"),
            &headers,
            Version::HTTP_11,
        )
    }

    #[test]
    fn web_05_only_the_configured_host_is_answered() {
        let base = Base::new("https://ENT.example.fr:443/");
        assert_eq!(base.origin, "https://ent.example.fr");
        for (host, expected) in [
            (Some("ent.example.fr"), Ok(())),
            (Some("Ent.Example.fr:443"), Ok(())),
            (Some("evil.example"), Err(Problem::Misdirected)),
            (Some("ent.example.fr:80"), Err(Problem::Misdirected)),
            (
                Some("ent.example.fr.evil.example"),
                Err(Problem::Misdirected),
            ),
            (Some(""), Err(Problem::Misdirected)),
            (None, Err(Problem::BadRequest)),
        ] {
            assert_eq!(checked(&base, "/login", host), expected, "{host:?}");
        }
        assert_eq!(
            checked(&base, "/health/live", Some("10.0.0.7:8080")),
            Ok(())
        );
        let local = Base::new("http://localhost:8080");
        assert_eq!(checked(&local, "/", Some("localhost:8080")), Ok(()));
        assert_eq!(
            checked(&local, "/", Some("localhost")),
            Err(Problem::Misdirected)
        );
    }

    #[test]
    fn web_05_an_absolute_target_must_name_the_hub_too() {
        let base = Base::new("https://ent.example.fr");
        let host = Some("ent.example.fr");
        assert_eq!(checked(&base, "https://ent.example.fr/login", host), Ok(()));
        let elsewhere = checked(&base, "https://evil.example/login", host);
        assert_eq!(elsewhere, Err(Problem::Misdirected));
    }

    #[test]
    fn web_08_paths_that_two_programs_read_differently_are_refused() {
        let base = Base::new("https://ent.example.fr");
        for path in [
            "/account%2f..",
            "/account%2F",
            "/..;/account",
            "/account;x",
            "/a//account",
            "/a/../account",
            "/a/./account",
            "/a/%2e%2e/account",
            "/a/%252e%252e/account",
            "/account%00",
            "/account%5c..",
        ] {
            let refused = checked(&base, path, Some("ent.example.fr"));
            assert_eq!(refused, Err(Problem::BadRequest), "{path}");
        }
        for path in [
            "/",
            "/cas/p3/serviceValidate?x=%2F..%5c//",
            "/%C3%A9t%C3%A9",
        ] {
            assert_eq!(
                checked(&base, path, Some("ent.example.fr")),
                Ok(()),
                "{path}"
            );
        }
    }

    #[test]
    fn avl_02_long_targets_are_refused() {
        let base = Base::new("https://ent.example.fr");
        let long = format!("/login?x={}", "a".repeat(LONGEST_TARGET));
        assert_eq!(
            checked(&base, &long, Some("ent.example.fr")),
            Err(Problem::TooLong)
        );
    }
}
