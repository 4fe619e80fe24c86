//! pysaml2 (a library of PyPI, in the virtual environment of the counterparts) as two service providers:
//! `sealed` takes encrypted assertions, `soap` has no key for encryption and is told of logouts by SOAP. Both
//! sign their requests, and want answers and assertions signed.

use super::process::{Scratch, counterpart};
use super::saml_sp::{Prepared, Program};

const APPLICATION: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/counterparts/pysaml2/application.py"
);

/// Its application, to be started on `port`.
pub fn prepare(port: u16) -> Prepared {
    let program = Program {
        name: "pysaml2",
        interpreter: counterpart("venv/bin/python"),
        application: APPLICATION.into(),
        authority: "REQUESTS_CA_BUNDLE",
    };
    Prepared::new(program, port, Scratch::new("pysaml2"))
}
