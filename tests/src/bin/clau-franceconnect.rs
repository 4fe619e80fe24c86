//! `clau-franceconnect`: a simulator of FranceConnect. See `clau_tests::upstreams::oidc::franceconnect`.

use clap::Parser;
use clau_tests::upstreams::arguments::Arguments;
use clau_tests::upstreams::oidc::{self, Registration, franceconnect};

/// Stands for FranceConnect, version 2: citizens, by OpenID Connect. Its issuer is /api/v2; it knows the hub by
/// the addresses of the connector `franceconnect`, or `franceconnect-plus` with --plus.
#[derive(Parser)]
#[command(
    name = "clau-franceconnect",
    after_help = "Example:\n  clau-franceconnect --hub https://localhost:8443/ --listen 127.0.0.1:8453 --base https://localhost:8453/ \\\n    --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem --client-secret-file clau-franceconnect.secret"
)]
struct Command {
    #[command(flatten)]
    upstream: Arguments,
    #[command(flatten)]
    registration: Registration,
    /// Stands for FranceConnect+: levels eidas2 and eidas3, everything encrypted for the hub's own key.
    #[arg(long)]
    plus: bool,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Command::parse();
    let manner = match arguments.plus {
        true => &franceconnect::PLUS,
        false => &franceconnect::MANNER,
    };
    oidc::run(manner, arguments.upstream, &arguments.registration).await
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
