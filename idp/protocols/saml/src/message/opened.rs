//! From bytes to a message that may be believed. An [`Opened`] message tells its kind and whom it claims to
//! be from, and no more; an [`Authentic`] one is verified with the keys of that sender, or was allowed to come
//! without a signature. Only an [`Authentic`] one is read.

use crate::binding::{Detached, Received, Role};
use crate::error::Problem;
use crate::key::PeerKey;
use crate::names::ns;
use crate::signature::{self, Covered};
use crate::xml::{Limits, Node, Tree};

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A service wants somebody signed in (SAML Core §3.4.1).
    AuthnRequest,
    /// Its answer (§3.3.3).
    Response,
    /// A message is fetched (§3.5.1).
    ArtifactResolve,
    /// Its answer (§3.5.2).
    ArtifactResponse,
    /// A session is to end (§3.7.1).
    LogoutRequest,
    /// Its answer (§3.7.2).
    LogoutResponse,
}

impl Kind {
    const ALL: [(Self, &'static str); 6] = [
        (Self::AuthnRequest, "AuthnRequest"),
        (Self::Response, "Response"),
        (Self::ArtifactResolve, "ArtifactResolve"),
        (Self::ArtifactResponse, "ArtifactResponse"),
        (Self::LogoutRequest, "LogoutRequest"),
        (Self::LogoutResponse, "LogoutResponse"),
    ];

    /// Under which name such a message comes.
    const fn role(self) -> Role {
        match self {
            Self::AuthnRequest | Self::ArtifactResolve | Self::LogoutRequest => Role::Request,
            Self::Response | Self::ArtifactResponse | Self::LogoutResponse => Role::Response,
        }
    }

    fn of(node: Node<'_>) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(_, name)| node.is(ns::SAMLP, name))
            .map(|(kind, _)| kind)
    }
}

/// A message that was parsed. Nothing in it is believed.
#[derive(Debug)]
pub struct Opened<'t> {
    tree: Tree<'t>,
    in_envelope: bool,
    kind: Kind,
    detached: Option<&'t Detached>,
}

impl<'t> Opened<'t> {
    pub(crate) fn new(received: &'t Received) -> Result<Self, Problem> {
        let tree = Tree::parse(&received.bytes, &Limits::PROTOCOL)?;
        let in_envelope = received.binding == crate::binding::Binding::Soap;
        let message = message_of(&tree, in_envelope)?;
        let kind = Kind::of(message).ok_or(Problem::Message("it is no message of SAML 2.0"))?;
        if kind.role() != received.role {
            return Err(Problem::Message("it came under another name than its own"));
        }
        if message.attribute("Version") != Some("2.0") {
            return Err(Problem::Message("another version than 2.0"));
        }
        // SIG-09: by redirect a message is signed beside itself or not at all.
        let redirect = received.binding == crate::binding::Binding::Redirect;
        if redirect && signature::is_present(&tree) {
            return Err(Problem::Signature("within a message that came by redirect"));
        }
        Ok(Self {
            kind,
            in_envelope,
            tree,
            detached: received.detached.as_ref(),
        })
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whom it claims to be from: for finding their keys, and for the log.
    ///
    /// # Errors
    /// [`Problem::Message`] when it does not say.
    pub fn claimed_issuer(&self) -> Result<String, Problem> {
        super::header::issuer(self.message()?)?
            .ok_or(Problem::Message("it does not say whom it is from"))
    }

    /// Whether it carries a signature of any kind.
    pub fn is_signed(&self) -> bool {
        self.detached.is_some() || signature::is_present(&self.tree)
    }

    /// The message, verified by the keys of the sender's metadata. Every signature in it must be good.
    ///
    /// # Errors
    /// [`Problem::Unsigned`], [`Problem::NoKey`], [`Problem::Signature`], [`Problem::WrongSignature`].
    pub fn authenticate<'d>(&'d self, keys: &[PeerKey]) -> Result<Authentic<'d>, Problem> {
        let message = self.message()?;
        let trust = match self.detached {
            Some(detached) => {
                signature::verify_detached(
                    detached.algorithm,
                    &detached.octets,
                    &detached.signature,
                    keys,
                )?;
                Trust::Whole
            }
            None if signature::is_present(&self.tree) => {
                Trust::Covered(signature::verify(&self.tree, message, keys)?)
            }
            None => return Err(Problem::Unsigned),
        };
        Ok(Authentic {
            tree: &self.tree,
            message,
            kind: self.kind,
            trust,
        })
    }

    /// The message, where one may come without a signature. One that has a signature must be verified.
    ///
    /// # Errors
    /// [`Problem::WrongSignature`] for a message that has one.
    pub fn accept_unsigned(&self) -> Result<Authentic<'_>, Problem> {
        if self.is_signed() {
            return Err(Problem::WrongSignature);
        }
        Ok(Authentic {
            tree: &self.tree,
            message: self.message()?,
            kind: self.kind,
            trust: Trust::None,
        })
    }

    fn message(&self) -> Result<Node<'_>, Problem> {
        message_of(&self.tree, self.in_envelope)
    }
}

fn message_of<'d>(tree: &'d Tree<'_>, in_envelope: bool) -> Result<Node<'d>, Problem> {
    let root = tree.root();
    if !in_envelope {
        return Ok(root);
    }
    if !root.is(ns::SOAP, "Envelope") {
        return Err(Problem::Message("it is no SOAP envelope"));
    }
    let body = root.one(ns::SOAP, "Body", "the envelope has no body")?;
    let mut children = body.children();
    match (children.next(), children.next()) {
        (Some(message), None) => Ok(message),
        _ => Err(Problem::Message(
            "the envelope holds not exactly one message",
        )),
    }
}

#[derive(Clone, Debug)]
enum Trust {
    /// Every octet was signed.
    Whole,
    /// These elements were.
    Covered(Covered),
    /// Nothing was.
    None,
}

/// A message that may be read: what its sender has signed, or what needed no signature.
#[derive(Clone, Debug)]
pub struct Authentic<'d> {
    tree: &'d Tree<'d>,
    message: Node<'d>,
    kind: Kind,
    trust: Trust,
}

impl<'d> Authentic<'d> {
    /// Whether the message itself is signed, not only something in it.
    pub fn is_signed(&self) -> bool {
        self.covers(self.message)
    }

    /// The message of a kind, to be read whole: signed itself, or allowed to be unsigned altogether.
    pub(super) fn whole(&self, kind: Kind) -> Result<Node<'d>, Problem> {
        let readable = matches!(self.trust, Trust::None) || self.is_signed();
        if self.kind != kind {
            return Err(Problem::Message("another message than is expected here"));
        }
        if !readable {
            return Err(Problem::Unsigned);
        }
        Ok(self.message)
    }

    /// The envelope of an answer, of which the signed parts alone are to be believed.
    pub(super) fn envelope(&self, kind: Kind) -> Result<Node<'d>, Problem> {
        if self.kind == kind {
            Ok(self.message)
        } else {
            Err(Problem::Message("another message than is expected here"))
        }
    }

    /// Whether an element was signed.
    pub(super) fn covers(&self, node: Node<'_>) -> bool {
        match &self.trust {
            Trust::Whole => true,
            Trust::Covered(covered) => covered.covers(node),
            Trust::None => false,
        }
    }

    /// The tree, for the canonical form of what was signed (SIG-08).
    pub fn tree(&self) -> &'d Tree<'d> {
        self.tree
    }
}
