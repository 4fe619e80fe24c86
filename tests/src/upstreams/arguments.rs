//! What the processes of all simulators are told: whose upstream they are, where they listen, which region's
//! people they know. Never decides who may come in.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::Router;
use url::Url;

use crate::services::server;

/// The arguments of every simulator.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Base address of the hub: it describes itself below, and nobody else is answered.
    #[arg(long, value_name = "URL")]
    pub hub: Url,
    /// The hub's connector for this simulator, by which its addresses are known; the simulator's own name
    /// without it.
    #[arg(long, value_name = "ID")]
    pub connector: Option<String>,
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Base address of this simulator, as browsers reach it.
    #[arg(long, value_name = "URL")]
    pub base: Url,
    /// Certificate chain in PEM; without it the simulator speaks plain HTTP.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Authority (PEM) that signed the hub's certificate; the system's authorities without it.
    #[arg(long, value_name = "FILE")]
    pub hub_ca: Option<PathBuf>,
    /// Seed of the generated region whose people can be chosen.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Arguments {
    /// An address of this simulator.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// An address of the hub.
    #[must_use]
    pub fn at_hub(&self, path: &str) -> String {
        format!("{}/{path}", self.hub.as_str().trim_end_matches('/'))
    }

    /// The hub's connector; `own` where none is named.
    #[must_use]
    pub fn connector<'a>(&'a self, own: &'a str) -> &'a str {
        self.connector.as_deref().unwrap_or(own)
    }

    /// Whether browsers come by TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// An HTTP client that trusts what these arguments say.
    ///
    /// # Errors
    /// The authority cannot be read.
    pub fn http_client(&self) -> io::Result<reqwest::Client> {
        self.as_service().http_client()
    }

    /// Serves until the process is asked to end.
    ///
    /// # Errors
    /// The port is taken, or the certificate cannot be read.
    pub async fn serve(&self, router: Router) -> io::Result<()> {
        self.as_service().serve(router).await
    }

    /// The same for a reference service: one listener serves both kinds.
    fn as_service(&self) -> server::Arguments {
        server::Arguments {
            hub: self.hub.clone(),
            listen: self.listen,
            base: self.base.clone(),
            // A simulator keeps nothing.
            data: PathBuf::new(),
            tls_cert: self.tls_cert.clone(),
            tls_key: self.tls_key.clone(),
            hub_ca: self.hub_ca.clone(),
        }
    }
}

/// A secret in a file, without the line's end.
///
/// # Errors
/// The file cannot be read, or is empty.
pub fn secret_in(path: &Path) -> io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    let secret = text.trim();
    if secret.is_empty() {
        return Err(io::Error::other(format!("{}: it is empty", path.display())));
    }
    Ok(secret.to_owned())
}
