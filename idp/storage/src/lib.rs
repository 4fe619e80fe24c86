//! Storage: SQL for SQLite and PostgreSQL, migrations, and the ticket store (in the database or in
//! Redis). Knows rows and statements; never decides who may do what, and never reads a clock.
//!
//! One text per statement, in a file under `sql/`, used on both engines and prepared on both by a
//! test. The engines differ in [`engine`](mod@engine) and in the migrations, nowhere else.

pub mod accounts;
pub mod announcements;
pub mod authorizations;
pub mod client_credentials;
pub mod connector_documents;
pub mod connectors;
pub mod consents;
pub mod counters;
mod engine;
pub mod error;
pub mod factors;
pub mod imports;
pub mod invitations;
pub mod leases;
pub mod links;
pub mod matching;
pub mod merges;
mod migrate;
pub mod newcomers;
pub mod notices;
pub mod people;
mod redis_server;
pub mod saml_metadata;
pub mod services;
pub mod settings;
pub mod signing_keys;
mod statement;
pub mod structures;
mod sweep;
#[doc(hidden)]
pub mod testing;
pub mod tickets;
pub mod visits;

pub use engine::{Database, DatabaseConfig, Tx};
pub use error::StorageError;
pub use redis_server::RedisConfig;
