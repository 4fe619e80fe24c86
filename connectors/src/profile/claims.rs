//! What is said of a person, field by field into our own words: the whole of what is read of an upstream
//! (FED-10). Never keeps a value that has not the form of what it is said to be.

use clau_domain::connector::Field;
use clau_domain::identity::{ClaimedRole, Claims};
use clau_domain::profile::Profile;

use super::known::{Known, MailWord};
use super::reading::{LONGEST, Reading, address, birth_date, code, key};
use super::roles::roles;
use crate::text;

/// Longest key of a record in a feed.
const LONGEST_KEY: usize = 40;

/// Reads what is said of a person.
pub(super) fn claims(reading: &Reading<'_>) -> Claims {
    let roles = roles(reading);
    let given_names = given_names(reading);
    let usual = reading.name(Field::GivenName);
    let given_name = match given_names.first() {
        Some(first) if usual.is_empty() => first.clone(),
        _ => usual,
    };
    Claims {
        login: reading.line(Field::Login),
        family_name: reading.name(Field::FamilyName),
        birth_name: reading.name(Field::BirthName),
        given_name,
        given_names,
        title: title(reading),
        birth_date: reading.first(Field::BirthDate).and_then(birth_date),
        gender: gender(reading),
        birth_place: insee(reading, Field::BirthPlace),
        birth_country: insee(reading, Field::BirthCountry),
        mail: mail(reading),
        academic_mail: academic_mail(reading, &roles),
        ine: ine(reading, &roles),
        key: of_form(reading, Field::Key, |it| key(it, LONGEST_KEY)),
        siret: siret(reading),
        classes: classes(reading),
        roles,
    }
}

/// All first names. One text holds them with spaces between: identity services write them so, and hyphens join
/// those that are one name.
fn given_names(reading: &Reading<'_>) -> Vec<String> {
    match reading.names(Field::GivenNames).as_slice() {
        [one] => {
            let names = one.split([' ', ',']).filter(|name| !name.is_empty());
            names.map(str::to_owned).collect()
        }
        several => several.to_vec(),
    }
}

fn title(reading: &Reading<'_>) -> String {
    let title = match reading.line(Field::Title).as_str() {
        "M." | "M" | "Monsieur" => "M.",
        "Mme" | "Mme." | "Mlle" | "Madame" | "Mademoiselle" => "Mme",
        _ => "",
    };
    title.to_owned()
}

fn gender(reading: &Reading<'_>) -> String {
    let gender = reading.first(Field::Gender);
    let known = gender.filter(|gender| matches!(*gender, "male" | "female"));
    known.unwrap_or_default().to_owned()
}

/// A code of INSEE: five digits, or a letter as the second of the communes of Corsica.
fn insee(reading: &Reading<'_>, field: Field) -> String {
    let allowed = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'A' | b'B');
    of_form(reading, field, |it| code(it, 5, allowed)).unwrap_or_default()
}

fn siret(reading: &Reading<'_>) -> String {
    let digits = |it| code(it, 14, |byte| byte.is_ascii_digit());
    of_form(reading, Field::Siret, digits).unwrap_or_default()
}

/// The first value of a field, if it has its form.
fn of_form<'a>(
    reading: &Reading<'a>,
    field: Field,
    form: impl Fn(&'a str) -> Option<&'a str>,
) -> Option<String> {
    reading.first(field).and_then(form).map(str::to_owned)
}

/// An address that the source stands for.
fn mail(reading: &Reading<'_>) -> Option<String> {
    let mail = reading
        .first(Field::Mail)
        .filter(|_| stands_for_addresses(reading));
    mail.and_then(address).map(str::to_owned)
}

/// Whether the source stands for the addresses of its answer. An OpenID provider says whether it does; the others
/// write what a school or an administration has entered. What people have typed counts for nothing (FED-02).
fn stands_for_addresses(reading: &Reading<'_>) -> bool {
    match Known::of(reading.connector.profile).mail {
        MailWord::Typed => false,
        MailWord::Official => true,
        MailWord::ByProtocol => !reading.says_what_is_verified() || is_verified(reading),
    }
}

fn is_verified(reading: &Reading<'_>) -> bool {
    let said = reading.first(Field::MailVerified);
    said.is_some_and(|said| said.eq_ignore_ascii_case("true"))
}

/// The address by which agents are found. It counts of people who are said to work there, and where nobody else
/// comes: elsewhere a pupil who may change their address at the school would be taken for a teacher.
fn academic_mail(reading: &Reading<'_>, roles: &[ClaimedRole]) -> Option<String> {
    let trusted_as = &reading.connector.trust.profiles;
    let only_staff = !trusted_as.is_empty() && trusted_as.iter().all(|it| it.is_staff());
    let mut said = roles.iter().filter_map(|role| role.profile).peekable();
    let works_there = if said.peek().is_some() {
        said.any(Profile::is_staff)
    } else {
        only_staff
    };
    let mail = reading.first(Field::AcademicMail);
    let mail = mail.filter(|_| works_there && stands_for_addresses(reading));
    mail.and_then(address).map(str::to_ascii_lowercase)
}

/// The INE of a pupil. Of somebody who is said to be something else it is another's: a child's.
fn ine(reading: &Reading<'_>, roles: &[ClaimedRole]) -> Option<String> {
    let mut profiles = roles.iter().filter_map(|role| role.profile).peekable();
    let may_have_one = profiles.peek().is_none() || profiles.any(|it| it == Profile::Pupil);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric();
    let ine = of_form(reading, Field::Ine, |it| code(it, 11, allowed));
    ine.filter(|_| may_have_one)
        .map(|ine| ine.to_ascii_uppercase())
}

/// Classes, without the school that the national schema writes in front.
fn classes(reading: &Reading<'_>) -> Vec<String> {
    let mut classes: Vec<String> = Vec::new();
    for value in reading.parts(Field::Class) {
        let class = value.rsplit('$').next().unwrap_or(value);
        if let Some(class) = text::name(class, LONGEST)
            && !classes.contains(&class)
        {
            classes.push(class);
        }
    }
    classes
}
