//! Errors as OAuth tells them: a code from the specifications and a sentence for the developer of the
//! client (RFC 6749 §4.1.2.1, §5.2; OIDC Core §3.1.2.6; RFC 6750, 7591, 8628, 8693, 9101, 9126, 9449).
//! Sentences never repeat what was sent. Never says where an error may go.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Value, json};

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $name:literal, $status:literal;)*) => {
        /// A code of the specifications.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $code,)* }

        impl ErrorCode {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// Whether it only tells a device to ask again later (RFC 8628 §3.5).
            pub fn is_pending(self) -> bool {
                matches!(self, Self::AuthorizationPending | Self::SlowDown)
            }

            /// As it is written.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// Status of an answer that is not a redirect.
            pub const fn status(self) -> u16 {
                match self { $(Self::$code => $status,)* }
            }
        }
    };
}

codes! {
    /// Missing, repeated, malformed.
    InvalidRequest = "invalid_request", 400;
    /// Client unknown or not authenticated.
    InvalidClient = "invalid_client", 401;
    /// Code, refresh token or assertion not good.
    InvalidGrant = "invalid_grant", 400;
    /// The client is not registered for this.
    UnauthorizedClient = "unauthorized_client", 400;
    /// Nobody may use this grant here.
    UnsupportedGrantType = "unsupported_grant_type", 400;
    /// Nobody may use this response type here.
    UnsupportedResponseType = "unsupported_response_type", 400;
    /// Scope malformed or not allowed.
    InvalidScope = "invalid_scope", 400;
    /// The person or the policy says no.
    AccessDenied = "access_denied", 403;
    /// Our fault.
    ServerError = "server_error", 500;
    /// Our fault, and it will pass.
    TemporarilyUnavailable = "temporarily_unavailable", 503;
    /// `prompt=none`, and a page would be needed.
    InteractionRequired = "interaction_required", 400;
    /// `prompt=none`, and nobody is signed in.
    LoginRequired = "login_required", 400;
    /// `prompt=none`, and an account must be chosen.
    AccountSelectionRequired = "account_selection_required", 400;
    /// `prompt=none`, and consent is missing.
    ConsentRequired = "consent_required", 400;
    /// The authentication that was demanded cannot be had (RFC 9470 and the OIDC registry).
    UnmetAuthenticationRequirements = "unmet_authentication_requirements", 403;
    /// `request_uri` unknown or spent.
    InvalidRequestUri = "invalid_request_uri", 400;
    /// Request object not good.
    InvalidRequestObject = "invalid_request_object", 400;
    /// `request_uri` of others is never fetched.
    RequestUriNotSupported = "request_uri_not_supported", 400;
    /// `registration` is not taken.
    RegistrationNotSupported = "registration_not_supported", 400;
    /// The code on the screen was not typed yet.
    AuthorizationPending = "authorization_pending", 400;
    /// Asked too often.
    SlowDown = "slow_down", 400;
    /// The device code has expired.
    ExpiredToken = "expired_token", 400;
    /// Access token not good.
    InvalidToken = "invalid_token", 401;
    /// Access token good, but not for this.
    InsufficientScope = "insufficient_scope", 403;
    /// DPoP proof not good.
    InvalidDpopProof = "invalid_dpop_proof", 400;
    /// DPoP proof good but for the nonce; a new one comes with the answer.
    UseDpopNonce = "use_dpop_nonce", 400;
    /// Redirect URI that cannot be registered.
    InvalidRedirectUri = "invalid_redirect_uri", 400;
    /// Metadata that cannot be registered.
    InvalidClientMetadata = "invalid_client_metadata", 400;
    /// Resource or audience unknown or not allowed (RFC 8707).
    InvalidTarget = "invalid_target", 400;
    /// A kind of token that cannot be revoked here (RFC 7009 §2.2.1).
    UnsupportedTokenType = "unsupported_token_type", 400;
}

/// A refusal in the words of OAuth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthError {
    code: ErrorCode,
    description: Cow<'static, str>,
}

impl OauthError {
    /// An error with a sentence for the client's developer.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let description = description.into();
        // RFC 6749 §5.2: printable ASCII without `"` and `\`.
        let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
        let description = if description.chars().all(allowed) {
            description
        } else {
            Cow::Owned(description.chars().filter(|c| allowed(*c)).collect())
        };
        Self { code, description }
    }

    /// `invalid_request`.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// The same with a reference behind the sentence, by which the hub's operator finds the cause.
    #[must_use]
    pub fn with_reference(&self, reference: &str) -> Self {
        Self::new(self.code, format!("{} [{reference}]", self.description))
    }

    /// The code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The sentence.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Body of an answer (RFC 6749 §5.2).
    pub fn to_json(&self) -> Value {
        json!({ "error": self.code.name(), "error_description": self.description })
    }

    /// Parameters of an authorization response (RFC 6749 §4.1.2.1).
    pub fn parameters(&self) -> [(&'static str, &str); 2] {
        [
            ("error", self.code.name()),
            ("error_description", &self.description),
        ]
    }

    /// Value of `WWW-Authenticate` of a protected resource (RFC 6750 §3, RFC 9449 §7.1).
    pub fn challenge(&self, dpop: bool) -> String {
        let scheme = if dpop { "DPoP" } else { "Bearer" };
        format!(
            "{scheme} error=\"{}\", error_description=\"{}\"",
            self.code.name(),
            self.description
        )
    }
}

impl fmt::Display for OauthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.description)
    }
}

impl std::error::Error for OauthError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_19_descriptions_hold_nothing_that_needs_escaping() {
        let error = OauthError::invalid_request("a\"b\\c\r\nd<é>");
        assert_eq!(error.description(), "abcd<>");
        assert_eq!(
            error.to_json(),
            json!({"error": "invalid_request", "error_description": "abcd<>"})
        );
        assert_eq!(
            error.challenge(true),
            "DPoP error=\"invalid_request\", error_description=\"abcd<>\""
        );
    }

    #[test]
    fn codes_are_distinct() {
        let names: std::collections::BTreeSet<_> =
            ErrorCode::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), ErrorCode::ALL.len());
    }
}
