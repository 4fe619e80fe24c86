//! Imports into real databases: what becomes of a delivery, on SQLite and on PostgreSQL alike, with
//! crashes, faults and thresholds. Spec: security.md §12, FT-02, REL-06; the issue "AAF import".
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "an integration test is all test"
)]

mod crash;
mod delivery;
mod faults;
mod generated;
mod kill;
mod life;
mod merges;
mod properties;
mod rules;
mod sample;
mod site;
