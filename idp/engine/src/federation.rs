//! Federation upstream: people whom other systems vouch for. Which person somebody is, is decided here and
//! nowhere else; what a source says is read by its driver (`clau_connectors::contract`) and by nobody else.
//! Never speaks a protocol, never renders a page.
//!
//! | module | owns |
//! | --- | --- |
//! | [`sources`] | registrations with their drivers, as they are used |
//! | [`documents`] | metadata, discovery and keys of sources: fetched in the background, kept, handed to drivers |
//! | [`calls`] | how a driver is asked: not for long, not too often at a time, not while it rests |
//! | [`health`] | which sources answer, as this node sees it |
//! | [`keys`] | the hub's keys towards sources |
//! | [`choices`] | where somebody may log in, and what stands first; the search for a school |
//! | [`depart`] | from the login page to a source |
//! | [`arrive`] | from a source's answer to a person, or to the page for somebody whom nobody knows |
//! | [`find`] | whose record a source means |
//! | [`link`] | links between accounts elsewhere and people: made, shown, taken back |
//! | `merge` | records that are one human's |
//! | [`create`] | people whom no feed has brought |
//! | [`context`] | for whom or where somebody acts |
//! | [`logout`] | logout towards a source |
//! | [`heard`] | logout that comes from one |
//! | `step_up` | how strong a login must be |
//! | [`operate`] | what an operator asks about connectors |
//!
//! One login goes this way: the page of [`choices`] leads to [`depart`], which keeps the login under a state
//! that only this browser can finish; [`arrive`] takes it, lets the driver read the answer, sees that it comes
//! for the first time, finds the link or the record ([`find`]), and goes on with the login like every other
//! ([`crate::login`]), whose session remembers who has vouched. From then on the person is seen as far as that
//! source may speak ([`clau_domain::connector::Scope`]).

pub mod arrive;
pub mod calls;
pub mod choices;
pub mod context;
pub mod create;
pub mod depart;
pub mod documents;
pub mod find;
pub mod health;
pub mod heard;
pub mod keys;
pub mod link;
pub mod logout;
mod merge;
pub mod operate;
pub mod sources;
mod step_up;

pub use clau_connectors::contract::Notice;

use clau_connectors::contract::Fault;
use clau_domain::secret::{Digest, Kind};
use clau_domain::session::Assurance;

use crate::error::Error;

/// Why a way through a source ends on a page. Nothing has begun, and nothing was half done.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No enabled connector has this name, or the registration cannot work.
    #[error("no connector of this name is in use")]
    Unknown,
    /// The login has waited too long, was finished already, or belongs to another browser.
    #[error("the state is unknown, was used, or belongs to another browser")]
    Expired,
    /// The source does not answer.
    #[error("{name} does not answer: {why}")]
    Away {
        /// Name of the source.
        name: String,
        /// What happened, for the log.
        why: String,
    },
    /// The source said no, or the person turned back there.
    #[error("{name} has refused: {why}")]
    Declined {
        /// Name of the source.
        name: String,
        /// What it said, for the log.
        why: String,
    },
    /// What came is not believed.
    #[error("{name} is not believed: {why}")]
    Untrusted {
        /// Name of the source.
        name: String,
        /// Why, for the log.
        why: String,
    },
    /// The source vouches for less than is needed.
    #[error("{name} vouches for too little: {why}")]
    TooWeak {
        /// Name of the source.
        name: String,
        /// What it said, for the log.
        why: String,
        /// What is needed.
        needed: Option<Assurance>,
    },
    /// The account elsewhere is linked to somebody else here.
    #[error("the account at {name} is linked to another person")]
    SomebodyElses {
        /// Name of the source.
        name: String,
    },
    /// The hub cannot do it now.
    #[error(transparent)]
    Hub(#[from] Error),
}

impl Refused {
    /// What a driver could not do, in the words of this source.
    fn of(name: &str, fault: Fault) -> Self {
        let name = name.to_owned();
        match fault {
            Fault::NoAnswer(why) => Self::Away { name, why },
            Fault::Refused(why) => Self::Declined { name, why },
            Fault::TooWeak(why) => Self::TooWeak {
                name,
                why,
                needed: None,
            },
            Fault::Unusable(why) => Self::Away { name, why },
            Fault::Untrusted(why) => Self::Untrusted { name, why },
            fault @ (Fault::Credentials | Fault::Stale(_)) => Self::Untrusted {
                name,
                why: fault.to_string(),
            },
        }
    }
}

impl From<clau_storage::StorageError> for Refused {
    fn from(error: clau_storage::StorageError) -> Self {
        Self::Hub(error.into())
    }
}

/// The digest by which something of a source is known that has no token: its parts, in one key space.
fn named<K: Kind>(parts: &[&str]) -> Digest {
    // Lengths keep two lists of parts apart, whatever a source puts into its names.
    let text: String = parts
        .iter()
        .map(|part| format!("{}:{part}", part.len()))
        .collect();
    Digest::of(K::NAME, &text)
}
