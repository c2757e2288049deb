//! Rules on metrics and labels.

pub(super) mod usage;
