//! What `clau apply` asks of a service that speaks OpenID Connect, and its secrets: offered in a file,
//! stored as digests, never written back.

use std::collections::BTreeSet;

use clau_domain::secret::ExposeSecret as _;
use clau_domain::service::{OidcSettings, Service};
use clau_domain::spelling::nearest;
use clau_oidc::client::{AuthMethod, Client, ClientMetadata};
use clau_oidc::scope::{OPENID, ScopeSet};
use clau_oidc::spelling::CLAIMS;
use clau_storage::Tx;
use clau_storage::client_credentials::{self, Credential, CredentialKind};

use super::{ApplyError, Work};
use crate::oidc::clients::{client_of, has_secret};

/// Fewest characters of a secret that an operator chooses: its digest is no slow one (OIDC-08).
const SHORTEST_SECRET: usize = 32;

impl Work<'_> {
    pub(super) fn check_client(&mut self, file: &str, name: &str, service: &Service) {
        let Some(settings) = &service.oidc else {
            return;
        };
        for unknown in settings.client.keys() {
            if ClientMetadata::NAMES.contains(&unknown.as_str()) {
                continue;
            }
            let near = nearest(unknown, ClientMetadata::NAMES.iter().copied());
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let what = format!("no metadata of RFC 7591 that the hub knows{near}");
            self.mistake(file, format!("{name}: oidc.client.{unknown}"), what);
        }
        for secret in &settings.secret.0 {
            if secret.expose_secret().chars().count() < SHORTEST_SECRET {
                let what = format!(
                    "at least {SHORTEST_SECRET} characters are expected; `clau clients secret {}` makes one",
                    service.id
                );
                self.mistake(file, format!("{name}: oidc.secret"), what);
            }
        }
        match client_of(service, settings, self.hub.today(self.cx.now)) {
            Err(error) => {
                self.mistake(file, format!("{name}: oidc.client"), error.description());
            }
            Ok(client) => self.check_read_client(file, name, (service, settings, &client)),
        }
    }

    fn check_read_client(
        &mut self,
        file: &str,
        name: &str,
        (service, settings, client): (&Service, &OidcSettings, &Client),
    ) {
        let method = client.metadata.token_endpoint_auth_method;
        if !has_secret(method) && !settings.secret.0.is_empty() {
            let what = format!("the method `{}` uses no secret", method.name());
            self.mistake(file, format!("{name}: oidc.secret"), what);
        }
        if client.pkce_exempt && method == AuthMethod::None {
            let what = "a public client is never exempt from PKCE";
            self.mistake(file, format!("{name}: oidc.pkce_exempt_until"), what);
        }
        // A scope that brings nothing is asked for in vain.
        let released = service.released();
        let empty: Vec<&str> = scopes_without_release(&client.metadata.scope, &released);
        if !empty.is_empty() {
            let what = format!(
                "the scopes {} bring nothing that `release` lists (or, for sensitive attributes, that \
                 `release.approval` approves)",
                empty.join(", ")
            );
            self.warn(file, format!("{name}: oidc.client.scope"), what);
        }
        if !client.metadata.redirect_uris.is_empty() && !client.metadata.scope.has(OPENID) {
            let what = "without the scope openid the client gets no ID token";
            self.warn(file, format!("{name}: oidc.client.scope"), what);
        }
    }

    /// No two services are the same client; those that a service accepts exist.
    pub(super) fn check_clients_together(
        &mut self,
        file: &str,
        service: &Service,
        (known, all): (&[Service], &BTreeSet<&str>),
    ) {
        let Some(settings) = &service.oidc else {
            return;
        };
        let stored = known.iter().find(|stored| stored.id == service.id);
        let stored = stored.and_then(|stored| stored.oidc.as_ref());
        if settings.is_dynamic() && !stored.is_some_and(OidcSettings::is_dynamic) {
            let what = "only the hub says `dynamic`, of clients that registered themselves";
            let place = format!("service {}: oidc.origin", service.id);
            self.mistake(file, place, what);
        }
        let id = settings.client_id(&service.id);
        let twin = known.iter().find(|other| {
            other.id != service.id
                && other
                    .oidc
                    .as_ref()
                    .is_some_and(|settings| settings.client_id(&other.id) == id)
        });
        if let Some(twin) = twin {
            let what = format!("the service `{}` is the client `{id}` already", twin.id);
            self.mistake(
                file,
                format!("service {}: oidc.client_id", service.id),
                what,
            );
        }
        for other in settings
            .accepts
            .iter()
            .filter(|other| !all.contains(other.as_str()))
        {
            let place = format!("service {}: oidc.accepts", service.id);
            let what = format!("no service `{other}` is registered (yet)");
            self.warn(file, place, what);
        }
    }

    /// Stores the secrets that a file offers; whether they are others than those that are stored. Without
    /// any in the file, those that are stored stay.
    pub(super) async fn secrets(
        &mut self,
        tx: &mut Tx,
        file: &str,
        service: &Service,
    ) -> Result<bool, ApplyError> {
        let Some(settings) = &service.oidc else {
            return Ok(false);
        };
        let today = self.hub.today(self.cx.now);
        let Ok(client) = client_of(service, settings, today) else {
            return Ok(false);
        };
        let method = client.metadata.token_endpoint_auth_method;
        let stored = client_credentials::of_service(self.hub.database(), &service.id).await?;
        let stored: Vec<&Credential> = stored
            .iter()
            .filter(|credential| credential.kind == CredentialKind::Secret)
            .collect();
        if !has_secret(method) {
            let none: [Credential; 0] = [];
            if !stored.is_empty() {
                client_credentials::replace(tx, &service.id, CredentialKind::Secret, &none).await?;
            }
            return Ok(!stored.is_empty());
        }
        if settings.secret.0.is_empty() {
            if stored.is_empty() {
                let what = format!(
                    "the client has no secret yet: `clau clients secret {}` makes one and shows it once",
                    service.id
                );
                self.warn(file, format!("service {}: oidc.secret", service.id), what);
            } else if method == AuthMethod::SecretJwt
                && stored.iter().all(|secret| secret.sealed.is_none())
            {
                let what = format!(
                    "the secret was made for another method and cannot be used for this one: \
                     `clau clients secret {}` makes one",
                    service.id
                );
                self.warn(file, format!("service {}: oidc.secret", service.id), what);
            }
            return Ok(false);
        }
        let offered: Vec<Credential> = settings
            .secret
            .0
            .iter()
            .map(|secret| {
                let secret = secret.expose_secret();
                self.hub
                    .secret_credential(self.cx, &service.id, method, secret)
            })
            .collect();
        let needs_clear = method == AuthMethod::SecretJwt;
        let same = offered.len() == stored.len()
            && offered.iter().all(|new| {
                let mut stored = stored.iter();
                stored.any(|old| old.digest == new.digest && old.sealed.is_some() == needs_clear)
            });
        if !same {
            client_credentials::replace(tx, &service.id, CredentialKind::Secret, &offered).await?;
        }
        Ok(!same)
    }
}

/// The scopes with claims of which none can leave.
fn scopes_without_release<'a>(
    scope: &'a ScopeSet,
    released: &BTreeSet<clau_domain::policy::Attribute>,
) -> Vec<&'a str> {
    scope
        .iter()
        .filter(|scope| {
            let mut claims = CLAIMS
                .iter()
                .filter(|(_, by)| by == scope)
                .map(|(claim, _)| *claim)
                .peekable();
            claims.peek().is_some()
                && claims.all(|claim| {
                    let mut made_of = clau_oidc::spelling::made_of(claim).iter();
                    !made_of.any(|attribute| released.contains(attribute))
                })
        })
        .collect()
}
