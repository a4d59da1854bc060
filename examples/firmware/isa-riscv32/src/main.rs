//! Compares `bantam_isa::dots` in assembly with its twin in Rust: all remainders of lengths, any
//! alignment, words around the sums, extreme values. Prints the instructions of one shape.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use bantam_isa::{DOTS, RISCV, portable};
use riscv::register::minstret;
use semihosting::println;
use semihosting::process::exit;

/// Inputs, weights, and fours of sums, of which the first and the last are not to be changed.
#[derive(Clone, Debug, PartialEq)]
struct Memory {
    inputs: [i16; 40],
    weights: [i8; 512],
    sums: [[i32; DOTS]; 6],
}

/// Numbers that look random, the same in each run.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}

/// What a case multiplies.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Any,
    /// The largest products there are.
    Lowest,
    /// The smallest ones.
    Opposite,
}

/// Instructions of the shape below, checks of lengths included: they must not grow.
const PINNED: u64 = 2000;

#[riscv_rt::entry]
fn main() -> ! {
    let mut noise = Noise(1);
    let (mut cases, mut passed) = (0, RISCV);
    for kind in [Kind::Any, Kind::Lowest, Kind::Opposite] {
        for len in 0..=33 {
            for [more, fours, missing] in SHAPES {
                let memory = memory(&mut noise, kind);
                let sizes = [len, len + more, fours, missing, cases % 2];
                let (found, expected) =
                    (compute(&memory, sizes, true), compute(&memory, sizes, false));
                cases += 1;
                if found != expected {
                    println!("dots differs: {kind:?} {sizes:?}");
                    passed = false;
                }
            }
        }
    }
    println!("dots: {cases} cases");
    let Memory { inputs, weights, mut sums } = memory(&mut noise, Kind::Any);
    let inputs = inputs.first_chunk::<32>().map_or(&[][..], |inputs| inputs);
    let before = minstret::read();
    let done = bantam_isa::dots(inputs, &weights, 32, &mut sums);
    let taken = (minstret::read() - before) as u64;
    println!("dots, 32 x 16: {taken} instructions");
    passed &= done == 4 && taken <= PINNED;
    exit(i32::from(!passed))
}

/// From filter to filter beyond their lengths, fours of sums, and weights that are missing.
const SHAPES: [[usize; 3]; 7] =
    [[0, 0, 0], [0, 1, 0], [1, 2, 0], [2, 3, 0], [0, 3, 1], [3, 4, 5], [1, 4, 40]];

fn memory(noise: &mut Noise, kind: Kind) -> Memory {
    let mut memory = Memory { inputs: [0; 40], weights: [0; 512], sums: [[0; DOTS]; 6] };
    for input in &mut memory.inputs {
        *input = match kind {
            Kind::Any => noise.next() as i16,
            Kind::Lowest => i16::MIN,
            Kind::Opposite => i16::MAX,
        };
    }
    for weight in &mut memory.weights {
        *weight = if matches!(kind, Kind::Any) { noise.next() as i8 } else { i8::MIN };
    }
    memory.sums.as_flattened_mut().iter_mut().for_each(|sum| *sum = noise.next() as i32);
    memory
}

/// The fours that were computed, and what the memory is then.
fn compute(
    memory: &Memory,
    [len, depth, fours, missing, align]: [usize; 5],
    assembly: bool,
) -> (usize, Memory) {
    let mut memory = memory.clone();
    let needed = (DOTS * fours).saturating_sub(1) * depth + len;
    let inputs = memory.inputs.get(align..align + len).unwrap_or_default();
    let weights = memory.weights.get(align..align + needed.saturating_sub(missing));
    let sums = memory.sums.get_mut(1..=fours).unwrap_or_default();
    let dots = if assembly { bantam_isa::dots } else { portable::dots };
    (dots(inputs, weights.unwrap_or_default(), depth, sums), memory)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(1)
}
