//! The arena of a host: from the heap, aligned to 16, of any size.

use crate::Error;

/// The alignment of arenas: with it no byte is lost.
const ALIGN: usize = 16;

/// Zeroed memory that begins at a multiple of 16.
#[derive(Debug, Default)]
pub struct Memory {
    bytes: Vec<u8>,
    start: usize,
    len: usize,
}

impl Memory {
    /// Allocates exactly so many bytes.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`] if the system does not have them.
    pub fn new(len: usize) -> Result<Self, Error> {
        let too_large = || Error::NoMemory { bytes: len };
        let room = len.checked_add(ALIGN).ok_or_else(too_large)?;
        // The system says whether it has them; zeros that nobody has written cost it nothing.
        Vec::<u8>::new().try_reserve_exact(room).map_err(|_| too_large())?;
        let bytes = vec![0; room];
        let start = bytes.as_ptr().align_offset(ALIGN);
        if start > ALIGN {
            return Err(too_large());
        }
        Ok(Self { bytes, start, len })
    }

    /// Returns the memory.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.start + self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_aligned_and_as_long_as_asked() {
        for len in [0, 1, 15, 16, 1000] {
            let mut memory = Memory::new(len).unwrap();
            let slice = memory.as_mut_slice();
            assert_eq!(slice.len(), len);
            assert_eq!(slice.as_ptr().addr() % ALIGN, 0);
            assert!(slice.iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn too_much_is_an_error() {
        assert!(Memory::new(usize::MAX).is_err());
        assert!(Memory::new(isize::MAX as usize).is_err());
    }
}
