//! Instants and durations as the hub stores them: whole milliseconds since the Unix epoch, in an
//! integer. Never reads a clock; the server's clock is the only place that does.
//!
//! Integers, because instants bound to SQLite as date types become text and compare wrongly
//! (half a second after expiry a row still looked valid).

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An instant in UTC: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `millis` milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch: what is stored.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Time from `earlier` to `self`, zero when `earlier` is later (clocks of two nodes differ).
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `2026-11-23T08:00:00.000Z`, the form of protocol messages (XML Schema `dateTime`, RFC 3339).
    pub fn rfc3339(self) -> String {
        self.civil(&jiff::tz::TimeZone::UTC)
            .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
            .to_string()
    }

    /// The instant in a time zone, for pages and sheets.
    pub fn in_zone(self, zone: &jiff::tz::TimeZone) -> jiff::ZonedDateTime {
        self.civil(zone)
    }

    fn civil(self, zone: &jiff::tz::TimeZone) -> jiff::ZonedDateTime {
        // Out-of-range values cannot come from a clock; they clamp to the library's limits.
        jiff::Timestamp::from_millisecond(self.0)
            .unwrap_or(jiff::Timestamp::MAX)
            .to_zoned_datetime(zone.clone())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_the_protocols_want_it() {
        assert_eq!(
            Timestamp::from_millis(1_795_420_800_007).rfc3339(),
            "2026-11-23T08:00:00.007Z"
        );
    }

    #[test]
    fn a_clock_behind_gives_no_negative_age() {
        let earlier = Timestamp::from_millis(10);
        assert_eq!(
            earlier.since(earlier + Duration::from_secs(1)),
            Duration::ZERO
        );
    }

    #[test]
    fn arithmetic_saturates() {
        let last = Timestamp::from_millis(i64::MAX);
        assert_eq!(last + Duration::MAX, last);
    }
}
