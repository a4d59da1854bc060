//! Memory that C hands over: checked before it becomes a slice or a reference.

use crate::error::bantam_status;
use core::ffi::c_void;

/// Checks that a pointer is there and aligned for `T`.
pub(crate) fn check<T>(pointer: *const T) -> Result<(), bantam_status> {
    if pointer.is_null() {
        Err(bantam_status::BANTAM_NULL)
    } else if !pointer.is_aligned() {
        Err(bantam_status::BANTAM_MISALIGNED)
    } else {
        Ok(())
    }
}

/// Bytes at an address; a null pointer is none.
#[derive(Clone, Copy)]
pub(crate) struct Range {
    pointer: *mut u8,
    len: usize,
}

impl Range {
    /// Checks that there can be so many bytes.
    pub(crate) fn new(pointer: *const c_void, len: usize) -> Result<Self, bantam_status> {
        if pointer.is_null() && len > 0 {
            return Err(bantam_status::BANTAM_NULL);
        }
        let fits = isize::try_from(len).is_ok() && pointer.addr().checked_add(len).is_some();
        if !fits {
            return Err(bantam_status::BANTAM_LENGTH);
        }
        Ok(Self { pointer: pointer.cast_mut().cast(), len })
    }

    /// The bytes of a value.
    pub(crate) fn of<T>(value: *const T) -> Self {
        Self { pointer: value.cast_mut().cast(), len: size_of::<T>() }
    }

    /// `Ok` if it has no byte of `other`.
    pub(crate) fn apart_from(self, other: Self) -> Result<(), bantam_status> {
        let (a, b) = (self.pointer.addr(), other.pointer.addr());
        let apart = a.wrapping_add(self.len) <= b || b.wrapping_add(other.len) <= a;
        let empty = self.len == 0 || other.len == 0;
        if apart || empty { Ok(()) } else { Err(bantam_status::BANTAM_OVERLAP) }
    }

    /// The bytes, to be read.
    ///
    /// # Safety
    ///
    /// They are initialized, and nobody writes them during `'a`.
    pub(crate) unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the pointer is not null and the length not too large (`new`); the caller promises
        // the rest.
        unsafe { core::slice::from_raw_parts(self.pointer, self.len) }
    }

    /// The bytes, to be written.
    ///
    /// # Safety
    ///
    /// They are initialized or of static storage, and nobody else uses them during `'a` but by
    /// pointers that come from here.
    pub(crate) unsafe fn bytes_mut<'a>(self) -> &'a mut [u8] {
        if self.len == 0 {
            return &mut [];
        }
        // SAFETY: as in `bytes`.
        unsafe { core::slice::from_raw_parts_mut(self.pointer, self.len) }
    }
}

/// Writes to where C wants a result, if it wants one.
///
/// # Safety
///
/// `to` is null or leads to memory for a `T` that may be written.
#[inline(never)] // size: one copy for all functions
pub(crate) unsafe fn put<T>(to: *mut T, value: T) -> Result<(), bantam_status> {
    if to.is_null() {
        return Ok(());
    }
    check(to)?;
    // SAFETY: it is not null and aligned; the caller promises the rest.
    unsafe { to.write(value) };
    Ok(())
}

/// Gives C bytes and writes their number to `to`, if it wants that; null for none.
///
/// # Safety
///
/// As for [`put`].
#[inline(never)] // size: one copy for all functions
pub(crate) unsafe fn give(bytes: Option<(*mut u8, usize)>, to: *mut usize) -> *mut c_void {
    let (pointer, len) = bytes.unwrap_or((core::ptr::null_mut(), 0));
    // SAFETY: the caller promises it.
    match unsafe { put(to, len) } {
        Ok(()) => pointer.cast(),
        Err(_) => core::ptr::null_mut(),
    }
}

/// Does the same with bytes that C only reads.
///
/// # Safety
///
/// As for [`put`].
pub(crate) unsafe fn show(bytes: Option<&[u8]>, to: *mut usize) -> *const c_void {
    // SAFETY: the caller promises it; C is given a pointer that it cannot write through.
    unsafe { give(bytes.map(|bytes| (bytes.as_ptr().cast_mut(), bytes.len())), to) }
}
