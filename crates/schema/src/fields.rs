//! Field numbers of the schema's tables (`schema.fbs`, version 3d): the slot of each field in its
//! table's vtable. The numbers of the operators' options are in their declarations
//! ([`options`](crate::options)).

use crate::error::Part;

/// Slots that a table of an operator's options may use.
pub(crate) const OPTION_SLOTS: u8 = 8;

/// The kind of a field: its content, and the checks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number of so many bytes.
    Scalar(u8),
    /// The version of the schema, 4 bytes.
    Version,
    /// The index of an entry of a list, 0 if the field is absent.
    Index(TableType),
    /// The 64-bit size of a range of bytes; the field before it is the offset. 0 if the vector of
    /// bytes in slot `inline` has some.
    Range { inline: u8 },
    /// A vector of numbers of so many bytes each.
    Vector(u8),
    /// A vector of tensor indices; `least` is -1 if tensors may be absent.
    Indices { least: i8 },
    /// A vector of dimensions.
    Shape,
    /// A vector of bytes, whose elements are not checked.
    Blob,
    /// A table.
    Table(TableType),
    /// A vector of tables.
    Tables(TableType),
    /// The table of a builtin operator's options; its type is the field before.
    Options,
    /// A field of such a table: its [`Layout`](crate::options::layout::Layout) has the kind.
    Option,
}

impl Kind {
    /// A string.
    pub(crate) const STRING: Self = Self::Vector(1);
}

const OPTIONS: [(u8, Kind); OPTION_SLOTS as usize] = {
    let mut fields = [(0, Kind::Option); OPTION_SLOTS as usize];
    let mut rest: &mut [_] = &mut fields;
    while let [before @ .., last] = rest {
        last.0 = before.len() as u8;
        rest = before;
    }
    fields
};

macro_rules! tables {
    ($(
        $(#[$meta:meta])*
        $module:ident, $type:ident: $part:expr => {
            $($name:ident = $slot:literal $(: $kind:expr)?,)*
        }
    )*) => {
        $(
            $(#[$meta])*
            pub mod $module {
                $(
                    #[doc = concat!("Slot of `", stringify!($name), "`.")]
                    pub const $name: u16 = $slot;
                )*
            }
        )*

        /// The tables of the schema.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum TableType {
            $($type,)*
            /// The tables of operators' options.
            Options,
        }

        impl TableType {
            /// The number of tables.
            pub(crate) const LEN: usize = Self::Options as usize + 1;

            /// Returns its name in errors; `None` if they name the table that it belongs to.
            pub(crate) fn part(self) -> Option<Part> {
                match self {
                    $(Self::$type => $part,)*
                    Self::Options => None,
                }
            }

            /// Returns slots and kinds of the fields that this crate reads, in the order of the
            /// checks: lists come before fields that depend on their length.
            pub(crate) fn fields(self) -> &'static [(u8, Kind)] {
                match self {
                    $(Self::$type => &[$($(($slot, $kind),)?)*],)*
                    Self::Options => &OPTIONS,
                }
            }
        }
    };
}

tables! {
    /// `Model`, the root.
    model, Model: None => {
        VERSION = 0: Kind::Version,
        OPERATOR_CODES = 1: Kind::Tables(TableType::OperatorCode),
        BUFFERS = 4: Kind::Tables(TableType::Buffer),
        SUBGRAPHS = 2: Kind::Tables(TableType::Subgraph),
        DESCRIPTION = 3: Kind::STRING,
        METADATA_BUFFER = 5,
        METADATA = 6: Kind::Tables(TableType::Metadata),
        SIGNATURE_DEFS = 7: Kind::Tables(TableType::SignatureDef),
        EXTERNAL_BUFFER_GROUPS = 8,
        EXTERNAL_BUFFERS = 9,
    }

    /// `OperatorCode`.
    operator_code, OperatorCode: Some(Part::OperatorCode) => {
        DEPRECATED_BUILTIN_CODE = 0: Kind::Scalar(1),
        CUSTOM_CODE = 1: Kind::STRING,
        VERSION = 2: Kind::Scalar(4),
        BUILTIN_CODE = 3: Kind::Scalar(4),
    }

    /// `SubGraph`.
    subgraph, Subgraph: Some(Part::Subgraph) => {
        TENSORS = 0: Kind::Tables(TableType::Tensor),
        INPUTS = 1: Kind::Indices { least: 0 },
        OUTPUTS = 2: Kind::Indices { least: 0 },
        OPERATORS = 3: Kind::Tables(TableType::Operator),
        NAME = 4: Kind::STRING,
        DEBUG_METADATA_INDEX = 5,
    }

    /// `Tensor`.
    tensor, Tensor: Some(Part::Tensor) => {
        SHAPE = 0: Kind::Shape,
        TYPE = 1: Kind::Scalar(1),
        BUFFER = 2: Kind::Index(TableType::Buffer),
        NAME = 3: Kind::STRING,
        QUANTIZATION = 4: Kind::Table(TableType::Quantization),
        IS_VARIABLE = 5: Kind::Scalar(1),
        SPARSITY = 6,
        SHAPE_SIGNATURE = 7: Kind::Shape,
        HAS_RANK = 8: Kind::Scalar(1),
        VARIANT_TENSORS = 9,
        EXTERNAL_BUFFER = 10: Kind::Scalar(4),
    }

    /// `Operator`.
    operator, Operator: Some(Part::Operator) => {
        OPCODE_INDEX = 0: Kind::Index(TableType::OperatorCode),
        INPUTS = 1: Kind::Indices { least: -1 },
        OUTPUTS = 2: Kind::Indices { least: 0 },
        BUILTIN_OPTIONS_TYPE = 3: Kind::Scalar(1),
        BUILTIN_OPTIONS = 4: Kind::Options,
        CUSTOM_OPTIONS = 5: Kind::Blob,
        CUSTOM_OPTIONS_FORMAT = 6,
        MUTATING_VARIABLE_INPUTS = 7: Kind::Vector(1),
        INTERMEDIATES = 8: Kind::Indices { least: 0 },
        LARGE_CUSTOM_OPTIONS_OFFSET = 9: Kind::Scalar(8),
        LARGE_CUSTOM_OPTIONS_SIZE = 10: Kind::Range { inline: 5 },
        BUILTIN_OPTIONS_2_TYPE = 11: Kind::Scalar(1),
        BUILTIN_OPTIONS_2 = 12,
        DEBUG_METADATA_INDEX = 13,
    }

    /// `Buffer`.
    buffer, Buffer: Some(Part::Buffer) => {
        DATA = 0: Kind::Blob,
        OFFSET = 1: Kind::Scalar(8),
        SIZE = 2: Kind::Range { inline: 0 },
    }

    /// `Metadata`.
    metadata, Metadata: Some(Part::Metadata) => {
        NAME = 0: Kind::STRING,
        BUFFER = 1: Kind::Index(TableType::Buffer),
    }

    /// `SignatureDef`.
    signature_def, SignatureDef: Some(Part::Signature) => {
        SUBGRAPH_INDEX = 4: Kind::Index(TableType::Subgraph),
        INPUTS = 0: Kind::Tables(TableType::TensorMap),
        OUTPUTS = 1: Kind::Tables(TableType::TensorMap),
        SIGNATURE_KEY = 2: Kind::STRING,
        DEPRECATED_TAG = 3,
    }

    /// `QuantizationParameters`.
    quantization, Quantization: None => {
        MIN = 0: Kind::Vector(4),
        MAX = 1: Kind::Vector(4),
        SCALE = 2: Kind::Vector(4),
        ZERO_POINT = 3: Kind::Vector(8),
        DETAILS_TYPE = 4: Kind::Scalar(1),
        DETAILS = 5,
        QUANTIZED_DIMENSION = 6: Kind::Scalar(4),
    }

    /// `TensorMap`.
    tensor_map, TensorMap: None => {
        NAME = 0: Kind::STRING,
        TENSOR_INDEX = 1: Kind::Index(TableType::Tensor),
    }
}
