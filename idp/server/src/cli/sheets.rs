//! The activation sheets: one page for each class and audience, to be printed and cut. In French: it
//! goes to people. Nobody but the file's owner can read it, and it is never half there.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use askama::Template;
use clau_domain::time::Timestamp;
use clau_engine::Settings;
use clau_engine::accounts::{Audience, SheetGroup, Sheets};

use crate::failure::Failure;

#[derive(Template)]
#[template(path = "sheets.html")]
struct Page<'a> {
    sheets: &'a Sheets,
    settings: &'a Settings,
}

impl Page<'_> {
    fn title(&self, group: &SheetGroup) -> String {
        let audience = match group.audience {
            Audience::Pupils => "Élèves",
            Audience::Guardians => "Responsables légaux",
            Audience::Staff => "Personnels",
        };
        match &group.class {
            Some(class) => format!("{class} – {audience}"),
            None => audience.to_owned(),
        }
    }

    /// `23 novembre 2026`, in the region's time zone.
    fn day(&self, at: &Timestamp) -> String {
        const MONTHS: [&str; 12] = [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ];
        let day = at.in_zone(&self.settings.time_zone).date();
        let month = usize::try_from(day.month() - 1)
            .ok()
            .and_then(|index| MONTHS.get(index));
        let number = if day.day() == 1 {
            "1er".to_owned()
        } else {
            day.day().to_string()
        };
        format!(
            "{number} {} {}",
            month.copied().unwrap_or_default(),
            day.year()
        )
    }

    /// The address without its scheme: what people type.
    fn address(&self) -> &str {
        self.settings.base_url.trim_start_matches("https://")
    }
}

/// Writes the sheets to a file of its own.
pub(super) fn write(sheets: &Sheets, settings: &Settings, out: &Path) -> Result<(), Failure> {
    let page = Page { sheets, settings };
    let text = page
        .render()
        .map_err(|error| Failure::Defect(error.to_string()))?;
    let draft = out.with_extension("draft");
    let wrong = |error: std::io::Error| Failure::Refused(format!("{}: {error}", out.display()));
    // One that was left by a crash may belong to somebody else by now.
    let _gone = std::fs::remove_file(&draft);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .map_err(wrong)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&draft, out))
        .map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clau_domain::ids::StructureId;
    use clau_domain::structure::{Structure, StructureDetail, StructureKind};
    use clau_engine::accounts::Sheet;
    use std::os::unix::fs::PermissionsExt as _;

    fn sheets() -> Sheets {
        let now = Timestamp::from_millis(1_795_420_800_000);
        let sheet = |name: &str, children: &[&str]| Sheet {
            name: name.to_owned(),
            login: "lea.martin".to_owned(),
            code: "ABCD-EFGH-JKMN".to_owned(),
            until: now,
            children: children.iter().map(|&child| child.to_owned()).collect(),
        };
        let group = |class: Option<&str>, audience, sheet| SheetGroup {
            class: class.map(str::to_owned),
            audience,
            sheets: vec![sheet],
        };
        Sheets {
            structure: Structure {
                id: StructureId::mint(now, &crate::system::SystemRandom),
                source: "aaf".to_owned(),
                key: "1".to_owned(),
                uai: None,
                kind: StructureKind::School,
                name: "Collège <Les Trois Rivières>".to_owned(),
                detail: StructureDetail::default(),
            },
            groups: vec![
                group(Some("6A"), Audience::Pupils, sheet("Léa Martin", &[])),
                group(
                    Some("6A"),
                    Audience::Guardians,
                    sheet("Jean Martin", &["Léa Martin"]),
                ),
                group(None, Audience::Staff, sheet("Claire Dufour", &[])),
            ],
            activated: 3,
        }
    }

    #[test]
    fn pwd_10_sheets_are_written_for_their_owner_only() {
        let directory = tempfile::tempdir().expect("a directory");
        let out = directory.path().join("sheets.html");
        std::fs::write(&out, "an older one that everybody can read").expect("written");
        let settings = Settings::for_base_url("https://ent.example.fr");
        write(&sheets(), &settings, &out).expect("written");
        let mode = std::fs::metadata(&out).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = std::fs::read_to_string(&out).expect("text");
        for expected in [
            "Collège &#60;Les Trois Rivières&#62;",
            "6A – Élèves",
            "6A – Responsables légaux",
            "Personnels",
            "ABCD-EFGH-JKMN",
            "lea.martin",
            "23 novembre 2026",
            "ent.example.fr",
            "Léa Martin",
        ] {
            assert!(text.contains(expected), "{expected}");
        }
        assert!(!text.contains("<Les"), "escaped");
        assert_eq!(
            std::fs::read_dir(directory.path())
                .expect("readable")
                .count(),
            1
        );
    }
}
