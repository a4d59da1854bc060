//! The one pass that checks an untrusted file. Afterwards, reading it cannot go wrong.
//!
//! Data says what to check: [`TableType::fields`] for each table of the schema, and
//! [`layout`] for the options of operators. This file gives each [`Kind`] of field its
//! meaning.

use crate::{
    Operator, OptionsType, Subgraph,
    buffer::range,
    bytes::{At, elements_at, follow, number_at, u32_at},
    error::{Error, Part, Place},
    fields::{self, Kind, TableType},
    iter::View,
    options::layout::{Layout, layout},
    table::Table,
};

/// The version of the schema that the crate reads.
const VERSION: u32 = 3;

/// Elements of vectors that may be visited for each byte of the file.
///
/// A file that shares nothing needs less than one. Writers share strings, vtables and the like, so
/// some more is allowed. Work that grows with the square of the file's length is not.
const WORK_PER_BYTE: usize = 16;

/// The cost of one table.
const TABLE_WORK: u32 = 8;

/// Checks the whole file, the version before anything that may depend on it.
// size: not inlined, so that its frame is off the stack once the file is checked.
#[inline(never)]
pub(crate) fn model(file: &[u8]) -> Result<(), Error> {
    let mut checker = Checker {
        file,
        work: file.len().saturating_mul(WORK_PER_BYTE),
        part: Part::Model,
        index: 0,
        subgraph: 0,
        layout: Layout::NONE,
        lens: [0; TableType::LEN],
        fault: (Fault::NoSubgraph, 0, 0),
    };
    checker.model().ok_or_else(|| checker.error())
}

/// The state of the pass.
// size: a check returns `None` for a fault and leaves the fault here; results that hold errors
// would take much more code.
struct Checker<'a> {
    file: &'a [u8],
    /// The rest of the allowance.
    work: usize,
    /// The list of the entry under check, and the number of the entry.
    part: Part,
    index: u32,
    /// The subgraph under check, or the last one.
    subgraph: u32,
    /// The fields of the table of options under check.
    layout: Layout,
    /// The number of entries in the list of such tables: that of the model, or of the subgraph
    /// under check or named by a signature.
    lens: [u32; TableType::LEN],
    /// The fault, with its numbers.
    fault: (Fault, u32, u32),
}

/// An [`Error`] without its numbers.
#[derive(Clone, Copy)]
enum Fault {
    Version,
    OutOfBounds,
    Vtable,
    NoSubgraph,
    /// An index of an entry that the list of such tables does not have.
    Index(TableType),
    Dimension,
    TooMuchWork,
}

impl<'a> Checker<'a> {
    #[cold]
    fn error(&self) -> Error {
        let (fault, number, len) = self.fault;
        let subgraph = matches!(self.part, Part::Tensor | Part::Operator).then_some(self.subgraph);
        let place = Place { part: self.part, subgraph, index: self.index };
        let index = number;
        match fault {
            Fault::Version => Error::Version(number),
            Fault::OutOfBounds => Error::OutOfBounds { place, offset: number },
            Fault::Vtable => Error::Vtable { place, offset: number },
            Fault::NoSubgraph => Error::NoSubgraph,
            Fault::Index(TableType::OperatorCode) => Error::OperatorCodeIndex { place, index, len },
            Fault::Index(TableType::Buffer) => Error::BufferIndex { place, index, len },
            Fault::Index(TableType::Subgraph) => {
                Error::SubgraphIndex { place, index: self.widened(), len }
            }
            Fault::Index(_) => Error::TensorIndex { place, index: self.widened(), len },
            Fault::Dimension => Error::Dimension { place, axis: len, size: number as i32 },
            Fault::TooMuchWork => Error::TooMuchWork { place },
        }
    }

    /// Returns the wrong number as it stood in the file: only those of signatures are unsigned.
    fn widened(&self) -> i64 {
        match (self.part, self.fault.1) {
            (Part::Signature, number) => number.into(),
            (_, number) => (number as i32).into(),
        }
    }

    #[cold]
    // size: one copy for all checks.
    #[inline(never)]
    fn fail(&mut self, fault: Fault, number: u32, of: u32) -> Option<()> {
        self.fault = (fault, number, of);
        None
    }

    /// Returns `Some` if all is well, and keeps the fault otherwise.
    fn expect(&mut self, well: bool, fault: Fault, number: u32, of: u32) -> Option<()> {
        if well { Some(()) } else { self.fail(fault, number, of) }
    }

    fn in_bounds<T>(&mut self, found: Option<T>, offset: u32) -> Option<T> {
        self.expect(found.is_some(), Fault::OutOfBounds, offset, 0)?;
        found
    }

    fn model(&mut self) -> Option<()> {
        self.table(Table::root(self.file).at, TableType::Model)?;
        self.expect(self.len(TableType::Subgraph) != 0, Fault::NoSubgraph, 0, 0)
    }

    fn len(&self, list: TableType) -> u32 {
        self.lens.get(list as usize).copied().unwrap_or(0)
    }

    fn set_len(&mut self, list: TableType, len: u32) {
        if let Some(known) = self.lens.get_mut(list as usize) {
            *known = len;
        }
    }

    // size: one copy for all checks.
    #[inline(never)]
    fn charge(&mut self, work: u32) -> Option<()> {
        match self.work.checked_sub(work as usize) {
            Some(left) => self.work = left,
            None => return self.fail(Fault::TooMuchWork, 0, 0),
        }
        Some(())
    }

    /// Checks a table. The recursion is as deep as the schema's tables are nested, whatever the
    /// file says.
    // size: one copy for all lists.
    #[inline(never)]
    fn table(&mut self, at: u32, table_type: TableType) -> Option<()> {
        self.charge(TABLE_WORK)?;
        let table = Table { file: self.file, at };
        let len = table.vtable().map_or(0, <[u8]>::len);
        self.expect(len >= 4 && len.is_multiple_of(2), Fault::Vtable, at, 0)?;
        table_type.fields().iter().try_for_each(|&field| self.field(&table, field))
    }

    // size: not inlined into `table`, which then has the loop alone.
    #[inline(never)]
    fn field(&mut self, table: &Table<'a>, (slot, kind): (u8, Kind)) -> Option<()> {
        let kind = match kind {
            Kind::Option => match self.layout.kind(slot) {
                Some(kind) => kind,
                None => return Some(()),
            },
            kind => kind,
        };
        let slot = u16::from(slot);
        let at = table.field(slot);
        let bytes = match kind {
            Kind::Scalar(bytes) => bytes,
            Kind::Version | Kind::Index(_) => 4,
            Kind::Range { .. } => 8,
            _ => return at.map_or(Some(()), |at| self.pointer(table, at, (slot, kind))),
        };
        let number = self.scalar(at, bytes)?;
        match kind {
            Kind::Version => self.expect(number == VERSION, Fault::Version, number, 0),
            Kind::Index(list) => self.index(table, number, list),
            Kind::Range { inline } => {
                let range = range(table, inline.into(), slot.saturating_sub(1));
                self.in_bounds(range, table.at).map(|_| ())
            }
            _ => Some(()),
        }
    }

    /// Checks the target of the offset at `at`.
    fn pointer(&mut self, table: &Table<'a>, at: At, (slot, kind): (u16, Kind)) -> Option<()> {
        let mut kind = kind;
        if let Kind::Options = kind {
            let options_type = table.scalar(slot.saturating_sub(1), OptionsType::NONE);
            self.layout = layout(options_type);
            if self.layout == Layout::NONE {
                return Some(());
            }
            kind = Kind::Table(TableType::Options);
        }
        let at = self.target(at.get())?;
        match kind {
            Kind::Table(table_type) => self.table(at.get(), table_type),
            Kind::Tables(list) => self.tables(at, list),
            _ => self.vector(at, kind),
        }
    }

    /// Reads the lower half of a number of so many bytes; 0 if it is absent.
    // size: not inlined, so that its frame is no part of the recursion's.
    #[inline(never)]
    fn scalar(&mut self, at: Option<At>, bytes: u8) -> Option<u32> {
        let Some(at) = at else { return Some(0) };
        self.in_bounds(number_at(self.file, at.get(), bytes.into()), at.get())
    }

    /// Checks the index of an entry in a list.
    fn index(&mut self, table: &Table<'a>, index: u32, list: TableType) -> Option<()> {
        let len = self.len(list);
        self.expect(index < len, Fault::Index(list), index, len)?;
        if let TableType::OperatorCode = list {
            // Operators share the names of their codes, and everybody who asks an operator for its
            // code reads that name.
            self.charge(Operator::view(*table).custom_name().len() as u32)?;
        } else if let Part::Signature = self.part
            && let TableType::Subgraph = list
        {
            // The entries that follow name tensors of that subgraph.
            let subgraph = table.entry_of_model(fields::model::SUBGRAPHS, index)?;
            self.set_len(TableType::Tensor, Subgraph::view(subgraph).tensor_len());
        }
        Some(())
    }

    /// Checks a vector of anything but tables.
    fn vector(&mut self, at: At, kind: Kind) -> Option<()> {
        let bytes = match kind {
            Kind::Vector(bytes) => bytes,
            Kind::Blob => 1,
            _ => 4,
        };
        let (at, len) = self.elements(at, bytes)?;
        self.charge(if let Kind::Blob = kind { 0 } else { len })?;
        let tensors = self.len(TableType::Tensor);
        // There are fewer than 2^31 tensors.
        let (least, last) = match kind {
            Kind::Indices { least } => (least.into(), (tensors as i32).saturating_sub(1)),
            Kind::Shape => (-1, i32::MAX),
            _ => return Some(()),
        };
        for index in 0..len {
            let number = u32_at(self.file, at.get().wrapping_add(index.wrapping_mul(4)))?;
            let well = (least..=last).contains(&(number as i32));
            let (fault, of) = match kind {
                Kind::Shape => (Fault::Dimension, index),
                _ => (Fault::Index(TableType::Tensor), tensors),
            };
            self.expect(well, fault, number, of)?;
        }
        Some(())
    }

    /// Checks the offset at `at` and returns its target. An offset of zero would point to itself.
    // size: one copy for all offsets.
    #[inline(never)]
    fn target(&mut self, at: u32) -> Option<At> {
        self.in_bounds(follow(self.file, at).filter(|to| to.get() != at), at)
    }

    /// Checks that the vector at `at` is in the file, and returns where its elements begin and
    /// their number.
    fn elements(&mut self, at: At, bytes: u8) -> Option<(At, u32)> {
        self.in_bounds(elements_at(self.file, at, bytes.into()), at.get())
    }

    /// Checks the entries of a list.
    // size: not inlined, so that the frame of `field` is off the stack while the entries are
    // checked.
    #[inline(never)]
    fn tables(&mut self, at: At, list: TableType) -> Option<()> {
        let outer = (self.part, self.index);
        let (at, len) = self.elements(at, 4)?;
        self.set_len(list, len);
        if let TableType::Metadata = list {
            // Each subgraph may have a plan of its own, and looks for it.
            self.charge(len.saturating_mul(self.len(TableType::Subgraph)))?;
        }
        for index in 0..len {
            if let Some(part) = list.part() {
                (self.part, self.index) = (part, index);
            }
            if let TableType::Subgraph = list {
                self.subgraph = index;
                self.set_len(TableType::Tensor, 0);
            }
            let entry = self.target(at.get().wrapping_add(index.wrapping_mul(4)))?;
            self.table(entry.get(), list)?;
        }
        (self.part, self.index) = outer;
        Some(())
    }
}
