//! `clau-feedgen`: writes an AAF feed of made-up people. See `clau_tests::feedgen`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use clau_tests::feedgen::{self, Academy, Plan};
use jiff::civil::Date;

/// Writes a complete AAF feed of a made-up region.
#[derive(Parser)]
#[command(
    name = "clau-feedgen",
    after_help = "Example:\n  clau-feedgen --preset demo --out target/feed\n  clau-feedgen --preset region --seed 7 --day 1 --out region.tar.gz\n  clau-feedgen --preset demo --academy agriculture --out target/feed-agri"
)]
struct Command {
    /// Size of the region.
    #[arg(long, value_enum, default_value = "demo")]
    preset: Preset,
    /// Directory, or archive by its ending: .zip, .tar.gz, .tgz.
    #[arg(long)]
    out: PathBuf,
    /// Same seed, same people.
    #[arg(long)]
    seed: Option<u64>,
    /// Schools.
    #[arg(long)]
    schools: Option<usize>,
    /// Pupils.
    #[arg(long)]
    pupils: Option<usize>,
    /// Guardian records, those whom no pupil refers to among them.
    #[arg(long)]
    guardians: Option<usize>,
    /// Staff.
    #[arg(long)]
    staff: Option<usize>,
    /// Date of the first day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
    /// Days after the first: arrivals, leavers, moves and new names.
    #[arg(long)]
    day: Option<u32>,
    /// Academy that sends the feed.
    #[arg(long, value_enum, default_value = "toulouse")]
    academy: AcademyName,
    /// First part of the file names.
    #[arg(long)]
    project: Option<String>,
    /// Report in JSON: counts, files and a few people to show.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Preset {
    /// 2 schools, 60 pupils.
    Tiny,
    /// 6 schools, about 2,500 people.
    Demo,
    /// 300 schools, 575,000 people.
    Region,
}

#[derive(Clone, Copy, ValueEnum)]
enum AcademyName {
    Toulouse,
    Montpellier,
    /// The agricultural schools beside the Toulouse region of the same preset and seed.
    Agriculture,
}

impl Command {
    fn plan(&self) -> Plan {
        let mut plan = match self.preset {
            Preset::Tiny => Plan::tiny(),
            Preset::Demo => Plan::demo(),
            Preset::Region => Plan::region(),
        };
        plan.seed = self.seed.unwrap_or(plan.seed);
        match self.academy {
            AcademyName::Toulouse => plan.academy = Academy::Toulouse,
            AcademyName::Montpellier => plan.academy = Academy::Montpellier,
            AcademyName::Agriculture => plan = plan.agriculture(),
        }
        plan.schools = self.schools.unwrap_or(plan.schools);
        plan.pupils = self.pupils.unwrap_or(plan.pupils);
        plan.guardians = self.guardians.unwrap_or(plan.guardians);
        plan.staff = self.staff.unwrap_or(plan.staff);
        plan.date = self.date.unwrap_or(plan.date);
        plan.day = self.day.unwrap_or(plan.day);
        if let Some(project) = &self.project {
            plan.project.clone_from(project);
        }
        plan
    }
}

fn main() -> ExitCode {
    let arguments = Command::parse();
    let summary = match feedgen::write(&arguments.plan(), &arguments.out) {
        Ok(summary) => summary,
        Err(error) => {
            eprintln!("clau-feedgen: {}: {error}", arguments.out.display());
            return ExitCode::FAILURE;
        }
    };
    if arguments.json {
        match serde_json::to_string_pretty(&summary) {
            Ok(text) => println!("{text}"),
            Err(error) => {
                eprintln!("clau-feedgen: {error}");
                return ExitCode::FAILURE;
            }
        }
        return ExitCode::SUCCESS;
    }
    println!(
        "{}: {} structures, {} pupils, {} guardians ({} without a pupil), {} staff, {} files",
        arguments.out.display(),
        summary.schools + summary.zones,
        summary.pupils,
        summary.guardians,
        summary.unrelated_guardians,
        summary.staff,
        summary.files.len()
    );
    for character in &summary.cast {
        println!(
            "  {:?}: {} (key {}, {})",
            character.role,
            character.name,
            character.key,
            character.schools.join(" and ")
        );
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Command::command().debug_assert();
    }
}
