//! Kernels that move elements.

use super::step::{Copying, MAX_RANK, Operands, Step, distance, position};

/// Returns the distance between elements along each dimension.
fn strides(dims: &[u64]) -> Vec<u64> {
    let mut strides = vec![1; dims.len()];
    for axis in (1..dims.len()).rev() {
        strides[axis - 1] = strides[axis] * dims[axis];
    }
    strides
}

/// Returns the distance of PAD, which writes in order, element by element, and reads nothing for
/// the padding.
pub(super) fn pad(operands: Operands<'_, '_>) -> Option<u64> {
    let (input, output) = (operands.input, operands.output);
    let paddings = operands.graph.input(operands.node, 1)?.integers()?;
    let rank = input.dims.len();
    if rank > 5 || output.dims.len() != rank || paddings.len() != 2 * rank {
        return None;
    }
    let mut before = Vec::new();
    let sizes = input.dims.iter().zip(&output.dims);
    for ((&size, &padded), pair) in sizes.zip(paddings.chunks_exact(2)) {
        let (left, right) = (u64::try_from(pair[0]).ok()?, u64::try_from(pair[1]).ok()?);
        if left.checked_add(right)?.checked_add(size)? != padded {
            return None;
        }
        before.push(left);
    }
    operands.budget.take(output.len())?;
    Some(padded(&input.dims, &output.dims, &before, input.element_bytes()))
}

pub(super) fn padded(input: &[u64], output: &[u64], before: &[u64], element_bytes: u64) -> u64 {
    let strides = strides(input);
    let step = |i: u64| {
        let at = position(i, output);
        let sides = before.iter().zip(input).zip(&strides);
        let source = at.iter().zip(sides).try_fold(0, |sum, (at, ((before, &size), by))| {
            let inside = at.checked_sub(*before).filter(|&inside| inside < size)?;
            Some(sum + inside * by)
        });
        Step { reads: source.map(|i| i * element_bytes), written: (i + 1) * element_bytes }
    };
    distance((0..output.iter().product()).map(step), Copying::Elements)
}

/// Returns the distance of TRANSPOSE, which writes in order, element by element.
pub(super) fn transpose(operands: Operands<'_, '_>) -> Option<u64> {
    let (input, output) = (operands.input, operands.output);
    let axes = operands.graph.input(operands.node, 1)?.integers()?;
    let rank = input.dims.len();
    if rank > 6 || axes.len() != rank || output.dims.len() != rank {
        return None;
    }
    let axes: Option<Vec<usize>> = axes.iter().map(|&axis| usize::try_from(axis).ok()).collect();
    let axes = axes?;
    let mut sorted = axes.clone();
    sorted.sort_unstable();
    let permuted = axes.iter().map(|&axis| input.dims.get(axis).copied());
    if !sorted.into_iter().eq(0..rank) || !permuted.eq(output.dims.iter().copied().map(Some)) {
        return None;
    }
    operands.budget.take(output.len())?;
    Some(transposed(&input.dims, &axes, input.element_bytes()))
}

pub(super) fn transposed(input: &[u64], axes: &[usize], element_bytes: u64) -> u64 {
    let strides = strides(input);
    let output: Vec<u64> = axes.iter().map(|&axis| input[axis]).collect();
    let step = |i: u64| {
        let at = position(i, &output);
        let source: u64 = at.iter().zip(axes).map(|(at, &axis)| at * strides[axis]).sum();
        Step { reads: Some(source * element_bytes), written: (i + 1) * element_bytes }
    };
    distance((0..output.iter().product()).map(step), Copying::Elements)
}

/// The longest side of an image that is looked at. It bounds the memory for the positions.
const MAX_SIDE: u64 = 1 << 20;

/// Returns the distance of RESIZE_NEAREST_NEIGHBOR, which writes in order and copies the channels
/// of a pixel by `memcpy`.
pub(super) fn resize_nearest_neighbor(operands: Operands<'_, '_>) -> Option<u64> {
    let (input, output) = (operands.input, operands.output);
    let options = operands.node.operator.resize_nearest_neighbor_options()?;
    let wanted = operands.graph.input(operands.node, 1)?.integers()?;
    let [batches, in_h, in_w, depth]: [u64; 4] = input.dims.as_slice().try_into().ok()?;
    let [out_n, out_h, out_w, out_c]: [u64; 4] = output.dims.as_slice().try_into().ok()?;
    let sizes = wanted.iter().map(|&size| u64::try_from(size).ok());
    if out_h.max(out_w) > MAX_SIDE
        || (batches, depth) != (out_n, out_c)
        || input.dims.contains(&0)
        || !sizes.eq([Some(out_h), Some(out_w)])
    {
        return None;
    }
    operands.budget.take(batches.checked_mul(out_h)?.checked_mul(out_w)?)?;
    let source = |sizes: (u64, u64)| {
        (0..sizes.1)
            .map(|at| nearest(at, sizes, options.align_corners, options.half_pixel_centers))
            .collect::<Vec<_>>()
    };
    let (rows, columns) = (source((in_h, out_h)), source((in_w, out_w)));
    let pixel = depth * input.element_bytes();
    Some(resized((batches, in_h, in_w), &rows, &columns, pixel))
}

pub(super) fn resized(
    (batches, in_h, in_w): (u64, u64, u64),
    rows: &[u64],
    columns: &[u64],
    pixel_bytes: u64,
) -> u64 {
    let output = [batches, rows.len() as u64, columns.len() as u64];
    let step = |i: u64| {
        let [batch, y, x, ..] = position(i, &output);
        let (y, x) = (rows[y as usize], columns[x as usize]);
        let source = (batch * in_h + y) * in_w + x;
        Step { reads: Some(source * pixel_bytes), written: (i + 1) * pixel_bytes }
    };
    distance((0..output.iter().product()).map(step), Copying::Blocks)
}

/// Returns the position in the input that an output position is taken from, in the floats that TFLM
/// computes it in.
///
/// Source: TFLM 90b983c2b, `reference/resize_nearest_neighbor.h`, `GetNearestNeighbor`.
fn nearest(at: u64, (input, output): (u64, u64), align_corners: bool, half_pixels: bool) -> u64 {
    let scale = if align_corners && output > 1 {
        (input - 1) as f32 / (output - 1) as f32
    } else {
        input as f32 / output as f32
    };
    let scaled = (at as f32 + if half_pixels { 0.5 } else { 0.0 }) * scale;
    let whole = if align_corners { scaled.round() } else { scaled.floor() };
    (whole.max(0.0) as u64).min(input - 1)
}

/// The elements that a slice takes along one dimension: the first, the distance between two, and
/// their number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Take {
    pub(super) first: i64,
    pub(super) stride: i64,
    pub(super) len: u64,
}

/// Returns the distance of SLICE, which writes in order, element by element.
pub(super) fn slice(operands: Operands<'_, '_>) -> Option<u64> {
    let (input, output) = (operands.input, operands.output);
    let begins = operands.graph.input(operands.node, 1)?.integers()?;
    let sizes = operands.graph.input(operands.node, 2)?.integers()?;
    let rank = input.dims.len();
    if rank > 5 || [begins.len(), sizes.len(), output.dims.len()] != [rank; 3] {
        return None;
    }
    let pairs = begins.iter().zip(&sizes).zip(input.dims.iter().zip(&output.dims));
    let takes = pairs.map(|((&first, &size), (&all, &out))| {
        let all = i64::try_from(all).ok()?;
        let stop = if size == -1 { all } else { first.checked_add(size)? };
        let len = u64::try_from(stop.checked_sub(first)?).ok()?;
        (first >= 0 && stop <= all && len == out).then_some(Take { first, stride: 1, len })
    });
    let takes: Vec<Take> = takes.collect::<Option<_>>()?;
    operands.budget.take(output.len())?;
    Some(taken(&input.dims, &takes, input.element_bytes(), Copying::Elements))
}

/// Returns the distance of STRIDED_SLICE, which writes in order and copies rows without gaps by
/// `memcpy`.
pub(super) fn strided_slice(operands: Operands<'_, '_>) -> Option<u64> {
    let (input, output) = (operands.input, operands.output);
    let options = operands.node.operator.strided_slice_options()?;
    let constant = |position| operands.graph.input(operands.node, position)?.integers();
    let (begins, ends, strides) = (constant(1)?, constant(2)?, constant(3)?);
    let rank = input.dims.len();
    if !(1..=4).contains(&rank) || [begins.len(), ends.len(), strides.len()] != [rank; 3] {
        return None;
    }
    if options.ellipsis_mask != 0 || options.new_axis_mask != 0 || options.offset {
        return None;
    }
    let takes = (0..rank).map(|axis| {
        let marked = |mask: i32| mask >> axis & 1 != 0;
        let size = i64::try_from(input.dims[axis]).ok()?;
        let masks = [options.begin_mask, options.end_mask, options.shrink_axis_mask].map(marked);
        take((begins[axis], ends[axis], strides[axis]), size, masks)
    });
    let takes: Vec<Take> = takes.collect::<Option<_>>()?;
    let len = takes.iter().try_fold(1_u64, |len, take| len.checked_mul(take.len))?;
    if len != output.len() {
        return None;
    }
    operands.budget.take(len)?;
    let whole_rows = takes.last()?.stride == 1;
    let copying = if whole_rows { Copying::Blocks } else { Copying::Elements };
    Some(taken(&input.dims, &takes, input.element_bytes(), copying))
}

/// Source: TFLM 90b983c2b, `lite/kernels/internal/strided_slice_logic.h`,
/// `StridedSliceStartForAxis` and `StridedSliceEndForAxis`.
fn take(
    (begin, end, stride): (i64, i64, i64),
    size: i64,
    [from_start, to_end, shrink]: [bool; 3],
) -> Option<Take> {
    let (low, high) = if stride > 0 { (0, size) } else { (-1, size - 1) };
    let bound = |index: i64| (if index < 0 { index + size } else { index }).clamp(low, high);
    if stride == 0 || size == 0 {
        return None;
    }
    let first = match (from_start, stride > 0) {
        (true, true) => 0,
        (true, false) => size - 1,
        (false, _) => bound(begin),
    };
    let stop = match (to_end, stride > 0) {
        _ if shrink => first + i64::from(first < size),
        (true, true) => size,
        (true, false) => -1,
        (false, _) => bound(end),
    };
    let span = (stop - first) * stride.signum();
    let len = u64::try_from(span).unwrap_or(0).div_ceil(stride.unsigned_abs());
    Some(Take { first, stride, len })
}

pub(super) fn taken(input: &[u64], takes: &[Take], element_bytes: u64, copying: Copying) -> u64 {
    let strides = strides(input);
    let mut lens: Vec<u64> = takes.iter().map(|take| take.len).collect();
    // With `memcpy`, a step is a row.
    let row = lens.last().copied().unwrap_or(1);
    let (written, steps) = match (copying, lens.last_mut()) {
        (Copying::Blocks, Some(last)) => {
            *last = 1;
            (row * element_bytes, lens.iter().product())
        }
        _ => (element_bytes, lens.iter().product::<u64>()),
    };
    let step = |i: u64| {
        let at = position(i, &lens);
        let places = at.iter().zip(takes.iter().zip(&strides));
        let source: i64 = places
            .map(|(&at, (take, &by))| (take.first + at as i64 * take.stride) * by as i64)
            .sum();
        Step {
            reads: u64::try_from(source).ok().map(|i| i * element_bytes),
            written: (i + 1) * written,
        }
    };
    distance((0..steps).map(step), copying)
}

/// Returns the distance of CONCATENATION, which copies a part of each input in turn by `memcpy`.
pub(super) fn concatenation(operands: Operands<'_, '_>, position: usize) -> Option<u64> {
    let Operands { graph, node, input, output, budget } = operands;
    let rank = i64::try_from(output.dims.len()).ok()?;
    let axis = i64::from(node.operator.concatenation_options()?.axis);
    let axis = usize::try_from(if axis < 0 { axis + rank } else { axis }).ok()?;
    if output.dims.len() > MAX_RANK || output.len() == 0 {
        return None;
    }
    let outer: u64 = output.dims.get(..axis)?.iter().product();
    let mut parts = Vec::new();
    for at in 0..node.inputs.len() {
        let part = graph.input(node, at)?;
        if part.dims.len() != output.dims.len() || part.tensor_type != input.tensor_type {
            return None;
        }
        let own: u64 = part.dims.get(..axis)?.iter().product();
        let elements = part.dims.get(axis..)?.iter().product::<u64>();
        if own != outer {
            return None;
        }
        parts.push(elements * part.element_bytes());
    }
    if parts.iter().sum::<u64>() * outer != u64::from(output.bytes) {
        return None;
    }
    budget.take(outer.checked_mul(parts.len() as u64)?)?;
    Some(concatenated(outer, &parts, position))
}

pub(super) fn concatenated(outer: u64, parts: &[u64], position: usize) -> u64 {
    let row: u64 = parts.iter().sum();
    let ends: Vec<u64> = parts
        .iter()
        .scan(0, |end, part| {
            *end += part;
            Some(*end)
        })
        .collect();
    let count = parts.len() as u64;
    let step = |i: u64| {
        let (at, part) = (i / count, (i % count) as usize);
        let reads = (part == position && parts[part] > 0).then(|| at * parts[part]);
        Step { reads, written: at * row + ends[part] }
    };
    distance((0..outer * count).map(step), Copying::Blocks)
}
