//! The server: configuration, command line, the accept loop, background tasks. The only crate that
//! reads the clock, the operating system's randomness and the environment. Decides nothing about
//! people or services: the engine does.

pub mod check;
pub mod cli;
pub mod config;
mod failure;
#[cfg(test)]
mod handbook;
mod log;
mod open;
mod serve;
mod system;
