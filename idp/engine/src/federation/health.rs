//! Which sources answer, as this node sees it: learned from logins and from a question now and then. Shown on the
//! login page, to operators and in metrics; never a reason to refuse somebody who wants to try.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use clau_connectors::contract::Fault;
use clau_domain::connector::ConnectorId;
use clau_domain::time::Timestamp;
use futures_util::future::join_all;

use super::sources::Source;
use crate::error::Error;
use crate::{Cx, Hub};

/// Failures one after the other after which a source counts as down: one slow answer is no outage.
const PATIENCE: u32 = 2;

/// What this node knows of its sources: as many as are registered at most.
#[derive(Debug, Default)]
pub(crate) struct Healths(Mutex<BTreeMap<ConnectorId, Health>>);

#[derive(Clone, Debug, Default)]
struct Health {
    failures: u32,
    since: Option<Timestamp>,
    why: String,
}

/// A source that does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Down {
    /// Since when, as this node has seen it.
    pub since: Timestamp,
    /// Why, for operators.
    pub why: String,
}

impl Hub {
    /// Whether a source is down; none when it is well, or was never asked.
    pub(crate) fn down(&self, source: &Source, now: Timestamp) -> Option<Down> {
        if let Some(driver) = source.driver()
            && let Err(fault) = driver.ready(now)
        {
            return Some(Down {
                since: now,
                why: fault.to_string(),
            });
        }
        let known = self
            .inner
            .healths
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let health = known.get(source.id())?;
        let since = health.since.filter(|_| health.failures >= PATIENCE)?;
        Some(Down {
            since,
            why: health.why.clone(),
        })
    }

    /// Every source in use, by name, and whether it answers. Empty while the registry cannot be read.
    pub async fn source_states(&self, now: Timestamp) -> Vec<(String, bool)> {
        let Ok(catalogue) = self.catalogue(now).await else {
            return Vec::new();
        };
        let sources = catalogue.sources().in_use();
        sources
            .map(|source| (source.id().to_string(), self.down(source, now).is_none()))
            .collect()
    }

    /// Notes how an answer of a source went. What it refuses, it has answered.
    pub(super) fn note_health<T>(&self, cx: &Cx<'_>, source: &Source, answer: &Result<T, Fault>) {
        let mut known = self
            .inner
            .healths
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let was_down = known
            .get(source.id())
            .is_some_and(|health| health.failures >= PATIENCE);
        let up = match answer {
            Err(Fault::NoAnswer(why)) => {
                let health = known.entry(source.id().clone()).or_default();
                health.failures = health.failures.saturating_add(1);
                health.since.get_or_insert(cx.now);
                health.why.clone_from(why);
                if health.failures == PATIENCE {
                    tracing::warn!(
                        event = "source.down",
                        connector = %source.id(),
                        cause = %why,
                        "a source does not answer"
                    );
                }
                health.failures < PATIENCE
            }
            _ => {
                known.remove(source.id());
                if was_down {
                    tracing::info!(
                        event = "source.up",
                        connector = %source.id(),
                        "a source answers again"
                    );
                }
                true
            }
        };
        let id = source.id().to_string();
        metrics::gauge!("clau_source_up", "connector" => id).set(if up { 1.0 } else { 0.0 });
    }

    /// Asks every source whether it is alive, all at once: one that hangs holds up no other.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn probe_sources(&self, cx: &Cx<'_>) -> Result<(), Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let probes = catalogue.sources().in_use().map(|source| async move {
            // One that is full of people who wait is asked by them.
            let Ok(room) = self.room_anyway(cx, source).await else {
                return;
            };
            let call = room.call();
            if let Err(fault) = room.wait(room.driver().probe(&call)).await {
                tracing::debug!(connector = %source.id(), cause = %fault, "a source was asked");
            }
        });
        join_all(probes).await;
        Ok(())
    }
}
