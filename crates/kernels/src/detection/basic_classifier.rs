//! BasicClassifier: whether chosen scores reach their thresholds.
//!
//! Source: what the operator of the PyPI package `tflite-micro` 0.dev20260723 computes; TFLM
//! 90b983c2b does not have it.

use crate::error::{IndexError, LengthMismatch, LookupError, Operand};
use crate::number::element::Load;

/// Looks up the scores that `targets` name, and compares each with its threshold.
///
/// ```text
/// scores[i]  = input[targets[i]]
/// reached[i] = scores[i] >= thresholds[i]
/// ```
///
/// # Shapes
///
/// | slice        | elements                        |
/// |--------------|---------------------------------|
/// | `input`      | any number of scores            |
/// | `targets`    | places in `input`, from 0 on    |
/// | `thresholds` | one for each target             |
/// | `reached`    | one for each target, 0 or 1     |
/// | `scores`     | one for each target             |
///
/// # Errors
///
/// [`LookupError::Length`] if a slice has not as many elements as there are targets; nothing is
/// written then. [`LookupError::Index`] for a target that is no place of the input; what the
/// outputs hold is unspecified then.
///
/// ```
/// use bantam_kernels::detection::basic_classifier::basic_classifier;
/// let (input, targets, thresholds) = ([10, -20, 30], [2, 1], [30, 0]);
/// let (mut reached, mut scores) = ([9; 2], [0; 2]);
/// basic_classifier(&input, &targets, &thresholds, (&mut reached, &mut scores))?;
/// assert_eq!((reached, scores), ([1, 0], [30, -20]));
/// assert!(basic_classifier(&input, &[3, 0], &thresholds, (&mut reached, &mut scores)).is_err());
/// # Ok::<(), bantam_kernels::LookupError>(())
/// ```
pub fn basic_classifier<I: Load<i32>>(
    input: &[I],
    targets: &[I],
    thresholds: &[I],
    (reached, scores): (&mut [u8], &mut [i32]),
) -> Result<(), LookupError> {
    let count = targets.len();
    LengthMismatch::check(Operand::Input, count, thresholds.len())?;
    LengthMismatch::check(Operand::Output, count, reached.len())?;
    LengthMismatch::check(Operand::Output, count, scores.len())?;
    let outputs = reached.iter_mut().zip(scores);
    let operands = targets.iter().zip(thresholds).enumerate();
    for ((position, (target, threshold)), (reached, score)) in operands.zip(outputs) {
        let value = target.load();
        let found = usize::try_from(value).ok().and_then(|place| input.get(place));
        let Some(found) = found else {
            let limit = u32::try_from(input.len()).unwrap_or(u32::MAX);
            return Err(IndexError { operand: Operand::Indices, position, value, limit }.into());
        };
        *score = found.load();
        *reached = (*score >= threshold.load()).into();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_reach_thresholds_from_equality_on() {
        let (mut reached, mut scores) = ([2; 3], [0; 3]);
        let thresholds = [i32::MAX, 7, i32::MIN];
        let outputs = (&mut reached[..], &mut scores[..]);
        basic_classifier(&[7, i32::MIN], &[0, 0, 1], &thresholds, outputs).unwrap();
        assert_eq!((reached, scores), ([0, 1, 1], [7, 7, i32::MIN]));
    }

    #[test]
    fn targets_and_lengths_are_checked() {
        let run = |targets: &[i32], thresholds: &[i32]| {
            basic_classifier(&[1, 2], targets, thresholds, (&mut [0], &mut [0]))
        };
        for value in [-1, 2] {
            let error = IndexError { operand: Operand::Indices, position: 0, value, limit: 2 };
            assert_eq!(run(&[value], &[0]), Err(LookupError::Index(error)));
        }
        assert!(matches!(run(&[0], &[0, 0]), Err(LookupError::Length(_))));
        assert!(matches!(run(&[0, 0], &[0, 0]), Err(LookupError::Length(_))));
    }
}
