//! Names in the specs that the packages' own code has as well.

use crate::languages;
use crate::package::{Package, model};
use dashwright::model::Model;

const SPECS: &str = r"
labels:
  # Called like the type that labels have, with values that are words of Rust's, or
  # are called like the constant of all values.
  label: { help: A, values: [ALL, all, self, Self, self_] }
  # Told apart by nothing that all cases keep.
  a_b: { help: A, values: [a, b] }
  a__b: { help: A, values: [c, d] }
  # A type and a constant in one case, and what types and constants are made of.
  x: { help: A, values: [a, b] }
  final: { help: A, values: [a, b] }
  literal: { help: A, values: [a, b] }
  type_alias: { help: A, values: [a, b] }
metrics:
  h_seconds: { type: histogram, help: A, unit: seconds, labels: [a], buckets: [1] }
  c_total: { type: counter, help: A, labels: [a] }
  g: { type: gauge, help: A, labels: [a] }
  labelled: { type: gauge, help: A, labels: [label, open, Open] }
  typed: { type: gauge, help: A, labels: [x, final, literal, type_alias] }
  alike: { type: gauge, help: A, labels: [a_b, a__b] }
  # A field that is there, what it becomes, and one that Rust would not call so.
  registry: { type: gauge, help: A }
  own_registry: { type: gauge, help: A, labels: [a] }
  a__b: { type: gauge, help: A, labels: [a] }
events:
  # What handles are made of.
  counter: { help: A, args: { a: label }, do: [{ inc: c_total }] }
  duration: { help: A, args: { a: label, time: seconds }, do: [{ observe: h_seconds, value: time }, { inc: c_total }, { inc: g }] }
  gauge: { help: A, args: { a: label, n: count }, do: [{ set: g, value: n }] }
  histogram: { help: A, args: { a: label, time: seconds }, do: [{ observe: h_seconds, value: time }] }
  # Functions that are there.
  register: { help: A, args: { a: label }, do: [{ inc: g }], guard: { name: own_register, ends: { end: off }, dropped: end } }
  # These differ from what is there, as a reserved word gets a `_`.
  families_: { help: A, do: [{ inc: registry }] }
  handler_: { help: A, do: [{ set: own_registry, value: 1, series: all }] }
  # What guards are made of. Of the last two, neither is called what the other is.
  on_a: { help: A, args: { a: label }, do: [{ inc: g }], guard: { name: guard, ends: { stop: off }, dropped: stop } }
  on_b: { help: A, args: { a: label }, do: [{ inc: g }], guard: { name: runtime, ends: { guard: off }, dropped: guard } }
  on_c: { help: A, args: { a: label }, do: [{ inc: g }], guard: { name: instant, ends: { end: off }, dropped: end } }
  on_d: { help: A, args: { a: label }, do: [{ inc: g }], guard: { name: instant_guard, ends: { end: off }, dropped: end } }
  off: { help: A, args: { a: label }, do: [{ dec: g }] }
  # Labels by all their names.
  moved: { help: A, args: { label: label, open: label, a: { label: Open } }, do: [{ inc: labelled }] }
  other: { help: A, args: { a: { label: a_b }, b: { label: a__b } }, do: [{ inc: alike }] }
  typed: { help: A, args: { x: label, final: label, literal: label, type_alias: label }, do: [{ inc: typed }] }
  # Fields and variables of guards, and what those become.
  kept:
    help: A
    args: { metrics: { label: a }, own_metrics: { label: open }, started: { label: Open }, all_metrics: { label: label } }
    do: [{ inc: g }, { inc: labelled }]
    guard: { name: keeping, ends: { end: given }, dropped: end, elapsed: time }
  given:
    help: A
    args: { metrics: { label: a }, own_metrics: { label: open }, started: { label: Open }, all_metrics: { label: label }, time: seconds }
    do: [{ dec: g }, { dec: labelled }, { observe: h_seconds, value: time }]
  on__e:
    help: A
    args: { a: label, x__y: seconds }
    do: [{ set: a__b, value: x__y }]
    guard: { name: during__e, ends: { end__e: on__f }, dropped: end__e }
  on__f: { help: A, args: { a: label, x__y: seconds }, do: [{ set: a__b, value: x__y }] }
";

fn emitter(language: &str) -> Model {
    model(&format!(
        "{SPECS}emitters: {{ {language}: {{ package: taken-names }} }}\n"
    ))
}

#[test]
fn names_that_the_package_uses_itself_become_good_rust() {
    let package = Package::render(&emitter("rust"));
    package.is_clean();
    package.cargo(&["test", "--quiet", "--doc"]);
}

#[test]
fn names_that_the_package_uses_itself_become_good_typescript() {
    languages::Package::typescript(&emitter("typescript"));
}

#[test]
fn names_that_the_package_uses_itself_become_good_python() {
    languages::Package::python(&emitter("python"));
}
