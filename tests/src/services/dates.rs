//! Days as people of the region write them, and which one it is.

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

/// `lundi 23 novembre`.
#[must_use]
pub fn spoken(date: Date) -> String {
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
    let weekday = match date.weekday() {
        Weekday::Monday => "lundi",
        Weekday::Tuesday => "mardi",
        Weekday::Wednesday => "mercredi",
        Weekday::Thursday => "jeudi",
        Weekday::Friday => "vendredi",
        Weekday::Saturday => "samedi",
        Weekday::Sunday => "dimanche",
    };
    let month = usize::try_from(date.month() - 1)
        .ok()
        .and_then(|month| MONTHS.get(month))
        .copied()
        .unwrap_or_default();
    let day = match date.day() {
        1 => "1er".to_owned(),
        day => day.to_string(),
    };
    format!("{weekday} {day} {month}")
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
