//! The ways to encode a tensor, of which the one with the fewest bytes is taken.

use super::bits::BitWriter;
use super::encoded::Encoded;
use super::huffman;
use bantam_kernels::decode::channels::Channels;
use bantam_kernels::decode::header::Header;
use bantam_kernels::decode::lut::LutParams;
use std::collections::BTreeSet;
use std::vec::Vec;

/// Entries of a table that an index of 7 bits can name.
const MOST_ENTRIES: usize = 128;

/// A tensor that is encoded.
#[derive(Clone, Debug)]
pub(super) struct Elements {
    /// The elements.
    pub(super) bytes: Vec<u8>,
    /// Bytes of each.
    pub(super) width: usize,
    /// Its channels; `None` if they lie so that no table can belong to them.
    pub(super) channels: Option<Channels>,
    /// The zero point of each channel, or the only one.
    pub(super) zeros: Vec<Vec<u8>>,
}

impl Elements {
    /// The shortest of all ways; `None` if there is none.
    pub(super) fn encode(&self) -> Option<Encoded> {
        let ways = [
            self.lut(true),
            self.lut(false),
            self.prune(),
            if self.width == 1 { huffman::encode(&self.bytes) } else { None },
        ];
        ways.into_iter().flatten().min_by_key(Encoded::len)
    }

    /// Indices of a table for each channel, as the metadata have them: one for all there is only
    /// if the tensor has one scale.
    pub(super) fn tables(&self) -> Option<Encoded> {
        self.lut(self.channels?.count() == 1)
    }

    fn each(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let channels = self.channels.unwrap_or(Channels::ONE);
        let elements = self.bytes.chunks_exact(self.width).enumerate();
        elements.map(move |(at, element)| (channels.of(at), element))
    }

    /// Indices of one table for all channels, or of one for each.
    fn lut(&self, is_shared: bool) -> Option<Encoded> {
        let channels = self.channels?.count();
        let table_of = |channel: usize| if is_shared { 0 } else { channel };
        let mut tables = std::vec![BTreeSet::new(); if is_shared { 1 } else { channels }];
        for (channel, element) in self.each() {
            tables[table_of(channel)].insert(element);
        }
        let tables: Vec<Vec<&[u8]>> =
            tables.into_iter().map(|table| table.into_iter().collect()).collect();
        let entries = tables.iter().map(Vec::len).max().unwrap_or(0);
        if !(1..=MOST_ENTRIES).contains(&entries) {
            return None;
        }
        let bits = entries.next_power_of_two().trailing_zeros().max(1) as u8;
        let mut writer = BitWriter::default();
        for (channel, element) in self.each() {
            let index = tables[table_of(channel)].binary_search(&element).ok()?;
            writer.push(index as u32, bits);
        }
        let mut values = Vec::new();
        for table in &tables {
            values.extend(table.concat());
            values.resize(values.len() + (entries - table.len()) * self.width, 0);
        }
        // With a distance of 0 all channels have the first table.
        let stride = if is_shared && channels > 1 { 0 } else { entries as u8 };
        let header = Header::Lut(LutParams { bits, stride });
        Some(Encoded { header, codes: writer.finish(), tables: values })
    }

    /// The elements that are not the zero point.
    fn prune(&self) -> Option<Encoded> {
        self.channels?;
        let (mut writer, mut values) = (BitWriter::default(), Vec::new());
        for (channel, element) in self.each() {
            let zero = self.zeros.get(channel).or(self.zeros.first())?;
            let is_kept = element != &zero[..];
            writer.push(is_kept.into(), 1);
            if is_kept {
                values.extend_from_slice(element);
            }
        }
        Some(Encoded { header: Header::Prune, codes: writer.finish(), tables: values })
    }
}
