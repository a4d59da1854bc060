//! Stands in for an interpreter, to show the size of the rest of a program.

/// One input and one output, both of which are the arena, and nothing that makes one of the other.
#[derive(Debug)]
pub struct Nothing<'a>(pub(crate) &'a mut [u8]);

#[allow(clippy::unnecessary_wraps, reason = "as the interpreter has them")]
impl Nothing<'_> {
    pub(crate) fn arena_used_bytes(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn overlay_bytes(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn input_len(&self) -> usize {
        1
    }

    pub(crate) fn output_len(&self) -> usize {
        1
    }

    pub(crate) fn input_bytes(&mut self, _: usize) -> Result<&mut [u8], ()> {
        Ok(self.0)
    }

    pub(crate) fn output_bytes(&self, _: usize) -> Result<&[u8], ()> {
        Ok(self.0)
    }

    pub(crate) fn invoke(&mut self) -> Result<(), ()> {
        core::hint::black_box(&mut self.0);
        Ok(())
    }
}
