//! Import of a complete feed: staged, checked, and only then applied, school by school (IMP-03). A set
//! that would do harm is refused whole and the directory stays as it was; a crash while applying is
//! resumed. Never reads a file: the records come in. Never touches passwords, logins or codes of
//! accounts that exist (IMP-07). Spec: security.md §12, FT-02, REL-06; french-ent.md §2.11.
//!
//! Three phases, each in short transactions so that logins go on (IMP-08):
//! 1. *stage*: every record becomes rows of the stage tables; a reader's refusal ends it here;
//! 2. *check*: verdicts in sets, independent of the order of delivery; thresholds; the report;
//! 3. *apply*: structures, then each school with its people in one transaction, marked done in it.

use std::collections::HashMap;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Mutex;
use std::time::Duration;

use clau_domain::feed::{Item, Refusal, Warning};
use clau_domain::ids::{ImportId, PersonId, StructureId};
use clau_domain::random::Random;
use clau_domain::time::Timestamp;
use clau_storage::imports::apply::Rules;
use clau_storage::imports::check::AbsenceRule;
use clau_storage::imports::stage::{Mint, StagePerson};
use clau_storage::imports::{self, Fence, ImportRow, Pending};
use clau_storage::leases;
use zeroize::Zeroizing;

use crate::{Cx, Hub};

mod check;
mod convert;
mod order;
mod report;
mod stage;

use order::percent;
pub use order::{Delivery, ImportError, ImportOptions, Phase, Progress, Watch};
pub use report::{Counts, NotImported, Reason, ReasonCount, Report, School, WarningGroup};

/// How long the lease is prolonged at each transaction. A holder that dies blocks the next import no
/// longer than that; none of our transactions takes as long.
const LEASE: Duration = Duration::from_secs(60);

impl Hub {
    /// Imports a complete delivery. An import that a crash interrupted is finished first.
    ///
    /// # Errors
    /// [`ImportError`]; the directory is as it was, except after [`ImportError::TakenOver`] or an
    /// error of a store while applying: then whole schools may be done, and the rest is resumed by
    /// [`Hub::resume_import`] or the next import.
    pub async fn import<I>(
        &self,
        cx: &Cx<'_>,
        delivery: Delivery<I>,
        options: ImportOptions,
        watch: &dyn Watch,
    ) -> Result<Report, ImportError>
    where
        I: Iterator<Item = Result<Item, Refusal>> + Send + 'static,
    {
        if !is_source(&delivery.source) {
            return Err(ImportError::BadSource(delivery.source));
        }
        let run = self.take_import_lease(cx, watch).await?;
        let outcome = run.import(delivery, options).await;
        run.release().await;
        outcome
    }

    /// Finishes an import that a crash interrupted while applying, if there is one.
    ///
    /// # Errors
    /// [`ImportError::Running`] while its lease runs; [`ImportError::Hub`].
    pub async fn resume_import(
        &self,
        cx: &Cx<'_>,
        watch: &dyn Watch,
    ) -> Result<Option<Report>, ImportError> {
        if imports::pending(self.database()).await?.is_none() {
            return Ok(None);
        }
        let run = self.take_import_lease(cx, watch).await?;
        let outcome = run.resume().await;
        run.release().await;
        outcome
    }

    async fn take_import_lease<'a>(
        &'a self,
        cx: &'a Cx<'a>,
        watch: &'a dyn Watch,
    ) -> Result<Run<'a>, ImportError> {
        let now = watch.now();
        let holder = ImportId::mint(now, cx.random);
        let name = holder.to_string();
        if leases::take(self.database(), imports::LEASE, &name, now + LEASE, now).await? {
            imports::make_room(self.patient_database()).await?;
            Ok(Run {
                hub: self,
                cx,
                watch,
                holder,
                started_at: now,
            })
        } else {
            Err(ImportError::Running)
        }
    }
}

/// An import under its lease.
struct Run<'a> {
    hub: &'a Hub,
    cx: &'a Cx<'a>,
    watch: &'a dyn Watch,
    holder: ImportId,
    started_at: Timestamp,
}

impl Run<'_> {
    fn fence(&self) -> Fence {
        Fence {
            holder: self.holder,
            until: self.watch.now() + LEASE,
        }
    }

    async fn release(&self) {
        let name = self.holder.to_string();
        if let Err(error) =
            leases::release(self.hub.patient_database(), imports::LEASE, &name).await
        {
            tracing::warn!(%error, "the lease of the import is not given back; it runs out");
        }
        if let Err(error) = imports::give_room_back(self.hub.patient_database()).await {
            tracing::warn!(%error, "the memory of the import stays with the database");
        }
    }

    async fn import<I>(
        &self,
        delivery: Delivery<I>,
        options: ImportOptions,
    ) -> Result<Report, ImportError>
    where
        I: Iterator<Item = Result<Item, Refusal>> + Send + 'static,
    {
        self.resume().await?;
        let row = ImportRow {
            id: self.holder,
            source: delivery.source,
            set_name: delivery.name,
            set_date: delivery.date.to_string(),
            started_at: self.started_at,
        };
        let applied = imports::last_applied(self.hub.patient_database(), &row.source).await?;
        let absences = self.absence_rule(applied.as_deref(), &row);
        match applied {
            Some(applied) if row.set_date < applied => {
                return Err(ImportError::Older {
                    found: row.set_date,
                    applied,
                });
            }
            _ => {}
        }
        imports::begin(self.hub.patient_database(), self.fence(), &row).await?;
        let planned = self
            .plan(&row, (delivery.warnings, delivery.entries), absences)
            .await;
        let planned = planned.and_then(|report| refuse_losses(report, options.max_gone_percent));
        let report = match planned {
            Ok(report) => report,
            Err(error) => {
                self.refuse(&row, &error).await;
                return Err(error);
            }
        };
        for alarm in report.alarms().take(100) {
            tracing::warn!(source = %row.source, record = %alarm, "import alarm (IMP-07)");
        }
        if options.dry_run {
            let now = self.watch.now();
            imports::discard(self.hub.patient_database(), self.fence(), row.id, None, now).await?;
            return Ok(self.timed(Report {
                dry_run: true,
                ..report
            }));
        }
        let schools: Vec<String> = report.schools.iter().map(|s| s.key.clone()).collect();
        let database = self.hub.patient_database();
        let kept = report.to_keep();
        imports::begin_applying(database, self.fence(), row.id, &schools, &kept).await?;
        self.apply(&row, absences, report).await
    }

    /// Stages and checks.
    async fn plan<I>(
        &self,
        row: &ImportRow,
        (warnings, entries): (Vec<Warning>, I),
        absences: AbsenceRule,
    ) -> Result<Report, ImportError>
    where
        I: Iterator<Item = Result<Item, Refusal>> + Send + 'static,
    {
        let staged = self.stage(warnings, entries).await?;
        self.check(&row.source, staged.records).await?;
        let mut report = Report {
            source: row.source.clone(),
            set: row.set_name.clone(),
            date: row.set_date.clone(),
            records: staged.records,
            people: staged.people,
            ..Report::default()
        };
        check::tell(
            self.hub.patient_database(),
            staged.oddities,
            absences,
            &mut report,
        )
        .await?;
        Ok(report)
    }

    /// The share that is missing is judged before this; from here on everything is applied.
    async fn apply(
        &self,
        row: &ImportRow,
        absences: AbsenceRule,
        mut report: Report,
    ) -> Result<Report, ImportError> {
        let database = self.hub.patient_database();
        let rules = Rules {
            source: &row.source,
            absences,
            started_at: row.started_at,
        };
        imports::apply::structures(database, self.fence(), rules).await?;
        let open = imports::apply::open_schools(database).await?;
        let total = u64::try_from(open.len()).ok();
        let life = self.hub.settings().activation_life;
        let pooled = Pooled::new(self.cx.random);
        let cx = Cx {
            now: self.cx.now,
            random: &pooled,
            client: self.cx.client.clone(),
            reference: self.cx.reference.clone(),
        };
        for (done, school) in (1..).zip(&open) {
            let code = |person| self.hub.keys().new_code(&cx, person, life);
            let made = imports::apply::school(database, self.fence(), rules, school, code).await?;
            report.accounts_created += made;
            self.watch.progress(Progress {
                phase: Phase::Applying,
                done,
                total,
            });
        }
        let report = self.timed(report);
        let now = self.watch.now();
        imports::finish(database, self.fence(), row.id, &report.to_keep(), now).await?;
        Ok(report)
    }

    async fn resume(&self) -> Result<Option<Report>, ImportError> {
        let Some(Pending { row, report }) = imports::pending(self.hub.patient_database()).await?
        else {
            return Ok(None);
        };
        tracing::info!(set = %row.set_name, source = %row.source, "resuming an interrupted import");
        let mut report: Report = serde_json::from_str(&report).unwrap_or_default();
        check::name_not_imported(self.hub.patient_database(), &mut report).await?;
        let applied = imports::last_applied(self.hub.patient_database(), &row.source).await?;
        let absences = self.absence_rule(applied.as_deref(), &row);
        self.apply(&row, absences, report).await.map(Some)
    }

    /// The same delivery again, or a corrected one of the same day, is no further absence.
    fn absence_rule(&self, applied: Option<&str>, row: &ImportRow) -> AbsenceRule {
        AbsenceRule {
            newer: applied.is_none_or(|applied| applied < row.set_date.as_str()),
            limit: self.hub.settings().absences_before_suspension.max(1),
        }
    }

    /// Empties the stage tables and keeps why. What cannot be emptied now is by the next import.
    async fn refuse(&self, row: &ImportRow, error: &ImportError) {
        let report = serde_json::json!({ "refused": error.to_string() }).to_string();
        let (fence, now) = (self.fence(), self.watch.now());
        let database = self.hub.patient_database();
        if let Err(error) = imports::discard(database, fence, row.id, Some(&report), now).await {
            tracing::warn!(%error, "the refused delivery stays staged until the next import");
        }
    }

    fn timed(&self, mut report: Report) -> Report {
        let took = self.watch.now().since(self.started_at).as_millis();
        report.milliseconds = u64::try_from(took).unwrap_or(u64::MAX);
        report.people_per_second = report.people * 1000 / report.milliseconds.max(1);
        report
    }

    fn mint(&self) -> Minter<'_> {
        Minter::new(self.started_at, self.cx.random)
    }
}

/// A school that loses more people than it may refuses the whole set.
fn refuse_losses(report: Report, limit_percent: f64) -> Result<Report, ImportError> {
    let too_many = |school: &&School| percent(school.counts.gone, school.before) > limit_percent;
    let schools: Vec<School> = report.schools.iter().filter(too_many).cloned().collect();
    if schools.is_empty() {
        return Ok(report);
    }
    Err(ImportError::TooManyGone {
        schools,
        limit_percent,
        report: Box::new(report),
    })
}

fn is_source(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&name.len()) && name.bytes().all(allowed) && name != "local"
}

/// Mints ids of one instant that sort by school (RFC 9562 §6.2, method 1: a counter in the leading random
/// bits). Random order would write to half a million
/// places of every index. A guardian goes with a child's school, where the delivery has told it by then;
/// where not, the id is only less well placed.
struct Minter<'a> {
    now: Timestamp,
    random: &'a dyn Random,
    /// Ids given.
    given: u32,
    /// Number of each school.
    schools: HashMap<String, u32>,
    /// School of a guardian's child, by a hash of the guardian's key.
    guardians: HashMap<u64, u32>,
}

/// Bits of an id that number schools and, within one, people. More of either begin again at 0: ids stay
/// unique by their 48 random bits.
const SCHOOL_BITS: u32 = 11;
const PERSON_BITS: u32 = 15;
/// Guardians remembered at most (AVL-10).
const GUARDIANS: usize = 2_000_000;

impl<'a> Minter<'a> {
    fn new(now: Timestamp, random: &'a dyn Random) -> Self {
        Self {
            now,
            random,
            given: 0,
            schools: HashMap::new(),
            guardians: HashMap::new(),
        }
    }

    fn school(&mut self, key: &str) -> u32 {
        if let Some(number) = self.schools.get(key) {
            return *number;
        }
        let next = u32::try_from(self.schools.len()).unwrap_or_default() % (1 << SCHOOL_BITS);
        if self.schools.len() < GUARDIANS {
            self.schools.insert(key.to_owned(), next);
        }
        next
    }

    fn number(&mut self, person: &StagePerson) -> u32 {
        if person.kind != "guardian" {
            let school = self.school(&person.home);
            for relation in &person.relations {
                if self.guardians.len() < GUARDIANS {
                    self.guardians
                        .entry(hash(&relation.guardian))
                        .or_insert(school);
                }
            }
            return school;
        }
        self.guardians
            .get(&hash(&person.key))
            .copied()
            .unwrap_or_default()
    }

    fn counted(&mut self, school: u32) -> Counted<'a> {
        self.given = self.given.wrapping_add(1);
        let number = (school << PERSON_BITS) | (self.given % (1 << PERSON_BITS));
        Counted {
            random: self.random,
            number,
        }
    }
}

fn hash(key: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

impl Mint for Minter<'_> {
    fn person(&mut self, person: &StagePerson) -> PersonId {
        let school = self.number(person);
        PersonId::mint(self.now, &self.counted(school))
    }

    fn structure(&mut self) -> StructureId {
        StructureId::mint(self.now, &self.counted(0))
    }
}

/// Secure random bytes fetched a few thousand at a time: an import asks a dozen times for each account,
/// and the generator's cost is by the request. Every byte is handed out once; the pool is wiped at the end.
struct Pooled<'a> {
    random: &'a dyn Random,
    pool: Mutex<Zeroizing<Vec<u8>>>,
}

/// Bytes fetched at a time.
const POOL: usize = 4096;

impl<'a> Pooled<'a> {
    fn new(random: &'a dyn Random) -> Self {
        Self {
            random,
            pool: Mutex::new(Zeroizing::new(Vec::with_capacity(POOL))),
        }
    }
}

impl Random for Pooled<'_> {
    fn fill(&self, bytes: &mut [u8]) {
        let Ok(mut pool) = self.pool.lock() else {
            return self.random.fill(bytes);
        };
        for byte in bytes {
            if pool.is_empty() {
                pool.resize(POOL, 0);
                self.random.fill(&mut pool);
            }
            // Just filled: never empty here, and zero would only be a byte of that value.
            *byte = pool.pop().unwrap_or_default();
        }
    }
}

/// Random bytes whose first 26 bits, as an id of version 7 uses them, are a number.
struct Counted<'a> {
    random: &'a dyn Random,
    number: u32,
}

impl Random for Counted<'_> {
    fn fill(&self, bytes: &mut [u8]) {
        self.random.fill(bytes);
        // Version and variant overwrite the upper half of the first byte and two bits of the third.
        let [a, b, c, d] = (self.number << 2).to_be_bytes();
        let spread = [
            a >> 4,
            (a << 4) | (b >> 4),
            ((b & 0xf) << 2) | (c >> 6),
            (c << 2) | (d >> 6),
        ];
        for (to, from) in bytes.iter_mut().zip(spread) {
            *to = from;
        }
    }
}

#[cfg(test)]
mod tests;
