//! A hub, a service that says who is signed in, and somebody's browser.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::routing::get;
use serde_json::json;
use url::Url;

use super::provider::{Client, FakeHub, Fault, lock};
use crate::services::oidc::credentials::Credentials;
use crate::services::oidc::gate::{Gate, Identity};
use crate::services::page::Trouble;
use crate::services::sessions;
use crate::services::testing::listening;
use crate::support::http::{Answer, Visitor};

/// The secret of the service that has one.
const SECRET: &str = "a secret with + and % of 32 characters";

pub(super) struct Scene {
    pub(super) hub: Arc<FakeHub>,
    pub(super) base: Url,
    pool: sqlx::SqlitePool,
}

const BY_SECRET: Identity = Identity {
    id: "by-secret",
    title: "Par secret",
    scopes: &["profile", "ent", "offline_access"],
    form_post: false,
    front_channel: false,
};

const BY_KEY: Identity = Identity {
    id: "by-key",
    title: "Par clé",
    scopes: &["profile", "ent"],
    form_post: true,
    front_channel: true,
};

impl Scene {
    /// A service that proves itself by a secret and is answered in the address.
    pub(super) async fn by_secret() -> Self {
        Self::start(BY_SECRET).await
    }

    /// A service that proves itself by a key, is answered in a form and signed out in frames.
    pub(super) async fn by_key() -> Self {
        Self::start(BY_KEY).await
    }

    async fn start(identity: Identity) -> Self {
        let hub = FakeHub::start().await;
        *lock(&hub.person) = json!({ "sub": "p1", "name": "Léa Martin" });
        let arguments = hub.arguments("service");
        let base = arguments.base.clone();
        let credentials = if identity.form_post {
            hub.register(identity.id, Client::Keys(base.join("jwks.json").unwrap()));
            Credentials::key_in(&hub.files.join("client.key")).unwrap()
        } else {
            // As it goes over the wire: form-encoded (RFC 6749 §2.3.1).
            hub.register(
                identity.id,
                Client::Secret("a+secret+with+%2B+and+%25+of+32+characters"),
            );
            Credentials::Secret(SECRET.to_owned())
        };
        let pool = sessions::open(&arguments.data).await.unwrap();
        let gate = Gate::new(identity, arguments.clone(), &credentials, pool.clone());
        let gate = gate.await.unwrap();
        let own = Router::new()
            .route("/", get(whoami).post(form))
            .with_state(Arc::clone(&gate));
        let router = gate.router().merge(own);
        tokio::spawn(async move { arguments.serve(router).await });
        listening(&base).await;
        Self { hub, base, pool }
    }

    pub(super) fn page(&self, path: &str) -> String {
        self.base.join(path).unwrap().into()
    }

    /// Lets every access token end.
    pub(super) async fn grow_old(&self) {
        let old = sqlx::query("UPDATE grants SET fresh_until = 0");
        old.execute(&self.pool).await.unwrap();
    }

    /// Goes wrong in this way alone.
    pub(super) fn break_by(&self, fault: Option<Fault>) {
        *lock(&self.hub.faults) = fault.into_iter().collect();
    }

    /// Opens the service and signs in where it asks for that; gives the last page.
    pub(super) async fn open(&self, visitor: &Visitor) -> Answer {
        self.follow(visitor, visitor.get(&self.base).await).await
    }

    /// Follows redirects, and the hub's form.
    pub(super) async fn follow(&self, visitor: &Visitor, answer: Answer) -> Answer {
        let page = visitor.follow_on(answer).await;
        match page.forms().into_iter().find(|form| form.has("state")) {
            Some(form) => visitor.follow_on(visitor.submit(&form).await).await,
            None => page,
        }
    }

    /// Whether this browser is signed in, as far as it and the service know without the hub.
    pub(super) async fn knows(&self, visitor: &Visitor) -> bool {
        visitor.get(&self.base).await.status == 200
    }

    /// Tells the service of a logout.
    pub(super) async fn tell(&self, logout_token: &str) -> Answer {
        let fields = [("logout_token", logout_token)];
        let to = self.page("oidc/backchannel");
        Visitor::new().post(to, &fields, &[]).await
    }
}

/// Name and token for forms.
async fn whoami(State(gate): State<Arc<Gate>>, headers: HeaderMap) -> Result<String, Trouble> {
    let session = gate.session(&headers).await?;
    Ok(format!("{} {}", session.person.name, session.csrf))
}

#[derive(serde::Deserialize)]
struct Signed {
    csrf: String,
}

async fn form(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    Form(form): Form<Signed>,
) -> Result<String, Trouble> {
    let session = gate.form_session(&headers, &form.csrf).await?;
    Ok(session.person.name)
}

/// The token for forms on a page of [`whoami`].
pub(super) fn csrf(page: &Answer) -> String {
    page.body.split(' ').next_back().unwrap().to_owned()
}
