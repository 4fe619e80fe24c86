//! Which partners do not answer, as this node has seen it: they are left alone for a while, so that
//! waiting for them costs the others nothing (AVL-03, REL-10). Never calls anybody.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clau_domain::time::Timestamp;

/// Calls without an answer, one after the other, after which a partner is left alone.
const PATIENCE: u32 = 3;
/// For how long.
const REST: Duration = Duration::from_secs(30);

/// A breaker for each partner that has failed to answer: as many as are registered at most.
#[derive(Debug, Default)]
pub(crate) struct Breakers(Mutex<BTreeMap<String, Breaker>>);

#[derive(Debug, Default)]
struct Breaker {
    unanswered: u32,
    rests_until: Option<Timestamp>,
}

impl Breakers {
    /// How long a partner is still left alone; `None` when it may be called. After the rest one caller
    /// finds out, and the others go on waiting.
    pub(crate) fn rest(&self, partner: &str, now: Timestamp) -> Option<Duration> {
        let mut breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let breaker = breakers.get_mut(partner)?;
        let until = breaker.rests_until?;
        if until > now {
            return Some(until.since(now));
        }
        breaker.rests_until = Some(now + REST);
        None
    }

    /// A partner has answered, whatever it said.
    pub(crate) fn answered(&self, partner: &str) {
        let mut breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        breakers.remove(partner);
    }

    /// A partner has not answered.
    pub(crate) fn unanswered(&self, partner: &str, now: Timestamp) {
        let mut breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let breaker = breakers.entry(partner.to_owned()).or_default();
        breaker.unanswered = breaker.unanswered.saturating_add(1);
        if breaker.unanswered >= PATIENCE {
            breaker.rests_until = Some(now + REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn avl_03_who_does_not_answer_is_left_alone_and_asked_again_by_one() {
        let (breakers, start) = (Breakers::default(), Timestamp::from_millis(0));
        for _ in 0..PATIENCE {
            assert_eq!(breakers.rest("slow", start), None);
            breakers.unanswered("slow", start);
        }
        assert_eq!(breakers.rest("slow", start), Some(REST));
        assert_eq!(breakers.rest("other", start), None);
        let later = start + REST;
        assert_eq!(breakers.rest("slow", later), None, "one finds out");
        assert_eq!(breakers.rest("slow", later), Some(REST), "the others wait");
        breakers.answered("slow");
        assert_eq!(breakers.rest("slow", later), None);
    }
}
