//! Counters of this node alone, for the time in which the shared store is away (PWD-07). Of a fixed
//! size, whatever strangers send (AVL-10). Never undercounts: what does not fit is counted together,
//! and so more strictly.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clau_domain::time::Timestamp;

/// Names counted each for themselves.
const MOST_NAMES: usize = 20_000;
/// Counters that all further names share.
const SHARED: u64 = 256;
/// Different members that one node remembers for one name.
const MOST_LOCAL_MEMBERS: usize = 1_000;
/// Different members that one node remembers in all.
const MOST_MEMBERS_IN_ALL: usize = 50_000;

/// Counters in this node's memory: the calls of [`Counters`](super::Counters), never failing.
#[derive(Debug, Default)]
pub struct LocalCounters {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    windows: HashMap<String, Window>,
    /// Members in all windows.
    members: usize,
}

#[derive(Debug)]
struct Window {
    hits: u64,
    members: BTreeSet<String>,
    ends: Timestamp,
}

impl LocalCounters {
    /// Counts one more; how many there are in the window, this one included.
    pub fn hit(&self, name: &str, window: Duration, now: Timestamp) -> u64 {
        self.with(format!("hit:{name}"), window, now, |counter, _| {
            counter.hits = counter.hits.saturating_add(1);
            counter.hits
        })
    }

    /// How many there are in the window that runs, zero if none does.
    pub fn peek(&self, name: &str, now: Timestamp) -> u64 {
        self.look(&format!("hit:{name}"), now)
    }

    /// Forgets what [`hit`](Self::hit) counted, unless the name shares its counter with others.
    pub fn reset(&self, name: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.windows.remove(&format!("hit:{name}"));
    }

    /// Counts a member once in each window; how many different ones there are, this one included.
    pub fn distinct(&self, name: &str, member: &str, window: Duration, now: Timestamp) -> u64 {
        self.with(format!("set:{name}"), window, now, |counter, in_all| {
            let room = counter.members.len() < MOST_LOCAL_MEMBERS && *in_all < MOST_MEMBERS_IN_ALL;
            if counter.members.contains(member) {
                return counter.hits;
            }
            if room {
                counter.members.insert(member.to_owned());
                *in_all += 1;
            }
            // Without room every call counts: too much rather than too little.
            counter.hits = counter.hits.saturating_add(1);
            counter.hits
        })
    }

    /// How many different members there are in the window that runs, zero if none does.
    pub fn peek_distinct(&self, name: &str, now: Timestamp) -> u64 {
        self.look(&format!("set:{name}"), now)
    }

    fn look(&self, name: &str, now: Timestamp) -> u64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let own = state.windows.get(name);
        let counter = own.or_else(|| state.windows.get(&state.shared_name(name)));
        counter
            .filter(|counter| counter.ends > now)
            .map_or(0, |counter| counter.hits)
    }

    fn with(
        &self,
        name: String,
        window: Duration,
        now: Timestamp,
        count: impl FnOnce(&mut Window, &mut usize) -> u64,
    ) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        let mut name = name;
        if state.windows.len() >= MOST_NAMES && !state.windows.contains_key(&name) {
            state.prune(now);
            if state.windows.len() >= MOST_NAMES {
                name = state.shared_name(&name);
            }
        }
        let fresh = || Window {
            hits: 0,
            members: BTreeSet::new(),
            ends: now + window,
        };
        let counter = state.windows.entry(name).or_insert_with(fresh);
        if counter.ends <= now {
            state.members = state.members.saturating_sub(counter.members.len());
            *counter = fresh();
        }
        count(counter, &mut state.members)
    }
}

impl State {
    fn prune(&mut self, now: Timestamp) {
        self.windows.retain(|_, counter| counter.ends > now);
        self.members = self
            .windows
            .values()
            .map(|counter| counter.members.len())
            .sum();
    }

    /// The counter a name shares when there is no room for its own. The map's own hash has a secret
    /// key: nobody can choose whom to share with.
    fn shared_name(&self, name: &str) -> String {
        format!("shared:{}", self.windows.hasher().hash_one(name) % SHARED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const START: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn pwd_07_the_local_limiter_counts_like_the_shared_one() {
        let counters = LocalCounters::default();
        assert_eq!(counters.peek("a", START), 0);
        assert_eq!(counters.hit("a", MINUTE, START), 1);
        assert_eq!(counters.hit("a", MINUTE, START + MINUTE / 2), 2);
        assert_eq!(counters.hit("b", MINUTE, START), 1);
        let end = START + MINUTE;
        assert_eq!(counters.peek("a", end - Duration::from_millis(1)), 2);
        assert_eq!(counters.peek("a", end), 0);
        assert_eq!(counters.hit("a", MINUTE, end), 1);
        counters.reset("a");
        assert_eq!(counters.peek("a", end), 0);
        assert_eq!(counters.distinct("ip", "x", MINUTE, START), 1);
        assert_eq!(counters.distinct("ip", "x", MINUTE, START), 1);
        assert_eq!(counters.distinct("ip", "y", MINUTE, START), 2);
        assert_eq!(counters.peek_distinct("ip", START), 2);
        assert_eq!(counters.distinct("ip", "y", MINUTE, end), 1);
    }

    #[test]
    fn avl_10_a_flood_of_names_takes_bounded_room_and_escapes_no_count() {
        let counters = LocalCounters::default();
        for index in 0..MOST_NAMES + 3_000 {
            counters.hit(&format!("name {index}"), MINUTE, START);
        }
        let size = || counters.state.lock().expect("lock").windows.len();
        assert!(size() <= MOST_NAMES + 256);
        assert!(
            counters.hit("one more", MINUTE, START) > 1,
            "shares a counter with others"
        );
        assert_eq!(counters.hit("later", MINUTE, START + MINUTE), 1);
        assert_eq!(size(), 1);
    }

    #[test]
    fn avl_10_a_flood_of_members_takes_bounded_room_and_escapes_no_count() {
        let counters = LocalCounters::default();
        let many = MOST_LOCAL_MEMBERS as u64 + 500;
        for index in 0..many {
            counters.distinct("ip", &index.to_string(), MINUTE, START);
        }
        assert_eq!(counters.peek_distinct("ip", START), many);
        let kept = counters.state.lock().expect("lock").members;
        assert_eq!(kept, MOST_LOCAL_MEMBERS);
    }
}
