//! Folders and archives (IMP-02), and what makes a set (IMP-05).

use super::writer::{files, folder, tar_files, tar_gz, zip};
use super::*;

fn named(files: &mut [(String, Vec<u8>)], part: &str, rename: impl Fn(&str) -> String) {
    let file = files
        .iter_mut()
        .find(|(name, _)| name.contains(part))
        .expect("such a file");
    file.0 = rename(&file.0);
}

fn refused_folder(files: &[(String, Vec<u8>)]) -> Refusal {
    Set::open(folder(files).path(), &Limits::default()).expect_err("refused")
}

#[test]
fn a_folder_a_zip_and_a_tar_read_alike() {
    let mut files = files("ENT", "20260901", true);
    files.reverse();
    files.push(("ficAlimMENESR.dtd".to_owned(), b"<!ELEMENT x ANY>".to_vec()));
    files.push(("README".to_owned(), b"?".to_vec()));
    let folder = folder(&files);
    let place = tempfile::tempdir().expect("a folder");
    // What it is shows in the content: the names say nothing.
    let (zipped, tarred) = (place.path().join("a.tgz"), place.path().join("b.zip"));
    zip(&zipped, &files);
    tar_gz(&tarred, |archive| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_size(0);
        archive
            .append_data(&mut header, "set/", io::empty())
            .expect("room");
        let inside: Vec<_> = files
            .iter()
            .map(|(name, bytes)| (format!("set/{name}"), bytes.clone()))
            .collect();
        tar_files(archive, &inside);
    });
    let expected = read_path(folder.path()).expect("readable");
    assert_eq!(expected.records.len(), 6);
    let kinds: Vec<_> = expected.records.iter().map(Record::kind).collect();
    assert_eq!(kinds, RecordKind::ALL);
    for archive in [zipped, tarred] {
        let set = Set::open(&archive, &Limits::default()).expect("a set");
        assert_eq!(read(&set).expect("readable").records, expected.records);
        assert_eq!(
            read(&set).expect("readable again").records,
            expected.records
        );
        assert_eq!(set.position().bytes(), set.bytes_total());
    }
}

#[test]
fn long_names_in_a_tar_are_read() {
    let long = "a-folder-with-quite-a-long-name/".repeat(8);
    let files: Vec<_> = files("ENT", "20260901", true)
        .into_iter()
        .map(|(name, bytes)| (format!("{long}{name}"), bytes))
        .collect();
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("set.tgz");
    tar_gz(&path, |archive| tar_files(archive, &files));
    assert_eq!(read_path(&path).expect("readable").records.len(), 6);
    tar_gz(&path, |archive| {
        for (name, bytes) in &files {
            archive
                .append_pax_extensions([("mtime", b"1.5".as_slice()), ("path", name.as_bytes())])
                .expect("room");
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_path("short").expect("a name");
            header.set_cksum();
            archive.append(&header, bytes.as_slice()).expect("room");
        }
    });
    assert_eq!(read_path(&path).expect("readable").records.len(), 6);
}

#[test]
fn imp_02_two_sizes_of_an_entry_are_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("set.tgz");
    tar_gz(&path, |archive| {
        archive
            .append_pax_extensions([("size", b"0".as_slice())])
            .expect("room");
        tar_files(archive, &files("ENT", "20260901", true));
    });
    assert!(matches!(
        reason(read_path(&path)),
        Reason::BrokenArchive { .. }
    ));
}

#[test]
fn imp_02_links_are_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("set.tgz");
    for kind in [
        tar::EntryType::Symlink,
        tar::EntryType::Link,
        tar::EntryType::Fifo,
    ] {
        tar_gz(&path, |archive| {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(0);
            archive
                .append_link(&mut header, "x", "/etc/hostname")
                .expect("room");
            tar_files(archive, &files("ENT", "20260901", true));
        });
        let reason = reason(read_path(&path));
        assert!(
            matches!(reason, Reason::Link { .. } | Reason::Special { .. }),
            "{reason}"
        );
    }
    let path = place.path().join("set.zip");
    let mut archive = ::zip::ZipWriter::new(File::create(&path).expect("a file"));
    let options = ::zip::write::SimpleFileOptions::default();
    archive
        .add_symlink(PUPILS, "/etc/hostname", options)
        .expect("an entry");
    archive.finish().expect("an archive");
    assert!(matches!(reason(read_path(&path)), Reason::Link { .. }));

    let folder = folder(&files("ENT", "20260901", true));
    let target = folder.path().join(PUPILS);
    fs::rename(&target, folder.path().join("elsewhere")).expect("moved");
    std::os::unix::fs::symlink("elsewhere", &target).expect("linked");
    assert!(matches!(
        reason(read_path(folder.path())),
        Reason::Link { .. }
    ));
}

#[test]
fn imp_02_names_that_lead_elsewhere_are_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("set.zip");
    for name in [
        "../x.xml",
        "a/../../x",
        "/etc/x",
        "\\x",
        "a\\..\\x",
        "C:\\x",
    ] {
        let mut files = files("ENT", "20260901", true);
        files.push((name.to_owned(), Vec::new()));
        zip(&path, &files);
        assert!(
            matches!(reason(read_path(&path)), Reason::Traversal { .. }),
            "{name}"
        );
    }
}

#[test]
fn imp_02_bombs_are_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let mut files = files("ENT", "20260901", true);
    files.push((
        "ENT_Complet_20260901_Eleve_0001.xml".to_owned(),
        vec![b' '; 4 << 20],
    ));
    let (zipped, tarred) = (place.path().join("set.zip"), place.path().join("set.tgz"));
    zip(&zipped, &files);
    tar_gz(&tarred, |archive| tar_files(archive, &files));
    for path in [&zipped, &tarred] {
        let open = |limits: Limits| Set::open(path, &limits).expect_err("refused").reason;
        let ratio = open(Limits {
            ratio: 50,
            ..Limits::default()
        });
        assert_eq!(ratio, Reason::ExpandsTooFast { limit: 50 });
        let limits = Limits {
            expanded_bytes: 2 << 20,
            ratio: 1 << 20,
            ..Limits::default()
        };
        assert_eq!(open(limits), Reason::ExpandsTooMuch { limit: 2 << 20 });
        let entries = open(Limits {
            entries: 3,
            ..Limits::default()
        });
        assert_eq!(entries, Reason::TooManyEntries { limit: 3 });
        let size = open(Limits {
            archive_bytes: 10,
            ..Limits::default()
        });
        assert_eq!(size, Reason::ArchiveTooLarge { limit: 10 });
    }
    let folder = folder(&files);
    let limits = Limits {
        entries: 3,
        ..Limits::default()
    };
    let refusal = Set::open(folder.path(), &limits).expect_err("refused");
    assert_eq!(refusal.reason, Reason::TooManyEntries { limit: 3 });
}

#[test]
fn imp_02_a_damaged_archive_is_refused_before_its_first_record() {
    let place = tempfile::tempdir().expect("a folder");
    let files = files("ENT", "20260901", true);
    let (zipped, tarred) = (place.path().join("set.zip"), place.path().join("set.tgz"));
    zip(&zipped, &files);
    tar_gz(&tarred, |archive| tar_files(archive, &files));
    for path in [&zipped, &tarred] {
        let whole = fs::read(path).expect("readable");
        for end in (2..whole.len()).step_by(7) {
            fs::write(path, &whole[..end]).expect("room");
            Set::open(path, &Limits::default()).expect_err("cut short");
        }
        let mut changed = whole.clone();
        let middle = changed.len() / 3;
        changed[middle] ^= 0x55;
        fs::write(path, &changed).expect("room");
        Set::open(path, &Limits::default()).expect_err("changed");
    }
}

#[test]
fn imp_02_an_archive_leaves_nothing_behind() {
    let place = tempfile::tempdir().expect("a folder");
    let scratch = tempfile::tempdir().expect("a folder");
    let path = place.path().join("set.zip");
    zip(&path, &files("ENT", "20260901", true));
    let limits = Limits {
        scratch: scratch.path().to_owned(),
        ..Limits::default()
    };
    let set = Set::open(&path, &limits).expect("a set");
    assert_eq!(fs::read_dir(scratch.path()).expect("a folder").count(), 0);
    assert_eq!(read(&set).expect("readable").records.len(), 6);
}

#[test]
fn what_is_no_set_is_refused_in_words() {
    let place = tempfile::tempdir().expect("a folder");
    let missing = Set::open(&place.path().join("none"), &Limits::default()).expect_err("refused");
    assert!(matches!(missing.reason, Reason::Io { .. }));
    assert_eq!(reason(read_path(place.path())), Reason::Empty);
    let text = place.path().join("a.txt");
    fs::write(&text, "text").expect("room");
    assert_eq!(reason(read_path(&text)), Reason::NotASet);
    assert!(
        Set::open(&text, &Limits::default())
            .expect_err("no")
            .to_string()
            .starts_with("a.txt: ")
    );
}

#[test]
fn imp_05_a_set_has_one_date_and_one_project() {
    let mut mixed = files("ENT", "20260901", true);
    named(&mut mixed, "_Eleve_", |name| {
        name.replace("20260901", "20260908")
    });
    assert!(matches!(
        refused_folder(&mixed).reason,
        Reason::MixedDates { .. }
    ));

    let mut mixed = files("ENT", "20260901", true);
    named(&mut mixed, "_Eleve_", |name| name.replace("ENT_", "ENU_"));
    assert!(matches!(
        refused_folder(&mixed).reason,
        Reason::MixedProjects { .. }
    ));

    let mut prefixed = files("ENT", "20260901", true);
    named(&mut prefixed, "_Eleve_", |name| format!("clean-{name}"));
    let contents = read_path(folder(&prefixed).path()).expect("readable");
    assert_eq!(
        contents.warnings_by_kind().get(&WarningKind::PrefixedName),
        Some(&1)
    );
}

#[test]
fn imp_05_a_set_is_of_one_academy() {
    let mut mixed = files("ENT", "20260901", true);
    for (index, (_, bytes)) in mixed.iter_mut().take(3).enumerate() {
        let code = ["9", "09", "16"][index];
        let comment = format!("<!-- codeAcademieExport=\"{code}\" -->");
        *bytes = document(&comment).into_bytes();
    }
    let expected = Reason::MixedAcademies {
        expected: "09".to_owned(),
        found: "16".to_owned(),
    };
    assert_eq!(refused_folder(&mixed).reason, expected);
}

#[test]
fn imp_05_a_set_is_complete() {
    for missing in RecordKind::ALL {
        let mut files = files("ENT", "20260901", true);
        files.retain(|(name, _)| !name.contains(&format!("_{}_", names::word(missing))));
        let expected = Reason::Incomplete {
            missing: vec![names::word(missing)],
        };
        assert_eq!(refused_folder(&files).reason, expected);
    }
    let empty = files("ENT", "20260901", false);
    assert_eq!(
        read_path(folder(&empty).path())
            .expect("chunks without records")
            .records
            .len(),
        0
    );
}

#[test]
fn imp_05_a_delta_is_refused() {
    let mut delta = files("ENT", "20260901", true);
    for (name, _) in &mut delta {
        *name = name.replace("Complet", "Delta");
    }
    assert_eq!(refused_folder(&delta).reason, Reason::Delta);
    for request in ["modifyRequest", "deleteRequest"] {
        let body = pupil("1", "").replace("addRequest", request);
        let refusal = read_bytes(document(&body).as_bytes()).expect_err("refused");
        assert_eq!(
            refusal.reason,
            Reason::DeltaRequest {
                found: request.to_owned()
            }
        );
        assert_eq!((refusal.file.as_str(), refusal.line), (PUPILS, Some(3)));
    }
}

#[test]
fn imp_05_the_same_file_twice_is_refused() {
    let mut twice = files("ENT", "20260901", true);
    twice.push((format!("clean-{PUPILS}"), document("").into_bytes()));
    assert!(matches!(
        refused_folder(&twice).reason,
        Reason::DuplicateFile { .. }
    ));
}

#[test]
fn a_gap_in_the_numbers_is_a_warning() {
    let mut gap = files("ENT", "20260901", true);
    named(&mut gap, "_Eleve_", |name| name.replace("0000", "0002"));
    gap.push(("ENT_Complet_20260901_Eleves.xml".to_owned(), Vec::new()));
    let contents = read_path(folder(&gap).path()).expect("readable");
    let warned: Vec<String> = contents.warnings.iter().map(ToString::to_string).collect();
    assert!(
        warned
            .iter()
            .any(|text| text.contains("0000 to 0001 of Eleve")),
        "{warned:?}"
    );
    assert!(
        warned
            .iter()
            .any(|text| text.contains("Eleves.xml: not named like")),
        "{warned:?}"
    );
}
