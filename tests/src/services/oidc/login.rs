//! A login on its way to the hub and back: what is kept here meanwhile. Where it is kept, and for which
//! browser, is `departures`.

use std::io;

use serde::{Deserialize, Serialize};

use crate::services::server::secret;

/// What proves that an answer is ours.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    /// In the ID token.
    pub(super) nonce: String,
    /// Kept back until the code is redeemed (RFC 7636).
    pub(super) verifier: String,
}

impl Pending {
    /// A new one.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            nonce: secret()?,
            verifier: secret()?,
        })
    }
}
