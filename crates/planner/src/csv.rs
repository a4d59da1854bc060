//! Problems in files: MiniMalloc's CSV.

use std::borrow::{Cow, ToOwned};
use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write as _;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

mod columns;
mod error;

use csv::{ReaderBuilder, StringRecord, Trim};

use columns::{Columns, Limits, Stretch};
pub use error::{CsvError, Fault};

use crate::regions::{Demand, Place};
use crate::{
    Buffer, Error, Gap, Lifetime, Overlap, Permission, Problem, View, WithLimits, WithOverlaps,
    WithViews,
};

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
    limits: Vec<Limits>,
    alignments: Vec<u32>,
    gaps: Vec<(u32, Gap)>,
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
    /// Names may stand in double quotes, within which a comma is part of the name. Three more
    /// columns of MiniMalloc may be missing, or empty in a row:
    ///
    /// * `offset`: the buffer is [fixed](Buffer::fixed) there. Beside a column `region`, offsets
    ///   are results of planning for [several memories](crate::regions), and are ignored.
    /// * `alignment`: a power of two.
    /// * `gaps`: [gaps](Gap) as in `3-5 8-9@0:16`: from time 3 to 5, and from 8 to 9 with the bytes
    ///   0 to 16 in use. The second time is exclusive if that of the lifetime is; bytes always are.
    ///
    /// The columns `hint` and `region` are ignored, as empty lines are. Any other column is an
    /// error: a plan without regard to it could be wrong.
    ///
    /// Two more columns are for [several memories](crate::regions) and may be missing: `regions`,
    /// the regions in which a buffer may live, as in `0|2`, any if empty; and `weight`, how often
    /// each of its bytes is accessed, 1 if empty.
    ///
    /// A line `#relax,out_row,in_row,below,above` is a permission: rows count from 0, and the
    /// distances are those of [`Overlap`]. A line `#view,row,base_row,offset` makes a buffer a
    /// [`View`] of another; it goes where that one goes, so its other columns must be empty. Any
    /// other line that begins with `#` is a comment.
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
        let (mut lines, mut sizes) = (Vec::new(), Vec::new());
        let (mut relaxed, mut views): (Vec<Note<4>>, Vec<Note<3>>) = (Vec::new(), Vec::new());
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
            instance.limits.push(columns.limits(&row).map_err(at)?);
            lines.push(line);
        }
        for (line, note) in (1..).zip(text.lines()) {
            let at = |fault| CsvError::new(line, fault);
            if let Some(fields) = note.strip_prefix("#relax,") {
                relaxed.push((line, numbers(fields).ok_or_else(|| at(Fault::Relax))?));
            } else if let Some(fields) = note.strip_prefix("#view,") {
                views.push((line, numbers(fields).ok_or_else(|| at(Fault::View))?));
            }
        }
        let parts = instance.limits.iter().flat_map(Limits::bytes);
        let distances = relaxed.iter().flat_map(|(_, [_, _, below, above])| [*below, *above]);
        let starts = views.iter().map(|(_, [_, _, offset])| *offset);
        instance.unit = unit(&sizes, parts.chain(distances).chain(starts));
        instance.enter(&sizes, &relaxed, &lines)?;
        instance.enter_views(views)?;
        Ok(instance)
    }

    fn enter(
        &mut self,
        sizes: &[u64],
        relaxed: &[Note<4>],
        lines: &[usize],
    ) -> Result<(), CsvError> {
        let gaps = self.limits.iter().flat_map(|limits| &limits.gaps).map(|gap| gap.span);
        let spans: Vec<(i64, i64)> = self.spans.iter().copied().chain(gaps).collect();
        let lifetimes = lifetimes(&spans).ok_or_else(|| CsvError::new(0, Fault::TooLarge))?;
        let (lifetimes, gaps) = lifetimes.split_at_checked(sizes.len()).unwrap_or_default();
        let mut gaps = gaps.iter();
        for ((&size, &lifetime), (line, limits)) in
            sizes.iter().zip(lifetimes).zip(lines.iter().zip(&self.limits))
        {
            let too_large = || CsvError::new(*line, Fault::TooLarge);
            let units = |bytes: u64| u32::try_from(bytes / self.unit).map_err(|_| too_large());
            let index = u32::try_from(self.buffers.len()).map_err(|_| too_large())?;
            let fixed = limits.fixed.map(units).transpose()?;
            self.buffers.push(Buffer { bytes: units(size)?, lifetime, fixed });
            let alignment = u64::from(limits.alignment);
            // A power of two, too.
            let alignment = u32::try_from(alignment / gcd(alignment, self.unit));
            self.alignments.push(alignment.map_err(|_| too_large())?);
            for (&Stretch { start, end, .. }, &steps) in limits.gaps.iter().zip(&mut gaps) {
                self.gaps.push((index, Gap { steps, start: units(start)?, end: units(end)? }));
            }
        }
        // Those of one buffer may be in any order.
        self.gaps.sort_by_key(|(buffer, gap)| (*buffer, gap.steps.first));
        if let Err(fault) = WithLimits::new(self.buffers.as_slice(), &self.alignments, &self.gaps) {
            let row = match fault {
                Error::Gap { index } => self.gaps.get(index).map(|&(buffer, _)| buffer as usize),
                _ => None,
            };
            let line = row.and_then(|row| lines.get(row)).copied().unwrap_or(0);
            return Err(CsvError::new(line, Fault::Gaps));
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
            let row = usize::try_from(buffer).map_err(|_| fault())?;
            let is_fixed = self.buffers.get(row).is_some_and(|buffer| buffer.fixed.is_some());
            let is_aligned = self.alignments.get(row).is_some_and(|&alignment| alignment != 1);
            let has_gaps = self.gaps.iter().any(|&(other, _)| u64::from(other) == buffer);
            let has_demand = self.demands.get(row) != Some(&Demand::default());
            if is_fixed || is_aligned || has_gaps || has_demand {
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

    const fn with_overlaps(&self) -> WithLimits<'_, WithOverlaps<'_>> {
        let problem = WithOverlaps::trusted(self.buffers.as_slice(), self.permissions.as_slice());
        WithLimits::trusted(problem, self.alignments.as_slice(), self.gaps.as_slice())
    }

    /// Returns the problem and its views: to [`place`](WithViews::place) the views, and to
    /// [`validate`](WithViews::validate) their offsets, too.
    #[must_use]
    pub const fn with_views(&self) -> WithViews<'_, WithLimits<'_, WithOverlaps<'_>>> {
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

    /// Returns the alignment of each buffer, in [units](Self::unit); 1 if it has none of its own.
    #[must_use]
    pub fn alignments(&self) -> &[u32] {
        &self.alignments
    }

    /// Returns the gaps and the indices of their buffers, in ascending order of buffer, then step.
    #[must_use]
    pub fn gaps(&self) -> &[(u32, Gap)] {
        &self.gaps
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
        let has_alignments = self.limits.iter().any(|limits| limits.alignment != 1);
        let has_gaps = self.limits.iter().any(|limits| !limits.gaps.is_empty());
        let alignment = if has_alignments { "alignment," } else { "" };
        let gaps = if has_gaps { "gaps," } else { "" };
        let mut text = format!("id,lower,upper,size,{alignment}{gaps}{more}\n");
        for ((((id, (lower, upper)), buffer), limits), (prefix, offset)) in
            self.ids.iter().zip(&self.spans).zip(&self.buffers).zip(&self.limits).zip(places)
        {
            let bytes = |units: u32| u64::from(units).saturating_mul(self.unit);
            let (id, size, offset) = (field(id), bytes(buffer.bytes), bytes(offset));
            // Writing to a string cannot fail.
            let _ = write!(text, "{id},{lower},{upper},{size},");
            if has_alignments {
                let _ = write!(text, "{},", limits.alignment);
            }
            if has_gaps {
                let gaps: Vec<String> = limits.gaps.iter().map(Stretch::to_string).collect();
                let _ = write!(text, "{},", gaps.join(" "));
            }
            let _ = writeln!(text, "{prefix}{offset}");
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

    fn alignment(&self, index: usize) -> u32 {
        self.alignments.get(index).copied().unwrap_or(1)
    }

    fn gap(&self, index: usize, step: u32) -> Option<Gap> {
        self.with_views().gap(index, step)
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

/// Returns 1 if all sizes together fit 32 bits, else their greatest common divisor, and that of all
/// other bytes.
fn unit(sizes: &[u64], others: impl Iterator<Item = u64>) -> u64 {
    let sum = sizes.iter().fold(0_u64, |sum, &size| sum.saturating_add(size));
    if u32::try_from(sum).is_ok() {
        return 1;
    }
    sizes.iter().copied().chain(others).fold(0, gcd).max(1)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
