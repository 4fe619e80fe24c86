//! `clau-restauration`: school meals, a reference service. See `clau_tests::services::restauration`.

use std::path::PathBuf;

use clap::Parser;
use clau_tests::services::oidc::credentials::Credentials;
use clau_tests::services::{restauration, server};

/// The school meals of the demo region: a service that signs in through the hub by OpenID Connect, with a
/// key of its own, and has a kiosk (`/borne`) that signs in by device codes.
#[derive(Parser)]
#[command(
    name = "clau-restauration",
    after_help = "Example:\n  clau-restauration --hub https://localhost:8443/ --listen 127.0.0.1:9448 --base https://localhost:9448/ \\\n    --data meals.sqlite --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem \\\n    --client-key restauration.key"
)]
struct Command {
    #[command(flatten)]
    server: server::Arguments,
    /// Private key (P-256, PKCS#8 in PEM) that proves the service to the hub; made where missing. Its
    /// public half is at /jwks.json.
    #[arg(long, value_name = "FILE")]
    client_key: PathBuf,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Command::parse();
    let credentials = Credentials::key_in(&arguments.client_key)?;
    restauration::run(arguments.server, credentials).await
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
