//! Names and sizes on buffers, where no other buffer covers them.

use svg::node::element::{Group, Rectangle};

use super::frame::{Frame, size_text, text};
use crate::map::{Buffer, MemoryMap};

/// The width of a character, on average.
const CHARACTER: f64 = 6.4;
/// The least height of a label.
const LINE: f64 = 13.0;
/// Names up to so many characters are written into the picture.
const SHORT: usize = 16;

/// Steps and addresses without other buffers.
#[derive(Clone, Copy)]
struct Clear {
    /// The first step, and the one after the last.
    steps: (u32, u32),
    addresses: (u32, u32),
}

/// Returns the label of the buffer that is drawn as number `at` of `order`, if there is room.
pub(super) fn label(map: &MemoryMap, frame: &Frame, order: &[usize], at: usize) -> Option<Group> {
    let buffer = map.buffers.get(*order.get(at)?)?;
    let above: Vec<&Buffer> =
        order.get(at + 1..)?.iter().map(|&index| &map.buffers[index]).collect();
    let size = size_text(buffer.bytes);
    let named = (buffer.name.len() <= SHORT).then(|| format!("{} {size}", buffer.name));
    named.into_iter().chain([size]).find_map(|content| {
        let width = CHARACTER * content.chars().count() as f64;
        let clear = widest(frame, buffer, &above)
            .filter(|clear| frame.x(clear.steps.1) - frame.x(clear.steps.0) > width)?;
        let x = (frame.x(clear.steps.0) + frame.x(clear.steps.1)) / 2.0;
        let y = (frame.y(clear.addresses.0) + frame.y(clear.addresses.1)) / 2.0;
        let ground = Rectangle::new()
            .set("x", x - width / 2.0)
            .set("y", y - LINE / 2.0)
            .set("width", width)
            .set("height", LINE);
        let words = text(&content, x, y + 4.0).set("text-anchor", "middle");
        Some(Group::new().add(ground).add(words))
    })
}

/// Returns the longest run of steps in which the same addresses of the buffer are clear, and are
/// enough for a line of text.
fn widest(frame: &Frame, buffer: &Buffer, above: &[&Buffer]) -> Option<Clear> {
    let height = |(from, to): (u32, u32)| frame.y(from) - frame.y(to);
    let mut best: Option<Clear> = None;
    let mut run: Option<Clear> = None;
    for step in buffer.first..=buffer.last {
        let here = clear_at(buffer, above, step).filter(|&addresses| height(addresses) > LINE);
        let longer = run.zip(here).map(|(run, (from, to))| Clear {
            steps: (run.steps.0, step + 1),
            addresses: (run.addresses.0.max(from), run.addresses.1.min(to)),
        });
        let longer = longer
            .filter(|Clear { addresses: (from, to), .. }| from < to && height((*from, *to)) > LINE);
        run = longer.or(here.map(|addresses| Clear { steps: (step, step + 1), addresses }));
        let len = |clear: &Clear| clear.steps.1 - clear.steps.0;
        best = run.filter(|run| best.is_none_or(|best| len(run) > len(&best))).or(best);
    }
    best
}

/// Returns the largest stretch of the buffer's addresses that nothing covers during a step.
fn clear_at(buffer: &Buffer, above: &[&Buffer], step: u32) -> Option<(u32, u32)> {
    if !buffer.is_live(step as usize) {
        return None;
    }
    let covers = |other: &&&Buffer| {
        let overlap = other.offset < buffer.end() && buffer.offset < other.end();
        overlap && other.is_live(step as usize)
    };
    let mut covered: Vec<(u32, u32)> =
        above.iter().filter(covers).map(|other| (other.offset, other.end())).collect();
    covered.push((buffer.end(), buffer.end()));
    covered.sort_unstable();
    let mut from = buffer.offset;
    let mut best: Option<(u32, u32)> = None;
    for (start, end) in covered {
        if start > from && best.is_none_or(|(low, high)| start - from > high - low) {
            best = Some((from, start));
        }
        from = from.max(end);
    }
    best
}
