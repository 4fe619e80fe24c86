//! `make bench`: what the hub costs, measured against bare libraries in the same run on the same cores,
//! because ratios travel from machine to machine and absolute figures do not. Issues 2 to 5 set the goals.
//!
//! Owns the order of the measures. Each works on a hub of its own, a release build in its own process.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a measure that cannot be taken says why and ends"
)]

mod bare;
mod code_flow;
mod federation;
mod logins;
mod measure;
mod region;
mod responses;
mod round_trips;
mod sources;
mod storm;
mod testers;
mod tokens;

use measure::Report;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new().expect("the system gives threads");
    // Started again by ourselves: as the process to compare with, or as ten thousand browsers.
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [command, port, file] if *command == bare::COMMAND => {
            return runtime.block_on(bare::serve(port.parse().expect("a port"), file));
        }
        [command, base, rate] if *command == storm::COMMAND => {
            return runtime.block_on(storm::send(base, rate.parse().expect("a rate")));
        }
        _ => {}
    }
    // `cargo bench … -- code-flow tokens` takes some of the measures only.
    let wanted = |name: &str| {
        let mut names = arguments
            .iter()
            .filter(|argument| !argument.starts_with("--"))
            .peekable();
        names.peek().is_none() || names.any(|asked| asked == name)
    };
    let mut report = Report::default();
    runtime.block_on(async {
        let mut capacity = None;
        if wanted("logins") || wanted("storm") {
            capacity = Some(logins::measure(&mut report).await);
        }
        if wanted("round-trips") {
            round_trips::measure(&mut report).await;
        }
        if wanted("code-flow") {
            code_flow::measure(&mut report).await;
        }
        if wanted("tokens") {
            tokens::measure(&mut report);
        }
        if wanted("responses") {
            responses::measure(&mut report);
        }
        if let Some(capacity) = capacity.filter(|_| wanted("storm")) {
            storm::measure(&mut report, capacity).await;
        }
        if wanted("region") {
            region::measure(&mut report).await;
        }
        if wanted("federation") {
            federation::measure(&mut report).await;
        }
        if wanted("sources") {
            sources::measure(&mut report).await;
        }
    });
    report.print();
}
