//! `clau-transport`: school buses, a reference service. See `clau_tests::services::transport`.

use std::path::PathBuf;

use clap::Parser;
use clau_tests::services::{server, transport};

/// The school buses of the demo region: a service that signs in through the hub by SAML 2.0. Its metadata, with
/// which it is registered there, is at /saml/metadata.
#[derive(Parser)]
#[command(
    name = "clau-transport",
    after_help = "Example:\n  clau-transport --hub https://localhost:8443/ --listen 127.0.0.1:9449 --base https://localhost:9449/ \\\n    --data transport.sqlite --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem \\\n    --saml-keys transport-keys"
)]
struct Command {
    #[command(flatten)]
    server: server::Arguments,
    /// Directory of the keys by which the hub knows this service; made where missing.
    #[arg(long, value_name = "DIRECTORY")]
    saml_keys: PathBuf,
    /// Seconds that each step of a subscription takes: nobody examines it here.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pace: u32,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Command::parse();
    transport::run(arguments.server, &arguments.saml_keys, arguments.pace).await
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
