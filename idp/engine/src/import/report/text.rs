//! An import's report as people read it. Never leaves out a reason; long lists end with how many more
//! there are, and JSON has them all.

use std::fmt;

use super::{Counts, Report, School};

/// Schools shown to people; JSON has them all.
const SHOWN_SCHOOLS: usize = 30;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let would = if self.dry_run {
            " (rehearsal: nothing was written)"
        } else {
            ""
        };
        writeln!(
            f,
            "{} of {} for {}{would}",
            self.set, self.date, self.source
        )?;
        writeln!(
            f,
            "{} records, {} of them people, in {}.{} s ({} people/s)",
            self.records,
            self.people,
            self.milliseconds / 1000,
            self.milliseconds % 1000 / 100,
            self.people_per_second
        )?;
        let alarms = self.alarms().count();
        if alarms > 0 {
            writeln!(
                f,
                "\nALARM: {alarms} keys came back as another kind of record"
            )?;
            for record in self.alarms().take(20) {
                writeln!(f, "  {record}")?;
            }
        }
        self.write_kinds(f)?;
        self.write_schools(f)?;
        if !self.reasons.is_empty() {
            writeln!(f, "\nNot imported:")?;
            for reason in &self.reasons {
                writeln!(
                    f,
                    "{:>9} {}: {}",
                    reason.records, reason.kind, reason.reason
                )?;
            }
        }
        if !self.warnings.is_empty() {
            writeln!(f, "\nOdd, and imported all the same:")?;
            for group in &self.warnings {
                writeln!(f, "{:>9} {}", group.times, group.what)?;
                if let Some(example) = group.examples.first() {
                    writeln!(f, "          e.g. {example}")?;
                }
            }
        }
        if self.elsewhere > 0 {
            let elsewhere = self.elsewhere;
            writeln!(
                f,
                "\n{elsewhere} functions in schools outside the region were left out"
            )?;
        }
        if self.accounts_created > 0 {
            let accounts = self.accounts_created;
            writeln!(
                f,
                "\n{accounts} accounts made; print their sheets with `clau accounts sheets`"
            )?;
        }
        Ok(())
    }
}

impl Report {
    fn write_kinds(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{:<12}", "")?;
        for head in [
            "created",
            "changed",
            "same",
            "returned",
            "gone",
            "suspended",
            "not imported",
        ] {
            write!(f, "{head:>13}")?;
        }
        writeln!(f)?;
        for (kind, counts) in &self.kinds {
            write!(f, "{kind:<12}")?;
            counts.write(f)?;
            writeln!(f, "{:>13}", counts.not_imported)?;
        }
        Ok(())
    }

    /// Schools where something happens; a school that stays as it is has no line.
    fn write_schools(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let busy = |school: &&School| {
            let Counts {
                created,
                changed,
                returned,
                gone,
                suspended,
                ..
            } = school.counts;
            created + changed + returned + gone + suspended > 0
        };
        let all = self.schools.iter().filter(busy).count();
        if all > 0 {
            writeln!(f, "\nBy school:")?;
        }
        for school in self.schools.iter().filter(busy).take(SHOWN_SCHOOLS) {
            let name: String = school.name.chars().take(40).collect();
            write!(f, "  {:<9} {name:<41}", school.uai)?;
            school.counts.write(f)?;
            writeln!(f)?;
        }
        if all > SHOWN_SCHOOLS {
            writeln!(
                f,
                "  and {} more (all of them with --json)",
                all - SHOWN_SCHOOLS
            )?;
        }
        Ok(())
    }
}
