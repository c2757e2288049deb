//! Admits different values up to a limit.

use std::collections::HashSet;
use std::mem;

use foldhash::fast::RandomState;

use super::sync::{Mutex, OnceLock, PoisonError};

type Values = HashSet<Box<str>, RandomState>;

/// Takes in the first `limit` different values, and closes.
pub(crate) struct Gate {
    limit: usize,
    open: Mutex<Values>,
    /// All the values, once they are final; from then on nothing is locked.
    closed: OnceLock<Values>,
}

impl Gate {
    pub(crate) fn new(limit: usize) -> Self {
        let closed = OnceLock::new();
        if limit == 0 {
            closed.get_or_init(Values::default);
        }
        Self {
            limit,
            open: Mutex::new(Values::default()),
            closed,
        }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// How many values have been taken in.
    pub(crate) fn admitted(&self) -> usize {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        self.closed.get().map_or(open.len(), HashSet::len)
    }

    /// Whether `value` has been taken in, before or just now.
    pub(crate) fn admit(&self, value: &str) -> bool {
        if let Some(values) = self.closed.get() {
            return values.contains(value);
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(values) = self.closed.get() {
            return values.contains(value);
        }
        if !open.contains(value) {
            open.insert(value.into());
        }
        if open.len() == self.limit {
            self.closed.get_or_init(|| mem::take(&mut *open));
        }
        true
    }
}
