//! Fetching a message by its artifact (SAML Core §3.5).

use super::header::{Header, finish};
use super::opened::{Authentic, Kind};
use super::status::Status;
use crate::error::Problem;
use crate::key::SigningKey;
use crate::names::ns;
use crate::xml::Writer;

/// Somebody fetches a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactResolve {
    /// Identifier, instant, destination, issuer.
    pub header: Header,
    /// Its artifact.
    pub artifact: String,
}

impl ArtifactResolve {
    /// Reads one that is signed: whoever fetches a message proves that it is for them (SAML Bindings §3.6.5).
    ///
    /// # Errors
    /// [`Problem::Unsigned`], [`Problem::Message`].
    pub fn read(authentic: &Authentic<'_>) -> Result<Self, Problem> {
        let message = authentic.whole(Kind::ArtifactResolve)?;
        if !authentic.is_signed() {
            return Err(Problem::Unsigned);
        }
        let artifact = message.one(ns::SAMLP, "Artifact", "it names no artifact")?;
        Ok(Self {
            header: Header::read(message)?,
            artifact: artifact.uri()?,
        })
    }

    /// Writes one.
    ///
    /// # Errors
    /// [`Problem::Own`].
    pub fn write(&self, key: Option<&SigningKey>) -> Result<String, Problem> {
        let mut writer = Writer::new();
        self.header
            .write(&mut writer, "samlp:ArtifactResolve", &[], key);
        writer.leaf("samlp:Artifact", &[], &self.artifact);
        finish(writer, key)
    }
}

/// What they get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactResponse {
    /// Identifier, instant, destination, issuer.
    pub header: Header,
    /// The request that it answers.
    pub in_response_to: String,
    /// How it turned out: a success, even where there is no such message any more (§3.5.3).
    pub status: Status,
    /// The message, as it was written.
    pub message: Option<String>,
}

impl ArtifactResponse {
    /// Writes one.
    ///
    /// # Errors
    /// [`Problem::Own`].
    pub fn write(&self, key: Option<&SigningKey>) -> Result<String, Problem> {
        let more = [("InResponseTo", self.in_response_to.as_str())];
        let mut writer = Writer::new();
        self.header
            .write(&mut writer, "samlp:ArtifactResponse", &more, key);
        self.status.write(&mut writer);
        if let Some(message) = &self.message {
            writer.element(message);
        }
        finish(writer, key)
    }
}
