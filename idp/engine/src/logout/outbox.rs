//! The outbox: notices of logout that are owed, delivered at least once, for a day, each service by itself
//! (REL-10, CAS-12). Never decides who is owed what.

use std::time::Duration;

use clau_domain::service::LogoutStyle;
use clau_domain::url::WebUrl;
use clau_storage::notices::{self, Notice};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::outbound::CallError;
use crate::saml::telling::{NotTold, Part};
use crate::{Cx, Hub};

/// Notices that one node delivers at a time.
const AT_ONCE: u32 = 32;
/// How long a node may take for a notice before another may try.
const CLAIM: Duration = Duration::from_secs(60);
/// How long delivery is tried.
const PERSISTENCE: Duration = Duration::from_secs(24 * 3600);

/// What to send where, as it is stored in the outbox.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Document {
    /// A CAS logout request (CAS protocol §2.3.3).
    Cas {
        url: WebUrl,
        style: LogoutStyle,
        ticket: String,
    },
    /// A logout token (OIDC Back-Channel Logout §2.5), to be signed when it is sent.
    Oidc {
        url: WebUrl,
        subject: String,
        session: String,
    },
    /// A logout request (SAML Core §3.7.1), to be signed when it is sent.
    Saml { url: WebUrl, part: Part },
}

/// Why a notice has not been delivered.
#[derive(Debug, thiserror::Error)]
enum Undelivered {
    #[error(transparent)]
    Call(#[from] CallError),
    /// Without the parser's own words, which may quote the ticket.
    #[error("the notice cannot be read")]
    Unreadable(#[from] serde_json::Error),
    #[error("{0}")]
    Hub(#[from] Error),
    /// A service that answers in words and not by a status alone.
    #[error(transparent)]
    Saml(#[from] NotTold),
}

impl Hub {
    /// Waits until there is something to deliver, or for `longest`.
    pub async fn outbox_stirs(&self, longest: Duration) {
        let _either = tokio::time::timeout(longest, self.inner.outbox.notified()).await;
    }

    /// Delivers the notices that are due; how many were tried. Any node may, at any time.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn deliver_notices(&self, cx: &Cx<'_>) -> Result<usize, Error> {
        let due = notices::claim(self.database(), cx.now, AT_ONCE, cx.now + CLAIM).await?;
        let tried = due.len();
        // One slow service holds up no other: all at once, each with its own limit.
        let mut deliveries: FuturesUnordered<_> = due
            .into_iter()
            .map(|notice| self.deliver(cx, notice))
            .collect();
        while let Some(outcome) = deliveries.next().await {
            outcome?;
        }
        Ok(tried)
    }

    async fn deliver(&self, cx: &Cx<'_>, notice: Notice) -> Result<(), Error> {
        let jitter = cx.random.below(1000);
        let breakers = &self.inner.breakers;
        let (why, wait) = if let Some(rest) = breakers.rest(&notice.service, cx.now) {
            let why = "not tried: the service does not answer".to_owned();
            (why, rest + Duration::from_millis(jitter.into()))
        } else {
            let outcome = self.send(cx, &notice).await;
            match &outcome {
                Err(
                    Undelivered::Call(CallError::NoAnswer(_))
                    | Undelivered::Saml(NotTold::Call(CallError::NoAnswer(_))),
                ) => {
                    breakers.unanswered(&notice.service, cx.now);
                }
                _ => breakers.answered(&notice.service),
            }
            let label = if outcome.is_ok() {
                "delivered"
            } else {
                "failed"
            };
            metrics::counter!("clau_logout_notices_total", "outcome" => label).increment(1);
            match outcome {
                Ok(()) => {
                    notices::delivered(self.database(), notice.id, cx.now).await?;
                    return Ok(());
                }
                Err(why) => (why.to_string(), backoff(notice.attempts, jitter)),
            }
        };
        let next = cx.now + wait;
        let next = (next < notice.created_at + PERSISTENCE).then_some(next);
        tracing::info!(
            event = "logout.not_delivered",
            service = %notice.service,
            attempts = notice.attempts,
            given_up = next.is_none(),
            reason = %why,
            "logout notice not taken"
        );
        notices::failed(self.database(), notice.id, &why, next).await?;
        Ok(())
    }

    async fn send(&self, cx: &Cx<'_>, notice: &Notice) -> Result<(), Undelivered> {
        let outbound = &self.inner.outbound;
        match serde_json::from_value(notice.document.clone())? {
            Document::Cas { url, style, ticket } => {
                let told = clau_cas::logout::notice(style, &ticket, cx.now, cx.random);
                let Some(told) = told else { return Ok(()) };
                outbound.post(&url, told.media_type, told.body).await?;
            }
            Document::Oidc {
                url,
                subject,
                session,
            } => {
                let catalogue = self.catalogue(cx.now).await?;
                let service = notice.service.parse().ok();
                let client = service.and_then(|service| catalogue.oidc_client_of(&service));
                // Nobody is left to be told.
                let Some(client) = client else { return Ok(()) };
                let token = self.logout_token(cx, client, (&subject, &session)).await?;
                // A signed token has no character that a form would encode.
                let body = format!("logout_token={token}");
                outbound
                    .post(&url, "application/x-www-form-urlencoded", body)
                    .await?;
            }
            Document::Saml { url, part } => self.saml_tell_server(cx, &url, &part).await?,
        }
        Ok(())
    }
}

/// 5 s, then twice as long each time up to an hour, and up to a second more so that notices owed
/// together are not tried together for ever.
fn backoff(attempts: u32, jitter_millis: u32) -> Duration {
    let doubled = 5_u64.saturating_mul(1 << attempts.saturating_sub(1).min(20));
    Duration::from_secs(doubled.min(3600)) + Duration::from_millis(jitter_millis.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rel_10_notices_are_tried_for_a_day_at_growing_distance() {
        let mut total = Duration::ZERO;
        let mut tries = 0;
        while total < PERSISTENCE {
            tries += 1;
            let wait = backoff(tries, 0);
            assert!(wait <= Duration::from_secs(3600));
            total += wait;
        }
        assert!((20..60).contains(&tries), "{tries}");
    }
}
