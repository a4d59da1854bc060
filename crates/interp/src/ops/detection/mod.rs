//! What detectors of objects end with.

pub(super) mod basic_classifier;
pub(super) mod postprocess;
