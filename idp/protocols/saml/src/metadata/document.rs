//! Documents of metadata, one entity or a whole federation: signed by a pinned key where one is pinned, not
//! expired, not too long-lived (SAML-11, SAML Metadata §2.2.1, §3). Gives the entities one by one, each as a
//! document of its own, so that a federation of thousands is never kept as a tree.

use std::time::Duration;

use clau_domain::time::Timestamp;

use crate::error::Problem;
use crate::key::{Certificate, PeerKey};
use crate::message::instant;
use crate::names::ns;
use crate::signature;
use crate::xml::{Limits, Node, Tree, Writer};

/// Why a document may be believed.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'a> {
    /// Keys of whoever publishes it, one of which must have signed it. None where the operator has handed it
    /// in, or where it comes from the service's own address.
    pub pinned: &'a [Certificate],
    /// When it is read.
    pub now: Timestamp,
    /// For how long it may say that it is good; none where it need not say.
    pub longest_life: Option<Duration>,
}

/// A document that may be believed.
#[derive(Debug)]
pub struct Document<'t> {
    tree: Tree<'t>,
    valid_until: Option<Timestamp>,
}

/// One entity of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its name.
    pub entity_id: String,
    /// Its metadata, as a document of its own.
    pub xml: String,
    /// Until when it is good, by the nearest date around it.
    pub valid_until: Option<Timestamp>,
}

impl<'t> Document<'t> {
    /// Reads the document of one entity.
    ///
    /// # Errors
    /// [`Problem`].
    pub fn entity(bytes: &'t [u8], trust: &Trust<'_>) -> Result<Self, Problem> {
        let document = Self::read(bytes, &Limits::ENTITY, trust)?;
        if document.tree.root().is(ns::MD, "EntityDescriptor") {
            Ok(document)
        } else {
            Err(Problem::Message("it is not the metadata of one entity"))
        }
    }

    /// Reads the document of a federation.
    ///
    /// # Errors
    /// [`Problem`]. One that is not signed is never believed.
    pub fn federation(bytes: &'t [u8], trust: &Trust<'_>) -> Result<Self, Problem> {
        if trust.pinned.is_empty() {
            return Err(Problem::NoKey);
        }
        let document = Self::read(bytes, &Limits::FEDERATION, trust)?;
        if document.tree.root().is(ns::MD, "EntitiesDescriptor") {
            Ok(document)
        } else {
            Err(Problem::Message("it is not the metadata of a federation"))
        }
    }

    fn read(bytes: &'t [u8], limits: &Limits, trust: &Trust<'_>) -> Result<Self, Problem> {
        let tree = Tree::parse(bytes, limits)?;
        if !trust.pinned.is_empty() {
            let keys = trust.pinned.iter().map(Certificate::key);
            let keys: Vec<PeerKey> = keys.collect::<Result<_, _>>()?;
            let covered = signature::verify(&tree, tree.root(), &keys)?;
            if !covered.covers(tree.root()) {
                return Err(Problem::Unsigned);
            }
        }
        let valid_until = valid_until(tree.root(), None)?;
        fresh(valid_until, trust)?;
        Ok(Self { tree, valid_until })
    }

    /// Its element.
    pub fn root(&self) -> Node<'_> {
        self.tree.root()
    }

    /// Until when it is good.
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// How long it may be kept before it is fetched again (SAML Metadata §2.2.1).
    pub fn cache_duration(&self) -> Option<Duration> {
        cache_duration(self.tree.root())
    }

    /// Its entities, one after the other. One that has no name, or one name twice, is an error: the whole is
    /// not what a federation publishes.
    pub fn entities(&self) -> impl Iterator<Item = Result<Entity, Problem>> {
        let mut waiting = vec![(self.tree.root(), None, Vec::new())];
        std::iter::from_fn(move || {
            while let Some((node, until, around)) = waiting.pop() {
                let until = match valid_until(node, until) {
                    Ok(until) => until,
                    Err(problem) => return Some(Err(problem)),
                };
                if node.is(ns::MD, "EntityDescriptor") {
                    return Some(entity(node, until, &around));
                }
                let mut around = around;
                around.extend(node.declarations());
                let children: Vec<Node<'_>> = node
                    .children()
                    .filter(|child| {
                        child.is(ns::MD, "EntityDescriptor")
                            || child.is(ns::MD, "EntitiesDescriptor")
                    })
                    .collect();
                // The last one in is the first one out.
                let children = children.into_iter().rev();
                waiting.extend(children.map(|child| (child, until, around.clone())));
            }
            None
        })
    }
}

fn entity(
    node: Node<'_>,
    until: Option<Timestamp>,
    around: &[(String, String)],
) -> Result<Entity, Problem> {
    let entity_id = node.required("entityID", "an entity has no name")?.trim();
    if entity_id.is_empty() || entity_id.len() > 1024 {
        return Err(Problem::Message("an entity has no name"));
    }
    let lost = Problem::Own("the text of an entity is lost");
    let source = node.source().ok_or(lost)?;
    Ok(Entity {
        entity_id: entity_id.to_owned(),
        xml: with_declarations(source, node, around).ok_or(lost)?,
        valid_until: until,
    })
}

/// An element of a document as a document of its own: with the namespaces that are declared around it.
fn with_declarations(source: &str, node: Node<'_>, around: &[(String, String)]) -> Option<String> {
    let own: Vec<(String, String)> = node.declarations().collect();
    let mut missing: Vec<&(String, String)> = Vec::new();
    // The innermost one counts.
    for declared in around.iter().rev() {
        let same = |known: &(String, String)| known.0 == declared.0;
        if !own.iter().any(same) && !missing.iter().any(|known| same(known)) {
            missing.push(declared);
        }
    }
    let name_end = source.find(|c: char| c.is_ascii_whitespace() || "/>".contains(c))?;
    let (head, rest) = source.split_at_checked(name_end)?;
    let mut text = String::with_capacity(source.len() + missing.len() * 64);
    text.push_str(head);
    for (prefix, uri) in missing {
        text.push_str(&Writer::declaration(prefix, uri));
    }
    text.push_str(rest);
    Some(text)
}

/// The date of an element, or the one around it, whichever comes first.
pub(super) fn valid_until(
    node: Node<'_>,
    around: Option<Timestamp>,
) -> Result<Option<Timestamp>, Problem> {
    let own = node.attribute("validUntil").map(instant).transpose()?;
    Ok(match (own, around) {
        (Some(own), Some(around)) => Some(own.min(around)),
        (own, around) => own.or(around),
    })
}

fn fresh(valid_until: Option<Timestamp>, trust: &Trust<'_>) -> Result<(), Problem> {
    match (valid_until, trust.longest_life) {
        (Some(until), _) if until <= trust.now => Err(Problem::Expired("its date is over")),
        (Some(until), Some(longest)) if until > trust.now + longest => {
            Err(Problem::Expired("its date is too far ahead"))
        }
        (None, Some(_)) => Err(Problem::Expired("it does not say until when it is good")),
        _ => Ok(()),
    }
}

pub(super) fn cache_duration(node: Node<'_>) -> Option<Duration> {
    let span: jiff::Span = node.attribute("cacheDuration")?.trim().parse().ok()?;
    // Years and months have no fixed length; nobody means them here.
    let seconds = span.total((
        jiff::Unit::Second,
        jiff::SpanRelativeTo::days_are_24_hours(),
    ));
    Duration::try_from_secs_f64(seconds.ok()?).ok()
}

/// Where a metadata query service has an entity, below its base address (Metadata Query Protocol §3.2.1).
pub fn query_path(entity_id: &str) -> String {
    let hex = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    let encoded: String = entity_id.bytes().map(hex).collect();
    format!("entities/{encoded}")
}
