//! Schools, local authorities and academies. Never says who belongs to them: that is an affiliation
//! of [`crate::person`].

use serde::{Deserialize, Serialize};

use crate::ids::StructureId;
use crate::uai::Uai;

/// What a structure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StructureKind {
    /// A school, by UAI.
    School,
    /// A local authority: region, département, commune.
    Authority,
    /// An academy or its services.
    Academy,
}

impl StructureKind {
    /// The word that is stored and that files use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::Authority => "authority",
            Self::Academy => "academy",
        }
    }
}

/// A structure as people and services see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Structure {
    /// Our own id.
    pub id: StructureId,
    /// Where it comes from and its key there (`ENTStructureJointure`).
    pub source: String,
    /// Key in the source.
    pub key: String,
    /// UAI, for schools.
    pub uai: Option<Uai>,
    /// School, local authority or academy.
    pub kind: StructureKind,
    /// Name as shown.
    pub name: String,
    /// Everything that is not searched for.
    pub detail: StructureDetail,
}

/// What is known of a structure besides its identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StructureDetail {
    /// Type as the feed labels it: `COLLEGE`, `LYCEE PROFESSIONNEL`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind_label: String,
    /// Numeric nature code: 340 for a collège.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind_code: String,
    /// Supervising ministry, label.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ministry: String,
    /// `PU` or `PR`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub contract: String,
    /// SIRET or SIREN.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub siret: String,
    /// Street.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub street: String,
    /// Postal code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
    /// Commune.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// Telephone.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// Contact address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mail: String,
    /// Classes: name and label.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<(String, String)>,
    /// Teaching groups: name and label.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<(String, String)>,
}
