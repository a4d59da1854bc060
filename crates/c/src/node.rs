//! What a custom operator in C sees while it prepares a node.

use crate::error::bantam_status;
use crate::memory::{self, check};
use crate::tensor::{bantam_port, bantam_tensor_info};
use bantam_interp::{Extra, Failed, Prepare, TensorInfo};
use core::ffi::c_void;

/// A node that is being prepared. It lives as long as the call that is given its address.
#[derive(Debug)]
pub struct bantam_node {
    prepare: *mut Prepare<'static, 'static>,
    /// Scratch and state so far.
    pub(crate) extras: u32,
    /// That of a tensor or of memory which was asked for in vain.
    pub(crate) failed: Option<Failed>,
}

impl bantam_node {
    pub(crate) fn new(prepare: &mut Prepare<'_, '_>) -> Self {
        Self { prepare: core::ptr::from_mut(prepare).cast(), extras: 0, failed: None }
    }

    fn keep<T>(&mut self, result: Result<T, Failed>) -> Result<T, bantam_status> {
        result.map_err(|failed| {
            self.failed = Some(failed);
            bantam_status::BANTAM_PREPARE
        })
    }
}

/// Returns the node and its preparation.
///
/// # Safety
///
/// `node` is null or what the call in which this happens has been given.
unsafe fn parts<'n>(
    node: *mut bantam_node,
) -> Result<(&'n mut bantam_node, &'n mut Prepare<'n, 'n>), bantam_status> {
    check(node)?;
    // SAFETY: it is not null; the caller promises that it is a node whose preparation is under way,
    // which waits for C and touches neither meanwhile.
    unsafe {
        let node = &mut *node;
        let prepare = &mut *node.prepare.cast();
        Ok((node, prepare))
    }
}

fn tensor<'p>(
    prepare: &Prepare<'p, '_>,
    port: i32,
    index: usize,
) -> Result<Result<TensorInfo<'p>, Failed>, bantam_status> {
    match bantam_port::of(port) {
        Some(bantam_port::BANTAM_INPUT) if index < prepare.input_len() => Ok(prepare.input(index)),
        Some(bantam_port::BANTAM_OUTPUT) if index < prepare.output_len() => {
            Ok(prepare.output(index))
        }
        _ => Err(bantam_status::BANTAM_INDEX),
    }
}

/// Returns the number of inputs, absent ones included.
///
/// # Safety
///
/// node is what prepare was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_node_input_count(node: *const bantam_node) -> usize {
    // SAFETY: the caller promises it.
    unsafe { parts(node.cast_mut()) }.map_or(0, |(_, prepare)| prepare.input_len())
}

/// Returns the number of outputs.
///
/// # Safety
///
/// node is what prepare was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_node_output_count(node: *const bantam_node) -> usize {
    // SAFETY: the caller promises it.
    unsafe { parts(node.cast_mut()) }.map_or(0, |(_, prepare)| prepare.output_len())
}

/// Writes what the model says of an operand to `info`.
///
/// port: BANTAM_INPUT or BANTAM_OUTPUT.
///
/// # Safety
///
/// node is what prepare was given, info is null or leads to memory for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_node_tensor(
    node: *mut bantam_node,
    port: i32,
    index: usize,
    info: *mut bantam_tensor_info,
) -> bantam_status {
    // SAFETY: the caller promises it.
    let result = unsafe { parts(node) }.and_then(|(node, prepare)| {
        let tensor = tensor(prepare, port, index)?;
        let tensor = node.keep(tensor)?.tensor();
        // SAFETY: as before.
        unsafe { bantam_tensor_info::tell(&tensor, info) }
    });
    bantam_status::of(result)
}

/// Returns the bytes of an input that is a constant, and how many they are to `bytes` (unless that
/// is null); null if it is none.
///
/// # Safety
///
/// node is what prepare was given, bytes is null or leads to memory for a size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_node_constant(
    node: *mut bantam_node,
    index: usize,
    bytes: *mut usize,
) -> *const c_void {
    // SAFETY: the caller promises it.
    let data = unsafe { parts(node) }.and_then(|(node, prepare)| {
        let tensor = tensor(prepare, bantam_port::BANTAM_INPUT as i32, index)?;
        let tensor = node.keep(tensor)?;
        if !tensor.is_constant() {
            return Err(bantam_status::BANTAM_PREPARE);
        }
        let constant = tensor.constant();
        node.keep(constant)
    });
    // SAFETY: as before.
    unsafe { memory::show(data.ok(), bytes) }
}

/// Returns the custom options of the node, and how many bytes they are to `bytes` (unless that is
/// null).
///
/// # Safety
///
/// As for bantam_node_constant.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_node_options(
    node: *mut bantam_node,
    bytes: *mut usize,
) -> *const c_void {
    // SAFETY: the caller promises it.
    let options = unsafe { parts(node) };
    let options = options.map(|(_, prepare)| prepare.operator().custom_options());
    // SAFETY: as before.
    unsafe { memory::show(options.ok(), bytes) }
}

/// Asks for memory of the node's own while it runs, whose contents are unspecified at its start.
/// The first that is asked for is `extras[0]` of bantam_io, and so on.
///
/// # Safety
///
/// node is what prepare was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_node_scratch(
    node: *mut bantam_node,
    bytes: usize,
) -> bantam_status {
    // SAFETY: the caller promises it.
    unsafe { extra(node, |prepare| prepare.scratch(bytes)) }
}

/// As bantam_node_scratch, but the memory keeps its contents from run to run; it is zero at first
/// and after bantam_reset.
///
/// # Safety
///
/// node is what prepare was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_node_state(node: *mut bantam_node, bytes: usize) -> bantam_status {
    // SAFETY: the caller promises it.
    unsafe { extra(node, |prepare| prepare.state(bytes)) }
}

/// # Safety
///
/// As for [`parts`].
unsafe fn extra(
    node: *mut bantam_node,
    ask: impl FnOnce(&mut Prepare<'_, '_>) -> Result<Extra, Failed>,
) -> bantam_status {
    // SAFETY: the caller promises it.
    bantam_status::of(unsafe { parts(node) }.and_then(|(node, prepare)| {
        let extra = ask(prepare);
        node.keep(extra)?;
        node.extras += 1;
        Ok(())
    }))
}
