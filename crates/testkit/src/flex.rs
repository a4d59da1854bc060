//! FlexBuffers: options of custom operators.

/// A number of a FlexBuffer.
#[derive(Clone, Copy)]
pub(crate) enum Flex {
    Int(i32),
    Float(f32),
}

/// A FlexBuffer of a map of integers whose keys are sorted.
pub fn flex_map(entries: &[(&str, i32)]) -> Vec<u8> {
    mixed_map(&entries.iter().map(|&(key, value)| (key, Flex::Int(value))).collect::<Vec<_>>())
}

/// A FlexBuffer of a map whose keys are sorted; all of its numbers have 32 bits.
pub(crate) fn mixed_map(entries: &[(&str, Flex)]) -> Vec<u8> {
    const INT: u8 = 1;
    const FLOAT: u8 = 3;
    const MAP: u8 = 9;
    /// The logarithm of four bytes, beneath the type.
    const WIDTH: u8 = 2;
    let mut bytes = vec![];
    let mut keys = vec![];
    for (key, _) in entries {
        keys.push(bytes.len());
        bytes.extend([key.as_bytes(), &[0]].concat());
    }
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let word = |bytes: &mut Vec<u8>, value: usize| bytes.extend((value as u32).to_le_bytes());
    // Offsets go back from where they stand.
    word(&mut bytes, entries.len());
    let vector = bytes.len();
    for key in keys {
        let back = bytes.len() - key;
        word(&mut bytes, back);
    }
    let back = bytes.len() - vector;
    word(&mut bytes, back);
    word(&mut bytes, 4);
    word(&mut bytes, entries.len());
    let values = bytes.len();
    for (_, value) in entries {
        bytes.extend(match value {
            Flex::Int(value) => value.to_le_bytes(),
            Flex::Float(value) => value.to_le_bytes(),
        });
    }
    let kinds = entries.iter().map(|(_, value)| match value {
        Flex::Int(_) => INT << 2 | WIDTH,
        Flex::Float(_) => FLOAT << 2 | WIDTH,
    });
    bytes.extend(kinds);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let back = bytes.len() - values;
    word(&mut bytes, back);
    bytes.extend([MAP << 2 | WIDTH, 4]);
    bytes
}
