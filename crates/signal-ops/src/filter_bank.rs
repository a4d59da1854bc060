//! FILTER_BANK: the energy of each channel of a filter bank of triangles.
//!
//! * Types: `u32` and tables of `i16`, to `u64`
//! * Limits: as many outputs as channels, and one more of each table by channel; channels within
//!   the spectrum
//! * Conformance: uint32

use crate::node::{INPUT, OUTPUT, Options, failure, require, require_aligned, require_len};
use bantam_interp::{EvalError, Failed, Io, Operator, Prepare};
use bantam_schema::TensorType;

const WEIGHTS: usize = 1;
const UNWEIGHTS: usize = 2;
const FREQUENCY_STARTS: usize = 3;
const WEIGHT_STARTS: usize = 4;
const WIDTHS: usize = 5;

pub(crate) struct FilterBank;

impl Operator for FilterBank {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(6..=6, 1)?;
        require_aligned(&node.input(INPUT)?, TensorType::UINT32, 1)?;
        let channels = Options::of(node)?.count(node, "num_channels")? as usize;
        for index in WEIGHTS..=WIDTHS {
            let table = node.input(index)?;
            require(&table, TensorType::INT16, 1)?;
            if index >= FREQUENCY_STARTS {
                require_len(&table, channels.saturating_add(1))?;
            }
        }
        let output = node.output(OUTPUT)?;
        require(&output, TensorType::UINT64, 1)?;
        require_len(&output, channels)
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        let (output, reader) = io.output(OUTPUT)?;
        let bank = bantam_signal::filter_bank::FilterBank::<[u8; 2]> {
            weights: reader.input(WEIGHTS)?,
            unweights: reader.input(UNWEIGHTS)?,
            frequency_starts: reader.input(FREQUENCY_STARTS)?,
            weight_starts: reader.input(WEIGHT_STARTS)?,
            widths: reader.input(WIDTHS)?,
        };
        bank.sum(reader.input(INPUT)?, output).map_err(failure)
    }
}
