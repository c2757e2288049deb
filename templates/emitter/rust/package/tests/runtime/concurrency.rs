//! Updates from many threads, while others scrape.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dashwright_emitter_runtime::runtime::{Label, Registry};
use proptest::prelude::*;

use crate::exposition::metric;
use crate::parser::{Family, family, parse, value};

fn series(families: &[Family], name: &str) -> HashMap<String, f64> {
    families
        .iter()
        .flat_map(|f| &f.samples)
        .filter(|s| s.name == name)
        .map(|s| (format!("{:?}", s.labels), s.value))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn totals_are_conserved(
        per_thread in prop::collection::vec(prop::collection::vec((0u8..12, 0u16..100), 1..400), 2..5),
        limit in 0usize..15,
    ) {
        let registry = Registry::new();
        let agent = Label::open("agent", limit);
        let counter = registry.counter(metric("c_total"), [&agent]).unwrap();
        let gauge = registry.gauge(metric("g"), [&agent]).unwrap();
        let histogram = registry.histogram(metric("h"), [&agent], &[10.0, 50.0]).unwrap();
        thread::scope(|scope| {
            for updates in &per_thread {
                let (counter, gauge, histogram) = (&counter, &gauge, &histogram);
                scope.spawn(move || {
                    for (name, n) in updates {
                        let name = format!("agent-{name}");
                        counter.add([&name], u64::from(*n));
                        gauge.add([&name], f64::from(*n));
                        gauge.dec([&name]);
                        histogram.observe([&name], f64::from(*n));
                    }
                });
            }
        });
        let all = || per_thread.iter().flatten();
        let total: u32 = all().map(|(_, n)| u32::from(*n)).sum();
        let updates = u32::try_from(all().count()).unwrap();

        let got = parse(registry.encode(None));
        let sum = |name| series(&got, name).values().sum::<f64>();
        prop_assert_eq!(sum("c_total"), f64::from(total));
        prop_assert_eq!(sum("g"), f64::from(total) - f64::from(updates));
        prop_assert_eq!(sum("h_sum"), f64::from(total));
        prop_assert_eq!(sum("h_count"), f64::from(updates));
        prop_assert!(family(&got, "c_total").samples.len() <= limit + 1);
    }
}

#[test]
fn every_scrape_under_load_is_whole_and_never_goes_back() {
    let registry = Registry::new();
    let agent = Label::open("agent", 400);
    let counter = registry.counter(metric("c_total"), [&agent]).unwrap();
    let histogram = registry
        .histogram(metric("h"), [&agent], &[1.0, 2.0, 3.0])
        .unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for t in 0..2u32 {
            let (counter, histogram, done) = (&counter, &histogram, &done);
            scope.spawn(move || {
                for i in 0.. {
                    // New series appear all the time, past the limit too.
                    let name = format!("agent-{}", i % (i / 64 + 1) % 600);
                    counter.inc([&name]);
                    histogram.observe([&name], f64::from((i + t) % 5));
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        let mut last = HashMap::new();
        let patience = Instant::now() + Duration::from_secs(60);
        for i in 0.. {
            if (i >= 60 && last.len() > 100) || Instant::now() > patience {
                break;
            }
            // The parser refuses a histogram whose buckets, count and order disagree.
            let accept = (i % 2 == 0).then_some("application/openmetrics-text");
            let got = parse(registry.encode(accept));
            let mut now = series(&got, "c_total");
            now.extend(series(&got, "h_bucket"));
            for (labels, before) in &last {
                assert!(now[labels] >= *before, "{labels} went back");
            }
            last = now;
        }
        done.store(true, Ordering::Relaxed);
        assert!(last.len() > 100, "the load was real");
    });
}

#[test]
fn a_handle_and_its_labels_are_one_series() {
    let registry = Registry::new();
    let agent = Label::open("agent", 9);
    let counter = registry.counter(metric("c_total"), [&agent]).unwrap();
    let histogram = registry.histogram(metric("h"), [&agent], &[1.0]).unwrap();
    let handles = (counter.with(["a"]), histogram.with(["a"]));
    thread::scope(|scope| {
        scope.spawn(|| (0..1000).for_each(|_| handles.0.inc()));
        scope.spawn(|| (0..1000).for_each(|_| counter.inc(["a"])));
        scope.spawn(|| (0..1000).for_each(|_| handles.1.observe(2.0)));
        scope.spawn(|| (0..1000).for_each(|_| histogram.observe(["a"], 0.5)));
    });
    assert_eq!(handles.0.get(), 2000);
    assert_eq!((handles.1.count(), handles.1.sum()), (2000, 2500.0));
    assert_eq!(
        value(&parse(registry.encode(None)), "c_total", &[("agent", "a")]),
        2000.0
    );
}
