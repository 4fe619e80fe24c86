//! Somebody as an upstream knows them: what a connector hands over and nothing more is read from it. Never
//! says who that is here: the engine finds or refuses.

use serde::{Deserialize, Serialize};

use crate::connector::ConnectorId;
use crate::person::BirthDate;
use crate::profile::Profile;
use crate::session::Assurance;
use crate::time::Timestamp;
use crate::uai::Uai;

/// What an upstream authentication turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalIdentity {
    /// Who vouches for it.
    pub source: ConnectorId,
    /// What never changes of this person there. With `source` it is the key of a link (FED-01).
    pub subject: String,
    /// How strongly they proved it.
    pub level: Assurance,
    /// When they proved it.
    pub authenticated_at: Timestamp,
    /// What is said of them.
    pub claims: Claims,
    /// Keys of the person in feeds (`FrEduCtRefId`), each with the number of its academy.
    pub feed_keys: Vec<FeedKey>,
    /// Identity vectors (`FrEduVecteur`): one for a pupil, one for each child of a guardian.
    pub vectors: Vec<Vector>,
}

/// What an upstream says of a person: an allow-list, each already in our words (FED-10).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// Login there.
    pub login: String,
    /// Usual family name; empty where it is not said.
    pub family_name: String,
    /// Birth name.
    pub birth_name: String,
    /// Usual first name.
    pub given_name: String,
    /// All first names, in order.
    pub given_names: Vec<String>,
    /// `M.` or `Mme`.
    pub title: String,
    /// Birth date. A partial one (`YYYY-00-00`) is none.
    pub birth_date: Option<BirthDate>,
    /// `male` or `female`.
    pub gender: String,
    /// INSEE code of the commune of birth; empty for people born abroad.
    pub birth_place: String,
    /// INSEE code of the country of birth.
    pub birth_country: String,
    /// Mail address, where the source has verified it.
    pub mail: Option<String>,
    /// Mail address given by the academy or the ministry, in small letters.
    pub academic_mail: Option<String>,
    /// INE.
    pub ine: Option<String>,
    /// Key in the feed of this very source.
    pub key: Option<String>,
    /// SIRET of the employer.
    pub siret: String,
    /// What they are, where, in our words. A school without a profile, or a profile without a school, is one
    /// of the two left out.
    pub roles: Vec<ClaimedRole>,
    /// Classes, of pupils.
    pub classes: Vec<String>,
}

/// What somebody is said to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedRole {
    /// Where.
    pub uai: Option<Uai>,
    /// As what.
    pub profile: Option<Profile>,
    /// Function code: `ENS`, `DIR`.
    pub function: String,
}

/// A person's key in the feed of an academy: `{AAF}16|…|1234567` (french-ent.md §4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedKey {
    /// Number of the academy, as it came.
    pub academy: String,
    /// `ENTPersonJointure`.
    pub key: String,
}

/// An identity vector: `profile|name|first name|pupil's number|UAI` (french-ent.md §4.3; FED-08).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vector {
    /// Who it is about.
    pub who: VectorOf,
    /// Number of the pupil in the school's system (`ENTEleveStructRattachId`).
    pub pupil: String,
    /// School of the pupil.
    pub uai: Uai,
}

/// Who a vector is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VectorOf {
    /// The pupil.
    Pupil,
    /// A guardian of the pupil, by name.
    Guardian {
        /// Family name.
        family_name: String,
        /// First name.
        given_name: String,
    },
}
