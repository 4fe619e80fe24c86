//! Days and school years as people of the region write them, and which one it is.

use std::fmt;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use super::server::now;

/// Today in the region.
#[must_use]
pub fn today() -> Date {
    day_of(now())
}

/// The day of an instant (seconds since 1970) in the region.
#[must_use]
pub fn day_of(instant: i64) -> Date {
    local(instant).date()
}

fn local(instant: i64) -> DateTime {
    let paris = TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC);
    let instant = jiff::Timestamp::from_second(instant).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    paris.to_datetime(instant)
}

/// `23/11/2026 à 10 h 05` for an instant (seconds since 1970), in the region.
#[must_use]
pub fn moment(instant: i64) -> String {
    let local = local(instant);
    let (day, hour, minute) = (local.date(), local.hour(), local.minute());
    format!("{} à {hour} h {minute:02}", numeric(&day.to_string()))
}

/// `23/11/2026` for an ISO day; what cannot be read stays as it is.
#[must_use]
pub fn numeric(day: &str) -> String {
    day.parse::<Date>().map_or_else(
        |_| day.to_owned(),
        |date| format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year()),
    )
}

/// `novembre` for 11; nothing for what is no month.
#[must_use]
pub fn month(number: i8) -> &'static str {
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    let name = index.and_then(|index| MONTHS.get(index));
    name.copied().unwrap_or_default()
}

/// `lundi 23 novembre`.
#[must_use]
pub fn spoken(date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Monday => "lundi",
        Weekday::Tuesday => "mardi",
        Weekday::Wednesday => "mercredi",
        Weekday::Thursday => "jeudi",
        Weekday::Friday => "vendredi",
        Weekday::Saturday => "samedi",
        Weekday::Sunday => "dimanche",
    };
    let day = match date.day() {
        1 => "1er".to_owned(),
        day => day.to_string(),
    };
    format!("{weekday} {day} {}", month(date.month()))
}

/// A school year, `2026-2027`: it begins in September.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchoolYear(i16);

impl SchoolYear {
    /// The one in which a day lies; the summer belongs to the year before it.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self(if day.month() >= 9 {
            day.year()
        } else {
            day.year() - 1
        })
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The calendar year in which it begins.
    #[must_use]
    pub fn begins(self) -> i16 {
        self.0
    }

    /// Reads one as it is written.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (begins, _) = text.split_once('-')?;
        let year = Self(begins.parse().ok()?);
        (year.0 < i16::MAX && year.to_string() == text).then_some(year)
    }
}

impl fmt::Display for SchoolYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_people_do() {
        assert_eq!(numeric("2026-11-03"), "03/11/2026");
        assert_eq!(numeric("demain"), "demain");
        assert_eq!(spoken("2026-11-23".parse().unwrap()), "lundi 23 novembre");
        assert_eq!(spoken("2026-08-01".parse().unwrap()), "samedi 1er août");
    }

    #[test]
    fn school_years_begin_in_september() {
        let year = |day: &str| SchoolYear::of(day.parse().unwrap());
        assert_eq!(year("2026-09-01").to_string(), "2026-2027");
        assert_eq!(year("2027-08-31"), year("2026-09-01"));
        assert_eq!(year("2027-08-31").next(), year("2027-09-01"));
        assert_eq!(SchoolYear::read("2026-2027"), Some(year("2026-12-24")));
        for wrong in [
            "2026",
            "2026-2028",
            "2026-27",
            "+2026-2027",
            "32767-32768",
            "",
        ] {
            assert_eq!(SchoolYear::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_day_is_that_of_the_region() {
        // 23:30 in London, half past midnight in Toulouse.
        let instant = "2026-11-23T23:30:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_second();
        assert_eq!(day_of(instant).to_string(), "2026-11-24");
        assert_eq!(moment(instant), "24/11/2026 à 0 h 30");
    }
}
