//! Operators as C has them: constants by their addresses, custom ones in the caller's memory.

use crate::error::bantam_status;
use crate::memory::check;
use bantam_interp::Op;

/// Words of a bantam_op.
pub const BANTAM_OP_WORDS: usize = 15;

/// An operator: one of the constants, or one that [`bantam_custom`](crate::bantam_custom) has made.
/// Operator lists hold addresses of them. C sees [`BANTAM_OP_WORDS`] words.
// The operator comes first: a reference to it has the address of the whole.
#[derive(Debug)]
#[repr(C)]
pub struct bantam_op {
    op: Op,
    magic: usize,
    _rest: [usize; BANTAM_OP_WORDS - size_of::<Op>() / size_of::<usize>() - 1],
}

/// More than any list has.
const MAX_OPS: usize = 1 << 12;

/// Tells operators from memory that is none.
const MAGIC: usize = 0x4254_4f50;

const _: () = assert!(size_of::<bantam_op>() == BANTAM_OP_WORDS * size_of::<usize>());
const _: () = assert!(align_of::<bantam_op>() == align_of::<usize>());

impl bantam_op {
    pub(crate) const fn new(op: Op) -> Self {
        Self {
            op,
            magic: MAGIC,
            _rest: [0; BANTAM_OP_WORDS - size_of::<Op>() / size_of::<usize>() - 1],
        }
    }
}

/// Returns the operator list that C hands over.
///
/// # Safety
///
/// `ops` leads to `len` addresses, each null or that of memory for a `bantam_op`. None of it
/// changes while the interpreter is used.
pub(crate) unsafe fn list(
    ops: *const *const bantam_op,
    len: usize,
) -> Result<&'static [&'static Op], bantam_status> {
    if len == 0 {
        return Ok(&[]);
    }
    check(ops)?;
    if len > MAX_OPS {
        return Err(bantam_status::BANTAM_LENGTH);
    }
    // SAFETY: it is not null, aligned, and not too long; the caller promises the rest.
    let addresses = unsafe { core::slice::from_raw_parts(ops, len) };
    for &address in addresses {
        check(address)?;
        // SAFETY: it is not null and aligned; the caller promises memory for a `bantam_op`, of
        // which this is a word.
        let magic = unsafe { (&raw const (*address).magic).read() };
        if magic != MAGIC {
            return Err(bantam_status::BANTAM_NO_OPERATOR);
        }
    }
    // SAFETY: each address is that of a `bantam_op`, since nothing but this crate writes the magic
    // word; it begins with an `Op`, and references have the layout of pointers.
    Ok(unsafe { core::slice::from_raw_parts(ops.cast::<&'static Op>(), len) })
}
