//! Subgraphs.

use core::fmt;
use core::ops::Range;

use crate::{
    Indices, Operator, Tensor,
    fields::subgraph as field,
    iter::{Iter, View},
    scalar::sealed::Sealed,
    table::Table,
};

/// Tensors, and the operators that compute them, in the order in which they run.
#[derive(Clone, Copy)]
pub struct Subgraph<'a> {
    table: Table<'a>,
}

impl<'a> Subgraph<'a> {
    fn list<V: View<'a>>(&self, slot: u16) -> Iter<'a, V> {
        Iter::new(&self.table, slot)
    }

    fn entry<V: View<'a>>(&self, slot: u16, index: u32) -> Option<V> {
        self.table.entry(slot, index).map(V::view)
    }

    /// Returns the name.
    pub fn name(&self) -> Option<&'a str> {
        self.table.string(field::NAME)
    }

    /// Returns the tensors.
    pub fn tensors(&self) -> Iter<'a, Tensor<'a>> {
        self.list(field::TENSORS)
    }

    /// Returns tensor `index`.
    pub fn tensor(&self, index: u32) -> Option<Tensor<'a>> {
        self.entry(field::TENSORS, index)
    }

    /// Returns the indices of the tensors that `is` is true for, ascending.
    pub fn tensors_where(&self, is: fn(&Tensor<'a>) -> bool) -> TensorsWhere<'a> {
        TensorsWhere { subgraph: *self, indices: 0..self.tensor_len(), is }
    }

    /// Returns the number of tensors.
    pub fn tensor_len(&self) -> u32 {
        self.table.elements(field::TENSORS, 4).1
    }

    /// Returns the indices of the tensors that are fed from outside, never −1.
    pub fn inputs(&self) -> Indices<'a> {
        self.table.vector(field::INPUTS)
    }

    /// Returns the indices of the tensors that are the result, never −1.
    pub fn outputs(&self) -> Indices<'a> {
        self.table.vector(field::OUTPUTS)
    }

    /// Returns the number of inputs.
    pub fn input_len(&self) -> usize {
        self.table.elements(field::INPUTS, 4).1 as usize
    }

    /// Returns the number of outputs.
    pub fn output_len(&self) -> usize {
        self.table.elements(field::OUTPUTS, 4).1 as usize
    }

    /// Returns the operators, in the order in which they run.
    pub fn operators(&self) -> Iter<'a, Operator<'a>> {
        self.list(field::OPERATORS)
    }

    /// Returns operator `index`.
    pub fn operator(&self, index: u32) -> Option<Operator<'a>> {
        self.entry(field::OPERATORS, index)
    }

    /// Returns the number of operators.
    pub fn operator_len(&self) -> u32 {
        self.table.elements(field::OPERATORS, 4).1
    }
}

/// The indices of some of the tensors: see [`Subgraph::tensors_where`].
#[derive(Clone, Debug)]
pub struct TensorsWhere<'a> {
    subgraph: Subgraph<'a>,
    indices: Range<u32>,
    is: fn(&Tensor<'a>) -> bool,
}

impl Iterator for TensorsWhere<'_> {
    type Item = u32;

    #[inline(never)] // size: one copy for all loops
    fn next(&mut self) -> Option<u32> {
        let (subgraph, is) = (self.subgraph, self.is);
        self.indices.find(|&index| subgraph.tensor(index).is_some_and(|tensor| is(&tensor)))
    }
}

impl fmt::Debug for Subgraph<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subgraph")
            .field("name", &self.name())
            .field("tensors", &self.tensor_len())
            .field("inputs", &self.inputs())
            .field("outputs", &self.outputs())
            .field("operators", &self.operator_len())
            .finish()
    }
}

impl Sealed for Subgraph<'_> {}

impl<'a> View<'a> for Subgraph<'a> {
    fn view(table: Table<'a>) -> Self {
        Self { table }
    }
}
