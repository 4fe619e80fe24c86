//! What a family pays: a share of each month of a school year, less for the second child, nothing from the third
//! on. Made up, like everything here. Reads no clock.

use std::fmt;

use jiff::civil::Date;

use crate::services::dates::{SchoolYear, month};

/// Cents a month by how many of the guardian's children were there before.
const SHARES: [i64; 2] = [1_250, 800];
/// The buses run from September to June.
const FIRST_MONTH: i8 = 9;
const LAST_MONTH: i8 = 6;

/// A family's share for one child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// Cents a month.
    pub(super) monthly: i64,
    /// The first month that is paid, and its calendar year.
    first: (i8, i16),
    /// How many months are.
    pub(super) months: i64,
    /// The calendar year of the last one.
    last_year: i16,
}

impl Share {
    /// For a child that was asked for on `day`, after `rank` others. The month of the day is paid, and those
    /// that come after it in the school year.
    pub(super) fn new(rank: i64, year: SchoolYear, day: Date) -> Self {
        let index = usize::try_from(rank).unwrap_or(0);
        let begins = year.begins();
        let last_year = begins.saturating_add(1);
        // Counted from September on.
        let within = match (day.year() - begins, day.month()) {
            (0, month @ FIRST_MONTH..=12) => month - FIRST_MONTH,
            (1, month @ 1..=LAST_MONTH) => month + 12 - FIRST_MONTH,
            (years, _) if years >= 1 => LAST_MONTH + 12 - FIRST_MONTH,
            _ => 0,
        };
        let first = if within <= 12 - FIRST_MONTH {
            (FIRST_MONTH + within, begins)
        } else {
            (FIRST_MONTH + within - 12, last_year)
        };
        Self {
            monthly: SHARES.get(index).copied().unwrap_or(0),
            first,
            months: i64::from(LAST_MONTH + 12 - FIRST_MONTH - within) + 1,
            last_year,
        }
    }

    /// Cents for the whole year.
    pub(super) fn total(&self) -> i64 {
        self.monthly * self.months
    }
}

/// `12,50 € par mois de septembre 2026 à juin 2027, soit 125,00 €`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.monthly == 0 {
            return f.write_str("Gratuit : au moins deux autres de vos enfants sont abonnés");
        }
        let (number, year) = self.first;
        let (monthly, total) = (euros(self.monthly), euros(self.total()));
        if self.months == 1 {
            return write!(f, "{monthly} pour {} {year}", month(number));
        }
        // « d’octobre », « d’avril ».
        let from = match month(number) {
            name if name.starts_with(['a', 'o']) => format!("d’{name}"),
            name => format!("de {name}"),
        };
        let last = month(LAST_MONTH);
        write!(
            f,
            "{monthly} par mois {from} {year} à {last} {}, soit {total}",
            self.last_year
        )
    }
}

/// The shares, for families that look.
pub(super) fn tariff() -> String {
    let [first, second] = SHARES.map(euros);
    format!("{first} par mois pour un enfant, {second} pour le deuxième, rien pour les suivants")
}

/// `1 012,50 €`, with spaces that do not break.
fn euros(cents: i64) -> String {
    let whole = (cents / 100).to_string();
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    format!("{text},{:02}\u{a0}€", cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(rank: i64, day: &str) -> Share {
        let year = SchoolYear::read("2026-2027").unwrap();
        Share::new(rank, year, day.parse().unwrap())
    }

    #[test]
    fn the_first_child_pays_more_than_the_second_and_the_third_nothing() {
        let shares = [0, 1, 2, 7].map(|rank| share(rank, "2026-09-01").monthly);
        assert_eq!(shares, [1_250, 800, 0, 0]);
    }

    #[test]
    fn months_are_paid_from_the_one_in_which_it_is_asked_for() {
        for (day, months) in [
            ("2026-06-12", 10),
            ("2026-08-31", 10),
            ("2026-09-30", 10),
            ("2026-10-01", 9),
            ("2026-12-31", 7),
            ("2027-01-01", 6),
            ("2027-06-30", 1),
            ("2027-07-14", 1),
            ("2028-01-01", 1),
        ] {
            assert_eq!(share(0, day).months, months, "{day}");
        }
    }

    #[test]
    fn it_is_written_as_people_do() {
        let text = |rank, day| share(rank, day).to_string().replace('\u{a0}', " ");
        assert_eq!(
            text(0, "2026-09-03"),
            "12,50 € par mois de septembre 2026 à juin 2027, soit 125,00 €"
        );
        assert_eq!(
            text(1, "2026-10-03"),
            "8,00 € par mois d’octobre 2026 à juin 2027, soit 72,00 €"
        );
        assert_eq!(
            text(1, "2027-02-03"),
            "8,00 € par mois de février 2027 à juin 2027, soit 40,00 €"
        );
        assert_eq!(text(0, "2027-06-03"), "12,50 € pour juin 2027");
        assert!(text(2, "2026-09-03").starts_with("Gratuit"));
        assert_eq!(
            tariff().replace('\u{a0}', " "),
            "12,50 € par mois pour un enfant, 8,00 € pour le deuxième, rien pour les suivants"
        );
        assert_eq!(euros(101_205), "1\u{202f}012,05\u{a0}€");
    }
}
