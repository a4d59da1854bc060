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

/// Where the memory begins that is lent to a node, if it is a convolution and is lent any.
#[cfg(all(test, feature = "host"))]
pub(crate) fn lent(op: &crate::Op, data: &[u8]) -> usize {
    use bantam_schema::BuiltinOperator;
    let convolutions = [
        BuiltinOperator::CONV_2D,
        BuiltinOperator::DEPTHWISE_CONV_2D,
        BuiltinOperator::TRANSPOSE_CONV,
    ];
    // All of them keep this first.
    match data.get(..size_of::<layer::Layer>()) {
        Some(layer) if convolutions.into_iter().any(|builtin| op.is(builtin, &[])) => {
            bytemuck::pod_read_unaligned::<layer::Layer>(layer).lent()
        }
        _ => usize::MAX,
    }
}
