//! Models at the edge: operators with state under a builtin's name, many nodes and few buffers,
//! parts that no element fits.

use bantam_interp::host::{Request, plan};
use bantam_interp::{
    EvalError, Extra, Failed, Interpreter, Io, OfflinePlan, Op, Operator, Outcome, Parts, Prepare,
    Slot, ops,
};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as B, Model, Options as Fields, TensorType};

use super::models::{Arena, Images, options};

/// Counts its runs into its state, and lets pass only every other one.
struct EveryOther;

impl Operator for EveryOther {
    type Data = Extra;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Extra, Failed> {
        node.require_operands(1..=1, 1)?;
        node.output(0)?.require_shape_of(&node.input(0)?)?;
        node.state(1)
    }

    fn eval(state: &Extra, io: &mut Io<'_>) -> Result<(), EvalError> {
        let ([output, count], reader) = io.split([Slot::Output(0), Slot::Extra(*state)])?;
        output.copy_from_slice(reader.input(0)?);
        count[0] ^= 1;
        let wait = count[0] == 1;
        if wait {
            io.stop();
        }
        Ok(())
    }
}

static STOPPING: &[Op] = &[
    Op::builtin::<EveryOther>(B::NEG),
    ops::MAX_POOL_2D,
    ops::RELU,
    ops::CONCATENATION,
    ops::RESIZE_NEAREST_NEIGHBOR,
];

/// What ends a run stays where it is, whatever its name: what comes before it runs each time, what
/// comes after it does not.
#[test]
fn operators_with_state_are_passed_by_no_other() {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let x = graph.small("x");
    let wide = ["w1", "w2", "w3"].map(|name| graph.large(name));
    let narrow = ["n1", "n2"].map(|name| graph.small(name));
    graph.widen(B::RESIZE_NEAREST_NEIGHBOR, x, wide[0]);
    graph.widen(B::RESIZE_NEAREST_NEIGHBOR, x, wide[1]);
    graph.0.operator(B::NEG, &[wide[1]], &[wide[2]], Fields::None);
    graph.pool(B::MAX_POOL_2D, wide[0], narrow[0]);
    graph.pool(B::MAX_POOL_2D, wide[2], narrow[1]);
    graph.0.inputs(&[x]).outputs(&narrow);
    let file = builder.finish();

    let model = Model::parse(&file).unwrap();
    let planned = plan(&model, STOPPING, &Request::default(), &mut |_| {}).unwrap();
    let place = |node: u32| planned.order.iter().position(|&other| other == node).unwrap();
    for node in [0, 1] {
        assert!(place(node) < place(2), "{:?}", planned.order);
    }
    for node in [3, 4] {
        assert!(place(node) > place(2), "{:?}", planned.order);
    }
}

/// Two tensors, and nodes that write them in turn.
#[test]
fn models_of_many_nodes_and_few_buffers_carry_plans_too() {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let tensors = [graph.small("x"), graph.small("y")];
    for node in 0..401 {
        graph.relu(tensors[node % 2], tensors[(node + 1) % 2]);
    }
    graph.0.inputs(&tensors[..1]).outputs(&tensors[1..]);
    let file = builder.finish();
    let model = Model::parse(&file).unwrap();
    let planned = plan(&model, ops::ALL, &Request::default(), &mut |_| {}).unwrap();
    assert_eq!(planned.order.len(), 401);
    let model = Model::parse(&planned.file).unwrap();
    let mut arena = vec![0_u128; planned.arena_bytes.div_ceil(16)];
    let arena = bytemuck::cast_slice_mut(&mut arena);
    let options = options(OfflinePlan::Require);
    assert!(Interpreter::with_options(&model, ops::ALL, arena, options).is_ok());
}

/// Puts inputs of any types one after the other.
struct Pack;

impl Operator for Pack {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(2..=2, 1)
    }

    const PARTS: Option<fn(&()) -> Parts> = Some(|()| Parts::Inputs);

    fn eval((): &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        let mut offset = 0;
        for input in 0..io.input_len() {
            let bytes = io.input_bytes(input);
            if !io.is_part(input, 0, offset) {
                let (output, reader) = io.output::<u8>(0)?;
                output[offset..offset + bytes].copy_from_slice(reader.input(input)?);
            }
            offset += bytes;
        }
        Ok(())
    }
}

/// Three bytes, then floats: as parts, no operator could write them.
#[test]
fn parts_lie_where_their_elements_are_aligned() {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let bytes = |name| TensorSpec::new(name, TensorType::INT8, &[3]).quantized(0.1, 0);
    let floats = |name| TensorSpec::new(name, TensorType::FLOAT32, &[4]);
    let (a, b) = (graph.tensor(bytes("a")), graph.tensor(floats("b")));
    let (first, second) = (graph.tensor(bytes("first")), graph.tensor(floats("second")));
    let whole = graph.tensor(TensorSpec::new("whole", TensorType::UINT8, &[19]));
    graph.operator(B::RELU, &[a], &[first], Fields::None);
    graph.operator(B::RELU, &[b], &[second], Fields::None);
    graph.custom("Pack", &[first, second], &[whole], &[]);
    graph.inputs(&[a, b]).outputs(&[whole]);
    let file = builder.finish();

    static PACKING: &[Op] = &[Op::custom::<Pack>("Pack"), ops::RELU];
    let model = Model::parse(&file).unwrap();
    let mut arena = Arena::new();
    let mut interpreter = Interpreter::new(&model, PACKING, arena.bytes()).unwrap();
    interpreter.input::<i8>(0).unwrap().copy_from_slice(&[1, -2, 3]);
    interpreter.input::<f32>(1).unwrap().copy_from_slice(&[1.0, -2.0, 3.0, 4.0]);
    assert_eq!(interpreter.invoke(), Ok(Outcome::Done));
    let packed = interpreter.output_bytes(0).unwrap();
    assert_eq!(packed[..3], [1, 0, 3]);
    let floats: Vec<f32> =
        packed[3..].chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!(floats, [1.0, 0.0, 3.0, 4.0]);
}
