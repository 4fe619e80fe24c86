//! How a client presents itself at the token endpoint and its neighbours (RFC 6749 §2.3, OIDC Core §9,
//! OIDC-08). Whether a secret is right is the engine's to say; an assertion is checked by
//! [`crate::assertion`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clau_domain::secret::{ExposeSecret as _, SecretString};

use crate::assertion;
use crate::client::{AuthMethod, Client};
use crate::error::{ErrorCode, OauthError};
use crate::parameters::Parameters;

/// What a client presents: exactly one thing.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Its name only: a public client.
    Public {
        /// Who it says it is.
        client_id: String,
    },
    /// A secret, never empty.
    Secret {
        /// Who it says it is.
        client_id: String,
        /// To be compared with the stored digest.
        secret: SecretString,
        /// [`AuthMethod::SecretBasic`] or [`AuthMethod::SecretPost`].
        method: AuthMethod,
    },
    /// A signed assertion, not verified yet.
    Assertion {
        /// Who it says it is.
        client_id: String,
        /// To be verified.
        assertion: SecretString,
    },
}

impl Credentials {
    /// Reads the `Authorization` header and the body.
    ///
    /// # Errors
    /// `invalid_client`; `invalid_request` for two ways at once.
    pub fn read(
        authorization: Option<&str>,
        parameters: Parameters<'_>,
    ) -> Result<Self, OauthError> {
        let client_id = parameters.optional("client_id");
        // An empty secret is none (OIDC-08): `optional` never gives one.
        let secret = parameters.optional("client_secret");
        let asserted = parameters.optional("client_assertion");
        let assertion_type = parameters.optional("client_assertion_type");
        let ways = [
            authorization.is_some(),
            secret.is_some(),
            asserted.is_some() || assertion_type.is_some(),
        ];
        if ways.into_iter().filter(|way| *way).count() > 1 {
            return Err(OauthError::invalid_request(
                "the client authenticates in more than one way",
            ));
        }
        let credentials = match (authorization, secret, asserted) {
            (Some(header), _, _) => basic(header)?,
            (None, Some(secret), _) => Self::Secret {
                client_id: client_id
                    .ok_or_else(|| bad("`client_id` is missing"))?
                    .to_owned(),
                secret: SecretString::from(secret),
                method: AuthMethod::SecretPost,
            },
            (None, None, Some(text)) => {
                if assertion_type != Some(assertion::TYPE) {
                    return Err(bad("`client_assertion_type` is not that of a JWT"));
                }
                Self::Assertion {
                    client_id: assertion::claimed_client(text)
                        .ok_or_else(|| bad("`client_assertion` cannot be read"))?,
                    assertion: SecretString::from(text),
                }
            }
            (None, None, None) if assertion_type.is_some() => {
                return Err(bad("`client_assertion` is missing"));
            }
            (None, None, None) => Self::Public {
                client_id: client_id
                    .ok_or_else(|| bad("the client does not say who it is"))?
                    .to_owned(),
            },
        };
        if client_id.is_some_and(|id| id != credentials.client_id()) {
            return Err(bad("`client_id` is not the client that authenticates"));
        }
        Ok(credentials)
    }

    /// Who the client says it is, to look up its registration.
    pub fn client_id(&self) -> &str {
        match self {
            Self::Public { client_id }
            | Self::Secret { client_id, .. }
            | Self::Assertion { client_id, .. } => client_id,
        }
    }

    /// Whether this is the one way in which the client is registered to authenticate.
    ///
    /// # Errors
    /// `invalid_client`.
    pub fn check_method(&self, client: &Client) -> Result<(), OauthError> {
        let registered = client.metadata.token_endpoint_auth_method;
        let fits = match self {
            Self::Public { .. } => registered == AuthMethod::None,
            Self::Secret { method, .. } => registered == *method,
            Self::Assertion { .. } => matches!(
                registered,
                AuthMethod::SecretJwt | AuthMethod::PrivateKeyJwt
            ),
        };
        if fits && self.client_id() == client.client_id {
            Ok(())
        } else {
            Err(bad(
                "the client authenticates in another way than the registered one",
            ))
        }
    }
}

fn bad(why: &'static str) -> OauthError {
    OauthError::new(ErrorCode::InvalidClient, why)
}

/// RFC 6749 §2.3.1: both parts are form-encoded before they are put together.
fn basic(header: &str) -> Result<Credentials, OauthError> {
    let unreadable = || bad("the `Authorization` header cannot be read");
    let (scheme, rest) = header.split_once(' ').ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(bad("clients authenticate by `Basic` or in the body"));
    }
    let bytes = STANDARD.decode(rest.trim()).map_err(|_| unreadable())?;
    let text = SecretString::from(String::from_utf8(bytes).map_err(|_| unreadable())?);
    let (id, secret) = text
        .expose_secret()
        .split_once(':')
        .ok_or_else(unreadable)?;
    let (client_id, secret) = (
        form_decoded(id).ok_or_else(unreadable)?,
        form_decoded(secret).ok_or_else(unreadable)?,
    );
    if client_id.is_empty() || secret.is_empty() {
        return Err(bad("client name or secret is empty"));
    }
    Ok(Credentials::Secret {
        client_id,
        secret: SecretString::from(secret),
        method: AuthMethod::SecretBasic,
    })
}

fn form_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match *first {
            b'+' => b' ',
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                let digits = std::str::from_utf8(digits).ok()?;
                if digits.starts_with('+') {
                    return None;
                }
                u8::from_str_radix(digits, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}
