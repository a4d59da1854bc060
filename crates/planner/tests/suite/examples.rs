//! Problems small enough to be planned by hand, and every error.

use bantam_planner::{
    Buffer, Error, Problem, Violation, greedy, greedy_workspace_len, linear, lower_bound, validate,
};

fn plan<const N: usize>(buffers: [Buffer; N]) -> Result<(u32, [u32; N]), Error> {
    let mut offsets = [7; N];
    let mut workspace = [7; N];
    let total = greedy(&buffers, 16, &mut offsets, &mut workspace)?;
    assert_eq!(validate(&buffers, 16, &offsets, total), Ok(()));
    Ok((total, offsets))
}

#[test]
fn nothing_needs_nothing() {
    assert_eq!(plan([]), Ok((0, [])));
    assert_eq!(lower_bound(&[], 16), Ok(0));
    assert_eq!(linear(&[], 16, &mut []), Ok(0));
    assert_eq!(validate(&[], 16, &[], 0), Ok(()));
}

#[test]
fn of_equal_sizes_the_later_comes_first() {
    let twins = [Buffer::new(32, 0, 1), Buffer::new(32, 0, 1), Buffer::new(32, 0, 1)];
    assert_eq!(plan(twins), Ok((96, [64, 32, 0])));
    // 20 and 30 are equal once rounded up.
    assert_eq!(plan([Buffer::new(30, 0, 1), Buffer::new(20, 0, 1)]), Ok((64, [32, 0])));
}

#[test]
fn the_lowest_sufficient_gap_is_taken() {
    // By size: 96 at 0, 64 above it, 48 above that. The 32 are live when the 96 are not, and take
    // their place.
    let buffers = [
        Buffer::new(96, 0, 1),
        Buffer::new(64, 0, 3),
        Buffer::new(48, 0, 3),
        Buffer::new(32, 3, 3),
    ];
    assert_eq!(plan(buffers), Ok((208, [0, 96, 160, 0])));
    // A gap of exactly the size will do, one that is a granule short will not.
    let around = |bytes| {
        [
            Buffer::new(16, 0, 9).fixed_at(0),
            Buffer::new(16, 0, 9).fixed_at(48),
            Buffer::new(bytes, 5, 5),
        ]
    };
    assert_eq!(plan(around(32)), Ok((64, [0, 48, 16])));
    assert_eq!(plan(around(33)), Ok((112, [0, 48, 64])));
}

#[test]
fn buffers_of_no_bytes_are_placed_and_disturb_nobody() {
    let buffers = [Buffer::new(0, 0, 9), Buffer::new(16, 0, 9), Buffer::new(0, 3, 3)];
    assert_eq!(plan(buffers), Ok((16, [0, 0, 0])));
    let inside = [Buffer::new(32, 0, 1).fixed_at(0), Buffer::new(0, 0, 1).fixed_at(16)];
    assert_eq!(plan(inside), Ok((32, [0, 16])));
}

#[test]
fn the_bound_reaches_the_end_of_32_bits() {
    let whole = [Buffer::new(u32::MAX, 0, 0)];
    let halves = [Buffer::new(u32::MAX - 7, 0, 1), Buffer::new(7, 1, 1)];
    for buffers in [&whole[..], &halves[..]] {
        assert_eq!(lower_bound(buffers, 1), Ok(u32::MAX));
    }
    let beyond = [Buffer::new(u32::MAX - 7, 0, 1), Buffer::new(8, 1, 1)];
    assert!(matches!(lower_bound(&beyond, 1), Err(Error::Overflow { .. })));
}

#[test]
fn fixed_buffers_count_for_the_bound_and_for_linear() {
    let buffers = [Buffer::new(16, 0, 0), Buffer::new(10, 1, 1).fixed_at(64)];
    assert_eq!(lower_bound(&buffers, 16), Ok(80));
    assert_eq!(plan(buffers), Ok((80, [0, 64])));
    let mut offsets = [0; 2];
    assert_eq!(linear(&buffers, 16, &mut offsets), Ok(96));
    assert_eq!(offsets, [80, 64]);
}

#[test]
fn every_error_is_reported() {
    let fine = [Buffer::new(16, 0, 1); 2];
    let run = |buffers: &[Buffer], alignment, offsets, workspace| {
        greedy(buffers, alignment, &mut vec![0; offsets], &mut vec![0; workspace]).unwrap_err()
    };
    assert_eq!(run(&fine, 0, 2, 2), Error::Alignment { alignment: 0 });
    assert_eq!(run(&fine, 24, 2, 2), Error::Alignment { alignment: 24 });
    assert_eq!(run(&fine, 16, 1, 2), Error::OffsetsLen { expected: 2, actual: 1 });
    assert_eq!(run(&fine, 16, 3, 2), Error::OffsetsLen { expected: 2, actual: 3 });
    assert_eq!(run(&fine, 16, 2, 1), Error::WorkspaceLen { needed: 2, available: 1 });
    assert_eq!(
        run(&[fine[0], Buffer::new(16, 2, 1)], 16, 2, 2),
        Error::Lifetime { index: 1, first: 2, last: 1 }
    );
    assert_eq!(
        run(&[fine[0].fixed_at(8), fine[1]], 16, 2, 2),
        Error::FixedMisaligned { index: 0, offset: 8 }
    );
    assert_eq!(
        run(&[fine[0], fine[0].fixed_at(32), Buffer::new(20, 1, 2).fixed_at(16)], 16, 3, 3),
        Error::FixedConflict { a: 1, b: 2 }
    );
    let half = Buffer::new(1 << 31, 0, 1);
    assert_eq!(run(&[half, half], 16, 2, 2), Error::Overflow { index: 0 });
    assert_eq!(run(&[Buffer::new(u32::MAX, 0, 0)], 16, 1, 1), Error::Overflow { index: 0 });
    assert_eq!(linear(&[half, half], 16, &mut [0; 2]), Err(Error::Overflow { index: 1 }));
    assert_eq!(linear(&fine, 16, &mut [0]), Err(Error::OffsetsLen { expected: 2, actual: 1 }));
    assert!(matches!(lower_bound(&[half, half], 16), Err(Error::Overflow { .. })));
}

/// Buffers that are never live together, as many as there can be, and one more.
struct Many(usize);

impl Problem for Many {
    fn len(&self) -> usize {
        self.0
    }

    fn buffer(&self, index: usize) -> Buffer {
        Buffer::new(1, index as u32, index as u32)
    }
}

#[test]
fn more_buffers_than_can_be_numbered_are_refused() {
    let len = 65_537;
    let mut offsets = vec![0; len];
    let mut workspace = vec![0; greedy_workspace_len(len)];
    assert_eq!(
        greedy(&Many(len), 1, &mut offsets, &mut workspace),
        Err(Error::TooManyBuffers { len, max: 65_536 })
    );
}

#[test]
fn every_violation_is_reported() {
    let buffers = [Buffer::new(20, 0, 1), Buffer::new(20, 1, 2).fixed_at(32)];
    let judge = |alignment, offsets: &[u32], total| validate(&buffers, alignment, offsets, total);
    assert_eq!(judge(16, &[0, 32], 52), Ok(()));
    assert_eq!(judge(12, &[0, 32], 52), Err(Violation::Alignment { alignment: 12 }));
    assert_eq!(judge(16, &[0], 52), Err(Violation::OffsetsLen { expected: 2, actual: 1 }));
    assert_eq!(
        judge(16, &[0, 32], 51),
        Err(Violation::OutOfRange { index: 1, end: 52, total: 51 })
    );
    assert_eq!(judge(16, &[8, 32], 64), Err(Violation::Misaligned { index: 0, offset: 8 }));
    assert_eq!(judge(16, &[0, 48], 96), Err(Violation::Moved { index: 1, fixed: 32, offset: 48 }));
    assert_eq!(judge(16, &[16, 32], 96), Err(Violation::Overlap { a: 0, b: 1 }));
    assert_eq!(
        validate(&[Buffer::new(1, 3, 2)], 1, &[0], 1),
        Err(Violation::Lifetime { index: 0, first: 3, last: 2 })
    );
    assert_eq!(
        validate(&[Buffer::new(u32::MAX, 0, 0)], 1, &[u32::MAX], u32::MAX),
        Err(Violation::OutOfRange { index: 0, end: 2 * u64::from(u32::MAX), total: u32::MAX })
    );
}

#[test]
fn messages_are_one_lower_case_sentence() {
    let messages = [
        Error::Alignment { alignment: 3 }.to_string(),
        Error::FixedConflict { a: 1, b: 2 }.to_string(),
        Violation::Overlap { a: 1, b: 2 }.to_string(),
        Violation::OutOfRange { index: 1, end: 2, total: 1 }.to_string(),
    ];
    for message in messages {
        assert!(message.starts_with(char::is_lowercase) && !message.ends_with('.'), "{message}");
    }
}
