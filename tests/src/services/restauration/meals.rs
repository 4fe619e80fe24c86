//! Meals: which days there are some, what there is to eat, and who has reserved. In the service's own
//! file; whoever eats is known by what the hub calls them everywhere, so that a guardian reserves for
//! the pupil and the kiosk finds it.

use std::collections::HashMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use sqlx::SqlitePool;

/// Days that can be reserved.
pub(super) const DAYS: usize = 5;

/// What somebody eats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The dish of the day.
    Menu,
    /// The dish without meat and fish.
    Vegetarian,
}

impl Choice {
    /// As forms and the file say it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Menu => "menu",
            Self::Vegetarian => "vegetarien",
        }
    }

    /// As people read it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Menu => "menu du jour",
            Self::Vegetarian => "menu végétarien",
        }
    }

    /// Reads what a form says.
    pub(super) fn of_code(code: &str) -> Option<Self> {
        [Self::Menu, Self::Vegetarian]
            .into_iter()
            .find(|choice| choice.code() == code)
    }
}

/// What there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Menu {
    pub(super) starter: &'static str,
    pub(super) dish: &'static str,
    pub(super) vegetarian: &'static str,
    pub(super) dessert: &'static str,
}

const MENUS: [Menu; 6] = [
    Menu {
        starter: "Carottes râpées",
        dish: "Saucisse de Toulouse, purée",
        vegetarian: "Lasagnes aux légumes",
        dessert: "Pomme du Lot",
    },
    Menu {
        starter: "Velouté de potiron",
        dish: "Poulet rôti, haricots tarbais",
        vegetarian: "Dahl de lentilles, riz",
        dessert: "Yaourt fermier",
    },
    Menu {
        starter: "Taboulé",
        dish: "Filet de truite, épinards",
        vegetarian: "Omelette, ratatouille",
        dessert: "Croustade aux pommes",
    },
    Menu {
        starter: "Salade verte, noix",
        dish: "Daube de bœuf, pâtes",
        vegetarian: "Gratin de courge",
        dessert: "Compote de poires",
    },
    Menu {
        starter: "Betteraves",
        dish: "Couscous aux merguez",
        vegetarian: "Couscous aux pois chiches",
        dessert: "Clémentines",
    },
    Menu {
        starter: "Œuf mayonnaise",
        dish: "Cassoulet",
        vegetarian: "Risotto aux cèpes",
        dessert: "Raisin",
    },
];

/// The menu of a day: always the same for the same day.
pub(super) fn menu(day: Date) -> Menu {
    let [first, ..] = MENUS;
    let number = usize::try_from(day.day_of_year()).unwrap_or_default();
    MENUS.get(number % MENUS.len()).copied().unwrap_or(first)
}

/// The days from `today` on that can be reserved: the canteen is open from Monday to Friday.
pub(super) fn coming_days(today: Date) -> Vec<Date> {
    let closed = [Weekday::Saturday, Weekday::Sunday];
    today
        .series(1.day())
        .filter(|day| !closed.contains(&day.weekday()))
        .take(DAYS)
        .collect()
}

/// Who has reserved what.
#[derive(Debug, Clone)]
pub(super) struct Meals {
    pool: SqlitePool,
}

impl Meals {
    /// The meals in this file.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn new(pool: SqlitePool) -> sqlx::Result<Self> {
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS meals (
                eater TEXT NOT NULL, day TEXT NOT NULL, choice TEXT NOT NULL, PRIMARY KEY (eater, day)
            ) STRICT",
        )
        .execute(&pool)
        .await?;
        Ok(Self { pool })
    }

    /// The meals of somebody from a day on.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn of(&self, eater: &str, from: Date) -> sqlx::Result<HashMap<Date, Choice>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT day, choice FROM meals WHERE eater = ? AND day >= ?")
                .bind(eater)
                .bind(from.to_string())
                .fetch_all(&self.pool)
                .await?;
        let read =
            |(day, choice): (String, String)| Some((day.parse().ok()?, Choice::of_code(&choice)?));
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Reserves, changes and gives back: for each of these days, what is eaten if anything.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn set(
        &self,
        eater: &str,
        days: &[(Date, Option<Choice>)],
    ) -> sqlx::Result<()> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for (day, choice) in days {
            let statement = match choice {
                Some(_) => {
                    "INSERT INTO meals (eater, day, choice) VALUES (?1, ?2, ?3)
                     ON CONFLICT (eater, day) DO UPDATE SET choice = ?3"
                }
                None => "DELETE FROM meals WHERE eater = ?1 AND day = ?2 AND ?3 IS NULL",
            };
            sqlx::query(statement)
                .bind(eater)
                .bind(day.to_string())
                .bind(choice.map(Choice::code))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_canteen_is_closed_at_weekends() {
        let days = |today: &str| {
            let days = coming_days(day(today));
            days.iter().map(Date::to_string).collect::<Vec<_>>()
        };
        let week = [
            "2026-11-20",
            "2026-11-23",
            "2026-11-24",
            "2026-11-25",
            "2026-11-26",
        ];
        assert_eq!(days("2026-11-20"), week);
        assert_eq!(days("2026-11-21")[0], "2026-11-23");
        assert_eq!(days("2026-11-22")[0], "2026-11-23");
        assert_eq!(menu(day("2026-11-23")), menu(day("2026-11-23")));
        assert_ne!(menu(day("2026-11-23")), menu(day("2026-11-24")));
    }

    #[tokio::test]
    async fn meals_are_reserved_changed_and_given_back() {
        let directory = tempfile::tempdir().unwrap();
        let pool = crate::services::sessions::open(&directory.path().join("m.sqlite"))
            .await
            .unwrap();
        let meals = Meals::new(pool).await.unwrap();
        let (monday, tuesday) = (day("2026-11-23"), day("2026-11-24"));
        let set = async |days: &[(Date, Option<Choice>)]| meals.set("p1", days).await.unwrap();
        set(&[(monday, Some(Choice::Menu)), (tuesday, Some(Choice::Menu))]).await;
        set(&[(monday, Some(Choice::Vegetarian)), (tuesday, None)]).await;
        let kept = meals.of("p1", monday).await.unwrap();
        assert_eq!(kept, HashMap::from([(monday, Choice::Vegetarian)]));
        assert!(meals.of("p1", tuesday).await.unwrap().is_empty());
        assert!(meals.of("p2", monday).await.unwrap().is_empty());
    }
}
