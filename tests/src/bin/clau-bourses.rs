//! `clau-bourses`: school grants, a reference service. See `clau_tests::services::bourses`.

use std::path::PathBuf;

use clap::Parser;
use clau_tests::services::oidc::credentials::Credentials;
use clau_tests::services::{bourses, server};

/// The school grants of the demo region: a service that signs in through the hub by OpenID Connect, with
/// a client secret.
#[derive(Parser)]
#[command(
    name = "clau-bourses",
    after_help = "Example:\n  clau-bourses --hub https://localhost:8443/ --listen 127.0.0.1:9447 --base https://localhost:9447/ \\\n    --data grants.sqlite --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem \\\n    --client-secret-file bourses.secret"
)]
struct Command {
    #[command(flatten)]
    server: server::Arguments,
    /// File that holds the secret with which `bourses` is registered at the hub.
    #[arg(long, value_name = "FILE")]
    client_secret_file: PathBuf,
    /// Seconds that each step of a request takes: nobody examines it here.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pace: u32,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Command::parse();
    let credentials = Credentials::secret_in(&arguments.client_secret_file)?;
    bourses::run(arguments.server, credentials, arguments.pace).await
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
