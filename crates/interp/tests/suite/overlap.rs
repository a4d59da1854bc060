//! Random graphs give the same outputs whether tensors lie over each other or not, and with plans made on a host.
//!
//! A tensor that is an output of the graph must survive, so nothing may lie over it: making every tensor an output
//! forbids all overlaps.

use bantam_interp::host::{self, Planned, Request, Search};
use bantam_interp::{
    Effort, Error, Interpreter, OfflinePlan, Options as InterpreterOptions, Outcome, Sharing, ops,
};
use bantam_planner::schedule;
use bantam_schema::options::{
    AddOptions, ConcatenationOptions, Conv2dOptions, DepthwiseConv2dOptions, FullyConnectedOptions,
    MulOptions, Pool2dOptions, ReshapeOptions, ResizeBilinearOptions, ResizeNearestNeighborOptions,
    SplitOptions, SplitVOptions, SubOptions, TransposeConvOptions,
};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as Op, Model, Options, Padding, TensorType};
use proptest::prelude::*;

/// Height, width and channels; there are as many batches in all of a graph.
type Size = [i32; 3];

/// One node to be: the numbers are cut to what the graph at hand allows.
#[derive(Clone, Copy, Debug)]
struct Step {
    kind: u8,
    from: [usize; 2],
    filter: [i32; 2],
    stride: [i32; 2],
    dilation: [i32; 2],
    channels: i32,
    same: bool,
    per_channel: bool,
    /// Write to a tensor that there is already, if one fits.
    again: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let pair = |max: i32| [1..=max, 1..=max];
    let flags = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.1));
    (0..19_u8, [0..64_usize, 0..64], pair(3), pair(2), pair(2), 1..=5_i32, flags).prop_map(
        |(kind, from, filter, stride, dilation, channels, (same, per_channel, again))| Step {
            kind,
            from,
            filter,
            stride,
            dilation,
            channels,
            same,
            per_channel,
            again,
        },
    )
}

#[derive(Clone, Debug)]
struct Plan {
    tensor_type: TensorType,
    batches: i32,
    inputs: Vec<Size>,
    steps: Vec<Step>,
    /// Tensors that are outputs besides the last one.
    outputs: Vec<usize>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let types = vec![TensorType::INT8, TensorType::INT16, TensorType::FLOAT32];
    let size = [1..=9_i32, 1..=6, 1..=4];
    (
        prop::sample::select(types),
        1..=2_i32,
        prop::collection::vec(size, 1..=2),
        prop::collection::vec(step(), 1..10),
        prop::collection::vec(0..64_usize, 0..2),
    )
        .prop_map(|(tensor_type, batches, inputs, steps, outputs)| Plan {
            tensor_type,
            batches,
            inputs,
            steps,
            outputs,
        })
}

/// A graph under construction, with the sizes of its activations.
struct Graph<'p> {
    plan: &'p Plan,
    constants: Vec<TensorSpec>,
    activations: Vec<Size>,
    nodes: Vec<Node>,
}

/// Operator, inputs, outputs and options. Constant `i` stands as `-1 - i` among the inputs.
type Node = (Op, Vec<i32>, Vec<usize>, Options<'static>);

/// How often a window fits along one dimension.
fn windows(len: i32, filter: i32, stride: i32, same: bool) -> Option<i32> {
    let count = if same { (len + stride - 1) / stride } else { (len - filter) / stride + 1 };
    (same || len >= filter).then_some(count)
}

impl Graph<'_> {
    fn constant(&mut self, spec: TensorSpec) -> i32 {
        self.constants.push(spec);
        -(self.constants.len() as i32)
    }

    /// A filter and a bias, of values that differ from each other. `dimension` is that of the output channels.
    fn weights(&mut self, shape: [i32; 4], dimension: usize, per_channel: bool) -> [i32; 2] {
        let (channels, len) = (shape[dimension], shape.iter().product::<i32>());
        let values = || (0..len).map(|i| (i * 37 + 11) % 63 - 31);
        let filter =
            if self.plan.tensor_type == TensorType::FLOAT32 {
                let values: Vec<f32> = values().map(|x| x as f32 / 40.0).collect();
                TensorSpec::new("", TensorType::FLOAT32, &shape).data_f32(&values)
            } else {
                let values: Vec<i8> = values().map(|x| x as i8).collect();
                let count = if per_channel { channels as usize } else { 1 };
                let scales: Vec<f32> = (0..count).map(|i| 0.02 + 0.003 * i as f32).collect();
                TensorSpec::new("", TensorType::INT8, &shape)
                    .data_i8(&values)
                    .quantized_per_channel(&scales, &vec![0; count], dimension as i32)
            };
        let values: Vec<i32> = (0..channels).map(|i| i * 5 - 7).collect();
        let spec = |kind| TensorSpec::new("", kind, &[channels]);
        let bias = match self.plan.tensor_type {
            TensorType::FLOAT32 => {
                let values: Vec<f32> = values.iter().map(|&x| x as f32).collect();
                spec(TensorType::FLOAT32).data_f32(&values)
            }
            TensorType::INT16 => {
                let values: Vec<i64> = values.iter().map(|&x| x.into()).collect();
                spec(TensorType::INT64).data_i64(&values)
            }
            _ => spec(TensorType::INT32).data_i32(&values),
        };
        [self.constant(filter), self.constant(bias)]
    }

    /// An activation of size `size`, as `choice` has it.
    fn of_size(&self, size: Size, choice: usize) -> Option<usize> {
        self.fitting(|other| other == size, choice)
    }

    /// An activation of a size that fits, as `choice` has it.
    fn fitting(&self, fits: impl Fn(Size) -> bool, choice: usize) -> Option<usize> {
        let fitting = || (0..self.activations.len()).filter(|&i| fits(self.activations[i]));
        fitting().nth(choice % fitting().count().max(1))
    }

    /// A constant vector of `i32`.
    fn integers(&mut self, values: &[i32]) -> i32 {
        let shape = [values.len() as i32];
        self.constant(TensorSpec::new("", TensorType::INT32, &shape).data_i32(values))
    }

    /// Adds the node that `step` describes, if the graph can have it.
    fn add(&mut self, step: &Step) -> Option<()> {
        let from = step.from[0] % self.activations.len();
        let [h, w, c] = self.activations[from];
        let ([fh, fw], [sh, sw]) = (step.filter, step.stride);
        // Strides and dilations exclude each other.
        let dilated = step.kind < 4 && (sh, sw) == (1, 1);
        let [dh, dw] = if dilated { step.dilation } else { [1, 1] };
        let padding = if step.same { Padding::SAME } else { Padding::VALID };
        let (oh, ow) = (
            windows(h, (fh - 1) * dh + 1, sh, step.same),
            windows(w, (fw - 1) * dw + 1, sw, step.same),
        );
        let mut inputs = vec![from as i32];
        // Of the outputs behind the first one.
        let mut others = vec![];
        let (op, size, options) = match step.kind {
            0 | 1 => {
                let oc = step.channels;
                inputs.extend(self.weights([oc, fh, fw, c], 0, step.per_channel));
                let options = Conv2dOptions {
                    padding,
                    stride_h: sh,
                    stride_w: sw,
                    dilation_h_factor: dh,
                    dilation_w_factor: dw,
                    ..Conv2dOptions::default()
                };
                (Op::CONV_2D, [oh?, ow?, oc], options.into())
            }
            2 | 3 => {
                let oc = if c < 4 { c * step.channels.min(2) } else { c };
                inputs.extend(self.weights([1, fh, fw, oc], 3, step.per_channel));
                let options = DepthwiseConv2dOptions {
                    padding,
                    stride_h: sh,
                    stride_w: sw,
                    depth_multiplier: oc / c,
                    dilation_h_factor: dh,
                    dilation_w_factor: dw,
                    ..DepthwiseConv2dOptions::default()
                };
                (Op::DEPTHWISE_CONV_2D, [oh?, ow?, oc], options.into())
            }
            4 | 5 => {
                let options = Pool2dOptions {
                    padding,
                    stride_h: sh,
                    stride_w: sw,
                    filter_height: fh,
                    filter_width: fw,
                    ..Pool2dOptions::default()
                };
                let op = if step.kind == 4 { Op::AVERAGE_POOL_2D } else { Op::MAX_POOL_2D };
                (op, [oh?, ow?, c], options.into())
            }
            6..=8 => {
                inputs.push(self.of_size([h, w, c], step.from[1])? as i32);
                match step.kind {
                    6 => (Op::ADD, [h, w, c], AddOptions::default().into()),
                    7 => (Op::SUB, [h, w, c], SubOptions::default().into()),
                    _ => (Op::MUL, [h, w, c], MulOptions::default().into()),
                }
            }
            9 => {
                let extra = i32::from(step.per_channel);
                let paddings = [0, 0, fh - 1, sh, fw - 1, sw, 0, extra];
                let spec = TensorSpec::new("", TensorType::INT32, &[4, 2]).data_i32(&paddings);
                inputs.push(self.constant(spec));
                (Op::PAD, [h + fh - 1 + sh, w + fw - 1 + sw, c + extra], Options::None)
            }
            10 => {
                let size = if step.same { [w, h, c] } else { [h * w, 1, c] };
                (Op::RESHAPE, size, ReshapeOptions::default().into())
            }
            11 => {
                let mut rows = h;
                for choice in &step.from[..1 + usize::from(step.per_channel)] {
                    let other = self.fitting(|size| size[1..] == [w, c], step.from[1] + choice)?;
                    rows += self.activations[other][0];
                    inputs.push(other as i32);
                }
                let options = ConcatenationOptions { axis: 1, ..ConcatenationOptions::default() };
                (Op::CONCATENATION, [rows, w, c], options.into())
            }
            13 | 14 => {
                let size = if step.same { [h * sh + fh - 1, w * sw] } else { [h / sh, w / sw] };
                let [oh, ow] = size.map(|n| n.max(1));
                inputs.push(self.integers(&[oh, ow]));
                let (align_corners, half_pixel_centers) =
                    (step.per_channel, !step.per_channel && fh > 1);
                if step.kind == 13 {
                    let options =
                        ResizeNearestNeighborOptions { align_corners, half_pixel_centers };
                    (Op::RESIZE_NEAREST_NEIGHBOR, [oh, ow, c], options.into())
                } else if self.plan.tensor_type == TensorType::INT16 {
                    return None;
                } else {
                    let options = ResizeBilinearOptions { align_corners, half_pixel_centers };
                    (Op::RESIZE_BILINEAR, [oh, ow, c], options.into())
                }
            }
            15 => {
                let oc = step.channels;
                let [filter, bias] = self.weights([oc, fh, fw, c], 0, step.per_channel);
                let [oh, ow] = if step.same {
                    [h * sh, w * sw]
                } else {
                    [(h - 1) * sh + fh, (w - 1) * sw + fw]
                };
                let shape = self.integers(&[self.plan.batches, oh, ow, oc]);
                inputs = vec![shape, filter, from as i32, bias];
                let options = TransposeConvOptions {
                    padding,
                    stride_h: sh,
                    stride_w: sw,
                    ..TransposeConvOptions::default()
                };
                (Op::TRANSPOSE_CONV, [oh, ow, oc], options.into())
            }
            16 => {
                // A row for each pixel.
                let oc = step.channels;
                inputs.extend(self.weights([1, 1, oc, c], 2, true));
                let options = FullyConnectedOptions { keep_num_dims: true, ..Default::default() };
                (Op::FULLY_CONNECTED, [h, w, oc], options.into())
            }
            17 | 18 => {
                // Along the rows the parts may lie in the whole, along the channels they cannot.
                let (axis, len) = if step.same { (1, h) } else { (3, c) };
                let part = |len| if step.same { [len, w, c] } else { [h, w, len] };
                let axis = self.integers(&[axis]);
                if step.kind == 17 {
                    let parts = if len % fh == 0 { fh } else { 1 };
                    others = vec![part(len / parts); parts as usize - 1];
                    inputs.insert(0, axis);
                    let options = SplitOptions { num_splits: parts };
                    (Op::SPLIT, part(len / parts), options.into())
                } else {
                    let first = fw.min(len - 1);
                    if first < 1 {
                        return None;
                    }
                    others = vec![part(len - first)];
                    inputs.extend([self.integers(&[first, len - first]), axis]);
                    (Op::SPLIT_V, part(first), SplitVOptions { num_splits: 2 }.into())
                }
            }
            _ => (Op::RELU, [h, w, c], Options::None),
        };
        let old = self.of_size(size, step.from[1]);
        let old = old.filter(|&i| step.again && !inputs.contains(&(i as i32)));
        let mut outputs = vec![old.unwrap_or_else(|| self.activation(size))];
        outputs.extend(others.into_iter().map(|size| self.activation(size)));
        self.nodes.push((op, inputs, outputs, options));
        Some(())
    }

    /// A new activation.
    fn activation(&mut self, size: Size) -> usize {
        self.activations.push(size);
        self.activations.len() - 1
    }
}

/// The model of `plan`, and how many outputs it has that the plan asks for; all activations come after them if `all` is
/// set.
fn model(plan: &Plan, all: bool) -> (Vec<u8>, usize) {
    let activations = plan.inputs.clone();
    let mut graph = Graph { plan, constants: vec![], activations, nodes: vec![] };
    for step in &plan.steps {
        if graph.activations.iter().all(|size| size.iter().product::<i32>() < 1000) {
            graph.add(step);
        }
    }
    let len = graph.activations.len();
    let mut outputs = vec![graph.nodes.last().map_or(0, |node| node.2[0])];
    outputs.extend(plan.outputs.iter().map(|i| i % len));
    let named = outputs.len();
    if all {
        outputs.extend(0..len);
    }

    let mut builder = ModelBuilder::new();
    let mut subgraph = builder.subgraph("main");
    for &[h, w, c] in &graph.activations {
        let spec = TensorSpec::new("", plan.tensor_type, &[plan.batches, h, w, c]);
        subgraph.tensor(match plan.tensor_type {
            TensorType::INT8 => spec.quantized(0.1, 3),
            TensorType::INT16 => spec.quantized(0.01, 0),
            _ => spec,
        });
    }
    for constant in graph.constants {
        subgraph.tensor(constant);
    }
    let indices = |list: Vec<usize>| list.into_iter().map(|i| i as i32).collect::<Vec<_>>();
    for (op, inputs, outputs, options) in graph.nodes {
        let index = |i: i32| if i < 0 { len as i32 - 1 - i } else { i };
        let inputs: Vec<i32> = inputs.into_iter().map(index).collect();
        subgraph.operator(op, &inputs, &indices(outputs), options);
    }
    subgraph.inputs(&indices((0..plan.inputs.len()).collect())).outputs(&indices(outputs));
    (builder.finish(), named)
}

type How = (Effort, Sharing);

/// Plans that the models carry must be valid.
fn options((effort, sharing): How) -> InterpreterOptions {
    let mut options = InterpreterOptions::default();
    (options.effort, options.sharing) = (effort, sharing);
    options.offline_plan = OfflinePlan::Require;
    options
}

/// Runs `file` twice in `arena`; gives its first `count` outputs.
fn run(file: &[u8], arena: &mut [u8], how: How, count: usize) -> Vec<Vec<u8>> {
    let model = Model::parse(file).unwrap();
    let options = options(how);
    let mut interpreter = Interpreter::with_options(&model, ops::ALL, arena, options).unwrap();
    for _ in 0..2 {
        for index in 0..interpreter.input_len() {
            let kind = interpreter.input_tensor(index).unwrap().tensor_type();
            let values = (0_u32..).map(|i| (i * (57 + index as u32) + 31) % 251);
            if kind == TensorType::FLOAT32 {
                let input = interpreter.input::<f32>(index).unwrap();
                input.iter_mut().zip(values).for_each(|(x, v)| *x = v as f32 / 100.0 - 1.2);
            } else {
                let input = interpreter.input_bytes(index).unwrap();
                input.iter_mut().zip(values).for_each(|(x, v)| *x = v as u8);
            }
        }
        assert_eq!(interpreter.invoke(), Ok(Outcome::Done));
    }
    (0..count).map(|i| interpreter.output_bytes(i).unwrap().to_vec()).collect()
}

/// The bytes that `file` needs, which an error names too, and those of them that are the overlay.
fn needed(file: &[u8], how: How) -> (usize, usize) {
    let model = Model::parse(file).unwrap();
    let options = options(how);
    let mut arena = Arena::new(1 << 20);
    let interpreter =
        Interpreter::with_options(&model, ops::ALL, arena.bytes(1 << 20), options).unwrap();
    let (bytes, overlay) = (interpreter.arena_used_bytes(), interpreter.overlay_bytes());
    match Interpreter::with_options(&model, ops::ALL, arena.bytes(bytes - 1), options) {
        Err(Error::OutOfMemory { needed, .. }) => assert_eq!(needed, bytes),
        other => panic!("{other:?}"),
    }
    (bytes, overlay)
}

/// Memory at a multiple of 16, full of what nobody should read.
struct Arena(Vec<u128>);

impl Arena {
    fn new(bytes: usize) -> Self {
        Self(vec![u128::from_ne_bytes([0xA5; 16]); bytes.div_ceil(16)])
    }

    fn bytes(&mut self, len: usize) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.0)[..len]
    }
}

/// The model with a plan, for which there is little time.
fn planned(file: &[u8], sharing: Sharing) -> Planned {
    let request = Request {
        sharing,
        search: Search { nodes: 200, threads: 1 },
        order: Some(schedule::Options { states: 200, beam_width: 4 }),
    };
    host::plan(&Model::parse(file).unwrap(), ops::ALL, &request, &mut |_| {}).unwrap()
}

const EFFORTS: [Effort; 3] = [Effort::Greedy, Effort::Portfolio, Effort::Search(64)];
const SHARINGS: [Sharing; 3] = [Sharing::Overlap, Sharing::InPlace, Sharing::Apart];

proptest! {
    #[test]
    fn overlaps_change_no_output(plan in plan(), effort in 0..3_usize) {
        let effort = EFFORTS[effort];
        let (file, count) = model(&plan, false);
        let (apart, _) = model(&plan, true);
        let how = (effort, Sharing::Apart);
        let (bytes, _) = needed(&apart, how);
        let expected = run(&apart, Arena::new(bytes).bytes(bytes), how, count);
        for sharing in SHARINGS {
            let how = (effort, sharing);
            let (bytes, _) = needed(&file, how);
            let outputs = run(&file, Arena::new(bytes).bytes(bytes), how, count);
            prop_assert_eq!(&outputs, &expected, "{:?}", sharing);
            let planned = planned(&file, sharing);
            let (bytes, overlay) = needed(&planned.file, how);
            let outputs = run(&planned.file, Arena::new(bytes).bytes(bytes), how, count);
            prop_assert_eq!(&outputs, &expected, "planned, {:?}", sharing);
            let stored = (planned.arena_bytes, planned.map.overlay_bytes as usize);
            prop_assert_eq!((bytes, overlay), stored);
        }
    }
}

/// Otherwise the test above would compare a thing with itself.
#[test]
fn chains_do_overlap() {
    let step = Step {
        kind: 0,
        from: [0, 0],
        filter: [3, 3],
        stride: [1, 1],
        dilation: [1, 1],
        channels: 4,
        same: true,
        per_channel: true,
        again: false,
    };
    let kinds = [0, 2, 4, 5, 10, 12, 13, 15, 16];
    let step = |(at, kind): (usize, u8)| Step { kind, from: [at, at + 1], ..step };
    for tensor_type in [TensorType::INT8, TensorType::INT16, TensorType::FLOAT32] {
        let plan = Plan {
            tensor_type,
            batches: 1,
            inputs: vec![[8, 8, 4]],
            steps: kinds.into_iter().enumerate().map(step).collect(),
            outputs: vec![],
        };
        let width = tensor_type.size_bytes().unwrap() as usize;
        let file = model(&plan, false).0;
        let [overlap, in_place, apart] = SHARINGS.map(|how| needed(&file, (Effort::Greedy, how)).1);
        assert!(overlap < 2 * 8 * 8 * 4 * width, "{overlap}");
        assert!(overlap < in_place && in_place <= apart, "{overlap} {in_place} {apart}");
    }
}
