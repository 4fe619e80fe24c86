//! XML signatures: where one may stand, what it may be made of, whether a key of the sender made it, and
//! what it then covers (SIG-01 to SIG-07); and the signatures of our own messages. `bergshamra` canonicalises
//! and digests; this module decides before it does, and reads its result with suspicion. Never takes a key
//! from a message, and never fetches anything.

mod algorithm;
mod shape;

#[cfg(test)]
pub(crate) mod tests;

use bergshamra_dsig::verify::verify_all_document;
use bergshamra_dsig::{DsigContext, VerifyResult};
use bergshamra_keys::KeysManager;
use bergshamra_xml::NodeSet;
use bergshamra_xml::uppsala::{self, NodeId};

use crate::error::Problem;
use crate::key::{PeerKey, SigningKey};
use crate::names::ns;
use crate::xml::{Node, Tree, Writer};

pub(crate) use algorithm::SHA256;
pub use algorithm::{Algorithm, Family};
use shape::Shape;

/// The elements of a tree that a key of the sender has signed. Made by [`verify`] and by nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Covered(Vec<NodeId>);

impl Covered {
    /// Whether an element was signed, by itself or with what is around it. What lies in a signature is not: it
    /// is taken out before the rest is digested.
    pub(crate) fn covers(&self, node: Node<'_>) -> bool {
        let mut here = Some(node);
        while let Some(node) = here {
            if node.is(ns::DS, "Signature") {
                return false;
            }
            if self.0.contains(&node.id()) {
                return true;
            }
            here = node.parent();
        }
        false
    }
}

/// Whether there is any signature in a document, wherever it stands.
pub(crate) fn is_present(tree: &Tree<'_>) -> bool {
    tree.root()
        .descendants()
        .any(|node| node.is(ns::DS, "Signature"))
}

/// Verifies every signature of a document, of which `message` is the element that signatures may be about:
/// the root, or what a SOAP envelope holds.
///
/// # Errors
/// [`Problem::Unsigned`], [`Problem::NoKey`], [`Problem::Signature`], [`Problem::WrongSignature`]. One
/// signature that is not good is enough.
pub(crate) fn verify(
    tree: &Tree<'_>,
    message: Node<'_>,
    keys: &[PeerKey],
) -> Result<Covered, Problem> {
    // Everything about every signature, before any cryptography (SIG-01 to SIG-05).
    let shapes = shape::all(tree, message)?;
    if keys.is_empty() {
        return Err(Problem::NoKey);
    }
    let algorithm = shapes
        .first()
        .map(|shape| shape.algorithm)
        .ok_or(Problem::Unsigned)?;
    if shapes.iter().any(|shape| shape.algorithm != algorithm) {
        return Err(Problem::Signature("signatures of two algorithms"));
    }
    let fitting = keys.iter().filter(|key| key.family() == algorithm.family());
    let verifier = Verifier {
        algorithm,
        keys: fitting.cloned().collect(),
    };
    if verifier.keys.is_empty() {
        return Err(Problem::WrongSignature);
    }
    // The strict context: no key of the message is ever looked at, whatever `KeyInfo` says (SIG-06).
    let context = DsigContext::new(KeysManager::new()).with_hsm_verifier(Box::new(verifier));
    let results =
        verify_all_document(&context, tree.document()).map_err(|_| Problem::WrongSignature)?;
    covered(&shapes, results)
}

/// What the library has verified, held against what was there (SIG-07).
fn covered(shapes: &[Shape], results: Vec<VerifyResult>) -> Result<Covered, Problem> {
    if results.len() != shapes.len() {
        return Err(Problem::WrongSignature);
    }
    let mut nodes = Vec::with_capacity(shapes.len());
    for (shape, result) in shapes.iter().zip(results) {
        let VerifyResult::Valid {
            signature_node,
            references,
            ..
        } = result
        else {
            return Err(Problem::WrongSignature);
        };
        let [reference] = references.as_slice() else {
            return Err(Problem::WrongSignature);
        };
        let same = signature_node == shape.signature
            && reference.digest_verified
            && reference.resolved_node == Some(shape.parent);
        if !same {
            return Err(Problem::WrongSignature);
        }
        nodes.push(shape.parent);
    }
    Ok(Covered(nodes))
}

/// The bytes that the signature of an element is over: its canonical form without the signature (SIG-08).
/// For tests and for the fuzz target, which read them once more and must find the same.
///
/// # Errors
/// [`Problem::Own`]: canonical bytes are never empty.
pub fn canonical(tree: &Tree<'_>, node: Node<'_>) -> Result<Vec<u8>, Problem> {
    let failed = Problem::Own("an element has no canonical form");
    let document = tree.document();
    let mut set = NodeSet::tree_without_comments(node.id(), document);
    for signature in node.children_named(ns::DS, "Signature") {
        for below in std::iter::once(signature.id()).chain(document.descendants(signature.id())) {
            set.remove_id(below);
        }
    }
    let mode = bergshamra_c14n::C14nMode::Exclusive;
    let bytes = bergshamra_c14n::canonicalize_doc::<&str>(document, mode, Some(&set), &[])
        .map_err(|_| failed)?;
    if bytes.is_empty() {
        return Err(failed);
    }
    Ok(bytes)
}

/// A detached signature over the octets of a query (SAML Bindings §3.4.4.1).
///
/// # Errors
/// [`Problem::NoKey`], [`Problem::WrongSignature`].
pub(crate) fn verify_detached(
    algorithm: Algorithm,
    octets: &[u8],
    signature: &[u8],
    keys: &[PeerKey],
) -> Result<(), Problem> {
    if keys.is_empty() {
        return Err(Problem::NoKey);
    }
    let mut keys = keys.iter();
    if keys.any(|key| key.verifies(algorithm, octets, signature)) {
        Ok(())
    } else {
        Err(Problem::WrongSignature)
    }
}

/// Any of a sender's keys: while they replace one, two are good (SAML Metadata §2.4.1.1).
struct Verifier {
    algorithm: Algorithm,
    keys: Vec<PeerKey>,
}

impl kryptering::Verifier for Verifier {
    fn algorithm(&self) -> kryptering::SignatureAlgorithm {
        self.algorithm.kryptering()
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> kryptering::Result<bool> {
        let mut keys = self.keys.iter();
        Ok(!data.is_empty() && keys.any(|key| key.verifies(self.algorithm, data, signature)))
    }
}

/// Writes the place of a signature over the element with an identifier: the element that is open, right
/// after its `Issuer`, or first of all where it has none. [`fill`] fills it.
pub(crate) fn place(writer: &mut Writer, id: &str, key: &SigningKey) {
    let reference = format!("#{id}");
    writer
        .open("ds:Signature", &[("xmlns:ds", ns::DS)])
        .open("ds:SignedInfo", &[])
        .empty("ds:CanonicalizationMethod", &[("Algorithm", ns::EXC_C14N)])
        .empty(
            "ds:SignatureMethod",
            &[("Algorithm", key.algorithm().uri())],
        )
        .open("ds:Reference", &[("URI", &reference)])
        .open("ds:Transforms", &[])
        .empty("ds:Transform", &[("Algorithm", shape::ENVELOPED)])
        .empty("ds:Transform", &[("Algorithm", ns::EXC_C14N)])
        .close()
        .empty("ds:DigestMethod", &[("Algorithm", SHA256)])
        .leaf("ds:DigestValue", &[], "")
        .close()
        .close()
        .leaf("ds:SignatureValue", &[], "")
        .open("ds:KeyInfo", &[])
        .open("ds:X509Data", &[])
        .leaf("ds:X509Certificate", &[], &key.certificate().base64())
        .close()
        .close()
        .close();
}

/// Fills the signature that [`place`] has left room for in the document's element.
///
/// # Errors
/// [`Problem::Own`].
pub(crate) fn fill(xml: &str, key: &SigningKey) -> Result<String, Problem> {
    let own = |_| Problem::Own("a message of ours cannot be signed");
    let mut document =
        uppsala::parse(xml).map_err(|_| Problem::Own("a message of ours is not well-formed"))?;
    let place = document.document_element().and_then(|root| {
        let children = document.children(root);
        children.into_iter().find(|id| {
            let element = document.element(*id);
            element.is_some_and(|element| element.name.matches(Some(ns::DS), "Signature"))
        })
    });
    let place = place.ok_or(Problem::Own(
        "a message of ours has no room for a signature",
    ))?;
    let context = DsigContext::new(KeysManager::new()).with_hsm_signer(Box::new(key.clone()));
    bergshamra_dsig::sign::sign_document_node(&context, &mut document, place).map_err(own)?;
    Ok(document.to_xml())
}
