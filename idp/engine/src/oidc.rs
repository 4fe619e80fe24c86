//! The OpenID Connect provider: what the requests of `clau-oidc` do. Codes, tokens and consents come
//! from a grant of [`clau_domain::policy`] and from nothing else. Never writes an HTTP answer.
//!
//! | module | owns |
//! | --- | --- |
//! | [`clients`] | registrations, as they are used |
//! | [`signing`] | the hub's signing keys: made, published, rotated, revoked |
//! | [`authenticate`] | who sends a request: client authentication, DPoP |
//! | [`authorize`], [`answer`], [`consent`] | from an authorization request to a code |
//! | [`token`], [`refresh`], [`exchange`] | from what is presented to tokens |
//! | [`mint`] | what every token is made of |
//! | [`resource`] | userinfo, introspection, revocation |
//! | [`device`] | codes on screens |
//! | [`register`], [`template`] | dynamic registration, and what an invitation to it allows |
//! | [`operate`] | what an operator does with clients |
//! | [`logout`] | logout that a client asks for, and what clients are told |
//! | [`grants`] | what a person has allowed, for the account page |
//!
//! A code, a device code, a refresh family and an access token are all states or shadows of one row, an
//! *authorization* ([`clau_storage::authorizations`]): a code is redeemed by one conditional update, a
//! refresh token names its row and a generation, an access token names its row and a count of
//! withdrawals. Whoever revokes the row has revoked everything that came from it, on every node.

pub mod answer;
pub mod authenticate;
pub mod authorize;
pub mod clients;
pub mod consent;
pub mod device;
mod exchange;
pub mod grants;
pub(crate) mod jwks;
pub mod logout;
mod mint;
pub mod operate;
mod refresh;
pub mod register;
pub mod resource;
mod sealed;
pub mod signing;
pub mod template;
pub mod token;

use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_oidc::error::{ErrorCode, OauthError};
use clau_oidc::jose::Window;
use clau_storage::StorageError;

use crate::Hub;
use crate::error::Error;

/// How far a client's clock may be from ours.
pub(crate) const SKEW: Duration = Duration::from_secs(30);

/// Why a request of OAuth is not answered as it was hoped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// In the words of the specifications: somebody else's fault, or nobody's.
    #[error(transparent)]
    Oauth(#[from] OauthError),
    /// The hub cannot do it now.
    #[error(transparent)]
    Hub(#[from] Error),
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Hub(error.into())
    }
}

impl Failure {
    /// In the words of the specifications, whatever it is (RFC 6749 §4.1.2.1, §5.2).
    pub fn to_oauth(&self) -> OauthError {
        match self {
            Self::Oauth(error) => error.clone(),
            Self::Hub(Error::Unavailable(_) | Error::Busy) => OauthError::new(
                ErrorCode::TemporarilyUnavailable,
                "the hub cannot answer at the moment",
            ),
            Self::Hub(Error::Config(_) | Error::Defect(_)) => {
                OauthError::new(ErrorCode::ServerError, "the hub has a problem of its own")
            }
        }
    }
}

/// A refusal with its code.
pub(crate) fn refused(code: ErrorCode, why: &'static str) -> Failure {
    Failure::Oauth(OauthError::new(code, why))
}

impl Hub {
    /// The hub as clients know it: its base address (OIDC Discovery §3).
    pub fn issuer(&self) -> &str {
        &self.settings().base_url
    }

    /// When a token must have been made, and for how long it may be good.
    pub(crate) fn window(now: Timestamp, longest: Duration) -> Window {
        Window {
            now,
            skew: SKEW,
            longest,
        }
    }
}
