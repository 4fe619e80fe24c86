//! Who can be chosen at each simulator, for whoever starts them.

use std::io;

use super::page::Choice;
use super::people::{Person, Region};
use super::saml::manner::Manner;
use super::{cas, ldif, oidc, saml};

/// The people of one upstream.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Its name.
    pub name: &'static str,
    /// Who is there; of the directory, by what they type.
    pub people: Vec<Choice>,
}

/// All upstreams of the demo region.
///
/// # Errors
/// Nobody of the region has a part.
pub fn all(region: &Region) -> io::Result<Vec<Upstream>> {
    let by_saml = |name, manner: &Manner| Ok::<_, io::Error>(of(name, (manner.people)(region)?));
    let by_oidc = |name, manner: &oidc::manner::Manner| {
        let people = (manner.people)(region)?;
        let people = people.iter().map(oidc::manner::Citizen::choice);
        Ok::<_, io::Error>(Upstream {
            name,
            people: people.collect(),
        })
    };
    Ok(vec![
        by_saml("ÉduConnect", &saml::educonnect::MANNER)?,
        by_saml("Guichet de l’académie", &saml::guichet::MANNER)?,
        by_oidc("FranceConnect", &oidc::franceconnect::MANNER)?,
        by_oidc("ProConnect", &oidc::proconnect::MANNER)?,
        by_saml("Lycée agricole d’Auch (SAML)", &saml::lycee::MANNER)?,
        of("Lycée agricole de Rodez (CAS)", cas::people(region)?),
        of("Lycée agricole de Montauban (LDAP)", ldif::people(region)?),
    ])
}

fn of(name: &'static str, people: Vec<Person>) -> Upstream {
    Upstream {
        name,
        people: people.iter().map(Person::choice).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_everywhere_and_nobody_twice_in_one_place() {
        let upstreams = all(&Region::demo(1).unwrap()).unwrap();
        assert_eq!(upstreams.len(), 7);
        for upstream in upstreams {
            let mut ids: Vec<&str> = upstream.people.iter().map(|it| it.id.as_str()).collect();
            assert!(ids.len() >= 2, "{}", upstream.name);
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), upstream.people.len(), "{}", upstream.name);
        }
    }
}
