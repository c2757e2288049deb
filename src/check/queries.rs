//! Rules on expressions.

pub(super) mod range;
