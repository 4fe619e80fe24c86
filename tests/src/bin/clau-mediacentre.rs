//! `clau-mediacentre`: resources as the GAR opens them, a reference service. See
//! `clau_tests::services::mediacentre`.

use std::path::PathBuf;

use clap::Parser;
use clau_tests::services::{mediacentre, server};

/// The digital resources of the demo region: a service that signs in through the hub by SAML 2.0 and is told an
/// opaque identifier alone. Its metadata, with which it is registered there, is at /saml/metadata.
#[derive(Parser)]
#[command(
    name = "clau-mediacentre",
    after_help = "Example:\n  clau-mediacentre --hub https://localhost:8443/ --listen 127.0.0.1:9450 --base https://localhost:9450/ \\\n    --data resources.sqlite --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem \\\n    --saml-keys mediacentre-keys"
)]
struct Command {
    #[command(flatten)]
    server: server::Arguments,
    /// Directory of the keys by which the hub knows this service; made where missing.
    #[arg(long, value_name = "DIRECTORY")]
    saml_keys: PathBuf,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Command::parse();
    mediacentre::run(arguments.server, &arguments.saml_keys).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Command::command().debug_assert();
    }
}
