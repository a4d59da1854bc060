//! The planner alone: buffers in, offsets out.

use bantam_planner::exact::{Options, solve as search};
use bantam_planner::{Buffer, Gap, Overlap, Permission, WithLimits, WithOverlaps};
use pyo3::prelude::*;

use crate::work;

/// A buffer: bytes, first and last step, alignment, and the offset if it is given.
type BufferRow = (u32, u32, u32, u32, Option<u32>);
/// A permission: output, input, and the distances below and above.
type OverlapRow = (u32, u32, Option<u32>, Option<u32>);
/// A gap: buffer, first and last step, and the bytes in use from and to.
type GapRow = (u32, u32, u32, u32, u32);

/// Returns the offsets, their total, the lower bound, and the number of placed buffers.
#[pyfunction]
#[pyo3(signature = (buffers, overlaps, gaps, alignment, nodes, threads, progress))]
pub(crate) fn solve(
    py: Python<'_>,
    buffers: Vec<BufferRow>,
    overlaps: Vec<OverlapRow>,
    gaps: Vec<GapRow>,
    alignment: u32,
    nodes: u64,
    threads: usize,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<(Vec<u32>, u32, u32, u64)> {
    work::run(py, progress, move |report| {
        let alignments: Vec<u32> = buffers.iter().map(|&(.., alignment, _)| alignment).collect();
        let buffers: Vec<Buffer> = buffers
            .into_iter()
            .map(|(bytes, first, last, _, fixed)| Buffer {
                fixed,
                ..Buffer::new(bytes, first, last)
            })
            .collect();
        let permissions: Vec<Permission> = overlaps
            .into_iter()
            .map(|(output, input, below, above)| Permission {
                output,
                input,
                overlap: Overlap { below, above },
            })
            .collect();
        let gaps: Vec<(u32, Gap)> = gaps
            .into_iter()
            .map(|(buffer, first, last, start, end)| {
                (buffer, Gap::new(first, last).using(start, end))
            })
            .collect();
        let problem =
            WithOverlaps::new(&buffers, &permissions).map_err(|error| error.to_string())?;
        let problem =
            WithLimits::new(problem, &alignments, &gaps).map_err(|error| error.to_string())?;
        let options = Options { nodes, threads };
        let found = search(&problem, alignment, &options, report);
        let found = found.map_err(|error| error.to_string())?;
        Ok((found.offsets, found.bytes, found.lower_bound, found.nodes))
    })
}
