//! Nodes of prepared images may hold any bytes: no operator may panic on them, or loop for longer
//! than the operands are long.

extern crate std;

use super::ALL;
use crate::op::{Fixed, Io};
use crate::record::{NodeRecord, Operand, Place};
use crate::{EvalError, Op};
use bantam_arena::Records;
use bantam_kernels::movement::pad::PadParams;
use bantam_kernels::pool::pool2d::{Pool2dParams, PoolWindow};
use bantam_kernels::reduce::axes::{QuantizedReduceOp, Reduction};
use bantam_kernels::reduce::sum::Mean;
use bantam_kernels::walk::padding::Padding;
use bantam_kernels::walk::window::WindowOptions;
use bantam_kernels::weighted::conv_2d::Conv2dParams;
use bantam_kernels::weighted::depthwise_conv_2d::DepthwiseConv2dParams;
use bantam_kernels::weighted::fully_connected::FullyConnectedParams;
use bantam_kernels::weighted::transpose_conv::TransposeConvParams;
use bantam_kernels::{ActivationRange, Matrix, Nhwc, Quantization, Shape};
use bantam_schema::{Model, TensorType};
use bytemuck::bytes_of;
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

/// Bytes of the overlay.
const OVERLAY: usize = 512;

/// Halves of words that are sizes of small things as often as not.
fn half() -> impl Strategy<Value = u16> {
    prop_oneof![4 => 0..6_u16, 2 => any::<u16>(), 1 => Just(u16::MAX)]
}

/// An operand of the overlay or of the model.
fn operand() -> impl Strategy<Value = Operand> {
    (0..OVERLAY as u32 / 16, prop_oneof![0..80_u32, (0..40_u32).prop_map(|n| 4 * n)], 0..6_u8)
        .prop_map(|(at, bytes, kind)| {
            let place = if kind == 0 { Place::Model(at) } else { Place::Overlay(16 * at) };
            Operand::new(place, bytes).unwrap_or(Operand::ABSENT)
        })
}

/// Memory of any contents. One number makes all of it: a strategy for each byte takes most of the
/// time of these tests.
fn rubbish() -> impl Strategy<Value = Vec<u8>> {
    any::<u64>().prop_map(|seed| {
        let next =
            |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        let states = std::iter::successors(Some(seed), next).skip(1);
        states.take(OVERLAY).map(|state| (state >> 56) as u8).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn any_prepared_data_is_survived(
        op in 0..ALL.len(),
        halves in prop::collection::vec(half(), 64),
        element_type in prop::sample::select(TensorType::ALL),
        operands in prop::collection::vec(operand(), 5),
        inputs in 1..5_usize,
        mut memory in rubbish(),
    ) {
        let op = &ALL[op];
        let words = op.data_bytes().div_ceil(4);
        let mut data: Vec<u32> =
            halves.as_chunks().0.iter().map(|&[a, b]| u32::from(a) | u32::from(b) << 16).collect();
        data.truncate(words);

        run((op, element_type), &data, &operands, inputs, &mut memory).unwrap_or(());
    }

    #[test]
    fn valid_data_with_a_wrong_field_is_survived(
        node in prop::sample::select(nodes()),
        wrong in prop::collection::vec((any::<prop::sample::Index>(), half()), 1..3),
        element_type in prop_oneof![3 => Just(TensorType::INT8), 1 => prop::sample::select(TensorType::ALL)],
        output in prop_oneof![1 => Just(OUTPUT), 1 => (0..OUTPUT / 4).prop_map(|n| 4 * n)],
        mut memory in rubbish(),
    ) {
        let mut data = node.data.clone();
        let halves: &mut [u16] = bytemuck::cast_slice_mut(&mut data);
        for (index, value) in wrong {
            halves[index.index(halves.len())] = value;
        }
        let node_type = (&node.op, element_type);
        run(node_type, &data, &node.operands(output), node.inputs.len(), &mut memory).unwrap_or(());
    }
}

/// Where the output lies that is apart from the inputs.
const OUTPUT: u32 = 384;

/// A node that runs.
#[derive(Clone, Debug)]
struct Node {
    op: Op,
    data: Vec<u32>,
    /// Bytes of the inputs, which lie one after the other.
    inputs: Vec<u32>,
    output: u32,
}

impl Node {
    fn new(op: Op, data: &[&[u8]], inputs: &[u32], output: u32) -> Self {
        let mut words = data.concat();
        words.resize(words.len().next_multiple_of(4), 0);
        let data = words.as_chunks().0.iter().map(|&word| u32::from_ne_bytes(word)).collect();
        Self { op, data, inputs: inputs.to_vec(), output }
    }

    fn operands(&self, output: u32) -> Vec<Operand> {
        let mut next = 0;
        let mut operands: Vec<Operand> = self
            .inputs
            .iter()
            .map(|&bytes| {
                let at = next;
                next += bytes.next_multiple_of(4);
                Operand::new(Place::Overlay(at), bytes).unwrap()
            })
            .collect();
        assert!(next <= OUTPUT);
        operands.push(Operand::new(Place::Overlay(output), self.output).unwrap());
        operands
    }
}

/// Nodes of the operators with the most intricate geometry.
fn nodes() -> Vec<Node> {
    let shape = |dims: &[i32]| Shape::new(dims).unwrap();
    // Clamping to all of `i8`, a factor of 0.5, sums of `i8`.
    let [min, max] = [-128_i16, 127].map(i16::to_le_bytes);
    let layer = [&[0; 4][..], &min, &max, &(1_u32 << 30).to_le_bytes(), &[0; 12]].concat();
    let window = WindowOptions { padding: Padding::Same, stride: [2, 1], dilation: [1, 2] };
    let images = |dims| Nhwc::new(dims).unwrap();
    let (image, result) = (images([1, 5, 4, 2]), images([1, 3, 4, 4]));
    let conv = Conv2dParams::new(image, images([4, 3, 2, 2]), result, &window).unwrap();
    let filter = images([1, 3, 2, 4]);
    let depthwise = DepthwiseConv2dParams::new(image, filter, result, &window).unwrap();
    let filter = images([2, 3, 2, 4]);
    let transposed =
        TransposeConvParams::new(result, filter, image, Padding::Same, [2, 1]).unwrap();
    let matrix = |dims: &[i32]| Matrix::from(&shape(dims));
    let dense =
        FullyConnectedParams::new(matrix(&[3, 8]), matrix(&[5, 8]), matrix(&[3, 5])).unwrap();
    let any = ActivationRange::full::<i16>();
    let pooled = PoolWindow {
        filter_height: 3,
        filter_width: 2,
        stride_height: 2,
        stride_width: 1,
        padding: Padding::Same,
    };
    let pool = Pool2dParams::new(image, images([1, 3, 4, 2]), pooled, any).unwrap();
    let image = shape(&[1, 5, 4, 2]);
    let paddings = [0_i32, 0, 1, 2, 2, 0, 0, 0];
    let pad = PadParams::new(&image, &paddings, &shape(&[1, 8, 6, 2])).unwrap();
    let reduction = Reduction::new(&image, &[1_i32, 2], &shape(&[1, 1, 1, 2])).unwrap();
    let of = |scale, zero_point| Quantization { scale, zero_point };
    let mean = Mean::params(reduction, of(0.5, 1), of(0.25, 0)).unwrap();
    vec![
        Node::new(super::CONV_2D, &[&layer, bytes_of(&conv)], &[40, 48, 16], 48),
        Node::new(super::int8::CONV_2D, &[&layer, bytes_of(&conv)], &[40, 48, 16], 48),
        Node::new(super::DEPTHWISE_CONV_2D, &[&layer, bytes_of(&depthwise)], &[40, 24, 16], 48),
        Node::new(super::TRANSPOSE_CONV, &[&layer, bytes_of(&transposed)], &[16, 48, 48, 8], 40),
        Node::new(super::FULLY_CONNECTED, &[&layer, bytes_of(&dense)], &[24, 40, 20], 15),
        Node::new(super::AVERAGE_POOL_2D, &[bytes_of(&pool)], &[40], 24),
        Node::new(super::MAX_POOL_2D, &[bytes_of(&pool)], &[40], 24),
        Node::new(super::PAD, &[bytes_of(&pad), &[0; 4]], &[40, 32], 96),
        Node::new(super::MEAN, &[bytes_of(&mean)], &[40, 8], 2),
    ]
}

#[test]
fn nodes_run_as_they_are() {
    for node in nodes() {
        let result = run(
            (&node.op, TensorType::INT8),
            &node.data,
            &node.operands(OUTPUT),
            node.inputs.len(),
            &mut [1; OVERLAY],
        );
        assert_eq!(result, Ok(()), "{:?}", node.op.code());
    }
}

/// Runs a node whose operands lie in `memory`.
fn run(
    (op, element_type): (&Op, TensorType),
    data: &[u32],
    operands: &[Operand],
    inputs: usize,
    memory: &mut [u8],
) -> Result<(), EvalError> {
    let (len, words, model) = (operands.len(), data.len(), memory.to_vec());
    let model = Model::unchecked(&model).unwrap();
    let mut block = vec![0; 2 * len + words];
    let mut next = len + words;
    for (at, operand) in operands.iter().enumerate() {
        operand.write(&mut block, at, &mut next);
    }
    block[len..len + words].copy_from_slice(data);
    // Records end at a multiple of a double word.
    if block.len() % 2 == 1 {
        block.insert(0, 0);
    }
    let bytes = 4 * (2 * len + words) as u32;
    let outputs = len - inputs;
    let record = NodeRecord::new(bytes, element_type, 0, [inputs as u8, outputs as u8, 0]).unwrap();
    let records = Records::new(bytemuck::cast_slice(&block));
    let (operands, data) = record.read(records, model, op.data_bytes()).unwrap();
    // Aligned as an arena is.
    let mut overlay = vec![0_u128; OVERLAY / 16];
    let overlay: &mut [u8] = bytemuck::cast_slice_mut(&mut overlay);
    overlay.copy_from_slice(memory);
    let variables = &mut memory[..0];
    let fixed = Fixed::new(records, ALL, 0);
    let io = Io::new(overlay, variables, model, fixed);
    let mut io = Io { operands, data, scales: op.scales(), ..io };
    let result = (op.eval)(&mut io);
    let _ = op.reset.map(|reset| reset(&mut io));
    let _ = op.preparing.map(|preparing| (preparing.shares)(data, element_type));
    result
}
