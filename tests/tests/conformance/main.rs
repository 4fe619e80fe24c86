//! The hub held against the OpenID Foundation's conformance suite, as far as a client of our own can: a
//! test for each module name of the public plans, under that name with `_` for `-` and in small letters,
//! with the suite's expectation. `plans.rs` is the table of all modules; what cannot be expressed here is
//! in it with the reason. Beside the plans: the rules OIDC-01 … OIDC-22 of the security reference
//! (`rules/`), and races on two nodes (`races.rs`). Ideas and facts of the suite only; no code of it.
//!
//! One hub for all (`world.rs`); each test has people and, where it changes them, clients of its own.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "an integration test is all test"
)]

mod backchannel_logout;
mod basic;
mod checks;
mod client;
mod config;
mod discovery;
mod dpop;
mod dynamic;
mod fapi;
mod fields;
mod form_post;
mod frontchannel_logout;
mod hybrid;
mod jose;
mod logout;
mod modules;
mod person;
mod plans;
mod races;
mod registration;
mod rp_initiated_logout;
mod rules;
mod world;
