//! Bytes of strangers: whatever they are, they are read or refused (AVL-08).

use proptest::prelude::*;

use super::*;

static WRITTEN: LazyLock<[String; 6]> =
    LazyLock::new(|| SAMPLES.map(|(_, text)| with_certificates(text)));

/// Everything that reads a document, and what must hold of all it takes.
fn read(bytes: &[u8]) {
    if let Ok(document) = Document::entity(bytes, &given(NOW)) {
        assert!(document.valid_until().is_none_or(|until| until > NOW));
        let _ = document.cache_duration();
        for entity in document.entities().flatten() {
            assert_eq!(document.is_about(&entity.entity_id), Ok(()));
        }
        if let Ok(service) = ServiceProvider::read(document.root()) {
            assert!(!service.acs.is_empty());
            assert!(service.acs.iter().all(|acs| acs.location.is_https()));
            assert!(service.information.values().all(|url| url.is_https()));
        }
        if let Ok(provider) = IdentityProvider::read(document.root()) {
            assert!(!provider.sso.is_empty() && !provider.keys.signing.is_empty());
            assert!(provider.sso.iter().all(|sso| sso.location.is_https()));
            assert!(provider.scopes.iter().all(|scope| !scope.contains('@')));
        }
    }
    let pinned = [RSA.certificate().clone()];
    let trust = Trust {
        pinned: &pinned,
        ..given(NOW)
    };
    assert!(Document::federation(bytes, &trust).is_err());
}

proptest! {
    #[test]
    fn avl_08_no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes);
    }

    #[test]
    fn avl_08_no_piece_of_metadata_in_the_wrong_place_makes_the_readers_panic(
        which in 0..6usize,
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0..60usize, any::<prop::sample::Index>()), 1..4),
    ) {
        let mut bytes = WRITTEN[which].clone().into_bytes();
        for (from, length, to) in cuts {
            let start = from.index(bytes.len());
            let end = (start + length).min(bytes.len());
            let piece: Vec<u8> = bytes.drain(start..end).collect();
            let to = to.index(bytes.len() + 1);
            bytes.splice(to..to, piece);
        }
        read(&bytes);
    }

    #[test]
    fn avl_08_no_value_makes_the_readers_panic(which in 0..6usize, at in any::<prop::sample::Index>(), value in "\\PC{0,30}") {
        let sample = &WRITTEN[which];
        // Between two quotes or two tags.
        let places: Vec<usize> = sample.match_indices(['"', '>']).map(|(at, _)| at + 1).collect();
        let start = *at.get(&places);
        let rest = &sample[start..];
        let length = rest.find(['"', '<']).unwrap_or(rest.len());
        let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        let xml = [&sample[..start], &value, &rest[length..]].concat();
        read(xml.as_bytes());
    }

    #[test]
    fn every_entity_id_is_one_segment_of_a_path(name in "\\PC{0,40}") {
        let path = query_path(&name);
        let segment = path.strip_prefix("entities/").expect("below entities");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%".contains(c);
        prop_assert!(segment.chars().all(plain), "{}", segment);
        let decoded = url::form_urlencoded::parse(format!("x={segment}").as_bytes())
            .next()
            .map(|(_, value)| value.into_owned());
        prop_assert_eq!(decoded.as_deref(), Some(name.as_str()));
    }
}
