//! `cargo xtask bench-minimalloc`: the CPU time of the exact search next to that of MiniMalloc.
//!
//! Both programs get the same file and the same capacity, and run on one thread. The system
//! measures their CPU time from start to end. They take turns, so that a change of the machine's
//! speed meets both.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::statistics::median;
use crate::workspace::Workspace;
use crate::{outcome::Outcome, process};

/// The command line.
struct Options {
    minimalloc: PathBuf,
    instances: Option<PathBuf>,
    rounds: usize,
    capacity: u64,
}

impl Options {
    fn parse(arguments: &[String]) -> Outcome<Self> {
        let (mut minimalloc, mut instances) = (None, None);
        let (mut rounds, mut capacity) = (5, 1 << 20);
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--minimalloc" => minimalloc = Some(PathBuf::from(value()?)),
                "--instances" => instances = Some(PathBuf::from(value()?)),
                "--rounds" => rounds = value()?.parse()?,
                "--capacity" => capacity = value()?.parse()?,
                other => return Err(format!("no option `{other}`").into()),
            }
        }
        if rounds == 0 {
            return Err("at least one round is needed".into());
        }
        let minimalloc = minimalloc.ok_or("name MiniMalloc's program with --minimalloc")?;
        Ok(Self { minimalloc, instances, rounds, capacity })
    }
}

/// Builds the `bantam` command, lets both solve every instance, and reports.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let options = Options::parse(arguments)?;
    let workspace = Workspace::load()?;
    let folder = options.instances.clone().unwrap_or_else(|| {
        let shared = env::var_os("BANTAM_SHARED_PLANNER").map(PathBuf::from);
        shared.unwrap_or_else(|| workspace.root.join("../shared/planner")).join("challenging")
    });
    let instances = files(&folder)?;
    process::run(process::cargo().args(["build", "--release", "--package", "bantam-cli"]))?;

    let contest = Contest {
        bantam: workspace.target.join("release/bantam"),
        minimalloc: options.minimalloc,
        capacity: options.capacity,
        offsets: workspace.target.join("bench-minimalloc.csv"),
    };
    println!("\n{HEADING}");
    let mut slowest = f64::INFINITY;
    for file in &instances {
        let row = contest.row(file, options.rounds)?;
        slowest = slowest.min(row.ratio());
        println!("{}", row.line());
    }
    println!("\nEvery plan of Bantam's was checked. It is at least {slowest:.1} times as fast.");
    Ok(())
}

/// Returns the CSV files in a folder, by name.
fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<PathBuf>, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    if files.is_empty() {
        return Err(format!("no instances in {}", folder.display()).into());
    }
    Ok(files)
}

/// The two programs, and their task.
struct Contest {
    bantam: PathBuf,
    minimalloc: PathBuf,
    capacity: u64,
    /// The file for a program's plan.
    offsets: PathBuf,
}

impl Contest {
    fn row(&self, file: &Path, rounds: usize) -> Outcome<Row> {
        let (mut own, mut peer) = (Vec::new(), Vec::new());
        let capacity = self.capacity.to_string();
        for _ in 0..rounds {
            let mut program = Command::new(&self.minimalloc);
            program.arg(format!("--capacity={capacity}"));
            program.arg(format!("--input={}", file.display()));
            program.arg(format!("--output={}", self.offsets.display()));
            peer.push(process::cpu_seconds(&mut program)?);

            let mut program = Command::new(&self.bantam);
            program.args(["plan", "--json", "--capacity", &capacity, "--csv"]).arg(file);
            program.arg("--output").arg(&self.offsets);
            own.push(process::cpu_seconds(&mut program)?);
            check(&fs::read_to_string(file)?, &fs::read_to_string(&self.offsets)?, self.capacity)
                .map_err(|error| format!("{}: {error}", file.display()))?;
        }
        let stem = file.file_stem().unwrap_or(file.as_os_str());
        let instance = stem.to_string_lossy().into_owned();
        Ok(Row { instance, own: median(&own), peer: median(&peer) })
    }
}

/// One instance: medians of CPU seconds.
struct Row {
    instance: String,
    own: f64,
    peer: f64,
}

const HEADING: &str =
    "| instance | MiniMalloc (CPU s) | Bantam (CPU s) | faster |\n|---|--:|--:|--:|";

impl Row {
    fn ratio(&self) -> f64 {
        self.peer / self.own
    }

    fn line(&self) -> String {
        let Self { instance, own, peer } = self;
        format!("| {instance} | {peer:.3} | {own:.3} | {:.1}x |", self.ratio())
    }
}

/// Returns whether `plan` places each buffer of `problem` within the capacity and apart from all
/// others.
///
/// It shares nothing with the planner: neither the reading of files nor the judging of plans.
fn check(problem: &str, plan: &str, capacity: u64) -> Outcome {
    let wanted = rows(problem, &["lower", "upper", "size"])?;
    let placed = rows(plan, &["lower", "upper", "size", "offset"])?;
    if wanted.len() != placed.len() {
        return Err("the plan has other buffers than the problem".into());
    }
    let mut seen: Vec<(&str, [u64; 4])> = Vec::new();
    for (id, row) in placed {
        let [lower, upper, size, offset] = row[..] else { return Err("not a row".into()) };
        if wanted.get(id).is_none_or(|row| row[..] != [lower, upper, size]) {
            return Err(format!("buffer {id} is not the one of the problem").into());
        }
        if offset + size > capacity {
            return Err(format!("buffer {id} ends beyond the capacity").into());
        }
        for &(other, [other_lower, other_upper, other_size, other_offset]) in &seen {
            let in_time = lower < other_upper && other_lower < upper;
            if in_time && offset < other_offset + other_size && other_offset < offset + size {
                return Err(format!("the buffers {id} and {other} share bytes").into());
            }
        }
        seen.push((id, [lower, upper, size, offset]));
    }
    Ok(())
}

/// Returns the named columns of a file, by `id`.
fn rows<'a>(text: &'a str, columns: &[&str]) -> Outcome<HashMap<&'a str, Vec<u64>>> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let place = |name: &str| {
        let at = header.iter().position(|column| column.trim() == name);
        at.ok_or_else(|| format!("no column `{name}`"))
    };
    let id = place("id")?;
    let places = columns.iter().map(|name| place(name)).collect::<Result<Vec<_>, _>>()?;
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            let field = |at: usize| fields.get(at).copied().ok_or("a row is too short");
            let numbers = places.iter().map(|&at| Ok(field(at)?.parse()?));
            Ok((field(id)?, numbers.collect::<Outcome<Vec<u64>>>()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_must_be_named() {
        let parse = |words: &[&str]| {
            Options::parse(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let options = parse(&["--rounds", "3", "--minimalloc", "m", "--capacity", "12"]).unwrap();
        assert_eq!((options.rounds, options.capacity, options.instances), (3, 12, None));
        for wrong in [&[][..], &["--minimalloc"], &["--minimalloc", "m", "--rounds", "0"], &["m"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn wrong_plans_are_found() {
        let problem = "id,lower,upper,size\na,0,2,4\nb,1,3,4\nc,2,3,4\n";
        let verdict = |offsets: [u32; 3]| {
            let [a, b, c] = offsets;
            let plan =
                format!("id,lower,upper,size,offset\nb,1,3,4,{b}\na,0,2,4,{a}\nc,2,3,4,{c}\n");
            check(problem, &plan, 8).map_err(|error| error.to_string())
        };
        assert_eq!(verdict([0, 4, 0]), Ok(()));
        assert!(verdict([0, 3, 0]).unwrap_err().contains("share"));
        assert!(verdict([0, 5, 0]).unwrap_err().contains("beyond"));
        let other = "id,lower,upper,size,offset\na,0,2,4,0\nb,1,3,3,4\nc,2,3,4,0\n";
        assert!(check(problem, other, 8).is_err());
        assert!(check(problem, "id,lower,upper,size,offset\na,0,2,4,0\n", 8).is_err());
        assert!(check(problem, "id,lower,upper,size\na,0,2,4\n", 8).is_err());
    }

    #[test]
    fn rows_show_how_much_faster() {
        let row = Row { instance: "A".to_owned(), own: 0.25, peer: 3.0 };
        assert_eq!(row.line(), "| A | 3.000 | 0.250 | 12.0x |");
    }
}
