//! What an access token opens at the hub itself, and what is told and undone about tokens: userinfo (OIDC
//! Core §5.3), introspection (RFC 7662), revocation (RFC 7009). Whose token it is and whom it is for is
//! checked each time; what is none of the asker's business reads as unknown (OIDC-12).

use clau_domain::secret::ExposeSecret as _;
use clau_oidc::error::{ErrorCode, OauthError};
use clau_oidc::parameters::Parameters;
use clau_oidc::request::PresentedToken;
use clau_oidc::response::{Introspection, sign_introspection, sign_userinfo, userinfo};
use clau_oidc::scope::OPENID;
use clau_oidc::spelling;
use clau_storage::authorizations;
use serde_json::{Map, Value};

use super::authenticate::{Caller, Presented};
use super::mint::Living;
use super::sealed::{Access, Refresh};
use super::{Failure, refused};
use crate::keys::Sealed;
use crate::{Cx, Hub};

/// User information, in the form that the client is registered for.
pub enum UserInfo {
    /// JSON.
    Plain(Map<String, Value>),
    /// Signed (`application/jwt`).
    Signed(String),
}

/// What is told of a token.
pub enum Told {
    /// JSON.
    Plain(Value),
    /// Signed (RFC 9701).
    Signed(String),
}

impl Hub {
    /// The userinfo endpoint. `token` and `scheme` are what came with the request.
    ///
    /// # Errors
    /// `invalid_token`, `insufficient_scope`, `invalid_dpop_proof`.
    pub async fn oidc_userinfo(
        &self,
        cx: &Cx<'_>,
        presented: Presented<'_>,
        (token, scheme): (&str, Scheme),
    ) -> Result<UserInfo, Failure> {
        let living = self.opened(cx, presented, (token, scheme)).await?;
        let Living { detail, client, .. } = &living;
        let grant = living
            .grant
            .as_ref()
            .ok_or_else(|| bad_token("the token is no person's"))?;
        let claims = spelling::claims(
            &living.detail.scope,
            &detail.claims.userinfo,
            grant.released(),
        );
        let body = userinfo(&living.subject(), claims);
        let metadata = &client.client.metadata;
        match metadata.userinfo_signed_response_alg {
            None => Ok(UserInfo::Plain(body)),
            Some(algorithm) => {
                let client_id = &client.client.client_id;
                let signed = self
                    .signer(cx.now, algorithm, |key| {
                        sign_userinfo(body, self.issuer(), client_id, key)
                    })
                    .await?;
                Ok(UserInfo::Signed(signed))
            }
        }
    }

    /// The authorization behind a token that is presented to the hub as a protected resource, narrowed to
    /// what this very token allows.
    async fn opened(
        &self,
        cx: &Cx<'_>,
        presented: Presented<'_>,
        (token, scheme): (&str, Scheme),
    ) -> Result<Living, Failure> {
        let access = self
            .read_access(cx, token)
            .await?
            .ok_or_else(|| bad_token("the access token is unknown or has expired"))?;
        if !access.audience.iter().any(|named| named == self.issuer()) {
            return Err(bad_token("the access token is for another server"));
        }
        // RFC 9449 §7.1: a bound token is worth nothing without its proof, nor as a bearer token.
        let jkt = self.proof_of_possession(cx, presented, Some(token)).await?;
        match (&access.jkt, scheme) {
            (None, Scheme::Bearer) => {}
            (Some(bound), Scheme::Dpop) if jkt.as_ref() == Some(bound) => {}
            _ => {
                return Err(bad_token(
                    "the access token is bound to a key, and this is no proof of it",
                ));
            }
        }
        let mut living = self.behind(cx, &access).await?.map_err(bad_token)?;
        if !access.scope.has(OPENID) {
            return Err(refused(
                ErrorCode::InsufficientScope,
                "the access token does not have the scope openid",
            ));
        }
        living.detail.scope = access.scope;
        Ok(living)
    }

    /// The introspection endpoint (RFC 7662 §2); `signed` when the answer is to be a JWT (RFC 9701 §4).
    ///
    /// # Errors
    /// `invalid_client`, `invalid_request`.
    pub async fn oidc_introspect(
        &self,
        cx: &Cx<'_>,
        presented: Presented<'_>,
        list: &[(String, String)],
        signed: bool,
    ) -> Result<Told, Failure> {
        let parameters = Parameters::new(list)?;
        let caller = self.oidc_caller(cx, presented, parameters).await?;
        if caller.client.client.is_public() {
            return Err(refused(
                ErrorCode::InvalidClient,
                "a public client cannot ask about tokens",
            ));
        }
        let asked = PresentedToken::read(parameters)?;
        let told = self
            .introspected(cx, &caller, asked.token.expose_secret())
            .await?;
        if !signed {
            return Ok(Told::Plain(told.to_json()));
        }
        let client = &caller.client.client;
        let token = self
            .signer(cx.now, client.id_token_algorithm(), |key| {
                sign_introspection(&told, self.issuer(), &client.client_id, cx.now, key)
            })
            .await?;
        Ok(Told::Signed(token))
    }

    async fn introspected(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        token: &str,
    ) -> Result<Introspection, Failure> {
        let Some(access) = self.read_access(cx, token).await? else {
            return Ok(Introspection::Inactive);
        };
        let Ok(living) = self.behind(cx, &access).await? else {
            return Ok(Introspection::Inactive);
        };
        if !concerns(caller, &access, &living) {
            return Ok(Introspection::Inactive);
        }
        let jti = clau_domain::secret::Digest::of("oidc-jti", token).short();
        let described = self.described(&living, &access, jti);
        Ok(Introspection::Active(Box::new(described)))
    }

    /// The revocation endpoint (RFC 7009 §2). A token that is unknown, or another client's, is none: the
    /// answer is the same.
    ///
    /// # Errors
    /// `invalid_client`, `invalid_request`.
    pub async fn oidc_revoke(
        &self,
        cx: &Cx<'_>,
        presented: Presented<'_>,
        list: &[(String, String)],
    ) -> Result<(), Failure> {
        let parameters = Parameters::new(list)?;
        let caller = self.oidc_caller(cx, presented, parameters).await?;
        let asked = PresentedToken::read(parameters)?;
        let token = asked.token.expose_secret();
        // The two kinds are sealed by two keys: trying both is no guess, whatever the hint says.
        let refresh: Option<Refresh> = self.open_token(Sealed::RefreshToken, token);
        let (id, whole) = match refresh {
            Some(refresh) => (refresh.authorization, true),
            None => match self.read_access(cx, token).await? {
                Some(access) => (access.authorization, false),
                None => return Ok(()),
            },
        };
        let row = authorizations::find(self.database(), &id).await?;
        if row.is_none_or(|row| row.service != caller.client.service.id) {
            return Ok(());
        }
        if whole {
            authorizations::revoke(self.database(), &id, cx.now).await?;
        } else {
            // §2.1: the client may go on with its refresh token.
            authorizations::withdraw_access(self.database(), &id).await?;
        }
        tracing::info!(
            event = "oidc.revoked",
            client = caller.name(),
            authorization = %id.short(),
            whole,
            "a client gave a token back"
        );
        Ok(())
    }
}

/// How an access token came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RFC 6750.
    Bearer,
    /// RFC 9449 §7.1.
    Dpop,
}

fn bad_token(why: &'static str) -> Failure {
    Failure::Oauth(OauthError::new(ErrorCode::InvalidToken, why))
}

/// Whether a client may know about a token: it is its own, or for it.
fn concerns(caller: &Caller, access: &Access, living: &Living) -> bool {
    let own = living.authorization.service == caller.client.service.id;
    let settings = caller.client.settings();
    let named = |name: &String| {
        *name == caller.client.client.client_id
            || settings.is_some_and(|settings| settings.has_resource(name))
    };
    own || access.audience.iter().any(named)
}
