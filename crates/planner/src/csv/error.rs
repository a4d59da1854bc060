//! The errors of files.

use std::fmt;
use std::format;
use std::string::String;

/// The error of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvError {
    /// The line, from 1; 0 if no single line is at fault.
    pub line: usize,
    /// The fault.
    pub fault: Fault,
}

/// The faults of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The columns are not named, or one is missing.
    Header,
    /// A column of this name has no meaning here: a plan that ignored it could be wrong.
    UnknownColumn(String),
    /// A column is there twice, under this name the second time.
    RepeatedColumn(String),
    /// A row lacks a number, has more fields than there are columns, or its lifetime is empty.
    Row,
    /// The regions are not numbers below 32 with `|` between them, or the weight is not a number.
    Demand,
    /// An alignment is not a power of two.
    Alignment(String),
    /// An offset is not a number.
    Offset(String),
    /// Gaps are not as in `3-5 8-9@0:16`, overlap, or are not within the lifetime and the bytes of
    /// their buffer.
    Gaps,
    /// A `#relax` line is not four numbers, or is for rows that do not meet as output and input, or
    /// is repeated.
    Relax,
    /// A `#view` line is not three numbers, is repeated, is for a view that does not lie in the
    /// other row, makes a circle, or has an offset, an alignment, gaps or demands of its own.
    View,
    /// The sizes do not fit 32 bits, not even in units of their common divisor.
    TooLarge,
}

impl CsvError {
    pub(super) const fn new(line: usize, fault: Fault) -> Self {
        Self { line, fault }
    }
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = match &self.fault {
            Fault::UnknownColumn(name) => &*format!(
                "the column `{name}` is not known: only id, lower, upper, size, alignment, gaps, \
                 offset, hint, regions, weight and region are"
            ),
            Fault::RepeatedColumn(name) => &*format!("the column `{name}` is there twice"),
            Fault::Header => "the columns id, lower, upper and size are expected",
            Fault::Row => "not a name, a lifetime and a size",
            Fault::Demand => "not regions such as 0|2, or not a weight",
            Fault::Alignment(found) => &*format!("the alignment `{found}` is not a power of two"),
            Fault::Offset(found) => {
                &*format!("the offset `{found}` is not a number; leave it empty to plan it")
            }
            Fault::Gaps => {
                "not gaps such as 3-5 8-9@0:16, which must lie apart, within lifetime and size"
            }
            Fault::Relax => "not a permission for an output and an input that meet",
            Fault::View => "not a view that lies in another row and goes where that goes",
            Fault::TooLarge => "sizes or times are too large",
        };
        match self.line {
            0 => f.write_str(fault),
            line => write!(f, "line {line}: {fault}"),
        }
    }
}

impl std::error::Error for CsvError {}
