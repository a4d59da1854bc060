//! The sizes and abilities of a linked firmware, from its sections and symbols.

use std::fs;
use std::path::Path;

use object::read::elf::ElfFile32;
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SectionFlags, SectionKind};
use rustc_demangle::demangle;

use crate::outcome::Outcome;

/// Bytes of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Footprint {
    /// Code, constants, vector table and the first values of statics, without the model, its image
    /// and the test data.
    pub(crate) flash: u64,
    /// The model: its file, or its image and what that leaves of the file.
    pub(crate) model: u64,
    /// Statics, without the arena.
    pub(crate) static_ram: u64,
}

/// The statics of the crate `case` (`case::generated`) that are the model.
const MODEL: &[&str] = &["MODEL", "IMAGE_FOR_ANY", "IMAGE_FOR_DSP"];

/// Those that are the test data.
const DATA: &[&str] = &["INPUTS", "EXPECTED"];

/// What the names of those begin with that a program may lack.
const OPTIONAL: &str = "IMAGE_";

/// Sections that only reserve the rest of the RAM.
const RESERVED: [&str; 2] = [".stack", ".heap"];

/// Reads an ELF file.
pub(crate) fn footprint(elf: &Path, arena_bytes: u64) -> Outcome<Footprint> {
    let bytes = fs::read(elf)?;
    let file = ElfFile32::<object::Endianness>::parse(&*bytes)?;
    let (mut flash, mut static_ram) = (0, 0);
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags } = section.flags() else { continue };
        if sh_flags & u64::from(object::elf::SHF_ALLOC) == 0 || RESERVED.contains(&section.name()?)
        {
            continue;
        }
        let is_empty = section.kind() == SectionKind::UninitializedData;
        if !is_empty {
            flash += section.size();
        }
        if is_empty || sh_flags & u64::from(object::elf::SHF_WRITE) != 0 {
            static_ram += section.size();
        }
    }
    let len = |name: &str| {
        let is = |mangled: &str| {
            let readable = format!("{:#}", demangle(mangled));
            readable.strip_prefix("case::generated::") == Some(name)
        };
        let symbol = file.symbols().find(|symbol| symbol.name().is_ok_and(is));
        match symbol {
            Some(symbol) => Ok(symbol.size()),
            None if name.starts_with(OPTIONAL) => Ok(0),
            None => Err(format!("{} has no symbol {name}", elf.display())),
        }
    };
    let sum = |names: &[&str]| names.iter().copied().map(len).sum::<Result<u64, String>>();
    let (model, data) = (sum(MODEL)?, sum(DATA)?);
    let static_ram = static_ram.saturating_sub(arena_bytes);
    Ok(Footprint { flash: flash - model - data, model, static_ram })
}

/// Returns the names of all symbols, readable.
pub(crate) fn symbols(elf: &Path) -> Outcome<Vec<String>> {
    let bytes = fs::read(elf)?;
    let file = ElfFile32::<object::Endianness>::parse(&*bytes)?;
    let names = file.symbols().filter_map(|symbol| symbol.name().ok());
    Ok(names.map(|mangled| format!("{:#}", demangle(mangled))).collect())
}

/// The parts of symbols' names that show that a program can allocate.
const ALLOCATION: &[&str] = &["__rust_alloc", "__rust_realloc", "__rg_", "__rdl_", "alloc::"];

/// Returns whether a program with this symbol can allocate.
pub(crate) fn can_allocate(symbol: &str) -> bool {
    // `core::alloc` only describes memory.
    let symbol = symbol.replace("core::alloc::", "");
    ALLOCATION.iter().any(|part| symbol.contains(part))
}

/// Returns whether a program with this symbol can panic. Panics are never inlined, and end in the
/// panic handler.
pub(crate) fn can_panic(symbol: &str) -> bool {
    symbol.contains("core::panicking::") || symbol.contains("rust_begin_unwind")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_of_an_allocator_are_known() {
        assert!(can_allocate("__rust_alloc"));
        assert!(can_allocate("alloc::raw_vec::RawVecInner::grow"));
        assert!(!can_allocate("core::alloc::layout::Layout::is_size_align_valid"));
        assert!(!can_allocate("memcpy"));
    }

    #[test]
    fn symbols_of_a_panic_are_known() {
        assert!(can_panic("core::panicking::panic_fmt"));
        assert!(can_panic("__rustc::rust_begin_unwind"));
        assert!(!can_panic("bantam_interp::interpreter::Interpreter::invoke"));
    }
}
