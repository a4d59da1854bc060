//! Arbitrary buffers: every planner's answer passes the judge and lies between the bounds.
#![no_main]

use bantam_planner::{
    Buffer, Error, Lifetime, greedy, greedy_workspace_len, linear, lower_bound, validate,
};
use libfuzzer_sys::arbitrary::{self, Arbitrary};

/// More only take longer: the planners are quadratic.
const MAX_BUFFERS: usize = 128;

#[derive(Arbitrary, Debug)]
struct Input {
    alignment: Alignment,
    buffers: Vec<RawBuffer>,
}

#[derive(Arbitrary, Debug)]
enum Alignment {
    Usual,
    Power(u8),
    Any(u32),
}

#[derive(Arbitrary, Debug)]
struct RawBuffer {
    bytes: Size,
    /// Small numbers, so that lifetimes meet.
    first: u8,
    steps: u8,
    fixed: Option<Size>,
}

#[derive(Arbitrary, Debug)]
enum Size {
    Granules(u8),
    Small(u16),
    Any(u32),
}

impl Size {
    fn bytes(&self) -> u32 {
        match *self {
            Self::Granules(granules) => 16 * u32::from(granules),
            Self::Small(bytes) => u32::from(bytes),
            Self::Any(bytes) => bytes,
        }
    }
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let alignment = match input.alignment {
        Alignment::Usual => 16,
        Alignment::Power(exponent) => 1 << (exponent % 32),
        Alignment::Any(alignment) => alignment,
    };
    let buffers: Vec<Buffer> = input.buffers.iter().take(MAX_BUFFERS).map(buffer).collect();
    let mut offsets = vec![0; buffers.len()];
    let mut workspace = vec![u16::MAX; greedy_workspace_len(buffers.len())];

    let problem = buffers.as_slice();
    let planned = greedy(problem, alignment, &mut offsets, &mut workspace);
    if let Ok(total) = planned {
        assert_eq!(validate(problem, alignment, &offsets, total), Ok(()));
        assert!(lower_bound(problem, alignment).is_ok_and(|bound| bound <= total));
    }
    let in_line = linear(problem, alignment, &mut offsets);
    match (planned, in_line) {
        (Ok(total), Ok(most)) => {
            assert!(total <= most);
            assert_eq!(validate(problem, alignment, &offsets, most), Ok(()));
        }
        // Nothing is shared, so the end may lie too far away; all other faults are faults of the problem.
        (Ok(_), Err(error)) => assert!(matches!(error, Error::Overflow { .. })),
        // Only this planner looks at pairs of fixed buffers.
        (Err(error), Ok(_)) => assert!(matches!(error, Error::FixedConflict { .. })),
        (Err(_), Err(_)) => {}
    }
});

fn buffer(raw: &RawBuffer) -> Buffer {
    let first = u32::from(raw.first);
    // Wraps round now and then: the first step comes after the last.
    let last = u32::from(raw.first.wrapping_add(raw.steps % 32));
    Buffer {
        bytes: raw.bytes.bytes(),
        lifetime: Lifetime::new(first, last),
        fixed: raw.fixed.as_ref().map(Size::bytes),
    }
}
