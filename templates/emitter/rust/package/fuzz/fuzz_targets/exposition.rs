//! Whatever label values, texts and numbers are given, both formats say the
//! same, can be read back, and hold what was recorded.

#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use dashwright_emitter_runtime::runtime::{
    Label, MAX_VALUE_BYTES, Metric, OVERFLOW_VALUE, Registry,
};
use libfuzzer_sys::fuzz_target;

#[path = "../../tests/runtime/parser.rs"]
#[allow(dead_code)]
mod parser;

use parser::{Family, parse};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    help: &'a str,
    limit: u8,
    reserved: Vec<&'a str>,
    calls: Vec<Call<'a>>,
}

#[derive(Debug, Arbitrary)]
enum Call<'a> {
    Count([&'a str; 2], u16),
    Set(&'a str, f64),
    Add(&'a str, f64),
    SetAll(f64),
    Observe(&'a str, f64),
}

/// A value as it is exposed, if the label admits it.
fn cut(value: &str) -> &str {
    let mut end = value.len().min(MAX_VALUE_BYTES);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    &value[..end]
}

fuzz_target!(|input: Input<'_>| {
    let registry = Registry::new();
    let limit = usize::from(input.limit);
    let (open, shared) = (Label::open("a", limit), Label::open("b", limit));
    for value in &input.reserved {
        open.reserve(value);
    }
    let metric = |name| Metric {
        name,
        help: input.help,
        unit: Some("seconds"),
    };
    let counter = registry
        .counter(metric("c_total"), [&open, &shared])
        .unwrap();
    let gauge = registry.gauge(metric("g_seconds"), [&shared]).unwrap();
    let bounds = [0.0, 1e-300, 0.1, 1.0, 1e300];
    let histogram = registry
        .histogram(metric("h_seconds"), [&open], &bounds)
        .unwrap();

    let (mut count, mut observed) = (0u64, 0u64);
    for call in &input.calls {
        match *call {
            Call::Count(values, amount) => {
                counter.add(values, amount.into());
                count += u64::from(amount);
            }
            Call::Set(value, number) => gauge.set([value], number),
            Call::Add(value, number) => gauge.add([value], number),
            Call::SetAll(number) => gauge.set_all(number),
            Call::Observe(value, number) => {
                let series = histogram.with([value]);
                let before = series.count();
                series.observe(number);
                observed += series.count() - before;
                assert!(number >= 0.0 || series.count() == before);
            }
        }
    }
    assert!(open.admitted() <= limit && shared.admitted() <= limit);

    let text = parse(registry.encode(None));
    let open_metrics = parse(registry.encode(Some("application/openmetrics-text")));
    assert_eq!(samples(&text), samples(&open_metrics));
    for families in [&text, &open_metrics] {
        for family in families
            .iter()
            .filter(|family| !family.name.starts_with("emitter_"))
        {
            assert_eq!(family.help, input.help);
        }
    }
    let all = samples(&text);
    let sum = |name: &str| -> f64 {
        let of_name = all.iter().filter(|((other, _), _)| other == name);
        of_name.map(|(_, value)| f64::from_bits(*value)).sum()
    };
    assert_eq!(sum("c_total"), count as f64);
    assert_eq!(sum("h_seconds_count"), observed as f64);
    for ((name, labels), value) in &all {
        assert!(f64::from_bits(*value).is_finite(), "{name}");
        for (label, value) in labels
            .iter()
            .filter(|(label, _)| ["a", "b"].contains(&&**label))
        {
            let given = input.calls.iter().any(|call| match call {
                Call::Count([a, b], _) => cut(if label == "a" { a } else { b }) == value,
                Call::Set(given, _) | Call::Add(given, _) | Call::Observe(given, _) => {
                    cut(given) == value
                }
                Call::SetAll(_) => false,
            });
            assert!(given || value == OVERFLOW_VALUE, "{value:?}");
        }
    }
});

type Key = (String, Vec<(String, String)>);

/// Every number, as bits: what is not finite is compared as well.
fn samples(families: &[Family]) -> BTreeMap<Key, u64> {
    let samples = families.iter().flat_map(|family| &family.samples);
    samples
        .map(|sample| {
            let key = (sample.name.clone(), sample.labels.clone());
            (key, sample.value.to_bits())
        })
        .collect()
}
