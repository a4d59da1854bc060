//! Images in another size.

pub mod geometry;
mod places;
pub mod resize_bilinear;
pub mod resize_nearest_neighbor;
