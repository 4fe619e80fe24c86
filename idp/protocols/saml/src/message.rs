//! Messages: read from what was verified, written to be verified (SAML Core §3).
//!
//! | module | owns |
//! | --- | --- |
//! | [`opened`] | from bytes to an [`Authentic`] message, the one way in |
//! | [`authn_request`], [`context`] | what a service asks for, and how strong a login it wants |
//! | [`assertion`], [`response`] | what it is answered |
//! | [`asserted`] | an answer, read by a service |
//! | [`logout`] | logout, asked for and answered |
//! | [`artifact`] | messages that are fetched |
//! | [`header`], [`name_id`], [`status`] | what they have in common |

mod artifact;
mod asserted;
mod assertion;
mod authn_request;
mod context;
mod header;
mod logout;
mod name_id;
mod opened;
mod response;
mod status;

#[cfg(test)]
pub(crate) mod tests;

pub use artifact::{ArtifactResolve, ArtifactResponse};
pub use asserted::{Asserted, Expected};
pub use assertion::{Assertion, Attribute, Authentication, Value};
pub use authn_request::{AcsChoice, AuthnRequest, NameIdPolicy, Scoping};
pub use context::{Comparison, Offered, RequestedContext};
pub use header::{Header, SKEW, mint_id};
pub(crate) use header::{finish, instant, mint_from};
pub use logout::{LogoutRequest, LogoutResponse};
pub use name_id::NameId;
pub use opened::{Authentic, Kind, Opened};
pub use response::{Response, Sealing};
pub use status::{Status, StatusCode};
