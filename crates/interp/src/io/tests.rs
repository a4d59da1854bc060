//! The cuts are the safety core: whatever records say, slices that are handed out are disjoint and
//! hold exactly the bytes that they should, or there is an error.

use super::*;
use crate::callee::Call;
use crate::error::MAX_CALL_DEPTH;
use crate::machine::Outcome;
use crate::op::{Fixed, Ops};
use crate::record::{NodeRecord, SubgraphRecord};
use bantam_arena::Records;
use bantam_schema::Model;
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

fn operand(place: Place, bytes: u32) -> Operand {
    Operand::new(place, bytes).unwrap()
}

fn block<const N: usize>(operands: &[Operand; N]) -> [[u32; 2]; N] {
    let mut block = [[0; 2]; N];
    let (words, mut next) = (block.as_flattened_mut(), N);
    for (at, operand) in operands.iter().enumerate() {
        operand.write(words, at, &mut next);
    }
    block
}

/// Runs `test` on two inputs, an output and extras.
fn with_operands<const N: usize>(
    operands: &[Operand; N],
    overlay: &mut [u8],
    variables: &mut [u8],
    test: impl FnOnce(&mut Io<'_>),
) {
    let block = block(operands);
    let records = Records::new(bytemuck::cast_slice(&block));
    let record = NodeRecord::new(8 * N as u32, TensorType::UINT8, 0, [2, 1, N as u8 - 3]).unwrap();
    let model = Model::unchecked(&[9, 8, 7, 6]).unwrap();
    let fixed = Fixed::new(records, Ops::Values(&[]), 0);
    let operands = record.read(records, model, 0).unwrap().0;
    test(&mut Io { operands, ..Io::new(overlay, variables, model, fixed) });
}

#[test]
fn split_reads_around_what_is_written() {
    let operands = [
        operand(Place::Overlay(12), 4),
        operand(Place::Model(1), 2),
        operand(Place::Overlay(4), 8),
        operand(Place::Overlay(0), 4),
        operand(Place::Variable(2), 2),
    ];
    let mut overlay: [u8; 16] = core::array::from_fn(|i| i as u8);
    with_operands(&operands, &mut overlay, &mut [1, 2, 3, 4], |io| {
        let ([output, scratch, state], reader) =
            io.split([Slot::Output(0), Slot::Extra(Extra(0)), Slot::Extra(Extra(1))]).unwrap();
        assert_eq!((output.len(), scratch[3], &*state), (8, 3, &[3, 4][..]));
        assert_eq!(reader.input::<u8>(0), Ok(&[12, 13, 14, 15][..]));
        assert_eq!(reader.input::<u8>(1), Ok(&[8, 7][..]));
        assert_eq!(reader.optional::<u8>(2), Ok(None));
    });
}

#[test]
fn split_refuses_overlap_and_what_is_outside() {
    let operands = [
        operand(Place::Overlay(6), 4),
        operand(Place::Overlay(12), 8),
        operand(Place::Overlay(0), 8),
        operand(Place::Overlay(7), 2),
    ];
    with_operands(&operands, &mut [0; 16], &mut [], |io| {
        assert!(matches!(
            io.split([Slot::Output(0), Slot::Extra(Extra(0))]),
            Err(EvalError::Memory)
        ));
        assert!(matches!(io.split([Slot::Output(1)]), Err(EvalError::MissingOperand)));
        assert!(matches!(io.split([Slot::Variable(1)]), Err(EvalError::Memory)));
        let (_, reader) = io.output::<u8>(0).unwrap();
        assert_eq!(reader.input::<u8>(0), Err(EvalError::Memory));
        assert_eq!(reader.input::<u8>(1), Err(EvalError::Memory));
    });
}

/// Images may hold calls in a circle, which no interpreter would have made.
#[test]
fn calls_end_at_the_greatest_depth() {
    let block = block(
        &[Place::Absent, Place::Absent, Place::Absent, Place::Overlay(0)].map(|p| operand(p, 0)),
    );
    let mut words = vec![0; size_of::<SubgraphRecord>() / 4];
    words.extend_from_slice(block.as_flattened());
    let records = Records::new(bytemuck::cast_slice(&words));
    let call = Call { record: 4 * words.len() as u32, frame: Extra(0) };
    let record = NodeRecord::new(32, TensorType::UINT8, 0, [2, 1, 1]).unwrap();
    for (depth, result) in [
        (MAX_CALL_DEPTH - 1, Ok(Outcome::Done)),
        (MAX_CALL_DEPTH, Err(EvalError::CallDepth)),
        (u32::MAX, Err(EvalError::CallDepth)),
    ] {
        let mut fixed = Fixed::new(records, Ops::Values(&[]), 0);
        (fixed.depth, fixed.max_calls) = (depth, 1);
        let operands = record.read(records, Model::NONE, 0).unwrap().0;
        let mut io = Io { operands, ..Io::new(&mut [], &mut [], Model::NONE, fixed) };
        assert_eq!(io.call(&call), result, "{depth}");
    }
}

/// Bytes of the memories.
const OVERLAY: usize = 48;
const STATE: usize = 24;
const MODEL: usize = 32;
/// Where the model has a constant of three bytes, with its length in front.
const CONSTANT: u32 = 4;

/// Every byte of the memories is another.
#[derive(Clone, Debug, PartialEq)]
struct Memories {
    overlay: [u8; OVERLAY],
    variables: [u8; STATE],
    model: [u8; MODEL],
}

impl Memories {
    fn new() -> Self {
        let mut model = core::array::from_fn(|at| 200 + at as u8);
        model[..4].copy_from_slice(&[3, 0, 0, 0]);
        Self {
            overlay: core::array::from_fn(|at| at as u8),
            variables: core::array::from_fn(|at| 100 + at as u8),
            model,
        }
    }

    fn bytes(&self, span: &Span) -> Vec<u8> {
        let memory: &[u8] = match span.memory {
            Kind::Overlay => &self.overlay,
            Kind::Variables => &self.variables,
            Kind::Model => &self.model,
        };
        memory[span.start..span.end].to_vec()
    }

    fn fill(&mut self, span: &Span, value: u8) {
        match span.memory {
            Kind::Overlay => self.overlay[span.start..span.end].fill(value),
            Kind::Variables => self.variables[span.start..span.end].fill(value),
            Kind::Model => panic!("the model is written"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Overlay,
    Variables,
    Model,
}

/// A part of a memory, within its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    memory: Kind,
    start: usize,
    end: usize,
}

impl Span {
    /// Where an operand is; `None` if it is nowhere, or outside its memory.
    fn of(place: Place, bytes: u32) -> Option<Self> {
        let (memory, start, len) = match place {
            Place::Overlay(at) => (Kind::Overlay, at, OVERLAY),
            Place::Variable(at) => (Kind::Variables, at, STATE),
            Place::Model(at) => (Kind::Model, at, MODEL),
            Place::Constant(at) => {
                return Some(Self {
                    memory: Kind::Model,
                    start: at as usize,
                    end: at as usize + 3,
                });
            }
            _ => return None,
        };
        let (start, end) = (start as usize, start as usize + bytes as usize);
        (end <= len).then_some(Self { memory, start, end })
    }

    fn is_written(&self) -> bool {
        self.memory != Kind::Model
    }

    fn is_empty(&self) -> bool {
        self.start == self.end
    }

    fn meets(&self, other: &Self) -> bool {
        self.memory == other.memory && self.start < other.end && other.start < self.end
    }
}

/// Operands in bounds and out of them, of no bytes and of too many, absent and not yet planned.
fn any_operand() -> impl Strategy<Value = (Place, u32)> {
    let place = prop_oneof![
        12 => (0..OVERLAY as u32 + 2).prop_map(Place::Overlay),
        6 => (0..STATE as u32 + 2).prop_map(Place::Variable),
        3 => (0..MODEL as u32 + 2).prop_map(Place::Model),
        1 => Just(Place::Constant(CONSTANT)),
        1 => Just(Place::Absent),
        1 => prop_oneof![
            Just(Place::Scratch),
            Just(Place::Tensor(3)),
            Just(Place::Overlay(PLACE_LIMIT - 1)),
            Just(Place::Variable(PLACE_LIMIT - 1)),
            Just(Place::Model(PLACE_LIMIT - 1)),
        ],
    ];
    let bytes = prop_oneof![
        16 => 1..10_u32,
        4 => 0..OVERLAY as u32 + 2,
        1 => Just(0),
        1 => prop_oneof![Just(u32::MAX), Just(PLACE_LIMIT), Just(u32::MAX - 8)],
    ];
    (place, bytes)
}

/// Two inputs, an output and three extras.
type Six = [(Place, u32); 6];

const SLOTS: [Slot; 6] = [
    Slot::Variable(0),
    Slot::Variable(1),
    Slot::Output(0),
    Slot::Extra(Extra(0)),
    Slot::Extra(Extra(1)),
    Slot::Extra(Extra(2)),
];

/// Runs `test` with an `Io` on fresh memories, and gives what it has left of them.
fn with_io<R>(operands: &Six, test: impl FnOnce(&mut Io<'_>) -> R) -> (R, Memories) {
    let mut memories = Memories::new();
    let model = memories.model;
    let block = block(&operands.map(|(place, bytes)| operand(place, bytes)));
    let records = Records::new(bytemuck::cast_slice(&block));
    let record = NodeRecord::new(8 * 6, TensorType::UINT8, 0, [2, 1, 3]).unwrap();
    let model = Model::unchecked(&model).unwrap();
    let fixed = Fixed::new(records, Ops::Values(&[]), 0);
    let operands = record.read(records, model, 0).unwrap().0;
    let io = Io::new(&mut memories.overlay, &mut memories.variables, model, fixed);
    let mut io = Io { operands, ..io };
    let result = test(&mut io);
    (result, memories)
}

/// What is to be handed out for writing: `None` if there must be an error. What is empty may be
/// refused where it lies within something else.
fn expected_spans(wanted: &[(Place, u32)]) -> Option<Vec<Span>> {
    let spans: Option<Vec<Span>> = wanted
        .iter()
        .map(|&(place, bytes)| Span::of(place, bytes).filter(Span::is_written))
        .collect();
    let spans = spans?;
    let apart = |at: usize| spans[..at].iter().all(|other| !other.meets(&spans[at]));
    (0..spans.len()).all(apart).then_some(spans)
}

/// What a reader must give for an input next to `written`.
fn check_input(
    (place, bytes): (Place, u32),
    written: &[Span],
    found: Result<Option<&[u8]>, EvalError>,
) -> Result<(), TestCaseError> {
    if place == Place::Absent {
        prop_assert_eq!(found, Ok(None));
        return Ok(());
    }
    match Span::of(place, bytes) {
        Some(span) if written.iter().all(|written| !written.meets(&span)) => match found {
            Ok(found) => prop_assert_eq!(found, Some(&*Memories::new().bytes(&span))),
            // Nothing at a place that is written.
            Err(_) => prop_assert!(span.is_empty()),
        },
        _ => prop_assert!(found.is_err(), "{:?} read from {:?}", found, place),
    }
    Ok(())
}

/// Splits around so many of the operands, beginning with one.
fn check_split<const M: usize>(operands: &Six, first: usize) -> Result<(), TestCaseError> {
    let chosen: [usize; M] = core::array::from_fn(|at| (first + at) % 6);
    let wanted = chosen.map(|at| operands[at]);
    let expected = expected_spans(&wanted);
    let (result, left) = with_io(operands, |io| {
        let (pieces, reader) = match io.split(chosen.map(|at| SLOTS[at])) {
            Ok(split) => split,
            Err(_) => return Ok(false),
        };
        let Some(spans) = &expected else {
            return Err(TestCaseError::fail("something was handed out that must not be"));
        };
        for (piece, span) in pieces.iter().zip(spans) {
            prop_assert_eq!(&**piece, &*Memories::new().bytes(span));
        }
        for piece in pieces {
            piece.fill(0xEE);
        }
        for (at, &input) in operands[..2].iter().enumerate() {
            check_input(input, spans, reader.optional_bytes(at))?;
        }
        Ok(true)
    });
    let mut expected_left = Memories::new();
    if result? {
        // Exactly what was asked for is written.
        expected.iter().flatten().for_each(|span| expected_left.fill(span, 0xEE));
    } else if let Some(spans) = &expected {
        prop_assert!(spans.iter().any(Span::is_empty), "refused: {:?}", spans);
    }
    prop_assert_eq!(left, expected_left);
    Ok(())
}

/// An output over an input, and another input.
type Found<'s> = (Activations<'s, u8>, Option<Result<Option<&'s [u8]>, EvalError>>);

/// The output over an input: apart, or in one memory that holds both and nothing else.
fn check_activations(
    operands: &Six,
    input: usize,
    found: Result<Found<'_>, EvalError>,
) -> Result<Vec<Span>, TestCaseError> {
    let (from, to) = (operands[input], operands[2]);
    let (from, to) = (Span::of(from.0, from.1), Span::of(to.0, to.1).filter(Span::is_written));
    let Ok((activations, other)) = found else {
        let fits = |span: &Option<Span>| span.is_some_and(|span| !span.is_empty());
        // The one overlap that is refused is that in the variables, where no plan puts any.
        let refused = match (&from, &to) {
            (Some(from), Some(to)) => from.meets(to) && to.memory == Kind::Variables,
            _ => true,
        };
        prop_assert!(refused || !fits(&from) || !fits(&to), "refused: {:?} {:?}", from, to);
        return Ok(Vec::new());
    };
    let (Some(from), Some(to)) = (from, to) else {
        return Err(TestCaseError::fail("something was handed out that must not be"));
    };
    let fresh = Memories::new();
    let written = match activations {
        Activations::Apart { input, output } => {
            prop_assert!(!from.meets(&to));
            prop_assert_eq!((input, &*output), (&*fresh.bytes(&from), &*fresh.bytes(&to)));
            output.fill(0xEE);
            to
        }
        Activations::Shared { memory, input, output } => {
            prop_assert!(from.meets(&to) && to.memory == Kind::Overlay);
            let (start, end) = (from.start.min(to.start), from.end.max(to.end));
            let whole = Span { memory: Kind::Overlay, start, end };
            prop_assert_eq!(&*memory, &*fresh.bytes(&whole));
            prop_assert_eq!((input, output), (from.start - start, to.start - start));
            memory.fill(0xEE);
            whole
        }
    };
    if let Some(other) = other {
        check_input(operands[1 - input], &[written], other)?;
    }
    Ok(vec![written])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn slices_to_write_are_disjoint_and_exact_or_refused(
        operands in prop::array::uniform6(any_operand()),
        first in 0..6_usize,
    ) {
        check_split::<1>(&operands, first)?;
        check_split::<2>(&operands, first)?;
        check_split::<3>(&operands, first)?;
        check_split::<6>(&operands, first)?;
    }

    #[test]
    fn an_output_is_cut_out_exactly_or_refused(operands in prop::array::uniform6(any_operand())) {
        let expected = expected_spans(&operands[2..3]);
        let (result, left) = with_io(&operands, |io| {
            let Ok((output, reader)) = io.output::<u8>(0) else { return Ok(false) };
            let Some(spans) = &expected else {
                return Err(TestCaseError::fail("something was handed out that must not be"));
            };
            prop_assert_eq!(&*output, &*Memories::new().bytes(&spans[0]));
            output.fill(0xEE);
            for (at, &input) in operands[..2].iter().enumerate() {
                check_input(input, spans, reader.optional_bytes(at))?;
            }
            Ok(true)
        });
        prop_assert_eq!(result?, expected.is_some());
        let mut expected_left = Memories::new();
        expected.iter().flatten().for_each(|span| expected_left.fill(span, 0xEE));
        prop_assert_eq!(left, expected_left);
    }

    #[test]
    fn an_output_over_an_input_is_cut_out_exactly_or_refused(
        operands in prop::array::uniform6(any_operand()),
        input in 0..2_usize,
        way in 0..4_u8,
    ) {
        let other = 1 - input;
        let mut operands = operands;
        if way == 3 {
            operands[other] = (Place::Constant(CONSTANT), 3);
        }
        let (result, left) = with_io(&operands, |io| match way {
            0 => {
                let found = io.output_over::<u8>(0, input);
                let found = found.map(|(found, reader)| (found, Some(reader.optional_bytes(other))));
                check_activations(&operands, input, found)
            }
            1 => {
                let found = io.activations::<u8, 1>(input, [Slot::Output(0)]);
                let found =
                    found.map(|(found, _, reader)| (found, Some(reader.optional_bytes(other))));
                check_activations(&operands, input, found)
            }
            _ => {
                // As a node with weights, a bias among them if they are a constant.
                let has_filter = io.has_input(other);
                let found = io.bind(&[input, other, if way == 3 { other } else { 9 }]);
                match &found {
                    Ok(bound) if way == 3 => prop_assert_eq!(bound.bias, Some(bound.filter)),
                    Ok(bound) => prop_assert_eq!(bound.bias, None),
                    Err(_) => {}
                }
                if found.is_err() {
                    return Ok(Vec::new());
                }
                let found = found.map(|bound| {
                    let filter = (has_filter || !bound.filter.is_empty()).then_some(bound.filter);
                    (bound.activations, Some(Ok(filter)))
                });
                check_activations(&operands, input, found)
            }
        });
        let mut expected_left = Memories::new();
        for span in result? {
            expected_left.fill(&span, 0xEE);
        }
        prop_assert_eq!(left, expected_left);
    }
}
