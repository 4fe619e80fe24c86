//! The library's client of a provider, and the way by which it reaches the token endpoint (OIDC Core §3.1.3).
//! The way is the hub's: one request, no redirect, limits of size and time. What the library cannot read on the
//! way back, an encrypted ID token, is opened here; what it need not see is left out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clau_domain::secret::{ExposeSecret as _, SecretString};
use clau_domain::url::WebUrl;
use clau_oidc::assertion;
use clau_oidc::jose::{Typ, is_encrypted, object, open};
use futures_util::future::BoxFuture;
use openidconnect::core::{CoreClient, CoreIdToken, CoreTokenResponse, CoreTokenType};
use openidconnect::http::StatusCode;
use openidconnect::url::form_urlencoded;
use openidconnect::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, OAuth2TokenResponse as _, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, TokenResponse as _, TokenUrl,
};
use serde_json::{Map, Value, json};

use super::metadata::{Keyring, Provider};
use super::registration::{Proof, Registered};
use crate::contract::{Call, Fault, Request};

/// Longest answer of the token endpoint, in bytes: an encrypted ID token of the longest, and what stands around.
const LONGEST: usize = 64 * 1024;
/// How long an assertion of the hub's is good, in milliseconds.
const ASSERTION_LIFE: i64 = 60_000;

/// A client with both endpoints of the code flow.
pub(super) type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

/// What a code was exchanged for. Nothing of it is verified.
pub(super) struct Tokens {
    pub(super) access: SecretString,
    pub(super) id: CoreIdToken,
    /// The ID token as the provider signed it.
    pub(super) text: String,
}

/// The library's client of a provider.
pub(super) fn of(
    registered: &Registered,
    provider: &Provider,
    keys: &Keyring,
) -> Result<Client, Fault> {
    // All of these were read as addresses before; the library's reading is no other.
    let broken = |_| Fault::Unusable("an address that the library cannot read".to_owned());
    let issuer = IssuerUrl::new(registered.issuer.clone()).map_err(broken)?;
    let authorization = AuthUrl::new(provider.authorization.as_str().to_owned()).map_err(broken)?;
    let token = TokenUrl::new(provider.token.as_str().to_owned()).map_err(broken)?;
    let redirect = RedirectUrl::new(registered.addresses.oidc_callback()).map_err(broken)?;
    let client = CoreClient::new(
        ClientId::new(registered.client_id.clone()),
        issuer,
        keys.set.clone(),
    );
    let secret = |secret: &SecretString| ClientSecret::new(secret.expose_secret().to_owned());
    let client = match &registered.proof {
        Proof::Basic(given) => client
            .set_client_secret(secret(given))
            .set_auth_type(AuthType::BasicAuth),
        Proof::Post(given) => client
            .set_client_secret(secret(given))
            .set_auth_type(AuthType::RequestBody),
        Proof::Key => client.set_auth_type(AuthType::RequestBody),
    };
    Ok(client
        .set_auth_uri(authorization)
        .set_token_uri(token)
        .set_redirect_uri(redirect))
}

/// Exchanges a code.
///
/// # Errors
/// [`Fault::NoAnswer`], [`Fault::Unusable`] where the provider does not know the hub, [`Fault::Untrusted`].
pub(super) async fn exchange(
    call: &Call<'_>,
    with: (&Registered, &Provider, &Keyring),
    code: String,
    verifier: Option<String>,
) -> Result<Tokens, Fault> {
    let answer = redeem(call, with, code, verifier).await;
    let answer = answer.map_err(Refusal::into_fault)?;
    if *answer.token_type() != CoreTokenType::Bearer {
        return Err(Fault::Untrusted(
            "its access token is no bearer token".to_owned(),
        ));
    }
    let Some(id) = answer.id_token() else {
        return Err(Fault::Untrusted("it gives no ID token".to_owned()));
    };
    Ok(Tokens {
        access: SecretString::from(answer.access_token().secret().clone()),
        text: id.to_string(),
        id: id.clone(),
    })
}

/// Whether the provider knows the hub: it is asked for tokens with a code that nobody has given out, and must
/// find that wrong and nothing else.
///
/// # Errors
/// See [`exchange`].
pub(super) async fn try_credentials(
    call: &Call<'_>,
    with: (&Registered, &Provider, &Keyring),
) -> Result<(), Fault> {
    let invented = || URL_SAFE_NO_PAD.encode(call.random.bytes::<32>());
    let verifier = with.0.dialect.pkce.then(invented);
    match redeem(call, with, invented(), verifier).await {
        Err(Refusal::Answered(error)) if error == "invalid_grant" => Ok(()),
        Err(refusal) => Err(refusal.into_fault()),
        Ok(_) => Err(Fault::Untrusted(
            "its token endpoint gives tokens for a code that nobody has given out".to_owned(),
        )),
    }
}

/// Why there are no tokens.
enum Refusal {
    /// The endpoint's own word (RFC 6749 §5.2).
    Answered(String),
    /// Anything else.
    Fault(Fault),
}

impl Refusal {
    fn into_fault(self) -> Fault {
        let error = match self {
            Self::Fault(fault) => return fault,
            Self::Answered(error) => error,
        };
        match error.as_str() {
            "invalid_client"
            | "unauthorized_client"
            | "invalid_request"
            | "invalid_scope"
            | "unsupported_grant_type" => Fault::Unusable(format!(
                "its token endpoint does not know the hub as it is registered: {error}"
            )),
            "invalid_grant" => {
                Fault::Untrusted("its token endpoint does not know the code".to_owned())
            }
            _ => Fault::NoAnswer("its token endpoint has an error of its own".to_owned()),
        }
    }
}

async fn redeem(
    call: &Call<'_>,
    (registered, provider, keys): (&Registered, &Provider, &Keyring),
    code: String,
    verifier: Option<String>,
) -> Result<CoreTokenResponse, Refusal> {
    let client = of(registered, provider, keys).map_err(Refusal::Fault)?;
    let mut request = client.exchange_code(AuthorizationCode::new(code));
    if let Some(verifier) = verifier {
        // RFC 7636 §4.1; of another length the library would not take it.
        if !(43..=128).contains(&verifier.len()) {
            let damaged = "what was remembered cannot be read".to_owned();
            return Err(Refusal::Fault(Fault::Unusable(damaged)));
        }
        request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
    }
    if matches!(registered.proof, Proof::Key) {
        let assertion = own_assertion(call, registered).map_err(Refusal::Fault)?;
        request = request
            .add_extra_param("client_assertion_type", assertion::TYPE)
            .add_extra_param("client_assertion", assertion);
    }
    let way = Way {
        call,
        registered,
        url: &provider.token,
    };
    let unread = "the answer of its token endpoint cannot be read";
    let answer = request.request_async(&way).await;
    answer.map_err(|error| match error {
        RequestTokenError::Request(fault) => Refusal::Fault(fault),
        RequestTokenError::ServerResponse(answer) => {
            Refusal::Answered(answer.error().as_ref().to_owned())
        }
        // Never the text: it quotes what came.
        RequestTokenError::Parse(error, _) => Refusal::Fault(Fault::Untrusted(format!(
            "{unread} (at `{}`)",
            error.path()
        ))),
        RequestTokenError::Other(_) => Refusal::Fault(Fault::Untrusted(unread.to_owned())),
    })
}

/// `private_key_jwt`. Its audience is the issuer and nothing else: with the token endpoint in it, which the
/// provider names itself, one provider could have an assertion for another made (RFC 7523bis §4).
fn own_assertion(call: &Call<'_>, registered: &Registered) -> Result<String, Fault> {
    let key = call.keys.oidc_signing.as_ref().ok_or_else(|| {
        Fault::Unusable("the hub has no key for `private_key_jwt` yet".to_owned())
    })?;
    let seconds = |millis: i64| millis.div_euclid(1000);
    let now = call.now.as_millis();
    let claims = json!({
        "iss": registered.client_id,
        "sub": registered.client_id,
        "aud": registered.issuer,
        "jti": URL_SAFE_NO_PAD.encode(call.random.bytes::<32>()),
        "iat": seconds(now),
        "exp": seconds(now + ASSERTION_LIFE),
    });
    key.sign(Typ::OwnAssertion, &claims)
        .map_err(|error| Fault::Unusable(error.to_string()))
}

/// The library's way to the token endpoint.
struct Way<'a> {
    call: &'a Call<'a>,
    registered: &'a Registered,
    /// The endpoint that was looked at when the document was read.
    url: &'a WebUrl,
}

impl<'c> AsyncHttpClient<'c> for Way<'_> {
    type Error = Fault;
    type Future = BoxFuture<'c, Result<HttpResponse, Fault>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl Way<'_> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Fault> {
        let form: Vec<(String, SecretString)> = form_urlencoded::parse(request.body())
            .map(|(name, value)| (name.into_owned(), SecretString::from(value.into_owned())))
            .collect();
        let mut headers = vec![("accept", SecretString::from("application/json"))];
        if let Some(value) = request.headers().get("authorization") {
            let value = value
                .to_str()
                .map_err(|_| Fault::Unusable("`oidc.client_secret` cannot be sent".to_owned()))?;
            headers.push(("authorization", SecretString::from(value)));
        }
        let response = self.call.http.send(Request {
            url: self.url,
            headers,
            form: Some(
                form.iter()
                    .map(|(name, value)| (name.as_str(), value.clone()))
                    .collect(),
            ),
            longest: LONGEST,
        });
        let response = response.await?;
        if response.status >= 500 {
            return Err(Fault::NoAnswer(format!(
                "its token endpoint answers {}",
                response.status
            )));
        }
        let status = StatusCode::from_u16(response.status)
            .map_err(|_| Fault::NoAnswer("its token endpoint answers nonsense".to_owned()))?;
        let broken = || Fault::Untrusted("the answer of its token endpoint is no JSON".to_owned());
        let members = object(&response.body).map_err(|_| broken())?;
        let members = if status == StatusCode::OK {
            self.tokens(members)?
        } else {
            kept(members, &["error"])
        };
        let mut answer = HttpResponse::new(Value::Object(members).to_string().into_bytes());
        *answer.status_mut() = status;
        Ok(answer)
    }

    /// What the library is to see of an answer, opened.
    fn tokens(&self, members: Map<String, Value>) -> Result<Map<String, Value>, Fault> {
        let mut members = kept(members, &["access_token", "token_type", "id_token"]);
        if let Some(Value::String(token)) = members.get_mut("id_token") {
            *token = opened(token, self.call, self.registered)?;
        }
        Ok(members)
    }
}

/// A token without its encryption, which it has where the registration says so, and only there.
///
/// # Errors
/// [`Fault::Untrusted`].
pub(super) fn opened(
    token: &str,
    call: &Call<'_>,
    registered: &Registered,
) -> Result<String, Fault> {
    match (is_encrypted(token), registered.encrypted) {
        (true, true) => open(token, &call.keys.oidc_decryption)
            .map(|clear| clear.to_string())
            .map_err(|error| Fault::Untrusted(error.to_string())),
        (true, false) => Err(Fault::Untrusted(
            "it encrypts its tokens, and `oidc.encrypted` does not say so".to_owned(),
        )),
        (false, true) => Err(Fault::Untrusted(
            "its token is not encrypted, as `oidc.encrypted` says".to_owned(),
        )),
        (false, false) => Ok(token.to_owned()),
    }
}

fn kept(members: Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let wanted = |(name, _): &(String, Value)| names.contains(&name.as_str());
    members.into_iter().filter(wanted).collect()
}
