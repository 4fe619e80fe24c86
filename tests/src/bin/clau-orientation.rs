//! `clau-orientation`: a pupil's wishes, a reference service. See `clau_tests::services::orientation`.

use clap::Parser;
use clau_tests::services::{orientation, server};
use url::Url;

/// The orientation service of the demo region: signs in through the hub by CAS 2 and reads the
/// class notebook through a proxy ticket.
#[derive(Parser)]
#[command(
    name = "clau-orientation",
    after_help = "Example:\n  clau-orientation --hub https://localhost:8443/ --listen 127.0.0.1:9442 --base https://localhost:9442/ \\\n    --data wishes.sqlite --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem --notebook https://localhost:9441/"
)]
struct Command {
    #[command(flatten)]
    server: server::Arguments,
    /// Base address of pédagogie; without it no lessons are shown and no proxy ticket is asked for.
    #[arg(long, value_name = "URL")]
    notebook: Option<Url>,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Command::parse();
    orientation::run(arguments.server, arguments.notebook).await
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
