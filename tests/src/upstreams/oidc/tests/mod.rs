//! The simulators of OpenID Connect by HTTP, before a client that is made by hand and one of a library's.

mod authorize;
mod library;
mod logout;
mod party;
mod tokens;
