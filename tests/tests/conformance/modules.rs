//! The modules that several plans have in common, each written once. A plan runs them with its own
//! response type, response mode and clients ([`Setting`]); what a module expects is the same in each.

pub(crate) mod flows;
pub(crate) mod prompts;
pub(crate) mod requests;
pub(crate) mod reuse;

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::{self, Tokens};
use crate::client::{Ask, Rp};
use crate::person::{Person, Visit};
use crate::registration;
use crate::world::world;

/// Makes a test of each module, under its own name, for the plan with this setting.
macro_rules! run_modules {
    ($setting:expr; $($group:ident::$name:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            crate::modules::$group::$name(&$setting).await;
        }
    )*};
}
pub(crate) use run_modules;

/// With what a plan runs the common modules.
pub(crate) struct Setting {
    /// Registered for `client_secret_basic`.
    pub(crate) client: &'static str,
    /// Another one of the same kind.
    pub(crate) second: &'static str,
    /// Registered for `client_secret_post`.
    pub(crate) with_post: &'static str,
    pub(crate) response_type: &'static str,
    pub(crate) response_mode: Option<&'static str>,
    /// How long a spent code is left alone in the module that waits. One plan waits as long as the
    /// suite does.
    pub(crate) pause: Duration,
}

impl Setting {
    /// The client.
    pub(crate) async fn rp(&self) -> Rp {
        self.known(self.client).await
    }

    /// A client of the registry, made to ask as this plan does.
    pub(crate) async fn known(&self, id: &str) -> Rp {
        self.asking(Rp::known(id).await)
    }

    /// A client that registers itself, with more metadata than the suite always sends.
    pub(crate) async fn registered(&self, more: Value) -> Rp {
        let mut metadata = json!({"response_types": [self.response_type]});
        registration::merge(&mut metadata, more);
        self.asking(registration::register(metadata).await)
    }

    fn asking(&self, mut rp: Rp) -> Rp {
        rp.response_type = self.response_type;
        rp.response_mode = self.response_mode;
        rp
    }

    /// Whether an ID token comes with the code.
    pub(crate) fn is_hybrid(&self) -> bool {
        self.response_type != "code"
    }
}

/// Somebody whom no other test has.
pub(crate) async fn somebody() -> Person {
    world().await.somebody()
}

/// A flow that went well.
pub(crate) struct Done {
    pub(crate) visit: Visit,
    pub(crate) code: String,
    pub(crate) tokens: Tokens,
    /// What the ID token of the token endpoint claims.
    pub(crate) claims: Value,
}

/// A person is sent to the hub and comes back, the client gets its tokens and asks who it was. Every
/// answer on the way is checked as the suite checks it in each of its modules.
pub(crate) async fn flow(person: &Person, rp: &Rp, ask: &Ask) -> Done {
    let visit = person.open(&rp.authorize_url(ask)).await;
    finish(visit, rp, ask).await
}

/// The rest of a flow, from the authorization response on.
pub(crate) async fn finish(visit: Visit, rp: &Rp, ask: &Ask) -> Done {
    let code = rp.granted(&visit, ask);
    let front = match ask.fields.value("response_type") {
        Some("code id_token") => Some(checks::front_id_token(&visit, rp, ask).await),
        _ => None,
    };
    let tokens = rp.tokens(&code, ask).await;
    let claims = tokens.claims();
    if let Some(front) = front {
        assert_eq!(front["sub"], claims["sub"], "two people in one flow");
        assert_eq!(front["iss"], claims["iss"]);
    }
    checks::userinfo(&rp.userinfo(&tokens.access_token).await, &claims["sub"]);
    Done {
        visit,
        code,
        tokens,
        claims,
    }
}
