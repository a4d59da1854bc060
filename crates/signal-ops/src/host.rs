//! The lists from which generators of code choose operators.

use crate::ops::{ALL, CONSTANTS, float32, int16, int32};
use bantam_interp::Op;
use bantam_interp::host::List;

/// The lists of the interpreter, and those of this crate, which `bantam` calls `signal::ops`: for
/// [`bantam_interp::host::operators_of`].
pub static LISTS: [List; 11] = {
    const fn list(path: &'static str, ops: &'static [Op]) -> List {
        List { path, ops, custom: CONSTANTS }
    }
    let [int8, int4, int8_lut, int16, float32, general, lut] = bantam_interp::host::LISTS;
    [
        int8,
        int4,
        int8_lut,
        int16,
        float32,
        general,
        lut,
        list("signal::ops::int16", int16::ALL),
        list("signal::ops::int32", int32::ALL),
        list("signal::ops::float32", float32::ALL),
        list("signal::ops", ALL),
    ]
};
