//! Some dimensions reduced to one element.

pub(super) mod mean;
