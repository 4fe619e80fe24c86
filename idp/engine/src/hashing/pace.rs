//! One pace for every check of a password. Hashes of other systems take longer than ours: whoever times answers
//! would tell who has not signed in since the move, and that the login exists (PWD-06). So every check waits until
//! the slowest kind would have come to its end. Waiting costs no core and no place in the queue. Never knows whose
//! password it is.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::methods::Method;

/// Longest wait: nobody stands at the door longer because of somebody's odd parameters.
const LONGEST: Duration = Duration::from_secs(2);
/// Kinds of old hashes that are told apart.
const MOST_KINDS: usize = 32;

/// How long each kind of old hash takes on this node, once it has met one.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<BTreeMap<(Method, u32), Duration>>);

impl Pace {
    /// Learns how long a check of one kind took: slowly, because one that had to wait for its core says little.
    pub(super) fn note(&self, kind: (Method, u32), took: Duration) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(usual) = kinds.get_mut(&kind) {
            *usual = (*usual * 7 + took) / 8;
        } else if kinds.len() < MOST_KINDS {
            kinds.insert(kind, took);
        }
    }

    /// How long an answer is held back after a check that took so long: half as much again as the slowest kind
    /// usually takes, so that its own answers wait as well.
    pub(super) fn remaining(&self, took: Duration) -> Duration {
        let kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slowest = kinds.values().max().copied().unwrap_or_default();
        (slowest * 3 / 2).min(LONGEST).saturating_sub(took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pwd_06_every_check_lasts_as_long_as_the_slowest_kind() {
        let pace = Pace::default();
        let ms = Duration::from_millis;
        assert_eq!(pace.remaining(ms(20)), ms(0), "no old hash, no wait");
        pace.note((Method::Sha1, 1), ms(20));
        pace.note((Method::Bcrypt, 12), ms(280));
        assert_eq!(pace.remaining(ms(20)), ms(400));
        assert_eq!(pace.remaining(ms(280)), ms(140));
        // Once at the mercy of a busy machine does not slow down everybody.
        pace.note((Method::Bcrypt, 12), ms(1080));
        assert_eq!(pace.remaining(ms(20)), ms(550));
        pace.note((Method::Pbkdf2Sha256, 3_000_000), ms(60_000));
        assert_eq!(pace.remaining(ms(0)), LONGEST);
    }
}
