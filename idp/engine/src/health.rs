//! Whether the hub can do its work, and the figures that say how much there is. Damped, so that one
//! slow answer of a shared store does not take every node out of the balancer at once (AVL-04).

use std::time::Duration;

use crate::Hub;

/// How long one store may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// State of one store.
#[derive(Clone, Debug)]
pub struct Part {
    /// `database`, `tickets`.
    pub name: &'static str,
    /// What is wrong, in words; `None` when all is well.
    pub trouble: Option<String>,
}

impl Hub {
    /// The state of each store, asked now.
    pub async fn parts(&self) -> Vec<Part> {
        let database = tokio::time::timeout(PATIENCE, self.database().ping());
        let tickets = tokio::time::timeout(PATIENCE, self.tickets().ping());
        let (database, tickets) = tokio::join!(database, tickets);
        let trouble = |outcome: Result<Result<(), _>, _>| match outcome {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(clau_storage::StorageError::to_string(&error)),
            Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        vec![
            Part {
                name: "database",
                trouble: trouble(database),
            },
            Part {
                name: "tickets",
                trouble: trouble(tickets),
            },
        ]
    }

    /// Closes the stores, after everything in flight has come back.
    pub async fn close(&self) {
        self.database().close().await;
    }
}
