//! CAS tickets: issued from a grant, redeemed once, proxied. The protocol's words are in `clau-cas`;
//! here is what they do. Never writes a CAS answer.

pub(crate) mod proxy;
mod validate;

use std::sync::Arc;
use std::time::Duration;

use clau_domain::ids::ServiceId;
use clau_domain::login::{CasRequest, HandOver, Resume};
use clau_domain::person::Person;
use clau_domain::policy::{Grant, Refusal, decide};
use clau_domain::secret::{Digest, Kind, ServiceTicketKind, Token};
use clau_domain::service::Service;
use clau_domain::url::{LocalPath, WebUrl};
use serde::{Deserialize, Serialize};

pub use proxy::ProxyFailure;
pub use validate::{Failure, Redemption, Validated};

use crate::error::Error;
use crate::login::{Cookies, Finished, Start, Step, Then};
use crate::session::{SignedIn, does_for};
use crate::{Cx, Hub};

/// Tickets for one service from one session within [`LOOP_WINDOW`] before the hub stops sending the
/// browser back: a service that does not accept them would go on for ever (CAS-06).
const LOOP_LIMIT: u64 = 12;
const LOOP_WINDOW: Duration = Duration::from_secs(10);

/// A ticket on its way to a service.
#[derive(Debug)]
pub struct HandedOver {
    /// Where to.
    pub url: WebUrl,
    /// The ticket.
    pub ticket: Token<ServiceTicketKind>,
    /// By redirect, by form or by header.
    pub method: HandOver,
    /// Name of the service, for the page of a form.
    pub service: String,
}

/// What a service asked of the login endpoint (CAS protocol §2.1.1), parsed.
#[derive(Clone, Debug)]
pub struct LoginRequest {
    /// The service address; none is a plain login.
    pub service: Option<WebUrl>,
    /// Prove it again.
    pub renew: bool,
    /// Show nothing.
    pub gateway: bool,
    /// How the ticket is handed over.
    pub method: HandOver,
    /// Ask before each service.
    pub warn: bool,
}

/// Answer of the login endpoint.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a request and moved once; a box would only hide it"
)]
pub enum LoginAnswer {
    /// The login goes its way.
    Step(Step),
    /// Back to the service without a ticket: a gateway that found no session.
    Back(WebUrl),
    /// No registered service has this address: a page, never a redirect.
    Unknown,
    /// The service keeps sending the browser back.
    Looping {
        /// Its name.
        service: String,
    },
}

/// A service or proxy ticket as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Issued {
    /// The session it comes from.
    session: Digest,
    /// The service it is for.
    service: ServiceId,
    /// The address it is bound to.
    url: WebUrl,
    /// The person proved who they are for this very ticket, not by an older session.
    fresh: bool,
    /// The proxies it went through, the last first; empty for a service ticket.
    proxies: Vec<String>,
}

impl Issued {
    /// What a ticket stands for comes from a grant and from nothing else.
    fn from_grant(grant: &Grant, session: Digest, url: WebUrl) -> Self {
        Self {
            session,
            service: grant.service().clone(),
            url,
            fresh: false,
            proxies: Vec::new(),
        }
    }
}

impl Hub {
    /// The login endpoint.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn cas_login(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        request: LoginRequest,
    ) -> Result<LoginAnswer, Error> {
        let Some(url) = request.service else {
            let start = Start {
                force: request.renew,
                ..Start::page(LocalPath::root())
            };
            return Ok(LoginAnswer::Step(
                self.start_login(cx, cookies, start).await?,
            ));
        };
        let catalogue = self.catalogue(cx.now).await?;
        let Some(service) = catalogue.cas_service(&url) else {
            tracing::info!(
                event = "cas.unknown_service",
                host = url.host(),
                "service not registered"
            );
            return Ok(LoginAnswer::Unknown);
        };
        let cas = CasRequest {
            service: service.id.clone(),
            url: url.clone(),
            method: request.method,
            warn: request.warn,
        };
        // §2.1.1: renew beats gateway.
        let step = if request.gateway && !request.renew {
            self.gateway(cx, cookies, &cas, service).await?
        } else {
            let start = Start {
                resume: Resume::Cas(cas),
                force: request.renew,
                hint: String::new(),
                sources: Vec::new(),
            };
            Some(self.start_login(cx, cookies, start).await?)
        };
        match step {
            None => Ok(LoginAnswer::Back(url)),
            Some(Step::Finished(Finished {
                then: Then::Cas(_), ..
            })) if self.is_looping(cx, cookies, &service.id) => Ok(LoginAnswer::Looping {
                service: service.name.clone(),
            }),
            Some(step) => Ok(LoginAnswer::Step(step)),
        }
    }

    /// A gateway request: a ticket if there is a session that needs no question, else nothing.
    async fn gateway(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        request: &CasRequest,
        service: &Service,
    ) -> Result<Option<Step>, Error> {
        let signed_in = self.signed_in(cx, cookies.session).await?;
        let Some(signed_in) = signed_in.filter(|known| does_for(cx, known, service)) else {
            return Ok(None);
        };
        let then = self.resume_cas(cx, &signed_in, request, false).await?;
        Ok(
            matches!(then, Then::Cas(_)).then_some(Step::Finished(Finished {
                session: None,
                then,
            })),
        )
    }

    /// Whether a service keeps sending the browser back: the ticket it would get now is one too many.
    pub(crate) fn is_looping(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        service: &ServiceId,
    ) -> bool {
        let browser = self
            .keys()
            .alias("loop", cookies.session.unwrap_or_default());
        let name = format!("loop:{browser}:{service}");
        self.inner.local_counters.hit(&name, LOOP_WINDOW, cx.now) > LOOP_LIMIT
    }

    /// Goes on to a service after the person said yes to being asked.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn cas_confirmed(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        url: WebUrl,
        method: HandOver,
    ) -> Result<Option<Then>, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let Some(service) = catalogue.cas_service(&url) else {
            return Ok(None);
        };
        if !does_for(cx, signed_in, service) {
            return Ok(Some(Then::Page(self.login_again(&url))));
        }
        let request = CasRequest {
            service: service.id.clone(),
            url,
            method,
            warn: false,
        };
        let mut confirmed = signed_in.clone();
        confirmed.session.warn = false;
        self.resume_cas(cx, &confirmed, &request, false)
            .await
            .map(Some)
    }

    /// Where a service's login begins once more; the portal if its address is too long for that.
    fn login_again(&self, url: &WebUrl) -> LocalPath {
        let login = WebUrl::parse(&format!("{}/cas/login", self.settings().base_url));
        let path = login.ok().and_then(|login| {
            let login = login.with_query_pair("service", url.as_str());
            LocalPath::parse(&format!("{}?{}", login.path(), login.query()?)).ok()
        });
        path.unwrap_or_default()
    }

    /// A session's way to a service: the question, the refusal or the ticket.
    pub(crate) async fn resume_cas(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        request: &CasRequest,
        fresh: bool,
    ) -> Result<Then, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let service = catalogue
            .find(&request.service)
            .filter(|s| s.enabled && s.cas.is_some());
        let Some(service) = service else {
            let service = request.service.to_string();
            return Ok(Then::NotForYou {
                service,
                refusal: Refusal::Disabled,
                back: None,
            });
        };
        let name = service.name.clone();
        if signed_in.session.warn && !fresh {
            return Ok(Then::Ask {
                service: name,
                request: request.clone(),
            });
        }
        let grant = match self.grant(cx, &signed_in.person, service) {
            Ok(grant) => grant,
            Err(refusal) => {
                tracing::info!(
                    event = "access.refused",
                    person = %signed_in.person.id,
                    service = %service.id,
                    reason = %refusal,
                    reference = %cx.reference,
                    "not for this person"
                );
                return Ok(Then::NotForYou {
                    service: name,
                    refusal,
                    back: None,
                });
            }
        };
        let issued = Issued {
            fresh,
            ..Issued::from_grant(&grant, signed_in.digest, request.url.clone())
        };
        let ticket = self.issue::<ServiceTicketKind>(cx, &issued).await?;
        Ok(Then::Cas(Box::new(HandedOver {
            url: request.url.clone(),
            ticket,
            method: request.method,
            service: name,
        })))
    }

    /// The one decision about a person and a service (rule 3 of the security page: every path asks it).
    pub(crate) fn grant(
        &self,
        cx: &Cx<'_>,
        person: &Person,
        service: &Arc<Service>,
    ) -> Result<Grant, Refusal> {
        let pairwise = self.pseudonym(person, service.id.as_str());
        decide(person, service, pairwise, self.today(cx.now))
    }

    /// Mints a ticket and stores what it stands for.
    async fn issue<K: Kind>(&self, cx: &Cx<'_>, issued: &Issued) -> Result<Token<K>, Error> {
        let until = cx.now + self.settings().ticket_life;
        let token = self.keep_new(cx, issued, until).await?;
        metrics::counter!("clau_tickets_issued_total", "protocol" => "cas").increment(1);
        Ok(token)
    }
}
