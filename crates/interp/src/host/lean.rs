//! Files that have no more than a prepared model reads.

use super::image::{Graphs, Prepared, block, change, constant, graphs, seal};
use crate::constants::{Constants, Isa};
use crate::image::{DSP, Header, Image, hash};
use crate::op::Op;
use crate::record::{Graph, Operand, Place, length_before};
use bantam_arena::Records;
use bantam_schema::write::{CopyError, ModelBuilder};
use bantam_schema::{Buffer, BuiltinOperator, Model, OperatorCode};
use std::vec::Vec;

/// A prepared model whose file has constants and ports, and nothing that only preparing reads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Lean {
    /// The file, which takes the model's place on the device.
    pub file: Vec<u8>,
    /// The image that belongs to this file.
    pub prepared: Prepared,
}

/// Writes a file for a prepared model that has only what the device reads: constants, and names,
/// shapes and quantization of inputs and outputs. Scales and zero points of filters and biases,
/// options of operators, and all that describes other tensors stay behind: the image has what
/// was computed of them. The bias of FULLY_CONNECTED with `i8` has the zero point of the input.
///
/// If the image is for the DSP extension ([`Isa::Dsp`](super::Isa::Dsp)), weights of
/// FULLY_CONNECTED with `i8` lie in pairs where their number and their size permit it. Then the
/// image is for programs with the feature `dsp` on such cores alone: others refuse it with
/// [`ImageFault::Isa`](crate::ImageFault::Isa). The file has to lie at a multiple of 4 there.
///
/// `ops` are the operators that the image was made with. The file is no model that others could
/// run. `None` for a model with custom operators, which may read anything in it, or with lookup
/// tables, and where the file would not be smaller.
///
/// # Errors
///
/// [`CopyError`] if the model cannot be written without loss.
pub fn lean(model: &Model<'_>, prepared: &Prepared, ops: &[Op]) -> Result<Option<Lean>, CopyError> {
    let is_custom = |code: OperatorCode<'_>| code.builtin == BuiltinOperator::CUSTOM;
    if model.compression().is_some() || model.operator_codes().any(is_custom) {
        return Ok(None);
    }
    let mut builder = ModelBuilder::from_model(model)?;
    let Some(mut opened) = Opened::new(prepared) else { return Ok(None) };
    if opened.fold(model, ops, &mut builder).is_none() {
        return Ok(None);
    }
    let file = builder.strip().finish();
    let is_smaller = file.len() < model.bytes().len();
    let image = Model::parse(&file).ok().and_then(|lean| opened.moved(model, &lean, ops));
    Ok(image.filter(|_| is_smaller).map(|image| {
        let prepared = Prepared { image, ..prepared.clone() };
        Lean { file, prepared }
    }))
}

/// An image that is changed.
struct Opened {
    words: Vec<u32>,
    /// Where in these the records begin.
    first: usize,
    graph: Graph,
    callee: u32,
    isa: Isa,
    /// Whether only cores of `isa` can run it.
    is_bound: bool,
}

impl Opened {
    fn new(prepared: &Prepared) -> Option<Self> {
        let words = words_of(&prepared.image);
        let opened = Image::read(bytemuck::cast_slice(&words)).ok()?;
        let (graph, callee) = (opened.header.graph, opened.header.callee);
        let first = words.len().checked_sub(opened.records.as_bytes().len() / 4)?;
        Some(Self { words, first, graph, callee, isa: prepared.isa, is_bound: false })
    }

    /// Makes constants that one node reads what [`fold`](crate::Operator::fold) makes of them;
    /// `None` if a record is faulty.
    fn fold(&mut self, model: &Model<'_>, ops: &[Op], file: &mut ModelBuilder) -> Option<()> {
        // The records are read while they are changed.
        let given = self.words.get(self.first..)?.to_vec();
        let records = Records::new(bytemuck::cast_slice(&given));
        let Graphs { nodes, .. } = graphs(records, (&self.graph, self.callee))?;
        let mut places = Vec::new();
        for node in &nodes {
            let op = ops.get(usize::from(node.op))?;
            let (operands, _) = node.read(records, *model, op.data_bytes)?;
            places.extend((0..node.inputs.into()).map(|input| operands.input(input).place()));
        }
        for node in nodes {
            let op = ops.get(usize::from(node.op))?;
            let (operands, _) = node.read(records, *model, op.data_bytes)?;
            let mut constants = Constants::new(model.bytes(), 0, self.isa);
            let own = |input| {
                let operand = operands.input(input);
                let readers = places.iter().filter(|place| **place == operand.place()).count();
                constant(model.bytes(), operand).filter(|_| readers == 1)
            };
            constants.inputs = (0..node.inputs.into()).map(own).collect();
            let words = block(self.words.get_mut(self.first..)?, &node)?;
            let data = words.get_mut(node.operand_len()..)?.get_mut(..op.data_bytes.div_ceil(4))?;
            let mut changed = data.to_vec();
            let folded = (op.fold)(bytemuck::cast_slice_mut(&mut changed), &mut constants);
            let buffer_of = |(input, contents): (usize, Vec<u8>)| {
                let place = operands.input(input).place();
                let is_it = |buffer: Buffer<'_>| {
                    place == Place::Model(buffer.data_offset())
                        && buffer.data().len() == contents.len()
                };
                Some((model.buffers().position(is_it)?, contents))
            };
            let folded: Option<Vec<_>> = folded.into_iter().map(buffer_of).collect();
            let Some(folded) = folded.filter(|folded| !folded.is_empty()) else { continue };
            data.copy_from_slice(&changed);
            for (index, contents) in folded {
                file.set_buffer(index, contents);
            }
            self.is_bound |= constants.is_bound();
        }
        Some(())
    }

    /// The image with all constants where they lie in another file; `None` if one does not lie
    /// there.
    fn moved(mut self, model: &Model<'_>, lean: &Model<'_>, ops: &[Op]) -> Option<Vec<u8>> {
        let place = &mut |operand: Operand| match operand.place() {
            Place::Model(_) if operand.bytes == 0 => Operand::new(Place::Model(0), 0),
            Place::Model(at) => {
                let at = new_place(model, lean, at, operand.bytes)?;
                Operand::new(Place::Model(at), operand.bytes)
            }
            Place::Constant(at) => {
                let bytes = length_before(model.bytes(), at)?;
                let at = new_place(model, lean, at, bytes)?;
                let is_there = length_before(lean.bytes(), at) == Some(bytes);
                Operand::new(Place::Constant(at), operand.bytes).filter(|_| is_there)
            }
            _ => Some(operand),
        };
        let records = self.words.get_mut(self.first..)?;
        let given = records.to_vec();
        let given = Records::new(bytemuck::cast_slice(&given));
        change(given, (&self.graph, self.callee), ops, records, place)?;
        let mut image = bytemuck::cast_slice::<u32, u8>(&self.words).to_vec();
        let header: &mut [u8] = image.get_mut(..size_of::<Header>())?;
        let mut changed: Header = bytemuck::pod_read_unaligned(header);
        (changed.model_bytes, changed.model_hash) = (lean.bytes().len() as u32, hash(lean.bytes()));
        if self.is_bound {
            changed.isa = DSP;
        }
        header.copy_from_slice(bytemuck::bytes_of(&changed));
        seal(&mut image);
        Some(image)
    }
}

/// The words of an image, which may lie anywhere.
fn words_of(image: &[u8]) -> Vec<u32> {
    let (words, _) = image.as_chunks();
    words.iter().map(|word| u32::from_ne_bytes(*word)).collect()
}

/// Where these bytes of a buffer lie in the file whose buffers are the same.
fn new_place(model: &Model<'_>, lean: &Model<'_>, at: u32, bytes: u32) -> Option<u32> {
    let end = at.checked_add(bytes)?;
    model.buffers().zip(lean.buffers()).find_map(|(old, new)| {
        let start = old.data_offset();
        let is_within = start <= at && end as usize <= start as usize + old.data().len();
        // Some have other contents.
        let is_same = old.data().len() == new.data().len();
        (is_within && is_same).then(|| new.data_offset() + (at - start))
    })
}
