//! Services that sign in by CAS: the client of the hub, the gate, what the attributes say of a person.

mod attributes;
pub mod client;
pub mod gate;
#[cfg(test)]
mod tests;
