//! Names of operators, for errors and observers.

use crate::error::OperatorName;
use bantam_schema::Operator;

/// What the model calls the operator of a node.
pub(crate) fn name_of(operator: &Operator<'_>) -> OperatorName {
    OperatorName::new(operator.builtin(), operator.custom_name())
}
