//! Storage tests: each test runs on every store it is about, SQLite, PostgreSQL and Redis, with real
//! servers. One binary, so that it is linked once.
//!
//! What is tested is what the engine relies on; which statement does it is the store's own affair.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "an integration test is all test"
)]

/// Runs each function of a suite on both database engines.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        $crate::on!(sqlite: $($name),*);
        $crate::on!(postgres: $($name),*);
    };
}

/// Runs each function of a suite on every ticket store.
macro_rules! on_every_store {
    ($($name:ident),* $(,)?) => {
        $crate::on!(sqlite: $($name),*);
        $crate::on!(postgres: $($name),*);
        $crate::on!(redis: $($name),*);
    };
}

/// Runs each function of a suite on one stage.
macro_rules! on {
    ($stage:ident: $($name:ident),*) => {
        mod $stage {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::stage::Stage::$stage().await).await;
            })*
        }
    };
}
use on;

mod accounts;
mod authorization_races;
mod authorizations;
mod child;
mod client_credentials;
mod connector_documents;
mod connectors;
mod consents;
mod counters;
mod directory;
mod factors;
mod first_use;
mod folk;
mod invitations;
mod leases;
mod links;
mod matching;
mod merges;
mod newcomers;
mod notices;
mod outages;
mod redis_kinds;
mod redis_rollback;
mod saml_metadata;
mod schema;
mod settings;
mod signing_keys;
mod stage;
mod tickets;
mod upgrade;
