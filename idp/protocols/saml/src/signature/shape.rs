//! What a signature must look like before any cryptography is done with it (SIG-01 to SIG-05): its place, its
//! parts and their number and order, one reference to the very element it stands in, two transforms, the
//! algorithms of our list, values of the right length. Verifies nothing.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_xml::uppsala::NodeId;

use super::algorithm::{Algorithm, DIGESTS};
use crate::error::Problem;
use crate::names::ns;
use crate::xml::{Node, Tree};

/// The transform that takes the signature itself out of what is digested (XML Signature §6.6.4).
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// A signature that may be verified.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) signature: NodeId,
    /// What it is about.
    pub(super) parent: NodeId,
    pub(super) algorithm: Algorithm,
}

/// The signatures of a document, in its order: every one of them good to look at, or none.
pub(super) fn all(tree: &Tree<'_>, message: Node<'_>) -> Result<Vec<Shape>, Problem> {
    let (mut shapes, mut ids) = (Vec::new(), HashSet::new());
    for node in tree.root().descendants() {
        // SIG-02: an identifier names one element of the whole document.
        for name in ["ID", "Id", "id", "AssertionID"] {
            if node.attribute(name).is_some_and(|id| !ids.insert(id)) {
                return Err(Problem::Signature("two elements with one identifier"));
            }
        }
        if !node.is(ns::DS, "Signature") {
            continue;
        }
        let parent = place(node, message)?;
        shapes.push(Shape {
            signature: node.id(),
            parent: parent.id(),
            algorithm: parts(node, parent)?,
        });
    }
    Ok(shapes)
}

/// SIG-01: directly in the message or in an assertion directly in it; right after the `Issuer` where there is
/// one, first otherwise: so there is one of them in an element.
fn place<'d>(signature: Node<'d>, message: Node<'d>) -> Result<Node<'d>, Problem> {
    let misplaced = Problem::Signature("it stands where none may stand");
    let parent = signature.parent().ok_or(misplaced)?;
    let is_message = parent.id() == message.id();
    let is_assertion = parent.is(ns::SAML, "Assertion")
        && parent
            .parent()
            .is_some_and(|around| around.id() == message.id());
    if !is_message && !is_assertion {
        return Err(misplaced);
    }
    let before = parent
        .children()
        .take_while(|sibling| sibling.id() != signature.id());
    let before: Vec<Node<'_>> = before.collect();
    let mut issuers = parent.children_named(ns::SAML, "Issuer");
    match before.as_slice() {
        [] if issuers.next().is_none() => Ok(parent),
        [issuer] if issuer.is(ns::SAML, "Issuer") => Ok(parent),
        _ => Err(misplaced),
    }
}

/// SIG-03: exactly these parts, in this order.
fn parts(signature: Node<'_>, parent: Node<'_>) -> Result<Algorithm, Problem> {
    let bad = |what| Err(Problem::Signature(what));
    let children: Vec<Node<'_>> = signature.children().collect();
    let (info, value) = match children.as_slice() {
        [info, value] => (*info, *value),
        [info, value, key] if key.is(ns::DS, "KeyInfo") => (*info, *value),
        _ => return bad("its parts are not those of a signature"),
    };
    if !info.is(ns::DS, "SignedInfo") || !value.is(ns::DS, "SignatureValue") {
        return bad("its parts are not in their order");
    }
    let children: Vec<Node<'_>> = info.children().collect();
    let [canonicalisation, method, reference] = children.as_slice() else {
        return bad("it has not exactly one reference");
    };
    if !canonicalisation.is(ns::DS, "CanonicalizationMethod")
        || !method.is(ns::DS, "SignatureMethod")
        || !reference.is(ns::DS, "Reference")
    {
        return bad("the parts of what is signed are not in their order");
    }
    exclusive(*canonicalisation)?;
    if method.children().next().is_some() {
        return bad("its method has parameters");
    }
    let algorithm = method
        .attribute("Algorithm")
        .and_then(Algorithm::from_uri)
        .ok_or(Problem::Signature("its algorithm is not allowed"))?;
    self::reference(*reference, parent)?;
    // Whether the length is right for the key is the key's to say.
    if base64(value)?.is_empty() {
        return bad("its value is empty");
    }
    Ok(algorithm)
}

/// SIG-02, SIG-04.
fn reference(reference: Node<'_>, parent: Node<'_>) -> Result<(), Problem> {
    let bad = |what| Err(Problem::Signature(what));
    let own = parent.attribute("ID").filter(|id| !id.is_empty());
    let uri = reference
        .attribute("URI")
        .and_then(|uri| uri.strip_prefix('#'));
    // The library takes a name with a bracket for an expression.
    if own.is_none_or(|id| id.contains('(')) || own != uri {
        return bad("it refers to another element than the one it stands in");
    }
    let children: Vec<Node<'_>> = reference.children().collect();
    let [transforms, method, value] = children.as_slice() else {
        return bad("the parts of its reference are not those of a reference");
    };
    if !transforms.is(ns::DS, "Transforms")
        || !method.is(ns::DS, "DigestMethod")
        || !value.is(ns::DS, "DigestValue")
    {
        return bad("the parts of its reference are not in their order");
    }
    let steps: Vec<Node<'_>> = transforms.children().collect();
    let [enveloped, canonical] = steps.as_slice() else {
        return bad("other transforms than the two that SAML allows");
    };
    if !enveloped.is(ns::DS, "Transform")
        || !canonical.is(ns::DS, "Transform")
        || enveloped.attribute("Algorithm") != Some(ENVELOPED)
        || enveloped.children().next().is_some()
    {
        return bad("other transforms than the two that SAML allows");
    }
    exclusive(*canonical)?;
    let named = method.attribute("Algorithm");
    let mut digests = DIGESTS.iter();
    let length = digests
        .find(|(uri, _)| named == Some(uri))
        .map(|(_, length)| *length)
        .ok_or(Problem::Signature("its digest is not allowed"))?;
    if method.children().next().is_some() || base64(*value)?.len() != length {
        return bad("its digest has not the length of its method");
    }
    Ok(())
}

/// SIG-04: exclusive canonicalisation without comments, with its list of prefixes if it has one.
fn exclusive(method: Node<'_>) -> Result<(), Problem> {
    let children: Vec<Node<'_>> = method.children().collect();
    let fits = match children.as_slice() {
        [] => true,
        [prefixes] => prefixes.is(ns::EXC_C14N, "InclusiveNamespaces"),
        _ => false,
    };
    if fits && method.attribute("Algorithm") == Some(ns::EXC_C14N) {
        Ok(())
    } else {
        Err(Problem::Signature("its canonicalisation is not allowed"))
    }
}

/// Strict Base64, over lines as signatures write it, in one text (SIG-03): whoever compares reads the first one.
fn base64(node: Node<'_>) -> Result<Vec<u8>, Problem> {
    let text = node
        .only_text()
        .ok_or(Problem::Signature("a value is not one text"))?;
    let clean: String = text.split_ascii_whitespace().collect();
    STANDARD
        .decode(clean)
        .map_err(|_| Problem::Signature("a value is not Base64"))
}
