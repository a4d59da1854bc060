//! Compares techniques: the same model, planned in several ways.

use std::io::{self, Write};

use bantam_interp::host::{Effort, Planned, Search, map};
use bantam_interp::{Error, Sharing};
use bantam_planner::Effort as DeviceEffort;
use bantam_report::text::grouped;
use bantam_schema::Model;
use bantam_signal_ops::EVERY;
use serde::Serialize;

use crate::report::{
    Align::{Left, Right},
    FAINT, FIGURE, PLAIN, Table,
};

/// One way to plan, and its result.
#[derive(Debug, Serialize)]
pub(super) struct Technique {
    name: &'static str,
    overlay_bytes: u32,
    lower_bound_bytes: u32,
    proven: bool,
    #[serde(skip)]
    about: &'static str,
}

/// The techniques that keep the order of the operators.
const TECHNIQUES: [(&str, &str, Sharing, bool); 5] = [
    ("greedy", "as TFLM plans: nothing overlaps, the largest first", Sharing::Apart, false),
    ("exact", "nothing overlaps, the smallest plan", Sharing::Apart, true),
    ("in_place", "elementwise operators write over their input", Sharing::InPlace, true),
    ("device", "all overlaps, as the device plans by itself", Sharing::Overlap, false),
    ("overlap", "all overlaps, the smallest plan", Sharing::Overlap, true),
];

/// Plans `model` with every technique; the last is `planned`, for which the operators may have
/// another order.
pub(super) fn techniques(
    model: &Model<'_>,
    planned: &Planned,
    search: Search,
) -> Result<Vec<Technique>, Error> {
    let mut all = Vec::new();
    for (name, about, sharing, exact) in TECHNIQUES {
        let effort = match (exact, sharing) {
            (true, _) => Effort::Exact(search),
            (false, Sharing::Apart) => Effort::Device(DeviceEffort::Greedy),
            (false, _) => Effort::Device(bantam_interp::Options::default().effort),
        };
        let map = map(model, EVERY, sharing, effort, &mut |_| {})?;
        let (overlay_bytes, lower_bound_bytes) = (map.overlay_bytes, map.lower_bound);
        let proven = map.is_optimal();
        all.push(Technique { name, overlay_bytes, lower_bound_bytes, proven, about });
    }
    let map = &planned.map;
    all.push(Technique {
        name: "reordered",
        overlay_bytes: map.overlay_bytes,
        lower_bound_bytes: map.lower_bound,
        proven: map.is_optimal(),
        about: "the same, with the operators in the order that was found",
    });
    Ok(all)
}

/// Writes a table with the part that is left of the first technique's bytes.
pub(super) fn write(techniques: &[Technique], out: &mut dyn Write) -> io::Result<()> {
    let columns = [("technique", Left), ("bytes", Right), ("", Right), ("", Left), ("", Left)];
    let mut table = Table::new(&columns);
    let first = techniques.first().map_or(0, |technique| technique.overlay_bytes);
    for technique in techniques {
        let percent = f64::from(technique.overlay_bytes) * 100.0 / f64::from(first.max(1));
        let proof = if technique.proven { "proven" } else { "" };
        table.row([
            (PLAIN, technique.name.replace('_', " ")),
            (FIGURE, grouped(technique.overlay_bytes as usize)),
            (PLAIN, format!("{percent:.0} %")),
            (FAINT, proof.to_owned()),
            (FAINT, technique.about.to_owned()),
        ]);
    }
    table.write(out)
}
