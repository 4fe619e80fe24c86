//! Requests for a login (OIDC Core §3.1.2.1): what is asked of the provider, and what is remembered to know its
//! answer by (FED-05, FED-06, FED-07).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clau_domain::session::Assurance;
use clau_domain::time::Timestamp;
use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow};
use openidconnect::{
    AuthenticationContextClass, CsrfToken, LoginHint as Hint, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, Scope,
};
use serde::{Deserialize, Serialize};

use super::OpenIdProvider;
use super::client;
use super::registration::{LoginHint, Registered};
use crate::contract::{Call, Departure, Fault, Leave, Wish};

/// `claims` that make a provider say when somebody logged in, where it takes no `max_age` (OIDC Core §5.5).
const WHEN: &str = r#"{"id_token":{"auth_time":{"essential":true}}}"#;

/// What is remembered between departure and arrival; never seen by the browser. No `Debug`: it redeems codes.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    /// For a second look: the engine has found this by it.
    pub(super) state: String,
    pub(super) nonce: String,
    /// None where the provider takes no `code_challenge`.
    pub(super) verifier: Option<String>,
    /// Contexts that were asked for.
    pub(super) contexts: Vec<String>,
    /// The least that is enough, where contexts are mapped.
    pub(super) least: Option<Assurance>,
    /// Somebody must have logged in since then.
    pub(super) anew_since: Option<Timestamp>,
}

impl OpenIdProvider {
    pub(super) fn start(&self, call: &Call<'_>, wish: &Wish) -> Result<Departure, Fault> {
        let registered = &self.registered;
        let provider = self.held.provider()?;
        let keys = self.held.keys()?;
        let (contexts, least) = contexts(registered, wish.at_least)?;
        // FranceConnect+ has asked for exactly 64 letters and digits.
        let nonce = hex(&call.random.bytes::<32>());
        let pending = Pending {
            state: wish.state.clone(),
            nonce,
            verifier: registered
                .dialect
                .pkce
                .then(|| URL_SAFE_NO_PAD.encode(call.random.bytes::<32>())),
            contexts,
            least,
            anew_since: wish.force.then_some(call.now),
        };
        let client = client::of(registered, &provider, &keys)?;
        let state = CsrfToken::new(pending.state.clone());
        let nonce = Nonce::new(pending.nonce.clone());
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = client.authorize_url(flow, || state, || nonce);
        for scope in registered.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        for context in &pending.contexts {
            request =
                request.add_auth_context_value(AuthenticationContextClass::new(context.clone()));
        }
        if let Some(verifier) = &pending.verifier {
            let verifier = PkceCodeVerifier::new(verifier.clone());
            request =
                request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        }
        if wish.force {
            request = request.add_prompt(CoreAuthPrompt::Login);
            request = if registered.dialect.max_age {
                request.set_max_age(Duration::ZERO)
            } else {
                request.add_extra_param("claims", WHEN)
            };
        }
        if let Some(hint) = hint(registered, &wish.login_hint) {
            request = request.set_login_hint(Hint::new(hint.to_owned()));
        }
        if !registered.idp_hint.is_empty() {
            request = request.add_extra_param("idp_hint", registered.idp_hint.clone());
        }
        let (address, _, _) = request.url();
        let pending = serde_json::to_string(&pending)
            .map_err(|error| Fault::Unusable(format!("what must be remembered: {error}")))?;
        Ok(Departure::Away {
            leave: Leave::Redirect(address.into()),
            pending,
        })
    }
}

/// Which contexts are asked for, and what is the least that is enough: those of the registration, or where more
/// is needed, those of them or of the mapped ones that are strong enough.
fn contexts(
    registered: &Registered,
    at_least: Option<Assurance>,
) -> Result<(Vec<String>, Option<Assurance>), Fault> {
    let asked = registered.acr_values.clone();
    let weakest = asked.iter().filter_map(|one| registered.level(one)).min();
    let Some(at_least) = at_least.filter(|needed| Some(*needed) > weakest) else {
        return Ok((asked, weakest));
    };
    let levels = &registered.connector.levels;
    if levels.is_empty() && at_least == Assurance::SingleFactor {
        return Ok((asked, None));
    }
    let enough = |context: &String| registered.level(context) >= Some(at_least);
    let mut contexts: Vec<String> = asked.into_iter().filter(enough).collect();
    if contexts.is_empty() {
        contexts = levels.keys().filter(|one| enough(one)).cloned().collect();
        contexts.sort_by_key(|one| registered.level(one));
    }
    if contexts.is_empty() {
        return Err(Fault::TooWeak(
            "no level of this source is as strong as what is needed".to_owned(),
        ));
    }
    Ok((contexts, Some(at_least)))
}

fn hint<'a>(registered: &Registered, said: &'a str) -> Option<&'a str> {
    let fits = match registered.dialect.login_hint {
        LoginHint::Any => true,
        LoginHint::Mail => said.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !said.contains(char::is_whitespace)
        }),
        LoginHint::Refused => false,
    };
    (fits && !said.is_empty()).then_some(said)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
