//! Sizes that a RESHAPE leaves open, as TFLM takes them: one of its output, whoever reads that.

use bantam_interp::host::{check, simplify, with_batch};
use bantam_interp::{Cause, Error, Interpreter, ops};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as B, Model, Options, TensorType as T};
use bantam_testkit::Memory;

/// RESHAPE from one shape to the next, and ABS of the last one, of shape `result`.
fn chain(shapes: &[&[i32]], result: &[i32], is_constant: bool) -> Vec<u8> {
    let values: Vec<f32> = (0..12).map(|i| i as f32 - 6.0).collect();
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let spec = |shape: &&[i32]| TensorSpec::new("", T::FLOAT32, shape);
    let mut specs: Vec<TensorSpec> = shapes.iter().map(spec).collect();
    if is_constant {
        specs[0] = specs[0].clone().data_f32(&values);
    }
    let tensors: Vec<i32> = specs.into_iter().map(|spec| graph.tensor(spec)).collect();
    let result = graph.tensor(TensorSpec::new("", T::FLOAT32, result));
    for pair in tensors.windows(2) {
        graph.operator(B::RESHAPE, &pair[..1], &pair[1..], Options::None);
    }
    graph.operator(B::ABS, &tensors[tensors.len() - 1..], &[result], Options::None);
    let inputs: &[i32] = if is_constant { &[] } else { &tensors[..1] };
    graph.inputs(inputs).outputs(&[result]);
    builder.finish()
}

fn run(file: &[u8]) -> Result<Vec<f32>, Error> {
    let (model, mut memory) = (Model::parse(file).unwrap(), Memory::new(1 << 12));
    let mut interpreter = Interpreter::new(&model, ops::ALL, memory.bytes())?;
    if interpreter.input_len() > 0 {
        let values: Vec<f32> = (0..12).map(|i| i as f32 - 6.0).collect();
        interpreter.input::<f32>(0).unwrap().copy_from_slice(&values);
    }
    interpreter.invoke().unwrap();
    Ok(interpreter.output::<f32>(0).unwrap().to_vec())
}

const RESULT: [f32; 12] = [6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0];

#[test]
fn one_size_of_a_reshaped_tensor_may_be_open() {
    for (shapes, result) in [
        (&[&[2, 6][..], &[-1, 4]][..], &[3, 4][..]),
        (&[&[12], &[3, -1]], &[3, 4]),
        (&[&[2, 6], &[-1], &[2, -1, 3], &[-1, 4]], &[3, 4]),
        (&[&[2, 6], &[-1, 4], &[12]], &[12]),
        (&[&[2, 6], &[1, -1, 12, 1]], &[1, 1, 12, 1]),
    ] {
        let file = chain(shapes, result, false);
        assert_eq!(run(&file).unwrap(), RESULT, "{shapes:?}");
        assert_eq!(check(&Model::parse(&file).unwrap(), ops::ALL), []);
    }
}

#[test]
fn what_remains_open_is_refused() {
    for (shapes, result) in [
        (&[&[2, 6][..], &[-1, 5]][..], &[3, 4][..]),
        (&[&[2, 6], &[-1, -1]], &[3, 4]),
        (&[&[2, 6], &[-1, 0]], &[3, 4]),
        (&[&[2, -1], &[-1, 4]], &[3, 4]),
        // Of no other operator may a size be open.
        (&[&[2, 6], &[-1, 4]], &[-1, 4]),
    ] {
        let Err(Error::Prepare { error, .. }) = run(&chain(shapes, result, false)) else {
            panic!("{shapes:?} passed")
        };
        let params = matches!(error.cause, Cause::Params(_));
        assert!(params || error.cause == Cause::DynamicShape, "{shapes:?}: {error}");
    }
}

/// A constant takes the place of what a RESHAPE writes, and its shape is then that of the file.
#[test]
fn simplified_models_have_their_sizes() {
    let file = chain(&[&[2, 6], &[-1, 4], &[-1]], &[12], true);
    let simplified = simplify(&Model::parse(&file).unwrap(), ops::ALL).unwrap();
    assert_eq!(simplified.folded, [0, 1]);
    assert_eq!(run(&simplified.file).unwrap(), RESULT);
}

#[test]
fn a_batch_does_not_replace_what_is_known() {
    let file = chain(&[&[2, 6], &[-1, 4]], &[3, 4], false);
    let with_batch = with_batch(&Model::parse(&file).unwrap(), 7).unwrap();
    let shapes: Vec<Vec<i32>> = Model::parse(&with_batch)
        .unwrap()
        .subgraph(0)
        .unwrap()
        .tensors()
        .map(|tensor| tensor.shape().iter().collect())
        .collect();
    assert_eq!(shapes, [vec![2, 6], vec![3, 4], vec![3, 4]]);
}
