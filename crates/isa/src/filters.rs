//! Filters of depthwise convolutions that are packed into a backend's memory.

use crate::bytes::unsigned_mut;
use crate::operands::Factors;
use crate::taps::Packed;

/// [Packs](crate::portable::pack) the filters of channels from `first` on, as far as there are
/// factors and memory. The factors are those from `selected` on, and then those from `first` on.
pub fn pack_from<'m>(
    [selected, first]: [usize; 2],
    (filter, pixel): (&[i8], usize),
    bias: &[[u8; 4]],
    zero_point: i16,
    factors: &mut Factors<'_>,
    memory: &'m mut [i32],
) -> &'m [Packed] {
    let at = first.wrapping_sub(selected);
    factors.multipliers = factors.multipliers.get(at..).unwrap_or_default();
    factors.shifts = factors.shifts.get(at..).unwrap_or_default();
    let (memory, _) = unsigned_mut(memory).as_chunks_mut();
    let len = factors.shifts.len().min(memory.len());
    let packed = memory.get_mut(..len).unwrap_or_default();
    let filter = filter.get(first..).unwrap_or_default();
    let bias = bias.get(first..).unwrap_or_default();
    crate::pack((filter, pixel), bias, factors.shifts, zero_point, packed);
    packed
}
