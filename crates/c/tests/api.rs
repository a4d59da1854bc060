//! The functions of the header, called as C calls them.
#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    reason = "memory is the test's and there as long as it is used; a test fails by panicking"
)]

use bantam_c::*;
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator, Options, TensorType};
use core::ffi::{CStr, c_char, c_void};
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};

#[allow(improper_ctypes, reason = "C sees words")]
unsafe extern "C" {
    #[link_name = "BANTAM_RELU_FLOAT32"]
    safe static RELU: bantam_op;
}

/// RELU, then a custom operator.
fn model() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let [x, y, z] = ["x", "y", "z"]
        .map(|name| graph.tensor(TensorSpec::new(name, TensorType::FLOAT32, &[1, 4])));
    graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
    graph.custom("Count", &[y], &[z], &[7]);
    graph.inputs(&[x]).outputs(&[z]);
    builder.finish()
}

/// Asks for a word of state and one of scratch, and keeps the option.
unsafe extern "C" fn prepare(
    context: *mut c_void,
    node: *mut bantam_node,
    data: *mut c_void,
) -> *const c_char {
    unsafe {
        let mut info = MaybeUninit::uninit();
        let status =
            bantam_node_tensor(node, bantam_port::BANTAM_OUTPUT as i32, 0, info.as_mut_ptr());
        if status != bantam_status::BANTAM_OK || info.assume_init().dims[1] != 4 {
            return c"four elements are needed".as_ptr();
        }
        let mut len = 0;
        let options = bantam_node_options(node, &mut len).cast::<u8>();
        if len != 1 || bantam_node_input_count(node) != 1 || bantam_node_output_count(node) != 1 {
            return c"an option is needed".as_ptr();
        }
        assert!(bantam_node_constant(node, 0, null_mut()).is_null());
        data.cast::<u32>().write((*options).into());
        assert_eq!(bantam_node_state(node, 4), bantam_status::BANTAM_OK);
        assert_eq!(bantam_node_scratch(node, 4), bantam_status::BANTAM_OK);
        *context.cast::<u32>() += 1;
    }
    null()
}

/// Adds the option and the number of runs so far to every element; refuses the fourth run.
unsafe extern "C" fn eval(
    _: *mut c_void,
    data: *const c_void,
    io: *const bantam_io,
) -> *const c_char {
    unsafe {
        let (io, option) = (&*io, *data.cast::<u32>());
        assert_eq!((io.input_count, io.output_count, io.extra_count), (1, 1, 2));
        let (input, output) = (*io.inputs, *io.outputs);
        assert_eq!((input.bytes, output.bytes, (*io.extras.add(1)).bytes), (16, 16, 4));
        let state = (*io.extras).data.cast::<u32>();
        if *state == 3 {
            return c"enough".as_ptr();
        }
        for at in 0..4 {
            let sum = input.data.cast::<f32>().add(at).read() + (option + *state) as f32;
            output.data.cast::<f32>().add(at).write(sum);
        }
        *state += 1;
    }
    null()
}

#[test]
fn a_custom_operator_runs_has_state_and_fails_with_its_reason() {
    unsafe {
        let (file, mut prepared) = (model(), 0_u32);
        let custom = bantam_custom_op {
            name: c"Count".as_ptr(),
            prepare: Some(prepare),
            eval: Some(eval),
            reset: None,
            context: (&raw mut prepared).cast(),
            data_bytes: 4,
        };
        let mut count = MaybeUninit::<bantam_op>::zeroed();
        let list: [*const bantam_op; 2] = [&raw const RELU, count.as_ptr()];
        let (mut it, mut arena) = (MaybeUninit::<bantam_interpreter>::zeroed(), [0_u64; 128]);
        let mut error = MaybeUninit::<bantam_error>::uninit();
        let (it, error) = (it.as_mut_ptr(), error.as_mut_ptr());
        let mut init = |arena_len| {
            let (arena, file) = (arena.as_mut_ptr().cast(), file.as_ptr().cast());
            bantam_init(it, file, model().len(), list.as_ptr(), 2, arena, arena_len, error)
        };
        // Not made yet.
        assert_eq!(init(1024), bantam_status::BANTAM_NO_OPERATOR);
        let wrong = bantam_custom_op { data_bytes: 61, ..custom };
        assert_eq!(bantam_custom(count.as_mut_ptr(), &wrong), bantam_status::BANTAM_LENGTH);
        assert_eq!(bantam_custom(count.as_mut_ptr(), &custom), bantam_status::BANTAM_OK);
        assert_eq!(init(1024), bantam_status::BANTAM_OK);
        assert!(prepared > 0);

        let mut bytes = 0;
        for run in 0..3 {
            let input = bantam_input(it, 0, &mut bytes).cast::<f32>();
            assert_eq!(bytes, 16);
            for (at, value) in [-1.0, 0.5, 2.0, -3.0].into_iter().enumerate() {
                input.add(at).write(value);
            }
            assert_eq!(bantam_invoke(it, null_mut()), bantam_status::BANTAM_OK);
            let output = bantam_output(it, 0, &mut bytes).cast::<f32>();
            let sum = 7.0 + run as f32;
            let output = core::slice::from_raw_parts(output, 4);
            assert_eq!((output, bytes), (&[sum, sum + 0.5, sum + 2.0, sum][..], 16));
        }
        assert_eq!(bantam_invoke(it, error), bantam_status::BANTAM_INVOKE);
        let bantam_error { cause, node, reason, reason_len, .. } = *error;
        let reason = core::slice::from_raw_parts(reason.cast::<u8>(), reason_len);
        assert_eq!((cause, node, reason), (bantam_cause::BANTAM_CAUSE_REASON, 1, &b"enough"[..]));
        assert_eq!(bantam_reset(it, null_mut()), bantam_status::BANTAM_OK);

        // In steps, the next run ends after two nodes.
        assert_eq!(bantam_step(it, error), bantam_status::BANTAM_MORE);
        assert_eq!(bantam_step(it, error), bantam_status::BANTAM_OK);

        // One byte less is too little, and the error says how many are enough.
        let needed = bantam_arena_used_bytes(it);
        assert_eq!(init(needed - 1), bantam_status::BANTAM_OUT_OF_MEMORY);
        assert!((needed..needed + 16).contains(&(*error).needed));
        assert_eq!(bantam_invoke(it, error), bantam_status::BANTAM_NO_INTERPRETER);
    }
}

unsafe extern "C" fn watch(context: *mut c_void, event: *const bantam_event) {
    unsafe {
        let events = &mut *context.cast::<Vec<(u32, i32, bool, usize)>>();
        let event = *event;
        events.push((event.node, event.builtin_operator, event.finished, event.output_bytes));
    }
}

#[test]
fn an_observer_sees_nodes_begin_and_end() {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let [x, y] =
        ["x", "y"].map(|name| graph.tensor(TensorSpec::new(name, TensorType::FLOAT32, &[2, 3])));
    graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
    graph.inputs(&[x]).outputs(&[y]);
    let file = builder.finish();
    unsafe {
        let (mut it, mut arena) = (MaybeUninit::<bantam_interpreter>::zeroed(), [0_u64; 64]);
        let (it, list) = (it.as_mut_ptr(), [&raw const RELU]);
        let (bytes, arena) = (file.as_ptr().cast(), arena.as_mut_ptr().cast());
        let status = bantam_init(it, bytes, file.len(), list.as_ptr(), 1, arena, 512, null_mut());
        assert_eq!(status, bantam_status::BANTAM_OK);
        let mut events: Vec<(u32, i32, bool, usize)> = Vec::new();
        let context = (&raw mut events).cast();
        let status = bantam_invoke_observed(it, Some(watch), context, null_mut());
        let relu = BuiltinOperator::RELU.0;
        assert_eq!(status, bantam_status::BANTAM_OK);
        assert_eq!(events, [(0, relu, false, 0), (0, relu, true, 24)]);
        let status = bantam_invoke_observed(it, None, null_mut(), null_mut());
        assert_eq!(status, bantam_status::BANTAM_NULL);

        let mut info = MaybeUninit::<bantam_tensor_info>::uninit();
        let status = bantam_tensor(it, bantam_port::BANTAM_INPUT as i32, 0, info.as_mut_ptr());
        let info = info.assume_init();
        assert_eq!(status, bantam_status::BANTAM_OK);
        assert_eq!((info.type_, info.rank, &info.dims[..2]), (0, 2, &[2, 3][..]));
        assert_eq!((bantam_input_count(it), bantam_output_count(it)), (1, 1));
        for (port, index) in [(0, 1), (1, 1), (2, 0), (-1, 0)] {
            let status = bantam_tensor(it, port, index, null_mut());
            assert_eq!(status, bantam_status::BANTAM_INDEX, "{port} {index}");
        }
    }
}

#[test]
fn misuse_is_refused() {
    use bantam_status as s;
    let file = model();
    unsafe {
        let mut memory = [MaybeUninit::<bantam_interpreter>::zeroed(), MaybeUninit::zeroed()];
        let mut arena = [0_u64; 64];
        let arena: *mut c_void = arena.as_mut_ptr().cast();
        let [it, other] = memory.each_mut().map(MaybeUninit::as_mut_ptr);
        let bytes: *const c_void = file.as_ptr().cast();
        let (list, nulls) = ([&raw const RELU], [null::<bantam_op>()]);
        let init = |it, bytes, len, list: &[*const bantam_op], arena, arena_len| {
            bantam_init(it, bytes, len, list.as_ptr(), list.len(), arena, arena_len, null_mut())
        };
        let len = file.len();
        for (expected, status) in [
            (s::BANTAM_NULL, init(null_mut(), bytes, len, &list, arena, 512)),
            (s::BANTAM_MISALIGNED, init(it.byte_add(1), bytes, len, &list, arena, 512)),
            (s::BANTAM_NULL, init(it, null(), len, &list, arena, 512)),
            (s::BANTAM_NULL, init(it, bytes, len, &list, null_mut(), 512)),
            (s::BANTAM_NULL, init(it, bytes, len, &nulls, arena, 512)),
            (s::BANTAM_LENGTH, init(it, bytes, usize::MAX, &list, arena, 512)),
            (s::BANTAM_LENGTH, init(it, bytes, len, &list, arena, usize::MAX)),
            (s::BANTAM_OVERLAP, init(it, arena, 512, &list, arena, 512)),
            (s::BANTAM_OVERLAP, init(it, bytes, len, &list, it.cast(), 512)),
            (s::BANTAM_INVALID_MODEL, init(it, null(), 0, &list, arena, 512)),
            (s::BANTAM_INVALID_MODEL, init(it, bytes, len / 2, &list, arena, 512)),
            (s::BANTAM_MISSING_OPERATOR, init(it, bytes, len, &list, arena, 512)),
            (s::BANTAM_NO_INTERPRETER, bantam_invoke(it, null_mut())),
            (s::BANTAM_NULL, bantam_step(null_mut(), null_mut())),
            (s::BANTAM_NO_INTERPRETER, bantam_reset(it, null_mut())),
        ] {
            assert_eq!(status, expected);
        }
        assert!(bantam_input(it, 0, null_mut()).is_null());
        assert_eq!(bantam_arena_used_bytes(it), 0);

        // A copy shares the arena: only the one that was made is an interpreter.
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let [x, y] =
            ["x", "y"].map(|name| graph.tensor(TensorSpec::new(name, TensorType::FLOAT32, &[4])));
        graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
        graph.inputs(&[x]).outputs(&[y]);
        let file = builder.finish();
        assert_eq!(init(it, file.as_ptr().cast(), file.len(), &list, arena, 512), s::BANTAM_OK);
        other.copy_from_nonoverlapping(it, 1);
        assert_eq!(bantam_invoke(other, null_mut()), s::BANTAM_NO_INTERPRETER);
        assert_eq!(bantam_invoke(it, null_mut()), s::BANTAM_OK);
        assert!(bantam_output(it, 1, null_mut()).is_null());
    }
}

#[test]
fn every_number_has_a_text() {
    let text = |text: *const c_char| unsafe { CStr::from_ptr(text) }.to_str().unwrap();
    assert_eq!(text(bantam_status_text(36)), "the arena is too small");
    assert_eq!(text(bantam_cause_text(7)), "must be a constant");
    for number in [-1, 3, 1000] {
        assert_eq!(text(bantam_status_text(number)), "unknown");
    }
    let mut len = 0;
    let name = unsafe { bantam_operator_name(3, &mut len) }.cast::<u8>();
    assert_eq!(unsafe { core::slice::from_raw_parts(name, len) }, b"CONV_2D");
}
