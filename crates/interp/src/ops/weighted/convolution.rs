//! What CONV_2D, DEPTHWISE_CONV_2D and TRANSPOSE_CONV share while they prepare.

use super::layer::{Form, Layer, Operands};
use crate::ops::common::padding;
use crate::ops::types::Types;
use crate::{Failed, Prepare};
use bantam_kernels::walk::window::{Sliding, WindowOptions};
use bantam_schema::{ActivationFunction, Padding, TensorType};

/// What the options of the operators say.
pub(crate) struct Options {
    pub(crate) padding: Padding,
    pub(crate) stride: [i32; 2],
    pub(crate) dilation: [i32; 2],
    pub(crate) activation: ActivationFunction,
    /// The type of a bias that is not there.
    pub(crate) bias_type: TensorType,
}

/// Checks a node, and fills in what it keeps.
// One copy for all operators.
#[inline(never)]
pub(crate) fn prepare<K: Types>(
    node: &Prepare<'_, '_>,
    form: &Form,
    options: &Options,
    layer: &mut Layer,
    geometry: &mut dyn Sliding,
) -> Result<(), Failed> {
    let operands = Operands::new::<K>(node, form, options.bias_type)?;
    let Operands { input, filter, output, .. } = &operands;
    let filter = filter.nhwc()?;
    let window = WindowOptions {
        padding: padding(node, options.padding)?,
        stride: options.stride,
        dilation: options.dilation,
    };
    let images = [input.nhwc()?, output.nhwc()?, filter];
    output.check(geometry.slide(&images, &window))?;
    let [_, output, _] = images;
    *layer = Layer::new::<K>(&operands, form, options.activation, output.channels().into())?;
    Ok(())
}
