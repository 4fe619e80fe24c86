//! The hub as it describes itself (OIDC Discovery §4), and its keys. Fetched when first needed, so that
//! services and hub start in any order; kept for a while; fetched again for a key that is not known.

use std::sync::Arc;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, ClientId, ClientSecret, DeviceAuthorizationUrl,
    EmptyExtraTokenFields, EndSessionUrl, EndpointNotSet, EndpointSet, IdToken, IdTokenFields,
    IssuerUrl, JsonWebKey as _, ProviderMetadata, RedirectUrl, RevocationUrl,
    StandardErrorResponse, StandardTokenResponse,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::claims::TokenClaims;
use super::error::OidcError;
use super::http::HubHttp;
use crate::services::server::now;

/// How long what the hub said is believed, in seconds. A key that was taken back is trusted no longer.
const LIFETIME: i64 = 600;
/// Shortest time between two fetches for the sake of an unknown key: a stranger's token names any.
const PAUSE: i64 = 30;

/// What the hub's document says beside what the library reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Beside {
    end_session_endpoint: EndSessionUrl,
    revocation_endpoint: RevocationUrl,
    device_authorization_endpoint: DeviceAuthorizationUrl,
    /// Without `iss` in its answers, one hub's could be taken for another's (RFC 9207).
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Beside {}

type Metadata = ProviderMetadata<
    Beside,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// An ID token of the hub.
pub(super) type HubIdToken = IdToken<
    TokenClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// What the token endpoint answers.
pub(super) type Tokens = StandardTokenResponse<
    IdTokenFields<
        TokenClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type Client = openidconnect::Client<
    TokenClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointSet,
    EndpointNotSet,
    EndpointSet,
    EndpointSet,
    EndpointSet,
>;

/// Who this service is at the hub.
pub(super) struct Registration {
    /// Its identifier.
    pub(super) client_id: ClientId,
    /// Its secret, where that is how it proves itself.
    pub(super) secret: Option<ClientSecret>,
    /// Where codes go.
    pub(super) redirect: RedirectUrl,
}

/// The hub, as last heard of it.
pub(super) struct Provider {
    /// The library's client of it.
    pub(super) client: Client,
    /// Where people sign out.
    pub(super) end_session: EndSessionUrl,
    /// Its keys.
    pub(super) keys: Vec<CoreJsonWebKey>,
}

impl Provider {
    fn new(metadata: Metadata, registration: &Registration) -> Result<Self, OidcError> {
        let lacks = |what| OidcError::Hub(format!("its document names no {what}"));
        let token = metadata.token_endpoint().cloned();
        let userinfo = metadata.userinfo_endpoint().cloned();
        let keys = metadata.jwks().keys().clone();
        let beside = metadata.additional_metadata().clone();
        if !beside.authorization_response_iss_parameter_supported {
            return Err(lacks("`iss` in its answers"));
        }
        let client = openidconnect::Client::from_provider_metadata(
            metadata,
            registration.client_id.clone(),
            registration.secret.clone(),
        )
        .set_auth_type(AuthType::BasicAuth)
        .set_redirect_uri(registration.redirect.clone())
        .set_device_authorization_url(beside.device_authorization_endpoint)
        .set_revocation_url(beside.revocation_endpoint)
        .set_token_uri(token.ok_or_else(|| lacks("token endpoint"))?)
        .set_user_info_url(userinfo.ok_or_else(|| lacks("userinfo endpoint"))?);
        Ok(Self {
            client,
            end_session: beside.end_session_endpoint,
            keys,
        })
    }

    fn has_key(&self, kid: &str) -> bool {
        let mut kids = self.keys.iter().filter_map(|key| key.key_id());
        kids.any(|known| known.as_str() == kid)
    }
}

/// What is kept of the hub.
pub(super) struct Discovery {
    issuer: IssuerUrl,
    registration: Registration,
    http: HubHttp,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    provider: Option<Arc<Provider>>,
    fetched_at: i64,
    asked_again_at: i64,
}

impl Discovery {
    /// Nothing is fetched yet.
    pub(super) fn new(issuer: IssuerUrl, registration: Registration, http: HubHttp) -> Self {
        Self {
            issuer,
            registration,
            http,
            kept: Mutex::default(),
        }
    }

    /// The way to the hub.
    pub(super) fn http(&self) -> &HubHttp {
        &self.http
    }

    /// Who the hub is: its base address as it writes it itself.
    pub(super) fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// The hub, as it described itself a few minutes ago or now. Where it does not answer, what it said
    /// before stands.
    ///
    /// # Errors
    /// The hub has never answered, or not as a hub does.
    pub(super) async fn provider(&self) -> Result<Arc<Provider>, OidcError> {
        // Held while it is fetched: those who come meanwhile wait for the same answer.
        let mut kept = self.kept.lock().await;
        self.current(&mut kept).await
    }

    /// The hub with the key of this name, asked for again where it is not known. Whether it has one
    /// then is for whoever verifies.
    ///
    /// # Errors
    /// See [`Discovery::provider`].
    pub(super) async fn provider_with_key(
        &self,
        kid: Option<&str>,
    ) -> Result<Arc<Provider>, OidcError> {
        let mut kept = self.kept.lock().await;
        let provider = self.current(&mut kept).await?;
        let now = now();
        let known = kid.is_none_or(|kid| provider.has_key(kid));
        if known || now < kept.asked_again_at + PAUSE {
            return Ok(provider);
        }
        kept.asked_again_at = now;
        self.fetch(&mut kept).await
    }

    async fn current(&self, kept: &mut Kept) -> Result<Arc<Provider>, OidcError> {
        let known = kept.provider.clone();
        match known {
            Some(known) if now() < kept.fetched_at + LIFETIME => Ok(known),
            Some(known) => match self.fetch(kept).await {
                Ok(provider) => Ok(provider),
                Err(error) => {
                    eprintln!("discovery: {error}");
                    kept.fetched_at = now() - LIFETIME + PAUSE;
                    Ok(known)
                }
            },
            None => self.fetch(kept).await,
        }
    }

    async fn fetch(&self, kept: &mut Kept) -> Result<Arc<Provider>, OidcError> {
        let metadata = Metadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| OidcError::hub(&error))?;
        let provider = Arc::new(Provider::new(metadata, &self.registration)?);
        kept.provider = Some(Arc::clone(&provider));
        kept.fetched_at = now();
        Ok(provider)
    }
}
