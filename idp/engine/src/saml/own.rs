//! The hub's own metadata, for its partners: every key that signs or will, where everything is.

use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_saml::metadata::{Contact, Localised, OwnMetadata};

use super::defect;
use crate::error::Error;
use crate::{Cx, Hub};

/// After what time partners are to fetch it again.
const CACHE: Duration = Duration::from_secs(3600);

impl Hub {
    /// The hub's metadata, signed by its RSA key. The same for an hour, unless a key has changed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the keys cannot be read.
    pub async fn saml_metadata(&self, cx: &Cx<'_>) -> Result<String, Error> {
        let keys = self.saml_keys(cx.now).await?;
        let settings = self.settings();
        let signing = keys.signing_certificates(cx.now);
        let encryption = keys.encryption_certificate(cx.now);
        let hour = i64::try_from(CACHE.as_millis()).unwrap_or(1);
        let begun = cx.now.as_millis() - cx.now.as_millis().rem_euclid(hour);
        let names: Localised = ["fr", "oc", "en"]
            .map(|language| (language.to_owned(), settings.region.clone()))
            .into();
        let contacts: Vec<Contact> = Some(settings.contact.as_str())
            .filter(|contact| contact.contains('@') && !contact.contains('/'))
            .map(|mail| Contact {
                kind: "support",
                mail: mail.to_owned(),
            })
            .into_iter()
            .collect();
        let entity_id = self.saml_entity_id();
        let home = format!("{}/", settings.base_url);
        let own = OwnMetadata {
            entity_id: &entity_id,
            base: &settings.base_url,
            now: Timestamp::from_millis(begun),
            life: settings.saml.metadata_life,
            cache: CACHE,
            signing: &signing,
            encryption: encryption.as_ref(),
            scope: settings.scope(),
            names: &names,
            home: &home,
            contacts: &contacts,
        };
        let key = keys.signing.signing("rsa", cx.now)?;
        own.write(key.signer()).map_err(defect)
    }
}
