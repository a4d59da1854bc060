//! The report of a command, as text or as JSON.

use std::fmt;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use bantam_report::Versioned;
use bantam_report::text::{grouped, printable, printable_json};
use serde::Serialize;

use crate::failure::Result;

/// Titles.
pub(crate) const TITLE: Style = Style::new().bold();
/// The figure that the user came for.
pub(crate) const FIGURE: Style = AnsiColor::Green.on_default().bold();
/// Names of operators.
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default();
/// The word before an error.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Figures for completeness.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Everything else.
pub(crate) const PLAIN: Style = Style::new();

/// The longest name in a table; the middle of a longer one is left out.
const NAME_CHARS: usize = 48;

/// The result of a command. Serialized, it is the object of `--json`.
pub(crate) trait Report: Serialize {
    /// Writes it for a reader. Styles are always written; the stream drops them where unwanted.
    fn text(&self, out: &mut dyn Write) -> io::Result<()>;
}

/// Prints a report to standard output.
pub(crate) fn print(report: &impl Report, json: bool) -> Result<()> {
    let mut out = io::BufWriter::new(anstream::stdout());
    if json {
        let json = serde_json::to_string_pretty(&Versioned::new(report))?;
        writeln!(out, "{}", printable_json(&json))?;
    } else {
        report.text(&mut out)?;
    }
    out.flush()?;
    Ok(())
}

/// Returns how long a search took, and what it tried.
pub(crate) fn searched(placements: u64, seconds: f64) -> String {
    match placements {
        0 => format!("found without a search, in {seconds:.3} s"),
        1 => format!("searched 1 placement in {seconds:.3} s"),
        _ => {
            let placements = grouped(usize::try_from(placements).unwrap_or(usize::MAX));
            format!("searched {placements} placements in {seconds:.3} s")
        }
    }
}

/// Returns a piece of text in a style.
pub(crate) fn styled(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Which side of its column a cell keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// The cells of a row, one a column.
type Row = Vec<(Style, String)>;

/// A table with a heading, as wide as its cells.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Row>,
}

impl Table {
    /// Returns a table without rows.
    pub(crate) fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: one cell a column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = (Style, String)>) {
        let cells = cells.into_iter().map(|(style, text)| (style, printable(&text)));
        self.rows.push(cells.collect());
    }

    /// Returns whether there are no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes the table with its heading, indented by two spaces.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let heading = self.columns.iter().map(|(title, _)| (FAINT, (*title).to_owned())).collect();
        let widths = self.widths();
        self.line(&heading, &widths, out)?;
        self.rows.iter().try_for_each(|row| self.line(row, &widths, out))
    }

    /// Writes the rows only.
    pub(crate) fn write_rows(&self, out: &mut dyn Write) -> io::Result<()> {
        let widths = self.widths();
        self.rows.iter().try_for_each(|row| self.line(row, &widths, out))
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|(title, _)| chars(title)).collect();
        for row in &self.rows {
            for (width, (_, text)) in widths.iter_mut().zip(row) {
                *width = (*width).max(chars(text));
            }
        }
        widths
    }

    fn line(&self, row: &Row, widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
        // No spaces at the end of a line.
        let end = row.iter().rposition(|(_, text)| !text.is_empty()).map_or(0, |last| last + 1);
        let cells = row.iter().zip(widths).zip(&self.columns).take(end);
        for (i, (((style, text), width), (_, align))) in cells.enumerate() {
            let gap = width.saturating_sub(chars(text));
            let (before, after) = match align {
                Align::Right => (gap, 0),
                Align::Left if i + 1 == end => (0, 0),
                Align::Left => (0, gap),
            };
            write!(out, "  {:before$}{}{:after$}", "", styled(*style, text), "")?;
        }
        writeln!(out)
    }
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// Returns a name, without its middle where it is too long for a table.
pub(crate) fn shortened(text: &str) -> String {
    let count = chars(text);
    if count <= NAME_CHARS {
        return text.to_owned();
    }
    let half = (NAME_CHARS - 1) / 2;
    let head: String = text.chars().take(NAME_CHARS - 1 - half).collect();
    let tail: String = text.chars().skip(count - half).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(table: &Table) -> String {
        let mut bytes = Vec::new();
        table.write(&mut anstream::StripStream::new(&mut bytes)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn columns_align_and_lines_end_clean() {
        let mut table = Table::new(&[("#", Align::Right), ("name", Align::Left)]);
        table.row([(FAINT, "9".to_owned()), (NAME, "a".to_owned())]);
        table.row([(FAINT, "10".to_owned()), (NAME, "long one".to_owned())]);
        assert_eq!(written(&table), "   #  name\n   9  a\n  10  long one\n");
    }

    #[test]
    fn heading_can_be_left_out() {
        let mut table = Table::new(&[("title", Align::Left)]);
        assert!(table.is_empty());
        table.row([(PLAIN, "a\tb".to_owned())]);
        let mut bytes = Vec::new();
        table.write_rows(&mut anstream::StripStream::new(&mut bytes)).unwrap();
        assert_eq!(bytes, b"  a\\tb\n");
    }

    #[test]
    fn long_names_lose_their_middle() {
        let long = "a".repeat(40) + &"z".repeat(40);
        let short = shortened(&long);
        assert_eq!(chars(&short), NAME_CHARS);
        assert!(short.starts_with("aaa") && short.ends_with("zzz") && short.contains('…'));
        assert_eq!(shortened("short"), "short");
    }
}
