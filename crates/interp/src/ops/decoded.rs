//! Runs nodes whose inputs are decoded before.

use crate::lut::{Lut, LutId};
use crate::prepare::MAX_EXTRAS;
use crate::record::{Operand, Operands, Place};
use crate::{EvalError, Io};

/// Inputs that may be decoded: as many as CONCATENATION has.
pub(crate) const MAX_INPUTS: usize = 10;

/// Decodes the inputs that `Prepare::decode_lut` has found, and runs the node on them.
#[inline(never)] // size: one copy for all operators
pub(crate) fn decoded(
    io: &mut Io<'_>,
    run: &mut dyn FnMut(&mut Io<'_>) -> Result<(), EvalError>,
) -> Result<(), EvalError> {
    let operands = io.operands;
    let mut decodes = false;
    for at in 0..operands.extra_len() {
        let Place::Lut(what) = operands.extra(at).place() else { continue };
        let (memory, model) = (memory_before(&operands, at), operands.model);
        let table =
            Lut::new(&model, LutId::from_bits(what as u16)).map_err(|_| EvalError::Record)?;
        table.decode(io.cut(memory)?.0)?;
        decodes = true;
    }
    if !decodes {
        return run(io);
    }
    // The same operands, with places that have what is decoded.
    let mut words = [0; 2 * (MAX_INPUTS + 1 + MAX_EXTRAS)];
    let len = operands.len();
    let mut end = len;
    for at in 0..len {
        let operand = decoded_input(&operands, at).unwrap_or(operands.at(at));
        operand.write(&mut words, at, &mut end);
    }
    run(&mut Io {
        overlay: &mut *io.overlay,
        variables: &mut *io.variables,
        fixed: io.fixed,
        operands: operands.of_words(&words),
        data: io.data,
        running: io.running,
        scales: io.scales,
        #[cfg(feature = "foreign")]
        foreign: io.foreign,
        stopped: false,
    })
}

/// The scratch memory in front of what says to which input it belongs.
fn memory_before(operands: &Operands<'_>, extra: usize) -> Operand {
    extra.checked_sub(1).map_or(Operand::ABSENT, |before| operands.extra(before))
}

/// The memory of an input that is decoded.
fn decoded_input(operands: &Operands<'_>, input: usize) -> Option<Operand> {
    let is_it = |&at: &usize| match operands.extra(at).place() {
        Place::Lut(what) => what >> u16::BITS == input as u32,
        _ => false,
    };
    (0..operands.extra_len()).find(is_it).map(|at| memory_before(operands, at))
}
