//! Files that have no more than a prepared model reads.

use super::image::{Prepared, change, seal};
use crate::image::{Header, Image, hash};
use crate::op::Op;
use crate::record::{Operand, Place, length_before};
use bantam_arena::Records;
use bantam_schema::write::{CopyError, ModelBuilder};
use bantam_schema::{BuiltinOperator, Model, OperatorCode};
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
/// was computed of them.
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
    let file = ModelBuilder::from_model(model)?.strip().finish();
    let is_smaller = file.len() < model.bytes().len();
    let image = Model::parse(&file).ok().and_then(|lean| moved(model, &lean, &prepared.image, ops));
    Ok(image.filter(|_| is_smaller).map(|image| {
        let prepared = Prepared { image, ..prepared.clone() };
        Lean { file, prepared }
    }))
}

/// The image with all constants where they lie in another file; `None` if one does not lie there.
fn moved(model: &Model<'_>, lean: &Model<'_>, image: &[u8], ops: &[Op]) -> Option<Vec<u8>> {
    let mut words: Vec<u32> = words_of(image);
    let opened = Image::read(bytemuck::cast_slice(&words)).ok()?;
    let (graph, callee, records) = (opened.header.graph, opened.header.callee, opened.records);
    let first = words.len().checked_sub(records.as_bytes().len() / 4)?;
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
    // The records are read while they are changed.
    let given: Vec<u32> = words[first..].to_vec();
    let given = Records::new(bytemuck::cast_slice(&given));
    change(given, (&graph, callee), ops, &mut words[first..], place)?;
    let mut image = bytemuck::cast_slice::<u32, u8>(&words).to_vec();
    let header: &mut [u8] = &mut image[..size_of::<Header>()];
    let mut changed: Header = bytemuck::pod_read_unaligned(header);
    (changed.model_bytes, changed.model_hash) = (lean.bytes().len() as u32, hash(lean.bytes()));
    header.copy_from_slice(bytemuck::bytes_of(&changed));
    seal(&mut image);
    Some(image)
}

/// The words of an image, which may lie anywhere.
fn words_of(image: &[u8]) -> Vec<u32> {
    let (words, _) = image.as_chunks();
    words.iter().map(|word| u32::from_ne_bytes(*word)).collect()
}

/// Where these bytes of a buffer lie in the file whose buffers have the same data.
fn new_place(model: &Model<'_>, lean: &Model<'_>, at: u32, bytes: u32) -> Option<u32> {
    let end = at.checked_add(bytes)?;
    model.buffers().zip(lean.buffers()).find_map(|(old, new)| {
        let start = old.data_offset();
        let is_within = start <= at && end as usize <= start as usize + old.data().len();
        let is_same = old.data() == new.data();
        (is_within && is_same).then(|| new.data_offset() + (at - start))
    })
}
