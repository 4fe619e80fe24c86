//! Values on their way into a statement and rows on their way out, the same for both engines. Never
//! runs a statement.

use sqlx::Row as _;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use uuid::Uuid;

use crate::error::StorageError;

/// A value on its way into a statement. Nulls keep their type: PostgreSQL wants to know.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Id(Option<Uuid>),
}

pub(super) fn sqlite_args(values: Vec<Value>) -> SqliteArguments {
    use sqlx::Arguments;
    let mut args = SqliteArguments::default();
    for value in values {
        // Encoding these types cannot fail.
        let _encoded = match value {
            Value::Int(value) => args.add(value),
            Value::Text(value) => args.add(value),
            Value::Bytes(value) => args.add(value),
            Value::Id(value) => args.add(value),
        };
    }
    args
}

pub(super) fn postgres_args(values: Vec<Value>) -> PgArguments {
    use sqlx::Arguments;
    let mut args = PgArguments::default();
    for value in values {
        // Encoding these types cannot fail.
        let _encoded = match value {
            Value::Int(value) => args.add(value),
            Value::Text(value) => args.add(value),
            Value::Bytes(value) => args.add(value),
            Value::Id(value) => args.add(value),
        };
    }
    args
}

/// A row of either engine.
#[derive(Debug)]
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! readers {
    ($($(#[$doc:meta])* $name:ident -> $type:ty;)*) => {
        impl Row {
            $($(#[$doc])*
            pub(crate) fn $name(&self, column: &str) -> Result<$type, StorageError> {
                Ok(match self {
                    Self::Sqlite(row) => row.try_get(column)?,
                    Self::Postgres(row) => row.try_get(column)?,
                })
            })*
        }
    };
}

readers! {
    int -> i64;
    int_or_none -> Option<i64>;
    text -> String;
    text_or_none -> Option<String>;
    bytes -> Vec<u8>;
    bytes_or_none -> Option<Vec<u8>>;
    id -> Uuid;
    id_or_none -> Option<Uuid>;
}

macro_rules! values {
    ($($variant:ident: $($type:ty => |$value:ident| $conversion:expr),*;)*) => {$($(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                Self::$variant($conversion)
            }
        }
    )*)*};
}

values! {
    Int: i64 => |value| Some(value), Option<i64> => |value| value, bool => |value| Some(value.into()),
         u8 => |value| Some(value.into()), u32 => |value| Some(value.into()),
         clau_domain::time::Timestamp => |value| Some(value.as_millis()),
         Option<clau_domain::time::Timestamp> => |value| value.map(|value| value.as_millis());
    Text: String => |value| Some(value), &str => |value| Some(value.to_owned()),
          &String => |value| Some(value.clone()),
          Option<String> => |value| value, Option<&str> => |value| value.map(str::to_owned);
    Bytes: Vec<u8> => |value| Some(value), &[u8] => |value| Some(value.to_vec()),
           Option<Vec<u8>> => |value| value,
           clau_domain::secret::Digest => |value| Some(value.as_bytes().to_vec()),
           Option<clau_domain::secret::Digest> => |value| value.map(|value| value.as_bytes().to_vec());
    Id: Uuid => |value| Some(value), Option<Uuid> => |value| value,
        clau_domain::ids::PersonId => |value| Some(value.as_uuid()),
        clau_domain::ids::FactorId => |value| Some(value.as_uuid()),
        Option<clau_domain::ids::PersonId> => |value| value.map(|value| value.as_uuid()),
        clau_domain::ids::StructureId => |value| Some(value.as_uuid()),
        clau_domain::ids::ImportId => |value| Some(value.as_uuid()),
        clau_domain::ids::NoticeId => |value| Some(value.as_uuid()),
        clau_domain::ids::MergeId => |value| Some(value.as_uuid());
}

/// Values for a statement, in the order of its binds.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::engine::Value::from($value)),*] };
}
pub(crate) use args;
