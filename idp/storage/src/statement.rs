//! Statements by name, each one a file under `sql/`, and their repetition for many rows at once.
//! Never runs anything.

use std::fmt::Write;

/// One SQL text for both engines: `$1` binds, `ON CONFLICT`, `RETURNING`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    /// File name without `.sql`, for errors and for the test that prepares them all.
    pub(crate) name: &'static str,
    /// The text.
    pub(crate) text: &'static str,
}

impl Statement {
    /// The text with its `VALUES ($1, …)` row repeated `rows` times. The row is what stands between
    /// `/*row*/` and `/*end*/`; binds are renumbered. `None` if the text has no such row.
    pub(crate) fn repeated(self, rows: usize) -> Option<String> {
        let (head, rest) = self.text.split_once("/*row*/")?;
        let (row, tail) = rest.split_once("/*end*/")?;
        let pieces: Vec<&str> = row.split('$').collect();
        let bind = |piece: &str| -> Option<(usize, usize)> {
            let digits = piece.chars().take_while(char::is_ascii_digit).count();
            Some((piece.get(..digits)?.parse().ok()?, digits))
        };
        // How many values a row takes: a bind may stand in it twice.
        let width = pieces
            .iter()
            .skip(1)
            .filter_map(|piece| Some(bind(piece)?.0))
            .max()?;
        let mut text = String::with_capacity(self.text.len() + rows * (row.len() + 4 * width));
        text.push_str(head);
        for index in 0..rows {
            if index > 0 {
                text.push_str(", ");
            }
            for (position, piece) in pieces.iter().enumerate() {
                if position > 0 {
                    let (number, digits) = bind(piece)?;
                    write!(text, "${}", index * width + number).ok()?;
                    text.push_str(piece.get(digits..)?);
                } else {
                    text.push_str(piece);
                }
            }
        }
        text.push_str(tail);
        Some(text)
    }

    /// The same with `?` for each bind, where each stands once and in its order; numbered as in
    /// [`Statement::repeated`] otherwise. SQLite looks a numbered bind's name up in a list of all of
    /// them: with thousands of binds that took two thirds of an import.
    pub(crate) fn repeated_unnumbered(self, rows: usize) -> Option<String> {
        let (head, rest) = self.text.split_once("/*row*/")?;
        let (row, tail) = rest.split_once("/*end*/")?;
        let mut plain = String::with_capacity(row.len());
        for (position, piece) in row.split('$').enumerate() {
            if position > 0 {
                let digits = piece.chars().take_while(char::is_ascii_digit).count();
                if piece.get(..digits)?.parse() != Ok(position) {
                    return self.repeated(rows);
                }
                plain.push('?');
                plain.push_str(piece.get(digits..)?);
            } else {
                plain.push_str(piece);
            }
        }
        if head.contains('$') || tail.contains('$') {
            return self.repeated(rows);
        }
        let mut text = String::with_capacity(head.len() + rows * (plain.len() + 2) + tail.len());
        text.push_str(head);
        for index in 0..rows {
            if index > 0 {
                text.push_str(", ");
            }
            text.push_str(&plain);
        }
        text.push_str(tail);
        Some(text)
    }
}

/// Declares statements, one file under `sql/` each, and `ALL` of them: once in each noun's module, in
/// a module `sql` of its own. [`all`] lists those modules.
macro_rules! statements {
    ($($constant:ident = $name:literal),* $(,)?) => {
        $(pub(crate) const $constant: $crate::statement::Statement = $crate::statement::Statement {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sql/", $name, ".sql")),
        };)*
        /// Every statement of the module.
        pub(crate) const ALL: &[$crate::statement::Statement] = &[$($constant),*];
    };
}
pub(crate) use statements;

/// Every statement of the crate, for the test that prepares each on both engines.
pub(crate) fn all() -> Vec<Statement> {
    [
        crate::accounts::sql::ALL,
        crate::announcements::sql::ALL,
        crate::authorizations::sql::ALL,
        crate::client_credentials::sql::ALL,
        crate::connector_documents::sql::ALL,
        crate::connectors::sql::ALL,
        crate::consents::sql::ALL,
        crate::counters::sql::ALL,
        crate::imports::sql::ALL,
        crate::invitations::sql::ALL,
        crate::leases::sql::ALL,
        crate::factors::sql::ALL,
        crate::links::sql::ALL,
        crate::matching::sql::ALL,
        crate::merges::sql::ALL,
        crate::notices::sql::ALL,
        crate::people::portraits::sql::ALL,
        crate::people::sql::ALL,
        crate::saml_metadata::sql::ALL,
        crate::services::sql::ALL,
        crate::settings::sql::ALL,
        crate::signing_keys::sql::ALL,
        crate::structures::sql::ALL,
        crate::tickets::sql::ALL,
        crate::visits::sql::ALL,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_repeat_with_their_own_binds() {
        let statement = Statement {
            name: "test",
            text: "INSERT INTO t VALUES /*row*/($1, CAST($2 AS TEXT), $1)/*end*/ ON CONFLICT DO NOTHING",
        };
        assert_eq!(
            statement.repeated(2).as_deref(),
            Some(
                "INSERT INTO t VALUES ($1, CAST($2 AS TEXT), $1), ($3, CAST($4 AS TEXT), $3) \
                 ON CONFLICT DO NOTHING"
            )
        );
    }

    #[test]
    fn binds_lose_their_numbers_only_where_that_changes_nothing() {
        let statement = |text| Statement { name: "test", text };
        let plain = statement("INSERT INTO t VALUES /*row*/($1, 0, $2)/*end*/ RETURNING a");
        assert_eq!(
            plain.repeated_unnumbered(2).as_deref(),
            Some("INSERT INTO t VALUES (?, 0, ?), (?, 0, ?) RETURNING a")
        );
        for text in [
            "INSERT INTO t VALUES /*row*/($1, $1)/*end*/",
            "INSERT INTO t VALUES /*row*/($2, $1)/*end*/",
        ] {
            let twice = statement(text);
            assert_eq!(twice.repeated_unnumbered(2), twice.repeated(2), "{text}");
        }
    }

    #[test]
    fn every_file_is_a_statement_and_every_statement_a_file() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sql");
        let mut files = Vec::new();
        for noun in std::fs::read_dir(&folder).expect("sql folder").flatten() {
            for file in std::fs::read_dir(noun.path())
                .expect("noun folder")
                .flatten()
            {
                let path = file.path().with_extension("");
                let name = path
                    .strip_prefix(&folder)
                    .expect("below")
                    .display()
                    .to_string();
                files.push(name);
            }
        }
        files.sort();
        let mut names: Vec<_> = all()
            .iter()
            .map(|statement| statement.name.to_owned())
            .collect();
        names.sort();
        assert_eq!(files, names);
    }
}
