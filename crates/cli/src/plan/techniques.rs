//! The table of `bantam plan --compare`: the same model, planned in several ways.

use std::io::{self, Write};

use bantam_report::plan::Technique;
use bantam_report::text::grouped;

use crate::report::{
    Align::{Left, Right},
    FAINT, FIGURE, PLAIN, Table,
};

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
