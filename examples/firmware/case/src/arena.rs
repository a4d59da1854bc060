//! The arena: a static, handed out once.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

use bantam::ArenaBytes;

struct Once {
    taken: AtomicBool,
    bytes: UnsafeCell<ArenaBytes<{ crate::ARENA_BYTES }>>,
}

#[allow(unsafe_code, reason = "a static that is handed out as mutable")]
// SAFETY: `bytes` is only reached through `take`, which gives it out at most once.
unsafe impl Sync for Once {}

static ARENA: Once =
    Once { taken: AtomicBool::new(false), bytes: UnsafeCell::new(ArenaBytes::new()) };

/// Returns the arena, of exactly the size that the host says is enough. `None` the second time.
#[must_use]
pub fn take() -> Option<&'static mut [u8]> {
    if ARENA.taken.load(Ordering::Relaxed) {
        return None;
    }
    ARENA.taken.store(true, Ordering::Relaxed);
    #[allow(unsafe_code, reason = "a static that is handed out as mutable")]
    // SAFETY: nobody else has a reference, since `taken` was not set, and no other thread of
    // execution can have come between the load and the store: what uses this crate enables no
    // interrupt and runs on one core.
    let arena = unsafe { &mut *ARENA.bytes.get() };
    Some(&mut arena.0)
}
