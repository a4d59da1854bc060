use super::*;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

/// Each output row is filled with the sum of the input rows it reads, plus its index.
#[derive(Debug)]
struct Sums {
    rows: usize,
    in_rows: usize,
    window: usize,
    stride: usize,
    pad: usize,
    in_len: usize,
    out_len: usize,
}

impl RowGeometry for Sums {
    fn sizes(&self) -> RowSizes {
        RowSizes {
            input_rows: self.in_rows,
            input_row_len: self.in_len,
            output_rows: self.rows,
            output_row_len: self.out_len,
        }
    }

    fn input_rows(&self, row: usize) -> Range<usize> {
        let start = (row * self.stride).saturating_sub(self.pad).min(self.in_rows);
        let end = (row * self.stride + self.window).saturating_sub(self.pad).min(self.in_rows);
        start..end.max(start)
    }
}

fn kernel(sums: &Sums) -> impl Fn(usize, &[u32], &mut [u32]) -> Result<(), LengthMismatch> {
    |row, rows, line| {
        let expected = sums.input_rows(row).len() * sums.in_len;
        LengthMismatch::check(Operand::Input, expected, rows.len())?;
        LengthMismatch::check(Operand::Output, sums.out_len, line.len())?;
        line.fill(rows.iter().fold(row as u32, |sum, &x| sum.wrapping_mul(31).wrapping_add(x)));
        Ok(())
    }
}

fn sums() -> impl Strategy<Value = Sums> {
    (1..8_usize, 1..8_usize, 1..4_usize, 1..4_usize, 0..3_usize, 1..5_usize, 1..5_usize).prop_map(
        |(rows, in_rows, window, stride, pad, in_len, out_len)| Sums {
            rows,
            in_rows,
            window,
            stride,
            pad,
            in_len,
            out_len,
        },
    )
}

/// The output of `sums` with input and output at these places of one memory.
fn shared(sums: &Sums, input: usize, output: usize) -> Result<Vec<u32>, LengthMismatch> {
    let (in_len, out_len) = (sums.sizes().input_len(), sums.rows * sums.out_len);
    let mut memory = vec![0; (input + in_len).max(output + out_len)];
    for (i, x) in memory[input..input + in_len].iter_mut().enumerate() {
        *x = 7 * i as u32 + 1;
    }
    let activations = Activations::Shared { memory: &mut memory, input, output };
    for_each_row(sums, activations, kernel(sums))?;
    Ok(memory[output..output + out_len].to_vec())
}

proptest! {
    #[test]
    fn full_slack_changes_nothing_and_one_more_is_too_much(sums in sums()) {
        let input: Vec<u32> = (0..sums.sizes().input_len()).map(|i| 7 * i as u32 + 1).collect();
        let mut want = vec![0; sums.rows * sums.out_len];
        let apart = Activations::Apart { input: &input, output: &mut want };
        for_each_row(&sums, apart, kernel(&sums)).unwrap();

        let Slack { below, above } = Slack::of(&sums);
        prop_assert_eq!(&shared(&sums, below, 0).unwrap(), &want);
        prop_assert_eq!(&shared(&sums, 0, above).unwrap(), &want);
        prop_assert_eq!(&shared(&sums, below + 3, 0).unwrap(), &want);
        if below > 0 && above > 0 {
            // Neither direction is possible: rows would be read and written at once, or after
            // they are overwritten.
            prop_assert!(shared(&sums, below - 1, 0).is_err());
            prop_assert!(shared(&sums, 0, above - 1).is_err());
        }
    }
}

#[test]
fn a_fault_ends_the_rows() {
    let sums = Sums { rows: 3, in_rows: 3, window: 1, stride: 1, pad: 0, in_len: 2, out_len: 3 };
    let mut memory = [0; 10];
    // Going backwards, row 1 reads 3..5 and is written to 4..7; row 0 might be computed.
    let activations = Activations::Shared { memory: &mut memory, input: 1, output: 1 };
    let mut rows = Rows::EMPTY;
    rows.begin(&sums, &activations);
    assert_eq!([(); 4].map(|()| rows.advance(&sums)), [true, false, false, false]);
    let fault = LengthMismatch { operand: Operand::Output, expected: 4, actual: 3 };
    assert_eq!(rows.result(), Err(fault));
    // One element too many, of input or output.
    for (input, output, operand) in [(7, 9, Operand::Input), (6, 10, Operand::Output)] {
        let (input, mut output) = (vec![0; input], vec![0; output]);
        let activations = Activations::Apart { input: &input, output: &mut output };
        let mut rows = Rows::EMPTY;
        rows.begin(&sums, &activations);
        assert!(!rows.advance(&sums));
        assert_eq!(rows.result().map_err(|fault| fault.operand), Err(operand));
    }
}

#[test]
fn too_many_rows_do_not_overlap() {
    let most =
        Sums { rows: 1 << 16, in_rows: 1, window: 1, stride: 1, pad: 0, in_len: 1, out_len: 1 };
    assert_eq!(Slack::of(&most), Slack { below: 1, above: 1 });
    assert_eq!(Slack::of(&Sums { rows: usize::MAX, ..most }), Slack::NONE);
}
