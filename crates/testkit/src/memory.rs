//! Memory for arenas.

/// Memory that begins at a multiple of 16 and is full of what nobody may depend on.
#[derive(Clone, Debug)]
pub struct Memory {
    words: Vec<u128>,
    bytes: usize,
}

impl Memory {
    /// Memory of this many bytes.
    pub fn new(bytes: usize) -> Self {
        Self { words: vec![0xA5A5_5A5A_C3C3_3C3C_9696_6969_F00F_0FF0; bytes.div_ceil(16)], bytes }
    }

    /// All bytes.
    pub fn bytes(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.words).split_at_mut(self.bytes).0
    }
}
