//! Models with plans, to be given other plans.

use bantam_interp::host::{MemoryMap, Placed, Request, Search, plan};
use bantam_interp::plan::Origin;
use bantam_interp::plan::stored::{Contents, NAME, NOWHERE, fingerprint};
use bantam_schema::options::{
    AddOptions, ConcatenationOptions, Conv2dOptions, Pool2dOptions, ResizeBilinearOptions,
    ResizeNearestNeighborOptions, SplitOptions,
};
use bantam_schema::write::{ModelBuilder, SubgraphBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as B, Model, Options, TensorType};
use bantam_signal_ops::EVERY;

/// A model that a host has planned, and its plan.
#[derive(Clone, Debug)]
pub struct Planned {
    builder: ModelBuilder,
    fingerprint: u32,
    /// Where all buffers are.
    pub map: MemoryMap,
    /// The offset of each tensor, [`NOWHERE`] for those that have no place in the overlay.
    pub tensors: Vec<u32>,
    /// The offset of each scratch buffer.
    pub scratch: Vec<u32>,
}

impl Planned {
    /// The model with these entries in place of its plan: Bantam's, and TFLM's.
    pub fn with_entries(&self, stored: Option<&[u8]>, offline: Option<&[u8]>) -> Vec<u8> {
        let mut builder = self.builder.clone();
        for (name, entry) in [(NAME, stored), ("OfflineMemoryAllocation", offline)] {
            if let Some(entry) = entry {
                builder.metadata(name, entry);
            }
        }
        builder.finish()
    }

    /// An entry with what the lists say now, and with a checksum and a fingerprint that are right.
    pub fn entry(&self, wholes: u64, overlay_bytes: u32) -> Vec<u8> {
        let contents = Contents {
            fingerprint: self.fingerprint,
            wholes,
            overlay_bytes,
            tensors: &self.tensors,
            scratch: &self.scratch,
        };
        contents.words().flat_map(u32::to_le_bytes).collect()
    }

    /// The end of the highest buffer, rounded up, where the lists have them now.
    pub fn overlay_bytes(&self) -> u32 {
        let mut scratch = self.scratch.iter();
        let end = |placed: &Placed| {
            let offset = match placed.origin {
                Origin::Tensor(tensor) => self.tensors.get(tensor as usize),
                Origin::Scratch(_) => scratch.next(),
            };
            offset.map_or(0, |offset| offset.saturating_add(placed.bytes))
        };
        let most = self.map.buffers.iter().map(end).max().unwrap_or(0);
        most.checked_next_multiple_of(16).unwrap_or(u32::MAX)
    }

    /// Plans a model and takes the plan out of the file.
    fn new(file: &[u8]) -> Self {
        let model = Model::parse(file).expect("it was written here");
        let search = Search { nodes: 10_000, threads: 1 };
        let request = Request { search, ..Request::default() };
        let planned = plan(&model, EVERY, &request, &mut |_| {}).expect("it can be planned");
        let model = Model::parse(&planned.file).expect("it was written here");
        let mut builder = ModelBuilder::from_model(&model).expect("it was copied before");
        builder.remove_metadata(NAME);
        let subgraph = model.subgraph(0).expect("it has one");
        let mut tensors = vec![NOWHERE; subgraph.tensor_len() as usize];
        let mut scratch = Vec::new();
        for placed in &planned.map.buffers {
            match placed.origin {
                Origin::Tensor(tensor) => tensors[tensor as usize] = placed.offset,
                Origin::Scratch(_) => scratch.push(placed.offset),
            }
        }
        let fingerprint = fingerprint(&subgraph);
        Self { builder, fingerprint, map: planned.map, tensors, scratch }
    }
}

/// Models with branches, with parts in both directions, and with convolutions; and the example's.
pub fn planned() -> Vec<Planned> {
    let digits = include_bytes!("../../examples/digits/digits.tflite");
    let mut all: Vec<Planned> =
        [branches(), parts(), convolutions()].iter().map(|file| Planned::new(file)).collect();
    all.push(Planned::new(digits));
    all
}

/// A graph of int8 images of two channels.
struct Images<'m>(SubgraphBuilder<'m>);

impl Images<'_> {
    fn image(&mut self, rows: i32, columns: i32) -> i32 {
        let spec = TensorSpec::new("t", TensorType::INT8, &[1, rows, columns, 2]);
        self.0.tensor(spec.quantized(0.1, 3))
    }

    fn integers(&mut self, values: &[i32]) -> i32 {
        let shape = [values.len() as i32];
        self.0.tensor(TensorSpec::new("t", TensorType::INT32, &shape).data_i32(values))
    }

    fn node(&mut self, op: B, inputs: &[i32], output: i32, options: impl Into<Options<'static>>) {
        self.0.operator(op, inputs, &[output], options.into());
    }

    /// A pool of windows that do not meet.
    fn pool(&mut self, op: B, from: i32, to: i32, side: i32) {
        let options = Pool2dOptions {
            filter_height: side,
            filter_width: side,
            stride_h: side,
            stride_w: side,
            ..Pool2dOptions::default()
        };
        self.node(op, &[from], to, options);
    }

    /// Two images above each other.
    fn join(&mut self, parts: [i32; 2], whole: i32) {
        let options = ConcatenationOptions { axis: 1, ..ConcatenationOptions::default() };
        self.node(B::CONCATENATION, &parts, whole, options);
    }
}

/// Both branches widen and shrink; their sum.
fn branches() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let x = graph.image(4, 4);
    let size = graph.integers(&[12, 12]);
    let wide = [(); 2].map(|()| graph.image(12, 12));
    let narrow = [(); 2].map(|()| graph.image(4, 4));
    let (sum, y) = (graph.image(4, 4), graph.image(4, 4));
    let nearest = ResizeNearestNeighborOptions::default();
    graph.node(B::RESIZE_NEAREST_NEIGHBOR, &[x, size], wide[0], nearest);
    graph.node(B::RESIZE_BILINEAR, &[x, size], wide[1], ResizeBilinearOptions::default());
    graph.pool(B::MAX_POOL_2D, wide[0], narrow[0], 3);
    graph.pool(B::AVERAGE_POOL_2D, wide[1], narrow[1], 3);
    graph.node(B::ADD, &narrow, sum, AddOptions::default());
    graph.node(B::RELU, &[sum], y, Options::None);
    graph.0.inputs(&[x]).outputs(&[y]);
    builder.finish()
}

/// A whole is made of two parts, and taken apart again.
fn parts() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let x = graph.image(4, 4);
    let halves = [(); 2].map(|()| graph.image(4, 4));
    let whole = graph.image(8, 4);
    let quarters = [(); 4].map(|()| graph.image(2, 4));
    let (y, z) = (graph.image(2, 4), graph.image(4, 4));
    let axis = graph.integers(&[1]);
    graph.node(B::RELU, &[x], halves[0], Options::None);
    graph.node(B::RELU6, &[x], halves[1], Options::None);
    graph.join(halves, whole);
    graph.0.operator(B::SPLIT, &[axis, whole], &quarters, SplitOptions { num_splits: 4 });
    graph.node(B::ADD, &[quarters[0], quarters[3]], y, AddOptions::default());
    graph.join([quarters[2], y], z);
    graph.0.inputs(&[x]).outputs(&[z, quarters[1]]);
    builder.finish()
}

/// Outputs over inputs with distances in both directions: more rows than before, then fewer.
fn convolutions() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let (x, a, b) = (graph.image(6, 6), graph.image(6, 6), graph.image(14, 9));
    let (c, y) = (graph.image(6, 4), graph.image(3, 2));
    let values: Vec<i8> = (0..36).map(|i| (i * 37 % 63 - 31) as i8).collect();
    let filter = TensorSpec::new("t", TensorType::INT8, &[2, 3, 3, 2]).data_i8(&values);
    let filter = graph.0.tensor(filter.quantized_per_channel(&[0.02, 0.03], &[0, 0], 0));
    let bias = graph.integers(&[40, -7]);
    let conv = Conv2dOptions { stride_h: 1, stride_w: 1, ..Conv2dOptions::default() };
    graph.node(B::CONV_2D, &[x, filter, bias], a, conv);
    let size = graph.integers(&[14, 9]);
    graph.node(B::RESIZE_BILINEAR, &[a, size], b, ResizeBilinearOptions::default());
    let valid = bantam_schema::Padding::VALID;
    let strided = Conv2dOptions { padding: valid, stride_h: 2, stride_w: 2, ..conv };
    graph.node(B::CONV_2D, &[b, filter, bias], c, strided);
    graph.pool(B::MAX_POOL_2D, c, y, 2);
    graph.0.inputs(&[x]).outputs(&[y]);
    builder.finish()
}
