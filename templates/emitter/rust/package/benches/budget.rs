//! Two figures that a timer alone does not give: what a series weighs, and how
//! long a scrape can hold up a caller.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::float_cmp,
    reason = "a bench may panic, and prints its results"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[path = "support/peers.rs"]
#[expect(dead_code, reason = "the other bench uses the rest")]
mod peers;

use peers::{Client, Ours, Peer, Raw, names};

/// Series of each metric.
const SERIES: usize = 10_000;

/// How long callers are watched.
const WATCH: Duration = Duration::from_secs(4);

struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

#[expect(
    unsafe_code,
    reason = "the trait is unsafe; every call goes to the system's allocator"
)]
// SAFETY: each method forwards its arguments unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn bytes_per_series(fill: impl Fn(&str), scrape: impl Fn() -> Vec<u8>) -> usize {
    let names = names(SERIES);
    drop(scrape());
    let before = IN_USE.load(Ordering::Relaxed);
    for name in &names {
        fill(name);
    }
    drop(scrape());
    IN_USE.load(Ordering::Relaxed).saturating_sub(before) / SERIES
}

fn weigh<P: Peer>() -> [usize; 2] {
    let peer = P::new(0);
    let counter = bytes_per_series(|name| peer.inc(name), || peer.encode());
    let peer = P::new(0);
    let histogram = bytes_per_series(|name| peer.observe(name, 0.3), || peer.encode());
    [counter, histogram]
}

/// The 99.9th percentile and the maximum of one update of a known series,
/// while another thread scrapes without a pause and a third adds a series to
/// the same histogram every millisecond.
///
/// Updates come at a steady pace, as those of an application do: back to back,
/// the fast ones between two stalls would outnumber everything.
fn stall<P: Peer>() -> [Duration; 2] {
    let peer = Arc::new(P::new(SERIES));
    let done = Arc::new(AtomicBool::new(false));
    let until_done = |mut work: Box<dyn FnMut(&P) + Send>| {
        let (peer, done) = (Arc::clone(&peer), Arc::clone(&done));
        thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                work(&peer);
            }
        })
    };
    let scraper = until_done(Box::new(|peer| drop(peer.encode())));
    let mut added = 0;
    let grower = until_done(Box::new(move |peer| {
        peer.observe(&format!("new-{added}"), 0.3);
        added += 1;
        thread::sleep(Duration::from_millis(1));
    }));

    let mut times = Vec::new();
    let end = Instant::now() + WATCH;
    while Instant::now() < end {
        let begun = Instant::now();
        peer.observe("agent-7", 0.3);
        times.push(begun.elapsed());
        thread::sleep(Duration::from_micros(50));
    }
    done.store(true, Ordering::Relaxed);
    for thread in [scraper, grower] {
        thread.join().unwrap_or_default();
    }
    times.sort_unstable();
    [times[times.len() * 999 / 1000], times[times.len() - 1]]
}

fn report<P: Peer>() {
    let [counter, histogram] = weigh::<P>();
    let [p999, max] = stall::<P>();
    println!(
        "{:<18} | {counter:>7} | {histogram:>9} | {p999:>10.1?} | {max:>10.1?}",
        P::NAME
    );
}

fn main() {
    println!("                   | bytes per series    | stall of a caller");
    println!("                   | counter | histogram | p99.9      | max");
    report::<Ours>();
    report::<Client>();
    report::<Raw>();
}
