//! `clau-lycee-saml`: a simulator of an agricultural lycée with SAML. See `clau_tests::upstreams::saml::lycee`.

use std::path::PathBuf;

use clap::Parser;
use clau_tests::upstreams::arguments::Arguments;
use clau_tests::upstreams::saml::{self, lycee};

/// Stands for an agricultural lycée with an identity provider of SAML 2.0. Its metadata is at /idp/shibboleth;
/// it knows the hub by the metadata of the connector `lycee-agricole-auch`.
#[derive(Parser)]
#[command(
    name = "clau-lycee-saml",
    after_help = "Example:\n  clau-lycee-saml --hub https://localhost:8443/ --listen 127.0.0.1:8455 --base https://localhost:8455/ \\\n    --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem --keys clau-lycee-saml-keys"
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
    saml::run(&lycee::MANNER, arguments.upstream, &arguments.keys).await
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
