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
