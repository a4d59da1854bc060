//! The schemas of all reports, as the command prints them with `--json`.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use crate::bench::Bench;
use crate::buffers::{Fit, Placement};
use crate::check::Check;
use crate::compare::Comparison;
use crate::graph::Graph;
use crate::inspect::Inspection;
use crate::plan::Plan;
use crate::size::Size;
use crate::tflm::TflmPlan;
use crate::{Named, OfFile, Timed, Versioned};

/// Returns each schema with the name of its file, without `.json`.
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("bench", of::<Versioned<Named<Bench>>>("bench")),
        ("buffers", of::<Versioned<OfFile<Timed<Placement>>>>("buffers")),
        ("buffers-fit", of::<Versioned<OfFile<Timed<Fit>>>>("buffers-fit")),
        ("check", of::<Versioned<Named<Check>>>("check")),
        ("compare", of::<Versioned<Named<Comparison>>>("compare")),
        ("graph", of::<Versioned<Graph>>("graph")),
        ("inspect", of::<Versioned<Named<Inspection>>>("inspect")),
        ("plan", of::<Versioned<Named<Timed<Plan>>>>("plan")),
        ("plan-for-tflm", of::<Versioned<Named<Timed<TflmPlan>>>>("plan-for-tflm")),
        ("size", of::<Versioned<Named<Size>>>("size")),
    ]
}

/// Returns the schema of what is written, where a key may be missing.
fn of<T: JsonSchema>(name: &str) -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), name.into());
    schema
}
