//! People as ÉduConnect tells of them (french-ent.md §4.3, §4.4): one vector for a pupil, one for each child of a
//! guardian. Invents nobody: who they are and in which school is the test's to say.

use aws_lc_rs::digest::{SHA384, digest};

use super::upstream::Person;

/// The password of all of them.
pub const PASSWORD: &str = "un-mot-de-passe-educonnect";

/// A child as a school knows it: its identifier there (`ENTEleveStructRattachId`), and the school's UAI.
#[derive(Clone, Copy, Debug)]
pub struct Child<'a> {
    /// Its identifier in the school.
    pub id: &'a str,
    /// The school.
    pub uai: &'a str,
}

/// A pupil of a collège or lycée. Their vector has had no name in it since 2018; `name` is family name and given
/// name.
pub fn pupil(login: &str, name: (&str, &str), child: Child<'_>) -> Person {
    let Child { id, uai } = child;
    person(login, name)
        .with("FrEduVecteur", &[&format!("4|||{id}|{uai}")])
        .with("FrEduCtPersonAffiliation", &["eleve2d"])
}

/// Who answers for pupils of collèges and lycées, with a vector for each.
pub fn guardian(login: &str, name: (&str, &str), children: &[Child<'_>]) -> Person {
    let (family, given) = name;
    let vector = |child: &Child<'_>| format!("2|{family}|{given}|{}|{}", child.id, child.uai);
    let vectors: Vec<String> = children.iter().map(vector).collect();
    let vectors: Vec<&str> = vectors.iter().map(String::as_str).collect();
    person(login, name)
        .with("FrEduVecteur", &vectors)
        .with("FrEduCtPersonAffiliation", &["resp2d"])
}

/// An account's identifier: 96 digits, the same for the same login.
pub fn account_id(login: &str) -> String {
    let digest = digest(&SHA384, login.as_bytes());
    let bytes = digest.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn person(login: &str, (family, given): (&str, &str)) -> Person {
    Person::new(login, PASSWORD)
        .with("FrEduCtId", &[&account_id(login)])
        .with("sn", &[family])
        .with("givenName", &[given])
}
