//! node-saml (a library of npm for Node) as two service providers: `open` without a key for encryption, and
//! `sealed` with one. Both sign their requests, and want answers and assertions signed. Their metadata names an
//! address for logouts by form only.

use std::os::unix::fs::symlink;

use super::process::{Scratch, counterpart, find_program};
use super::saml_sp::{Prepared, Program};

const APPLICATION: &str = include_str!("../../counterparts/node-saml/application.mjs");

/// Its application, to be started on `port`.
pub fn prepare(port: u16) -> Prepared {
    let scratch = Scratch::new("node-saml");
    // Node looks for libraries beside the program, and ours are not installed into the sources.
    let application = scratch.write("application.mjs", APPLICATION);
    symlink(
        counterpart("node-saml/node_modules"),
        scratch.join("node_modules"),
    )
    .expect("a link in our own directory");
    let program = Program {
        name: "node-saml",
        interpreter: find_program(&["node"], &[]),
        application,
        authority: "NODE_EXTRA_CA_CERTS",
    };
    Prepared::new(program, port, scratch)
}
