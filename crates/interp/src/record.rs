//! What the interpreter keeps in the arena: fixed-width records without pointers.

use bantam_arena::{Records, Slice};
use bantam_schema::{Model, TensorType};
use bytemuck::{Pod, Zeroable};
use core::ops::Range;

/// Where the bytes of an operand are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An optional input that is not there.
    Absent,
    /// At this offset of the model file.
    Model(u32),
    /// At this offset of the model file, and [in front of it](length_before) its length.
    Constant(u32),
    /// At this offset of the overlay.
    Overlay(u32),
    /// At this offset of the variables block.
    Variable(u32),
    /// To be planned: tensor with this index. Replaced by `Overlay` before the first invoke.
    Tensor(u32),
    /// To be planned: scratch. Replaced by `Overlay` before the first invoke.
    Scratch,
    /// None: the operand in front of it is scratch that an input is decoded to. The lower 16 bits
    /// say with [which table](crate::lut::LutId), the others are the position of the input.
    Lut(u32),
}

/// So many bytes, rounded up to a multiple of `alignment`, a power of two.
pub(crate) fn round_up(bytes: u32, alignment: u32) -> Option<u32> {
    let most = alignment.saturating_sub(1);
    Some(bytes.checked_add(most)? & !most)
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
/// The kind of [`Place::Model`].
const MODEL: u32 = 1;
/// The kind of [`Place::Overlay`].
const OVERLAY: u32 = 2;
/// The kind of [`Place::Constant`].
const CONSTANT: u32 = 6;
/// Offsets and indices must be below this.
pub(crate) const PLACE_LIMIT: u32 = 1 << KIND_SHIFT;

impl Operand {
    /// `None` if the offset or index does not fit.
    pub(crate) fn new(place: Place, bytes: u32) -> Option<Self> {
        let (kind, value) = match place {
            Place::Absent => (0, 0),
            Place::Model(offset) => (MODEL, offset),
            Place::Overlay(offset) => (OVERLAY, offset),
            Place::Variable(offset) => (3, offset),
            Place::Tensor(index) => (4, index),
            Place::Scratch => (5, 0),
            Place::Constant(offset) => (CONSTANT, offset),
            Place::Lut(what) => (7, what),
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

    /// The same without a length of its own, if the model says it in front of a constant.
    pub(crate) fn with_length_in(self, model: &[u8]) -> Self {
        match self.place() {
            Place::Model(at) if length_before(model, at) == Some(self.bytes) => {
                Self::new(Place::Constant(at), self.bytes).unwrap_or(self)
            }
            _ => self,
        }
    }

    /// Whether it is there.
    pub(crate) fn is_there(self) -> bool {
        self.place() != Place::Absent
    }

    /// Whether a block keeps its length.
    pub(crate) const fn has_length(self) -> bool {
        has_length(self.place)
    }

    /// Writes it as operand `at` of a block, and its length to word `next`, if the block keeps it:
    /// as far as the block goes.
    pub(crate) fn write(self, block: &mut [u32], at: usize, next: &mut usize) {
        if let Some(place) = block.get_mut(at) {
            *place = self.place;
        }
        if self.has_length() {
            if let Some(length) = block.get_mut(*next) {
                *length = self.bytes;
            }
            *next += 1;
        }
    }

    pub(crate) fn place(self) -> Place {
        let value = self.place & (PLACE_LIMIT - 1);
        match self.place >> KIND_SHIFT {
            MODEL => Place::Model(value),
            OVERLAY => Place::Overlay(value),
            3 => Place::Variable(value),
            4 => Place::Tensor(value),
            5 => Place::Scratch,
            CONSTANT => Place::Constant(value),
            7 => Place::Lut(value),
            _ => Place::Absent,
        }
    }
}

/// One node: which operator runs it, and where its block begins.
///
/// A block is a word for each operand (inputs, outputs, extras) that says where it is, the
/// operator's prepared data, and a word with the length of each operand that does not [carry
/// it](Place::Constant) in the model.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct NodeRecord {
    /// The type of its elements in the upper five bits; below, the distance of the block from the
    /// high end of the arena, in words. The block's length follows from what it contains.
    place: u32,
    /// Index into the operator list.
    pub(crate) op: u8,
    pub(crate) inputs: u8,
    pub(crate) outputs: u8,
    /// Scratch and state operands.
    pub(crate) extras: u8,
}

/// Types of elements have five bits of a [`NodeRecord`], so that blocks reach to 512 MiB.
const ELEMENT_TYPE_SHIFT: u32 = 27;

impl NodeRecord {
    /// That of no node.
    const NONE: Self = Self { place: 0, op: 0, inputs: 0, outputs: 0, extras: 0 };

    /// The record of a node with elements of `element_type` and a block at `block`, in bytes below
    /// the high end.
    ///
    /// `None` if the block lies 512 MiB below, or if the schema has no such type.
    pub(crate) fn new(
        block: u32,
        element_type: TensorType,
        op: u8,
        [inputs, outputs, extras]: [u8; 3],
    ) -> Option<Self> {
        let (words, code) = (block / 4, u32::from(element_type.0 as u8));
        let beyond = words >> ELEMENT_TYPE_SHIFT | code >> (u32::BITS - ELEMENT_TYPE_SHIFT);
        let place = code << ELEMENT_TYPE_SHIFT | words;
        (beyond == 0).then_some(Self { place, op, inputs, outputs, extras })
    }

    /// The type of its elements, as [`Prepare`](crate::Prepare) has chosen it.
    pub(crate) const fn element_type(self) -> TensorType {
        TensorType((self.place >> ELEMENT_TYPE_SHIFT) as i8)
    }

    pub(crate) fn operand_len(&self) -> usize {
        usize::from(self.inputs) + usize::from(self.outputs) + usize::from(self.extras)
    }

    /// All words from the beginning of the block on: those of the nodes before it follow.
    pub(crate) const fn words(self) -> Slice<u32> {
        let words = self.place & ((1 << ELEMENT_TYPE_SHIFT) - 1);
        Slice::new(words * 4, words)
    }

    /// Operands and prepared data.
    #[inline] // one caller
    pub(crate) fn read<'r>(
        &'r self,
        records: Records<'r>,
        model: Model<'r>,
        data_bytes: usize,
    ) -> Option<(Operands<'r>, &'r [u8])> {
        let words = records.slice(self.words()).ok()?;
        let (_, data) = words.split_at_checked(self.operand_len())?;
        let data = data.get(..data_bytes.div_ceil(4))?;
        let lengths_at = (self.operand_len() + data.len()) as u32;
        Some((Operands { words, lengths_at, record: self, model }, bytemuck::cast_slice(data)))
    }

    /// Replaces each operand by what `change` makes of it, which does not get the lengths that
    /// are in the model. `None` if a record is faulty.
    #[inline(never)] // size: one copy for its callers
    pub(crate) fn change(
        self,
        words: &mut [u32],
        data_bytes: usize,
        change: &mut dyn FnMut(Operand) -> Option<Operand>,
    ) -> Option<()> {
        let (places, rest) = words.split_at_mut_checked(self.operand_len())?;
        let mut lengths = rest.get(data_bytes.div_ceil(4)..).unwrap_or_default().iter();
        for place in places {
            let &bytes = if has_length(*place) { lengths.next()? } else { &0 };
            *place = change(Operand { place: *place, bytes })?.place;
        }
        Some(())
    }
}

/// The operands of a node with weights, where they lie.
pub(crate) struct Weighted<'r> {
    /// The input in the overlay.
    pub(crate) reads: Range<usize>,
    /// The output there.
    pub(crate) writes: Range<usize>,
    /// Filter and bias.
    pub(crate) constants: [&'r [u8]; 2],
}

/// The operands of a node, as its block keeps them: inputs, outputs, extras.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operands<'r> {
    /// The block, and what follows.
    words: &'r [u32],
    /// Where in it the lengths begin.
    lengths_at: u32,
    record: &'r NodeRecord,
    pub(crate) model: Model<'r>,
}

/// An operand that is not there is [`Operand::ABSENT`].
impl<'r> Operands<'r> {
    /// Those of no node.
    #[inline(always)] // made where it stays
    pub(crate) const fn none(model: Model<'r>) -> Self {
        Self { words: &[], lengths_at: 0, record: &NodeRecord::NONE, model }
    }

    /// How many inputs there are.
    pub(crate) fn input_len(&self) -> usize {
        self.record.inputs.into()
    }

    /// How many outputs there are.
    pub(crate) fn output_len(&self) -> usize {
        self.record.outputs.into()
    }

    /// How many operands are scratch or state.
    pub(crate) fn extra_len(&self) -> usize {
        self.record.extras.into()
    }

    /// How many operands there are.
    pub(crate) fn len(&self) -> usize {
        self.record.operand_len()
    }

    /// The type of the node's elements.
    pub(crate) fn element_type(&self) -> TensorType {
        self.record.element_type()
    }

    /// The same node with other operands: the places of all, and the lengths of those that have
    /// one.
    pub(crate) fn of_words<'w>(&self, words: &'w [u32]) -> Operands<'w>
    where
        'r: 'w,
    {
        Operands { words, lengths_at: self.len() as u32, record: self.record, model: self.model }
    }

    /// An input.
    pub(crate) fn input(&self, index: usize) -> Operand {
        if index < self.input_len() { self.at(index) } else { Operand::ABSENT }
    }

    /// Whether an input is there.
    pub(crate) fn has_input(&self, index: usize) -> bool {
        self.input(index).is_there()
    }

    /// An output.
    pub(crate) fn output(&self, index: usize) -> Operand {
        let is_there = index < self.output_len();
        if is_there { self.at(self.input_len() + index) } else { Operand::ABSENT }
    }

    /// Scratch or state.
    pub(crate) fn extra(&self, index: usize) -> Operand {
        let is_there = index < self.extra_len();
        let before = self.input_len() + self.output_len();
        if is_there { self.at(before + index) } else { Operand::ABSENT }
    }

    /// The operand at a position among all, which must be there. Those with their length in the
    /// model come as [`Place::Model`].
    #[inline(never)] // size: one copy for its callers
    pub(crate) fn at(&self, position: usize) -> Operand {
        let Some((&place, before)) = self.words.get(..=position).and_then(<[u32]>::split_last)
        else {
            return Operand::ABSENT;
        };
        let rank = before.iter().filter(|&&place| has_length(place)).count();
        self.operand(place, self.lengths_at as usize + rank)
    }

    /// The operands of nearly all nodes with weights: input and output in the overlay, and two
    /// constants that have their length in the model. `None` for others.
    #[inline(always)] // one caller
    pub(crate) fn weighted(&self) -> Option<Weighted<'r>> {
        let &[input, filter, bias, output] = self.words.first_chunk()?;
        let &[read, written] = self.words.get(self.lengths_at as usize..)?.first_chunk()?;
        let is_usual = self.record.inputs == 3
            && self.record.outputs == 1
            && [input >> KIND_SHIFT, output >> KIND_SHIFT] == [OVERLAY; 2];
        if !is_usual || has_length(filter) || has_length(bias) {
            return None;
        }
        let range = |place: u32, bytes: u32| {
            let at = (place & (PLACE_LIMIT - 1)) as usize;
            Some(at..at.checked_add(bytes as usize)?)
        };
        let constants = [self.constant(filter)?, self.constant(bias)?];
        Some(Weighted { reads: range(input, read)?, writes: range(output, written)?, constants })
    }

    /// The bytes of a constant that has its length in the model.
    #[inline(never)] // size: one copy for filter and bias
    fn constant(&self, place: u32) -> Option<&'r [u8]> {
        let begin = ((place & (PLACE_LIMIT - 1)) as usize).checked_sub(4)?;
        let (&length, bytes) = self.model.bytes().get(begin..)?.split_first_chunk()?;
        bytes.get(..u32::from_le_bytes(length) as usize)
    }

    /// The operand with this place, and its length there unless the model says it.
    #[inline(always)] // in `at`
    fn operand(&self, place: u32, length_at: usize) -> Operand {
        if has_length(place) {
            let bytes = self.words.get(length_at);
            return bytes.map_or(Operand::ABSENT, |&bytes| Operand { place, bytes });
        }
        let at = place & (PLACE_LIMIT - 1);
        let bytes = length_before(self.model.bytes(), at);
        let place = MODEL << KIND_SHIFT | at;
        bytes.map_or(Operand::ABSENT, |bytes| Operand { place, bytes })
    }
}

const fn has_length(place: u32) -> bool {
    place >> KIND_SHIFT != CONSTANT
}

/// The word in front of what lies at `offset` of the model: for a FlatBuffers vector of bytes, its
/// length.
pub(crate) fn length_before(model: &[u8], offset: u32) -> Option<u32> {
    let end = offset as usize;
    let word = model.get(end.checked_sub(4)?..end)?;
    word.first_chunk().map(|&word| u32::from_le_bytes(word))
}

/// A graph input or output.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PortRecord {
    pub(crate) operand: Operand,
    /// Type of the tensor in the upper byte, its index below.
    tensor: u32,
}

const TYPE_SHIFT: u32 = 24;

impl PortRecord {
    /// `None` if the index does not fit.
    pub(crate) fn new(operand: Operand, tensor: u32, tensor_type: TensorType) -> Option<Self> {
        let code = u32::from(tensor_type.0 as u8);
        (tensor >> TYPE_SHIFT == 0).then_some(Self { operand, tensor: code << TYPE_SHIFT | tensor })
    }

    /// Replaces the operand of each by what `change` makes of it.
    // size: as words, since a division by the length of a record takes more than the loop.
    pub(crate) fn change(
        mut ports: &mut [u32],
        change: &mut dyn FnMut(Operand) -> Option<Operand>,
    ) -> Option<()> {
        while let Some(([place, bytes, _], rest)) = ports.split_first_chunk_mut() {
            let operand = change(Operand { place: *place, bytes: *bytes })?;
            (*place, *bytes) = (operand.place, operand.bytes);
            ports = rest;
        }
        Some(())
    }

    /// The index of the tensor.
    pub(crate) fn tensor(self) -> u32 {
        self.tensor & ((1 << TYPE_SHIFT) - 1)
    }

    /// Its type.
    pub(crate) fn tensor_type(self) -> TensorType {
        TensorType((self.tensor >> TYPE_SHIFT) as i8)
    }
}

/// A variable tensor that begins with something else than zeros.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct FillRecord {
    /// Where it is among the variables.
    pub(crate) at: u32,
    /// Its length.
    pub(crate) bytes: u32,
    /// What each byte is.
    pub(crate) value: u32,
}

impl FillRecord {
    /// The same records as words, three each.
    // size: a division by the length of a record takes more than a loop over words.
    pub(crate) const fn words(records: Slice<Self>) -> Slice<u32> {
        Slice::new(records.offset(), records.len().saturating_mul(3))
    }
}

/// Where the records of a prepared graph are.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Graph {
    pub(crate) inputs: Slice<PortRecord>,
    pub(crate) outputs: Slice<PortRecord>,
    pub(crate) nodes: Slice<NodeRecord>,
    pub(crate) fills: Slice<FillRecord>,
}

/// A subgraph that nodes call.
///
/// The places of its operands count from the beginning of its frame: the part of the overlay that
/// a node gives it while it runs.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct SubgraphRecord {
    pub(crate) graph: Graph,
    /// Its index in the model.
    pub(crate) index: u32,
    /// Where the record is that was made before; 0 if there is none.
    pub(crate) previous: u32,
}

#[cfg(test)]
mod tests;
