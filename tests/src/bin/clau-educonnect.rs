//! `clau-educonnect`: a simulator of ÉduConnect. See `clau_tests::upstreams::saml::educonnect`.

use std::path::PathBuf;

use clap::Parser;
use clau_tests::upstreams::arguments::Arguments;
use clau_tests::upstreams::saml::{self, educonnect};

/// Stands for ÉduConnect: pupils and guardians of the demo region, by SAML 2.0. Its metadata is at
/// /idp/shibboleth; it knows the hub by the metadata of the connector `educonnect`.
#[derive(Parser)]
#[command(
    name = "clau-educonnect",
    after_help = "Example:\n  clau-educonnect --hub https://localhost:8443/ --listen 127.0.0.1:8451 --base https://localhost:8451/ \\\n    --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem --keys clau-educonnect-keys"
)]
struct Command {
    #[command(flatten)]
    upstream: Arguments,
    /// Directory of the key that signs, made where missing.
    #[arg(long, value_name = "DIRECTORY")]
    keys: PathBuf,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Command::parse();
    saml::run(&educonnect::MANNER, arguments.upstream, &arguments.keys).await
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
