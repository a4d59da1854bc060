//! What the interpreter keeps in the arena: fixed-width records without pointers.

use bantam_arena::Slice;
use bytemuck::{Pod, Zeroable};

/// Where the bytes of an operand are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An optional input that is not there.
    Absent,
    /// At this offset of the model file.
    Model(u32),
    /// At this offset of the overlay.
    Overlay(u32),
    /// At this offset of the variables block.
    Variable(u32),
    /// To be planned: tensor with this index. Replaced by `Overlay` before the first invoke.
    Tensor(u32),
    /// To be planned: scratch. Replaced by `Overlay` before the first invoke.
    Scratch,
}

/// One operand of a node: its place and its length.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Operand {
    /// Kind of place in the upper three bits, offset or index below.
    place: u32,
    /// Length in bytes.
    pub(crate) bytes: u32,
}

/// Two operands that overlap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Union {
    /// The memory that holds both.
    pub(crate) whole: Operand,
    /// Where in it the first begins, in bytes.
    pub(crate) input: u32,
    /// Where in it the second begins, in bytes.
    pub(crate) output: u32,
}

const KIND_SHIFT: u32 = 29;
/// Offsets and indices must be below this.
pub(crate) const PLACE_LIMIT: u32 = 1 << KIND_SHIFT;

impl Operand {
    /// `None` if the offset or index does not fit.
    pub(crate) fn new(place: Place, bytes: u32) -> Option<Self> {
        let (kind, value) = match place {
            Place::Absent => (0, 0),
            Place::Model(offset) => (1, offset),
            Place::Overlay(offset) => (2, offset),
            Place::Variable(offset) => (3, offset),
            Place::Tensor(index) => (4, index),
            Place::Scratch => (5, 0),
        };
        (value < PLACE_LIMIT).then_some(Self { place: kind << KIND_SHIFT | value, bytes })
    }

    pub(crate) const ABSENT: Self = Self { place: 0, bytes: 0 };

    /// The memory that holds this operand and `other`, if they share any of the overlay.
    pub(crate) fn union(self, other: Self) -> Option<Union> {
        let (Place::Overlay(input), Place::Overlay(output)) = (self.place(), other.place()) else {
            return None;
        };
        let (input_end, output_end) =
            (input.checked_add(self.bytes)?, output.checked_add(other.bytes)?);
        if input_end <= output || output_end <= input {
            return None;
        }
        let start = input.min(output);
        let bytes = input_end.max(output_end) - start;
        let whole = Self::new(Place::Overlay(start), bytes)?;
        Some(Union { whole, input: input - start, output: output - start })
    }

    pub(crate) fn place(self) -> Place {
        let value = self.place & (PLACE_LIMIT - 1);
        match self.place >> KIND_SHIFT {
            1 => Place::Model(value),
            2 => Place::Overlay(value),
            3 => Place::Variable(value),
            4 => Place::Tensor(value),
            5 => Place::Scratch,
            _ => Place::Absent,
        }
    }
}

/// One node: which operator runs it, and its block of operands and prepared data.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct NodeRecord {
    /// Operands (inputs, outputs, extras: two words each), then the operator's prepared data.
    pub(crate) block: Slice<u32>,
    /// Index into the operator list.
    pub(crate) op: u8,
    pub(crate) inputs: u8,
    pub(crate) outputs: u8,
    /// Scratch and state operands.
    pub(crate) extras: u8,
}

impl NodeRecord {
    pub(crate) fn operand_len(&self) -> usize {
        usize::from(self.inputs) + usize::from(self.outputs) + usize::from(self.extras)
    }

    /// Operands and prepared data out of the node's block.
    pub(crate) fn split(self, block: &[u32]) -> Option<(&[Operand], &[u8])> {
        let (operands, data) = block.split_at_checked(self.operand_len() * 2)?;
        Some((bytemuck::try_cast_slice(operands).ok()?, bytemuck::cast_slice(data)))
    }

    /// The operands, to be patched.
    pub(crate) fn operands_mut(self, block: &mut [u32]) -> Option<&mut [Operand]> {
        bytemuck::try_cast_slice_mut(block.get_mut(..self.operand_len() * 2)?).ok()
    }
}

/// A graph input or output.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PortRecord {
    pub(crate) operand: Operand,
    /// Index of the tensor.
    pub(crate) tensor: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operand_keeps_every_place() {
        for place in [
            Place::Absent,
            Place::Model(PLACE_LIMIT - 1),
            Place::Overlay(0),
            Place::Variable(16),
            Place::Tensor(7),
            Place::Scratch,
        ] {
            assert_eq!(Operand::new(place, 5).unwrap().place(), place);
        }
        assert!(Operand::new(Place::Model(PLACE_LIMIT), 1).is_none());
    }
}
