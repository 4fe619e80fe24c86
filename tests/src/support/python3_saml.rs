//! python3-saml (a library of PyPI, in the virtual environment of the counterparts) as three service providers:
//! `open` without a key for encryption, `sealed` which wants assertions encrypted, `name` which wants the name
//! in them encrypted. All are strict, sign their requests, and want messages and assertions signed. It speaks
//! of logouts by redirect only.

use super::process::{Scratch, counterpart};
use super::saml_sp::{Prepared, Program};

const APPLICATION: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/counterparts/python3-saml/application.py"
);

/// Its application, to be started on `port`.
pub fn prepare(port: u16) -> Prepared {
    let program = Program {
        name: "python3-saml",
        interpreter: counterpart("venv/bin/python"),
        application: APPLICATION.into(),
        authority: "SSL_CERT_FILE",
    };
    Prepared::new(program, port, Scratch::new("python3-saml"))
}
