//! What the tests of several services share: arguments for one of them, and waiting until it listens.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use url::Url;

use super::server::Arguments;
use crate::support::ca::TlsFiles;

/// A port that nobody listens on.
pub(crate) fn free_address() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap()
}

/// Arguments of a service on a free port that speaks plain HTTP and keeps its data in `data`.
pub(super) fn arguments(hub: &Url, data: &Path) -> Arguments {
    let listen = free_address();
    Arguments {
        hub: hub.clone(),
        listen,
        base: Url::parse(&format!("http://localhost:{}/", listen.port())).unwrap(),
        data: data.to_owned(),
        tls_cert: None,
        tls_key: None,
        hub_ca: None,
    }
}

/// The same arguments, with TLS.
pub(super) fn secured(mut arguments: Arguments, tls: &TlsFiles) -> Arguments {
    arguments.base.set_scheme("https").unwrap();
    arguments.tls_cert = Some(tls.certificate.clone());
    arguments.tls_key = Some(tls.key.clone());
    arguments.hub_ca = Some(tls.ca.clone());
    arguments
}

/// Waits until somebody listens at `address`.
pub(crate) async fn listening(address: &Url) {
    let to = ("127.0.0.1", address.port().unwrap());
    while tokio::net::TcpStream::connect(to).await.is_err() {
        tokio::task::yield_now().await;
    }
}
