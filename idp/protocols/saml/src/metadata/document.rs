//! Documents of metadata, one entity or a whole federation: signed by a pinned key where one is pinned, not
//! expired, not too long-lived (SAML-11, SAML Metadata §2.2.1, §3). Gives the entities one by one, each as a
//! document of its own, so that a federation of thousands is never kept as a tree.

use std::collections::HashSet;
use std::time::Duration;

use clau_domain::time::Timestamp;

use super::entity::entity_id;
use crate::error::Problem;
use crate::key::{Certificate, PeerKey};
use crate::message::instant;
use crate::names::ns;
use crate::signature;
use crate::xml::{Limits, Node, Tree, Writer};

/// Most entities of a federation: five times what all federations of the world have together (SAML-11).
pub(super) const MOST_ENTITIES: usize = 50_000;

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

    /// The tree that was verified.
    pub fn tree(&self) -> &Tree<'t> {
        &self.tree
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

    /// How many entities it has: whoever keeps them asks before, and refuses a federation that has suddenly
    /// become small.
    pub fn count(&self) -> usize {
        self.descriptors().count()
    }

    /// Its entities, one after the other, in groups or not. One that has no name, one name twice, or more than
    /// any federation has, is an error: the whole is not what a federation publishes.
    pub fn entities(&self) -> impl Iterator<Item = Result<Entity, Problem>> {
        let mut names = HashSet::new();
        self.descriptors().map(move |node| {
            if !names.insert(entity_id(node)?) {
                return Err(Problem::Message("two entities with one name"));
            }
            if names.len() > MOST_ENTITIES {
                return Err(Problem::TooLarge("entities"));
            }
            entity(node)
        })
    }

    /// Whether it is the metadata of the entity that was asked for (Metadata Query Protocol): whoever
    /// answers may answer with another one, and that one is nobody's here.
    ///
    /// # Errors
    /// [`Problem::Refused`].
    pub fn is_about(&self, entity: &str) -> Result<(), Problem> {
        if entity_id(self.tree.root())? == entity {
            Ok(())
        } else {
            Err(Problem::Refused("it is the metadata of another entity"))
        }
    }

    /// The elements of its entities, in its order. What stands in the extensions of a group is none.
    fn descriptors(&self) -> impl Iterator<Item = Node<'_>> {
        let mut waiting = vec![self.tree.root()];
        std::iter::from_fn(move || {
            while let Some(node) = waiting.pop() {
                if node.is(ns::MD, "EntityDescriptor") {
                    return Some(node);
                }
                let groups = node.children().filter(|child| {
                    child.is(ns::MD, "EntityDescriptor") || child.is(ns::MD, "EntitiesDescriptor")
                });
                // The last one in is the first one out.
                let groups: Vec<Node<'_>> = groups.collect();
                waiting.extend(groups.into_iter().rev());
            }
            None
        })
    }
}

fn entity(node: Node<'_>) -> Result<Entity, Problem> {
    let mut until = None;
    let mut here = Some(node);
    while let Some(node) = here {
        until = valid_until(node, until)?;
        here = node.parent();
    }
    Ok(Entity {
        entity_id: entity_id(node)?.to_owned(),
        xml: alone(node).ok_or(Problem::Own("the text of an entity is lost"))?,
        valid_until: until,
    })
}

/// An element of a document as a document of its own: the bytes that it was written as, with the namespaces
/// that are declared around it. Its canonical form stays the same, and what was signed is what is kept.
fn alone(node: Node<'_>) -> Option<String> {
    let mut known: HashSet<String> = node.declarations().map(|(prefix, _)| prefix).collect();
    let mut missing = String::new();
    let mut around = node.parent();
    // From the inside to the outside: the innermost one counts.
    while let Some(node) = around {
        for (prefix, uri) in node.declarations() {
            if !known.contains(&prefix) {
                missing.push_str(&Writer::declaration(&prefix, &uri));
                known.insert(prefix);
            }
        }
        around = node.parent();
    }
    let source = node.source()?;
    let name_end = source.find(|c: char| c.is_ascii_whitespace() || "/>".contains(c))?;
    let (head, rest) = source.split_at_checked(name_end)?;
    Some([head, &missing, rest].concat())
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
