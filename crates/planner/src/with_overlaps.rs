//! Buffers and permissions to overlap, in slices.

use crate::{Buffer, Error, Overlap, Problem};

/// The permission for one pair of buffers, as [`WithOverlaps`] takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Permission {
    /// The index of the buffer that the operator writes; its first step is that operator.
    pub output: u32,
    /// The index of the buffer that it reads; its last step is that operator.
    pub input: u32,
    /// The distances that they must keep.
    pub overlap: Overlap,
}

/// Buffers and permissions in slices.
///
/// ```
/// use bantam_planner::{Buffer, Overlap, Permission, WithOverlaps, greedy, validate};
///
/// // A layer turns 96 bytes into 64 and may begin to write 16 bytes below what it reads.
/// let buffers = [Buffer::new(96, 0, 1), Buffer::new(64, 1, 2)];
/// let overlap = Overlap { below: Some(16), above: None };
/// let permissions = [Permission { output: 1, input: 0, overlap }];
/// let problem = WithOverlaps::new(&buffers, &permissions)?;
///
/// assert_eq!(validate(&problem, 16, &[16, 0], 112), Ok(()));
/// assert!(validate(&problem, 16, &[0, 0], 112).is_err());
/// assert!(validate(&buffers, 16, &[16, 0], 112).is_err()); // without permission
/// # Ok::<(), bantam_planner::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WithOverlaps<'a> {
    buffers: &'a [Buffer],
    permissions: &'a [Permission],
}

impl<'a> WithOverlaps<'a> {
    /// Combines `buffers` and `permissions`, which must be in ascending order of output, then
    /// input.
    ///
    /// # Errors
    ///
    /// [`Error::Permission`] for the first that is out of order or repeated, names a buffer that
    /// does not exist, or has an output whose first step is not the last of the input, or whose
    /// input is not [written before](crate::Lifetime::dies_for).
    pub fn new(buffers: &'a [Buffer], permissions: &'a [Permission]) -> Result<Self, Error> {
        let mut before = None;
        for (index, permission) in permissions.iter().enumerate() {
            let key = Some(permission.key());
            let output = buffers.get(permission.output as usize);
            let input = buffers.get(permission.input as usize);
            let meet = output
                .zip(input)
                .is_some_and(|(output, input)| input.lifetime.dies_for(output.lifetime));
            if before >= key || !meet {
                return Err(Error::Permission { index });
            }
            before = key;
        }
        Ok(Self { buffers, permissions })
    }

    /// Makes it without the checks of [`new`](Self::new), which the caller has done.
    #[cfg(feature = "std")]
    pub(crate) const fn trusted(buffers: &'a [Buffer], permissions: &'a [Permission]) -> Self {
        Self { buffers, permissions }
    }

    /// Returns the buffers.
    #[must_use]
    pub const fn buffers(&self) -> &'a [Buffer] {
        self.buffers
    }

    /// Returns the permissions, in ascending order of output, then input.
    #[must_use]
    pub const fn permissions(&self) -> &'a [Permission] {
        self.permissions
    }
}

impl Permission {
    const fn key(&self) -> (u32, u32) {
        (self.output, self.input)
    }
}

impl Problem for WithOverlaps<'_> {
    fn len(&self) -> usize {
        self.buffers.len()
    }

    fn buffer(&self, index: usize) -> Buffer {
        self.buffers.buffer(index)
    }

    fn overlap(&self, output: usize, input: usize) -> Overlap {
        let key = |permission: &Permission| (permission.output as usize, permission.input as usize);
        let found = self.permissions.binary_search_by_key(&(output, input), key).ok();
        found.and_then(|at| self.permissions.get(at)).map_or(Overlap::NONE, |found| found.overlap)
    }
}
