//! Mistakes in events and emitters, with the message that each draws.

use dashwright::diagnostic::Sink;
use dashwright::report::{self, Style};
use dashwright::resolve::resolve;
use dashwright::spec::{Files, decode};

const CATALOG: &str = "\
metrics:
  orders_total: { type: counter, help: Orders, labels: [country, method] }
  carts: { type: gauge, help: Carts }
  stock: { type: gauge, help: Stock, labels: [country] }
  wait_seconds: { type: histogram, help: Wait, unit: seconds, buckets: [1, 5] }
  size_bytes: { type: histogram, help: Size, unit: bytes, buckets: [1, 5] }
  old: { type: summary, help: Old }
external: { node: { metrics: { node_load1: { type: gauge } } } }
labels:
  method: { help: How it is paid, values: [card, invoice] }
";

fn report(specs: &str) -> String {
    let files = Files::from_memory([("catalog.yaml", CATALOG), ("specs.yaml", specs)]);
    let mut sink = Sink::default();
    let shapes = decode(&files, &mut sink);
    let model = resolve(&shapes, &files, &mut sink);
    assert_eq!(model.is_none(), sink.has_errors());
    let found = sink.into_sorted();
    assert!(!found.is_empty(), "nothing is found");
    report::diagnostics(&found, files.sources(), Style::PLAIN)
}

/// An event with these arguments and updates.
fn event(args: &str, updates: &str) -> String {
    report(&format!(
        "events:\n  ordered:\n    help: Ordered\n    args: {args}\n    do:\n{updates}"
    ))
}

#[test]
fn metrics_that_an_event_cannot_move() {
    insta::assert_snapshot!(event(
        "{ country: label, method: label, n: count }",
        "      - inc: order_total
      - inc: node_load1
      - dec: orders_total
      - { set: orders_total, value: n }
      - { observe: carts, value: n }
      - inc: wait_seconds
      - inc: old
      - { add: orders_total, value: -1 }
      - { observe: size_bytes, value: -0.5 }
",
    ));
}

#[test]
fn labels_and_their_values() {
    insta::assert_snapshot!(event(
        "{ country: label, from: { label: country }, to: { label: country }, n: count, zone: label }",
        "      - inc: orders_total
      - { inc: orders_total, labels: { method: { constant: cart }, shop: n } }
      - { inc: orders_total, labels: { method: from } }
      - { inc: orders_total, labels: { method: { constant: card }, country: whence } }
      - { set: stock, value: n, labels: { country: to } }
",
    ));
    insta::assert_snapshot!(
        "two_arguments_for_one_label",
        event(
            "{ from: { label: country }, to: { label: country } }",
            "      - inc: stock\n"
        )
    );
}

#[test]
fn values_and_conditions() {
    insta::assert_snapshot!(event(
        "{ country: label, cost: amount, time: seconds, n: count, big: flag, unused: flag }",
        "      - { add: carts, value: costs }
      - { add: carts, value: country }
      - { add: carts, value: big }
      - { observe: wait_seconds, value: cost }
      - { observe: size_bytes, value: time }
      - { inc: carts, value: n }
      - { add: carts }
      - { inc: carts, when: n }
      - { inc: carts, when: not bigger }
      - { inc: carts, dec: carts }
      - { value: n }
      - { inc: stock, series: all }
      - { set: carts, value: 0, series: all }
",
    ));
}

#[test]
fn names_and_types_of_arguments() {
    insta::assert_snapshot!(report(
        "events:
  Ordered: { help: A, args: { Size: count, x: numbr, y: {}, z: { label: country, type: count } }, do: [{ inc: carts }] }
  encode: { help: A, do: [{ inc: carts }] }
  start_metrics__server_: { help: A, do: [{ inc: carts }] }
  on_a: { help: A, do: [{ inc: carts }] }
  ona: { help: A, do: [{ inc: carts }] }
  on_a_handle: { help: A, do: [] }
"
    ));
}

#[test]
fn guards() {
    insta::assert_snapshot!(report(
        "events:
  start:
    help: A
    do: [{ inc: carts }]
    guard: { name: cart, ends: { done: end, fail: ended, again: start }, dropped: gone, elapsed: n }
  begin:
    help: A
    do: [{ inc: carts }]
    guard: { name: begun, ends: { done: end }, dropped: done, elapsed: tme }
  first:
    help: A
    do: [{ inc: carts }]
    guard: { name: begin, ends: {}, dropped: done }
  end: { help: A, args: { n: count, time: seconds }, do: [{ add: carts, value: n }, { observe: wait_seconds, value: time }] }
"
    ));
}

#[test]
fn emitters() {
    insta::assert_snapshot!(report(
        "emitters: { rust: { package: Shop }, pyton: { package: shop } }
metrics:
  orders: { type: gauge, help: A }
  Carts: { type: gauge, help: A }
  wait_seconds_sum: { type: gauge, help: A }
  emitter_values_dropped: { type: gauge, help: A }
  emitter_label_values_folded_total: { type: counter, help: A, labels: [metric, label] }
  emitter_label_values_truncated_total: { type: gauge, help: A }
"
    ));
}
