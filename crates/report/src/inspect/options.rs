//! An operator's options as JSON.

use std::fmt::Debug;

use bantam_schema::flexbuffer::{self, Reader};
use bantam_schema::{Operator, Options};
use serde_json::{Map, Number, Value};

/// Returns the fields with their names; for a custom operator those of its FlexBuffer, or the
/// number of bytes if the options are not a map.
pub(super) fn of(operator: &Operator<'_>) -> Map<String, Value> {
    let mut fields = Map::new();
    let options = operator.options();
    options.visit(&mut |name, value| {
        fields.insert(name.to_owned(), json(value));
    });
    if let Options::Other(options_type) = options {
        fields.insert("options_type".to_owned(), Value::String(options_type.to_string()));
    }
    let custom = operator.custom_options();
    if let Some(map) = Reader::root(custom).and_then(|root| root.as_map()) {
        fields.extend(entries(map));
    } else if !custom.is_empty() {
        fields.insert("custom_bytes".to_owned(), custom.len().into());
    }
    fields
}

fn entries(map: flexbuffer::Map<'_>) -> impl Iterator<Item = (String, Value)> {
    let keys = (0..map.len()).map(move |index| map.key(index).unwrap_or_default().to_owned());
    keys.zip(map.values().iter().map(|value| json(&value)))
}

/// Returns a value by what it prints for debugging: numbers, `Type(NAME)`, lists and strings.
fn json(value: &dyn Debug) -> Value {
    let text = format!("{value:?}");
    let inner = |text: &str, open: char, close: char| {
        let (_, rest) = text.split_once(open)?;
        rest.strip_suffix(close).map(str::to_owned)
    };
    if let Ok(number) = text.parse::<i64>() {
        number.into()
    } else if let Some(number) = text.parse().ok().and_then(Number::from_f64) {
        Value::Number(number)
    } else if let Ok(known @ (Value::Bool(_) | Value::Array(_) | Value::String(_))) =
        serde_json::from_str(&text)
    {
        known
    } else if text == "None" {
        Value::Null
    } else if let Some(name) = inner(&text, '(', ')') {
        // `Padding(SAME)`, or `Some("…")`.
        serde_json::from_str(&name).unwrap_or(Value::String(name))
    } else {
        Value::String(text)
    }
}

#[cfg(test)]
mod tests {
    use bantam_schema::{Padding, TensorType};

    use super::*;

    #[test]
    fn values_keep_their_kind() {
        assert_eq!(json(&-3), Value::from(-3));
        assert_eq!(json(&0.5_f32), Value::from(0.5));
        assert_eq!(json(&true), Value::from(true));
        assert_eq!(json(&[1, -1]), Value::from(vec![1, -1]));
        assert_eq!(json(&Padding::SAME), Value::from("SAME"));
        assert_eq!(json(&TensorType(99)), Value::from(99));
        assert_eq!(json(&Some("a")), Value::from("a"));
        assert_eq!(json(&None::<&str>), Value::Null);
        assert_eq!(json(&f32::NAN), Value::from("NaN"));
    }

    #[test]
    fn entries_of_a_flexbuffer() {
        // The map {"a": 5}: key, keys vector, values, root.
        let bytes = [b'a', 0, 1, 3, 1, 1, 1, 5, 4, 2, 0x24, 1];
        let map = Reader::root(&bytes).unwrap().as_map().unwrap();
        let found: Vec<_> = entries(map).collect();
        assert_eq!(found, [("a".to_owned(), Value::from(5))]);
    }
}
