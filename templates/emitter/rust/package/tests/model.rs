//! The atomics of the store under every interleaving of two or three threads.
//!
//! The sources themselves are compiled in here, on the model checker's atomics
//! in place of the standard library's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::float_cmp,
    reason = "a test may panic, and the numbers are exact"
)]

use std::sync::Arc;

use loom::thread;

#[path = "../../src/runtime/cell.rs"]
#[expect(dead_code, reason = "not all of it is tested here")]
mod cell;
#[path = "../../src/runtime/gate.rs"]
#[expect(dead_code, reason = "not all of it is tested here")]
mod gate;

#[path = "../../src/runtime/index.rs"]
mod index;

mod sync {
    pub(crate) use std::sync::PoisonError;

    pub(crate) use loom::sync::Mutex;
    pub(crate) use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

    /// Loom has none: a flag that it sees, before a cell that it does not.
    pub(crate) struct OnceLock<T> {
        set: loom::sync::atomic::AtomicBool,
        value: std::sync::OnceLock<T>,
    }

    impl<T> OnceLock<T> {
        pub(crate) fn new() -> Self {
            Self {
                set: loom::sync::atomic::AtomicBool::new(false),
                value: std::sync::OnceLock::new(),
            }
        }

        pub(crate) fn get(&self) -> Option<&T> {
            let set = self.set.load(Ordering::Acquire);
            set.then(|| self.value.get()).flatten()
        }

        /// Both users of it set it under a lock of theirs.
        pub(crate) fn get_or_init(&self, value: impl FnOnce() -> T) -> &T {
            let value = self.value.get_or_init(value);
            self.set.store(true, Ordering::Release);
            value
        }
    }
}

use cell::{CounterCell, GaugeCell, HistogramCell};
use gate::Gate;
use index::Index;

fn together(works: Vec<Box<dyn FnOnce() + Send>>) {
    let threads: Vec<_> = works.into_iter().map(thread::spawn).collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_counter_loses_nothing() {
    loom::model(|| {
        let counter = Arc::new(CounterCell::new());
        let (a, b) = (Arc::clone(&counter), Arc::clone(&counter));
        together(vec![Box::new(move || a.add(1)), Box::new(move || b.add(2))]);
        assert_eq!(counter.get(), 3);
    });
}

#[test]
fn a_gauge_loses_no_addition() {
    loom::model(|| {
        let gauge = Arc::new(GaugeCell::new());
        let (a, b) = (Arc::clone(&gauge), Arc::clone(&gauge));
        together(vec![
            Box::new(move || assert!(a.add(1.5))),
            Box::new(move || {
                assert!(b.add(-1.0));
                assert!(b.add(4.0));
            }),
        ]);
        assert_eq!(gauge.get(), 4.5);
    });
}

#[test]
fn a_gauge_never_stops_being_finite() {
    loom::model(|| {
        let gauge = Arc::new(GaugeCell::new());
        let (a, b) = (Arc::clone(&gauge), Arc::clone(&gauge));
        together(vec![
            Box::new(move || {
                a.add(f64::MAX);
            }),
            Box::new(move || {
                b.add(f64::MAX);
            }),
        ]);
        assert_eq!(gauge.get(), f64::MAX);
    });
}

#[test]
fn a_histogram_is_whole_after_and_monotone_during() {
    loom::model(|| {
        let histogram = Arc::new(HistogramCell::new(2));
        let (a, b) = (Arc::clone(&histogram), Arc::clone(&histogram));
        let read = {
            let histogram = Arc::clone(&histogram);
            move || {
                let first: Vec<u64> = histogram.counts().collect();
                let second: Vec<u64> = histogram.counts().collect();
                assert!(first.iter().zip(&second).all(|(a, b)| a <= b));
            }
        };
        together(vec![
            Box::new(move || assert!(a.observe(0, 0.5))),
            Box::new(move || assert!(b.observe(1, 2.0))),
            Box::new(read),
        ]);
        assert_eq!(histogram.counts().collect::<Vec<_>>(), [1, 1]);
        assert_eq!(histogram.sum(), 2.5);
    });
}

#[test]
fn a_gate_admits_its_limit_and_keeps_its_word() {
    loom::model(|| {
        let gate = Arc::new(Gate::new(1));
        let ask = |value: &'static str| {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                let admitted = gate.admit(value);
                assert_eq!(gate.admit(value), admitted);
                admitted
            })
        };
        let asked = [ask("a"), ask("b")].map(|thread| thread.join().unwrap());
        assert_ne!(asked[0], asked[1]);
        assert_eq!(gate.admitted(), 1);
    });
}

#[test]
fn a_gate_with_room_turns_nobody_away() {
    loom::model(|| {
        let gate = Arc::new(Gate::new(2));
        let ask = || -> Box<dyn FnOnce() + Send> {
            let gate = Arc::clone(&gate);
            Box::new(move || assert!(gate.admit("a")))
        };
        together(vec![ask(), ask()]);
        assert!(gate.admit("b") && !gate.admit("c"));
        assert_eq!(gate.admitted(), 2);
    });
}

#[test]
fn what_an_index_holds_stays_found_while_it_grows() {
    loom::model(|| {
        // Grows at the second position and again at the fourth.
        let index = Arc::new(Index::new(2));
        // All collide.
        let find = |index: &Index, p: usize| index.find(0, |found| (found == p).then_some(()));
        index.insert(0, 0);
        // The reader is the thread that is spawned: loom finds a load that
        // should have come before a store, but not always the reverse.
        let reader = {
            let index = Arc::clone(&index);
            thread::spawn(move || {
                assert!(find(&index, 0).is_some());
                let seen = (1..4).rev().find(|p| find(&index, *p).is_some());
                assert!((0..=seen.unwrap_or(0)).all(|p| find(&index, p).is_some()));
            })
        };
        for position in 1..4 {
            index.insert(0, position);
            assert!(find(&index, position).is_some());
        }
        reader.join().unwrap();
        assert!((0..4).all(|p| find(&index, p).is_some()));
    });
}
