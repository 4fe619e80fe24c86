//! The files of the demo region, as `clau apply` reads them: services, local people, announcements.
//!
//! Owns nothing but their text; the files themselves are in `tests/region`.

/// Name and text of each file, in the order in which they are applied.
pub const FILES: [(&str, &str); 3] = [
    ("people.toml", include_str!("../../region/people.toml")),
    ("services.toml", include_str!("../../region/services.toml")),
    (
        "announcements.toml",
        include_str!("../../region/announcements.toml"),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use clau_cas::profile::Catalogue;
    use clau_engine::apply::{Document, SourceFile, read};

    use super::FILES;
    use crate::feedgen::{Plan, Role, write};
    use crate::support::reference::BOURSES_SECRET;

    fn documents() -> Vec<Document> {
        let files = FILES.map(|(name, text)| SourceFile {
            name: name.to_owned(),
            text: text.to_owned(),
            ..SourceFile::default()
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
        let [_, (_, services), _] = FILES;
        assert_eq!(services.matches(BOURSES_SECRET).count(), 1);
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
