//! The one pass over an untrusted file after which reading it cannot go wrong.
//!
//! What there is to check is data: [`TableType::fields`] has it for each table of the schema, and
//! [`options::layout`] for the options of operators. Here is what each [`Kind`] of field means.

use crate::{
    Model, Operator, OptionsType,
    buffer::range,
    bytes::{follow, slice_at, u16_at, u32_at},
    error::{Error, Part, Place},
    fields::{self, TableType},
    iter::View,
    options::{self, Layout},
    table::{Kind, Table, elements_at},
};

/// Elements of vectors that may be visited for each byte of the file.
///
/// A file in which nothing is shared needs less than one. Writers share strings, vtables and the
/// like, so some more is allowed; what is not allowed is work that grows with the square of the
/// file's length.
const WORK_PER_BYTE: usize = 16;

/// What one table costs.
const TABLE_WORK: u32 = 8;

/// Checks the whole file, the version before anything that may depend on it.
#[inline(never)]
pub(crate) fn model(file: &[u8], version: u32) -> Result<(), Error> {
    let mut checker = Checker {
        file,
        work: file.len().saturating_mul(WORK_PER_BYTE),
        place: Place::MODEL,
        lens: [0; Part::LEN],
        fault: (Fault::NoSubgraph, 0, 0),
    };
    checker.model(version).ok_or_else(|| checker.error())
}

/// What checks gives `None` for what is wrong, and leaves the fault here: results with errors in
/// them would take much of a device's flash.
struct Checker<'a> {
    file: &'a [u8],
    /// What is left of the allowance.
    work: usize,
    place: Place,
    /// How many entries the list of each [`Part`] has: that of the model, or of the subgraph that
    /// is checked or that a signature names.
    lens: [u32; Part::LEN],
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
    /// An index into the list of the part.
    Index(Part),
    Dimension,
    TooMuchWork,
}

impl<'a> Checker<'a> {
    #[cold]
    fn error(&self) -> Error {
        let (fault, number, len) = self.fault;
        let (place, index) = (self.place, number);
        // Only those of signatures are unsigned in the file.
        let signed = match place.part {
            Part::Signature => i64::from(number),
            _ => i64::from(number as i32),
        };
        match fault {
            Fault::Version => Error::Version(number),
            Fault::OutOfBounds => Error::OutOfBounds { place, offset: number },
            Fault::Vtable => Error::Vtable { place, offset: number },
            Fault::NoSubgraph => Error::NoSubgraph,
            Fault::Index(Part::OperatorCode) => Error::OperatorCodeIndex { place, index, len },
            Fault::Index(Part::Buffer) => Error::BufferIndex { place, index, len },
            Fault::Index(Part::Subgraph) => Error::SubgraphIndex { place, index: signed, len },
            Fault::Index(_) => Error::TensorIndex { place, index: signed, len },
            Fault::Dimension => Error::Dimension { place, axis: len, size: number as i32 },
            Fault::TooMuchWork => Error::TooMuchWork { place },
        }
    }

    #[cold]
    #[inline(never)]
    fn fail(&mut self, fault: Fault, number: u32, of: u32) -> Option<()> {
        self.fault = (fault, number, of);
        None
    }

    /// `Some` if all is well.
    fn expect(&mut self, well: bool, fault: Fault, number: u32, of: u32) -> Option<()> {
        if well { Some(()) } else { self.fail(fault, number, of) }
    }

    fn in_bounds<T>(&mut self, found: Option<T>, offset: u32) -> Option<T> {
        self.expect(found.is_some(), Fault::OutOfBounds, offset, 0)?;
        found
    }

    fn model(&mut self, version: u32) -> Option<()> {
        let root = Model::of(self.file).table();
        self.vtable(&root)?;
        let found = root.scalar(fields::model::VERSION, 0);
        self.expect(found == version, Fault::Version, found, 0)?;
        self.table(root.at, TableType::Model)?;
        self.expect(self.len(Part::Subgraph) != 0, Fault::NoSubgraph, 0, 0)
    }

    fn len(&self, part: Part) -> u32 {
        self.lens.get(part as usize).copied().unwrap_or(0)
    }

    fn set_len(&mut self, part: Part, len: u32) {
        if let Some(known) = self.lens.get_mut(part as usize) {
            *known = len;
        }
    }

    #[inline(never)]
    fn charge(&mut self, work: u32) -> Option<()> {
        match self.work.checked_sub(work as usize) {
            Some(left) => self.work = left,
            None => return self.fail(Fault::TooMuchWork, 0, 0),
        }
        Some(())
    }

    fn vtable(&mut self, table: &Table<'_>) -> Option<()> {
        let vtable = table.vtable().and_then(|at| {
            let len = u16_at(self.file, at).filter(|len| *len >= 4 && len.is_multiple_of(2))?;
            slice_at(self.file, at, len.into())
        });
        self.expect(vtable.is_some(), Fault::Vtable, table.at, 0)
    }

    #[inline(never)]
    fn begin(&mut self, at: u32) -> Option<Table<'a>> {
        self.charge(TABLE_WORK)?;
        let table = Table { file: self.file, at };
        self.vtable(&table)?;
        Some(table)
    }

    /// Recursion is as deep as the schema's tables are nested, whatever the file says.
    fn table(&mut self, at: u32, table_type: TableType) -> Option<()> {
        let table = self.begin(at)?;
        table_type.fields().iter().try_for_each(|&field| self.field(&table, field))
    }

    /// The table of a builtin operator's options.
    fn options(&mut self, at: u32, layout: Layout) -> Option<()> {
        let table = self.begin(at)?;
        for slot in 0..Layout::SLOTS {
            if let Some(kind) = layout.kind(slot) {
                self.field(&table, (slot, kind))?;
            }
        }
        Some(())
    }

    #[inline(never)]
    fn field(&mut self, table: &Table<'a>, (slot, kind): (u8, Kind)) -> Option<()> {
        let at = table.field(slot.into());
        match kind {
            Kind::Scalar(bytes) => self.scalar(at, bytes),
            Kind::Range { inline } => {
                self.scalar(at, 8)?;
                let range = range(table, inline.into(), u16::from(slot).saturating_sub(1));
                self.in_bounds(range, table.at).map(|_| ())
            }
            Kind::Index(part) => {
                self.scalar(at, 4)?;
                self.index(table, table.scalar(slot.into(), 0), part)
            }
            _ => match at {
                Some(at) => self.pointed(table, at, (slot, kind)),
                None => {
                    if let Kind::Tables(table_type) = kind
                        && let Some(part) = table_type.part()
                    {
                        self.set_len(part, 0);
                    }
                    Some(())
                }
            },
        }
    }

    /// A number of so many bytes, which may be absent.
    fn scalar(&mut self, at: Option<u32>, bytes: u8) -> Option<()> {
        let Some(at) = at else { return Some(()) };
        let found = slice_at(self.file, at, bytes.into());
        self.in_bounds(found, at).map(|_| ())
    }

    /// The index of an entry in a list.
    fn index(&mut self, table: &Table<'a>, index: u32, part: Part) -> Option<()> {
        let len = self.len(part);
        self.expect(index < len, Fault::Index(part), index, len)?;
        let model = Model::of(self.file);
        if let Part::OperatorCode = part {
            // Operators share their codes' names, and whoever asks an operator for its code reads it.
            self.charge(Operator::view(model, table.at).custom_name().len() as u32)?;
        } else if let Part::Signature = self.place.part
            && let Part::Subgraph = part
        {
            // What follows names tensors of that subgraph.
            self.set_len(Part::Tensor, model.subgraph(index)?.tensor_len());
        }
        Some(())
    }

    /// What the offset at `at` points to.
    fn pointed(&mut self, table: &Table<'a>, at: u32, (slot, kind): (u8, Kind)) -> Option<()> {
        let mut layout = Layout::NONE;
        if let Kind::Options = kind {
            layout =
                options::layout(table.scalar(u16::from(slot).saturating_sub(1), OptionsType::NONE));
            if layout == Layout::NONE {
                return Some(());
            }
        }
        let at = self.target(at)?;
        let bytes = match kind {
            Kind::Table(table_type) => return self.table(at, table_type),
            Kind::Options => return self.options(at, layout),
            Kind::Vector(bytes) => bytes,
            Kind::Tables(_) | Kind::Indices | Kind::OptionalIndices | Kind::Shape => 4,
            _ => 1,
        };
        let elements = elements_at(self.file, at, bytes.into());
        let (at, len) = self.in_bounds(elements, at)?;
        match kind {
            Kind::Tables(table_type) => return self.tables(at, len, table_type),
            Kind::Blob => return Some(()),
            _ => self.charge(len)?,
        }
        // There are fewer than 2^31 tensors: a negative index names none.
        let tensors = (Fault::Index(Part::Tensor), self.len(Part::Tensor));
        let ((fault, end), least) = match kind {
            Kind::Indices => (tensors, 0),
            Kind::OptionalIndices => (tensors, -1),
            Kind::Shape => ((Fault::Dimension, 1 << 31), -1),
            _ => return Some(()),
        };
        for index in 0..len {
            let number = u32_at(self.file, at.saturating_add(index.saturating_mul(4)))?;
            let well = number < end || (least..0).contains(&(number as i32));
            let of = if let Fault::Dimension = fault { index } else { end };
            self.expect(well, fault, number, of)?;
        }
        Some(())
    }

    /// Where the offset at `at` points to. An offset of zero would point to itself.
    #[inline(never)]
    fn target(&mut self, at: u32) -> Option<u32> {
        self.in_bounds(follow(self.file, at).filter(|to| *to != at), at)
    }

    /// The entries of a list.
    fn tables(&mut self, at: u32, len: u32, table_type: TableType) -> Option<()> {
        let outer = self.place;
        let part = table_type.part();
        if let Some(part) = part {
            self.set_len(part, len);
            let subgraph = (outer.part == Part::Subgraph).then_some(outer.index);
            self.place = Place { part, subgraph, index: 0 };
        }
        for index in 0..len {
            if part.is_some() {
                self.place.index = index;
            }
            let entry = self.target(at.saturating_add(index.saturating_mul(4)))?;
            self.table(entry, table_type)?;
        }
        self.place = outer;
        Some(())
    }
}
