//! What the compiler has to say about a spec: where, how bad, and what to do.
//!
//! Every later room pushes [`Diagnostic`]s into a [`Sink`]; nothing here reads
//! a file or draws a snippet.

mod code;
mod policy;
mod sink;
mod source;

pub use code::{Code, Family, Severity};
pub use policy::{Allowance, Covers};
pub use sink::{Diagnostic, Label, Sink};
pub use source::{SourceFile, SourceId, Sources, Span, Spanned};

use rapidfuzz::distance::osa;
use std::cmp::Reverse;

/// Longer texts are no slips of the finger, and take long to compare.
const LONGEST_NAME: usize = 200;

/// The name in `candidates` that a misspelt `name` most likely meant, if any
/// is close enough to be worth suggesting.
///
/// Names that differ only in letter case or separators always qualify; others
/// must be within a third of their length in edits. What is longer than a name
/// has none that is near.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if length > LONGEST_NAME {
        return None;
    }
    let comparator = osa::BatchComparator::new(fold(name));
    let mut limit = length.div_ceil(3).max(1);
    let mut near = Vec::new();
    for candidate in candidates {
        // As many edits as that are needed at least.
        if candidate == name || candidate.chars().count().abs_diff(length) > limit {
            continue;
        }
        let within = osa::Args::default().score_cutoff(limit);
        if let Some(distance) = comparator.distance_with_args(fold(candidate), &within) {
            // What is farther than this one need not be measured.
            limit = distance;
            let pairs = fold(name).zip(fold(candidate));
            let same_start = pairs.take_while(|(a, b)| a == b).count();
            near.push((distance, Reverse(same_start), candidate));
        }
    }
    let (.., candidate) = near.into_iter().min()?;
    Some(candidate)
}

/// A name without what slips of the finger get wrong most.
fn fold(name: &str) -> impl DoubleEndedIterator<Item = char> + Clone {
    name.chars().map(|c| match c {
        '-' | ' ' | '.' => '_',
        ascii if ascii.is_ascii() => ascii.to_ascii_lowercase(),
        // The one letter that becomes two loses its dot.
        other => other.to_lowercase().next().unwrap_or(other),
    })
}

#[cfg(test)]
mod tests {
    use super::nearest;
    use proptest::prelude::*;

    #[test]
    fn suggests_what_a_slip_of_the_finger_meant() {
        let names = ["agent", "model", "skill", "violation_type"];
        assert_eq!(nearest("agnt", names), Some("agent"));
        assert_eq!(nearest("violation-type", names), Some("violation_type"));
        assert_eq!(nearest("Model", names), Some("model"));
        assert_eq!(nearest("instance", names), None);
        assert_eq!(nearest("", names), None);
    }

    proptest! {
        #[test]
        fn what_is_close_enough_is_found(name in "[a-eA-E_.-]{0,9}", other in "[a-fA-F_.-]{0,9}") {
            let plain = |text: &str| text.to_lowercase().replace(['.', '-'], "_");
            let edits = strsim::osa_distance(&plain(&name), &plain(&other));
            let is_near = name != other && edits <= name.len().div_ceil(3).max(1);
            prop_assert_eq!(nearest(&name, [&*other]).is_some(), is_near);
        }
    }

    #[test]
    fn what_is_longer_than_a_name_is_not_compared() {
        let long = "a".repeat(1 << 20);
        let other = format!("{long}b");
        assert_eq!(nearest(&long, [&*other]), None);
        assert_eq!(nearest("abc", [&*other, "abd"]), Some("abd"));
    }

    #[test]
    fn of_equal_distances_the_longest_same_start_is_nearest_and_then_the_first_name() {
        assert_eq!(nearest("rat", ["rad", "rate", "max"]), Some("rate"));
        assert_eq!(nearest("bat", ["hat", "cat"]), Some("cat"));
        assert_eq!(nearest("bat", ["cat", "hat", "bar"]), Some("bar"));
    }
}
