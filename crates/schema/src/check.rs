//! The one pass over an untrusted file after which reading it cannot go wrong.

use crate::{
    Model, Operator, OptionsType, Subgraph, Vector,
    bytes::{follow, slice_at, u16_at},
    error::{Error, Part, Place},
    fields::{self, TableType},
    options,
    table::{Kind, Spec, Table, elements_at},
};

/// Elements of vectors that may be visited for each byte of the file.
///
/// A file in which nothing is shared needs less than one. Writers share strings, vtables and the
/// like, so some more is allowed; what is not allowed is work that grows with the square of the
/// file's length.
const WORK_PER_BYTE: u64 = 16;

/// What one table costs.
const TABLE_WORK: u32 = 8;

/// Checks the whole file, the version before anything that may depend on it.
pub(crate) fn model(file: &[u8], version: u32) -> Result<(), Error> {
    let mut checker = Checker {
        file,
        work: (file.len() as u64).saturating_mul(WORK_PER_BYTE),
        place: Place::MODEL,
        error: Error::NoSubgraph,
    };
    match checker.model(version) {
        Some(()) => Ok(()),
        None => Err(checker.error),
    }
}

/// What checks gives `None` for what is wrong, and leaves the error here: results with errors in
/// them would take much of a device's flash.
struct Checker<'a> {
    file: &'a [u8],
    /// What is left of the allowance.
    work: u64,
    place: Place,
    error: Error,
}

impl<'a> Checker<'a> {
    fn model(&mut self, version: u32) -> Option<()> {
        let root = Model::of(self.file).table();
        self.vtable(&root)?;
        let found = root.scalar(fields::model::VERSION, 0);
        if found != version {
            return self.fail(Error::Version(found));
        }
        self.table(root.at, TableType::Model)?;
        self.meaning()
    }

    fn fail<T>(&mut self, error: Error) -> Option<T> {
        self.error = error;
        None
    }

    fn out_of_bounds<T>(&mut self, offset: u32) -> Option<T> {
        self.fail(Error::OutOfBounds { place: self.place, offset })
    }

    fn charge(&mut self, work: u32) -> Option<()> {
        let Some(left) = self.work.checked_sub(work.into()) else {
            return self.fail(Error::TooMuchWork { place: self.place });
        };
        self.work = left;
        Some(())
    }

    /// What the offset at `at` points to. An offset of zero would point to itself.
    fn target(&mut self, at: u32) -> Option<u32> {
        match follow(self.file, at) {
            Some(to) if to != at => Some(to),
            _ => self.out_of_bounds(at),
        }
    }

    /// The element count of the vector at `at`, all of whose elements are in the file.
    fn vector(&mut self, at: u32, element_bytes: u32) -> Option<u32> {
        match elements_at(self.file, at, element_bytes) {
            Some((_, len)) => Some(len),
            None => self.out_of_bounds(at),
        }
    }

    fn vtable(&mut self, table: &Table<'_>) -> Option<()> {
        let vtable = table.vtable().and_then(|at| {
            let len = u16_at(self.file, at).filter(|len| *len >= 4 && len.is_multiple_of(2))?;
            slice_at(self.file, at, len.into())
        });
        match vtable {
            Some(_) => Some(()),
            None => self.fail(Error::Vtable { place: self.place, offset: table.at }),
        }
    }

    /// Recursion is as deep as the schema's tables are nested, whatever the file says.
    fn table(&mut self, at: u32, table_type: TableType) -> Option<()> {
        let table = self.begin(at)?;
        let Spec { fields, .. } = table_type.spec();
        fields.iter().try_for_each(|&field| self.field(&table, field))
    }

    /// The table of a builtin operator's options.
    fn options(&mut self, at: u32, codes: &[u8]) -> Option<()> {
        let table = self.begin(at)?;
        codes.iter().try_for_each(|&code| self.field(&table, Kind::coded(code)))
    }

    fn begin(&mut self, at: u32) -> Option<Table<'a>> {
        self.charge(TABLE_WORK)?;
        let table = Table { file: self.file, at };
        self.vtable(&table)?;
        Some(table)
    }

    fn field(&mut self, table: &Table<'a>, (slot, kind): (u8, Kind)) -> Option<()> {
        let slot = u16::from(slot);
        let Some(at) = table.field(slot) else { return Some(()) };
        if let Kind::Scalar(bytes) = kind {
            return match slice_at(self.file, at, bytes.into()) {
                Some(_) => Some(()),
                None => self.out_of_bounds(at),
            };
        }
        let mut codes: &[u8] = &[];
        if let Kind::Options = kind {
            codes = options::codes(table.scalar(slot.saturating_sub(1), OptionsType::NONE));
            if codes.is_empty() {
                return Some(());
            }
        }
        let at = self.target(at)?;
        match kind {
            Kind::Table(table_type) => self.table(at, table_type),
            Kind::Tables(table_type) => self.tables(at, table_type),
            Kind::Options => self.options(at, codes),
            Kind::Vector(bytes) => {
                let len = self.vector(at, bytes.into())?;
                self.charge(len)
            }
            Kind::String => {
                let len = self.vector(at, 1)?;
                self.charge(len)
            }
            Kind::Blob | Kind::Scalar(_) => self.vector(at, 1).map(|_| ()),
        }
    }

    fn tables(&mut self, at: u32, table_type: TableType) -> Option<()> {
        let outer = self.place;
        let Some((entries, len)) = elements_at(self.file, at, 4) else {
            return self.out_of_bounds(at);
        };
        for index in 0..len {
            if let Some(part) = table_type.spec().part {
                let subgraph = (outer.part == Part::Subgraph).then_some(outer.index);
                self.place = Place { part, subgraph, index };
            }
            // An offset of zero would point to itself.
            let entry = entries.saturating_add(index.saturating_mul(4));
            let target = self.target(entry)?;
            self.table(target, table_type)?;
        }
        self.place = outer;
        Some(())
    }

    /// Checks that every index names something, and that every byte range outside the FlatBuffer
    /// lies in the file. Every vector that is walked over here has been charged for.
    fn meaning(&mut self) -> Option<()> {
        let model = Model::of(self.file);
        if model.subgraph_len() == 0 {
            return self.fail(Error::NoSubgraph);
        }
        for (index, buffer) in (0..).zip(model.buffers()) {
            self.place = Place::new(Part::Buffer, index);
            if buffer.range().is_none() {
                return self.out_of_bounds(buffer.at());
            }
        }
        for (index, metadata) in (0..).zip(model.metadata_buffers()) {
            self.place = Place::new(Part::Metadata, index);
            self.buffer_index(metadata)?;
        }
        for (index, graph) in (0..).zip(model.subgraphs()) {
            self.subgraph(index, &graph)?;
        }
        for (index, signature) in (0..).zip(model.signatures()) {
            self.place = Place::new(Part::Signature, index);
            let graph = self.subgraph_index(signature.subgraph().into())?;
            let len = graph.tensor_len();
            for tensor in signature.tensors() {
                self.tensor_index(len, tensor.into())?;
            }
        }
        Some(())
    }

    fn subgraph(&mut self, index: u32, graph: &Subgraph<'a>) -> Option<()> {
        self.place = Place::new(Part::Subgraph, index);
        let len = graph.tensor_len();
        self.tensor_indices(len, &graph.inputs(), 0)?;
        self.tensor_indices(len, &graph.outputs(), 0)?;
        for (tensor_index, tensor) in (0..).zip(graph.tensors()) {
            self.place = Place::within(index, Part::Tensor, tensor_index);
            self.dimensions(&tensor.shape())?;
            self.dimensions(&tensor.shape_signature())?;
            self.buffer_index(tensor.buffer())?;
        }
        for (operator_index, operator) in (0..).zip(graph.operators()) {
            self.place = Place::within(index, Part::Operator, operator_index);
            self.operator(len, &operator)?;
            // Operators share their codes' names, and whoever asks an operator for its code reads it.
            self.charge(operator.custom_name().len() as u32)?;
        }
        Some(())
    }

    fn operator(&mut self, tensor_len: u32, operator: &Operator<'a>) -> Option<()> {
        let (index, len) = (operator.code_index(), Model::of(self.file).operator_code_len());
        if index >= len {
            return self.fail(Error::OperatorCodeIndex { place: self.place, index, len });
        }
        // Inputs may be absent.
        self.tensor_indices(tensor_len, &operator.inputs(), -1)?;
        self.tensor_indices(tensor_len, &operator.outputs(), 0)?;
        self.tensor_indices(tensor_len, &operator.intermediates(), 0)?;
        if operator.custom_range().is_none() {
            return self.out_of_bounds(operator.at());
        }
        for index in operator.called_subgraphs().into_iter().flatten() {
            self.subgraph_index(index.into())?;
        }
        Some(())
    }

    fn subgraph_index(&mut self, index: i64) -> Option<Subgraph<'a>> {
        let model = Model::of(self.file);
        let graph = u32::try_from(index).ok().and_then(|index| model.subgraph(index));
        let error = || Error::SubgraphIndex { place: self.place, index, len: model.subgraph_len() };
        if graph.is_none() {
            self.error = error();
        }
        graph
    }

    fn buffer_index(&mut self, index: u32) -> Option<()> {
        let len = Model::of(self.file).buffer_len();
        if index < len {
            return Some(());
        }
        self.fail(Error::BufferIndex { place: self.place, index, len })
    }

    fn tensor_index(&mut self, len: u32, index: i64) -> Option<()> {
        if (0..i64::from(len)).contains(&index) {
            return Some(());
        }
        self.fail(Error::TensorIndex { place: self.place, index, len })
    }

    fn tensor_indices(&mut self, len: u32, indices: &Vector<'a, i32>, least: i32) -> Option<()> {
        for index in *indices {
            if index >= 0 || index < least {
                self.tensor_index(len, index.into())?;
            }
        }
        Some(())
    }

    fn dimensions(&mut self, shape: &Vector<'a, i32>) -> Option<()> {
        match (0..).zip(*shape).find(|(_, size)| *size < -1) {
            Some((axis, size)) => self.fail(Error::Dimension { place: self.place, axis, size }),
            None => Some(()),
        }
    }
}
