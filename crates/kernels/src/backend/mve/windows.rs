//! The windows of a row as `bantam_isa::mve` wants them.

use bantam_isa::mve::Windows;

use crate::number::weights::Weights;
use crate::walk::taps::RowWindows;
use crate::walk::window::size;

/// The windows of a row, with taps of so many elements from a channel of the input on.
pub(super) fn of<'a>(
    row: &RowWindows<'_>,
    input: &'a [i8],
    [channel, tap]: [usize; 2],
    zero_point: i8,
) -> Windows<'a> {
    let window = row.window;
    let (x, y, column) = (&window.x, &window.y, size(window.channels));
    let (above, within) = (row.rows.first, row.rows.taps);
    let (_, stride, pad) = x.steps();
    Windows {
        input: input.rest(channel),
        count: row.len(),
        width: x.input(),
        pad: pad.into(),
        stride: size(stride),
        dilation: x.dilation(),
        columns: x.filter(),
        rows: [above, within, y.filter().wrapping_sub(above).wrapping_sub(within)],
        column,
        row: y.dilation().wrapping_mul(x.input()).wrapping_mul(column),
        tap,
        zero_point,
    }
}

/// Some of the windows of a row.
pub(super) fn part<'a>(windows: &Windows<'a>, first: usize, count: usize) -> Windows<'a> {
    let column = first.wrapping_mul(windows.stride);
    // Where the first of them begins: in the padding, or behind it.
    let inside = column.saturating_sub(windows.pad);
    Windows {
        input: windows.input.rest(inside.wrapping_mul(windows.column)),
        count,
        width: windows.width.saturating_sub(inside),
        pad: windows.pad.saturating_sub(column),
        ..*windows
    }
}
