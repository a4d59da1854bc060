//! A model through the functions for C, called in any order, with lengths and addresses of any
//! kind. The last bytes are the calls, those before them the model.
#![no_main]
#![allow(improper_ctypes, reason = "C sees words")]

use bantam_c::*;
use core::ffi::{c_char, c_void};
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};

unsafe extern "C" {
    safe static BANTAM_ADD: bantam_op;
    safe static BANTAM_CONV_2D_INT8: bantam_op;
    safe static BANTAM_FULLY_CONNECTED: bantam_op;
    safe static BANTAM_RELU: bantam_op;
    safe static BANTAM_RESHAPE: bantam_op;
    safe static BANTAM_SOFTMAX: bantam_op;
    safe static BANTAM_SVDF: bantam_op;
    safe static BANTAM_WHILE: bantam_op;
}

/// Calls of the script.
const CALLS: usize = 16;

unsafe extern "C" fn prepare(
    _: *mut c_void,
    node: *mut bantam_node,
    data: *mut c_void,
) -> *const c_char {
    let mut info = MaybeUninit::uninit();
    unsafe {
        for port in 0..3 {
            bantam_node_tensor(node, port, 0, info.as_mut_ptr());
        }
        let mut len = 0;
        let options = bantam_node_options(node, &mut len).cast::<u8>();
        let first = if len > 0 { options.read() } else { 0 };
        bantam_node_constant(node, first.into(), &mut len);
        bantam_node_scratch(node, first.into());
        bantam_node_state(node, 5);
        data.cast::<u32>().write(first.into());
    }
    null()
}

/// Writes every byte that may be written, and reads every other.
unsafe extern "C" fn eval(
    _: *mut c_void,
    data: *const c_void,
    io: *const bantam_io,
) -> *const c_char {
    unsafe {
        let (io, mut sum) = (&*io, data.cast::<u32>().read() as u8);
        for at in 0..io.input_count {
            let input = io.inputs.add(at).read();
            for byte in 0..input.bytes {
                sum = sum.wrapping_add(input.data.cast::<u8>().add(byte).read());
            }
        }
        for (list, count) in [(io.outputs, io.output_count), (io.extras, io.extra_count)] {
            for at in 0..count {
                let written = list.add(at).read();
                written.data.cast::<u8>().write_bytes(sum, written.bytes);
            }
        }
        if sum == 77 { c"seventy-seven".as_ptr() } else { null() }
    }
}

unsafe extern "C" fn observe(context: *mut c_void, event: *const bantam_event) {
    unsafe { *context.cast::<u32>() += (*event).node };
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((model, script)) = bytes.split_last_chunk::<CALLS>() else { return };
    let (arena_len, skip) = (usize::from(script[0]) * 128, usize::from(script[1] % 17));
    let mut arena = vec![0_u8; arena_len + skip];
    let custom = bantam_custom_op {
        name: c"Custom".as_ptr(),
        prepare: Some(prepare),
        eval: Some(eval),
        reset: if script[2] & 1 == 0 { None } else { Some(eval) },
        context: null_mut(),
        data_bytes: 4,
    };
    let (mut own, mut it) = (MaybeUninit::zeroed(), MaybeUninit::zeroed());
    let (mut error, mut info) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    let (it, error): (*mut bantam_interpreter, *mut bantam_error) =
        (it.as_mut_ptr(), error.as_mut_ptr());
    // SAFETY: all memory is there for as long as it is used; the functions check the rest.
    unsafe {
        bantam_custom(own.as_mut_ptr(), &custom);
        let ops = [
            own.as_ptr(),
            &raw const BANTAM_ADD,
            &raw const BANTAM_CONV_2D_INT8,
            &raw const BANTAM_FULLY_CONNECTED,
            &raw const BANTAM_RELU,
            &raw const BANTAM_RESHAPE,
            &raw const BANTAM_SOFTMAX,
            &raw const BANTAM_SVDF,
            &raw const BANTAM_WHILE,
        ];
        let arena = arena.as_mut_ptr().add(skip).cast();
        let file = model.as_ptr().cast();
        // Loops of a model may go round a hundred thousand times: a WHILE only with few nodes.
        let len = if model.len() < 2048 { ops.len() } else { ops.len() - 1 };
        bantam_init(it, file, model.len(), ops.as_ptr(), len, arena, arena_len, error);
        let (mut bytes, mut events) = (0, 0_u32);
        for call in &script[3..] {
            let index = usize::from(call >> 4);
            match call % 8 {
                0 => _ = bantam_invoke(it, error),
                1 => _ = bantam_step(it, error),
                2 => _ = bantam_reset(it, error),
                3 => {
                    let input = bantam_input(it, index, &mut bytes);
                    if !input.is_null() {
                        input.cast::<u8>().write_bytes(*call, bytes);
                    }
                }
                4 => {
                    let output = bantam_output(it, index, &mut bytes).cast::<u8>();
                    if !output.is_null() && bytes > 0 {
                        core::hint::black_box(output.add(bytes - 1).read());
                    }
                }
                5 => _ = bantam_tensor(it, i32::from(*call), index, info.as_mut_ptr()),
                6 => {
                    let context = (&raw mut events).cast();
                    bantam_invoke_observed(it, Some(observe), context, error);
                }
                _ => {
                    _ = bantam_init(
                        it,
                        file,
                        model.len(),
                        ops.as_ptr(),
                        index,
                        arena,
                        arena_len,
                        error,
                    )
                }
            }
        }
    }
});
