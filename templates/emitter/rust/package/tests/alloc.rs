//! Updates of known series allocate nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::float_cmp,
    reason = "a test may panic"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use dashwright_emitter_runtime::runtime::{Label, Metric, Registry};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

#[expect(
    unsafe_code,
    reason = "the trait is unsafe; every call goes to the system's allocator"
)]
// SAFETY: each method forwards its arguments unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|n| n.set(n.get() + 1));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn updates_of_known_series_allocate_nothing() {
    let registry = Registry::new();
    let (agent, model) = (Label::open("agent", 100), Label::closed("model", ["gpt"]));
    let metric = |name| Metric {
        name,
        help: "Help",
        unit: None,
    };
    let counter = registry.counter(metric("c_total"), [&agent]).unwrap();
    let gauge = registry.gauge(metric("g"), [&agent, &model]).unwrap();
    let histogram = registry
        .histogram(metric("h"), [&agent], &[0.5, 1.0, 5.0])
        .unwrap();
    let names: Vec<String> = (0..150).map(|i| format!("agent-\"{i}\"")).collect();
    // The last third is past the limit: known values of another kind.
    let update = || {
        for name in &names {
            counter.inc([name]);
            gauge.add([name, "gpt"], 1.5);
            gauge.dec([name, "gpt"]);
            gauge.set([name, "llama"], 0.5);
            histogram.observe([name], 0.7);
            histogram.observe([name], f64::NAN);
        }
    };
    assert!(
        allocations(update) > 100,
        "new series are allocated, and that is seen"
    );
    assert_eq!(allocations(update), 0);

    let handles = (
        counter.with(["x"]),
        gauge.with(["x", "gpt"]),
        histogram.with(["x"]),
    );
    assert_eq!(
        allocations(|| {
            handles.0.inc();
            handles.1.set(2.0);
            handles.2.observe(3.0);
            let _ = counter.with([&names[0]]);
        }),
        0
    );
}
