//! Use cases of the hub on an embedded store with a clock that the test moves: each rule that they
//! must keep, in a test named after it.

mod accounts;
mod cas;
mod login;
mod scene;
mod sessions;
