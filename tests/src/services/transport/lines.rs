//! The bus lines of the demo region: where they stop, when, and which school they lead to. The communes are
//! real and the schools are those of the generated feed; stops and times are made up. Owns the timetable and
//! nothing about people.

use std::fmt;

/// A time of day, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(u16);

/// `6 h 45`, with spaces that do not break.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\u{a0}h\u{a0}{:02}", self.0 / 60, self.0 % 60)
    }
}

const fn at(hour: u16, minute: u16) -> Time {
    Time(hour * 60 + minute)
}

/// When a bus stops: in the morning on the way there, in the evening on the way back, and at noon on
/// Wednesdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    /// On the way to school.
    pub(super) morning: Time,
    /// On the way home.
    pub(super) evening: Time,
    /// On the way home on Wednesdays.
    pub(super) wednesday: Time,
}

/// A stop of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// Its name in addresses and in the service's file.
    pub(super) key: &'static str,
    /// The commune.
    pub(super) commune: &'static str,
    /// Where in the commune.
    pub(super) place: &'static str,
    /// When.
    pub(super) times: Times,
}

/// A line to a school.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number, as on the bus.
    pub(super) number: &'static str,
    /// Where it comes from.
    pub(super) from: &'static str,
    /// The school's commune.
    pub(super) to: &'static str,
    /// The school.
    pub(super) school: &'static str,
    /// How many pupils fit in.
    pub(super) seats: i64,
    /// In the order of the morning.
    pub(super) stops: &'static [Stop],
    /// At the school.
    pub(super) there: Times,
}

impl Line {
    /// One of its stops.
    pub(super) fn stop(&self, key: &str) -> Option<&'static Stop> {
        self.stops.iter().find(|stop| stop.key == key)
    }
}

/// The line with this number.
pub(super) fn line(number: &str) -> Option<&'static Line> {
    LINES.iter().find(|line| line.number == number)
}

const fn times(morning: (u16, u16), evening: (u16, u16), wednesday: (u16, u16)) -> Times {
    Times {
        morning: at(morning.0, morning.1),
        evening: at(evening.0, evening.1),
        wednesday: at(wednesday.0, wednesday.1),
    }
}

const fn stop(key: &'static str, commune: &'static str, place: &'static str, times: Times) -> Stop {
    Stop {
        key,
        commune,
        place,
        times,
    }
}

/// Every line.
pub(super) const LINES: &[Line] = &[
    Line {
        number: "301",
        from: "Revel",
        to: "Toulouse",
        school: "collège Les Trois Rivières",
        seats: 55,
        stops: &[
            stop(
                "revel",
                "Revel",
                "Halle",
                times((6, 40), (18, 25), (13, 45)),
            ),
            stop(
                "saint-felix",
                "Saint-Félix-Lauragais",
                "Mairie",
                times((6, 53), (18, 12), (13, 32)),
            ),
            stop(
                "caraman",
                "Caraman",
                "Place du Marché",
                times((7, 8), (17, 57), (13, 17)),
            ),
            stop(
                "lanta",
                "Lanta",
                "Église",
                times((7, 20), (17, 45), (13, 5)),
            ),
            stop(
                "quint",
                "Quint-Fonsegrives",
                "Rond-point de l’Autan",
                times((7, 35), (17, 30), (12, 50)),
            ),
        ],
        there: times((7, 50), (17, 15), (12, 35)),
    },
    Line {
        number: "312",
        from: "Castelnaudary",
        to: "Toulouse",
        school: "lycée des Pyrénées",
        seats: 59,
        stops: &[
            stop(
                "castelnaudary",
                "Castelnaudary",
                "Gare routière",
                times((6, 25), (18, 50), (13, 50)),
            ),
            stop(
                "avignonet",
                "Avignonet-Lauragais",
                "Port-Lauragais",
                times((6, 42), (18, 33), (13, 33)),
            ),
            stop(
                "villefranche",
                "Villefranche-de-Lauragais",
                "Place Gambetta",
                times((6, 52), (18, 23), (13, 23)),
            ),
            stop(
                "montgiscard",
                "Montgiscard",
                "Écluse",
                times((7, 10), (18, 5), (13, 5)),
            ),
            stop(
                "ramonville",
                "Ramonville-Saint-Agne",
                "Métro",
                times((7, 30), (17, 45), (12, 45)),
            ),
        ],
        there: times((7, 45), (17, 30), (12, 30)),
    },
    Line {
        number: "207",
        from: "Grenade",
        to: "Blagnac",
        school: "collège du Vieux Pont",
        seats: 49,
        stops: &[
            stop(
                "grenade",
                "Grenade",
                "Halle",
                times((7, 5), (17, 50), (13, 15)),
            ),
            stop(
                "merville",
                "Merville",
                "Château",
                times((7, 15), (17, 40), (13, 5)),
            ),
            stop(
                "aussonne",
                "Aussonne",
                "Salle des fêtes",
                times((7, 28), (17, 27), (12, 52)),
            ),
            stop(
                "beauzelle",
                "Beauzelle",
                "Mairie",
                times((7, 38), (17, 17), (12, 42)),
            ),
        ],
        there: times((7, 48), (17, 7), (12, 32)),
    },
    Line {
        number: "215",
        from: "L’Isle-Jourdain",
        to: "Colomiers",
        school: "collège La Garrigue",
        seats: 55,
        stops: &[
            stop(
                "isle-jourdain",
                "L’Isle-Jourdain",
                "Gare",
                times((6, 55), (18, 5), (13, 25)),
            ),
            stop(
                "leguevin",
                "Léguevin",
                "Église",
                times((7, 15), (17, 45), (13, 5)),
            ),
            stop(
                "pibrac",
                "Pibrac",
                "Basilique",
                times((7, 27), (17, 33), (12, 53)),
            ),
        ],
        there: times((7, 40), (17, 20), (12, 40)),
    },
    Line {
        number: "410",
        from: "Saint-Gaudens",
        to: "Muret",
        school: "lycée professionnel Les Métiers d’art",
        seats: 59,
        stops: &[
            stop(
                "saint-gaudens",
                "Saint-Gaudens",
                "Gare routière",
                times((6, 10), (19, 0), (13, 55)),
            ),
            stop(
                "martres",
                "Martres-Tolosane",
                "Boulevard",
                times((6, 35), (18, 35), (13, 30)),
            ),
            stop(
                "cazeres",
                "Cazères",
                "Place de l’Hôtel-de-Ville",
                times((6, 42), (18, 28), (13, 23)),
            ),
            stop(
                "carbonne",
                "Carbonne",
                "Gare",
                times((7, 2), (18, 8), (13, 3)),
            ),
            stop("noe", "Noé", "Monument", times((7, 15), (17, 55), (12, 50))),
        ],
        there: times((7, 40), (17, 30), (12, 25)),
    },
    Line {
        number: "118",
        from: "Lavaur",
        to: "L’Union",
        school: "lycée Le Grand Large",
        seats: 59,
        stops: &[
            stop(
                "lavaur",
                "Lavaur",
                "Cathédrale",
                times((6, 45), (18, 30), (13, 30)),
            ),
            stop(
                "verfeil",
                "Verfeil",
                "Place Saint-Blaise",
                times((7, 8), (18, 7), (13, 7)),
            ),
            stop(
                "castelmaurou",
                "Castelmaurou",
                "Mairie",
                times((7, 25), (17, 50), (12, 50)),
            ),
            stop(
                "saint-jean",
                "Saint-Jean",
                "Espace Palumbo",
                times((7, 35), (17, 40), (12, 40)),
            ),
        ],
        there: times((7, 45), (17, 30), (12, 30)),
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::feedgen::{Plan, write};

    #[test]
    fn times_are_written_as_people_do() {
        assert_eq!(at(6, 5).to_string(), "6\u{a0}h\u{a0}05");
    }

    #[test]
    fn buses_go_there_in_the_morning_and_come_back() {
        let mut numbers = HashSet::new();
        for line in LINES {
            assert!(numbers.insert(line.number), "{}", line.number);
            let mut keys = HashSet::new();
            let ends = line.stops.iter().map(|stop| (stop.key, stop.times));
            let all: Vec<_> = ends.chain([("school", line.there)]).collect();
            for pair in all.windows(2) {
                let [(key, here), (_, next)] = pair else {
                    unreachable!()
                };
                assert!(keys.insert(*key), "{} {key}", line.number);
                assert!(here.morning < next.morning, "{} {key}", line.number);
                assert!(here.evening > next.evening, "{} {key}", line.number);
                assert!(here.wednesday > next.wednesday, "{} {key}", line.number);
            }
            assert!(line.there.wednesday < line.there.evening);
        }
    }

    #[test]
    fn every_line_leads_to_a_school_of_the_generated_region() {
        let directory = tempfile::tempdir().unwrap();
        write(&Plan::demo(), directory.path()).unwrap();
        let mut feed = String::new();
        for entry in std::fs::read_dir(directory.path()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.contains("EtabEducNat") {
                feed.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
        let plain = |text: &str| {
            let letters = text.to_lowercase().replace(['é', 'è'], "e");
            letters.replace('’', "'").replace(' ', "")
        };
        let feed = plain(&feed);
        for line in LINES {
            // Without the word for what kind of school it is.
            let name = plain(line.school).replace("lyceeprofessionnel", "");
            let name = name.replace("college", "").replace("lycee", "");
            assert!(feed.contains(&name), "{name}");
        }
    }
}
