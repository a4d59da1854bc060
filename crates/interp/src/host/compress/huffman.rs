//! Codes for weights: the more frequent, the shorter.

use super::bits::BitWriter;
use super::encoded::Encoded;
use bantam_kernels::decode::header::Header;
use bantam_kernels::decode::huffman::HuffmanParams;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::vec;
use std::vec::Vec;

/// Bits of the longest code: an entry says of at most so many that a code has them.
const MOST_BITS: u8 = 15;

/// Distances to tables have 11 bits.
const MOST_DISTANCE: usize = (1 << VALUE_BITS) - 1;
const VALUE_BITS: u8 = 11;

/// Bits that the first table may have.
const FIRST_BITS: std::ops::RangeInclusive<u8> = 1..=10;

/// A code: the low bits of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Code {
    symbol: u8,
    number: u32,
    bits: u8,
}

/// Encodes bytes with the first table that needs the least memory.
pub(super) fn encode(symbols: &[u8]) -> Option<Encoded> {
    let mut counts = [0; 256];
    symbols.iter().for_each(|&symbol| counts[usize::from(symbol)] += 1);
    let codes = codes(&counts);
    let tables = FIRST_BITS.filter_map(|bits| Some((bits, tables(&codes, bits)?)));
    let (first_bits, tables) = tables.min_by_key(|(_, tables)| tables.len())?;
    let by_symbol: BTreeMap<u8, Code> = codes.iter().map(|code| (code.symbol, *code)).collect();
    let mut writer = BitWriter::default();
    for symbol in symbols {
        let code = by_symbol.get(symbol)?;
        writer.push(code.number, code.bits);
    }
    // TFLM reads whole words, and as many bits of the next ones as a table has.
    let words = (writer.len() + usize::from(MOST_BITS)).div_ceil(32);
    Some(Encoded {
        header: Header::Huffman(HuffmanParams { is_wide: false, first_bits }),
        codes: writer.padded_to(32 * words),
        tables: tables.iter().flat_map(|entry| entry.to_le_bytes()).collect(),
    })
}

/// The codes of all symbols that occur: of two lengths, the shorter codes are the lower numbers.
fn codes(counts: &[usize; 256]) -> Vec<Code> {
    let mut lengths = lengths(counts);
    lengths.sort_unstable_by_key(|&(symbol, bits)| (bits, symbol));
    let (mut next, mut last) = (0_u32, 0);
    let code = |(symbol, bits): (u8, u8)| {
        next <<= bits - last;
        last = bits;
        next += 1;
        Code { symbol, number: next - 1, bits }
    };
    lengths.into_iter().map(code).collect()
}

/// The bits of each symbol's code.
fn lengths(counts: &[usize; 256]) -> Vec<(u8, u8)> {
    let mut counts = *counts;
    loop {
        let lengths = unlimited_lengths(&counts);
        if lengths.iter().all(|&(_, bits)| bits <= MOST_BITS) {
            return lengths;
        }
        // The more equal the counts are, the more equal are the lengths.
        counts.iter_mut().for_each(|count| *count = count.div_ceil(2));
    }
}

/// The bits of each symbol's code in a tree that joins the two rarest nodes, again and again.
fn unlimited_lengths(counts: &[usize; 256]) -> Vec<(u8, u8)> {
    let symbols = (0..=u8::MAX).filter(|&symbol| counts[usize::from(symbol)] > 0);
    let mut nodes: BinaryHeap<Reverse<(usize, Vec<u8>)>> =
        symbols.map(|symbol| Reverse((counts[usize::from(symbol)], vec![symbol]))).collect();
    let mut bits = [0_u8; 256];
    if nodes.len() == 1 {
        // A code has a bit at least.
        let only = nodes.peek().map(|Reverse((_, symbols))| symbols[0]).unwrap_or_default();
        return vec![(only, 1)];
    }
    while let (Some(Reverse(first)), Some(Reverse(second))) = (nodes.pop(), nodes.pop()) {
        let symbols = [first.1, second.1].concat();
        symbols.iter().for_each(|&symbol| bits[usize::from(symbol)] += 1);
        if !nodes.is_empty() {
            nodes.push(Reverse((first.0 + second.0, symbols)));
        }
    }
    (0..=u8::MAX).zip(bits).filter(|&(_, bits)| bits > 0).collect()
}

/// The tables: one of `first_bits` bits, and one for each of its entries that longer codes begin
/// with. `None` if one of them is too far away.
fn tables(codes: &[Code], first_bits: u8) -> Option<Vec<u16>> {
    let mut tables = vec![0; 1 << first_bits];
    let mut longer: BTreeMap<usize, Vec<Code>> = BTreeMap::new();
    for &code in codes {
        match code.bits.checked_sub(first_bits) {
            Some(rest @ 1..) => {
                let number = code.number & ((1 << rest) - 1);
                let rest = Code { number, bits: rest, ..code };
                longer.entry((code.number >> rest.bits) as usize).or_default().push(rest);
            }
            _ => fill(&mut tables, first_bits, code),
        }
    }
    for (at, codes) in longer {
        let bits = codes.iter().map(|code| code.bits).max()?;
        let mut table = vec![0; 1 << bits];
        codes.into_iter().for_each(|code| fill(&mut table, bits, code));
        let distance = tables.len() - at;
        if distance > MOST_DISTANCE {
            return None;
        }
        tables[at] = u16::from(bits - 1) << VALUE_BITS | distance as u16;
        tables.extend(table);
    }
    Some(tables)
}

/// Enters a code, whatever bits follow it.
fn fill(table: &mut [u16], table_bits: u8, code: Code) {
    let free = table_bits - code.bits;
    let first = (code.number as usize) << free;
    let entry = 1 << 15 | u16::from(code.bits) << VALUE_BITS | u16::from(code.symbol);
    table[first..first + (1 << free)].fill(entry);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the kernel makes of it.
    fn decoded(encoded: &Encoded, len: usize) -> Vec<u8> {
        let Header::Huffman(params) = encoded.header else { panic!("{:?}", encoded.header) };
        let mut output = vec![0; len];
        params.decode(&encoded.codes, &encoded.tables, 1, &mut output).unwrap();
        output
    }

    proptest! {
        #[test]
        fn codes_are_decoded_to_what_they_stand_for(
            symbols in prop::collection::vec(any::<u8>(), 1..300),
            spread in 0..8_u32,
        ) {
            let symbols: Vec<u8> = symbols.into_iter().map(|symbol| symbol >> spread).collect();
            let encoded = encode(&symbols).unwrap();
            prop_assert_eq!(decoded(&encoded, symbols.len()), symbols);
        }
    }

    #[test]
    fn codes_have_at_most_15_bits() {
        // Fibonacci's numbers make the deepest tree.
        let (mut counts, mut a, mut b) = ([0; 256], 1, 1);
        for count in counts.iter_mut().take(24) {
            *count = a;
            (a, b) = (b, a + b);
        }
        let codes = codes(&counts);
        assert_eq!(codes.len(), 24);
        assert!(codes.iter().all(|code| code.bits <= MOST_BITS));
        let longest = unlimited_lengths(&counts).iter().map(|&(_, bits)| bits).max();
        assert_eq!(longest, Some(23));
        let mut symbols = Vec::new();
        for (symbol, count) in (0..24).zip(counts) {
            symbols.extend(vec![symbol; count]);
        }
        let encoded = encode(&symbols).unwrap();
        assert_eq!(decoded(&encoded, symbols.len()), symbols);
    }
}
