//! What the tests of several simulators share.

use url::Url;

use super::arguments::Arguments;
use crate::services::testing::free_address;
use crate::support::ca::TlsFiles;

/// Arguments of a simulator on a free port whose hub is nowhere.
pub(super) fn arguments(connector: &str) -> Arguments {
    let listen = free_address();
    Arguments {
        hub: Url::parse("http://localhost:1/").unwrap(),
        connector: Some(connector.to_owned()),
        listen,
        base: Url::parse(&format!("http://localhost:{}/", listen.port())).unwrap(),
        tls_cert: None,
        tls_key: None,
        hub_ca: None,
        seed: 1,
    }
}

/// The same with TLS, for the hub at this address.
pub(super) fn secured(connector: &str, hub: &Url, tls: &TlsFiles) -> Arguments {
    let mut arguments = arguments(connector);
    arguments.hub = hub.clone();
    arguments.base.set_scheme("https").unwrap();
    arguments.tls_cert = Some(tls.certificate.clone());
    arguments.tls_key = Some(tls.key.clone());
    arguments.hub_ca = Some(tls.ca.clone());
    arguments
}
