//! SVDF: a layer that looks back over past inputs, factored into features and times.
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/svdf_common.cc` (`EvalIntegerSvdfReference`,
//! `EvalFloatSvdfReference`), and `activation_utils.h` for floats.

use crate::backend::{Backend as _, Native, Rows};
use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::clamp::within;
use crate::number::element::{BiasElement, Load, Quantized};
use crate::walk::chunks::{chunks, chunks_mut, chunks_up_to, shift};

pub use crate::recurrent::svdf_constants::SvdfQuantization;

/// Filters whose features are computed at a time.
const FILTERS: usize = 16;

/// Geometry of an SVDF layer.
///
/// Each of `filters` has a row of weights for the input, whose product is its *feature*, and a row
/// of weights for its last `memory` features. The results of `rank` filters make up one unit.
///
/// | slice     | dimensions                   |
/// |-----------|------------------------------|
/// | `input`   | `[batches, inputs]`          |
/// | `feature` | `[filters, inputs]`          |
/// | `time`    | `[filters, memory]`          |
/// | `bias`    | `[filters / rank]`, or none  |
/// | `state`   | `[batches, filters, memory]` |
/// | `output`  | `[batches, filters / rank]`  |
///
/// A step first [`advance`](Self::advance)s the state, which reads all of the input, and then
/// computes the output from the state ([`respond`](Self::respond)): the two may share memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct SvdfParams {
    batches: u32,
    inputs: u32,
    filters: u32,
    memory: u32,
    rank: u32,
}

impl SvdfParams {
    /// Geometry of a layer; dimensions as above, those of the filters as `[filters, inputs]` and
    /// `[filters, memory]`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a rank below 1, [`ParamsError::ShapeMismatch`] if the shapes
    /// do not agree, or the rank does not divide the filters.
    pub fn new(
        input: [u32; 2],
        feature: [u32; 2],
        time: [u32; 2],
        rank: i32,
    ) -> Result<Self, ParamsError> {
        let rank = match u32::try_from(rank) {
            Ok(rank @ 1..) => rank,
            _ => return Err(ParamsError::Dimension { value: rank }),
        };
        let ([batches, inputs], [filters, memory]) = (input, time);
        for (expected, actual) in [
            (filters, feature[0]),
            (inputs, feature[1]),
            (0, filters.checked_rem(rank).unwrap_or(0)),
        ] {
            if expected != actual {
                return Err(ParamsError::ShapeMismatch { expected, actual });
            }
        }
        Ok(Self { batches, inputs, filters, memory, rank })
    }

    /// Elements of the input.
    pub fn input_len(&self) -> usize {
        (self.batches as usize).wrapping_mul(self.inputs as usize)
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        (self.batches as usize).wrapping_mul(self.units() as usize)
    }

    /// Outputs of each batch.
    pub fn units(&self) -> u32 {
        self.filters.checked_div(self.rank).unwrap_or(0)
    }

    /// Elements of the state of each unit.
    fn depth(&self) -> usize {
        (self.rank as usize).wrapping_mul(self.memory as usize)
    }

    /// Elements of the state of each batch.
    pub fn state_len(&self) -> u32 {
        self.filters.wrapping_mul(self.memory)
    }

    /// Moves the state of integers on by one step, whose newest features are those of `input`.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if a slice is not as long as the parameters say. Nothing is written then.
    pub fn advance<T: Quantized>(
        &self,
        quantization: &SvdfQuantization,
        (input, feature): (&[i8], &[i8]),
        state: &mut [T],
    ) -> Result<(), LengthMismatch> {
        let state_zero_point = i32::from(quantization.state);
        let features = |input: &[i8], weights: &[i8], newest: &mut [T]| {
            if Native::svdf_features(quantization, input, weights, newest) {
                return;
            }
            let mut sums = [0; FILTERS];
            let sums = sums.get_mut(..newest.len()).unwrap_or_default();
            let rows = Rows { weights, sums: &mut *sums };
            Native::products(input, quantization.input, &mut [rows]);
            for (newest, sum) in newest.iter_mut().zip(sums) {
                let value = within(quantization.feature.apply_positive(*sum), T::MIN, T::MAX);
                // As in C++, a sum beyond the type loses its high bits.
                *newest = T::from_clamped(value + state_zero_point);
            }
        };
        self.advance_with(input, feature, state, features, Native::shift)
    }

    /// Computes the output from a state of integers.
    ///
    /// # Errors
    ///
    /// As [`advance`](Self::advance).
    pub fn respond<T: Quantized, W: Load<T>, B: BiasElement + Load<i32>>(
        &self,
        quantization: &SvdfQuantization,
        state: &[T],
        (time, bias): (&[W], Option<&[B]>),
        output: &mut [i8],
    ) -> Result<(), LengthMismatch> {
        let zero_point = i32::from(quantization.state);
        let add = |sum: i32, (&x, w): (&T, &W)| {
            let (x, w): (i32, i32) = (x.into(), w.load().into());
            sum.wrapping_add(w.wrapping_mul(x.wrapping_sub(zero_point)))
        };
        // Eight at a time, since one takes as many instructions as the end of the loop.
        let step = |sum: i32, row: &[T], weights: &[W]| {
            let (eights, rest) = row.as_chunks::<8>();
            let (weights, last) = weights.as_chunks::<8>();
            let two = |sum, x: [&T; 2], w: [&W; 2]| add(add(sum, (x[0], w[0])), (x[1], w[1]));
            let eight = |sum, (x, w): (&[T; 8], &[W; 8])| {
                let ([a, b, c, d, e, f, g, h], [i, j, k, l, m, n, o, p]) = (x, w);
                let sum = two(two(sum, [a, b], [i, j]), [c, d], [k, l]);
                two(two(sum, [e, f], [m, n]), [g, h], [o, p])
            };
            let sum = eights.iter().zip(weights).fold(sum, eight);
            rest.iter().zip(last).fold(sum, add)
        };
        let depth = self.depth();
        let whole = |state: &[T], constants: (&[W], Option<&[B]>), output: &mut [i8]| {
            Native::svdf_responses(quantization, depth, state, constants, output)
        };
        self.respond_with(state, (time, bias), output, whole, step, |sum| {
            let value =
                quantization.time.apply_positive(sum).wrapping_add(i32::from(quantization.output));
            within(value, i8::MIN.into(), i8::MAX.into()) as i8
        })
    }

    /// As [`advance`](Self::advance), of floats.
    ///
    /// # Errors
    ///
    /// As [`advance`](Self::advance).
    pub fn advance_f32<W: Load<f32>>(
        &self,
        (input, feature): (&[f32], &[W]),
        state: &mut [f32],
    ) -> Result<(), LengthMismatch> {
        let features = |input: &[f32], weights: &[W], newest: &mut [f32]| {
            let rows = chunks(weights, input.len());
            newest.iter_mut().zip(rows).for_each(|(newest, row)| *newest = dot(input, row));
        };
        self.advance_with(input, feature, state, features, shift)
    }

    /// As [`respond`](Self::respond), of floats.
    ///
    /// # Errors
    ///
    /// As [`advance`](Self::advance).
    pub fn respond_f32<W: Load<f32>>(
        &self,
        activation: SvdfActivation,
        state: &[f32],
        (time, bias): (&[W], Option<&[W]>),
        output: &mut [f32],
    ) -> Result<(), LengthMismatch> {
        let memory = self.memory as usize;
        let step = |sum: f32, state: &[f32], weights: &[W]| {
            let rows = chunks(state, memory).zip(chunks(weights, memory));
            rows.fold(sum, |sum, (row, weights)| sum + dot(row, weights))
        };
        let whole = |_: &[f32], _: (&[W], Option<&[W]>), _: &mut [f32]| false;
        self.respond_with(state, (time, bias), output, whole, step, |sum| activation.apply(sum))
    }

    #[inline(always)] // one caller for each type
    fn advance_with<X, W, S: Copy + Default>(
        &self,
        input: &[X],
        feature: &[W],
        state: &mut [S],
        features: impl Fn(&[X], &[W], &mut [S]),
        shift: impl Fn(&mut [S]),
    ) -> Result<(), LengthMismatch> {
        let inputs = self.inputs as usize;
        self.check(Operand::Input, input.len(), self.batches, self.inputs)?;
        self.check(Operand::Filter, feature.len(), self.filters, self.inputs)?;
        self.check(Operand::Scratch, state.len(), self.batches, self.state_len())?;
        let states = chunks_mut(state, self.state_len() as usize);
        for (input, state) in chunks(input, inputs).zip(states) {
            let memory = self.memory as usize;
            let mut weights = feature;
            for block in chunks_up_to(state, FILTERS.saturating_mul(memory)) {
                let mut newest = [S::default(); FILTERS];
                let filters = block.len().checked_div(memory).unwrap_or(0);
                let newest = newest.get_mut(..filters).unwrap_or_default();
                features(input, weights, newest);
                weights = weights.get(filters.saturating_mul(inputs)..).unwrap_or_default();
                shift(block);
                for (row, newest) in block.chunks_exact_mut(memory.max(1)).zip(newest) {
                    row.last_mut().into_iter().for_each(|last| *last = *newest);
                }
            }
        }
        Ok(())
    }

    #[inline(always)] // one caller for each type
    fn respond_with<S, W, B: Load<A>, A: Default, O>(
        &self,
        state: &[S],
        (time, bias): (&[W], Option<&[B]>),
        output: &mut [O],
        whole: impl Fn(&[S], (&[W], Option<&[B]>), &mut [O]) -> bool,
        step: impl Fn(A, &[S], &[W]) -> A,
        finish: impl Fn(A) -> O,
    ) -> Result<(), LengthMismatch> {
        let (depth, units) = (self.depth(), self.units());
        self.check(Operand::Scratch, state.len(), self.batches, self.state_len())?;
        self.check(Operand::Filter, time.len(), self.filters, self.memory)?;
        self.check(Operand::Bias, bias.map_or(units as usize, <[B]>::len), 1, units)?;
        self.check(Operand::Output, output.len(), self.batches, units)?;
        let states = chunks(state, self.state_len() as usize);
        for (output, state) in chunks_mut(output, units as usize).zip(states) {
            if whole(state, (time, bias), output) {
                continue;
            }
            let len = depth.max(1);
            let mut filters = state.chunks_exact(len).zip(time.chunks_exact(len));
            let mut bias = bias.unwrap_or(&[]).iter();
            for output in output {
                let sum = bias.next().map_or(A::default(), |bias| bias.load());
                let (state, weights) = filters.next().unwrap_or_default();
                *output = finish(step(sum, state, weights));
            }
        }
        Ok(())
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
}

/// The sum of the products in their order.
fn dot<W: Load<f32>>(input: &[f32], weights: &[W]) -> f32 {
    input.iter().zip(weights).fold(0.0, |sum, (x, w)| sum + w.load() * x)
}

/// The activation functions of an SVDF layer of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SvdfActivation {
    /// The sum as it is.
    None,
    /// At least 0.
    Relu,
    /// Within -1..1.
    ReluN1To1,
    /// Within 0..6.
    Relu6,
    /// The hyperbolic tangent.
    Tanh,
    /// 1 for what has a sign, else 0.
    SignBit,
}

impl SvdfActivation {
    fn apply(self, x: f32) -> f32 {
        // As fmax and fmin: what is not a number becomes the limit.
        let least = |limit: f32, x: f32| if x > limit { x } else { limit };
        let most = |x: f32, limit: f32| if x < limit { x } else { limit };
        match self {
            Self::None => x,
            Self::Relu => least(0.0, x),
            Self::ReluN1To1 => least(-1.0, most(x, 1.0)),
            Self::Relu6 => least(0.0, most(x, 6.0)),
            Self::Tanh => libm::tanhf(x),
            Self::SignBit => f32::from(u8::from(x.is_sign_negative())),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::number::activation::Quantization;

    const ONE: Quantization = Quantization { scale: 1.0, zero_point: 0 };

    #[test]
    fn shapes_that_do_not_agree_are_refused() {
        let new = SvdfParams::new;
        assert_eq!(new([1, 4], [6, 4], [6, 3], 0), Err(ParamsError::Dimension { value: 0 }));
        for faulty in [
            new([1, 5], [6, 4], [6, 3], 2),
            new([1, 4], [6, 4], [5, 3], 1),
            new([1, 4], [6, 4], [6, 3], 4),
        ] {
            assert!(matches!(faulty, Err(ParamsError::ShapeMismatch { .. })), "{faulty:?}");
        }
        let params = new([2, 4], [6, 4], [6, 3], 2).unwrap();
        assert_eq!((params.units(), params.state_len()), (3, 18));
        let quantization = SvdfQuantization::new::<i8>(ONE, [1.0; 2], Some(1.0), ONE, ONE).unwrap();
        let mut state = [7_i8; 35];
        let faulty = params.advance(&quantization, (&[0; 8], &[0; 24]), &mut state);
        assert_eq!(faulty.unwrap_err().operand, Operand::Scratch);
        assert_eq!(state, [7; 35]);
        let wrong = SvdfQuantization::new::<i8>(ONE, [1.0; 2], Some(1.1), ONE, ONE);
        assert_eq!(wrong, Err(ParamsError::Quantization));
    }

    #[test]
    fn activations() {
        let of = |activation: SvdfActivation| [-7.0, -0.0, 0.5, 9.0].map(|x| activation.apply(x));
        assert_eq!(of(SvdfActivation::None), [-7.0, 0.0, 0.5, 9.0]);
        assert_eq!(of(SvdfActivation::Relu), [0.0, 0.0, 0.5, 9.0]);
        assert_eq!(of(SvdfActivation::ReluN1To1), [-1.0, 0.0, 0.5, 1.0]);
        assert_eq!(of(SvdfActivation::Relu6), [0.0, 0.0, 0.5, 6.0]);
        assert_eq!(of(SvdfActivation::SignBit), [1.0, 1.0, 0.0, 0.0]);
        assert!((of(SvdfActivation::Tanh)[2] - 0.462_117).abs() < 1e-6);
    }

    proptest! {
        /// What a backend has for a whole state gives the same, bit for bit.
        #[test]
        #[cfg(feature = "bytemuck")]
        fn whole_states_are_those_of_the_units(
            inputs in 1..40_usize, units in 1..20_usize, depth in 1..20_usize, seed: u32,
            zero_points: [i8; 3], scales: [u8; 2], has_bias: bool,
        ) {
            use crate::backend::Mve;

            let mut random = seed;
            let mut next = || {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (random >> 24) as i8
            };
            let mut some = |len: usize| -> Vec<i8> { (0..len).map(|_| next()).collect() };
            let of = |zero_point: i8| Quantization { scale: 1.0, zero_point: zero_point.into() };
            let [input_point, state_point, output_point] = zero_points.map(of);
            let scales = scales.map(|scale| f32::from(scale) / 128.0);
            let quantization =
                SvdfQuantization::new::<i8>(input_point, scales, None, state_point, output_point)
                    .unwrap();
            let (input, feature) = (some(inputs), some(inputs * units));
            let (state, time) = (some(units * depth), some(units * depth));
            let bias: Vec<i32> = some(units).into_iter().map(i32::from).collect();
            let bias = has_bias.then_some(bias.as_slice());
            let params = SvdfParams::new(
                [1, inputs as u32], [units as u32, inputs as u32], [units as u32, depth as u32], 1,
            ).unwrap();
            let (mut want, mut found) = (vec![0; units], vec![0; units]);
            params.respond(&quantization, &state, (&time, bias), &mut want).unwrap();
            let is_done =
                Mve::svdf_responses(&quantization, depth, &state, (&time, bias), &mut found);
            prop_assert_eq!((is_done, found), (state_point.zero_point < 127, want));
            let mut advanced = state.clone();
            params.advance(&quantization, (&input, &feature), &mut advanced).unwrap();
            let mut moved = state;
            Mve::shift(&mut moved);
            let mut features = vec![0; units];
            if Mve::svdf_features(&quantization, &input, &feature, &mut features) {
                let rows = moved.chunks_mut(depth).zip(features);
                rows.for_each(|(row, newest)| row[depth - 1] = newest);
                prop_assert_eq!(moved, advanced);
            }
        }

        /// Over several steps the output is that of the definition: a sum over past features.
        #[test]
        fn steps_are_those_of_the_definition(
            batches in 1..3_usize, inputs in 1..5_usize, units in 1..4_usize,
            rank in 1..3_usize, memory in 1..4_usize, seed: u32,
        ) {
            let mut state = seed;
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 28) as i8 - 8
            };
            let filters = units * rank;
            let mut some = |len: usize| -> Vec<i8> { (0..len).map(|_| next()).collect() };
            let (feature, time) = (some(filters * inputs), some(filters * memory));
            let bias: Vec<i32> = some(units).into_iter().map(i32::from).collect();
            let steps: Vec<Vec<i8>> = (0..4).map(|_| some(batches * inputs)).collect();
            let params = SvdfParams::new(
                [batches, inputs].map(|n| n as u32),
                [filters, inputs].map(|n| n as u32),
                [filters, memory].map(|n| n as u32),
                rank as i32,
            ).unwrap();
            // Factors of 1, so that integers and floats are the same numbers.
            let quantization =
                SvdfQuantization::new::<i16>(ONE, [1.0; 2], Some(1.0), ONE, ONE).unwrap();
            let mut integers = vec![0_i16; batches * filters * memory];
            let mut floats = vec![0_f32; integers.len()];
            let float = |list: &[i8]| -> Vec<f32> { list.iter().map(|&x| x.into()).collect() };
            let (float_time, float_feature) = (float(&time), float(&feature));
            let float_bias: Vec<f32> = bias.iter().map(|&x| x as f32).collect();
            let wide_time: Vec<i16> = time.iter().map(|&w| w.into()).collect();
            for now in 0..steps.len() {
                let (mut output, mut float_output) = (vec![0_i8; batches * units], vec![0.0; batches * units]);
                params.advance(&quantization, (&steps[now], &feature), &mut integers).unwrap();
                params.respond(&quantization, &integers, (&wide_time, Some(&bias)), &mut output).unwrap();
                params.advance_f32((&float(&steps[now]), &float_feature), &mut floats).unwrap();
                params.respond_f32(SvdfActivation::None, &floats, (&float_time, Some(&float_bias)), &mut float_output).unwrap();
                for b in 0..batches {
                    for u in 0..units {
                        let mut want = bias[u];
                        for f in u * rank..(u + 1) * rank {
                            for back in 0..memory.min(now + 1) {
                                let input = &steps[now - back][b * inputs..(b + 1) * inputs];
                                let products = input.iter().zip(&feature[f * inputs..(f + 1) * inputs]);
                                let dot: i32 = products.map(|(&x, &w)| i32::from(x) * i32::from(w)).sum();
                                want += dot * i32::from(time[f * memory + memory - 1 - back]);
                            }
                        }
                        prop_assert_eq!(i32::from(output[b * units + u]), want.clamp(-128, 127));
                        prop_assert_eq!(float_output[b * units + u], want as f32);
                    }
                }
            }
        }
    }
}
