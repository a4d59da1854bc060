use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::error::ParamsError;
use crate::number::activation::Quantization;

const fn of(scale: f32, zero_point: i32) -> Quantization {
    Quantization { scale, zero_point }
}

#[test]
fn quantizations_that_do_not_fit_are_refused() {
    let new = |hidden, cell| {
        LstmQuantization::new::<i8>(of(0.1, 3), hidden, cell, [[0.01; 2]; 4], 0.0).map(drop)
    };
    assert_eq!(new(of(0.1, 0), of(0.25, 0)), Ok(()));
    assert_eq!(new(of(0.1, 200), of(0.25, 0)), Err(ParamsError::ZeroPoint { value: 200 }));
    assert_eq!(new(of(0.0, 0), of(0.25, 0)), Err(ParamsError::Scale));
    assert_eq!(new(of(0.1, 0), of(0.25, 1)), Err(ParamsError::ZeroPoint { value: 1 }));
    assert_eq!(new(of(0.1, 0), of(8.0, 0)), Err(ParamsError::Multiplier));
}

#[test]
fn lengths_are_checked_before_anything_is_written() {
    let params = LstmParams::new([1, 2, 3], 2, false);
    let weights = LstmWeights {
        input: [&[0.5_f32; 6][..]; 4],
        recurrent: [&[0.5; 4][..], &[0.5; 4], &[0.5; 4], &[0.5; 3]],
        bias: [&[0.5; 2]; 4],
    };
    let (mut output, mut hidden, mut cell) = ([7.0; 4], [0.0; 2], [0.0; 2]);
    let run = f32(&params, 0.0, &weights, (&[1.0; 6], &mut output), (&mut hidden, &mut cell));
    assert_eq!(run.unwrap_err().operand, Operand::Filter);
    assert_eq!((output, hidden, cell), ([7.0; 4], [0.0; 2], [0.0; 2]));
}

/// A layer in real numbers.
struct Real {
    sizes: [usize; 4],
    time_major: bool,
    weights: [Vec<f64>; 4],
    recurrent: [Vec<f64>; 4],
    bias: [Vec<f64>; 4],
    clip: f64,
}

impl Real {
    fn run(&self, input: &[f64]) -> Vec<f64> {
        let [batches, steps, inputs, units] = self.sizes;
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let mut output = vec![0.0; batches * steps * units];
        for b in 0..batches {
            let (mut hidden, mut cell) = (vec![0.0; units], vec![0.0; units]);
            for t in 0..steps {
                let row = if self.time_major { t * batches + b } else { b * steps + t };
                let x = &input[row * inputs..(row + 1) * inputs];
                let old = hidden.clone();
                for u in 0..units {
                    let gate = |g: usize| {
                        let products = |w: &[f64], x: &[f64]| -> f64 {
                            w.iter().zip(x).map(|(w, x)| w * x).sum()
                        };
                        products(&self.weights[g][u * inputs..(u + 1) * inputs], x)
                            + products(&self.recurrent[g][u * units..(u + 1) * units], &old)
                            + self.bias[g][u]
                    };
                    let kept = sigmoid(gate(1)) * cell[u];
                    cell[u] = kept + sigmoid(gate(0)) * gate(2).tanh();
                    if self.clip > 0.0 {
                        cell[u] = cell[u].clamp(-self.clip, self.clip);
                    }
                    hidden[u] = sigmoid(gate(3)) * cell[u].tanh();
                }
                output[row * units..(row + 1) * units].copy_from_slice(&hidden);
            }
        }
        output
    }
}

proptest! {
    #[test]
    fn integers_and_floats_are_near_the_definition(
        batches in 1..3_usize, steps in 1..5_usize, inputs in 1..5_usize, units in 1..5_usize,
        time_major: bool, clipped: bool, seed: u32,
    ) {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as i8
        };
        let mut some = |len: usize| -> Vec<i8> { (0..len).map(|_| next()).collect() };
        let gates = [0; 4];
        let w = gates.map(|_| some(units * inputs));
        let r = gates.map(|_| some(units * units));
        let b: [Vec<i32>; 4] = gates.map(|_| some(units).into_iter().map(|b| i32::from(b) * 50).collect());
        let input = some(batches * steps * inputs);
        // Weights in 1/128, inputs in 1/64, hidden values in 1/128, cells in 1/4096.
        let clip = if clipped { 0.5 } else { 0.0 };
        let real = |list: &[i8], scale: f64| -> Vec<f64> { list.iter().map(|&x| f64::from(x) * scale).collect() };
        let layer = Real {
            sizes: [batches, steps, inputs, units],
            time_major,
            weights: w.each_ref().map(|w| real(w, 1.0 / 128.0)),
            recurrent: r.each_ref().map(|r| real(r, 1.0 / 128.0)),
            bias: b.each_ref().map(|b| b.iter().map(|&b| f64::from(b) / 8192.0).collect()),
            clip: clip.into(),
        };
        let want = layer.run(&real(&input, 1.0 / 64.0));
        let dims = if time_major { [steps, batches, inputs] } else { [batches, steps, inputs] };
        let params = LstmParams::new(dims.map(|n| n as u32), units as u32, time_major);
        let scales = [[1.0 / 128.0; 2]; 4];
        let (hidden, cell) = (of(1.0 / 128.0, 0), of(1.0 / 4096.0, 0));
        let quantization = LstmQuantization::new::<i8>(of(1.0 / 64.0, 0), hidden, cell, scales, clip).unwrap();
        let weights = LstmWeights {
            input: w.each_ref().map(Vec::as_slice),
            recurrent: r.each_ref().map(Vec::as_slice),
            bias: b.each_ref().map(Vec::as_slice),
        };
        let len = batches * units;
        let (mut output, mut h, mut c) = (vec![0_i8; want.len()], vec![0_i8; len], vec![0_i16; len]);
        quantized(&params, &quantization, &weights, (&input, &mut output), (&mut h, &mut c)).unwrap();
        for (got, want) in output.iter().zip(&want) {
            prop_assert!((f64::from(*got) / 128.0 - want).abs() < 0.1, "{} {want}", f64::from(*got) / 128.0);
        }
        // 16 bits have hidden values in 1/32768.
        let wide: Vec<i16> = input.iter().map(|&x| i16::from(x) * 64).collect();
        let quantization = LstmQuantization::new::<i16>(of(1.0 / 4096.0, 0), of(1.0 / 32768.0, 0), cell, scales, clip).unwrap();
        let wide_bias = b.each_ref().map(|b| b.iter().map(|&b| i64::from(b) * 64).collect::<Vec<_>>());
        let weights = LstmWeights { input: weights.input, recurrent: weights.recurrent, bias: wide_bias.each_ref().map(Vec::as_slice) };
        let (mut output, mut h, mut c) = (vec![0_i16; want.len()], vec![0_i16; len], vec![0_i16; len]);
        quantized(&params, &quantization, &weights, (&wide, &mut output), (&mut h, &mut c)).unwrap();
        for (got, want) in output.iter().zip(&want) {
            prop_assert!((f64::from(*got) / 32768.0 - want).abs() < 0.01, "{got} {want}");
        }
        let narrow = |list: &[f64]| -> Vec<f32> { list.iter().map(|&x| x as f32).collect() };
        let (w, r, b) = (layer.weights.each_ref().map(|w| narrow(w)), layer.recurrent.each_ref().map(|r| narrow(r)), layer.bias.each_ref().map(|b| narrow(b)));
        let weights = LstmWeights {
            input: w.each_ref().map(Vec::as_slice),
            recurrent: r.each_ref().map(Vec::as_slice),
            bias: b.each_ref().map(Vec::as_slice),
        };
        let (mut output, mut h, mut c) = (vec![0_f32; want.len()], vec![0_f32; len], vec![0_f32; len]);
        let input = narrow(&real(&input, 1.0 / 64.0));
        f32(&params, clip, &weights, (&input, &mut output), (&mut h, &mut c)).unwrap();
        for (got, want) in output.iter().zip(&want) {
            prop_assert!((f64::from(*got) - want).abs() < 1e-4, "{got} {want}");
        }
    }
}

/// A step as `LstmParams::run` computes it without a way for all of it: the cells and the hidden
/// values.
fn step_by_gates(
    quantization: &LstmQuantization,
    weights: &LstmWeights<'_, i8, i32>,
    inputs: [&[i8]; 2],
    cells: &mut [i16],
    hidden: &mut [i8],
) {
    let layer = Integers::<i8, i32> { quantization, weights, activation: PhantomData };
    for (unit, (cell, hidden)) in cells.chunks_mut(1).zip(hidden.chunks_mut(1)).enumerate() {
        layer.units(unit, inputs, cell, hidden);
    }
}

proptest! {
    /// What a backend has for all of a step gives the same, bit for bit.
    #[test]
    #[cfg(feature = "bytemuck")]
    fn whole_steps_are_those_of_the_gates(
        inputs in 1..40_usize, units in 1..40_usize, seed: u32, scale in 1e-5_f32..0.5,
        zero_points: [i8; 2], edge in 0..4_usize, cell_exponent in -16..=2_i32, clip in 0.0_f32..9.0,
    ) {
        use crate::backend::Mve;

        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i16
        };
        let mut some = |len: usize| -> Vec<i16> { (0..len).map(|_| next()).collect() };
        let mut bytes = |len: usize| -> Vec<i8> { some(len).iter().map(|x| (x >> 8) as i8).collect() };
        let gates = [(); 4];
        let w = gates.map(|()| bytes(units * inputs));
        let r = gates.map(|()| bytes(units * units));
        let [input, last] = [bytes(inputs), bytes(units)];
        let b = gates.map(|()| some(units).into_iter().map(i32::from).collect::<Vec<_>>());
        let weights = LstmWeights {
            input: w.each_ref().map(Vec::as_slice),
            recurrent: r.each_ref().map(Vec::as_slice),
            bias: b.each_ref().map(Vec::as_slice),
        };
        let [x, h] = if edge == 0 { [127, zero_points[1]] } else { zero_points };
        let cell_scale = 2.0_f32.powi(cell_exponent);
        // A scale as large as the last makes factors of one and above.
        let scales = [[scale, 0.001], [0.01, 1.0], [0.02, 0.03], [scale, scale]];
        let clip = if edge == 1 { 0.0 } else { clip };
        let quantization = LstmQuantization::new::<i8>(
            of(0.01, x.into()), of(scale / 4.0, h.into()), of(cell_scale, 0), scales, clip,
        ).unwrap();
        let mut cells = some(units);
        let (mut hidden, mut want) = (vec![0; units], (cells.clone(), vec![0; units]));
        step_by_gates(&quantization, &weights, [&input, &last], &mut want.0, &mut want.1);
        prop_assert!(Mve::lstm_step(&quantization, &weights, [&input, &last], &mut cells, &mut hidden));
        prop_assert_eq!((cells, hidden), want);
    }
}
