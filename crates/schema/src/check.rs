//! The one pass over an untrusted file after which reading it cannot go wrong.

use crate::{
    OptionsType,
    bytes::{follow, slice_at, u16_at, u32_at},
    error::{Error, Part, Place},
    fields,
    model::Model,
    operator::Operator,
    options,
    subgraph::Subgraph,
    table::{Kind, Spec, Table},
    vector::Vector,
};

/// Elements of vectors that may be visited for each byte of the file.
///
/// A file in which nothing is shared needs less than one. Writers share strings, vtables and the
/// like, so some more is allowed; what is not allowed is work that grows with the square of the
/// file's length.
const WORK_PER_BYTE: u64 = 16;

/// What one table costs.
const TABLE_WORK: u32 = 8;

/// Checks that everything an accessor can reach lies in the file. Gives what is left of the
/// allowance of work.
pub(crate) fn structure(table: Table<'_>) -> Result<u64, Error> {
    let len = u64::try_from(table.file.len()).unwrap_or(u64::MAX);
    let mut checker =
        Checker { file: table.file, work: len.saturating_mul(WORK_PER_BYTE), place: Place::MODEL };
    checker.table(table.at, &fields::MODEL)?;
    Ok(checker.work)
}

/// Checks the version before anything that may depend on it.
pub(crate) fn version(root: Table<'_>, expected: u32) -> Result<(), Error> {
    let checker = Checker { file: root.file, work: 0, place: Place::MODEL };
    checker.vtable(root)?;
    match root.scalar(fields::model::VERSION, 0) {
        found if found == expected => Ok(()),
        found => Err(Error::Version(found)),
    }
}

struct Checker<'a> {
    file: &'a [u8],
    /// What is left of the allowance.
    work: u64,
    place: Place,
}

impl Checker<'_> {
    fn charge(&mut self, work: u32) -> Result<(), Error> {
        let left = self.work.checked_sub(u64::from(work));
        self.work = left.ok_or(Error::TooMuchWork { place: self.place })?;
        Ok(())
    }

    fn out_of_bounds(&self, offset: u32) -> Error {
        Error::OutOfBounds { place: self.place, offset }
    }

    /// What the offset at `at` points to. An offset of zero would point to itself.
    fn target(&self, at: u32) -> Result<u32, Error> {
        follow(self.file, at).filter(|to| *to != at).ok_or(self.out_of_bounds(at))
    }

    /// The element count of the vector at `at`, all of whose elements are in the file.
    fn vector(&self, at: u32, element_bytes: u32) -> Result<u32, Error> {
        let len = u32_at(self.file, at).ok_or(self.out_of_bounds(at))?;
        let elements = at.checked_add(4).zip(len.checked_mul(element_bytes));
        elements
            .and_then(|(at, bytes)| slice_at(self.file, at, bytes))
            .ok_or(self.out_of_bounds(at))?;
        Ok(len)
    }

    fn vtable(&self, table: Table<'_>) -> Result<(), Error> {
        let vtable = table.vtable().and_then(|at| Some((at, u16_at(self.file, at)?)));
        let whole = vtable.filter(|(at, len)| {
            *len >= 4
                && len.is_multiple_of(2)
                && slice_at(self.file, *at, u32::from(*len)).is_some()
        });
        let broken = Error::Vtable { place: self.place, offset: table.at };
        whole.map(|_| ()).ok_or(broken)
    }

    /// Recursion is as deep as the schema's specs are nested, whatever the file says.
    fn table(&mut self, at: u32, spec: &'static Spec) -> Result<(), Error> {
        self.charge(TABLE_WORK)?;
        let table = Table { file: self.file, at };
        self.vtable(table)?;
        spec.fields.iter().try_for_each(|(slot, kind)| self.field(table, *slot, *kind))
    }

    fn field(&mut self, table: Table<'_>, slot: u16, kind: Kind) -> Result<(), Error> {
        let Some(at) = table.field(slot) else { return Ok(()) };
        match kind {
            Kind::Scalar(bytes) => {
                slice_at(self.file, at, bytes).map(|_| ()).ok_or(self.out_of_bounds(at))
            }
            Kind::Blob => self.vector(self.target(at)?, 1).map(|_| ()),
            Kind::String => {
                let len = self.vector(self.target(at)?, 1)?;
                self.charge(len)
            }
            Kind::Vector(bytes) => {
                let len = self.vector(self.target(at)?, bytes)?;
                self.charge(len)
            }
            Kind::Table(spec) => self.table(self.target(at)?, spec),
            Kind::Tables(spec) => self.tables(self.target(at)?, spec),
            Kind::Options => {
                let known = options::spec(table.scalar(slot.saturating_sub(1), OptionsType::NONE));
                known.map_or(Ok(()), |spec| self.table(self.target(at)?, spec))
            }
        }
    }

    fn tables(&mut self, at: u32, spec: &'static Spec) -> Result<(), Error> {
        let outer = self.place;
        let len = self.vector(at, 4)?;
        for index in 0..len {
            if let Some(part) = spec.part {
                let subgraph = (outer.part == Part::Subgraph).then_some(outer.index);
                self.place = Place { part, subgraph, index };
            }
            let entry = index.checked_mul(4).and_then(|skip| at.checked_add(4)?.checked_add(skip));
            let entry = entry.ok_or(self.out_of_bounds(at))?;
            self.table(self.target(entry)?, spec)?;
        }
        self.place = outer;
        Ok(())
    }
}

/// Checks that every index names something, and that every byte range outside the FlatBuffer lies
/// in the file. Every vector that is walked over here has been charged for by [`structure`], which
/// left `work` of the allowance.
pub(crate) fn meaning(model: Model<'_>, mut work: u64) -> Result<(), Error> {
    if model.subgraph_len() == 0 {
        return Err(Error::NoSubgraph);
    }
    for (index, buffer) in (0..).zip(model.buffers()) {
        let place = Place::new(Part::Buffer, index);
        buffer.range().ok_or(Error::OutOfBounds { place, offset: buffer.at() })?;
    }
    for (index, metadata) in (0..).zip(model.metadata()) {
        buffer_index(model, Place::new(Part::Metadata, index), metadata.buffer)?;
    }
    for (index, graph) in (0..).zip(model.subgraphs()) {
        subgraph(model, index, graph, &mut work)?;
    }
    for (index, signature) in (0..).zip(model.signatures()) {
        let place = Place::new(Part::Signature, index);
        let graph = subgraph_index(model, place, i64::from(signature.subgraph()))?;
        for named in signature.inputs().chain(signature.outputs()) {
            tensor_index(graph, place, i64::from(named.tensor))?;
        }
    }
    Ok(())
}

fn subgraph(
    model: Model<'_>,
    index: u32,
    graph: Subgraph<'_>,
    work: &mut u64,
) -> Result<(), Error> {
    let place = Place::new(Part::Subgraph, index);
    tensor_indices(graph, place, graph.inputs(), false)?;
    tensor_indices(graph, place, graph.outputs(), false)?;
    for (tensor_index, tensor) in (0..).zip(graph.tensors()) {
        let place = Place::within(index, Part::Tensor, tensor_index);
        dimensions(place, tensor.shape())?;
        dimensions(place, tensor.shape_signature())?;
        buffer_index(model, place, tensor.buffer())?;
    }
    for (operator_index, operator) in (0..).zip(graph.operators()) {
        let place = Place::within(index, Part::Operator, operator_index);
        check_operator(model, place, graph, operator)?;
        // Operators share their codes' names, and whoever asks an operator for its code reads it.
        let name = u64::from(operator.custom_name_len());
        *work = work.checked_sub(name).ok_or(Error::TooMuchWork { place })?;
    }
    Ok(())
}

fn check_operator(
    model: Model<'_>,
    place: Place,
    graph: Subgraph<'_>,
    operator: Operator<'_>,
) -> Result<(), Error> {
    let (index, len) = (operator.code_index(), model.operator_code_len());
    if index >= len {
        return Err(Error::OperatorCodeIndex { place, index, len });
    }
    tensor_indices(graph, place, operator.inputs(), true)?;
    tensor_indices(graph, place, operator.outputs(), false)?;
    tensor_indices(graph, place, operator.intermediates(), false)?;
    operator.custom_range().ok_or(Error::OutOfBounds { place, offset: operator.at() })?;
    operator
        .called_subgraphs()
        .into_iter()
        .flatten()
        .try_for_each(|index| subgraph_index(model, place, i64::from(index)).map(|_| ()))
}

fn subgraph_index<'a>(model: Model<'a>, place: Place, index: i64) -> Result<Subgraph<'a>, Error> {
    let graph = u32::try_from(index).ok().and_then(|index| model.subgraph(index));
    graph.ok_or(Error::SubgraphIndex { place, index, len: model.subgraph_len() })
}

fn buffer_index(model: Model<'_>, place: Place, index: u32) -> Result<(), Error> {
    let len = model.buffer_len();
    if index < len { Ok(()) } else { Err(Error::BufferIndex { place, index, len }) }
}

fn tensor_index(graph: Subgraph<'_>, place: Place, index: i64) -> Result<(), Error> {
    let len = graph.tensor_len();
    if (0..i64::from(len)).contains(&index) {
        Ok(())
    } else {
        Err(Error::TensorIndex { place, index, len })
    }
}

fn tensor_indices(
    graph: Subgraph<'_>,
    place: Place,
    indices: Vector<'_, i32>,
    absent_allowed: bool,
) -> Result<(), Error> {
    indices
        .iter()
        .filter(|index| !(absent_allowed && *index == -1))
        .try_for_each(|index| tensor_index(graph, place, i64::from(index)))
}

fn dimensions(place: Place, shape: Vector<'_, i32>) -> Result<(), Error> {
    match (0..).zip(shape).find(|(_, size)| *size < -1) {
        Some((axis, size)) => Err(Error::Dimension { place, axis, size }),
        None => Ok(()),
    }
}
