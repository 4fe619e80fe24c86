//! Where things are: communes of Occitanie, streets, and the names of made-up schools.
//!
//! Owns the lists and the UAI numbers. The communes are real, the schools are not: their numbers
//! are in a range no school uses (8000 and up in each département) yet pass the check letter.

use super::draw::{Draw, at};

/// A commune: name as the post writes it, postal code, département as in a UAI.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Commune {
    pub(crate) name: &'static str,
    pub(crate) postal_code: &'static str,
    pub(crate) department: &'static str,
}

const fn commune(
    name: &'static str,
    postal_code: &'static str,
    department: &'static str,
) -> Commune {
    Commune {
        name,
        postal_code,
        department,
    }
}

const TOULOUSE: &[&[Commune]] = &[
    &[
        commune("TOULOUSE", "31000", "031"),
        commune("TOULOUSE", "31200", "031"),
        commune("BLAGNAC", "31700", "031"),
        commune("COLOMIERS", "31770", "031"),
        commune("MURET", "31600", "031"),
        commune("L'UNION", "31240", "031"),
        commune("RAMONVILLE ST AGNE", "31520", "031"),
        commune("ST GAUDENS", "31800", "031"),
        commune("REVEL", "31250", "031"),
    ],
    &[
        commune("ALBI", "81000", "081"),
        commune("CASTRES", "81100", "081"),
        commune("GAILLAC", "81600", "081"),
        commune("MAZAMET", "81200", "081"),
        commune("CARMAUX", "81400", "081"),
    ],
    &[
        commune("RODEZ", "12000", "012"),
        commune("MILLAU", "12100", "012"),
        commune("VILLEFRANCHE DE ROUERGUE", "12200", "012"),
        commune("DECAZEVILLE", "12300", "012"),
        commune("ONET LE CHATEAU", "12850", "012"),
    ],
    &[
        commune("TARBES", "65000", "065"),
        commune("LOURDES", "65100", "065"),
        commune("BAGNERES DE BIGORRE", "65200", "065"),
        commune("LANNEMEZAN", "65300", "065"),
    ],
    &[
        commune("MONTAUBAN", "82000", "082"),
        commune("CASTELSARRASIN", "82100", "082"),
        commune("MOISSAC", "82200", "082"),
        commune("CAUSSADE", "82300", "082"),
    ],
    &[
        commune("CAHORS", "46000", "046"),
        commune("FIGEAC", "46100", "046"),
        commune("GOURDON", "46300", "046"),
        commune("ST CERE", "46400", "046"),
    ],
    &[
        commune("AUCH", "32000", "032"),
        commune("CONDOM", "32100", "032"),
        commune("L'ISLE JOURDAIN", "32600", "032"),
        commune("MIRANDE", "32300", "032"),
    ],
    &[
        commune("FOIX", "09000", "009"),
        commune("PAMIERS", "09100", "009"),
        commune("ST GIRONS", "09200", "009"),
        commune("LAVELANET", "09300", "009"),
    ],
];

const MONTPELLIER: &[&[Commune]] = &[
    &[
        commune("MONTPELLIER", "34000", "034"),
        commune("BEZIERS", "34500", "034"),
        commune("SETE", "34200", "034"),
        commune("LUNEL", "34400", "034"),
        commune("AGDE", "34300", "034"),
        commune("LODEVE", "34700", "034"),
    ],
    &[
        commune("NIMES", "30000", "030"),
        commune("ALES", "30100", "030"),
        commune("BAGNOLS SUR CEZE", "30200", "030"),
        commune("UZES", "30700", "030"),
        commune("LE VIGAN", "30120", "030"),
    ],
    &[
        commune("PERPIGNAN", "66000", "066"),
        commune("CERET", "66400", "066"),
        commune("PRADES", "66500", "066"),
        commune("ARGELES SUR MER", "66700", "066"),
    ],
    &[
        commune("CARCASSONNE", "11000", "011"),
        commune("NARBONNE", "11100", "011"),
        commune("LIMOUX", "11300", "011"),
        commune("CASTELNAUDARY", "11400", "011"),
    ],
    &[
        commune("MENDE", "48000", "048"),
        commune("MARVEJOLS", "48100", "048"),
        commune("FLORAC", "48400", "048"),
    ],
];

/// Where agricultural schools are; the last one is a centre of the first one's.
const AGRICULTURE: &[&[Commune]] = &[&[
    commune("AUCH", "32000", "032"),
    commune("RODEZ", "12000", "012"),
    commune("MONTAUBAN", "82000", "082"),
    commune("AUCH", "32000", "032"),
]];

const STREETS: &[&str] = &[
    "rue des Écoles",
    "avenue Jean Jaurès",
    "place de la Halle",
    "chemin du Moulin",
    "rue de l'Église",
    "impasse des Cèdres",
    "allée des Platanes",
    "boulevard de la République",
    "rue Nationale",
    "chemin de Las Bordes",
    "route de l'Estrade",
    "rue du Pont-Vieux",
    "lotissement Les Œillets",
    "côte de l'Autan",
    "rue d'Occitanie",
    "quai du Canal",
    "faubourg Saint-Étienne",
    "rue Haute",
    "lieu-dit Mas d'En Bas",
    "résidence Le Chêne Vert",
    "carriera de la Font",
    "rue du 8 mai 1945",
];

const COLLEGE_NAMES: &[&str] = &[
    "LES TROIS RIVIERES",
    "DU VIEUX PONT",
    "LA GARRIGUE",
    "DES QUATRE VENTS",
    "L'AUTAN",
    "LE TILLEUL D'OR",
    "LES HAUTS DE LA COLLINE",
    "DU CHATEAU D'EAU",
    "LA SOURCE",
    "LES PASTELIERS",
    "DE LA BASTIDE",
    "LE CAUSSE",
    "LES GENETS D'OR",
    "L'ESTELLE",
    "DU PRE VERT",
    "LA CROIX BLANCHE",
    "LES TERRES ROUGES",
    "LE MOULIN NEUF",
];
const LYCEE_NAMES: &[&str] = &[
    "DES PYRENEES",
    "LE GRAND LARGE",
    "DU CANAL",
    "LES ARCHES",
    "DU BELVEDERE",
    "LA PLAINE",
    "LES CAPITOULS",
    "DE L'OBSERVATOIRE",
    "DU MIDI",
    "LES REMPARTS",
];
const PRO_NAMES: &[&str] = &[
    "LES METIERS D'ART",
    "DE LA FORGE",
    "L'ATELIER",
    "DU CUIR ET DE LA LAINE",
    "LES BATISSEURS",
];

const AGRICULTURAL_NAMES: &[&str] = &[
    "LES COTEAUX DE L'ARRATS",
    "LE CAUSSE VERT",
    "LA VALLEE DES VERGERS",
    "DU BOIS DE L'ORME",
];
const APPRENTICE_NAMES: &[&str] = &["DES METIERS DU VIVANT", "DE LA TERRE ET DU PAYSAGE"];

/// The communes of one part of an academy, chosen by number.
pub(crate) fn communes(academy_code: u8, area: usize) -> &'static [Commune] {
    let areas = match academy_code {
        11 => MONTPELLIER,
        98 => AGRICULTURE,
        _ => TOULOUSE,
    };
    at(areas, area)
}

/// The name of the `index`th school of its kind; unique within a region of any size.
pub(crate) fn school_name(kind: super::schools::Kind, index: usize) -> String {
    use super::schools::Kind;
    let list = match kind {
        Kind::College | Kind::Segpa => COLLEGE_NAMES,
        Kind::Lycee => LYCEE_NAMES,
        Kind::LyceePro => PRO_NAMES,
        Kind::Legta => AGRICULTURAL_NAMES,
        Kind::Cfaa => APPRENTICE_NAMES,
    };
    match index / list.len() {
        0 => at(list, index).to_owned(),
        turn => format!("{} {}", at(list, index), turn + 1),
    }
}

/// The UAI with this number in this département, with the check letter that belongs to it.
pub(crate) fn uai(department: &str, number: usize) -> String {
    let digits = format!("{department}{number:04}");
    let letter = check_letter(digits.parse().unwrap_or(0));
    format!("{digits}{letter}")
}

/// The check letter of a UAI: its number modulo 23 in an alphabet without I, O, Q.
pub(crate) fn check_letter(number: u32) -> char {
    let letters: [char; 23] = [
        'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'R', 'S', 'T', 'U',
        'V', 'W', 'X', 'Y', 'Z',
    ];
    at(&letters, usize::try_from(number % 23).unwrap_or(0))
}

/// A home: the street lines joined as the feed has them, and the commune.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    pub(crate) lines: String,
    pub(crate) commune: Commune,
}

/// A home in this part of the academy.
pub(crate) fn home(draw: &mut Draw, academy_code: u8, area: usize) -> Home {
    let mut street = format!("{} {}", draw.between(1, 180), draw.pick(STREETS));
    if draw.chance(300) {
        street = super::names::without_accents(&street).to_uppercase();
    }
    if draw.chance(8) {
        // Escaped once by the software before and once more by the one after: met in the field.
        street = street.replace('\'', "&apos;").replace('é', "&eacute;");
    }
    let lines = if draw.chance(150) {
        format!(
            "{street}$Bâtiment {}$Apt {}$",
            at(&["A", "B", "C"], draw.below(3)),
            draw.between(1, 40)
        )
    } else {
        format!("{street}$$$")
    };
    Home {
        lines,
        commune: draw.pick(communes(academy_code, area)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_letters_are_those_of_known_numbers() {
        for (number, letter) in [
            (290_009, 'C'),
            (790_031, 'E'),
            (441_550, 'W'),
            (490_910, 'Y'),
            (492_285, 'T'),
            (380_083, 'J'),
        ] {
            assert_eq!(check_letter(number), letter, "{number}");
        }
        assert_eq!(uai("031", 8000).len(), 8);
    }
}
