//! The names people get: family names, given names, and the ways an academy writes them.
//!
//! Owns the lists, written for this project from names common in France and in the families of
//! Occitanie (Occitan, Catalan, Portuguese, Spanish, Italian, Maghreb, West African, Turkish,
//! Vietnamese, Breton, Alsatian…). Never takes a name from a real feed.

use super::draw::{Draw, at};

/// Family names; the first ones are drawn more often.
#[rustfmt::skip]
const FAMILY: &[&str] = &[
    "Martin", "Garcia", "Martinez", "Durand", "Fabre", "Pujol", "Lopez", "Vidal", "Roux",
    "Bousquet", "Benali", "Delmas", "Rodriguez", "Fernandez", "Cazals", "Marty", "Perez",
    "Sanchez", "Ferreira", "Dupuy", "Lacombe", "Da Silva", "Bernard", "Blanc", "Pagès", "Rey",
    "Caussé", "Boyer", "Gonzalez", "Mas", "Bonnet", "Barthe", "Castagné", "Robert", "Petit",
    "Laurent", "Dupont", "Maurel", "Combes", "Ribes", "Escaffre", "Bouscarel", "Andrieu",
    "Albouy", "Alibert", "Amiel", "Anglade", "Arnal", "Astruc", "Audouy", "Aussenac", "Azaïs",
    "Balaguer", "Balmes", "Barrau", "Barrière", "Bascoul", "Baylac", "Bénazet", "Bergès",
    "Bessière", "Bonnafous", "Bonnemaison", "Boudou", "Bouissou", "Bouyssou", "Brugère", "Brunel",
    "Cabanel", "Cabrol", "Calmels", "Calvet", "Campagne", "Camps", "Canac", "Capdeville",
    "Carayol", "Carrère", "Cassagne", "Castéra", "Castelnau", "Catala", "Cathala", "Caubet",
    "Caumont", "Cayla", "Cazaux", "Cazeneuve", "Chabbert", "Clanet", "Clavel", "Cluzel",
    "Cormary", "Coste", "Coulon", "Coumes", "Couderc", "Courtial", "Cros", "Crouzet", "Dalmau",
    "Darnaud", "Daudé", "Dejean", "Delbos", "Delpech", "Delrieu", "Delsol", "Destarac",
    "Domenech", "Doumenc", "Dubarry", "Ducasse", "Dulac", "Duprat", "Encausse", "Escande",
    "Escudié", "Espinasse", "Estève", "Fages", "Fauré", "Faget", "Ferran", "Ferrié", "Figarol",
    "Fontanié", "Fourcade", "Fournié", "Frayssinet", "Gaillard", "Galibert", "Galy", "Garrigues",
    "Gasc", "Gayral", "Ginestet", "Gleizes", "Gras", "Grézes", "Guiraud", "Guitard", "Héraud",
    "Huc", "Izard", "Jalabert", "Jammes", "Jean-Louis", "Jouanolou", "Joulié", "Labatut",
    "Labarthe", "Laborde", "Lacaze", "Lacoste", "Lafforgue", "Laffont", "Lagarde", "Lamarque",
    "Lannes", "Lapeyre", "Larroque", "Latapie", "Latger", "Laurens", "Lavergne", "Lhéritier",
    "Loubet", "Loubières", "Malaterre", "Malet", "Marcou", "Mauriès", "Mazars", "Mazières",
    "Méric", "Miquel", "Molinié", "Monteil", "Montagné", "Nadal", "Nègre", "Nougarède", "Olivier",
    "Oustric", "Palacin", "Papaix", "Parayre", "Passerieu", "Péchou", "Pélissier", "Peyre",
    "Peyrot", "Picou", "Pons", "Portes", "Poujade", "Pradel", "Puech", "Puig", "Quercy", "Rauzy",
    "Raynal", "Régis", "Rességuier", "Ricard", "Rigal", "Rivière", "Rouanet", "Roquefeuil",
    "Roussel", "Rouzaud", "Sabatier", "Saint-Martin", "Saint-Paul", "Salles", "Salvetat", "Sarda",
    "Sarrazin", "Savy", "Sénégas", "Séguier", "Sicre", "Soulié", "Soum", "Tardieu", "Teulière",
    "Teisseire", "Terral", "Tournié", "Trémoulet", "Vaissière", "Valette", "Vayssade", "Verdier",
    "Vergé", "Vernhes", "Viguier", "Villeneuve", "Vigneau",
    // The rest of France.
    "Moreau", "Lefebvre", "Leroy", "Simon", "Michel", "Girard", "Mercier", "Dubois", "Lambert",
    "Fontaine", "Rousseau", "Vincent", "Muller", "Faure", "Mathieu", "Gauthier", "Perrin",
    "Morin", "Clément", "Gautier", "Dumont", "Lefèvre", "Schmitt", "Guérin", "Roche", "Renaud",
    "Schneider", "Lemaire", "Dufour", "Lecœur", "Le Goff", "Le Gall", "Le Bihan", "Kerguélen",
    "Kervella", "Guéguen", "Abgrall", "Quéméner", "Wendling", "Kœnig", "Haÿs", "Maïs", "François",
    "Lebœuf", "Bœspflug", "Noël", "Curé-Lagrange", "Aymé", "Thébault", "Poirier",
    // Particles and apostrophes.
    "de Lagarrigue", "de Saint-Exupère", "de la Tourette", "de La Fage", "du Bourg",
    "des Essarts", "d'Artigues", "d'Escalone", "d'Hautpoul-Seyre", "de l'Estang", "L'Hermite",
    "L'Hostis", "N'Diaye", "N'Guessan", "M'Barek", "O'Kelly", "D'Angelo", "Dell'Orto",
    // Spain, Catalonia, Portugal, Italy.
    "Alvarez", "Alonso", "Blasco", "Cano", "Casanova", "Diaz", "Dominguez", "Esteban", "Gil",
    "Gimenez", "Gomez", "Hernandez", "Ibañez", "Jimenez", "Moreno", "Munoz", "Navarro", "Ortega",
    "Peña", "Ramirez", "Ramos", "Romero", "Ruiz", "Serrano", "Torres", "Vazquez", "Almeida",
    "Alves", "Antunes", "Carvalho", "Correia", "Da Costa", "Dias", "Dos Santos", "Fonseca",
    "Gonçalves", "Lourenço", "Lopes", "Mendes", "Moreira", "Nunes", "Oliveira", "Pereira",
    "Pinto", "Ribeiro", "Rodrigues", "Simões", "Soares", "Sousa", "Teixeira", "Battistella",
    "Bertolin", "Cescato", "Dal Molin", "De Marchi", "Fabbri", "Pellizzari", "Rossi", "Zanin",
    "Zordan",
    // Maghreb, Middle East, Africa, Asia and elsewhere.
    "Abdelkader", "Aït Ahmed", "Aït-Saïd", "Allal", "Amrani", "Azzouz", "Belkacem", "Ben Amar",
    "Ben Salah", "Benaïssa", "Bendjebbour", "Bensaïd", "Benyahia", "Bouaziz", "Bouchareb",
    "Boudjema", "Bouzid", "Chérif", "Dahmani", "El Amrani", "El Haddad", "El Idrissi",
    "El Mansouri", "Ferhat", "Ghazi", "Guerroudj", "Haddad", "Hamdi", "Kaddour", "Khelifi",
    "Laïdi", "Mansouri", "Meziane", "Mokhtari", "Naïm", "Ouali", "Oumeddour", "Rahmani", "Saïdi",
    "Slimani", "Taïbi", "Yahiaoui", "Zerrouki", "Zidi", "Ba", "Camara", "Cissé", "Coulibaly",
    "Diallo", "Diop", "Fofana", "Keïta", "Koné", "Mbaye", "Ndiaye", "Ouattara", "Sarr", "Sow",
    "Sylla", "Traoré", "Mbemba", "Ngoma", "Rakoto", "Andrianarisoa", "Payet", "Hoarau", "Grondin",
    "Aydin", "Demir", "Kaya", "Öztürk", "Şahin", "Yılmaz", "Nguyen", "Nguyên Van", "Pham", "Tran",
    "Lê", "Vang", "Xiong", "Chen", "Wang", "Kowalski", "Nowak", "Wójcik", "Popescu", "Ionescu",
    "Petrov", "Kovačević", "Hoxha",
];

/// Given names of girls and women.
#[rustfmt::skip]
const FEMININE: &[&str] = &[
    "Léa", "Emma", "Chloé", "Manon", "Inès", "Camille", "Sarah", "Jade", "Louise", "Lina", "Zoé",
    "Anaïs", "Clara", "Océane", "Maëlys", "Juliette", "Romane", "Lola", "Eva", "Alice", "Margaux",
    "Noémie", "Élise", "Héloïse", "Agnès", "Aïcha", "Amina", "Apolline", "Ariane", "Assia",
    "Audrey", "Aurore", "Béatrice", "Bérénice", "Blandine", "Capucine", "Carla", "Cécile",
    "Céline", "Charlotte", "Clémence", "Cœline", "Coralie", "Delphine", "Diane", "Djamila",
    "Éléonore", "Elif", "Élodie", "Eloïse", "Emmanuelle", "Estelle", "Esther", "Eulalie", "Fanny",
    "Farah", "Fatima", "Fatoumata", "Flore", "Françoise", "Gaëlle", "Garance", "Hafsa", "Hélène",
    "Ilona", "Imane", "Inaya", "Iris", "Isabelle", "Jeanne", "Joséphine", "Justine", "Kenza",
    "Khadija", "Laëtitia", "Laure", "Leïla", "Léonie", "Leslie", "Lilou", "Lise", "Lou", "Lucie",
    "Ludivine", "Maëva", "Magali", "Mariama", "Marie", "Marina", "Marion", "Maryam", "Mathilde",
    "Mélanie", "Mélissa", "Mireille", "Myriam", "Nadia", "Naïs", "Nathalie", "Nina", "Nolwenn",
    "Nour", "Ophélie", "Pauline", "Pénélope", "Perrine", "Rachel", "Rania", "Roxane", "Salomé",
    "Samia", "Sandrine", "Séverine", "Sofia", "Soline", "Solène", "Sophie", "Stéphanie", "Sylvie",
    "Thaïs", "Valérie", "Véronique", "Violette", "Yasmine", "Zélie", "Zineb", "Anne-Laure",
    "Anne-Sophie", "Marie-Ange", "Marie-Hélène", "Marie-Lou", "Lou-Anne", "Rose-Marie",
    "Ève-Marie", "Marie Christine",
];

/// Given names of boys and men.
#[rustfmt::skip]
const MASCULINE: &[&str] = &[
    "Lucas", "Hugo", "Enzo", "Nathan", "Mathis", "Louis", "Gabriel", "Jules", "Adam", "Léo",
    "Théo", "Raphaël", "Tom", "Noah", "Arthur", "Ethan", "Maël", "Clément", "Mohamed", "Axel",
    "Antoine", "Maxime", "Baptiste", "Yanis", "Rayan", "Abdoulaye", "Adrien", "Aimé", "Alexis",
    "Amine", "André", "Anthony", "Ayoub", "Bastien", "Benoît", "Bilal", "Brice", "Cédric",
    "Christophe", "Côme", "Corentin", "Damien", "Daniel", "David", "Diego", "Dorian", "Édouard",
    "Éloi", "Émile", "Emmanuel", "Éric", "Étienne", "Fabien", "Félix", "Florian", "François",
    "Frédéric", "Gaël", "Gaspard", "Gauthier", "Gérard", "Grégory", "Guilhem", "Guillaume",
    "Hamza", "Henri", "Ibrahim", "Ilan", "Ilyès", "Ismaël", "Jaufré", "Jérémie", "Jérôme",
    "Joachim", "Joan", "João", "Joël", "Jordi", "Julien", "Karim", "Kévin", "Kylian", "Laurent",
    "Léandre", "Liam", "Loïc", "Lorenzo", "Loïs", "Malo", "Mamadou", "Marc", "Martin", "Mathéo",
    "Matthieu", "Mehdi", "Mickaël", "Miguel", "Moussa", "Naël", "Nicolas", "Noé", "Olivier",
    "Oscar", "Pascal", "Patrice", "Paul", "Peïo", "Philippe", "Pierre", "Quentin", "Rémi",
    "Régis", "Robin", "Romain", "Ruben", "Sacha", "Samuel", "Sébastien", "Serge", "Simon",
    "Sofiane", "Stéphane", "Sylvain", "Thibaut", "Thierry", "Thomas", "Timéo", "Titouan",
    "Tristan", "Ugo", "Valentin", "Victor", "Vincent", "Wassim", "William", "Xavier", "Yann",
    "Youssef", "Yvan", "Zacharie", "Jean-Baptiste", "Jean-François", "Jean-Marc", "Pierre-Yves",
    "Marc-Antoine", "Paul-Émile", "Jean Luc",
];

/// A few pairs that come back on purpose: two pupils of one school with one name.
const HOMONYMS: &[(&str, &str, bool)] = &[
    ("Martin", "Léa", true),
    ("Garcia", "Lucas", false),
    ("Fabre", "Emma", true),
    ("Da Silva", "Enzo", false),
    ("Benali", "Yanis", false),
];

/// A given name of women and men.
pub(crate) const OF_BOTH: &str = "Dominique";

/// A person's given names and sex as the register knows them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given {
    pub(crate) first: &'static str,
    pub(crate) feminine: bool,
}

/// A family name, double in a few cases («Garcia-Pujol»).
pub(crate) fn family(draw: &mut Draw) -> String {
    let first = draw.pick_skewed(FAMILY);
    if draw.chance(60) {
        let second = draw.pick(FAMILY);
        let separator = if draw.chance(700) { "-" } else { " " };
        return format!("{first}{separator}{second}");
    }
    first.to_owned()
}

/// A given name of the sex asked.
pub(crate) fn given(draw: &mut Draw, feminine: bool) -> Given {
    let list = if feminine { FEMININE } else { MASCULINE };
    Given {
        first: draw.pick_skewed(list),
        feminine,
    }
}

/// A pair of names that several people have.
pub(crate) fn homonym(draw: &mut Draw) -> (String, Given) {
    let (family, first, feminine) = draw.pick(HOMONYMS);
    (family.to_owned(), Given { first, feminine })
}

/// The other given names: none for some, else up to three, of the same sex.
pub(crate) fn others(draw: &mut Draw, given: Given) -> Vec<&'static str> {
    let list = if given.feminine { FEMININE } else { MASCULINE };
    (0..at(&[0, 1, 1, 2, 2, 3], draw.below(6)))
        .map(|_| draw.pick(list))
        .collect()
}

/// How one office types names: most in capitals with their accents, some without, some as written.
pub(crate) fn typed(draw: &mut Draw, name: &str) -> String {
    match draw.below(10) {
        0..=5 => name.to_uppercase(),
        6 | 7 => without_accents(name).to_uppercase(),
        8 => name.to_owned(),
        // A thumb on the space bar: seen in every feed.
        _ if draw.chance(100) => format!("{} ", name.to_uppercase()),
        _ => name.to_uppercase(),
    }
}

/// How one office types given names: as written, or in capitals without accents.
pub(crate) fn typed_given(draw: &mut Draw, name: &str) -> String {
    if draw.chance(150) {
        without_accents(name).to_uppercase()
    } else {
        name.to_owned()
    }
}

/// The name in plain letters, as old software writes it.
pub(crate) fn without_accents(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => plain.push('a'),
            'ç' | 'č' | 'ć' => plain.push('c'),
            'è' | 'é' | 'ê' | 'ë' => plain.push('e'),
            'ì' | 'í' | 'î' | 'ï' | 'ı' => plain.push('i'),
            'ñ' => plain.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => plain.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => plain.push('u'),
            'ş' => plain.push('s'),
            'ÿ' => plain.push('y'),
            'œ' => plain.push_str("oe"),
            'É' | 'È' => plain.push('E'),
            'Ö' => plain.push('O'),
            'Ş' => plain.push('S'),
            other => plain.push(other),
        }
    }
    plain
}

/// The name as a mail address has it: small plain letters and hyphens.
pub(crate) fn mail_part(name: &str) -> String {
    let mut part = String::new();
    for letter in without_accents(name).to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() {
            part.push(letter);
        } else if !part.is_empty() && !part.ends_with('-') {
            part.push('-');
        }
    }
    part.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn lists_hold_several_hundred_names_and_none_twice() {
        assert!(FAMILY.len() > 380, "{}", FAMILY.len());
        for list in [FAMILY, FEMININE, MASCULINE] {
            assert_eq!(list.iter().collect::<HashSet<_>>().len(), list.len());
        }
    }

    #[test]
    fn plain_letters_are_ascii_for_every_name() {
        for name in FAMILY.iter().chain(FEMININE).chain(MASCULINE) {
            assert!(without_accents(name).is_ascii(), "{name}");
            assert!(!mail_part(name).is_empty());
        }
        assert_eq!(mail_part("d'Hautpoul-Seyre"), "d-hautpoul-seyre");
    }
}
