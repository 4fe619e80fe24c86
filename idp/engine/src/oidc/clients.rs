//! Registrations as they are used: a service of the registry with its declaration read by `clau-oidc`,
//! its secrets and its keys. Built once for each change of the registry. Never fetches anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clau_domain::secret::Digest;
use clau_domain::service::{AccessTokenKind, ClientProfile, ConsentRule, OidcSettings, Service};
use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use clau_oidc::client::{
    AccessTokenForm, AuthMethod, Client, ClientMetadata, RedirectUri, ResponseMode,
    SecurityProfile, SubjectType,
};
use clau_oidc::error::{ErrorCode, OauthError};
use clau_oidc::fapi;
use clau_storage::client_credentials::{Credential, CredentialKind};
use serde_json::json;

use super::signing::ALGORITHMS;

/// The algorithm of ID tokens where a registration by an operator names none.
const USUAL_ALGORITHM: &str = "ES256";

/// A client of OpenID Connect.
#[derive(Debug)]
pub struct OidcClient {
    /// What it may do.
    pub client: Client,
    /// The service it belongs to.
    pub service: Arc<Service>,
    /// Its sector: who shares a sector, shares pseudonyms (OIDC Core §8.1).
    pub(crate) sector: String,
    pub(crate) secrets: Vec<StoredSecret>,
    /// Digests of the tokens by which it may change its registration (RFC 7592), and when it got them.
    registration: Vec<(Digest, Timestamp)>,
}

/// A secret, as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredSecret {
    pub(crate) digest: Digest,
    /// For `client_secret_jwt` only.
    pub(crate) sealed: Option<Vec<u8>>,
    expires_at: Option<Timestamp>,
}

impl StoredSecret {
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|until| now < until)
    }
}

impl OidcClient {
    /// How the hub registers it.
    pub fn settings(&self) -> Option<&OidcSettings> {
        self.service.oidc.as_ref()
    }

    /// Whether people are not asked before it receives anything: an operator has decided.
    pub(crate) fn consent_is_implied(&self) -> bool {
        let rule = self.settings().map(|settings| settings.consent);
        rule == Some(ConsentRule::Implied)
    }

    /// When it registered itself.
    pub(crate) fn registered_at(&self) -> Timestamp {
        let first = self.registration.iter().map(|(_, at)| *at).min();
        first.unwrap_or(Timestamp::from_millis(0))
    }

    /// Whether whoever has the token behind a digest may change the registration.
    pub(crate) fn may_change_itself(&self, digest: &Digest) -> bool {
        self.registration.iter().any(|(known, _)| known == digest)
    }

    /// Whether it may be used at all.
    pub fn is_enabled(&self) -> bool {
        self.service.enabled
    }

    /// Origins of the pages that may call the hub from a browser (OIDC-17): those that answers go to.
    fn origins(&self) -> impl Iterator<Item = String> + '_ {
        self.client
            .metadata
            .redirect_uris
            .iter()
            .filter_map(|uri| WebUrl::parse(uri.as_str()).ok())
            .map(|url| url.origin())
    }
}

/// All clients, by client identifier.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    by_id: BTreeMap<String, Arc<OidcClient>>,
    origins: BTreeSet<String>,
}

impl Clients {
    /// Reads the registrations. One that cannot be used is told in the log and left out: the others
    /// go on.
    pub(crate) fn read<'a>(
        services: impl Iterator<Item = &'a Arc<Service>>,
        credentials: &[Credential],
        today: jiff::civil::Date,
    ) -> Self {
        let mut clients = Self::default();
        for service in services {
            let Some(settings) = &service.oidc else {
                continue;
            };
            match client_of(service, settings, today) {
                Ok(client) => {
                    let of = |kind| {
                        credentials.iter().filter(move |credential| {
                            credential.service == service.id && credential.kind == kind
                        })
                    };
                    let known = OidcClient {
                        sector: sector(service, &client),
                        secrets: of(CredentialKind::Secret)
                            .map(|credential| StoredSecret {
                                digest: credential.digest,
                                sealed: credential.sealed.clone(),
                                expires_at: credential.expires_at,
                            })
                            .collect(),
                        registration: of(CredentialKind::Registration)
                            .map(|credential| (credential.digest, credential.created_at))
                            .collect(),
                        service: Arc::clone(service),
                        client,
                    };
                    if known.is_enabled() {
                        clients.origins.extend(known.origins());
                    }
                    let former = clients
                        .by_id
                        .insert(known.client.client_id.clone(), Arc::new(known));
                    if let Some(former) = former {
                        tracing::error!(
                            event = "oidc.client_twice",
                            service = %service.id,
                            other = %former.service.id,
                            "two services have the same client identifier; the second one is used"
                        );
                    }
                }
                Err(error) => tracing::error!(
                    event = "oidc.bad_registration",
                    service = %service.id,
                    cause = %error,
                    "a registration cannot be used"
                ),
            }
        }
        clients
    }

    /// The client with an identifier.
    pub(crate) fn find(&self, client_id: &str) -> Option<&Arc<OidcClient>> {
        self.by_id.get(client_id)
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<OidcClient>> {
        self.by_id.values()
    }

    /// Whether pages of this origin may call the hub.
    pub(crate) fn has_origin(&self, origin: &str) -> bool {
        self.origins.contains(origin)
    }
}

/// The client that a service is registered as, on `today`.
///
/// # Errors
/// `invalid_client_metadata` or `invalid_redirect_uri`, naming the member.
pub(crate) fn client_of(
    service: &Service,
    settings: &OidcSettings,
    today: jiff::civil::Date,
) -> Result<Client, OauthError> {
    let mut declared = settings.client.clone();
    declared
        .entry("id_token_signed_response_alg")
        .or_insert_with(|| json!(USUAL_ALGORITHM));
    let metadata = ClientMetadata::from_members(&declared)?;
    let told = [
        Some(metadata.id_token_signed_response_alg),
        metadata.userinfo_signed_response_alg,
    ];
    if told.iter().flatten().any(|alg| !ALGORITHMS.contains(alg)) {
        return Err(OauthError::new(
            ErrorCode::InvalidClientMetadata,
            "the hub signs by ES256, RS256, PS256 and EdDSA",
        ));
    }
    let mut client = Client::new(settings.client_id(&service.id).to_owned(), metadata);
    if !settings.response_modes.is_empty() {
        let modes = settings.response_modes.iter().map(|name| {
            ResponseMode::parse(name).ok_or_else(|| {
                OauthError::invalid_request("`response_modes` are query, fragment and form_post")
            })
        });
        client.response_modes = modes.collect::<Result<_, _>>()?;
    }
    client.pkce_exempt = settings
        .pkce_exempt_until
        .is_some_and(|until| today <= until.0);
    client.profile = match settings.profile {
        ClientProfile::Baseline => SecurityProfile::Baseline,
        ClientProfile::Fapi2 => SecurityProfile::Fapi2,
    };
    client.access_token = match settings.access_token {
        AccessTokenKind::Opaque => AccessTokenForm::Opaque,
        AccessTokenKind::Jwt => AccessTokenForm::Jwt,
    };
    fapi::check_client(&client)?;
    Ok(client)
}

/// Whether a client proves itself with a secret.
pub(crate) fn has_secret(method: AuthMethod) -> bool {
    matches!(
        method,
        AuthMethod::SecretBasic | AuthMethod::SecretPost | AuthMethod::SecretJwt
    )
}

/// OIDC Core §8.1. A service that an operator registered is its own sector, so that it knows people by
/// one pseudonym in every protocol, whatever becomes of its addresses; a client that registered itself
/// is known by the host that its answers go to.
fn sector(service: &Service, client: &Client) -> String {
    let metadata = &client.metadata;
    let dynamic = service.oidc.as_ref().is_some_and(OidcSettings::is_dynamic);
    let host = match &metadata.sector_identifier_uri {
        Some(uri) => Some(uri.host().to_owned()),
        None if dynamic => metadata.redirect_uris.iter().find_map(RedirectUri::host),
        None => None,
    };
    match host {
        Some(host) if metadata.subject_type == SubjectType::Pairwise => format!("//{host}"),
        _ => service.id.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn service(oidc: &Value) -> Service {
        serde_json::from_value(json!({ "id": "bourses", "name": "Bourses", "oidc": oidc }))
            .expect("a service")
    }

    fn read(oidc: &Value) -> Result<(Client, String), OauthError> {
        let service = service(oidc);
        let settings = service.oidc.clone().expect("settings");
        let client = client_of(&service, &settings, jiff::civil::date(2026, 11, 25))?;
        let sector = sector(&service, &client);
        Ok((client, sector))
    }

    #[test]
    fn oidc_05_the_exception_from_pkce_has_a_last_day() {
        let exempt = |until: &str| {
            let declared = json!({
                "pkce_exempt_until": until,
                "client": { "redirect_uris": ["https://a.example.fr/cb"] },
            });
            read(&declared).expect("good").0.needs_pkce()
        };
        assert!(!exempt("2026-11-25"));
        assert!(exempt("2026-11-24"));
        let public = json!({
            "pkce_exempt_until": "2099-01-01",
            "client": {
                "redirect_uris": ["https://a.example.fr/cb"],
                "token_endpoint_auth_method": "none",
            },
        });
        assert!(read(&public).expect("good").0.needs_pkce());
    }

    #[test]
    fn oidc_20_a_sector_is_the_service_unless_clients_share_one() {
        let plain = json!({ "client": { "redirect_uris": ["https://a.example.fr/cb"] } });
        assert_eq!(read(&plain).expect("good").1, "bourses");
        let several = json!({ "client": {
            "redirect_uris": ["https://a.example.fr/cb", "https://b.example.fr/cb"],
        } });
        assert_eq!(read(&several).expect("good").1, "bourses");
        let shared = json!({ "client": {
            "redirect_uris": ["https://a.example.fr/cb", "https://b.example.fr/cb"],
            "sector_identifier_uri": "https://example.fr/sector.json",
        } });
        assert_eq!(read(&shared).expect("good").1, "//example.fr");
        let dynamic = json!({ "origin": "dynamic", "client": {
            "redirect_uris": ["https://a.example.fr/cb"],
        } });
        assert_eq!(read(&dynamic).expect("good").1, "//a.example.fr");
        // Every program on somebody's own device has that address: it is no sector.
        let native = json!({ "origin": "dynamic", "client": {
            "application_type": "native",
            "redirect_uris": ["http://127.0.0.1/cb", "http://[::1]/cb", "fr.example.app:/cb"],
        } });
        assert_eq!(read(&native).expect("good").1, "bourses");
    }

    #[test]
    fn the_registry_signs_with_es256_unless_told_otherwise() {
        let plain = json!({ "client": { "redirect_uris": ["https://a.example.fr/cb"] } });
        assert_eq!(
            read(&plain).expect("good").0.id_token_algorithm().name(),
            "ES256"
        );
        let fapi = json!({ "profile": "fapi2", "client": {
            "redirect_uris": ["https://a.example.fr/cb"],
        } });
        assert!(read(&fapi).is_err(), "FAPI needs private_key_jwt");
        for member in [
            "id_token_signed_response_alg",
            "userinfo_signed_response_alg",
        ] {
            let mut unknown = json!({ "client": { "redirect_uris": ["https://a.example.fr/cb"] } });
            unknown["client"][member] = json!("ES384");
            assert!(read(&unknown).is_err(), "the hub has no such key: {member}");
        }
    }
}
