//! Who answers for whom, when two people become one and when they are two again. A relation goes where the
//! records go that tell of it, so that nobody gets authority that no record of theirs gives (FED-13).

use std::collections::BTreeSet;

use clau_domain::ids::PersonId;
use clau_domain::secret::Digest;
use serde::{Deserialize, Serialize};

use super::sql;
use crate::engine::{Row, Tx, Value, args};
use crate::error::StorageError;

/// Records: source, kind and key.
pub(super) type Keys = BTreeSet<(String, String, String)>;

/// A relation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tie {
    pupil: PersonId,
    guardian: PersonId,
    source: String,
    kinship: String,
    legal_rank: i64,
    financial: i64,
    contact: i64,
    payment: i64,
    /// The records that tell of it; absent where no feed does.
    pupil_key: Option<String>,
    guardian_key: Option<String>,
}

/// A relation that moved.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MovedTie {
    /// As it was.
    from: Tie,
    /// What stood where it came to: the two are one there.
    met: Option<Tie>,
}

impl MovedTie {
    /// What stands where it came to, as long as nothing has changed it.
    fn arrived(&self, gone: PersonId, kept: PersonId) -> Tie {
        let moved = self.from.with(gone, kept);
        match &self.met {
            Some(met) => met.clone().and(&moved),
            None => moved,
        }
    }

    /// Whether no feed tells of it on the side that moved: nothing but a person changes it.
    fn by_hand(&self, gone: PersonId) -> bool {
        (self.from.guardian == gone && self.from.guardian_key.is_none())
            || (self.from.pupil == gone && self.from.pupil_key.is_none())
    }
}

impl Tie {
    /// The relation with one person in place of another.
    fn with(&self, one: PersonId, other: PersonId) -> Self {
        let instead = |person| if person == one { other } else { person };
        Self {
            pupil: instead(self.pupil),
            guardian: instead(self.guardian),
            ..self.clone()
        }
    }

    /// Two relations of the same people as one: the lesser rank holds, as in an import.
    fn and(self, other: &Self) -> Self {
        Self {
            kinship: self.kinship.min(other.kinship.clone()),
            legal_rank: self.legal_rank.min(other.legal_rank),
            financial: self.financial.max(other.financial),
            contact: self.contact.max(other.contact),
            payment: self.payment.max(other.payment),
            pupil_key: self.pupil_key.or_else(|| other.pupil_key.clone()),
            guardian_key: self.guardian_key.or_else(|| other.guardian_key.clone()),
            ..self
        }
    }

    fn place(&self) -> Vec<Value> {
        args![self.pupil, self.guardian, &self.source]
    }

    async fn write(&self, tx: &mut Tx) -> Result<(), StorageError> {
        let values = args![
            self.pupil,
            self.guardian,
            &self.source,
            &self.kinship,
            self.legal_rank,
            self.financial,
            self.contact,
            self.payment,
            self.pupil_key.clone(),
            self.guardian_key.clone(),
        ];
        tx.execute(sql::WRITE_RELATION, values).await.map(drop)
    }

    async fn remove(&self, tx: &mut Tx) -> Result<(), StorageError> {
        let values = self.place();
        tx.execute(sql::REMOVE_RELATION, values).await.map(drop)
    }
}

/// Makes the relations of the gone one those of the kept one.
pub(super) async fn carry(
    tx: &mut Tx,
    gone: PersonId,
    kept: PersonId,
) -> Result<Vec<MovedTie>, StorageError> {
    let mut moved = Vec::new();
    for from in around(tx, gone).await? {
        let met = find(tx, &from.with(gone, kept)).await?;
        from.remove(tx).await?;
        let tie = MovedTie { from, met };
        tie.arrived(gone, kept).write(tx).await?;
        moved.push(tie);
    }
    Ok(moved)
}

/// Gives the gone one back what its records tell of (`back`), and what moved and no feed tells of.
pub(super) async fn carry_back(
    tx: &mut Tx,
    (kept, gone): (PersonId, PersonId),
    back: &Keys,
    moved: &[MovedTie],
) -> Result<(), StorageError> {
    let theirs = |source: &str, kind: &str, key: &Option<String>| {
        key.as_ref()
            .is_some_and(|key| back.contains(&(source.to_owned(), kind.to_owned(), key.clone())))
    };
    for tie in around(tx, kept).await? {
        let mut to = tie.clone();
        if tie.guardian == kept && theirs(&tie.source, "guardian", &tie.guardian_key) {
            to.guardian = gone;
        }
        if tie.pupil == kept && theirs(&tie.source, "pupil", &tie.pupil_key) {
            to.pupil = gone;
        }
        if to != tie {
            tie.remove(tx).await?;
            to.write(tx).await?;
        }
    }
    for tie in moved.iter().rev() {
        let arrived = tie.arrived(gone, kept);
        let present = find(tx, &arrived).await?;
        match (&tie.met, present) {
            (Some(met), Some(present)) if present == arrived => {
                met.write(tx).await?;
                tie.from.write(tx).await?;
            }
            (None, Some(present)) if tie.by_hand(gone) => {
                present.remove(tx).await?;
                let from = &tie.from;
                let back = Tie {
                    pupil: from.pupil,
                    guardian: from.guardian,
                    ..present
                };
                back.write(tx).await?;
            }
            // Both records told of it, and one of them has told something else since: what is left is the
            // lesser of the two until the pupils' records are read again.
            (Some(met), _) => {
                let unknown = Digest::of("record", "to be read again");
                for pupil in [met.pupil, tie.from.pupil] {
                    tx.execute(sql::READ_ANEW, args![pupil, unknown]).await?;
                }
            }
            (None, _) => {}
        }
    }
    Ok(())
}

async fn around(tx: &mut Tx, person: PersonId) -> Result<Vec<Tie>, StorageError> {
    let rows = tx.all(sql::AROUND, args![person]).await?;
    rows.iter().map(tie).collect()
}

async fn find(tx: &mut Tx, place: &Tie) -> Result<Option<Tie>, StorageError> {
    let row = tx.optional(sql::FIND_RELATION, place.place()).await?;
    row.as_ref().map(tie).transpose()
}

fn tie(row: &Row) -> Result<Tie, StorageError> {
    Ok(Tie {
        pupil: PersonId::from_uuid(row.id("pupil_id")?),
        guardian: PersonId::from_uuid(row.id("guardian_id")?),
        source: row.text("source")?,
        kinship: row.text("kinship")?,
        legal_rank: row.int("legal_rank")?,
        financial: row.int("financial")?,
        contact: row.int("contact")?,
        payment: row.int("payment")?,
        pupil_key: row.text_or_none("pupil_key")?,
        guardian_key: row.text_or_none("guardian_key")?,
    })
}
