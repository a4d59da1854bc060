//! BASIC_CLASSIFIER: whether chosen scores reach their thresholds, and these scores
//! (`ops::BASIC_CLASSIFIER`).
//!
//! * Types: `i32`
//! * Limits: a threshold, and an element of each output, for each target
//! * Conformance: int32

use crate::{Cause, EvalError, Failed, Io, Operator, Prepare, Slot, cast_mut};
use bantam_kernels::Le;
use bantam_kernels::detection::basic_classifier::basic_classifier;
use bantam_schema::TensorType;

const INPUT: usize = 0;
const TARGETS: usize = 1;
const THRESHOLDS: usize = 2;
const REACHED: usize = 0;
const SCORES: usize = 1;

pub(crate) struct BasicClassifier;

impl Operator for BasicClassifier {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(3..=3, 2)?;
        let (targets, thresholds) = (node.input(TARGETS)?, node.input(THRESHOLDS)?);
        let (reached, scores) = (node.output(REACHED)?, node.output(SCORES)?);
        for tensor in [node.input(INPUT)?, targets, thresholds, scores] {
            tensor.require(TensorType::INT32)?;
        }
        reached.require(TensorType::BOOL)?;
        let count = targets.element_len()?;
        for tensor in [thresholds, reached, scores] {
            if tensor.element_len()? != count {
                return Err(tensor.error(Cause::Shape));
            }
        }
        Ok(())
    }

    fn eval((): &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        let ([reached, scores], reader) =
            io.split([Slot::Output(REACHED), Slot::Output(SCORES)])?;
        let input = reader.input::<Le<4>>(INPUT)?;
        let (targets, thresholds) = (reader.input(TARGETS)?, reader.input(THRESHOLDS)?);
        Ok(basic_classifier(input, targets, thresholds, (reached, cast_mut(scores)?))?)
    }
}
