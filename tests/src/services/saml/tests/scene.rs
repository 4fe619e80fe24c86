//! A hub, a service that says who is signed in, and somebody's browser.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::routing::get;
use clau_saml::key::KeyKind;
use clau_saml::names::name_id;
use url::Url;

use super::provider::{FakeHub, Fault, Someone, lock};
use crate::services::page::Trouble;
use crate::services::saml::attributes::sdet;
use crate::services::saml::gate::{Gate, Identity};
use crate::services::saml::keys::Keys;
use crate::services::sessions;
use crate::services::testing::listening;
use crate::support::http::{Answer, Visitor};

pub(super) struct Scene {
    pub(super) hub: Arc<FakeHub>,
    pub(super) base: Url,
}

const IDENTITY: Identity = Identity {
    id: "service",
    title: "Service",
    names: &[("fr", "Service d’essai"), ("en", "Service")],
    name_id: name_id::PERSISTENT,
    attributes: &["sn", "givenName"],
    person: sdet,
};

impl Scene {
    pub(super) async fn start(kind: KeyKind) -> Self {
        let hub = FakeHub::start().await;
        *lock(&hub.person) = Someone::new("n1", &[("givenName", "Léa"), ("sn", "Martin")]);
        Self::at(hub, kind, None).await
    }

    /// Another node of the same service, which looks for its hub at another address.
    pub(super) async fn with_hub_at(&self, address: Url) -> Self {
        Self::at(Arc::clone(&self.hub), KeyKind::P256, Some(address)).await
    }

    async fn at(hub: Arc<FakeHub>, kind: KeyKind, address: Option<Url>) -> Self {
        let mut arguments = hub.arguments("service");
        if let Some(address) = address {
            arguments.hub = address;
        }
        let base = arguments.base.clone();
        let keys = Keys::in_directory(&hub.files.join("keys"), kind, "service").unwrap();
        let pool = sessions::open(&arguments.data).await.unwrap();
        let gate = Gate::new(IDENTITY, arguments.clone(), keys, pool)
            .await
            .unwrap();
        let own = Router::new()
            .route("/", get(whoami))
            .route("/page", get(whoami))
            .with_state(Arc::clone(&gate));
        let router = gate.router().merge(own);
        tokio::spawn(async move { arguments.serve(router).await });
        listening(&base).await;
        Self { hub, base }
    }

    pub(super) fn page(&self, path: &str) -> String {
        self.base.join(path).unwrap().into()
    }

    /// Goes wrong in this way alone.
    pub(super) fn break_by(&self, fault: Option<Fault>) {
        *lock(&self.hub.faults) = fault.into_iter().collect();
    }

    /// Opens a page and signs in where it asks for that; gives the last page.
    pub(super) async fn open(&self, visitor: &Visitor, path: &str) -> Answer {
        self.follow(visitor, visitor.get(self.page(path)).await)
            .await
    }

    /// Follows redirects, and the hub's form.
    pub(super) async fn follow(&self, visitor: &Visitor, answer: Answer) -> Answer {
        let page = visitor.follow_on(answer).await;
        match page.forms().into_iter().find(|form| form.has("RelayState")) {
            Some(form) => visitor.follow_on(visitor.submit(&form).await).await,
            None => page,
        }
    }

    /// Whether this browser is signed in, as far as it and the service know without the hub.
    pub(super) async fn knows(&self, visitor: &Visitor) -> bool {
        visitor.get(&self.base).await.status == 200
    }
}

/// Name and token for forms.
async fn whoami(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<String, Trouble> {
    let session = gate.session_at(&headers, &uri).await?;
    Ok(format!("{} {}", session.person.name, session.csrf))
}

/// The token for forms on a page of [`whoami`].
pub(super) fn csrf(page: &Answer) -> String {
    page.body.split(' ').next_back().unwrap().to_owned()
}
