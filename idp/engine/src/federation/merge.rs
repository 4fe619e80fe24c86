//! Records that are one human's: said by an account elsewhere that has the keys of both, or by an operator; taken back
//! whole. Never said because of a name alone.

use clau_domain::connector::Connector;
use clau_domain::identity::ExternalIdentity;
use clau_domain::ids::{MergeId, PersonId};
use clau_domain::person::Person;
use clau_storage::links::Link;
use clau_storage::{accounts, matching, merges, people};

use super::find::{Found, Reason, Stop, have_one_name};
use super::sources::Source;
use crate::error::Error;
use crate::logout::Because;
use crate::{Cx, Hub};

impl Hub {
    /// Several records that one account elsewhere has the keys of are one human's, where they have one name; of
    /// others nobody knows which is meant.
    pub(super) async fn unify(
        &self,
        cx: &Cx<'_>,
        connector: &Connector,
        within: Vec<(Person, Vec<Reason>)>,
    ) -> Result<Found, Error> {
        let mut people = within.into_iter();
        let Some((mut kept, mut because)) = people.next() else {
            return Ok(Found::Nobody(Stop::NobodyThere));
        };
        let others: Vec<(Person, Vec<Reason>)> = people.collect();
        if others.iter().any(|(other, _)| !have_one_name(&kept, other)) {
            return Ok(Found::Nobody(Stop::Several));
        }
        for (other, reasons) in others {
            // Who has an account already keeps it.
            let (stays, goes) = if self.is_used(other.id).await? && !self.is_used(kept.id).await? {
                (other, kept)
            } else {
                (kept, other)
            };
            self.merge_by_keys(cx, connector, (stays.id, goes.id))
                .await?;
            kept = stays;
            because.extend(reasons);
        }
        Ok(Found::One(kept.id, because))
    }

    /// The same for somebody who is linked already: a new key of theirs has come since.
    pub(super) async fn unify_by_keys(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        (link, identity): (Link, &ExternalIdentity),
    ) -> Result<Link, Error> {
        if identity.feed_keys.len() < 2 {
            return Ok(link);
        }
        let connector = source.connector();
        let Some(own) = people::find(self.database(), link.person).await? else {
            return Ok(link);
        };
        for key in &identity.feed_keys {
            let Some(feed) = connector.trust.source_of_academy(&key.academy) else {
                continue;
            };
            let found = matching::by_record(self.database(), feed, &key.key).await?;
            for other in found.into_iter().filter(|found| found.person != own.id) {
                let other = people::find(self.database(), other.person).await?;
                if let Some(other) = other.filter(|other| have_one_name(&own, other)) {
                    self.merge_by_keys(cx, connector, (own.id, other.id))
                        .await?;
                }
            }
        }
        Ok(link)
    }

    async fn is_used(&self, person: PersonId) -> Result<bool, Error> {
        let account = accounts::by_person(self.database(), person).await?;
        Ok(account.is_some_and(|account| account.activated_at.is_some()))
    }

    async fn merge_by_keys(
        &self,
        cx: &Cx<'_>,
        connector: &Connector,
        (kept, gone): (PersonId, PersonId),
    ) -> Result<(), Error> {
        let by = format!("connector:{}", connector.id);
        self.merge_people(
            cx,
            (kept, gone),
            (&by, "one account there has the keys of both"),
        )
        .await
        .map(drop)
    }

    /// Two records are one human's: everything of `gone` is `kept`'s from now on, until it is undone. The name by
    /// which it can be undone; none where they are one already.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Defect`].
    pub async fn merge_people(
        &self,
        cx: &Cx<'_>,
        (kept, gone): (PersonId, PersonId),
        (by, reason): (&str, &str),
    ) -> Result<Option<MergeId>, Error> {
        let id = MergeId::mint(cx.now, cx.random);
        let mut tx = self.database().begin().await?;
        let new = merges::NewMerge {
            id,
            kept,
            gone,
            by,
            reason,
        };
        if !merges::merge(&mut tx, new, cx.now).await? {
            return Ok(None);
        }
        tx.commit().await?;
        self.end_all(cx, gone, None, Because::Locked).await?;
        tracing::info!(
            event = "person.merged",
            kept = %kept,
            gone = %gone,
            merge = %id,
            by,
            "two records are one person's"
        );
        Ok(Some(id))
    }

    /// Takes a merge back; whether there was one to take back.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn unmerge_people(&self, cx: &Cx<'_>, merge: MergeId) -> Result<bool, Error> {
        let mut tx = self.database().begin().await?;
        let undone = merges::undo(&mut tx, merge, cx.now).await?;
        tx.commit().await?;
        if let Some(undone) = &undone {
            // What the sessions of the one may show is less now.
            self.end_all(cx, undone.kept, None, Because::Locked).await?;
            tracing::info!(event = "person.unmerged", merge = %merge, "a merge was taken back");
        }
        Ok(undone.is_some())
    }
}
