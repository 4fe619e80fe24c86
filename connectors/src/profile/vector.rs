//! By what national education knows people: keys of the feeds (`FrEduCtRefId`) and identity vectors
//! (`FrEduVecteur`), french-ent.md §4.3. A vector is read to the letter or the whole answer is refused (FED-08).

use clau_domain::connector::Field;
use clau_domain::identity::{FeedKey, Vector, VectorOf};

use super::reading::{LONGEST, Reading, key};
use crate::contract::Fault;
use crate::text;

/// Most vectors of one answer: more children has nobody.
const MOST_VECTORS: usize = 20;
/// Longest number of a pupil in a school's system.
const LONGEST_NUMBER: usize = 20;
/// Longest key of a record.
const LONGEST_KEY: usize = 40;

/// Keys in the feeds of academies: `{AAF}16|…|1234567`, exactly three fields. What has another prefix is a key
/// of something else; what has another shape finds nobody. Each once.
pub(super) fn feed_keys(reading: &Reading<'_>) -> Vec<FeedKey> {
    let mut keys: Vec<FeedKey> = Vec::new();
    for value in reading.parts(Field::FeedKey) {
        if let Some(key) = feed_key(value)
            && !keys.contains(&key)
        {
            keys.push(key);
        }
    }
    keys
}

fn feed_key(value: &str) -> Option<FeedKey> {
    let mut fields = value.strip_prefix("{AAF}")?.split('|').map(str::trim);
    let (academy, _, jointure) = (fields.next()?, fields.next()?, fields.next()?);
    let academy = key(academy, 3).filter(|_| fields.next().is_none())?;
    Some(FeedKey {
        academy: academy.to_owned(),
        key: key(jointure, LONGEST_KEY)?.to_owned(),
    })
}

/// The vectors of an answer: none, the one of a pupil, or one for each child of a guardian.
///
/// # Errors
/// [`Fault::Untrusted`] where one has not its form, or a pupil's stands beside another.
pub(super) fn vectors(reading: &Reading<'_>) -> Result<Vec<Vector>, Fault> {
    let mut vectors: Vec<Vector> = Vec::new();
    for value in reading.raw(Field::Vector) {
        for part in value.split(';').map(str::trim) {
            if part.is_empty() {
                continue;
            }
            let vector = vector(part).map_err(|what| Fault::Untrusted(what.to_owned()))?;
            if !vectors.contains(&vector) {
                vectors.push(vector);
            }
            if vectors.len() > MOST_VECTORS {
                return Err(Fault::Untrusted("there are too many vectors".to_owned()));
            }
        }
    }
    let of_pupil = |vector: &Vector| vector.who == VectorOf::Pupil;
    if vectors.len() > 1 && vectors.iter().any(of_pupil) {
        let what = "the vector of a pupil stands beside another";
        return Err(Fault::Untrusted(what.to_owned()));
    }
    Ok(vectors)
}

/// `profil|nom|prénom|idEleve|UAI`. The words say what is wrong, and nothing of what came.
fn vector(value: &str) -> Result<Vector, &'static str> {
    let fields: Vec<&str> = value.split('|').map(str::trim).collect();
    let [profile, family, given, number, uai] = fields.as_slice() else {
        return Err("a vector has not five fields");
    };
    let who = match *profile {
        "1" | "2" => VectorOf::Guardian {
            family_name: text::name(family, LONGEST).ok_or("a guardian's vector has no name")?,
            given_name: text::name(given, LONGEST).ok_or("a guardian's vector has no name")?,
        },
        // Names of pupils are empty since 2018, and not looked at where they are not.
        "3" | "4" => VectorOf::Pupil,
        _ => return Err("a vector is about somebody of another kind"),
    };
    Ok(Vector {
        who,
        pupil: key(number, LONGEST_NUMBER)
            .ok_or("a vector has no number of a pupil")?
            .to_owned(),
        uai: uai.parse().map_err(|_| "a vector names no school")?,
    })
}
