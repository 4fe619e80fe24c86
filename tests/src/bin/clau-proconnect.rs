//! `clau-proconnect`: a simulator of ProConnect. See `clau_tests::upstreams::oidc::proconnect`.

use clap::Parser;
use clau_tests::upstreams::arguments::Arguments;
use clau_tests::upstreams::oidc::{self, Registration, proconnect};

/// Stands for ProConnect: public agents, by OpenID Connect. Its issuer is /api/v2; it knows the hub by the
/// addresses of the connector `proconnect`.
#[derive(Parser)]
#[command(
    name = "clau-proconnect",
    after_help = "Example:\n  clau-proconnect --hub https://localhost:8443/ --listen 127.0.0.1:8454 --base https://localhost:8454/ \\\n    --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem --client-secret-file clau-proconnect.secret"
)]
struct Command {
    #[command(flatten)]
    upstream: Arguments,
    #[command(flatten)]
    registration: Registration,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Command::parse();
    oidc::run(
        &proconnect::MANNER,
        arguments.upstream,
        &arguments.registration,
    )
    .await
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
