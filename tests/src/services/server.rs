//! What the processes of the reference services share: arguments, the listener with or without
//! TLS, the headers of every answer, calls to others, the clock and random identifiers.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use axum::serve::Listener;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use url::Url;

use super::page;

/// An answer is a few kilobytes; that about a person with many classes a few more.
const LONGEST_ANSWER: usize = 256 * 1024;

/// The arguments every reference service takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Base address of the hub, as browsers reach it.
    #[arg(long, value_name = "URL")]
    pub hub: Url,
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Base address of this service, as browsers reach it; registered at the hub.
    #[arg(long, value_name = "URL")]
    pub base: Url,
    /// SQLite file of this service; made where missing.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// Certificate chain in PEM; without it the service speaks plain HTTP.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Authority (PEM) that signed the hub's certificate; the system's authorities without it.
    #[arg(long, value_name = "FILE")]
    pub hub_ca: Option<PathBuf>,
}

impl Arguments {
    /// An address of this service.
    #[must_use]
    pub fn address(&self, path: &str) -> Url {
        let mut address = self.base.clone();
        let base = address.path().trim_end_matches('/').to_owned();
        address.set_path(&format!("{base}/{path}"));
        address
    }

    /// An HTTP client that trusts what these arguments say.
    ///
    /// # Errors
    /// The authority cannot be read.
    pub fn http_client(&self) -> io::Result<reqwest::Client> {
        let authority = self.hub_ca.as_ref().map(std::fs::read).transpose()?;
        http_client(authority.as_deref()).map_err(io::Error::other)
    }

    /// Serves until the process is asked to end.
    ///
    /// # Errors
    /// The port is taken, or the certificate cannot be read.
    pub async fn serve(&self, router: Router) -> io::Result<()> {
        let router = finish(router, &self.hub)?;
        let listener = TcpListener::bind(self.listen).await?;
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => {
                let chain: Vec<CertificateDer<'static>> =
                    CertificateDer::pem_file_iter(certificate)
                        .and_then(Iterator::collect)
                        .map_err(|error| {
                            io::Error::other(format!("{}: {error}", certificate.display()))
                        })?;
                let key = PrivateKeyDer::from_pem_file(key)
                    .map_err(|error| io::Error::other(format!("{}: {error}", key.display())))?;
                let config = rustls::ServerConfig::builder()
                    .with_no_client_auth()
                    .with_single_cert(chain, key)
                    .map_err(io::Error::other)?;
                let listener = TlsListener::new(listener, Arc::new(config))?;
                axum::serve(listener, router)
                    .with_graceful_shutdown(asked_to_end())
                    .await
            }
            _ => {
                axum::serve(listener, router)
                    .with_graceful_shutdown(asked_to_end())
                    .await
            }
        }
    }
}

/// An HTTP client that verifies TLS, against `authority` (PEM) alone where it is given, and follows
/// no redirect.
///
/// # Errors
/// Where the certificate cannot be read.
pub fn http_client(authority: Option<&[u8]>) -> reqwest::Result<reqwest::Client> {
    // A second installation in one process is refused and harmless.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(3))
        .timeout(Duration::from_secs(8));
    if let Some(pem) = authority {
        builder = builder.tls_certs_only(reqwest::Certificate::from_pem_bundle(pem)?);
    }
    builder.build()
}

/// The body of an answer; `None` when it is longer than any that is expected.
///
/// # Errors
/// The connection ends too early.
pub async fn body_of(mut response: reqwest::Response) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        if body.len() + part.len() > LONGEST_ANSWER {
            return Ok(None);
        }
        body.extend_from_slice(&part);
    }
    Ok(Some(body))
}

/// Seconds since 1970, from the clock of this process.
#[must_use]
pub fn now() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a reference service is a process of its own; this is its clock"
    )]
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// An identifier nobody can guess: 256 bits in hexadecimal.
///
/// # Errors
/// The operating system gives no randomness.
pub fn secret() -> io::Result<String> {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    Ok(hex(&bytes))
}

/// What is stored in place of a secret.
#[must_use]
pub fn digest(secret: &str) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds what every answer of every service has.
fn finish(router: Router, hub: &Url) -> io::Result<Router> {
    // Leaving the ENT is a form that ends in a redirect to the hub.
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        hub.origin().ascii_serialization()
    );
    let policy = HeaderValue::try_from(policy).map_err(io::Error::other)?;
    let add = move |request: Request, next: Next| {
        let policy = policy.clone();
        async move {
            let cacheable = request.uri().path().ends_with(".css");
            let mut response: Response = next.run(request).await;
            if is_rejection(&response) {
                response = page::not_understood(response.status());
            }
            let headers = response.headers_mut();
            // A page may have a policy of its own: one that is made to be framed.
            headers
                .entry(header::CONTENT_SECURITY_POLICY)
                .or_insert(policy);
            headers.insert(
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            );
            headers.insert(
                header::REFERRER_POLICY,
                HeaderValue::from_static("no-referrer"),
            );
            headers.insert(
                HeaderName::from_static("cross-origin-opener-policy"),
                HeaderValue::from_static("same-origin"),
            );
            let cache = if cacheable {
                "max-age=3600"
            } else {
                "no-store"
            };
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
            response
        }
    };
    Ok(router
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(axum::middleware::from_fn(add)))
}

/// Whether the web framework refuses a request itself: in English, for programmers.
fn is_rejection(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let plain = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    plain && response.status().is_client_error()
}

async fn asked_to_end() {
    let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Accepts TLS connections; a slow handshake holds nobody else up.
struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    fn new(listener: TcpListener, config: Arc<rustls::ServerConfig>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(64);
        let acceptor = TlsAcceptor::from(config);
        tokio::spawn(async move {
            loop {
                let Ok((stream, peer)) = listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    let handshake =
                        tokio::time::timeout(Duration::from_secs(5), acceptor.accept(stream));
                    if let Ok(Ok(stream)) = handshake.await {
                        // The listener is gone only when the process ends.
                        let _ = sender.send((stream, peer)).await;
                    }
                });
            }
        });
        Ok(Self { ready, address })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}
