//! SPACE_TO_DEPTH and DEPTH_TO_SPACE: blocks of pixels as channels, and back.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/space_to_depth.cc`, `micro/kernels/depth_to_space.cc`
//! (`Prepare`), `lite/kernels/internal/reference/space_to_depth.h` and `depth_to_space.h`.

use crate::error::ParamsError;
use crate::movement::walk::{Walk, WalkOp};
use crate::number::element::Load;
use crate::walk::shape::Shape;
use crate::walk::window::agree;

/// Blocks of `block_size` × `block_size` pixels, which is the option, become one pixel, their
/// channels one after the other in the order of their pixels. Tensors are NHWC.
///
/// # Errors
///
/// [`ParamsError::Rank`] unless there are four dimensions, [`ParamsError::Dimension`] for a block
/// size below 1, [`ParamsError::ShapeMismatch`] if the shapes are not those of blocks.
///
/// ```
/// use bantam_kernels::movement::depth_space::SpaceToDepth;
/// use bantam_kernels::movement::walk::WalkOp;
/// use bantam_kernels::{Le, Shape};
/// let (input, output) = (Shape::new(&[1, 2, 2, 1])?, Shape::new(&[1, 1, 1, 4])?);
/// let mut pixel = [0; 4];
/// SpaceToDepth::walk::<Le<4>>(&input, 2, &output)?.copy((&[1, 2, 3, 4][..], &mut pixel[..]))?;
/// assert_eq!(pixel, [1, 2, 3, 4]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SpaceToDepth;

/// A pixel becomes a block of `block_size` × `block_size` pixels: [`SpaceToDepth`] the other way
/// round.
///
/// # Errors
///
/// As [`SpaceToDepth`].
///
/// ```
/// use bantam_kernels::movement::depth_space::DepthToSpace;
/// use bantam_kernels::movement::walk::WalkOp;
/// use bantam_kernels::{Le, Shape};
/// let (input, output) = (Shape::new(&[1, 1, 2, 4])?, Shape::new(&[1, 2, 4, 1])?);
/// let mut image = [0; 8];
/// let walk = DepthToSpace::walk::<Le<4>>(&input, 2, &output)?;
/// walk.copy((&[1, 2, 3, 4, 5, 6, 7, 8][..], &mut image[..]))?;
/// assert_eq!(image, [1, 2, 5, 6, 3, 4, 7, 8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DepthToSpace;

/// Blocks: batches, then rows and columns of blocks, size, channels of a pixel within.
struct Blocks {
    batches: u32,
    rows: u32,
    columns: u32,
    size: u32,
    channels: u32,
}

impl Blocks {
    /// The blocks of an image of shape `space`, each of which is a pixel of `depth`.
    fn new(space: &Shape, depth: &Shape, block_size: i32) -> Result<Self, ParamsError> {
        let ([batches, height, width, channels], [n, rows, columns, deep]) =
            (dims(space)?, dims(depth)?);
        let size = u32::try_from(block_size).ok().filter(|&size| size > 0);
        let size = size.ok_or(ParamsError::Dimension { value: block_size })?;
        agree(n, batches)?;
        agree(rows.saturating_mul(size), height)?;
        agree(columns.saturating_mul(size), width)?;
        agree(channels.saturating_mul(size).saturating_mul(size), deep)?;
        Ok(Self { batches, rows, columns, size, channels })
    }
}

fn dims(shape: &Shape) -> Result<[u32; 4], ParamsError> {
    shape.dims().try_into().map_err(|_| ParamsError::Rank { actual: shape.rank() })
}

impl WalkOp for SpaceToDepth {
    type Options<'a, I: Load<i32> + 'a> = i32;

    fn walk<I: Load<i32>>(
        input: &Shape,
        block_size: i32,
        output: &Shape,
    ) -> Result<Walk, ParamsError> {
        let Blocks { batches, rows, columns, size, channels } =
            Blocks::new(input, output, block_size)?;
        // Products of dimensions of a shape, which fit.
        let block = (size * channels) as i32;
        let line = columns as i32 * block;
        let band = line * size as i32;
        let dims = [(batches * rows, band), (columns, block), (size, line), (size * channels, 1)];
        Walk::new(input.len(), 0, dims.into_iter())
    }
}

impl WalkOp for DepthToSpace {
    type Options<'a, I: Load<i32> + 'a> = i32;

    fn walk<I: Load<i32>>(
        input: &Shape,
        block_size: i32,
        output: &Shape,
    ) -> Result<Walk, ParamsError> {
        let Blocks { batches, rows, columns, size, channels } =
            Blocks::new(output, input, block_size)?;
        // Products of dimensions of a shape, which fit.
        let block_line = (size * channels) as i32;
        let block = block_line * size as i32;
        let dims = [
            (batches * rows, columns as i32 * block),
            (size, block_line),
            (columns, block),
            (size * channels, 1),
        ];
        Walk::new(input.len(), 0, dims.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::element::Le;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn shape(dims: &[i32]) -> Shape {
        Shape::new(dims).unwrap()
    }

    proptest! {
        #[test]
        fn blocks_become_channels_and_blocks_again(
            [n, rows, columns, size, channels] in [1..3_i32, 1..4, 1..4, 1..4, 1..4],
        ) {
            let space = [n, rows * size, columns * size, channels];
            let depth = [n, rows, columns, channels * size * size];
            let len = space.iter().product::<i32>();
            let image: Vec<i32> = (0..len).collect();
            let mut deep = vec![-1; image.len()];
            let walk = SpaceToDepth::walk::<Le<4>>(&shape(&space), size, &shape(&depth)).unwrap();
            walk.copy((&image[..], &mut deep[..])).unwrap();
            for (at, &x) in (0..).zip(&deep) {
                let (channel, pixel) = (at % depth[3], at / depth[3]);
                let (c, inner) = (channel % channels, channel / channels);
                let y = pixel / columns % rows * size + inner / size;
                let column = pixel % columns * size + inner % size;
                let batch = pixel / columns / rows;
                prop_assert_eq!(x, ((batch * space[1] + y) * space[2] + column) * channels + c);
            }
            let mut again = vec![-1; image.len()];
            let walk = DepthToSpace::walk::<Le<4>>(&shape(&depth), size, &shape(&space)).unwrap();
            walk.copy((&deep[..], &mut again[..])).unwrap();
            prop_assert_eq!(again, image);
        }
    }

    #[test]
    fn shapes_that_are_not_those_of_blocks_are_refused() {
        let new = |input: &[i32], size, output: &[i32]| {
            SpaceToDepth::walk::<Le<4>>(&shape(input), size, &shape(output))
        };
        let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
        assert_eq!(new(&[1, 3, 4, 1], 2, &[1, 1, 2, 4]), mismatch(2, 3));
        assert_eq!(new(&[1, 2, 4, 1], 2, &[1, 1, 2, 3]), mismatch(4, 3));
        assert_eq!(new(&[1, 2, 4], 2, &[1, 1, 2, 4]), Err(ParamsError::Rank { actual: 3 }));
        for value in [0, -2] {
            let error = Err(ParamsError::Dimension { value });
            assert_eq!(new(&[1, 2, 4, 1], value, &[1, 1, 2, 4]), error);
        }
    }
}
