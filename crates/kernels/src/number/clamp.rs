//! Values within bounds.

/// `value` within `min..=max`; `max` wins where that is empty. Unlike `Ord::clamp` it has no path
/// to a panic.
#[inline(always)] // two instructions
pub(crate) fn within<T: Ord>(value: T, min: T, max: T) -> T {
    value.max(min).min(max)
}

/// `value` within `min..=max`; a NaN stays one, as in the reference.
#[inline(always)] // a few instructions
pub fn clamp_f32(value: f32, min: f32, max: f32) -> f32 {
    let value = if value < min { min } else { value };
    if max < value { max } else { value }
}
