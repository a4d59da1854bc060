//! Prepared images: what [`Interpreter::new`] would compute, computed before and read from flash.
//!
//! An image is a [`Header`], an [`OpRecord`] for each operator, constants that nodes would compute
//! whenever they run, and the records of the graph, which end where the image ends. All of it is
//! little-endian and free of pointers, so that an image made on any host runs on any target.
//!
//! Nothing of it is trusted: the hashes tell an image of another model from the right one, but not
//! an evil one. Whatever a record says is checked where it is used, as it is for records in the
//! arena.

use crate::error::{Error, ImageFault};
use crate::interpreter::Interpreter;
use crate::op::{Code, Fixed, Op, Ops};
use crate::record::Graph;
use bantam_arena::{Align, Category, Counter, Records};
use bantam_kernels::PACKED_FILTERS;
use bantam_schema::{BuiltinOperator, Model};
use bytemuck::{Pod, Zeroable};

/// The first bytes of an image.
pub(crate) const MAGIC: [u8; 4] = *b"BTMI";
/// The version of the format, and of what operators keep in it: changes with either.
pub const VERSION: u16 = 11;
/// An image and a file for any target.
pub(crate) const PORTABLE: u16 = 0;
/// A file with weights in pairs: for programs whose kernels have loops for the DSP extension.
pub(crate) const DSP: u16 = 1;

/// The beginning of an image.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Header {
    pub(crate) magic: [u8; 4],
    pub(crate) version: u16,
    /// What processors it is for.
    pub(crate) isa: u16,
    /// [`hash`] of all that follows this field.
    pub(crate) checksum: u32,
    /// Length of the model.
    pub(crate) model_bytes: u32,
    /// [`hash`] of the model.
    pub(crate) model_hash: u32,
    /// Number of operators.
    pub(crate) op_len: u32,
    /// The arena begins at a multiple of this power of two.
    pub(crate) alignment: u32,
    /// Bytes of activations and scratch.
    pub(crate) overlay: u32,
    /// Bytes of variables, which follow the overlay.
    pub(crate) variables: u32,
    pub(crate) graph: Graph,
    /// Where the record of the last subgraph is that nodes call; 0 if none is called.
    pub(crate) callee: u32,
}

/// Bytes of a header that its checksum does not cover.
pub(crate) const UNCOVERED: usize = 12;

/// An operator of the list that an image was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct OpRecord {
    builtin: i32,
    /// [`hash`] of a custom operator's name.
    custom: u32,
    /// Bytes that each node keeps.
    data_bytes: u32,
}

impl OpRecord {
    pub(crate) fn of(op: &Op) -> Self {
        let (builtin, custom) = match op.code() {
            Code::Builtin(builtin) => (builtin, 0),
            Code::Custom(name) => (BuiltinOperator::CUSTOM, hash(name.as_bytes())),
        };
        Self { builtin: builtin.0, custom, data_bytes: op.data_bytes() as u32 }
    }
}

/// Tells models and images apart: a word at a time, since it runs over the whole model at every
/// start.
pub(crate) fn hash(bytes: &[u8]) -> u32 {
    const FACTOR: u32 = 0x9E37_79B1; // 2^32 divided by the golden ratio, odd
    let mix = |hash: u32, word: [u8; 4]| {
        let hash = (hash ^ u32::from_le_bytes(word)).wrapping_mul(FACTOR);
        hash ^ hash >> 15
    };
    let (words, rest) = bytes.as_chunks::<4>();
    let mut last = [0; 4];
    last.iter_mut().zip(rest).for_each(|(slot, &byte)| *slot = byte);
    let length = (bytes.len() as u32).wrapping_mul(FACTOR);
    let hash = words.iter().fold(length, |hash, &word| mix(hash, word));
    mix(hash, last)
}

/// An image whose header is good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Image<'a> {
    pub(crate) header: &'a Header,
    ops: &'a [OpRecord],
    pub(crate) records: Records<'a>,
}

impl<'a> Image<'a> {
    /// Reads an image that was made for this model and these operators.
    pub(crate) fn open(bytes: &'a [u8], model: &[u8], ops: Ops<'_>) -> Result<Self, ImageFault> {
        let image = Self::read(bytes)?;
        image.check(model, ops)?;
        Ok(image)
    }

    /// Reads an image, whatever model and operators it was made for.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, ImageFault> {
        let (header, rest) =
            bytes.split_at_checked(size_of::<Header>()).ok_or(ImageFault::Truncated)?;
        let header: &Header =
            bytemuck::try_from_bytes(header).map_err(|_| ImageFault::Misaligned)?;
        if header.magic != MAGIC {
            return Err(ImageFault::Magic);
        }
        if header.version != VERSION {
            return Err(ImageFault::Version(header.version));
        }
        if header.isa != PORTABLE && !(PACKED_FILTERS && header.isa == DSP) {
            return Err(ImageFault::Isa(header.isa));
        }
        if hash(bytes.get(UNCOVERED..).unwrap_or_default()) != header.checksum {
            return Err(ImageFault::Checksum);
        }
        let op_bytes = (header.op_len as usize).checked_mul(size_of::<OpRecord>());
        let (ops, records) = op_bytes
            .and_then(|op_bytes| rest.split_at_checked(op_bytes))
            .ok_or(ImageFault::Truncated)?;
        let ops = bytemuck::try_cast_slice(ops).map_err(|_| ImageFault::Misaligned)?;
        let records = Records::new(records);
        let Graph { inputs, outputs, nodes, fills } = header.graph;
        let found = records.slice(inputs).is_ok()
            && records.slice(outputs).is_ok()
            && records.slice(nodes).is_ok()
            && records.slice(fills).is_ok();
        if !found || !header.alignment.is_power_of_two() {
            return Err(ImageFault::Malformed);
        }
        Ok(Self { header, ops, records })
    }

    /// `Ok` if it was made for this model and these operators.
    fn check(&self, model: &[u8], ops: Ops<'_>) -> Result<(), ImageFault> {
        if self.header.model_bytes as usize != model.len() || self.header.model_hash != hash(model)
        {
            return Err(ImageFault::Model);
        }
        if PACKED_FILTERS && self.header.isa != PORTABLE && !model.as_ptr().addr().is_multiple_of(4)
        {
            return Err(ImageFault::MisalignedModel);
        }
        for (index, want) in (0_u32..).zip(self.ops) {
            if ops.get(index as usize).map(OpRecord::of) != Some(*want) {
                return Err(ImageFault::Operator { index, builtin: BuiltinOperator(want.builtin) });
            }
        }
        Ok(())
    }

    /// So many bytes of a memory of the caller's, aligned as they should be; or how many would do.
    fn aligned(&self, memory: &'a mut [u8], bytes: u32) -> Result<&'a mut [u8], usize> {
        let skipped = memory.as_ptr().addr().wrapping_neg() & (self.header.alignment as usize - 1);
        let needed = skipped.saturating_add(bytes as usize);
        memory.get_mut(skipped..needed).ok_or(needed)
    }

    /// Overlay and variables, out of the caller's memory.
    fn memory(&self, arena: &'a mut [u8]) -> Result<(&'a mut [u8], &'a mut [u8]), Error> {
        let available = arena.len();
        let (overlay, variables) = (self.header.overlay as usize, self.header.variables as usize);
        let skipped = arena.as_ptr().addr().wrapping_neg() & (self.header.alignment as usize - 1);
        let needed = skipped.saturating_add(overlay).saturating_add(variables);
        let too_small = Error::OutOfMemory { needed, available };
        let (_, rest) = arena.split_at_mut_checked(skipped).ok_or(too_small)?;
        let (overlay, rest) = rest.split_at_mut_checked(overlay).ok_or(too_small)?;
        let (variables, _) = rest.split_at_mut_checked(variables).ok_or(too_small)?;
        Ok((overlay, variables))
    }
}

impl<'a> Interpreter<'a> {
    /// An interpreter of a model that was prepared before: nothing is computed, and `arena` has
    /// room for activations and variables only. All else is read from `image`, which
    /// `bantam prepare` makes, and
    /// [`model!`](https://docs.rs/bantam/latest/bantam/macro.model.html).
    ///
    /// `ops` begins with the operators that the image was made for, in that order; [`Op::prepared`]
    /// will do. `image` lies at a multiple of 4. `arena` may lie anywhere: what is lost to align it
    /// is less than the largest element of any activation.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidImage`] with what is wrong with the image or does not fit to it;
    /// [`Error::OutOfMemory`] with the bytes that are enough at this address.
    ///
    /// # Cost
    ///
    /// A few instructions for every four bytes of the model and of the image, to find out whether
    /// they belong together.
    pub fn from_prepared(
        model: &Model<'a>,
        image: &'a [u8],
        ops: &'a [Op],
        arena: &'a mut [u8],
    ) -> Result<Self, Error> {
        Self::from_prepared_ops(model, image, ops.into(), arena)
    }

    /// As [`Interpreter::from_prepared`], with a list of references.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::from_prepared`].
    #[cfg(feature = "foreign")]
    pub fn from_prepared_with_references(
        model: &Model<'a>,
        image: &'a [u8],
        ops: &'a [&'a Op],
        arena: &'a mut [u8],
    ) -> Result<Self, Error> {
        Self::from_prepared_ops(model, image, ops.into(), arena)
    }

    #[inline(always)] // size: one caller on devices
    fn from_prepared_ops(
        model: &Model<'a>,
        image: &'a [u8],
        ops: Ops<'a>,
        arena: &'a mut [u8],
    ) -> Result<Self, Error> {
        let image = Image::open(image, model.bytes(), ops)?;
        let memories = image.memory(arena)?;
        Self::of_image(&image, model, ops, memories)
    }

    /// As [`Interpreter::from_prepared`], with two memories: `overlay` for activations and scratch,
    /// `arena` for variables. So either may be the small fast one.
    ///
    /// An image of [`prepare_for_two_memories`] has activations in both.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::from_prepared`]; [`Error::OverlayTooSmall`] with the bytes that are enough
    /// for the overlay at this address.
    ///
    /// [`prepare_for_two_memories`]:
    ///     https://docs.rs/bantam-interp/latest/bantam_interp/host/fn.prepare_for_two_memories.html
    pub fn from_prepared_with_overlay(
        model: &Model<'a>,
        image: &'a [u8],
        ops: &'a [Op],
        arena: &'a mut [u8],
        overlay: &'a mut [u8],
    ) -> Result<Self, Error> {
        let image = Image::open(image, model.bytes(), ops.into())?;
        let available = [arena.len(), overlay.len()];
        let variables = image.aligned(arena, image.header.variables);
        let variables =
            variables.map_err(|needed| Error::OutOfMemory { needed, available: available[0] })?;
        let overlay = image.aligned(overlay, image.header.overlay);
        let overlay =
            overlay.map_err(|needed| Error::OverlayTooSmall { needed, available: available[1] })?;
        Self::of_image(&image, model, ops.into(), (overlay, variables))
    }

    fn of_image(
        image: &Image<'a>,
        model: &Model<'a>,
        ops: Ops<'a>,
        (overlay, variables): (&'a mut [u8], &'a mut [u8]),
    ) -> Result<Self, Error> {
        let mut counter = Counter::new();
        counter
            .alloc_aligned::<u8>(variables.len(), Align::Sixteen, Category::Variables)
            .and_then(|_| counter.reserve_overlay(overlay.len()))
            .map_err(|_| ImageFault::Malformed)?;
        let fixed = Fixed::new(image.records, ops, image.header.callee);
        Self::begin((overlay, variables), *model, fixed, &image.header.graph, || counter.usage())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_tell_bytes_apart() {
        let mut seen = std::collections::BTreeSet::new();
        for len in 0..9 {
            assert!(seen.insert(hash(&[0; 9][..len])), "{len} zeros");
        }
        for at in 0..9 {
            for bit in 0..8 {
                let mut bytes = [0; 9];
                bytes[at] = 1 << bit;
                assert!(seen.insert(hash(&bytes)), "bit {bit} of byte {at}");
            }
        }
        // At any address the same, and for ever: images in flash depend on it.
        let bytes = b"xbantam";
        assert_eq!([hash(&bytes[1..]), hash(b"bantam")], [0xDC49_5BB1; 2]);
    }

    #[test]
    fn header_has_no_gaps_and_keeps_its_length() {
        assert_eq!((size_of::<Header>(), size_of::<OpRecord>()), (72, 12));
    }
}
