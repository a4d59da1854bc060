//! The width of comments and of pages, which rustfmt leaves alone.

use std::fs;
use std::path::Path;

use crate::outcome::Outcome;
use crate::workspace;

/// The width of a line, as in `rustfmt.toml`.
const MAX_COLUMNS: usize = 100;

/// Returns an error that lists every comment line and every line of prose that is too wide.
pub(super) fn check(root: &Path) -> Outcome {
    let mut faults = Vec::new();
    for (pattern, wide) in [("*.rs", wide_comments as fn(&str) -> Vec<usize>), ("*.md", wide_prose)]
    {
        for file in workspace::files(root, pattern)? {
            // Git lists a file that was deleted until the deletion is staged.
            let Ok(source) = fs::read_to_string(root.join(&file)) else { continue };
            faults.extend(wide(&source).into_iter().map(|line| format!("{file}:{line}")));
        }
    }
    match faults.len() {
        0 => Ok(()),
        count => Err(format!(
            "{count} lines of comments or prose are wider than {MAX_COLUMNS} columns:\n  {}",
            faults.join("\n  ")
        )
        .into()),
    }
}

/// Returns the numbers of the comment lines of a Rust file that are too wide.
fn wide_comments(source: &str) -> Vec<usize> {
    wide_lines(source, |line| {
        let comment = line.trim_start().strip_prefix("//")?;
        Some(comment.trim_start_matches(['/', '!']))
    })
}

/// Returns the numbers of the lines of a page that are too wide, code not counted.
fn wide_prose(page: &str) -> Vec<usize> {
    let mut code = false;
    wide_lines(page, |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        (!code && !fence).then_some(line)
    })
}

/// Returns the numbers of wide lines whose `text` is prose that can be broken: `None` is no prose,
/// a row of a table must stay one line, and a single word, such as an address, cannot be broken.
fn wide_lines<'a>(source: &'a str, mut text: impl FnMut(&'a str) -> Option<&'a str>) -> Vec<usize> {
    let mut numbers = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let Some(text) = text(line) else { continue };
        let text = text.trim();
        let breaks = !text.starts_with('|') && link_target(text).unwrap_or(text).contains(' ');
        if line.chars().count() > MAX_COLUMNS && breaks {
            numbers.push(index + 1);
        }
    }
    numbers
}

/// Returns the target of a link definition, `[name]: target`.
fn link_target(text: &str) -> Option<&str> {
    let (_, target) = text.strip_prefix('[')?.split_once("]: ")?;
    (!target.contains(' ')).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comment_wider_than_100_columns_is_a_fault() {
        let line = |columns: usize| format!("//! word {}", "é".repeat(columns - 9));
        let source = format!("{}\n{}\nlet x;\n    {}\n", line(100), line(101), line(97));
        assert_eq!(wide_comments(&source), [2, 4]);
    }

    #[test]
    fn what_cannot_be_broken_is_no_fault() {
        let word = "x".repeat(120);
        let source = format!(
            "/// | a | {word} |\n// {word}\n/// [name]: {word}\n/// [name]: {word} b\n// a {word}\n"
        );
        assert_eq!(wide_comments(&source), [4, 5]);
        assert!(wide_comments(&format!("let a = \"{word} b\";\n")).is_empty());
    }

    #[test]
    fn code_and_tables_of_a_page_are_not_prose() {
        let wide = "word ".repeat(25);
        let page = format!("{wide}\n```\n{wide}\n```\n{wide}\n| {wide} |\n");
        assert_eq!(wide_prose(&page), [1, 5]);
    }
}
