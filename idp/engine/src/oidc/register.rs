//! Dynamic registration (RFC 7591, RFC 7592, OIDC Registration): by invitation only (OIDC-21). An
//! invitation says for whom the client may be, what it may receive and for which scopes; the client says
//! where it lives and how it proves itself.

use clau_domain::ids::ServiceId;
use clau_domain::secret::{
    Digest, InvitationKind, Kind, RegistrationKind, RegistrationSecretKind, Token,
};
use clau_domain::service::{ClientOrigin, OidcSettings, Service, ServiceLogin, ServiceSession};
use clau_domain::time::Timestamp;
use clau_oidc::client::{AuthMethod, Client, ClientMetadata, GrantType};
use clau_oidc::error::ErrorCode;
use clau_oidc::jose::object;
use clau_oidc::response::RegistrationResponse;
use clau_oidc::scope::ScopeSet;
use clau_storage::client_credentials::{self, Credential, CredentialKind};
use clau_storage::invitations::{self, Invitation};
use clau_storage::services;
use serde_json::{Map, Value, json};

use super::clients::{OidcClient, client_of, has_secret};
use super::template::Template;
use super::{Failure, refused};
use crate::error::Error;
use crate::keys::Sealed;
use crate::{Cx, Hub};

/// Longest list of addresses that a sector may publish, in bytes.
const LONGEST_SECTOR: usize = 64 * 1024;

/// A client that has been registered, for the one answer that tells it its secrets.
pub struct Registered {
    body: Value,
}

impl Registered {
    /// The body (RFC 7591 §3.2.1).
    pub fn to_json(&self) -> &Value {
        &self.body
    }
}

/// Secrets that have just been made.
#[derive(Default)]
struct Made {
    secret: Option<Token<RegistrationSecretKind>>,
    token: Option<Token<RegistrationKind>>,
}

impl Hub {
    /// Registers a client (RFC 7591 §3.1). `invitation` is the bearer token of the request.
    ///
    /// # Errors
    /// `invalid_token`, `invalid_client_metadata`, `invalid_redirect_uri`.
    pub async fn oidc_register(
        &self,
        cx: &Cx<'_>,
        invitation: Option<&str>,
        body: &[u8],
    ) -> Result<Registered, Failure> {
        let unknown = || {
            refused(
                ErrorCode::InvalidToken,
                "registration is by invitation: the initial access token is missing, unknown or used up",
            )
        };
        let token = invitation
            .and_then(Token::<InvitationKind>::parse)
            .ok_or_else(unknown)?;
        // What is wrong with the declaration is told before the invitation is used.
        let mut declared = read_declaration(body)?;
        let template = self.template(cx, &token).await?.ok_or_else(unknown)?;
        let service = self
            .service_of(cx, &template, &mut declared, new_id(cx))
            .await?;
        let client = self.checked_client(cx, &service).await?;
        if invitations::use_one(self.database(), &token.digest(), cx.now)
            .await?
            .is_none()
        {
            return Err(unknown());
        }
        let made = Made {
            secret: has_secret(client.metadata.token_endpoint_auth_method)
                .then(|| Token::mint(cx.random)),
            token: Some(Token::mint(cx.random)),
        };
        let mut tx = self.database().begin().await?;
        services::put(&mut tx, &service, cx.now).await?;
        for credential in self.credentials(cx, &service.id, &client, &made) {
            client_credentials::put(&mut tx, &credential).await?;
        }
        tx.commit().await?;
        self.forget_catalogue();
        tracing::info!(
            event = "oidc.registered",
            client = %service.id,
            reference = %cx.reference,
            "a client registered itself"
        );
        let token = made.token.as_ref().map(Token::expose);
        Ok(self.registered(&client, cx.now, made.secret.as_ref(), token))
    }

    /// What a client is registered with (RFC 7592 §2.1).
    ///
    /// # Errors
    /// `invalid_token`.
    pub async fn oidc_registration(
        &self,
        cx: &Cx<'_>,
        client_id: &str,
        token: Option<&str>,
    ) -> Result<Registered, Failure> {
        let known = self.registrant(cx, client_id, token).await?;
        Ok(self.registered(&known.client, known.registered_at(), None, token))
    }

    /// Replaces what a client declares (RFC 7592 §2.2). What the invitation allowed stays.
    ///
    /// # Errors
    /// `invalid_token`, `invalid_client_metadata`, `invalid_redirect_uri`.
    pub async fn oidc_change_registration(
        &self,
        cx: &Cx<'_>,
        (client_id, token): (&str, Option<&str>),
        body: &[u8],
    ) -> Result<Registered, Failure> {
        let known = self.registrant(cx, client_id, token).await?;
        let mut declared = read_declaration(body)?;
        for name in [
            "registration_access_token",
            "registration_client_uri",
            "client_secret_expires_at",
            "client_id_issued_at",
        ] {
            declared.remove(name);
        }
        let names_itself = declared.remove("client_id");
        if names_itself
            .and_then(|id| id.as_str().map(str::to_owned))
            .as_deref()
            != Some(client_id)
        {
            return Err(bad_metadata("`client_id` must be the client's own"));
        }
        let named_secret = declared.remove("client_secret");
        let former = known
            .settings()
            .ok_or_else(|| Error::Defect("a client without settings".to_owned()))?;
        let template = Template {
            access: known.service.access.clone(),
            release: known.service.release.clone(),
            scope: known.client.metadata.scope.to_string(),
            consent: former.consent,
            access_token: former.access_token,
            pkce_exempt_until: former.pkce_exempt_until,
        };
        let service = self
            .service_of(cx, &template, &mut declared, known.service.id.clone())
            .await?;
        let client = self.checked_client(cx, &service).await?;
        let method = client.metadata.token_endpoint_auth_method;
        self.check_named_secret(cx, &known, named_secret.as_ref())?;
        let made = Made {
            secret: (has_secret(method) && known.secrets.is_empty())
                .then(|| Token::mint(cx.random)),
            token: None,
        };
        let mut tx = self.database().begin().await?;
        services::put(&mut tx, &service, cx.now).await?;
        if !has_secret(method) {
            client_credentials::replace(&mut tx, &service.id, CredentialKind::Secret, &[]).await?;
        }
        for credential in self.credentials(cx, &service.id, &client, &made) {
            client_credentials::put(&mut tx, &credential).await?;
        }
        tx.commit().await?;
        self.forget_catalogue();
        let secret = made.secret.as_ref();
        Ok(self.registered(&client, known.registered_at(), secret, token))
    }

    /// Takes a client out of the registry (RFC 7592 §2.3): what it holds is worth nothing from now on.
    ///
    /// # Errors
    /// `invalid_token`.
    pub async fn oidc_unregister(
        &self,
        cx: &Cx<'_>,
        client_id: &str,
        token: Option<&str>,
    ) -> Result<(), Failure> {
        let known = self.registrant(cx, client_id, token).await?;
        Ok(self.remove_registration(&known.service.id).await?)
    }

    /// The template of an invitation that can still be used.
    async fn template(
        &self,
        cx: &Cx<'_>,
        token: &Token<InvitationKind>,
    ) -> Result<Option<Template>, Error> {
        let digest = token.digest();
        let all = invitations::all(self.database()).await?;
        let found = all.into_iter().find(|invitation| {
            invitation.digest == digest
                && invitation.uses_left > 0
                && cx.now < invitation.expires_at
        });
        let read = |invitation: Invitation| {
            serde_json::from_value(invitation.detail)
                .map_err(|error| Error::Defect(error.to_string()))
        };
        found.map(read).transpose()
    }

    /// The service that a declaration makes under a template.
    async fn service_of(
        &self,
        cx: &Cx<'_>,
        template: &Template,
        declared: &mut Map<String, Value>,
        id: ServiceId,
    ) -> Result<Service, Failure> {
        let allowed = template.scopes()?;
        let scope = match declared.get("scope") {
            None => allowed,
            Some(Value::String(text)) => ScopeSet::parse(text)?.within(&allowed),
            Some(_) => return Err(bad_metadata("`scope` must be a string")),
        };
        declared.insert("scope".to_owned(), json!(scope));
        // OIDC Registration §2 pairs the hybrid response type with the grant type `implicit`. There is no
        // implicit grant here; the client is told what it got (RFC 7591 §3.2.1).
        let hybrid = declared.get("response_types").and_then(Value::as_array);
        let hybrid = hybrid.is_some_and(|types| types.contains(&json!("code id_token")));
        if let (true, Some(Value::Array(grants))) = (hybrid, declared.get_mut("grant_types")) {
            grants.retain(|grant| *grant != json!("implicit"));
        }
        // The default of the specification, where the hub's own would be another.
        declared
            .entry("id_token_signed_response_alg")
            .or_insert_with(|| json!("RS256"));
        let metadata = ClientMetadata::from_members(declared)?;
        self.check_sector(cx, &metadata).await?;
        let name = metadata.client_name.clone();
        Ok(Service {
            login: ServiceLogin::default(),
            saml: None,
            name: name
                .filter(|name| !name.trim().is_empty())
                .unwrap_or_else(|| id.to_string()),
            id,
            enabled: true,
            access: template.access.clone(),
            release: template.release.clone(),
            cas: None,
            oidc: Some(OidcSettings {
                consent: template.consent,
                access_token: template.access_token,
                pkce_exempt_until: template.pkce_exempt_until,
                origin: ClientOrigin::Dynamic,
                client: metadata.to_json(),
                ..OidcSettings::default()
            }),
            session: ServiceSession::default(),
            tile: None,
        })
    }

    async fn checked_client(&self, cx: &Cx<'_>, service: &Service) -> Result<Client, Failure> {
        let settings = service
            .oidc
            .as_ref()
            .ok_or_else(|| Error::Defect("a client without settings".to_owned()))?;
        let client = client_of(service, settings, self.today(cx.now))?;
        // Tokens for clients of their own are for those whom an operator knows.
        let own = [GrantType::ClientCredentials, GrantType::TokenExchange];
        if own
            .iter()
            .any(|grant| client.metadata.grant_types.contains(grant))
        {
            return Err(bad_metadata(
                "`grant_types` of clients that register themselves concern people only",
            ));
        }
        Ok(client)
    }

    /// OIDC Core §8.1: a sector publishes the addresses that belong to it, and every one of the client's
    /// is among them. Fetched once, through the egress filter (AVL-14).
    async fn check_sector(&self, cx: &Cx<'_>, metadata: &ClientMetadata) -> Result<(), Failure> {
        metadata.check_sector()?;
        let Some(address) = &metadata.sector_identifier_uri else {
            return Ok(());
        };
        let bad = || {
            bad_metadata(
                "`sector_identifier_uri` must lead to a list of addresses with every redirect address in it",
            )
        };
        let body = match self.inner.outbound.fetch(address, LONGEST_SECTOR).await {
            Ok(body) => body,
            Err(error) => {
                tracing::info!(
                    event = "oidc.sector_unread",
                    host = address.host(),
                    cause = %error,
                    reference = %cx.reference,
                    "a sector's addresses could not be read"
                );
                return Err(bad());
            }
        };
        let published: Vec<String> = serde_json::from_slice(&body).map_err(|_| bad())?;
        let mut own = metadata.redirect_uris.iter();
        if own.all(|uri| published.iter().any(|known| known == uri.as_str())) {
            Ok(())
        } else {
            Err(bad())
        }
    }

    /// The client that may change its registration with a token.
    async fn registrant(
        &self,
        cx: &Cx<'_>,
        client_id: &str,
        token: Option<&str>,
    ) -> Result<std::sync::Arc<OidcClient>, Failure> {
        let unknown = || {
            refused(
                ErrorCode::InvalidToken,
                "the registration access token is not this client's",
            )
        };
        let token = token
            .and_then(Token::<RegistrationKind>::parse)
            .ok_or_else(unknown)?;
        let known = self.client_by_id(cx.now, client_id).await?;
        let known = known.ok_or_else(unknown)?;
        if known.may_change_itself(&token.digest()) {
            Ok(known)
        } else {
            Err(unknown())
        }
    }

    fn credentials(
        &self,
        cx: &Cx<'_>,
        service: &ServiceId,
        client: &Client,
        made: &Made,
    ) -> Vec<Credential> {
        let mut credentials = Vec::new();
        if let Some(secret) = &made.secret {
            let method = client.metadata.token_endpoint_auth_method;
            credentials.push(self.secret_credential(cx, service, method, secret.expose()));
        }
        if let Some(token) = &made.token {
            credentials.push(Credential {
                service: service.clone(),
                kind: CredentialKind::Registration,
                digest: token.digest(),
                sealed: None,
                created_at: cx.now,
                expires_at: None,
            });
        }
        credentials
    }

    /// A secret as it is stored: its digest, and sealed where it must be read again.
    pub(crate) fn secret_credential(
        &self,
        cx: &Cx<'_>,
        service: &ServiceId,
        method: AuthMethod,
        secret: &str,
    ) -> Credential {
        let sealed = (method == AuthMethod::SecretJwt).then(|| {
            self.keys().seal(
                Sealed::ClientSecret,
                cx.random,
                service.as_str(),
                secret.as_bytes(),
            )
        });
        Credential {
            service: service.clone(),
            kind: CredentialKind::Secret,
            digest: Digest::of(RegistrationSecretKind::NAME, secret),
            sealed,
            created_at: cx.now,
            expires_at: None,
        }
    }

    /// A client may repeat its secret when it changes its registration, and may not choose one.
    fn check_named_secret(
        &self,
        cx: &Cx<'_>,
        known: &OidcClient,
        named: Option<&Value>,
    ) -> Result<(), Failure> {
        let Some(named) = named else { return Ok(()) };
        let digest = named
            .as_str()
            .map(|secret| Digest::of(RegistrationSecretKind::NAME, secret));
        let mut secrets = known.secrets.iter().filter(|secret| secret.is_good(cx.now));
        if secrets.any(|secret| Some(secret.digest) == digest) {
            Ok(())
        } else {
            Err(bad_metadata("`client_secret` is not the client's own"))
        }
    }

    fn registered(
        &self,
        client: &Client,
        issued: Timestamp,
        secret: Option<&Token<RegistrationSecretKind>>,
        token: Option<&str>,
    ) -> Registered {
        let uri = format!("{}/oidc/register/{}", self.issuer(), client.client_id);
        let response = RegistrationResponse {
            client_id: &client.client_id,
            issued,
            secret: secret.map(|secret| (secret.expose(), None)),
            access_token: token,
            configuration_uri: Some(&uri),
            metadata: &client.metadata,
        };
        Registered {
            body: response.to_json(),
        }
    }
}

fn read_declaration(body: &[u8]) -> Result<Map<String, Value>, Failure> {
    object(body).map_err(|_| bad_metadata("the body must be a JSON object"))
}

fn bad_metadata(why: &'static str) -> Failure {
    refused(ErrorCode::InvalidClientMetadata, why)
}

/// `app-` and twelve characters.
fn new_id(cx: &Cx<'_>) -> ServiceId {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letter = |byte: u8| ALPHABET.get(usize::from(byte % 32)).copied();
    let text: String = cx
        .random
        .bytes::<12>()
        .into_iter()
        .filter_map(letter)
        .map(char::from)
        .collect();
    #[expect(
        clippy::expect_used,
        reason = "letters and digits behind `app-` are an identifier"
    )]
    format!("app-{text}").parse().expect("an identifier")
}
