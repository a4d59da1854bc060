//! Convolutions and pools: windows over the input, row by row of the output, channel by channel.
//!
//! Each output element is written when its window has been read; the window of a pixel is read
//! again for each of its channels.

use bantam_schema::Padding;

use super::step::{Copying, Operands, Step, distance};

/// One of height and width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) filter: u64,
    pub(super) stride: u64,
    pub(super) dilation: u64,
    pub(super) pad: u64,
}

impl Axis {
    /// With the padding that TFLM computes; `None` where the model's output has another size than
    /// TFLM computes.
    ///
    /// Source: TFLM 90b983c2b, `lite/kernels/padding.h`, `ComputePaddingHeightWidth`.
    pub(super) fn new(
        (input, output): (u64, u64),
        filter: u64,
        (stride, dilation): (i32, i32),
        padding: Padding,
    ) -> Option<Self> {
        let stride = u64::try_from(stride).ok().filter(|&stride| stride > 0)?;
        let dilation = u64::try_from(dilation).ok().filter(|&dilation| dilation > 0)?;
        let reach = filter.checked_sub(1)?.checked_mul(dilation)?.checked_add(1)?;
        let computed = match padding {
            Padding::SAME => input.div_ceil(stride),
            Padding::VALID => (input.checked_add(stride)?.checked_sub(reach)?) / stride,
            _ => return None,
        };
        if computed != output || output == 0 {
            return None;
        }
        let needed = (output - 1).checked_mul(stride)?.checked_add(reach)?;
        Some(Self {
            input,
            output,
            filter,
            stride,
            dilation,
            pad: needed.saturating_sub(input) / 2,
        })
    }

    /// Returns the first position inside the input that the window of an output position reads.
    fn first(&self, output: u64) -> Option<u64> {
        let start = output * self.stride;
        let outside = self.pad.saturating_sub(start);
        let skipped = outside.div_ceil(self.dilation);
        let first = start + skipped * self.dilation - self.pad;
        (skipped < self.filter && first < self.input).then_some(first)
    }
}

/// A kernel that goes over batches, height, width and channels.
///
/// The channels are in groups: all output channels of a group read the same input channels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) batches: u64,
    pub(super) height: Axis,
    pub(super) width: Axis,
    pub(super) groups: u64,
    /// Channels of a group.
    pub(super) input_depth: u64,
    pub(super) output_depth: u64,
    pub(super) element_bytes: u64,
}

impl Window {
    /// Returns two steps for each group of each pixel: all its output channels but the last, and
    /// the last.
    pub(super) fn step_len(&self) -> u64 {
        2 * self.groups * self.width.output * self.height.output * self.batches
    }

    pub(super) fn distance(&self) -> u64 {
        distance((0..self.step_len()).map(|step| self.step(step)), Copying::Elements)
    }

    fn step(&self, step: u64) -> Step {
        let (last, step) = (step % 2, step / 2);
        let (group, pixel) = (step % self.groups, step / self.groups);
        let (x, rows) = (pixel % self.width.output, pixel / self.width.output);
        let (y, batch) = (rows % self.height.output, rows / self.height.output);
        let reads = self.height.first(y).zip(self.width.first(x)).map(|(y, x)| {
            let pixel = (batch * self.height.input + y) * self.width.input + x;
            (pixel * self.groups + group) * self.input_depth * self.element_bytes
        });
        let channels = (pixel * self.groups + group + 1) * self.output_depth;
        Step { reads, written: (channels - (1 - last)) * self.element_bytes }
    }
}

/// Returns the sizes of an NHWC tensor.
fn nhwc(dims: &[u64]) -> Option<[u64; 4]> {
    dims.try_into().ok().filter(|dims: &[u64; 4]| !dims.contains(&0))
}

fn run(operands: Operands<'_, '_>, window: Window) -> Option<u64> {
    let same = operands.input.tensor_type == operands.output.tensor_type;
    operands.budget.take(window.step_len()).filter(|_| same)?;
    Some(window.distance())
}

pub(super) fn conv_2d(operands: Operands<'_, '_>) -> Option<u64> {
    let options = operands.node.operator.conv_2d_options()?;
    let [batches, in_h, in_w, in_c] = nhwc(&operands.input.dims)?;
    let [out_n, out_h, out_w, out_c] = nhwc(&operands.output.dims)?;
    let [filters, filter_h, filter_w, depth] = nhwc(&operands.graph.input(operands.node, 1)?.dims)?;
    let groups = in_c / depth;
    if batches != out_n || filters != out_c || groups * depth != in_c || groups == 0 {
        return None;
    }
    if out_c % groups != 0 {
        return None;
    }
    let window = Window {
        batches,
        height: Axis::new(
            (in_h, out_h),
            filter_h,
            (options.stride_h, options.dilation_h_factor),
            options.padding,
        )?,
        width: Axis::new(
            (in_w, out_w),
            filter_w,
            (options.stride_w, options.dilation_w_factor),
            options.padding,
        )?,
        groups,
        input_depth: depth,
        output_depth: out_c / groups,
        element_bytes: operands.input.element_bytes(),
    };
    run(operands, window)
}

pub(super) fn depthwise_conv_2d(operands: Operands<'_, '_>) -> Option<u64> {
    let options = operands.node.operator.depthwise_conv_2d_options()?;
    let [batches, in_h, in_w, in_c] = nhwc(&operands.input.dims)?;
    let [out_n, out_h, out_w, out_c] = nhwc(&operands.output.dims)?;
    let [_, filter_h, filter_w, depth] = nhwc(&operands.graph.input(operands.node, 1)?.dims)?;
    let multiplier = u64::try_from(options.depth_multiplier).ok()?;
    if batches != out_n || depth != out_c || in_c.checked_mul(multiplier) != Some(out_c) {
        return None;
    }
    let window = Window {
        batches,
        height: Axis::new(
            (in_h, out_h),
            filter_h,
            (options.stride_h, options.dilation_h_factor),
            options.padding,
        )?,
        width: Axis::new(
            (in_w, out_w),
            filter_w,
            (options.stride_w, options.dilation_w_factor),
            options.padding,
        )?,
        groups: in_c,
        input_depth: 1,
        output_depth: multiplier,
        element_bytes: operands.input.element_bytes(),
    };
    run(operands, window)
}

pub(super) fn pool(operands: Operands<'_, '_>) -> Option<u64> {
    let options = operands.node.operator.pool_2d_options()?;
    let [batches, in_h, in_w, in_c] = nhwc(&operands.input.dims)?;
    let [out_n, out_h, out_w, out_c] = nhwc(&operands.output.dims)?;
    if batches != out_n || in_c != out_c {
        return None;
    }
    let filter = |size: i32| u64::try_from(size).ok();
    let padding = options.padding;
    let window = Window {
        batches,
        height: Axis::new(
            (in_h, out_h),
            filter(options.filter_height)?,
            (options.stride_h, 1),
            padding,
        )?,
        width: Axis::new(
            (in_w, out_w),
            filter(options.filter_width)?,
            (options.stride_w, 1),
            padding,
        )?,
        groups: in_c,
        input_depth: 1,
        output_depth: 1,
        element_bytes: operands.input.element_bytes(),
    };
    run(operands, window)
}
