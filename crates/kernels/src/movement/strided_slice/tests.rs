use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

fn new(input: &[i32], ranges: &SliceRanges<'_, i32>, output: &[i32]) -> Result<Walk, ParamsError> {
    StridedSlice::walk(&Shape::new(input).unwrap(), *ranges, &Shape::new(output).unwrap())
}

/// The positions that a range takes, as Python's slices have it.
fn positions(size: i32, begin: Option<i32>, end: Option<i32>, stride: i32) -> Vec<i32> {
    let from_end = |i: i32| if i < 0 { i + size } else { i };
    let forwards = stride > 0;
    let start = match begin.map(from_end) {
        Some(i) if forwards => i.max(0),
        Some(i) => i.min(size - 1),
        None if forwards => 0,
        None => size - 1,
    };
    let end = match end.map(from_end) {
        Some(i) if forwards => i.min(size),
        Some(i) => i.max(-1),
        None if forwards => size,
        None => -1,
    };
    let mut taken = Vec::new();
    let mut i = start;
    while if forwards { i < end } else { i > end } {
        taken.push(i);
        i += stride;
    }
    taken
}

#[derive(Clone, Debug)]
struct Range {
    size: i32,
    begin: i32,
    end: i32,
    stride: i32,
    open: [bool; 2],
    shrink: bool,
}

fn range() -> impl Strategy<Value = Range> {
    let stride = prop_oneof![3 => Just(1), 1 => 2..4_i32, 1 => -3..0_i32];
    let shrink = prop::bool::weighted(0.15);
    (1..7_i32, -9..9_i32, -9..9_i32, stride, any::<[bool; 2]>(), shrink).prop_map(
        |(size, begin, end, stride, open, shrink)| Range { size, begin, end, stride, open, shrink },
    )
}

proptest! {
    #[test]
    fn slices_take_what_python_takes(ranges in prop::collection::vec(range(), 0..5)) {
        let list = |f: fn(&Range) -> i32| ranges.iter().map(f).collect::<Vec<_>>();
        let mask = |f: fn(&Range) -> bool| ranges.iter().rev().fold(0, |m, r| m << 1 | i32::from(f(r)));
        let (begin, end, strides) = (list(|r| r.begin), list(|r| r.end), list(|r| r.stride));
        let spec = SliceRanges {
            begin: &begin,
            end: &end,
            strides: &strides,
            begin_mask: mask(|r| r.open[0]),
            end_mask: mask(|r| r.open[1]),
            shrink_axis_mask: mask(|r| r.shrink),
        };
        let input = list(|r| r.size);
        let len: i32 = input.iter().product();
        let (mut output, mut want) = (vec![], vec![0]);
        for r in &ranges {
            let begin = (!r.open[0]).then_some(r.begin);
            let mut taken = positions(r.size, begin, (!r.open[1]).then_some(r.end), r.stride);
            if r.shrink {
                taken = positions(r.size, begin, None, 1);
                taken.truncate(if r.stride > 0 { 1 } else { 0 });
            } else {
                output.push(taken.len() as i32);
            }
            want = want.iter().flat_map(|w| taken.iter().map(move |i| w * r.size + i)).collect();
        }
        if want.is_empty() {
            output.iter_mut().for_each(|n| *n = (*n).max(1));
            prop_assert!(new(&input, &spec, &output).is_err());
        } else {
            let walk = new(&input, &spec, &output).unwrap();
            let mut y = vec![-1; want.len()];
            walk.copy((&(0..len).collect::<Vec<_>>()[..], &mut y[..])).unwrap();
            prop_assert_eq!(y, want);
        }
    }

    #[test]
    fn any_numbers_are_harmless(begin: [i32; 3], end: [i32; 3], strides: [i32; 3], masks: [i32; 3]) {
        let [begin_mask, end_mask, shrink_axis_mask] = masks;
        let spec = SliceRanges { begin: &begin, end: &end, strides: &strides, begin_mask, end_mask, shrink_axis_mask };
        for output in [&[2, 3, 4][..], &[3, 4], &[1, 1, 1], &[]] {
            let _ = new(&[2, 3, 4], &spec, output);
        }
    }
}

#[test]
fn extremes_stand_for_the_edges() {
    let spec = SliceRanges {
        begin: &[i32::MIN, i32::MAX],
        end: &[i32::MAX, i32::MIN],
        strides: &[i32::MAX, i32::MIN],
        begin_mask: 0,
        end_mask: 0,
        shrink_axis_mask: 0,
    };
    let walk = new(&[2, 2], &spec, &[1, 1]).unwrap();
    let mut output = [0];
    walk.copy((&[1, 2, 3, 4][..], &mut output[..])).unwrap();
    assert_eq!(output, [2]);
}

#[test]
fn ranges_that_cannot_be_are_refused() {
    let spec = |begin, stride, shrink_axis_mask| SliceRanges {
        begin,
        end: &[9, 9, 9, 9, 9],
        strides: stride,
        begin_mask: 0,
        end_mask: 0,
        shrink_axis_mask,
    };
    let zero = ParamsError::Dimension { value: 0 };
    assert_eq!(new(&[3], &spec(&[0], &[0], 0), &[3]), Err(zero));
    let axis = Err(ParamsError::Axis { axis: 0 });
    assert_eq!(new(&[3], &spec(&[3], &[1], 1), &[]), axis);
    assert_eq!(new(&[3], &spec(&[1], &[-1], 1), &[]), axis);
    let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
    assert_eq!(new(&[3, 3], &spec(&[0], &[1, 1], 0), &[3, 3]), mismatch(2, 1));
    assert_eq!(new(&[3], &spec(&[1], &[1], 0), &[3]), mismatch(2, 3));
    assert_eq!(new(&[3], &spec(&[0], &[1], 0), &[3, 1]), Err(ParamsError::Rank { actual: 2 }));
    assert_eq!(new(&[3], &spec(&[0], &[1], 0), &[]), Err(ParamsError::Rank { actual: 0 }));
    let rank5 = new(&[1; 5], &spec(&[0; 5], &[1; 5], 0), &[1; 5]);
    assert_eq!(rank5, Err(ParamsError::Rank { actual: 5 }));
}
