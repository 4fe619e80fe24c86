//! What an operator does with clients: sees them, makes their secrets, ends what they hold, invites
//! others. Never shows a secret that was made before.

use std::time::Duration;

use clau_domain::ids::ServiceId;
use clau_domain::names::LoginName;
use clau_domain::secret::{InvitationKind, RegistrationSecretKind, Token};
use clau_domain::service::OidcSettings;
use clau_domain::time::Timestamp;
use clau_storage::client_credentials::{self, Credential, CredentialKind};
use clau_storage::{accounts, authorizations, invitations, services};
use serde::Serialize;

use super::clients::has_secret;
use super::template::Template;
use crate::error::Error;
use crate::{Cx, Hub};

/// A client, as an operator sees it.
#[derive(Clone, Debug, Serialize)]
pub struct ClientView {
    /// Client identifier.
    pub client_id: String,
    /// The service it belongs to.
    pub service: String,
    /// Its name.
    pub name: String,
    /// How it proves itself.
    pub authentication: &'static str,
    /// How many secrets are good now.
    pub secrets: usize,
    /// Whether it registered itself.
    pub dynamic: bool,
    /// Whether it may be used.
    pub enabled: bool,
}

/// Why a client gets no secret.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No service has this identifier, or it is no client.
    #[error("no service `{0}` speaks OpenID Connect")]
    Unknown(ServiceId),
    /// The client proves itself in another way.
    #[error("the client authenticates by `{0}`, which uses no secret")]
    NoSecret(&'static str),
    /// It is in a file of an operator's, who takes it out there.
    #[error("`{0}` did not register itself: take `[service.oidc]` out of its file and apply that")]
    NotDynamic(ServiceId),
    /// No account has this login.
    #[error("no account has the login `{0}`")]
    NoSuchLogin(String),
    /// No invitation begins so.
    #[error("no invitation is called `{0}`")]
    NoSuchInvitation(String),
    /// The hub cannot do it now.
    #[error(transparent)]
    Hub(#[from] Error),
}

/// An invitation, as an operator sees it.
#[derive(Clone, Debug, Serialize)]
pub struct InvitationView {
    /// By what it is withdrawn; not what it is used by.
    pub name: String,
    /// Who was invited.
    pub label: String,
    /// How many clients may still be registered by it.
    pub uses_left: u32,
    /// When it was made.
    pub created_at: String,
    /// When it ends.
    pub expires_at: String,
    /// Whether it can be used now.
    pub good: bool,
}

impl From<clau_storage::StorageError> for ClientError {
    fn from(error: clau_storage::StorageError) -> Self {
        Self::Hub(error.into())
    }
}

impl Hub {
    /// All clients, by client identifier.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_clients(&self, cx: &Cx<'_>) -> Result<Vec<ClientView>, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let view = |client: &std::sync::Arc<super::clients::OidcClient>| ClientView {
            client_id: client.client.client_id.clone(),
            service: client.service.id.to_string(),
            name: client.service.name.clone(),
            authentication: client.client.metadata.token_endpoint_auth_method.name(),
            secrets: client.secrets.iter().filter(|s| s.is_good(cx.now)).count(),
            dynamic: client.settings().is_some_and(OidcSettings::is_dynamic),
            enabled: client.is_enabled(),
        };
        Ok(catalogue.all_clients().map(view).collect())
    }

    /// Makes a secret for a client, told once. The ones that it has stay good for `overlap`, so that its
    /// servers can be changed one by one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn make_client_secret(
        &self,
        cx: &Cx<'_>,
        service: &ServiceId,
        overlap: Duration,
    ) -> Result<Token<RegistrationSecretKind>, ClientError> {
        let catalogue = self.catalogue(cx.now).await?;
        let client = catalogue
            .any_client_of(service)
            .ok_or_else(|| ClientError::Unknown(service.clone()))?;
        let method = client.client.metadata.token_endpoint_auth_method;
        if !has_secret(method) {
            return Err(ClientError::NoSecret(method.name()));
        }
        let secret = Token::<RegistrationSecretKind>::mint(cx.random);
        let until = cx.now + overlap;
        let former = client_credentials::of_service(self.database(), service).await?;
        let mut secrets: Vec<Credential> = former
            .into_iter()
            .filter(|known| known.kind == CredentialKind::Secret)
            .map(|known| Credential {
                expires_at: Some(known.expires_at.map_or(until, |ends| ends.min(until))),
                ..known
            })
            .filter(|known| known.expires_at.is_some_and(|ends| cx.now < ends))
            .collect();
        secrets.push(self.secret_credential(cx, service, method, secret.expose()));
        let mut tx = self.database().begin().await?;
        client_credentials::replace(&mut tx, service, CredentialKind::Secret, &secrets).await?;
        tx.commit().await?;
        self.forget_catalogue();
        tracing::info!(event = "oidc.secret_made", service = %service, "a client's secret was made");
        Ok(secret)
    }

    /// Makes an invitation: an initial access token (RFC 7591 §3). Told once; stored as its digest.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Config`] for a template that cannot work.
    pub async fn invite_clients(
        &self,
        cx: &Cx<'_>,
        label: &str,
        template: &Template,
        (uses, expires_at): (u32, Timestamp),
    ) -> Result<Token<InvitationKind>, Error> {
        template
            .scopes()
            .map_err(|error| Error::Config(error.to_string()))?;
        let token = Token::<InvitationKind>::mint(cx.random);
        let invitation = invitations::Invitation {
            digest: token.digest(),
            label: label.to_owned(),
            detail: serde_json::to_value(template)
                .map_err(|error| Error::Defect(error.to_string()))?,
            uses_left: uses,
            created_at: cx.now,
            expires_at,
        };
        invitations::add(self.database(), &invitation).await?;
        tracing::info!(event = "oidc.invited", label, uses, "clients were invited");
        Ok(token)
    }

    /// The invitations, those that are over too, the newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_invitations(&self, cx: &Cx<'_>) -> Result<Vec<InvitationView>, Error> {
        let all = invitations::all(self.database()).await?;
        let view = |invitation: invitations::Invitation| InvitationView {
            name: invitation.digest.short(),
            good: invitation.uses_left > 0 && cx.now < invitation.expires_at,
            label: invitation.label,
            uses_left: invitation.uses_left,
            created_at: invitation.created_at.rfc3339(),
            expires_at: invitation.expires_at.rfc3339(),
        };
        Ok(all.into_iter().map(view).collect())
    }

    /// Takes an invitation back; clients that were registered by it stay.
    ///
    /// # Errors
    /// [`ClientError::NoSuchInvitation`].
    pub async fn withdraw_invitation(&self, name: &str) -> Result<(), ClientError> {
        let all = invitations::all(self.database()).await?;
        let mut named = all.into_iter().filter(|one| one.digest.short() == name);
        let invitation = named
            .next()
            .ok_or_else(|| ClientError::NoSuchInvitation(name.to_owned()))?;
        invitations::remove(self.database(), &invitation.digest).await?;
        let label = invitation.label;
        tracing::info!(
            event = "oidc.uninvited",
            label,
            "an invitation was withdrawn"
        );
        Ok(())
    }

    /// Ends what a client holds, of everybody or of one person: codes, access and refresh tokens. People
    /// stay signed in, and what they agreed to stays; how many authorizations ended.
    ///
    /// # Errors
    /// [`ClientError::Unknown`], [`ClientError::NoSuchLogin`].
    pub async fn end_client(
        &self,
        cx: &Cx<'_>,
        service: &ServiceId,
        login: Option<&str>,
    ) -> Result<u64, ClientError> {
        let catalogue = self.catalogue(cx.now).await?;
        if catalogue.any_client_of(service).is_none() {
            return Err(ClientError::Unknown(service.clone()));
        }
        let ended = match login {
            None => authorizations::revoke_of_service(self.database(), service, cx.now).await?,
            Some(typed) => {
                let missing = || ClientError::NoSuchLogin(typed.to_owned());
                let login = LoginName::typed(typed).map_err(|_| missing())?;
                let account = accounts::by_login(self.database(), &login).await?;
                let person = account.ok_or_else(missing)?.person;
                authorizations::revoke_of_person(self.database(), person, Some(service), cx.now)
                    .await?
            }
        };
        tracing::warn!(
            event = "oidc.client_ended",
            service = %service,
            ended,
            "an operator ended what a client held"
        );
        Ok(ended)
    }

    /// Takes a client that registered itself out of the registry.
    ///
    /// # Errors
    /// [`ClientError::Unknown`], [`ClientError::NotDynamic`].
    pub async fn remove_client(&self, cx: &Cx<'_>, service: &ServiceId) -> Result<(), ClientError> {
        let catalogue = self.catalogue(cx.now).await?;
        let client = catalogue
            .any_client_of(service)
            .ok_or_else(|| ClientError::Unknown(service.clone()))?;
        if !client.settings().is_some_and(OidcSettings::is_dynamic) {
            return Err(ClientError::NotDynamic(service.clone()));
        }
        self.remove_registration(service).await?;
        Ok(())
    }

    /// Takes a registration out of the registry: what the client holds is worth nothing from now on.
    pub(super) async fn remove_registration(&self, service: &ServiceId) -> Result<(), Error> {
        let mut tx = self.database().begin().await?;
        services::remove(&mut tx, service).await?;
        tx.commit().await?;
        self.forget_catalogue();
        tracing::info!(event = "oidc.unregistered", client = %service, "a client left the registry");
        Ok(())
    }
}
