//! FFTs of real samples: `i16`, `i32` and `f32`.
//!
//! A real FFT of `2n` samples is a complex one of `n` numbers, made of butterflies of radix 4, 2, 3
//! and 5, and a last step that takes the two halves apart. It works in its output: beside input and
//! output it needs the table of factors and nothing else.
//!
//! # Rounding
//!
//! Bit for bit that of kissfft, which TFLM uses. Integers are fractions (15 or 31 bits). Before
//! each butterfly of radix `r` they are divided by `r`, and before the last step by 2; the spectrum
//! is thus `2n` times smaller than that of the formula. Samples within ±0.7 (±23 170 for `i16`)
//! never overflow; with louder ones a butterfly may, and wraps. Every product is rounded to
//! nearest. `f32` is not scaled: only [`Irfft`] divides by `2n`, at the end.
//!
//! The factors are computed with the crate `libm`, so that they are the same on every machine. They
//! are those that kissfft computes with the C library of Linux: a test compares.
//!
//! # Source
//!
//! kissfft 130 (`kiss_fft.c`, `tools/kiss_fftr.c`), as TFLM 90b983c2b builds it
//! (`signal/src/kiss_fft_wrappers`, `signal/src/rfft_*.cc`, `signal/src/irfft_*.cc`).
//!
//! # Examples
//!
//! ```
//! use bantam_signal::fft::{self, Rfft};
//!
//! // Eight samples of a wave that fits in twice: all of it is in bin 2.
//! let wave = [0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0, -1.0];
//! let mut table = [[0.0_f32; 2]; fft::table_len(8)];
//! let mut spectrum = [[0.0; 2]; fft::spectrum_len(8)];
//! let rfft = Rfft::new(8, &mut table)?;
//! rfft.run(&wave, &mut spectrum)?;
//! assert!((spectrum[2][1] + 4.0).abs() < 1e-6);
//! assert!(spectrum[1][0].abs() < 1e-6);
//! # Ok::<(), bantam_signal::Error>(())
//! ```

mod butterfly;
mod direction;
mod factors;
mod sample;

pub use direction::Direction;
pub use factors::FftLength;
pub use sample::{Complex, Sample};

use crate::error::{Error, Operand};
use butterfly::{Twiddles, join};
use core::f64::consts::PI;

/// Complex numbers of the spectrum of `length` samples, for the length of an array.
pub const fn spectrum_len(length: usize) -> usize {
    length / 2 + 1
}

/// Complex numbers of the table of an FFT of `length` samples, for the length of an array.
pub const fn table_len(length: usize) -> usize {
    length / 2 + length / 4
}

/// Element `index` of the table of factors.
///
/// With `n` half the samples, element `k` below `n` is `exp(∓2πik/n)`, and element `n + k` is
/// `exp(∓πi((k + 1)/n + 1/2))`: minus for [`Direction::Forward`].
pub fn twiddle<T: Sample>(length: FftLength, direction: Direction, index: usize) -> Complex<T> {
    let half = length.half();
    // As kissfft has it, operation for operation: the last bits count.
    let phase = match index.checked_sub(half) {
        None => -2.0 * PI * index as f64 / half as f64,
        Some(index) => -PI * ((index + 1) as f64 / half as f64 + 0.5),
    };
    let phase = match direction {
        Direction::Forward => phase,
        Direction::Inverse => -phase,
    };
    [T::from_real(libm::cos(phase)), T::from_real(libm::sin(phase))]
}

/// Fills a table of [`FftLength::table_len`] factors.
///
/// # Errors
///
/// [`Error::Length`] if it has another length.
pub fn fill_table<T: Sample>(
    length: FftLength,
    direction: Direction,
    table: &mut [Complex<T>],
) -> Result<(), Error> {
    Error::check(Operand::Table, length.table_len(), table.len())?;
    for (index, factor) in table.iter_mut().enumerate() {
        *factor = twiddle(length, direction, index);
    }
    Ok(())
}

/// From real samples to their spectrum.
#[derive(Clone, Copy, Debug)]
pub struct Rfft<'t, T> {
    length: FftLength,
    table: &'t [Complex<T>],
}

impl<'t, T: Sample> Rfft<'t, T> {
    /// An FFT of `length` samples, whose factors it writes into `table` ([`table_len`] numbers).
    ///
    /// # Errors
    ///
    /// [`Error::FftLength`], [`Error::Length`].
    pub fn new(length: u32, table: &'t mut [Complex<T>]) -> Result<Self, Error> {
        let length = FftLength::new(length)?;
        fill_table(length, Direction::Forward, table)?;
        Ok(Self { length, table })
    }

    /// An FFT whose factors are there already: those of [`Direction::Forward`].
    ///
    /// # Errors
    ///
    /// [`Error::Length`].
    pub fn with_table(length: FftLength, table: &'t [Complex<T>]) -> Result<Self, Error> {
        Error::check(Operand::Table, length.table_len(), table.len())?;
        Ok(Self { length, table })
    }

    /// Computes the spectrum of `input`.
    ///
    /// ```text
    /// output[k] = scale · Σ_j input[j] · exp(-2πi·j·k / length)
    /// ```
    ///
    /// `scale` is `1 / length` for integers and 1 for `f32`. Samples that `input` lacks are zeros.
    ///
    /// # Shapes
    ///
    /// | slice    | elements            |
    /// |----------|---------------------|
    /// | `input`  | at most `length`    |
    /// | `output` | `length / 2 + 1`    |
    ///
    /// # Errors
    ///
    /// [`Error::Length`].
    pub fn run(&self, input: &[T], output: &mut [Complex<T>]) -> Result<(), Error> {
        let length = self.length;
        if input.len() > length.samples() {
            let (needed, actual) = (length.samples(), input.len());
            return Err(Error::Length { operand: Operand::Input, needed, actual });
        }
        Error::check(Operand::Output, length.spectrum_len(), output.len())?;
        let sample = |index: usize| input.get(index).copied().unwrap_or_default();
        let source = |index: usize| [sample(2 * index), sample(2 * index + 1)];
        let (numbers, _) = output.split_at_mut_checked(length.half()).unwrap_or_default();
        transform(length, self.table, Direction::Forward, source, numbers);
        self.separate(output);
        Ok(())
    }

    /// Takes apart the spectra of the even and the odd samples, which the complex FFT has mixed.
    fn separate(&self, spectrum: &mut [Complex<T>]) {
        let half = self.length.half();
        let at = |spectrum: &[Complex<T>], index: usize| {
            spectrum.get(index).copied().unwrap_or_default().map(|part: T| part.scaled(2))
        };
        let [real, imaginary] = at(spectrum, 0);
        put(spectrum, 0, [real.plus(imaginary), T::default()]);
        put(spectrum, half, [real.minus(imaginary), T::default()]);
        for (low, &factor) in (1..=half / 2).zip(self.table.get(half..).unwrap_or_default()) {
            let high = half - low;
            let a = at(spectrum, low);
            let [real, imaginary] = spectrum.get(high).copied().unwrap_or_default();
            let b = [real, imaginary.negated()].map(|part: T| part.scaled(2));
            let sum = [a[0].plus(b[0]), a[1].plus(b[1])];
            let turned = T::product([a[0].minus(b[0]), a[1].minus(b[1])], factor);
            let both = [sum[0].half_sum(turned[0]), sum[1].half_sum(turned[1])];
            put(spectrum, low, both);
            let both = [sum[0].half_difference(turned[0]), turned[1].half_difference(sum[1])];
            put(spectrum, high, both);
        }
    }
}

/// From a spectrum to real samples.
#[derive(Clone, Copy, Debug)]
pub struct Irfft<'t, T> {
    length: FftLength,
    table: &'t [Complex<T>],
}

impl<'t, T: Sample> Irfft<'t, T> {
    /// An inverse FFT to `length` samples, whose factors it writes into `table` ([`table_len`]
    /// numbers).
    ///
    /// # Errors
    ///
    /// [`Error::FftLength`], [`Error::Length`].
    pub fn new(length: u32, table: &'t mut [Complex<T>]) -> Result<Self, Error> {
        let length = FftLength::new(length)?;
        fill_table(length, Direction::Inverse, table)?;
        Ok(Self { length, table })
    }

    /// An inverse FFT whose factors are there already: those of [`Direction::Inverse`].
    ///
    /// # Errors
    ///
    /// [`Error::Length`].
    pub fn with_table(length: FftLength, table: &'t [Complex<T>]) -> Result<Self, Error> {
        Error::check(Operand::Table, length.table_len(), table.len())?;
        Ok(Self { length, table })
    }

    /// Computes the samples of which `input` is the spectrum.
    ///
    /// ```text
    /// output[j] = 1/length · Σ_k input[k] · exp(2πi·j·k / length)
    /// ```
    ///
    /// `k` goes over all bins; the upper half, which `input` lacks, mirrors the lower one. The
    /// imaginary parts of the first and the last bin are not read.
    ///
    /// # Shapes
    ///
    /// | slice    | elements            |
    /// |----------|---------------------|
    /// | `input`  | `length / 2 + 1`    |
    /// | `output` | `length`            |
    ///
    /// # Errors
    ///
    /// [`Error::Length`].
    pub fn run(&self, input: &[Complex<T>], output: &mut [T]) -> Result<(), Error> {
        let length = self.length;
        Error::check(Operand::Input, length.spectrum_len(), input.len())?;
        Error::check(Operand::Output, length.samples(), output.len())?;
        let (numbers, _) = output.as_chunks_mut();
        let source = |index: usize| self.mixed(input, index);
        transform(length, self.table, Direction::Inverse, source, numbers);
        let samples = length.samples() as u32;
        output.iter_mut().for_each(|sample| *sample = sample.normalized(samples));
        Ok(())
    }

    /// Number `index` of what the complex FFT transforms: the spectra of the even and the odd
    /// samples, mixed.
    fn mixed(&self, spectrum: &[Complex<T>], index: usize) -> Complex<T> {
        let half = self.length.half();
        let at = |index: usize| spectrum.get(index).copied().unwrap_or_default();
        if index == 0 {
            let ([first, _], [last, _]) = (at(0), at(half));
            return [first.plus(last), first.minus(last)].map(|part| part.scaled(2));
        }
        // Numbers come in pairs; the one in the middle is the upper one of its own pair.
        let upper = 2 * index >= half;
        let low = if upper { half - index } else { index };
        let a = at(low).map(|part| part.scaled(2));
        let [real, imaginary] = at(half - low);
        let b = [real, imaginary.negated()].map(|part| part.scaled(2));
        let sum = [a[0].plus(b[0]), a[1].plus(b[1])];
        let factor = self.table.get(half + low - 1).copied().unwrap_or_default();
        let turned = T::product([a[0].minus(b[0]), a[1].minus(b[1])], factor);
        if upper {
            [sum[0].minus(turned[0]), sum[1].minus(turned[1]).negated()]
        } else {
            [sum[0].plus(turned[0]), sum[1].plus(turned[1])]
        }
    }
}

#[inline(always)] // a store
fn put<T>(numbers: &mut [T], index: usize, value: T) {
    if let Some(slot) = numbers.get_mut(index) {
        *slot = value;
    }
}

/// The complex FFT of half the samples: reads `source`, writes `output`.
fn transform<T: Sample>(
    length: FftLength,
    table: &[Complex<T>],
    direction: Direction,
    source: impl Fn(usize) -> Complex<T>,
    output: &mut [Complex<T>],
) {
    let levels = length.levels();
    levels.decimate(length.half(), |index, place| put(output, place, source(index)));
    butterflies(length, levels.as_slice(), table, direction, output);
}

/// Joins the numbers, level by level.
#[inline(never)] // size: one copy for both directions
fn butterflies<T: Sample>(
    length: FftLength,
    levels: &[(u16, u16)],
    table: &[Complex<T>],
    direction: Direction,
    numbers: &mut [Complex<T>],
) {
    let table = table.get(..length.half()).unwrap_or_default();
    for &(radix, part) in levels.iter().rev() {
        let part = usize::from(part);
        let joined = usize::from(radix) * part;
        let stride = length.half().checked_div(joined).unwrap_or(0);
        let twiddles = Twiddles { table, stride };
        let mut rest = &mut *numbers;
        while let Some((block, behind)) = rest.split_at_mut_checked(joined.max(1))
            && !block.is_empty()
        {
            join(block, (radix, part), twiddles, direction);
            rest = behind;
        }
    }
}

#[cfg(test)]
mod tests;
