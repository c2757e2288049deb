//! The runtime against `prometheus-client`, `prometheus` and the floor: what
//! the hardware and the standard library cost alone.
//!
//! Compare the times of one run; between runs and machines they move.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::float_cmp,
    reason = "a bench may panic"
)]

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};

#[path = "support/peers.rs"]
#[expect(dead_code, reason = "the other bench uses the rest")]
mod peers;

use peers::{Client, Ours, Peer, Raw, names};

/// The known label values that updates pick from, in turn.
const KNOWN: usize = 100;

/// What a caller has: one name after the other, as `&str`.
struct Turns {
    names: Vec<String>,
    next: usize,
}

impl Turns {
    fn new() -> Self {
        Self {
            names: names(KNOWN),
            next: 0,
        }
    }

    #[inline]
    fn next(&mut self) -> &str {
        self.next = (self.next + 1) % KNOWN;
        black_box(&self.names[self.next])
    }
}

fn floor_map() -> HashMap<String, AtomicU64, foldhash::fast::RandomState> {
    names(KNOWN)
        .into_iter()
        .map(|name| (name, AtomicU64::new(0)))
        .collect()
}

fn updates(c: &mut Criterion) {
    let (ours, client, raw) = (Ours::new(KNOWN), Client::new(KNOWN), Raw::new(KNOWN));
    let floor = floor_map();
    let mut turns = Turns::new();

    let mut group = c.benchmark_group("lookup_inc");
    group.bench_function("floor", |b| {
        b.iter(|| floor[turns.next()].fetch_add(1, Ordering::Relaxed));
    });
    group.bench_function("ours", |b| b.iter(|| ours.inc(turns.next())));
    group.bench_function("prometheus-client", |b| b.iter(|| client.inc(turns.next())));
    group.bench_function("prometheus", |b| b.iter(|| raw.inc(turns.next())));
    group.finish();

    let mut group = c.benchmark_group("lookup_observe");
    group.bench_function("ours", |b| {
        b.iter(|| ours.observe(turns.next(), black_box(2.5)));
    });
    group.bench_function("prometheus-client", |b| {
        b.iter(|| client.observe(turns.next(), black_box(2.5)));
    });
    group.bench_function("prometheus", |b| {
        b.iter(|| raw.observe(turns.next(), black_box(2.5)));
    });
    group.finish();

    let mut group = c.benchmark_group("handle_inc");
    let atomic = Box::new(AtomicU64::new(0));
    group.bench_function("floor", |b| {
        b.iter(|| black_box(&atomic).fetch_add(1, Ordering::Relaxed));
    });
    let handle = ours.counters[0].with(["agent-7"]);
    group.bench_function("ours", |b| b.iter(|| black_box(&handle).inc()));
    let handle = client.handle("agent-7");
    group.bench_function("prometheus-client", |b| b.iter(|| black_box(&handle).inc()));
    let handle = raw.counters[0].with_label_values(&["agent-7"]);
    group.bench_function("prometheus", |b| b.iter(|| black_box(&handle).inc()));
    group.finish();

    let mut group = c.benchmark_group("handle_observe");
    let handle = ours.histograms[0].with(["agent-7"]);
    group.bench_function("ours", |b| {
        b.iter(|| black_box(&handle).observe(black_box(2.5)));
    });
    group.finish();

    let mut group = c.benchmark_group("folded_inc");
    let full = Ours::with_limit(KNOWN, KNOWN);
    group.bench_function("ours", |b| b.iter(|| full.inc(black_box("past-the-limit"))));
    group.finish();
}

/// The time of `n` calls on each of two threads at once.
fn two_threads(n: u64, work: impl Fn(&mut Turns) + Sync) -> Duration {
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        let run = || {
            let mut turns = Turns::new();
            barrier.wait();
            let begun = Instant::now();
            for _ in 0..n {
                work(&mut turns);
            }
            begun.elapsed()
        };
        let other = scope.spawn(run);
        run().max(other.join().unwrap_or_default())
    })
}

fn contended(c: &mut Criterion) {
    let (ours, client, raw) = (Ours::new(KNOWN), Client::new(KNOWN), Raw::new(KNOWN));
    let floor = floor_map();
    let mut group = c.benchmark_group("two_threads_lookup_inc");
    group.bench_function("floor", |b| {
        b.iter_custom(|n| {
            two_threads(n, |turns| {
                floor[turns.next()].fetch_add(1, Ordering::Relaxed);
            })
        });
    });
    group.bench_function("ours", |b| {
        b.iter_custom(|n| two_threads(n, |turns| ours.inc(turns.next())));
    });
    group.bench_function("prometheus-client", |b| {
        b.iter_custom(|n| two_threads(n, |turns| client.inc(turns.next())));
    });
    group.bench_function("prometheus", |b| {
        b.iter_custom(|n| two_threads(n, |turns| raw.inc(turns.next())));
    });
    group.finish();
}

/// Writes the lines of an exposition with everything cached but the numbers.
fn lines(prefixes: &[Vec<u8>], number: u64) -> Vec<u8> {
    let size: usize = prefixes.iter().map(|p| p.len() + 4).sum();
    let mut out = Vec::with_capacity(size);
    for prefix in prefixes {
        out.extend_from_slice(prefix);
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        out.push(b'\n');
    }
    out
}

fn encoding(c: &mut Criterion) {
    for series in [100, 10_000] {
        let mut group = c.benchmark_group(format!("encode_16x{series}"));
        group.sample_size(20);
        let ours = Ours::new(series);
        let prefixes: Vec<Vec<u8>> = ours
            .encode()
            .split(|b| *b == b'\n')
            .filter(|line| line.first().is_some_and(|b| *b != b'#'))
            .filter_map(|line| Some(line[..=line.iter().rposition(|b| *b == b' ')?].to_vec()))
            .collect();
        let number = black_box(7);
        group.bench_function("floor", |b| b.iter(|| lines(&prefixes, number)));
        drop(prefixes);
        group.bench_function("ours", |b| b.iter(|| ours.encode()));
        drop(ours);
        let client = Client::new(series);
        group.bench_function("prometheus-client", |b| b.iter(|| client.encode()));
        drop(client);
        let raw = Raw::new(series);
        group.bench_function("prometheus", |b| b.iter(|| raw.encode()));
        group.finish();
    }
}

criterion_group! {
    name = speed;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = updates, contended, encoding
}
criterion_main!(speed);
