//! This service as a client of the hub: every call to it, and every check of what it answers (OIDC Core
//! §3.1.3, §5.3, §12; RFC 7009; RP-Initiated Logout §2). Keeps nothing.

use std::io;

use openidconnect::core::{CoreAuthenticationFlow, CoreJwsSigningAlgorithm, CoreRevocableToken};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl,
    LanguageTag, LogoutRequest, Nonce, NonceVerifier, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    SubjectIdentifier, TokenResponse as _,
};
use url::Url;

use super::claims::UserInfo;
use super::credentials::Credentials;
use super::discovery::{Discovery, HubIdToken, Provider, Registration, Tokens};
use super::error::OidcError;
use super::grants::Grant;
use super::http::HubHttp;
use super::login::Pending;
use super::logout_token::{self, Notice};
use crate::services::person::Person;
use crate::services::server::{Arguments, now};

/// How long claims count as fresh where the hub does not say how long its tokens live, in seconds.
const FRESH: i64 = 300;
/// Renewed a little before the access token ends, in seconds.
const MARGIN: i64 = 10;

/// A client of one hub.
pub(super) struct RelyingParty {
    pub(super) discovery: Discovery,
    client_id: String,
    pub(super) scopes: &'static [&'static str],
    posted: bool,
}

/// Tokens that were checked.
pub(super) struct Checked {
    /// What is kept of them.
    pub(super) grant: Grant,
    /// For one call.
    pub(super) access_token: AccessToken,
}

impl RelyingParty {
    /// The client of this name, with `scopes` beside `openid`; `posted`: codes come in a form.
    ///
    /// # Errors
    /// The authority cannot be read, or an address is none.
    pub(super) fn new(
        client_id: &str,
        scopes: &'static [&'static str],
        posted: bool,
        credentials: &Credentials,
        arguments: &Arguments,
    ) -> io::Result<Self> {
        // The issuer is the base address without a slash at its end, and compared as text.
        let issuer = arguments.hub.as_str().trim_end_matches('/').to_owned();
        let redirect = RedirectUrl::from_url(arguments.address("callback"));
        let http = arguments.http_client()?;
        let (secret, http) = match credentials {
            Credentials::Secret(secret) => (
                Some(ClientSecret::new(secret.clone())),
                HubHttp::plain(http),
            ),
            Credentials::Key(key) => (
                None,
                HubHttp::proving(http, key.clone(), client_id, &issuer),
            ),
        };
        let issuer = IssuerUrl::new(issuer).map_err(io::Error::other)?;
        let registration = Registration {
            client_id: ClientId::new(client_id.to_owned()),
            secret,
            redirect,
        };
        Ok(Self {
            discovery: Discovery::new(issuer, registration, http),
            client_id: client_id.to_owned(),
            scopes,
            posted,
        })
    }

    /// Where to send a browser that signs in; `state` comes back with it.
    ///
    /// # Errors
    /// The hub has not said where.
    pub(super) async fn login_address(
        &self,
        pending: &Pending,
        state: String,
    ) -> Result<Url, OidcError> {
        let provider = self.discovery.provider().await?;
        let verifier = PkceCodeVerifier::new(pending.verifier.clone());
        let state = CsrfToken::new(state);
        let nonce = Nonce::new(pending.nonce.clone());
        let mut request = provider
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || state,
                move || nonce,
            )
            .add_scopes(
                self.scopes
                    .iter()
                    .map(|scope| Scope::new((*scope).to_owned())),
            )
            .add_ui_locale(LanguageTag::new("fr".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if self.posted {
            request = request.add_extra_param("response_mode", "form_post");
        }
        Ok(request.url().0)
    }

    /// Redeems the code of a login.
    ///
    /// # Errors
    /// The hub refuses the code, or what it answers is not for this login.
    pub(super) async fn redeem(&self, code: &str, pending: Pending) -> Result<Checked, OidcError> {
        let provider = self.discovery.provider().await?;
        let tokens = provider
            .client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier))
            .request_async(self.discovery.http())
            .await
            .map_err(OidcError::token)?;
        self.checked(&tokens, &Nonce::new(pending.nonce)).await
    }

    /// Gets fresh tokens for a grant. The person and the session stay who they were (OIDC Core §12.2).
    ///
    /// # Errors
    /// The hub refuses, or answers about somebody else.
    pub(super) async fn refresh(&self, grant: &Grant) -> Result<Checked, OidcError> {
        let provider = self.discovery.provider().await?;
        let presented = RefreshToken::new(grant.refresh_token.clone().unwrap_or_default());
        let tokens = provider
            .client
            .exchange_refresh_token(&presented)
            .request_async(self.discovery.http())
            .await
            .map_err(OidcError::token)?;
        let mut renewed = grant.clone();
        if tokens.id_token().is_some() {
            // The nonce was of the login; what comes now may repeat it or leave it out.
            let checked = self.checked(&tokens, |_: Option<&Nonce>| Ok(())).await?;
            if checked.grant.subject != grant.subject || checked.grant.sid != grant.sid {
                return Err(OidcError::Refused(
                    "the refreshed ID token is about somebody else".to_owned(),
                ));
            }
            renewed.id_token = checked.grant.id_token;
        }
        if let Some(next) = tokens.refresh_token() {
            renewed.refresh_token = Some(next.secret().clone());
        }
        renewed.fresh_until = fresh_until(&tokens);
        Ok(Checked {
            grant: renewed,
            access_token: tokens.access_token().clone(),
        })
    }

    /// Asks who the person is.
    ///
    /// # Errors
    /// The hub refuses, or answers about somebody else.
    pub(super) async fn person(&self, checked: &Checked) -> Result<Person, OidcError> {
        let provider = self.discovery.provider().await?;
        let subject = SubjectIdentifier::new(checked.grant.subject.clone());
        let claims: UserInfo = provider
            .client
            .user_info(checked.access_token.clone(), Some(subject))
            .request_async(self.discovery.http())
            .await
            .map_err(OidcError::userinfo)?;
        Ok(Person::from_claims(&claims))
    }

    /// Takes a token back that is no longer needed.
    ///
    /// # Errors
    /// The hub does not answer.
    pub(super) async fn revoke(&self, token: CoreRevocableToken) -> Result<(), OidcError> {
        let provider = self.discovery.provider().await?;
        let request = provider.client.revoke_token(token);
        // Its own address comes from discovery over TLS; the library insists on that.
        let request = request.map_err(|error| OidcError::hub(&error))?;
        let done = request.request_async(self.discovery.http()).await;
        match done {
            Ok(()) => Ok(()),
            Err(RequestTokenError::ServerResponse(answer)) => {
                Err(OidcError::Hub(answer.to_string()))
            }
            Err(error) => Err(OidcError::hub(&error)),
        }
    }

    /// Where to send a browser that leaves the ENT; it comes back to `after`.
    ///
    /// # Errors
    /// The hub has not said where.
    pub(super) async fn logout_address(&self, grant: &Grant, after: Url) -> Result<Url, OidcError> {
        let provider = self.discovery.provider().await?;
        let hint: HubIdToken = grant
            .id_token
            .parse()
            .map_err(|error: serde_json::Error| OidcError::hub(&error))?;
        Ok(LogoutRequest::from(provider.end_session.clone())
            .set_id_token_hint(&hint)
            .set_client_id(ClientId::new(self.client_id.clone()))
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(after))
            .add_ui_locale(LanguageTag::new("fr".to_owned()))
            .http_get_url())
    }

    /// Reads a logout token.
    ///
    /// # Errors
    /// It is not good, or the hub's keys cannot be had.
    pub(super) async fn logout_notice(&self, token: &str) -> Result<Notice, OidcError> {
        let kid = logout_token::claimed_kid(token);
        let provider = self.discovery.provider_with_key(kid.as_deref()).await?;
        let issuer = self.discovery.issuer();
        logout_token::read(token, issuer, &self.client_id, &provider.keys, now())
            .map_err(|why| OidcError::Refused(format!("logout token: {why}")))
    }

    /// Checks the tokens of a login, or of a device (OIDC Core §3.1.3.7, §3.1.3.8).
    pub(super) async fn checked(
        &self,
        tokens: &Tokens,
        nonce: impl NonceVerifier,
    ) -> Result<Checked, OidcError> {
        let refused = |why: String| OidcError::Refused(format!("ID token: {why}"));
        let token = tokens
            .id_token()
            .ok_or_else(|| refused("there is none".to_owned()))?;
        let text = token.to_string();
        let kid = logout_token::claimed_kid(&text);
        let provider = self.discovery.provider_with_key(kid.as_deref()).await?;
        let verifier = verifier(&provider);
        let claims = token.claims(&verifier, nonce).map_err(|error| {
            let OidcError::Hub(why) = OidcError::hub(&error) else {
                return refused(error.to_string());
            };
            refused(why)
        })?;
        if let Some(expected) = claims.access_token_hash() {
            let key = token
                .signing_key(&verifier)
                .map_err(|error| refused(error.to_string()))?;
            let own = AccessTokenHash::from_token(tokens.access_token(), &ES256, key)
                .map_err(|error| refused(error.to_string()))?;
            if own != *expected {
                return Err(refused("it came with another access token".to_owned()));
            }
        }
        Ok(Checked {
            grant: Grant {
                subject: claims.subject().to_string(),
                sid: claims.additional_claims().sid.clone(),
                id_token: text,
                refresh_token: tokens.refresh_token().map(|token| token.secret().clone()),
                fresh_until: fresh_until(tokens),
            },
            access_token: tokens.access_token().clone(),
        })
    }
}

/// As registered (`id_token_signed_response_alg`): never what a token or a document says (OIDC-09).
const ES256: CoreJwsSigningAlgorithm = CoreJwsSigningAlgorithm::EcdsaP256Sha256;

fn verifier(
    provider: &Provider,
) -> openidconnect::IdTokenVerifier<'_, openidconnect::core::CoreJsonWebKey> {
    provider
        .client
        .id_token_verifier()
        .set_allowed_algs([ES256])
}

fn fresh_until(tokens: &Tokens) -> i64 {
    let life = tokens
        .expires_in()
        .map_or(FRESH, |life| i64::try_from(life.as_secs()).unwrap_or(FRESH));
    now() + (life - MARGIN).max(0)
}
