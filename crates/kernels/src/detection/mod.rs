//! What detectors of objects end with.

pub mod postprocess;
