//! Doors for the storage tests alone, which live in another crate: does each engine understand every
//! statement? Never used by the product.

use crate::engine::Database;

/// Prepares every statement, the repeatable ones with two rows too. The names of those that the engine
/// refuses, each with the reason.
pub async fn refused_statements(database: &Database) -> Vec<String> {
    let mut refused = Vec::new();
    for statement in crate::statement::all() {
        let texts = std::iter::once(statement.text.to_owned()).chain(statement.repeated(2));
        for text in texts {
            if let Err(error) = database.prepare(text).await {
                refused.push(format!("{}: {error}", statement.name));
            }
        }
    }
    refused
}
