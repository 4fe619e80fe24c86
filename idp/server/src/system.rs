//! The clock and the randomness of the operating system: the only place that reads either. Everything
//! else gets them as arguments.

use std::time::{SystemTime, UNIX_EPOCH};

use clau_domain::random::Random;
use clau_domain::time::Timestamp;
use clau_engine::{Client, Cx};

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock;

impl Clock {
    /// Now, in UTC.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one clock; everybody else asks it"
    )]
    pub(crate) fn now(self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The operating system's randomness, through the crypto library's generator (KEY-04).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        if aws_lc_rs::rand::fill(bytes).is_err() {
            // Predictable tickets are worse than no hub.
            eprintln!("clau: the operating system gives no randomness");
            std::process::abort();
        }
    }
}

/// Everything that speaks TLS does so by the one crypto library that was chosen. Harmless when called
/// again.
pub(crate) fn use_one_crypto_library() {
    let _already = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// Whether the generator works at all, asked before anything is started (FT-20).
pub(crate) fn randomness_works() -> bool {
    let (mut one, mut two) = ([0; 16], [0; 16]);
    aws_lc_rs::rand::fill(&mut one).is_ok() && aws_lc_rs::rand::fill(&mut two).is_ok() && one != two
}

/// What a command or a background task hands to a use case.
pub(crate) fn cx() -> Cx<'static> {
    let reference: [u8; 4] = (&SystemRandom as &dyn Random).bytes();
    Cx {
        now: Clock.now(),
        random: &SystemRandom,
        client: Client::operator(),
        reference: reference.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_04_two_draws_differ() {
        assert!(randomness_works());
        assert_ne!(cx().reference, cx().reference);
    }

    #[test]
    fn the_clock_is_later_than_this_was_written() {
        assert!(Clock.now().as_millis() > 1_700_000_000_000);
    }
}
