//! Problems in files: MiniMalloc's CSV.

use std::borrow::{Cow, ToOwned};
use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write as _;
use std::format;
use std::string::String;
use std::vec::Vec;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::regions::{Demand, Place};
use crate::{Buffer, Error, Lifetime, Overlap, Permission, Problem, View, WithOverlaps, WithViews};

/// A problem from a file: buffers with names, permissions to overlap, and views.
///
/// ```
/// use bantam_planner::csv::Instance;
///
/// let text = "id,lower,upper,size\n\
///             input,0,2,96\n\
///             output,1,3,64\n\
///             #relax,1,0,16,96\n";
/// let instance = Instance::from_csv(text)?;
/// assert_eq!(instance.ids(), ["input", "output"]);
/// assert_eq!(instance.buffers()[1].bytes, 64);
/// assert_eq!(instance.to_csv(&[16, 0]).lines().nth(1), Some("input,0,2,96,16"));
/// # Ok::<(), bantam_planner::csv::CsvError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Instance {
    ids: Vec<String>,
    /// Lifetimes as in the file, half-open.
    spans: Vec<(i64, i64)>,
    buffers: Vec<Buffer>,
    permissions: Vec<Permission>,
    views: Vec<View>,
    /// The buffers for planners: bases include the needs of their views.
    placed: Vec<Buffer>,
    demands: Vec<Demand>,
    unit: u64,
}

/// The numbers of a line that begins with `#`, and the number of that line.
type Note<const N: usize> = (usize, [u64; N]);

impl Instance {
    /// Reads a problem.
    ///
    /// The first line names the columns. `id` (or `buffer`), `lower` (or `start`), `upper` and
    /// `size` must be there, in any order; `upper` is exclusive, `end` in its place inclusive.
    /// Names may stand in double quotes, within which a comma is part of the name. The columns
    /// `offset`, `region` and `hint` are ignored, as empty lines are. Any other column, among them
    /// MiniMalloc's `alignment` and `gaps`, is an error: a plan without regard to it could be
    /// wrong.
    ///
    /// Two more columns are for [several memories](crate::regions) and may be missing: `regions`,
    /// the regions in which a buffer may live, as in `0|2`, any if empty; and `weight`, how often
    /// each of its bytes is accessed, 1 if empty.
    ///
    /// A line `#relax,out_row,in_row,below,above` is a permission: rows count from 0, and the
    /// distances are those of [`Overlap`]. A line `#view,row,base_row,offset` makes a buffer a
    /// [`View`] of another; it goes where that one goes, so its columns for several memories must
    /// be empty. Any other line that begins with `#` is a comment.
    ///
    /// Times may be any integers. Sizes too large for 32 bits must have a common divisor, which
    /// becomes the [unit](Self::unit).
    ///
    /// # Errors
    ///
    /// A [`CsvError`] with the line and the fault.
    pub fn from_csv(text: &str) -> Result<Self, CsvError> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        // Text in memory of any number of columns cannot fail.
        let rows = reader.records().map(Result::unwrap_or_default);
        // A line of blanks is a row with one empty field.
        let rows = rows.filter(|row| row.iter().ne([""]));
        let mut rows = rows.map(|row| (line_of(text, &row), row));
        let Some((line, header)) = rows.next() else {
            return Err(CsvError::new(1, Fault::Header));
        };
        let columns = Columns::new(&header).map_err(|fault| CsvError::new(line, fault))?;
        let mut instance = Self { unit: 1, ..Self::default() };
        let (mut sizes, mut relaxed, mut views) = (Vec::new(), Vec::new(), Vec::new());
        for (line, row) in rows {
            let at = |fault| CsvError::new(line, fault);
            if row.len() > columns.len {
                return Err(at(Fault::Row));
            }
            let (id, span, size) = columns.row(&row).ok_or_else(|| at(Fault::Row))?;
            instance.ids.push(id.to_owned());
            instance.spans.push(span);
            let demand = columns.demand(&row).ok_or_else(|| at(Fault::Demand))?;
            instance.demands.push(demand);
            sizes.push(size);
        }
        for (line, note) in (1..).zip(text.lines()) {
            let at = |fault| CsvError::new(line, fault);
            if let Some(fields) = note.strip_prefix("#relax,") {
                relaxed.push((line, numbers(fields).ok_or_else(|| at(Fault::Relax))?));
            } else if let Some(fields) = note.strip_prefix("#view,") {
                views.push((line, numbers(fields).ok_or_else(|| at(Fault::View))?));
            }
        }
        instance.unit = unit(&sizes, &relaxed, &views);
        instance.enter(&sizes, &relaxed)?;
        instance.enter_views(views)?;
        Ok(instance)
    }

    fn enter(&mut self, sizes: &[u64], relaxed: &[Note<4>]) -> Result<(), CsvError> {
        let lifetimes = lifetimes(&self.spans).ok_or_else(|| CsvError::new(0, Fault::TooLarge))?;
        for (&size, lifetime) in sizes.iter().zip(lifetimes) {
            let bytes = u32::try_from(size / self.unit);
            let bytes = bytes.map_err(|_| CsvError::new(0, Fault::TooLarge))?;
            self.buffers.push(Buffer { bytes, lifetime, fixed: None });
        }
        for &(line, [output, input, below, above]) in relaxed {
            let index =
                |row: u64| u32::try_from(row).map_err(|_| CsvError::new(line, Fault::Relax));
            // A distance beyond 32 bits is no permission.
            let distance = |bytes: u64| u32::try_from(bytes.div_ceil(self.unit)).ok();
            let overlap = Overlap { below: distance(below), above: distance(above) };
            let permission = Permission { output: index(output)?, input: index(input)?, overlap };
            if WithOverlaps::new(&self.buffers, &[permission]).is_err() {
                return Err(CsvError::new(line, Fault::Relax));
            }
            self.permissions.push(permission);
        }
        self.permissions.sort_by_key(|permission| (permission.output, permission.input));
        match WithOverlaps::new(&self.buffers, &self.permissions) {
            Ok(_) => Ok(()),
            Err(_) => Err(CsvError::new(0, Fault::Relax)), // the same pair twice
        }
    }

    fn enter_views(&mut self, mut notes: Vec<Note<3>>) -> Result<(), CsvError> {
        notes.sort_by_key(|(_, [buffer, ..])| *buffer);
        for &(line, [buffer, base, offset]) in &notes {
            let fault = || CsvError::new(line, Fault::View);
            let index = |row: u64| u32::try_from(row).map_err(|_| fault());
            let offset = u32::try_from(offset / self.unit).map_err(|_| fault())?;
            self.views.push(View { buffer: index(buffer)?, base: index(base)?, offset });
            let demand = usize::try_from(buffer).ok().and_then(|row| self.demands.get(row));
            if demand != Some(&Demand::default()) {
                return Err(fault());
            }
        }
        let problem = WithViews::new(self.with_overlaps(), &self.views).map_err(|error| {
            let note = match error {
                Error::View { index, .. } => notes.get(index),
                _ => None,
            };
            CsvError::new(note.map_or(0, |(line, _)| *line), Fault::View)
        })?;
        // The needs of views, buffer by buffer, in one pass.
        let mut placed = self.buffers.clone();
        for view in &self.views {
            let index = view.buffer as usize;
            let base = problem.base_of(index).and_then(|(base, _)| placed.get_mut(base));
            if let (Some(base), Some(buffer)) = (base, self.buffers.get(index)) {
                base.lifetime = base.lifetime.union(buffer.lifetime);
            }
        }
        for view in &self.views {
            if let Some(slot) = placed.get_mut(view.buffer as usize) {
                *slot = problem.buffer(view.buffer as usize);
            }
        }
        self.placed = placed;
        Ok(())
    }

    const fn with_overlaps(&self) -> WithOverlaps<'_> {
        WithOverlaps::trusted(self.buffers.as_slice(), self.permissions.as_slice())
    }

    /// Returns the problem and its views: to [`place`](WithViews::place) the views, and to
    /// [`validate`](WithViews::validate) their offsets, too.
    #[must_use]
    pub const fn with_views(&self) -> WithViews<'_, WithOverlaps<'_>> {
        WithViews::trusted(self.with_overlaps(), self.views.as_slice())
    }

    /// Returns the names, in the order of the file.
    #[must_use]
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Returns the buffers, in the order of the file; sizes in [units](Self::unit).
    #[must_use]
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }

    /// Returns the permissions, in ascending order of output, then input.
    #[must_use]
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// Returns the views, in ascending order of buffer; offsets in [units](Self::unit).
    #[must_use]
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// Returns the regions in which each buffer may lie, and how often it is accessed.
    #[must_use]
    pub fn demands(&self) -> &[Demand] {
        &self.demands
    }

    /// Returns the factor for sizes and offsets: 1 unless the sizes in the file are too large.
    #[must_use]
    pub const fn unit(&self) -> u64 {
        self.unit
    }

    /// Writes the problem and its offsets (in units) as MiniMalloc does, without permissions and
    /// views.
    #[must_use]
    pub fn to_csv(&self, offsets: &[u32]) -> String {
        self.table("offset", offsets.iter().map(|&offset| ("", offset)))
    }

    /// Writes the problem, the region of each buffer and its offset (in units) there, without
    /// permissions, views and demands.
    ///
    /// `names` are those of the regions; where there is none, the number is written.
    #[must_use]
    pub fn to_csv_in_regions(&self, names: &[&str], places: &[Place]) -> String {
        let regions = places.iter().map(|place| match names.get(place.region) {
            Some(name) => format!("{},", field(name)),
            None => format!("{},", place.region),
        });
        self.table("region,offset", regions.zip(places.iter().map(|place| place.offset)))
    }

    /// Returns a line for each buffer; a prefix begins the columns after the size.
    fn table(&self, more: &str, places: impl Iterator<Item = (impl fmt::Display, u32)>) -> String {
        let mut text = format!("id,lower,upper,size,{more}\n");
        for (((id, (lower, upper)), buffer), (prefix, offset)) in
            self.ids.iter().zip(&self.spans).zip(&self.buffers).zip(places)
        {
            let bytes = |units: u32| u64::from(units).saturating_mul(self.unit);
            let (id, size, offset) = (field(id), bytes(buffer.bytes), bytes(offset));
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{id},{lower},{upper},{size},{prefix}{offset}");
        }
        text
    }
}

impl Problem for Instance {
    fn len(&self) -> usize {
        self.buffers.len()
    }

    fn buffer(&self, index: usize) -> Buffer {
        self.placed.buffer(index)
    }

    fn overlap(&self, output: usize, input: usize) -> Overlap {
        self.with_views().overlap(output, input)
    }
}

/// The positions of the columns.
struct Columns {
    id: usize,
    lower: usize,
    upper: usize,
    size: usize,
    regions: Option<usize>,
    weight: Option<usize>,
    /// Whether the end of a lifetime is part of it.
    inclusive: bool,
    /// How many there are.
    len: usize,
}

impl Columns {
    /// Finds the columns by their names.
    fn new(header: &StringRecord) -> Result<Self, Fault> {
        let [mut id, mut lower, mut upper, mut size, mut regions, mut weight] = [None; 6];
        let mut inclusive = false;
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
                // Results, and a guess at one.
                "offset" | "region" | "hint" => continue,
                _ => return Err(Fault::UnknownColumn(name.to_owned())),
            };
            if column.replace(at).is_some() {
                return Err(Fault::RepeatedColumn(name.to_owned()));
            }
        }
        let required = |column: Option<usize>| column.ok_or(Fault::Header);
        let (id, lower, upper, size) =
            (required(id)?, required(lower)?, required(upper)?, required(size)?);
        Ok(Self { id, lower, upper, size, regions, weight, inclusive, len: header.len() })
    }

    fn row<'a>(&self, fields: &'a StringRecord) -> Option<(&'a str, (i64, i64), u64)> {
        let number = |column: usize| fields.get(column)?.parse::<i64>().ok();
        let lower = number(self.lower)?;
        let upper = number(self.upper)?.checked_add(i64::from(self.inclusive))?;
        let size = fields.get(self.size)?.parse().ok()?;
        (lower < upper).then_some((fields.get(self.id)?, (lower, upper), size))
    }

    fn demand(&self, fields: &StringRecord) -> Option<Demand> {
        let mut demand = Demand::default();
        let field = |column: Option<usize>| match column {
            Some(column) => fields.get(column),
            None => Some(""),
        };
        let (regions, weight) = (field(self.regions)?, field(self.weight)?);
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
}

/// Returns the times unchanged if they fit 32 bits, else numbered in ascending order: between two
/// neighbours nothing changes.
fn lifetimes(spans: &[(i64, i64)]) -> Option<Vec<Lifetime>> {
    let all = |time: &dyn Fn(i64) -> Option<u32>| -> Option<Vec<Lifetime>> {
        let lifetime = |&(lower, upper): &(i64, i64)| {
            Some(Lifetime::new(time(lower)?, time(upper)?.checked_sub(1)?))
        };
        spans.iter().map(lifetime).collect()
    };
    all(&|time| u32::try_from(time).ok()).or_else(|| {
        let times: BTreeSet<i64> =
            spans.iter().flat_map(|&(lower, upper)| [lower, upper]).collect();
        let times: Vec<i64> = times.into_iter().collect();
        all(&|time| u32::try_from(times.binary_search(&time).ok()?).ok())
    })
}

/// Returns the line of a row. The reader's position is before the comments and the empty lines that
/// it skipped.
fn line_of(text: &str, row: &StringRecord) -> usize {
    let Some(position) = row.position() else { return 0 };
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let rest = text.get(number(position.byte())..).unwrap_or_default();
    let is_skipped = |line: &&str| line.is_empty() || line.starts_with('#');
    number(position.line()).saturating_add(rest.lines().take_while(is_skipped).count())
}

/// Returns a name as a field, in quotes where it needs them.
fn field(name: &str) -> Cow<'_, str> {
    let begins_a_comment = name.starts_with('#');
    let is_trimmed = name.trim() == name;
    if begins_a_comment || !is_trimmed || name.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(name)
    }
}

/// Returns so many numbers with commas between them.
fn numbers<const N: usize>(fields: &str) -> Option<[u64; N]> {
    let numbers: Result<Vec<u64>, _> =
        fields.split(',').map(|number| number.trim().parse()).collect();
    numbers.ok()?.try_into().ok()
}

/// Returns 1 if all sizes together fit 32 bits, else their greatest common divisor.
fn unit(sizes: &[u64], relaxed: &[Note<4>], views: &[Note<3>]) -> u64 {
    let sum = sizes.iter().fold(0_u64, |sum, &size| sum.saturating_add(size));
    if u32::try_from(sum).is_ok() {
        return 1;
    }
    let distances = relaxed.iter().flat_map(|(_, [.., below, above])| [*below, *above]);
    let offsets = views.iter().map(|(_, [.., offset])| *offset);
    sizes.iter().copied().chain(distances).chain(offsets).fold(0, gcd).max(1)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

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
    /// A `#relax` line is not four numbers, or is for rows that do not meet as output and input, or
    /// is repeated.
    Relax,
    /// A `#view` line is not three numbers, is repeated, is for a view that does not lie in the
    /// other row, makes a circle, or has demands of its own.
    View,
    /// The sizes do not fit 32 bits, not even in units of their common divisor.
    TooLarge,
}

impl CsvError {
    const fn new(line: usize, fault: Fault) -> Self {
        Self { line, fault }
    }
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = match &self.fault {
            Fault::UnknownColumn(name) => &*format!(
                "the column `{name}` is not known: only id, lower, upper, size, regions, weight, \
                 offset, region and hint are"
            ),
            Fault::RepeatedColumn(name) => &*format!("the column `{name}` is there twice"),
            Fault::Header => "the columns id, lower, upper and size are expected",
            Fault::Row => "not a name, a lifetime and a size",
            Fault::Demand => "not regions such as 0|2, or not a weight",
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
