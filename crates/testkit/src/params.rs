//! From what an entry makes a node.

use bantam_schema::{ActivationFunction, Padding, TensorType};

use crate::Tensor;

/// The numbers from which an [`Entry`](crate::Entry) makes a node. Each family reads what concerns
/// it and ignores the rest.
#[derive(Clone, Debug)]
pub struct Params {
    /// The activation that the node reads.
    pub input: Tensor,
    /// Other activations, which a node with several inputs may read too.
    pub others: Vec<Tensor>,
    /// Height and width of a filter or a window.
    pub window: [i32; 2],
    /// Steps in height and width.
    pub stride: [i32; 2],
    /// Distances of a filter's taps in height and width.
    pub dilation: [i32; 2],
    /// How a window treats the border.
    pub padding: Padding,
    /// Channels of the output, or parts of a split.
    pub channels: i32,
    /// The dimension along which tensors are joined, split or reduced; a negative one counts from
    /// the end.
    pub axis: i32,
    /// What is applied to the result.
    pub activation: ActivationFunction,
    /// Whether integer weights have a scale for each output channel.
    pub per_channel: bool,
    /// Which of the family's variants it is; 0 is the usual one.
    pub variant: u8,
}

impl Params {
    /// The usual parameters for an activation of this type and shape.
    pub fn new(tensor_type: TensorType, shape: &[i32]) -> Self {
        let input = Tensor::activation(tensor_type, shape);
        Self {
            others: vec![Tensor::other_activation(tensor_type, shape)],
            input,
            window: [1, 1],
            stride: [1, 1],
            dilation: [1, 1],
            padding: Padding::SAME,
            channels: 1,
            axis: -1,
            activation: ActivationFunction::NONE,
            per_channel: true,
            variant: 0,
        }
    }

    /// Parameters for any type; [`typed`](Self::typed) sets it.
    pub(crate) fn of(shape: &[i32]) -> Self {
        Self::new(TensorType::FLOAT32, shape)
    }

    /// The same for activations of another type.
    pub(crate) fn typed(&self, tensor_type: TensorType) -> Self {
        let other = |tensor: &Tensor| Tensor::other_activation(tensor_type, &tensor.shape);
        Self {
            input: Tensor::activation(tensor_type, &self.input.shape),
            others: self.others.iter().map(other).collect(),
            ..self.clone()
        }
    }

    /// With other operands of these shapes.
    pub(crate) fn others(self, shapes: &[&[i32]]) -> Self {
        let others = shapes.iter().map(|shape| self.input.shaped(shape)).collect();
        Self { others, ..self }
    }

    /// With a window of this height and width.
    pub(crate) fn window(self, window: [i32; 2]) -> Self {
        Self { window, ..self }
    }

    /// With these steps in height and width.
    pub(crate) fn stride(self, stride: [i32; 2]) -> Self {
        Self { stride, ..self }
    }

    /// With these distances of taps.
    pub(crate) fn dilation(self, dilation: [i32; 2]) -> Self {
        Self { dilation, ..self }
    }

    /// Windows lie in the input.
    pub(crate) fn valid(self) -> Self {
        Self { padding: Padding::VALID, ..self }
    }

    /// With so many output channels or parts.
    pub(crate) fn channels(self, channels: i32) -> Self {
        Self { channels, ..self }
    }

    /// Along this dimension.
    pub(crate) fn axis(self, axis: i32) -> Self {
        Self { axis, ..self }
    }

    /// With a fused activation.
    pub(crate) fn activation(self, activation: ActivationFunction) -> Self {
        Self { activation, ..self }
    }

    /// With one scale for all weights.
    pub(crate) fn per_tensor(self) -> Self {
        Self { per_channel: false, ..self }
    }

    /// One of the family's variants.
    pub(crate) fn variant(self, variant: u8) -> Self {
        Self { variant, ..self }
    }

    /// Height, width and channels of an input of four dimensions.
    pub(crate) fn image(&self) -> Option<[i32; 3]> {
        match *self.input.shape {
            [_, height, width, channels] => Some([height, width, channels]),
            _ => None,
        }
    }

    /// The input's first dimension.
    pub(crate) fn batches(&self) -> i32 {
        self.input.shape.first().copied().unwrap_or(1)
    }

    /// An activation like the input, with these rows, columns and channels.
    pub(crate) fn image_of(&self, [height, width, channels]: [i32; 3]) -> Tensor {
        self.input.shaped(&[self.batches(), height, width, channels])
    }

    /// How often the window fits in height and width.
    pub(crate) fn windows(&self) -> Option<[i32; 2]> {
        let [height, width, _] = self.image()?;
        let fits = |len: i32, i: usize| {
            let span = (self.window[i] - 1) * self.dilation[i] + 1;
            let stride = self.stride[i];
            match self.padding {
                Padding::SAME => Some((len + stride - 1) / stride),
                _ => (len >= span).then(|| (len - span) / stride + 1),
            }
        };
        Some([fits(height, 0)?, fits(width, 1)?])
    }

    /// The input's shape with another extent of the dimension that `axis` names.
    pub(crate) fn resized(&self, extent: impl Fn(i32) -> i32) -> Option<Vec<i32>> {
        let mut shape = self.input.shape.clone();
        let place = shape.get_mut(self.dimension()?)?;
        *place = extent(*place);
        Some(shape)
    }

    /// The input's shape without the dimension that `axis` names.
    pub(crate) fn without_axis(&self) -> Option<Vec<i32>> {
        let mut shape = self.input.shape.clone();
        shape.remove(self.dimension()?);
        Some(shape)
    }

    /// The dimension that `axis` names.
    pub(crate) fn dimension(&self) -> Option<usize> {
        let rank = self.input.shape.len();
        let from_end = if self.axis < 0 { rank } else { 0 };
        let dimension = usize::try_from(self.axis + from_end as i32).ok()?;
        (dimension < rank).then_some(dimension)
    }
}

/// `[1, 2, 3]` as `1x2x3`.
pub(crate) fn join(shape: &[i32]) -> String {
    if shape.is_empty() {
        return "scalar".into();
    }
    shape.iter().map(i32::to_string).collect::<Vec<_>>().join("x")
}

/// What a fused activation adds to a name.
pub(crate) fn suffix(activation: ActivationFunction) -> String {
    match activation.name() {
        Some("NONE") | None => String::new(),
        Some(name) => format!("_{}", name.to_lowercase()),
    }
}
