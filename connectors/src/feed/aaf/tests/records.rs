//! What attributes become, and the oddities that are warned about (IMP-06, IMP-07, IMP-09).

use clau_domain::feed::{
    FeedKey, GuardianRecord, Kinship, PupilRecord, StaffRecord, StructureRecord, Unusable,
};

use super::writer::{attribute, typed_record};
use super::*;

type Attributes<'a> = &'a [(&'a str, &'a [&'a str])];

fn read_one(kind: RecordKind, attributes: Attributes<'_>) -> (Record, Vec<WarningKind>) {
    let (category, value, jointure) = match kind {
        RecordKind::Structure => ("categorieStructure", "EtabEducNat", "ENTStructureJointure"),
        RecordKind::Subject => ("categorieMatiere", "MatEducNat", "ENTMatJointure"),
        RecordKind::Mef => ("categorieMef", "MefEducNat", "ENTMefJointure"),
        RecordKind::Pupil => ("categoriePersonne", "Eleve", "ENTPersonJointure"),
        RecordKind::Guardian => ("categoriePersonne", "PersRelEleve", "ENTPersonJointure"),
        RecordKind::Staff => ("categoriePersonne", "PersEducNat", "ENTPersonJointure"),
    };
    let text = document(&typed_record(
        (category, value),
        (jointure, "42"),
        attributes,
    ));
    let name = format!("ENT_Complet_20260901_{}_0000.xml", names::word(kind));
    let set = Set::of_file(&name, text.as_bytes(), &Limits::default()).expect("a set");
    let mut contents = read(&set).expect("readable");
    assert_eq!(contents.records.len(), 1);
    let kinds = contents
        .warnings
        .iter()
        .map(|warning| warning.kind)
        .collect();
    (contents.records.remove(0), kinds)
}

fn pupil_of(attributes: Attributes<'_>) -> (PupilRecord, Vec<WarningKind>) {
    match read_one(RecordKind::Pupil, attributes) {
        (Record::Pupil(pupil), warnings) => (*pupil, warnings),
        other => panic!("{other:?}"),
    }
}

fn guardian_of(attributes: Attributes<'_>) -> (GuardianRecord, Vec<WarningKind>) {
    match read_one(RecordKind::Guardian, attributes) {
        (Record::Guardian(guardian), warnings) => (*guardian, warnings),
        other => panic!("{other:?}"),
    }
}

fn staff_of(attributes: Attributes<'_>) -> (StaffRecord, Vec<WarningKind>) {
    match read_one(RecordKind::Staff, attributes) {
        (Record::Staff(staff), warnings) => (*staff, warnings),
        other => panic!("{other:?}"),
    }
}

fn structure_of(attributes: Attributes<'_>) -> (StructureRecord, Vec<WarningKind>) {
    match read_one(RecordKind::Structure, attributes) {
        (Record::Structure(structure), warnings) => (*structure, warnings),
        other => panic!("{other:?}"),
    }
}

const NAMED: [(&str, &[&str]); 3] = [
    ("sn", &["Roux"]),
    ("givenName", &["Élodie"]),
    ("personalTitle", &["Mlle"]),
];

fn with<'a>(further: Attributes<'a>) -> Vec<(&'a str, &'a [&'a str])> {
    NAMED.iter().chain(further).copied().collect()
}

#[test]
fn a_pupil_is_read() {
    let (pupil, warnings) = pupil_of(&with(&[
        ("ENTPersonNomPatro", &["D'Arcy"]),
        ("ENTPersonAutresPrenoms", &["Élodie", "Anne", "", "Anne"]),
        ("ENTPersonDateNaissance", &["14/09/2012"]),
        ("ENTEleveINE", &["060000001ab"]),
        ("ENTEleveStructRattachId", &["837982"]),
        ("ENTPersonStructRattach", &["52006"]),
        ("ENTEleveClasses", &["52006$6 A"]),
        ("ENTEleveGroupes", &["52006$G1", "52007$G2", "52006$G1"]),
        ("ENTElevePersRelEleve", &["7$2$1$1$0$0", "8$20$0$2$1$1"]),
        ("ENTEleveBoursier", &["O"]),
        ("ENTEleveTransport", &["N"]),
        ("ENTEleveEnseignements", &["ANGLAIS LV1", "FRANCAIS"]),
        ("ENTEleveCodeEnseignements", &["030201", "020700"]),
        ("ENTPersonAdresse", &["1 rue X$Bât. B$$"]),
        ("mobile", &["0639980000", "0639980001"]),
        ("ENTEleveAdresseRel", &["7"]),
        ("ENTNouveau", &["whatever|comes$next"]),
    ]));
    assert_eq!(warnings, []);
    assert_eq!(
        (pupil.names.family.as_str(), pupil.names.birth.as_str()),
        ("Roux", "D'Arcy")
    );
    assert_eq!(
        (pupil.names.title.as_str(), pupil.names.others),
        ("Mme", vec!["Anne".to_owned()])
    );
    assert_eq!(pupil.birth_date.expect("a date").to_string(), "2012-09-14");
    assert_eq!(pupil.ine.as_deref(), Some("060000001AB"));
    assert_eq!(pupil.structure.as_ref().map(FeedKey::as_str), Some("52006"));
    assert_eq!(
        (pupil.classes[0].name.as_str(), pupil.groups.len()),
        ("6 A", 2)
    );
    let [mother, father] = pupil.guardians.as_slice() else {
        panic!("two guardians")
    };
    assert_eq!(
        (mother.kinship, mother.legal, mother.financial),
        (Kinship::Mother, 1, true)
    );
    assert_eq!(
        (father.kinship, father.legal, father.contact),
        (Kinship::Father, 2, true)
    );
    assert_eq!(
        (pupil.scholarship, pupil.transport),
        (Some(true), Some(false))
    );
    assert_eq!(
        pupil.subjects[0],
        ("030201".to_owned(), "ANGLAIS LV1".to_owned())
    );
    assert_eq!(pupil.contact.address, ["1 rue X", "Bât. B"]);
    assert_eq!(pupil.contact.mobile.as_deref(), Some("0639980000"));
    assert_eq!(pupil.lives_with[0].as_str(), "7");
}

#[test]
fn imp_06_an_identity_that_is_doubtful_makes_no_record() {
    let good = pupil("1", "");
    for (bad, expected) in [
        (good.replace("<id>1</id>", "<id></id>"), Unusable::NoKey),
        (good.replace("<id>1</id>", "<id>2</id>"), Unusable::TwoKeys),
        (good.replace(">1<", ">1$2<"), Unusable::BadKey),
        (good.replace(">1<", ">é<"), Unusable::BadKey),
        (good.replace(">1<", "> <"), Unusable::NoKey),
    ] {
        let text = document(&format!("{bad}{}", pupil("3", "")));
        let set = Set::of_file(PUPILS, text.as_bytes(), &Limits::default()).expect("a set");
        let items: Vec<Item> = set.entries().map(|item| item.expect("readable")).collect();
        let [Item::Unusable { reason, .. }, Item::Record { .. }] = items.as_slice() else {
            panic!("{items:?}");
        };
        assert_eq!(*reason, expected, "{bad}");
    }
    let trimmed = document(&good.replace(">1<", ">\n 1 <"));
    assert_eq!(
        read_bytes(trimmed.as_bytes()).expect("readable").records[0]
            .key()
            .as_str(),
        "1"
    );
}

#[test]
fn imp_06_a_relation_with_shifted_fields_gives_no_child_away() {
    for bad in ["7", "7$1", "7$2$1$1$0", "7$2$1$1$0$0$0", "7|2|1|1|0|0"] {
        let (pupil, warnings) = pupil_of(&with(&[("ENTElevePersRelEleve", &[bad])]));
        assert_eq!(
            (pupil.guardians.len(), warnings),
            (0, vec![WarningKind::FieldCount]),
            "{bad}"
        );
    }
    let (pupil, warnings) = pupil_of(&with(&[("ENTElevePersRelEleve", &["$2$1$1$0$0"])]));
    assert_eq!(
        (pupil.guardians.len(), warnings),
        (0, vec![WarningKind::BadReference])
    );
    let (pupil, warnings) = pupil_of(&with(&[("ENTElevePersRelEleve", &["7$99$x$3$0$0"])]));
    let relation = &pupil.guardians[0];
    assert_eq!(
        (relation.legal, relation.financial, relation.kinship),
        (0, false, Kinship::Other)
    );
    let expected = [
        WarningKind::UnknownKinship,
        WarningKind::UnknownRank,
        WarningKind::UnknownFlag,
    ];
    assert_eq!(warnings, expected);
}

#[test]
fn imp_07_a_record_of_another_kind_or_type_is_refused() {
    let misplaced = document(&pupil("1", "")).replace(">Eleve<", ">PersEducNat<");
    let expected = Reason::MisplacedType {
        expected: RecordKind::Pupil,
        found: RecordKind::Staff,
    };
    assert_eq!(reason(read_bytes(misplaced.as_bytes())), expected);
    let unknown = document(&pupil("1", "")).replace(">Eleve<", ">Admin<");
    let refusal = read_bytes(unknown.as_bytes()).expect_err("refused");
    assert_eq!(
        refusal.reason,
        Reason::UnknownType {
            found: "Admin".to_owned()
        }
    );
    assert_eq!(refusal.line, Some(3));
}

#[test]
fn imp_09_oddities_are_warned_about_and_never_fatal() {
    for (attributes, expected) in [
        (
            &[("ENTPersonDateNaissance", &["31/02/2012"] as &[&str])],
            WarningKind::BadBirthDate,
        ),
        (&[("ENTEleveINE", &["123"])], WarningKind::BadIne),
        (&[("mail", &["nobody"])], WarningKind::BadMail),
        (&[("mail", &["a@b.fr\n<script>"])], WarningKind::BadMail),
        (
            &[("ENTEleveBoursier", &["peut-être"])],
            WarningKind::UnknownFlag,
        ),
        (&[("ENTEleveClasses", &["52006"])], WarningKind::FieldCount),
        (&[("ENTEleveClasses", &["52006$"])], WarningKind::FieldCount),
        (&[("ENTEleveClasses", &["é$6A"])], WarningKind::BadReference),
        (
            &[("ENTPersonStructRattach", &["a b"])],
            WarningKind::BadReference,
        ),
        (
            &[("ENTEleveRegime", &["A\u{7}"])],
            WarningKind::ControlCharacters,
        ),
        (
            &[("ENTEleveRegime", &["L&apos;ECOLE"])],
            WarningKind::DoubleEscaped,
        ),
        (&[("ENTEleveRegime", &["A|B"])], WarningKind::Separator),
        (
            &[("ENTEleveRegime", &["A", "B"])],
            WarningKind::SeveralValues,
        ),
        (
            &[("ENTEleveEnseignements", &["A", "B"])],
            WarningKind::UnevenLists,
        ),
    ] {
        let mut all = with(attributes);
        if expected == WarningKind::UnevenLists {
            all.push(("ENTEleveCodeEnseignements", &["1"]));
        }
        assert_eq!(pupil_of(&all).1, [expected], "{attributes:?}");
    }
    let long = "x".repeat(1_000);
    let (pupil, warnings) = pupil_of(&with(&[("ENTPersonVille", &[&long])]));
    assert_eq!(
        (pupil.contact.city.len(), warnings),
        (100, vec![WarningKind::TooLong])
    );
    let (pupil, warnings) = pupil_of(&with(&[
        ("ENTPersonNomPatro", &["A"]),
        ("ENTPersonNomPatro", &["A"]),
    ]));
    assert_eq!(
        (pupil.names.birth.as_str(), warnings),
        ("A", vec![WarningKind::DuplicateAttribute])
    );
    let (_, warnings) = pupil_of(&[]);
    let expected = [
        WarningKind::MissingName,
        WarningKind::MissingName,
        WarningKind::MissingTitle,
    ];
    assert_eq!(warnings, expected);
}

#[test]
fn a_name_keeps_its_spelling() {
    for name in ["d’Œuvrard", "L'Haÿ", "N’Guyễn", "Le Goff-Äbel", "Åslög"] {
        let text = document(&pupil("1", &attribute("sn", &[name])));
        let contents = read_bytes(text.as_bytes()).expect("readable");
        let Record::Pupil(pupil) = &contents.records[0] else {
            panic!("a pupil")
        };
        assert_eq!(pupil.names.family, name);
    }
}

#[test]
fn a_guardian_is_read() {
    let (guardian, warnings) = guardian_of(&with(&[
        ("ENTPersonNomPatro", &["Roux"]),
        ("ENTPersonDateNaissance", &[""]),
        ("homePhone", &["0536490000"]),
        ("telephoneNumber", &["+33 5 36 49 00 01"]),
        ("ENTPersonMobileSMS", &["0639980000"]),
        ("mail", &["Elodie.Roux@example.net"]),
        ("ENTPersonAdresseDiffusion", &["N"]),
    ]));
    assert_eq!(warnings, []);
    assert_eq!(guardian.names.birth, "", "the birth name says nothing more");
    assert_eq!(
        guardian.contact.work_phone.as_deref(),
        Some("+33 5 36 49 00 01")
    );
    assert_eq!(guardian.contact.mobile.as_deref(), Some("0639980000"));
    assert_eq!(
        guardian.contact.mail.as_deref(),
        Some("Elodie.Roux@example.net")
    );
    assert_eq!(guardian.share_address, Some(false));
    let (_, warnings) = guardian_of(&[("sn", &["A"]), ("givenName", &["B"])]);
    assert_eq!(warnings, [WarningKind::MissingTitle]);
}

#[test]
fn staff_is_read() {
    let (staff, warnings) = staff_of(&with(&[
        ("mail", &["elodie.roux@ac-toulouse.example"]),
        (
            "ENTPersonFonctions",
            &["50220$ENS$ENSEIGNEMENT$L6510$ARTS", "9$-$SANS OBJET$$"],
        ),
        ("ENTAuxEnsCategoDiscipline", &["65$ARTS APPLIQUES"]),
        ("ENTAuxEnsDisciplinesPoste", &["ARCHITECTURE INTERIEURE$66"]),
        ("ENTAuxEnsClasses", &["52$1S2", "52$1S2"]),
        (
            "ENTAuxEnsClassesMatieres",
            &["52$1S2$006600", "52$1S2$062900"],
        ),
        ("ENTAuxEnsClassesPrincipal", &["52$1S2"]),
        ("ENTAuxEnsMEF", &["52$20010015112$2 EUROPEENNE & LANGUES"]),
        ("ENTAuxEnsMatiereEnseignEtab", &["52$METHODES & PRATIQUES"]),
        ("PersEducNatPresenceDevantEleves", &["O"]),
        ("ENTPersonCategorieEnseignant", &["N"]),
    ]));
    assert_eq!(warnings, []);
    assert_eq!(staff.functions.len(), 2);
    assert_eq!(staff.functions[0].function.post_label, "ARTS");
    assert_eq!(
        (
            staff.functions[1].function.code.as_str(),
            staff.structure.as_ref()
        ),
        ("-", None)
    );
    let codes: Vec<_> = staff
        .disciplines
        .iter()
        .map(|(code, _)| code.as_str())
        .collect();
    assert_eq!(codes, ["65", "66"]);
    assert_eq!((staff.classes.len(), staff.class_subjects.len()), (1, 2));
    assert_eq!(staff.mefs[0].label, "2 EUROPEENNE & LANGUES");
    assert_eq!(staff.teaches, Some(false));

    let (staff, warnings) = staff_of(&with(&[(
        "ENTPersonFonctions",
        &["1$ENS", "2", "3$DIR$A$B$C$D"],
    )]));
    let codes: Vec<_> = staff
        .functions
        .iter()
        .map(|f| f.function.code.as_str())
        .collect();
    assert_eq!(
        (codes, warnings),
        (vec!["ENS", "DIR"], vec![WarningKind::FieldCount; 3])
    );
}

#[test]
fn structures_are_read() {
    let (school, warnings) = structure_of(&[
        ("ENTStructureUAI", &["0380083J"]),
        ("ENTEtablissementUAI", &["0380083J"]),
        ("ENTStructureNomCourant", &["COLLEGE$JEAN JAURES$ALBI"]),
        ("ENTStructureTypeStruct", &["COLLEGE"]),
        ("street", &["1 AVENUE DE L'ECOLE"]),
        ("postOfficeBox", &["BP 40012"]),
        (
            "ENTStructureClasses",
            &["6A$SIXIEME A$10010012110$10010012111", "6B"],
        ),
        ("ENTStructureGroupes", &["LAT$LATIN$6A$6B"]),
        ("ENTEtablissementStructRattachFctl", &["77"]),
    ]);
    assert_eq!(warnings, []);
    assert_eq!(school.name, "COLLEGE JEAN JAURES");
    assert_eq!((school.pseudo, school.other_uai), (false, None));
    assert_eq!(school.street, "1 AVENUE DE L'ECOLE, BP 40012");
    assert_eq!(school.classes[0].mefs, ["10010012110", "10010012111"]);
    assert_eq!(
        (
            school.classes[1].name.as_str(),
            school.groups[0].divisions.len()
        ),
        ("6B", 2)
    );
    assert_eq!(school.hosts[0].as_str(), "77");
    for (written, name) in [
        ("CLG-JEAN JAURES-ac-TOULOUSE", "CLG JEAN JAURES"),
        ("LYC-SAINT-EXUPERY-ac-AIX-MARSEILLE", "LYC SAINT-EXUPERY"),
        ("Z.REMP-DIGNE-AIX_MARS.", "Z.REMP-DIGNE-AIX_MARS."),
        ("$$ALBI", "ALBI"),
        ("$JEAN JAURES", "JEAN JAURES"),
        ("", ""),
    ] {
        assert_eq!(
            structure_of(&[("ENTStructureNomCourant", &[written])])
                .0
                .name,
            name
        );
    }
}

#[test]
fn pseudo_structures_and_bad_uai_are_told() {
    let (zone, warnings) = structure_of(&[
        ("ENTStructureUAI", &["1004001V"]),
        ("ENTStructureTypeStruct", &["SANS OBJET"]),
    ]);
    assert_eq!(
        (zone.pseudo, warnings),
        (true, vec![WarningKind::UaiCheckLetter])
    );
    let (none, warnings) = structure_of(&[("ENTStructureTypeStruct", &["COLLEGE"])]);
    assert_eq!((none.pseudo, warnings), (true, vec![]));
    let (bad, warnings) = structure_of(&[("ENTStructureUAI", &["X"])]);
    assert_eq!((bad.pseudo, warnings), (true, vec![WarningKind::BadUai]));
}

#[test]
fn subjects_and_mefs_are_read() {
    let (record, _) = read_one(RecordKind::Subject, &[("ENTLibelleMatiere", &["LATIN"])]);
    assert!(matches!(record, Record::Subject(subject) if subject.label == "LATIN"));
    let (record, _) = read_one(
        RecordKind::Mef,
        &[("ENTLibelleMef", &["5EME"]), ("ENTMEFRattach", &["1"])],
    );
    assert!(matches!(record, Record::Mef(mef) if mef.label == "5EME" && mef.national == "1"));
}
