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

/// The bytes of a range, which are its numbers.
fn are(bytes: &[u8], range: &Range<u32>) -> bool {
    bytes.iter().map(|&byte| u32::from(byte)).eq(range.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn what_is_lent_lies_above_the_operands(
        input in span(),
        output in span(),
        lent in 0..2 * OVERLAY,
    ) {
        with_node(input.clone(), output.clone(), |io| {
            let bound = io.bind_lending(&[0, 1, 2], lent as usize);
            let whole = input.start.min(output.start)..input.end.max(output.end);
            let Ok((bound, words)) = bound else {
                assert!(lent < whole.end, "{input:?} {output:?} {lent}");
                return;
            };
            assert!(lent >= whole.end, "{input:?} {output:?} {lent}");
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
            // Whole words, all that there are.
            let bytes: &[u8] = bytemuck::cast_slice(words);
            let begin = bytes.first().map_or(OVERLAY, |&first| first.into());
            assert!(are(bytes, &(begin..begin + bytes.len() as u32)));
            assert!(begin >= lent.min(OVERLAY));
            assert!(bytes.len() as u32 + 6 >= OVERLAY - lent.min(OVERLAY));
        });
    }
}

#[test]
fn nothing_is_lent_where_nothing_is_free() {
    with_node(0..4, 8..12, |io| {
        assert!(io.bind(&[0, 1, 2]).is_ok());
        for lent in [OVERLAY as usize, usize::MAX] {
            let found = io.bind_lending(&[0, 1, 2], lent);
            assert!(found.is_ok_and(|(_, words)| words.is_empty()));
        }
    });
}
