//! The reasons of the attributes that say what is inlined.

use std::fs;
use std::path::Path;

use crate::outcome::Outcome;
use crate::workspace;

/// The crates in which such an attribute decides about flash and time on a device.
const SOURCES: &[&str] = &["crates/kernels/src/*.rs", "crates/interp/src/*.rs"];

/// Adds a fault for every such attribute that has no reason.
pub(super) fn check(root: &Path, faults: &mut Vec<String>) -> Outcome {
    for pattern in SOURCES {
        for file in workspace::files(root, pattern)? {
            // Git lists a file that was deleted until the deletion is staged.
            let Ok(source) = fs::read_to_string(root.join(&file)) else { continue };
            let lines = without_reason(&source).into_iter();
            faults.extend(lines.map(|line| {
                format!("{file}:{line}: say in a comment on the line why it is inlined, or not")
            }));
        }
    }
    Ok(())
}

/// The numbers of the lines with an attribute that has no comment behind it, or above it and the
/// attributes next to it. What documents the function is no reason.
fn without_reason(source: &str) -> Vec<usize> {
    let mut numbers = Vec::new();
    let mut reason = false;
    for (index, line) in source.lines().map(str::trim_start).enumerate() {
        if line.starts_with("#[inline") {
            if !reason && !line.contains("] // ") {
                numbers.push(index + 1);
            }
        } else if !line.starts_with("#[") {
            reason = line.starts_with("// ");
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_stands_on_the_line_or_above_it() {
        let source = "\
            #[inline(never)] // size: one copy\nfn a() {}\n\
            // One copy.\n#[cfg(test)]\n    #[inline]\nfn b() {}\n\
            /// Adds.\n#[inline]\nfn c() {}\n\
            #[inline(always)]\nfn d() {}\n\
            // Not of this one.\n/// Adds.\n#[must_use]\n#[inline(never)]\nfn e() {}\n";
        assert_eq!(without_reason(source), [8, 10, 15]);
    }
}
