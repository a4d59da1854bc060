//! Subgraphs that nodes call: where they run, what they share, what is refused.

use bantam_interp::host::{self, Request};
use bantam_interp::plan::Origin;
use bantam_interp::{
    Call, Cause, Error, EvalError, Extra, Failed, Interpreter, InvokeError, Io, MAX_CALL_DEPTH,
    OfflinePlan, Op, Operator, Options, Outcome, Prepare, Sharing, Slot, ops,
};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{Model, TensorType};
use bytemuck::{Pod, Zeroable};

/// Calls the subgraph that the first byte of its custom options names, with its input.
struct Invoke;

impl Operator for Invoke {
    type Data = Call;

    const CALLS: Option<fn(&bantam_schema::Operator<'_>, usize) -> Option<u32>> =
        Some(|node, at| {
            (at == 0).then(|| node.custom_options().first().copied().map(u32::from))?
        });

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Call, Failed> {
        node.require_operands(1..=1, 1)?;
        let index = u32::from(node.operator().custom_options()[0]);
        node.require_callee_input(index, 0, &node.input(0)?)?;
        node.require_callee_output(index, 0, &node.output(0)?)?;
        node.call(index)
    }

    fn eval(call: &Call, io: &mut Io<'_>) -> Result<(), EvalError> {
        io.copy_to_callee(call, 0, 0)?;
        if io.call(call)? == Outcome::NeedMoreInput {
            return Ok(());
        }
        io.copy_from_callee(call, 0, 0)
    }
}

/// As WHILE: as long as the first subgraph says so, the second makes the next state of the last.
struct Loop;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct LoopData {
    condition: Call,
    body: Call,
}

impl Operator for Loop {
    type Data = LoopData;

    const CALLS: Option<fn(&bantam_schema::Operator<'_>, usize) -> Option<u32>> =
        Some(|node, at| node.custom_options().get(at).copied().map(u32::from));

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<LoopData, Failed> {
        let options = node.operator().custom_options();
        Ok(LoopData {
            condition: node.call(options[0].into())?,
            body: node.call(options[1].into())?,
        })
    }

    fn eval(data: &LoopData, io: &mut Io<'_>) -> Result<(), EvalError> {
        // The output carries the state from one round to the next.
        let (output, reader) = io.output::<u8>(0)?;
        output.copy_from_slice(reader.input(0)?);
        loop {
            let (input, reader) = io.callee_input(&data.condition, 0)?;
            input.copy_from_slice(reader.output_bytes(0)?);
            io.call(&data.condition)?;
            if io.callee_result(&data.condition, 0)?[0] == 0 {
                return Ok(());
            }
            let (input, reader) = io.callee_input(&data.body, 0)?;
            input.copy_from_slice(reader.output_bytes(0)?);
            io.call(&data.body)?;
            io.copy_from_callee(&data.body, 0, 0)?;
        }
    }
}

/// Adds the first byte of its options to every byte, and how often it has run; fails at an input of
/// 99, waits at one of 98.
struct Bump;

impl Operator for Bump {
    type Data = [u32; 2];

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<[u32; 2], Failed> {
        node.require_operands(1..=1, 1)?;
        node.scratch(48)?;
        let state: Extra = node.state(1)?;
        Ok([u32::from(node.operator().custom_options()[0]), bytemuck::cast(state)])
    }

    fn eval(data: &[u32; 2], io: &mut Io<'_>) -> Result<(), EvalError> {
        let ([output, runs], reader) =
            io.split([Slot::Output(0), Slot::Extra(bytemuck::cast(data[1]))])?;
        let input = reader.input::<u8>(0)?;
        let first = input.first().copied().unwrap_or(0);
        if first == 99 {
            return Err(EvalError::Custom("99 is too many"));
        }
        let [runs, ..] = runs else { return Err(EvalError::Type) };
        for (y, x) in output.iter_mut().zip(input) {
            *y = x.wrapping_add(data[0] as u8).wrapping_add(*runs);
        }
        *runs = runs.wrapping_add(1);
        if first == 98 {
            io.stop();
        }
        Ok(())
    }
}

/// Whether the first byte is below the first byte of the options.
struct Below;

impl Operator for Below {
    type Data = u32;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<u32, Failed> {
        Ok(node.operator().custom_options()[0].into())
    }

    fn eval(limit: &u32, io: &mut Io<'_>) -> Result<(), EvalError> {
        let (output, reader) = io.output::<u8>(0)?;
        output[0] = (u32::from(reader.input::<u8>(0)?[0]) < *limit).into();
        Ok(())
    }
}

/// Adds 1, without state.
struct Next;

impl Operator for Next {
    type Data = ();

    fn prepare(_node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        Ok(())
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        let (output, reader) = io.output::<u8>(0)?;
        output.iter_mut().zip(reader.input::<u8>(0)?).for_each(|(y, x)| *y = x.wrapping_add(1));
        Ok(())
    }
}

static OPS: &[Op] = &[
    Op::custom::<Invoke>("Invoke"),
    Op::custom::<Loop>("Loop"),
    Op::custom::<Bump>("Bump"),
    Op::custom::<Below>("Below"),
    Op::custom::<Next>("Next"),
    ops::RESHAPE,
];

/// A chain of custom nodes on tensors of `len` bytes.
fn chain(model: &mut ModelBuilder, name: &str, len: i32, nodes: &[(&str, &[u8])]) {
    let mut graph = model.subgraph(name);
    let mut tensor = |at: usize, len: i32| {
        graph.tensor(TensorSpec::new(&format!("{name}{at}"), TensorType::UINT8, &[len]))
    };
    let mut tensors: Vec<_> = (0..=nodes.len()).map(|at| tensor(at, len)).collect();
    if let [("Below", _)] = nodes {
        tensors[1] = tensor(2, 1);
    }
    for ((operator, options), at) in nodes.iter().zip(0..) {
        graph.custom(operator, &[tensors[at]], &[tensors[at + 1]], options);
    }
    graph.inputs(&tensors[..1]).outputs(&tensors[nodes.len()..]);
}

type Chains<'c> = &'c [(&'c str, i32, &'c [(&'c str, &'c [u8])])];

fn model(chains: Chains<'_>) -> Vec<u8> {
    let mut model = ModelBuilder::new();
    for &(name, len, nodes) in chains {
        chain(&mut model, name, len, nodes);
    }
    model.finish()
}

fn error(chains: Chains<'_>) -> Error {
    let file = model(chains);
    Interpreter::new(&Model::parse(&file).unwrap(), OPS, &mut [0; 8192]).unwrap_err()
}

/// main calls 1 from two nodes; 1 calls 2 from two nodes, and nobody calls 3.
const NESTED: Chains<'static> = &[
    ("main", 100, &[("Invoke", &[1]), ("Bump", &[0]), ("Invoke", &[1])]),
    ("outer", 100, &[("Invoke", &[2]), ("Next", &[]), ("Invoke", &[2])]),
    ("inner", 100, &[("Bump", &[10]), ("Next", &[])]),
    ("nobody", 100, &[("Missing", &[])]),
];

/// What `NESTED` makes of 1 the first time: `inner` adds 11 and how often it has run, four times.
const NESTED_RESULT: u8 = 1 + 4 * 11 + (1 + 2 + 3) + 2;

fn run(interpreter: &mut Interpreter<'_>, value: u8) -> Vec<u8> {
    interpreter.input::<u8>(0).unwrap().fill(value);
    assert_eq!(interpreter.invoke(), Ok(Outcome::Done));
    interpreter.output::<u8>(0).unwrap().to_vec()
}

#[test]
fn a_subgraph_runs_twice_from_two_nodes_nested_two_deep() {
    let file = model(NESTED);
    let mut arena = [0; 8192];
    let model = Model::parse(&file).unwrap();
    let mut interpreter = Interpreter::new(&model, OPS, &mut arena).unwrap();
    assert_eq!(run(&mut interpreter, 1), [NESTED_RESULT; 100]);
    // State goes on, and begins again after a reset: that of subgraphs, too.
    assert_ne!(run(&mut interpreter, 1), [NESTED_RESULT; 100]);
    interpreter.reset().unwrap();
    assert_eq!(run(&mut interpreter, 1), [NESTED_RESULT; 100]);
}

#[test]
fn frames_are_no_larger_than_the_subgraph_and_shared_by_nodes() {
    let file = model(NESTED);
    let model = Model::parse(&file).unwrap();
    let map = host::map(
        &model,
        OPS,
        Sharing::Apart,
        host::Effort::Exact(Default::default()),
        &mut |_| {},
    )
    .unwrap();
    let frames: Vec<(u32, u32)> =
        map.callees.iter().map(|callee| (callee.subgraph, callee.map.overlay_bytes)).collect();
    // `inner`: three tensors one after the other, and scratch. `outer`: two live tensors and a
    // frame.
    assert_eq!(frames, [(2, 112 + 112 + 48), (1, 272 + 2 * 112)]);
    let scratch = |(bytes, origin)| matches!(origin, Origin::Scratch(0 | 2)).then_some(bytes);
    let scratch: Vec<u32> =
        map.buffers.iter().filter_map(|b| scratch((b.bytes, b.origin))).collect();
    assert_eq!((scratch, map.overlay_bytes), (vec![496, 496], 496 + 2 * 112));
}

#[test]
fn the_arena_is_exactly_as_large_as_the_error_says() {
    let file = model(NESTED);
    let model = Model::parse(&file).unwrap();
    for plan in [OfflinePlan::IfValid, OfflinePlan::Ignore] {
        let mut options = Options::default();
        options.offline_plan = plan;
        let mut memory = vec![0_u128; 1024];
        let memory: &mut [u8] = bytemuck::cast_slice_mut(&mut memory);
        let needed = {
            let made = Interpreter::with_options(&model, OPS, memory, options).unwrap();
            made.arena_used_bytes()
        };
        for less in (needed.saturating_sub(400)..needed).step_by(16) {
            let failed = Interpreter::with_options(&model, OPS, &mut memory[..less], options);
            let available = less;
            assert_eq!(failed.unwrap_err(), Error::OutOfMemory { needed, available }, "{less}");
        }
        let mut made =
            Interpreter::with_options(&model, OPS, &mut memory[..needed], options).unwrap();
        assert_eq!(run(&mut made, 1), [NESTED_RESULT; 100]);
    }
    // Where there is no room to plan, it is a lower bound.
    for less in [0, 16, 48, 100] {
        let failed = Interpreter::new(&model, OPS, &mut vec![0; less]).unwrap_err();
        assert!(matches!(failed, Error::OutOfMemory { needed, .. } if needed > less), "{failed}");
    }
}

#[test]
fn images_and_stored_plans_carry_subgraphs() {
    let file = model(NESTED);
    let model = Model::parse(&file).unwrap();
    let prepared = host::prepare(
        &model,
        OPS,
        Sharing::default(),
        host::Effort::Exact(Default::default()),
        &mut |_| {},
    )
    .unwrap();
    let mut image = vec![0_u32; prepared.image.len().div_ceil(4)];
    let image = &mut bytemuck::cast_slice_mut::<u32, u8>(&mut image)[..prepared.image.len()];
    image.copy_from_slice(&prepared.image);
    let mut arena = vec![0; prepared.unaligned_arena_bytes() as usize];
    let mut ops = OPS.to_vec();
    ops.iter_mut().for_each(|op| *op = op.prepared());
    let mut interpreter = Interpreter::from_prepared(&model, image, &ops, &mut arena).unwrap();
    assert_eq!(run(&mut interpreter, 1), [NESTED_RESULT; 100]);

    let planned = host::plan(&model, OPS, &Request::default(), &mut |_| {}).unwrap();
    let carrier = Model::parse(&planned.file).unwrap();
    for name in ["BantamMemoryPlan", "BantamMemoryPlan.1", "BantamMemoryPlan.2"] {
        assert!(carrier.metadata_by_name(name).is_some(), "{name}");
    }
    assert!(carrier.metadata_by_name("BantamMemoryPlan.3").is_none());
    let mut options = Options::default();
    options.offline_plan = OfflinePlan::Require;
    let mut arena = vec![0; planned.arena_bytes + 15];
    let mut interpreter = Interpreter::with_options(&carrier, OPS, &mut arena, options).unwrap();
    assert_eq!(interpreter.overlay_bytes(), planned.map.overlay_bytes as usize);
    assert_eq!(run(&mut interpreter, 1), [NESTED_RESULT; 100]);
}

/// Calls that lead anywhere end.
#[test]
fn images_with_other_words_answer_or_fail() {
    static FEW: &[Op] =
        &[Op::custom::<Invoke>("Invoke"), Op::custom::<Bump>("Bump"), Op::custom::<Next>("Next")];
    let file = model(NESTED);
    let model = Model::parse(&file).unwrap();
    let effort = host::Effort::Exact(Default::default());
    let prepared = host::prepare(&model, FEW, Sharing::default(), effort, &mut |_| {}).unwrap();
    let (good, _) = prepared.image.as_chunks::<4>();
    let (mut answered, mut failed) = (0, 0);
    for at in 3..good.len() {
        for &other in good.iter().filter(|&&other| other != good[at]) {
            let mut image = good.to_vec();
            image[at] = other;
            host::seal(image.as_flattened_mut());
            let words: Vec<u32> = image.iter().map(|&word| u32::from_ne_bytes(word)).collect();
            let image: &[u8] = bytemuck::cast_slice(&words);
            let mut arena = [0_u128; 256];
            let arena: &mut [u8] = bytemuck::cast_slice_mut(&mut arena);
            let Ok(mut made) = Interpreter::from_prepared(&model, image, FEW, arena) else {
                continue;
            };
            match made.invoke() {
                Ok(_) => answered += 1,
                Err(_) => failed += 1,
            }
        }
    }
    assert!(answered > 0 && failed > 0, "{answered} answered, {failed} failed");
}

#[test]
fn loops_carry_tensors_from_round_to_round() {
    let file = model(&[
        ("main", 20, &[("Next", &[]), ("Loop", &[1, 2]), ("Next", &[])]),
        ("condition", 20, &[("Below", &[50])]),
        ("body", 20, &[("Next", &[]), ("Next", &[]), ("Next", &[])]),
    ]);
    let mut arena = [0; 4096];
    let mut interpreter = Interpreter::new(&Model::parse(&file).unwrap(), OPS, &mut arena).unwrap();
    // 1 + 3 n is not below 50 for the first time at 52.
    assert_eq!(run(&mut interpreter, 0), [53; 20]);
    assert_eq!(run(&mut interpreter, 60), [62; 20]);
}

#[test]
fn recursion_is_refused_with_the_names_of_the_subgraphs() {
    let invoke =
        |index: &'static [u8]| -> &'static [(&str, &[u8])] { vec![("Invoke", index)].leak() };
    let found = error(&[("main", 4, invoke(&[0]))]);
    assert_eq!(found, Error::Recursion { caller: 0, callee: 0 });
    let found = error(&[("main", 4, invoke(&[1])), ("a", 4, invoke(&[2])), ("b", 4, invoke(&[1]))]);
    assert_eq!(found, Error::Recursion { caller: 2, callee: 1 });
    assert_eq!(found.to_string(), "subgraph 2 calls subgraph 1, which is calling it");
    // A circle that nobody calls costs nothing.
    let file =
        model(&[("main", 4, &[("Next", &[])]), ("a", 4, invoke(&[2])), ("b", 4, invoke(&[1]))]);
    let alone = model(&[("main", 4, &[("Next", &[])])]);
    let used = |file: &[u8]| {
        let mut arena = [0; 1024];
        let made = Interpreter::new(&Model::parse(file).unwrap(), OPS, &mut arena).unwrap();
        (made.arena_used_bytes(), made.usage().used())
    };
    assert_eq!(used(&file).1, used(&alone).1);
    assert_eq!(error(&[("main", 4, invoke(&[7]))]), Error::NoSubgraph(7));
}

#[test]
fn calls_go_so_deep_and_no_deeper() {
    let deep = |depth: u32| {
        let mut builder = ModelBuilder::new();
        for index in 0..depth {
            chain(&mut builder, &format!("s{index}"), 4, &[("Invoke", &[index as u8 + 1])]);
        }
        chain(&mut builder, "leaf", 4, &[("Next", &[])]);
        builder.finish()
    };
    let mut arena = vec![0; 1 << 16];
    let file = deep(MAX_CALL_DEPTH);
    let mut made = Interpreter::new(&Model::parse(&file).unwrap(), OPS, &mut arena).unwrap();
    assert_eq!(run(&mut made, 5), [6; 4]);
    let file = deep(MAX_CALL_DEPTH + 1);
    let failed = Interpreter::new(&Model::parse(&file).unwrap(), OPS, &mut arena).unwrap_err();
    assert!(matches!(failed, Error::CallDepth { .. }), "{failed}");
    // Also where what is called was visited on a shorter way.
    let mut builder = ModelBuilder::new();
    chain(&mut builder, "main", 4, &[("Invoke", &[10]), ("Invoke", &[1])]);
    for index in 1..MAX_CALL_DEPTH + 1 {
        chain(&mut builder, &format!("s{index}"), 4, &[("Invoke", &[index as u8 + 1])]);
    }
    chain(&mut builder, "leaf", 4, &[("Next", &[])]);
    let file = builder.finish();
    let failed = Interpreter::new(&Model::parse(&file).unwrap(), OPS, &mut arena).unwrap_err();
    assert!(matches!(failed, Error::CallDepth { .. }), "{failed}");
}

#[test]
fn failures_name_subgraph_and_node() {
    let found =
        error(&[("main", 4, &[("Invoke", &[1])]), ("a", 4, &[("Next", &[]), ("What", &[])])]);
    assert!(matches!(found, Error::MissingOperator { subgraph: 1, node: 1, .. }), "{found}");
    let text =
        "subgraph 1, node 1 needs the custom operator What, which is not in the operator list";
    assert_eq!(found.to_string(), text);

    let found = error(&[("main", 4, &[("Invoke", &[1])]), ("a", 5, &[("Next", &[])])]);
    let Error::Prepare { subgraph: 0, node: 0, error: cause, .. } = found else {
        panic!("{found}")
    };
    assert_eq!((cause.tensor, cause.cause), (Some(0), Cause::Callee(1)));

    let file =
        model(&[("main", 4, &[("Next", &[]), ("Invoke", &[1])]), ("a", 4, &[("Bump", &[1])])]);
    let mut arena = [0; 4096];
    let mut made = Interpreter::new(&Model::parse(&file).unwrap(), OPS, &mut arena).unwrap();
    made.input::<u8>(0).unwrap().fill(98);
    let cause = EvalError::Custom("99 is too many");
    let failed = made.invoke().unwrap_err();
    assert_eq!(failed, InvokeError { subgraph: 1, node: 0, cause });
    assert_eq!(failed.to_string(), "subgraph 1, node 0: 99 is too many");
    made.input::<u8>(0).unwrap().fill(97);
    assert_eq!(made.invoke(), Ok(Outcome::NeedMoreInput));
    assert_eq!(run(&mut made, 7), [7 + 1 + 1 + 1; 4]);
}

/// Calls what it does not say it calls.
struct Liar;

impl Operator for Liar {
    type Data = Call;
    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Call, Failed> {
        node.call(1)
    }
    fn eval(_data: &Call, _io: &mut Io<'_>) -> Result<(), EvalError> {
        Ok(())
    }
}

#[test]
fn operators_call_only_what_they_say() {
    static LIARS: &[Op] = &[Op::custom::<Liar>("Next")];
    let file = model(&[("main", 4, &[("Next", &[])]), ("a", 4, &[("Next", &[])])]);
    let mut arena = [0; 512];
    let failed = Interpreter::new(&Model::parse(&file).unwrap(), LIARS, &mut arena);
    let Err(Error::Prepare { error, .. }) = failed.map(|_| ()) else { panic!() };
    assert_eq!(error.cause, Cause::NotCalled(1));
}
