//! What `clau apply` asks of a service that speaks SAML: metadata that can be had and read, and settings that
//! this metadata can be served by.

use clau_domain::policy::Attribute;
use clau_domain::service::{Encryption, NameIdKind, SamlService, Service};
use clau_domain::spelling::nearest;
use clau_saml::metadata::ServiceProvider;
use clau_saml::spelling::Profile;

use super::Work;
use crate::saml::services::provider_of;
use crate::saml::sources::certificates;

impl Work<'_> {
    pub(super) fn check_saml(&mut self, file: &str, name: &str, service: &Service) {
        let Some(settings) = &service.saml else {
            return;
        };
        self.check_spelling(file, name, (service, settings));
        if settings.name_id == NameIdKind::Email && !service.released().contains(&Attribute::Mail) {
            let what = "people are called by their mail, which `release` does not list";
            self.mistake(file, format!("{name}: saml.name_id"), what);
        }
        if !self.check_place(file, name, settings) || settings.metadata.is_empty() {
            return;
        }
        match provider_of(settings, self.cx.now) {
            Ok(provider) => self.check_provider(file, name, (settings, &provider)),
            Err(problem) => self.mistake(file, format!("{name}: saml.metadata"), problem),
        }
    }

    /// How attributes are spelled, and whether that says what is released.
    fn check_spelling(
        &mut self,
        file: &str,
        name: &str,
        (service, settings): (&Service, &SamlService),
    ) {
        let place = format!("{name}: saml.attributes");
        let profile = match Profile::from_name(&settings.attributes) {
            Ok(profile) => profile,
            Err(unknown) => return self.mistake(file, place, unknown),
        };
        let spoken = profile.speaks_of();
        let silent: Vec<String> = service
            .released()
            .iter()
            // Every service knows people by a pseudonym, whatever else it gets.
            .filter(|attribute| **attribute != Attribute::PairwiseId)
            .filter(|attribute| !spoken.contains(attribute))
            .map(|attribute| attribute.name())
            .collect();
        if !silent.is_empty() {
            let what = format!(
                "`{}` has no name for {}: the service does not get it",
                settings.attributes,
                silent.join(", ")
            );
            self.warn(file, place, what);
        }
        if profile == Profile::Gar && self.hub.settings().saml.gar_ent_id.is_empty() {
            let what = "the GAR knows a region by `gar_ent_id` in the section [saml] of the configuration, which is not there: `idEnt` is not sent";
            self.warn(file, format!("{name}: saml.attributes"), what);
        }
    }

    /// Metadata comes from one place, by a name where it is not at hand. Whether that is so.
    fn check_place(&mut self, file: &str, name: &str, settings: &SamlService) -> bool {
        let before = self.mistakes.len();
        let places = [
            !settings.metadata.is_empty(),
            !settings.metadata_file.is_empty(),
            settings.metadata_url.is_some(),
            !settings.federation.is_empty(),
        ];
        if places.into_iter().filter(|there| *there).count() != 1 {
            let what = "exactly one of `metadata`, `metadata_file`, `metadata_url` and `federation` is expected";
            self.mistake(file, format!("{name}: saml"), what);
        } else if !settings.metadata_file.is_empty() {
            let what = format!("`{}` is not there", settings.metadata_file);
            self.mistake(file, format!("{name}: saml.metadata_file"), what);
        }
        let is_elsewhere = settings.metadata_url.is_some() || !settings.federation.is_empty();
        if is_elsewhere && settings.entity_id.is_empty() {
            let what = "the name of the service in its metadata is expected: nothing else tells whether what is fetched is its own";
            self.mistake(file, format!("{name}: saml.entity_id"), what);
        }
        if settings
            .metadata_url
            .as_ref()
            .is_some_and(|url| !url.is_https())
        {
            let place = format!("{name}: saml.metadata_url");
            self.mistake(file, place, "an https address is expected");
        }
        let federations = &self.hub.settings().saml.federations;
        let known: Vec<String> = federations.iter().map(|one| one.name.clone()).collect();
        if !settings.federation.is_empty() && !known.contains(&settings.federation) {
            let near = nearest(&settings.federation, known.iter().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let what = format!(
                "the configuration has no `[[saml.federations]]` of the name `{}`{near}",
                settings.federation
            );
            self.mistake(file, format!("{name}: saml.federation"), what);
        }
        match certificates(&settings.metadata_certificate) {
            Ok(found) if found.is_empty() && !settings.metadata_certificate.trim().is_empty() => {
                let place = format!("{name}: saml.metadata_certificate");
                self.mistake(file, place, "a certificate in PEM is expected");
            }
            Ok(_) => {}
            Err(problem) => {
                self.mistake(file, format!("{name}: saml.metadata_certificate"), problem);
            }
        }
        self.mistakes.len() == before
    }

    /// What its metadata must have for these settings.
    fn check_provider(
        &mut self,
        file: &str,
        name: &str,
        (settings, provider): (&SamlService, &ServiceProvider),
    ) {
        if !settings.entity_id.is_empty() && settings.entity_id != provider.entity_id {
            let what = format!("its metadata calls it `{}`", provider.entity_id);
            self.mistake(file, format!("{name}: saml.entity_id"), what);
        }
        if settings.signed_requests && provider.keys.signing.is_empty() {
            let what = "its metadata has no key that could verify a request";
            self.mistake(file, format!("{name}: saml.signed_requests"), what);
        }
        if settings.encrypt == Encryption::Required && provider.keys.encryption.is_empty() {
            let what = "its metadata has no key to encrypt for";
            self.mistake(file, format!("{name}: saml.encrypt"), what);
        }
        for problem in provider.warnings() {
            self.warn(file, format!("{name}: saml.metadata"), problem);
        }
        if provider
            .valid_until
            .is_some_and(|until| until <= self.cx.now)
        {
            let what = "it has expired: the service is refused";
            self.warn(file, format!("{name}: saml.metadata"), what);
        }
    }

    /// No two services have one name.
    pub(super) fn check_partners_together(
        &mut self,
        file: &str,
        service: &Service,
        known: &[Service],
    ) {
        let Some(settings) = &service.saml else {
            return;
        };
        let Some(entity_id) = self.entity_id_of(settings) else {
            return;
        };
        let twin = known.iter().find(|other| {
            let other_name = other.saml.as_ref().and_then(|saml| self.entity_id_of(saml));
            other.id != service.id && other_name.as_ref() == Some(&entity_id)
        });
        if let Some(twin) = twin {
            let what = format!("the service `{}` is `{entity_id}` already", twin.id);
            self.mistake(file, format!("service {}: saml", service.id), what);
        }
    }

    fn entity_id_of(&self, settings: &SamlService) -> Option<String> {
        if settings.metadata.is_empty() {
            return Some(settings.entity_id.clone()).filter(|name| !name.is_empty());
        }
        let provider = provider_of(settings, self.cx.now).ok()?;
        Some(provider.entity_id)
    }
}
