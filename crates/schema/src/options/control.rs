//! Calls of other subgraphs, and resources.

use super::declare::options;
use crate::TensorType;

options! { 'a;
    /// Options of `IF`. The parser has checked the indices.
    IfOptions {
        /// Subgraph that runs if the condition holds.
        then_subgraph_index = 0: i32 = 0,
        /// Subgraph that runs if it does not.
        else_subgraph_index = 1: i32 = 0,
    }

    /// Options of `WHILE`. The parser has checked the indices.
    WhileOptions {
        /// Subgraph that computes the condition.
        cond_subgraph_index = 0: i32 = 0,
        /// Subgraph that runs as long as it holds.
        body_subgraph_index = 1: i32 = 0,
    }

    /// Options of `CALL_ONCE`. The parser has checked the index.
    CallOnceOptions {
        /// Subgraph that runs the first time.
        init_subgraph_index = 0: i32 = 0,
    }

    /// Options of `CALL`.
    CallOptions {
        /// Subgraph that is called.
        subgraph = 0: u32 = 0,
    }

    /// Options of `VAR_HANDLE`: the variable's name.
    VarHandleOptions<'a> {
        /// First part of the name.
        container = 0: Option<&'a str> = None,
        /// Second part of the name.
        shared_name = 1: Option<&'a str> = None,
    }

    /// Options of `HASHTABLE`.
    HashtableOptions {
        /// Identity of the table.
        table_id = 0: i32 = 0,
        /// Type of the keys.
        key_dtype = 1: TensorType = TensorType::FLOAT32,
        /// Type of the values.
        value_dtype = 2: TensorType = TensorType::FLOAT32,
    }
}
