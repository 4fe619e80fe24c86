//! Children as their guardian knows them here. The hub tells identifiers and no names: each guardian
//! names the child once, and this service keeps the name under the identifier, for that guardian alone.

use std::collections::HashMap;

use sqlx::SqlitePool;

use super::person::{Child, Person};

const LONGEST_NAME: usize = 80;

/// A child of the guardian who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownChild {
    /// What the hub calls the child.
    pub uid: String,
    /// Key in the directory; empty where it is not known.
    pub external_id: String,
    /// The name given here, if any.
    pub name: Option<String>,
    /// What to write on pages: the name, or which child it is.
    pub label: String,
}

/// The names in one service's file.
#[derive(Debug, Clone)]
pub struct Children {
    pool: SqlitePool,
}

impl Children {
    /// The names in this file.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn new(pool: SqlitePool) -> sqlx::Result<Self> {
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS children (
                guardian TEXT NOT NULL, child TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (guardian, child)
            ) STRICT",
        )
        .execute(&pool)
        .await?;
        Ok(Self { pool })
    }

    /// The children of a guardian in the order in which the hub tells them, with their names.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn of(&self, guardian: &Person) -> sqlx::Result<Vec<KnownChild>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT child, name FROM children WHERE guardian = ?")
                .bind(&guardian.user)
                .fetch_all(&self.pool)
                .await?;
        let mut names: HashMap<String, String> = rows.into_iter().collect();
        let known = |(number, child): (usize, &Child)| {
            let name = names.remove(&child.uid);
            KnownChild {
                uid: child.uid.clone(),
                external_id: child.external_id.clone(),
                label: name
                    .clone()
                    .unwrap_or_else(|| format!("Enfant {}", number + 1)),
                name,
            }
        };
        Ok(guardian.children.iter().enumerate().map(known).collect())
    }

    /// Names a child of this guardian.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn name(&self, guardian: &Person, child: &Child, name: &str) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT INTO children (guardian, child, name) VALUES (?1, ?2, ?3)
             ON CONFLICT (guardian, child) DO UPDATE SET name = ?3",
        )
        .bind(&guardian.user)
        .bind(&child.uid)
        .bind(name)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// A name as somebody typed it, if it can be one.
#[must_use]
pub fn clean_name(typed: &str) -> Option<String> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME;
    (fits && !name.chars().any(char::is_control)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_child_has_the_name_that_its_guardian_gave() {
        let directory = tempfile::tempdir().unwrap();
        let pool = crate::services::sessions::open(&directory.path().join("c.sqlite"))
            .await
            .unwrap();
        let children = Children::new(pool).await.unwrap();
        let guardian = |user: &str| Person {
            user: user.to_owned(),
            children: ["c1", "c2"]
                .map(|uid| Child {
                    uid: uid.to_owned(),
                    external_id: format!("TOULOUSE-{uid}"),
                })
                .to_vec(),
            ..Person::default()
        };
        let (one, other) = (guardian("g1"), guardian("g2"));
        let child = one.child("c2").unwrap();
        children.name(&one, child, "Zoé").await.unwrap();
        children.name(&one, child, "Zoé Martin").await.unwrap();
        let labels = async |guardian: &Person| {
            let known = children.of(guardian).await.unwrap();
            known
                .into_iter()
                .map(|child| child.label)
                .collect::<Vec<_>>()
        };
        assert_eq!(labels(&one).await, ["Enfant 1", "Zoé Martin"]);
        assert_eq!(labels(&other).await, ["Enfant 1", "Enfant 2"]);
    }

    #[test]
    fn names_are_short_and_of_one_line() {
        assert_eq!(
            clean_name("  Léa \n Martin ").as_deref(),
            Some("Léa Martin")
        );
        assert_eq!(clean_name(" "), None);
        assert_eq!(clean_name("a\u{7}b"), None);
        assert_eq!(clean_name(&"é".repeat(81)), None);
    }
}
