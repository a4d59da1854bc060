//! Builds models in memory.
mod value;

pub(crate) use value::Value;
