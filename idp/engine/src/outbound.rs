//! Calls that the hub makes itself: proxy callbacks, logout notices, keys and sectors of clients. Only
//! to addresses that a registration names, never into private networks that were not allowed, never
//! along a redirect, never for long (AVL-03, AVL-14).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use clau_domain::secret::{ExposeSecret as _, SecretString};
use clau_domain::url::WebUrl;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;

use crate::error::Error;
use crate::settings::OutboundSettings;

/// How long a large document may take, in the background.
const LARGE: Duration = Duration::from_secs(120);

/// What a GET of a document that is known already brings.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// It has not changed.
    Same,
    /// The document.
    Document {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its `ETag`.
        tag: Option<String>,
    },
}

/// A request of a connector's driver.
pub(crate) struct Outgoing<'a> {
    /// Where to.
    pub(crate) url: &'a WebUrl,
    /// Headers besides the usual ones.
    pub(crate) headers: Vec<(&'static str, SecretString)>,
    /// The form to post; a GET where there is none.
    pub(crate) form: Option<Vec<(&'a str, SecretString)>>,
    /// Longest answer, in bytes.
    pub(crate) longest: usize,
}

/// The one client for outbound calls.
#[derive(Clone, Debug)]
pub(crate) struct Outbound {
    client: reqwest::Client,
    filter: Arc<Filter>,
}

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The address is in a network that may not be called.
    #[error("{0} is in a private network that `[outbound] allow_networks` does not name")]
    Forbidden(String),
    /// No answer, or none in time, or no trust in its certificate.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// An answer that is not a success.
    #[error("answered {0}")]
    Status(u16),
    /// An answer longer than anybody needs.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
}

#[derive(Debug)]
struct Filter {
    allowed: Vec<IpNet>,
}

impl Filter {
    /// Whether an address may be connected to.
    fn admits(&self, address: IpAddr) -> bool {
        is_public(address)
            || self
                .allowed
                .iter()
                .any(|network| network.contains(&canonical(address)))
    }
}

impl Outbound {
    pub(crate) fn new(settings: &OutboundSettings) -> Result<Self, Error> {
        let filter = Arc::new(Filter {
            allowed: settings.allow_networks.clone(),
        });
        let mut builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.total_timeout)
            .pool_max_idle_per_host(4)
            .no_proxy()
            .user_agent(concat!("clau/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Resolver {
                filter: Arc::clone(&filter),
            }));
        if let Some(path) = &settings.extra_ca {
            let wrong = |error: &dyn std::fmt::Display| {
                Error::Config(format!("{}: {error}", path.display()))
            };
            let pem = std::fs::read(path).map_err(|error| wrong(&error))?;
            let certificates =
                reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| wrong(&error))?;
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder
            .build()
            .map_err(|error| Error::Config(format!("outbound calls: {error}")))?;
        Ok(Self { client, filter })
    }

    /// A GET whose answer's body is not looked at.
    pub(crate) async fn get(&self, url: &WebUrl) -> Result<(), CallError> {
        self.check(url)?;
        self.run(self.client.get(url.as_str())).await
    }

    /// A POST of a body whose answer's body is not looked at. A redirect is an answer, and is not
    /// followed: mod_auth_cas ends the session that a logout notice names and then sends whoever told
    /// it to the login page.
    pub(crate) async fn post(
        &self,
        url: &WebUrl,
        content_type: &str,
        body: String,
    ) -> Result<(), CallError> {
        self.check(url)?;
        let request = self
            .client
            .post(url.as_str())
            .header("content-type", content_type)
            .body(body);
        match self.run(request).await {
            Err(CallError::Status(300..=399)) => Ok(()),
            outcome => outcome,
        }
    }

    /// A POST of a body whose answer's body is read, up to `longest` bytes.
    pub(crate) async fn post_for(
        &self,
        url: &WebUrl,
        content_type: &str,
        body: String,
        longest: usize,
    ) -> Result<Vec<u8>, CallError> {
        self.check(url)?;
        let request = self
            .client
            .post(url.as_str())
            .header("content-type", content_type)
            .body(body);
        read(self.answer(request).await?, longest).await
    }

    /// A GET whose answer's body is read, up to `longest` bytes.
    pub(crate) async fn fetch(&self, url: &WebUrl, longest: usize) -> Result<Vec<u8>, CallError> {
        self.check(url)?;
        read(self.answer(self.client.get(url.as_str())).await?, longest).await
    }

    /// A GET of a large document in the background: nothing is read where it is still the one with `tag`
    /// (RFC 9110 §13.1.2).
    pub(crate) async fn fetch_if_changed(
        &self,
        url: &WebUrl,
        tag: Option<&str>,
        longest: usize,
    ) -> Result<Fetched, CallError> {
        self.fetch_within(url, tag, longest, Some(LARGE)).await
    }

    /// The same of a small document, within the usual time.
    pub(crate) async fn fetch_small(
        &self,
        url: &WebUrl,
        tag: Option<&str>,
        longest: usize,
    ) -> Result<Fetched, CallError> {
        self.fetch_within(url, tag, longest, None).await
    }

    async fn fetch_within(
        &self,
        url: &WebUrl,
        tag: Option<&str>,
        longest: usize,
        time: Option<Duration>,
    ) -> Result<Fetched, CallError> {
        self.check(url)?;
        let mut request = self.client.get(url.as_str());
        if let Some(time) = time {
            request = request.timeout(time);
        }
        if let Some(tag) = tag {
            request = request.header("if-none-match", tag);
        }
        let answer = match self.answer(request).await {
            Err(CallError::Status(304)) if tag.is_some() => return Ok(Fetched::Same),
            answer => answer?,
        };
        let tag = answer.headers().get("etag");
        let tag = tag.and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let bytes = read(answer, longest).await?;
        Ok(Fetched::Document { bytes, tag })
    }

    /// A GET, or a POST of a form, whose answer is read whatever its status: what a connector's driver asks.
    pub(crate) async fn send_any(
        &self,
        outgoing: Outgoing<'_>,
    ) -> Result<(u16, String, Vec<u8>), CallError> {
        self.check(outgoing.url)?;
        let address = outgoing.url.as_str();
        let mut request = match &outgoing.form {
            None => self.client.get(address),
            Some(fields) => {
                let mut body = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in fields {
                    body.append_pair(name, value.expose_secret());
                }
                let body = body.finish();
                self.client
                    .post(address)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(body)
            }
        };
        for (name, value) in &outgoing.headers {
            let mut value = reqwest::header::HeaderValue::from_str(value.expose_secret())
                .map_err(|_| CallError::NoAnswer(format!("`{name}` cannot be sent")))?;
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        let answer = request
            .send()
            .await
            .map_err(|error| CallError::NoAnswer(innermost(&error.without_url())))?;
        let status = answer.status().as_u16();
        let content_type = answer.headers().get("content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.and_then(|text| text.split(';').next());
        let content_type = content_type.unwrap_or_default().trim().to_ascii_lowercase();
        Ok((status, content_type, read(answer, outgoing.longest).await?))
    }

    /// Literal addresses never reach the resolver: they are looked at here.
    fn check(&self, url: &WebUrl) -> Result<(), CallError> {
        let host = url.host().trim_start_matches('[').trim_end_matches(']');
        match host.parse::<IpAddr>() {
            Ok(address) if !self.filter.admits(address) => {
                Err(CallError::Forbidden(host.to_owned()))
            }
            _ => Ok(()),
        }
    }

    async fn run(&self, request: reqwest::RequestBuilder) -> Result<(), CallError> {
        self.answer(request).await.map(drop)
    }

    /// An answer that is a success; its body is still to be read.
    async fn answer(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, CallError> {
        let answer = request
            .send()
            .await
            .map_err(|error| CallError::NoAnswer(innermost(&error.without_url())))?;
        let status = answer.status();
        if status.is_success() {
            Ok(answer)
        } else {
            Err(CallError::Status(status.as_u16()))
        }
    }
}

/// The body of an answer, up to `longest` bytes.
async fn read(mut answer: reqwest::Response, longest: usize) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    loop {
        let part = answer
            .chunk()
            .await
            .map_err(|error| CallError::NoAnswer(innermost(&error.without_url())))?;
        let Some(part) = part else { return Ok(body) };
        if body.len() + part.len() > longest {
            return Err(CallError::TooLong(longest));
        }
        body.extend_from_slice(&part);
    }
}

/// The innermost cause: the one that says what an operator can act on. Never the address, whose query
/// may carry a ticket.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    if error.is_timeout() {
        return "took too long".to_owned();
    }
    cause.to_string().chars().take(200).collect()
}

/// Names are resolved once, and only addresses that may be called come back: the connection goes to
/// the very address that was checked.
struct Resolver {
    filter: Arc<Filter>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let filter = Arc::clone(&self.filter);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> = found
                .filter(|address| filter.admits(address.ip()))
                .collect();
            if admitted.is_empty() {
                return Err(CallError::Forbidden(host).into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

/// An IPv4 address in IPv6 clothes is the IPv4 address.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Whether an address is on the public internet.
fn is_public(address: IpAddr) -> bool {
    match canonical(address) {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(v6) => {
            let [a, b, ..] = v6.segments();
            // Global unicast only, without documentation, 6to4, Teredo and NAT64 (which would hide an
            // IPv4 address in them).
            (a & 0xe000) == 0x2000 && !(a == 0x2001 && (b == 0x0db8 || b == 0)) && a != 0x2002
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn avl_14_private_networks_are_not_called() {
        for private in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(private.parse().expect(private)), "{private}");
        }
        for public in ["9.9.9.9", "193.49.48.1", "2a01:e0a::1", "2606:4700::1111"] {
            assert!(is_public(public.parse().expect(public)), "{public}");
        }
    }

    #[test]
    fn avl_14_allowed_networks_are() {
        let filter = Filter {
            allowed: vec!["127.0.0.0/8".parse().expect("network")],
        };
        assert!(filter.admits("127.0.0.1".parse().expect("address")));
        assert!(filter.admits("::ffff:127.0.0.1".parse().expect("address")));
        assert!(!filter.admits("10.0.0.1".parse().expect("address")));
    }
}
