//! State and control flow: what a reset brings back, what is refused, and that every loop ends.

use bantam_interp::host::{self, Effort, Search};
use bantam_interp::{
    Category, Cause, Error, EvalError, Interpreter, InvokeError, Op, Options, Outcome,
    PrepareError, Sharing,
};
use bantam_schema::options::{AddOptions, CallOnceOptions, VarHandleOptions, WhileOptions};
use bantam_schema::write::{ModelBuilder, OperatorSpec, SubgraphBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as B, Model, Options as NodeOptions, TensorType};
use bantam_signal_ops::{EVERY, LISTS};
use bantam_testkit::{Case, Memory, cases};
use proptest::prelude::*;
use std::collections::BTreeSet;

const ARENA_BYTES: usize = 64 << 10;

/// Whether a node keeps anything from one inference to the next.
fn keeps_state(case: &Case) -> bool {
    let stateful = [
        B::ASSIGN_VARIABLE,
        B::CALL_ONCE,
        B::READ_VARIABLE,
        B::SVDF,
        B::UNIDIRECTIONAL_SEQUENCE_LSTM,
        B::VAR_HANDLE,
    ];
    let custom = [
        "CIRCULAR_BUFFER",
        "SignalDelay",
        "SignalFilterBankSpectralSubtraction",
        "SignalFramer",
        "SignalOverlapAdd",
        "SignalStacker",
    ];
    stateful.contains(&case.operator) || custom.contains(&case.operator_name().as_str())
}

fn stateful() -> Vec<Case> {
    cases().into_iter().filter(keeps_state).collect()
}

/// What a user does with an interpreter.
#[derive(Clone, Copy, Debug)]
enum Call {
    /// Fills the inputs, each time with others.
    Input(u8),
    Invoke,
    Reset,
    /// Reads the outputs.
    Output,
    /// Asks for what is not there.
    Mistake,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => any::<u8>().prop_map(Call::Input),
        4 => Just(Call::Invoke),
        1 => Just(Call::Reset),
        1 => Just(Call::Output),
        1 => Just(Call::Mistake),
    ]
}

/// Numbers that are no NaN, whose bits nobody promises.
fn fill(interpreter: &mut Interpreter<'_>, seed: u8) {
    for index in 0..interpreter.input_len() {
        let tensor_type = interpreter.input_tensor(index).unwrap().tensor_type();
        let bytes = interpreter.input_bytes(index).unwrap();
        for (at, byte) in bytes.iter_mut().enumerate() {
            let value = seed.wrapping_mul(31).wrapping_add(at as u8).wrapping_mul(37);
            *byte = match tensor_type {
                TensorType::BOOL => value & 1,
                TensorType::FLOAT32 if at % 4 == 3 => value & 0xBF,
                _ => value,
            };
        }
    }
}

/// The outcome and the outputs of an inference with these inputs.
fn infer(interpreter: &mut Interpreter<'_>, seed: u8) -> (Outcome, Vec<Vec<u8>>) {
    fill(interpreter, seed);
    let outcome = interpreter.invoke().unwrap();
    (outcome, outputs(interpreter))
}

fn outputs(interpreter: &Interpreter<'_>) -> Vec<Vec<u8>> {
    let outputs = 0..interpreter.output_len();
    outputs.map(|index| interpreter.output_bytes(index).unwrap().to_vec()).collect()
}

/// Makes the calls; after a reset, the answers of the rest are those of a fresh interpreter.
fn check(file: &[u8], calls: &[Call]) {
    let model = Model::parse(file).unwrap();
    let (mut memory, mut other) = (Memory::new(ARENA_BYTES), Memory::new(ARENA_BYTES));
    other.bytes().fill(0xA5);
    let mut used = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
    let last = calls.iter().rposition(|call| matches!(call, Call::Reset));
    let (before, after) = calls.split_at(last.map_or(0, |at| at + 1));
    let mut seed = 0;
    for &call in before {
        act(&mut used, call, &mut seed);
    }
    // Nobody promises what inputs hold behind an inference or a reset.
    let mut fresh = Interpreter::new(&model, EVERY, other.bytes()).unwrap();
    seed = 1;
    for &call in after {
        let mut same = seed;
        act(&mut used, call, &mut seed);
        act(&mut fresh, call, &mut same);
        if let Call::Invoke = call {
            assert_eq!(outputs(&used), outputs(&fresh));
        }
    }
}

fn act(interpreter: &mut Interpreter<'_>, call: Call, seed: &mut u8) {
    match call {
        Call::Input(value) => *seed = value,
        Call::Invoke => {
            infer(interpreter, *seed);
        }
        Call::Reset => interpreter.reset().unwrap(),
        Call::Output => drop(outputs(interpreter)),
        Call::Mistake => {
            let (inputs, outputs) = (interpreter.input_len(), interpreter.output_len());
            assert!(interpreter.input_bytes(inputs).is_err());
            assert!(interpreter.output_bytes(outputs).is_err());
            assert!(inputs == 0 || interpreter.input::<u64>(0).is_err());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn a_reset_interpreter_is_a_fresh_one(
        case in prop::sample::select(stateful()),
        calls in prop::collection::vec(call(), 1..24),
    ) {
        check(&case.file(), &calls);
    }
}

/// The model of a case whose first input is fed, with an intermediate tensor of so many bytes.
fn with_intermediate(case: &Case, bytes: i32) -> Vec<u8> {
    let mut model = ModelBuilder::new();
    let mut graph = model.subgraph("main");
    let inputs: Vec<i32> = case.inputs.iter().map(|each| graph.tensor(each.spec())).collect();
    let outputs: Vec<i32> = case.outputs.iter().map(|each| graph.tensor(each.spec())).collect();
    let between = graph.tensor(TensorSpec::new("between", TensorType::INT8, &[bytes]));
    let spec = OperatorSpec::new(case.operator, &inputs, &outputs).options(case.options);
    graph.add(spec.intermediates(&[between])).inputs(&inputs[..1]).outputs(&outputs);
    model.finish()
}

#[test]
fn intermediate_tensors_take_no_memory() {
    let svdf = stateful().into_iter().find(|case| case.operator == B::SVDF).unwrap();
    let made = |file: &[u8]| {
        let model = Model::parse(file).unwrap();
        Interpreter::new(&model, EVERY, Memory::new(ARENA_BYTES).bytes()).map(|_| ())
    };
    assert_eq!(made(&with_intermediate(&svdf, 0)), Ok(()));
    match made(&with_intermediate(&svdf, 4)) {
        Err(Error::Prepare { error, .. }) => assert_eq!(error.cause, Cause::Intermediates),
        other => panic!("{other:?}"),
    }
}

/// Interpreted, prepared and from a stored plan: after a reset everything begins anew.
#[test]
fn every_state_is_reset_however_the_interpreter_was_made() {
    let (cases, mut seen) = (stateful(), BTreeSet::new());
    for name in ["SVDF", "UNIDIRECTIONAL_SEQUENCE_LSTM", "CIRCULAR_BUFFER", "CALL_ONCE"] {
        assert!(cases.iter().any(|case| case.operator_name() == name), "{name}");
    }
    for case in cases {
        let file = case.file();
        let model = Model::parse(&file).unwrap();
        let mut memory = Memory::new(ARENA_BYTES);
        let interpreter = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
        let wanted = begins_anew(interpreter, &case);
        if wanted.1 {
            seen.insert(case.operator_name());
        }

        let choices = host::operators_of(&model, &LISTS).unwrap();
        let list: Vec<Op> = choices.iter().map(|choice| choice.op).collect();
        let effort = Effort::Exact(Search { nodes: 1_000, threads: 1 });
        let prepared = host::prepare(&model, &list, Sharing::Overlap, effort, &mut |_| {}).unwrap();
        let mut image = Memory::new(prepared.image.len());
        image.bytes().copy_from_slice(&prepared.image);
        let list: Vec<Op> = list.into_iter().map(Op::prepared).collect();
        let made = Interpreter::from_prepared(&model, image.bytes(), &list, memory.bytes());
        assert_eq!(begins_anew(made.unwrap(), &case), wanted, "{}", case.name);

        let planned = host::plan(&model, EVERY, &Default::default(), &mut |_| {}).unwrap();
        let model = Model::parse(&planned.file).unwrap();
        let made = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
        assert_eq!(begins_anew(made, &case), wanted, "{}", case.name);
    }
    // An assignment that is read at once leaves nothing behind.
    let unseen = stateful().into_iter().map(|case| case.operator_name());
    let unseen: BTreeSet<_> = unseen.filter(|name| !seen.contains(name)).collect();
    assert!(unseen.iter().all(|name| name == "ASSIGN_VARIABLE"), "{unseen:?}");
}

/// What inferences give.
type Inferences = Vec<(Outcome, Vec<Vec<u8>>)>;

/// The outputs of three inferences, which are the same after a reset; and whether they are others
/// without one.
fn begins_anew(mut interpreter: Interpreter<'_>, case: &Case) -> (Inferences, bool) {
    let mut run = || -> Vec<_> { [1, 1, 2].map(|seed| infer(&mut interpreter, seed)).into() };
    let first = run();
    let first_is_not_second = first != run();
    interpreter.reset().unwrap();
    let mut run = || -> Vec<_> { [1, 1, 2].map(|seed| infer(&mut interpreter, seed)).into() };
    assert_eq!(run(), first, "{}", case.name);
    (first, first_is_not_second)
}

/// Adds a node that names a resource variable.
fn handle(
    graph: &mut SubgraphBuilder<'_>,
    container: Option<&'static str>,
    name: &'static str,
) -> i32 {
    let handle = graph.tensor(TensorSpec::new("handle", TensorType::RESOURCE, &[1]));
    let options = VarHandleOptions { container, shared_name: Some(name) };
    graph.operator(B::VAR_HANDLE, &[], &[handle], options);
    handle
}

fn assign(graph: &mut SubgraphBuilder<'_>, handle: i32, value: i32) {
    graph.operator(B::ASSIGN_VARIABLE, &[handle, value], &[], NodeOptions::None);
}

fn read(graph: &mut SubgraphBuilder<'_>, handle: i32, output: i32) {
    graph.operator(B::READ_VARIABLE, &[handle], &[output], NodeOptions::None);
}

fn bytes(len: i32) -> TensorSpec {
    TensorSpec::new("value", TensorType::INT8, &[len])
}

fn refused(builder: &ModelBuilder) -> Error {
    let file = builder.finish();
    let mut memory = Memory::new(ARENA_BYTES);
    Interpreter::new(&Model::parse(&file).unwrap(), EVERY, memory.bytes()).unwrap_err()
}

fn cause(error: Error) -> Cause {
    let Error::Prepare { error: PrepareError { cause, .. }, .. } = error else { panic!("{error}") };
    cause
}

#[test]
fn variables_begin_with_the_zero_point_of_their_first_assignment() {
    let mut builder = ModelBuilder::new();
    let graph = &mut builder.subgraph("main");
    let x = graph.tensor(bytes(3).quantized(0.5, -7));
    let y = graph.tensor(bytes(3).quantized(0.5, -7));
    let variable = handle(graph, Some("c"), "a");
    read(graph, variable, y);
    // A handle that names no container is that of the first one of this name.
    let same = handle(graph, None, "a");
    assign(graph, same, x);
    graph.inputs(&[x]).outputs(&[y]);
    let file = builder.finish();
    let model = Model::parse(&file).unwrap();
    let mut memory = Memory::new(ARENA_BYTES);
    let mut interpreter = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
    let mut step = |value: i8| {
        interpreter.input::<i8>(0).unwrap().fill(value);
        interpreter.invoke().unwrap();
        interpreter.output::<i8>(0).unwrap().to_vec()
    };
    assert_eq!([step(1), step(2), step(3)], [[-7; 3], [1; 3], [2; 3]]);
    interpreter.reset().unwrap();
    interpreter.invoke().unwrap();
    assert_eq!(interpreter.output::<i8>(0).unwrap(), [-7; 3]);
}

#[test]
fn each_variable_has_one_place_and_handles_have_none() {
    let used = |names: [&'static str; 3]| {
        let mut builder = ModelBuilder::new();
        let graph = &mut builder.subgraph("main");
        let x = graph.tensor(bytes(20));
        for name in names {
            let variable = handle(graph, Some(""), name);
            assign(graph, variable, x);
        }
        graph.inputs(&[x]).outputs(&[x]);
        let file = builder.finish();
        let mut memory = Memory::new(ARENA_BYTES);
        let model = Model::parse(&file).unwrap();
        let made = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
        (made.overlay_bytes(), made.usage().category(Category::Variables))
    };
    let sizes = [["a", "a", "a"], ["a", "b", "a"], ["a", "b", "c"]].map(used);
    assert_eq!(sizes.map(|(overlay, _)| overlay), [32; 3]);
    let [one, two, three] = sizes.map(|(_, variables)| variables);
    assert_eq!([one, two, three], [32, 64, 96]);
}

#[test]
fn variables_that_nobody_knows_are_refused() {
    let mut never = ModelBuilder::new();
    let graph = &mut never.subgraph("main");
    let y = graph.tensor(bytes(3));
    let variable = handle(graph, Some(""), "a");
    read(graph, variable, y);
    graph.outputs(&[y]);
    let found = refused(&never).to_string();
    assert!(found.ends_with("no ASSIGN_VARIABLE gives the resource a size"), "{found}");

    let mut other = ModelBuilder::new();
    let graph = &mut other.subgraph("main");
    let (x, y) = (graph.tensor(bytes(3)), graph.tensor(bytes(4)));
    let variable = handle(graph, Some(""), "a");
    assign(graph, variable, x);
    read(graph, variable, y);
    graph.inputs(&[x]).outputs(&[y]);
    let found = refused(&other);
    assert_eq!(cause(found), Cause::Shape);
    assert!(found.to_string().starts_with("node 2 (READ_VARIABLE): tensor 1"), "{found}");

    let mut given = ModelBuilder::new();
    let graph = &mut given.subgraph("main");
    let (x, handle) =
        (graph.tensor(bytes(3)), graph.tensor(TensorSpec::new("h", TensorType::RESOURCE, &[1])));
    assign(graph, handle, x);
    graph.inputs(&[x, handle]).outputs(&[x]);
    assert_no_handle(&given);
}

fn assert_no_handle(builder: &ModelBuilder) {
    let found = refused(builder).to_string();
    assert!(found.ends_with("that a VAR_HANDLE names, always the same one"), "{found}");
}

/// Each node that calls subgraphs resets all of them.
#[test]
fn variable_tensors_of_a_subgraph_begin_alike_however_many_nodes_call() {
    let mut builder = ModelBuilder::new();
    let graph = &mut builder.subgraph("main");
    let y = graph.tensor(bytes(3).quantized(0.5, -7));
    for _ in 0..2 {
        let options = CallOnceOptions { init_subgraph_index: 1 };
        graph.operator(B::CALL_ONCE, &[], &[], options);
    }
    let variable = handle(graph, None, "a");
    read(graph, variable, y);
    graph.outputs(&[y]);
    let init = &mut builder.subgraph("init");
    let first = init.tensor(bytes(3).quantized(0.5, -7).variable());
    let variable = handle(init, None, "a");
    assign(init, variable, first);
    let file = builder.finish();
    let model = Model::parse(&file).unwrap();
    let mut memory = Memory::new(ARENA_BYTES);
    let mut interpreter = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
    for _ in 0..2 {
        interpreter.invoke().unwrap();
        assert_eq!(interpreter.output::<i8>(0).unwrap(), [-7; 3]);
        interpreter.reset().unwrap();
    }
}

/// A loop to whose subgraphs a variable is handed, which the body assigns.
fn handed(names: [&'static str; 2]) -> ModelBuilder {
    let mut builder = ModelBuilder::new();
    let number = || TensorSpec::new("number", TensorType::INT32, &[1]);
    let resource = || TensorSpec::new("resource", TensorType::RESOURCE, &[1]);
    let graph = &mut builder.subgraph("main");
    let (x, y) = (graph.tensor(number()), graph.tensor(number()));
    for name in names {
        let variable = handle(graph, Some(""), name);
        let outputs = [graph.tensor(number()), graph.tensor(resource())];
        let options = WhileOptions { cond_subgraph_index: 1, body_subgraph_index: 2 };
        graph.operator(B::WHILE, &[x, variable], &outputs, options);
    }
    let variable = handle(graph, Some(""), names[0]);
    read(graph, variable, y);
    graph.inputs(&[x]).outputs(&[y]);
    let condition = &mut builder.subgraph("condition");
    let inputs = [condition.tensor(number()), condition.tensor(resource())];
    let limit = condition.tensor(number().data_i32(&[9]));
    let holds = condition.tensor(TensorSpec::new("holds", TensorType::BOOL, &[1]));
    condition.operator(B::LESS, &[inputs[0], limit], &[holds], NodeOptions::None);
    condition.inputs(&inputs).outputs(&[holds]);
    let body = &mut builder.subgraph("body");
    let inputs = [body.tensor(number()), body.tensor(resource())];
    let next = body.tensor(number());
    let two = body.tensor(number().data_i32(&[2]));
    body.operator(B::ADD, &[inputs[0], two], &[next], AddOptions::default());
    assign(body, inputs[1], next);
    body.inputs(&inputs).outputs(&[next, inputs[1]]);
    builder
}

#[test]
fn variables_may_be_handed_to_subgraphs() {
    let file = handed(["a", "a"]).finish();
    let model = Model::parse(&file).unwrap();
    let mut memory = Memory::new(ARENA_BYTES);
    let mut made = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
    let mut step = |value: i32| {
        made.input::<i32>(0).unwrap()[0] = value;
        made.invoke().unwrap();
        made.output::<i32>(0).unwrap()[0]
    };
    assert_eq!([step(20), step(3), step(4), step(20)], [0, 9, 10, 10]);
    assert_no_handle(&handed(["a", "b"]));
}

/// A loop whose condition is a variable that its body never changes.
fn endless(inner_loop: bool) -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let flag = || TensorSpec::new("flag", TensorType::BOOL, &[1]);
    let graph = &mut builder.subgraph("main");
    let (x, y) = (graph.tensor(flag()), graph.tensor(flag()));
    let body = if inner_loop { 3 } else { 2 };
    let options = WhileOptions { cond_subgraph_index: 1, body_subgraph_index: body };
    graph.operator(B::WHILE, &[x], &[y], options);
    graph.inputs(&[x]).outputs(&[y]);
    for name in ["condition", "body"] {
        let graph = &mut builder.subgraph(name);
        let (x, y) = (graph.tensor(flag()), graph.tensor(flag()));
        graph.operator(B::LOGICAL_AND, &[x, x], &[y], NodeOptions::None);
        graph.inputs(&[x]).outputs(&[y]);
    }
    let graph = &mut builder.subgraph("outer body");
    let (x, y) = (graph.tensor(flag()), graph.tensor(flag()));
    let options = WhileOptions { cond_subgraph_index: 1, body_subgraph_index: 2 };
    graph.operator(B::WHILE, &[x], &[y], options);
    graph.inputs(&[x]).outputs(&[y]);
    builder.finish()
}

/// The budget of an interpreter that owns its model is that of its options, until another is set.
#[test]
fn loops_of_an_owned_interpreter_end() {
    let file = endless(false);
    let model = Model::parse(&file).unwrap();
    let mut options = Options::default();
    options.max_calls = 10;
    let mut owned = host::OwnedInterpreter::new(&model, EVERY, options).unwrap();
    for calls in [10, 3] {
        if calls != options.max_calls {
            owned.with(|made| made.set_max_calls(calls));
        }
        for _ in 0..2 {
            owned.input_bytes(0).unwrap()[0] = 1;
            let error = owned.invoke().unwrap_err();
            assert_eq!(error.cause, EvalError::Calls(calls));
        }
    }
}

#[test]
fn every_loop_ends_and_the_interpreter_stays_usable() {
    for (inner_loop, subgraph) in [(false, 0), (true, 3)] {
        let file = endless(inner_loop);
        let model = Model::parse(&file).unwrap();
        let mut memory = Memory::new(ARENA_BYTES);
        let mut options = Options::default();
        assert_eq!(options.max_calls, 131_072);
        options.max_calls = 10;
        let mut made = Interpreter::with_options(&model, EVERY, memory.bytes(), options).unwrap();
        for calls in [10, 3] {
            made.set_max_calls(calls);
            made.input_bytes(0).unwrap()[0] = 1;
            let cause = EvalError::Calls(calls);
            let error = made.invoke().unwrap_err();
            assert_eq!(error, InvokeError { subgraph, node: 0, cause });
            made.input_bytes(0).unwrap()[0] = 0;
            assert_eq!(made.invoke(), Ok(Outcome::Done));
            assert_eq!(made.output_bytes(0).unwrap(), [0]);
        }
    }
}

/// Each of 16 subgraphs calls the next one ten times.
#[test]
fn calls_of_calls_end() {
    let mut builder = ModelBuilder::new();
    for index in 0..16 {
        let graph = &mut builder.subgraph("s");
        for _ in 0..10 {
            let options = CallOnceOptions { init_subgraph_index: index + 1 };
            graph.operator(B::CALL_ONCE, &[], &[], options);
        }
    }
    builder.subgraph("last");
    let file = builder.finish();
    let model = Model::parse(&file).unwrap();
    let mut memory = Memory::new(ARENA_BYTES);
    let mut options = Options::default();
    // One for each subgraph, which lead to the last one; then the 15th goes on.
    options.max_calls = 16;
    let mut made = Interpreter::with_options(&model, EVERY, memory.bytes(), options).unwrap();
    let error = made.invoke().unwrap_err();
    assert_eq!(error, InvokeError { subgraph: 15, node: 1, cause: EvalError::Calls(16) });
    made.set_max_calls(1_000);
    assert_eq!(made.invoke(), Ok(Outcome::Done));
}

#[test]
fn an_initialization_that_fails_is_repeated() {
    // The index is out of range until somebody corrects it; the interpreter stays usable.
    let mut builder = ModelBuilder::new();
    let graph = &mut builder.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", TensorType::INT32, &[1]));
    let y = graph.tensor(TensorSpec::new("y", TensorType::INT32, &[1]));
    let index = handle(graph, Some(""), "index");
    assign(graph, index, x);
    graph.operator(B::CALL_ONCE, &[], &[], CallOnceOptions { init_subgraph_index: 1 });
    let result = handle(graph, Some(""), "result");
    read(graph, result, y);
    graph.inputs(&[x]).outputs(&[y]);
    let init = &mut builder.subgraph("init");
    let [at, quotient] =
        ["at", "quotient"].map(|name| init.tensor(TensorSpec::new(name, TensorType::INT32, &[1])));
    let hundred = TensorSpec::new("hundred", TensorType::INT32, &[1]).data_i32(&[100]);
    let hundred = init.tensor(hundred);
    let index = handle(init, Some(""), "index");
    read(init, index, at);
    init.operator(
        B::DIV,
        &[hundred, at],
        &[quotient],
        bantam_schema::options::DivOptions::default(),
    );
    let result = handle(init, Some(""), "result");
    assign(init, result, quotient);
    let file = builder.finish();
    let model = Model::parse(&file).unwrap();
    let mut memory = Memory::new(ARENA_BYTES);
    let mut made = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
    let mut step = |value: i32| {
        made.input::<i32>(0).unwrap()[0] = value;
        made.invoke().map(|_| made.output::<i32>(0).unwrap()[0])
    };
    let failed = step(0).unwrap_err();
    assert_eq!((failed.subgraph, failed.node), (1, 2));
    assert_eq!([step(7), step(50), step(0)], [Ok(14), Ok(14), Ok(14)]);
    made.reset().unwrap();
    made.input::<i32>(0).unwrap()[0] = 50;
    made.invoke().unwrap();
    assert_eq!(made.output::<i32>(0).unwrap(), [2]);
}

#[test]
fn ports_of_called_subgraphs_are_those_of_the_node() {
    let mut builder = ModelBuilder::new();
    let graph = &mut builder.subgraph("main");
    let x = graph.tensor(bytes(3));
    graph.operator(B::CALL_ONCE, &[], &[], CallOnceOptions { init_subgraph_index: 1 });
    graph.inputs(&[x]).outputs(&[x]);
    let init = &mut builder.subgraph("init");
    let (a, b) = (init.tensor(bytes(3).quantized(0.5, 0)), init.tensor(bytes(3).quantized(0.5, 0)));
    init.operator(B::ADD, &[a, a], &[b], AddOptions::default());
    init.inputs(&[a]).outputs(&[b]);
    let found = refused(&builder);
    assert_eq!(cause(found), Cause::Callee(1));
    assert_eq!(
        found.to_string(),
        "node 0 (CALL_ONCE): differs from what subgraph 1, which is called, has there"
    );

    // A condition has to be a truth value.
    let mut builder = ModelBuilder::new();
    let graph = &mut builder.subgraph("main");
    let (x, y) = (graph.tensor(bytes(1)), graph.tensor(bytes(1)));
    let options = WhileOptions { cond_subgraph_index: 1, body_subgraph_index: 1 };
    graph.operator(B::WHILE, &[x], &[y], options);
    graph.inputs(&[x]).outputs(&[y]);
    let body = &mut builder.subgraph("body");
    let (x, y) = (body.tensor(bytes(1)), body.tensor(bytes(1)));
    body.operator(B::RESHAPE, &[x], &[y], NodeOptions::None);
    body.inputs(&[x]).outputs(&[y]);
    assert_eq!(cause(refused(&builder)), Cause::Callee(1));
}

#[test]
fn every_operator_with_state_is_here() {
    // Whoever adds one has to add it to `keeps_state`.
    let with_state = |case: &&Case| {
        let file = case.file();
        let model = Model::parse(&file).unwrap();
        let mut memory = Memory::new(ARENA_BYTES);
        let made = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
        made.usage().category(Category::Variables) > 0
    };
    for case in cases().iter().filter(with_state) {
        // What these do not write of their outputs keeps its value in TFLM.
        let partly = ["TFLite_Detection_PostProcess", "SignalEnergy"];
        let writes_a_part = partly.contains(&case.operator_name().as_str());
        assert!(keeps_state(case) || writes_a_part, "{}", case.name);
    }
}
