//! What detectors of objects end with.

pub(super) mod postprocess;
