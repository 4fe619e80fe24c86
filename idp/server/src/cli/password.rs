//! A password from the terminal, unseen and typed twice, or from the standard input. Never from an
//! argument: every user of the machine could read it there.

use std::io::{BufRead as _, IsTerminal as _, Read as _};

use crate::failure::Failure;

/// Longest password that is read; the rules refuse longer ones anyway.
const LONGEST: u64 = 4096;

/// Reads a new password.
pub(super) fn new() -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        let terminal = console::Term::stderr();
        terminal.write_str("New password: ")?;
        let first = terminal.read_secure_line()?;
        terminal.write_str("Once more: ")?;
        let second = terminal.read_secure_line()?;
        if first != second {
            return Err(Failure::Refused("the two passwords differ".to_owned()));
        }
        return Ok(first);
    }
    let mut line = String::new();
    std::io::stdin().lock().take(LONGEST).read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        return Err(Failure::Refused(
            "a password is expected on the standard input, as one line".to_owned(),
        ));
    }
    Ok(password)
}
