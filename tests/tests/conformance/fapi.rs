//! Plan "FAPI 2.0 Security Profile": `fapi2-security-profile-final-test-plan` for the combination
//! `private_key_jwt`, DPoP, unsigned pushed requests, plain responses, plain FAPI; with OpenID Connect
//! and, where the module allows it, with plain OAuth.

mod clients;
mod flows;
mod proofs;
mod pushing;
mod requests;

use crate::client::{Ask, Rp};
use crate::fields::Fields;
use crate::modules::{self, Done};
use crate::person::{Person, Visit};
use crate::world::CALLBACK_WITH_QUERY;

/// The plan's first client.
async fn first() -> Rp {
    Rp::known("fapi").await
}

/// Its second, with other keys and the redirect address that has a query.
async fn second() -> Rp {
    let mut rp = Rp::known("fapi-two").await;
    CALLBACK_WITH_QUERY.clone_into(&mut rp.redirect_uri);
    rp
}

/// A request as the plan makes it.
fn request(rp: &Rp) -> Ask {
    rp.ask("openid").pkce()
}

/// The address for a pushed request with what the suite repeats in it (RFC 6749 wants it there).
fn url(rp: &Rp, request_uri: &str, ask: &Ask) -> String {
    let repeated = ["response_type", "scope", "redirect_uri"];
    let mut fields = Fields::of(&[("client_id", &rp.id), ("request_uri", request_uri)]);
    for name in repeated {
        if let Some(value) = ask.fields.value(name) {
            fields = fields.with(name, value);
        }
    }
    rp.authorize_url_of(&fields)
}

/// Pushes a request and sends somebody to the hub with it.
async fn visit(person: &Person, rp: &Rp, ask: &Ask) -> Visit {
    let request_uri = rp.pushed(ask).await;
    person.open(&url(rp, &request_uri, ask)).await
}

/// A whole flow.
async fn flow(person: &Person, rp: &Rp, ask: &Ask) -> Done {
    let visit = visit(person, rp, ask).await;
    modules::finish(visit, rp, ask).await
}

/// A code and the request that it answers.
async fn code(rp: &Rp) -> (String, Ask) {
    let ask = request(rp);
    let visit = visit(&modules::somebody().await, rp, &ask).await;
    (rp.granted(&visit, &ask), ask)
}
