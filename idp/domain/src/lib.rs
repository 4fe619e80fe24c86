//! The vocabulary of the hub: typed ids, people, structures, services, sessions, login states and
//! the policy that decides who may open what and which attributes leave.
//!
//! Everything here is pure. No async, no I/O, no clock, no randomness: `now` is an argument of type
//! [`time::Timestamp`], randomness an argument of type [`random::Random`].

pub mod announcement;
pub mod connector;
pub mod feed;
pub mod identity;
pub mod ids;
pub mod language;
pub mod login;
pub mod names;
pub mod password;
pub mod person;
pub mod policy;
pub mod profile;
pub mod random;
pub mod secret;
pub mod service;
pub mod session;
pub mod spelling;
pub mod structure;
pub mod time;
pub mod uai;
pub mod url;
