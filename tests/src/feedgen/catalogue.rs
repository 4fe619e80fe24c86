//! What is taught and who works in a school: subjects, levels (MEF), disciplines, functions.
//!
//! Owns the constant tables in the form of the national nomenclatures (BCN): subject codes of six
//! digits, MEF of eleven characters, function and post codes.

/// A subject: national code and label.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) code: &'static str,
    pub(crate) label: &'static str,
    /// Discipline of the teacher's post: code and label.
    pub(crate) discipline: (&'static str, &'static str),
    /// Hours a week in a class, for the share of teachers.
    pub(crate) hours: usize,
}

const fn subject(
    code: &'static str,
    label: &'static str,
    discipline: (&'static str, &'static str),
    hours: usize,
) -> Subject {
    Subject {
        code,
        label,
        discipline,
        hours,
    }
}

/// The subjects of a collège.
#[rustfmt::skip]
pub(crate) const COLLEGE: &[Subject] = &[
    subject("020700", "FRANCAIS", ("0202", "LETTRES MODERNES"), 5),
    subject("061300", "MATHEMATIQUES", ("1300", "MATHEMATIQUES"), 4),
    subject("030201", "ANGLAIS LV1", ("0422", "ANGLAIS"), 3),
    subject("040600", "HISTOIRE-GEOGRAPHIE", ("1000", "HISTOIRE GEOGRAPHIE"), 3),
    subject("100100", "EDUCATION PHYSIQUE ET SPORTIVE", ("1900", "EDUCATION PHYSIQUE ET SPORTIVE"), 3),
    subject("062900", "SCIENCES DE LA VIE ET DE LA TERRE", ("1600", "SCIENCES DE LA VIE ET DE LA TERRE"), 2),
    subject("062300", "PHYSIQUE-CHIMIE", ("1500", "SCIENCES PHYSIQUES ET CHIMIQUES"), 2),
    subject("070800", "TECHNOLOGIE", ("1400", "TECHNOLOGIE"), 1),
    subject("030602", "ESPAGNOL LV2", ("0426", "ESPAGNOL"), 2),
    subject("081300", "EDUCATION MUSICALE", ("1700", "EDUCATION MUSICALE"), 1),
    subject("090100", "ARTS PLASTIQUES", ("1800", "ARTS PLASTIQUES"), 1),
    subject("031400", "OCCITAN LANGUE D'OC", ("0444", "OCCITAN-LANGUE D'OC"), 1),
];

/// The subjects of a general and technological lycée.
#[rustfmt::skip]
pub(crate) const LYCEE: &[Subject] = &[
    subject("020700", "FRANCAIS", ("0202", "LETTRES MODERNES"), 4),
    subject("061300", "MATHEMATIQUES", ("1300", "MATHEMATIQUES"), 4),
    subject("040600", "HISTOIRE-GEOGRAPHIE", ("1000", "HISTOIRE GEOGRAPHIE"), 3),
    subject("030201", "ANGLAIS LV1", ("0422", "ANGLAIS"), 3),
    subject("100100", "EDUCATION PHYSIQUE ET SPORTIVE", ("1900", "EDUCATION PHYSIQUE ET SPORTIVE"), 2),
    subject("062300", "PHYSIQUE-CHIMIE", ("1500", "SCIENCES PHYSIQUES ET CHIMIQUES"), 3),
    subject("062900", "SCIENCES DE LA VIE ET DE LA TERRE", ("1600", "SCIENCES DE LA VIE ET DE LA TERRE"), 2),
    subject("043700", "SCIENCES ECONOMIQUES ET SOCIALES", ("1100", "SCIENCES ECONOMIQUES ET SOCIALES"), 2),
    subject("030602", "ESPAGNOL LV2", ("0426", "ESPAGNOL"), 2),
    subject("013300", "PHILOSOPHIE", ("0100", "PHILOSOPHIE"), 2),
    subject("006700", "NUMERIQUE & SCIENCES INFORMATIQUES", ("1315", "NUMERIQUE ET SCIENCES INFORMATIQUES"), 1),
    subject("110600", "MANAGEMENT, SCIENCES DE GESTION & NUMERIQUE", ("8010", "ECONOMIE ET GESTION"), 2),
];

/// The subjects of a vocational lycée.
#[rustfmt::skip]
pub(crate) const VOCATIONAL: &[Subject] = &[
    subject("043300", "FRANCAIS HIST.-GEO. EDUC. MORALE & CIV.", ("0210", "LETTRES HISTOIRE GEOGRAPHIE"), 4),
    subject("061700", "MATHS SCIENCES", ("1315", "MATHS-SCIENCES PHYSIQUES"), 3),
    subject("030201", "ANGLAIS LV1", ("0222", "ANGLAIS LETTRES"), 2),
    subject("071100", "ENSEIGNEMENT TECHNOLOGIQUE-PROFESSIONNEL", ("5200", "GENIE ELECTRIQUE"), 10),
    subject("312800", "PREVENTION-SANTE-ENVIRONNEMENT", ("7200", "BIOTECHNOLOGIES SANTE-ENVIRONNEMENT"), 1),
    subject("100100", "EDUCATION PHYSIQUE ET SPORTIVE", ("1900", "EDUCATION PHYSIQUE ET SPORTIVE"), 2),
    subject("278300", "ARTS APPLIQUES ET CULTURES ARTISTIQUES", ("6500", "ARTS APPLIQUES"), 1),
];

/// The subjects of agricultural schools, lycées and apprentices alike.
#[rustfmt::skip]
pub(crate) const AGRICULTURE: &[Subject] = &[
    subject("020700", "FRANCAIS", ("0202", "LETTRES MODERNES"), 3),
    subject("061300", "MATHEMATIQUES", ("1300", "MATHEMATIQUES"), 3),
    subject("030201", "ANGLAIS LV1", ("0422", "ANGLAIS"), 2),
    subject("100100", "EDUCATION PHYSIQUE ET SPORTIVE", ("1900", "EDUCATION PHYSIQUE ET SPORTIVE"), 2),
    subject("068400", "BIOLOGIE-ECOLOGIE", ("7210", "BIOLOGIE-ECOLOGIE"), 3),
    subject("271600", "AGRONOMIE", ("7110", "SCIENCES ET TECHNIQUES AGRONOMIQUES"), 4),
    subject("271700", "ZOOTECHNIE", ("7120", "PRODUCTIONS ANIMALES"), 4),
    subject("271800", "AGROEQUIPEMENTS", ("7130", "AGROEQUIPEMENTS"), 2),
    subject("098100", "EDUCATION SOCIOCULTURELLE", ("7610", "EDUCATION SOCIOCULTURELLE"), 1),
];

/// Subjects in the file that nobody is taught here: local or rare ones.
pub(crate) const OTHER_SUBJECTS: &[(&str, &str)] = &[
    ("005400", "VIE SCOLAIRE"),
    ("008400", "VIE DE CLASSE"),
    ("009800", "ACCOMPAGN. EDUCATIF - AIDE DEVOIRS LECONS"),
    ("020300", "LETTRES CLASSIQUES : LATIN"),
    ("030102", "ALLEMAND LV2"),
    ("030802", "ITALIEN LV2"),
    ("031302", "CATALAN LV2"),
    ("084000", "THEATRE-EXPRESSION DRAMATIQUE"),
    ("0999AA", "ATELIER DE L'ÉTABLISSEMENT"),
];

/// One year of one course: a MEF and how its classes are called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    pub(crate) mef: &'static str,
    pub(crate) label: &'static str,
    pub(crate) formation: &'static str,
    pub(crate) track: &'static str,
    /// What the names of its classes begin with.
    pub(crate) prefix: &'static str,
    /// Age reached in the calendar year in which the school year begins.
    pub(crate) age: u16,
    /// Share of the pupils of such a school.
    pub(crate) share: usize,
    pub(crate) class_size: usize,
}

const fn level(
    mef: &'static str,
    labels: [&'static str; 3],
    prefix: &'static str,
    age: u16,
    share: usize,
    class_size: usize,
) -> Level {
    let [label, formation, track] = labels;
    Level {
        mef,
        label,
        formation,
        track,
        prefix,
        age,
        share,
        class_size,
    }
}

#[rustfmt::skip]
pub(crate) const COLLEGE_LEVELS: &[Level] = &[
    level("10010012110", ["6EME", "6EME", "6EME"], "6", 11, 25, 27),
    level("10110001110", ["5EME", "5EME", "5EME"], "5", 12, 25, 27),
    level("10210001110", ["4EME", "4EME", "4EME"], "4", 13, 25, 27),
    level("10310019110", ["3EME", "3EME", "3EME"], "3", 14, 25, 27),
];
#[rustfmt::skip]
pub(crate) const SEGPA_LEVELS: &[Level] = &[
    level("16410002110", ["6EME SEGPA", "6EME SEGPA", "SEGPA"], "6S", 11, 25, 16),
    level("16510002110", ["5EME SEGPA", "5EME SEGPA", "SEGPA"], "5S", 12, 25, 16),
    level("16610002110", ["4EME SEGPA", "4EME SEGPA", "SEGPA"], "4S", 13, 25, 16),
    level("16710002110", ["3EME SEGPA", "3EME SEGPA", "SEGPA"], "3S", 14, 25, 16),
];
#[rustfmt::skip]
pub(crate) const LYCEE_LEVELS: &[Level] = &[
    level("20010019110", ["2NDE GENERALE ET TECHNOLOGIQUE", "SECONDE GENERALE & TECHNO YC BT", "2NDE GT"], "2NDE", 15, 30, 33),
    level("20110019110", ["PREMIERE GENERALE", "PREMIERE GENERALE & TECHNO YC BT", "1ERE GENERALE"], "1G", 16, 21, 32),
    level("21133401110", ["1ERE STMG : SC. & TECHNO. DU MANAGEMENT & DE LA GESTION", "PREMIERE GENERALE & TECHNO YC BT", "1ERE STMG"], "1STMG", 16, 8, 30),
    level("20210019110", ["TERMINALE GENERALE", "TERMINALE GENERALE & TECHNO YC BT", "TERMINALE GENERALE"], "TG", 17, 21, 32),
    level("21231018110", ["TLE STMG : GESTION ET FINANCE", "TERMINALE GENERALE & TECHNO YC BT", "TLE STMG"], "TSTMG", 17, 8, 30),
    level("31131213210", ["1BTS2 MANAGEMENT COMMERCIAL OPERATIONNEL", "BTS EN 2 ANS : 1ERE ANNEE", "BTS"], "BTS1", 18, 6, 30),
    level("31131213220", ["2BTS2 MANAGEMENT COMMERCIAL OPERATIONNEL", "BTS EN 2 ANS : 2EME ANNEE", "BTS"], "BTS2", 19, 5, 30),
];
#[rustfmt::skip]
pub(crate) const VOCATIONAL_LEVELS: &[Level] = &[
    level("24025505110", ["1CAP2 ELECTRICIEN", "CAP EN 2 ANS : 1ERE ANNEE", "CAP"], "1CAP", 15, 10, 20),
    level("24025505120", ["2CAP2 ELECTRICIEN", "CAP EN 2 ANS : 2EME ANNEE", "CAP"], "2CAP", 16, 10, 20),
    level("24725510310", ["2NDPRO METIERS TRANSITIONS NUMERIQUE & ENERGETIQUE", "2ND PROFESSIONNELLE BAC PRO", "BAC PRO"], "2MTNE", 15, 27, 24),
    level("24725510320", ["1ERPRO ELECTRICITE & ENVIRONNEMENTS CONNECTES", "1ERE PROFESSIONNELLE BAC PRO", "BAC PRO"], "1MELEC", 16, 26, 24),
    level("24725510330", ["TLEPRO ELECTRICITE & ENVIRONNEMENTS CONNECTES", "TERMINALE PROFESSIONNELLE BAC PRO", "BAC PRO"], "TMELEC", 17, 22, 24),
    // A local one, with a letter in its code.
    level("2473340B41A", ["MC1 ACCUEIL RECEPTION (CONVENTION)", "MENTION COMPLEMENTAIRE", "MC"], "MCAR", 18, 5, 18),
];

// Agricultural courses: made up in the form of the nomenclature, which both ministries share.
#[rustfmt::skip]
pub(crate) const AGRICULTURAL_LEVELS: &[Level] = &[
    level("20010019110", ["2NDE GENERALE ET TECHNOLOGIQUE", "SECONDE GENERALE & TECHNO YC BT", "2NDE GT"], "2NDE", 15, 22, 28),
    level("21191001110", ["1ERE STAV : SC. & TECHNO. DE L'AGRONOMIE & DU VIVANT", "PREMIERE GENERALE & TECHNO YC BT", "1ERE STAV"], "1STAV", 16, 17, 28),
    level("21291001110", ["TLE STAV : SC. & TECHNO. DE L'AGRONOMIE & DU VIVANT", "TERMINALE GENERALE & TECHNO YC BT", "TLE STAV"], "TSTAV", 17, 16, 28),
    level("24791002310", ["2NDPRO PRODUCTIONS", "2ND PROFESSIONNELLE BAC PRO", "BAC PRO"], "2PROD", 15, 12, 24),
    level("24791003320", ["1ERPRO CONDUITE ET GESTION DE L'ENTREPRISE AGRICOLE", "1ERE PROFESSIONNELLE BAC PRO", "BAC PRO"], "1CGEA", 16, 10, 24),
    level("24791003330", ["TLEPRO CONDUITE ET GESTION DE L'ENTREPRISE AGRICOLE", "TERMINALE PROFESSIONNELLE BAC PRO", "BAC PRO"], "TCGEA", 17, 10, 24),
    level("31191004210", ["1BTSA2 PRODUCTIONS ANIMALES", "BTSA EN 2 ANS : 1ERE ANNEE", "BTSA"], "1BTSA", 18, 7, 24),
    level("31191004220", ["2BTSA2 PRODUCTIONS ANIMALES", "BTSA EN 2 ANS : 2EME ANNEE", "BTSA"], "2BTSA", 19, 6, 24),
];
#[rustfmt::skip]
pub(crate) const APPRENTICE_LEVELS: &[Level] = &[
    level("24091005210", ["1CAPA2 METIERS DE L'AGRICULTURE", "CAP AGRICOLE EN 2 ANS : 1ERE ANNEE", "CAPA"], "1CAPA", 15, 30, 16),
    level("24091005220", ["2CAPA2 METIERS DE L'AGRICULTURE", "CAP AGRICOLE EN 2 ANS : 2EME ANNEE", "CAPA"], "2CAPA", 16, 30, 16),
    level("45091006210", ["1BP2 AMENAGEMENTS PAYSAGERS", "BP EN 2 ANS : 1ERE ANNEE", "BP"], "1BPAP", 18, 22, 16),
    level("45091006220", ["2BP2 AMENAGEMENTS PAYSAGERS", "BP EN 2 ANS : 2EME ANNEE", "BP"], "2BPAP", 19, 18, 16),
];

/// MEF in the file that no pupil follows here.
pub(crate) const OTHER_MEFS: &[(&str, &str)] = &[
    ("10310020110", "3EME PREPA-METIERS"),
    ("1031000D11A", "3EME DECOUVERTE D'UN METIER (CONVENTION)"),
    (
        "20112018110",
        "1ERE ST2S : SC. & TECHNO. DE LA SANTÉ ET DU SOCIAL",
    ),
    ("24731405310", "2NDPRO METIERS DE LA RELATION CLIENT"),
    ("25031408110", "CAP EQUIPIER POLYVALENT DU COMMERCE"),
    (
        "31132603210",
        "1BTS2 SERVICES INFORMATIQUES AUX ORGANISATIONS",
    ),
    ("41130001110", "UNITE LOCALISEE POUR L'INCLUSION SCOLAIRE"),
];

/// A function with its post: what `ENTPersonFonctions` says after the structure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    pub(crate) code: &'static str,
    pub(crate) label: &'static str,
    pub(crate) post: &'static str,
    pub(crate) post_label: &'static str,
}

const fn function(
    code: &'static str,
    label: &'static str,
    post: &'static str,
    post_label: &'static str,
) -> Function {
    Function {
        code,
        label,
        post,
        post_label,
    }
}

pub(crate) const HEAD: Function = function(
    "DIR",
    "DIRECTION",
    "D0010",
    "DIRECTION CHEF D'ETABLISSEMENT",
);
pub(crate) const DEPUTY: Function = function(
    "DIR",
    "DIRECTION",
    "D0011",
    "DIRECTION ADJOINT AU CHEF ETABLISSEMENT",
);
pub(crate) const EDUCATION: Function =
    function("EDU", "EDUCATION", "E0030", "EDUCATION  (CE ,CPE)");
pub(crate) const LIBRARY: Function = function("DOC", "DOCUMENTATION", "L0080", "DOCUMENTATION");
pub(crate) const ASSISTANT: Function = function(
    "AED",
    "ASSISTANT D'EDUCATION",
    "S0054",
    "ENCADRE. SUR. DES ELEVES (HORS INTERNAT)",
);
pub(crate) const OFFICE: Function = function(
    "ADF",
    "PERSONNELS ADMINISTRATIFS",
    "P9101",
    "FONCTION ADMINISTRATIVE",
);
pub(crate) const BURSAR: Function = function(
    "ADM",
    "PERSONNELS ADMINISTRATIFS",
    "A0020",
    "ADJOINT GESTIONNAIRE",
);
pub(crate) const NURSE: Function = function(
    "MDS",
    "PERSONNELS MEDICO-SOCIAUX",
    "M0010",
    "INFIRMIERE OU INFIRMIER",
);
pub(crate) const LABORATORY: Function = function(
    "LAB",
    "PERSONNELS DE LABORATOIRE",
    "T0030",
    "TECHNICIEN DE LABORATOIRE",
);
pub(crate) const COUNSELLOR: Function = function("ORI", "ORIENTATION", "O0040", "ORIENTATION");
pub(crate) const INTEGRATION: Function = function(
    "FIJ",
    "FORMATION INSERTION JEUNES DEVANT ELEVES",
    "P0210",
    "LETTRES HISTOIRE GEOGRAPHIE",
);
pub(crate) const SUPPORT: Function = function(
    "AEH",
    "ACCOMPAGNEMENT ELEVES EN SITUATION DE HANDICAP",
    "H0010",
    "ACCOMPAGNANT",
);
pub(crate) const NOTHING: Function = function("-", "SANS OBJET", "-", "SANS OBJET");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_length_of_the_nomenclature() {
        for list in [
            COLLEGE_LEVELS,
            SEGPA_LEVELS,
            LYCEE_LEVELS,
            VOCATIONAL_LEVELS,
            AGRICULTURAL_LEVELS,
            APPRENTICE_LEVELS,
        ] {
            for level in list {
                assert_eq!(level.mef.len(), 11, "{}", level.label);
            }
        }
        for list in [COLLEGE, LYCEE, VOCATIONAL, AGRICULTURE] {
            for subject in list {
                assert_eq!(subject.code.len(), 6, "{}", subject.label);
            }
        }
    }
}
