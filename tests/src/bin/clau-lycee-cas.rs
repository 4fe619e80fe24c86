//! `clau-lycee-cas`: a simulator of an agricultural lycée with CAS. See `clau_tests::upstreams::cas`.

use clap::Parser;
use clau_tests::upstreams::arguments::Arguments;
use clau_tests::upstreams::cas;

/// Stands for an agricultural lycée with a CAS server, at /cas; it knows the hub by the addresses of the
/// connector `lycee-agricole-rodez`.
#[derive(Parser)]
#[command(
    name = "clau-lycee-cas",
    after_help = "Example:\n  clau-lycee-cas --hub https://localhost:8443/ --listen 127.0.0.1:8456 --base https://localhost:8456/ \\\n    --tls-cert localhost.pem --tls-key localhost.key --hub-ca ca.pem"
)]
struct Command {
    #[command(flatten)]
    upstream: Arguments,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    cas::run(Command::parse().upstream).await
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
