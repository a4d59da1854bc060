//! FlexBuffers: self-describing values, in which custom operators keep their options.
//!
//! There is no check in advance. Every method looks at the bytes it needs and gives `None` if they
//! are not there, or not of the requested type. A loop over a vector or a map ends after at most as
//! many steps as the buffer has bytes. A vector may contain itself, though: bound the depth when
//! you descend into values of unknown structure.
//!
//! # Examples
//!
//! ```
//! use bantam_schema::flexbuffer::Reader;
//!
//! // The map {"a": 5}: key, keys vector, values, root.
//! let bytes = [b'a', 0, 1, 3, 1, 1, 1, 5, 4, 2, 0x24, 1];
//! let map = Reader::root(&bytes).unwrap().as_map().unwrap();
//! assert_eq!(map.get("a").unwrap().as_i64(), Some(5));
//! assert!(map.get("b").is_none());
//! ```

use core::{cmp::Ordering, fmt};

/// Type numbers of the format.
mod kind {
    pub(super) const NULL: u8 = 0;
    pub(super) const INT: u8 = 1;
    pub(super) const UINT: u8 = 2;
    pub(super) const FLOAT: u8 = 3;
    pub(super) const KEY: u8 = 4;
    pub(super) const STRING: u8 = 5;
    pub(super) const INDIRECT_INT: u8 = 6;
    pub(super) const INDIRECT_UINT: u8 = 7;
    pub(super) const INDIRECT_FLOAT: u8 = 8;
    pub(super) const MAP: u8 = 9;
    pub(super) const VECTOR: u8 = 10;
    pub(super) const VECTOR_INT: u8 = 11;
    pub(super) const VECTOR_STRING: u8 = 15;
    pub(super) const VECTOR_INT2: u8 = 16;
    pub(super) const VECTOR_FLOAT4: u8 = 24;
    pub(super) const BLOB: u8 = 25;
    pub(super) const BOOL: u8 = 26;
    pub(super) const VECTOR_BOOL: u8 = 36;
}

/// The place of a number: numbers are 1, 2, 4 or 8 bytes wide.
#[derive(Clone, Copy)]
struct Cell<'a> {
    buffer: &'a [u8],
    at: usize,
    width: usize,
}

impl<'a> Cell<'a> {
    fn bytes(self) -> Option<&'a [u8]> {
        self.buffer.get(self.at..self.at.checked_add(self.width)?)
    }

    fn uint(self) -> Option<u64> {
        let bytes = self.bytes()?;
        Some(match bytes.len() {
            1 => u64::from(*bytes.first()?),
            2 => u64::from(u16::from_le_bytes(bytes.try_into().ok()?)),
            4 => u64::from(u32::from_le_bytes(bytes.try_into().ok()?)),
            _ => u64::from_le_bytes(bytes.try_into().ok()?),
        })
    }

    fn int(self) -> Option<i64> {
        let bytes = self.bytes()?;
        Some(match bytes.len() {
            1 => i64::from(i8::from_le_bytes(bytes.try_into().ok()?)),
            2 => i64::from(i16::from_le_bytes(bytes.try_into().ok()?)),
            4 => i64::from(i32::from_le_bytes(bytes.try_into().ok()?)),
            _ => i64::from_le_bytes(bytes.try_into().ok()?),
        })
    }

    fn float(self) -> Option<f64> {
        let bytes = self.bytes()?;
        match bytes.len() {
            4 => Some(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
            8 => Some(f64::from_le_bytes(bytes.try_into().ok()?)),
            _ => None,
        }
    }

    /// Returns a number as a length or distance.
    fn size(self) -> Option<usize> {
        self.uint().and_then(|size| usize::try_from(size).ok())
    }

    /// Returns the target of the offset. It points backwards, from its own place; by nothing to an
    /// empty vector right before.
    fn follow(self, width: usize) -> Option<Self> {
        Some(Self { at: self.at.checked_sub(self.size()?)?, width, ..self })
    }

    /// Returns the number `count` cells before this one.
    fn before(self, count: usize) -> Option<Self> {
        let at = self.at.checked_sub(self.width.checked_mul(count)?)?;
        Some(Self { at, ..self })
    }

    /// Returns the number `count` cells after this one.
    fn after(self, count: usize) -> Option<Self> {
        let at = self.at.checked_add(self.width.checked_mul(count)?)?;
        Some(Self { at, ..self })
    }

    /// Returns the bytes of a string or blob: their number stands before them.
    fn sized_bytes(self) -> Option<&'a [u8]> {
        let len = self.before(1)?.size()?;
        self.buffer.get(self.at..self.at.checked_add(len)?)
    }

    /// Returns the bytes up to the next zero, of which at most `limit` are looked at.
    fn key_bytes(self, limit: usize) -> Option<&'a [u8]> {
        let rest = self.buffer.get(self.at..)?;
        let rest = rest.get(..limit).unwrap_or(rest);
        let len = rest.iter().position(|byte| *byte == 0);
        rest.get(..len.unwrap_or(rest.len()))
    }
}

/// One value of a FlexBuffer.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    cell: Cell<'a>,
    kind: u8,
    /// Width of the value's target, if it has one.
    child_width: usize,
}

impl<'a> Reader<'a> {
    /// Returns the outermost value, or `None` if the bytes do not end as a FlexBuffer does.
    pub fn root(buffer: &'a [u8]) -> Option<Self> {
        let [before @ .., packed, width @ (1 | 2 | 4 | 8)] = buffer else { return None };
        let width = usize::from(*width);
        let at = before.len().checked_sub(width)?;
        Some(Self::packed(Cell { buffer, at, width }, *packed))
    }

    /// Reads type and width of the child from the byte that they share.
    fn packed(cell: Cell<'a>, packed: u8) -> Self {
        let child_width = 1_usize.wrapping_shl(u32::from(packed & 3));
        Self { cell, kind: packed.wrapping_shr(2), child_width }
    }

    fn child(self) -> Option<Cell<'a>> {
        self.cell.follow(self.child_width)
    }

    /// Returns whether the value is null.
    pub fn is_null(&self) -> bool {
        self.kind == kind::NULL
    }

    /// Returns a number or a boolean as a signed integer: fractions are cut off, floats beyond the
    /// range become its bound; `None` for unsigned integers beyond the range.
    pub fn as_i64(&self) -> Option<i64> {
        match self.kind {
            kind::INT => self.cell.int(),
            kind::INDIRECT_INT => self.child()?.int(),
            kind::FLOAT | kind::INDIRECT_FLOAT => self.as_f64().map(|float| float as i64),
            _ => i64::try_from(self.uint()?).ok(),
        }
    }

    /// Does the same as [`as_i64`](Self::as_i64); `None` for values that do not fit.
    pub fn as_i32(&self) -> Option<i32> {
        i32::try_from(self.as_i64()?).ok()
    }

    /// Returns a number or a boolean as an unsigned integer, `None` for negative integers.
    /// Fractions are cut off, floats beyond the range become its bound.
    pub fn as_u64(&self) -> Option<u64> {
        match self.kind {
            kind::INT | kind::INDIRECT_INT => u64::try_from(self.as_i64()?).ok(),
            kind::FLOAT | kind::INDIRECT_FLOAT => self.as_f64().map(|float| float as u64),
            _ => self.uint(),
        }
    }

    fn uint(self) -> Option<u64> {
        match self.kind {
            kind::UINT | kind::BOOL => self.cell.uint(),
            kind::INDIRECT_UINT => self.child()?.uint(),
            _ => None,
        }
    }

    /// Returns a number or a boolean as a float, rounded to the nearest.
    pub fn as_f64(&self) -> Option<f64> {
        match self.kind {
            kind::FLOAT => self.cell.float(),
            kind::INDIRECT_FLOAT => self.child()?.float(),
            kind::INT | kind::INDIRECT_INT => self.as_i64().map(|int| int as f64),
            _ => self.uint().map(|uint| uint as f64),
        }
    }

    /// Does the same as [`as_f64`](Self::as_f64), and rounds once more.
    pub fn as_f32(&self) -> Option<f32> {
        self.as_f64().map(|float| float as f32)
    }

    /// Returns a boolean, or whether an integer is not zero.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            kind::INT | kind::INDIRECT_INT => self.as_i64().map(|int| int != 0),
            _ => self.uint().map(|uint| uint != 0),
        }
    }

    /// Returns a string or a key, if it is UTF-8.
    pub fn as_str(&self) -> Option<&'a str> {
        let bytes = match self.kind {
            kind::KEY => self.child()?.key_bytes(usize::MAX)?,
            kind::STRING => self.child()?.sized_bytes()?,
            _ => return None,
        };
        core::str::from_utf8(bytes).ok()
    }

    /// Returns the bytes of a blob or a string.
    pub fn as_blob(&self) -> Option<&'a [u8]> {
        match self.kind {
            kind::BLOB | kind::STRING => self.child()?.sized_bytes(),
            _ => None,
        }
    }

    /// Returns a vector of any kind, or the values of a map.
    pub fn as_vector(&self) -> Option<FlexVector<'a>> {
        let first = self.child()?;
        let stored = || first.before(1).and_then(Cell::size);
        let (len, element) = match self.kind {
            kind::VECTOR | kind::MAP => (stored()?, None),
            kind::VECTOR_INT..=kind::VECTOR_STRING => {
                let ordinal = self.kind.checked_sub(kind::VECTOR_INT)?;
                (stored()?, Some(ordinal.checked_add(kind::INT)?))
            }
            kind::VECTOR_BOOL => (stored()?, Some(kind::BOOL)),
            kind::VECTOR_INT2..=kind::VECTOR_FLOAT4 => {
                let ordinal = self.kind.checked_sub(kind::VECTOR_INT2)?;
                let len = usize::from(ordinal.checked_div(3)?).checked_add(2)?;
                (len, Some(ordinal.checked_rem(3)?.checked_add(kind::INT)?))
            }
            _ => return None,
        };
        FlexVector::new(first, len, element)
    }

    /// Returns a map.
    pub fn as_map(&self) -> Option<Map<'a>> {
        if self.kind != kind::MAP {
            return None;
        }
        let values = self.as_vector()?;
        let width =
            values.first.before(2)?.size().filter(|width| matches!(width, 1 | 2 | 4 | 8))?;
        let keys = values.first.before(3)?.follow(width)?;
        let keys = FlexVector::new(keys, values.len, Some(kind::KEY))?;
        Some(Map { keys, values })
    }
}

impl fmt::Debug for Reader<'_> {
    /// Writes numbers, booleans and strings, and nothing for values that have parts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            kind::NULL => f.write_str("null"),
            kind::BOOL => self.as_bool().fmt(f),
            kind::FLOAT | kind::INDIRECT_FLOAT => self.as_f64().fmt(f),
            kind::KEY | kind::STRING => self.as_str().fmt(f),
            kind::UINT | kind::INDIRECT_UINT => self.as_u64().fmt(f),
            kind::INT | kind::INDIRECT_INT => self.as_i64().fmt(f),
            other => write!(f, "flexbuffer type {other}"),
        }
    }
}

/// Values one after another.
#[derive(Clone, Copy)]
pub struct FlexVector<'a> {
    first: Cell<'a>,
    len: usize,
    /// The type of every element, or `None` if each has its own, in the bytes behind the last.
    element: Option<u8>,
}

impl<'a> FlexVector<'a> {
    fn new(first: Cell<'a>, len: usize, element: Option<u8>) -> Option<Self> {
        let end = first.after(len)?.at.checked_add(if element.is_none() { len } else { 0 })?;
        (end <= first.buffer.len()).then_some(Self { first, len, element })
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns value `index`.
    pub fn get(&self, index: usize) -> Option<Reader<'a>> {
        if index >= self.len {
            return None;
        }
        let cell = self.first.after(index)?;
        match self.element {
            Some(kind) => Some(Reader { cell, kind, child_width: 1 }),
            None => {
                let types = self.first.after(self.len)?.at;
                let packed = cell.buffer.get(types.checked_add(index)?)?;
                Some(Reader::packed(cell, *packed))
            }
        }
    }

    /// Returns the values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Reader<'a>> + use<'a> {
        let vector = *self;
        let null = Reader { cell: self.first, kind: kind::NULL, child_width: 1 };
        (0..self.len).map(move |index| vector.get(index).unwrap_or(null))
    }
}

impl fmt::Debug for FlexVector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Values with names, in the order of the names' bytes.
#[derive(Clone, Copy)]
pub struct Map<'a> {
    keys: FlexVector<'a>,
    values: FlexVector<'a>,
}

impl<'a> Map<'a> {
    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.values.len
    }

    /// Returns whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.values.len == 0
    }

    /// Returns the value of that name, found by bisection.
    pub fn get(&self, key: &str) -> Option<Reader<'a>> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            let found = self.keys.get(middle)?.child()?;
            let limit = key.len().saturating_add(1);
            match found.key_bytes(limit)?.cmp(key.as_bytes()) {
                Ordering::Less => low = middle.checked_add(1)?,
                Ordering::Equal => return self.values.get(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Returns the name of entry `index`, if it is UTF-8.
    pub fn key(&self, index: usize) -> Option<&'a str> {
        self.keys.get(index)?.as_str()
    }

    /// Returns the values without their names, in the order of the names. The audio operators of
    /// TFLM read their options by position in this order.
    pub fn values(&self) -> FlexVector<'a> {
        self.values
    }
}

impl fmt::Debug for Map<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = (0..self.len()).map(|index| self.key(index));
        f.debug_map().entries(keys.zip(self.values.iter())).finish()
    }
}
