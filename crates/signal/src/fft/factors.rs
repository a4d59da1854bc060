//! The length of an FFT, and the radices that it is made of.

use crate::error::Error;

/// Levels that an FFT can have: the most are those of powers of 3.
const MAX_LEVELS: usize = 12;

/// The length of a real FFT: one that this crate has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FftLength {
    /// Complex numbers that the samples are taken as.
    half: u16,
}

impl FftLength {
    /// A real FFT of `length` samples.
    ///
    /// # Errors
    ///
    /// [`Error::FftLength`] unless `length` is even, within `4..=131070`, and its half has no
    /// prime factors but 2, 3 and 5. (TFLM takes lengths with other factors, and then writes
    /// through a null pointer: its kissfft has no allocator.)
    pub const fn new(length: u32) -> Result<Self, Error> {
        let half = length / 2;
        if !length.is_multiple_of(2) || half < 2 || half > u16::MAX as u32 {
            return Err(Error::FftLength(length));
        }
        let mut rest = half;
        while rest.is_multiple_of(2) {
            rest /= 2;
        }
        while rest.is_multiple_of(3) {
            rest /= 3;
        }
        while rest.is_multiple_of(5) {
            rest /= 5;
        }
        if rest == 1 { Ok(Self { half: half as u16 }) } else { Err(Error::FftLength(length)) }
    }

    /// Samples.
    pub const fn samples(self) -> usize {
        2 * self.half as usize
    }

    /// Complex numbers of the spectrum: half the samples, and one more.
    pub const fn spectrum_len(self) -> usize {
        self.half as usize + 1
    }

    /// Complex numbers of the table of factors: three quarters of the samples, rounded down.
    pub const fn table_len(self) -> usize {
        self.half as usize + self.half as usize / 2
    }

    /// Half of the samples.
    pub(super) const fn half(self) -> usize {
        self.half as usize
    }

    /// The levels of the complex FFT of half the samples, from the one that joins the whole.
    ///
    /// Radix 4 comes first, then 2, 3 and 5, as kissfft has it (`kf_factor`).
    pub(super) fn levels(self) -> Levels {
        let mut levels = Levels { radices: [(1, 1); MAX_LEVELS], len: 0 };
        let mut rest = self.half;
        for radix in [4, 2, 3, 5] {
            while rest.is_multiple_of(radix) && rest > 1 {
                rest /= radix;
                if let Some(level) = levels.radices.get_mut(levels.len) {
                    *level = (radix, rest);
                    levels.len += 1;
                }
            }
        }
        levels
    }
}

/// Radix of each level, and how many numbers each of the parts has that it joins.
pub(super) struct Levels {
    radices: [(u16, u16); MAX_LEVELS],
    len: usize,
}

impl Levels {
    pub(super) fn as_slice(&self) -> &[(u16, u16)] {
        self.radices.get(..self.len).unwrap_or_default()
    }

    /// Calls `put` for each index of the input, in ascending order, with the place where the first
    /// level to run reads it: the digits of the index, in the opposite order.
    pub(super) fn decimate(&self, numbers: usize, mut put: impl FnMut(usize, usize)) {
        let mut digits = [0; MAX_LEVELS];
        let mut place: usize = 0;
        for index in 0..numbers {
            put(index, place);
            for (digit, &(radix, part)) in digits.iter_mut().zip(self.as_slice()) {
                *digit += 1;
                place = place.wrapping_add(part.into());
                if *digit < radix {
                    break;
                }
                *digit = 0;
                place = place.wrapping_sub(usize::from(radix) * usize::from(part));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn lengths_with_other_factors_are_refused() {
        for length in [4, 6, 8, 10, 480, 512, 1024, 118_098, 131_072 - 2 - 2048 * 31] {
            let made = FftLength::new(length);
            let smooth = {
                let mut rest = length / 2;
                for prime in [2, 3, 5] {
                    while rest % prime == 0 {
                        rest /= prime;
                    }
                }
                rest == 1
            };
            assert_eq!(made.is_ok(), smooth, "{length}");
        }
        for length in [0, 1, 2, 3, 5, 14, 22, 131_072, u32::MAX] {
            assert_eq!(FftLength::new(length), Err(Error::FftLength(length)));
        }
    }

    #[test]
    fn levels_make_up_the_length() {
        for length in (4..40_000).step_by(2) {
            let Ok(length) = FftLength::new(length) else { continue };
            let levels = length.levels();
            let product: usize =
                levels.as_slice().iter().map(|&(radix, _)| usize::from(radix)).product();
            assert_eq!(product, length.half());
            assert_eq!(levels.as_slice().last().map(|&(_, part)| part), Some(1));
        }
        let levels = FftLength::new(2 * 59_049).unwrap().levels();
        assert_eq!(levels.as_slice().len(), 10);
    }

    #[test]
    fn decimation_reverses_digits() {
        // Six numbers: pairs of thirds.
        let length = FftLength::new(12).unwrap();
        let mut places = vec![];
        length.levels().decimate(6, |index, place| {
            assert_eq!(index, places.len());
            places.push(place);
        });
        // index = digit of 2 + 2 · digit of 3
        assert_eq!(places, [0, 3, 1, 4, 2, 5]);
        let length = FftLength::new(2 * 360).unwrap();
        let mut places = Vec::new();
        length.levels().decimate(360, |_, place| places.push(place));
        places.sort_unstable();
        assert!(places.into_iter().eq(0..360));
    }
}
