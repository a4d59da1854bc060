//! Where steps and addresses lie in the picture, and how text is written there.

use svg::node::element::Text;

use crate::text::{grouped, printable};

/// Height of the field of buffers.
pub(super) const HEIGHT: f64 = 420.0;
/// Space for the scale, the title and the names of operators.
pub(super) const LEFT: f64 = 96.0;
pub(super) const TOP: f64 = 64.0;
pub(super) const RIGHT: f64 = 24.0;

/// The place of steps and addresses in the picture.
pub(super) struct Frame {
    pub(super) step_width: f64,
    pub(super) steps: usize,
    pub(super) bytes: u32,
}

impl Frame {
    pub(super) fn x(&self, step: u32) -> f64 {
        LEFT + f64::from(step) * self.step_width
    }

    pub(super) fn y(&self, address: u32) -> f64 {
        TOP + HEIGHT * (1.0 - f64::from(address) / f64::from(self.bytes.max(1)))
    }

    pub(super) fn right(&self) -> f64 {
        self.x(self.steps as u32)
    }
}

/// Returns text from a file without the characters that XML forbids.
pub(super) fn legible(text: &str) -> String {
    printable(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

pub(super) fn text(content: &str, x: f64, y: f64) -> Text {
    Text::new(legible(content)).set("x", x).set("y", y)
}

/// From so many bytes on, labels are in KiB.
pub(super) const LARGE: u32 = 10 * 1024;

/// Returns a size with its unit.
pub(super) fn size_text(bytes: u32) -> String {
    if bytes < LARGE {
        return format!("{} B", grouped(bytes as usize));
    }
    let tenths = (u64::from(bytes) * 10 + 512) / 1024;
    format!("{}.{} KiB", grouped((tenths / 10) as usize), tenths % 10)
}
