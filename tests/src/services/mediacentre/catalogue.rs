//! The resources: who publishes them, for which level, and a few pages of each. All made up; their ARK identifiers
//! are in the range that is kept for examples (99999). Owns nothing about people.

/// A level of studies, as the GAR has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Collège.
    College,
    /// Lycée.
    Lycee,
}

impl Level {
    /// Every one.
    pub(super) const ALL: [Self; 2] = [Self::College, Self::Lycee];

    /// In words.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::College => "Collège",
            Self::Lycee => "Lycée",
        }
    }

    /// In addresses.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::College => "college",
            Self::Lycee => "lycee",
        }
    }

    /// The one of a code.
    pub(super) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }
}

/// A page: its heading and its text.
pub(super) type Leaf = (&'static str, &'static str);

/// A resource.
#[derive(Debug)]
pub(super) struct Resource {
    /// Its identifier, without hyphens.
    pub(super) ark: &'static str,
    /// Its title.
    pub(super) title: &'static str,
    /// Who publishes it.
    pub(super) publisher: &'static str,
    /// What kind it is of.
    pub(super) kind: &'static str,
    /// For whom.
    pub(super) levels: &'static [Level],
    /// Letters of the cover.
    pub(super) cover: &'static str,
    /// Its pages; never none.
    pub(super) leaves: &'static [Leaf],
}

impl Resource {
    /// How many pages it has.
    pub(super) fn pages(&self) -> usize {
        self.leaves.len()
    }

    /// A page, from 1; the first one for a number that is none.
    pub(super) fn leaf(&self, number: usize) -> Option<&'static Leaf> {
        let index = number.saturating_sub(1);
        self.leaves.get(index).or_else(|| self.leaves.first())
    }

    /// `Collège, lycée`.
    pub(super) fn level_names(&self) -> String {
        let names: Vec<&str> = self.levels.iter().map(|level| level.label()).collect();
        names.join(", ")
    }
}

/// The resource with this identifier.
pub(super) fn resource(ark: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.ark == ark)
}

use Level::{College, Lycee};

/// Every resource.
pub(super) const RESOURCES: &[Resource] = &[
    Resource {
        ark: "ark:/99999/man4hg2026",
        title: "Histoire-géographie 4e : Mondes en mouvement",
        publisher: "Éditions de l’Autan",
        kind: "Manuel numérique",
        levels: &[College],
        cover: "HG",
        leaves: &[
            (
                "Le canal, une œuvre et un chantier",
                "En 1667, Pierre-Paul Riquet ouvre le chantier du canal royal de Languedoc. Douze mille personnes y travaillent, dont mille femmes qui portent la terre.",
            ),
            (
                "Des ports et des plantations",
                "Au XVIIIe siècle, les produits des colonies transforment les ports de l’Atlantique. Les documents 1 à 4 montrent qui y gagne et qui en souffre.",
            ),
            (
                "Mobilités d’aujourd’hui",
                "Sur la carte, relevez trois grands flux de personnes et dites pour chacun ce qui les met en mouvement.",
            ),
            (
                "Je vérifie ce que j’ai appris",
                "Dix questions pour réviser le chapitre, avec leurs réponses expliquées.",
            ),
        ],
    },
    Resource {
        ark: "ark:/99999/mat2exo7k",
        title: "Mille et un exercices de mathématiques, seconde",
        publisher: "Les Cahiers du Capitole",
        kind: "Exercices interactifs",
        levels: &[Lycee],
        cover: "Σ",
        leaves: &[
            (
                "Fonctions affines",
                "Une navette part à 6 h 40 et roule à 60 km/h. Exprimez la distance parcourue en fonction de l’heure, puis tracez-la.",
            ),
            (
                "Vecteurs",
                "ABCD est un parallélogramme. Écrivez le vecteur AC comme une somme de deux vecteurs de trois façons.",
            ),
            (
                "Statistiques",
                "Voici les tailles des vingt-huit élèves d’une classe. Calculez la médiane et les quartiles, et commentez-les.",
            ),
        ],
    },
    Resource {
        ark: "ark:/99999/dicoccfr",
        title: "Diccionari occitan-francés",
        publisher: "Presses de la Garonne",
        kind: "Dictionnaire",
        levels: &[College, Lycee],
        cover: "Òc",
        leaves: &[
            (
                "A – Autan",
                "Autan, n. m. : vent qui souffle du sud-est. « L’autan bufa tres, sièis o nòu jorns. »",
            ),
            (
                "C – Clau",
                "Clau, n. f. : clef. « Barrar amb la clau », fermer à clef. « La clau dels camps », la clef des champs.",
            ),
            (
                "E – Escòla",
                "Escòla, n. f. : école. « Anar a l’escòla a pè », aller à l’école à pied.",
            ),
            (
                "P – Pont",
                "Pont, n. m. : pont. « Jol pont », sous le pont. « Pont levadís », pont-levis.",
            ),
        ],
    },
    Resource {
        ark: "ark:/99999/svtatlas3",
        title: "Atlas du vivant : des Pyrénées à la mer",
        publisher: "Muséum virtuel du Midi",
        kind: "Atlas",
        levels: &[College, Lycee],
        cover: "AV",
        leaves: &[
            (
                "L’étage montagnard",
                "Entre 900 et 1 600 mètres, le hêtre et le sapin se partagent les versants. Le desman vit dans les torrents.",
            ),
            (
                "Les causses",
                "Sur ces plateaux calcaires l’eau ne reste pas en surface. Observez comment les plantes s’en accommodent.",
            ),
            (
                "Les lagunes",
                "De Leucate à Aigues-Mortes, l’eau est plus ou moins salée selon la saison. Qui peut y vivre ?",
            ),
        ],
    },
    Resource {
        ark: "ark:/99999/ang5story",
        title: "Short stories for 6e and 5e",
        publisher: "Éditions de l’Autan",
        kind: "Lectures audio",
        levels: &[College],
        cover: "Aa",
        leaves: &[
            (
                "The key under the pot",
                "Maya cannot find her key. Her neighbour smiles: “Look under the pot.” Listen, then answer the three questions.",
            ),
            (
                "The last bus",
                "It is Friday and the bus is late. Who are the five people at the stop? Draw them.",
            ),
            (
                "A letter from Galway",
                "Read the letter aloud, then write an answer in ten lines.",
            ),
        ],
    },
    Resource {
        ark: "ark:/99999/presse7j",
        title: "Sept jours : la presse expliquée aux lycéens",
        publisher: "Agence Les Arcades",
        kind: "Presse",
        levels: &[Lycee],
        cover: "7 j",
        leaves: &[
            (
                "À la une",
                "Comment une rédaction choisit-elle ce qui fait la une ? Comparez quatre journaux du même jour.",
            ),
            (
                "Vérifier une image",
                "Trois étapes pour retrouver l’origine d’une photographie avant de la partager.",
            ),
            (
                "Le débat de la semaine",
                "Faut-il éteindre l’éclairage public la nuit ? Les arguments, les chiffres et leurs sources.",
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::link::ark;
    use super::*;

    #[test]
    fn resources_are_complete_and_found_by_their_identifiers() {
        let mut arks = HashSet::new();
        for entry in RESOURCES {
            assert!(arks.insert(entry.ark), "{}", entry.ark);
            assert_eq!(ark(entry.ark).as_deref(), Some(entry.ark));
            assert!(!entry.leaves.is_empty() && !entry.levels.is_empty());
            assert!(resource(entry.ark).is_some());
            let last = entry.leaves.last();
            assert_eq!(entry.leaf(entry.pages()), last, "{}", entry.ark);
            assert_eq!(entry.leaf(99), entry.leaves.first());
            assert_eq!(entry.leaf(0), entry.leaves.first());
        }
        assert_eq!(
            resource("ark:/99999/dicoccfr").unwrap().level_names(),
            "Collège, Lycée"
        );
    }
}
