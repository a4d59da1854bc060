use super::*;
use alloc::vec::Vec;
use proptest::prelude::*;

#[test]
fn the_bow_is_that_of_the_logarithm() {
    for (x, &above) in (0..).map(|i| f64::from(i) / 128.0).zip(&BOW) {
        let exact = 65_536.0 * ((1.0 + x).log2() - x);
        assert!((exact - f64::from(above)).abs() < 1.0, "{x}");
    }
}

#[test]
fn roots_of_the_ends() {
    let cases = [
        (u64::MAX, u32::MAX),
        (u64::MAX - (1 << 32) + 1, u32::MAX),
        (1 << 32, 1 << 16),
        // Below 2³² the root stays in 16 bits, though it is nearer to 65536.
        (u32::MAX.into(), 65_535),
        (1, 1),
        (0, 0),
    ];
    for (square, root) in cases {
        assert_eq!(sqrt64(square), root, "{square}");
    }
}

proptest! {
    #[test]
    fn prop_roots_are_the_nearest(square in any::<u64>(), shift in 0..64_u32) {
        let square = square >> shift;
        let root = u128::from(sqrt64(square));
        let most = if square >> 32 == 0 { 0xFFFF } else { 0xFFFF_FFFF };
        // root - 1/2 <= sqrt(square) <= root + 1/2, times two and squared.
        let four = 4 * u128::from(square);
        prop_assert!(root == most || four <= (2 * root + 1).pow(2));
        prop_assert!(root == 0 || four >= (2 * root - 1).pow(2));
    }

    #[test]
    fn prop_logarithms_are_near(x in 1..=u32::MAX, shift in 0..32_u32, scale in 1..2000_u32) {
        let x = (x >> shift).max(1);
        let exact = f64::from(scale) * f64::from(x).ln();
        let got = f64::from(log32(x, scale));
        prop_assert!((got - exact).abs() < 0.6 + f64::from(scale) * 0.0025, "{got} {exact}");
    }

    #[test]
    fn prop_channels_are_sums_of_their_bins(
        bins in prop::collection::vec(any::<u32>(), 40),
        sets in prop::collection::vec((0..30_i16, 0..10_i16), 1..8),
        seed in any::<u64>(),
    ) {
        let starts: Vec<i16> = sets.iter().scan(0, |at, &(_, width)| {
            let start = *at;
            *at += width;
            Some(start)
        }).collect();
        let total: i16 = sets.iter().map(|&(_, width)| width).sum();
        let noise = |salt: u64| -> Vec<i16> {
            (0..total as u64).map(|i| (seed ^ salt).wrapping_mul(2 * i + 1) as i16).collect()
        };
        let (weights, unweights) = (noise(1), noise(7));
        let (frequencies, widths): (Vec<i16>, Vec<i16>) = sets.iter().copied().unzip();
        let bank = FilterBank {
            weights: &weights,
            unweights: &unweights,
            frequency_starts: &frequencies,
            weight_starts: &starts,
            widths: &widths,
        };
        let mut output = alloc::vec![0; sets.len() - 1];
        bank.sum(&bins, &mut output).unwrap();
        let side = |weights: &[i16], set: usize| -> i128 {
            let (frequency, width) = sets[set];
            (0..width).map(|j| {
                let weight = weights[(starts[set] + j) as usize];
                i128::from(weight) * i128::from(bins[(frequency + j) as usize])
            }).sum()
        };
        for (channel, &got) in output.iter().enumerate() {
            let want = side(&unweights, channel) + side(&weights, channel + 1);
            prop_assert_eq!(got, want as u64);
        }
    }
}

#[test]
fn sets_outside_are_named() {
    let bank = |frequency, weight, width| {
        let tables = [[0, frequency], [0, weight], [0, width]];
        let bank = FilterBank {
            weights: &[1_i16; 4],
            unweights: &[1; 4],
            frequency_starts: &tables[0],
            weight_starts: &tables[1],
            widths: &tables[2],
        };
        bank.sum(&[1; 6], &mut [0])
    };
    assert_eq!(bank(2, 0, 4), Ok(()));
    assert_eq!(bank(-1, -1, 0), Ok(()));
    assert_eq!(bank(-1, -1, -3), Ok(()));
    for (frequency, weight, width) in [(3, 0, 4), (-1, 0, 1), (0, -1, 1), (0, 1, 4)] {
        assert_eq!(bank(frequency, weight, width), Err(Error::Channel(1)));
    }
    let short = FilterBank {
        weights: &[1_i16],
        unweights: &[1],
        frequency_starts: &[0],
        weight_starts: &[0],
        widths: &[1],
    };
    let error = Error::Length { operand: Operand::Table, needed: 2, actual: 1 };
    assert_eq!(short.sum(&[1], &mut [0]), Err(error));
}

#[test]
fn logarithms_stop_at_the_bound() {
    let mut output = [0; 3];
    log(&[u32::MAX, 2, 1], 2000, 0, &mut output).unwrap();
    assert_eq!(output, [i16::MAX, 1386, 0]);
    let shift = Err(Error::Shift { bits: 32, most: 31 });
    assert_eq!(log(&[1; 3], 1, 32, &mut output), shift);
    assert_eq!(square_root(&[1], 32, &mut [0]), shift);
}
