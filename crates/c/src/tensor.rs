//! What a tensor is.

use crate::error::bantam_status;
use crate::memory;
use bantam_schema::Tensor;
use core::ffi::c_char;

/// Dimensions that a bantam_tensor_info has room for.
pub const BANTAM_MAX_RANK: usize = 8;

/// Which operands are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum bantam_port {
    /// The inputs.
    BANTAM_INPUT = 0,
    /// The outputs.
    BANTAM_OUTPUT = 1,
}

impl bantam_port {
    /// The port of a number that C hands over.
    pub(crate) fn of(number: i32) -> Option<Self> {
        [Self::BANTAM_INPUT, Self::BANTAM_OUTPUT].into_iter().find(|port| *port as i32 == number)
    }
}

/// A tensor as the model has it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct bantam_tensor_info {
    /// The type of its elements: BANTAM_TYPE_INT8 and so on, as the schema of TensorFlow Lite
    /// numbers them.
    pub type_: i32,
    /// The number of dimensions; it may be more than BANTAM_MAX_RANK, of which dims has the first.
    pub rank: u32,
    /// The dimensions, such as batch, height, width, channels.
    pub dims: [i32; BANTAM_MAX_RANK],
    /// A real value is scale * (element - zero_point); 0 if the tensor is not quantized. It is the
    /// first of several scales.
    pub scale: f32,
    /// The element that stands for 0.
    pub zero_point: i32,
    /// Its name, or null. It is not terminated: print it with "%.*s".
    pub name: *const c_char,
    /// The bytes of the name.
    pub name_len: usize,
}

impl bantam_tensor_info {
    /// Tells C what the model says of a tensor.
    ///
    /// # Safety
    ///
    /// `to` is null or leads to memory for it.
    pub(crate) unsafe fn tell(tensor: &Tensor<'_>, to: *mut Self) -> Result<(), bantam_status> {
        memory::check(to)?;
        // SAFETY: the caller promises it.
        unsafe { memory::put(to, Self::of(tensor)) }
    }

    fn of(tensor: &Tensor<'_>) -> Self {
        let (shape, mut dims) = (tensor.shape(), [0; BANTAM_MAX_RANK]);
        dims.iter_mut().zip(shape.iter()).for_each(|(slot, dim)| *slot = dim);
        let quantization = tensor.quantization();
        let scale = quantization.and_then(|q| q.scale().get(0));
        let zero_point = quantization.and_then(|q| q.zero_point().get(0));
        let name = tensor.name();
        Self {
            type_: tensor.tensor_type().0.into(),
            rank: shape.len() as u32,
            dims,
            scale: scale.unwrap_or(0.0),
            zero_point: zero_point.unwrap_or(0) as i32,
            name: name.map_or(core::ptr::null(), |name| name.as_ptr().cast()),
            name_len: name.map_or(0, str::len),
        }
    }
}
