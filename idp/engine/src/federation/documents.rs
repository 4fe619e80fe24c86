//! Documents of sources: metadata, discovery, keys. Fetched in the background by one node, believed by the driver
//! or not, kept in the store with the last good copy, and handed to the drivers of every node (FED-12). Never
//! fetched while somebody waits, but for keys that have just been replaced, and then once a minute at most.

use std::sync::PoisonError;
use std::time::Duration;

use clau_connectors::contract::{Fault, Taken, Wanted, WantedFrom};
use clau_domain::connector::ConnectorId;
use clau_domain::time::Timestamp;
use clau_storage::connector_documents::{self, DocumentRow, Good, Tried};
use clau_storage::saml_metadata;
use futures_util::future::join_all;

use super::sources::{Source, Sources};
use crate::error::Error;
use crate::outbound::Fetched;
use crate::saml::sources::federation_copy;
use crate::{Cx, Hub};

/// When a fetch that has failed is tried again: soon where there is no copy to go on with.
const AGAIN: Duration = Duration::from_secs(5 * 60);
const AGAIN_WITHOUT: Duration = Duration::from_secs(15);
/// How often somebody who logs in may cause a document to be fetched.
const AT_ONCE: Duration = Duration::from_secs(60);

impl Hub {
    /// Fetches what is due, every source by itself: one that hangs holds up no other. How many documents were
    /// tried. One node does it at a time.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn refresh_documents(&self, cx: &Cx<'_>) -> Result<usize, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let sources = catalogue.sources();
        let ids: Vec<&ConnectorId> = sources.all().map(|source| source.id()).collect();
        connector_documents::keep_only(self.database(), &ids).await?;
        let rows = connector_documents::all(self.database()).await?;
        let each = sources.in_use().map(|source| {
            let rows = &rows;
            async move {
                let mut tried = 0;
                // One after the other: where the keys are is known when discovery has been read.
                let mut seen = Vec::new();
                while let Some(wanted) = next_wanted(source, &seen) {
                    let row = row_of(rows, source, &wanted);
                    if row.is_none_or(|row| row.next_at <= cx.now) {
                        self.refresh_document(cx, source, &wanted, row).await?;
                        tried += 1;
                    }
                    seen.push(wanted.name);
                }
                Ok::<usize, Error>(tried)
            }
        });
        let mut all = 0;
        for tried in join_all(each).await {
            all += tried?;
        }
        Ok(all)
    }

    /// Fetches all documents of a source now: what an operator asks for, and what a login asks for that has met a
    /// key which is not known. Whether everything was believed.
    pub(super) async fn refresh_source_now(
        &self,
        cx: &Cx<'_>,
        source: &Source,
    ) -> Result<bool, Error> {
        let rows = connector_documents::all(self.database()).await?;
        let mut seen = Vec::new();
        let mut all = true;
        while let Some(wanted) = next_wanted(source, &seen) {
            let row = row_of(&rows, source, &wanted);
            all &= self.refresh_document(cx, source, &wanted, row).await?;
            seen.push(wanted.name);
        }
        Ok(all)
    }

    /// The same for one document, where nobody has caused it within a minute.
    pub(super) async fn renew_at_once(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        name: &str,
    ) -> Result<bool, Error> {
        let wanted = wanted_of(source)
            .into_iter()
            .find(|wanted| wanted.name == name);
        let Some(wanted) = wanted else {
            return Ok(false);
        };
        let rows = connector_documents::all(self.database()).await?;
        let row = row_of(&rows, source, &wanted);
        if row.is_some_and(|row| cx.now.since(row.tried_at) < AT_ONCE) {
            return Ok(false);
        }
        self.refresh_document(cx, source, &wanted, row).await
    }

    /// Tries one document and notes how it went; whether it was believed.
    async fn refresh_document(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        wanted: &Wanted,
        row: Option<&DocumentRow>,
    ) -> Result<bool, Error> {
        let has_copy = row.is_some_and(|row| row.good_at.is_some());
        let origin = origin(wanted);
        let tried = |next_at, problem| Tried {
            connector: source.id(),
            name: wanted.name,
            origin: &origin,
            now: cx.now,
            next_at,
            problem,
        };
        let problem = match self.fetch_document(cx, source, wanted, row).await {
            Ok(None) => {
                let until = row.and_then(|row| row.valid_until);
                let next = next_fetch(cx.now, wanted, until);
                connector_documents::put_tried(self.database(), tried(next, None)).await?;
                return Ok(true);
            }
            Ok(Some(fetched)) => {
                let good = Good {
                    connector: source.id(),
                    name: wanted.name,
                    origin: &origin,
                    body: &fetched.body,
                    tag: fetched.tag.as_deref(),
                    now: cx.now,
                    valid_until: fetched.taken.valid_until,
                    next_at: next_fetch(cx.now, wanted, fetched.taken.valid_until),
                    warnings: &fetched.taken.warnings,
                };
                connector_documents::put_good(self.database(), good).await?;
                return Ok(true);
            }
            Err(fault) => fault.to_string(),
        };
        tracing::warn!(
            event = "source.document_refused",
            connector = %source.id(),
            document = wanted.name,
            cause = problem,
            good_at = row.and_then(|row| row.good_at).map(Timestamp::rfc3339),
            "a document of a source was not taken; the last good copy stays"
        );
        let next = cx.now + if has_copy { AGAIN } else { AGAIN_WITHOUT };
        connector_documents::put_tried(self.database(), tried(next, Some(&problem))).await?;
        Ok(false)
    }

    /// A document that its driver believes; none where the copy is still the newest.
    async fn fetch_document(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        wanted: &Wanted,
        row: Option<&DocumentRow>,
    ) -> Result<Option<FetchedDocument>, Fault> {
        let (body, tag) = match &wanted.from {
            WantedFrom::Url(url) => {
                // Without the copy there is nothing to go on with, whatever its tag.
                let tag = row.filter(|row| row.good_at.is_some());
                let tag = tag.and_then(|row| row.tag.as_deref());
                let fetched = self.inner.outbound.fetch_small(url, tag, wanted.longest);
                match fetched.await {
                    Ok(Fetched::Same) => return Ok(None),
                    Ok(Fetched::Document { bytes, tag }) => (bytes, tag),
                    Err(error) => return Err(Fault::NoAnswer(error.to_string())),
                }
            }
            WantedFrom::Federation {
                federation,
                entity_id,
            } => {
                let found = self
                    .entity_of_federation(federation, entity_id, cx.now)
                    .await;
                let found = found.map_err(|error| Fault::Unusable(error.to_string()))?;
                let body = found.ok_or_else(|| {
                    Fault::Unusable(format!(
                        "`{entity_id}` is not in what was read of the federation `{federation}`"
                    ))
                })?;
                (body.into_bytes(), None)
            }
        };
        let Some(driver) = source.driver() else {
            return Err(Fault::Unusable("its registration cannot work".to_owned()));
        };
        let taken = driver.take(wanted.name, &body, cx.now)?;
        Ok(Some(FetchedDocument { body, tag, taken }))
    }

    /// Hands drivers the copies that they do not have yet: this node has just begun, or another one has fetched.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn load_documents(
        &self,
        sources: &Sources,
        now: Timestamp,
    ) -> Result<(), Error> {
        if sources.in_use().next().is_none() {
            return Ok(());
        }
        let rows = connector_documents::all(self.database()).await?;
        for source in sources.in_use() {
            let mut seen = Vec::new();
            while let Some(wanted) = next_wanted(source, &seen) {
                seen.push(wanted.name);
                let version = row_of(&rows, source, &wanted).map_or(0, |row| row.version);
                if version == 0 || self.has_loaded(source, wanted.name, version) {
                    continue;
                }
                let key = (source.id().clone(), wanted.name.to_owned());
                let copy = connector_documents::body(self.database(), key).await?;
                // A copy from elsewhere than the registration says now is none.
                let copy = copy.filter(|copy| copy.origin == origin(&wanted));
                let (Some(copy), Some(driver)) = (copy, source.driver()) else {
                    continue;
                };
                if let Err(fault) = driver.take(wanted.name, &copy.bytes, now) {
                    // It was believed when it was fetched: it has expired since, or the registration is
                    // another one now.
                    tracing::warn!(
                        event = "source.copy_refused",
                        connector = %source.id(),
                        document = wanted.name,
                        cause = %fault,
                        "the last good copy of a document is good no longer"
                    );
                }
                self.note_loaded(source, wanted.name, copy.version);
            }
        }
        Ok(())
    }

    /// The same for the connectors as they are registered now: in the background, on every node.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn load_new_documents(&self, cx: &Cx<'_>) -> Result<(), Error> {
        let catalogue = self.catalogue(cx.now).await?;
        self.load_documents(catalogue.sources(), cx.now).await
    }

    /// What a federation says of an entity, as it was verified; none where it does not know it, or where what was
    /// verified has expired.
    async fn entity_of_federation(
        &self,
        name: &str,
        entity_id: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let mut known = self.settings().saml.federations.iter();
        let Some(federation) = known.find(|known| known.name == name) else {
            return Ok(None);
        };
        let copy = federation_copy(federation, entity_id);
        let whole = saml_metadata::source(self.database(), &copy).await?;
        let until = whole.and_then(|source| source.valid_until);
        if until.is_some_and(|until| until <= now) {
            return Ok(None);
        }
        let row = saml_metadata::find(self.database(), &copy, entity_id).await?;
        Ok(row.map(|row| row.xml))
    }

    fn has_loaded(&self, source: &Source, name: &str, version: i64) -> bool {
        let loaded = source.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.get(name) == Some(&version)
    }

    fn note_loaded(&self, source: &Source, name: &str, version: i64) {
        let mut loaded = source.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.insert(name.to_owned(), version);
    }
}

/// A document that its driver believes.
struct FetchedDocument {
    body: Vec<u8>,
    tag: Option<String>,
    taken: Taken,
}

/// Where a document is, in words: a copy belongs to it.
fn origin(wanted: &Wanted) -> String {
    match &wanted.from {
        WantedFrom::Url(url) => url.as_str().to_owned(),
        WantedFrom::Federation {
            federation,
            entity_id,
        } => format!("federation:{federation}:{entity_id}"),
    }
}

/// When a document is fetched again: as planned, and well before it expires.
fn next_fetch(now: Timestamp, wanted: &Wanted, until: Option<Timestamp>) -> Timestamp {
    let planned = now + wanted.every;
    until.map_or(planned, |until| {
        planned.min(now + (until.since(now) / 2).max(AGAIN))
    })
}

fn wanted_of(source: &Source) -> Vec<Wanted> {
    source
        .driver()
        .map_or_else(Vec::new, |driver| driver.documents())
}

/// The next document of a source after those of these names. Asked each time: what a driver wants may follow from
/// what it has read.
fn next_wanted(source: &Source, seen: &[&str]) -> Option<Wanted> {
    let mut wanted = wanted_of(source).into_iter();
    wanted.find(|wanted| !seen.contains(&wanted.name))
}

fn row_of<'r>(
    rows: &'r [DocumentRow],
    source: &Source,
    wanted: &Wanted,
) -> Option<&'r DocumentRow> {
    let mut of_document = rows.iter();
    let row = of_document.find(|row| row.key.0 == *source.id() && row.key.1 == wanted.name);
    // What is known of another address says nothing of this one.
    row.filter(|row| row.origin == origin(wanted))
}
