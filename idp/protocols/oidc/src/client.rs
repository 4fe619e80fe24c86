//! A client as it is registered: what it may ask for and how it proves itself. Read from a dynamic
//! registration (RFC 7591 §2, OIDC Registration §2 and the logout specifications) or from the
//! registry; both give the same type. Secrets are not here: the registry keeps their digests.

mod metadata;
mod redirect;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::jose::Algorithm;

pub use metadata::{ClientMetadata, SubjectType};
pub use redirect::{ApplicationType, BadRedirectUri, RedirectUri};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As the specification writes it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads it.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.name() == text)
            }
        }
    };
}

words! {
    /// How a client proves itself at the token endpoint (OIDC Core §9).
    AuthMethod {
        /// A public client: it does not.
        None = "none",
        /// Secret in the `Authorization` header.
        SecretBasic = "client_secret_basic",
        /// Secret in the body.
        SecretPost = "client_secret_post",
        /// Assertion signed with the secret.
        SecretJwt = "client_secret_jwt",
        /// Assertion signed with its private key.
        PrivateKeyJwt = "private_key_jwt",
    }
}

words! {
    /// What a client may present for tokens. There is neither `implicit` nor `password` (OIDC-06).
    GrantType {
        /// A code of the authorization endpoint.
        AuthorizationCode = "authorization_code",
        /// A refresh token.
        RefreshToken = "refresh_token",
        /// Its own credentials.
        ClientCredentials = "client_credentials",
        /// A code shown on a screen (RFC 8628).
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
        /// Another token (RFC 8693).
        TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange",
    }
}

words! {
    /// What the authorization endpoint answers with.
    ResponseType {
        /// A code.
        Code = "code",
        /// A code and an ID token (hybrid, OIDC Core §3.3).
        CodeIdToken = "code id_token",
    }
}

words! {
    /// How the authorization endpoint hands its answer over.
    ResponseMode {
        /// In the query.
        Query = "query",
        /// Behind the `#`.
        Fragment = "fragment",
        /// In a form that posts itself.
        FormPost = "form_post",
    }
}

words! {
    /// Which rules beyond the ordinary ones a client is held to.
    SecurityProfile {
        /// RFC 9700.
        Baseline = "baseline",
        /// FAPI 2.0 Security Profile.
        Fapi2 = "fapi2",
    }
}

words! {
    /// What an access token looks like.
    AccessTokenForm {
        /// Signed claims (RFC 9068).
        Jwt = "jwt",
        /// A reference that only the hub understands.
        Opaque = "opaque",
    }
}

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its identifier.
    pub client_id: String,
    /// What it declared, and was granted.
    pub metadata: ClientMetadata,
    /// Ways in which it may want its answers; [`ResponseMode::Query`] never carries an ID token.
    pub response_modes: BTreeSet<ResponseMode>,
    /// Whether PKCE may be left out: a dated exception for confidential clients of long ago (OIDC-05).
    pub pkce_exempt: bool,
    /// Which rules it is held to.
    pub profile: SecurityProfile,
    /// The access tokens that it gets.
    pub access_token: AccessTokenForm,
}

impl Client {
    /// A client with the rules that follow from its declaration, and no exception.
    pub fn new(client_id: String, metadata: ClientMetadata) -> Self {
        Self {
            client_id,
            metadata,
            response_modes: ResponseMode::ALL.iter().copied().collect(),
            pkce_exempt: false,
            profile: SecurityProfile::Baseline,
            access_token: AccessTokenForm::Opaque,
        }
    }

    /// Whether it cannot keep a secret.
    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method == AuthMethod::None
    }

    /// Whether its codes must be bound to a challenge (OIDC-05). A public client always needs one.
    pub fn needs_pkce(&self) -> bool {
        self.is_public() || !self.pkce_exempt || self.profile == SecurityProfile::Fapi2
    }

    /// Whether its requests must have been pushed (RFC 9126 §5).
    pub fn needs_pushed_request(&self) -> bool {
        self.metadata.require_pushed_authorization_requests
            || self.profile == SecurityProfile::Fapi2
    }

    /// Whether its tokens must be bound to a key (RFC 9449 §5.2).
    pub fn needs_dpop(&self) -> bool {
        self.metadata.dpop_bound_access_tokens || self.profile == SecurityProfile::Fapi2
    }

    /// Whether answers may go to `uri` (OIDC-01).
    pub fn allows_redirect(&self, uri: &str) -> bool {
        let mut registered = self.metadata.redirect_uris.iter();
        registered.any(|registered| registered.allows(uri))
    }

    /// Where people may be sent after signing out: `uri`, if it is exactly registered (OIDC-14).
    pub fn post_logout(&self, uri: &str) -> Option<&RedirectUri> {
        let mut registered = self.metadata.post_logout_redirect_uris.iter();
        registered.find(|registered| registered.as_str() == uri)
    }

    /// Algorithm by which its ID tokens and logout tokens are signed.
    pub fn id_token_algorithm(&self) -> Algorithm {
        self.metadata.id_token_signed_response_alg
    }
}
