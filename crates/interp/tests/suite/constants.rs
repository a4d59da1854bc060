//! Operators with weights whose main input is a constant of the model, of any type.

use bantam_interp::{Error, Interpreter, ops};
use bantam_schema::{BuiltinOperator as Op, Model};
use bantam_testkit::{Case, Memory, cases};

const WEIGHTED: [Op; 5] =
    [Op::BATCH_MATMUL, Op::CONV_2D, Op::DEPTHWISE_CONV_2D, Op::FULLY_CONNECTED, Op::TRANSPOSE_CONV];

/// The first output of a model in a memory that is aligned to 16 bytes, from `at` on in it.
fn run(file: &[u8], at: usize, feeds: &[Vec<u8>]) -> Result<Vec<u8>, Error> {
    let mut aligned = Memory::new(file.len() + at);
    aligned.bytes()[at..].copy_from_slice(file);
    let model = Model::parse(&aligned.bytes()[at..]).unwrap();
    let mut memory = Memory::new(64 << 10);
    let mut interpreter = Interpreter::new(&model, ops::ALL, memory.bytes())?;
    for (index, feed) in feeds.iter().enumerate() {
        interpreter.input_bytes(index).unwrap().copy_from_slice(feed);
    }
    interpreter.invoke().unwrap();
    Ok(interpreter.output_bytes(0).unwrap().to_vec())
}

/// The case with what it is fed at first as constants.
fn with_constants(case: &Case, feeds: &[Vec<u8>]) -> Case {
    let mut case = case.clone();
    let fed = case.inputs.iter_mut().filter(|tensor| tensor.is_fed());
    for (tensor, feed) in fed.zip(feeds) {
        tensor.data = Some(feed.clone());
    }
    case
}

#[test]
fn weighted_operators_take_constants_as_their_input() {
    let mut tested = std::collections::BTreeSet::new();
    for case in cases().into_iter().filter(|case| WEIGHTED.contains(&case.operator)) {
        let feeds = &case.feeds()[0];
        let expected = run(&case.file(), 0, feeds).unwrap();
        let constant = with_constants(&case, feeds);
        assert_eq!(run(&constant.file(), 0, &[]).unwrap(), expected, "{}", case.name);
        // At any other address there is the same result, or an error that says why not.
        match run(&constant.file(), 1, &[]) {
            Ok(output) => assert_eq!(output, expected, "{}", case.name),
            Err(error) => assert!(error.to_string().contains("not aligned"), "{error}"),
        }
        let input = if case.operator == Op::TRANSPOSE_CONV { 2 } else { 0 };
        tested.insert((case.operator.to_string(), case.inputs[input].tensor_type.to_string()));
    }
    assert_eq!(tested.len(), 3 * WEIGHTED.len(), "{tested:?}");
}
