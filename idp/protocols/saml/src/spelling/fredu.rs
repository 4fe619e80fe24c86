//! The vectors and school codes of national education (french-ent §4.3, §4.7), as far as the directory knows
//! what stands in them: a field that it does not know is empty. Never a vector of fewer than five fields, nor
//! one with a field that holds the separator (FED-08).

use clau_domain::person::{Affiliation, Person};
use clau_domain::policy::{Attribute, Released};
use clau_domain::profile::Profile;
use clau_domain::structure::StructureKind;

use super::Why;
use super::source::joined;

/// The function of whoever heads a school.
const HEAD: &str = "DIR";

/// What national education takes for "none".
const NOBODY: &str = "X";

/// What a vector is made of, over both kinds.
pub(super) const VECTOR: &[Attribute] = &[
    Attribute::Profile,
    Attribute::Structures,
    Attribute::ExternalId,
    Attribute::Children,
    Attribute::FamilyName,
    Attribute::GivenName,
];

/// `FrEduVecteur`: one for each child and school of a guardian, else the one of a pupil. Never both, because a
/// vector of a pupil stands alone.
pub(super) fn vectors(released: Released<'_>) -> Vec<Result<String, Why>> {
    let of_guardian = of_guardian(released);
    if of_guardian.is_empty() {
        of_pupil(released).into_iter().take(1).collect()
    } else {
        of_guardian
    }
}

fn of_guardian(released: Released<'_>) -> Vec<Result<String, Why>> {
    let needs = [
        Attribute::Profile,
        Attribute::Structures,
        Attribute::FamilyName,
        Attribute::GivenName,
        Attribute::Children,
    ];
    let Some(person) = reading(released, &needs) else {
        return Vec::new();
    };
    let names = &person.names;
    person
        .children
        .iter()
        .flat_map(|child| &child.affiliations)
        .map(|affiliation| vector("1", "2", [&names.family, &names.given], affiliation))
        .collect()
}

fn of_pupil(released: Released<'_>) -> Vec<Result<String, Why>> {
    let needs = [
        Attribute::Profile,
        Attribute::Structures,
        Attribute::ExternalId,
    ];
    let Some(person) = reading(released, &needs) else {
        return Vec::new();
    };
    let as_pupil = person.affiliations.iter();
    as_pupil
        .filter(|affiliation| affiliation.profile == Profile::Pupil)
        .map(|affiliation| vector("3", "4", ["", ""], affiliation))
        .collect()
}

/// The person, if all of `needs` leave.
fn reading<'a>(released: Released<'a>, needs: &[Attribute]) -> Option<&'a Person> {
    let all = needs.iter().all(|need| released.allows(*need));
    let last = needs.last().filter(|_| all)?;
    released.person_for(*last)
}

/// `profil|nom|prénom|idEleve|UAI`, by the affiliation of the pupil. The first code is of a primary school,
/// the second of every other.
fn vector(
    primary: &str,
    secondary: &str,
    [family, given]: [&str; 2],
    affiliation: &Affiliation,
) -> Result<String, Why> {
    let structure = &affiliation.structure;
    let is_primary = structure.kind_label.to_uppercase().starts_with("ECOLE");
    let code = if is_primary { primary } else { secondary };
    let number = affiliation.detail.school_record.trim();
    let uai = structure.uai.as_ref().ok_or(Why::NoNumber)?;
    if number.is_empty() {
        return Err(Why::NoNumber);
    }
    joined(
        '|',
        &[code, family.trim(), given.trim(), number, uai.as_str()],
    )
}

/// `FrEduRne`: `UAI$type$secteur$fonction$UAJ$tna$typeEtab$code`.
pub(super) fn schools_of_staff(person: &Person) -> Vec<Result<String, Why>> {
    let mut schools = Vec::new();
    for (affiliation, uai) in staffed(person) {
        let functions = affiliation.detail.functions.iter();
        let mut codes: Vec<&str> = functions.map(|function| function.code.trim()).collect();
        if codes.is_empty() {
            codes.push("");
        }
        let kind = kind(affiliation);
        let school = |code: &str| joined('$', &[uai, "", "", code, "", "", kind, ""]);
        schools.extend(codes.into_iter().map(school));
    }
    schools
}

/// `FrEduRneResp`: `UAI$type$secteur$activité$tna$typeEtab$code` of the schools that somebody heads; for
/// other staff that they head none.
pub(super) fn schools_of_head(person: &Person) -> Vec<Result<String, Why>> {
    if !person.is_staff() {
        return Vec::new();
    }
    let headed = staffed(person).filter(|(affiliation, _)| heads(affiliation));
    let mut schools: Vec<Result<String, Why>> = headed
        .map(|(affiliation, uai)| joined('$', &[uai, "", "", "", "", kind(affiliation), ""]))
        .collect();
    if schools.is_empty() {
        schools.push(Ok(NOBODY.to_owned()));
    }
    schools
}

/// `FrEduFonctAdm`: that of a head before any other.
pub(super) fn main_function(person: &Person) -> Option<&str> {
    let functions = person
        .affiliations
        .iter()
        .filter(|affiliation| affiliation.profile.is_staff())
        .flat_map(|affiliation| &affiliation.detail.functions)
        .map(|function| function.code.trim());
    let mut functions = functions.filter(|code| !code.is_empty());
    let first = functions.next()?;
    let is_head = first == HEAD || functions.any(|code| code == HEAD);
    Some(if is_head { HEAD } else { first })
}

/// Only the feed says who heads a school: the profile is of deputies, too.
fn heads(affiliation: &Affiliation) -> bool {
    let functions = &affiliation.detail.functions;
    affiliation.profile == Profile::Head && functions.iter().any(|it| it.code.trim() == HEAD)
}

/// Where somebody works, of what has a number.
fn staffed(person: &Person) -> impl Iterator<Item = (&Affiliation, &str)> {
    let of_staff = person.affiliations.iter();
    of_staff
        .filter(|affiliation| affiliation.profile.is_staff())
        .filter_map(|affiliation| Some((affiliation, affiliation.structure.uai.as_ref()?.as_str())))
}

/// The type of a school, by what the feed calls it; empty for what it does not tell.
fn kind(affiliation: &Affiliation) -> &'static str {
    let structure = &affiliation.structure;
    let label = structure.kind_label.to_uppercase();
    if structure.kind != StructureKind::School {
        ""
    } else if label.starts_with("LYC") && label.contains("PROFESSIONNEL") {
        "LP"
    } else if label.starts_with("LYC") {
        "LYC"
    } else if label.starts_with("COLL") {
        "CLG"
    } else {
        ""
    }
}
