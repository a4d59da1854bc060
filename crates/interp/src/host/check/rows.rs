//! x
pub(super) struct Row {
    pub(super) operator: &'static str,
    pub(super) types: &'static str,
    pub(super) limits: &'static str,
}
pub(super) const ROWS: &[Row] = &[];
