//! What TFLM_DECODE refuses: before it runs, and where only running it can tell.

use bantam_interp::{Cause, Error, EvalError, Interpreter, PrepareError, ops};
use bantam_kernels::{IndexError, Operand, ParamsError};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{Model, TensorType as T};
use bantam_testkit::Memory;

/// A header of indices of two bits, of tables of four entries.
const HEADER: [u8; 16] = [0, 1, 0, 0, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const HUFFMAN: u8 = 1;
const PRUNE: u8 = 2;

/// A tensor of eight elements, two bytes of indices or of a mask, header and tables.
struct Node {
    output: TensorSpec,
    encoded: Vec<u8>,
    header: Vec<u8>,
    /// Whether the header is no constant.
    is_fed: bool,
}

impl Node {
    fn new() -> Self {
        let header = [&HEADER[..], &[1, 2, 3, 4]].concat();
        let output = TensorSpec::new("y", T::INT8, &[2, 2, 2]);
        Self { output, encoded: vec![0; 2], header, is_fed: false }
    }

    /// With another byte of the header.
    fn header(mut self, at: usize, byte: u8) -> Self {
        self.header[at] = byte;
        self
    }

    fn of_type(self, tensor_type: T) -> Self {
        Self { output: TensorSpec::new("y", tensor_type, &[2, 2, 2]), ..self }
    }

    fn quantized(self, zero_points: &[i64], axis: i32) -> Self {
        let scales = vec![0.5; zero_points.len()];
        Self { output: self.output.quantized_per_channel(&scales, zero_points, axis), ..self }
    }

    fn run(self) -> Result<Result<(), EvalError>, Cause> {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let bytes = |bytes: &[u8]| TensorSpec::new("x", T::UINT8, &[bytes.len() as i32]);
        let encoded = graph.tensor(bytes(&self.encoded).data(&self.encoded));
        let header = bytes(&self.header);
        let header = graph.tensor(if self.is_fed { header } else { header.data(&self.header) });
        let output = graph.tensor(self.output);
        graph.custom("TFLM_DECODE", &[encoded, header], &[output], &[]);
        let fed: Vec<i32> = self.is_fed.then_some(header).into_iter().collect();
        graph.inputs(&fed).outputs(&[output]);
        let file = builder.finish();
        let model = Model::parse(&file).unwrap();
        let mut memory = Memory::new(1 << 12);
        match Interpreter::new(&model, ops::ALL, memory.bytes()) {
            Ok(mut interpreter) => Ok(interpreter.invoke().map(drop).map_err(|error| error.cause)),
            Err(Error::Prepare { error: PrepareError { cause, .. }, .. }) => Err(cause),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn headers_that_nobody_can_decode_are_refused() {
    let unsupported = |node: Node| match node.run() {
        Err(Cause::Unsupported(what) | Cause::Custom(what)) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(Node::new().run(), Ok(Ok(())));
    assert!(unsupported(Node::new().header(1, 2)).contains("version of the header"));
    assert!(unsupported(Node::new().header(4, 2)).contains("version of a decoder's format"));
    assert!(unsupported(Node::new().header(0, 127)).contains("user's own"));
    assert!(unsupported(Node::new().header(0, 9)).contains("2 (pruning)"));
    assert!(unsupported(Node::new().header(5, 0)).contains("1 to 7 bits"));
    let short = Node { header: vec![0, 1], ..Node::new() };
    assert!(unsupported(short).contains("16 bytes"));
    let fed = Node { is_fed: true, ..Node::new() };
    assert_eq!(fed.run(), Err(Cause::NotConstant));
}

#[test]
fn types_and_quantizations_are_those_of_the_decoder() {
    for refused in [T::UINT8, T::FLOAT64] {
        assert_eq!(Node::new().of_type(refused).run(), Err(Cause::TensorType(refused)));
    }
    let codes = |wide| Node::new().header(0, HUFFMAN).header(5, wide);
    assert_eq!(codes(0).of_type(T::INT16).run(), Err(Cause::TensorType(T::INT16)));
    assert_eq!(codes(1).of_type(T::INT32).run(), Err(Cause::TensorType(T::INT32)));
    let axis = Cause::Params(ParamsError::Axis { axis: 1 });
    assert_eq!(Node::new().quantized(&[0, 0], 1).run(), Err(axis));
    let differ = ParamsError::ShapeMismatch { expected: 3, actual: 2 };
    assert_eq!(Node::new().quantized(&[0; 3], 0).run(), Err(Cause::Params(differ)));
    let pruned = Node::new().header(0, PRUNE).of_type(T::INT16);
    let zero_point = Cause::Params(ParamsError::ZeroPoint { value: 3 });
    assert_eq!(pruned.quantized(&[0, 3], 2).run(), Err(zero_point));
}

#[test]
fn indices_without_an_entry_end_the_invoke() {
    let outside = |position, value, limit| {
        let operand = Operand::Indices;
        Ok(Err(EvalError::Index(IndexError { operand, position, value, limit })))
    };
    let mut node = Node { encoded: vec![0, 0b1100], ..Node::new() };
    node.header.pop();
    assert_eq!(node.run(), outside(6, 3, 3));
    let node = Node { encoded: vec![0b1111_1000, 0], ..Node::new().header(0, PRUNE) };
    assert_eq!(node.run(), outside(4, 1, 1));
    let short = Node { encoded: vec![0], ..Node::new() };
    assert!(matches!(short.run(), Ok(Err(EvalError::Length(_)))));
}
