//! Signing in on a screen without a keyboard (RFC 8628): codes to show, and the patient question
//! whether somebody has typed them elsewhere. The library keeps the pace the hub asks for.

use std::future::Future;
use std::time::Duration;

use openidconnect::core::{CoreDeviceAuthorizationResponse, CoreRevocableToken};
use openidconnect::{
    DeviceCodeErrorResponseType, Nonce, OAuth2TokenResponse as _, RequestTokenError, Scope,
};

use super::discovery::Tokens;
use super::error::OidcError;
use super::relying_party::RelyingParty;
use crate::services::person::Person;

/// Codes of one attempt. Never `Debug`: the device's own is a secret.
pub struct DeviceCodes(CoreDeviceAuthorizationResponse);

/// How an attempt ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody has said who they are.
    Person(Box<Person>),
    /// Somebody has said no.
    Denied,
    /// Nobody came in time.
    Expired,
}

impl DeviceCodes {
    /// For people to type.
    #[must_use]
    pub fn user_code(&self) -> &str {
        self.0.user_code().secret()
    }

    /// Where they type it.
    #[must_use]
    pub fn address(&self) -> &str {
        self.0.verification_uri().as_str()
    }

    /// The same with the code in it.
    #[must_use]
    pub fn address_with_code(&self) -> &str {
        match self.0.verification_uri_complete() {
            Some(complete) => complete.secret(),
            None => self.address(),
        }
    }

    /// How long they are good.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.0.expires_in()
    }
}

impl RelyingParty {
    /// Asks for codes to show, for these scopes beside `openid`.
    ///
    /// # Errors
    /// The hub does not give any.
    pub(super) async fn device_codes(&self, scopes: &[&str]) -> Result<DeviceCodes, OidcError> {
        let provider = self.discovery.provider().await?;
        let scopes = scopes.iter().map(|scope| Scope::new((*scope).to_owned()));
        let codes = provider
            .client
            .exchange_device_code()
            .add_scopes(scopes)
            .request_async(self.discovery.http())
            .await
            .map_err(OidcError::token)?;
        Ok(DeviceCodes(codes))
    }

    /// Asks, as often as the hub allows, whether somebody has typed the code, until somebody has or it
    /// is too late. `sleep` waits: the time between two questions, the first of them included.
    ///
    /// # Errors
    /// The hub answers something else, or about somebody it does not name.
    pub(super) async fn device_outcome<S, F>(
        &self,
        codes: &DeviceCodes,
        sleep: S,
    ) -> Result<Outcome, OidcError>
    where
        S: Fn(Duration) -> F + Send + Sync,
        F: Future<Output = ()> + Send,
    {
        let provider = self.discovery.provider().await?;
        sleep(codes.0.interval()).await;
        let asked = provider
            .client
            .exchange_device_access_token(&codes.0)
            .request_async(self.discovery.http(), sleep, None)
            .await;
        match asked {
            Ok(tokens) => self.person_of_device(&tokens).await.map(Outcome::Person),
            Err(RequestTokenError::ServerResponse(answer)) => match answer.error() {
                DeviceCodeErrorResponseType::AccessDenied => Ok(Outcome::Denied),
                DeviceCodeErrorResponseType::ExpiredToken => Ok(Outcome::Expired),
                _ => Err(OidcError::Hub(answer.to_string())),
            },
            Err(error) => Err(OidcError::hub(&error)),
        }
    }

    /// Who it is. The tokens have served with this and are taken back.
    async fn person_of_device(&self, tokens: &Tokens) -> Result<Box<Person>, OidcError> {
        // No browser, no nonce: the code was asked for by this very process.
        let checked = self.checked(tokens, |_: Option<&Nonce>| Ok(())).await?;
        let person = self.person(&checked).await?;
        let refresh = tokens.refresh_token().cloned();
        let revocable = refresh.map_or_else(
            || CoreRevocableToken::AccessToken(checked.access_token),
            CoreRevocableToken::RefreshToken,
        );
        if let Err(error) = self.revoke(revocable).await {
            eprintln!("revocation: {error}");
        }
        Ok(Box::new(person))
    }
}
