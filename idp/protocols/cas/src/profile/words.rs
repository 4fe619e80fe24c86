//! What people are, in the words that services expect: the nation's, and those of publishers. Never says
//! anything where a service has no word.

use clau_domain::profile::Profile;

use super::source::Source;

/// A profile in the words that a service expects. They have none for a citizen.
pub(super) fn of_profile(source: Source, profile: Profile) -> Option<&'static str> {
    match source {
        Source::ProfileCode => profile.national(),
        Source::ProfileNumber => profile.number(),
        Source::ProfileOfFour => of_four(profile).map(|(number, _)| number),
        Source::ProfileWord => of_four(profile).map(|(_, word)| word),
        Source::ProfileShort => profile.national()?.strip_prefix("National_"),
        Source::ProfileOfKne => of_kne(profile),
        _ => None,
    }
}

/// What most publishers tell apart: a number and a word.
const fn of_four(profile: Profile) -> Option<(&'static str, &'static str)> {
    Some(match profile {
        Profile::Pupil => ("National_1", "Student"),
        Profile::Guardian => ("National_2", "Relative"),
        Profile::Teacher | Profile::Librarian => ("National_3", "Teacher"),
        Profile::Head
        | Profile::SchoolLife
        | Profile::Staff
        | Profile::Academy
        | Profile::Authority => ("National_4", "Personnel"),
        Profile::Citizen => return None,
    })
}

/// What KNE takes: whoever does not teach is sent as a librarian.
const fn of_kne(profile: Profile) -> Option<&'static str> {
    match profile {
        Profile::Pupil | Profile::Guardian | Profile::Teacher | Profile::Citizen => {
            profile.national()
        }
        Profile::Librarian
        | Profile::Head
        | Profile::SchoolLife
        | Profile::Staff
        | Profile::Academy
        | Profile::Authority => Profile::Librarian.national(),
    }
}
