//! A small writer of FlexBuffers.

use alloc::{borrow::ToOwned, collections::BTreeMap, string::String, vec::Vec};

/// A value to be written as FlexBuffer.
///
/// # Examples
///
/// ```
/// use bantam_schema::{flexbuffer::Reader, write::{FlexValue, flexbuffer}};
///
/// let bytes = flexbuffer(&FlexValue::map([("window", 3.into()), ("scale", 0.5.into())]));
/// let map = Reader::root(&bytes).unwrap().as_map().unwrap();
/// assert_eq!(map.get("scale").unwrap().as_f32(), Some(0.5));
/// assert_eq!(map.values().get(1).unwrap().as_i32(), Some(3));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FlexValue {
    /// Nothing.
    Null,
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A float.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// A string.
    String(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// Values of any type.
    Vector(Vec<Self>),
    /// Integers of one type, which is stored once.
    Ints(Vec<i64>),
    /// Values with names, which must not contain a zero byte.
    Map(BTreeMap<String, Self>),
}

impl FlexValue {
    /// Returns a map.
    pub fn map<'k>(entries: impl IntoIterator<Item = (&'k str, Self)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

macro_rules! values {
    ($($type:ty, $variant:ident;)*) => {$(
        impl From<$type> for FlexValue {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
values!(i32, Int; i64, Int; u64, Uint; f64, Float; bool, Bool; &str, String;);

/// Writes a FlexBuffer. All numbers get the least width at which all of them fit.
pub fn flexbuffer(value: &FlexValue) -> Vec<u8> {
    let narrow = [0_u8, 1, 2].into_iter().find_map(|log2| write(value, log2));
    narrow.or_else(|| write(value, 3)).unwrap_or_default()
}

/// Writes with numbers of `1 << log2` bytes; `None` if one does not fit.
fn write(value: &FlexValue, log2: u8) -> Option<Vec<u8>> {
    let mut writer = Writer { bytes: Vec::new(), log2 };
    let root = writer.value(value)?;
    writer.cell(root)?;
    writer.bytes.extend([root.packed, 1 << log2]);
    Some(writer.bytes)
}

/// The content of a value's place: a number, or the position to point to.
#[derive(Clone, Copy)]
struct Written {
    packed: u8,
    content: Content,
}

#[derive(Clone, Copy)]
enum Content {
    Int(i64),
    Uint(u64),
    Float(f64),
    At(usize),
}

struct Writer {
    bytes: Vec<u8>,
    log2: u8,
}

impl Writer {
    fn width(&self) -> usize {
        1 << self.log2
    }

    fn bits(&self) -> u32 {
        8 << self.log2
    }

    fn written(&self, kind: u8, content: Content) -> Written {
        Written { packed: kind << 2 | self.log2, content }
    }

    /// Writes one number of the common width.
    fn cell(&mut self, written: Written) -> Option<()> {
        let bytes = match written.content {
            Content::Int(value) => {
                let bits = 64_u32.saturating_sub(self.bits());
                let fits = value << bits >> bits == value;
                fits.then_some(value.to_le_bytes())?
            }
            Content::Uint(value) => self.fitting(value)?,
            Content::At(at) => self.fitting(self.bytes.len().saturating_sub(at) as u64)?,
            Content::Float(value) => match self.width() {
                8 => value.to_le_bytes(),
                4 if f64::from(value as f32) == value => {
                    u64::from((value as f32).to_bits()).to_le_bytes()
                }
                _ => return None,
            },
        };
        let width = self.width();
        self.bytes.extend(bytes.into_iter().take(width));
        Some(())
    }

    fn fitting(&self, value: u64) -> Option<[u8; 8]> {
        let fits = self.log2 == 3 || value >> self.bits() == 0;
        fits.then_some(value.to_le_bytes())
    }

    fn number(&mut self, value: usize) -> Option<()> {
        self.cell(Written { packed: 0, content: Content::Uint(value as u64) })
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(self.width()), 0);
    }

    /// Writes the target of the value, if it has one.
    fn value(&mut self, value: &FlexValue) -> Option<Written> {
        Some(match value {
            FlexValue::Null => self.written(0, Content::Uint(0)),
            FlexValue::Int(value) => self.written(1, Content::Int(*value)),
            FlexValue::Uint(value) => self.written(2, Content::Uint(*value)),
            FlexValue::Float(value) => self.written(3, Content::Float(*value)),
            FlexValue::Bool(value) => self.written(26, Content::Uint(u64::from(*value))),
            FlexValue::String(text) => {
                let at = self.sized(text.as_bytes())?;
                self.bytes.push(0);
                self.written(5, Content::At(at))
            }
            FlexValue::Blob(bytes) => {
                let at = self.sized(bytes)?;
                self.written(25, Content::At(at))
            }
            FlexValue::Vector(values) => {
                let values = values.iter().map(|v| self.value(v)).collect::<Option<Vec<_>>>()?;
                self.align();
                let at = self.cells(&values, true)?;
                self.written(10, Content::At(at))
            }
            FlexValue::Ints(values) => {
                let values: Vec<_> =
                    values.iter().map(|value| self.written(1, Content::Int(*value))).collect();
                self.align();
                let at = self.cells(&values, false)?;
                self.written(11, Content::At(at))
            }
            FlexValue::Map(entries) => self.map(entries)?,
        })
    }

    fn sized(&mut self, bytes: &[u8]) -> Option<usize> {
        self.align();
        self.number(bytes.len())?;
        let at = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        Some(at)
    }

    /// Writes length, values and, if `types`, their types.
    fn cells(&mut self, values: &[Written], types: bool) -> Option<usize> {
        self.number(values.len())?;
        let at = self.bytes.len();
        values.iter().try_for_each(|value| self.cell(*value))?;
        if types {
            self.bytes.extend(values.iter().map(|value| value.packed));
        }
        Some(at)
    }

    fn map(&mut self, entries: &BTreeMap<String, FlexValue>) -> Option<Written> {
        let mut keys = Vec::new();
        for key in entries.keys() {
            keys.push(self.written(4, Content::At(self.bytes.len())));
            self.bytes.extend(key.bytes().chain([0]));
        }
        let values = entries.values().map(|v| self.value(v)).collect::<Option<Vec<_>>>()?;
        self.align();
        let keys = self.cells(&keys, false)?;
        self.align();
        self.cell(Written { packed: 0, content: Content::At(keys) })?;
        self.number(self.width())?;
        let at = self.cells(&values, true)?;
        Some(self.written(9, Content::At(at)))
    }
}
