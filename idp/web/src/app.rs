//! What every handler has at hand: the hub, the clock and the randomness that the server hands in, and
//! the hub's own address. Never a decision.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clau_domain::random::Random;
use clau_domain::time::Timestamp;
use clau_engine::Hub;
use clau_engine::health::Part;
use ipnet::IpNet;

use crate::http::target::Base;

/// How long an answer of the stores about their health is believed.
const BELIEVED: Duration = Duration::from_secs(1);
/// How long trouble must last before this node asks the balancer to leave it alone (AVL-04).
const DAMPING: Duration = Duration::from_secs(3);

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the server hands in.
#[derive(Clone)]
pub struct Web {
    /// The use cases.
    pub hub: Hub,
    /// The clock.
    pub clock: Clock,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// Networks of our reverse proxies, whose `X-Forwarded-For` is believed (WEB-06).
    pub trusted_proxies: Vec<IpNet>,
}

/// The state of the routes. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    web: Web,
    base: Base,
    health: Mutex<Health>,
}

#[derive(Default)]
struct Health {
    asked_at: Option<Timestamp>,
    parts: Vec<Part>,
    trouble_since: Option<Timestamp>,
    was_ready: bool,
}

/// What is known of the stores.
#[derive(Clone, Debug)]
pub(crate) struct Readiness {
    /// Each store.
    pub(crate) parts: Vec<Part>,
    /// Whether the balancer should send people here.
    pub(crate) ready: bool,
}

impl Readiness {
    /// Whether every store answered the last time.
    pub(crate) fn is_well(&self) -> bool {
        self.parts.iter().all(|part| part.trouble.is_none())
    }
}

impl App {
    /// The state of the routes.
    pub fn new(web: Web) -> Self {
        let base = Base::new(&web.hub.settings().base_url);
        Self {
            inner: Arc::new(Inner {
                web,
                base,
                health: Mutex::default(),
            }),
        }
    }

    /// The hub.
    pub fn hub(&self) -> &Hub {
        &self.inner.web.hub
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.inner.web.clock)()
    }

    /// Where randomness comes from.
    pub fn random(&self) -> &dyn Random {
        self.inner.web.random.as_ref()
    }

    /// The hub's own address.
    pub fn base(&self) -> &Base {
        &self.inner.base
    }

    /// Networks of our reverse proxies.
    pub fn trusted_proxies(&self) -> &[IpNet] {
        &self.inner.web.trusted_proxies
    }

    /// The state of the stores, at most a second old, and whether this node is ready: trouble counts
    /// after it has lasted, so that one slow answer of a shared store does not empty the balancer.
    pub(crate) async fn readiness(&self, now: Timestamp) -> Readiness {
        let is_fresh = |health: &Health| {
            health
                .asked_at
                .is_some_and(|at| now.since(at) < BELIEVED && now >= at)
        };
        if let Some(known) = Some(self.health()).filter(|health| is_fresh(health)) {
            return known.readiness(now);
        }
        let parts = self.hub().parts().await;
        let mut health = self.health();
        let well = parts.iter().all(|part| part.trouble.is_none());
        health.trouble_since = (!well).then(|| health.trouble_since.unwrap_or(now));
        health.was_ready |= well;
        health.asked_at = Some(now);
        health.parts = parts;
        health.readiness(now)
    }

    fn health(&self) -> std::sync::MutexGuard<'_, Health> {
        self.inner
            .health
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Health {
    fn readiness(&self, now: Timestamp) -> Readiness {
        let brief = |since: Timestamp| self.was_ready && now.since(since) < DAMPING;
        Readiness {
            parts: self.parts.clone(),
            ready: self.trouble_since.is_none_or(brief),
        }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("base", self.base())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn avl_04_short_trouble_does_not_take_a_node_out() {
        let start = Timestamp::from_millis(1_000_000);
        let trouble = Part {
            name: "database",
            trouble: Some("slow".to_owned()),
        };
        let mut health = Health {
            asked_at: Some(start),
            parts: vec![trouble],
            trouble_since: Some(start),
            was_ready: true,
        };
        assert!(health.readiness(start + Duration::from_secs(2)).ready);
        assert!(!health.readiness(start + Duration::from_secs(2)).is_well());
        assert!(!health.readiness(start + DAMPING).ready);
        health.was_ready = false;
        assert!(
            !health.readiness(start).ready,
            "a node that never worked is not ready"
        );
        health.trouble_since = None;
        assert!(health.readiness(start + DAMPING).ready);
    }
}
