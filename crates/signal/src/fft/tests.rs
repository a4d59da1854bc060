use super::*;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

/// Lengths of one level and of many, with every radix.
const LENGTHS: [u32; 14] = [4, 6, 8, 10, 12, 16, 20, 30, 32, 48, 64, 80, 120, 512];

/// Fractions that are never too loud for a butterfly.
const LOUD: f64 = core::f64::consts::FRAC_1_SQRT_2;

fn lengths() -> impl Strategy<Value = u32> {
    prop::sample::select(LENGTHS.to_vec())
}

/// The spectrum by its definition.
fn naive(samples: &[f64]) -> Vec<[f64; 2]> {
    let len = samples.len();
    let bin = |k: usize| {
        let part = |turn: fn(f64) -> f64| {
            let term = |(j, sample): (usize, &f64)| {
                sample * turn(-2.0 * PI * ((j * k) % len) as f64 / len as f64)
            };
            samples.iter().enumerate().map(term).sum::<f64>()
        };
        [part(f64::cos), part(f64::sin)]
    };
    (0..=len / 2).map(bin).collect()
}

fn spectrum<T: Sample>(samples: &[T], length: u32) -> Vec<Complex<T>> {
    let mut table = vec![Default::default(); table_len(length as usize)];
    let mut output = vec![Default::default(); spectrum_len(length as usize)];
    Rfft::new(length, &mut table).unwrap().run(samples, &mut output).unwrap();
    output
}

fn samples<T: Sample>(spectrum: &[Complex<T>], length: u32) -> Vec<T> {
    let mut table = vec![Default::default(); table_len(length as usize)];
    let mut output = vec![T::default(); length as usize];
    Irfft::new(length, &mut table).unwrap().run(spectrum, &mut output).unwrap();
    output
}

/// Samples of a length, of which some at the end are missing.
fn signal() -> impl Strategy<Value = (u32, Vec<f64>)> {
    lengths().prop_flat_map(|length| {
        let len = length as usize;
        (Just(length), prop::collection::vec(-1.0..1.0_f64, len / 2..=len))
    })
}

/// The largest difference of two spectra or signals.
fn distance(a: impl IntoIterator<Item = f64>, b: impl IntoIterator<Item = f64>) -> f64 {
    a.into_iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

proptest! {
    #[test]
    fn prop_floats_are_near_the_definition((length, signal) in signal()) {
        let floats: Vec<f32> = signal.iter().map(|&x| x as f32).collect();
        let mut padded: Vec<f64> = floats.iter().map(|&x| x.into()).collect();
        padded.resize(length as usize, 0.0);
        let got = spectrum(&floats, length).into_iter().flatten().map(f64::from);
        let want = naive(&padded).into_iter().flatten();
        prop_assert!(distance(got, want) < 1e-5 * f64::from(length));
    }

    #[test]
    fn prop_fractions_are_near_the_definition((length, signal) in signal()) {
        let signal: Vec<f64> = signal.iter().map(|x| x * LOUD).collect();
        let scaled = |max: f64| signal.iter().map(move |x| (x * max).round());
        let mut padded = signal.clone();
        padded.resize(length as usize, 0.0);
        let want: Vec<f64> =
            naive(&padded).into_iter().flatten().map(|x| x / f64::from(length)).collect();
        let narrow: Vec<i16> = scaled(32767.0).map(|x| x as i16).collect();
        let got = spectrum(&narrow, length).into_iter().flatten();
        // A few units for each level.
        let error = distance(got.map(|x| f64::from(x) / 32768.0), want.iter().copied());
        prop_assert!(error < 8.0 / 32768.0, "{error}");
        let wide: Vec<i32> = scaled(2_147_483_647.0).map(|x| x as i32).collect();
        let got = spectrum(&wide, length).into_iter().flatten();
        let error = distance(got.map(|x| f64::from(x) / 2_147_483_648.0), want);
        prop_assert!(error < 1e-8, "{error}");
    }

    #[test]
    fn prop_the_inverse_gives_the_samples_back((length, signal) in signal()) {
        let mut floats: Vec<f32> = signal.iter().map(|&x| x as f32).collect();
        floats.resize(length as usize, 0.0);
        let back = samples(&spectrum(&floats, length), length);
        let error = distance(back.into_iter().map(f64::from), floats.iter().map(|&x| x.into()));
        prop_assert!(error < 1e-5, "{error}");
        // Integers were divided by the length.
        let wide: Vec<i32> = floats.iter().map(|x| (f64::from(*x) * LOUD * 2_147_483_647.0) as i32).collect();
        let back = samples(&spectrum(&wide, length), length);
        let length = f64::from(length);
        let back = back.into_iter().map(|x| f64::from(x) * length / 2_147_483_648.0);
        let error = distance(back, floats.iter().map(|&x| f64::from(x) * LOUD));
        prop_assert!(error < 1e-8 * length, "{error}");
    }

    /// What overflows wraps, in any build.
    #[test]
    fn prop_any_numbers_are_survived(length in lengths(), seed in any::<u64>()) {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            [i32::MIN, i32::MAX, 0, state as i32][(state >> 62) as usize]
        };
        let wide: Vec<[i32; 2]> = (0..spectrum_len(length as usize)).map(|_| [next(), next()]).collect();
        let narrow: Vec<[i16; 2]> = wide.iter().map(|x| x.map(|x| (x >> 16) as i16)).collect();
        samples(&wide, length);
        samples(&narrow, length);
        let (wide, narrow) = (wide.as_flattened(), narrow.as_flattened());
        spectrum(&wide[..length as usize], length);
        spectrum(&narrow[..length as usize], length);
    }
}

/// Functions of `libm` round as those of the C library of Linux: there the factors are those of
/// kissfft.
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn factors_are_those_of_the_reference() {
    fn check<T: Sample>(length: FftLength, from_real: impl Fn(f64) -> T) {
        let half = length.half();
        let nth = |i: usize| -2.0 * PI * i as f64 / half as f64;
        let super_nth = |i: usize| -PI * ((i + 1) as f64 / half as f64 + 0.5);
        let phases = (0..half).map(nth).chain((0..half / 2).map(super_nth));
        for (index, phase) in phases.enumerate() {
            for (direction, phase) in [(Direction::Forward, phase), (Direction::Inverse, -phase)] {
                let want = [phase.cos(), phase.sin()].map(&from_real);
                assert_eq!(twiddle::<T>(length, direction, index), want, "{length:?} [{index}]");
            }
        }
    }
    let mut tested = 0;
    for length in (4..=4096).chain([6144, 8192, 10_000, 16_384, 48_000, 65_536, 118_098]) {
        let Ok(length) = FftLength::new(length) else { continue };
        check(length, |x| (0.5 + 32_767.0 * x).floor() as i16);
        check(length, |x| (0.5 + 2_147_483_647.0 * x).floor() as i32);
        check(length, |x| x as f32);
        tested += 1;
    }
    assert!(tested > 100);
}

#[test]
fn lengths_are_checked() {
    let mut table = [[0_i16; 2]; table_len(8)];
    assert_eq!(
        Rfft::new(16, &mut table).map(drop),
        Err(Error::Length { operand: Operand::Table, needed: 12, actual: 6 })
    );
    assert_eq!(Irfft::new(14, &mut table).map(drop), Err(Error::FftLength(14)));
    let rfft = Rfft::new(8, &mut table).unwrap();
    let mut output = [[7; 2]; 5];
    assert_eq!(
        rfft.run(&[1; 9], &mut output),
        Err(Error::Length { operand: Operand::Input, needed: 8, actual: 9 })
    );
    assert_eq!(
        rfft.run(&[1; 8], &mut output[..4]),
        Err(Error::Length { operand: Operand::Output, needed: 5, actual: 4 })
    );
    assert_eq!(output, [[7; 2]; 5]);
    assert_eq!(rfft.run(&[], &mut output), Ok(()));
    assert_eq!(output, [[0; 2]; 5]);
}
