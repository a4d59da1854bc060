//! UNIDIRECTIONAL_SEQUENCE_LSTM: a layer of cells with gates, over all time steps of its input.
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/lstm_eval.h` and `.cc` (`LstmStep`),
//! `lstm_eval_common.cc`.

use core::marker::PhantomData;

use crate::backend::{Backend as _, Native, Rows};
use crate::error::{LengthMismatch, Operand};
use crate::number::clamp::{clamp_f32, within};
use crate::number::element::{Accumulator, BiasElement, Load, Quantized};
use crate::recurrent::lstm_constants::{CELL, forgotten};
use crate::unary::logistic::Logistic;
use crate::unary::op::{FloatOp, QuantizedOp};
use crate::unary::sigmoid_table::TableScale;
use crate::unary::tanh::Tanh;
use crate::walk::chunks::{chunks, chunks_mut, copy};

pub use crate::recurrent::lstm_constants::{LstmQuantization, LstmWeights};

/// Geometry of an LSTM layer.
///
/// With `i`, `f`, `g` and `o` the four gates, of which each is
/// `activation(W · input + bias + R · hidden)`, a step makes of `cell` and `hidden`
///
/// ```text
/// cell   = f · cell + i · g
/// hidden = o · tanh(cell)
/// ```
///
/// | slice    | dimensions                                               |
/// |----------|----------------------------------------------------------|
/// | `input`  | `[batches, steps, inputs]`, or `[steps, batches, inputs]` |
/// | `W`      | `[units, inputs]`                                        |
/// | `R`      | `[units, units]`                                         |
/// | `bias`   | `[units]`                                                |
/// | `hidden` | `[batches, units]`                                       |
/// | `cell`   | `[batches, units]`                                       |
/// | `output` | `[batches, steps, units]`, or `[steps, batches, units]`  |
///
/// It needs no scratch memory: the new hidden values are made where the output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct LstmParams {
    batches: u32,
    steps: u32,
    inputs: u32,
    units: u32,
    time_major: u32,
}

impl LstmParams {
    /// Geometry of a layer with this input and so many units.
    ///
    /// `time_major` says that the first dimension of the input is time, and not the batch.
    pub fn new(input: [u32; 3], units: u32, time_major: bool) -> Self {
        let [first, second, inputs] = input;
        let (batches, steps) = if time_major { (second, first) } else { (first, second) };
        Self { batches, steps, inputs, units, time_major: time_major.into() }
    }

    /// Elements of `hidden` and of `cell`.
    pub fn state_len(&self) -> u32 {
        self.batches.wrapping_mul(self.units)
    }

    /// The batch of row `row` of the input.
    fn batch(&self, row: u32) -> usize {
        let batch = if self.time_major != 0 {
            row.checked_rem(self.batches)
        } else {
            row.checked_div(self.steps)
        };
        batch.unwrap_or(0) as usize
    }

    fn check(
        &self,
        operand: Operand,
        actual: usize,
        rows: u32,
        columns: u32,
    ) -> Result<(), LengthMismatch> {
        LengthMismatch::check(operand, (rows as usize).wrapping_mul(columns as usize), actual)
    }

    /// Runs all steps on a layer with this arithmetic.
    #[inline(always)] // one caller for each arithmetic
    fn run<A: Arithmetic>(
        &self,
        arithmetic: &A,
        (input, output): (&[A::Activation], &mut [A::Activation]),
        (hidden, cell): (&mut [A::Activation], &mut [A::Cell]),
    ) -> Result<(), LengthMismatch> {
        let (inputs, units) = (self.inputs as usize, self.units as usize);
        let rows = self.batches.wrapping_mul(self.steps);
        self.check(Operand::Input, input.len(), rows, self.inputs)?;
        self.check(Operand::Output, output.len(), rows, self.units)?;
        self.check(Operand::Scratch, hidden.len(), self.batches, self.units)?;
        self.check(Operand::Scratch, cell.len(), self.batches, self.units)?;
        arithmetic.check(self)?;
        for ((row, input), output) in
            (0..).zip(chunks(input, inputs)).zip(chunks_mut(output, units))
        {
            let batch = self.batch(row);
            let (Some(hidden), Some(cell)) =
                (chunks_mut(hidden, units).nth(batch), chunks_mut(cell, units).nth(batch))
            else {
                continue;
            };
            if arithmetic.step([input, hidden], cell, output) {
                copy(output, hidden);
                continue;
            }
            // Side by side, as a pair of iterators would divide by their length, with a path to a
            // panic.
            let mut cells = cell.chunks_mut(UNITS);
            for (block, output) in output.chunks_mut(UNITS).enumerate() {
                let cell = cells.next().unwrap_or_default();
                arithmetic.units(block * UNITS, [input, hidden], cell, output);
            }
            copy(output, hidden);
        }
        Ok(())
    }
}

/// Units whose gates are computed at a time: their inputs are prepared once, and the sums are on
/// the stack.
const UNITS: usize = 12;

/// Numbers of one kind.
trait Arithmetic {
    type Activation: Copy;
    type Cell;

    /// `Ok` if the weights are as many as the parameters say.
    fn check(&self, params: &LstmParams) -> Result<(), LengthMismatch>;

    /// All of a step, if there is a way for it: the next cells and hidden values of the input and
    /// the last hidden values. False, and nothing is done, if there is none.
    #[inline(always)] // floats have no such way
    fn step(
        &self,
        _inputs: [&[Self::Activation]; 2],
        _cells: &mut [Self::Cell],
        _hidden: &mut [Self::Activation],
    ) -> bool {
        false
    }

    /// The next cells and hidden values of the units from `first` on, of which there are at most
    /// [`UNITS`], of the input and the last hidden values.
    fn units(
        &self,
        first: usize,
        inputs: [&[Self::Activation]; 2],
        cells: &mut [Self::Cell],
        hidden: &mut [Self::Activation],
    );
}

impl<'a, W, B> LstmWeights<'a, W, B> {
    fn check(&self, params: &LstmParams) -> Result<(), LengthMismatch> {
        let units = params.units;
        for ((input, recurrent), bias) in self.input.iter().zip(&self.recurrent).zip(&self.bias) {
            params.check(Operand::Filter, input.len(), units, params.inputs)?;
            params.check(Operand::Filter, recurrent.len(), units, units)?;
            params.check(Operand::Bias, bias.len(), 1, units)?;
        }
        Ok(())
    }

    /// The biases of a unit.
    fn biases(&self, unit: usize) -> Option<[&'a B; 4]> {
        let [a, b, c, d] = self.bias;
        Some([a.get(unit)?, b.get(unit)?, c.get(unit)?, d.get(unit)?])
    }
}

/// Row `index` of each of four matrices of rows of `len`.
fn rows<W>(matrices: [&[W]; 4], index: usize, len: usize) -> Option<[&[W]; 4]> {
    let row = |matrix| <[W]>::get(matrix, index.checked_mul(len)?..)?.get(..len);
    let [a, b, c, d] = matrices;
    Some([row(a)?, row(b)?, row(c)?, row(d)?])
}

/// Adds up the products of `x` with four rows at once: an element is loaded once for all of them,
/// and no sum waits for another.
#[inline(always)] // the sums stay in registers
fn dot4<X: Copy, W: Copy, S: Copy>(
    sums: [S; 4],
    x: &[X],
    [a, b, c, d]: [&[W]; 4],
    step: impl Fn(S, X, W) -> S,
) -> [S; 4] {
    let [mut p, mut q, mut r, mut s] = sums;
    for ((((&x, &a), &b), &c), &d) in x.iter().zip(a).zip(b).zip(c).zip(d) {
        (p, q) = (step(p, x, a), step(q, x, b));
        (r, s) = (step(r, x, c), step(s, x, d));
    }
    [p, q, r, s]
}

struct Integers<'a, T, B> {
    quantization: &'a LstmQuantization,
    weights: &'a LstmWeights<'a, i8, B>,
    activation: PhantomData<T>,
}

/// Runs a layer of integers: activations of `i8` or `i16`, weights of `i8`, cells of `i16`.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say. Nothing is written then.
pub fn quantized<T: Quantized, B: BiasElement>(
    params: &LstmParams,
    quantization: &LstmQuantization,
    weights: &LstmWeights<'_, i8, B>,
    activations: (&[T], &mut [T]),
    state: (&mut [T], &mut [i16]),
) -> Result<(), LengthMismatch> {
    let activation = PhantomData;
    params.run(&Integers { quantization, weights, activation }, activations, state)
}

/// Rows `first..first + units` of four matrices.
struct Rows4<'a> {
    weights: [&'a [i8]; 4],
    first: usize,
    units: usize,
}

impl Rows4<'_> {
    /// Adds to each sum the products of its row with the inputs, less their zero point.
    #[inline(never)] // size: one copy for input and hidden values
    fn multiply<T: Quantized>(
        &self,
        inputs: &[T],
        zero_point: i16,
        [p, q, r, s]: &mut [[T::Sum; UNITS]; 4],
    ) {
        let [a, b, c, d] = self.weights;
        let begin = self.first * inputs.len();
        let of = |weights, sums| Rows {
            weights: <[i8]>::get(weights, begin..).unwrap_or_default(),
            sums: <[T::Sum]>::get_mut(sums, ..self.units).unwrap_or_default(),
        };
        Native::products(inputs, zero_point, &mut [of(a, p), of(b, q), of(c, r), of(d, s)]);
    }
}

fn saturated(x: i32) -> i16 {
    within(x, i16::MIN.into(), i16::MAX.into()) as i16
}

impl<T: Quantized, B: BiasElement> Arithmetic for Integers<'_, T, B> {
    type Activation = T;
    type Cell = i16;

    fn check(&self, params: &LstmParams) -> Result<(), LengthMismatch> {
        self.weights.check(params)
    }

    #[inline(always)] // passes all on
    fn step(&self, inputs: [&[T]; 2], cells: &mut [i16], hidden: &mut [T]) -> bool {
        Native::lstm_step(self.quantization, self.weights, inputs, cells, hidden)
    }

    #[inline(always)] // one caller
    fn units(&self, first: usize, inputs: [&[T]; 2], cells: &mut [i16], hidden: &mut [T]) {
        let mut gates = [[0; 4]; UNITS];
        let gates = gates.get_mut(..hidden.len()).unwrap_or_default();
        self.gates(first, inputs, gates);
        self.update(gates, cells, hidden);
    }
}

impl<T: Quantized, B: BiasElement> Integers<'_, T, B> {
    /// The gates of the units from `first` on.
    #[inline(never)] // stack: the sums are not there when cells are updated
    fn gates(&self, first: usize, [input, hidden]: [&[T]; 2], gates: &mut [[i16; 4]]) {
        let (weights, quantization) = (self.weights, self.quantization);
        let mut sums = [[T::Sum::ZERO; UNITS]; 4];
        for (sums, bias) in sums.iter_mut().zip(weights.bias) {
            let biases = bias.iter().skip(first).take(gates.len());
            sums.iter_mut().zip(biases).for_each(|(s, b)| *s = T::Sum::truncated(b.value()));
        }
        let mut rows = Rows4 { weights: weights.input, first, units: gates.len() };
        rows.multiply(input, quantization.input_zero_point, &mut sums);
        for (gate, (sums, [factor, _])) in sums.iter_mut().zip(&quantization.gates).enumerate() {
            for (slot, sum) in gates.iter_mut().zip(sums) {
                let slot = slot.get_mut(gate);
                let scaled = saturated(sum.scaled(*factor, false));
                *sum = T::Sum::ZERO;
                slot.into_iter().for_each(|slot| *slot = scaled);
            }
        }
        rows.weights = weights.recurrent;
        rows.multiply(hidden, quantization.hidden_zero_point, &mut sums);
        for (gate, (sums, [_, factor])) in sums.iter().zip(&quantization.gates).enumerate() {
            for (slot, sum) in gates.iter_mut().zip(sums) {
                let Some(slot) = slot.get_mut(gate) else { continue };
                let x = slot.saturating_add(saturated(sum.scaled(*factor, false)));
                *slot = if gate == CELL {
                    Tanh::interpolate(TableScale::GATE, x)
                } else {
                    <Logistic as QuantizedOp<i16>>::apply(&TableScale::GATE, x)
                };
            }
        }
    }

    /// The next cells and hidden values of units with these gates.
    #[inline(never)] // stack and registers: apart from what makes the gates
    fn update(&self, gates: &[[i16; 4]], cells: &mut [i16], hidden: &mut [T]) {
        let LstmQuantization { input: candidate_factor, clip, hidden_zero_point, .. } =
            *self.quantization;
        let product = |a: i16, b: i16| i32::from(a).wrapping_mul(b.into());
        let range = if clip == 0 { [i16::MIN, i16::MAX] } else { [clip.wrapping_neg(), clip] };
        let [least, most] = range.map(i32::from);
        for ((&[input, forget, candidate, output], cell), hidden) in
            gates.iter().zip(cells).zip(hidden)
        {
            let kept = saturated(forgotten(product(forget, *cell)));
            let added = saturated(candidate_factor.apply_short(product(input, candidate)));
            *cell = within(i32::from(kept) + i32::from(added), least, most) as i16;
            let active = Tanh::interpolate(self.quantization.tanh, *cell);
            let value = self.quantization.hidden.apply_short(product(active, output));
            let value = value.wrapping_add(hidden_zero_point.into());
            *hidden = T::from_clamped(within(value, T::MIN, T::MAX));
        }
    }
}

struct Floats<'a, W> {
    params: &'a LstmParams,
    weights: &'a LstmWeights<'a, W, W>,
    clip: f32,
}

/// Runs a layer of floats; cells are clipped at a magnitude of `clip`, if that is above 0.
///
/// The functions `exp` and `tanh` are those of `libm`, where TFLM calls those of its C library.
///
/// # Errors
///
/// As [`quantized`].
pub fn f32<W: Load<f32>>(
    params: &LstmParams,
    clip: f32,
    weights: &LstmWeights<'_, W, W>,
    activations: (&[f32], &mut [f32]),
    state: (&mut [f32], &mut [f32]),
) -> Result<(), LengthMismatch> {
    params.run(&Floats { params, weights, clip }, activations, state)
}

/// Clamps as a layer without activation does: infinities become the largest numbers.
fn finite(x: f32) -> f32 {
    clamp_f32(x, f32::MIN, f32::MAX)
}

impl<W: Load<f32>> Floats<'_, W> {
    /// A cell within the magnitude.
    fn clipped(&self, cell: f32) -> f32 {
        if self.clip > 0.0 {
            // As in C++, what is not a number becomes the limit.
            let most = if cell < self.clip { cell } else { self.clip };
            if most < -self.clip { -self.clip } else { most }
        } else {
            cell
        }
    }

    /// The gates of a unit.
    #[inline(always)] // in a loop of its caller
    fn unit(&self, unit: usize, input: &[f32], hidden: &[f32]) -> Option<[f32; 4]> {
        let w = rows(self.weights.input, unit, self.params.inputs as usize)?;
        let r = rows(self.weights.recurrent, unit, self.params.units as usize)?;
        let biases = self.weights.biases(unit)?.map(|bias| bias.load());
        let step = |sum: f32, x: f32, w: W| sum + w.load() * x;
        let input = dot4([0.0; 4], input, w, step);
        let hidden = dot4([0.0; 4], hidden, r, step);
        let mut gates = input;
        for (gate, ((sum, more), bias)) in gates.iter_mut().zip(hidden).zip(biases).enumerate() {
            let x = finite(*sum + bias) + finite(more);
            *sum = if gate == CELL { Tanh::f32(x) } else { Logistic::f32(x) };
        }
        Some(gates)
    }
}

impl<W: Load<f32>> Arithmetic for Floats<'_, W> {
    type Activation = f32;
    type Cell = f32;

    fn check(&self, params: &LstmParams) -> Result<(), LengthMismatch> {
        self.weights.check(params)
    }

    fn units(
        &self,
        first: usize,
        [input, last]: [&[f32]; 2],
        cells: &mut [f32],
        hidden: &mut [f32],
    ) {
        for ((unit, cell), hidden) in (first..).zip(cells).zip(hidden) {
            let [input, forget, candidate, output] =
                self.unit(unit, input, last).unwrap_or_default();
            *cell = self.clipped(finite(forget * *cell) + finite(input * candidate));
            *hidden = finite(Tanh::f32(*cell) * output);
        }
    }
}
#[cfg(test)]
mod tests;
