//! Every shape of event, with names of every length: what is rendered is
//! formatted, compiles and does what it says.

use crate::package::{Package, model};
use std::fmt::Write;
use std::fs;
use std::ops::RangeInclusive;

pub(crate) const SPECS: &str = r#"
emitters: { rust: { package: shapes_of_events } }
labels:
  tier: { help: "Tier of the <customer>, see [docs]", values: [free, pro, "4x", "pro-", "", "ünï \"q\"\\"] }
  letter: { help: One letter, values: [a, b, c, d, e, f, g, h, i, j, k, l, m] }
  word: { help: One word, values: [alpha, bravo, charlie, delta, echo, foxtrot, golf, hotel, india], limit: 9 }
  type: { help: A keyword, limit: 5 }
metrics:
  self: { type: gauge, help: "A keyword; see https://a.example/x_y, `code` and OpenAI's http_requests|b *c*" }
  HTTP:requests_total: { type: counter, help: With a colon, labels: [type, tier, letter, word] }
  plain_total: { type: counter, help: Plain }
  busy: { type: gauge, help: Whether it is busy, labels: [tier] }
  sizes_bytes:
    type: histogram
    help: Sizes
    unit: bytes
    labels: [free_label]
    buckets: [0.000001, 0.125, 1, 1.5, 2, 2.5, 3, 3.14, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 1000000, 1e18]
  many: { type: gauge, help: Many labels, labels: [label_number_one, label_number_two, label_number_three, label_number_four] }
  waits_seconds: { type: histogram, help: Waits, unit: seconds, buckets: [1, 123456.789] }
events:
  type:
    help: A function that is a keyword
    args: { type: label, self: amount, match: count, tier: label, letter: label, word: label }
    do:
      - { inc: "HTTP:requests_total" }
      - { add: "HTTP:requests_total", value: match, labels: { type: { constant: "a \"b\"" } } }
      - { add: "HTTP:requests_total", value: 1000000 }
      - { set: self, value: self }
      - { add: self, value: match }
  served:
    help: Something is served
    args:
      customer: { label: tier, help: Who is served }
      cached: flag
      size: count
      free_label: label
    do:
      - { inc: busy, labels: { tier: customer }, when: not cached }
      - { set: busy, value: cached }
      - { inc: plain_total, when: cached }
      - { observe: sizes_bytes, value: size }
      - { observe: sizes_bytes, value: 2.5, labels: { free_label: { constant: fixed } } }
  all_the_labels_of_a_metric_that_has_many_of_them:
    help: Many labels
    args:
      label_number_one: label
      label_number_two: label
      label_number_three: label
      label_number_four: label
      an_amount_with_a_long_name_too: amount
    do:
      - { set: many, value: an_amount_with_a_long_name_too }
      - inc: many
    guard:
      name: metrics
      ends: { r_end: ends_with_many_labels, type: ends_with_more }
      dropped: r_end
      elapsed: duration
  ends_with_many_labels:
    help: An end
    args: { label_number_one: label, label_number_two: label, label_number_three: label, label_number_four: label, duration: seconds }
    do:
      - dec: many
      - { observe: waits_seconds, value: duration }
  ends_with_more:
    help: Another end
    args: { label_number_one: label, metrics: count, tier: label, wait: seconds, an_amount_with_a_long_name_too: amount }
    do:
      - { set: busy, value: metrics, labels: { tier: tier } }
      - { observe: waits_seconds, value: wait }
      - { add: many, value: an_amount_with_a_long_name_too, labels: { label_number_two: { constant: a }, label_number_three: { constant: b }, label_number_four: { constant: c } } }
  forget: { help: Forgets, do: [{ set: many, value: -1.5, series: all }, { set: busy, value: 0, series: all }] }
"#;

const CALLS: &str = r#"
use shapes_of_events::{Metrics, labels};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn shapes() {
    let metrics = Arc::new(Metrics::new().unwrap());
    let (free, letter, word) = (labels::Tier::Free, labels::Letter::B, labels::Word::Hotel);
    metrics.r#type("t", 2.0, 3, free, letter, word);
    metrics.type_handle("t", free, letter, word).record(5.0, 1);
    metrics.served(labels::Tier::V4x, true, 7, "x");
    metrics.served_handle(labels::Tier::Pro, "x").record(false, 7);
    let guard = metrics.metrics("1", "2", "3", "4", 8.0);
    assert_eq!(metrics.many.with(["1", "2", "3", "4"]).get(), 9.0);
    drop(guard);
    assert_eq!(metrics.many.with(["1", "2", "3", "4"]).get(), 8.0);
    assert_eq!(metrics.waits_seconds.count(), 1);
    metrics.metrics("1", "2", "3", "4", 8.0).r#type(4, free, Duration::from_secs(3));
    assert_eq!(metrics.many.with(["1", "a", "b", "c"]).get(), 8.0);
    assert_eq!(metrics.waits_seconds.count(), 2);
    assert!(metrics.waits_seconds.sum() >= 3.0);
    assert_eq!(metrics.self_.get(), 6.0);
    let requests = |kind| {
        let labels = [kind, "free", "b", "hotel"];
        metrics.http_requests_total.with(labels).get()
    };
    assert_eq!(requests("t"), 2_000_002);
    assert_eq!(requests("a \"b\""), 4);
    assert_eq!(metrics.busy.with(["4x"]).get(), 1.0);
    assert_eq!(metrics.busy.with(["pro"]).get(), 0.0);
    assert_eq!(metrics.plain_total.get(), 1);
    assert_eq!(metrics.sizes_bytes.with(["x"]).sum(), 14.0);
    assert_eq!(metrics.sizes_bytes.with(["fixed"]).count(), 2);
    metrics.forget();
    assert_eq!(metrics.many.with(["1", "2", "3", "4"]).get(), -1.5);
    assert_eq!(labels::Tier::ALL.map(|tier| tier.to_string())[5], "ünï \"q\"\\");
}
"#;

#[test]
fn events_of_every_shape_become_good_rust() {
    let package = Package::render(&model(SPECS));
    package.is_clean();
    let tests = package.path().join("tests");
    fs::create_dir(&tests).unwrap();
    fs::write(tests.join("shapes.rs"), CALLS).unwrap();
    package.cargo(&["test", "--quiet", "--test", "shapes"]);
    package.cargo(&["test", "--quiet", "--doc"]);
}

/// Specs with names, and values of closed labels, of these lengths: they decide
/// where lines break.
pub(crate) fn lengths(lengths: RangeInclusive<usize>, emitters: &str) -> String {
    let (mut metrics, mut labels, mut events) = (String::new(), String::new(), String::new());
    for length in lengths {
        let name = |prefix: char| format!("{prefix}{}", "x".repeat(length - 1));
        // As long as every second name, and so each is there twice.
        let label = |prefix: char| format!("{prefix}{}", "y".repeat(length / 2));
        let value = "w".repeat(length / 2 * 2);
        let (one, two, closed) = (label('a'), label('b'), label('v'));
        let (counter, gauge, histogram) = (name('c'), name('g'), name('h'));
        let (sole, chosen, labelled) = (name('k'), name('j'), name('i'));
        let _ = write!(
            metrics,
            "  {counter}: {{ type: counter, help: A, labels: [{one}] }}
  {gauge}: {{ type: gauge, help: A, labels: [{one}, {two}] }}
  {histogram}: {{ type: histogram, help: A, unit: seconds, buckets: [1, {length}] }}
  {sole}: {{ type: counter, help: A }}
  {chosen}: {{ type: gauge, help: A, labels: [{closed}] }}
  {labelled}: {{ type: histogram, help: A, labels: [{one}], buckets: [1, {length}] }}
"
        );
        if length % 2 == 0 {
            let reserved = "q".repeat(length);
            let short = "u".repeat(length / 2);
            let _ = write!(
                labels,
                "  {closed}: {{ help: A, values: [\"{value}\", \"{short}\", \"t{length}\"] }}
  {one}: {{ help: A, limit: 9, values: [\"{reserved}\"] }}
"
            );
        }
        let (start, end, forget) = (name('s'), name('e'), name('f'));
        let guard = name('z');
        let _ = write!(
            events,
            "  {start}:
    help: A
    args: {{ {one}: label, {two}: label, when: flag, number: amount }}
    do:
      - inc: {counter}
      - inc: {sole}
      - {{ add: {gauge}, value: number }}
      - {{ dec: {gauge}, when: when }}
    guard: {{ name: {guard}, ends: {{ done: {end} }}, dropped: done, elapsed: time }}
  {end}:
    help: A
    args: {{ {one}: label, {two}: label, time: seconds, number: amount }}
    do:
      - {{ observe: {histogram}, value: time }}
      - {{ observe: {labelled}, value: 1 }}
      - {{ set: {gauge}, value: number }}
  {forget}:
    help: A
    args: {{ {closed}: label }}
    do:
      - {{ inc: {chosen} }}
      - {{ set: {chosen}, value: 0, series: all }}
      - {{ set: {chosen}, value: 1, labels: {{ {closed}: {{ constant: \"{value}\" }} }} }}
"
        );
    }
    format!("metrics:\n{metrics}labels:\n{labels}events:\n{events}emitters: {{ {emitters} }}\n")
}

#[test]
fn names_of_every_length_become_good_rust() {
    let specs = lengths(4..=65, "rust: { package: names-of-every-length }");
    Package::render(&model(&specs)).is_clean();
}

/// Which types are used, and so how wide their `use` is, follows from the metrics.
#[test]
fn metrics_of_all_types_become_formatted_rust() {
    let kinds = [
        ("c", "type: counter"),
        ("d", "type: counter, labels: [a]"),
        ("g", "type: gauge"),
        ("f", "type: gauge, labels: [a]"),
        ("h", "type: histogram, buckets: [1]"),
        ("i", "type: histogram, buckets: [1], labels: [a]"),
    ];
    for chosen in 1..1 << kinds.len() {
        let mut specs = "emitters: { rust: { package: kinds } }\nmetrics:\n".to_owned();
        for (bit, (name, spec)) in kinds.iter().enumerate() {
            if chosen >> bit & 1 == 1 {
                let _ = writeln!(specs, "  {name}: {{ help: A, {spec} }}");
            }
        }
        Package::render(&model(&specs)).is_formatted();
    }
}

/// Words that are reserved, or mean something else, in one language or another.
const ODD: [&str; 44] = [
    "abstract",
    "and",
    "arguments",
    "as",
    "async",
    "await",
    "bool",
    "case",
    "class",
    "constructor",
    "def",
    "default",
    "delete",
    "del",
    "elif",
    "enum",
    "eval",
    "except",
    "export",
    "families",
    "float",
    "fn",
    "func",
    "function",
    "guards",
    "handler",
    "impl",
    "in",
    "int",
    "is",
    "labels",
    "lambda",
    "match",
    "mut",
    "none",
    "not",
    "number",
    "package",
    "run",
    "self",
    "str",
    "this",
    "type",
    "yield",
];

/// Texts that end comments and strings early, or are told apart badly.
const HOSTILE: [&str; 6] = [
    r#"Ends */ here, or /* there, {@link x} @see \"this\""#,
    "Three quotes: \\\"\\\"\\\", three more: ''', one `code`",
    r"C:\\new\\table, ${x}, #{y}, {{ z }} and {% if %}",
    r"A line\nbreak, a \t tab, a \e escape and \u202e back",
    "ünïcödé, 日本語 and \u{1f600}; https://a.example/b_c?d=\\\"e\\\"",
    "",
];

/// Specs with odd names and texts wherever a name or a text may be.
pub(crate) fn odd_names(emitters: &str) -> String {
    let mut metrics = String::new();
    let mut labels = String::new();
    let mut events = String::new();
    for (index, word) in ODD.iter().enumerate() {
        let other = ODD[(index + 7) % ODD.len()];
        let help = HOSTILE[index % HOSTILE.len()];
        let value = HOSTILE[(index + 1) % HOSTILE.len()];
        let _ = writeln!(
            metrics,
            "  {word}_done_total: {{ type: counter, help: \"{help}\", labels: [{word}, {other}] }}\n  {word}: {{ type: gauge, help: \"{help}\" }}"
        );
        let limit = if index % 2 == 0 { "limit: 7, " } else { "" };
        let _ = writeln!(
            labels,
            "  {word}: {{ help: \"{help}\", {limit}values: [{word}, \"{value}\", \"{index}\"] }}"
        );
        let _ = write!(
            events,
            "  {word}:
    help: \"{help}\"
    args: {{ {word}: label, {other}: {{ label: {other}, help: \"{value}\" }}, x_y: amount, x__y: flag }}
    do:
      - {{ inc: {word}_done_total }}
      - {{ inc: {word}_done_total, when: not x__y, labels: {{ {other}: {{ constant: \"{}\" }} }} }}
      - {{ set: {other}, value: x_y }}
    guard: {{ name: {word}_guard, ends: {{ {word}: {word}_end }}, dropped: {word} }}
  {word}_end: {{ help: An end, args: {{ {word}: label, {other}: label }}, do: [inc: {word}_done_total] }}
",
            (index + 7) % ODD.len()
        );
    }
    format!("metrics:\n{metrics}labels:\n{labels}events:\n{events}emitters: {{ {emitters} }}\n")
}

#[test]
fn names_and_texts_that_mean_something_elsewhere_become_rust() {
    let package = Package::render(&model(&odd_names("rust: { package: odd-names }")));
    package.cargo(&["check", "--quiet", "--all-targets"]);
}
