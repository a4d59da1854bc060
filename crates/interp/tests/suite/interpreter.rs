//! The interpreter from outside: custom operators, observers, state, plans, alignment, and errors
//! that help.

use bantam_interp::{
    Cause, Error, EvalError, Extra, Failed, Interpreter, InvokeError, Io, Node, Observer,
    OfflinePlan, Op, Operator, Options, Outcome, Outputs, PlanFault, PortError, Prepare,
    PrepareError, Slice, Slot, cast_mut, ops,
};
use bantam_schema::options::ReshapeOptions;
use bantam_schema::write::{ModelBuilder, OperatorSpec, TensorSpec};
use bantam_schema::{BuiltinOperator, Model, TensorType};
use bytemuck::{Pod, Zeroable};

/// Adds to its input a constant from the custom options, a table kept in the arena, and how often
/// it has run; goes through scratch.
struct Tally;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct TallyData {
    table: Slice<u8>,
    scratch: Extra,
    count: Extra,
    addend: u32,
}

impl Operator for Tally {
    type Data = TallyData;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<TallyData, Failed> {
        node.require_operands(1..=1, 1)?;
        let input = node.input(0)?;
        input.require_type(&[TensorType::UINT8])?;
        let len = input.element_len()?;
        let addend = node.operator().custom_options().first().copied();
        let addend = addend.ok_or_else(|| node.error(Cause::Options))?;
        Ok(TallyData {
            table: node.persist(len, |i| i as u8)?,
            scratch: node.scratch(len)?,
            count: node.state(1)?,
            addend: addend.into(),
        })
    }

    fn eval(data: &TallyData, io: &mut Io<'_>) -> Result<(), EvalError> {
        let table = io.persistent(data.table)?;
        let ([output, scratch, count], reader) =
            io.split([Slot::Output(0), Slot::Extra(data.scratch), Slot::Extra(data.count)])?;
        scratch.copy_from_slice(reader.input(0)?);
        let [count] = cast_mut::<u8>(count)? else { return Err(EvalError::Type) };
        for ((out, x), t) in output.iter_mut().zip(scratch).zip(table) {
            *out = x.wrapping_add(data.addend as u8).wrapping_add(*t).wrapping_add(*count);
        }
        *count += 1;
        if *count == 4 {
            io.stop();
        }
        Ok(())
    }
}

static OPS: &[Op] = &[Op::custom::<Tally>("Tally"), ops::RESHAPE];

/// x -> Tally -> a -> RESHAPE -> b -> Tally -> y
fn chain() -> Vec<u8> {
    let mut model = ModelBuilder::new();
    let mut graph = model.subgraph("main");
    let mut tensor =
        |name: &str, shape: &[i32]| graph.tensor(TensorSpec::new(name, TensorType::UINT8, shape));
    let (x, a) = (tensor("x", &[1, 20]), tensor("a", &[1, 20]));
    let (b, y) = (tensor("b", &[4, 5]), tensor("y", &[4, 5]));
    graph.custom("Tally", &[x], &[a], &[10]);
    graph.operator(BuiltinOperator::RESHAPE, &[a], &[b], ReshapeOptions::default());
    graph.custom("Tally", &[b], &[y], &[100]);
    graph.inputs(&[x]).outputs(&[y]);
    model.finish()
}

fn expected(run: u8) -> Vec<u8> {
    (0..20).map(|i| i + 10 + i + run + 100 + i + run).collect()
}

fn feed(interpreter: &mut Interpreter<'_>) {
    let input = interpreter.input::<u8>(0).unwrap();
    input.iter_mut().zip(0..).for_each(|(x, i)| *x = i);
}

#[test]
fn custom_operators_keep_tables_scratch_and_state() {
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let mut arena = vec![0xEE; 4096];
    let mut interpreter = Interpreter::new(&model, OPS, &mut arena).unwrap();
    for run in 0..3 {
        feed(&mut interpreter);
        assert_eq!(interpreter.invoke(), Ok(Outcome::Done));
        assert_eq!(interpreter.output::<u8>(0).unwrap(), expected(run));
    }
    interpreter.reset().unwrap();
    feed(&mut interpreter);
    interpreter.invoke().unwrap();
    assert_eq!(interpreter.output::<u8>(0).unwrap(), expected(0));
}

#[test]
fn stop_ends_the_invoke_without_an_error() {
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let mut arena = vec![0; 4096];
    let mut interpreter = Interpreter::new(&model, OPS, &mut arena).unwrap();
    for _ in 0..3 {
        interpreter.invoke().unwrap();
    }
    assert_eq!(interpreter.invoke(), Ok(Outcome::NeedMoreInput));
    // The first node has counted four runs, the last one three: it did not run.
    interpreter.reset().unwrap();
    assert_eq!(interpreter.invoke(), Ok(Outcome::Done));
}

#[test]
fn observer_sees_every_node_in_order() {
    #[derive(Default)]
    struct Names(Vec<String>);
    impl Observer for Names {
        fn before(&mut self, node: Node) {
            self.0.push(format!("{} {}", node.index, node.operator));
        }
        fn after(&mut self, node: Node, _outputs: &Outputs<'_>) {
            self.0.push(format!("/{}", node.index));
        }
    }
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let mut arena = vec![0; 4096];
    let mut names = Names::default();
    Interpreter::new(&model, OPS, &mut arena).unwrap().invoke_observed(&mut names).unwrap();
    assert_eq!(names.0, ["0 Tally", "/0", "1 RESHAPE", "/1", "2 Tally", "/2"]);
}

#[test]
fn arena_sweep_fails_cleanly_until_the_exact_figure() {
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let mut words = vec![0_u128; 256];
    let memory: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
    let needed = Interpreter::new(&model, OPS, memory).unwrap().arena_used_bytes();
    assert_eq!(needed % 16, 0);
    for bytes in 0..needed {
        let error = Interpreter::new(&model, OPS, &mut memory[..bytes]).map(|_| ()).unwrap_err();
        let Error::OutOfMemory { needed: said, available } = error else { panic!("{error}") };
        assert_eq!(available, bytes);
        // Below the planning table's size the figure is a lower bound, still beyond what there is.
        assert!(
            said == needed || bytes < 6 * 36 && said > available && said < needed,
            "{bytes}: {said}"
        );
    }
    for bytes in needed..needed + 40 {
        assert!(Interpreter::new(&model, OPS, &mut memory[..bytes]).is_ok());
    }
}

#[test]
fn overlay_may_have_its_own_memory_of_exact_size() {
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let (mut arena, mut overlay) = (vec![0_u128; 256], vec![0_u128; 256]);
    let arena: &mut [u8] = bytemuck::cast_slice_mut(&mut arena);
    let overlay: &mut [u8] = bytemuck::cast_slice_mut(&mut overlay);
    let (arena_bytes, overlay_bytes) = {
        let made = Interpreter::with_overlay(&model, OPS, arena, overlay, Options::default());
        let interpreter = made.unwrap();
        (interpreter.arena_used_bytes(), interpreter.overlay_bytes())
    };
    let mut make = |arena_bytes: usize, overlay_bytes: usize| {
        let (arena, overlay) = (&mut arena[..arena_bytes], &mut overlay[..overlay_bytes]);
        let mut interpreter =
            Interpreter::with_overlay(&model, OPS, arena, overlay, Options::default())?;
        feed(&mut interpreter);
        interpreter.invoke().unwrap();
        assert_eq!(interpreter.output::<u8>(0).unwrap(), expected(0));
        Ok::<(), Error>(())
    };
    assert_eq!(make(arena_bytes, overlay_bytes), Ok(()));
    let (needed, available) = (arena_bytes, arena_bytes - 1);
    assert_eq!(make(arena_bytes - 1, overlay_bytes), Err(Error::OutOfMemory { needed, available }));
    let (needed, available) = (overlay_bytes, overlay_bytes - 1);
    let error = Error::OverlayTooSmall { needed, available };
    assert_eq!(make(arena_bytes, overlay_bytes - 1), Err(error));
}

#[test]
fn any_alignment_of_model_and_arena_gives_the_same_results() {
    let file = chain();
    let needed = {
        let mut arena = vec![0; 4096];
        let model = Model::parse(&file).unwrap();
        Interpreter::new(&model, OPS, &mut arena).unwrap().arena_used_bytes()
    };
    for shift in 0..16 {
        let mut moved = vec![0; shift];
        moved.extend_from_slice(&file);
        let model = Model::parse(&moved[shift..]).unwrap();
        let mut words = vec![0_u128; 256];
        let memory: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
        // Up to 15 bytes are lost at each end of an arena that is not aligned.
        let mut interpreter =
            Interpreter::new(&model, OPS, &mut memory[shift..shift + needed + 30]).unwrap();
        assert_eq!(interpreter.arena_used_bytes(), needed);
        feed(&mut interpreter);
        interpreter.invoke().unwrap();
        assert_eq!(interpreter.output::<u8>(0).unwrap(), expected(0));
    }
}

#[test]
fn missing_operators_are_named() {
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let message = |ops: &'static [Op]| {
        let mut arena = vec![0; 4096];
        Interpreter::new(&model, ops, &mut arena).map(|_| ()).unwrap_err().to_string()
    };
    static WITHOUT_RESHAPE: &[Op] = &[Op::custom::<Tally>("Tally")];
    assert_eq!(
        message(ops::ALL),
        "node 0 needs the custom operator Tally, which is not in the operator list"
    );
    assert_eq!(message(WITHOUT_RESHAPE), "node 1 needs RESHAPE, which is not in the operator list");
}

#[test]
fn programs_for_accelerators_are_named() {
    for name in ["ethos-u", "edgetpu-custom-op"] {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let x = graph.tensor(TensorSpec::new("x", TensorType::INT8, &[1]));
        let y = graph.tensor(TensorSpec::new("y", TensorType::INT8, &[1]));
        graph.add(OperatorSpec::custom(name, &[x], &[y]));
        graph.inputs(&[x]).outputs(&[y]);
        let file = builder.finish();
        let model = Model::parse(&file).unwrap();
        let error = Interpreter::new(&model, ops::ALL, &mut []).map(|_| ()).unwrap_err();
        let Error::MissingOperator { operator, .. } = error else { panic!("{error}") };
        assert!(operator.is_accelerated());
        assert_eq!(
            error.to_string(),
            format!(
                "node 0 is a program for an accelerator ({name}): take the model as it was before it \
                 was compiled for that"
            )
        );
    }
}

#[test]
fn ports_refuse_wrong_types_and_indices() {
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let mut arena = vec![0; 4096];
    let mut interpreter = Interpreter::new(&model, OPS, &mut arena).unwrap();
    assert_eq!(interpreter.input::<i8>(0), Err(PortError::Type(TensorType::UINT8)));
    assert_eq!(interpreter.output::<u8>(1), Err(PortError::Index { index: 1, len: 1 }));
    assert_eq!(interpreter.input_bytes(7), Err(PortError::Index { index: 7, len: 1 }));
    assert_eq!(interpreter.input_tensor(0).unwrap().name(), Some("x"));
}

#[test]
fn failures_name_node_and_tensor() {
    let mut model = ModelBuilder::new();
    let mut graph = model.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", TensorType::INT8, &[1, 20]));
    let y = graph.tensor(TensorSpec::new("y", TensorType::INT8, &[1, 19]));
    graph.operator(BuiltinOperator::RESHAPE, &[x], &[y], ReshapeOptions::default());
    graph.inputs(&[x]).outputs(&[y]);
    let file = model.finish();
    let model = Model::parse(&file).unwrap();
    let mut arena = vec![0; 4096];
    let error = Interpreter::new(&model, OPS, &mut arena).map(|_| ()).unwrap_err();
    let cause = PrepareError { tensor: Some(1), cause: Cause::Shape };
    assert!(matches!(error, Error::Prepare { node: 0, error, .. } if error == cause), "{error}");
    assert_eq!(
        error.to_string(),
        "node 0 (RESHAPE): tensor 1: shape does not fit the other operands"
    );
}

/// An operator that asks for an operand that is not there.
struct Faulty;

impl Operator for Faulty {
    type Data = ();
    fn prepare(_node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        Ok(())
    }
    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        io.output::<u8>(1).map(|_| ())
    }
}

#[test]
fn failing_nodes_leave_the_interpreter_usable() {
    static FAULTY: &[Op] = &[Op::custom::<Faulty>("Tally"), ops::RESHAPE];
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let mut arena = vec![0; 4096];
    let mut interpreter = Interpreter::new(&model, FAULTY, &mut arena).unwrap();
    for _ in 0..2 {
        assert_eq!(
            interpreter.invoke(),
            Err(InvokeError { subgraph: 0, node: 0, cause: EvalError::MissingOperand })
        );
    }
}

/// The chain with a plan of these offsets for its four tensors.
fn planned(offsets: &[i32]) -> Vec<u8> {
    let file = chain();
    let mut model = ModelBuilder::from_model(&Model::parse(&file).unwrap()).unwrap();
    let words = [0, 1, offsets.len() as i32].into_iter().chain(offsets.iter().copied());
    let data: Vec<u8> = words.flat_map(i32::to_le_bytes).collect();
    model.metadata("OfflineMemoryAllocation", &data);
    model.finish()
}

fn overlay(file: &[u8], offline_plan: OfflinePlan) -> Result<usize, Error> {
    let model = Model::parse(file).unwrap();
    let mut arena = vec![0; 4096];
    let mut options = Options::default();
    options.offline_plan = offline_plan;
    let mut interpreter = Interpreter::with_options(&model, OPS, &mut arena, options)?;
    feed(&mut interpreter);
    interpreter.invoke().unwrap();
    assert_eq!(interpreter.output::<u8>(0).unwrap(), expected(0));
    Ok(interpreter.overlay_bytes())
}

#[test]
fn offline_plans_are_used_if_valid_and_never_trusted() {
    // The online plan: two buffers of 32 and a scratch of 32 between them.
    let online = overlay(&chain(), OfflinePlan::IfValid).unwrap();
    assert_eq!(online, 96);

    let roomy = planned(&[0, 64, 128, 320]);
    assert_eq!(overlay(&roomy, OfflinePlan::IfValid), Ok(352));
    assert_eq!(overlay(&roomy, OfflinePlan::Require), Ok(352));
    assert_eq!(overlay(&roomy, OfflinePlan::Ignore), Ok(online));
    assert_eq!(overlay(&planned(&[-1, -1, 128, -1]), OfflinePlan::Require), Ok(160));

    // Live tensors on top of each other, or not aligned.
    for bad in [planned(&[0, 16, 64, 128]), planned(&[0, 33, 64, 128])] {
        assert_eq!(overlay(&bad, OfflinePlan::IfValid), Ok(online));
        assert_eq!(overlay(&bad, OfflinePlan::Require), Err(Error::InvalidPlan(PlanFault::Tflm)));
    }
    // As in TFLM, a plan for another number of tensors is an error.
    assert_eq!(
        overlay(&planned(&[0, 32]), OfflinePlan::IfValid),
        Err(Error::InvalidPlan(PlanFault::Tflm))
    );
    assert_eq!(overlay(&planned(&[0, 32]), OfflinePlan::Ignore), Ok(online));
}

#[test]
fn a_misaligned_arena_that_is_as_long_as_asked_for_does() {
    #[repr(C, align(16))]
    struct Aligned([u8; 4096]);
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let mut memory = Aligned([0; 4096]);
    let aligned = Interpreter::new(&model, OPS, &mut memory.0).unwrap().arena_used_bytes();
    for skip in 0..16_usize {
        let len = 15;
        let short = Interpreter::new(&model, OPS, &mut memory.0[skip..skip + len]).unwrap_err();
        let Error::OutOfMemory { available, .. } = short else { panic!("{short}") };
        assert_eq!(available, len, "its own length");
        let len = aligned - 16;
        let short = Interpreter::new(&model, OPS, &mut memory.0[skip..skip + len]).unwrap_err();
        let Error::OutOfMemory { needed, available } = short else { panic!("{short}") };
        assert_eq!((needed, available), (aligned + (16 - skip) % 16, len), "{skip}");
        Interpreter::new(&model, OPS, &mut memory.0[skip..skip + needed]).unwrap();
        Interpreter::new(&model, OPS, &mut memory.0[skip..skip + needed - 1]).unwrap_err();
    }
}
