//! The memory map as a picture: time to the right, addresses upwards.

use svg::Document;
use svg::node::element::{
    Definitions, Group, Line, Path as Curve, Pattern, Rectangle, Style, Title,
};

use self::frame::{Frame, HEIGHT, LARGE, LEFT, RIGHT, TOP, legible, size_text, text};
use crate::map::{Buffer, MemoryMap};
use crate::text::{grouped, shape_text};

mod frame;
mod labels;

/// The width of a step is such that all together are about so wide.
const WIDTH: f64 = 900.0;
const NARROWEST: f64 = 5.0;
const WIDEST: f64 = 84.0;
/// The least distance between the names of two steps.
const NAMES_APART: f64 = 15.0;

/// Names of steps have at most so many characters.
const LONGEST: usize = 32;

/// Fills that are easy to tell apart, also for people who do not see all colours, with dark text.
const FILLS: [&str; 10] = [
    "#8ecae6", "#ffb703", "#a7c957", "#cdb4db", "#f4a261", "#83c5be", "#ffafcc", "#d4a373",
    "#b8c0ff", "#e9edc9",
];

const STYLE: &str = "
text { font-family: system-ui, sans-serif; font-size: 11px; fill: #222; }
.label rect { fill: #fff; fill-opacity: 0.6; }
.title { font-size: 15px; font-weight: 600; }
.faint { fill: #777; }
.buffer { stroke: #444; stroke-width: 0.6; }
.buffer:hover { stroke: #000; stroke-width: 2; }
.view { stroke: #222; stroke-width: 1; stroke-dasharray: 3 2; }
.swatch { fill: none; }
.grid { stroke: #ddd; stroke-width: 1; }
.peak { stroke: #c1121f; stroke-width: 1.2; }
.bound { stroke: #c1121f; stroke-width: 1.2; stroke-dasharray: 5 4; }
.red { fill: #c1121f; }
";

/// Returns the map as a picture in SVG, with a title.
pub fn svg(title: &str, map: &MemoryMap) -> String {
    draw(title, map).to_string()
}

fn draw(title: &str, map: &MemoryMap) -> Document {
    let steps = map.steps.len();
    let frame = Frame {
        step_width: (WIDTH / steps.max(1) as f64).clamp(NARROWEST, WIDEST),
        steps,
        bytes: map.overlay_bytes.max(map.lower_bound_bytes),
    };
    let (width, height) = (frame.right() + RIGHT, TOP + HEIGHT + bottom(map));
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
        .add(Definitions::new().add(hatch(false)).add(hatch(true)))
        .add(Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "white"))
        .add(text(title, LEFT, 26.0).set("class", "title"))
        .add(text(&heading, LEFT, 46.0).set("class", "faint"))
        .add(legend(map, frame.right()));
    for node in scales(map, &frame) {
        document = document.add(node);
    }
    // Later buffers hide earlier ones, and views hide their bases.
    let mut order: Vec<usize> = (0..map.buffers.len()).collect();
    order.retain(|&index| map.buffers[index].bytes > 0);
    order.sort_by_key(|&index| (map.buffers[index].base.is_some(), map.buffers[index].first));
    for &index in &order {
        document = document.add(block(map, &frame, index));
    }
    for &index in &order {
        document = document.add(stripes(map, &frame, &map.buffers[index]));
    }
    for node in marks(map, &frame) {
        document = document.add(node);
    }
    let labels = (0..order.len()).filter_map(|at| labels::label(map, &frame, &order, at));
    let labels = labels.fold(Group::new().set("pointer-events", "none"), Group::add);
    document.add(labels.set("class", "label"))
}

/// Stripes for bytes that two buffers share; they lean to the left where the output is written
/// backwards.
fn hatch(backwards: bool) -> Pattern {
    Pattern::new()
        .set("id", hatch_id(backwards))
        .set("width", 6)
        .set("height", 6)
        .set("patternUnits", "userSpaceOnUse")
        .set("patternTransform", if backwards { "rotate(-45)" } else { "rotate(45)" })
        .add(Curve::new().set("d", "M0 0V6").set("stroke", "#444").set("stroke-width", 2.4))
}

const fn hatch_id(backwards: bool) -> &'static str {
    if backwards { "backwards" } else { "forwards" }
}

/// Draws the meaning of the stripes, above the picture at its right end.
fn legend(map: &MemoryMap, right: f64) -> Group {
    let mut group = Group::new().set("class", "faint");
    let mut left = right;
    for backwards in [true, false] {
        let used = |buffer: &Buffer| buffer.shared_bytes > 0 && buffer.backwards == backwards;
        if map.buffers.iter().any(used) {
            let words = format!("over its input, {}", hatch_id(backwards));
            left -= if backwards { 172.0 } else { 162.0 };
            let swatch = Rectangle::new().set("x", left).set("y", 17.0);
            let fill = format!("url(#{})", hatch_id(backwards));
            group = group
                .add(swatch.set("width", 16).set("height", 11).set("fill", fill))
                .add(text(&words, left + 21.0, 26.0));
        }
    }
    if map.buffers.iter().any(|buffer| buffer.base.is_some()) {
        let swatch = Rectangle::new().set("x", left - 112.0).set("y", 17.0);
        group = group
            .add(swatch.set("width", 16).set("height", 11).set("class", "view swatch"))
            .add(text("view of another", left - 91.0, 26.0));
    }
    group
}

/// Returns the space that the longest name of a step takes, turned by 60 degrees.
fn bottom(map: &MemoryMap) -> f64 {
    let longest = map.steps.iter().map(|step| shortened(&step.label).chars().count());
    let longest = longest.max().unwrap_or(0);
    24.0 + 5.8 * longest as f64
}

/// Returns a step's name with a sign where it is cut: longer ones would not fit into the margins.
fn shortened(label: &str) -> String {
    let len = label.chars().count();
    if len <= LONGEST {
        return label.to_owned();
    }
    // The number at the end tells steps apart.
    let (start, end) = (label.chars().take(LONGEST - 8), label.chars().skip(len - 7));
    start.chain(['…']).chain(end).collect()
}

/// Draws the scale of addresses, and the operators below their steps.
fn scales(map: &MemoryMap, frame: &Frame) -> Vec<Group> {
    let mut addresses = Group::new();
    let (unit, name) = if frame.bytes < LARGE { (1, "bytes") } else { (1024, "KiB") };
    let distance = round_unit(frame.bytes / unit) * unit;
    for address in (0..=frame.bytes).step_by(distance as usize) {
        let y = frame.y(address);
        addresses = addresses.add(line((LEFT, y), (frame.right(), y)).set("class", "grid")).add(
            text(&grouped((address / unit) as usize), LEFT - 8.0, y + 4.0)
                .set("text-anchor", "end")
                .set("class", "faint"),
        );
    }
    let (x, y) = (20.0, TOP + HEIGHT / 2.0);
    addresses = addresses.add(
        text(&format!("address, {name}"), x, y)
            .set("text-anchor", "middle")
            .set("transform", format!("rotate(-90 {x} {y})")),
    );
    let mut operators =
        Group::new().add(text("step", LEFT - 8.0, TOP + HEIGHT + 16.0).set("text-anchor", "end"));
    // The peak has its name; others do if there is room.
    let apart = |a: u32, b: u32| f64::from(a.abs_diff(b)) * frame.step_width >= NAMES_APART;
    let peak = map.peak_step as u32;
    let mut before = None;
    for (number, step) in (0..).zip(&map.steps) {
        let is_free = before.is_none_or(|before| apart(number, before)) && apart(number, peak);
        if number != peak && !is_free {
            continue;
        }
        before = Some(number);
        let (x, y) = (frame.x(number) + frame.step_width / 2.0 + 4.0, TOP + HEIGHT + 12.0);
        let class = if number as usize == map.peak_step { "red" } else { "faint" };
        operators = operators.add(
            text(&shortened(&step.label), x, y)
                .set("text-anchor", "end")
                .set("transform", format!("rotate(-60 {x} {y})"))
                .set("class", class),
        );
    }
    vec![addresses, operators]
}

/// Returns 1, 2 or 5 times a power of ten, so that there are about eight lines.
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

/// Returns a rectangle over steps and addresses, both ends of the steps included.
fn span(frame: &Frame, (first, last): (u32, u32), (from, to): (u32, u32)) -> Rectangle {
    Rectangle::new()
        .set("x", frame.x(first))
        .set("y", frame.y(to))
        .set("width", frame.x(last + 1) - frame.x(first))
        .set("height", frame.y(from) - frame.y(to))
}

/// Returns the rectangle of a buffer.
fn block(map: &MemoryMap, frame: &Frame, index: usize) -> Group {
    let buffer = &map.buffers[index];
    let group = Group::new()
        .set("class", if buffer.base.is_some() { "buffer view" } else { "buffer" })
        .add(Title::new(hover(map, buffer)));
    let areas = buffer.stretches().map(|steps| {
        let area = span(frame, steps, (buffer.offset, buffer.end()));
        area.set("fill", FILLS[index % FILLS.len()]).set("fill-opacity", 0.92)
    });
    areas.fold(group, Group::add)
}

/// Stripes where a buffer lies over its input.
fn stripes(map: &MemoryMap, frame: &Frame, buffer: &Buffer) -> Group {
    let group = Group::new().set("pointer-events", "none");
    let Some(input) = buffer.over.and_then(|input| map.buffers.get(input)) else { return group };
    let (from, to) = (buffer.offset.max(input.offset), buffer.end().min(input.end()));
    if from >= to {
        return group;
    }
    let shared = span(frame, (buffer.first, input.last.max(buffer.first)), (from, to));
    group.add(shared.set("fill", format!("url(#{})", hatch_id(buffer.backwards))))
}

/// Returns the text at the pointer: tensor, shape, bytes, lifetime, overlap.
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
    if let Some(base) = buffer.base.and_then(|base| map.buffers.get(base)) {
        lines.push(format!("view of {}", legible(&base.name)));
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
        let note = format!("most in use: {}", size_text(step.bytes));
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
