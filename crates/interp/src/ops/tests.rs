//! Nodes of prepared images may hold any bytes: no operator may panic on them, or loop for longer than the operands are long.

extern crate std;

use super::ALL;
use crate::io::Io;
use crate::record::{NodeRecord, Operand, Place};
use bantam_arena::Records;
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn any_prepared_data_is_survived(
        op in 0..ALL.len(),
        halves in prop::collection::vec(half(), 64),
        types in prop::sample::select(vec![[9_u16, 9], [7, 7], [0, 0], [2, 2], [9, 7]]),
        operands in prop::collection::vec(operand(), 5),
        inputs in 1..5_usize,
        mut memory in prop::collection::vec(any::<u8>(), OVERLAY),
    ) {
        let op = &ALL[op];
        let words = op.data_bytes().div_ceil(4);
        let mut data: Vec<u32> =
            halves.as_chunks().0.iter().map(|&[a, b]| u32::from(a) | u32::from(b) << 16).collect();
        // Where types are said, it is in the first word: rarely right by chance.
        if halves[63] % 2 == 0 && let Some(first) = data.first_mut() {
            *first = u32::from(types[0] | types[1] << 8);
        }
        data.truncate(words);

        let (len, model) = (operands.len(), memory.clone());
        let mut block = vec![0; 2 * len + words];
        let mut next = len + words;
        for (at, operand) in operands.iter().enumerate() {
            operand.write(&mut block, at, &mut next);
        }
        block[len..len + words].copy_from_slice(&data);
        // Records end at a multiple of a double word.
        if block.len() % 2 == 1 { block.insert(0, 0); }
        let bytes = 4 * (2 * len + words) as u32;
        let record = NodeRecord {
            block: bytes, op: 0, inputs: inputs as u8, outputs: (len - inputs) as u8, extras: 0,
        };
        let records = Records::new(bytemuck::cast_slice(&block));
        let (read, data) = record.read(records, &model, op.data_bytes()).unwrap();
        // Aligned as an arena is.
        let mut overlay = vec![0_u128; OVERLAY / 16];
        let overlay: &mut [u8] = bytemuck::cast_slice_mut(&mut overlay);
        overlay.copy_from_slice(&memory);
        let mut io = Io {
            model: &model,
            overlay,
            variables: &mut memory[..0],
            records,
            operands: read,
            inputs,
            outputs: len - inputs,
            stopped: false,
        };
        let _ = (op.eval)(data, &mut io);
        let _ = (op.reset)(data, &mut io);
        let _ = (op.shares)(data);
    }
}
