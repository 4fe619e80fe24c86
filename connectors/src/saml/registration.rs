//! What a registration of a SAML source must say before a driver is made of it. Everything that is wrong is
//! told at once, by key. Never looks anything up, and never asks what time it is: dates of metadata are looked
//! at when it is used.

use clau_domain::connector::{Connector, Field, SamlUpstream, UpstreamLogout};
use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use clau_saml::key::Certificate;
use clau_saml::metadata::IdentityProvider;
use clau_saml::names::name_id;

use super::metadata;
use crate::contract::{Blueprint, Mistake};
use crate::profile;

/// Longest name of an entity, in bytes (SAML Core §8.3.6).
const LONGEST_NAME: usize = 1024;
/// Before every date: what is read then has not expired.
const LONG_AGO: Timestamp = Timestamp::from_millis(i64::MIN);

/// A registration that a driver can be made of.
#[derive(Clone, Debug)]
pub(super) struct Registered {
    /// With what its profile says.
    pub(super) connector: Connector,
    /// Its part about SAML.
    pub(super) settings: SamlUpstream,
    /// The one name that the source may have (FED-05).
    pub(super) entity_id: String,
    /// Certificates by one of which fetched metadata must be signed; none where the connection says enough.
    pub(super) pinned: Vec<Certificate>,
}

impl Registered {
    /// Whether its metadata stands in the registration.
    pub(super) fn is_given(&self) -> bool {
        !self.settings.metadata.is_empty()
    }
}

/// Reads a registration; with the source, where its metadata stands in it.
pub(super) fn read(
    blueprint: &Blueprint<'_>,
) -> Result<(Registered, Option<IdentityProvider>), Vec<Mistake>> {
    let connector = profile::complete(blueprint.connector);
    let mut mistakes = Mistakes(Vec::new());
    let Some(settings) = connector.saml.clone() else {
        mistakes.add("saml", "how the SAML identity provider is reached");
        return Err(mistakes.0);
    };
    mistakes.place(&settings);
    mistakes.names(&settings);
    mistakes.addresses(&settings);
    mistakes.login(&settings, &connector);
    mistakes.logout(&settings, &connector);
    let pinned = mistakes.pinned(&settings);
    let mut registered = Registered {
        entity_id: settings.entity_id.clone(),
        settings,
        connector,
        pinned,
    };
    let given = mistakes.given(&mut registered);
    if mistakes.0.is_empty() {
        Ok((registered, given))
    } else {
        Err(mistakes.0)
    }
}

struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn add(&mut self, key: &str, expected: impl Into<String>) {
        self.0.push(Mistake {
            key: key.to_owned(),
            expected: expected.into(),
        });
    }

    /// Metadata comes from one place.
    fn place(&mut self, settings: &SamlUpstream) {
        let given = !settings.metadata.is_empty();
        if !given && !settings.metadata_file.is_empty() {
            let what = "a file with metadata that can be read beside the registration";
            return self.add("saml.metadata_file", what);
        }
        let federated = !settings.federation.is_empty();
        let fetched = settings.metadata_url.is_some();
        let places = [given, fetched, federated];
        if places.into_iter().filter(|given| *given).count() != 1 {
            let what = "metadata from exactly one place: `metadata` (or `metadata_file`), \
                        `metadata_url` or `federation`";
            return self.add("saml.metadata", what);
        }
        // FED-05: whoever publishes metadata does not choose who it is that the connector believes.
        if !given && settings.entity_id.is_empty() {
            let what =
                "the name of the identity provider, because its metadata comes from elsewhere";
            self.add("saml.entity_id", what);
        }
    }

    fn names(&mut self, settings: &SamlUpstream) {
        for (key, name) in [
            ("saml.entity_id", &settings.entity_id),
            ("saml.own_entity_id", &settings.own_entity_id),
        ] {
            if name.trim() != name || name.len() > LONGEST_NAME {
                self.add(
                    key,
                    "a name of at most 1024 bytes with no white space around it",
                );
            }
        }
        let format = &settings.name_id_format;
        if format.contains(char::is_whitespace) || (!format.is_empty() && !format.contains(':')) {
            let what = format!("the name of a format, such as `{}`", name_id::PERSISTENT);
            self.add("saml.name_id_format", what);
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let is_scope = |scope: &String| !scope.is_empty() && scope.chars().all(plain);
        if !settings.scopes.iter().all(is_scope) {
            self.add(
                "saml.scopes",
                "names of domains, without `@`: `univ-exemple.fr`",
            );
        }
    }

    fn addresses(&mut self, settings: &SamlUpstream) {
        for (key, url) in [
            ("saml.metadata_url", &settings.metadata_url),
            ("saml.entrance", &settings.entrance),
            ("saml.logout_url", &settings.logout_url),
        ] {
            if url.as_ref().is_some_and(|url| !url.is_https()) {
                self.add(key, "an https address");
            }
        }
        if settings.entrance.is_some() && !settings.unsolicited {
            let what = "`unsolicited = true` beside it: an entrance leads to an answer that nobody asked for";
            self.add("saml.entrance", what);
        }
    }

    fn login(&mut self, settings: &SamlUpstream, connector: &Connector) {
        let has = |field: Field| connector.attributes.contains_key(&field);
        if settings.name_id_format == name_id::TRANSIENT && !has(Field::Subject) {
            let what = "`subject`, because a transient name is another one at each login";
            self.add("attributes", what);
        }
        let blank = |context: &String| context.is_empty() || context.contains(char::is_whitespace);
        let unmapped = |context: &&String| {
            !connector.levels.is_empty() && !connector.levels.contains_key(*context)
        };
        if settings.contexts.iter().any(blank) {
            self.add("saml.contexts", "names of authentication contexts");
        } else if let Some(context) = settings.contexts.iter().find(unmapped) {
            let what = format!("how strong `{context}` is: `saml.contexts` asks for it");
            self.add("levels", what);
        }
    }

    fn logout(&mut self, settings: &SamlUpstream, connector: &Connector) {
        match settings.logout {
            Some(UpstreamLogout::Button) if settings.logout_url.is_none() => {
                self.add("saml.logout_url", "where the button leads");
            }
            Some(UpstreamLogout::ReturnUrl)
                if !connector.attributes.contains_key(&Field::ReturnUrl) =>
            {
                let what = "`return_url`, because the browser is sent to the address in it";
                self.add("attributes", what);
            }
            _ => {}
        }
    }

    fn pinned(&mut self, settings: &SamlUpstream) -> Vec<Certificate> {
        const KEY: &str = "saml.metadata_certificate";
        let pem = settings.metadata_certificate.trim();
        if pem.is_empty() {
            return Vec::new();
        }
        if settings.metadata_url.is_none() {
            self.add(KEY, "`metadata_url`, whose metadata it verifies");
        }
        let read = Certificate::all_from_pem(pem).and_then(|all| {
            // A key that nothing can be verified with would be found out at the first fetch.
            all.iter().try_for_each(|one| one.key().map(drop))?;
            Ok(all)
        });
        match read {
            Ok(all) if !all.is_empty() => return all,
            Ok(_) => self.add(KEY, "certificates in PEM"),
            Err(problem) => self.add(KEY, format!("certificates in PEM ({problem})")),
        }
        Vec::new()
    }

    /// Metadata that stands in the registration; its name is then the source's, where none is given.
    fn given(&mut self, registered: &mut Registered) -> Option<IdentityProvider> {
        if !registered.is_given() {
            return None;
        }
        let bytes = registered.settings.metadata.as_bytes();
        match metadata::entity(bytes, &[], LONG_AGO) {
            Ok(provider) => {
                if registered.entity_id.is_empty() {
                    registered.entity_id.clone_from(&provider.entity_id);
                } else if registered.entity_id != provider.entity_id {
                    let what = "the name that stands in the metadata, or none";
                    self.add("saml.entity_id", what);
                }
                Some(provider)
            }
            Err(problem) => {
                let what = format!("metadata of an identity provider ({problem})");
                self.add("saml.metadata", what);
                None
            }
        }
    }
}

/// Hosts that the operator has named.
pub(super) fn named_hosts(settings: &SamlUpstream) -> impl Iterator<Item = &str> {
    let urls = [
        &settings.metadata_url,
        &settings.entrance,
        &settings.logout_url,
    ];
    urls.into_iter().flatten().map(WebUrl::host)
}
