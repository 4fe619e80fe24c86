//! What holds for every input: no panic, no half-read file, nothing lost or changed on the way. The
//! fuzz targets in `connectors/fuzz` enter by the same doors.

use proptest::collection::vec;
use proptest::prelude::*;

use super::writer::{attribute, files, tar_files, tar_gz, zip};
use super::*;

/// Names as people have them, with what XML and the format reserve.
fn name() -> impl Strategy<Value = String> {
    let letters = "[A-Za-zàâäçéèêëîïôöùûüÿœÀÉÈÇŒ'<>&\" .-]{0,30}";
    letters.prop_map(|text: String| text.trim().to_owned())
}

/// Whether the text would be taken for an escaped one.
fn like_an_entity(text: &str) -> bool {
    text.contains('&') && text.contains(';')
}

fn archive(bytes: &[u8]) {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("set");
    fs::write(&path, bytes).expect("room");
    let limits = Limits {
        expanded_bytes: 1 << 24,
        entries: 100,
        ..Limits::default()
    };
    if let Ok(set) = Set::open(&path, &limits) {
        let _ = read(&set);
    }
}

proptest! {
    #[test]
    fn avl_08_arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..2_000)) {
        let _ = read_bytes(&bytes);
        archive(&bytes);
    }

    #[test]
    fn avl_08_arbitrary_markup_never_panics(
        parts in vec(prop_oneof![
            Just("<addRequest>".to_owned()), Just("</addRequest>".to_owned()),
            Just("<attributes>".to_owned()), Just("<attr name=\"sn\">".to_owned()),
            Just("<value>".to_owned()), Just("</value>".to_owned()), Just("<value/>".to_owned()),
            Just("&amp;".to_owned()), Just("&x;".to_owned()), Just("<!--".to_owned()),
            Just("<![CDATA[".to_owned()), Just("]]>".to_owned()), Just("<?".to_owned()),
            "\\PC{0,8}",
        ], 0..40)
    ) {
        let text = document(&parts.concat());
        let _ = read_bytes(text.as_bytes());
        let text = document(&pupil("1", &parts.concat()));
        let _ = read_bytes(text.as_bytes());
    }

    #[test]
    fn avl_08_changed_archives_never_panic(position in 0_usize..3_000, byte in any::<u8>()) {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("set");
        let files = files("ENT", "20260901", true);
        for write in [zip, |path: &Path, files: &[(String, Vec<u8>)]| {
            tar_gz(path, |archive| tar_files(archive, files));
        }] {
            write(&path, &files);
            let mut bytes = fs::read(&path).expect("readable");
            let position = position % bytes.len();
            bytes[position] = byte;
            archive(&bytes);
        }
    }

    #[test]
    fn values_of_any_content_make_records(
        attributes in vec(("[A-Za-z]{1,12}|sn|mail|ENTPersonFonctions|ENTElevePersRelEleve|ENTEleveClasses",
                           vec("\\PC{0,20}|[0-9$|]{0,12}", 0..4)), 0..8)
    ) {
        let body: String = attributes
            .iter()
            .map(|(name, values)| {
                attribute(name, &values.iter().map(String::as_str).collect::<Vec<_>>())
            })
            .collect();
        let contents = read_bytes(document(&pupil("1", &body)).as_bytes());
        prop_assert_eq!(contents.map(|contents| contents.records.len() + contents.unusable), Ok(1));
    }

    #[test]
    fn what_is_written_is_read(
        people in vec((name(), name(), vec(name(), 0..3)), 0..12),
        latin in any::<bool>(),
        crlf in any::<bool>(),
    ) {
        let body: String = people
            .iter()
            .enumerate()
            .map(|(key, (family, given, others))| {
                let others: Vec<&str> = others.iter().map(String::as_str).collect();
                let names = [
                    attribute("sn", &[family]),
                    attribute("givenName", &[given]),
                    attribute("ENTPersonAutresPrenoms", &others),
                ];
                pupil(&key.to_string(), &names.concat())
            })
            .collect();
        let mut text = document(&body);
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let bytes = if latin {
            let text = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-15\"?>{text}");
            encoding_rs::ISO_8859_15.encode(&text).0.into_owned()
        } else {
            text.into_bytes()
        };
        let contents = read_bytes(&bytes).expect("readable");
        prop_assert_eq!(contents.records.len(), people.len());
        for (record, (family, given, others)) in contents.records.iter().zip(&people) {
            let Record::Pupil(pupil) = record else { panic!("a pupil") };
            if [family, given].into_iter().chain(others).any(|name| like_an_entity(name)) {
                continue;
            }
            prop_assert_eq!(&pupil.names.family, family);
            prop_assert_eq!(&pupil.names.given, given);
            let expected = others.iter().filter(|other| !other.is_empty() && *other != given);
            prop_assert!(expected.clone().all(|other| pupil.names.others.contains(other)));
        }
    }
}

#[test]
fn imp_03_a_file_cut_anywhere_is_refused() {
    let mut cut = document(&format!(
        "<!-- versionAF=\"AAF-VE2407\" -->\n{}{}",
        pupil(
            "1",
            "<attr name=\"sn\"><value>Né &amp; <![CDATA[x]]></value></attr>"
        ),
        pupil("2", "")
    ));
    cut.truncate(cut.trim_end().len());
    let whole = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{cut}").into_bytes();
    assert_eq!(read_bytes(&whole).expect("whole").records.len(), 2);
    for end in 0..whole.len() {
        let refusal = read_bytes(&whole[..end]).expect_err("cut short");
        // Most cuts are told for what they are; a few leave something that is no XML.
        assert!(refusal.line.is_some() || end < 3, "{end}: {refusal}");
    }
}
