//! Who sends a request to the token endpoint or one of its neighbours: client authentication (RFC 6749
//! §2.3, RFC 7523, OIDC-08) and proof of possession (DPoP, RFC 9449, OIDC-22). A [`Caller`] is made here
//! and nowhere else: whoever has one knows that the client is who it says it is, or is public.

use std::sync::Arc;
use std::time::Duration;

use clau_domain::secret::{
    AssertionKind, Digest, DpopProofKind, ExposeSecret as _, Kind, RegistrationSecretKind,
    SecretString, same_secret,
};
use clau_domain::url::WebUrl;
use clau_oidc::assertion::{self, Assertion};
use clau_oidc::client::AuthMethod;
use clau_oidc::dpop::{self, Proof};
use clau_oidc::error::{ErrorCode, OauthError};
use clau_oidc::fapi;
use clau_oidc::jose::{Algorithm, VerifyingKey};
use clau_oidc::parameters::Parameters;
use clau_oidc::request::Credentials;

use super::clients::OidcClient;
use super::{Failure, SKEW, refused};
use crate::error::Error;
use crate::keys::Sealed;
use crate::{Cx, Hub};

/// How old a DPoP proof may be.
const PROOF_LIFE: Duration = Duration::from_secs(60);

/// What came with a request, besides its parameters.
#[derive(Clone, Copy, Default)]
pub struct Presented<'a> {
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The `DPoP` header; [`None`] when there is none.
    pub dpop: Option<&'a str>,
    /// HTTP method.
    pub method: &'a str,
    /// Path of the endpoint below the issuer: `/oidc/token`.
    pub endpoint: &'a str,
}

/// A client that has proven itself, or that is public and has said its name.
pub struct Caller {
    /// Which.
    pub client: Arc<OidcClient>,
    /// Thumbprint of the key that a proof came with.
    pub jkt: Option<String>,
}

impl Caller {
    /// The same as an error's cause would be told: identifier only.
    pub fn name(&self) -> &str {
        &self.client.client.client_id
    }
}

impl Hub {
    /// Authenticates the client of a request, by exactly the method that it is registered for.
    ///
    /// # Errors
    /// `invalid_client`, `invalid_request`, `invalid_dpop_proof`; [`Error::Unavailable`].
    pub async fn oidc_caller(
        &self,
        cx: &Cx<'_>,
        presented: Presented<'_>,
        parameters: Parameters<'_>,
    ) -> Result<Caller, Failure> {
        let credentials = Credentials::read(presented.authorization, parameters)?;
        let client = self
            .client_by_id(cx.now, credentials.client_id())
            .await?
            .ok_or_else(|| refused(ErrorCode::InvalidClient, "no such client is registered"))?;
        // Whatever is logged of this request from here on says whose it is: a registered name.
        tracing::Span::current().record("client", client.client.client_id.as_str());
        credentials.check_method(&client.client)?;
        match &credentials {
            Credentials::Public { .. } => {}
            Credentials::Secret { secret, .. } => self.check_secret(cx, &client, secret)?,
            Credentials::Assertion { assertion, .. } => {
                self.check_assertion(cx, &client, assertion.expose_secret())
                    .await?;
            }
        }
        let jkt = self.proof_of_possession(cx, presented, None).await?;
        Ok(Caller { client, jkt })
    }

    /// A digest of the secret that is presented equals one that is stored (KEY-04): generated secrets have
    /// 256 bits, and those that operators choose 32 characters at least.
    fn check_secret(
        &self,
        cx: &Cx<'_>,
        client: &OidcClient,
        presented: &SecretString,
    ) -> Result<(), Failure> {
        let digest = Digest::of(RegistrationSecretKind::NAME, presented.expose_secret());
        let good = client
            .secrets
            .iter()
            .filter(|stored| stored.is_good(cx.now))
            .any(|stored| same_secret(&stored.digest.to_string(), &digest.to_string()));
        if good {
            Ok(())
        } else {
            Err(refused(
                ErrorCode::InvalidClient,
                "the client's secret is not the registered one",
            ))
        }
    }

    async fn check_assertion(
        &self,
        cx: &Cx<'_>,
        client: &OidcClient,
        text: &str,
    ) -> Result<(), Failure> {
        let client_id = client.client.client_id.as_str();
        let clock = (cx.now, SKEW);
        let held = match client.client.metadata.token_endpoint_auth_method {
            AuthMethod::SecretJwt => {
                let keys = self.secret_keys(cx, client)?;
                assertion::check(text, client_id, self.issuer(), &keys, clock)?
            }
            _ => {
                let algorithms = assertion_algorithms(client);
                self.with_client_keys(cx, client, &algorithms, |keys| {
                    assertion::check(text, client_id, self.issuer(), keys, clock)
                })
                .await?
            }
        };
        self.only_once(cx, client_id, &held).await
    }

    /// Keys made of the client's secrets, for HMAC.
    fn secret_keys(&self, cx: &Cx<'_>, client: &OidcClient) -> Result<Vec<VerifyingKey>, Failure> {
        let about = client.service.id.as_str();
        let mut keys = Vec::new();
        for stored in client.secrets.iter().filter(|s| s.is_good(cx.now)) {
            let Some(sealed) = &stored.sealed else {
                continue;
            };
            let clear = self
                .keys()
                .unseal(Sealed::ClientSecret, about, sealed)
                .and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
                .ok_or_else(|| Error::Defect(format!("the secret of {about} cannot be opened")))?;
            let key = VerifyingKey::from_secret(&SecretString::from(clear));
            keys.push(key.map_err(|error| Error::Defect(error.to_string()))?);
        }
        Ok(keys)
    }

    /// An assertion counts once (RFC 7523 §3, OIDC-08).
    async fn only_once(
        &self,
        cx: &Cx<'_>,
        client_id: &str,
        held: &Assertion,
    ) -> Result<(), Failure> {
        let digest = Digest::of(AssertionKind::NAME, &format!("{client_id}\n{}", held.jti));
        let first = self
            .tickets()
            .first_use::<AssertionKind>(&digest, held.keep_until, cx.now)
            .await?;
        if first {
            Ok(())
        } else {
            Err(refused(
                ErrorCode::InvalidClient,
                "the client assertion was used before",
            ))
        }
    }

    /// Checks the DPoP proof of a request, if there is one; gives the thumbprint of its key.
    pub(super) async fn proof_of_possession(
        &self,
        cx: &Cx<'_>,
        presented: Presented<'_>,
        access_token: Option<&str>,
    ) -> Result<Option<String>, Failure> {
        let Some(text) = presented.dpop else {
            return Ok(None);
        };
        let url = format!("{}{}", self.issuer(), presented.endpoint);
        let url = WebUrl::parse(&url).map_err(|error| Error::Defect(error.to_string()))?;
        let made_for = dpop::Presented {
            method: presented.method,
            url: &url,
            access_token,
            nonce: None,
        };
        let window = Self::window(cx.now, PROOF_LIFE);
        let Proof {
            jkt,
            jti,
            keep_until,
        } = dpop::check(text, made_for, &Algorithm::ALL, window)?;
        let digest = Digest::of(DpopProofKind::NAME, &format!("{jkt}\n{jti}"));
        let first = self
            .tickets()
            .first_use::<DpopProofKind>(&digest, keep_until, cx.now)
            .await?;
        if first {
            Ok(Some(jkt))
        } else {
            Err(refused(
                ErrorCode::InvalidDpopProof,
                "the proof was used before",
            ))
        }
    }
}

/// The algorithms by which a client may sign assertions: the one that it registered, else those that its
/// profile allows.
fn assertion_algorithms(client: &OidcClient) -> Vec<Algorithm> {
    match client.client.metadata.token_endpoint_auth_signing_alg {
        Some(algorithm) => vec![algorithm],
        None if client.client.profile == clau_oidc::client::SecurityProfile::Fapi2 => {
            fapi::ALGORITHMS.to_vec()
        }
        None => Algorithm::ALL.to_vec(),
    }
}

/// A client must prove that it holds a key, and has not.
pub(super) fn needs_proof(caller: &Caller) -> Result<(), OauthError> {
    if caller.client.client.needs_dpop() && caller.jkt.is_none() {
        return Err(OauthError::new(
            ErrorCode::InvalidDpopProof,
            "this client's tokens must be bound to a key: the DPoP header is missing",
        ));
    }
    Ok(())
}
