//! The files of the demo region, as `clau apply` reads them: local people, services, announcements, connectors.
//!
//! Owns nothing but their text; the files themselves are in `tests/region`.

/// Name and text of each file, in the order in which they are applied.
pub const FILES: [(&str, &str); 4] = [
    ("people.toml", include_str!("../../region/people.toml")),
    ("services.toml", include_str!("../../region/services.toml")),
    (
        "announcements.toml",
        include_str!("../../region/announcements.toml"),
    ),
    // Beside it lies `tls/ca.pem`, the authority of this machine.
    (
        "connectors.toml",
        include_str!("../../region/connectors.toml"),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use clau_cas::profile::Catalogue;
    use clau_connectors::contract::{Blueprint, Drivers as _};
    use clau_connectors::drivers::AllDrivers;
    use clau_domain::connector::Connector;
    use clau_domain::secret::SecretString;
    use clau_engine::apply::{Document, SourceFile, read};

    use super::FILES;
    use crate::feedgen::{Plan, Role, write};
    use crate::support::ca;
    use crate::support::reference::BOURSES_SECRET;
    use crate::support::simulators::{FRANCECONNECT_SECRET, PROCONNECT_SECRET};
    use crate::upstreams::ldif;
    use crate::upstreams::people::Region;

    fn documents() -> Vec<Document> {
        let files = FILES.map(|(name, text)| SourceFile {
            name: name.to_owned(),
            text: text.to_owned(),
            beside: BTreeMap::from([("tls/ca.pem".to_owned(), ca::authority().pem().to_owned())]),
        });
        read(&files)
            .unwrap()
            .into_iter()
            .map(|(_, document)| document)
            .collect()
    }

    #[test]
    fn the_files_are_what_apply_reads() {
        let documents = documents();
        let services = documents.iter().map(|d| d.service.len()).sum::<usize>();
        let people = documents.iter().map(|d| d.person.len()).sum::<usize>();
        assert!(services >= 10 && people >= 3, "{services} {people}");
        for service in documents.iter().flat_map(|d| &d.service) {
            let tile = service.tile.as_ref().unwrap();
            if let Some(cas) = &service.cas {
                let own = cas.urls.iter().any(|pattern| pattern.matches(&tile.url));
                assert!(own, "{}", service.id);
            } else {
                let other = service.oidc.is_some() || service.saml.is_some();
                assert!(other, "{}", service.id);
            }
            assert!(!service.access.is_empty(), "{}", service.id);
        }
    }

    #[test]
    fn bourses_is_registered_with_the_secret_that_it_is_given() {
        let [_, (_, services), _, _] = FILES;
        assert_eq!(services.matches(BOURSES_SECRET).count(), 1);
    }

    fn connectors() -> Vec<Connector> {
        let documents = documents().into_iter();
        documents.flat_map(|document| document.connector).collect()
    }

    #[test]
    fn every_connector_is_one_that_a_driver_is_made_of() {
        let connectors = connectors();
        assert_eq!(connectors.len(), 7);
        for connector in connectors {
            let oidc = connector
                .oidc
                .as_ref()
                .and_then(|it| it.client_secret.clone());
            let ldap = connector
                .ldap
                .as_ref()
                .and_then(|it| it.bind_password.clone());
            let secret = oidc.or(ldap).map(SecretString::from);
            let made = AllDrivers.driver(Blueprint {
                connector: &connector,
                secret: secret.as_ref(),
                base_url: "https://localhost:8443",
            });
            assert!(made.is_ok(), "{}: {:?}", connector.id, made.err());
        }
    }

    #[test]
    fn connectors_speak_of_the_schools_and_the_secrets_that_there_are() {
        let region = Region::demo(1).unwrap();
        let schools = region.agricultural_schools().unwrap();
        let connectors = connectors();
        let by = |id: &str| connectors.iter().find(|it| it.id.as_str() == id).unwrap();
        let trusted = |id: &str| -> Vec<&String> { by(id).trust.structures.iter().collect() };
        assert_eq!(
            trusted("lycee-agricole-auch"),
            [&schools.saml, &schools.apprentices]
        );
        assert_eq!(trusted("lycee-agricole-rodez"), [&schools.cas]);
        assert_eq!(trusted(ldif::ID), [&schools.ldap]);
        let ldap = by(ldif::ID).ldap.as_ref().unwrap();
        assert_eq!(ldap.base, ldif::PEOPLE);
        assert_eq!(ldap.bind_dn, ldif::READER);
        assert_eq!(ldap.bind_password.as_deref(), Some(ldif::READER_PASSWORD));
        for (id, secret) in [
            ("franceconnect", FRANCECONNECT_SECRET),
            ("proconnect", PROCONNECT_SECRET),
        ] {
            let oidc = by(id).oidc.as_ref().unwrap();
            assert_eq!(oidc.client_secret.as_deref(), Some(secret));
        }
    }

    #[test]
    fn services_receive_what_their_attribute_profile_uses() {
        let documents = documents();
        let services = documents.iter().flat_map(|d| &d.service);
        for (service, cas) in services.filter_map(|s| Some((s, s.cas.as_ref()?))) {
            let name = &cas.profile;
            let profile = Catalogue::builtin().find(name).unwrap();
            // `standard` uses whatever is released; the others know what they need.
            if name != "standard" {
                let released = service.released();
                let missing: Vec<_> = profile
                    .needs()
                    .into_iter()
                    .filter(|a| !released.contains(a))
                    .collect();
                assert!(missing.is_empty(), "{}: {missing:?}", service.id);
            }
        }
    }

    #[test]
    fn the_files_and_the_generated_feed_speak_of_the_same_schools() {
        let directory = tempfile::tempdir().unwrap();
        let summary = write(&Plan::demo(), directory.path()).unwrap();
        let schools: HashSet<&String> = summary
            .cast
            .iter()
            .flat_map(|character| &character.schools)
            .collect();
        assert!(schools.contains(&"0318000C".to_owned()), "{schools:?}");
        let roles: Vec<Role> = summary
            .cast
            .iter()
            .map(|character| character.role)
            .collect();
        for role in [Role::Pupil, Role::Parent, Role::Teacher, Role::Head] {
            assert!(roles.contains(&role), "{roles:?}");
        }
        for document in documents() {
            let named = document
                .service
                .iter()
                .flat_map(|s| s.access.iter().flat_map(|rule| &rule.structures));
            for uai in named.chain(document.announcement.iter().flat_map(|a| &a.structures)) {
                assert!(schools.contains(&uai.as_str().to_owned()), "{uai:?}");
            }
        }
    }
}
