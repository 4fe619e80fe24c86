//! The `clau` command. Everything is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    clau::cli::main()
}
