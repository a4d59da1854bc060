//! PADV2 is PAD by another name.

pub(crate) use super::pad::Pad as PadV2;
