//! What a running node sees: its operands, as one-writer-many-readers views of the arena and the
//! model.
//!
//! The overlay is split around the slices that the node writes; reads come from the gaps between
//! them. Whether operands are disjoint is thus checked at every node, so that a faulty plan is an
//! error and never undefined behaviour.

use crate::error::EvalError;
use crate::op::Io;
use crate::record::{Operand, Operands, PLACE_LIMIT, Place, Union};
use crate::slot::{Extra, Slot};
use bantam_arena::Slice;
use bantam_kernels::LengthMismatch;
use bantam_kernels::walk::rows::Activations;
use bantam_schema::TensorType;
use bytemuck::{AnyBitPattern, Pod};

pub(crate) mod bind;

/// Most slices that a node can write at the same time.
pub const MAX_SLOTS: usize = 8;

/// Parts that an output leaves of the memories: before it, behind it, and the other memory.
const AROUND: usize = 3;

/// Reads the inputs of a node that writes nothing but an output.
pub type OutputReader<'s> = Reader<'s, AROUND>;

/// Input and output, what else is written, and a reader of the rest: see [`Io::activations`].
pub type WithActivations<'s, T, const M: usize> =
    (Activations<'s, T>, [&'s mut [u8]; M], Reader<'s>);

impl<'r> Io<'r> {
    /// Number of inputs, absent ones included.
    pub fn input_len(&self) -> usize {
        self.operands.input_len()
    }

    /// Number of outputs.
    pub fn output_len(&self) -> usize {
        self.operands.output_len()
    }

    /// The type of the node's elements: that of its first input, unless the operator has
    /// [set](crate::Prepare::set_element_type) another.
    pub fn element_type(&self) -> TensorType {
        self.operands.element_type()
    }

    /// Bytes of input `index`; 0 if it is absent.
    pub fn input_bytes(&self, index: usize) -> usize {
        self.operands.input(index).bytes as usize
    }

    /// Bytes of output `index`; 0 if there is none.
    pub fn output_bytes(&self, index: usize) -> usize {
        self.operands.output(index).bytes as usize
    }

    /// Whether input `index` is there.
    pub fn has_input(&self, index: usize) -> bool {
        self.operands.has_input(index)
    }

    /// The bytes of the model file, for data that was found there while preparing.
    pub fn model(&self) -> &'r [u8] {
        self.operands.model.bytes()
    }

    /// Prepared data of variable length.
    ///
    /// # Errors
    ///
    /// [`EvalError::Record`] if the handle does not name a slice of the arena.
    pub fn persistent<T: Pod>(&self, slice: Slice<T>) -> Result<&'r [T], EvalError> {
        self.fixed.records.slice(slice).map_err(|_| EvalError::Record)
    }

    /// Ends the invoke after this node without an error, with
    /// [`Outcome::NeedMoreInput`](crate::Outcome::NeedMoreInput): for streaming operators whose
    /// cycle is not full.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// Output `index` to write, and everything else to read.
    ///
    /// # Errors
    ///
    /// As [`Io::split`]; [`EvalError::Type`] if it is not a slice of `T`.
    pub fn output<T: Pod>(
        &mut self,
        index: usize,
    ) -> Result<(&mut [T], OutputReader<'_>), EvalError> {
        let (output, reader) = self.cut(self.operands.output(index))?;
        Ok((cast_mut(output)?, reader))
    }

    /// Output `index` and input `input`, apart or over each other as the plan has them; and
    /// everything else to read.
    ///
    /// # Errors
    ///
    /// As [`Io::split`]; [`EvalError::Type`] if either is not a slice of `T`.
    pub fn output_over<T: Pod>(
        &mut self,
        index: usize,
        input: usize,
    ) -> Result<(Activations<'_, T>, OutputReader<'_>), EvalError> {
        let (bytes, reader) = self.output_bytes_over(index, input)?;
        Ok((of_type(bytes)?, reader))
    }

    /// [`Io::output_over`] in bytes.
    fn output_bytes_over(
        &mut self,
        index: usize,
        input: usize,
    ) -> Result<(Activations<'_, u8>, OutputReader<'_>), EvalError> {
        let (output, input) = (self.operands.output(index), self.operands.input(input));
        let shared = input.union(output);
        let (written, reader) = self.cut(shared.map_or(output, |union| union.whole))?;
        let activations = activations(written, input, shared, &reader)?;
        Ok((activations, reader))
    }

    /// As [`Io::output_over`], for nodes that read nothing else.
    // size: a reader is moved, and has a code of its own.
    pub(crate) fn activation<T: Pod>(
        &mut self,
        index: usize,
        input: usize,
    ) -> Result<Activations<'_, T>, EvalError> {
        of_type(self.activation_bytes(index, input)?)
    }

    /// [`Io::activation`] in bytes.
    #[inline(never)] // size: one copy for all operators
    pub(crate) fn activation_bytes(
        &mut self,
        index: usize,
        input: usize,
    ) -> Result<Activations<'_, u8>, EvalError> {
        let (input, output) = (self.operands.input(input), self.operands.output(index));
        let bound = self.bind_any(output, &[input, Operand::ABSENT, Operand::ABSENT])?;
        Ok(bound.activations)
    }

    /// The slices named by `slots` to write, and everything else to read.
    ///
    /// # Errors
    ///
    /// [`EvalError::MissingOperand`] for a slot that is not there, [`EvalError::Memory`] for one
    /// outside its memory, for two that overlap, or for more than [`MAX_SLOTS`].
    pub fn split<const M: usize>(
        &mut self,
        slots: [Slot; M],
    ) -> Result<([&mut [u8]; M], Reader<'_>), EvalError> {
        self.carve(self.wanted(slots))
    }

    /// The output (the first of `slots`) and input `input`, apart or over each other as the plan
    /// has them; the other `slots` to write; and everything else to read.
    ///
    /// # Errors
    ///
    /// As [`Io::split`]; [`EvalError::Type`] if either is not a slice of `T`.
    pub fn activations<T: Pod, const M: usize>(
        &mut self,
        input: usize,
        slots: [Slot; M],
    ) -> Result<WithActivations<'_, T, M>, EvalError> {
        let (bytes, pieces, reader) = self.split_bytes(input, slots)?;
        Ok((of_type(bytes)?, pieces, reader))
    }

    /// [`Io::activations`] in bytes.
    fn split_bytes<const M: usize>(
        &mut self,
        input: usize,
        slots: [Slot; M],
    ) -> Result<WithActivations<'_, u8, M>, EvalError> {
        let mut wanted = self.wanted(slots);
        let first = wanted.first_mut().ok_or(EvalError::MissingOperand)?;
        let input = self.operands.input(input);
        let shared = input.union(*first);
        if let Some(union) = shared {
            *first = union.whole;
        }
        let (mut pieces, reader) = self.carve(wanted)?;
        let written = pieces.first_mut().map(core::mem::take).unwrap_or_default();
        let activations = activations(written, input, shared, &reader)?;
        Ok((activations, pieces, reader))
    }

    /// The input that output `output` lies over, if it lies over one.
    pub fn overlapped(&self, output: usize) -> Option<usize> {
        let output = self.operands.output(output);
        let lies_over = |&input: &usize| self.operands.input(input).union(output).is_some();
        (0..self.operands.input_len()).find(lies_over)
    }

    /// Whether input `input` and output `output` lie in each other as [`Parts`](crate::Parts) has
    /// them: the one that is the part begins `offset` bytes behind the beginning of the whole. Then
    /// there is nothing to copy.
    pub fn is_part(&self, input: usize, output: usize, offset: usize) -> bool {
        let (input, output) = (self.operands.input(input), self.operands.output(output));
        let (Place::Overlay(input_at), Place::Overlay(output_at)) = (input.place(), output.place())
        else {
            return false;
        };
        let (whole, part) =
            if input.bytes < output.bytes { (output_at, input_at) } else { (input_at, output_at) };
        (whole as usize).checked_add(offset) == Some(part as usize)
    }

    /// The operands that `slots` name.
    #[inline] // the slots are constants to its callers
    fn wanted<const M: usize>(&self, slots: [Slot; M]) -> [Operand; M] {
        slots.map(|slot| match slot {
            Slot::Variable(index) => self.operands.input(index),
            Slot::Output(index) => self.operands.output(index),
            Slot::Extra(Extra(index)) => self.operands.extra(index as usize),
        })
    }

    /// Cuts the memories around an operand that is written.
    #[inline(never)] // size: one copy for all operators
    pub(crate) fn cut(
        &mut self,
        written: Operand,
    ) -> Result<(&mut [u8], OutputReader<'_>), EvalError> {
        let at = address(written.place()).ok_or(EvalError::MissingOperand)?;
        let (mut memory, mut other) = ((0, &mut *self.overlay), (VARIABLES, &mut *self.variables));
        if at >= VARIABLES {
            (memory, other) = (other, memory);
        }
        let (base, memory) = memory;
        let end = at.checked_add(written.bytes).ok_or(EvalError::Memory)?;
        let split = memory.split_at_mut_checked((end - base) as usize);
        let (memory, behind) = split.ok_or(EvalError::Memory)?;
        let split = memory.split_at_mut_checked((at - base) as usize);
        let (before, piece) = split.ok_or(EvalError::Memory)?;
        let gaps = [(base, &*before), (end, &*behind), (other.0, &*other.1)];
        Ok((piece, Reader { operands: &self.operands, gaps }))
    }

    /// Cuts the memories around what is written.
    #[inline] // size: one copy for each number of operands, made of calls
    fn carve<const M: usize>(
        &mut self,
        mut wanted: [Operand; M],
    ) -> Result<([&mut [u8]; M], Reader<'_>), EvalError> {
        let mut pieces = [const { None }; M];
        let mut reader = Reader { operands: &self.operands, gaps: [(0, &[][..]); MAX_SLOTS + 2] };
        let memories = (&mut *self.overlay, &mut *self.variables);
        Gaps { gaps: reader.gaps.iter_mut() }.carve(memories, &mut wanted, &mut pieces)?;
        Ok((pieces.map(Option::unwrap_or_default), reader))
    }
}

/// Bytes of activations as elements `T`.
pub(crate) fn of_type<T: Pod>(bytes: Activations<'_, u8>) -> Result<Activations<'_, T>, EvalError> {
    let elements =
        |bytes: usize| bytes / const { if size_of::<T>() > 0 { size_of::<T>() } else { 1 } };
    Ok(match bytes {
        Activations::Apart { input, output } => {
            Activations::Apart { input: cast(input)?, output: cast_mut(output)? }
        }
        Activations::Shared { memory, input, output } => Activations::Shared {
            memory: cast_mut(memory)?,
            input: elements(input),
            output: elements(output),
        },
    })
}

/// Where in one of the memories something begins: the order is that of the overlay, then that of
/// the variables, which are out of reach of any length in the overlay.
fn address(place: Place) -> Option<u32> {
    match place {
        Place::Overlay(at) => Some(at),
        Place::Variable(at) => Some(at | VARIABLES),
        _ => None,
    }
}

/// The [`address`] of the variables.
const VARIABLES: u32 = PLACE_LIMIT;

/// A part of a memory that nobody writes now, and its [`address`].
type Gap<'s> = (u32, &'s [u8]);

/// Where to write down what nobody writes now: a gap before and behind each slice that is written.
struct Gaps<'g, 's> {
    gaps: core::slice::IterMut<'g, Gap<'s>>,
}

impl<'s> Gaps<'_, 's> {
    /// Cuts what is wanted out of overlay and variables, in ascending order (there are few), and
    /// remembers the gaps.
    #[inline(never)] // size: one copy for each number of gaps
    fn carve(
        mut self,
        (overlay, variables): (&'s mut [u8], &'s mut [u8]),
        wanted: &mut [Operand],
        pieces: &mut [Option<&'s mut [u8]>],
    ) -> Result<(), EvalError> {
        let mut variables = Some(variables);
        let (mut base, mut rest) = (0, overlay);
        for _ in 0..wanted.len() {
            let lowest = wanted
                .iter_mut()
                .zip(&mut *pieces)
                .filter_map(|(want, piece)| Some((address(want.place())?, want, piece)));
            let lowest = lowest.min_by_key(|(at, _, _)| *at);
            let Some((at, want, piece)) = lowest else { return Err(EvalError::MissingOperand) };
            let bytes = core::mem::replace(want, Operand::ABSENT).bytes;
            if at >= VARIABLES
                && let Some(variables) = variables.take()
            {
                self.push(base, rest)?;
                rest = variables;
                base = VARIABLES;
            }
            // What lies below `base` is reached into by the piece before.
            let skip = at.checked_sub(base).ok_or(EvalError::Memory)?;
            let split = core::mem::take(&mut rest).split_at_mut_checked(skip as usize);
            let (gap, behind) = split.ok_or(EvalError::Memory)?;
            let split = behind.split_at_mut_checked(bytes as usize);
            let (taken, behind) = split.ok_or(EvalError::Memory)?;
            self.push(base, gap)?;
            *piece = Some(taken);
            base = at.checked_add(bytes).ok_or(EvalError::Memory)?;
            rest = behind;
        }
        self.push(base, rest)?;
        variables.map_or(Ok(()), |variables| self.push(VARIABLES, variables))
    }

    fn push(&mut self, at: u32, gap: &'s [u8]) -> Result<(), EvalError> {
        *self.gaps.next().ok_or(EvalError::Memory)? = (at, gap);
        Ok(())
    }
}

/// Reads the inputs of the node that runs, next to what it writes.
#[derive(Debug)]
pub struct Reader<'s, const GAPS: usize = { MAX_SLOTS + 2 }> {
    operands: &'s Operands<'s>,
    /// What nobody writes now; empty ones where there are fewer.
    gaps: [Gap<'s>; GAPS],
}

impl<'s, const GAPS: usize> Reader<'s, GAPS> {
    /// Input `index` as bytes; `None` if it is absent.
    ///
    /// # Errors
    ///
    /// [`EvalError::Memory`] if it lies outside its memory or overlaps what the node writes.
    #[inline(always)] // two calls
    pub fn optional_bytes(&self, index: usize) -> Result<Option<&'s [u8]>, EvalError> {
        self.optional_of(self.operands.input(index))
    }

    /// The bytes of an operand; `None` if it is absent.
    #[inline(always)] // a call and two checks
    fn optional_of(&self, operand: Operand) -> Result<Option<&'s [u8]>, EvalError> {
        match self.bytes_of(operand) {
            None if operand.is_there() => Err(EvalError::Memory),
            found => Ok(found),
        }
    }

    /// The bytes of an operand.
    #[inline(always)] // a check behind a call
    fn required(&self, operand: Operand) -> Result<&'s [u8], EvalError> {
        self.optional_of(operand)?.ok_or(EvalError::MissingOperand)
    }

    /// Input `index` as a slice of `T`; `None` if it is absent.
    ///
    /// Constants may lie at any address: read types wider than a byte as
    /// [`Le`](bantam_kernels::Le).
    ///
    /// # Errors
    ///
    /// As [`Reader::optional_bytes`]; [`EvalError::Type`] if it is not a slice of `T`.
    pub fn optional<T: AnyBitPattern>(&self, index: usize) -> Result<Option<&'s [T]>, EvalError> {
        self.optional_bytes(index)?.map(cast).transpose()
    }

    /// Input `index` as a slice of `T`.
    ///
    /// # Errors
    ///
    /// As [`Reader::optional`]; [`EvalError::MissingOperand`] if it is absent.
    pub fn input<T: AnyBitPattern>(&self, index: usize) -> Result<&'s [T], EvalError> {
        self.optional(index)?.ok_or(EvalError::MissingOperand)
    }

    /// Output `index`, which is not the one that is being written: what a loop carries on.
    ///
    /// # Errors
    ///
    /// [`EvalError::Memory`] if it is not there, or is written.
    pub fn output_bytes(&self, index: usize) -> Result<&'s [u8], EvalError> {
        self.bytes_of(self.operands.output(index)).ok_or(EvalError::Memory)
    }

    /// The bytes of an operand, if it is there and not written.
    pub(crate) fn bytes_of(&self, operand: Operand) -> Option<&'s [u8]> {
        find(operand, self.operands, &self.gaps)
    }
}

/// The bytes of an operand, if it is there and not written.
#[inline(never)] // size: one copy for all readers
fn find<'s>(operand: Operand, operands: &Operands<'s>, gaps: &[Gap<'s>]) -> Option<&'s [u8]> {
    let slice = |memory: &'s [u8], at: u32| {
        let at = at as usize;
        memory.get(at..at.checked_add(operand.bytes as usize)?)
    };
    let place = operand.place();
    if let Place::Model(at) = place {
        return slice(operands.model.bytes(), at);
    }
    let at = address(place)?;
    gaps.iter().find_map(|&(base, gap)| slice(gap, at.checked_sub(base)?))
}

impl Union {
    /// The two in their memory.
    #[inline] // moves two words
    fn of(self, memory: &mut [u8]) -> Activations<'_, u8> {
        let (input, output) = (self.input as usize, self.output as usize);
        Activations::Shared { memory, input, output }
    }
}

/// An output and an input: in one memory, `written`, if they share any of it; else `written` is the
/// output.
#[inline] // made where it stays
fn activations<'s, const GAPS: usize>(
    written: &'s mut [u8],
    input: Operand,
    shared: Option<Union>,
    reader: &Reader<'s, GAPS>,
) -> Result<Activations<'s, u8>, EvalError> {
    Ok(match shared {
        Some(union) => union.of(written),
        None => Activations::Apart { input: reader.required(input)?, output: written },
    })
}

/// Copies bytes to as many.
pub(crate) fn copy(to: &mut [u8], from: &[u8]) -> Result<(), EvalError> {
    LengthMismatch::check(bantam_kernels::Operand::Input, to.len(), from.len())?;
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    Ok(())
}

/// Bytes as a slice of `T`.
pub(crate) fn cast<T: AnyBitPattern>(bytes: &[u8]) -> Result<&[T], EvalError> {
    bytemuck::try_cast_slice(bytes).map_err(|_| EvalError::Type)
}

/// Bytes to write as a slice of `T`.
///
/// # Errors
///
/// [`EvalError::Type`] if they are no whole number of `T`, or not aligned for it.
pub fn cast_mut<T: Pod>(bytes: &mut [u8]) -> Result<&mut [T], EvalError> {
    bytemuck::try_cast_slice_mut(bytes).map_err(|_| EvalError::Type)
}

#[cfg(test)]
mod tests;
