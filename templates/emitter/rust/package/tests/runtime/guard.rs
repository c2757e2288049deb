//! Labels at their limit.

use std::sync::{Arc, Mutex};
use std::thread;

use dashwright_emitter_runtime::runtime::{
    FOLDED_TOTAL, Label, MAX_VALUE_BYTES, OVERFLOW_VALUE, Registry, TRUNCATED_TOTAL,
};

use crate::exposition::metric;
use crate::parser::{family, parse, value};

/// A registry, and what its hook was told.
fn watched() -> (Registry, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let registry = Registry::with_overflow_hook(move |o| {
        let text = format!("{} {} {} {}", o.metric, o.label, o.limit, o.value);
        sink.lock().unwrap().push(text);
    });
    (registry, told)
}

#[test]
fn values_past_the_limit_share_one_series() {
    let (registry, told) = watched();
    let agent = Label::open("agent", 2);
    let tasks = registry.counter(metric("tasks_total"), [&agent]).unwrap();
    let active = registry.gauge(metric("active"), [&agent]).unwrap();
    for name in ["a", "b", "c", "d", "a"] {
        tasks.inc([name]);
    }
    active.set(["d"], 5.0);
    active.set(["b"], 3.0);
    tasks.with(["e"]).add(10);

    let got = parse(registry.encode(None));
    let of = |name, agent| value(&got, name, &[("agent", agent)]);
    assert_eq!(family(&got, "tasks_total").samples.len(), 3);
    assert_eq!(of("tasks_total", "a"), 2.0);
    assert_eq!(of("tasks_total", OVERFLOW_VALUE), 12.0);
    assert_eq!(of("active", "b"), 3.0);
    assert_eq!(of("active", OVERFLOW_VALUE), 5.0);
    let folded = |metric| {
        value(
            &got,
            FOLDED_TOTAL,
            &[("metric", metric), ("label", "agent")],
        )
    };
    assert_eq!(folded("tasks_total"), 3.0);
    assert_eq!(folded("active"), 1.0);
    assert_eq!(*told.lock().unwrap(), ["tasks_total agent 2 c"]);
}

#[test]
fn each_label_folds_on_its_own() {
    let (registry, told) = watched();
    let agent = Label::open("agent", 1);
    let model = Label::closed("model", ["gpt"]);
    let cost = registry.gauge(metric("cost"), [&agent, &model]).unwrap();
    cost.add(["a", "gpt"], 1.0);
    cost.add(["b", "gpt"], 2.0);
    cost.add(["a", "llama"], 4.0);
    cost.add(["b", "llama"], 8.0);

    let got = parse(registry.encode(None));
    let of = |agent, model| value(&got, "cost", &[("agent", agent), ("model", model)]);
    assert_eq!(of("a", "gpt"), 1.0);
    assert_eq!(of(OVERFLOW_VALUE, "gpt"), 2.0);
    assert_eq!(of("a", OVERFLOW_VALUE), 4.0);
    assert_eq!(of(OVERFLOW_VALUE, OVERFLOW_VALUE), 8.0);
    assert_eq!(
        *told.lock().unwrap(),
        ["cost agent 1 b", "cost model 1 llama"]
    );
}

#[test]
fn long_values_are_cut_and_counted() {
    let registry = Registry::new();
    let agent = Label::open("agent", 9);
    let tasks = registry.counter(metric("tasks_total"), [&agent]).unwrap();
    let cut = "x".repeat(MAX_VALUE_BYTES);
    tasks.inc([&cut]);
    tasks.inc([&format!("{cut}y")]);
    tasks.inc([&"x".repeat(1 << 20)]);

    let got = parse(registry.encode(None));
    assert_eq!(value(&got, "tasks_total", &[("agent", &cut)]), 3.0);
    let labels = [("metric", "tasks_total"), ("label", "agent")];
    assert_eq!(value(&got, TRUNCATED_TOTAL, &labels), 2.0);
    assert_eq!(value(&got, FOLDED_TOTAL, &labels), 0.0);
    assert_eq!(agent.admitted(), 1);
}

#[test]
fn the_hook_may_use_the_registry() {
    let about_overflow: Arc<Mutex<Option<Registry>>> = Arc::default();
    let inside = Arc::clone(&about_overflow);
    let registry = Registry::with_overflow_hook(move |_| {
        let registry = inside.lock().unwrap().clone().unwrap();
        let alarms = registry.counter(metric("alarms_total"), []).unwrap();
        alarms.inc([]);
        assert!(!registry.encode(None).1.is_empty());
    });
    *about_overflow.lock().unwrap() = Some(registry.clone());
    let agent = Label::open("agent", 0);
    registry
        .counter(metric("tasks_total"), [&agent])
        .unwrap()
        .inc(["a"]);
    assert_eq!(
        value(&parse(registry.encode(None)), "alarms_total", &[]),
        1.0
    );
    *about_overflow.lock().unwrap() = None;
}

#[test]
fn threads_that_race_for_places_get_exactly_the_limit() {
    const THREADS: usize = 4;
    const VALUES: usize = 500;
    const LIMIT: usize = 100;
    for _ in 0..20 {
        let (registry, told) = watched();
        let agent = Label::open("agent", LIMIT);
        let tasks = registry.counter(metric("tasks_total"), [&agent]).unwrap();
        thread::scope(|scope| {
            for t in 0..THREADS {
                let tasks = tasks.clone();
                scope.spawn(move || {
                    for i in 0..VALUES {
                        tasks.inc([&format!("agent-{}", (i + t * 17) % VALUES)]);
                    }
                });
            }
        });
        let got = parse(registry.encode(None));
        let samples = &family(&got, "tasks_total").samples;
        assert_eq!(samples.len(), LIMIT + 1);
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let expected = (THREADS * VALUES) as f64;
        assert_eq!(samples.iter().map(|s| s.value).sum::<f64>(), expected);
        let labels = [("metric", "tasks_total"), ("label", "agent")];
        assert_eq!(
            value(&got, FOLDED_TOTAL, &labels),
            value(&got, "tasks_total", &[("agent", OVERFLOW_VALUE)])
        );
        assert_eq!(told.lock().unwrap().len(), 1);
    }
}

#[test]
fn a_race_within_the_limit_folds_nothing() {
    const VALUES: usize = 64;
    for _ in 0..50 {
        let (registry, told) = watched();
        let agent = Label::open("agent", VALUES);
        let tasks = registry.counter(metric("tasks_total"), [&agent]).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                let tasks = tasks.clone();
                scope.spawn(move || {
                    for i in 0..VALUES {
                        tasks.inc([&i.to_string()]);
                    }
                });
            }
        });
        let got = parse(registry.encode(None));
        let samples = &family(&got, "tasks_total").samples;
        assert_eq!(samples.len(), VALUES);
        assert!(samples.iter().all(|s| s.value == 4.0));
        assert!(told.lock().unwrap().is_empty());
    }
}
