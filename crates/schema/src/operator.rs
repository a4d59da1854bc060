//! Operators and their codes.

use core::fmt;

use crate::{
    BuiltinOperator, Indices, OptionsType, Vector,
    buffer::{Range, data, offset, range},
    fields::{model, operator as field, operator_code},
    iter::View,
    scalar::sealed::Sealed,
    table::Table,
};

/// A kind of operator that the model uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperatorCode<'a> {
    /// The builtin operator, or [`BuiltinOperator::CUSTOM`].
    pub builtin: BuiltinOperator,
    /// The name of a custom operator; `None` if there is none, or one that is not UTF-8.
    pub custom: Option<&'a str>,
    /// The version that the converter asks for.
    pub version: i32,
}

/// Writes the name: the schema's, or that of a custom operator, which may be empty.
impl fmt::Display for OperatorCode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.builtin {
            BuiltinOperator::CUSTOM => f.write_str(self.custom.unwrap_or_default()),
            builtin => builtin.fmt(f),
        }
    }
}

impl Sealed for OperatorCode<'_> {}

impl<'a> View<'a> for OperatorCode<'a> {
    fn view(table: Table<'a>) -> Self {
        Self {
            builtin: builtin(&table),
            custom: table.string(operator_code::CUSTOM_CODE),
            version: table.scalar(operator_code::VERSION, 1),
        }
    }
}

// size: a call is smaller than the checks.
#[inline(never)]
fn builtin(code: &Table<'_>) -> BuiltinOperator {
    // Files from the time of at most 127 operators have the byte only. Later ones have both, and
    // the byte is 127 if the operator does not fit into it.
    let byte = i32::from(code.scalar(operator_code::DEPRECATED_BUILTIN_CODE, 0_i8));
    BuiltinOperator(byte.max(code.scalar(operator_code::BUILTIN_CODE, 0)))
}

/// An operator of a subgraph: a kind of computation, and the tensors that it reads and writes.
///
/// There is a method for the options of each builtin operator, such as
/// [`conv_2d_options`](Self::conv_2d_options): `None` if the operator carries no options, or
/// another type of options. Fields that the file leaves out have the schema's defaults.
#[derive(Clone, Copy)]
pub struct Operator<'a> {
    table: Table<'a>,
}

impl<'a> Operator<'a> {
    /// Stands in for an operator that is yet to be looked up: it has no operands and no options.
    pub const NONE: Self = Self { table: Table { file: &[], at: 0 } };

    #[cfg(feature = "write")]
    pub(crate) fn at(&self) -> u32 {
        self.table.at
    }

    fn code_table(&self) -> Option<Table<'a>> {
        self.table.entry_of_model(model::OPERATOR_CODES, self.code_index())
    }

    /// Returns the index of the operator code.
    pub fn code_index(&self) -> u32 {
        self.table.scalar(field::OPCODE_INDEX, 0)
    }

    /// Returns the operator code: the kind of computation.
    pub fn code(&self) -> OperatorCode<'a> {
        let code = self.code_table().map(OperatorCode::view);
        code.unwrap_or(OperatorCode {
            builtin: BuiltinOperator::PLACEHOLDER_FOR_GREATER_OP_CODES,
            custom: None,
            version: 1,
        })
    }

    /// Returns the builtin operator of its [code](Self::code).
    pub fn builtin(&self) -> BuiltinOperator {
        let code = self.code_table();
        code.map_or(BuiltinOperator::PLACEHOLDER_FOR_GREATER_OP_CODES, |code| builtin(&code))
    }

    /// Returns the bytes of a custom operator's name as they lie in the file, even if they are not
    /// UTF-8; empty if there is none.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub fn custom_name(&self) -> &'a [u8] {
        self.code_table().and_then(|code| code.name(operator_code::CUSTOM_CODE)).unwrap_or(&[])
    }

    /// Returns the indices of the tensors it reads; −1 for an optional one that is absent.
    pub fn inputs(&self) -> Indices<'a> {
        self.table.vector(field::INPUTS)
    }

    /// Returns the indices of the tensors it writes, never −1.
    pub fn outputs(&self) -> Indices<'a> {
        self.table.vector(field::OUTPUTS)
    }

    /// Returns the number of inputs, absent ones included.
    pub fn input_len(&self) -> usize {
        self.table.elements(field::INPUTS, 4).1 as usize
    }

    /// Returns the index of the tensor that is input `index`; −1 for one that is absent.
    pub fn input(&self, index: usize) -> Option<i32> {
        self.table.element(field::INPUTS, index)
    }

    /// Returns the number of outputs.
    pub fn output_len(&self) -> usize {
        self.table.elements(field::OUTPUTS, 4).1 as usize
    }

    /// Returns the index of the tensor that is output `index`.
    pub fn output(&self, index: usize) -> Option<i32> {
        self.table.element(field::OUTPUTS, index)
    }

    /// Returns the indices of tensors for values inside the operator, whose quantization matters;
    /// never −1.
    pub fn intermediates(&self) -> Indices<'a> {
        self.table.vector(field::INTERMEDIATES)
    }

    /// Returns for each input whether the operator changes it; often empty.
    pub fn mutating_variable_inputs(&self) -> Vector<'a, bool> {
        self.table.vector(field::MUTATING_VARIABLE_INPUTS)
    }

    fn custom_range(&self) -> Option<Range> {
        range(&self.table, field::CUSTOM_OPTIONS, field::LARGE_CUSTOM_OPTIONS_OFFSET)
    }

    /// Returns the options of a custom operator, empty if there are none. By convention they are a
    /// FlexBuffer, which is not checked: see [`flexbuffer`](crate::flexbuffer).
    pub fn custom_options(&self) -> &'a [u8] {
        data(self.table.file, self.custom_range())
    }

    /// Returns the byte offset of [`custom_options`](Self::custom_options) from the start of the
    /// file; 0 if there are none.
    pub fn custom_options_offset(&self) -> u32 {
        offset(self.custom_range())
    }

    /// Returns the type of the operator's table of options.
    pub fn options_type(&self) -> OptionsType {
        self.table.scalar(field::BUILTIN_OPTIONS_TYPE, OptionsType::NONE)
    }

    /// Returns the type of the table in the schema's second union of options (`BuiltinOptions2`:
    /// StableHLO); 0 for none. This crate does not read these tables.
    pub fn options_2_type(&self) -> u8 {
        self.table.scalar(field::BUILTIN_OPTIONS_2_TYPE, 0)
    }

    /// Returns the options table, if it is of that type.
    pub(crate) fn options_table(&self, options_type: OptionsType) -> Option<Table<'a>> {
        let table = self.table;
        let present = self.options_type() == options_type;
        present.then(|| table.table(field::BUILTIN_OPTIONS)).flatten()
    }
}

impl Sealed for Operator<'_> {}

impl<'a> View<'a> for Operator<'a> {
    fn view(table: Table<'a>) -> Self {
        Self { table }
    }
}
