//! From a request to somebody signed in (SAML Profiles §4.1.3, §4.1.5): who asks, whether they may, what they
//! want. Until service and address belong together, what is wrong is for a page; from then on it is told to
//! the service, at an address of its metadata (SAML-07).

use std::sync::Arc;
use std::time::Duration;

use clau_domain::login::{Resume, SamlRequest};
use clau_domain::secret::{
    BrowserKind, Digest, SamlArrivedKind, SamlRequestKind, SamlStartedKind, Token,
};
use clau_saml::binding::{Binding, Received};
use clau_saml::message::{
    AcsChoice, AuthnRequest, Kind, NameIdPolicy, RequestedContext, Status, StatusCode,
};
use serde::{Deserialize, Serialize};

use super::services::Partner;
use super::wishes::{BROWSERS, usable_acs};
use super::{Refused, defect, named};
use crate::error::Error;
use crate::leaving::Leaving;
use crate::login::{Cookies, Finished, Start, Step, Then};
use crate::oidc::authorize::leads_to;
use crate::{Cx, Hub};

/// How long a request that came in a form waits for its browser to come back with its cookies.
const ARRIVED_LIFE: Duration = Duration::from_secs(90);
/// How long a request may take from its browser's arrival to the answer.
const STARTED_LIFE: Duration = Duration::from_secs(30 * 60);

/// What is left of a request once it was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Its identifier; none where nobody asked.
    pub(crate) request_id: Option<String>,
    /// The service.
    pub(crate) entity_id: String,
    /// Where the answer goes: an address of the service's metadata.
    pub(crate) acs: String,
    /// How.
    pub(crate) binding: String,
    /// What goes back with the answer.
    pub(crate) relay_state: Option<String>,
    /// How the person is to be called.
    pub(crate) name_id: NameIdPolicy,
    /// Which list of attributes of the metadata is wanted.
    pub(crate) attributes: Option<u16>,
    /// How strong the login is to be.
    pub(crate) context: Option<RequestedContext>,
    /// The person is to prove who they are anew.
    pub(crate) force: bool,
    /// Nobody is to be asked anything.
    pub(crate) passive: bool,
    /// Identity providers that the service wants the person to come by (`IDPList`).
    #[serde(default)]
    pub(crate) sources: Vec<String>,
    /// Nobody else may vouch for the person (`ProxyCount="0"`).
    #[serde(default)]
    pub(crate) only_here: bool,
}

/// A request that has met its browser.
#[derive(Serialize, Deserialize)]
struct Started {
    browser: Digest,
    pending: Pending,
}

/// What a request leads to.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a request and moved once; a box would only hide it"
)]
pub enum SsoAnswer {
    /// The login goes its way.
    Step(Step),
    /// An answer for the service.
    Answer(Box<Leaving>),
    /// A request that came in a form waits: the browser comes back with its cookies.
    Arrived(Token<SamlArrivedKind>),
    /// The request has met its browser and goes on there.
    Started {
        /// Names what goes on.
        request: Token<SamlStartedKind>,
        /// Cookie of this browser, to be set.
        browser: Token<BrowserKind>,
    },
    /// The service keeps sending the browser back.
    Looping,
    /// What was to go on has waited too long, is another browser's, or was answered.
    Expired,
}

/// A request that nobody made: somebody opens a service from here.
#[derive(Clone, Copy, Debug)]
pub struct Unsolicited<'a> {
    /// The name of the service.
    pub provider: &'a str,
    /// The address of its metadata where the answer goes, if not the default one.
    pub acs: Option<&'a str>,
    /// What the service is to open.
    pub target: Option<&'a str>,
}

/// Whether a request may be gone on with, or is answered at once.
enum Asked {
    Goes(Arc<Partner>, Box<Pending>),
    Answered(Leaving),
}

impl Hub {
    /// The single sign-on service: a request by redirect or form.
    ///
    /// # Errors
    /// [`Refused`], for a page: nothing is known that could be trusted with an answer.
    pub async fn saml_sso(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        received: &Received,
    ) -> Result<SsoAnswer, Refused> {
        let (partner, pending) = match self.saml_asked(cx, received).await? {
            Asked::Goes(partner, pending) => (partner, *pending),
            Asked::Answered(leaving) => return Ok(SsoAnswer::Answer(Box::new(leaving))),
        };
        if received.binding == Binding::Post {
            // Cookies of ours do not come with a form of another site (SES-04).
            return self.lay_aside(cx, &pending).await;
        }
        self.begin_saml(cx, cookies, &partner, pending).await
    }

    /// Goes on with a request that came in a form, now that the browser has shown its cookies.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn saml_arrived(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        name: &str,
    ) -> Result<SsoAnswer, Refused> {
        let Some(token) = Token::<SamlArrivedKind>::parse(name) else {
            return Ok(SsoAnswer::Expired);
        };
        let taken = self
            .tickets()
            .take::<SamlArrivedKind, Pending>(&token.digest(), cx.now)
            .await?;
        let Some(pending) = taken else {
            return Ok(SsoAnswer::Expired);
        };
        let partner = self.saml_partner(cx, &pending.entity_id).await?;
        self.begin_saml(cx, cookies, &partner, pending).await
    }

    /// Goes on with a request that has met its browser. `agreed` once the person has said yes to being asked
    /// before each service.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn saml_continue(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        name: &str,
        agreed: bool,
    ) -> Result<SsoAnswer, Refused> {
        let (Some(token), Some(browser)) = (
            Token::<SamlStartedKind>::parse(name),
            cookies.browser.and_then(Token::<BrowserKind>::parse),
        ) else {
            return Ok(SsoAnswer::Expired);
        };
        let digest = token.digest();
        let started = self
            .tickets()
            .get::<SamlStartedKind, Started>(&digest, cx.now)
            .await?;
        let Some(started) = started.filter(|started| started.browser == browser.digest()) else {
            return Ok(SsoAnswer::Expired);
        };
        let partner = self.saml_partner(cx, &started.pending.entity_id).await?;
        let resume = self.saml_resume(&partner, &started.pending, Some(digest))?;
        if agreed {
            let Some(mut signed_in) = self.signed_in(cx, cookies.session).await? else {
                return Ok(SsoAnswer::Expired);
            };
            signed_in.session.warn = false;
            let then = self.resume(cx, &signed_in, &resume, false).await?;
            let session = None;
            return Ok(SsoAnswer::Step(Step::Finished(Finished { session, then })));
        }
        let start = Start {
            force: started.pending.force,
            hint: String::new(),
            sources: started.pending.sources.clone(),
            resume,
        };
        Ok(SsoAnswer::Step(self.start_login(cx, cookies, start).await?))
    }

    /// Opens a service that has not asked, if it is registered for that.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn saml_unsolicited(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        wish: Unsolicited<'_>,
    ) -> Result<SsoAnswer, Refused> {
        let partner = self.saml_partner(cx, wish.provider).await?;
        if !partner.settings.idp_initiated {
            return Err(Refused::Service(
                "the service is not registered for answers that it has not asked for",
            ));
        }
        let choice = match wish.acs {
            Some(location) => AcsChoice::Location {
                location: location.to_owned(),
                binding: None,
            },
            None => AcsChoice::Default { binding: None },
        };
        let acs = usable_acs(&partner, &choice, &BROWSERS)?;
        let pending = Pending {
            request_id: None,
            entity_id: partner.provider.entity_id.clone(),
            acs: acs.location.as_str().to_owned(),
            binding: acs.binding.clone(),
            relay_state: wish
                .target
                .map(str::to_owned)
                .filter(|target| target.len() <= clau_saml::binding::LONGEST_FOREIGN_RELAY_STATE),
            name_id: NameIdPolicy::default(),
            attributes: None,
            context: None,
            force: false,
            passive: false,
            sources: Vec::new(),
            only_here: false,
        };
        self.begin_saml(cx, cookies, &partner, pending).await
    }

    /// Who asks, and for what: everything about a request that its sender answers for.
    async fn saml_asked(&self, cx: &Cx<'_>, received: &Received) -> Result<Asked, Refused> {
        let opened = received.open()?;
        if opened.kind() != Kind::AuthnRequest {
            return Err(clau_saml::error::Problem::Message("it asks for no login").into());
        }
        let partner = self.saml_partner(cx, &opened.claimed_issuer()?).await?;
        let authentic = partner.authentic(&opened)?;
        let request = AuthnRequest::read(&authentic)?;
        let signed = authentic.is_signed();
        self.saml_request(cx, partner, request, signed, received.relay_state.clone())
            .await
    }

    /// What a request of a known sender asks for.
    pub(super) async fn saml_pending(
        &self,
        cx: &Cx<'_>,
        partner: &Arc<Partner>,
        request: &AuthnRequest,
        (signed, relay_state, bindings): (bool, Option<String>, &[&str]),
    ) -> Result<Pending, Refused> {
        let here = self.saml_endpoint("sso");
        request.header.check(&here, signed, cx.now)?;
        let acs = usable_acs(partner, &request.acs, bindings)?;
        // SAML-05: one request, one way to an answer.
        let digest = named::<SamlRequestKind>(&[&request.header.issuer, &request.header.id]);
        let until = request.header.remembered_until();
        let first = self
            .tickets()
            .first_use::<SamlRequestKind>(&digest, until, cx.now)
            .await?;
        if !first {
            return Err(clau_saml::error::Problem::Refused("it came before").into());
        }
        Ok(Pending {
            request_id: Some(request.header.id.clone()),
            entity_id: partner.provider.entity_id.clone(),
            acs: acs.location.as_str().to_owned(),
            binding: acs.binding.clone(),
            relay_state,
            name_id: request.name_id.clone(),
            attributes: request.attributes,
            context: request.context.clone(),
            force: request.force_authn,
            passive: request.is_passive,
            only_here: request
                .scoping
                .as_ref()
                .and_then(|scoping| scoping.proxy_count)
                == Some(0),
            sources: request
                .scoping
                .as_ref()
                .map_or_else(Vec::new, |scoping| scoping.idps.clone()),
        })
    }

    async fn saml_request(
        &self,
        cx: &Cx<'_>,
        partner: Arc<Partner>,
        request: AuthnRequest,
        signed: bool,
        relay_state: Option<String>,
    ) -> Result<Asked, Refused> {
        let came = (signed, relay_state, BROWSERS.as_slice());
        let pending = self.saml_pending(cx, &partner, &request, came).await?;
        if let Err(status) = self.saml_can(cx, &partner, &request).await? {
            let leaving = self.saml_refusal(cx, &partner, &pending, status).await?;
            return Ok(Asked::Answered(leaving));
        }
        Ok(Asked::Goes(partner, Box::new(pending)))
    }

    async fn lay_aside(&self, cx: &Cx<'_>, pending: &Pending) -> Result<SsoAnswer, Refused> {
        let until = cx.now + ARRIVED_LIFE;
        let token = self.keep_new(cx, pending, until).await?;
        Ok(SsoAnswer::Arrived(token))
    }

    /// A checked request in its browser: answered at once where nobody need be asked, laid aside for this
    /// browser otherwise.
    async fn begin_saml(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        partner: &Arc<Partner>,
        pending: Pending,
    ) -> Result<SsoAnswer, Refused> {
        let resume = self.saml_resume(partner, &pending, None)?;
        let signed_in = self.signed_in(cx, cookies.session).await?;
        let suits = match &signed_in {
            Some(signed_in) => self.suits(cx, signed_in, &resume).await?,
            None => false,
        };
        let ready =
            signed_in.filter(|signed_in| suits && !pending.force && !signed_in.session.warn);
        if let Some(signed_in) = ready {
            if self.is_looping(cx, cookies, &partner.service.id) {
                return Ok(SsoAnswer::Looping);
            }
            let then = self.resume(cx, &signed_in, &resume, false).await?;
            if pending.passive && !matches!(then, Then::Saml(_)) {
                // A page would say why; nobody may be shown one.
                let status = Status::responder(
                    StatusCode::RequestDenied,
                    "the service is not open to this person",
                );
                let leaving = self.saml_refusal(cx, partner, &pending, status).await?;
                return Ok(SsoAnswer::Answer(Box::new(leaving)));
            }
            let session = None;
            return Ok(SsoAnswer::Step(Step::Finished(Finished { session, then })));
        }
        if pending.passive {
            let status = Status::responder(StatusCode::NoPassive, "a page would be needed");
            let leaving = self.saml_refusal(cx, partner, &pending, status).await?;
            return Ok(SsoAnswer::Answer(Box::new(leaving)));
        }
        let browser = cookies
            .browser
            .and_then(Token::<BrowserKind>::parse)
            .unwrap_or_else(|| Token::mint(cx.random));
        let request = self.saml_started(cx, &browser, &pending).await?;
        Ok(SsoAnswer::Started { request, browser })
    }

    /// Lays a request aside for one browser.
    async fn saml_started(
        &self,
        cx: &Cx<'_>,
        browser: &Token<BrowserKind>,
        pending: &Pending,
    ) -> Result<Token<SamlStartedKind>, Error> {
        let started = Started {
            browser: browser.digest(),
            pending: pending.clone(),
        };
        self.keep_new(cx, &started, cx.now + STARTED_LIFE).await
    }

    /// What a login leads to. `once` is what is spent with the answer.
    fn saml_resume(
        &self,
        partner: &Partner,
        pending: &Pending,
        once: Option<Digest>,
    ) -> Result<Resume, Error> {
        Ok(Resume::Saml(Box::new(SamlRequest {
            service: partner.service.id.clone(),
            origin: leads_to(&pending.acs),
            request: serde_json::to_value(pending).map_err(defect)?,
            once,
        })))
    }

    /// Spends what leads to one answer only; whether it was still there.
    pub(super) async fn finish_saml_once(
        &self,
        cx: &Cx<'_>,
        once: Option<&Digest>,
    ) -> Result<bool, Error> {
        let Some(digest) = once else {
            return Ok(true);
        };
        let taken = self
            .tickets()
            .take::<SamlStartedKind, serde_json::Value>(digest, cx.now)
            .await?;
        Ok(taken.is_some())
    }
}
