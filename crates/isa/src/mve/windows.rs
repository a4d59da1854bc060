//! The windows of a row: where each lies, and copies of them.

use core::arch::naked_asm;

use super::common::cpu;
use super::operands::Windows;

/// The windows that are left.
#[repr(C)]
pub(super) struct Row {
    /// 0: the first tap of the next window in the rows of the image, which may lie outside.
    input: *const i8,
    /// 4: from window to window.
    step: usize,
    /// 8: windows that are left.
    pub(super) count: usize,
    /// 12: the column of the first tap.
    start: isize,
    /// 16: columns from window to window.
    stride: usize,
    /// 20: columns from tap to tap.
    dilation: usize,
    /// 24: the first column of a window whose last tap lies outside.
    right: isize,
    /// 28: taps of a row.
    columns: usize,
    /// 32: from tap to tap of the input.
    tap: usize,
    /// 36: from row to row of the input.
    row: usize,
    /// 40: rows of taps in the image.
    rows: usize,
    /// 44: the same as `right`, or 0 if that is less.
    inside: usize,
}

impl Row {
    /// The windows from `first` on, whose rows are there.
    pub(super) fn new(windows: &Windows<'_>, first: usize) -> Self {
        let &Windows { count, width, pad, stride, dilation, columns, column, .. } = windows;
        let reach = columns.wrapping_sub(1).wrapping_mul(dilation);
        let start = first.wrapping_mul(stride).wrapping_sub(pad) as isize;
        let right = width.wrapping_sub(reach) as isize;
        Self {
            input: windows.input.as_ptr().wrapping_offset(start.wrapping_mul(column as isize)),
            step: stride.wrapping_mul(column),
            count: count.wrapping_sub(first),
            start,
            stride,
            dilation,
            right,
            columns,
            tap: dilation.wrapping_mul(column),
            row: windows.row,
            rows: windows.rows[1],
            inside: right.max(0) as usize,
        }
    }
}

/// How windows are copied.
#[repr(C)]
pub(super) struct Copy {
    /// 48: what padding has.
    pub(super) zero_point: i32,
    /// 52: elements of a window.
    pub(super) len: usize,
    /// 56: from vector to vector of a copy.
    pub(super) vector: usize,
    /// 60: where the first row of the image goes.
    to: usize,
    /// 64: elements of a tap, and from tap to tap of a copy.
    tap: [usize; 2],
    /// 72: from row to row of a copy.
    row: usize,
    /// 76: elements of a row of taps that follow each other, or 0 if they do not.
    joined: usize,
}

impl Copy {
    /// Copies of so many elements, whose vectors are 16 bytes apart, or a multiple.
    pub(super) fn new(windows: &Windows<'_>, len: usize, vector: usize) -> Self {
        let by = vector / 16;
        let row = windows.columns.wrapping_mul(windows.tap);
        let to = windows.rows[0].wrapping_mul(row).wrapping_mul(by);
        Self {
            zero_point: windows.zero_point.into(),
            len,
            vector,
            to,
            tap: [windows.tap, windows.tap.wrapping_mul(by)],
            row: row.wrapping_mul(by),
            joined: if windows.are_joined() { row } else { 0 },
        }
    }
}

// The taps of a window in a row: r8 to the left of the image, r7 in it, of which r0 is the first.
// Takes r0 first tap, r3 its column, r4 from tap to tap, r5 columns between them, r6 `right`, r7
// taps; r3 and r9 are lost.
macro_rules! span {
    () => {
        concat!(
            "mov r8, #0\n",
            "subs r9, r3, r6\n",
            "blt 82f\n",
            "81:\n",
            "subs r7, r7, #1\n",
            "subs r9, r9, r5\n",
            "bge 81b\n",
            "82:\n",
            "cmp r3, #0\n",
            "bge 84f\n",
            "83:\n",
            "add r0, r0, r4\n",
            "add r8, r8, #1\n",
            "subs r7, r7, #1\n",
            "adds r3, r3, r5\n",
            "bmi 83b\n",
            "84:\n",
        )
    };
}

/// Copies the next window to r11, and goes on to the one behind it; r12 is a [`Row`] with a
/// [`Copy`]. It has no other arguments: blocks call it. A window with taps outside gets the zero
/// point there; one without leaves what is there in rows outside.
///
/// * Reads the taps of a window that lie in the image. Writes `len` bytes at r11, in vectors that
///   are as far apart as `vector` says, and `input` and `start`.
/// * The caller has checked that all of these are there, and that taps are multiples of 16 bytes if
///   vectors are not 16 bytes apart.
/// * Leaves r11 and r12 as they are, and all vectors but q0. A row of a window inside takes 8
///   instructions, and 4 for every 16 bytes.
/// * Stack: 12 bytes. It calls nothing.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn take() {
    naked_asm!(
        cpu!(),
        "push {{r11, r12, lr}}",
        "ldm r12, {{r0-r3}}",
        "ldr r4, [r12, #16]",
        "add r1, r0, r1",
        "add r4, r3, r4",
        "str r1, [r12]",
        "str r4, [r12, #12]",
        "ldrd r5, r6, [r12, #20]",
        "ldrd r7, r4, [r12, #28]",
        "ldr r9, [r12, #44]",
        "mov r8, #0",
        "cmp r3, r9",
        "blo 2f",
        "ldrd r1, r2, [r12, #48]",
        "ldr r9, [r12, #56]",
        "vdup.8 q0, r1",
        "mov r10, r11",
        "dlstp.8 lr, r2",
        "3:",
        "vstrb.8 q0, [r10]",
        "add r10, r10, r9",
        "letp lr, 3b",
        span!(),
        "cbz r7, 9f",
        "2:",
        "ldrd r1, r2, [r12, #60]",
        "ldrd r3, r5, [r12, #68]",
        "add r1, r1, r11",
        "mla r1, r8, r3, r1",
        "ldr r6, [r12, #76]",
        "ldr r9, [r12, #56]",
        "ldrd r10, r8, [r12, #36]",
        "cbz r6, 6f",
        "mul r2, r2, r7",
        // Rows that are one piece each.
        "4:",
        "mov r12, r0",
        "mov r11, r1",
        "dlstp.8 lr, r2",
        "5:",
        "vldrb.u8 q0, [r12], #16",
        "vstrb.8 q0, [r11]",
        "add r11, r11, r9",
        "letp lr, 5b",
        "add r0, r0, r10",
        "add r1, r1, r5",
        "subs r8, r8, #1",
        "bne 4b",
        "9:",
        "pop {{r11, r12, pc}}",
        // Tap by tap: r10 and r5 are from behind a row to the next.
        "6:",
        "mls r10, r7, r4, r10",
        "mls r5, r7, r3, r5",
        "7:",
        "mov r6, r7",
        "8:",
        "mov r12, r0",
        "mov r11, r1",
        "dlstp.8 lr, r2",
        "85:",
        "vldrb.u8 q0, [r12], #16",
        "vstrb.8 q0, [r11]",
        "add r11, r11, r9",
        "letp lr, 85b",
        "add r0, r0, r4",
        "add r1, r1, r3",
        "subs r6, r6, #1",
        "bne 8b",
        "add r0, r0, r10",
        "add r1, r1, r5",
        "subs r8, r8, #1",
        "bne 7b",
        "pop {{r11, r12, pc}}",
    )
}

pub(super) use span;
