//! The cases of recurrent layers, of `bantam_isa::mve`.

use bantam_isa::mve::{
    self, Activation, Cells, Factor, Gate, Responses, Source, Table, UNITS, portable,
};

use crate::cases::Test;
use crate::data::{Kind, Memory, Noise, place, place_mut};
use crate::pinned::takes_at_most;

/// As [`crate::cases::all`].
pub(crate) fn all(test: &mut Test<'_>) -> bool {
    gate(test);
    cells(test);
    respond(test);
    shift(test);
    test.passed && pinned(test.found)
}

/// A table that rises as the sigmoid does, and is at its limit from entry 254 on.
fn table() -> Table {
    core::array::from_fn(|at| (32_768 + at as u32 * 129).min(65_534 + u32::from(at == 255)) as u16)
}

/// One of the factors, with a shift in either direction.
fn factor(memory: &Memory, at: usize) -> Factor {
    let multiplier = memory.multipliers.get(at % 48).copied().unwrap_or(0);
    Factor { multiplier, shift: at as i32 % 35 - 31 }
}

fn zero_point(at: usize) -> i8 {
    [-128, -1, 0, 5, 126].get(at % 5).copied().unwrap_or(0)
}

fn gate(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for units in (0..=9).chain([UNITS]) {
            for depths in [[0, 1], [1, 0], [1, 16], [15, 3], [16, 17], [33, 31], [18, 64]] {
                for round in 0..6 {
                    let [input, hidden] = depths;
                    test.case(kind, "gate", &[units, input, hidden, round], &|memory, assembly| {
                        gate_case(memory, assembly, depths, units, round);
                    });
                }
            }
        }
    }
    test.end("gate");
}

fn gate_case(
    memory: &mut Memory,
    assembly: bool,
    [input, hidden]: [usize; 2],
    units: usize,
    round: usize,
) {
    // Small biases, so that not all gates are saturated.
    let bias = memory.bias.map(|bias| (i32::from_le_bytes(bias) >> (4 * round)).to_le_bytes());
    let source = |first: usize, depth: usize, zero_point, factor| Source {
        inputs: place(&memory.input, first, depth),
        zero_point,
        weights: place(&memory.filter, first, units * depth),
        factor,
    };
    let seed = 7 * units + round;
    let gate = Gate {
        input: source(round, input, zero_point(seed), factor(memory, seed)),
        hidden: source(1500, hidden, zero_point(round), factor(memory, seed + 9)),
        bias: place(&bias, 0, units),
        activation: if round.is_multiple_of(2) { Activation::Logistic } else { Activation::Tanh },
        table: &table(),
    };
    let output = place_mut(&mut memory.wide_output, round, units);
    if assembly { mve::gate(&gate, output) } else { portable::gate(&gate, output) }
}

fn cells(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for units in (0..=9).chain([UNITS]) {
            for round in 0..40 {
                test.case(kind, "cells", &[units, round], &|memory, assembly| {
                    cells_case(memory, assembly, units, round);
                });
            }
        }
    }
    test.end("cells");
}

fn cells_case(memory: &mut Memory, assembly: bool, units: usize, round: usize) {
    let mut gates = [[0; UNITS]; 4];
    for (slot, x) in gates.as_flattened_mut().iter_mut().zip(&memory.wide_input) {
        *slot = *x;
    }
    // A shift as for factors next to one, or any.
    let factor = |at: usize| {
        let factor = factor(memory, at);
        Factor {
            shift: if round.is_multiple_of(2) { -(at as i32 % 16) } else { factor.shift },
            ..factor
        }
    };
    let steps = match round % 20 {
        bits @ 0..=14 => [3 << bits, 0],
        bits => [3, bits as u16 - 14],
    };
    let cells = Cells {
        gates: &gates,
        factors: [factor(round), factor(round + 5), factor(3 * round + 6)],
        range: if round.is_multiple_of(3) { [-900, 900] } else { [i16::MIN, i16::MAX] },
        steps,
        zero_point: (round * 13) as i8,
        table: &table(),
    };
    let cell = place_mut(&mut memory.wide_output, round % 4, units);
    let hidden = place_mut(&mut memory.output, round % 5, units + round % 2);
    if assembly { mve::cells(&cells, cell, hidden) } else { portable::cells(&cells, cell, hidden) }
}

fn respond(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for units in 0..=9 {
            for depth in (0..=18).chain([33, 64]) {
                test.case(kind, "respond", &[units, depth], &|memory, assembly| {
                    let responses = Responses {
                        state: place(&memory.input, depth % 7, units * depth),
                        weights: place(&memory.filter, units, units * depth),
                        depth,
                        bias: place(
                            &memory.bias,
                            0,
                            if depth.is_multiple_of(3) { 0 } else { units },
                        ),
                        state_zero_point: zero_point(units + depth),
                        factor: factor(memory, 11 * units + depth),
                        zero_point: (depth * 19) as i8,
                    };
                    let output = place_mut(&mut memory.output, depth % 4, units);
                    let way = if assembly { mve::respond } else { portable::respond };
                    way(&responses, output);
                });
            }
        }
    }
    test.end("respond");
}

fn shift(test: &mut Test<'_>) {
    for len in (0..=18).chain([31, 32, 33, 34, 48, 49, 100]) {
        for align in 0..16 {
            test.case(Kind::Noise, "shift", &[len, align], &|memory, assembly| {
                let way = if assembly { mve::shift } else { portable::shift };
                way(place_mut(&mut memory.output, align, len));
            });
        }
    }
    test.end("shift");
}

/// As [`crate::pinned::pinned`].
fn pinned(memory: &mut Memory) -> bool {
    memory.fill(&mut Noise(5), Kind::Small);
    let table = &table();
    let Memory { input, filter, output, bias, wide_output, .. } = memory;
    let factor = Factor { multiplier: 1 << 30, shift: -7 };
    let source = Source { inputs: place(input, 0, 32), zero_point: 3, weights: filter, factor };
    let mut passed = true;
    let mut check = |name: &str, expected: u64, work: &mut dyn FnMut()| {
        passed &= takes_at_most(name, expected, work);
    };
    check("gate, (32 + 32) x 16", GATE, &mut || {
        let activation = Activation::Logistic;
        let gate = Gate { input: source, hidden: source, bias, activation, table };
        mve::gate(&gate, place_mut(wide_output, 0, 16));
    });
    check("cells, 16", CELLS, &mut || {
        let cells = Cells {
            gates: &[[900; UNITS]; 4],
            factors: [factor; 3],
            range: [-900, 900],
            steps: [3, 0],
            zero_point: 3,
            table,
        };
        mve::cells(&cells, place_mut(wide_output, 0, 16), place_mut(output, 0, 16));
    });
    check("respond, 8 x 16", RESPOND, &mut || {
        let (state, weights) = (input.as_slice(), filter.as_slice());
        let (state_zero_point, zero_point) = (-50, 5);
        let depth = 8;
        let responses =
            Responses { state, weights, depth, bias, state_zero_point, factor, zero_point };
        mve::respond(&responses, place_mut(output, 0, 16));
    });
    check("shift, 128", SHIFT, &mut || mve::shift(place_mut(output, 0, 128)));
    passed
}

/// What [`pinned`] expects.
const GATE: u64 = 604;
const CELLS: u64 = 337;
const RESPOND: u64 = 402;
const SHIFT: u64 = 31;
