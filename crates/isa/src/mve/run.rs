//! What the blocks of convolutions read and count in.

use super::operands::{Channels, Filters, Windows};
use super::windows::{Copy, Row};

/// What the blocks read, and count in.
#[repr(C)]
pub(super) struct Run {
    /// 0
    pub(super) row: Row,
    /// 48
    copy: Copy,
    /// 80: whether windows stay where they are.
    in_place: usize,
    /// 84: memory for windows.
    buffer: *mut i8,
    /// 88: weights of the first filter.
    weights: *const i8,
    /// 92: from filter to filter.
    pub(super) depth: usize,
    /// 96: constants of the first four channels, and their end.
    constants: [*const i32; 2],
    /// 104: outputs of the next window.
    output: *mut i8,
    /// 108: from window to window.
    stride: usize,
    /// 112: zero point of the output, and its range.
    output_range: [i32; 3],
}

impl Run {
    /// The windows from `first` on, whose copies have their vectors so far apart; 0 for none.
    pub(super) fn new(
        windows: &Windows<'_>,
        [first, vector]: [usize; 2],
        filters: &Filters<'_>,
        buffer: &mut [i8],
        channels: &Channels<'_>,
    ) -> Self {
        let [min, max] = channels.range;
        Self {
            row: Row::new(windows, first),
            copy: Copy::new(windows, filters.depth, vector),
            in_place: usize::from(vector == 0),
            buffer: buffer.as_mut_ptr(),
            weights: filters.weights.as_ptr(),
            depth: filters.depth,
            constants: [core::ptr::null(); 2],
            output: core::ptr::null_mut(),
            stride: 0,
            output_range: [channels.zero_point.into(), min.into(), max.into()],
        }
    }

    /// Sets the constants.
    pub(super) fn constants(&mut self, constants: &[i32]) {
        let constants = constants.as_ptr_range();
        self.constants = [constants.start, constants.end];
    }

    /// Sets where outputs go.
    pub(super) fn outputs(&mut self, output: &mut [i8], stride: usize) {
        (self.output, self.stride) = (output.as_mut_ptr(), stride);
    }
}

// Saves registers, and the structure: r0 and 96 bytes below.
macro_rules! enter {
    () => {
        "push {{r0, r4-r11, lr}}\nvpush {{d8-d15}}\nsub sp, sp, #32\n"
    };
}

macro_rules! leave {
    () => {
        "add sp, sp, #32\nvpop {{d8-d15}}\npop {{r0, r4-r11, pc}}\n"
    };
}

pub(super) use {enter, leave};
