//! The directory of an agricultural lycée, as LDIF (RFC 2849): for a directory server of others, which needs no
//! schema but the standard one (inetOrgPerson, RFC 2798). Owns what an entry says; starts no server.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::people::{Person, Region, login, school_attributes};
use crate::feedgen::Role;

/// The connector of the lycée whose directory this is.
pub const ID: &str = "lycee-agricole-montauban";
/// The suffix of the directory.
pub const SUFFIX: &str = "dc=lycee-agricole-montauban,dc=example";
/// Below what people are.
pub const PEOPLE: &str = "ou=personnes,dc=lycee-agricole-montauban,dc=example";
/// Whose account looks people up.
pub const READER: &str = "cn=ent,dc=lycee-agricole-montauban,dc=example";
/// Its password. On this machine only.
pub const READER_PASSWORD: &str = "l-ent-lit-l-annuaire";
/// The password of everybody in the directory. On this machine only.
pub const PASSWORD: &str = "la-cle-est-sous-le-pot";

/// Teacher and pupil of the lycée.
///
/// # Errors
/// The region has no such lycée.
pub fn people(region: &Region) -> io::Result<Vec<Person>> {
    let schools = region.agricultural_schools()?;
    let people = region.at_school(&schools.ldap).map(|character| Person {
        id: login(character),
        name: character.name.clone(),
        about: match character.role {
            Role::AgriculturalPupil => "élève".to_owned(),
            _ => "enseignant".to_owned(),
        },
        attributes: school_attributes(character),
    });
    Ok(people.collect())
}

/// The whole directory: the suffix, the account that reads, and these people. `employeeNumber` is the INE of a
/// pupil, `employeeType` the profile, `departmentNumber` the school.
#[must_use]
pub fn directory(people: &[Person]) -> String {
    // Without a version: slapadd takes it for an entry without a name.
    let mut text = String::new();
    let name = SUFFIX.split(['=', ',']).nth(1).unwrap_or_default();
    entry(
        &mut text,
        SUFFIX,
        &[
            ("objectClass", "top"),
            ("objectClass", "dcObject"),
            ("objectClass", "organization"),
            ("dc", name),
            ("o", "Lycée agricole de Montauban"),
        ],
    );
    entry(
        &mut text,
        PEOPLE,
        &[("objectClass", "organizationalUnit"), ("ou", "personnes")],
    );
    entry(
        &mut text,
        READER,
        &[
            ("objectClass", "organizationalRole"),
            ("objectClass", "simpleSecurityObject"),
            ("cn", "ent"),
            ("userPassword", READER_PASSWORD),
        ],
    );
    for person in people {
        let dn = format!("uid={},{PEOPLE}", person.id);
        let first = |name: &str| person.values(name).first().map_or("", String::as_str);
        let kind = match first("ENTPersonProfils") {
            "National_ELV" => "eleve",
            _ => "enseignant",
        };
        let said = [
            ("sn", first("sn")),
            ("givenName", first("givenName")),
            ("mail", first("mail")),
            ("employeeNumber", first("ENTEleveINE")),
            ("departmentNumber", first("ENTPersonStructRattachRNE")),
        ];
        let mut values = vec![
            ("objectClass", "inetOrgPerson"),
            ("uid", person.id.as_str()),
            ("cn", person.name.as_str()),
            ("displayName", person.name.as_str()),
            ("employeeType", kind),
            ("userPassword", PASSWORD),
        ];
        values.extend(said.into_iter().filter(|(_, value)| !value.is_empty()));
        entry(&mut text, &dn, &values);
    }
    text
}

fn entry(text: &mut String, dn: &str, values: &[(&str, &str)]) {
    text.push('\n');
    line(text, "dn", dn);
    for (name, value) in values {
        line(text, name, value);
    }
}

/// A line (RFC 2849): Base64 where the value is not plain.
fn line(text: &mut String, name: &str, value: &str) {
    let plain = value.is_ascii()
        && !value.starts_with([' ', ':', '<'])
        && !value.ends_with(' ')
        && !value.bytes().any(|byte| byte.is_ascii_control());
    let line = match plain {
        true => format!("{name}: {value}\n"),
        false => format!("{name}:: {}\n", STANDARD.encode(value)),
    };
    text.push_str(&line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_its_people_under_names_that_need_no_escaping() {
        let region = Region::demo(1).unwrap();
        let people = people(&region).unwrap();
        let text = directory(&people);
        assert_eq!(text.matches("\nobjectClass: inetOrgPerson\n").count(), 2);
        for person in &people {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '.';
            assert!(person.id.chars().all(plain), "{}", person.id);
            assert!(text.contains(&format!("\ndn: uid={},{PEOPLE}\n", person.id)));
            for ine in person.values("ENTEleveINE") {
                assert!(text.contains(&format!("\nemployeeNumber: {ine}\n")));
            }
        }
        assert!(text.contains("\nemployeeType: eleve\n"));
        assert!(text.contains("\nmail: "));
    }

    #[test]
    fn what_is_not_plain_is_encoded() {
        let mut text = String::new();
        for value in ["Léa", " a", "a ", ":a", "a\nb: c"] {
            line(&mut text, "cn", value);
        }
        assert_eq!(text.lines().count(), 5);
        assert!(text.lines().all(|line| line.starts_with("cn:: ")));
    }
}
