//! Words and numbers as all reports write them.

use std::fmt;

/// Escapes the control characters of text from a file, so that it is harmless for a terminal.
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_bidirectional_control(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Escapes in JSON what [`printable`] escapes in text, and JSON itself leaves as it is.
pub fn printable_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        let breaks_lines = matches!(c, '\u{2028}' | '\u{2029}');
        if c > '\u{7e}' && (c.is_control() || is_bidirectional_control(c) || breaks_lines) {
            // All of them have four digits.
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Returns a number with its digits in groups of three.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Items with commas between them, at most `limit` of them.
pub fn listed<T: fmt::Display>(items: &[T], limit: usize) -> String {
    let shown: Vec<String> = items.iter().take(limit).map(ToString::to_string).collect();
    let rest = items.len().saturating_sub(limit);
    let more = if rest > 0 { format!(", … {rest} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Writes a shape as `[1, 8, 8, 1]`.
pub fn shape_text(shape: &[i32]) -> String {
    format!("[{}]", listed(shape, usize::MAX))
}

/// Characters that reorder what follows them on the line.
fn is_bidirectional_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_with_less() {
        let text = "a\u{85}\u{202e}\u{7f}é\u{1b}\n";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let safe = printable_json(&json);
        assert!(safe.contains("\\u0085\\u202e\\u007fé\\u001b"), "{safe}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&safe).unwrap(), [text]);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31m\nb\u{202e}é"), "a\\u{1b}[31m\\nb\\u{202e}é");
    }

    #[test]
    fn numbers_and_lists() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(listed(&[1, 2, 3], 3), "1, 2, 3");
        assert_eq!(listed(&[1, 2, 3], 2), "1, 2, … 1 more");
        assert_eq!(listed::<u8>(&[], 2), "");
    }

    #[test]
    fn shapes_as_in_the_schema() {
        assert_eq!(shape_text(&[1, -1]), "[1, -1]");
        assert_eq!(shape_text(&[]), "[]");
    }
}
