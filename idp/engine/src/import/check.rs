//! The second phase: verdicts, and the report of them. Never touches the directory.

use std::collections::BTreeMap;
use std::sync::Arc;

use clau_domain::feed::RecordKind;
use clau_storage::imports::check::{self, AbsenceRule, Leavers, Pass};
use clau_storage::{Database, StorageError};

use super::report::{Counts, NotImported, Oddities, Reason, ReasonCount, Report, School};
use super::{ImportError, Phase, Progress, Run};

/// Records judged in one transaction.
const RANGE: i64 = 20_000;

impl Run<'_> {
    /// Finds the verdict on every staged record.
    pub(super) async fn check(&self, source: &str, records: u64) -> Result<(), ImportError> {
        let database = self.hub.patient_database();
        check::structures(database, self.fence(), source).await?;
        let last = i64::try_from(records).unwrap_or(i64::MAX);
        let mut done = 0;
        for pass in [Pass::Own, Pass::Guardians] {
            let mut from = 1;
            while from <= last {
                let range = from..from.saturating_add(RANGE);
                from = range.end;
                check::people(database, self.fence(), source, pass, range).await?;
                done += u64::try_from(RANGE).unwrap_or_default();
                let total = 2 * records;
                let done = done.min(total);
                let total = Some(total);
                self.watch.progress(Progress {
                    phase: Phase::Checking,
                    done,
                    total,
                });
            }
        }
        Ok(())
    }
}

/// Writes the verdicts into the report.
pub(super) async fn tell(
    database: &Database,
    mut oddities: Oddities,
    absences: AbsenceRule,
    report: &mut Report,
) -> Result<(), StorageError> {
    for count in check::counts(database).await? {
        report
            .kinds
            .entry(count.kind)
            .or_default()
            .add(&count.verdict, count.records);
    }
    for (kind, gone, suspended) in
        check::leavers_by_kind(database, &report.source, absences).await?
    {
        let counts = report.kinds.entry(kind).or_default();
        counts.gone = gone;
        counts.suspended = suspended;
    }
    report.schools = schools(database, &report.source, absences).await?;
    report.elsewhere = check::affiliations_elsewhere(database).await?;
    check::dangling(database, |named| {
        let at = (named.file.as_str(), named.line);
        oddities.found(
            "no record of this guardian in the delivery",
            at,
            &named.key,
            &named.why,
        );
    })
    .await?;
    for named in check::shared_ine(database).await? {
        let what = "the INE is that of another person, kept apart until somebody has looked";
        oddities.found(what, (&named.file, named.line), &named.key, "");
    }
    for named in check::pseudo_with_pupils(database).await? {
        let what = "not a school by its type, imported because pupils are attached to it";
        oddities.found(what, (&named.file, named.line), &named.key, "");
    }
    oddities.into_report(report);
    name_not_imported(database, report).await
}

/// Names every record that is not imported.
pub(super) async fn name_not_imported(
    database: &Database,
    report: &mut Report,
) -> Result<(), StorageError> {
    let mut file: Arc<str> = Arc::from("");
    let mut named = Vec::new();
    let mut sums: BTreeMap<(Reason, &'static str), u64> = BTreeMap::new();
    check::turned_away(database, |record| {
        if *file != *record.file {
            file = Arc::from(record.file.as_str());
        }
        let kind = RecordKind::ALL.map(RecordKind::as_str);
        let kind = kind
            .into_iter()
            .find(|kind| **kind == record.kind)
            .unwrap_or("record");
        let reason = Reason::parse(&record.why).unwrap_or(Reason::BadKey);
        *sums.entry((reason, kind)).or_default() += 1;
        let key = record.key.into_boxed_str();
        named.push(NotImported {
            file: Arc::clone(&file),
            line: record.line,
            kind,
            key,
            reason,
        });
    })
    .await?;
    report.not_imported = named;
    report.reasons = sums
        .into_iter()
        .map(|((reason, kind), records)| ReasonCount {
            kind: kind.to_owned(),
            reason,
            records,
        })
        .collect();
    Ok(())
}

/// One line for each school of the delivery or of the directory.
async fn schools(
    database: &Database,
    source: &str,
    absences: AbsenceRule,
) -> Result<Vec<School>, StorageError> {
    let mut schools: BTreeMap<String, School> = BTreeMap::new();
    for (key, uai, name) in check::schools(database).await? {
        let school = School {
            key: key.clone(),
            uai: uai.unwrap_or_default(),
            name,
            ..School::default()
        };
        schools.insert(key, school);
    }
    for Leavers {
        key,
        uai,
        name,
        known,
        missing,
        suspended,
    } in check::leavers(database, source, absences).await?
    {
        let school = schools.entry(key.clone()).or_insert_with(|| School {
            key,
            uai,
            name,
            ..School::default()
        });
        school.before = known;
        school.counts = Counts {
            gone: missing,
            suspended,
            ..Counts::default()
        };
    }
    for (key, verdict, records) in check::counts_by_school(database).await? {
        if let Some(school) = schools.get_mut(&key) {
            school.counts.add(&verdict, records);
        }
    }
    Ok(schools.into_values().collect())
}
