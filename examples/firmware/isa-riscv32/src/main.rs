//! Compares the loops of `bantam-isa` for RV32IM with their twins in Rust: all remainders of
//! lengths, any alignment, elements around what is written, extreme values. Prints the instructions
//! of one shape of each.
#![no_std]
#![no_main]

mod memory;

use core::panic::PanicInfo;

use bantam_isa::{DOTS, Grid, RISCV, portable};
use riscv::register::minstret;
use semihosting::println;
use semihosting::process::exit;

use crate::memory::{Kind, Memory, Noise};

/// The loops, or their twins.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Loop,
    Twin,
}

/// Instructions of the shapes below, checks of lengths included: they must not grow.
const PINNED: [u64; 3] = [1970, 3220, 1130];

#[riscv_rt::entry]
fn main() -> ! {
    let mut test = Test { noise: Noise::new(), cases: 0, passed: RISCV };
    dots(&mut test);
    windows(&mut test);
    for ((name, run), most) in SHAPES.into_iter().zip(PINNED) {
        let mut memory = Memory::new(&mut test.noise, Kind::Any);
        let before = minstret::read();
        run(&mut memory);
        let taken = (minstret::read() - before) as u64;
        println!("{name}: {taken} instructions");
        test.passed &= taken <= most;
    }
    exit(i32::from(!test.passed))
}

/// A loop's name with a shape, and the loop with that shape.
type Shape = (&'static str, fn(&mut Memory));

/// One shape of each loop.
const SHAPES: [Shape; 3] = [
    ("dots, 32 x 16", |memory| {
        let inputs = memory.inputs.get(..32).unwrap_or_default();
        let sums = memory.sums.get_mut(..4).unwrap_or_default();
        let _ = bantam_isa::dots(inputs, &memory.weights, 32, sums);
    }),
    ("dots_of_two, 2 x 32 x 16", |memory| {
        let Memory { inputs, others, weights, sums, other_sums, .. } = memory;
        let sums = sums.get_mut(..4).unwrap_or_default();
        let (inputs, others) = (inputs.get(..32), others.get(..32));
        let inputs = [inputs.unwrap_or_default(), others.unwrap_or_default()];
        let _ = bantam_isa::dots_of_two(inputs, weights, 32, [sums, other_sums]);
    }),
    ("add_window, 9 x 16", |memory| {
        let grid = Grid { rows: 3, columns: 3, row: [64, 48], column: [16, 16] };
        let sums = memory.sums.as_flattened_mut().get_mut(..16).unwrap_or_default();
        bantam_isa::add_window(&grid, sums, -7, [&memory.image, &memory.weights]);
    }),
];

struct Test {
    noise: Noise,
    cases: usize,
    passed: bool,
}

impl Test {
    /// One case: `run` gets the memory, and which way to take; what it returns is compared, too.
    fn case(
        &mut self,
        kind: Kind,
        name: &str,
        sizes: &[usize],
        run: &dyn Fn(&mut Memory, Way) -> usize,
    ) {
        let mut found = Memory::new(&mut self.noise, kind);
        let mut expected = found.clone();
        let counts = (run(&mut found, Way::Loop), run(&mut expected, Way::Twin));
        self.cases += 1;
        if self.passed && (counts.0 != counts.1 || found != expected) {
            self.passed = false;
            println!("{name} differs: {kind:?} {sizes:?}");
        }
    }

    fn end(&mut self, name: &str) {
        println!("{name}: {} cases", core::mem::take(&mut self.cases));
    }
}

/// From filter to filter beyond their lengths, fours of sums, and weights that are missing.
const FILTERS: [[usize; 3]; 7] =
    [[0, 0, 0], [0, 1, 0], [1, 2, 0], [2, 3, 0], [0, 3, 1], [3, 4, 5], [1, 4, 40]];

fn dots(test: &mut Test) {
    for (name, pixels) in [("dots", 1), ("dots_of_two", 2)] {
        for kind in Kind::ALL {
            for len in 0..=33 {
                for [more, fours, missing] in FILTERS {
                    let sizes = [len, len + more, fours, missing, test.cases % 2];
                    test.case(kind, name, &sizes, &|memory, way| {
                        if pixels == 1 { one(memory, way, sizes) } else { two(memory, way, sizes) }
                    });
                }
            }
        }
        test.end(name);
    }
}

/// Inputs of one pixel.
fn one(memory: &mut Memory, way: Way, [len, depth, fours, missing, align]: [usize; 5]) -> usize {
    let inputs = memory.inputs.get(align..align + len).unwrap_or_default();
    let weights = weights(&memory.weights, [len, depth, fours, missing, align]);
    let sums = memory.sums.get_mut(1..=fours).unwrap_or_default();
    let dots = if way == Way::Loop { bantam_isa::dots } else { portable::dots };
    dots(inputs, weights, depth, sums)
}

/// Those of two pixels, one of which may have more sums; where weights are missing, it has another
/// number of inputs now and then, which computes nothing.
fn two(memory: &mut Memory, way: Way, [len, depth, fours, missing, align]: [usize; 5]) -> usize {
    let others_len = if missing == 5 && len % 4 == 0 { len + 1 } else { len };
    let inputs = [
        memory.inputs.get(align..align + len).unwrap_or_default(),
        memory.others.get(1 - align..1 - align + others_len).unwrap_or_default(),
    ];
    let weights = weights(&memory.weights, [len, depth, fours, missing, align]);
    let sums = [
        memory.sums.get_mut(1..=fours).unwrap_or_default(),
        memory.other_sums.get_mut(1..=fours.max(1) - align).unwrap_or_default(),
    ];
    if way == Way::Loop {
        bantam_isa::dots_of_two(inputs, weights, depth, sums)
    } else {
        portable::dots_of_two(inputs, weights, depth, sums)
    }
}

fn weights(weights: &[i8], [len, depth, fours, missing, align]: [usize; 5]) -> &[i8] {
    let needed = (DOTS * fours).saturating_sub(1) * depth + len;
    weights.get(align..align + needed.saturating_sub(missing)).unwrap_or_default()
}

/// Rows, columns and channels of windows, and elements that input and filter lack.
const WINDOWS: [[usize; 5]; 12] = [
    [0, 1, 4, 0, 0],
    [1, 0, 4, 0, 0],
    [1, 1, 0, 0, 0],
    [1, 1, 4, 0, 0],
    [1, 1, 6, 0, 0],
    [1, 3, 8, 0, 0],
    [3, 1, 4, 0, 0],
    [2, 2, 12, 0, 0],
    [3, 3, 8, 0, 0],
    [3, 3, 16, 0, 0],
    [3, 3, 8, 1, 0],
    [3, 3, 8, 0, 1],
];

fn windows(test: &mut Test) {
    for kind in Kind::ALL {
        for [rows, columns, channels, lacks_input, lacks_weights] in WINDOWS {
            for gap in 0..4 {
                for align in 0..4 {
                    let column = [channels + gap, channels];
                    let row = [columns * column[0] + 3 * gap, columns * column[1] + gap];
                    let grid = Grid { rows, columns, row, column };
                    let len = |row: usize, column: usize, lacks: usize| {
                        let last =
                            rows.saturating_sub(1) * row + columns.saturating_sub(1) * column;
                        (last + channels).saturating_sub(lacks)
                    };
                    let lens = [
                        len(row[0], column[0], lacks_input),
                        len(row[1], column[1], lacks_weights),
                    ];
                    let sizes = [rows, columns, channels, gap, align, lens[0], lens[1]];
                    test.case(kind, "add_window", &sizes, &|memory, way| {
                        let input = memory.image.get(align..align + lens[0]);
                        let filter = memory.weights.get(3 - align..3 - align + lens[1]);
                        let slices = [input.unwrap_or_default(), filter.unwrap_or_default()];
                        let sums = memory.sums.as_flattened_mut().get_mut(1..=channels);
                        let (sums, zero_point) = (sums.unwrap_or_default(), kind.zero_point());
                        if way == Way::Loop {
                            bantam_isa::add_window(&grid, sums, zero_point, slices);
                        } else {
                            portable::add_window(&grid, sums, zero_point, slices);
                        }
                        0
                    });
                }
            }
        }
    }
    test.end("add_window");
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(1)
}
