//! What is written is what was recorded, in both formats.

use std::collections::BTreeMap;

use dashwright_emitter_runtime::runtime::{
    Label, MAX_VALUE_BYTES, Metric, RegisterError, Registry,
};
use proptest::prelude::*;

use crate::facade::busy;
use crate::parser::{family, parse, value};

const OPEN_METRICS: Option<&str> = Some("application/openmetrics-text; version=1.0.0");

pub(crate) fn metric(name: &str) -> Metric<'_> {
    Metric {
        name,
        help: "Help",
        unit: None,
    }
}

fn lines(registry: &Registry, accept: Option<&str>, start: &str) -> Vec<String> {
    String::from_utf8(registry.encode(accept).1)
        .unwrap()
        .lines()
        .filter(|line| line.contains(start) && !line.contains("emitter_"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_text_is_exactly_this() {
    let registry = Registry::new();
    let agent = Label::open("agent", 9);
    let help = |name, help, unit| Metric { name, help, unit };
    let tasks = registry
        .counter(help("tasks_total", "Tasks", None), [&agent])
        .unwrap();
    let load = registry.gauge(help("load", "Load", None), []).unwrap();
    let time = registry
        .histogram(
            help("time_seconds", "Time", Some("seconds")),
            [&agent],
            &[0.5, 1.0],
        )
        .unwrap();
    tasks.inc(["b"]);
    tasks.add(["a"], 41);
    load.set([], -0.25);
    time.observe(["a"], 0.5);
    time.observe(["a"], 2.0);

    assert_eq!(
        lines(&registry, None, ""),
        [
            "# HELP tasks_total Tasks",
            "# TYPE tasks_total counter",
            "tasks_total{agent=\"a\"} 41",
            "tasks_total{agent=\"b\"} 1",
            "# HELP load Load",
            "# TYPE load gauge",
            "load -0.25",
            "# HELP time_seconds Time",
            "# TYPE time_seconds histogram",
            "time_seconds_bucket{agent=\"a\",le=\"0.5\"} 1",
            "time_seconds_bucket{agent=\"a\",le=\"1.0\"} 1",
            "time_seconds_bucket{agent=\"a\",le=\"+Inf\"} 2",
            "time_seconds_sum{agent=\"a\"} 2.5",
            "time_seconds_count{agent=\"a\"} 2",
        ]
    );
    let open_metrics = lines(&registry, OPEN_METRICS, "");
    assert_eq!(
        open_metrics[..3],
        [
            "# HELP tasks Tasks",
            "# TYPE tasks counter",
            "tasks_total{agent=\"a\"} 41"
        ]
    );
    assert!(open_metrics.contains(&"# UNIT time_seconds seconds".to_owned()));
    assert_eq!(open_metrics.last().unwrap(), "# EOF");
}

#[test]
fn both_formats_say_the_same() {
    let emitter = busy();
    let text = parse(emitter.registry.encode(None));
    let open_metrics = parse(emitter.registry.encode(OPEN_METRICS));
    assert_eq!(text.len(), open_metrics.len());
    for (text, open_metrics) in text.iter().zip(&open_metrics) {
        assert_eq!(text.samples, open_metrics.samples);
        assert_eq!(text.help, open_metrics.help);
        assert_eq!(text.kind, open_metrics.kind);
    }
}

#[test]
fn equal_contents_are_equal_bytes() {
    let build = |order: &[usize], scrape_between: bool| {
        let registry = Registry::new();
        let (a, b) = (Label::open("a", 100), Label::open("b", 100));
        let counter = registry.counter(metric("x_total"), [&a, &b]).unwrap();
        for &i in order {
            counter.inc([&format!("v{}", i % 7), &format!("v{i}")]);
            if scrape_between {
                let _ = registry.encode(None);
            }
        }
        registry.encode(None)
    };
    let forward: Vec<usize> = (0..60).collect();
    let mut shuffled: Vec<usize> = (0..60).map(|i| i * 37 % 60).collect();
    let expected = build(&forward, false);
    assert_eq!(build(&shuffled, false), expected);
    assert_eq!(build(&shuffled, true), expected);
    shuffled.reverse();
    assert_eq!(build(&shuffled, true), expected);
}

#[test]
fn label_values_are_never_joined() {
    let registry = Registry::new();
    let labels = [Label::open("model", 9), Label::open("skill", 9)];
    let counter = registry
        .counter(metric("x_total"), labels.each_ref())
        .unwrap();
    counter.inc(["gpt", "4search"]);
    counter.add(["gpt4", "search"], 2);
    counter.add(["", "gpt4search"], 3);
    counter.add(["a\\b", ""], 4);
    counter.add(["a\\\\b", ""], 5);
    let got = parse(registry.encode(None));
    for (model, skill, expected) in [
        ("gpt", "4search", 1.0),
        ("gpt4", "search", 2.0),
        ("", "gpt4search", 3.0),
        ("a\\b", "", 4.0),
        ("a\\\\b", "", 5.0),
    ] {
        assert_eq!(
            value(&got, "x_total", &[("model", model), ("skill", skill)]),
            expected
        );
    }
}

#[test]
fn bad_numbers_are_dropped_and_counted() {
    let registry = Registry::new();
    let agent = Label::open("agent", 9);
    let gauge = registry.gauge(metric("g"), [&agent]).unwrap();
    let histogram = registry.histogram(metric("h"), [&agent], &[1.0]).unwrap();
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        gauge.set(["a"], bad);
        gauge.add(["a"], bad);
        gauge.with(["b"]).set(bad);
        gauge.with(["b"]).add(bad);
        histogram.observe(["a"], bad);
        histogram.with(["b"]).observe(bad);
    }
    histogram.observe(["b"], -0.001);
    histogram.observe(["b"], -0.0);
    gauge.set(["b"], f64::MAX);
    gauge.add(["b"], f64::MAX);
    histogram.observe(["b"], f64::MAX);
    histogram.observe(["b"], f64::MAX);

    let got = parse(registry.encode(None));
    assert_eq!(
        value(&got, "emitter_values_dropped_total", &[("metric", "g")]),
        13.0
    );
    assert_eq!(
        value(&got, "emitter_values_dropped_total", &[("metric", "h")]),
        8.0
    );
    assert_eq!(value(&got, "g", &[("agent", "b")]), f64::MAX);
    assert_eq!(value(&got, "h_sum", &[("agent", "b")]), f64::MAX);
    assert_eq!(value(&got, "h_count", &[("agent", "b")]), 2.0);
    assert_eq!(
        family(&got, "g").samples.len(),
        1,
        "nothing was ever recorded for `a`"
    );
}

#[test]
fn large_counts_are_written_in_full() {
    let registry = Registry::new();
    let counter = registry.counter(metric("x_total"), []).unwrap().with([]);
    counter.add(u64::MAX);
    assert_eq!(
        lines(&registry, None, "x_total "),
        [
            "# HELP x_total Help",
            "# TYPE x_total counter",
            "x_total 18446744073709551615"
        ]
    );
    counter.inc();
    assert_eq!(counter.get(), 0, "a counter starts again");
}

#[test]
fn names_are_checked() {
    let registry = Registry::new();
    let label = |name| Label::open(name, 1);
    let name = |n: &str| registry.gauge(metric(n), []).map(|_| ());
    let labelled = |l: &[Label; 1]| registry.gauge(metric("fine"), l.each_ref()).map(|_| ());
    for bad in ["", "1x", "a-b", "a b", "ü", "a\n"] {
        assert!(
            matches!(name(bad), Err(RegisterError::InvalidName { .. })),
            "{bad:?}"
        );
    }
    for bad in ["", "1x", "a:b", "__name__", "a\""] {
        let got = labelled(&[label(bad)]);
        assert!(
            matches!(got, Err(RegisterError::InvalidLabel { .. })),
            "{bad:?}"
        );
    }
    let (a, le) = (label("a"), label("le"));
    assert!(matches!(
        registry.gauge(metric("fine"), [&a, &a]),
        Err(RegisterError::DuplicateLabel { .. })
    ));
    assert!(matches!(
        registry.histogram(metric("fine"), [&le], &[1.0]),
        Err(RegisterError::InvalidLabel { .. })
    ));
    for bad in [
        &[][..],
        &[1.0, 1.0],
        &[2.0, 1.0],
        &[f64::NAN],
        &[1.0, f64::INFINITY],
    ] {
        let got = registry.histogram(metric("fine"), [&a], bad);
        assert!(
            matches!(got, Err(RegisterError::InvalidBuckets { .. })),
            "{bad:?}"
        );
    }
    assert_eq!(name("fine"), Ok(()), "a refusal leaves nothing behind");
}

#[test]
fn a_name_has_one_owner() {
    let registry = Registry::new();
    registry.counter(metric("x_total"), []).unwrap();
    registry.histogram(metric("h"), [], &[1.0]).unwrap();
    for taken in [
        "x_total",
        "x",
        "h",
        "h_bucket",
        "h_sum",
        "h_count",
        "emitter_values_dropped_total",
    ] {
        let got = registry.gauge(metric(taken), []);
        assert!(
            matches!(got, Err(RegisterError::NameTaken { .. })),
            "{taken}"
        );
    }
    let message = registry.gauge(metric("x"), []).unwrap_err().to_string();
    assert_eq!(message, "metric `x` exposes `x`, as another metric does");
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\\\\"\n{},= \0\r\t_a]{0,8}",
        "(é|x|\"|\u{10ffff}){0,90}",
    ]
}

/// The longest start that fits, found the slow way.
fn cut(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        if out.len() + c.len_utf8() > MAX_VALUE_BYTES {
            break;
        }
        out.push(c);
    }
    out
}

proptest! {
    #[test]
    fn label_values_and_help_round_trip(
        help in hostile(),
        updates in prop::collection::vec((hostile(), hostile(), 0u64..1000), 0..20),
        open_metrics in any::<bool>(),
    ) {
        let registry = Registry::new();
        let (a, b) = (Label::open("a", 1000), Label::open("b", 1000));
        let about = |name| Metric { name, help: &help, unit: None };
        let counter = registry.counter(about("c_total"), [&a, &b]).unwrap();
        let histogram = registry.histogram(about("h"), [&b], &[10.0, 500.0]).unwrap();
        let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
        let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (x, y, n) in &updates {
            counter.add([x, y], *n);
            #[expect(clippy::cast_precision_loss, reason = "small")]
            histogram.observe([y], *n as f64);
            *counts.entry((cut(x), cut(y))).or_default() += n;
            let sum = sums.entry(cut(y)).or_default();
            *sum = (sum.0 + 1, sum.1 + n);
        }

        let got = parse(registry.encode(open_metrics.then_some("application/openmetrics-text")));
        let counters = family(&got, if open_metrics { "c" } else { "c_total" });
        prop_assert_eq!(&counters.help, &help);
        let read: BTreeMap<(String, String), u64> = counters
            .samples
            .iter()
            .map(|s| {
                let of = |n| s.label(n).unwrap().to_owned();
                ((of("a"), of("b")), s.written.parse().unwrap())
            })
            .collect();
        prop_assert_eq!(read, counts);
        for (y, (count, sum)) in sums {
            let labels = [("b", y.as_str())];
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let (count, sum) = (count as f64, sum as f64);
            prop_assert_eq!(value(&got, "h_count", &labels), count);
            prop_assert_eq!(value(&got, "h_sum", &labels), sum);
        }
    }
}
