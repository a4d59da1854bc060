//! The code in the pages of `docs`, compiled and run as tests of the documentation.

#[cfg(doctest)]
mod pages {
    #[doc = include_str!("debugging.md")]
    mod debugging {}
    #[doc = include_str!("memory.md")]
    mod memory {}
    #[doc = include_str!("planning.md")]
    mod planning {}
    #[doc = include_str!("prepared.md")]
    mod prepared {}
    #[doc = include_str!("signal.md")]
    mod signal {}
}
