//! What SAML services are told when a session ends, wherever that began (SAML Profiles §4.4.3.3): by their
//! server where they have an address for that, else by the browser, which takes a request of ours to each and
//! brings its answer. Ends nothing.

use std::time::Duration;

use clau_domain::ids::ServiceId;
use clau_domain::secret::{Digest, Kind, SamlToldKind};
use clau_domain::session::Participation;
use clau_domain::url::WebUrl;
use clau_saml::binding::{Address, Form, Received, Role, envelope};
use clau_saml::error::Problem;
use clau_saml::message::{Header, LogoutRequest, LogoutResponse, NameId, mint_id};
use clau_saml::metadata::Endpoint;
use clau_saml::names::binding;
use clau_storage::tickets::Life;
use serde::{Deserialize, Serialize};

use super::services::Partner;
use super::{Refused, defect};
use crate::error::Error;
use crate::leaving::{Delivery, Leaving};
use crate::logout::{Told, ToldState};
use crate::oidc::authorize::leads_to;
use crate::oidc::logout::Frame;
use crate::outbound::CallError;
use crate::{Cx, Hub};

/// How long the browser has to tell services.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// Longest answer of a service's server, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;
/// What comes back with an answer where the person has gone to the service themselves.
pub(super) const BY_HAND: &str = "by-hand";
/// By which bindings services are told through the browser, the best first.
const BY_BROWSER: [&str; 2] = [binding::REDIRECT, binding::POST];

/// A service's part in a session that has ended, for a request that names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) entity_id: String,
    pub(crate) index: String,
    /// The person's name, as `clau-saml` writes it.
    pub(crate) name: serde_json::Value,
}

/// A service that the browser has to tell.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Telling {
    logout: Digest,
    service: ServiceId,
    /// Identifier of the request.
    request: String,
    part: Part,
    state: TellingState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TellingState {
    Waiting,
    Done,
    Failed,
    /// Its metadata has no address for it.
    NoWay,
}

/// What a part in a session leads to when that ends.
pub(crate) enum Way {
    /// A request to the service's server.
    Server(WebUrl),
    /// One that the browser takes there.
    Browser,
    /// None.
    Nowhere,
}

impl Hub {
    /// How a service is told of the end of a session.
    pub(crate) async fn saml_way(&self, cx: &Cx<'_>, part: &Participation) -> Result<Way, Error> {
        let partner = match self.saml_partner_of(cx, &part.service).await {
            Ok(partner) => partner,
            Err(Refused::Hub(error)) => return Err(error),
            // Nobody is left to be told.
            Err(_) => return Ok(Way::Nowhere),
        };
        let logout = |bindings: &[&str]| partner.provider.logout_by(bindings);
        Ok(match logout(&[binding::SOAP]) {
            Some(endpoint) => Way::Server(endpoint.location.clone()),
            None if logout(&BY_BROWSER).is_some() => Way::Browser,
            None => Way::Nowhere,
        })
    }

    /// Notes that the browser has to tell a service, or that nothing can.
    pub(crate) async fn saml_keep_telling(
        &self,
        cx: &Cx<'_>,
        logout: Digest,
        (service, part): (&ServiceId, Part),
        has_way: bool,
    ) -> Result<(), Error> {
        let telling = Telling {
            logout,
            service: service.clone(),
            request: mint_id(cx.random),
            part,
            state: if has_way {
                TellingState::Waiting
            } else {
                TellingState::NoWay
            },
        };
        self.put_telling(cx, &telling).await
    }

    async fn put_telling(&self, cx: &Cx<'_>, telling: &Telling) -> Result<(), Error> {
        let owner = telling.logout.to_string();
        let life = Life {
            owner: Some(&owner),
            expires_at: cx.now + LIFE,
            now: cx.now,
        };
        self.tickets()
            .put::<SamlToldKind>(&told_by(&telling.request), telling, life)
            .await?;
        Ok(())
    }

    async fn tellings(&self, cx: &Cx<'_>, logout: Digest) -> Result<Vec<Telling>, Error> {
        let owned = self
            .tickets()
            .owned::<SamlToldKind, Telling>(&logout.to_string(), cx.now)
            .await?;
        let mut all: Vec<Telling> = owned.into_iter().map(|(_, telling)| telling).collect();
        all.sort_by(|one, other| one.service.cmp(&other.service));
        Ok(all)
    }

    /// The services that the browser tells, and how far they are.
    pub(crate) async fn saml_told_so_far(
        &self,
        cx: &Cx<'_>,
        logout: Digest,
    ) -> Result<Vec<Told>, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let tellings = self.tellings(cx, logout).await?;
        let told = tellings.into_iter().map(|telling| Told {
            service: catalogue.find(&telling.service).map_or_else(
                || telling.service.to_string(),
                |service| service.name.clone(),
            ),
            state: match telling.state {
                TellingState::Waiting => ToldState::OnItsWay,
                TellingState::Done => ToldState::Told,
                TellingState::Failed | TellingState::NoWay => ToldState::NotReached,
            },
            by_hand: (telling.state == TellingState::Waiting)
                .then(|| format!("{}&by=hand", way_to(&telling.request))),
        });
        Ok(told.collect())
    }

    /// The frames by which the browser tells services.
    pub(crate) async fn saml_frames(
        &self,
        cx: &Cx<'_>,
        logout: Digest,
    ) -> Result<Vec<Frame>, Error> {
        let mut frames = Vec::new();
        for telling in self.tellings(cx, logout).await? {
            if telling.state != TellingState::Waiting {
                continue;
            }
            let partner = match self.saml_partner(cx, &telling.part.entity_id).await {
                Ok(partner) => partner,
                Err(Refused::Hub(error)) => return Err(error),
                Err(_) => continue,
            };
            let then = partner.provider.logout_by(&BY_BROWSER);
            let address = format!("{}{}", self.settings().base_url, way_to(&telling.request));
            frames.push(Frame {
                service: partner.service.name.clone(),
                address: WebUrl::parse(&address).map_err(defect)?,
                then: then.map(|endpoint| endpoint.location.origin()),
            });
        }
        Ok(frames)
    }

    /// The request that tells a service, on its way by this browser. None where nothing is to be told any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn saml_tell(
        &self,
        cx: &Cx<'_>,
        request: &str,
        by_hand: bool,
    ) -> Result<Option<Leaving>, Refused> {
        let telling = self
            .tickets()
            .get::<SamlToldKind, Telling>(&told_by(request), cx.now)
            .await?;
        let Some(telling) = telling.filter(|it| it.state == TellingState::Waiting) else {
            return Ok(None);
        };
        let partner = self.saml_partner(cx, &telling.part.entity_id).await?;
        let Some(endpoint) = partner.provider.logout_by(&BY_BROWSER) else {
            return Ok(None);
        };
        let address = endpoint.location.as_str().to_owned();
        let message = self.saml_logout_request(cx, &telling.part, (request, &address))?;
        let state = by_hand.then_some(BY_HAND);
        let leaving = self
            .saml_carry(
                cx,
                &partner,
                (&endpoint.binding, &address),
                (message, state),
            )
            .await?;
        Ok(Some(leaving))
    }

    /// A service's answer to a request that the browser brought it: the logout that it was about.
    pub(super) async fn saml_told(
        &self,
        cx: &Cx<'_>,
        partner: &Partner,
        response: &LogoutResponse,
    ) -> Result<Digest, Refused> {
        let telling = self
            .tickets()
            .get::<SamlToldKind, Telling>(&told_by(&response.in_response_to), cx.now)
            .await?;
        let ours = |it: &Telling| it.part.entity_id == partner.provider.entity_id;
        let mut telling = telling.filter(ours).ok_or(Problem::Refused(
            "it answers nothing that the service was asked, or too late",
        ))?;
        let partial = response.status.detail.is_some();
        telling.state = if response.status.is_success() && !partial {
            TellingState::Done
        } else {
            TellingState::Failed
        };
        tracing::info!(
            event = "saml.logout_answered",
            service = %partner.service.id,
            done = telling.state == TellingState::Done,
            "a service has answered to a logout"
        );
        self.put_telling(cx, &telling).await?;
        Ok(telling.logout)
    }

    /// A request of ours that ends a service's session.
    fn saml_logout_request(
        &self,
        cx: &Cx<'_>,
        part: &Part,
        (id, destination): (&str, &str),
    ) -> Result<LogoutRequest, Error> {
        let name: NameId = serde_json::from_value(part.name.clone()).map_err(defect)?;
        Ok(LogoutRequest {
            header: Header {
                id: id.to_owned(),
                instant: cx.now,
                destination: Some(destination.to_owned()),
                issuer: self.saml_entity_id(),
            },
            name_id: name,
            session_indexes: vec![part.index.clone()],
            reason: None,
            not_on_or_after: None,
        })
    }

    /// Tells a service's server, and reads what it says.
    pub(crate) async fn saml_tell_server(
        &self,
        cx: &Cx<'_>,
        url: &WebUrl,
        part: &Part,
    ) -> Result<(), NotTold> {
        let partner = match self.saml_partner(cx, &part.entity_id).await {
            Ok(partner) => partner,
            Err(Refused::Hub(error)) => return Err(error.into()),
            // Nobody is left to be told.
            Err(_) => return Ok(()),
        };
        let id = mint_id(cx.random);
        let request = self.saml_logout_request(cx, part, (&id, url.as_str()))?;
        let keys = self.saml_keys(cx.now).await?;
        let key = keys.signer_for(&partner.settings, cx.now)?;
        let recipient = self.saml_name_recipient(&partner);
        let xml = request.write(Some(key), recipient)?;
        let answer = self
            .inner
            .outbound
            .post_for(
                url,
                "text/xml; charset=utf-8",
                envelope(&xml),
                LONGEST_ANSWER,
            )
            .await?;
        // TLS says whose answer it is; what it says is believed with a signature that is good, if it has one.
        let received = Received::from_soap(answer, Role::Response);
        let opened = received.open()?;
        let authentic = if opened.is_signed() {
            opened.authenticate(&partner.provider.keys.signing)?
        } else {
            opened.accept_unsigned()?
        };
        let response = LogoutResponse::read_from_server(&authentic)?;
        if response.in_response_to != id {
            return Err(Problem::Refused("it answers another request").into());
        }
        if response.status.is_success() {
            Ok(())
        } else {
            Err(NotTold::Declined)
        }
    }

    /// Where a service takes answers to its requests for logout: binding and address.
    pub(super) fn saml_logout_place(&self, partner: &Partner) -> Option<(String, String)> {
        let endpoint: &Endpoint = partner.provider.logout_by(&BY_BROWSER)?;
        let address = endpoint.for_responses().as_str().to_owned();
        Some((endpoint.binding.clone(), address))
    }

    /// A message of a logout on its way by the browser, signed as its binding wants it.
    pub(super) async fn saml_carry(
        &self,
        cx: &Cx<'_>,
        partner: &Partner,
        (by, address): (&str, &str),
        (message, state): (impl Into<LogoutMessage>, Option<&str>),
    ) -> Result<Leaving, Error> {
        let keys = self.saml_keys(cx.now).await?;
        let key = keys.signer_for(&partner.settings, cx.now)?;
        let message: LogoutMessage = message.into();
        let role = message.role();
        let recipient = self.saml_name_recipient(partner);
        let delivery = if by == binding::REDIRECT {
            let xml = message.write(None, recipient).map_err(defect)?;
            let to = Address {
                location: address,
                role,
                relay_state: state,
            };
            Delivery::Redirect(to.with(&xml, Some(key)).map_err(defect)?)
        } else {
            let xml = message.write(Some(key), recipient).map_err(defect)?;
            let form = Form::new(address, role, &xml, state);
            Delivery::Form {
                action: form.action,
                fields: form.fields,
            }
        };
        Ok(Leaving {
            delivery,
            service: partner.service.name.clone(),
            origin: leads_to(address),
        })
    }
}

/// What is said in a logout: a wish or an answer.
pub(super) enum LogoutMessage {
    Request(LogoutRequest),
    Response(LogoutResponse),
}

impl LogoutMessage {
    const fn role(&self) -> Role {
        match self {
            Self::Request(_) => Role::Request,
            Self::Response(_) => Role::Response,
        }
    }

    fn write(
        &self,
        key: Option<&clau_saml::key::SigningKey>,
        recipient: Option<&clau_saml::encryption::Recipient>,
    ) -> Result<String, Problem> {
        match self {
            Self::Request(request) => request.write(key, recipient),
            Self::Response(response) => response.write(key),
        }
    }
}

impl From<LogoutRequest> for LogoutMessage {
    fn from(request: LogoutRequest) -> Self {
        Self::Request(request)
    }
}

impl From<LogoutResponse> for LogoutMessage {
    fn from(response: LogoutResponse) -> Self {
        Self::Response(response)
    }
}

/// Why a service's server has not been told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTold {
    #[error(transparent)]
    Call(#[from] CallError),
    /// What it answered cannot be read or believed.
    #[error("its answer is no good: {0}")]
    Answer(#[from] Problem),
    #[error("it answered that it could not end its session")]
    Declined,
    #[error("{0}")]
    Hub(#[from] Error),
}

/// The page of ours that takes a request to a service.
fn way_to(request: &str) -> String {
    format!("/saml/slo/tell?request={request}")
}

fn told_by(request: &str) -> Digest {
    Digest::of(SamlToldKind::NAME, request)
}
