//! Rules on alerts and recording rules.

pub(super) mod condition;
pub(super) mod labels;
pub(super) mod pairs;
pub(super) mod records;
pub(super) mod shown;
pub(super) mod timing;
