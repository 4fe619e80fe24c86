//! What is known of systems of a kind, and how what they say becomes an [`ExternalIdentity`]: names of
//! attributes, levels, matching, logout, button (french-ent.md §4, §5, §7, §9). Data, and one reading of it for
//! all drivers (FED-10); never speaks a protocol.
//!
//! | module | owns |
//! | --- | --- |
//! | [`known`] | what is known, as data: one module for each profile. A new kind of source is a module there |
//! | [`complete`] | how that fills a registration |
//! | [`reading`] | what a source said, by field, within bounds |
//! | [`claims`], [`roles`], [`vector`] | what it means |

mod claims;
mod complete;
mod known;
mod reading;
mod roles;
mod vector;

#[cfg(test)]
mod tests;

use clau_domain::connector::{Connector, Field};
use clau_domain::identity::ExternalIdentity;
use clau_domain::session::Assurance;
use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;

use crate::contract::Fault;
use reading::Reading;

/// What a source said, as it came: names and values, in order.
#[derive(Clone, Debug)]
pub struct Said {
    /// What never changes of the person, where the protocol has a place of its own for it (`sub`, a persistent
    /// `NameID`); used where no attribute is mapped to it.
    pub subject: Option<String>,
    /// The context of the login (`acr`, `AuthnContextClassRef`).
    pub context: Option<String>,
    /// When the person proved who they are.
    pub authenticated_at: Timestamp,
    /// Attributes.
    pub attributes: Vec<(String, Vec<String>)>,
}

/// What was read of it.
#[derive(Clone, Debug)]
pub struct Identified {
    /// Who, as the source knows them.
    pub identity: ExternalIdentity,
    /// Where the browser goes to sign out there (`FrEduUrlRetour`): an address with https. Whether it is one of
    /// the source's own is for whoever knows the source to say.
    pub return_url: Option<String>,
}

/// The registration with what its profile says in every place that it leaves open. What it gives stays: a list or
/// a table replaces the profile's, the names of one field those of that field. Completing twice is completing
/// once.
pub fn complete(connector: &Connector) -> Connector {
    complete::complete(connector)
}

/// Reads what a source said, in the words of a completed registration.
///
/// # Errors
/// [`Fault::Untrusted`] where nothing tells who it is or a value has not the form that it must have;
/// [`Fault::TooWeak`] for a context that is not mapped.
pub fn identify(connector: &Connector, said: &Said) -> Result<Identified, Fault> {
    let reading = Reading { connector, said };
    let return_url = reading.first(Field::ReturnUrl);
    let return_url = return_url.and_then(|text| WebUrl::parse(text).ok());
    Ok(Identified {
        identity: ExternalIdentity {
            source: connector.id.clone(),
            subject: reading.subject()?,
            level: level(connector, said)?,
            authenticated_at: said.authenticated_at,
            claims: claims::claims(&reading),
            feed_keys: vector::feed_keys(&reading),
            vectors: vector::vectors(&reading)?,
        },
        return_url: return_url
            .filter(WebUrl::is_https)
            .map(|url| url.as_str().to_owned()),
    })
}

/// How strong the login was. A context that nobody has mapped is refused, and so is none where there must be one
/// (FED-07); where no level is known at all, every login is of one factor.
fn level(connector: &Connector, said: &Said) -> Result<Assurance, Fault> {
    if connector.levels.is_empty() {
        return Ok(Assurance::SingleFactor);
    }
    let weak = |words: String| Err(Fault::TooWeak(words));
    let Some(context) = &said.context else {
        return weak("it does not say how".to_owned());
    };
    let known = connector.levels.get(context).copied();
    known.map_or_else(
        || {
            let shown = crate::text::line(context, reading::LONGEST).unwrap_or_default();
            weak(format!("`{shown}` is not mapped"))
        },
        Ok,
    )
}
