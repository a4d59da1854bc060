//! What detectors of objects and classifiers end with.

pub mod basic_classifier;
pub mod postprocess;
