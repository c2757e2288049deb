//! A hash table of positions that readers never lock.

use std::array::from_fn;

use super::sync::{AtomicU64, AtomicUsize, OnceLock, Ordering};

/// Tables there can be; the last would have more slots than positions fit.
const GENERATIONS: usize = 32;

/// From hashes to positions in a list.
///
/// Nothing is ever removed, which is what makes it simple: a full table is
/// copied into one twice its size and kept, so a reader may finish in it. All
/// old tables together are smaller than the newest.
pub(crate) struct Index {
    /// Each slot is zero, or a hash over a position plus one. Open addressing,
    /// linear probing, never more than three quarters full.
    tables: [OnceLock<Box<[AtomicU64]>>; GENERATIONS],
    newest: AtomicUsize,
}

impl Index {
    /// An index whose first table has this many slots, a power of two.
    pub(crate) fn new(slots: usize) -> Self {
        let index = Self {
            tables: from_fn(|_| OnceLock::new()),
            newest: AtomicUsize::new(0),
        };
        if let Some(first) = index.tables.first() {
            first.get_or_init(|| empty(slots));
        }
        index
    }

    /// What `matches` makes of the first position with this hash that it
    /// accepts.
    #[inline]
    pub(crate) fn find<T>(&self, hash: u32, matches: impl Fn(usize) -> Option<T>) -> Option<T> {
        let table = self.table(self.newest.load(Ordering::Acquire))?;
        let mut at = hash as usize;
        loop {
            at &= table.len() - 1;
            let slot = table.get(at)?.load(Ordering::Acquire);
            if slot == 0 {
                return None;
            }
            let (other, position) = unpack(slot);
            if other == hash
                && let Some(found) = matches(position)
            {
                return Some(found);
            }
            at += 1;
        }
    }

    /// Adds the next position: the first is 0, and each is one more than the
    /// last. One thread at a time.
    pub(crate) fn insert(&self, hash: u32, position: usize) {
        let newest = self.newest.load(Ordering::Relaxed);
        let (Some(table), Some(slot)) = (self.table(newest), pack(hash, position)) else {
            return;
        };
        if (position + 1) * 4 <= table.len() * 3 {
            place(table, slot);
            return;
        }
        let larger = empty(table.len() * 2);
        for slot in table {
            match slot.load(Ordering::Relaxed) {
                0 => {}
                slot => place(&larger, slot),
            }
        }
        place(&larger, slot);
        if let Some(next) = self.tables.get(newest + 1) {
            next.get_or_init(|| larger);
            self.newest.store(newest + 1, Ordering::Release);
        }
    }

    #[inline]
    fn table(&self, generation: usize) -> Option<&[AtomicU64]> {
        self.tables.get(generation)?.get().map(AsRef::as_ref)
    }
}

fn empty(slots: usize) -> Box<[AtomicU64]> {
    (0..slots).map(|_| AtomicU64::new(0)).collect()
}

fn place(table: &[AtomicU64], slot: u64) {
    let start = unpack(slot).0 as usize & (table.len() - 1);
    let (before, after) = table.split_at(start);
    if let Some(free) = after
        .iter()
        .chain(before)
        .find(|slot| slot.load(Ordering::Relaxed) == 0)
    {
        free.store(slot, Ordering::Release);
    }
}

fn pack(hash: u32, position: usize) -> Option<u64> {
    let number = u32::try_from(position).ok()?.checked_add(1)?;
    Some(u64::from(hash) << 32 | u64::from(number))
}

#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the halves of what was packed"
)]
fn unpack(slot: u64) -> (u32, usize) {
    ((slot >> 32) as u32, (slot as u32).wrapping_sub(1) as usize)
}
