//! The columns of a file, and the fields of its rows.

use core::fmt;
use std::borrow::ToOwned;
use std::vec::Vec;

use csv::StringRecord;

use super::error::Fault;
use crate::regions::Demand;

/// The positions of the columns.
pub(super) struct Columns {
    id: usize,
    lower: usize,
    upper: usize,
    size: usize,
    regions: Option<usize>,
    weight: Option<usize>,
    alignment: Option<usize>,
    gaps: Option<usize>,
    offset: Option<usize>,
    /// Whether the end of a lifetime is part of it.
    inclusive: bool,
    /// How many there are.
    pub(super) len: usize,
}

impl Columns {
    /// Finds the columns by their names.
    pub(super) fn new(header: &StringRecord) -> Result<Self, Fault> {
        let [mut id, mut lower, mut upper, mut size, mut regions, mut weight] = [None; 6];
        let [mut alignment, mut gaps, mut offset] = [None; 3];
        let [mut inclusive, mut has_results] = [false; 2];
        for (at, name) in header.iter().enumerate() {
            let column = match name {
                "id" | "buffer" | "buffer_id" => &mut id,
                "lower" | "start" | "begin" => &mut lower,
                "upper" => &mut upper,
                "end" => {
                    inclusive = true;
                    &mut upper
                }
                "size" => &mut size,
                "regions" => &mut regions,
                "weight" => &mut weight,
                "alignment" => &mut alignment,
                "gaps" => &mut gaps,
                "offset" => &mut offset,
                "region" => {
                    has_results = true;
                    continue;
                }
                "hint" => continue,
                _ => return Err(Fault::UnknownColumn(name.to_owned())),
            };
            if column.replace(at).is_some() {
                return Err(Fault::RepeatedColumn(name.to_owned()));
            }
        }
        let required = |column: Option<usize>| column.ok_or(Fault::Header);
        let (id, lower, upper, size) =
            (required(id)?, required(lower)?, required(upper)?, required(size)?);
        let (offset, len) = (offset.filter(|_| !has_results), header.len());
        Ok(Self {
            id,
            lower,
            upper,
            size,
            regions,
            weight,
            alignment,
            gaps,
            offset,
            inclusive,
            len,
        })
    }

    pub(super) fn row<'a>(&self, fields: &'a StringRecord) -> Option<(&'a str, (i64, i64), u64)> {
        let number = |column: usize| fields.get(column)?.parse::<i64>().ok();
        let lower = number(self.lower)?;
        let upper = number(self.upper)?.checked_add(i64::from(self.inclusive))?;
        let size = fields.get(self.size)?.parse().ok()?;
        (lower < upper).then_some((fields.get(self.id)?, (lower, upper), size))
    }

    pub(super) fn demand(&self, fields: &StringRecord) -> Option<Demand> {
        let mut demand = Demand::default();
        let regions = optional(fields, self.regions)?;
        let weight = optional(fields, self.weight)?;
        if !weight.is_empty() {
            demand.weight = weight.parse().ok()?;
        }
        if !regions.is_empty() {
            let bit = |region: &str| 1_u32.checked_shl(region.trim().parse().ok()?);
            demand.regions =
                regions.split('|').try_fold(0, |mask, region| Some(mask | bit(region)?))?;
        }
        Some(demand)
    }

    /// Returns alignment, offset and gaps.
    pub(super) fn limits(&self, fields: &StringRecord) -> Result<Limits, Fault> {
        let field = |column: Option<usize>| optional(fields, column).ok_or(Fault::Row);
        let (alignment, offset) = (field(self.alignment)?, field(self.offset)?);
        let number = |field: &str| field.parse::<u32>().ok().filter(|n| n.is_power_of_two());
        let alignment = match alignment {
            "" => 1,
            field => number(field).ok_or_else(|| Fault::Alignment(field.to_owned()))?,
        };
        let fixed = match offset {
            "" => None,
            field => Some(field.parse().map_err(|_| Fault::Offset(field.to_owned()))?),
        };
        let gaps = field(self.gaps)?.split_whitespace();
        let gaps = gaps.map(|gap| Stretch::new(gap, self.inclusive).ok_or(Fault::Gaps));
        Ok(Limits { alignment, fixed, gaps: gaps.collect::<Result<_, _>>()? })
    }
}

/// Returns the field in a column, which is empty if the column is missing.
fn optional(fields: &StringRecord, column: Option<usize>) -> Option<&str> {
    match column {
        Some(column) => fields.get(column),
        None => Some(""),
    }
}

/// The limits of a buffer, as in the file.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) alignment: u32,
    pub(super) fixed: Option<u64>,
    pub(super) gaps: Vec<Stretch>,
}

impl Limits {
    /// Returns all numbers of bytes.
    pub(super) fn bytes(&self) -> impl Iterator<Item = u64> {
        let parts = self.gaps.iter().flat_map(|gap| [gap.start, gap.end]);
        parts.chain(self.fixed)
    }
}

/// A gap, as in the file: half-open, and the bytes in use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) span: (i64, i64),
    pub(super) start: u64,
    pub(super) end: u64,
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { span: (from, to), start, end } = self;
        write!(f, "{from}-{to}")?;
        if start != end { write!(f, "@{start}:{end}") } else { Ok(()) }
    }
}

impl Stretch {
    fn new(text: &str, inclusive: bool) -> Option<Self> {
        let (times, bytes) = text.split_once('@').unwrap_or((text, "0:0"));
        // A time may be negative: the first character is none of the dash between them.
        let dash = 1 + times.get(1..)?.find('-')?;
        let (from, to) = (times.get(..dash)?.parse().ok()?, times.get(dash + 1..)?);
        let to = to.parse::<i64>().ok()?.checked_add(i64::from(inclusive))?;
        let (start, end) = bytes.split_once(':')?;
        let (start, end) = (start.parse().ok()?, end.parse().ok()?);
        (from < to && start <= end).then_some(Self { span: (from, to), start, end })
    }
}
