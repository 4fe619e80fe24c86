//! Tests of the catalogue: every profile × a teacher, a pupil and a guardian against the expected
//! answer in `golden/`. `CLAU_WRITE_GOLDEN=1` writes them anew; read the difference before it is
//! committed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clau_domain::person::Person;
use clau_domain::policy::{Attribute, Grant};

use super::*;
use crate::answer::Success;
use crate::request::{Endpoint, Format};
use crate::samples::{self, FACTS};
use crate::xml::{Element, read};

const CAS: &str = "http://www.yale.edu/tp/cas";

fn answer(grant: &Grant, profile: &AttributeProfile, endpoint: Endpoint, format: Format) -> String {
    let success = Success {
        released: grant.released(),
        profile,
        authentication: FACTS,
        pgt_iou: None,
        proxies: &[],
    };
    success.render(endpoint, format).body
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("src/profile/golden")
        .join(format!("{name}.xml"))
}

fn people() -> [(&'static str, Person); 3] {
    [
        ("teacher", samples::teacher()),
        ("pupil", samples::pupil()),
        ("guardian", samples::guardian()),
    ]
}

fn find(name: &str) -> &'static AttributeProfile {
    Catalogue::builtin().find(name).expect("in the catalogue")
}

#[test]
fn every_profile_answers_as_its_software_expects() {
    let mut wrong = Vec::new();
    for profile in Catalogue::builtin().profiles() {
        let mut all = String::new();
        for (name, person) in people() {
            let grant = samples::grant_of_all(&person);
            all.push_str(&format!("<!-- {name} -->\n"));
            all.push_str(&answer(
                &grant,
                profile,
                Endpoint::ServiceValidate,
                Format::Xml,
            ));
        }
        let path = golden(profile.name());
        if std::env::var_os("CLAU_WRITE_GOLDEN").is_some() {
            std::fs::write(&path, &all).expect("the golden directory is writable");
        }
        if std::fs::read_to_string(&path).ok().as_deref() != Some(all.as_str()) {
            wrong.push(format!("{}:\n{all}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn of_a_citizen_no_profile_is_told() {
    let grant = samples::grant_of_all(&samples::citizen());
    for profile in Catalogue::builtin().profiles() {
        let said = answer(&grant, profile, Endpoint::ServiceValidate, Format::Xml);
        assert!(said.contains("authenticationSuccess"), "{said}");
        for word in [
            "National_",
            "Student",
            "Relative",
            "Teacher",
            "Personnel",
            "Citizen",
        ] {
            assert!(!said.contains(word), "{}: {said}", profile.name());
        }
    }
}

#[test]
fn every_row_of_the_reference_is_there() {
    let expected = "generic pronote educagri gepi labomep pearltrees kne folios grr grr2 moodle \
        zimbra uid uuid uai external-id brne edumedia universalis english-attack salvum lesite-tv \
        msel proeps cidj explorateur-metiers webgerest enseigno milliweb ijbox spip \
        academic-suffix sacoche sdet laclasse opaque standard";
    let expected: BTreeSet<&str> = expected.split_whitespace().collect();
    let known: BTreeSet<&str> = Catalogue::builtin().names().collect();
    assert_eq!(known, expected);
    let goldens = std::fs::read_dir(golden("x").parent().expect("a directory")).expect("there");
    let goldens = goldens
        .flatten()
        .map(|file| file.file_name().to_string_lossy().into_owned());
    let stale: Vec<String> = goldens
        .filter(|file| !known.contains(file.trim_end_matches(".xml")))
        .collect();
    assert!(stale.is_empty(), "{stale:?}");
    for profile in Catalogue::builtin().profiles() {
        assert!(profile.about().ends_with(['.', '!']), "{}", profile.name());
    }
}

#[test]
fn an_unknown_name_gets_the_nearest() {
    for (name, nearest) in [
        ("pronot", "pronote"),
        ("Pearltree", "pearltrees"),
        ("GRR", "grr"),
        ("moddle", "moodle"),
    ] {
        let error = Catalogue::builtin().find(name).expect_err("not a name");
        assert_eq!(error.nearest, nearest, "{error}");
    }
}

#[test]
fn a_bad_catalogue_says_what_is_wrong() {
    let with = |entry: &str| {
        format!("[[profile]]\nname = \"x\"\nabout = \"X.\"\nuser = \"uid\"\nattributes = [{entry}]")
    };
    for (text, expected) in [
        (
            with("{ name = \"a b\", source = \"uid\" }"),
            "no name for an element",
        ),
        (with("{ name = \"a\" }"), "either a source or entries"),
        (
            with("{ name = \"a\", source = \"uids\" }"),
            "unknown variant `uids`",
        ),
        (
            with("{ name = \"a\", source = \"uid\", value = \"first\" }"),
            "unknown field `value`",
        ),
        (format!("{0}\n{0}", with("")), "there twice"),
    ] {
        let error = Catalogue::parse(&text).expect_err(&text);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn needs_are_what_a_registration_must_release() {
    let needs = find("pronote").needs();
    let expected = [
        Attribute::Login,
        Attribute::FamilyName,
        Attribute::GivenName,
        Attribute::Profile,
        Attribute::BirthDate,
        Attribute::PostalCode,
    ];
    assert_eq!(needs, BTreeSet::from(expected));
    assert!(find("opaque").needs().is_empty());
    let generic = find("generic").needs();
    assert!(generic.contains(&Attribute::Structures) && generic.contains(&Attribute::Children));
}

/// A service that is registered for nothing learns nothing, whatever its profile.
#[test]
fn what_is_not_released_is_not_spelled() {
    for (name, person) in people() {
        let grant = samples::grant(&person, &[]);
        for profile in Catalogue::builtin().profiles() {
            let spelled = profile.spell(grant.released(), &FACTS);
            assert_eq!(spelled.user, "pairwise-1", "{name}, {}", profile.name());
            let said = format!("{:?}", spelled.items).to_lowercase();
            let id = person.id.to_string();
            for secret in [
                person.login.as_str(),
                &id,
                "rouquette",
                "almeida",
                "courriel",
                "0318000c",
                "6a\"",
                "national_",
                "2014",
                "31000",
                "student",
            ] {
                assert!(
                    !said.contains(secret),
                    "{name}, {}: {secret}",
                    profile.name()
                );
            }
        }
    }
}

/// Each attribute by itself opens nothing but itself.
#[test]
fn one_released_attribute_opens_no_other() {
    let person = samples::pupil();
    for only in Attribute::ALL {
        let grant = samples::grant(&person, &[only]);
        let said: String = Catalogue::builtin()
            .profiles()
            .map(|profile| format!("{:?}", profile.spell(grant.released(), &FACTS)))
            .collect();
        for (value, attribute) in [
            (person.login.as_str(), Attribute::Login),
            ("2014-05-14", Attribute::BirthDate),
            ("14/05/2014", Attribute::BirthDate),
            ("0123456789A", Attribute::Ine),
            ("+33 5 61 00 00 02", Attribute::Phones),
            ("rue de l'Orme", Attribute::Address),
            ("National_ELV", Attribute::Profile),
            ("Collège Clémence", Attribute::Structures),
            ("6LV2-ESP", Attribute::Groups),
            ("TOULOUSE-2000003", Attribute::Guardians),
            ("DEMI-PENSIONNAIRE", Attribute::SchoolLife),
        ] {
            if only != attribute {
                assert!(!said.contains(value), "{only:?} lets {value} out");
            }
        }
    }
}

/// Nested profiles are read by clients that keep one value for a name.
#[test]
fn nested_profiles_never_repeat_a_name() {
    for (_, person) in people() {
        let grant = samples::grant_of_all(&person);
        for profile in Catalogue::builtin().profiles() {
            let spelled = profile.spell(grant.released(), &FACTS);
            if spelled.shape == Shape::Nested {
                let names: BTreeSet<&str> = spelled.items.iter().map(|i| i.name.as_str()).collect();
                assert_eq!(names.len(), spelled.items.len(), "{}", profile.name());
            }
        }
    }
}

/// Leaves of an XML answer: name, value.
fn leaves(element: &Element, found: &mut Vec<(String, String)>) {
    for child in element.children() {
        for (name, value) in child.attributes() {
            found.push((format!("@{name}"), value.to_owned()));
        }
        match child.leaf() {
            Some("") => {}
            Some(text) => found.push((child.name().to_owned(), text.to_owned())),
            None => leaves(child, found),
        }
    }
}

fn json_leaves(name: &str, value: &serde_json::Value, found: &mut Vec<(String, String)>) {
    match value {
        serde_json::Value::Object(object) => object.iter().for_each(|(inner, value)| {
            let name = if inner == "value" {
                name
            } else {
                inner.as_str()
            };
            json_leaves(name, value, found);
        }),
        serde_json::Value::Array(values) => {
            values
                .iter()
                .for_each(|value| json_leaves(name, value, found));
        }
        serde_json::Value::String(text) if text.is_empty() => {}
        other => found.push((
            name.to_owned(),
            other.as_str().unwrap_or_default().to_owned(),
        )),
    }
}

#[test]
fn cas_09_json_says_what_xml_says() {
    let attack = ("attack", samples::named("</x><y a=\"&amp;\0\u{b}\r\n]]>"));
    for (name, person) in people().into_iter().chain([attack]) {
        let grant = samples::grant_of_all(&person);
        for profile in Catalogue::builtin().profiles() {
            let xml = answer(&grant, profile, Endpoint::P3ServiceValidate, Format::Xml);
            let tree = read(xml.as_bytes()).expect("well-formed");
            let success = tree
                .only(CAS, "authenticationSuccess")
                .expect("one success");
            let (mut left, mut right) = (Vec::new(), Vec::new());
            leaves(success, &mut left);
            let json = answer(&grant, profile, Endpoint::P3ServiceValidate, Format::Json);
            let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
            let success = &json["serviceResponse"]["authenticationSuccess"];
            json_leaves("", success, &mut right);
            left.sort();
            right.sort();
            assert_eq!(left, right, "{name}, {}", profile.name());
        }
    }
}

#[test]
fn further_attributes_cannot_pass_for_others() {
    let mut person = samples::teacher();
    for name in ["uid", "UAI", "isFromNewLogin", "ENTPersonProfils", "é</x>"] {
        person
            .further
            .insert(name.to_owned(), vec!["forged".to_owned()]);
    }
    let grant = samples::grant_of_all(&person);
    let spelled = find("standard").spell(grant.released(), &FACTS);
    let forged: Vec<&str> = spelled
        .items
        .iter()
        .filter(|item| item.content == Content::Text("forged".to_owned()))
        .map(|item| item.name.as_str())
        .collect();
    assert_eq!(forged, ["___x_"]);
    assert!(
        spelled
            .items
            .iter()
            .any(|item| item.name == "badge_cantine")
    );
}
