//! Images in another size.

mod geometry;
pub(super) mod resize_bilinear;
pub(super) mod resize_nearest_neighbor;
