//! Small models to be planned, and how to run them.

use bantam_interp::{
    Error, EvalError, Extra, Failed, Interpreter, Io, OfflinePlan, Op, Operator, Options, Outcome,
    Prepare, Slot, ops,
};
use bantam_schema::options::{
    ConcatenationOptions, Pool2dOptions, ResizeBilinearOptions, ResizeNearestNeighborOptions,
};
use bantam_schema::write::{ModelBuilder, SubgraphBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as B, Model, Options as Fields, TensorType};

/// Turns its input round, by way of scratch.
struct Turn;

impl Operator for Turn {
    type Data = Extra;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Extra, Failed> {
        node.require_operands(1..=1, 1)?;
        let input = node.input(0)?;
        input.require_type(&[TensorType::INT8])?;
        node.output(0)?.require_shape_of(&input)?;
        node.scratch(input.element_len()?)
    }

    fn eval(scratch: &Extra, io: &mut Io<'_>) -> Result<(), EvalError> {
        let ([output, scratch], reader) = io.split([Slot::Output(0), Slot::Extra(*scratch)])?;
        scratch.copy_from_slice(reader.input(0)?);
        scratch.reverse();
        output.copy_from_slice(scratch);
        Ok(())
    }
}

pub(crate) static OPS: &[Op] = &[
    Op::custom::<Turn>("Turn"),
    ops::AVERAGE_POOL_2D,
    ops::CONCATENATION,
    ops::MAX_POOL_2D,
    ops::RELU,
    ops::RESIZE_BILINEAR,
    ops::RESIZE_NEAREST_NEIGHBOR,
];

/// Rows and columns of small tensors, and of large ones.
const SMALL: i32 = 4;
const LARGE: i32 = 16;

/// A graph of int8 images that differ in their size only.
pub(crate) struct Images<'m>(pub(crate) SubgraphBuilder<'m>);

impl Images<'_> {
    fn image(&mut self, name: &str, rows: i32, columns: i32) -> i32 {
        let spec = TensorSpec::new(name, TensorType::INT8, &[1, rows, columns, 2]);
        self.0.tensor(spec.quantized(0.1, 3))
    }

    pub(crate) fn small(&mut self, name: &str) -> i32 {
        self.image(name, SMALL, SMALL)
    }

    pub(crate) fn large(&mut self, name: &str) -> i32 {
        self.image(name, LARGE, LARGE)
    }

    /// A state that the graph carries.
    pub(crate) fn state(&mut self, name: &str) -> i32 {
        let spec = TensorSpec::new(name, TensorType::INT8, &[1, SMALL, SMALL, 2]);
        self.0.tensor(spec.quantized(0.1, 3).variable())
    }

    pub(crate) fn widen(&mut self, op: B, from: i32, to: i32) {
        let size = TensorSpec::new("size", TensorType::INT32, &[2]).data_i32(&[LARGE, LARGE]);
        let size = self.0.tensor(size);
        let options: Fields<'_> = match op {
            B::RESIZE_BILINEAR => ResizeBilinearOptions::default().into(),
            _ => ResizeNearestNeighborOptions::default().into(),
        };
        self.0.operator(op, &[from, size], &[to], options);
    }

    pub(crate) fn pool(&mut self, op: B, from: i32, to: i32) {
        let side = LARGE / SMALL;
        let options = Pool2dOptions {
            filter_height: side,
            filter_width: side,
            stride_h: side,
            stride_w: side,
            ..Pool2dOptions::default()
        };
        self.0.operator(op, &[from], &[to], options);
    }

    pub(crate) fn relu(&mut self, from: i32, to: i32) {
        self.0.operator(B::RELU, &[from], &[to], Fields::None);
    }

    pub(crate) fn turn(&mut self, from: i32, to: i32) {
        self.0.custom("Turn", &[from], &[to], &[]);
    }

    /// Two images above each other; gives the result.
    fn join(&mut self, parts: [i32; 2], rows: i32, columns: i32) -> i32 {
        let whole = self.image("whole", 2 * rows, columns);
        let options = ConcatenationOptions { axis: 1, ..ConcatenationOptions::default() };
        self.0.operator(B::CONCATENATION, &parts, &[whole], options);
        whole
    }

    /// An image as high as two small ones.
    fn tall(&mut self, name: &str) -> i32 {
        self.image(name, 2 * SMALL, SMALL)
    }
}

/// Two wide images, which are parts of a whole: apart they would need twice as much.
pub(crate) fn parts() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let (x, turned) = (graph.small("x"), graph.small("turned"));
    let wide = ["w1", "w2"].map(|name| graph.large(name));
    graph.turn(x, turned);
    graph.widen(B::RESIZE_NEAREST_NEIGHBOR, turned, wide[0]);
    graph.widen(B::RESIZE_BILINEAR, turned, wide[1]);
    let whole = graph.join(wide, LARGE, LARGE);
    let y = graph.tall("y");
    graph.pool(B::MAX_POOL_2D, whole, y);
    graph.0.inputs(&[x]).outputs(&[y]);
    builder.finish()
}

/// Two branches that first widen, both of them, and then shrink: one branch after the other would
/// need less.
///
/// There are scratch, and outputs over inputs in both directions.
pub(crate) fn branches() -> Vec<u8> {
    branches_of([B::MAX_POOL_2D, B::AVERAGE_POOL_2D], false)
}

/// As [`branches`], with other operators that shrink; `custom`: the branches begin with a custom
/// operator.
pub(crate) fn branches_of(pools: [B; 2], custom: bool) -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let (x, turned) = (graph.small("x"), graph.small("turned"));
    let wide = ["w1", "w2"].map(|name| graph.large(name));
    let narrow = ["n1", "n2"].map(|name| graph.small(name));
    graph.turn(x, turned);
    graph.widen(B::RESIZE_NEAREST_NEIGHBOR, turned, wide[0]);
    graph.widen(B::RESIZE_BILINEAR, turned, wide[1]);
    if custom {
        let between = graph.large("between");
        graph.turn(wide[1], between);
        graph.pool(pools[0], wide[0], narrow[0]);
        graph.pool(pools[1], between, narrow[1]);
    } else {
        graph.pool(pools[0], wide[0], narrow[0]);
        graph.pool(pools[1], wide[1], narrow[1]);
    }
    let whole = graph.join(narrow, SMALL, SMALL);
    let y = graph.tall("y");
    graph.relu(whole, y);
    graph.0.inputs(&[x]).outputs(&[y]);
    builder.finish()
}

/// Memory at a multiple of 16, full of what nobody should read.
pub(crate) struct Arena(Vec<u128>);

impl Arena {
    pub(crate) fn new() -> Self {
        Self(vec![u128::from_ne_bytes([0xA5; 16]); 512])
    }

    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}

/// What an interpreter of a model is like, and what it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) arena_bytes: usize,
    pub(crate) overlay_bytes: usize,
    /// Of two invokes, one after the other.
    pub(crate) outputs: Vec<Vec<u8>>,
}

pub(crate) fn options(offline_plan: OfflinePlan) -> Options {
    let mut options = Options::default();
    options.offline_plan = offline_plan;
    options
}

pub(crate) fn run(file: &[u8], offline_plan: OfflinePlan) -> Result<Answer, Error> {
    run_with(file, options(offline_plan))
}

pub(crate) fn run_with(file: &[u8], options: Options) -> Result<Answer, Error> {
    let model = Model::parse(file).unwrap();
    let mut arena = Arena::new();
    let mut interpreter = Interpreter::with_options(&model, OPS, arena.bytes(), options)?;
    let mut outputs = Vec::new();
    for seed in [37_u8, 91] {
        let input = interpreter.input_bytes(0).unwrap();
        input.iter_mut().zip(0_u8..).for_each(|(x, i)| *x = i.wrapping_mul(seed));
        assert_eq!(interpreter.invoke(), Ok(Outcome::Done));
        let all = (0..interpreter.output_len()).map(|i| interpreter.output_bytes(i).unwrap());
        outputs.extend(all.map(<[u8]>::to_vec));
    }
    let (arena_bytes, overlay_bytes) =
        (interpreter.arena_used_bytes(), interpreter.overlay_bytes());
    Ok(Answer { arena_bytes, overlay_bytes, outputs })
}
