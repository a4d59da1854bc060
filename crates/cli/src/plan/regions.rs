//! `bantam plan --region`: buffers from a file, placed in several memories.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use bantam_interp::host::Search;
use bantam_planner::csv::Instance;
use bantam_planner::regions::{Assignment, Options, Place, Region, RegionError, assign};
use bantam_report::text::{grouped, printable};
use serde::Serialize;

use crate::args::{NamedRegion, PlanArgs};
use crate::failure::{Failure, Result};
use crate::files;
use crate::report::{self, Align, FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, styled};

/// Chooses the regions, plans each, and shows them.
pub(crate) fn run(path: &Path, args: &PlanArgs) -> Result<()> {
    let at = |error: &dyn std::fmt::Display| Failure::at(path, error);
    let text = files::read_text(path)?;
    let instance = Instance::from_csv(&text).map_err(|error| at(&error))?;
    let regions: Vec<Region> =
        (1..).zip(&args.regions).map(|(rank, named)| named.region(rank, instance.unit())).collect();
    let Search { nodes, threads } = args.search();
    let options = Options { nodes, threads };

    let start = Instant::now();
    let assigned = assign(&instance, args.alignment, &regions, instance.demands(), &options);
    let assigned = assigned.map_err(|error| at(&sentence(error, &instance, &args.regions)));
    let mut assignment = assigned?;
    let seconds = start.elapsed().as_secs_f64();
    place_views(&instance, &mut assignment.places);

    if let Some(output) = &args.output {
        let names: Vec<&str> = args.regions.iter().map(|region| &*region.name).collect();
        let csv = instance.to_csv_in_regions(&names, &assignment.places);
        files::write(output, csv.as_bytes())?;
    }
    let regions = args.regions.iter().zip(&regions).enumerate();
    let regions = regions.map(|(number, (named, region))| {
        RegionReport::new(named, region.cost, number, &assignment, instance.unit())
    });
    let cost = |cost: u128| cost.saturating_mul(instance.unit().into());
    let report = RegionsReport {
        file: path.display().to_string(),
        buffers: instance.buffers().len(),
        views: instance.views().len(),
        regions: regions.collect(),
        cost: cost(assignment.cost),
        lower_bound_cost: cost(assignment.lower_bound_cost),
        proven: assignment.is_optimal(),
        nodes: assignment.nodes,
        seconds,
    };
    report::print(&report, args.json)
}

/// Puts each view where its base is.
fn place_views(instance: &Instance, places: &mut [Place]) {
    let problem = instance.with_views();
    for index in 0..places.len() {
        if let Some((base, offset)) = problem.base_of(index) {
            let Place { region, offset: start } = places[base];
            places[index] = Place { region, offset: start + offset };
        }
    }
}

/// Returns the error with names instead of numbers.
fn sentence(error: RegionError, instance: &Instance, regions: &[NamedRegion]) -> String {
    let id = |buffer: usize| instance.ids().get(buffer).map_or("?", |id| &**id);
    match error {
        RegionError::DoesNotFit { buffer, region, short_bytes, proven } => {
            let name = regions.get(region).map_or("?", |region| &*region.name);
            let short = u64::from(short_bytes).saturating_mul(instance.unit());
            let verdict = if proven { "" } else { ", as far as was searched" };
            format!("{} does not fit: {name} is short of {short} bytes{verdict}", id(buffer))
        }
        RegionError::Mask { buffer, .. } => {
            format!("none of the regions of {} is given by --region", id(buffer))
        }
        error => error.to_string(),
    }
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct RegionsReport {
    file: String,
    buffers: usize,
    views: usize,
    regions: Vec<RegionReport>,
    cost: u128,
    lower_bound_cost: u128,
    proven: bool,
    nodes: u64,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct RegionReport {
    name: String,
    capacity_bytes: Option<u64>,
    cost: u32,
    buffers: usize,
    peak_bytes: u64,
    lower_bound_bytes: u64,
}

impl RegionReport {
    fn new(
        named: &NamedRegion,
        cost: u32,
        number: usize,
        assignment: &Assignment,
        unit: u64,
    ) -> Self {
        let bytes = |of: &[u32]| of.get(number).map_or(0, |&units| u64::from(units) * unit);
        Self {
            name: named.name.clone(),
            capacity_bytes: named.bytes,
            cost,
            buffers: assignment.places.iter().filter(|place| place.region == number).count(),
            peak_bytes: bytes(&assignment.peak_bytes),
            lower_bound_bytes: bytes(&assignment.lower_bound_bytes),
        }
    }
}

impl Report for RegionsReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let number = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
        writeln!(out, "{}", styled(TITLE, printable(&self.file)))?;
        let verdict = if self.proven {
            "no assignment costs less".to_owned()
        } else {
            format!("no assignment costs less than {}", self.lower_bound_cost)
        };
        let cost = styled(FIGURE, self.cost);
        writeln!(out, "{} buffers at a cost of {cost}; {verdict}", number(self.buffers as u64))?;
        let mut table = Table::new(&[
            ("region", Align::Left),
            ("cost", Align::Right),
            ("buffers", Align::Right),
            ("bytes", Align::Right),
            ("capacity", Align::Right),
        ]);
        for region in &self.regions {
            table.row([
                (NAME, region.name.clone()),
                (PLAIN, region.cost.to_string()),
                (PLAIN, number(region.buffers as u64)),
                (FIGURE, number(region.peak_bytes)),
                (FAINT, region.capacity_bytes.map_or("unlimited".to_owned(), number)),
            ]);
        }
        table.write(out)?;
        writeln!(out, "{}", report::searched(self.nodes, self.seconds))
    }
}
