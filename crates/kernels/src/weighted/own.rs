//! Memory of its own that a layer takes where it is lent none.

use crate::target::{DSP_WORDS, KIND, LOOPS, MVE, MVE_WORDS, THUMB1, THUMB1_WORDS};

/// How many words of memory of its own a layer takes: the fewest with which it is as fast as with
/// more. Layers without a bias take the largest.
///
/// | | DSP extension | Thumb-1 | MVE |
/// |---|--:|--:|--:|
/// | `Largest` | 336 | 320 | 336 |
/// | `Large` | 160 | 160 | 128 |
/// | `Small` | 116 | 64 | 128 |
/// | `Smallest` | 40 | 64 | 64 |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Own {
    /// As much as any layer takes.
    #[default]
    Largest,
    /// Less.
    Large,
    /// Less than that.
    Small,
    /// The least.
    Smallest,
}

/// What says how much memory a layer takes.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// Weights of each output channel.
    pub depth: usize,
    /// Output channels.
    pub channels: usize,
    /// Of a layer whose output channels read one channel of the input each: output channels of such
    /// a channel.
    pub multiplier: Option<usize>,
    /// Whether an image has the factors of the channels.
    pub has_factors: bool,
}

/// Channels of a depthwise convolution that backends compute together.
pub(crate) const BLOCK: usize = 64;

impl Own {
    /// All sizes, the largest first.
    const EACH: [Self; 4] = [Self::Largest, Self::Large, Self::Small, Self::Smallest];

    /// The words that this is, of those of a core.
    pub(crate) const fn of(self, words: &[usize; 4]) -> usize {
        let [largest, large, small, smallest] = *words;
        match self {
            Self::Largest => largest,
            Self::Large => large,
            Self::Small => small,
            Self::Smallest => smallest,
        }
    }

    /// Of a layer in an image for cores with the DSP extension.
    pub fn with_dsp(needs: &Needs) -> Self {
        Self::least(|own| needs.with_dsp() <= own.of(&DSP_WORDS))
    }

    /// Of a layer in an image for other cores.
    pub fn without_dsp(needs: &Needs) -> Self {
        Self::least(|own| {
            needs.with_thumb1() <= own.of(&THUMB1_WORDS) && needs.with_mve() <= own.of(&MVE_WORDS)
        })
    }

    /// Of a layer that this core prepares.
    pub fn here(needs: &Needs) -> Self {
        match KIND {
            LOOPS if !THUMB1 => Self::with_dsp(needs),
            LOOPS => Self::least(|own| needs.with_thumb1() <= own.of(&THUMB1_WORDS)),
            MVE => Self::least(|own| needs.with_mve() <= own.of(&MVE_WORDS)),
            _ => Self::Largest,
        }
    }

    /// The smallest that is enough; the largest if none is.
    fn least(is_enough: impl Fn(Self) -> bool) -> Self {
        Self::EACH.into_iter().rev().find(|&own| is_enough(own)).unwrap_or_default()
    }
}

impl Needs {
    /// Words for the factors of some channels, unless an image has them.
    fn factors(&self, channels: usize) -> usize {
        // Factors are computed for four channels at a time.
        if self.has_factors { 0 } else { channels.div_ceil(4).saturating_mul(5) }
    }

    /// Words with the loops of the DSP extension: factors, and a patch of five pixels; of
    /// depthwise convolutions, sums or packed filters.
    pub(crate) fn with_dsp(&self) -> usize {
        let &Self { depth, channels, multiplier, has_factors } = self;
        let others = match multiplier {
            // Filters that are turned around take more.
            Some(multiplier) if multiplier == channels => return usize::MAX,
            Some(_) => channels.min(BLOCK) * if has_factors { 1 } else { 6 },
            None => depth.div_ceil(4).saturating_mul(10),
        };
        others.saturating_add(self.factors(channels))
    }

    /// Words with the loops in Thumb-1: factors, and a patch of four pixels, or of one with sums.
    pub(crate) fn with_thumb1(&self) -> usize {
        let &Self { depth, channels, multiplier, .. } = self;
        let others = match multiplier {
            Some(multiplier) if multiplier == channels => return usize::MAX,
            Some(_) => channels.min(BLOCK),
            None => depth.saturating_mul(4).max(depth.saturating_add(channels)),
        };
        others.saturating_add(self.factors(channels))
    }

    /// Words with MVE: constants, in sixteens, and beside them biases while they are made, or a
    /// window; of eight channels, their filters twice.
    pub(crate) fn with_mve(&self) -> usize {
        let &Self { depth, channels, multiplier, .. } = self;
        let blocks = channels.div_ceil(16);
        let others = match (multiplier, depth) {
            (Some(1), _) if channels == 8 => depth.saturating_mul(4),
            (Some(1), _) | (None, 0..=32) => 0,
            (Some(_), _) => return usize::MAX,
            (None, _) => depth.div_ceil(4),
        };
        blocks.saturating_mul(48).saturating_add(others.max(blocks.saturating_mul(16)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bantam_isa::mve::{FOURS, constants_len, window_len};
    use bantam_isa::{PIXELS_AND_ONE, patch_len};

    const fn convolution(depth: usize, channels: usize, has_factors: bool) -> Needs {
        Needs { depth, channels, multiplier: None, has_factors }
    }

    #[test]
    fn a_patch_and_constants_have_room() {
        for (depth, channels) in (1..300).flat_map(|depth| [1, 15, 16, 33].map(|c| (depth, c))) {
            let words = convolution(depth, channels, true).with_dsp();
            assert_eq!(words, patch_len(PIXELS_AND_ONE, depth));
            let more = convolution(depth, channels, false).with_dsp() - words;
            assert!(more >= channels + channels.div_ceil(4), "{depth} {channels}");
            let [window, _] = window_len(depth);
            let constants = constants_len(channels, FOURS);
            let words = convolution(depth, channels, true).with_mve();
            assert!(words >= constants + window.div_ceil(4).max(channels), "{depth} {channels}");
        }
    }

    #[test]
    fn layers_take_the_smallest_size_that_is_enough() {
        let depthwise = |channels, multiplier, has_factors| {
            let multiplier = Some(multiplier);
            Needs { depth: 9, channels, multiplier, has_factors }
        };
        for (needs, dsp, others) in [
            (convolution(16, 32, true), Own::Smallest, Own::Small),
            (convolution(16, 16, true), Own::Smallest, Own::Smallest),
            (convolution(16, 32, false), Own::Small, Own::Large),
            (convolution(40, 64, true), Own::Small, Own::Largest),
            (convolution(64, 64, true), Own::Large, Own::Largest),
            (convolution(65, 64, true), Own::Largest, Own::Largest),
            (depthwise(16, 1, true), Own::Smallest, Own::Smallest),
            (depthwise(16, 1, false), Own::Small, Own::Smallest),
            // Filters of one channel are turned around.
            (depthwise(8, 8, true), Own::Largest, Own::Largest),
        ] {
            let found = (Own::with_dsp(&needs), Own::without_dsp(&needs));
            assert_eq!(found, (dsp, others), "{needs:?}");
        }
    }
}
