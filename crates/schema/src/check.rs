//! The one pass over an untrusted file after which reading it cannot go wrong.

use crate::{
    Buffer, Model, Operator, OptionsType, Subgraph, Vector,
    bytes::{follow, slice_at, u16_at},
    error::{Error, Part, Place},
    fields::{self, TableType},
    iter::View,
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
#[inline(never)]
pub(crate) fn model(file: &[u8], version: u32) -> Result<(), Error> {
    let mut checker = Checker {
        file,
        work: (file.len() as u64).saturating_mul(WORK_PER_BYTE),
        place: Place::MODEL,
        fault: (Fault::NoSubgraph, 0, 0),
    };
    checker.model(version).ok_or_else(|| checker.error())
}

/// What checks gives `None` for what is wrong, and leaves the fault here: results with errors in
/// them would take much of a device's flash.
struct Checker<'a> {
    file: &'a [u8],
    /// What is left of the allowance.
    work: u64,
    place: Place,
    /// What is wrong, with its numbers.
    fault: (Fault, u32, u32),
}

/// An [`Error`] without its numbers.
#[derive(Clone, Copy)]
enum Fault {
    Version,
    OutOfBounds,
    Vtable,
    NoSubgraph,
    OperatorCodeIndex,
    /// The number is signed.
    TensorIndex,
    /// The number is not.
    NamedTensorIndex,
    BufferIndex,
    SubgraphIndex,
    NamedSubgraphIndex,
    Dimension,
    TooMuchWork,
}

/// What is done with an entry of a list, and its index.
type Check<'a> = fn(&mut Checker<'a>, &Table<'a>, u32) -> Option<()>;

impl<'a> Checker<'a> {
    #[cold]
    fn error(&self) -> Error {
        let (fault, number, of) = self.fault;
        let (place, index) = (self.place, number);
        match fault {
            Fault::Version => Error::Version(number),
            Fault::OutOfBounds => Error::OutOfBounds { place, offset: number },
            Fault::Vtable => Error::Vtable { place, offset: number },
            Fault::NoSubgraph => Error::NoSubgraph,
            Fault::OperatorCodeIndex => Error::OperatorCodeIndex { place, index, len: of },
            Fault::BufferIndex => Error::BufferIndex { place, index, len: of },
            Fault::TensorIndex | Fault::NamedTensorIndex => {
                let signed = matches!(fault, Fault::TensorIndex);
                Error::TensorIndex { place, index: widened(index, signed), len: of }
            }
            Fault::SubgraphIndex | Fault::NamedSubgraphIndex => {
                let signed = matches!(fault, Fault::SubgraphIndex);
                Error::SubgraphIndex { place, index: widened(index, signed), len: of }
            }
            Fault::Dimension => Error::Dimension { place, axis: of, size: number as i32 },
            Fault::TooMuchWork => Error::TooMuchWork { place },
        }
    }

    #[cold]
    #[inline(never)]
    fn fail(&mut self, fault: Fault, number: u32, of: u32) {
        self.fault = (fault, number, of);
    }

    /// `Some` if all is well.
    fn expect(&mut self, well: bool, fault: Fault, number: u32, of: u32) -> Option<()> {
        if well {
            return Some(());
        }
        self.fail(fault, number, of);
        None
    }

    fn in_bounds<T>(&mut self, found: Option<T>, offset: u32) -> Option<T> {
        if found.is_none() {
            self.fail(Fault::OutOfBounds, offset, 0);
        }
        found
    }

    fn model(&mut self, version: u32) -> Option<()> {
        let root = Model::of(self.file).table();
        self.vtable(&root)?;
        let found = root.scalar(fields::model::VERSION, 0);
        self.expect(found == version, Fault::Version, found, 0)?;
        self.table(root.at, TableType::Model)?;
        self.meaning(&root)
    }

    #[inline(never)]
    fn charge(&mut self, work: u32) -> Option<()> {
        let left = self.work.checked_sub(work.into());
        self.expect(left.is_some(), Fault::TooMuchWork, 0, 0)?;
        self.work = left?;
        Some(())
    }

    /// What the offset at `at` points to. An offset of zero would point to itself.
    #[inline(never)]
    fn target(&mut self, at: u32) -> Option<u32> {
        self.in_bounds(follow(self.file, at).filter(|to| *to != at), at)
    }

    /// Where the elements of the vector at `at` begin, and how many there are, all of them in the file.
    fn vector(&mut self, at: u32, element_bytes: u32) -> Option<(u32, u32)> {
        self.in_bounds(elements_at(self.file, at, element_bytes), at)
    }

    fn vtable(&mut self, table: &Table<'_>) -> Option<()> {
        let vtable = table.vtable().and_then(|at| {
            let len = u16_at(self.file, at).filter(|len| *len >= 4 && len.is_multiple_of(2))?;
            slice_at(self.file, at, len.into())
        });
        self.expect(vtable.is_some(), Fault::Vtable, table.at, 0)
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

    #[inline(never)]
    fn begin(&mut self, at: u32) -> Option<Table<'a>> {
        self.charge(TABLE_WORK)?;
        let table = Table { file: self.file, at };
        self.vtable(&table)?;
        Some(table)
    }

    #[inline(never)]
    fn field(&mut self, table: &Table<'a>, (slot, kind): (u8, Kind)) -> Option<()> {
        let slot = u16::from(slot);
        let Some(at) = table.field(slot) else { return Some(()) };
        if let Kind::Scalar(bytes) = kind {
            let found = slice_at(self.file, at, bytes.into());
            return self.in_bounds(found, at).map(|_| ());
        }
        let mut codes: &[u8] = &[];
        if let Kind::Options = kind {
            codes = options::codes(table.scalar(slot.saturating_sub(1), OptionsType::NONE));
            if codes.is_empty() {
                return Some(());
            }
        }
        let at = self.target(at)?;
        let bytes = match kind {
            Kind::Table(table_type) => return self.table(at, table_type),
            Kind::Tables(table_type) => return self.tables(at, table_type),
            Kind::Options => return self.options(at, codes),
            Kind::Vector(bytes) => bytes,
            _ => 1,
        };
        let (_, len) = self.vector(at, bytes.into())?;
        self.charge(if let Kind::Blob = kind { 0 } else { len })
    }

    fn tables(&mut self, at: u32, table_type: TableType) -> Option<()> {
        let outer = self.place;
        let (entries, len) = self.vector(at, 4)?;
        for index in 0..len {
            if let Some(part) = table_type.spec().part {
                let subgraph = (outer.part == Part::Subgraph).then_some(outer.index);
                self.place = Place { part, subgraph, index };
            }
            let entry = self.target(entries.saturating_add(index.saturating_mul(4)))?;
            self.table(entry, table_type)?;
        }
        self.place = outer;
        Some(())
    }

    /// Checks that every index names something, and that every byte range outside the FlatBuffer
    /// lies in the file. Every vector that is walked over here has been charged for.
    fn meaning(&mut self, root: &Table<'a>) -> Option<()> {
        let subgraphs = Model::of(self.file).subgraph_len();
        self.expect(subgraphs != 0, Fault::NoSubgraph, 0, 0)?;
        let place = |part| Place::new(part, 0);
        self.each(root, fields::model::BUFFERS, place(Part::Buffer), Self::buffer)?;
        self.each(root, fields::model::METADATA, place(Part::Metadata), Self::metadata)?;
        self.each(root, fields::model::SUBGRAPHS, place(Part::Subgraph), Self::subgraph)?;
        self.each(root, fields::model::SIGNATURE_DEFS, place(Part::Signature), Self::signature)
    }

    /// Checks the entries of a list; their index becomes that of `place`.
    #[inline(never)]
    fn each(&mut self, table: &Table<'a>, slot: u16, place: Place, check: Check<'a>) -> Option<()> {
        for index in 0..table.elements(slot, 4).1 {
            self.place = Place { index, ..place };
            check(self, &Table { file: self.file, at: table.entry(slot, index)? }, index)?;
        }
        Some(())
    }

    fn buffer(&mut self, table: &Table<'a>, _: u32) -> Option<()> {
        let range = Buffer::view(Model::of(self.file), table.at).range();
        self.in_bounds(range, table.at).map(|_| ())
    }

    fn metadata(&mut self, table: &Table<'a>, _: u32) -> Option<()> {
        self.buffer_index(table.scalar(fields::metadata::BUFFER, 0))
    }

    fn subgraph(&mut self, table: &Table<'a>, index: u32) -> Option<()> {
        let graph = Subgraph::view(Model::of(self.file), table.at);
        let len = graph.tensor_len();
        self.tensor_indices(len, &graph.inputs(), 0)?;
        self.tensor_indices(len, &graph.outputs(), 0)?;
        let tensor = Place::within(index, Part::Tensor, 0);
        self.each(table, fields::subgraph::TENSORS, tensor, Self::tensor)?;
        for (operator_index, operator) in (0..).zip(graph.operators()) {
            self.place = Place::within(index, Part::Operator, operator_index);
            self.operator(len, &operator)?;
        }
        Some(())
    }

    fn tensor(&mut self, table: &Table<'a>, _: u32) -> Option<()> {
        for shape in [fields::tensor::SHAPE, fields::tensor::SHAPE_SIGNATURE] {
            for (axis, size) in (0..).zip(table.vector::<i32>(shape)) {
                self.expect(size >= -1, Fault::Dimension, size as u32, axis)?;
            }
        }
        self.buffer_index(table.scalar(fields::tensor::BUFFER, 0))
    }

    fn operator(&mut self, tensor_len: u32, operator: &Operator<'a>) -> Option<()> {
        let (index, len) = (operator.code_index(), Model::of(self.file).operator_code_len());
        self.expect(index < len, Fault::OperatorCodeIndex, index, len)?;
        // Inputs may be absent.
        self.tensor_indices(tensor_len, &operator.inputs(), -1)?;
        self.tensor_indices(tensor_len, &operator.outputs(), 0)?;
        self.tensor_indices(tensor_len, &operator.intermediates(), 0)?;
        self.in_bounds(operator.custom_range(), operator.at())?;
        for index in operator.called_subgraphs().into_iter().flatten() {
            self.subgraph_index(index as u32, Fault::SubgraphIndex)?;
        }
        // Operators share their codes' names, and whoever asks an operator for its code reads it.
        self.charge(operator.custom_name().len() as u32)
    }

    fn signature(&mut self, table: &Table<'a>, _: u32) -> Option<()> {
        let index = table.scalar(fields::signature_def::SUBGRAPH_INDEX, 0);
        let len = self.subgraph_index(index, Fault::NamedSubgraphIndex)?.tensor_len();
        for list in [fields::signature_def::INPUTS, fields::signature_def::OUTPUTS] {
            for entry in 0..table.elements(list, 4).1 {
                let named = Table { file: self.file, at: table.entry(list, entry)? };
                let tensor = named.scalar(fields::tensor_map::TENSOR_INDEX, 0);
                self.expect(tensor < len, Fault::NamedTensorIndex, tensor, len)?;
            }
        }
        Some(())
    }

    /// The subgraph, which a negative number does not name: there are fewer than 2^31.
    fn subgraph_index(&mut self, index: u32, fault: Fault) -> Option<Subgraph<'a>> {
        let model = Model::of(self.file);
        self.expect(index < model.subgraph_len(), fault, index, model.subgraph_len())?;
        model.subgraph(index)
    }

    fn buffer_index(&mut self, index: u32) -> Option<()> {
        let len = Model::of(self.file).buffer_len();
        self.expect(index < len, Fault::BufferIndex, index, len)
    }

    #[inline(never)]
    fn tensor_indices(&mut self, len: u32, indices: &Vector<'a, i32>, least: i32) -> Option<()> {
        for index in *indices {
            // As above: there are fewer than 2^31.
            let named = (index as u32) < len || (least..0).contains(&index);
            self.expect(named, Fault::TensorIndex, index as u32, len)?;
        }
        Some(())
    }
}

/// An index as it stood in the file.
fn widened(index: u32, signed: bool) -> i64 {
    if signed { i64::from(index as i32) } else { index.into() }
}
