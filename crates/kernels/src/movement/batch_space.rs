//! SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: the pixels of blocks as batches, and back.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/space_to_batch_nd.h` (`SpaceToBatchND`)
//! and `batch_to_space_nd.h` (`BatchToSpaceND`).

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::walk::chunks::{chunks_mut, copy};
use crate::walk::shape::Shape;
use crate::walk::window::agree;

/// An image, and the batches that its pixels are dealt out to: one for each place within a block.
///
/// Pixel `(y, x)` of the image is pixel `(⌊(y + top) / rows⌋, ⌊(x + left) / columns⌋)` of the batch
/// for its place within the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct BatchSpaceParams {
    /// Images.
    images: u32,
    /// Height and width of an image.
    space: [u32; 2],
    /// Height and width of a batch.
    batch: [u32; 2],
    /// Rows and columns of a block.
    block: [u32; 2],
    /// Rows and columns of the first blocks that lie before the image.
    before: [u32; 2],
    channels: u32,
}

impl BatchSpaceParams {
    /// Images of shape `space`, dealt out to batches of shape `batches`:
    /// `[images, height, width, channels]`, or without a width. `block` and `before` have a number
    /// each for height and width.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] unless there are three or four dimensions, [`ParamsError::Dimension`]
    /// for a block below 1 or a border below 0, [`ParamsError::ShapeMismatch`] where a dimension is
    /// another or a pixel of the image has no place in the batches.
    pub fn new(
        space: &Shape,
        batches: &Shape,
        block: [i32; 2],
        before: [i32; 2],
    ) -> Result<Self, ParamsError> {
        let [images, height, width, channels] = dims(space)?;
        let [all, rows, columns, deep] = dims(batches)?;
        agree(channels, deep)?;
        let at_least = |least: i32| {
            move |value: i32| match value >= least {
                true => Ok(value as u32),
                false => Err(ParamsError::Dimension { value }),
            }
        };
        let [down, right] = block.map(at_least(1));
        let [top, left] = before.map(at_least(0));
        let params = Self {
            images,
            space: [height, width],
            batch: [rows, columns],
            block: [down?, right?],
            before: [top?, left?],
            channels,
        };
        agree(params.block.iter().fold(images, |all, &n| all.saturating_mul(n)), all)?;
        let axes = params.space.iter().zip(params.before).zip(params.block).zip(params.batch);
        for (((&len, before), block), batch) in axes {
            let needed = len.saturating_add(before).div_ceil(block.max(1));
            if needed > batch {
                return Err(ParamsError::ShapeMismatch { expected: needed, actual: batch });
            }
        }
        Ok(params)
    }

    /// Elements of the images.
    pub fn space_len(&self) -> usize {
        self.sizes().space_len()
    }

    /// Elements of the batches.
    pub fn batches_len(&self) -> usize {
        self.sizes().batches_len()
    }

    fn sizes(&self) -> Sizes {
        let [height, width] = self.space.map(size);
        let [rows, columns] = self.batch.map(size);
        let [down, right] = self.block.map(size);
        let [top, left] = self.before.map(|n| n as usize);
        let (images, channels) = (size(self.images), size(self.channels));
        Sizes { images, height, width, rows, columns, down, right, top, left, channels }
    }
}

/// The numbers of [`BatchSpaceParams`]; none but the borders are zero, whatever bytes they come
/// from.
struct Sizes {
    images: usize,
    height: usize,
    width: usize,
    rows: usize,
    columns: usize,
    down: usize,
    right: usize,
    top: usize,
    left: usize,
    channels: usize,
}

impl Sizes {
    fn space_len(&self) -> usize {
        let pixels = self.images.saturating_mul(self.height).saturating_mul(self.width);
        pixels.saturating_mul(self.channels)
    }

    fn batches_len(&self) -> usize {
        let all = self.images.saturating_mul(self.down).saturating_mul(self.right);
        all.saturating_mul(self.rows).saturating_mul(self.columns).saturating_mul(self.channels)
    }
}

fn size(n: u32) -> usize {
    n.max(1) as usize
}

/// The quotient and the remainder, without a path to a panic.
fn divide(n: usize, by: usize) -> (usize, usize) {
    let by = by.max(1);
    (n / by, n % by)
}

/// Four dimensions; the third of three is that of channels.
fn dims(shape: &Shape) -> Result<[u32; 4], ParamsError> {
    match *shape.dims() {
        [images, height, channels] => Ok([images, height, 1, channels]),
        [images, height, width, channels] => Ok([images, height, width, channels]),
        _ => Err(ParamsError::Rank { actual: shape.rank() }),
    }
}

/// Deals out the pixels of `input` to batches; pixels of a border are `value`. Elements may be of
/// any type.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::movement::batch_space::{BatchSpaceParams, space_to_batch};
/// let (space, batches) = (Shape::new(&[1, 1, 3, 1])?, Shape::new(&[2, 1, 2, 1])?);
/// let params = BatchSpaceParams::new(&space, &batches, [1, 2], [0, 1])?;
/// let mut output = [9; 4];
/// space_to_batch(&params, 0, &[1, 2, 3], &mut output)?;
/// assert_eq!(output, [0, 2, 1, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn space_to_batch<T: Copy>(
    params: &BatchSpaceParams,
    value: T,
    input: &[T],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    let s = params.sizes();
    LengthMismatch::check(Operand::Input, s.space_len(), input.len())?;
    LengthMismatch::check(Operand::Output, s.batches_len(), output.len())?;
    for (at, pixel) in chunks_mut(output, s.channels).enumerate() {
        let (line, column) = divide(at, s.columns);
        let (batch, row) = divide(line, s.rows);
        let (place, image) = divide(batch, s.images);
        let (place_y, place_x) = divide(place, s.right);
        let within = |at: usize, block: usize, place: usize, before: usize, len: usize| {
            let at = at.wrapping_mul(block).wrapping_add(place).checked_sub(before)?;
            (at < len).then_some(at)
        };
        let y = within(row, s.down, place_y, s.top, s.height);
        let x = within(column, s.right, place_x, s.left, s.width);
        match (y, x) {
            (Some(y), Some(x)) => {
                let from = (image * s.height + y) * s.width + x;
                copy(input.get(from * s.channels..).unwrap_or_default(), pixel);
            }
            _ => pixel.fill(value),
        }
    }
    Ok(())
}

/// Collects the pixels of the output from batches: [`space_to_batch`] the other way round. What the
/// batches have beyond the output is cropped.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::movement::batch_space::{BatchSpaceParams, batch_to_space};
/// let (space, batches) = (Shape::new(&[1, 1, 3, 1])?, Shape::new(&[2, 1, 2, 1])?);
/// let params = BatchSpaceParams::new(&space, &batches, [1, 2], [0, 1])?;
/// let mut output = [0; 3];
/// batch_to_space(&params, &[0, 2, 1, 3], &mut output)?;
/// assert_eq!(output, [1, 2, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn batch_to_space<T: Copy>(
    params: &BatchSpaceParams,
    input: &[T],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    let s = params.sizes();
    LengthMismatch::check(Operand::Input, s.batches_len(), input.len())?;
    LengthMismatch::check(Operand::Output, s.space_len(), output.len())?;
    for (at, pixel) in chunks_mut(output, s.channels).enumerate() {
        let (line, x) = divide(at, s.width);
        let (image, y) = divide(line, s.height);
        let (row, place_y) = divide(y.wrapping_add(s.top), s.down);
        let (column, place_x) = divide(x.wrapping_add(s.left), s.right);
        let place = place_y.wrapping_mul(s.right).wrapping_add(place_x);
        let batch = place.wrapping_mul(s.images).wrapping_add(image);
        let line = batch.wrapping_mul(s.rows).wrapping_add(row);
        let from = line.wrapping_mul(s.columns).wrapping_add(column);
        copy(input.get(from.wrapping_mul(s.channels)..).unwrap_or_default(), pixel);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn shape(dims: &[i32]) -> Shape {
        Shape::new(dims).unwrap()
    }

    proptest! {
        #[test]
        fn pixels_come_to_their_batch_and_back(
            [n, h, w, c] in [1..3_i32, 1..6, 1..6, 1..3],
            [down, right, top, left] in [1..4_i32, 1..4, 0..3, 0..3],
        ) {
            let fits = |len: i32, before: i32, block: i32| (len + before + block - 1) / block;
            let (rows, columns) = (fits(h, top, down), fits(w, left, right));
            let batches = [n * down * right, rows, columns, c];
            let (space, batches) = (shape(&[n, h, w, c]), shape(&batches));
            let params = BatchSpaceParams::new(&space, &batches, [down, right], [top, left]).unwrap();
            let image: Vec<i32> = (0..space.len() as i32).collect();
            let mut dealt = vec![-9; batches.len()];
            space_to_batch(&params, -1, &image, &mut dealt).unwrap();
            for (at, &got) in (0..).zip(&dealt) {
                let (channel, column, row) = (at % c, at / c % columns, at / c / columns % rows);
                let batch = at / c / columns / rows;
                let place = batch / n;
                let (y, x) = (row * down + place / right - top, column * right + place % right - left);
                let inside = (0..h).contains(&y) && (0..w).contains(&x);
                let want = if inside { ((batch % n * h + y) * w + x) * c + channel } else { -1 };
                prop_assert_eq!(got, want);
            }
            let mut again = vec![-9; image.len()];
            batch_to_space(&params, &dealt, &mut again).unwrap();
            prop_assert_eq!(again, image);
        }

        #[test]
        fn any_fields_are_harmless(fields: [u32; 10], small: bool, len in 0..40_usize) {
            let [images, a, b, d, e, f, g, h, i, channels] = fields.map(|n| if small { n % 3 } else { n });
            let params = BatchSpaceParams {
                images, space: [a, b], batch: [d, e], block: [f, g], before: [h, i], channels,
            };
            let s = params.sizes();
            for [space, batches] in [[len, len], [s.space_len(), s.batches_len()].map(|n| n.min(1000))] {
                let _ = space_to_batch(&params, 0_u8, &vec![0; space], &mut vec![0; batches]);
                let _ = batch_to_space(&params, &vec![0_u8; batches], &mut vec![0; space]);
            }
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let new = |space: &[i32], batches: &[i32], block, before| {
            BatchSpaceParams::new(&shape(space), &shape(batches), block, before)
        };
        assert!(new(&[1, 4, 1], &[2, 2, 1], [2, 1], [0, 0]).is_ok());
        let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
        assert_eq!(new(&[1, 4, 1], &[3, 2, 1], [2, 1], [0, 0]), mismatch(2, 3));
        assert_eq!(new(&[1, 5, 1], &[2, 2, 1], [2, 1], [0, 0]), mismatch(3, 2));
        assert_eq!(new(&[1, 4, 1], &[2, 2, 2], [2, 1], [0, 0]), mismatch(1, 2));
        assert_eq!(new(&[4], &[2, 2, 1], [2, 1], [0, 0]), Err(ParamsError::Rank { actual: 1 }));
        let dimension = |value| Err(ParamsError::Dimension { value });
        assert_eq!(new(&[1, 4, 1], &[2, 2, 1], [0, 1], [0, 0]), dimension(0));
        assert_eq!(new(&[1, 4, 1], &[2, 2, 1], [2, 1], [0, -1]), dimension(-1));
    }
}
