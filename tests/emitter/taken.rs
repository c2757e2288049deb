//! Names in the specs that the packages' own code has as well.

use crate::package::{Package, model};

/// Events that are called like what the types of their handles are made of.
const HANDLES: &str = r"
metrics:
  h_seconds: { type: histogram, help: H, unit: seconds, labels: [a], buckets: [1] }
  c_total: { type: counter, help: C, labels: [a] }
  g: { type: gauge, help: G, labels: [a] }
events:
  counter: { help: A, args: { a: label }, do: [{ inc: c_total }] }
  duration: { help: A, args: { a: label, time: seconds }, do: [{ observe: h_seconds, value: time }, { inc: c_total }, { inc: g }] }
  gauge: { help: A, args: { a: label, n: count }, do: [{ set: g, value: n }] }
  histogram: { help: A, args: { a: label, time: seconds }, do: [{ observe: h_seconds, value: time }] }
  # A guard of the first name is not called what the second is.
  on_a: { help: A, args: { a: label }, do: [{ inc: g }], guard: { name: instant, ends: { end: off }, dropped: end } }
  on_b: { help: A, args: { a: label }, do: [{ inc: g }], guard: { name: instant_guard, ends: { end: off }, dropped: end } }
  off: { help: A, args: { a: label }, do: [{ dec: g }] }
emitters: { rust: { package: taken-names } }
";

/// A metric and an event that are called like a field and a function that are there,
/// and names that Rust would have otherwise.
const FIELDS: &str = r"
metrics:
  registry: { type: gauge, help: A }
  own_registry: { type: gauge, help: A, labels: [a] }
  a__b: { type: gauge, help: A, labels: [a] }
events:
  register: { help: A, do: [{ inc: registry }], guard: { name: own_register, ends: { end: off }, dropped: end } }
  off: { help: A, do: [{ dec: registry }, { set: own_registry, value: 1, series: all }] }
  on__a:
    help: A
    args: { a: label, x__y: seconds }
    do: [{ set: a__b, value: x__y }]
    guard: { name: during__a, ends: { end__a: on__b }, dropped: end__a }
  on__b: { help: A, args: { a: label, x__y: seconds }, do: [{ set: a__b, value: x__y }] }
emitters: { rust: { package: taken-names } }
";

/// A closed label that is called like the type that labels have, with values that
/// are words of Rust's, or are called like the constant of all values; and labels that Rust's names
/// do not tell apart.
const LABELS: &str = r"
labels:
  a_b: { help: A, values: [a, b] }
  a__b: { help: A, values: [c, d] }
  label: { help: A, values: [ALL, all, self, Self, self_] }
metrics:
  g: { type: gauge, help: A, labels: [label, open, Open] }
  h: { type: gauge, help: A, labels: [a_b, a__b] }
events:
  moved: { help: A, args: { label: label, open: label, a: { label: Open } }, do: [{ inc: g }] }
  other: { help: A, args: { a: { label: a_b }, b: { label: a__b } }, do: [{ inc: h }] }
emitters: { rust: { package: taken-names } }
";

#[test]
fn names_that_the_package_uses_itself_become_good_rust() {
    for specs in [HANDLES, FIELDS, LABELS] {
        Package::render(&model(specs)).is_clean();
    }
}
