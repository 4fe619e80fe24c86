//! One type for each id, so that a structure's id cannot be passed as a person's. Never mints from a
//! clock or generator of its own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::random::Random;
use crate::time::Timestamp;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id (UUID version 7: later ids sort later, which keeps indexes dense).
            pub fn mint(now: Timestamp, random: &dyn Random) -> Self {
                let millis = u64::try_from(now.as_millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random.bytes()).into_uuid())
            }

            /// An id read back from storage.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The value to store.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A person: stable for life, the `uid` that services may see.
    PersonId;
    /// A school, local authority or academy.
    StructureId;
    /// One import of a feed.
    ImportId;
    /// One logout notice owed to a service.
    NoticeId;
    /// A second factor of somebody's.
    FactorId;
    /// One statement that two records are one human's.
    MergeId;
}

/// A service's identifier as its registration names it: `pedagogie`, `pronote-0310001a`. Lower-case
/// letters, digits and single hyphens, 1 to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceId(String);

impl ServiceId {
    /// The identifier's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a service identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a service identifier: 1 to 64 lower-case letters, digits and single hyphens, \
     with no hyphen at either end"
)]
pub struct BadServiceId(String);

impl FromStr for ServiceId {
    type Err = BadServiceId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for ServiceId {
    type Error = BadServiceId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = (1..=64).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--");
        if good {
            Ok(Self(text))
        } else {
            Err(BadServiceId(text))
        }
    }
}

impl From<ServiceId> for String {
    fn from(id: ServiceId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededForTests;

    #[test]
    fn later_ids_sort_later() {
        let random = SeededForTests::new(1);
        let first = PersonId::mint(Timestamp::from_millis(1_000_000_000_000), &random);
        let second = PersonId::mint(Timestamp::from_millis(1_000_000_000_001), &random);
        assert!(first < second);
    }

    #[test]
    fn service_ids_are_plain() {
        assert!("pronote-0310001a".parse::<ServiceId>().is_ok());
        for bad in ["", "-a", "a-", "a--b", "A", "é", "a b", "a/b"] {
            assert!(bad.parse::<ServiceId>().is_err(), "{bad}");
        }
    }
}
