//! `clau-guichet`: a simulator of an academy's guichet. See `clau_tests::upstreams::saml::guichet`.

use std::path::PathBuf;

use clap::Parser;
use clau_tests::upstreams::arguments::Arguments;
use clau_tests::upstreams::saml::{self, guichet};

/// Stands for the guichet of an academy: its agents, by SAML 2.0. Its metadata is at /sso/metadata; it knows
/// the hub by the metadata of the connector `guichet`.
#[derive(Parser)]
#[command(
    name = "clau-guichet",
    after_help = "Example:\n  clau-guichet --hub https://localhost:8443/ --listen 127.0.0.1:8452 --base https://localhost:8452/ \\\n    --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem --keys clau-guichet-keys"
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
    saml::run(&guichet::MANNER, arguments.upstream, &arguments.keys).await
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
