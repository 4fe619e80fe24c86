//! What the FAPI 2.0 Security Profile demands of a client and of its requests, beyond what every client
//! is held to (§5.3.2). That requests are pushed and tokens bound is asked by
//! [`Client::needs_pushed_request`] and [`Client::needs_dpop`].

use crate::client::{AuthMethod, Client, ResponseType, SecurityProfile};
use crate::error::{ErrorCode, OauthError};
use crate::jose::Algorithm;
use crate::request::AuthorizationRequest;

/// The algorithms of the profile (§5.4.1).
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::Es256, Algorithm::Ps256, Algorithm::EdDsa];

/// Whether a registration is fit for the profile.
///
/// # Errors
/// `invalid_client_metadata`, naming what is not.
pub fn check_client(client: &Client) -> Result<(), OauthError> {
    if client.profile != SecurityProfile::Fapi2 {
        return Ok(());
    }
    let metadata = &client.metadata;
    let refused = |why: &'static str| Err(OauthError::new(ErrorCode::InvalidClientMetadata, why));
    let allowed = |algorithm: Option<Algorithm>| {
        algorithm.is_none_or(|algorithm| ALGORITHMS.contains(&algorithm))
    };
    if metadata.token_endpoint_auth_method != AuthMethod::PrivateKeyJwt {
        return refused("FAPI 2.0 needs `private_key_jwt`");
    }
    if !allowed(Some(metadata.id_token_signed_response_alg))
        || !allowed(metadata.token_endpoint_auth_signing_alg)
        || !allowed(metadata.userinfo_signed_response_alg)
        || !allowed(metadata.request_object_signing_alg)
    {
        return refused("FAPI 2.0 needs ES256, PS256 or EdDSA for every signature");
    }
    if metadata.response_types.contains(&ResponseType::CodeIdToken) {
        return refused("FAPI 2.0 has no response type but `code`");
    }
    if !metadata.redirect_uris.iter().all(|uri| uri.is_https()) {
        return refused("FAPI 2.0 needs redirect addresses over https");
    }
    Ok(())
}

/// Whether a request is fit for the profile.
///
/// # Errors
/// `invalid_request`.
pub fn check_authorization(
    client: &Client,
    request: &AuthorizationRequest,
) -> Result<(), OauthError> {
    if client.profile != SecurityProfile::Fapi2 {
        return Ok(());
    }
    if request.response_type != ResponseType::Code {
        return Err(OauthError::invalid_request(
            "`response_type` must be `code`",
        ));
    }
    if request.challenge.is_none() {
        return Err(OauthError::invalid_request("`code_challenge` is missing"));
    }
    if !request.return_to.redirect_uri().starts_with("https://") {
        return Err(OauthError::invalid_request("`redirect_uri` must be https"));
    }
    Ok(())
}
