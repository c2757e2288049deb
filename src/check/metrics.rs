//! Rules on metrics and labels.

pub(super) mod bucket;
pub(super) mod help;
pub(super) mod label;
pub(super) mod name;
pub(super) mod usage;
