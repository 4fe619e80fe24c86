//! What is asked of the hub and what is believed of it (SAML Profiles §4.1, §4.4). Everything else of this
//! service goes through these few calls; what a signature covers, and whether a key of the hub made it, is
//! decided in `clau-saml`. Expected values are this service's own: its addresses from its configuration, the
//! hub's name from there too, the request from the browser's login. Keeps nothing.

use clau_domain::time::Timestamp;
use clau_saml::binding::{Address, Binding, Received, Role, envelope};
use clau_saml::error::Problem;
use clau_saml::message::{
    AcsChoice, Asserted, AuthnRequest, Expected, Header, Kind, LogoutRequest, LogoutResponse,
    NameIdPolicy, Opened, Status, StatusCode,
};
use clau_saml::names::{binding, logout_reason};

use super::error::SamlError;
use super::hub::Hub;
use super::keys::Keys;
use super::names::Known;
use crate::services::server::Arguments;

/// This service, and the hub that it trusts.
pub(super) struct Party {
    /// Its name: the address of its metadata.
    pub(super) entity_id: String,
    /// Where answers come to, by form.
    pub(super) consumer: String,
    /// Where messages about logout come to, by redirect.
    pub(super) logout: String,
    /// Where they come to from the hub itself.
    pub(super) logout_by_program: String,
    /// The name of the hub.
    pub(super) hub: String,
    /// How people are to be called.
    pub(super) name_id: &'static str,
    /// Its keys.
    pub(super) keys: Keys,
}

/// What came about a logout.
#[derive(Debug)]
pub(super) enum Logout {
    /// Sessions are to end.
    Asked(LogoutRequest),
    /// The hub says how a logout that this service asked for turned out.
    Answered(LogoutResponse),
}

impl Party {
    /// The service with these arguments.
    pub(super) fn new(arguments: &Arguments, name_id: &'static str, keys: Keys) -> Self {
        let at = |path| arguments.address(path).to_string();
        Self {
            entity_id: at("saml/metadata"),
            consumer: at("saml/acs"),
            logout: at("saml/slo"),
            logout_by_program: at("saml/soap"),
            hub: format!(
                "{}/saml/metadata",
                arguments.hub.as_str().trim_end_matches('/')
            ),
            name_id,
            keys,
        }
    }

    /// Where to send a browser that signs in. `relay_state` comes back with the answer to `request`.
    pub(super) fn login(
        &self,
        hub: &Hub,
        request: &str,
        relay_state: &str,
        now: Timestamp,
    ) -> Result<String, SamlError> {
        let message = AuthnRequest {
            header: self.header(request, Some(&hub.login), now),
            force_authn: false,
            is_passive: false,
            acs: AcsChoice::Location {
                location: self.consumer.clone(),
                binding: Some(binding::POST.to_owned()),
            },
            attributes: None,
            name_id: NameIdPolicy {
                format: Some(self.name_id.to_owned()),
                sp_name_qualifier: None,
                allow_create: true,
            },
            context: None,
            scoping: None,
        };
        let to = Address {
            location: &hub.login,
            role: Role::Request,
            relay_state: Some(relay_state),
        };
        // By redirect a message is signed beside itself and not in itself.
        Ok(to.with(&message.write(None)?, Some(&self.keys.signing))?)
    }

    /// Reads an answer to `request`. Not whether it was read before: that is `names`'.
    pub(super) fn read_answer(
        &self,
        hub: &Hub,
        received: &Received,
        request: &str,
        now: Timestamp,
    ) -> Result<Asserted, SamlError> {
        let opened = received.open()?;
        // The signature may be within what is encrypted; then nothing around it is believed.
        let authentic = if opened.is_signed() {
            opened.authenticate(&hub.keys)?
        } else {
            opened.accept_unsigned()?
        };
        let expected = Expected {
            issuer: &self.hub,
            keys: &hub.keys,
            audience: &self.entity_id,
            recipient: &self.consumer,
            in_response_to: Some(request),
            decryption: std::slice::from_ref(&self.keys.decryption),
            now,
        };
        match Asserted::read(&authentic, &expected)? {
            Ok(asserted) => Ok(asserted),
            // Anybody could say no in the hub's name.
            Err(_) if !authentic.is_signed() => Err(Problem::Unsigned.into()),
            Err(status) => Err(refusal(&status)),
        }
    }

    /// Reads what came about a logout. Not whether it was read before.
    pub(super) fn read_logout(
        &self,
        hub: &Hub,
        received: &Received,
        now: Timestamp,
    ) -> Result<Logout, SamlError> {
        let opened = received.open()?;
        let read = match (received.role, opened.kind()) {
            (Role::Request, Kind::LogoutRequest) => Logout::Asked(self.asked(hub, &opened, now)?),
            (Role::Response, Kind::LogoutResponse) => {
                let authentic = opened.authenticate(&hub.keys)?;
                Logout::Answered(LogoutResponse::read(&authentic)?)
            }
            _ => return Err(Problem::Message("it is not about a logout").into()),
        };
        let header = match &read {
            Logout::Asked(request) => &request.header,
            Logout::Answered(response) => &response.header,
        };
        if header.issuer != self.hub {
            return Err(Problem::Refused("it is from somebody else than the hub").into());
        }
        // From program to program the connection says where a message goes.
        let by_browser = received.binding != Binding::Soap;
        let here = if by_browser {
            &self.logout
        } else {
            &self.logout_by_program
        };
        header.check(here, by_browser, now)?;
        Ok(read)
    }

    fn asked(
        &self,
        hub: &Hub,
        opened: &Opened<'_>,
        now: Timestamp,
    ) -> Result<LogoutRequest, SamlError> {
        let authentic = opened.authenticate(&hub.keys)?;
        let keys = std::slice::from_ref(&self.keys.decryption);
        let request = LogoutRequest::read(&authentic, keys, now)?;
        if request.not_on_or_after.is_none() {
            return Err(Problem::Refused("it is good for ever").into());
        }
        Ok(request)
    }

    /// Where to send a browser that leaves the ENT; `None` where the hub has no such address.
    pub(super) fn leave(
        &self,
        hub: &Hub,
        request: &str,
        known: Known,
        relay_state: &str,
        now: Timestamp,
    ) -> Result<Option<String>, SamlError> {
        let Some(addresses) = &hub.logout else {
            return Ok(None);
        };
        let message = LogoutRequest {
            header: self.header(request, Some(&addresses.requests), now),
            name_id: known.name_id,
            session_indexes: known.session_index.into_iter().collect(),
            reason: Some(logout_reason::USER.to_owned()),
            not_on_or_after: None,
        };
        let to = Address {
            location: &addresses.requests,
            role: Role::Request,
            relay_state: Some(relay_state),
        };
        let message = message.write(None, None)?;
        Ok(Some(to.with(&message, Some(&self.keys.signing))?))
    }

    /// Where a browser goes on that came with a logout request; `None` where the hub has no such address.
    pub(super) fn left(
        &self,
        hub: &Hub,
        id: &str,
        asked: (&LogoutRequest, Option<&str>),
        now: Timestamp,
    ) -> Result<Option<String>, SamlError> {
        let (request, relay_state) = asked;
        let Some(addresses) = &hub.logout else {
            return Ok(None);
        };
        let message = self.answer(id, Some(&addresses.responses), request, now);
        let to = Address {
            location: &addresses.responses,
            role: Role::Response,
            relay_state,
        };
        Ok(Some(
            to.with(&message.write(None)?, Some(&self.keys.signing))?,
        ))
    }

    /// What the hub itself is answered, in its envelope.
    pub(super) fn left_by_program(
        &self,
        id: &str,
        request: &LogoutRequest,
        now: Timestamp,
    ) -> Result<String, SamlError> {
        let message = self.answer(id, None, request, now);
        Ok(envelope(&message.write(Some(&self.keys.signing))?))
    }

    fn answer(
        &self,
        id: &str,
        to: Option<&str>,
        request: &LogoutRequest,
        now: Timestamp,
    ) -> LogoutResponse {
        LogoutResponse {
            header: self.header(id, to, now),
            in_response_to: request.header.id.clone(),
            // Whether or not there was one: no session of that name is left here.
            status: Status::success(),
        }
    }

    fn header(&self, id: &str, to: Option<&str>, now: Timestamp) -> Header {
        Header {
            id: id.to_owned(),
            instant: now,
            destination: to.map(str::to_owned),
            issuer: self.entity_id.clone(),
        }
    }
}

/// How a logout turned out that this service asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Everywhere.
    Complete,
    /// At the hub, but not everywhere.
    Partial,
    /// Not.
    Failed,
}

impl Outcome {
    /// What an answer says.
    pub(super) fn of(response: &LogoutResponse) -> Self {
        let status = &response.status;
        match status.detail {
            Some(StatusCode::PartialLogout) => Self::Partial,
            _ if status.is_success() => Self::Complete,
            _ => Self::Failed,
        }
    }
}

fn refusal(status: &Status) -> SamlError {
    let name = |code: StatusCode| code.name().to_owned();
    let code = status.detail.unwrap_or(status.code);
    match code {
        StatusCode::RequestDenied | StatusCode::InvalidNameIdPolicy => {
            SamlError::Denied(name(code))
        }
        // Whoever gave up may try again.
        StatusCode::AuthnFailed => SamlError::Refused("the hub says that nobody has signed in"),
        _ => SamlError::Hub(format!("it answers {}", name(code))),
    }
}
