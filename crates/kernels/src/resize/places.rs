//! How images of each type are interpolated: places between elements, and means of four of them.

use core::ops::Range;

use crate::number::clamp::within;
use crate::resize::geometry::{Axis, ResizeParams};

/// How elements are interpolated.
pub trait Interpolate: Copy {
    /// The places of one dimension.
    type Places: Copy + core::fmt::Debug;
    /// A distance between neighbouring elements.
    type Part: Copy;
    /// The weights of four elements.
    type Weights;

    /// The places of the height (0) or the width (1).
    fn places(params: &ResizeParams, axis: usize) -> Self::Places;

    /// The place of a position of the output.
    fn place(places: &Self::Places, position: usize) -> Place<Self::Part>;

    /// The weights of the elements around a place so far below and to the right of the first.
    fn weights(y: Self::Part, x: Self::Part) -> Self::Weights;

    /// The mean of the elements above left, above right, below left and below right.
    fn mean(elements: [Self; 4], weights: &Self::Weights) -> Self;
}

impl Interpolate for i8 {
    type Places = Fixed;
    type Part = i32;
    type Weights = [i32; 4];

    fn places(params: &ResizeParams, axis: usize) -> Fixed {
        Fixed::new(params.axis(axis))
    }

    fn place(places: &Fixed, position: usize) -> Place<i32> {
        places.of(position)
    }

    fn weights(y: i32, x: i32) -> [i32; 4] {
        [(ONE - y) * (ONE - x), (ONE - y) * x, y * (ONE - x), y * x]
    }

    #[inline(always)] // a few instructions in an inner loop
    fn mean(elements: [Self; 4], weights: &[i32; 4]) -> Self {
        let products = elements.iter().zip(weights).map(|(&x, &w)| i32::from(x) * w);
        let sum: i32 = products.sum(); // the weights add up to 2^20
        let nudge = if sum > 0 { 1 << 19 } else { -(1 << 19) };
        ((sum + nudge) / (1 << 20)) as Self
    }
}

impl Interpolate for f32 {
    type Places = Float;
    type Part = Self;
    type Weights = [Self; 4];

    fn places(params: &ResizeParams, axis: usize) -> Float {
        Float::new(params.axis(axis))
    }

    fn place(places: &Float, position: usize) -> Place<Self> {
        places.of(position)
    }

    fn weights(y: Self, x: Self) -> [Self; 4] {
        [1.0 - y, y, 1.0 - x, x]
    }

    #[inline(always)] // a few instructions in an inner loop
    fn mean([a, b, c, d]: [Self; 4], &[above, below, left, right]: &[Self; 4]) -> Self {
        // The zero makes -0 a 0.
        a * above * left + c * below * left + b * above * right + d * below * right + 0.0
    }
}

/// A place between two neighbouring elements of one dimension, or on one of them.
#[derive(Clone, Copy, Debug)]
pub struct Place<P> {
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// How far it is from `first`.
    pub(crate) part: P,
}

impl<P> Place<P> {
    pub(crate) fn range(&self) -> Range<usize> {
        self.first..self.last + 1
    }
}

/// The places of one dimension as multiples of 1/1024.
#[derive(Clone, Copy, Debug)]
pub struct Fixed {
    step: i32,
    half_pixel_centers: bool,
    last: i32,
}

/// 1 as such a multiple.
const ONE: i32 = 1 << 10;

impl Fixed {
    fn new(axis: Axis) -> Self {
        let [input, output] = axis.steps().map(i32::from);
        let step = (ONE * input + output / 2) / output.max(1);
        let half_pixel_centers = axis.half_pixel_centers;
        Self { step, half_pixel_centers, last: axis.last() as i32 }
    }

    fn of(&self, position: usize) -> Place<i32> {
        let mut at = self.step.wrapping_mul(position as i32);
        if self.half_pixel_centers {
            at = at.wrapping_add(self.step / 2 - ONE / 2);
        }
        // Beyond the edges both elements are the same one, and it does not matter how far away it
        // is.
        let first = within(at / ONE, 0, self.last);
        let last = within(at.saturating_add(ONE - 1) / ONE, first, self.last);
        let part = within(at.saturating_sub(ONE * first), 0, ONE);
        Place { first: first as usize, last: last as usize, part }
    }
}

/// The places of one dimension in single precision.
#[derive(Clone, Copy, Debug)]
pub struct Float {
    step: f32,
    half_pixel_centers: bool,
    last: i32,
}

impl Float {
    fn new(axis: Axis) -> Self {
        let [input, output] = axis.steps().map(f32::from);
        let half_pixel_centers = axis.half_pixel_centers;
        Self { step: input / output, half_pixel_centers, last: axis.last() as i32 }
    }

    fn of(&self, position: usize) -> Place<f32> {
        let at = if self.half_pixel_centers {
            (position as f32 + 0.5) * self.step - 0.5
        } else {
            position as f32 * self.step
        };
        let first = within(libm::floorf(at) as i32, 0, self.last);
        let last = within(libm::ceilf(at) as i32, first, self.last);
        Place { first: first as usize, last: last as usize, part: at - first as f32 }
    }
}
