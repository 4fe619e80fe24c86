//! The token request (RFC 6749 §4.1.3, §4.4.2, §6; RFC 8628 §3.4; RFC 8693 §2.1). Read for a client
//! that has authenticated, against what it is registered for (OIDC-06).

use clau_domain::secret::SecretString;

use crate::client::{Client, GrantType};
use crate::error::{ErrorCode, OauthError};
use crate::parameters::Parameters;
use crate::scope::ScopeSet;

/// What is presented for tokens.
#[derive(Clone, Debug)]
pub enum TokenRequest {
    /// A code.
    Code {
        /// The code.
        code: SecretString,
        /// The address that it was sent to: equal to that of the authorization request.
        redirect_uri: String,
        /// For [`crate::pkce::check`].
        verifier: Option<SecretString>,
    },
    /// A refresh token.
    Refresh {
        /// The token.
        token: SecretString,
        /// Fewer scopes than before, if given.
        scope: Option<ScopeSet>,
    },
    /// The client's own credentials.
    ClientCredentials {
        /// What is asked for, within what the client may have.
        scope: ScopeSet,
        /// What the token is for (RFC 8707).
        resource: Vec<String>,
    },
    /// The device's half of a code that a person types elsewhere.
    Device {
        /// The code.
        code: SecretString,
    },
    /// Another token.
    Exchange(Box<Exchange>),
}

/// A token for another service, on a person's behalf.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Whose behalf.
    pub subject_token: SecretString,
    /// What kind of token that is.
    pub subject_token_type: TokenType,
    /// What kind is wanted.
    pub requested_token_type: TokenType,
    /// The services that it is for, by name.
    pub audience: Vec<String>,
    /// The services that it is for, by address.
    pub resource: Vec<String>,
    /// What is asked for.
    pub scope: ScopeSet,
}

/// Kinds of token in an exchange (RFC 8693 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// Access token.
    AccessToken,
    /// ID token.
    IdToken,
}

impl TokenType {
    /// As the specification writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "urn:ietf:params:oauth:token-type:access_token",
            Self::IdToken => "urn:ietf:params:oauth:token-type:id_token",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::AccessToken, Self::IdToken]
            .into_iter()
            .find(|known| known.name() == text)
    }
}

impl TokenRequest {
    /// Reads the body of a token request.
    ///
    /// # Errors
    /// `unsupported_grant_type`, `unauthorized_client`, `invalid_request`, `invalid_scope`.
    pub fn read(parameters: Parameters<'_>, client: &Client) -> Result<Self, OauthError> {
        let grant = GrantType::parse(parameters.required("grant_type")?).ok_or_else(|| {
            OauthError::new(
                ErrorCode::UnsupportedGrantType,
                "this `grant_type` is not supported",
            )
        })?;
        if !client.metadata.grant_types.contains(&grant) {
            return Err(OauthError::new(
                ErrorCode::UnauthorizedClient,
                "the client is not registered for this `grant_type`",
            ));
        }
        let secret = |name| parameters.required(name).map(SecretString::from);
        let resource = || parameters.all("resource").map(str::to_owned).collect();
        let asked = parameters
            .optional("scope")
            .map(ScopeSet::parse)
            .transpose()?;
        Ok(match grant {
            GrantType::AuthorizationCode => Self::Code {
                code: secret("code")?,
                redirect_uri: parameters.required("redirect_uri")?.to_owned(),
                verifier: parameters.optional("code_verifier").map(SecretString::from),
            },
            GrantType::RefreshToken => Self::Refresh {
                token: secret("refresh_token")?,
                scope: asked,
            },
            GrantType::ClientCredentials => {
                if client.is_public() {
                    return Err(OauthError::new(
                        ErrorCode::UnauthorizedClient,
                        "a public client has no credentials",
                    ));
                }
                let scope = match asked {
                    None => client.metadata.scope.clone(),
                    Some(asked) => within(&asked, client)?,
                };
                Self::ClientCredentials {
                    // There is no person whom an ID token or a refresh token could be about.
                    scope: scope
                        .without(crate::scope::OPENID)
                        .without(crate::scope::OFFLINE_ACCESS),
                    resource: resource(),
                }
            }
            GrantType::DeviceCode => Self::Device {
                code: secret("device_code")?,
            },
            GrantType::TokenExchange => Self::Exchange(Box::new(Exchange {
                subject_token: secret("subject_token")?,
                subject_token_type: token_type(parameters.required("subject_token_type")?)?,
                requested_token_type: match parameters.optional("requested_token_type") {
                    None => TokenType::AccessToken,
                    Some(text) => token_type(text)?,
                },
                audience: parameters.all("audience").map(str::to_owned).collect(),
                resource: resource(),
                scope: match asked {
                    None => ScopeSet::default(),
                    Some(asked) => within(&asked, client)?,
                },
            })),
        })
    }
}

fn token_type(text: &str) -> Result<TokenType, OauthError> {
    TokenType::parse(text)
        .ok_or_else(|| OauthError::invalid_request("this type of token is not supported"))
}

fn within(asked: &ScopeSet, client: &Client) -> Result<ScopeSet, OauthError> {
    if asked.is_within(&client.metadata.scope) {
        Ok(asked.clone())
    } else {
        Err(OauthError::new(
            ErrorCode::InvalidScope,
            "the client is not registered for this `scope`",
        ))
    }
}
