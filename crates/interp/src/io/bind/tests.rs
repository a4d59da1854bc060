use super::*;
use crate::op::{Fixed, Ops};
use crate::record::{NodeRecord, Place};
use bantam_arena::Records;
use bantam_schema::{Model, TensorType};
use proptest::prelude::*;

/// Bytes of the overlay, of which each is another.
const OVERLAY: u32 = 96;

/// Two constants of three bytes and of one, each with its length in front.
const MODEL: [u8; 16] = [3, 0, 0, 0, 7, 8, 9, 0, 1, 0, 0, 0, 5, 0, 0, 0];

/// Runs `test` on a node with weights whose input and output lie there.
fn with_node(input: Range<u32>, output: Range<u32>, test: impl FnOnce(&mut Io<'_>)) {
    let operands = [
        Operand::new(Place::Overlay(input.start), input.end - input.start),
        Operand::new(Place::Constant(4), 3),
        Operand::new(Place::Constant(12), 1),
        Operand::new(Place::Overlay(output.start), output.end - output.start),
    ];
    let (mut block, mut next) = ([0; 6], 4);
    for (at, operand) in operands.iter().enumerate() {
        operand.unwrap().write(&mut block, at, &mut next);
    }
    let records = Records::new(bytemuck::cast_slice(&block));
    let record = NodeRecord::new(24, TensorType::INT8, 0, [3, 1, 0]).unwrap();
    let model = Model::unchecked(&MODEL).unwrap();
    let fixed = Fixed::new(records, Ops::Values(&[]), 0);
    let operands = record.read(records, model, 0).unwrap().0;
    let mut overlay: [u8; OVERLAY as usize] = core::array::from_fn(|at| at as u8);
    test(&mut Io { operands, ..Io::new(&mut overlay, &mut [], model, fixed) });
}

fn span() -> impl Strategy<Value = Range<u32>> {
    (0..OVERLAY, 1..40_u32).prop_map(|(begin, len)| begin..OVERLAY.min(begin + len))
}

fn meet(a: &Range<u32>, b: &Range<u32>) -> bool {
    a.start < b.end && b.start < a.end
}

/// The bytes of a range, which are its numbers.
fn are(bytes: &[u8], range: &Range<u32>) -> bool {
    bytes.iter().map(|&byte| u32::from(byte)).eq(range.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn what_is_lent_is_no_operand(input in span(), output in span(), lent in span()) {
        with_node(input.clone(), output.clone(), |io| {
            let bound = io.bind_lending(&[0, 1, 2], lent.start as usize..lent.end as usize);
            let whole = input.start.min(output.start)..input.end.max(output.end);
            let (bound, words) = bound.unwrap();
            assert_eq!((bound.filter, bound.bias), (&[7, 8, 9][..], Some(&[5][..])));
            match bound.activations {
                Activations::Apart { input: found, output: written } => {
                    assert!(are(found, &input) && are(written, &output));
                    written.fill(99);
                }
                Activations::Shared { memory, input: from, output: to } => {
                    assert!(are(memory, &whole));
                    let starts = [whole.start + from as u32, whole.start + to as u32];
                    assert_eq!(starts, [input.start, output.start]);
                    memory.fill(99);
                }
            }
            // Whole words, all that there are; none of what lies among the operands.
            let bytes: &[u8] = bytemuck::cast_slice(words);
            let begin = bytes.first().map_or(lent.start, |&first| first.into());
            assert!(are(bytes, &(begin..begin + bytes.len() as u32)));
            assert!(begin >= lent.start && begin + bytes.len() as u32 <= lent.end);
            if meet(&lent, &whole) {
                assert_eq!(bytes, [0_u8; 0]);
            } else {
                assert!(bytes.len() as u32 + 6 >= lent.end - lent.start);
            }
        });
    }

    #[test]
    fn nothing_is_lent_where_nothing_is_free(input in span(), output in span()) {
        with_node(input.clone(), output.clone(), |io| {
            assert!(io.bind(&[0, 1, 2]).is_ok());
            let found = io.bind_lending(&[0, 1, 2], 0..0);
            assert!(found.is_ok_and(|(_, words)| words.is_empty()));
        });
    }
}

#[test]
fn what_lies_outside_is_not_lent() {
    with_node(0..4, 8..12, |io| {
        for lent in [90..100, 96..97, 200..300, usize::MAX - 1..usize::MAX] {
            assert!(matches!(io.bind_lending(&[0, 1, 2], lent), Err(EvalError::Memory)));
        }
    });
}
