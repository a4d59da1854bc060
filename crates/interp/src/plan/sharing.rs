//! What buffers may share bytes.

use crate::overlap::Overlap;

/// What buffers may share bytes that are live during the same step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sharing {
    /// None.
    Apart,
    /// An output may lie over an input that is not needed afterwards, if its operator looks at one
    /// element at a time.
    InPlace,
    /// An output may lie over an input as far as its operator permits; parts may lie in the whole.
    #[default]
    Overlap,
}

impl Sharing {
    /// Whether what an operator permits is to be used.
    pub(crate) fn permits(self, overlap: &Overlap) -> bool {
        match self {
            Self::Apart => false,
            Self::InPlace => (overlap.slack.below, overlap.slack.above) == (0, 0),
            Self::Overlap => true,
        }
    }
}
