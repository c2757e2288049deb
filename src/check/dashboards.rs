//! Rules on dashboards.

pub(super) mod color;
pub(super) mod filter;
pub(super) mod text;
pub(super) mod time;
pub(super) mod title;
pub(super) mod unit;
