//! `make bench`: the hub against bare libraries and unavoidable work, as ratios of one run on one
//! machine. Prints; never fails for a figure. Names as arguments choose: `make bench ONLY=cas`.

mod cas;
mod load;
mod machine;
mod passwords;
mod region;
mod storm;

use std::fmt::Write;

/// One line of the result.
struct Line {
    what: &'static str,
    figure: String,
    goal: &'static str,
    met: bool,
}

fn main() {
    // The same program plays the bare counterparts, in processes of their own.
    if let Ok(role) = std::env::var("CLAU_BENCH_ROLE") {
        return load::play(&role);
    }
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| only == name);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    clau_tests::support::http::install_crypto();
    let mut lines = Vec::new();
    if wanted("passwords") {
        lines.extend(runtime.block_on(passwords::measure()));
    }
    if wanted("cas") {
        lines.extend(runtime.block_on(cas::measure()));
    }
    if wanted("storm") {
        lines.extend(runtime.block_on(storm::measure()));
    }
    if wanted("region") {
        lines.extend(runtime.block_on(region::measure()));
    }
    let mut table = String::from("\n");
    for Line { what, figure, goal, met } in lines {
        let verdict = if met { "met" } else { "MISSED" };
        writeln!(table, "{what:<58} {figure:>26}   goal {goal:<16} {verdict}").expect("a string");
    }
    println!("{table}");
}
