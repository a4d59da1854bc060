//! What the target is good at.
//!
//! Kernels ask these constants. No other file of the crate asks for a feature of the target.
//!
//! `--cfg bantam_compact` is for tests: on any target it takes the ways of a core without vector
//! registers.

/// Whether the core has vector registers, and cache and flash to go with them.
const LARGE_CORE: bool = cfg!(all(
    any(target_feature = "sse2", target_feature = "neon", target_feature = "simd128"),
    not(bantam_compact)
));

/// A kind of core: one without anything that helps.
pub(crate) const PLAIN: usize = 0;
/// A kind of core: one with vector registers.
pub(crate) const VECTOR: usize = 1;
/// A kind of core: a Cortex-M that `bantam-isa` has loops for, which are to be used.
pub(crate) const LOOPS: usize = 2;

/// A kind of core: a Cortex-M with MVE, whose instructions are to be used.
pub(crate) const MVE: usize = 3;

/// Whether there are loops for the target that a feature asks for: in MVE, and in others.
#[cfg(all(feature = "loops", target_arch = "arm"))]
const HAS: [bool; 2] = [
    cfg!(feature = "mve") && bantam_isa::mve::MVE,
    cfg!(feature = "dsp") && bantam_isa::DSP || cfg!(feature = "thumb1") && bantam_isa::THUMB1,
];
#[cfg(not(all(feature = "loops", target_arch = "arm")))]
const HAS: [bool; 2] = [false, false];

/// Whether loops are those in Thumb-1, which take inputs as words.
#[cfg(all(feature = "loops", target_arch = "arm"))]
pub(crate) const THUMB1: bool = bantam_isa::THUMB1;
#[cfg(not(all(feature = "loops", target_arch = "arm")))]
pub(crate) const THUMB1: bool = false;

/// The kind of core that the target has.
pub(crate) const KIND: usize = if LARGE_CORE {
    VECTOR
} else if HAS[0] {
    MVE
} else if HAS[1] {
    LOOPS
} else {
    PLAIN
};

/// Whether the program has a feature that stands for less time and more flash: then loops of bytes
/// take several at a time.
pub(crate) const LONGER_LOOPS: bool = KIND == LOOPS || KIND == MVE;

/// Whether kernels of this target read packed filters of an image, which
/// [`with_packed`](crate::ChannelFactors::with_packed) takes. A program with two images chooses by
/// it.
#[cfg(all(feature = "loops", target_arch = "arm"))]
pub const PACKED_FILTERS: bool = KIND == LOOPS && bantam_isa::DSP;
/// Whether kernels of this target read packed filters of an image, which
/// [`with_packed`](crate::ChannelFactors::with_packed) takes. A program with two images chooses by
/// it.
#[cfg(not(all(feature = "loops", target_arch = "arm")))]
pub const PACKED_FILTERS: bool = false;

/// Whether kernels with weights are faster with memory that is lent to them.
pub const LENDS: bool = KIND == LOOPS || KIND == MVE;

/// Words of memory that layers with weights have of their own where they are lent fewer: as many
/// as five pixels of 128 inputs take, or four of 80 beside eight filters of such a depth that have
/// been turned around. In Thumb-1, whose inputs are words, four pixels of 40 inputs beside those
/// filters.
pub const SCRATCH_WORDS: usize = if THUMB1 { 320 } else { 336 };

/// The sizes of that memory with the DSP extension, of which a layer takes the smallest that it is
/// as fast with as with more. Five pixels of 64 inputs have the second; factors and packed filters
/// of 16 channels the third; and five pixels of 16 inputs the last.
pub(crate) const DSP_WORDS: [usize; 4] = [336, 160, 116, 40];

/// As [`DSP_WORDS`], in Thumb-1: four pixels of 40 inputs, or of 16.
pub(crate) const THUMB1_WORDS: [usize; 4] = [320, 160, 64, 64];

/// As [`DSP_WORDS`], with MVE: the constants of 32 channels and a small window, or of 16.
pub(crate) const MVE_WORDS: [usize; 4] = [336, 128, 128, 64];

/// The sizes on this core.
pub(crate) const OWN_WORDS: [usize; 4] = match KIND {
    MVE => MVE_WORDS,
    _ if THUMB1 => THUMB1_WORDS,
    _ => DSP_WORDS,
};

/// There are vector registers: a loop over several channels at a time pays.
pub(crate) const VECTORS: bool = LARGE_CORE;

/// A division of 64 bits takes a few dozen cycles. Elsewhere it is a call of several hundred.
pub(crate) const FAST_DIV64: bool = LARGE_CORE;

/// The stack has room for some kilobytes of what would be computed again.
pub(crate) const STACK_CACHES: bool = LARGE_CORE;

/// Flash has room for tables of some kilobytes. Elsewhere their entries are computed.
pub(crate) const TABLES: bool = LARGE_CORE;

/// The first items where the target has SSE2 and the crate `safe_arch`, the others elsewhere.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
macro_rules! if_sse2 {
    ({ $($items:item)* } else { $($others:item)* }) => { $($items)* };
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
macro_rules! if_sse2 {
    ({ $($items:item)* } else { $($others:item)* }) => { $($others)* };
}

pub(crate) use if_sse2;
