//! `clau import`: a delivery to the engine, how far it is to whoever watches, the report at the end.
//! Never decides what is refused.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clau_connectors::feed::aaf::{Limits, Position, Set};
use clau_domain::time::Timestamp;
use clau_engine::Hub;
use clau_engine::import::{Delivery, ImportError, ImportOptions, Phase, Progress, Watch};
use indicatif::{ProgressBar, ProgressStyle};

use super::{print, to_json};
use crate::config::Config;
use crate::failure::Failure;
use crate::system::{self, Clock};

/// How often a log is told how far an import is.
const LINE_EVERY: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Subcommand)]
pub(super) enum Import {
    /// Import a complete AAF feed: a folder, a zip or a gzip-compressed tar.
    #[command(
        after_help = "Example:\n  clau import aaf ENT2DVA.20260901.tgz --source toulouse --dry-run\n  clau import aaf ENT2DVA.20260901.tgz --source toulouse --max-gone 15% --json > report.json"
    )]
    Aaf(Arguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder or archive.
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Name of the source, the same every time: keys are unique within a source only.
    #[arg(long, default_value = "aaf", value_name = "NAME")]
    source: String,
    /// Read and check, and apply nothing.
    #[arg(long)]
    dry_run: bool,
    /// Share of one school's people that may be missing before the whole feed is refused, in place
    /// of `[import] max_gone_percent`.
    #[arg(long, value_name = "PERCENT")]
    max_gone: Option<Percent>,
    /// Report in JSON, with every record that was not imported.
    #[arg(long)]
    json: bool,
}

/// `10` or `10%` or `2.5%`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Percent(f64);

impl FromStr for Percent {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.trim().trim_end_matches('%').trim_end();
        match number.parse() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Self(percent)),
            _ => Err("a percentage from 0 to 100 is expected, such as 10%"),
        }
    }
}

pub(super) async fn run(hub: &Hub, config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let mut limits = Limits::default();
    if let Some(scratch) = &config.import.scratch {
        limits.scratch = config.path(scratch);
    }
    let path = arguments.path.clone();
    let set = tokio::task::spawn_blocking(move || Set::open(&path, &limits))
        .await
        .map_err(|error| Failure::Defect(error.to_string()))?
        .map_err(|refusal| failure(refusal.into()))?;
    let options = ImportOptions {
        dry_run: arguments.dry_run,
        max_gone_percent: arguments
            .max_gone
            .map_or(f64::from(config.import.max_gone_percent), |percent| {
                percent.0
            }),
    };
    let delivery = Delivery {
        source: arguments.source.clone(),
        name: arguments.path.display().to_string(),
        date: set.header().date,
        warnings: set.warnings().to_vec(),
        entries: set.entries(),
    };
    let onlooker = Onlooker::new(set.position(), set.bytes_total());
    let outcome = hub
        .import(&system::cx(), delivery, options, &onlooker)
        .await;
    onlooker.end();
    let report = outcome.map_err(failure)?;
    print(&if arguments.json {
        to_json(&report)?
    } else {
        report.to_string()
    })
}

fn failure(error: ImportError) -> Failure {
    let text = error.to_string();
    match error {
        ImportError::Hub(error) => error.into(),
        ImportError::Running | ImportError::TakenOver => Failure::Unavailable(text),
        _ => Failure::Refused(text),
    }
}

/// A bar on a terminal, lines in a log.
struct Onlooker {
    position: Position,
    bytes: u64,
    bar: Option<ProgressBar>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    phase: Option<Phase>,
    at: Option<Instant>,
}

impl Onlooker {
    fn new(position: Position, bytes: u64) -> Self {
        let bar = console::user_attended_stderr().then(|| {
            // A template is a constant: if it were wrong, the bar would look different and no more.
            let style = ProgressStyle::with_template("{msg:10} {wide_bar} {percent:>3} % {eta:>4}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(bytes).with_style(style)
        });
        Self {
            position,
            bytes,
            bar,
            told: Mutex::default(),
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Watch for Onlooker {
    fn now(&self) -> Timestamp {
        Clock.now()
    }

    fn progress(&self, progress: Progress) {
        let word = match progress.phase {
            Phase::Reading => "reading",
            Phase::Checking => "checking",
            Phase::Applying => "applying",
        };
        // While reading, the bytes tell how much is left; the records do not.
        let (done, total) = match progress.phase {
            Phase::Reading => (self.position.bytes(), Some(self.bytes)),
            _ => (progress.done, progress.total),
        };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let new_phase = told.phase.replace(progress.phase) != Some(progress.phase);
        if let Some(bar) = &self.bar {
            if new_phase {
                bar.reset();
                bar.set_message(word);
            }
            bar.set_length(total.unwrap_or(done.max(1)));
            bar.set_position(done);
            return;
        }
        if new_phase || told.at.is_none_or(|at| at.elapsed() >= LINE_EVERY) {
            told.at = Some(Instant::now());
            let percent = total
                .filter(|total| *total > 0)
                .map(|total| done.min(total) * 100 / total);
            tracing::info!(
                event = "import.progress",
                phase = word,
                done = progress.done,
                percent,
                "{word}"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_with_and_without_their_sign() {
        assert_eq!("10%".parse(), Ok(Percent(10.0)));
        assert_eq!("2.5 %".parse(), Ok(Percent(2.5)));
        assert_eq!("0".parse(), Ok(Percent(0.0)));
        for wrong in ["", "%", "101", "-1", "NaN", "ten"] {
            assert!(wrong.parse::<Percent>().is_err(), "{wrong}");
        }
    }
}
