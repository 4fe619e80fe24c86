//! Tokens that only the hub can read: what an access token and a refresh token stand for, sealed under
//! the master key, and the signed form of an access token around it (RFC 9068). Never decides what a
//! token is for: `mint` does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;
use clau_oidc::client::AccessTokenForm;
use clau_oidc::jose;
use clau_oidc::response::AccessToken;
use clau_oidc::scope::ScopeSet;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Failure;
use super::mint::Living;
use crate::error::Error;
use crate::keys::Sealed;
use crate::{Cx, Hub};

/// What an access token stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Access {
    /// The authorization behind it.
    pub(crate) authorization: Digest,
    /// How often access had been withdrawn when it was made: one more, and it is dead.
    pub(crate) withdrawals: u32,
    /// What it allows.
    pub(crate) scope: ScopeSet,
    /// Whom it is for.
    pub(crate) audience: Vec<String>,
    /// When it was made.
    pub(crate) issued: Timestamp,
    /// When it ends.
    pub(crate) expires: Timestamp,
    /// Thumbprint of the key that it is bound to.
    pub(crate) jkt: Option<String>,
}

/// What a signed access token does not say in clear.
#[derive(Serialize, Deserialize)]
struct Reference {
    authorization: Digest,
    withdrawals: u32,
}

/// What a refresh token stands for.
#[derive(Serialize, Deserialize)]
pub(crate) struct Refresh {
    /// The authorization: the family.
    pub(crate) authorization: Digest,
    /// Which one of the family it is.
    pub(crate) generation: u32,
    /// Thumbprint of the key that it is bound to: that of a public client (RFC 9449 §5).
    pub(crate) jkt: Option<String>,
}

impl Hub {
    /// An access token in the form that its client wants.
    pub(super) async fn access_token(
        &self,
        cx: &Cx<'_>,
        living: &Living,
        access: &Access,
    ) -> Result<String, Failure> {
        match living.client.client.access_token {
            AccessTokenForm::Opaque => Ok(self.seal_token(cx, Sealed::AccessToken, access)?),
            AccessTokenForm::Jwt => {
                let reference = Reference {
                    authorization: access.authorization,
                    withdrawals: access.withdrawals,
                };
                let token = self.described(
                    living,
                    access,
                    self.seal_token(cx, Sealed::AccessToken, &reference)?,
                );
                let algorithm = living.client.client.id_token_algorithm();
                self.signer(cx.now, algorithm, |key| token.sign(key)).await
            }
        }
    }

    /// An access token in the words of RFC 9068.
    pub(crate) fn described(&self, living: &Living, access: &Access, jti: String) -> AccessToken {
        AccessToken {
            issuer: self.issuer().to_owned(),
            audience: access.audience.clone(),
            subject: living.subject(),
            client_id: living.client.client.client_id.clone(),
            scope: access.scope.clone(),
            jti,
            issued: access.issued,
            expires: access.expires,
            jkt: access.jkt.clone(),
        }
    }

    /// Reads an access token of either form. `None` when it is none of ours, or has expired.
    pub(crate) async fn read_access(
        &self,
        cx: &Cx<'_>,
        token: &str,
    ) -> Result<Option<Access>, Error> {
        let access = if token.contains('.') {
            let ring = self.key_ring(cx.now).await?;
            let window = Self::window(cx.now, self.settings().oidc.access_token_life);
            let Ok(read) = AccessToken::open(token, self.issuer(), ring.verifying(), window) else {
                return Ok(None);
            };
            let reference: Option<Reference> = self.open_token(Sealed::AccessToken, &read.jti);
            reference.map(|reference| Access {
                authorization: reference.authorization,
                withdrawals: reference.withdrawals,
                scope: read.scope,
                audience: read.audience,
                issued: read.issued,
                expires: read.expires,
                jkt: read.jkt,
            })
        } else {
            self.open_token::<Access>(Sealed::AccessToken, token)
        };
        Ok(access.filter(|access| cx.now < access.expires))
    }

    /// A token that only the hub reads.
    pub(super) fn seal_token(
        &self,
        cx: &Cx<'_>,
        purpose: Sealed,
        content: &impl Serialize,
    ) -> Result<String, Error> {
        let clear =
            serde_json::to_vec(content).map_err(|error| Error::Defect(error.to_string()))?;
        let sealed = self.keys().seal(purpose, cx.random, "", &clear);
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What a token of ours stands for.
    pub(super) fn open_token<T: DeserializeOwned>(
        &self,
        purpose: Sealed,
        token: &str,
    ) -> Option<T> {
        if token.len() > jose::LONGEST {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let clear = self.keys().unseal(purpose, "", &sealed)?;
        serde_json::from_slice(&clear).ok()
    }
}
