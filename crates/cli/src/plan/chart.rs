//! The memory map as a chart of characters: time to the right, addresses upwards.

use std::io::{self, Write};

use anstyle::{Ansi256Color, Style};
use bantam_report::map::{Live, MemoryMap};
use bantam_report::text::grouped;

use crate::report::{FAINT, FIGURE, styled};

/// Lines of the chart.
const ROWS: u32 = 20;
/// Characters of all steps together, where there are few.
const COLUMNS: usize = 96;
/// Characters of one step.
const WIDEST: usize = 6;

/// Colours that are easy to tell apart on dark and on light ground, with black letters.
const COLORS: [u8; 12] = [75, 215, 114, 177, 222, 80, 210, 150, 147, 180, 116, 217];

/// Returns the letter that stands for a buffer; they repeat.
pub(super) fn letter(index: usize) -> char {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    LETTERS[index % LETTERS.len()].into()
}

/// Returns the number of the colour of a buffer.
pub(super) fn color(index: usize) -> u8 {
    COLORS[index % COLORS.len()]
}

fn style(index: usize) -> Style {
    let black = Ansi256Color(16);
    Style::new().fg_color(Some(black.into())).bg_color(Some(Ansi256Color(color(index)).into()))
}

/// Writes the chart with its scales.
pub(super) fn write(map: &MemoryMap, out: &mut dyn Write) -> io::Result<()> {
    let steps = map.steps.len();
    let width = (COLUMNS / steps.max(1)).clamp(1, WIDEST);
    // A whole number of alignments a line, and at least one.
    let line_bytes = map.overlay_bytes.div_ceil(ROWS).max(1).next_multiple_of(16);
    let lines = map.overlay_bytes.div_ceil(line_bytes);
    let margin = grouped(map.overlay_bytes as usize).len();
    let live: Vec<Vec<Live<'_>>> = (0..steps).map(|step| map.live(step)).collect();
    for line in (0..lines).rev() {
        let address = line * line_bytes;
        let top = (address + line_bytes).min(map.overlay_bytes);
        let label = styled(FAINT, format!("{:>margin$}", grouped(top as usize)));
        write!(out, "  {label} ")?;
        for live in &live {
            write_cell(map, live, address..top, width, out)?;
        }
        writeln!(out)?;
    }
    let mark = |step: usize| if step == map.peak_step { "^" } else { " " };
    let marks: String = (0..steps).map(|step| format!("{:<width$}", mark(step))).collect();
    writeln!(out, "  {:>margin$} {}", 0, styled(FIGURE, marks.trim_end()))?;
    let scale: String =
        (0..steps).step_by(5).map(|step| format!("{step:<fill$}", fill = 5 * width)).collect();
    writeln!(out, "  {:margin$} {}", "", styled(FAINT, format!("{} step", scale.trim_end())))
}

/// Writes the cell of some addresses during a step: the letter of a buffer, twice coloured where an
/// output lies over its input.
fn write_cell(
    map: &MemoryMap,
    live: &[Live<'_>],
    addresses: core::ops::Range<u32>,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let covers = |live: &&Live<'_>| {
        let shared = live.buffer.end().min(addresses.end);
        let shared = shared.saturating_sub(live.buffer.offset.max(addresses.start));
        // Shows a buffer that takes more than half of the line, or a smaller one that lies in it
        // completely.
        2 * shared > (addresses.end - addresses.start).min(2 * live.buffer.bytes - 1)
    };
    let mut here: Vec<usize> = live.iter().filter(covers).map(|live| live.index).collect();
    // A view hides its base.
    let bases: Vec<usize> = here.iter().filter_map(|&index| map.buffers[index].base).collect();
    here.retain(|index| !bases.contains(index));
    here.sort_unstable_by_key(|&index| map.buffers[index].first);
    let repeated = |index: usize| letter(index).to_string().repeat(width);
    match here[..] {
        [] => write!(out, "{}", styled(FAINT, "·".repeat(width))),
        [one] => write!(out, "{}", styled(style(one), repeated(one))),
        [old, .., new] => {
            // The same bytes belong to one buffer before the node, and to the other after it.
            let left: String = repeated(old).chars().take(width / 2).collect();
            let right: String = repeated(new).chars().skip(width / 2).collect();
            write!(out, "{}{}", styled(style(old), left), styled(style(new), right))
        }
    }
}
