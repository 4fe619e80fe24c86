//! What claims say of a person and of a session. The hub's own begin with `ent_`; what is not sent is
//! not known, and a claim of another type is an answer that is refused.

use openidconnect::core::CoreGenderClaim;
use openidconnect::{AdditionalClaims, LocalizedClaim, UserInfoClaims};
use serde::{Deserialize, Serialize};

use crate::services::person::{Child, Person, Role};

/// Claims of an ID token beside those of the library.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct TokenClaims {
    /// The session at the hub, as this service knows it (OIDC Back-Channel Logout §2.1).
    pub(super) sid: Option<String>,
}

impl AdditionalClaims for TokenClaims {}

/// Claims of the userinfo endpoint beside those of the library.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct PersonClaims {
    ent_uid: Option<String>,
    #[serde(default)]
    ent_profiles: Vec<String>,
    #[serde(default)]
    ent_children: Vec<ChildClaim>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ChildClaim {
    uid: String,
    #[serde(default)]
    external_id: String,
}

impl AdditionalClaims for PersonClaims {}

/// What the userinfo endpoint says of a person.
pub(super) type UserInfo = UserInfoClaims<PersonClaims, CoreGenderClaim>;

impl Person {
    /// Reads what the userinfo endpoint says.
    pub(super) fn from_claims(claims: &UserInfo) -> Self {
        let ent = claims.additional_claims();
        let user = claims.subject().to_string();
        let given_name = plain(claims.given_name());
        let name = plain(claims.name()).or_else(|| given_name.clone());
        let child = |claim: &ChildClaim| Child {
            uid: claim.uid.clone(),
            external_id: claim.external_id.clone(),
        };
        Self {
            name: name.unwrap_or_else(|| user.clone()),
            user,
            role: Role::of_profiles(ent.ent_profiles.iter().map(String::as_str)),
            uid: ent.ent_uid.clone(),
            given_name,
            children: ent.ent_children.iter().map(child).collect(),
            ..Self::default()
        }
    }
}

/// The value without a language.
fn plain<T: std::ops::Deref<Target = String>>(claim: Option<&LocalizedClaim<T>>) -> Option<String> {
    let value: &String = claim?.get(None)?;
    (!value.is_empty()).then(|| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(claims: &str) -> Option<Person> {
        let read = UserInfo::from_json::<std::io::Error>(claims.as_bytes(), None);
        read.ok().map(|claims| Person::from_claims(&claims))
    }

    #[test]
    fn a_guardian_has_children_without_names() {
        let person = person(
            r#"{"sub": "s1", "name": "Inès d’Artigues", "given_name": "Inès", "ent_profiles": ["National_TUT"],
                "ent_children": [{"uid": "c1", "external_id": "TOULOUSE-1"}, {"uid": "c2"}]}"#,
        )
        .unwrap();
        assert_eq!(
            (person.user.as_str(), person.name.as_str()),
            ("s1", "Inès d’Artigues")
        );
        assert_eq!(person.role, Some(Role::Guardian));
        assert_eq!(person.child("c1").unwrap().external_id, "TOULOUSE-1");
        assert!(person.child("c2").is_some() && person.child("c3").is_none());
    }

    #[test]
    fn what_is_not_sent_is_not_known_and_another_type_is_refused() {
        let least = person(r#"{"sub": "s1"}"#).unwrap();
        assert_eq!(least.name, "s1");
        assert!(least.children.is_empty() && least.uid.is_none() && least.role.is_none());
        assert!(person(r#"{"name": "nobody"}"#).is_none());
        assert!(person(r#"{"sub": "s1", "ent_children": "c1"}"#).is_none());
    }
}
