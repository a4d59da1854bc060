//! Sums of products.

/// The sum of products.
pub(super) fn dot(inputs: &[i8], weights: &[i8]) -> i32 {
    let products = inputs.iter().zip(weights).map(|(&x, &w)| i32::from(x) * i32::from(w));
    products.fold(0, i32::wrapping_add)
}

/// The `at`th of some pieces of `len` elements.
pub(super) fn piece(slice: &[i8], at: usize, len: usize) -> &[i8] {
    slice.get(at..).and_then(|rest| rest.get(..len)).unwrap_or_default()
}
