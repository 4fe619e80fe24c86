//! Logout (SAML Core §3.7): whose session is to end, and how that turned out. Signed, both (SAML-10).

use std::time::Duration;

use clau_domain::time::Timestamp;

use super::header::{Header, SKEW, finish, instant};
use super::name_id::NameId;
use super::opened::{Authentic, Kind};
use super::status::Status;
use crate::encryption::{self, DecryptionKey, Recipient};
use crate::error::Problem;
use crate::key::SigningKey;
use crate::names::ns;
use crate::xml::{Node, Writer};

/// How long a request of ours is good.
const LIFE: Duration = Duration::from_secs(5 * 60);
/// Most sessions that one request may name.
const MOST: usize = 100;

/// A session is to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    /// Identifier, instant, destination, issuer.
    pub header: Header,
    /// Whose.
    pub name_id: NameId,
    /// Which sessions; none means all of that person.
    pub session_indexes: Vec<String>,
    /// Why (§3.7.3).
    pub reason: Option<String>,
    /// Until when it is good.
    pub not_on_or_after: Option<Timestamp>,
}

impl LogoutRequest {
    /// Reads one that is signed.
    ///
    /// # Errors
    /// [`Problem::Unsigned`], [`Problem::Message`], [`Problem::Encryption`], [`Problem::Refused`] when it is no
    /// longer good.
    pub fn read(
        authentic: &Authentic<'_>,
        keys: &[DecryptionKey],
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let message = authentic.whole(Kind::LogoutRequest)?;
        if !authentic.is_signed() {
            return Err(Problem::Unsigned);
        }
        let ends = message.attribute("NotOnOrAfter").map(instant).transpose()?;
        if ends.is_some_and(|ends| ends + SKEW <= now) {
            return Err(Problem::Refused("it is no longer good"));
        }
        let indexes = message
            .children_named(ns::SAMLP, "SessionIndex")
            .map(Node::text);
        let indexes: Vec<String> = indexes.collect::<Result<_, _>>()?;
        if indexes.len() > MOST {
            // Some of them ended, and all of them said to be, would be worse.
            return Err(Problem::Message("it names too many sessions"));
        }
        Ok(Self {
            header: Header::read(message)?,
            name_id: NameId::find(message, keys)?,
            session_indexes: indexes,
            reason: message.attribute("Reason").map(str::to_owned),
            not_on_or_after: ends,
        })
    }

    /// Writes one; signed in itself if a key is given, the name encrypted if there is somebody to encrypt it
    /// for.
    ///
    /// # Errors
    /// [`Problem::Own`], [`Problem::Key`].
    pub fn write(
        &self,
        key: Option<&SigningKey>,
        name_for: Option<&Recipient>,
    ) -> Result<String, Problem> {
        let ends = self.not_on_or_after.unwrap_or(self.header.instant + LIFE);
        let ends = ends.rfc3339();
        let mut more = vec![("NotOnOrAfter", ends.as_str())];
        more.extend(self.reason.as_deref().map(|reason| ("Reason", reason)));
        let mut writer = Writer::new();
        self.header
            .write(&mut writer, "samlp:LogoutRequest", &more, key);
        match name_for {
            Some(recipient) => {
                let name = self.name_id.standalone();
                writer.element(&encryption::encrypt(&name, "saml:EncryptedID", recipient)?);
            }
            None => self.name_id.write(&mut writer),
        }
        for index in &self.session_indexes {
            writer.leaf("samlp:SessionIndex", &[], index);
        }
        finish(writer, key)
    }
}

/// How a logout turned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutResponse {
    /// Identifier, instant, destination, issuer.
    pub header: Header,
    /// The request that it answers.
    pub in_response_to: String,
    /// How it turned out.
    pub status: Status,
}

impl LogoutResponse {
    /// Reads one that is signed.
    ///
    /// # Errors
    /// [`Problem::Unsigned`], [`Problem::Message`].
    pub fn read(authentic: &Authentic<'_>) -> Result<Self, Problem> {
        if !authentic.is_signed() {
            return Err(Problem::Unsigned);
        }
        Self::read_from(authentic)
    }

    fn read_from(authentic: &Authentic<'_>) -> Result<Self, Problem> {
        let message = authentic.whole(Kind::LogoutResponse)?;
        Ok(Self {
            header: Header::read(message)?,
            in_response_to: message
                .required("InResponseTo", "it answers no request")?
                .to_owned(),
            status: Status::read(message)?,
        })
    }

    /// Reads one that the partner's server has given on a connection that shows whose it is (SAML Bindings
    /// §3.2.2.2): it need not be signed.
    ///
    /// # Errors
    /// [`Problem::Message`].
    pub fn read_from_server(authentic: &Authentic<'_>) -> Result<Self, Problem> {
        Self::read_from(authentic)
    }

    /// Writes one; signed in itself if a key is given.
    ///
    /// # Errors
    /// [`Problem::Own`].
    pub fn write(&self, key: Option<&SigningKey>) -> Result<String, Problem> {
        let more = [("InResponseTo", self.in_response_to.as_str())];
        let mut writer = Writer::new();
        self.header
            .write(&mut writer, "samlp:LogoutResponse", &more, key);
        self.status.write(&mut writer);
        finish(writer, key)
    }
}
