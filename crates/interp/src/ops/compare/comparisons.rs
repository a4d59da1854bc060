//! The comparisons.

use crate::ops::compare::node::{CompareBinding, CompareNode};
use bantam_kernels::compare::comparisons;
use bantam_schema::TensorType as T;

/// Types of the comparisons that take truth values, too.
const WITH_BOOL: &[T] = &[T::INT8, T::INT32, T::INT64, T::FLOAT32, T::BOOL];

/// EQUAL: whether two elements are equal.
///
/// * Types: `i8`, `i32`, `i64`, `f32`, `bool` to `bool`
/// * Limits: scales of `i8` are below 1; beyond six dimensions, only shapes that broadcast with six
///   nested loops
/// * Conformance: bool, float32, int32, int64, int8
pub(crate) type Equal<K> = CompareNode<K, comparisons::Equal>;

impl CompareBinding for comparisons::Equal {
    const TYPES: &[T] = WITH_BOOL;
}

/// NOT_EQUAL: whether two elements differ.
///
/// * Types: `i8`, `i32`, `i64`, `f32`, `bool` to `bool`
/// * Limits: scales of `i8` are below 1; beyond six dimensions, only shapes that broadcast with six
///   nested loops
/// * Conformance: bool, float32, int32, int64, int8
pub(crate) type NotEqual<K> = CompareNode<K, comparisons::NotEqual>;

impl CompareBinding for comparisons::NotEqual {
    const TYPES: &[T] = WITH_BOOL;
}

/// GREATER: whether the first element is greater.
///
/// * Types: `i8`, `i32`, `i64`, `f32` to `bool`
/// * Limits: scales of `i8` are below 1; beyond six dimensions, only shapes that broadcast with six
///   nested loops
/// * Conformance: float32, int32, int64, int8
pub(crate) type Greater<K> = CompareNode<K, comparisons::Greater>;

impl CompareBinding for comparisons::Greater {}

/// GREATER_EQUAL: whether the first element is greater or equal.
///
/// * Types: `i8`, `i32`, `i64`, `f32` to `bool`
/// * Limits: scales of `i8` are below 1; beyond six dimensions, only shapes that broadcast with six
///   nested loops
/// * Conformance: float32, int32, int64, int8
pub(crate) type GreaterEqual<K> = CompareNode<K, comparisons::GreaterEqual>;

impl CompareBinding for comparisons::GreaterEqual {}

/// LESS: whether the first element is less.
///
/// * Types: `i8`, `i32`, `i64`, `f32` to `bool`
/// * Limits: scales of `i8` are below 1; beyond six dimensions, only shapes that broadcast with six
///   nested loops
/// * Conformance: float32, int32, int64, int8
pub(crate) type Less<K> = CompareNode<K, comparisons::Less>;

impl CompareBinding for comparisons::Less {}

/// LESS_EQUAL: whether the first element is less or equal.
///
/// * Types: `i8`, `i32`, `i64`, `f32` to `bool`
/// * Limits: scales of `i8` are below 1; beyond six dimensions, only shapes that broadcast with six
///   nested loops
/// * Conformance: float32, int32, int64, int8
pub(crate) type LessEqual<K> = CompareNode<K, comparisons::LessEqual>;

impl CompareBinding for comparisons::LessEqual {}
