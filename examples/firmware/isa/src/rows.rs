//! The cases of depthwise convolutions.

use bantam_isa::{DepthwiseRow, Factors, Grid, RowChannels, portable};

use crate::cases::{Test, shorten};
use crate::data::{Kind, Memory, place, place_mut};

pub(crate) fn depthwise(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for channels in [0, 4, 8, 12, 36] {
            for rows in 0..=3 {
                for columns in 0..=4 {
                    let sizes = [channels, rows, columns];
                    test.case(kind, "depthwise", &sizes, &|memory, assembly| {
                        shorten(memory);
                        let align = rows + columns;
                        let wide = channels + align;
                        let (row, filter_row) = (5 * wide + 1, columns * channels);
                        let (row, column) = ([row, filter_row], [wide, channels]);
                        let grid = Grid { rows, columns, row, column };
                        let end = |row: usize, column: usize, channels: usize| {
                            let last = columns.saturating_sub(1) * column;
                            rows.saturating_sub(1) * row + last + channels
                        };
                        let len = end(5 * wide + 1, wide, channels);
                        let input = place(&memory.input, align % 4, len);
                        let len = end(filter_row, channels, channels);
                        let filter = place(&memory.filter, columns % 4, len);
                        let zero_point = 11 * rows as i16 - 40;
                        let factors = &Factors {
                            multipliers: place(&memory.multipliers, 0, channels),
                            shifts: place(&memory.shifts, 0, channels),
                            zero_point: (rows * 40) as i8,
                            is_short: true,
                        };
                        let bias = place(&memory.bias, 0, channels);
                        let added = place_mut(&mut memory.sums, 0, channels);
                        let output = place_mut(&mut memory.output, columns % 4, channels);
                        let (bias, slices) = (Some(bias), [input, filter]);
                        if assembly {
                            let mut of = bantam_isa::Channels::added(added, zero_point);
                            bantam_isa::depthwise(&grid, &mut of, slices, &mut []);
                            let scaled = bantam_isa::Channels::scaled;
                            if let Some(mut of) = scaled(bias, channels, factors, zero_point) {
                                bantam_isa::depthwise(&grid, &mut of, slices, output);
                            }
                        } else {
                            let mut of = portable::Channels::added(added, zero_point);
                            portable::depthwise(&grid, &mut of, slices, &mut []);
                            let scaled = portable::Channels::scaled;
                            if bantam_isa::DSP
                                && let Some(mut of) = scaled(bias, channels, factors, zero_point)
                            {
                                portable::depthwise(&grid, &mut of, slices, output);
                            }
                        }
                    });
                }
            }
        }
    }
    test.end("depthwise");
}

pub(crate) fn pack(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for channels in 0..=9 {
            for beyond in [0, 1, 6] {
                test.case(kind, "pack", &[channels, beyond], &|memory, assembly| {
                    shorten(memory);
                    let pixel = channels + beyond;
                    let filter = place(&memory.filter, beyond % 4, 8 * pixel + channels);
                    let bias = place(&memory.bias, 0, channels);
                    let shifts = place(&memory.shifts, 0, channels);
                    let mut packed = [[0; 6]; 9];
                    let way = if assembly { bantam_isa::pack } else { portable::pack };
                    let slots = packed.get_mut(..channels).unwrap_or_default();
                    way((filter, pixel), bias, shifts, 37 * channels as i16 - 128, slots);
                    let words = packed.as_flattened().iter().map(|&word| word as i32);
                    memory.patch.iter_mut().zip(words).for_each(|(slot, word)| *slot = word);
                });
            }
        }
    }
    test.end("pack");
}

pub(crate) fn depthwise_row(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for channels in 0..=9 {
            for width in 0..=9 {
                for rows in [[0, 3], [0, 2], [1, 2]] {
                    for stride in [1, 2] {
                        for beyond in [0, 1, 7] {
                            let sizes = [channels, width, rows[0], rows[1], stride, beyond];
                            test.case(kind, "depthwise_row", &sizes, &|memory, assembly| {
                                row_case(memory, assembly, sizes);
                            });
                        }
                    }
                }
            }
        }
    }
    test.end("depthwise_row");
}

fn row_case(
    memory: &mut Memory,
    assembly: bool,
    [channels, width, above, rows, stride, beyond]: [usize; 6],
) {
    shorten(memory);
    let (pixel, zero_point) = (channels + beyond, 30 * width as i16 - 128);
    let distance = (width * pixel + channels).next_multiple_of(2);
    let columns = |n: usize| n.saturating_sub(1) * pixel + channels;
    let input = (rows - 1) * distance + columns(width);
    let filter = place(&memory.filter, width % 4, 6 * pixel + columns(3));
    let bias = place(&memory.bias, 0, channels);
    let shifts = place(&memory.shifts, 0, channels);
    // Some channels in front are left.
    let first = channels / 3;
    let mut factors = Factors {
        multipliers: memory.multipliers.get(..channels).unwrap_or_default(),
        shifts,
        zero_point: (width * 25) as i8,
        is_short: true,
    };
    // Memory for filters that are packed: for all of them or some.
    let words = place_mut(&mut memory.patch, 0, 6 * (width + beyond % 2));
    let packed =
        bantam_isa::pack_from([0, first], (filter, pixel), bias, zero_point, &mut factors, words);
    let row = DepthwiseRow {
        input: place(&memory.input, beyond % 4, input),
        row: distance,
        pixel,
        width,
        rows: [above, rows],
        stride,
        filter,
        bias,
        zero_point,
    };
    let output = place_mut(&mut memory.output, rows, columns(width / stride));
    let (of, channels) = (RowChannels { factors, packed }, first..first + packed.len());
    let is_done = if assembly {
        bantam_isa::CheckedRow::new(&row, channels, &of, output).map(|mut row| row.run())
    } else {
        portable::CheckedRow::new(&row, channels, &of, output).map(|mut row| row.run())
    };
    memory.patch.fill(is_done.is_some().into());
}
