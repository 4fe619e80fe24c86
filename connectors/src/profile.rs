//! What is known of systems of a kind, and how what they say becomes an [`ExternalIdentity`]: names of
//! attributes, levels, matching, logout, button (french-ent.md §4, §5, §7, §9). Data, and one reading of it for
//! all drivers (FED-10); never speaks a protocol.

use clau_domain::connector::{Connector, Field};
use clau_domain::identity::{Claims, ExternalIdentity};
use clau_domain::session::Assurance;
use clau_domain::time::Timestamp;

use crate::contract::Fault;

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
    /// Where the browser goes to sign out there (`FrEduUrlRetour`).
    pub return_url: Option<String>,
}

/// The registration with what its profile says in every place that it leaves open.
pub fn complete(connector: &Connector) -> Connector {
    connector.clone()
}

/// Reads what a source said, in the words of a completed registration.
///
/// # Errors
/// [`Fault::Untrusted`] where nothing tells who it is or a value has not the form that it must have;
/// [`Fault::TooWeak`] for a context that is not mapped.
pub fn identify(connector: &Connector, said: &Said) -> Result<Identified, Fault> {
    let values = |field: Field| -> Vec<&str> {
        let names = connector
            .attributes
            .get(&field)
            .map_or(&[][..], Vec::as_slice);
        let found = names
            .iter()
            .find_map(|name| said.attributes.iter().find(|(known, _)| known == name));
        found.map_or_else(Vec::new, |(_, values)| {
            let texts = values.iter().map(|value| value.trim());
            texts.filter(|value| !value.is_empty()).collect()
        })
    };
    let subject = values(Field::Subject)
        .first()
        .map(|value| (*value).to_owned());
    let subject = subject
        .or_else(|| said.subject.clone())
        .ok_or_else(|| Fault::Untrusted("nothing tells who it is".to_owned()))?;
    let level = match (&said.context, connector.levels.is_empty()) {
        (_, true) => Assurance::SingleFactor,
        (Some(context), false) => *connector
            .levels
            .get(context)
            .ok_or_else(|| Fault::TooWeak(format!("`{context}` is not mapped")))?,
        (None, false) => return Err(Fault::TooWeak("it does not say how".to_owned())),
    };
    Ok(Identified {
        identity: ExternalIdentity {
            source: connector.id.clone(),
            subject,
            level,
            authenticated_at: said.authenticated_at,
            claims: Claims::default(),
            feed_keys: Vec::new(),
            vectors: Vec::new(),
        },
        return_url: None,
    })
}
