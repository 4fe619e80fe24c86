//! Logout that a SAML service asks for (SAML Profiles §4.4): whose session is meant, its end, and the answer with
//! how that turned out. Ends nothing itself: [`crate::logout`] does; what other services are told is
//! [`super::telling`]'s.

use std::sync::Arc;
use std::time::Duration;

use clau_domain::secret::{
    Digest, ParticipationKind, SamlLogoutKind, SamlNamedKind, SamlRequestKind, SessionKind, Token,
};
use clau_domain::session::{Participation, ParticipationProtocol, Session};
use clau_saml::binding::{Received, envelope};
use clau_saml::error::Problem;
use clau_saml::message::{
    Header, Kind, LogoutRequest, LogoutResponse, NameId, Status, StatusCode, mint_id,
};
use serde::{Deserialize, Serialize};

use super::answer::part_of;
use super::services::Partner;
use super::{Refused, defect, named};
use crate::error::Error;
use crate::leaving::Leaving;
use crate::logout::{Because, Ended};
use crate::{Cx, Hub};

/// How long the way back to the service that has asked is kept.
const BACK_LIFE: Duration = Duration::from_secs(10 * 60);

/// What came to the logout service by a browser, and what follows.
#[derive(Debug)]
pub enum SloAnswer {
    /// Sessions have ended because a service asked; it waits for its answer.
    Asked {
        /// What has ended; nothing where nobody was signed in.
        ended: Option<Ended>,
        /// Names the way back.
        back: Token<SamlLogoutKind>,
        /// Name of the service.
        service: String,
    },
    /// A service has answered to what it was told.
    Answered {
        /// The logout that it was told of.
        logout: Digest,
        /// The person went there themselves, not a frame.
        by_hand: bool,
    },
}

/// The way back to a service that has asked for a logout.
#[derive(Serialize, Deserialize)]
struct Asking {
    entity_id: String,
    request: String,
    relay_state: Option<String>,
    logouts: Vec<Digest>,
}

impl Hub {
    /// The single logout service for browsers: a service's wish, or its answer to a wish of ours.
    ///
    /// # Errors
    /// [`Refused`], for a page: nothing has ended.
    pub async fn saml_slo(
        &self,
        cx: &Cx<'_>,
        cookie: Option<&str>,
        received: &Received,
    ) -> Result<SloAnswer, Refused> {
        let opened = received.open()?;
        let partner = self.saml_partner(cx, &opened.claimed_issuer()?).await?;
        let authentic = opened.authenticate(&partner.provider.keys.signing)?;
        if opened.kind() == Kind::LogoutResponse {
            let response = LogoutResponse::read(&authentic)?;
            let here = self.saml_endpoint("slo");
            response.header.check(&here, true, cx.now)?;
            let logout = self.saml_told(cx, &partner, &response).await?;
            let by_hand = received.relay_state.as_deref() == Some(super::telling::BY_HAND);
            return Ok(SloAnswer::Answered { logout, by_hand });
        }
        let request = self
            .saml_logout_asked(cx, &partner, &authentic, true)
            .await?;
        let current = cookie.and_then(Token::<SessionKind>::parse);
        let current = current.map(|token| token.digest());
        let ended = self.saml_end(cx, &partner, &request, current).await?;
        let asking = Asking {
            entity_id: partner.provider.entity_id.clone(),
            request: request.header.id,
            relay_state: received.relay_state.clone(),
            logouts: ended.iter().map(|ended| ended.logout).collect(),
        };
        let back = self.keep_new(cx, &asking, cx.now + BACK_LIFE).await?;
        // Of several sessions, the one of this browser is the one that its person sees the end of.
        let shown = ended
            .iter()
            .find(|ended| Some(ended.logout) == current)
            .or(ended.first());
        Ok(SloAnswer::Asked {
            ended: shown.copied(),
            back,
            service: partner.service.name.clone(),
        })
    }

    /// The way back to the service that has asked for a logout, once. None when it is used up.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn saml_slo_back(&self, cx: &Cx<'_>, name: &str) -> Result<Option<Leaving>, Refused> {
        let Some(token) = Token::<SamlLogoutKind>::parse(name) else {
            return Ok(None);
        };
        let taken = self
            .tickets()
            .take::<SamlLogoutKind, Asking>(&token.digest(), cx.now)
            .await?;
        let Some(asking) = taken else {
            return Ok(None);
        };
        let partner = self.saml_partner(cx, &asking.entity_id).await?;
        let status = self.saml_logout_status(cx, &asking.logouts).await?;
        let Some((binding, address)) = self.saml_logout_place(&partner) else {
            return Err(Refused::Service(
                "the metadata of the service has no address for the answer to a logout",
            ));
        };
        let response = self.saml_logout_response(cx, asking.request, status, Some(&address));
        let state = asking.relay_state.as_deref();
        let leaving = self
            .saml_carry(cx, &partner, (&binding, &address), (response, state))
            .await?;
        Ok(Some(leaving))
    }

    /// The single logout service for programs (SOAP): the envelope of the answer.
    ///
    /// # Errors
    /// [`Refused`], for a fault: whoever asks has not shown who they are.
    pub async fn saml_slo_program(
        &self,
        cx: &Cx<'_>,
        received: &Received,
    ) -> Result<String, Refused> {
        let opened = received.open()?;
        let partner = self.saml_partner(cx, &opened.claimed_issuer()?).await?;
        let authentic = opened.authenticate(&partner.provider.keys.signing)?;
        let request = self
            .saml_logout_asked(cx, &partner, &authentic, false)
            .await?;
        let ended = self.saml_end(cx, &partner, &request, None).await?;
        let logouts: Vec<Digest> = ended.iter().map(|ended| ended.logout).collect();
        let status = self.saml_logout_status(cx, &logouts).await?;
        let response = self.saml_logout_response(cx, request.header.id, status, None);
        let keys = self.saml_keys(cx.now).await?;
        let key = keys.signer_for(&partner.settings, cx.now)?;
        Ok(envelope(&response.write(Some(key)).map_err(defect)?))
    }

    /// A request for logout that is its sender's, meant for here, and comes for the first time (SAML-10).
    async fn saml_logout_asked(
        &self,
        cx: &Cx<'_>,
        partner: &Partner,
        authentic: &clau_saml::message::Authentic<'_>,
        by_browser: bool,
    ) -> Result<LogoutRequest, Refused> {
        let keys = self.saml_keys(cx.now).await?;
        let request = LogoutRequest::read(authentic, keys.decryption(), cx.now)?;
        let addressed = by_browser || request.header.destination.is_some();
        let here = self.saml_endpoint("slo");
        request.header.check(&here, addressed, cx.now)?;
        let digest = named::<SamlRequestKind>(&[&partner.provider.entity_id, &request.header.id]);
        let until = request.header.remembered_until();
        let first = self
            .tickets()
            .first_use::<SamlRequestKind>(&digest, until, cx.now)
            .await?;
        if first {
            Ok(request)
        } else {
            Err(Problem::Refused("it came before").into())
        }
    }

    /// Ends the sessions that a request means; the one of the browser that brings it only if the service is
    /// part of it.
    async fn saml_end(
        &self,
        cx: &Cx<'_>,
        partner: &Arc<Partner>,
        request: &LogoutRequest,
        current: Option<Digest>,
    ) -> Result<Vec<Ended>, Error> {
        let parts = self.saml_parts(cx, partner, request, current).await?;
        let mut ended = Vec::new();
        for (digest, session) in parts {
            // Who asks knows already.
            self.tickets().remove::<ParticipationKind>(&digest).await?;
            let open = self
                .tickets()
                .get::<SessionKind, Session>(&session, cx.now)
                .await?;
            if let Some(open) = open {
                ended.push(self.end(cx, session, &open, Because::SignedOut).await?);
            }
        }
        tracing::info!(
            event = "saml.logout_asked",
            service = %partner.service.id,
            sessions = ended.len(),
            "a service has asked for a logout"
        );
        Ok(ended)
    }

    /// The service's parts in sessions that a request means, each with its session.
    async fn saml_parts(
        &self,
        cx: &Cx<'_>,
        partner: &Partner,
        request: &LogoutRequest,
        current: Option<Digest>,
    ) -> Result<Vec<(Digest, Digest)>, Error> {
        let entity_id = &partner.provider.entity_id;
        let mut digests: Vec<Digest> = request
            .session_indexes
            .iter()
            .map(|index| part_of(entity_id, index))
            .collect();
        if digests.is_empty() {
            // All of this person's (SAML Core §3.7.1).
            let owner = named_by(entity_id, &request.name_id).to_string();
            let owned = self
                .tickets()
                .owned::<SamlNamedKind, Digest>(&owner, cx.now)
                .await?;
            digests.extend(owned.into_iter().map(|(_, part)| part));
        }
        if let Some(current) = current {
            let owned = self
                .tickets()
                .owned::<ParticipationKind, Participation>(&current.to_string(), cx.now)
                .await?;
            digests.extend(owned.into_iter().map(|(digest, _)| digest));
        }
        digests.sort_unstable();
        digests.dedup();
        let mut parts = Vec::new();
        for digest in digests {
            let part = self
                .tickets()
                .get::<ParticipationKind, Participation>(&digest, cx.now)
                .await?;
            let Some(ParticipationProtocol::Saml {
                entity_id: of,
                session,
                index,
                name,
            }) = part.map(|part| part.protocol)
            else {
                continue;
            };
            let name: NameId = serde_json::from_value(name).map_err(defect)?;
            let indexes = &request.session_indexes;
            let meant = of == *entity_id
                && name.is_meant_by(&request.name_id)
                && (indexes.is_empty() || indexes.contains(&index));
            if meant {
                parts.push((digest, session));
            }
        }
        Ok(parts)
    }

    /// How a logout turned out, after a moment of patience.
    async fn saml_logout_status(&self, cx: &Cx<'_>, logouts: &[Digest]) -> Result<Status, Error> {
        if self.everybody_told(cx, logouts).await? {
            return Ok(Status::success());
        }
        // SAML Core §3.7.3.2: the session here has ended; it is success with a remark.
        Ok(Status {
            code: StatusCode::Success,
            detail: Some(StatusCode::PartialLogout),
            message: None,
        })
    }

    fn saml_logout_response(
        &self,
        cx: &Cx<'_>,
        request: String,
        status: Status,
        destination: Option<&str>,
    ) -> LogoutResponse {
        LogoutResponse {
            header: Header {
                id: mint_id(cx.random),
                instant: cx.now,
                destination: destination.map(str::to_owned),
                issuer: self.saml_entity_id(),
            },
            in_response_to: request,
            status,
        }
    }
}

/// The digest by which a person's sessions with a service are found, where a request names no session.
pub(super) fn named_by(entity_id: &str, name: &NameId) -> Digest {
    named::<SamlNamedKind>(&[entity_id, &name.value])
}
