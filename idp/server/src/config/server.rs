//! `[server]`: where the hub is reached and listens. Never opens anything.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Problem;

/// Section `[server]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Where people reach the hub: scheme, host and port. Must be given.
    pub base_url: String,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Certificate chain, PEM, for TLS.
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM.
    pub tls_key: Option<PathBuf>,
    /// Networks whose `X-Forwarded-For` is believed (WEB-05).
    pub trusted_proxies: Vec<IpNet>,
    /// Address of the metrics.
    pub metrics_listen: Option<SocketAddr>,
    /// Longest drain, in seconds (AVL-12).
    pub shutdown_seconds: u32,
    /// Most connections at the same time (AVL-01).
    pub max_connections: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls_cert: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            metrics_listen: None,
            shutdown_seconds: 30,
            max_connections: 10_000,
        }
    }
}

impl Server {
    /// Whether browsers reach the hub by https.
    pub fn is_https(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        self.base_url_problem(problems);
        let wrong = |key, what: &str| Problem::key("server", key, what);
        match (&self.tls_cert, &self.tls_key) {
            (Some(_), None) => {
                problems.push(wrong(
                    "tls_key",
                    "is missing: `tls_cert` needs its private key",
                ));
            }
            (None, Some(_)) => {
                problems.push(wrong(
                    "tls_cert",
                    "is missing: `tls_key` needs its certificate",
                ));
            }
            _ => {}
        }
        if self.tls_cert.is_some() && !self.is_https() && !self.base_url.is_empty() {
            problems.push(wrong(
                "base_url",
                "must begin with https:// when `tls_cert` is given",
            ));
        }
        if self.shutdown_seconds > 30 {
            problems.push(wrong("shutdown_seconds", "must be 30 at most"));
        }
        if self.max_connections < 16 {
            problems.push(wrong("max_connections", "must be 16 at least"));
        }
        if self.metrics_listen == Some(self.listen) && self.listen.port() != 0 {
            problems.push(wrong(
                "metrics_listen",
                "must not be the address of `listen`",
            ));
        }
        for everybody in self
            .trusted_proxies
            .iter()
            .filter(|network| network.prefix_len() == 0)
        {
            let what = format!("{everybody} believes everybody: name the proxies' own networks");
            problems.push(wrong("trusted_proxies", &what));
        }
    }

    fn base_url_problem(&self, problems: &mut Vec<Problem>) {
        let mut wrong = |what: &str| problems.push(Problem::key("server", "base_url", what));
        if self.base_url.is_empty() {
            return wrong(
                "must be given: the address of the hub as browsers show it, such as https://ent.example.fr",
            );
        }
        let Ok(url) = self.base_url.parse::<url::Url>() else {
            return wrong("is not an address such as https://ent.example.fr");
        };
        let near = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => {}
            "http" if near => {}
            _ => wrong(
                "must begin with https:// (http:// is for this very machine only: cookies and \
                 passwords would travel in clear)",
            ),
        }
        let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
        if !bare || url.query().is_some() || url.fragment().is_some() {
            wrong("must be scheme, host and port only, without a path");
        }
    }
}
