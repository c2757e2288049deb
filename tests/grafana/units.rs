//! The compiler's list of units is Grafana's.

use crate::judge::node;
use crate::program::accepts;
use dashwright::model::Unit;
use std::collections::BTreeSet;

#[test]
fn the_known_units_are_those_of_grafana() {
    let said = accepts(&mut node("units.mjs"));
    let theirs: BTreeSet<String> = serde_json::from_str(&said).unwrap();
    let ours: BTreeSet<String> = Unit::ids().iter().map(|&id| id.to_owned()).collect();
    let missing: Vec<_> = theirs.difference(&ours).collect();
    let invented: Vec<_> = ours.difference(&theirs).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "missing: {missing:?}, not Grafana's: {invented:?}"
    );
}
