//! `clau-pedagogie`: the class notebook, a reference service. See `clau_tests::services::pedagogie`.

use clap::Parser;
use clau_tests::services::{pedagogie, server};
use url::Url;

/// The class notebook of the demo region: a service that signs in through the hub by CAS 3.
#[derive(Parser)]
#[command(
    name = "clau-pedagogie",
    after_help = "Example:\n  clau-pedagogie --hub https://localhost:8443/ --listen 127.0.0.1:9441 --base https://localhost:9441/ \\\n    --data notebook.sqlite --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem --accept-proxy https://localhost:9442/pgt"
)]
struct Command {
    #[command(flatten)]
    server: server::Arguments,
    /// Proxy callback of a service that may read a person's notebook; may be repeated.
    #[arg(long, value_name = "URL")]
    accept_proxy: Vec<Url>,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Command::parse();
    pedagogie::run(arguments.server, arguments.accept_proxy).await
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
