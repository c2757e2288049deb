//! Rules on scraping and routing.

pub(super) mod inhibition;
pub(super) mod mounts;
pub(super) mod receivers;
pub(super) mod scrape;
