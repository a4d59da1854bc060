//! Some dimensions reduced to one element, or gone along.

mod arg;
pub(super) mod arg_max;
pub(super) mod arg_min;
pub(super) mod cumsum;
pub(super) mod mean;
mod node;
pub(super) mod reduce_all;
pub(super) mod reduce_max;
pub(super) mod reduce_min;
pub(super) mod sum;
