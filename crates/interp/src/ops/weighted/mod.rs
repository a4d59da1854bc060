//! Convolutions and fully connected layers, and products of matrices.

pub(super) mod batch_matmul;
pub(super) mod conv_2d;
mod convolution;
pub(super) mod depthwise_conv_2d;
pub(super) mod fully_connected;
mod layer;
mod lent;
mod node;
pub(super) mod transpose_conv;

pub(crate) use lent::HAS_LENT;

/// What memory is lent to a node, if it is a convolution.
#[cfg(all(test, feature = "host"))]
pub(crate) fn lent_bytes(op: &crate::Op, data: &[u8]) -> core::ops::Range<usize> {
    use bantam_schema::BuiltinOperator;
    let is_convolution = [
        BuiltinOperator::CONV_2D,
        BuiltinOperator::DEPTHWISE_CONV_2D,
        BuiltinOperator::TRANSPOSE_CONV,
    ];
    // All of them keep this first.
    match data.get(..size_of::<layer::Layer>()) {
        Some(layer) if is_convolution.into_iter().any(|builtin| op.is(builtin, &[])) => {
            bytemuck::pod_read_unaligned::<layer::Layer>(layer).lent()
        }
        _ => 0..0,
    }
}
