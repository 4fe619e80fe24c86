//! Tests of spelling: a table for each profile and kind of person to the letter, and that nothing is told but
//! what is released.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use clau_domain::person::Person;
use clau_domain::policy::Attribute as Released;

use super::samples::{agent, grant, guardian, head, id, pupil, school, teacher};
use super::*;
use crate::metadata::RequestedAttribute;
use crate::names::{category, name_id};

const ISSUER: &str = "https://ent.example.fr/saml/metadata";
const AUDIENCE: &str = "https://sp.example.org/shibboleth";

fn spelling(profile: Profile) -> Spelling<'static> {
    Spelling {
        issuer: ISSUER,
        audience: AUDIENCE,
        scope: "ent.example.fr",
        ent_id: Some("ENTCLAU"),
        profile,
    }
}

fn spell(profile: Profile, person: &Person, attributes: &[Released]) -> Spelled {
    let grant = grant(person, attributes);
    spelling(profile).spell(grant.released())
}

/// A line for each attribute, by what people call it.
fn lines(spelled: &Spelled) -> String {
    let mut lines = String::new();
    for attribute in &spelled.attributes {
        let name = attribute.friendly_name.unwrap_or(&attribute.name);
        let values: Vec<&str> = attribute
            .values
            .iter()
            .map(|value| match value {
                Value::Text(text) => text.as_str(),
                Value::NameId(name) => name.value.as_str(),
            })
            .collect();
        writeln!(lines, "{name} {values:?}").expect("a text grows");
    }
    lines
}

/// What a person is told to be when everything may leave. `ids` stand for themselves in the table.
fn table(profile: Profile, person: &Person, expected: &str) {
    let spelled = spell(profile, person, &Released::ALL);
    let mut told = lines(&spelled);
    for number in 1..=8 {
        told = told.replace(&id(number).to_string(), &format!("#{number}"));
    }
    told = told.replace("0123456789abcdef0123456789abcdef", "PAIRWISE");
    let expected: String = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(told, expected);
    assert_eq!(spelled.left_out, [], "{}", person.login);
}

#[test]
fn supann_to_the_letter() {
    table(
        Profile::Supann,
        &pupil(),
        r##"
        pairwise-id ["PAIRWISE@ent.example.fr"]
        subject-id ["#2@ent.example.fr"]
        eduPersonTargetedID ["PAIRWISE"]
        schacHomeOrganization ["ent.example.fr"]
        eduPersonPrincipalName ["maelle.rouquette@ent.example.fr"]
        uid ["maelle.rouquette"]
        displayName ["Maëlle ROUQUETTE"]
        cn ["ROUQUETTE MAELLE"]
        sn ["ROUQUETTE"]
        givenName ["Maëlle"]
        supannCivilite ["Mme"]
        eduPersonAffiliation ["student", "member"]
        eduPersonPrimaryAffiliation ["student"]
        eduPersonScopedAffiliation ["student@ent.example.fr", "member@ent.example.fr"]
        supannEtablissement ["{UAI}0318000C"]
        supannOIDCDateDeNaissance ["2014-05-14"]
        schacDateOfBirth ["20140514"]
        supannCodeINE ["0123456789A"]
        homePhone ["+33 5 61 00 00 02"]
        postalAddress ["3 rue de l'Orme$Bât. B"]
        postalCode ["31000"]
        l ["TOULOUSE"]
        "##,
    );
    table(
        Profile::Supann,
        &teacher(),
        r##"
        pairwise-id ["PAIRWISE@ent.example.fr"]
        subject-id ["#1@ent.example.fr"]
        eduPersonTargetedID ["PAIRWISE"]
        schacHomeOrganization ["ent.example.fr"]
        eduPersonPrincipalName ["oceane.dalmeida@ent.example.fr"]
        uid ["oceane.dalmeida"]
        displayName ["Océane D'ALMEIDA"]
        cn ["D'ALMEIDA OCEANE"]
        sn ["D'ALMEIDA"]
        givenName ["Océane"]
        supannCivilite ["Mme"]
        mail ["oceane@courriel.example"]
        eduPersonAffiliation ["faculty", "employee", "member"]
        eduPersonPrimaryAffiliation ["faculty"]
        eduPersonScopedAffiliation ["faculty@ent.example.fr", "employee@ent.example.fr", "member@ent.example.fr"]
        supannEtablissement ["{UAI}0318000C", "{UAI}0318003F"]
        supannOIDCDateDeNaissance ["1984-02-09"]
        schacDateOfBirth ["19840209"]
        telephoneNumber ["+33 5 61 00 00 01"]
        "##,
    );
    table(
        Profile::Supann,
        &guardian(),
        r##"
        pairwise-id ["PAIRWISE@ent.example.fr"]
        subject-id ["#3@ent.example.fr"]
        eduPersonTargetedID ["PAIRWISE"]
        schacHomeOrganization ["ent.example.fr"]
        eduPersonPrincipalName ["bruno.rouquette@ent.example.fr"]
        uid ["bruno.rouquette"]
        displayName ["Bruno ROUQUETTE"]
        cn ["ROUQUETTE BRUNO"]
        sn ["ROUQUETTE"]
        givenName ["Bruno"]
        supannCivilite ["M."]
        mail ["bruno@courriel.example"]
        eduPersonAffiliation ["affiliate"]
        eduPersonPrimaryAffiliation ["affiliate"]
        eduPersonScopedAffiliation ["affiliate@ent.example.fr"]
        supannEtablissement ["{UAI}0318000C", "{UAI}0318003F"]
        mobile ["+33 6 00 00 00 03"]
        postalCode ["31000"]
        "##,
    );
    table(
        Profile::Supann,
        &agent(),
        r##"
        pairwise-id ["PAIRWISE@ent.example.fr"]
        subject-id ["#8@ent.example.fr"]
        eduPersonTargetedID ["PAIRWISE"]
        schacHomeOrganization ["ent.example.fr"]
        eduPersonPrincipalName ["agent.region@ent.example.fr"]
        uid ["agent.region"]
        displayName ["Bastien VIDAL"]
        cn ["VIDAL BASTIEN"]
        sn ["VIDAL"]
        givenName ["Bastien"]
        mail ["agent.region@region.example"]
        eduPersonAffiliation ["staff", "employee", "member"]
        eduPersonPrimaryAffiliation ["staff"]
        eduPersonScopedAffiliation ["staff@ent.example.fr", "employee@ent.example.fr", "member@ent.example.fr"]
        "##,
    );
}

#[test]
fn sdet_to_the_letter() {
    table(
        Profile::Sdet,
        &pupil(),
        r##"
        uid ["#2"]
        ENTPersonLogin ["maelle.rouquette"]
        ENTPersonJointure ["TOULOUSE$2000002"]
        sn ["ROUQUETTE"]
        givenName ["Maëlle"]
        displayName ["Maëlle ROUQUETTE"]
        personalTitle ["Mlle"]
        ENTPersonDateNaissance ["14/05/2014"]
        ENTPersonProfils ["National_ELV"]
        ENTPersonStructRattach ["1011"]
        ENTPersonStructRattachRNE ["0318000C"]
        ESCOUAI ["0318000C"]
        ENTEleveClasses ["0318000C$6A"]
        ENTEleveGroupes ["0318000C$6LV2-ESP", "0318000C$Chorale"]
        ENTEleveMEF ["10010012110"]
        ENTEleveLibelleMEF ["6EME"]
        ENTEleveNivFormation ["6EME"]
        ENTEleveFiliere ["ENSEIGNEMENT GENERAL"]
        ENTEleveStatutEleve ["SCOLAIRE"]
        ENTEleveCodeEnseignements ["030201", "061300"]
        ENTEleveStructRattachId ["12345"]
        ENTEleveINE ["0123456789A"]
        ENTEleveRegime ["DEMI-PENSIONNAIRE"]
        ENTEleveBoursier ["O"]
        ENTEleveTransport ["N"]
        ENTElevePersRelEleve ["#3$$$1$$", "#6$$$2$$"]
        homePhone ["+33 5 61 00 00 02"]
        ENTPersonAdresse ["3 rue de l'Orme$Bât. B"]
        ENTPersonCodePostal ["31000"]
        ENTPersonVille ["TOULOUSE"]
        ENTPersonPays ["FRANCE"]
        "##,
    );
    table(
        Profile::Sdet,
        &teacher(),
        r##"
        uid ["#1"]
        ENTPersonLogin ["oceane.dalmeida"]
        ENTPersonJointure ["TOULOUSE$2000001"]
        sn ["D'ALMEIDA"]
        givenName ["Océane"]
        displayName ["Océane D'ALMEIDA"]
        personalTitle ["Mme"]
        mail ["oceane@courriel.example"]
        ENTPersonDateNaissance ["09/02/1984"]
        ENTPersonProfils ["National_TUT", "National_ENS"]
        ENTPersonStructRattach ["1011", "1012"]
        ENTPersonStructRattachRNE ["0318000C", "0318003F"]
        ESCOUAI ["0318000C", "0318003F"]
        ENTPersonFonctions ["0318000C$ENS$ENSEIGNEMENT$L1000$MATHEMATIQUES", "0318003F$ENS$ENSEIGNEMENT$L1000$MATHEMATIQUES"]
        ENTAuxPersRelEleveEleve ["#4"]
        ENTAuxEnsClasses ["0318000C$6A", "0318000C$5EME 01", "0318003F$TCAP1"]
        ENTAuxEnsGroupes ["0318000C$6LV2-ESP"]
        ENTAuxEnsClassesPrincipal ["0318000C$6A"]
        ENTAuxEnsClassesMatieres ["0318000C$6A$061300", "0318000C$5EME 01$061300"]
        ENTAuxEnsMatiereEnseignEtab ["0318000C$MATHEMATIQUES"]
        telephoneNumber ["+33 5 61 00 00 01"]
        "##,
    );
    table(
        Profile::Sdet,
        &guardian(),
        r##"
        uid ["#3"]
        ENTPersonLogin ["bruno.rouquette"]
        ENTPersonJointure ["TOULOUSE$2000003"]
        sn ["ROUQUETTE"]
        givenName ["Bruno"]
        displayName ["Bruno ROUQUETTE"]
        personalTitle ["M."]
        mail ["bruno@courriel.example"]
        ENTPersonProfils ["National_TUT"]
        ENTPersonStructRattach ["1011", "1012"]
        ENTPersonStructRattachRNE ["0318000C", "0318003F"]
        ESCOUAI ["0318000C", "0318003F"]
        ENTAuxPersRelEleveEleve ["#2", "#5"]
        mobile ["+33 6 00 00 00 03"]
        ENTPersonCodePostal ["31000"]
        "##,
    );
    table(
        Profile::Sdet,
        &head(),
        r##"
        uid ["#7"]
        ENTPersonLogin ["helene.prat"]
        ENTPersonJointure ["TOULOUSE$2000007"]
        sn ["PRAT"]
        givenName ["Hélène"]
        displayName ["Hélène PRAT"]
        personalTitle ["Mme"]
        mail ["helene.prat@ac-toulouse.example"]
        ENTPersonProfils ["National_DIR"]
        ENTPersonStructRattach ["1011"]
        ENTPersonStructRattachRNE ["0318000C"]
        ESCOUAI ["0318000C"]
        ENTPersonFonctions ["0318000C$DIR$DIRECTION$D0010$PRINCIPAL"]
        "##,
    );
    table(
        Profile::Sdet,
        &agent(),
        r##"
        uid ["#8"]
        ENTPersonLogin ["agent.region"]
        sn ["VIDAL"]
        givenName ["Bastien"]
        displayName ["Bastien VIDAL"]
        mail ["agent.region@region.example"]
        ENTPersonProfils ["National_COL"]
        ENTPersonStructRattach ["REGION"]
        badge ["A12", "B7"]
        "##,
    );
}

#[test]
fn the_gar_is_told_two_things_whatever_is_released() {
    for person in [pupil(), teacher(), guardian(), head(), agent()] {
        for attributes in [&Released::ALL[..], &[]] {
            let told = lines(&spell(Profile::Gar, &person, attributes));
            let expected = "idEnt [\"ENTCLAU\"]\n\
                GARPersonIdentifiant [\"0123456789abcdef0123456789abcdef\"]\n";
            assert_eq!(told, expected, "{}", person.login);
        }
    }
    let grant = grant(&pupil(), &[]);
    for ent_id in [None, Some("")] {
        let unknown = Spelling {
            ent_id,
            ..spelling(Profile::Gar)
        };
        let spelled = unknown.spell(grant.released());
        assert_eq!(spelled.attributes.len(), 1);
        let why = Why::NoEntId;
        let name = "idEnt";
        assert_eq!(spelled.left_out, [LeftOut { name, why }]);
    }
}

#[test]
fn national_education_to_the_letter() {
    table(
        Profile::Fredu,
        &pupil(),
        r#"FrEduVecteur ["4|||12345|0318000C"]"#,
    );
    table(
        Profile::Fredu,
        &guardian(),
        r#"FrEduVecteur ["2|ROUQUETTE|Bruno|12345|0318000C", "2|ROUQUETTE|Bruno|67890|0318003F"]"#,
    );
    table(
        Profile::Fredu,
        &teacher(),
        r##"
        FrEduVecteur ["2|D'ALMEIDA|Océane|12399|0318000C"]
        FrEduRne ["0318000C$$$ENS$$$CLG$", "0318003F$$$ENS$$$LP$"]
        FrEduRneResp ["X"]
        FrEduFonctAdm ["ENS"]
        ctemail ["oceane.dalmeida@ac-toulouse.example"]
        ctln ["D'ALMEIDA"]
        ctfn ["Océane"]
        "##,
    );
    table(
        Profile::Fredu,
        &head(),
        r##"
        FrEduRne ["0318000C$$$DIR$$$CLG$"]
        FrEduRneResp ["0318000C$$$$$CLG$"]
        FrEduFonctAdm ["DIR"]
        ctemail ["helene.prat@ac-toulouse.example"]
        ctln ["PRAT"]
        ctfn ["Hélène"]
        "##,
    );
    table(
        Profile::Fredu,
        &agent(),
        r##"
        FrEduRneResp ["X"]
        ctln ["VIDAL"]
        ctfn ["Bastien"]
        "##,
    );
}

#[test]
fn vectors_are_of_the_degree_of_the_school_and_a_pupil_has_one() {
    let ecole = school(14, "0310999T", "ECOLE DE NIVEAU ELEMENTAIRE", "École");
    let mut both = pupil();
    let mut primary = both.affiliations[0].clone();
    primary.structure = ecole;
    primary.detail.school_record = "777".to_owned();
    both.affiliations.insert(0, primary.clone());
    let told = lines(&spell(Profile::Fredu, &both, &Released::ALL));
    assert_eq!(told, "FrEduVecteur [\"3|||777|0310999T\"]\n");

    let mut parent = guardian();
    parent.children.truncate(1);
    parent.children[0].affiliations.push(primary);
    // A grown-up pupil who is also a guardian is a guardian.
    parent.affiliations.push(both.affiliations[1].clone());
    let told = lines(&spell(Profile::Fredu, &parent, &Released::ALL));
    let expected = "FrEduVecteur [\"2|ROUQUETTE|Bruno|12345|0318000C\", \
        \"1|ROUQUETTE|Bruno|777|0310999T\"]\n";
    assert_eq!(told, expected);
}

#[test]
fn fed_08_a_separator_in_a_name_makes_no_vector() {
    let left_out = |person: &Person| spell(Profile::Fredu, person, &Released::ALL).left_out;
    let name = "FrEduVecteur";
    let separator = LeftOut {
        name,
        why: Why::Separator,
    };
    let mut person = guardian();
    person.names.family = "ROUQUETTE|Anne|99999".to_owned();
    let spelled = spell(Profile::Fredu, &person, &Released::ALL);
    assert_eq!(spelled.attributes, []);
    assert_eq!(spelled.left_out, [separator]);
    assert_eq!(
        separator.to_string(),
        "FrEduVecteur: a field holds the character that separates fields"
    );
    let mut person = guardian();
    person.names.given = "|".to_owned();
    assert_eq!(left_out(&person), [separator]);

    // One child's number is of no harm to the other's.
    let mut person = guardian();
    person.children[0].affiliations[0].detail.school_record = "1|2".to_owned();
    let spelled = spell(Profile::Fredu, &person, &Released::ALL);
    let expected = "FrEduVecteur [\"2|ROUQUETTE|Bruno|67890|0318003F\"]\n";
    assert_eq!(lines(&spelled), expected);
    assert_eq!(spelled.left_out, [separator]);

    let no_number = LeftOut {
        name,
        why: Why::NoNumber,
    };
    let mut person = pupil();
    person.affiliations[0].detail.school_record = " ".to_owned();
    assert_eq!(left_out(&person), [no_number]);
    let mut person = pupil();
    person.affiliations[0].structure.uai = None;
    assert_eq!(left_out(&person), [no_number]);
}

#[test]
fn a_separator_in_a_field_leaves_the_value_out_and_no_other() {
    let mut person = pupil();
    person.affiliations[0].detail.classes = vec!["6A$0318003F$3B".to_owned(), "6B".to_owned()];
    person.contact.address = vec!["A$B".to_owned(), "C\\".to_owned()];
    let spelled = spell(Profile::Sdet, &person, &Released::ALL);
    let told = lines(&spelled);
    assert!(
        told.contains("ENTEleveClasses [\"0318000C$6B\"]\n"),
        "{told}"
    );
    assert!(!told.contains("ENTPersonAdresse"), "{told}");
    let why = Why::Separator;
    let expected = ["ENTEleveClasses", "ENTPersonAdresse"].map(|name| LeftOut { name, why });
    assert_eq!(spelled.left_out, expected);
    // The directory's own notation can write it.
    let told = lines(&spell(Profile::Supann, &person, &Released::ALL));
    assert!(told.contains(r#"postalAddress ["A\\24B$C\\5C"]"#), "{told}");
}

#[test]
fn nothing_else_passes_for_a_value_of_the_scope() {
    let with_login = |login: &str| {
        let mut person = pupil();
        person.login = login.to_owned();
        spell(Profile::Supann, &person, &[Released::Login]).left_out
    };
    assert_eq!(with_login("maelle.rouquette_2"), []);
    for login in ["maelle@univ.example", "ma elle", "maëlle", ""] {
        let left_out = with_login(login);
        assert_eq!(left_out.len(), 1, "{login}");
        assert_eq!(left_out[0].why, Why::Notation, "{login}");
    }
    let grant = grant(&pupil(), &Released::ALL);
    for scope in ["", "localhost:8443", "@ent.example.fr", "ent example"] {
        let spelled = Spelling {
            scope,
            ..spelling(Profile::Supann)
        };
        let told = spelled.spell(grant.released());
        let names: Vec<&str> = told
            .attributes
            .iter()
            .filter_map(|attribute| attribute.friendly_name)
            .collect();
        assert!(!names.contains(&"pairwise-id"), "{scope}: {names:?}");
        assert!(!names.contains(&"eduPersonScopedAffiliation"), "{scope}");
    }
}

#[test]
fn the_targeted_id_is_the_persistent_name() {
    let spelled = spell(Profile::Supann, &pupil(), &[]);
    let targeted = spelled
        .attributes
        .iter()
        .find(|attribute| attribute.friendly_name == Some("eduPersonTargetedID"))
        .expect("it is told");
    assert_eq!(targeted.name, "urn:oid:1.3.6.1.4.1.5923.1.1.1.10");
    let [Value::NameId(name)] = targeted.values.as_slice() else {
        panic!("{targeted:?}");
    };
    assert_eq!(name.format, name_id::PERSISTENT);
    assert_eq!(name.value, "0123456789abcdef0123456789abcdef");
    assert_eq!(name.name_qualifier.as_deref(), Some(ISSUER));
    assert_eq!(name.sp_name_qualifier.as_deref(), Some(AUDIENCE));
}

#[test]
fn a_pupil_who_is_their_own_guardian_is_a_student() {
    let mut person = pupil();
    person.affiliations.extend(guardian().affiliations);
    let told = lines(&spell(Profile::Supann, &person, &[Released::Profile]));
    assert!(
        told.contains("eduPersonAffiliation [\"student\", \"member\"]\n"),
        "{told}"
    );
    assert!(
        told.contains("eduPersonPrimaryAffiliation [\"student\"]\n"),
        "{told}"
    );
    let mut person = teacher();
    person.affiliations.extend(head().affiliations);
    person.affiliations.extend(pupil().affiliations);
    let told = lines(&spell(Profile::Supann, &person, &[Released::Profile]));
    let all =
        "eduPersonAffiliation [\"student\", \"faculty\", \"staff\", \"employee\", \"member\"]\n";
    assert!(told.contains(all), "{told}");
    assert!(
        told.contains("eduPersonPrimaryAffiliation [\"faculty\"]\n"),
        "{told}"
    );
}

/// Every value that is told, with its name.
fn told(profile: Profile, person: &Person, attributes: &[Released]) -> BTreeMap<String, String> {
    let spelled = spell(profile, person, attributes);
    let values = |attribute: &Attribute| format!("{:?}", attribute.values);
    spelled
        .attributes
        .iter()
        .map(|attribute| (attribute.name.clone(), values(attribute)))
        .collect()
}

#[test]
fn log_05_without_release_there_is_a_pseudonym_and_nothing_else() {
    for person in [pupil(), teacher(), guardian(), head(), agent()] {
        let supann = lines(&spell(Profile::Supann, &person, &[]));
        let expected = "pairwise-id [\"0123456789abcdef0123456789abcdef@ent.example.fr\"]\n\
            eduPersonTargetedID [\"0123456789abcdef0123456789abcdef\"]\n\
            schacHomeOrganization [\"ent.example.fr\"]\n";
        assert_eq!(supann, expected, "{}", person.login);
        for profile in [Profile::Sdet, Profile::Fredu, Profile::None] {
            assert_eq!(spell(profile, &person, &[]), Spelled::default());
        }
        assert_eq!(
            spell(Profile::None, &person, &Released::ALL),
            Spelled::default()
        );
    }
}

#[test]
fn saml_09_nothing_is_told_but_by_what_it_needs() {
    let people = [pupil(), teacher(), guardian(), head(), agent()];
    for profile in Profile::ALL {
        let needs: BTreeMap<&str, BTreeSet<Released>> = profile
            .catalogue()
            .iter()
            .map(|name| (name.name, name.needs().iter().copied().collect()))
            .collect();
        for person in &people {
            let all = told(profile, person, &Released::ALL);
            for missing in Released::ALL {
                let others: Vec<Released> = Released::ALL
                    .into_iter()
                    .filter(|attribute| *attribute != missing)
                    .collect();
                let without = told(profile, person, &others);
                for (name, value) in &without {
                    // Only the school in front of a class is told by another attribute.
                    let in_school = missing == Released::Structures && value.contains('$');
                    assert!(in_school || all[name] == *value, "{missing:?}: {name}");
                }
                for name in all.keys().filter(|name| !without.contains_key(*name)) {
                    let needs = needs.get(name.as_str());
                    let needed =
                        needs.map_or(missing == Released::Further, |it| it.contains(&missing));
                    assert!(needed, "{missing:?} takes {name} away");
                }
            }
            for only in Released::ALL {
                for name in told(profile, person, &[only]).keys() {
                    let needs = needs.get(name.as_str());
                    let enough = needs.map_or(only == Released::Further, |needs| {
                        needs.is_subset(&BTreeSet::from([only]))
                            // A postal code is part of an address.
                            || (only == Released::Address && needs.contains(&Released::PostalCode))
                    });
                    assert!(enough, "{only:?} alone tells {name}");
                }
            }
        }
    }
}

#[test]
fn log_05_one_released_attribute_opens_no_other() {
    let (pupil, guardian) = (pupil(), guardian());
    for only in Released::ALL {
        let said: String = Profile::ALL
            .into_iter()
            .flat_map(|profile| [&pupil, &guardian].map(|person| (profile, person)))
            .map(|(profile, person)| format!("{:?}", told(profile, person, &[only])))
            .collect();
        for (value, attribute) in [
            ("maelle.rouquette", Released::Login),
            ("2014-05-14", Released::BirthDate),
            ("20140514", Released::BirthDate),
            ("14/05/2014", Released::BirthDate),
            ("0123456789A\"", Released::Ine),
            ("+33 5 61", Released::Phones),
            ("rue de l'Orme", Released::Address),
            ("National_ELV", Released::Profile),
            ("student", Released::Profile),
            ("0318000C", Released::Structures),
            ("6LV2-ESP", Released::Groups),
            ("6A", Released::Classes),
            ("\"12345\"", Released::ExternalId),
            ("2000002", Released::ExternalId),
            ("DEMI-PENSIONNAIRE", Released::SchoolLife),
            (&id(5).to_string(), Released::Children),
            (&id(6).to_string(), Released::Guardians),
            ("courriel", Released::Mail),
        ] {
            // The pseudonym of the samples is made of digits.
            let said = said.replace("0123456789abcdef0123456789abcdef", "");
            if only != attribute {
                assert!(!said.contains(value), "{only:?} lets {value} out");
            }
        }
        for never in ["SECRET", "Secret", "Hugo", "Clémence"] {
            assert!(!said.contains(never), "{only:?} lets {never} out");
        }
    }
}

#[test]
fn of_a_citizen_no_profile_is_told() {
    let mut person = guardian();
    person.children.clear();
    person.affiliations.truncate(1);
    person.affiliations[0].profile = clau_domain::profile::Profile::Citizen;
    for profile in Profile::ALL {
        let said = format!("{:?}", told(profile, &person, &Released::ALL));
        for word in ["National_", "affiliate", "member", "Citizen", "FrEdu"] {
            assert!(!said.contains(word), "{profile:?}: {said}");
        }
    }
}

#[test]
fn every_value_is_told_once_and_every_name_once() {
    for profile in Profile::ALL {
        let names: BTreeSet<&str> = profile.catalogue().iter().map(|name| name.name).collect();
        assert_eq!(names.len(), profile.catalogue().len(), "{profile:?}");
        for person in [pupil(), teacher(), guardian(), head(), agent()] {
            let mut twice = person.clone();
            let again: Vec<_> = twice.affiliations.clone();
            twice.affiliations.extend(again);
            let once = spell(profile, &person, &Released::ALL);
            assert_eq!(spell(profile, &twice, &Released::ALL), once);
            for attribute in &once.attributes {
                assert!(!attribute.values.is_empty());
                assert_eq!(attribute.format, profile.format());
            }
        }
    }
}

#[test]
fn a_registration_names_a_profile_and_a_slip_gets_the_nearest() {
    for profile in Profile::ALL {
        assert_eq!(Profile::from_name(profile.name()), Ok(profile));
    }
    for (name, nearest) in [
        ("SupAnn", "supann"),
        ("supan", "supann"),
        ("sdte", "sdet"),
        ("fr-edu", "fredu"),
        ("non", "none"),
    ] {
        let error = Profile::from_name(name).expect_err("not a name");
        assert_eq!(error.nearest, nearest, "{error}");
        for known in Profile::names() {
            assert!(error.to_string().contains(known), "{error}");
        }
    }
    assert_eq!(Profile::default(), Profile::Supann);
}

#[test]
fn what_a_profile_has_no_word_for_is_known() {
    let silent = |profile: Profile| -> Vec<Released> {
        let spoken = profile.speaks_of();
        let all = Released::ALL.into_iter();
        all.filter(|attribute| !spoken.contains(attribute))
            .collect()
    };
    assert_eq!(silent(Profile::Sdet), [Released::PairwiseId]);
    let supann = silent(Profile::Supann);
    assert!(supann.contains(&Released::Classes) && supann.contains(&Released::Children));
    assert!(!supann.contains(&Released::Ine));
    assert_eq!(silent(Profile::Gar).len(), Released::ALL.len());
    for profile in Profile::ALL {
        for attribute in silent(profile) {
            for person in [pupil(), teacher(), guardian(), head(), agent()] {
                let with = spell(profile, &person, &[attribute]);
                assert_eq!(with, spell(profile, &person, &[]), "{attribute:?}");
            }
        }
    }
}

fn requested(names: &[&str]) -> Vec<RequestedAttribute> {
    let one = |name: &&str| RequestedAttribute {
        name: (*name).to_owned(),
        is_required: false,
    };
    names.iter().map(one).collect()
}

#[test]
fn metadata_asks_in_whatever_names() {
    let wanted = |profile: Profile, name: &str| -> Vec<Released> {
        profile.wanted([name]).into_iter().collect()
    };
    for name in [
        "urn:oid:0.9.2342.19200300.100.1.3",
        "mail",
        "urn:mace:dir:attribute-def:mail",
    ] {
        assert_eq!(wanted(Profile::Supann, name), [Released::Mail], "{name}");
        assert_eq!(wanted(Profile::Sdet, name), [Released::Mail], "{name}");
    }
    // What the profile itself calls so counts first.
    assert_eq!(wanted(Profile::Supann, "uid"), [Released::Login]);
    assert_eq!(wanted(Profile::Sdet, "uid"), [Released::Uid]);
    let display = [Released::FamilyName, Released::GivenName];
    assert_eq!(wanted(Profile::Supann, "displayName"), display);
    let pairwise = "urn:oasis:names:tc:SAML:attribute:pairwise-id";
    assert_eq!(wanted(Profile::Supann, pairwise), []);
    assert_eq!(wanted(Profile::Supann, "badge"), []);
    assert_eq!(wanted(Profile::Sdet, "badge"), [Released::Further]);
    assert_eq!(wanted(Profile::Gar, "idEnt"), []);
}

#[test]
fn saml_09_what_is_asked_narrows_a_grant_and_never_widens_it() {
    let asked = |names: &[&str], categories: &[&str], subject_id| {
        let list = requested(names);
        let categories: Vec<String> = categories.iter().map(|it| (*it).to_owned()).collect();
        let asked = Asked {
            requested: Some(&list),
            categories: &categories,
            subject_id,
        };
        asked.attributes(Profile::Supann)
    };
    let sn = "urn:oid:2.5.4.4";
    assert_eq!(asked(&[], &[], None), None);
    assert_eq!(asked(&[], &["https://example.org/own"], None), None);
    for promise in [category::CODE_OF_CONDUCT_1, category::CODE_OF_CONDUCT_2] {
        assert_eq!(asked(&[], &[promise], None), None);
        let only = BTreeSet::from([Released::FamilyName]);
        assert_eq!(asked(&[sn], &[promise], None), Some(only));
    }
    let scholars = category::RESEARCH_AND_SCHOLARSHIP;
    let bundle = BTreeSet::from([
        Released::Login,
        Released::FamilyName,
        Released::GivenName,
        Released::Profile,
        Released::Mail,
    ]);
    assert_eq!(asked(&[], &[scholars], None), Some(bundle));
    let only = BTreeSet::from([Released::FamilyName]);
    assert_eq!(asked(&[sn], &[scholars], None), Some(only));
    let both = BTreeSet::from([Released::FamilyName, Released::Uid]);
    assert_eq!(asked(&[sn], &[], Some("subject-id")), Some(both));
    assert_eq!(
        asked(&[], &[category::ANONYMOUS], None),
        Some(BTreeSet::from([Released::Profile]))
    );

    let listed = [Released::GivenName, Released::Mail];
    let narrowed = asked(&[sn, "urn:oid:0.9.2342.19200300.100.1.3"], &[], None);
    let grant = grant(&teacher(), &listed).within(&narrowed.expect("it asks"));
    let spelled = spelling(Profile::Supann).spell(grant.released());
    let names: Vec<&str> = spelled
        .attributes
        .iter()
        .filter_map(|attribute| attribute.friendly_name)
        .collect();
    let pseudonyms = [
        "pairwise-id",
        "eduPersonTargetedID",
        "schacHomeOrganization",
    ];
    assert_eq!(names, [&pseudonyms[..], &["mail"]].concat());
}

proptest::proptest! {
    /// Whatever people, classes and schools are called, a reader finds the fields where they are.
    #[test]
    fn fed_08_fields_are_never_shifted(name in "\\PC{0,12}", other in "[|$a-z\\\\]{0,6}") {
        let (mut parent, mut pupil) = (guardian(), pupil());
        parent.names.family = other.clone();
        parent.names.given = name.clone();
        for child in &mut parent.children {
            child.affiliations[0].detail.school_record = other.clone();
        }
        pupil.affiliations[0].detail.school_record = name.clone();
        pupil.affiliations[0].detail.classes = vec![name.clone(), other.clone()];
        pupil.login = other.clone();
        pupil.contact.address = vec![name, other];
        for (profile, person) in [
            (Profile::Fredu, &parent),
            (Profile::Fredu, &pupil),
            (Profile::Sdet, &pupil),
            (Profile::Supann, &pupil),
        ] {
            for attribute in spell(profile, person, &Released::ALL).attributes {
                let called = attribute.friendly_name.unwrap_or(&attribute.name);
                let (separator, count) = match called {
                    "FrEduVecteur" => ('|', 4),
                    "ENTEleveClasses" | "postalAddress" => ('$', 1),
                    "eduPersonPrincipalName" => ('@', 1),
                    _ => continue,
                };
                for value in &attribute.values {
                    let Value::Text(text) = value else { panic!("{value:?}") };
                    let found = text.matches(separator).count();
                    let fits = if called == "postalAddress" { found <= count } else { found == count };
                    proptest::prop_assert!(fits, "{}: {}", called, text);
                }
            }
        }
    }
}
