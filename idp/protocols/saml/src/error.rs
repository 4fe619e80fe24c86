//! What can be wrong with a message, its signature or its encryption, in words for the log. Never quotes
//! what a stranger sent, except names that the specifications fix.

/// Why a document is not read, or not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is larger, deeper or wider than a message of this kind may be (XML-03).
    #[error("the document is too large: {0}")]
    TooLarge(&'static str),
    /// It is not the XML that messages are made of (XML-02, XML-04, XML-05, XML-07).
    #[error("the document is not acceptable XML: {0}")]
    Xml(&'static str),
    /// It is XML, and not the message that is expected here.
    #[error("the message is malformed: {0}")]
    Message(&'static str),
    /// It is not packed as its binding says (SAML Bindings).
    #[error("the message is not packed as its binding says: {0}")]
    Binding(&'static str),
    /// It carries no signature where one is needed.
    #[error("the message is not signed")]
    Unsigned,
    /// A signature is not where or what it must be (SIG-01 to SIG-05).
    #[error("the signature is not acceptable: {0}")]
    Signature(&'static str),
    /// No key of the sender verifies it (SIG-06, SIG-07).
    #[error("the signature does not verify with any key of the sender")]
    WrongSignature,
    /// The sender has no key that could verify anything (SIG-06).
    #[error("the sender has no usable key in its metadata")]
    NoKey,
    /// A key or certificate cannot be used.
    #[error("the key cannot be used: {0}")]
    Key(&'static str),
    /// What is encrypted cannot be opened. One text for every cause (SIG-10).
    #[error("what is encrypted cannot be opened")]
    Encryption,
    /// The message is for somebody else, too old, or not what was asked for.
    #[error("the message is not for here and now: {0}")]
    Refused(&'static str),
    /// Metadata has expired, or says not until when it is good (SAML-11).
    #[error("the metadata is not valid now: {0}")]
    Expired(&'static str),
    /// The library failed where it must not.
    #[error("the hub cannot do it: {0}")]
    Own(&'static str),
}
