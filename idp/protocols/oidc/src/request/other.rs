//! The smaller requests: introspection (RFC 7662), revocation (RFC 7009), device authorization
//! (RFC 8628 §3.1), logout (OIDC RP-Initiated Logout §2).

use clau_domain::secret::SecretString;

use crate::client::{Client, GrantType};
use crate::error::{ErrorCode, OauthError};
use crate::parameters::Parameters;
use crate::scope::ScopeSet;

/// What a client believes a token to be. Only where to look first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenHint {
    /// Access token.
    AccessToken,
    /// Refresh token.
    RefreshToken,
}

/// A token to be looked into or taken back.
#[derive(Clone, Debug)]
pub struct PresentedToken {
    /// The token.
    pub token: SecretString,
    /// What it may be; a hint that is not known is overlooked (RFC 7009 §2.1).
    pub hint: Option<TokenHint>,
}

impl PresentedToken {
    /// Reads the body of an introspection or a revocation.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn read(parameters: Parameters<'_>) -> Result<Self, OauthError> {
        Ok(Self {
            token: SecretString::from(parameters.required("token")?),
            hint: match parameters.optional("token_type_hint") {
                Some("access_token") => Some(TokenHint::AccessToken),
                Some("refresh_token") => Some(TokenHint::RefreshToken),
                _ => None,
            },
        })
    }
}

/// A device that has no keyboard asks for a code to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAuthorization {
    /// What is asked for, within what the client may have.
    pub scope: ScopeSet,
}

impl DeviceAuthorization {
    /// Reads the body.
    ///
    /// # Errors
    /// `unauthorized_client`, `invalid_scope`.
    pub fn read(parameters: Parameters<'_>, client: &Client) -> Result<Self, OauthError> {
        if !client.metadata.grant_types.contains(&GrantType::DeviceCode) {
            return Err(OauthError::new(
                ErrorCode::UnauthorizedClient,
                "the client is not registered for device codes",
            ));
        }
        let asked = ScopeSet::parse(parameters.optional("scope").unwrap_or_default())?;
        let scope = asked.within(&client.metadata.scope);
        if scope.is_empty() {
            return Err(OauthError::new(
                ErrorCode::InvalidScope,
                "`scope` names nothing that the client is registered for",
            ));
        }
        Ok(Self { scope })
    }
}

/// A service sends somebody to sign out. Nothing in it is verified: without a good hint the person is
/// asked, and the address counts only if it belongs to the client that the hint or the name shows
/// (OIDC-14, [`Client::post_logout`]). There is no `Debug`: the hint is a token.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EndSession {
    /// An ID token of ours.
    pub id_token_hint: Option<String>,
    /// Who asks.
    pub client_id: Option<String>,
    /// Where to go afterwards.
    pub post_logout_redirect_uri: Option<String>,
    /// To be given back there.
    pub state: Option<String>,
    /// Who the service believes to be signed in.
    pub logout_hint: Option<String>,
    /// Languages, the best first.
    pub ui_locales: Vec<String>,
}

impl EndSession {
    /// Reads the parameters.
    pub fn read(parameters: Parameters<'_>) -> Self {
        let text = |name| parameters.optional(name).map(str::to_owned);
        Self {
            id_token_hint: text("id_token_hint"),
            client_id: text("client_id"),
            post_logout_redirect_uri: text("post_logout_redirect_uri"),
            state: text("state"),
            logout_hint: text("logout_hint"),
            ui_locales: parameters.words("ui_locales"),
        }
    }
}
