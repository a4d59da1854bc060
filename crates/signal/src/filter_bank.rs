//! Filter banks: energies of bins as channels that the ear tells apart, their roots and logarithms.
//!
//! [`tables::MelTables`](crate::tables::MelTables) makes the constants of a bank of the mel scale.

use crate::error::{Error, Operand};
use crate::load::Load;

/// The constants of a filter bank of triangles: each bin counts for two channels that are next to
/// each other.
///
/// The bins lie in sets, one more than there are channels: towards the end of set `i`, bins count
/// less and less for channel `i - 1`, and more and more for channel `i`. `W` is `i16`, or `[u8; 2]`
/// for a table in a file.
#[derive(Clone, Copy, Debug)]
pub struct FilterBank<'t, W> {
    /// What a bin counts for the channel before its set, bin after bin.
    pub weights: &'t [W],
    /// What a bin counts for the channel of its set, bin after bin.
    pub unweights: &'t [W],
    /// The first bin of each set.
    pub frequency_starts: &'t [W],
    /// Where in `weights` and `unweights` each set begins.
    pub weight_starts: &'t [W],
    /// The bins of each set; a negative number stands for 0.
    pub widths: &'t [W],
}

impl<W: Load<i16>> FilterBank<'_, W> {
    /// Sums up each channel.
    ///
    /// ```text
    /// fall(s) = Σ_j weights[weight_starts[s] + j] · input[frequency_starts[s] + j]
    /// rise(s) = Σ_j unweights[weight_starts[s] + j] · input[frequency_starts[s] + j]
    /// output[i] = rise(i) + fall(i + 1)
    /// ```
    ///
    /// `j` goes over `widths[s]` bins.
    ///
    /// # Shapes
    ///
    /// | slice                                         | elements           |
    /// |-----------------------------------------------|--------------------|
    /// | `input`                                       | bins               |
    /// | `output`                                      | channels           |
    /// | `frequency_starts`, `weight_starts`, `widths` | channels + 1       |
    /// | `weights`, `unweights`                        | bins of all sets   |
    ///
    /// # Rounding
    ///
    /// Exact, modulo 2⁶⁴.
    ///
    /// # Errors
    ///
    /// [`Error::Length`]; [`Error::Channel`] for a set that reads outside of `input` or the
    /// weights: channels before it are then written.
    ///
    /// # Source
    ///
    /// TFLM 90b983c2b, `signal/src/filter_bank.cc`, `FilterbankAccumulateChannels`.
    ///
    /// # Examples
    ///
    /// ```
    /// use bantam_signal::filter_bank::FilterBank;
    ///
    /// let bank = FilterBank {
    ///     weights: &[1_i16, 2, 3, 4],
    ///     unweights: &[4, 3, 2, 1],
    ///     frequency_starts: &[0, 2],
    ///     weight_starts: &[0, 2],
    ///     widths: &[2, 2],
    /// };
    /// let mut output = [0];
    /// bank.sum(&[1, 10, 100, 1000], &mut output)?;
    /// assert_eq!(output, [4 * 1 + 3 * 10 + 3 * 100 + 4 * 1000]);
    /// # Ok::<(), bantam_signal::Error>(())
    /// ```
    pub fn sum(&self, input: &[u32], output: &mut [u64]) -> Result<(), Error> {
        let sets = output.len().saturating_add(1);
        for table in [self.frequency_starts, self.weight_starts, self.widths] {
            Error::check(Operand::Table, sets, table.len())?;
        }
        let tables = self.frequency_starts.iter().zip(self.weight_starts).zip(self.widths);
        // What the set before has for this one's channel.
        let mut risen = 0_u64;
        for (set, ((&frequency, &weight), &width)) in tables.enumerate() {
            let width = usize::try_from(width.load()).unwrap_or(0);
            let set_of = |weights| part(weights, weight.load(), width);
            let parts = (part(input, frequency.load(), width), set_of(self.weights));
            let (Some(bins), Some(weights)) = parts else { return Err(Error::Channel(set)) };
            let Some(unweights) = set_of(self.unweights) else { return Err(Error::Channel(set)) };
            let (mut falling, mut rising) = (risen, 0_u64);
            for ((&bin, weight), unweight) in bins.iter().zip(weights).zip(unweights) {
                let times = |weight: &W| u64::from(bin).wrapping_mul(weight.load() as u64);
                falling = falling.wrapping_add(times(weight));
                rising = rising.wrapping_add(times(unweight));
            }
            if let Some(channel) = set.checked_sub(1).and_then(|channel| output.get_mut(channel)) {
                *channel = falling;
            }
            risen = rising;
        }
        Ok(())
    }
}

/// `width` elements from `start` on; none of them wherever they begin if `width` is 0.
fn part<T>(slice: &[T], start: i16, width: usize) -> Option<&[T]> {
    if width == 0 {
        return Some(&[]);
    }
    let start = usize::try_from(start).ok()?;
    slice.get(start..start.checked_add(width)?)
}

/// Takes the root of each channel, and shifts it to the right by what
/// [`auto_scale`](crate::auto_scale::auto_scale) shifted to the left.
///
/// ```text
/// output[i] = sqrt(input[i]) >> scale_bits
/// ```
///
/// # Shapes
///
/// `input` and `output` have as many elements as each other: the channels.
///
/// # Ranges
///
/// `scale_bits` is within `0..=31`.
///
/// # Rounding
///
/// The root to nearest, the shift down. See [`sqrt64`].
///
/// # Errors
///
/// [`Error::Length`], [`Error::Shift`].
///
/// # Source
///
/// TFLM 90b983c2b, `signal/src/filter_bank_square_root.cc`, `FilterbankSqrt`.
///
/// # Examples
///
/// ```
/// let mut output = [0; 2];
/// bantam_signal::filter_bank::square_root(&[10_000, 99], 1, &mut output)?;
/// assert_eq!(output, [50, 5]);
/// # Ok::<(), bantam_signal::Error>(())
/// ```
pub fn square_root(input: &[u64], scale_bits: u32, output: &mut [u32]) -> Result<(), Error> {
    Error::check_shift(scale_bits, u32::BITS - 1)?;
    Error::check(Operand::Output, input.len(), output.len())?;
    for (root, &square) in output.iter_mut().zip(input) {
        *root = sqrt64(square) >> scale_bits;
    }
    Ok(())
}

/// The square root, rounded to nearest; of the largest numbers 2³² - 1. Below 2³² it is at most
/// 65535, as the reference computes those with 32 bits.
///
/// Source: TFLM 90b983c2b, `signal/src/square_root_64.cc` and `square_root_32.cc`.
///
/// ```
/// use bantam_signal::filter_bank::sqrt64;
/// assert_eq!([0, 2, 3, 6, 7, 1 << 62].map(sqrt64), [0, 1, 2, 2, 3, 1 << 31]);
/// assert_eq!(sqrt64((1 << 32) - 1), 65_535);
/// ```
pub fn sqrt64(square: u64) -> u32 {
    // As with a pen: two bits of the square for each bit of the root.
    let highest = square.checked_ilog2().unwrap_or(0) & !1;
    let mut bit = 1_u64 << highest;
    let (mut rest, mut root) = (square, 0_u64);
    while bit != 0 {
        let taken = root + bit;
        root >>= 1;
        if rest >= taken {
            rest -= taken;
            root += bit;
        }
        bit >>= 2;
    }
    let most = if square >> 32 == 0 { u64::from(u16::MAX) } else { u64::from(u32::MAX) };
    if rest > root && root < most {
        root += 1;
    }
    root as u32
}

/// The natural logarithm of each channel.
///
/// ```text
/// x = input[i] << correction_bits
/// output[i] = min(output_scale · ln(x), 32767), 0 where x is 0
/// ```
///
/// # Shapes
///
/// `input` and `output` have as many elements as each other: the channels.
///
/// # Ranges
///
/// `correction_bits` is within `0..=31`; bits that it shifts out are lost, and so are those of
/// `output_scale · ln(x)` beyond 32.
///
/// # Rounding
///
/// See [`log32`].
///
/// # Errors
///
/// [`Error::Length`], [`Error::Shift`].
///
/// # Source
///
/// TFLM 90b983c2b, `signal/src/filter_bank_log.cc`, `FilterbankLog`.
///
/// # Examples
///
/// ```
/// let mut output = [0; 3];
/// bantam_signal::filter_bank::log(&[0, 1, 1000], 64, 0, &mut output)?;
/// assert_eq!(output, [0, 0, 442]); // 64 · ln(1000) = 442.1
/// # Ok::<(), bantam_signal::Error>(())
/// ```
pub fn log(
    input: &[u32],
    output_scale: u32,
    correction_bits: u32,
    output: &mut [i16],
) -> Result<(), Error> {
    Error::check_shift(correction_bits, u32::BITS - 1)?;
    Error::check(Operand::Output, input.len(), output.len())?;
    for (log, &channel) in output.iter_mut().zip(input) {
        let scaled = channel << correction_bits;
        let value = if scaled > 1 { log32(scaled, output_scale) } else { 0 };
        *log = i16::try_from(value).unwrap_or(i16::MAX);
    }
    Ok(())
}

/// `scale · ln(x)`, for `x` of 1 and more; 0 for 0.
///
/// The logarithm to base 2 has 16 fraction bits, and comes from a table of 128 segments; it is
/// multiplied by ln 2 and by the scale, and rounded to nearest after each. The result is up to 0.25
/// % of the scale off: the reference's shift leaves next to nothing of the line between one segment
/// and the next.
///
/// Source: TFLM 90b983c2b, `signal/src/log.cc`, `Log32`.
///
/// ```
/// use bantam_signal::filter_bank::log32;
/// assert_eq!(log32(1, 1000), 0);
/// assert_eq!(log32(2, 1000), 693);
/// ```
pub fn log32(x: u32, scale: u32) -> u32 {
    const HALF: u32 = 1 << (FRACTION_BITS - 1);
    let Some(whole) = x.checked_ilog2() else { return 0 };
    let log2 = (whole << FRACTION_BITS) + log2_fraction(x, whole);
    let natural = (LN_2 * u64::from(log2) + u64::from(HALF)) >> FRACTION_BITS;
    scale.wrapping_mul(natural as u32).wrapping_add(HALF) >> FRACTION_BITS
}

const FRACTION_BITS: u32 = 16;
/// ln 2, in so many bits.
const LN_2: u64 = 45_426;
/// Bits of a fraction beyond those that choose a segment.
const SEGMENT_BITS: u32 = FRACTION_BITS - 7;

/// The fraction of the logarithm of `x` to base 2, which begins with `whole`.
fn log2_fraction(x: u32, whole: u32) -> u32 {
    let beyond = x - (1 << whole);
    let fraction = match whole.checked_sub(FRACTION_BITS) {
        None => beyond << (FRACTION_BITS - whole),
        Some(bits) => beyond >> bits,
    };
    let segment = (fraction >> SEGMENT_BITS) as usize;
    let bow = |segment: usize| BOW.get(segment).copied().map_or(0, i32::from);
    let rise = bow(segment + 1) - bow(segment);
    let along = (fraction & ((1 << SEGMENT_BITS) - 1)) as i32;
    let between = (rise * along) >> FRACTION_BITS;
    fraction.wrapping_add_signed(bow(segment)).wrapping_add_signed(between)
}

/// How far log2(1 + x) lies above x, in 16 fraction bits, for each 128th of x.
///
/// Source: TFLM 90b983c2b, `signal/src/log.cc`, `kLogLut`.
#[rustfmt::skip]
const BOW: [u16; 129] = [
    0, 224, 442, 654, 861, 1063, 1259, 1450, 1636, 1817, 1992, 2163, 2329, 2490, 2646, 2797, 2944,
    3087, 3224, 3358, 3487, 3611, 3732, 3848, 3960, 4068, 4172, 4272, 4368, 4460, 4549, 4633, 4714,
    4791, 4864, 4934, 5001, 5063, 5123, 5178, 5231, 5280, 5326, 5368, 5408, 5444, 5477, 5507, 5533,
    5557, 5578, 5595, 5610, 5622, 5631, 5637, 5640, 5641, 5638, 5633, 5626, 5615, 5602, 5586, 5568,
    5547, 5524, 5498, 5470, 5439, 5406, 5370, 5332, 5291, 5249, 5203, 5156, 5106, 5054, 5000, 4944,
    4885, 4825, 4762, 4697, 4630, 4561, 4490, 4416, 4341, 4264, 4184, 4103, 4020, 3935, 3848, 3759,
    3668, 3575, 3481, 3384, 3286, 3186, 3084, 2981, 2875, 2768, 2659, 2549, 2437, 2323, 2207, 2090,
    1971, 1851, 1729, 1605, 1480, 1353, 1224, 1094, 963, 830, 695, 559, 421, 282, 142, 0,
];

#[cfg(test)]
mod tests;
