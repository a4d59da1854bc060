//! The memory map as a picture: time to the right, addresses upwards.

use std::io;
use std::path::Path;

use svg::Document;
use svg::node::element::{
    Definitions, Group, Line, Path as Curve, Pattern, Rectangle, Style, Text, Title,
};

use super::memory_map::{Buffer, MemoryMap, Step};
use crate::model_file::shape_text;
use crate::report::{grouped, printable};

/// Height of the field of buffers.
const HEIGHT: f64 = 420.0;
/// Space for the scale, the title and the names of operators.
const LEFT: f64 = 84.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 150.0;
const RIGHT: f64 = 24.0;
/// The width of a step is such that all together are about so wide.
const WIDTH: f64 = 900.0;
const NARROWEST: f64 = 13.0;
const WIDEST: f64 = 64.0;

/// Fills that are easy to tell apart, also for those who do not see all colours, with dark text.
const FILLS: [&str; 10] = [
    "#8ecae6", "#ffb703", "#a7c957", "#cdb4db", "#f4a261", "#83c5be", "#ffafcc", "#d4a373",
    "#b8c0ff", "#e9edc9",
];

const STYLE: &str = "
text { font-family: system-ui, sans-serif; font-size: 11px; fill: #222; }
.title { font-size: 15px; font-weight: 600; }
.faint { fill: #777; }
.buffer rect { stroke: #444; stroke-width: 0.6; }
.buffer:hover rect { stroke: #000; stroke-width: 2; }
.grid { stroke: #ddd; stroke-width: 1; }
.peak { stroke: #c1121f; stroke-width: 1.2; }
.bound { stroke: #c1121f; stroke-width: 1.2; stroke-dasharray: 5 4; }
.red { fill: #c1121f; }
";

/// Where steps and addresses are in the picture.
struct Frame {
    step_width: f64,
    steps: usize,
    bytes: u32,
}

impl Frame {
    fn x(&self, step: u32) -> f64 {
        LEFT + f64::from(step) * self.step_width
    }

    fn y(&self, address: u32) -> f64 {
        TOP + HEIGHT * (1.0 - f64::from(address) / f64::from(self.bytes.max(1)))
    }

    fn right(&self) -> f64 {
        self.x(self.steps as u32)
    }
}

/// Draws the map into a file.
pub(super) fn write(path: &Path, title: &str, map: &MemoryMap) -> io::Result<()> {
    svg::save(path, &draw(title, map))
}

fn draw(title: &str, map: &MemoryMap) -> Document {
    let steps = map.steps.len();
    let frame = Frame {
        step_width: (WIDTH / steps.max(1) as f64).clamp(NARROWEST, WIDEST),
        steps,
        bytes: map.overlay_bytes.max(map.lower_bound_bytes),
    };
    let (width, height) = (frame.right() + RIGHT, TOP + HEIGHT + BOTTOM);
    let verdict = if map.proven {
        "no plan is smaller".to_owned()
    } else {
        format!("no plan is smaller than {}", grouped(map.lower_bound_bytes as usize))
    };
    let heading = format!("{} bytes; {verdict}", grouped(map.overlay_bytes as usize));
    let mut document = Document::new()
        .set("viewBox", (0, 0, width.ceil() as i64, height.ceil() as i64))
        .set("width", width.ceil())
        .set("height", height.ceil())
        .add(Style::new(STYLE))
        .add(Definitions::new().add(hatch()))
        .add(Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "white"))
        .add(text(&legible(title), LEFT, 26.0).set("class", "title"))
        .add(text(&heading, LEFT, 46.0).set("class", "faint"));
    for node in scales(map, &frame) {
        document = document.add(node);
    }
    // Later ones over earlier ones, and parts over the whole that they lie in.
    let mut order: Vec<usize> = (0..map.buffers.len()).collect();
    order.retain(|&index| map.buffers[index].bytes > 0);
    order.sort_by_key(|&index| (map.buffers[index].part_of.is_some(), map.buffers[index].first));
    for &index in &order {
        document = document.add(block(map, &frame, index));
    }
    for &index in &order {
        document = document.add(inscription(map, &frame, &map.buffers[index]));
    }
    for node in marks(map, &frame) {
        document = document.add(node);
    }
    document
}

/// Text from a file with characters only that may stand in XML.
fn legible(text: &str) -> String {
    printable(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn text(content: &str, x: f64, y: f64) -> Text {
    Text::new(content).set("x", x).set("y", y)
}

/// Stripes for bytes that two buffers share.
fn hatch() -> Pattern {
    Pattern::new()
        .set("id", "shared")
        .set("width", 6)
        .set("height", 6)
        .set("patternUnits", "userSpaceOnUse")
        .set("patternTransform", "rotate(45)")
        .add(Curve::new().set("d", "M0 0V6").set("stroke", "#444").set("stroke-width", 2.4))
}

/// The scale of addresses, and the operators below their steps.
fn scales(map: &MemoryMap, frame: &Frame) -> Vec<Group> {
    let mut addresses = Group::new();
    let unit = round_unit(frame.bytes);
    for address in (0..=frame.bytes).step_by(unit as usize) {
        let y = frame.y(address);
        addresses = addresses.add(line((LEFT, y), (frame.right(), y)).set("class", "grid")).add(
            text(&grouped(address as usize), LEFT - 8.0, y + 4.0)
                .set("text-anchor", "end")
                .set("class", "faint"),
        );
    }
    let mut operators = Group::new();
    for (number, step) in (0..).zip(&map.steps) {
        let (x, y) = (frame.x(number) + frame.step_width / 2.0 + 4.0, TOP + HEIGHT + 12.0);
        let class = if number as usize == map.peak_step { "red" } else { "faint" };
        operators = operators.add(
            text(&legible(&label(number, step)), x, y)
                .set("text-anchor", "end")
                .set("transform", format!("rotate(-60 {x} {y})"))
                .set("class", class),
        );
    }
    vec![addresses, operators]
}

fn label(number: u32, step: &Step) -> String {
    match &step.operator {
        Some(operator) => format!("{operator} {}", number.saturating_sub(1)),
        None => "inputs".to_owned(),
    }
}

/// 1, 2 or 5 times a power of ten, so that there are about eight lines.
fn round_unit(bytes: u32) -> u32 {
    let least = (bytes / 8).max(1);
    let power = 10_u32.pow(least.ilog10());
    [1, 2, 5, 10]
        .into_iter()
        .filter_map(|factor| power.checked_mul(factor))
        .find(|&unit| unit >= least)
        .unwrap_or(least)
}

fn line(from: (f64, f64), to: (f64, f64)) -> Line {
    Line::new().set("x1", from.0).set("y1", from.1).set("x2", to.0).set("y2", to.1)
}

/// A rectangle over steps and addresses, both ends of the steps included.
fn span(frame: &Frame, (first, last): (u32, u32), (from, to): (u32, u32)) -> Rectangle {
    Rectangle::new()
        .set("x", frame.x(first))
        .set("y", frame.y(to))
        .set("width", frame.x(last + 1) - frame.x(first))
        .set("height", frame.y(from) - frame.y(to))
}

/// The rectangle of a buffer.
fn block(map: &MemoryMap, frame: &Frame, index: usize) -> Group {
    let buffer = &map.buffers[index];
    let whole = span(frame, (buffer.first, buffer.last), (buffer.offset, buffer.end()));
    Group::new()
        .set("class", "buffer")
        .add(Title::new(hover(map, buffer)))
        .add(whole.set("fill", FILLS[index % FILLS.len()]).set("fill-opacity", 0.92))
}

/// Stripes where a buffer lies over its input, and its size where there is room beside them.
fn inscription(map: &MemoryMap, frame: &Frame, buffer: &Buffer) -> Group {
    let mut group = Group::new().set("pointer-events", "none");
    let mut first = buffer.first;
    if let Some(input) = buffer.over.and_then(|input| map.buffers.get(input)) {
        let (from, to) = (buffer.offset.max(input.offset), buffer.end().min(input.end()));
        let shared = span(frame, (first, input.last.max(first)), (from, to));
        group = group.add(shared.set("fill", "url(#shared)"));
        first += 1;
    }
    // In its last step, the buffer that lies over it hides it.
    let covered = map.buffers.iter().any(|other| {
        other
            .over
            .and_then(|input| map.buffers.get(input))
            .is_some_and(|it| core::ptr::eq(it, buffer))
    });
    let last = buffer.last + 1 - u32::from(covered);
    let room = frame.x(last.max(first)) - frame.x(first);
    let height = frame.y(buffer.offset) - frame.y(buffer.end());
    let full = grouped(buffer.bytes as usize);
    let short = format!("{}k", buffer.bytes / 1000);
    let fits = |content: &String| room > 6.6 * content.len() as f64 && height > 14.0;
    if let Some(content) = [full, short].into_iter().find(fits) {
        let (x, y) = (frame.x(first) + room / 2.0, frame.y(buffer.end()) + height / 2.0);
        group = group.add(text(&content, x, y + 4.0).set("text-anchor", "middle"));
    }
    group
}

/// What the pointer shows: tensor, shape, bytes, lifetime, overlap.
fn hover(map: &MemoryMap, buffer: &Buffer) -> String {
    let mut lines = vec![legible(&buffer.name)];
    if let (Some(kind), Some(shape)) = (&buffer.tensor_type, &buffer.shape) {
        lines.push(format!("{kind} {}", shape_text(shape)));
    }
    let (from, to) = (grouped(buffer.offset as usize), grouped(buffer.end() as usize));
    lines.push(format!("{} bytes at {from} to {to}", grouped(buffer.bytes as usize)));
    lines.push(format!("steps {} to {}", buffer.first, buffer.last));
    if let Some(input) = buffer.over.and_then(|input| map.buffers.get(input)) {
        let way = if buffer.backwards { "backwards" } else { "forwards" };
        let shared = grouped(buffer.shared_bytes as usize);
        lines.push(format!("over {} by {shared} bytes, {way}", legible(&input.name)));
    }
    if let Some(whole) = buffer.part_of.and_then(|whole| map.buffers.get(whole)) {
        lines.push(format!("part of {}", legible(&whole.name)));
    }
    lines.join("\n")
}

/// Lines for the peak and for the bound.
fn marks(map: &MemoryMap, frame: &Frame) -> Vec<Group> {
    let mark = |bytes: u32, class: &str| {
        let y = frame.y(bytes);
        line((LEFT, y), (frame.right(), y)).set("class", class.to_owned())
    };
    let mut group = Group::new().add(mark(map.overlay_bytes, "peak"));
    if !map.proven {
        group = group.add(mark(map.lower_bound_bytes, "bound"));
    }
    let mut peak = Group::new();
    if let Some(step) = map.steps.get(map.peak_step) {
        let x = frame.x(map.peak_step as u32);
        let note = format!("most in use: {} bytes", grouped(step.bytes as usize));
        let end = x + frame.step_width;
        for x in [x, end] {
            peak = peak.add(line((x, TOP), (x, TOP + HEIGHT)).set("class", "peak"));
        }
        let near_right = end + 140.0 > frame.right();
        let (x, anchor) = if near_right { (end, "end") } else { (x, "start") };
        peak = peak.add(text(&note, x, TOP - 5.0).set("class", "red").set("text-anchor", anchor));
    }
    vec![group, peak]
}
