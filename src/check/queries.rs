//! Rules on expressions.

pub(super) mod matcher;
pub(super) mod range;
pub(super) mod result;
pub(super) mod share;
