//! Reference services of the ENT: small relying parties that work, each a process of its own.
//!
//! Owns [`pedagogie`] (a class notebook; CAS 3 with attributes, proxy tickets accepted) and
//! [`orientation`] (a pupil's wishes; CAS 2, calls the notebook through a proxy ticket). What they
//! share is the gate (signing in and out), the CAS client and the server around them. They know
//! nothing of the hub but its protocol: no crate of Clau is used here. A service with another
//! protocol is a module beside these two with a gate of its own.

pub mod cas_client;
pub mod gate;
pub mod orientation;
pub mod pedagogie;
pub mod person;
pub mod region;
pub mod server;
pub mod sessions;
#[cfg(test)]
mod tests;
