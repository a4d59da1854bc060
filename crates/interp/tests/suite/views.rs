//! Parts lie in the whole: CONCATENATION copies nothing where its inputs are already in place.
use bantam_interp::host::Effort::Exact;
use bantam_interp::host::{Request, Search, map};
use bantam_interp::plan::{Buffers, Planner, Standard};
use bantam_interp::{Effort, Interpreter, Options as InterpreterOptions, Sharing, ops};
use bantam_planner::Problem as _;
use bantam_schema::options::{ConcatenationOptions, Pool2dOptions, SplitOptions};
use bantam_schema::write::{ModelBuilder, SubgraphBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as Op, Model, Options, TensorType};

/// Bytes of each part.
const PART: i32 = 160;

/// Two activations, made from one input and joined along `axis`; the joined one is made smaller by
/// a pool.
///
/// `late` reads the first part once more after it has been joined; `twice` joins the second part
/// with itself.
fn model(axis: i32, late: bool, twice: bool) -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let mut tensor = |shape: &[i32]| {
        graph.tensor(TensorSpec::new("", TensorType::INT8, shape).quantized(0.1, 0))
    };
    let part = [1, 2, PART / 2, 1];
    let mut whole = part;
    whole[axis as usize] *= 2;
    let (seed, a, b) = (tensor(&part), tensor(&part), tensor(&part));
    let (y, z) = (tensor(&whole), tensor(&[1, 1, 1, 1]));
    let extra = tensor(&part);
    graph.operator(Op::RELU, &[seed], &[a], Options::None);
    graph.operator(Op::RELU6, &[seed], &[b], Options::None);
    let first = if twice { b } else { a };
    let options = ConcatenationOptions { axis, ..ConcatenationOptions::default() };
    graph.operator(Op::CONCATENATION, &[first, b], &[y], options);
    let pool = Pool2dOptions {
        padding: bantam_schema::Padding::VALID,
        filter_height: whole[1],
        filter_width: whole[2],
        stride_h: 1,
        stride_w: 1,
        ..Pool2dOptions::default()
    };
    graph.operator(Op::MAX_POOL_2D, &[y], &[z], pool);
    if late {
        graph.operator(Op::RELU, &[a], &[extra], Options::None);
    }
    let outputs = if late { vec![z, y, extra] } else { vec![z, y] };
    graph.inputs(&[seed]).outputs(&outputs);
    builder.finish()
}

/// The overlay, and the outputs, of a run in memory full of rubbish.
fn run(file: &[u8], sharing: Sharing) -> (usize, Vec<Vec<u8>>) {
    let model = Model::parse(file).unwrap();
    let mut memory = vec![u128::from_ne_bytes([0xA5; 16]); 512];
    let mut options = InterpreterOptions::default();
    options.sharing = sharing;
    let arena = bytemuck::cast_slice_mut(&mut memory);
    let mut interpreter = Interpreter::with_options(&model, ops::ALL, arena, options).unwrap();
    for (index, seed) in (0..interpreter.input_len()).zip(0_i32..) {
        let input = interpreter.input::<i8>(index).unwrap();
        let values = (seed..).map(|i| (i * 37 % 200 - 100) as i8);
        input.iter_mut().zip(values).for_each(|(x, value)| *x = value);
    }
    interpreter.invoke().unwrap();
    let outputs = (0..interpreter.output_len()).map(|i| interpreter.output_bytes(i).unwrap());
    (interpreter.overlay_bytes(), outputs.map(<[u8]>::to_vec).collect())
}

#[test]
fn parts_are_made_where_they_belong() {
    for (axis, late, twice, expected) in [
        // The input and both parts, which are the whole.
        (1, false, false, 3 * PART),
        // A part that is read later may stay where it is, since nothing writes to it; one more
        // output.
        (1, true, false, 3 * PART + 16),
        // The rows of the parts alternate: both parts and the whole.
        (2, false, false, 4 * PART),
        // A part can only be in one place: it and the whole.
        (1, false, true, 3 * PART),
    ] {
        let file = model(axis, late, twice);
        let (bytes, outputs) = run(&file, Sharing::Overlap);
        let (apart_bytes, apart) = run(&file, Sharing::Apart);
        assert_eq!(outputs, apart, "axis {axis}, late {late}, twice {twice}");
        assert!(bytes <= apart_bytes, "{bytes} of {apart_bytes}");
        assert_eq!(bytes, expected as usize, "axis {axis}, late {late}, twice {twice}");
    }
}

/// Graph outputs outlast the last node, also as parts of something that it could overwrite.
#[test]
fn a_part_that_is_an_output_survives() {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let mut tensor = |rows: i32| {
        graph.tensor(TensorSpec::new("", TensorType::INT8, &[1, rows, 8, 1]).quantized(0.1, 0))
    };
    let (x, a, b, y, z) = (tensor(4), tensor(4), tensor(4), tensor(8), tensor(8));
    let options = ConcatenationOptions { axis: 1, ..ConcatenationOptions::default() };
    let pool = Pool2dOptions {
        padding: bantam_schema::Padding::VALID,
        filter_height: 1,
        filter_width: 1,
        stride_h: 1,
        stride_w: 1,
        ..Pool2dOptions::default()
    };
    graph.operator(Op::RELU, &[x], &[a], Options::None);
    graph.operator(Op::RELU6, &[x], &[b], Options::None);
    graph.operator(Op::CONCATENATION, &[a, b], &[y], options);
    graph.operator(Op::MAX_POOL_2D, &[y], &[z], pool);
    graph.inputs(&[x]).outputs(&[z, b]);
    let file = builder.finish();
    assert_eq!(run(&file, Sharing::Overlap).1, run(&file, Sharing::Apart).1);
}

/// A graph of rows of eight bytes, all of one quantization.
struct Rows<'m>(SubgraphBuilder<'m>);

impl Rows<'_> {
    fn tensor(&mut self, rows: i32) -> i32 {
        let spec = TensorSpec::new("", TensorType::INT8, &[1, rows, 8, 1]);
        self.0.tensor(spec.quantized(0.1, 0))
    }

    fn split(&mut self, whole: i32, parts: &[i32]) {
        let axis = TensorSpec::new("", TensorType::INT32, &[1]).data_i32(&[1]);
        let axis = self.0.tensor(axis);
        let options = SplitOptions { num_splits: parts.len() as i32 };
        self.0.operator(Op::SPLIT, &[axis, whole], parts, options);
    }

    fn concatenation(&mut self, parts: &[i32], whole: i32) {
        let options = ConcatenationOptions { axis: 1, ..ConcatenationOptions::default() };
        self.0.operator(Op::CONCATENATION, parts, &[whole], options);
    }

    /// Adds rows of zeros.
    fn pad(&mut self, [from, from_rows]: [i32; 2], [to, to_rows]: [i32; 2]) {
        let paddings = [0, 0, 0, to_rows - from_rows, 0, 0, 0, 0];
        let spec = TensorSpec::new("", TensorType::INT32, &[4, 2]);
        let paddings = self.0.tensor(spec.data_i32(&paddings));
        self.0.operator(Op::PAD, &[from, paddings], &[to], Options::None);
    }

    /// Leaves out rows.
    fn pool(&mut self, [from, from_rows]: [i32; 2], [to, to_rows]: [i32; 2]) {
        let pool = Pool2dOptions {
            padding: bantam_schema::Padding::VALID,
            filter_height: from_rows - to_rows + 1,
            filter_width: 1,
            stride_h: 1,
            stride_w: 1,
            ..Pool2dOptions::default()
        };
        self.0.operator(Op::MAX_POOL_2D, &[from], &[to], pool);
    }

    fn relu(&mut self, from: i32, to: i32) {
        self.0.operator(Op::RELU, &[from], &[to], Options::None);
    }
}

/// A graph of two wholes: the first had better not have its parts in it, since one of them is made
/// long before it; the second had better.
fn two_wholes() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = Rows(builder.subgraph("main"));
    let [seed, a, big, small, b, whole, between, c, d, second, y] =
        [1, 2, 30, 2, 10, 12, 1, 16, 16, 32, 1].map(|rows| [graph.tensor(rows), rows]);
    graph.pad(seed, a);
    graph.pad(seed, big);
    graph.pool(big, small);
    graph.pad(small, b);
    graph.concatenation(&[a[0], b[0]], whole[0]);
    graph.pool(whole, between);
    graph.pad(between, c);
    graph.pad(between, d);
    graph.concatenation(&[c[0], d[0]], second[0]);
    graph.pool(second, y);
    graph.0.inputs(&[seed[0]]).outputs(&[y[0]]);
    builder.finish()
}

/// All parts in their wholes take 42 rows at least: the first whole beside the largest tensor.
/// None take 64: the second whole beside its parts.
#[test]
fn each_whole_has_its_own_choice() {
    let file = two_wholes();
    let (bytes, outputs) = run(&file, Sharing::Overlap);
    assert!((32 * 8..36 * 8).contains(&bytes), "{bytes}");
    assert_eq!(outputs, run(&file, Sharing::Apart).1);
    // A plan that is stored says which, and a device follows it.
    let model = Model::parse(&file).unwrap();
    let planned = bantam_interp::host::plan(&model, ops::ALL, &Request::default(), &mut |_| {});
    let planned = planned.unwrap();
    let chosen = planned.map.buffers.iter().filter(|placed| placed.part_of.is_some()).count();
    assert_eq!(chosen, 2);
    assert!(planned.map.overlay_bytes as usize <= bytes);
    let (stored_bytes, stored) = run(&planned.file, Sharing::Overlap);
    assert_eq!((stored_bytes, stored), (planned.map.overlay_bytes as usize, outputs));
}

/// A whole is joined with a part that lies in it: that one has to be copied, so it cannot lie in
/// the output by way of the other.
#[test]
fn what_is_copied_to_a_whole_does_not_lie_in_it() {
    for order in [[0, 1], [1, 0], [1, 1]] {
        let mut builder = ModelBuilder::new();
        let mut graph = Rows(builder.subgraph("main"));
        let (x, v) = (graph.tensor(4), graph.tensor(4));
        let (p, q) = (graph.tensor(2), graph.tensor(2));
        let sources = order.map(|at| [v, p][at]);
        let y = graph.tensor(sources.iter().map(|&source| if source == v { 4 } else { 2 }).sum());
        graph.relu(x, v);
        graph.split(v, &[p, q]);
        graph.concatenation(&sources, y);
        graph.0.inputs(&[x]).outputs(&[y, q]);
        let file = builder.finish();
        assert_eq!(run(&file, Sharing::Overlap).1, run(&file, Sharing::Apart).1, "{order:?}");
    }
}

/// A graph input that a node writes later has two values, which need not be in the whole at the
/// same time.
#[test]
fn a_part_or_whole_that_is_also_an_input_keeps_both_values() {
    // The part of a SPLIT: the whole is written while the part still has the value from outside.
    let mut builder = ModelBuilder::new();
    let mut graph = Rows(builder.subgraph("main"));
    let (x, v, y) = (graph.tensor(4), graph.tensor(4), graph.tensor(2));
    let (p, q) = (graph.tensor(2), graph.tensor(2));
    graph.relu(x, v);
    graph.relu(p, y);
    graph.split(v, &[p, q]);
    graph.0.inputs(&[x, p]).outputs(&[y, p, q]);
    let split = builder.finish();

    // The output of a CONCATENATION: the part is written while the whole still has the value from
    // outside.
    let mut builder = ModelBuilder::new();
    let mut graph = Rows(builder.subgraph("main"));
    let (x, a, whole, y) = (graph.tensor(2), graph.tensor(2), graph.tensor(4), graph.tensor(4));
    graph.relu(x, a);
    graph.relu(whole, y);
    graph.concatenation(&[a, x], whole);
    graph.0.inputs(&[x, whole]).outputs(&[y, whole]);
    for file in [split, builder.finish()] {
        assert_eq!(run(&file, Sharing::Overlap).1, run(&file, Sharing::Apart).1);
    }
}

/// Plans only graphs with parts in their whole, or only those without.
struct Only {
    parts: bool,
}

impl Planner for Only {
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        workspace: &mut [u16],
    ) -> Result<u32, bantam_planner::Error> {
        let has_parts = (0..buffers.len()).any(|index| buffers.view(index).is_some());
        if has_parts != self.parts {
            return Err(bantam_planner::Error::Overflow { index: 0 });
        }
        Standard { effort: Effort::Portfolio }.plan(buffers, offsets, workspace)
    }
}

/// Parts can be planned in their whole or not; where one of the two has no plan, the other does.
#[test]
fn one_plan_of_the_two_is_enough() {
    let file = model(1, false, false);
    let model = Model::parse(&file).unwrap();
    let overlay = |parts| {
        let mut memory = vec![0_u128; 512];
        let arena = bytemuck::cast_slice_mut(&mut memory);
        let planner = &mut Only { parts };
        Interpreter::with_planner(&model, ops::ALL, arena, Sharing::default(), planner)
            .unwrap()
            .overlay_bytes()
    };
    assert_eq!((overlay(true), overlay(false)), (3 * PART as usize, 4 * PART as usize));
}

/// That no plan is smaller is only said where no part could have been treated otherwise.
#[test]
fn a_choice_of_parts_is_no_proof() {
    let file = model(1, false, false);
    let model = Model::parse(&file).unwrap();
    let planned = |sharing| {
        let effort = Exact(Search::default());
        map(&model, ops::ALL, sharing, effort, &mut |_| {}).unwrap()
    };
    assert!(planned(Sharing::Apart).is_optimal());
    let overlap = planned(Sharing::Overlap);
    assert!(overlap.has_parts() && !overlap.is_optimal());
    // The whole, in any case.
    assert_eq!(overlap.lower_bound, 2 * PART as u32);
}

/// The last rows of a tensor, which somebody reads as a whole afterwards, are not copied.
#[test]
fn a_slice_of_whole_rows_is_a_part_of_its_input() {
    let constant = |list: [i32; 4]| {
        let data: Vec<u8> = list.into_iter().flat_map(i32::to_le_bytes).collect();
        TensorSpec::new("", TensorType::INT32, &[4]).data(&data)
    };
    for (columns, expected) in [(8, 320 + 16), (7, 320 + 144 + 16)] {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let mut tensor = |shape: &[i32]| {
            graph.tensor(TensorSpec::new("", TensorType::INT8, shape).quantized(0.1, 0))
        };
        let (x, whole) = (tensor(&[1, 4, 8, 10]), tensor(&[1, 4, 8, 10]));
        let (slice, pooled) = (tensor(&[1, 2, columns, 10]), tensor(&[1, 1, 1, 10]));
        let begin = graph.tensor(constant([0, 2, 8 - columns, 0]));
        let size = graph.tensor(constant([1, 2, columns, 10]));
        let pool = Pool2dOptions {
            padding: bantam_schema::Padding::VALID,
            filter_height: 4,
            filter_width: 8,
            stride_h: 1,
            stride_w: 1,
            ..Pool2dOptions::default()
        };
        graph.operator(Op::RELU, &[x], &[whole], Options::None);
        graph.operator(Op::SLICE, &[whole, begin, size], &[slice], Options::None);
        graph.operator(Op::MAX_POOL_2D, &[whole], &[pooled], pool);
        graph.inputs(&[x]).outputs(&[slice, pooled]);
        let file = builder.finish();
        let (bytes, outputs) = run(&file, Sharing::Overlap);
        assert_eq!(outputs, run(&file, Sharing::Apart).1);
        assert_eq!(bytes, expected, "{columns}");
    }
}
