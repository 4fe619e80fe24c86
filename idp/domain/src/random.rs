//! Randomness as an argument. Never produces any itself: the server hands in the operating system's
//! generator (KEY-04), tests hand in a seeded one.

/// A cryptographically secure source of random bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes` entirely. An implementation that cannot must end the process: going on with
    /// predictable tickets is worse than stopping.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Random + '_ {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A number from 0 to `bound - 1`, each equally likely (rejection sampling). `bound` of zero gives 0.
    pub fn below(&self, bound: u32) -> u32 {
        if bound == 0 {
            return 0;
        }
        let limit = u32::MAX - u32::MAX % bound;
        loop {
            let number = u32::from_le_bytes(self.bytes());
            if number < limit {
                return number % bound;
            }
        }
    }
}

/// A fixed sequence for tests: the same seed gives the same bytes. Never for anything but tests.
#[derive(Debug)]
pub struct SeededForTests(std::sync::atomic::AtomicU64);

impl SeededForTests {
    /// A sequence that starts at `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(std::sync::atomic::AtomicU64::new(seed))
    }
}

impl Random for SeededForTests {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let counter = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let digest =
                aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &counter.to_le_bytes());
            for (to, from) in chunk.iter_mut().zip(digest.as_ref()) {
                *to = *from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_stays_below_and_reaches_every_value() {
        let random: &dyn Random = &SeededForTests::new(1);
        let mut seen = [false; 5];
        for _ in 0..200 {
            seen[random.below(5) as usize] = true;
        }
        assert_eq!(seen, [true; 5]);
        assert_eq!(random.below(0), 0);
    }
}
