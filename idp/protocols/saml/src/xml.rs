//! XML as SAML needs it: a gate before the parser, one parser, one tree, one writer. Everything that is
//! read comes through [`Tree::parse`], everything that leaves through [`Writer`]. Knows no message.

mod gate;
mod tree;
mod writer;

#[cfg(test)]
mod tests;

pub use gate::Limits;
pub use tree::{Node, Tree};
pub use writer::Writer;
