//! What an identity provider believes of a request, and what it answers (SAML Profiles §4.1). Owns the only
//! calls of `clau-saml`'s messages about logins; logout is beside it. Keeps nothing.

use std::time::Duration;

use clau_domain::session::Assurance;
use clau_domain::time::Timestamp;
use clau_saml::binding::{Binding, Form, Received, Role};
use clau_saml::encryption::Recipient;
use clau_saml::error::Problem;
use clau_saml::key::SigningKey;
use clau_saml::message::{
    AcsChoice, Assertion, Attribute, Authentication, AuthnRequest, Header, Kind, NameId, Response,
    Sealing, Status, StatusCode, Value,
};
use clau_saml::metadata::ServiceProvider;
use clau_saml::names::{binding, name_id};

use super::manner::{CONTEXT, Manner};
use crate::services::server::{digest, now, secret};
use crate::upstreams::arguments::Arguments;
use crate::upstreams::people::Person;
use crate::upstreams::visits::Session;

/// How long a session lasts, in seconds.
pub(super) const SESSION: i64 = 8 * 3_600;

/// Whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// The request; none at the entrance that needs none.
    pub(super) request: Option<String>,
    /// The service.
    pub(super) service: String,
    /// Where the answer goes, by form.
    pub(super) consumer: String,
    /// What goes back with it.
    pub(super) relay_state: Option<String>,
    /// The person is to be chosen anew.
    pub(super) force: bool,
    /// Nobody is to be asked.
    pub(super) passive: bool,
    /// The format of name.
    pub(super) name_id: &'static str,
    /// Why it cannot be answered as it asks.
    pub(super) refused: Option<(StatusCode, &'static str)>,
}

/// How the hub was told of somebody: what a logout is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// The name.
    pub(super) name_id: NameId,
    /// The session's name.
    pub(super) index: String,
}

/// Reads a request that came to `here`. A request without a signature is nobody's.
pub(super) fn read(
    manner: &Manner,
    service: &ServiceProvider,
    (received, here): (&Received, &str),
) -> Result<Asked, Problem> {
    let opened = received.open()?;
    if opened.kind() != Kind::AuthnRequest {
        return Err(Problem::Message("it is no request for a login"));
    }
    if opened.claimed_issuer()? != service.entity_id {
        return Err(Problem::Refused("its service is not known here"));
    }
    let request = AuthnRequest::read(&opened.authenticate(&service.keys.signing)?)?;
    request.header.check(here, true, instant())?;
    let consumer = by_form(service, &request.acs)?;
    let context = request.context.as_ref();
    let satisfied = context.is_none_or(|wanted| {
        // Everybody has a password here and nothing else.
        wanted.satisfied_by(Assurance::SingleFactor) == Some(CONTEXT)
    });
    let wanted = request.name_id.format.as_deref();
    let format = match wanted {
        None | Some(name_id::UNSPECIFIED) => manner.name_ids.first().copied(),
        Some(wanted) => manner
            .name_ids
            .iter()
            .find(|known| **known == wanted)
            .copied(),
    };
    let refused = match (satisfied, format) {
        (false, _) => Some((StatusCode::NoAuthnContext, "there is only a password here")),
        (_, None) => Some((StatusCode::InvalidNameIdPolicy, "no such names here")),
        _ => None,
    };
    Ok(Asked {
        request: Some(request.header.id),
        service: service.entity_id.clone(),
        consumer,
        relay_state: received.relay_state.clone(),
        force: request.force_authn,
        passive: request.is_passive,
        name_id: format.unwrap_or(name_id::TRANSIENT),
        refused,
    })
}

/// What comes to the entrance that needs no request.
pub(super) fn unsolicited(
    manner: &Manner,
    service: &ServiceProvider,
    named: &str,
    target: Option<&str>,
) -> Result<Asked, Problem> {
    if named != service.entity_id {
        return Err(Problem::Refused("its service is not known here"));
    }
    Ok(Asked {
        request: None,
        service: service.entity_id.clone(),
        consumer: by_form(service, &AcsChoice::Default { binding: None })?,
        relay_state: target.map(str::to_owned),
        force: false,
        passive: false,
        name_id: manner
            .name_ids
            .first()
            .copied()
            .unwrap_or(name_id::TRANSIENT),
        refused: None,
    })
}

fn by_form(service: &ServiceProvider, choice: &AcsChoice) -> Result<String, Problem> {
    let found = service.acs_for(choice);
    let found = found.filter(|acs| acs.binding == binding::POST);
    found
        .map(|acs| acs.location.as_str().to_owned())
        .ok_or(Problem::Refused(
            "its metadata has no such address for forms",
        ))
}

/// An identity provider that answers.
pub(super) struct Provider<'a> {
    pub(super) manner: &'a Manner,
    pub(super) arguments: &'a Arguments,
    pub(super) key: &'a SigningKey,
}

impl Provider<'_> {
    /// The form that brings the answer: who it is, and how the hub was told of them.
    pub(super) fn answer(
        &self,
        asked: &Asked,
        service: &ServiceProvider,
        (person, session): (&Person, &Session<Told>),
    ) -> Result<(Form, Told), Problem> {
        let told = Told {
            name_id: self.name(asked, person)?,
            index: id()?,
        };
        let at = Timestamp::from_millis(session.since.saturating_mul(1_000));
        let assertion = Assertion {
            id: id()?,
            issuer: self.entity_id(),
            instant: instant(),
            name_id: told.name_id.clone(),
            recipient: asked.consumer.clone(),
            in_response_to: asked.request.clone(),
            audience: asked.service.clone(),
            authentication: Authentication {
                at,
                context: CONTEXT.to_owned(),
                session_index: told.index.clone(),
                session_ends: at + Duration::from_secs(SESSION.unsigned_abs()),
            },
            attributes: self.attributes(person),
        };
        let recipient = self.recipient(service)?;
        let seal = self.manner.seal;
        let sealing = Sealing {
            key: self.key,
            assertion: seal.assertion,
            response: seal.response,
            encrypted_for: recipient.filter(|_| seal.encrypted),
            name_encrypted_for: None,
        };
        let response = Response {
            header: self.header(Some(&asked.consumer))?,
            in_response_to: asked.request.clone(),
            status: Status::success(),
            assertion: Some(assertion),
        };
        Ok((self.form(asked, &response.write(&sealing)?), told))
    }

    /// The form that brings a refusal.
    pub(super) fn refuse(
        &self,
        asked: &Asked,
        (code, why): (StatusCode, &str),
    ) -> Result<Form, Problem> {
        let response = Response {
            header: self.header(Some(&asked.consumer))?,
            in_response_to: asked.request.clone(),
            status: Status::responder(code, why),
            assertion: None,
        };
        Ok(self.form(asked, &response.write(&Sealing::signed(self.key))?))
    }

    /// The head of a message.
    pub(super) fn header(&self, to: Option<&str>) -> Result<Header, Problem> {
        Ok(Header {
            id: id()?,
            instant: instant(),
            destination: to.map(str::to_owned),
            issuer: self.entity_id(),
        })
    }

    fn entity_id(&self) -> String {
        (self.manner.entity_id)(self.arguments)
    }

    fn form(&self, asked: &Asked, message: &str) -> Form {
        Form::new(
            &asked.consumer,
            Role::Response,
            message,
            asked.relay_state.as_deref(),
        )
    }

    fn recipient<'s>(
        &self,
        service: &'s ServiceProvider,
    ) -> Result<Option<&'s Recipient>, Problem> {
        let found = service.keys.encryption.first();
        match found {
            None if self.manner.seal.encrypted => {
                Err(Problem::Refused("its metadata has no key to encrypt for"))
            }
            found => Ok(found),
        }
    }

    fn name(&self, asked: &Asked, person: &Person) -> Result<NameId, Problem> {
        let value = match asked.name_id {
            // The same for one person and one service, and says nothing of them to another.
            name_id::PERSISTENT => digest(&format!("{} {}", person.id, asked.service)),
            name_id::UNSPECIFIED => person.id.clone(),
            _ => id()?,
        };
        Ok(NameId {
            value,
            format: asked.name_id.to_owned(),
            name_qualifier: Some(self.entity_id()),
            sp_name_qualifier: Some(asked.service.clone()),
        })
    }

    fn attributes(&self, person: &Person) -> Vec<Attribute> {
        let of_login = (self.manner.at_login)(self.arguments, instant());
        let of_login = of_login
            .into_iter()
            .map(|(name, value)| (name, vec![value]));
        let all = person.attributes.iter().cloned().chain(of_login);
        all.map(|(name, values)| {
            let spelling = (self.manner.spelling)(name);
            Attribute {
                name: spelling.name.to_owned(),
                format: spelling.format,
                friendly_name: spelling.friendly,
                values: values.into_iter().map(Value::Text).collect(),
            }
        })
        .collect()
    }
}

/// Where a message of this kind comes to.
pub(super) fn here<'m>(manner: &'m Manner, received: &Received) -> &'m str {
    match received.binding {
        Binding::Post => manner.paths.post,
        _ => manner.paths.redirect,
    }
}

/// Now.
pub(super) fn instant() -> Timestamp {
    Timestamp::from_millis(now().saturating_mul(1_000))
}

fn id() -> Result<String, Problem> {
    let text = secret().map_err(|_| Problem::Own("there is no randomness"))?;
    Ok(format!("_{text}"))
}
