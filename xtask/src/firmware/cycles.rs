//! Estimates of cycles on a Cortex-M4: executed instructions of QEMU, each with the cycles of its
//! kind.
//!
//! The assumptions, for memory without wait states: a load takes 2 cycles, or 1 directly behind
//! another load or a store; a store 1; LDRD, STRD, LDM, STM, PUSH, POP and their like one more than
//! the words that they move; a taken branch 3; all else 1, with multiplications. A division or a
//! square root takes longer than that, and what an IT block skips counts as executed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use object::read::elf::ElfFile32;
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SectionKind};
use rustc_demangle::demangle;

use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

/// The board whose core the assumptions are of.
pub(crate) const BOARD: &str = "mps2-an386";

/// The cycles of a taken branch beyond those of one that is not taken.
const TAKEN: u64 = 2;

/// What a call of a function takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) instructions: u64,
    pub(crate) cycles: u64,
}

impl Cost {
    /// Returns what is left of it without another one.
    pub(crate) fn without(self, other: Self) -> Self {
        Self {
            instructions: self.instructions.saturating_sub(other.instructions),
            cycles: self.cycles.saturating_sub(other.cycles),
        }
    }
}

/// The plugin of QEMU that counts blocks of code.
#[derive(Debug)]
pub(crate) struct Plugin {
    library: PathBuf,
    counts: PathBuf,
}

impl Plugin {
    /// Compiles it.
    pub(crate) fn build(workspace: &Workspace) -> Outcome<Self> {
        if !process::works("cc", &["--version"]) {
            return Err("no C compiler `cc`: it compiles the plugin of QEMU for cycles".into());
        }
        let folder = workspace.target.join("firmware");
        fs::create_dir_all(&folder)?;
        let (library, counts) = (folder.join("blocks.so"), folder.join("blocks.txt"));
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library);
        cc.arg(workspace.root.join("xtask/src/firmware/blocks.c"));
        if !cc.status()?.success() {
            return Err("the plugin of QEMU does not compile".into());
        }
        Ok(Self { library, counts })
    }

    /// Runs an emulator that has its program already, and returns the cost of each call of the
    /// function, in the order of the calls.
    pub(crate) fn calls(
        &self,
        mut emulator: Command,
        elf: &Path,
        function: &str,
    ) -> Outcome<Vec<Cost>> {
        let bytes = fs::read(elf)?;
        let program = ElfFile32::<object::Endianness>::parse(&*bytes)?;
        let entry = entry(&program, function).map_err(|e| format!("{}: {e}", elf.display()))?;
        let (library, counts) = (self.library.display(), self.counts.display());
        emulator.args(["-plugin", &format!("{library},entry={entry},out={counts}")]);
        process::output(&mut emulator)?;
        costs(&fs::read_to_string(&self.counts)?, |at| halfword(&program, at))
    }
}

type Elf<'b> = ElfFile32<'b, object::Endianness>;

/// Returns the address of the only function whose readable name contains these words.
fn entry(program: &Elf<'_>, function: &str) -> Result<u64, String> {
    let is_it = |mangled: &str| {
        mangled == function || format!("{:#}", demangle(mangled)).contains(function)
    };
    let symbols = program.symbols().filter(|symbol| symbol.kind() == object::SymbolKind::Text);
    let found = symbols.filter(|symbol| symbol.name().is_ok_and(is_it));
    // The lowest bit says that it is Thumb.
    let mut addresses: Vec<u64> = found.map(|symbol| symbol.address() & !1).collect();
    addresses.sort_unstable();
    addresses.dedup();
    match *addresses {
        [address] => Ok(address),
        [] => Err(format!("no function `{function}`")),
        _ => Err(format!("{} functions `{function}`", addresses.len())),
    }
}

/// Returns 16 bits of code.
fn halfword(program: &Elf<'_>, address: u64) -> Option<u16> {
    let is_code = |kind| kind == SectionKind::Text;
    program.sections().filter(|section| is_code(section.kind())).find_map(|section| {
        let bytes = section.data_range(address, 2).ok()??;
        Some(u16::from_le_bytes(bytes.try_into().ok()?))
    })
}

/// Reads what the plugin has written.
fn costs(counts: &str, code: impl Fn(u64) -> Option<u16>) -> Outcome<Vec<Cost>> {
    let mut calls: Vec<Cost> = Vec::new();
    for line in counts.lines() {
        if line == "call" {
            calls.push(Cost::default());
            continue;
        }
        let figures: Vec<u64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let ([start, instructions, times, taken], Some(call)) = (&*figures, calls.last_mut())
        else {
            return Err(format!("the plugin of QEMU has written `{line}`").into());
        };
        let once = block(*start, *instructions, &code)
            .ok_or_else(|| format!("no code at {start:#x} in the program"))?;
        call.instructions += instructions * times;
        call.cycles += once * times + TAKEN * taken;
    }
    if calls.is_empty() {
        return Err("the function did not run to its end".into());
    }
    Ok(calls)
}

/// Returns the cycles of a block whose branch is not taken.
fn block(start: u64, instructions: u64, code: impl Fn(u64) -> Option<u16>) -> Option<u64> {
    let (mut cycles, mut at, mut before) = (0, start, Kind::Other);
    for _ in 0..instructions {
        let first = code(at)?;
        // The two halves of a long one; a short one may be the last.
        let is_long = first >> 11 >= 0b11101;
        let second = if is_long { code(at + 2)? } else { 0 };
        let kind = if is_long { long(first, second) } else { short(first) };
        cycles += match kind {
            Kind::Load if before == Kind::Other => 2,
            Kind::Load | Kind::Store | Kind::Other => 1,
            Kind::Several(words) => 1 + u64::from(words),
        };
        before = kind;
        at += if is_long { 4 } else { 2 };
    }
    Some(cycles)
}

/// A kind of instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Load,
    Store,
    /// Loads or stores of so many words.
    Several(u32),
    Other,
}

impl Kind {
    /// Returns the kind of an access whose encoding has this bit.
    const fn access(code: u16, load: u16) -> Self {
        if code & load == 0 { Self::Store } else { Self::Load }
    }
}

/// Returns the kind of an instruction of 16 bits: Arm's ARMv7-M Architecture Reference Manual
/// (DDI 0403), A5.2.
const fn short(code: u16) -> Kind {
    match code >> 12 {
        0b0100 if code >> 11 == 0b01001 => Kind::Load,
        // Register offsets: STR, STRH, STRB are the first three of eight.
        0b0101 if (code >> 9) & 0b111 < 3 => Kind::Store,
        0b0101 => Kind::Load,
        0b0110..=0b1001 => Kind::access(code, 1 << 11),
        // PUSH and POP, whose ninth bit is LR or PC.
        0b1011 if code & 0x0600 == 0x0400 => Kind::Several((code & 0x1ff).count_ones()),
        0b1100 => Kind::Several((code & 0xff).count_ones()),
        _ => Kind::Other,
    }
}

/// Returns the kind of an instruction of 32 bits: the same manual, A5.3 and A6.4.
const fn long(first: u16, second: u16) -> Kind {
    match first >> 9 {
        // LDM and STM; or two words, exclusive ones, and branches by a table.
        0b111_0100 if first & 0x40 == 0 => Kind::Several(second.count_ones()),
        0b111_0100 => match first & 0x1f0 {
            0x040 | 0x050 | 0x0c0 | 0x0d0 => Kind::access(first, 1 << 4),
            _ => Kind::Several(2),
        },
        0b111_1100 => Kind::access(first, 1 << 4),
        // Registers of the floating-point unit: moves of two, one with an offset, several.
        0b111_0110 | 0b111_1110 => match first & 0x1e0 {
            0x040 => Kind::Other,
            moves if moves & 0x120 == 0x100 && second & 0x100 == 0 => Kind::access(first, 1 << 4),
            moves if moves & 0x120 == 0x100 => Kind::Several(2),
            _ => Kind::Several((second & 0xff) as u32),
        },
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_those_of_the_manual() {
        for (code, kind) in [
            (0x6808, Kind::Load),       // ldr r0, [r1]
            (0x7008, Kind::Store),      // strb r0, [r1]
            (0x5688, Kind::Load),       // ldrsb r0, [r1, r2]
            (0x5488, Kind::Store),      // strb r0, [r1, r2]
            (0x4801, Kind::Load),       // ldr r0, [pc, #4]
            (0xb5f0, Kind::Several(5)), // push {r4-r7, lr}
            (0xbdf0, Kind::Several(5)), // pop {r4-r7, pc}
            (0xc80e, Kind::Several(3)), // ldm r0!, {r1-r3}
            (0x4348, Kind::Other),      // muls r0, r1
            (0xd1fe, Kind::Other),      // bne
            (0xb082, Kind::Other),      // sub sp, #8
        ] {
            assert_eq!(short(code), kind, "{code:#x}");
        }
        for ((first, second), kind) in [
            ((0xe8b0, 0x0f00), Kind::Several(4)), // ldm r0!, {r8-r11}
            ((0xe92d, 0x4ff0), Kind::Several(9)), // push {r4-r11, lr}
            ((0xe9d0, 0x2300), Kind::Several(2)), // ldrd r2, r3, [r0]
            ((0xe8f0, 0x2302), Kind::Several(2)), // ldrd r2, r3, [r0], #8
            ((0xe8d0, 0xf001), Kind::Load),       // tbb [r0, r1]
            ((0xe850, 0x1f00), Kind::Load),       // ldrex r1, [r0]
            ((0xf851, 0x6b04), Kind::Load),       // ldr r6, [r1], #4
            ((0xf880, 0x1000), Kind::Store),      // strb r1, [r0]
            ((0xed90, 0x0a00), Kind::Load),       // vldr s0, [r0]
            ((0xed2d, 0x8b02), Kind::Several(2)), // vpush {d8}
            ((0xec51, 0x0b10), Kind::Other),      // vmov r0, r1, d0
            ((0xfb26, 0x2307), Kind::Other),      // smlad r3, r6, r7, r2
            ((0xf000, 0xf800), Kind::Other),      // bl
        ] {
            assert_eq!(long(first, second), kind, "{first:#x} {second:#x}");
        }
    }

    #[test]
    fn loads_behind_loads_and_branches_not_taken_are_cheap() {
        // ldr, ldr, mul, ldr, str, ldm of three, bne.
        let code = [0x6808, 0x6848, 0x4348, 0x6808, 0x6008, 0xc80e, 0xd1fe];
        let at = |address: u64| code.get(usize::try_from(address / 2).ok()?).copied();
        assert_eq!(block(0, 7, at), Some(2 + 1 + 1 + 2 + 1 + 4 + 1));
        assert_eq!(block(0, 8, at), None);
        let two = costs("call\n0 7 3 2\ncall\n2 1 1 0\n", at).unwrap();
        assert_eq!(two[0], Cost { instructions: 21, cycles: 12 * 3 + 2 * TAKEN });
        assert_eq!(two[1], Cost { instructions: 1, cycles: 2 });
        assert_eq!(two[0].without(two[1]), Cost { instructions: 20, cycles: 38 });
        for wrong in ["", "0 7 3 2\n", "call\n0 7 3\n", "call\nx\n", "call\n90 7 3 2\n"] {
            assert!(costs(wrong, at).is_err(), "{wrong}");
        }
    }
}
