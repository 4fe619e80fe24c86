//! Redemption of CAS tickets (CAS protocol §2.4–2.8): one attempt, whatever its outcome.

use std::sync::Arc;

use clau_cas::answer::FailureCode;
use clau_cas::ticket::Presented;
use clau_domain::policy::Grant;
use clau_domain::secret::{
    Digest, ParticipationKind, ProxyGrantingIouKind, ProxyTicketKind, ServiceTicketKind,
    SessionKind, Token,
};
use clau_domain::service::Service;
use clau_domain::session::{Assurance, Participation, ParticipationProtocol, Session};
use clau_domain::time::Timestamp;
use clau_domain::url::{WebUrl, same_service};
use clau_storage::tickets::Life;
use clau_storage::visits;

use super::Issued;
use crate::error::Error;
use crate::session::SignedIn;
use crate::{Cx, Hub};

/// What a service presents.
#[derive(Debug)]
pub struct Redemption {
    /// Its address, which must be that of the ticket.
    pub service: WebUrl,
    /// The ticket.
    pub ticket: Presented,
    /// Only a ticket for which the person has just proven who they are.
    pub renew: bool,
    /// Where a proxy-granting ticket is wanted.
    pub pgt_url: Option<WebUrl>,
    /// Whether proxy tickets are accepted at this endpoint.
    pub proxies: bool,
}

/// A redeemed ticket.
#[derive(Debug)]
pub struct Validated {
    /// Who, and what the service receives.
    pub grant: Grant,
    /// The service.
    pub service: Arc<Service>,
    /// When the person proved who they are.
    pub authenticated_at: Timestamp,
    /// For this very ticket.
    pub from_new_login: bool,
    /// In a session that is remembered.
    pub long_term: bool,
    /// How strongly they have proven it.
    pub assurance: Assurance,
    /// The proxies in between, the last first.
    pub proxies: Vec<String>,
    /// Names the proxy-granting ticket that went to the callback.
    pub pgt_iou: Option<Token<ProxyGrantingIouKind>>,
}

/// Why a ticket is not honoured, with words for the service's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Unknown, spent, expired, or its session has ended.
    #[error("ticket is unknown, expired or already used")]
    InvalidTicket,
    /// Not from a new login, where `renew` asks for one.
    #[error("ticket does not come from a new login as `renew` asks")]
    NotFresh,
    /// A proxy ticket at an endpoint that takes none.
    #[error("this endpoint takes no proxy tickets")]
    ProxyTicket,
    /// The ticket is another service's. It is spent now.
    #[error("ticket was issued for another service")]
    InvalidService,
    /// The callback for proxy-granting tickets is not registered or did not answer.
    #[error("proxy callback is not registered for this service or could not be verified")]
    InvalidProxyCallback,
}

impl From<Failure> for clau_cas::answer::Failure {
    /// In the protocol's codes (CAS protocol §2.5.3).
    fn from(failure: Failure) -> Self {
        let code = match failure {
            Failure::InvalidTicket | Failure::NotFresh => FailureCode::InvalidTicket,
            Failure::ProxyTicket => FailureCode::InvalidTicketSpec,
            Failure::InvalidService => FailureCode::InvalidService,
            Failure::InvalidProxyCallback => FailureCode::InvalidProxyCallback,
        };
        Self {
            code,
            text: failure.to_string(),
        }
    }
}

impl Hub {
    /// Redeems a ticket.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the ticket counts as used (AVL-06).
    pub async fn redeem(
        &self,
        cx: &Cx<'_>,
        redemption: Redemption,
    ) -> Result<Result<Validated, Failure>, Error> {
        let outcome = self.redeem_once(cx, &redemption).await;
        let label = match &outcome {
            Ok(Ok(_)) => "success",
            Ok(Err(_)) => "refused",
            Err(_) => "error",
        };
        metrics::counter!("clau_tickets_redeemed_total", "protocol" => "cas", "outcome" => label)
            .increment(1);
        if let Ok(Err(failure)) = &outcome {
            tracing::info!(
                event = "cas.ticket_refused",
                host = redemption.service.host(),
                reason = %failure,
                reference = %cx.reference,
                "ticket refused"
            );
        }
        outcome
    }

    async fn redeem_once(
        &self,
        cx: &Cx<'_>,
        redemption: &Redemption,
    ) -> Result<Result<Validated, Failure>, Error> {
        let (digest, issued) = match self.take_ticket(cx, redemption).await? {
            Ok(taken) => taken,
            Err(failure) => return Ok(Err(failure)),
        };
        if !same_service(&issued.url, &redemption.service) {
            return Ok(Err(Failure::InvalidService));
        }
        if redemption.renew && !issued.fresh {
            return Ok(Err(Failure::NotFresh));
        }
        let Some(signed_in) = self.session_of(cx, issued.session).await? else {
            return Ok(Err(Failure::InvalidTicket));
        };
        let catalogue = self.catalogue(cx.now).await?;
        let Some(service) = catalogue.find(&issued.service).cloned() else {
            return Ok(Err(Failure::InvalidService));
        };
        // Decided again: rights may have gone between the ticket and its redemption.
        let Ok(grant) = self.grant(cx, &signed_in.person, &service) else {
            return Ok(Err(Failure::InvalidTicket));
        };
        let pgt_iou = match &redemption.pgt_url {
            None => None,
            Some(callback) => {
                match self
                    .grant_proxy(cx, &signed_in, &issued, &service, callback)
                    .await?
                {
                    Some(iou) => Some(iou),
                    // §2.5.4: no callback, no success.
                    None => return Ok(Err(Failure::InvalidProxyCallback)),
                }
            }
        };
        self.take_part(
            cx,
            &signed_in,
            &issued,
            (digest, redemption.ticket.expose()),
        )
        .await?;
        // Should the session have ended meanwhile, either its end has found what was just noted and the
        // service is told, or the service does not get in (REL-02).
        let session = self
            .tickets()
            .get::<SessionKind, Session>(&issued.session, cx.now)
            .await?;
        if session.is_none() {
            return Ok(Err(Failure::InvalidTicket));
        }
        let released = grant.released().attributes();
        visits::record(
            self.database(),
            grant.person_id(),
            &service.id,
            released,
            cx.now,
        )
        .await?;
        Ok(Ok(Validated {
            service,
            authenticated_at: signed_in.session.authenticated_at,
            from_new_login: issued.fresh,
            long_term: signed_in.session.remembered,
            assurance: signed_in.session.method.assurance(),
            proxies: issued.proxies,
            pgt_iou,
            grant,
        }))
    }

    /// Takes the ticket out of its own key space, so that nothing else is ever taken for one (CAS-05).
    async fn take_ticket(
        &self,
        cx: &Cx<'_>,
        redemption: &Redemption,
    ) -> Result<Result<(Digest, Issued), Failure>, Error> {
        let tickets = self.tickets();
        let (digest, issued) = match &redemption.ticket {
            Presented::Service(token) => {
                let digest = token.digest();
                (
                    digest,
                    tickets
                        .take::<ServiceTicketKind, Issued>(&digest, cx.now)
                        .await?,
                )
            }
            Presented::Proxy(token) => {
                let digest = token.digest();
                (
                    digest,
                    tickets
                        .take::<ProxyTicketKind, Issued>(&digest, cx.now)
                        .await?,
                )
            }
        };
        // §2.5: /serviceValidate refuses proxy tickets; they are spent all the same.
        if redemption.ticket.is_proxy() && !redemption.proxies {
            return Ok(Err(Failure::ProxyTicket));
        }
        Ok(issued
            .map(|issued| (digest, issued))
            .ok_or(Failure::InvalidTicket))
    }

    /// Notes that the service is part of the session from now on: it will be told when that ends.
    async fn take_part(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        issued: &Issued,
        (digest, ticket): (Digest, &str),
    ) -> Result<(), Error> {
        let participation = Participation {
            service: issued.service.clone(),
            opened_at: cx.now,
            protocol: ParticipationProtocol::Cas {
                url: issued.url.as_str().to_owned(),
                ticket: ticket.to_owned(),
            },
        };
        let owner = signed_in.digest.to_string();
        let expires_at = signed_in.session.started_at + signed_in.session.limits.absolute();
        let life = Life {
            owner: Some(&owner),
            expires_at,
            now: cx.now,
        };
        self.tickets()
            .put::<ParticipationKind>(&digest, &participation, life)
            .await?;
        Ok(())
    }
}
