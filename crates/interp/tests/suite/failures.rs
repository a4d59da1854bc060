//! Every failure has a cause of its own, and operators of users' own say theirs in words.

use bantam_interp::{
    Cause, Error, EvalError, Failed, Interpreter, InvokeError, Io, Op, Operator, Prepare, Reset,
};
use bantam_kernels::{IndexError, Operand};
use bantam_schema::Model;
use bantam_schema::TensorType;
use bantam_schema::write::{ModelBuilder, TensorSpec};
use std::sync::atomic::{AtomicU32, Ordering};

/// One node of the custom operator "Own", from `len` bytes to as many.
fn model(len: i32) -> Vec<u8> {
    let mut model = ModelBuilder::new();
    let mut graph = model.subgraph("main");
    let [x, y] = ["x", "y"].map(|n| graph.tensor(TensorSpec::new(n, TensorType::UINT8, &[len])));
    graph.custom("Own", &[x], &[y], &[]);
    graph.inputs(&[x]).outputs(&[y]);
    model.finish()
}

fn make<'a>(file: &'a [u8], ops: &'a [Op], arena: &'a mut [u8]) -> Result<Interpreter<'a>, Error> {
    Interpreter::new(&Model::parse(file).unwrap(), ops, arena)
}

/// Refuses its node.
struct Particular;

impl Operator for Particular {
    type Data = ();
    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        Err(node.input(0)?.error(Cause::Custom("must have a prime number of elements")))
    }
    fn eval(_data: &(), _io: &mut Io<'_>) -> Result<(), EvalError> {
        Ok(())
    }
}

#[test]
fn operators_say_in_words_why_they_refuse_a_node() {
    static OPS: &[Op] = &[Op::custom::<Particular>("Own")];
    let file = model(4);
    let error = make(&file, OPS, &mut [0; 512]).unwrap_err();
    let text = "node 0 (Own): tensor 0: must have a prime number of elements";
    assert_eq!(error.to_string(), text);
}

/// Fails while it runs, as its input says.
struct Moody;

impl Operator for Moody {
    type Data = ();
    fn prepare(_node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        Ok(())
    }
    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        let (_, reader) = io.output::<u8>(0)?;
        let value = reader.input::<u8>(0)?.first().copied().unwrap_or(0).into();
        if value == 0 {
            return Err(EvalError::Custom("the sensor is silent"));
        }
        Err(IndexError { operand: Operand::Indices, position: 0, value, limit: 3 }.into())
    }
}

#[test]
fn operators_say_why_they_fail_while_they_run() {
    static OPS: &[Op] = &[Op::custom::<Moody>("Own")];
    let file = model(4);
    let mut arena = [0; 512];
    let mut interpreter = make(&file, OPS, &mut arena).unwrap();
    interpreter.input::<u8>(0).unwrap().fill(0);
    assert_eq!(interpreter.invoke().unwrap_err().to_string(), "node 0: the sensor is silent");
    interpreter.input::<u8>(0).unwrap().fill(9);
    let text = "node 0: element 0 of Indices is 9, which is not within 0..3";
    assert_eq!(interpreter.invoke().unwrap_err().to_string(), text);
}

/// Cannot begin.
struct Stuck;

impl Operator for Stuck {
    type Data = ();
    fn prepare(_node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        Ok(())
    }
    fn eval(_data: &(), _io: &mut Io<'_>) -> Result<(), EvalError> {
        Ok(())
    }
    const RESET: Option<Reset<()>> = Some(|_, _| Err(EvalError::Custom("the door is locked")));
}

#[test]
fn a_failing_reset_is_named_with_its_node() {
    static OPS: &[Op] = &[Op::custom::<Stuck>("Own")];
    let file = model(4);
    let error = make(&file, OPS, &mut [0; 512]).unwrap_err();
    let cause = EvalError::Custom("the door is locked");
    assert_eq!(error, Error::Reset(InvokeError { subgraph: 0, node: 0, cause }));
    assert_eq!(error.to_string(), "reset: node 0: the door is locked");
}

/// Asks for scratch the third time that its node is prepared.
struct Fickle;

static PREPARED: AtomicU32 = AtomicU32::new(0);

impl Operator for Fickle {
    type Data = ();
    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        if PREPARED.fetch_add(1, Ordering::Relaxed) == 2 {
            node.scratch(16)?;
        }
        Ok(())
    }
    fn eval(_data: &(), _io: &mut Io<'_>) -> Result<(), EvalError> {
        Ok(())
    }
}

#[test]
fn operators_that_prepare_a_node_in_two_ways_are_caught() {
    static OPS: &[Op] = &[Op::custom::<Fickle>("Own")];
    let file = model(4096);
    assert_eq!(make(&file, OPS, &mut [0; 1024]).unwrap_err(), Error::Records);
}
