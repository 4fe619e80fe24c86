//! What people are: the national profiles, the functions of staff from which they follow (SDET, operational
//! annex), and the citizen, whom the nation's list does not have. Never decides access: that is
//! [`crate::policy`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What somebody is in one structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Profile {
    /// Pupil, student, apprentice.
    #[serde(rename = "National_ELV")]
    Pupil,
    /// Legal guardian of a pupil.
    #[serde(rename = "National_TUT")]
    Guardian,
    /// Teacher.
    #[serde(rename = "National_ENS")]
    Teacher,
    /// Teacher-librarian.
    #[serde(rename = "National_DOC")]
    Librarian,
    /// Head teacher, deputy head.
    #[serde(rename = "National_DIR")]
    Head,
    /// School life: CPE, AED, supervisors.
    #[serde(rename = "National_EVS")]
    SchoolLife,
    /// Administrative, technical, health, social and guidance staff.
    #[serde(rename = "National_ETA")]
    Staff,
    /// Academy, rectorate, inspection.
    #[serde(rename = "National_ACA")]
    Academy,
    /// Local authority.
    #[serde(rename = "National_COL")]
    Authority,
    /// Somebody whom no school knows and an identity service of the State vouches for. No national profile:
    /// nothing is said of it where one is expected, and only rules that name it speak of it.
    Citizen,
}

impl Profile {
    /// Every profile, in the order in which pages show them.
    pub const ALL: [Self; 10] = [
        Self::Pupil,
        Self::Guardian,
        Self::Teacher,
        Self::Librarian,
        Self::Head,
        Self::SchoolLife,
        Self::Staff,
        Self::Academy,
        Self::Authority,
        Self::Citizen,
    ];

    /// The hub's word: the current national code, where there is one.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pupil => "National_ELV",
            Self::Guardian => "National_TUT",
            Self::Teacher => "National_ENS",
            Self::Librarian => "National_DOC",
            Self::Head => "National_DIR",
            Self::SchoolLife => "National_EVS",
            Self::Staff => "National_ETA",
            Self::Academy => "National_ACA",
            Self::Authority => "National_COL",
            Self::Citizen => "Citizen",
        }
    }

    /// Current national code; none for whom the nation has no word.
    pub const fn national(self) -> Option<&'static str> {
        match self {
            Self::Citizen => None,
            Self::Pupil
            | Self::Guardian
            | Self::Teacher
            | Self::Librarian
            | Self::Head
            | Self::SchoolLife
            | Self::Staff
            | Self::Academy
            | Self::Authority => Some(self.code()),
        }
    }

    /// Number of SDET version 3, which many services still expect. It does not tell teacher from
    /// librarian, nor an agent of a local authority from a head.
    pub const fn number(self) -> Option<&'static str> {
        Some(match self {
            Self::Pupil => "National_1",
            Self::Guardian => "National_2",
            Self::Teacher | Self::Librarian => "National_3",
            Self::Head | Self::Authority => "National_4",
            Self::SchoolLife => "National_5",
            Self::Staff => "National_6",
            Self::Academy => "National_7",
            Self::Citizen => return None,
        })
    }

    /// Whether people of this profile work in the structure: longer passwords, never treated as
    /// minors (PWD-02).
    pub const fn is_staff(self) -> bool {
        !matches!(self, Self::Pupil | Self::Guardian | Self::Citizen)
    }

    /// The profile that a function code of the feed stands for. An unknown code, an empty one and
    /// `-` ("SANS OBJET") are [`Profile::Staff`]: vendors' tables differ and a new code must not
    /// keep somebody out.
    pub fn of_function(code: &str) -> Self {
        match code {
            "DIR" | "DEC" | "DECPR" | "DSES" => Self::Head,
            "ENS" | "FIJ" | "BED" | "FCA" | "FCP" | "IS" | "ISES" | "PPA" | "RH1D" | "RPL"
            | "UPI" => Self::Teacher,
            "DOC" => Self::Librarian,
            "AED" | "EDU" | "SUR" | "ADE" | "AES" | "ASE" | "ASH" | "AVS" | "EEI" | "AEH" => {
                Self::SchoolLife
            }
            "INS" | "INJ" => Self::Academy,
            "COL" | "COLTER" => Self::Authority,
            _ => Self::Staff,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a text is not a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a profile: National_ELV, National_TUT, National_ENS, National_DOC, \
     National_DIR, National_EVS, National_ETA, National_ACA, National_COL or Citizen"
)]
pub struct UnknownProfile(String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.code() == text)
            .ok_or_else(|| UnknownProfile(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for profile in Profile::ALL {
            assert_eq!(profile.code().parse(), Ok(profile));
            let json = serde_json::to_string(&profile).expect("plain enum");
            assert_eq!(json, format!("\"{}\"", profile.code()));
        }
    }

    #[test]
    fn a_citizen_is_nothing_that_the_nation_has_a_word_for() {
        for profile in Profile::ALL {
            let national = profile.national().is_some_and(|it| it == profile.code());
            assert_eq!(national, profile != Profile::Citizen, "{profile}");
            assert_eq!(profile.number().is_some(), national, "{profile}");
        }
        assert!(!Profile::Citizen.is_staff());
    }

    #[test]
    fn imp_07_unknown_functions_give_the_least_particular_profile() {
        for code in ["", "-", "ZZZ", "dir", "DIR "] {
            assert_eq!(Profile::of_function(code), Profile::Staff, "{code:?}");
        }
        assert_eq!(Profile::of_function("DIR"), Profile::Head);
    }
}
