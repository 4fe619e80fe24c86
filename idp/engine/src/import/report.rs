//! What an import says of itself, for people and in JSON: what was created, changed, left, refused,
//! and why; every record that is not imported is named. Never reads the directory. Spec: issue "AAF
//! import", security.md IMP-04, IMP-06, IMP-07.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use clau_domain::feed::Warning;
use serde::{Deserialize, Serialize};

mod text;

/// Warnings that are listed one by one; beyond it they are counted and the first of each kind shown.
const LISTED_WARNINGS: usize = 20_000;
/// Examples shown of each kind of warning.
const EXAMPLES: usize = 5;

/// What an import did, or in a rehearsal would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Name of the source.
    pub source: String,
    /// Name of the delivery.
    pub set: String,
    /// Day of the delivery, ISO 8601.
    pub date: String,
    /// Whether nothing was applied, only rehearsed.
    pub dry_run: bool,
    /// Records delivered, of every kind.
    pub records: u64,
    /// Of those, people.
    pub people: u64,
    /// Accounts made, each with a login and an activation code. In a rehearsal 0.
    pub accounts_created: u64,
    /// Functions and classes in schools that are no part of the region, left out.
    pub elsewhere: u64,
    /// Figures by kind of record: `structure`, `subject`, `mef`, `pupil`, `guardian`, `staff`.
    pub kinds: BTreeMap<String, Counts>,
    /// Figures by school.
    pub schools: Vec<School>,
    /// How many records are not imported, by reason.
    pub reasons: Vec<ReasonCount>,
    /// Every record that is not imported.
    #[serde(skip_deserializing)]
    pub not_imported: Vec<NotImported>,
    /// Oddities by kind.
    pub warnings: Vec<WarningGroup>,
    /// Oddities one by one, the first [`LISTED_WARNINGS`].
    #[serde(skip_deserializing)]
    pub warning_list: Vec<String>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// People a second, reading, checking and applying together.
    pub people_per_second: u64,
}

/// What happened to records of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// New to the directory.
    pub created: u64,
    /// Known, and said otherwise now.
    pub changed: u64,
    /// Known, and said the same.
    pub same: u64,
    /// Known, absent lately, back again.
    pub returned: u64,
    /// Known and absent from a complete delivery for the first time.
    pub gone: u64,
    /// Absent often enough that they no longer count.
    pub suspended: u64,
    /// Delivered and not imported, each named with its reason.
    pub not_imported: u64,
}

/// What happens to one school.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct School {
    /// Key in the source.
    pub key: String,
    /// UAI, empty for none.
    pub uai: String,
    /// Name.
    pub name: String,
    /// People it had before.
    pub before: u64,
    /// Figures; `not_imported` is not told by school.
    pub counts: Counts,
}

/// How many records a reason kept out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// Kind of record.
    pub kind: String,
    /// The reason.
    pub reason: Reason,
    /// Records.
    pub records: u64,
}

/// A record that is not imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotImported {
    /// Its file.
    pub file: Arc<str>,
    /// Its line.
    pub line: u64,
    /// Its kind.
    pub kind: &'static str,
    /// Its key.
    pub key: Box<str>,
    /// Why.
    pub reason: Reason,
}

/// Why a record is not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its key came with another kind before: an alarm.
    OtherKind,
    /// Its key is there twice in the delivery.
    Duplicate,
    /// It has no key.
    NoKey,
    /// Its key has not the form of one.
    BadKey,
    /// It gives two different keys.
    TwoKeys,
    /// A school that another source delivers.
    ForeignUai,
    /// Not a school.
    Pseudo,
    /// It belongs to no school.
    NoSchool,
    /// Its schools are not in the delivery.
    OtherSchool,
    /// Its school is in the delivery and not imported.
    SchoolRefused,
    /// A guardian whom no pupil refers to.
    Unreferenced,
    /// A guardian without parental authority.
    NoAuthority,
    /// A guardian of pupils who are not imported.
    PupilRefused,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::OtherKind,
        Self::Duplicate,
        Self::NoKey,
        Self::BadKey,
        Self::TwoKeys,
        Self::ForeignUai,
        Self::Pseudo,
        Self::NoSchool,
        Self::OtherSchool,
        Self::SchoolRefused,
        Self::Unreferenced,
        Self::NoAuthority,
        Self::PupilRefused,
    ];

    /// The word that storage and JSON use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherKind => "other_kind",
            Self::Duplicate => "duplicate",
            Self::NoKey => "no_key",
            Self::BadKey => "bad_key",
            Self::TwoKeys => "two_keys",
            Self::ForeignUai => "foreign_uai",
            Self::Pseudo => "pseudo",
            Self::NoSchool => "no_school",
            Self::OtherSchool => "other_school",
            Self::SchoolRefused => "school_refused",
            Self::Unreferenced => "unreferenced",
            Self::NoAuthority => "no_authority",
            Self::PupilRefused => "pupil_refused",
        }
    }

    /// The reason in words.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::OtherKind => {
                "the key is that of a record of another kind in the directory (a pupil cannot \
                 become staff by a feed): find out why"
            }
            Self::Duplicate => "the key is there twice in the delivery: neither record is believed",
            Self::NoKey => "no key",
            Self::BadKey => "the key has not the form of one",
            Self::TwoKeys => "the record gives two different keys",
            Self::ForeignUai => "another source delivers the school with this UAI",
            Self::Pseudo => "not a school (SANS OBJET), and no pupil is attached to it",
            Self::NoSchool => "belongs to no school",
            Self::OtherSchool => "belongs to schools that are not in the delivery",
            Self::SchoolRefused => "belongs to a school that is not imported",
            Self::Unreferenced => "no pupil refers to this guardian",
            Self::NoAuthority => "no parental authority over any pupil",
            Self::PupilRefused => "parental authority only over pupils who are not imported",
        }
    }

    /// The reason that a word of the stage tables stands for.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

/// Oddities of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningGroup {
    /// What is odd.
    pub what: String,
    /// How often.
    pub times: u64,
    /// The first few.
    pub examples: Vec<String>,
}

/// Gathers oddities: all are counted, the first are kept.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    groups: BTreeMap<String, WarningGroup>,
    list: Vec<String>,
}

impl Oddities {
    /// One that the reader saw.
    pub(super) fn warning(&mut self, warning: &Warning) {
        self.tell(warning.kind.as_str(), || warning.to_string());
    }

    /// One that the check saw.
    pub(super) fn found(&mut self, what: &str, at: (&str, u64), key: &str, detail: &str) {
        self.tell(what, || {
            let (file, line) = at;
            let detail = if detail.is_empty() {
                String::new()
            } else {
                format!(": {detail}")
            };
            format!("{file}:{line}: {what}{detail} (record {key})")
        });
    }

    fn tell(&mut self, what: &str, text: impl FnOnce() -> String) {
        if !self.groups.contains_key(what) {
            let group = WarningGroup {
                what: what.to_owned(),
                times: 0,
                examples: Vec::new(),
            };
            self.groups.insert(what.to_owned(), group);
        }
        let Some(group) = self.groups.get_mut(what) else {
            return;
        };
        group.times += 1;
        let example = group.examples.len() < EXAMPLES;
        if !example && self.list.len() >= LISTED_WARNINGS {
            return;
        }
        let text = text();
        if example {
            group.examples.push(text.clone());
        }
        if self.list.len() < LISTED_WARNINGS {
            self.list.push(text);
        }
    }

    /// Hands them to the report.
    pub(super) fn into_report(self, report: &mut Report) {
        report.warnings = self.groups.into_values().collect();
        report
            .warnings
            .sort_by_key(|group| std::cmp::Reverse(group.times));
        report.warning_list = self.list;
    }
}

impl Report {
    /// Sums over all kinds of people.
    pub fn people_counts(&self) -> Counts {
        let mut sum = Counts::default();
        for counts in ["pupil", "guardian", "staff"]
            .iter()
            .filter_map(|k| self.kinds.get(*k))
        {
            sum.created += counts.created;
            sum.changed += counts.changed;
            sum.same += counts.same;
            sum.returned += counts.returned;
            sum.gone += counts.gone;
            sum.suspended += counts.suspended;
            sum.not_imported += counts.not_imported;
        }
        sum
    }

    /// Records that arouse suspicion (IMP-07): keys that came back as another kind.
    pub fn alarms(&self) -> impl Iterator<Item = &NotImported> {
        self.not_imported
            .iter()
            .filter(|record| record.reason == Reason::OtherKind)
    }

    /// The report without its long lists, as it is kept.
    pub(super) fn to_keep(&self) -> String {
        let short = Self {
            source: self.source.clone(),
            set: self.set.clone(),
            date: self.date.clone(),
            kinds: self.kinds.clone(),
            schools: self.schools.clone(),
            reasons: self.reasons.clone(),
            warnings: self.warnings.clone(),
            not_imported: Vec::new(),
            warning_list: Vec::new(),
            ..*self
        };
        // The types serialise; a report that could not be kept would only not be found again.
        serde_json::to_string(&short).unwrap_or_else(|_| "{}".to_owned())
    }
}

impl Counts {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            created,
            changed,
            same,
            returned,
            gone,
            suspended,
            ..
        } = self;
        for figure in [created, changed, same, returned, gone, suspended] {
            write!(f, "{figure:>13}")?;
        }
        Ok(())
    }

    /// Adds what a verdict of the stage tables counts.
    pub(super) fn add(&mut self, verdict: &str, records: u64) {
        match verdict {
            "new" => self.created += records,
            "changed" => self.changed += records,
            "same" => self.same += records,
            "returned" => self.returned += records,
            _ => self.not_imported += records,
        }
    }
}

impl fmt::Display for NotImported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {} {}: {}",
            self.file, self.line, self.kind, self.key, self.reason
        )
    }
}
