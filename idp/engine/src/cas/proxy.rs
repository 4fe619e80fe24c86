//! Proxy tickets (CAS protocol §2.5.4, §2.7): a service that acts for a person at another one. The
//! chain of proxies is the hub's own knowledge, never the proxy's word (CAS-08).

use std::sync::Arc;

use clau_cas::answer::ProxyFailureCode;
use clau_domain::ids::ServiceId;
use clau_domain::secret::Digest;
use clau_domain::secret::{ProxyGrantingIouKind, ProxyGrantingKind, ProxyTicketKind, Token};
use clau_domain::service::Service;
use clau_domain::url::WebUrl;
use clau_storage::tickets::Life;
use serde::{Deserialize, Serialize};

use super::Issued;
use crate::error::Error;
use crate::session::{SignedIn, does_for};
use crate::{Cx, Hub};

/// Proxies that a ticket may go through.
const LONGEST_CHAIN: usize = 5;

/// A proxy-granting ticket as it is stored. It dies with its session.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ProxyGranting {
    /// The session it comes from.
    pub(crate) session: Digest,
    /// The proxy.
    service: ServiceId,
    /// Callbacks of the proxies so far, this one first.
    proxies: Vec<String>,
}

/// Why no proxy ticket is given (CAS protocol §2.7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyFailure {
    /// Not a proxy-granting ticket, or its session has ended.
    #[error("proxy-granting ticket is unknown or its session has ended")]
    InvalidTicket,
    /// The target is not registered, does not accept this proxy, or is not for the person.
    #[error("target service does not accept tickets from this proxy for this person")]
    UnauthorizedService,
}

impl From<ProxyFailure> for ProxyFailureCode {
    fn from(failure: ProxyFailure) -> Self {
        match failure {
            ProxyFailure::InvalidTicket => Self::InvalidTicket,
            ProxyFailure::UnauthorizedService => Self::UnauthorizedService,
        }
    }
}

impl Hub {
    /// Sends a proxy-granting ticket to a service's callback. `None` when the callback is not
    /// registered for the service or does not take it.
    pub(super) async fn grant_proxy(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        issued: &Issued,
        service: &Arc<Service>,
        callback: &WebUrl,
    ) -> Result<Option<Token<ProxyGrantingIouKind>>, Error> {
        let registered = service.cas.as_ref().is_some_and(|cas| {
            cas.proxy_callbacks
                .iter()
                .any(|pattern| pattern.matches(callback))
        });
        // CAS-07: https, registered for this very service.
        if !registered || !callback.is_https() || issued.proxies.len() >= LONGEST_CHAIN {
            return Ok(None);
        }
        let pgt = Token::<ProxyGrantingKind>::mint(cx.random);
        let iou = Token::<ProxyGrantingIouKind>::mint(cx.random);
        let told = callback
            .with_query_pair("pgtId", pgt.expose())
            .with_query_pair("pgtIou", iou.expose());
        let answer = self.inner.outbound.get(&told).await;
        if let Err(error) = answer {
            tracing::info!(
                event = "cas.callback_failed",
                service = %service.id,
                host = callback.host(),
                reason = %error,
                reference = %cx.reference,
                "proxy callback failed"
            );
            return Ok(None);
        }
        let mut proxies = vec![callback.as_str().to_owned()];
        proxies.extend(issued.proxies.iter().cloned());
        let granting = ProxyGranting {
            session: signed_in.digest,
            service: service.id.clone(),
            proxies,
        };
        let owner = signed_in.digest.to_string();
        let expires_at = signed_in.session.started_at + signed_in.session.limits.absolute();
        let life = Life {
            owner: Some(&owner),
            expires_at,
            now: cx.now,
        };
        self.tickets()
            .put::<ProxyGrantingKind>(&pgt.digest(), &granting, life)
            .await?;
        Ok(Some(iou))
    }

    /// A proxy ticket for `target`, asked for with a proxy-granting ticket.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn proxy_ticket(
        &self,
        cx: &Cx<'_>,
        pgt: &Token<ProxyGrantingKind>,
        target: WebUrl,
    ) -> Result<Result<Token<ProxyTicketKind>, ProxyFailure>, Error> {
        let digest = pgt.digest();
        let granting = self
            .tickets()
            .get::<ProxyGrantingKind, ProxyGranting>(&digest, cx.now)
            .await?;
        let Some(granting) = granting else {
            return Ok(Err(ProxyFailure::InvalidTicket));
        };
        let Some(signed_in) = self.session_of(cx, granting.session).await? else {
            return Ok(Err(ProxyFailure::InvalidTicket));
        };
        let catalogue = self.catalogue(cx.now).await?;
        let proxy = catalogue.find(&granting.service);
        let service = catalogue.cas_service(&target);
        let (Some(proxy), Some(service)) = (proxy, service) else {
            return Ok(Err(ProxyFailure::UnauthorizedService));
        };
        // The proxy acts for the person only as long as it is for them itself, and carries them past no
        // question that the target would have asked.
        let may_act =
            self.grant(cx, &signed_in.person, proxy).is_ok() && does_for(cx, &signed_in, service);
        // CAS-08: the target says through whom it may be reached.
        let accepts = service
            .cas
            .as_ref()
            .is_some_and(|cas| cas.accepts_proxies.contains(&granting.service));
        let grant = self.grant(cx, &signed_in.person, service);
        let (true, Ok(grant)) = (accepts && may_act, grant) else {
            return Ok(Err(ProxyFailure::UnauthorizedService));
        };
        let issued = Issued {
            proxies: granting.proxies,
            ..Issued::from_grant(&grant, granting.session, target)
        };
        Ok(Ok(self.issue::<ProxyTicketKind>(cx, &issued).await?))
    }
}
