//! The random numbers of the generator: one small keyed stream for each thing that is made.
//!
//! Owns SplitMix64 (Steele, Lea, Flood 2014) and the draws made from it. The same seed gives the
//! same numbers on every platform and in every version, because nothing outside this file has a
//! say in them. It is never used for a secret: `clau_domain::random` is for that.

/// One stream of numbers. Streams with different seed, purpose or index are independent, so that
/// a household or a teacher can be made again at any time without making those before it.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    state: u64,
}

impl Draw {
    /// The stream of one thing: `purpose` names the kind of thing, `index` which one.
    pub(crate) fn keyed(seed: u64, purpose: &str, index: u64) -> Self {
        let mut state = mix(seed ^ 0x9E37_79B9_7F4A_7C15);
        for byte in purpose.bytes() {
            state = mix(state ^ u64::from(byte));
        }
        Self {
            state: mix(state ^ index),
        }
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// A number under `limit`; 0 where the limit is 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        // The bias of a multiplication by at most 2^20 in 2^64 cannot be seen in any statistic.
        let wide = u128::from(self.next()) * (limit as u128);
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in so many cases out of a thousand.
    pub(crate) fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }

    /// One of the list, each as likely as another.
    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let index = self.below(list.len());
        at(list, index)
    }

    /// One of the list, the first ones much more often: what makes homonyms, as in life.
    pub(crate) fn pick_skewed<T: Copy>(&mut self, list: &[T]) -> T {
        let index = self.below(list.len()).min(self.below(list.len()));
        at(list, index)
    }

    /// The index of a weight, drawn in proportion to it.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = usize> + Clone) -> usize {
        let mut rest = self.below(weights.clone().sum());
        for (index, weight) in weights.enumerate() {
            if rest < weight {
                return index;
            }
            rest -= weight;
        }
        0
    }
}

/// Whether something that happens on a day to so many in ten thousand has happened to this one
/// between the first day and `day`. Days are looked at one by one, so that a later day keeps what
/// an earlier one did.
pub(crate) fn happened(
    seed: u64,
    purpose: &str,
    index: u64,
    per_ten_thousand: usize,
    day: u32,
) -> bool {
    (1..=day)
        .any(|d| Draw::keyed(seed ^ u64::from(d), purpose, index).below(10_000) < per_ten_thousand)
}

/// The element of a constant list at an index taken round its length.
#[expect(
    clippy::indexing_slicing,
    reason = "the lists are constants of this module and never empty; the index is taken modulo the length"
)]
pub(crate) fn at<T: Copy>(list: &[T], index: usize) -> T {
    list[index % list.len()]
}

fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_seed_never_change() {
        let mut draw = Draw::keyed(1, "test", 2);
        let first: Vec<usize> = (0..4).map(|_| draw.below(1000)).collect();
        let mut again = Draw::keyed(1, "test", 2);
        let second: Vec<usize> = (0..4).map(|_| again.below(1000)).collect();
        assert_eq!(first, second);
        let mut other = Draw::keyed(1, "test", 3);
        let third: Vec<usize> = (0..4).map(|_| other.below(1000)).collect();
        assert_ne!(first, third);
    }

    #[test]
    fn chances_are_near_what_was_asked() {
        let hits = (0..20_000)
            .filter(|i| Draw::keyed(7, "chance", *i).chance(250))
            .count();
        assert!((4_700..5_300).contains(&hits), "{hits}");
    }

    #[test]
    fn what_happened_stays_happened() {
        for index in 0..2_000 {
            if happened(3, "move", index, 100, 2) {
                assert!(happened(3, "move", index, 100, 5));
            }
            assert!(!happened(3, "move", index, 100, 0));
        }
    }
}
