//! The people of the demo region as systems upstream know them: the cast of both feeds, made anew from the
//! seed, so that every simulator knows the keys and numbers that were imported. Owns who is who; what each
//! system says of them is the simulators'.

use std::io;

use crate::feedgen::{self, Character, Plan, Role};

use super::page::Choice;

/// Somebody whom a simulator can say to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What never changes of them there.
    pub id: String,
    /// Given and family name.
    pub name: String,
    /// What this person shows, in a few words.
    pub about: String,
    /// What is said of them: name and values.
    pub attributes: Vec<(&'static str, Vec<String>)>,
}

impl Person {
    /// As pages show them.
    #[must_use]
    pub fn choice(&self) -> Choice {
        Choice {
            id: self.id.clone(),
            name: self.name.clone(),
            about: self.about.clone(),
        }
    }

    /// The values of an attribute.
    #[must_use]
    pub fn values(&self, name: &str) -> &[String] {
        let mut all = self.attributes.iter();
        all.find(|(known, _)| *known == name)
            .map_or(&[], |(_, values)| values.as_slice())
    }
}

/// One attribute of one value; none of an empty one.
#[must_use]
pub fn one(name: &'static str, value: &str) -> Option<(&'static str, Vec<String>)> {
    (!value.is_empty()).then(|| (name, vec![value.to_owned()]))
}

/// The cast of both feeds.
#[derive(Debug, Clone)]
pub struct Region {
    /// Of the academy.
    pub academy: Vec<Character>,
    /// Of the agricultural schools.
    pub agriculture: Vec<Character>,
}

impl Region {
    /// The demo's, by its seed.
    ///
    /// # Errors
    /// Those of the generator.
    pub fn demo(seed: u64) -> io::Result<Self> {
        Self::of(&Plan {
            seed,
            ..Plan::demo()
        })
    }

    /// The people of a plan and of the agricultural schools beside it.
    ///
    /// # Errors
    /// Those of the generator.
    pub fn of(plan: &Plan) -> io::Result<Self> {
        Ok(Self {
            academy: feedgen::cast(plan)?,
            agriculture: feedgen::cast(&plan.agriculture())?,
        })
    }

    /// Everybody with a part, of both feeds.
    pub fn all(&self, role: Role) -> impl Iterator<Item = &Character> {
        let everybody = self.academy.iter().chain(&self.agriculture);
        everybody.filter(move |character| character.role == role)
    }

    /// The first one with a part.
    ///
    /// # Errors
    /// Nobody has it in a region of this seed.
    pub fn first(&self, role: Role) -> io::Result<&Character> {
        self.all(role)
            .next()
            .ok_or_else(|| io::Error::other(format!("nobody of this region is {role:?}")))
    }

    /// The agricultural lycées by what they have for a login, and the centre of apprentices.
    ///
    /// # Errors
    /// The feed has fewer schools.
    pub fn agricultural_schools(&self) -> io::Result<Schools> {
        let teachers = self.all(Role::AgriculturalTeacher);
        let mut uais: Vec<String> = teachers
            .filter_map(|t| t.schools.first().cloned())
            .collect();
        // In the order of the feed: by the number that stands behind the département.
        uais.sort_by_key(|uai| uai.get(3..).map(str::to_owned));
        match <[String; 4]>::try_from(uais) {
            Ok([saml, cas, ldap, apprentices]) => Ok(Schools {
                saml,
                cas,
                ldap,
                apprentices,
            }),
            Err(found) => Err(io::Error::other(format!("four schools, not {found:?}"))),
        }
    }

    /// Teacher and pupil of an agricultural school.
    pub fn at_school<'a>(&'a self, uai: &'a str) -> impl Iterator<Item = &'a Character> {
        let roles = [Role::AgriculturalTeacher, Role::AgriculturalPupil];
        let here = self.agriculture.iter();
        here.filter(move |person| {
            roles.contains(&person.role) && person.schools.first().is_some_and(|own| own == uai)
        })
    }
}

/// UAI of the agricultural schools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schools {
    /// The lycée with an identity provider of SAML.
    pub saml: String,
    /// The lycée with a CAS server.
    pub cas: String,
    /// The lycée with a directory.
    pub ldap: String,
    /// The centre of apprentices, which shares the first lycée's.
    pub apprentices: String,
}

/// What a lycée's own systems say of somebody: names of SDET (french-ent.md §3), which SAML and CAS carry
/// alike.
#[must_use]
pub fn school_attributes(person: &Character) -> Vec<(&'static str, Vec<String>)> {
    let known = &person.identity;
    let is_pupil = person.role == Role::AgriculturalPupil;
    let profile = if is_pupil {
        "National_ELV"
    } else {
        "National_ENS"
    };
    let uai = person.schools.first().map_or("", String::as_str);
    let class = person.detail.first().filter(|_| is_pupil);
    let attributes = [
        one("uid", &login(person)),
        one("sn", &known.family_name),
        one("givenName", &known.given_name),
        one("displayName", &person.name),
        one("mail", &known.mail),
        one("ENTPersonJointure", &person.key),
        one("ENTPersonProfils", profile),
        one("ENTPersonStructRattachRNE", uai),
        one("ENTEleveINE", &known.ine),
        class.and_then(|class| one("ENTEleveClasses", class)),
    ];
    attributes.into_iter().flatten().collect()
}

/// What somebody is called at school: letters and the end of the key.
#[must_use]
pub fn login(person: &Character) -> String {
    let known = &person.identity;
    let plain = |name: &str| -> String {
        let small = feedgen::plain_letters(name).to_lowercase();
        small.chars().filter(char::is_ascii_alphanumeric).collect()
    };
    let (given, family) = (plain(&known.given_name), plain(&known.family_name));
    let number = person.key.len().saturating_sub(3);
    format!(
        "{given}.{family}{}",
        person.key.get(number..).unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_taken_in_the_demo_region() {
        let region = Region::demo(1).unwrap();
        for role in [
            Role::Pupil,
            Role::Parent,
            Role::Teacher,
            Role::Head,
            Role::HomonymParent,
            Role::ParentOfTwoMinistries,
            Role::Homonym,
        ] {
            assert!(region.first(role).is_ok(), "{role:?}");
        }
        let schools = region.agricultural_schools().unwrap();
        for uai in [
            &schools.saml,
            &schools.cas,
            &schools.ldap,
            &schools.apprentices,
        ] {
            assert_eq!(region.at_school(uai).count(), 2, "{uai}");
        }
        assert!(
            !region
                .first(Role::Teacher)
                .unwrap()
                .identity
                .mail
                .is_empty()
        );
        assert!(!region.first(Role::Head).unwrap().identity.mail.is_empty());
    }

    #[test]
    fn logins_are_plain() {
        let region = Region::demo(1).unwrap();
        for person in &region.agriculture {
            let login = login(person);
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '.';
            assert!(login.chars().all(plain), "{login}");
        }
    }
}
