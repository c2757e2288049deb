//! A set that grows and never shrinks: found by hash and walked by position,
//! both without locks.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

use super::index::Index;
use super::sync::{AtomicUsize, Mutex, Ordering, PoisonError};

/// The items, in the order in which they were added.
pub(crate) struct Store<T> {
    index: Index,
    list: boxcar::Vec<T>,
    /// How many items are complete. Written under `adding`.
    len: AtomicUsize,
    adding: Mutex<()>,
}

impl<T> Store<T> {
    pub(crate) fn new() -> Self {
        Self {
            index: Index::new(32),
            list: boxcar::Vec::new(),
            len: AtomicUsize::new(0),
            adding: Mutex::new(()),
        }
    }

    /// The item with this hash that matches.
    #[inline]
    pub(crate) fn find(&self, hash: u32, matches: impl Fn(&T) -> bool) -> Option<&T> {
        self.index.find(hash, |position| {
            self.list.get(position).filter(|item| matches(item))
        })
    }

    /// The item with this hash that matches, `make`'s if there is none. Only
    /// threads that are about to add wait for each other.
    pub(crate) fn find_or_add(
        &self,
        hash: u32,
        matches: impl Fn(&T) -> bool,
        make: impl FnOnce() -> T,
    ) -> Option<&T> {
        if let Some(found) = self.find(hash, &matches) {
            return Some(found);
        }
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = self.find(hash, &matches) {
            return Some(found);
        }
        let position = self.list.push(make());
        self.len.store(position + 1, Ordering::Release);
        self.index.insert(hash, position);
        self.list.get(position)
    }

    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn get(&self, position: usize) -> Option<&T> {
        self.list.get(position)
    }
}

/// The hash of label values.
///
/// `("ab", "c")` and `("a", "bc")` may share one: equality is decided on the
/// values.
#[inline]
pub(crate) fn hash<const N: usize>(state: &RandomState, values: &[&str; N]) -> u32 {
    let mut hasher = state.build_hasher();
    for value in values {
        hasher.write(value.as_bytes());
    }
    // Half of it is enough, and in every slot it leaves room for a position.
    (hasher.finish() >> 32) as u32
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Three values share each hash, and many hashes share their low bits.
    fn hash_of(value: u32) -> u32 {
        (value / 3).wrapping_mul(1 << 20)
    }

    #[test]
    fn values_are_found_while_the_store_grows() {
        let store = Store::new();
        let find = |value: u32| store.find(hash_of(value), |v| *v == value).copied();
        for value in 0..3000 {
            assert_eq!(find(value), None);
            let added = store.find_or_add(hash_of(value), |v| *v == value, || value);
            assert_eq!(added, Some(&value));
            assert_eq!(find(value), Some(value));
            assert_eq!(find(value / 2), Some(value / 2));
        }
        assert_eq!(store.len(), 3000);
        assert!((0..3000).all(|i| store.get(i).copied() == u32::try_from(i).ok()));
    }

    #[test]
    fn threads_that_add_the_same_value_get_the_same_item() {
        for _ in 0..20 {
            let store = Store::new();
            let add = |value: u32| {
                let item = store.find_or_add(hash_of(value), |v| *v == value, || value);
                std::ptr::from_ref(item.unwrap()) as usize
            };
            let run = || (0..300).map(add).collect::<Vec<_>>();
            let (a, b) = thread::scope(|scope| {
                let (a, b) = (scope.spawn(run), scope.spawn(run));
                (a.join().unwrap(), b.join().unwrap())
            });
            assert_eq!(a, b);
            assert_eq!(store.len(), 300);
        }
    }
}
