//! The checks of the options of an operator.

use super::Options;
use crate::{
    OptionsType,
    fields::{Kind, OPTION_SLOTS, TableType},
};

/// The kinds of the fields in a table of options: a code of three bits for each field, that of slot
/// 0 the lowest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Layout(u32);

impl Layout {
    /// A table that is not read.
    pub(crate) const NONE: Self = Self(0);

    /// Returns the kind of field in the slot, if there is one.
    pub(crate) fn kind(self, slot: u8) -> Option<Kind> {
        Some(match self.0.wrapping_shr(u32::from(slot).wrapping_mul(3)) & 7 {
            1 => Kind::Scalar(1),
            2 => Kind::Scalar(4),
            3 => Kind::Scalar(8),
            4 => Kind::Vector(4),
            5 => Kind::STRING,
            6 => Kind::Index(TableType::Subgraph),
            _ => return None,
        })
    }

    /// Returns the layout with this kind in the slot.
    #[allow(clippy::panic, reason = "evaluated when it is compiled")]
    #[allow(clippy::arithmetic_side_effects, reason = "evaluated when it is compiled")]
    const fn with(self, slot: u8, kind: Kind) -> Self {
        let code = match kind {
            Kind::Scalar(1) => 1,
            Kind::Scalar(4) => 2,
            Kind::Scalar(8) => 3,
            Kind::Vector(4) => 4,
            Kind::STRING => 5,
            Kind::Index(TableType::Subgraph) => 6,
            _ => panic!("options have fields of other kinds"),
        };
        assert!(slot < OPTION_SLOTS, "options have fewer fields");
        Self(self.0 | code << (3 * slot as u32))
    }
}

/// Returns the fields of a table of that type.
pub(crate) fn layout(options_type: OptionsType) -> Layout {
    let known = LAYOUTS.iter().find(|word| *word & 0xff == u32::from(options_type.0));
    Layout(known.map_or(0, |word| word >> 8))
}

/// All tables of options, in a word each: the type in the lowest byte, above it the [`Layout`].
// size: as pointers they would take thousands of bytes of flash.
#[allow(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
static LAYOUTS: [u32; Options::TABLES.len()] = {
    let mut words = [0; Options::TABLES.len()];
    let mut at = 0;
    while at < words.len() {
        let (options_type, mut fields) = Options::TABLES[at];
        let mut layout = Layout::NONE;
        while let [(slot, kind), rest @ ..] = fields {
            // The numbers of these name the subgraphs that they call.
            let calls = matches!(
                options_type,
                OptionsType::IF | OptionsType::WHILE | OptionsType::CALL_ONCE
            );
            let kind = if calls { Kind::Index(TableType::Subgraph) } else { *kind };
            layout = layout.with(*slot, kind);
            fields = rest;
        }
        words[at] = layout.0 << 8 | options_type.0 as u32;
        at += 1;
    }
    words
};
