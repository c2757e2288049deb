//! What an event of the generated facade costs, beside the same updates on
//! `prometheus-client` and on bare atomics.
//!
//! Compare the times of one run; between runs and machines they move.

#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use criterion::{Criterion, criterion_group, criterion_main};
use orchestrator_metrics::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const BOUNDS: [f64; 10] = [0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];
const TOOK: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Violation {
    violation_type: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Agent {
    agent: String,
}

/// The label values that calls pick from, in turn.
struct Turns {
    names: Vec<String>,
    next: usize,
}

impl Turns {
    /// As many values as the limit of the label allows for.
    fn new(prefix: &str, count: usize) -> Self {
        let names = (0..count).map(|index| format!("{prefix}-{index}"));
        Self {
            names: names.collect(),
            next: 0,
        }
    }

    /// Hidden from the optimiser as a reference, which fits into a register.
    /// A `&str` would be written in two halves and read back whole, which makes
    /// the processor wait for longer than the call that is measured takes.
    #[inline]
    fn next(&mut self) -> &str {
        self.next = (self.next + 1) % self.names.len();
        black_box(&self.names[self.next])
    }
}

/// One counter.
fn log_violation(c: &mut Criterion) {
    let metrics = Metrics::new().unwrap();
    let mut turns = Turns::new("violation", 40);
    let handle = metrics.log_violation_handle("policy");
    let client = Family::<Violation, Counter>::default();
    let violation = |kind: &str| Violation {
        violation_type: kind.to_owned(),
    };
    let cached = client.get_or_create(&violation("policy")).clone();
    let atomic = Box::new(AtomicU64::new(0));

    let mut group = c.benchmark_group("log_violation");
    group.bench_function("atomic", |b| {
        b.iter(|| black_box(&atomic).fetch_add(1, Ordering::Relaxed));
    });
    group.bench_function("handle", |b| b.iter(|| black_box(&handle).record()));
    group.bench_function("event", |b| {
        b.iter(|| metrics.log_violation(turns.next()));
    });
    group.bench_function("prometheus-client, kept", |b| {
        b.iter(|| black_box(&cached).inc());
    });
    group.bench_function("prometheus-client, looked up", |b| {
        b.iter(|| client.get_or_create(&violation(turns.next())).inc());
    });
    group.finish();
}

/// A counter, a gauge and a histogram.
fn task_complete(c: &mut Criterion) {
    let metrics = Metrics::new().unwrap();
    let mut turns = Turns::new("agent", 100);
    let handle = metrics.on_agent_task_complete_handle("coder");
    let completed = Family::<Agent, Counter>::default();
    let active = Family::<Agent, Gauge<f64, AtomicU64>>::default();
    let durations = Family::<Agent, Histogram, fn() -> Histogram>::new_with_constructor(|| {
        Histogram::new(BOUNDS)
    });
    let agent = |name: &str| Agent {
        agent: name.to_owned(),
    };
    let kept = (
        completed.get_or_create(&agent("coder")).clone(),
        active.get_or_create(&agent("coder")).clone(),
        durations.get_or_create(&agent("coder")).clone(),
    );
    let atomics: Box<[AtomicU64; 4]> = Box::default();

    let mut group = c.benchmark_group("on_agent_task_complete");
    group.bench_function("atomics", |b| {
        b.iter(|| {
            // The counter, the gauge, a bucket and the sum.
            for atomic in black_box(&*atomics) {
                atomic.fetch_add(1, Ordering::Relaxed);
            }
        });
    });
    group.bench_function("handle", |b| {
        b.iter(|| black_box(&handle).record(black_box(TOOK)));
    });
    group.bench_function("event", |b| {
        b.iter(|| metrics.on_agent_task_complete(turns.next(), black_box(TOOK)));
    });
    group.bench_function("prometheus-client, kept", |b| {
        b.iter(|| {
            let (completed, active, durations) = black_box(&kept);
            completed.inc();
            active.dec();
            durations.observe(black_box(TOOK).as_secs_f64());
        });
    });
    group.bench_function("prometheus-client, looked up", |b| {
        b.iter(|| {
            let agent = agent(turns.next());
            completed.get_or_create(&agent).inc();
            active.get_or_create(&agent).dec();
            let seconds = black_box(TOOK).as_secs_f64();
            durations.get_or_create(&agent).observe(seconds);
        });
    });
    group.finish();
}

criterion_group! {
    name = events;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    targets = log_violation, task_complete
}
criterion_main!(events);
