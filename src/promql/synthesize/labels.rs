//! Labels for the series: values that the matchers accept.

use std::collections::BTreeMap;

use super::super::ast::{Matcher, Selector};
use super::super::operator::MatchOp;
use super::Conditions;
use super::pattern::Pattern;
use super::plan::Use;

/// The labels of a series, its name included.
pub(super) type SeriesLabels = BTreeMap<String, String>;

/// Gives the label a value that the selector's matchers accept and, if it can
/// be, that those of other selectors on the same metric do not.
pub(super) fn add_label(
    labels: &mut SeriesLabels,
    label: &str,
    used: &Use<'_>,
    uses: &[Use<'_>],
    conditions: &Conditions<'_>,
) -> Option<()> {
    if label == "__name__" || labels.contains_key(label) {
        return Some(());
    }
    let own: Vec<&Matcher> = on_label(used.selector, label).collect();
    let usual = (conditions.label_value)(label);
    let mut candidates = Vec::new();
    for matcher in &own {
        if matcher.op == MatchOp::Equal {
            candidates.push(matcher.value.value.to_string());
        }
    }
    for other in uses.iter().filter(|other| other.metric != used.metric) {
        let equal = on_label(other.selector, label).filter(|matcher| matcher.op == MatchOp::Equal);
        candidates.extend(equal.map(|matcher| matcher.value.value.to_string()));
    }
    candidates.push(usual.clone());
    for matcher in own.iter().filter(|matcher| matcher.op == MatchOp::Regex) {
        candidates.push(Pattern::parse(&matcher.value.value)?.example());
    }
    candidates.extend(["other".to_owned(), format!("{usual}-2"), String::new()]);
    let mut accepted = Vec::new();
    for candidate in candidates {
        if accepts_all(&own, &candidate)? {
            accepted.push(candidate);
        }
    }
    let mut chosen = accepted.first()?.clone();
    'candidates: for candidate in &accepted {
        for other in uses.iter().filter(|other| other.metric == used.metric) {
            let matchers: Vec<&Matcher> = on_label(other.selector, label).collect();
            let different = other.selector.range != used.selector.range && !matchers.is_empty();
            if different && !same_matchers(&matchers, &own) && accepts_all(&matchers, candidate)? {
                continue 'candidates;
            }
        }
        chosen.clone_from(candidate);
        break;
    }
    if !chosen.is_empty() {
        labels.insert(label.to_owned(), chosen);
    }
    Some(())
}

fn same_matchers(left: &[&Matcher], right: &[&Matcher]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| left.op == right.op && left.value.value == right.value.value)
}

fn on_label<'s>(selector: &'s Selector, label: &str) -> impl Iterator<Item = &'s Matcher> {
    let matchers = selector.matchers.iter();
    matchers.filter(move |matcher| &*matcher.name.text == label)
}

fn accepts_all(matchers: &[&Matcher], value: &str) -> Option<bool> {
    for matcher in matchers {
        if !accepts(matcher, value)? {
            return Some(false);
        }
    }
    Some(true)
}

fn accepts(matcher: &Matcher, value: &str) -> Option<bool> {
    let wanted = &*matcher.value.value;
    Some(match matcher.op {
        MatchOp::Equal => wanted == value,
        MatchOp::NotEqual => wanted != value,
        MatchOp::Regex => Pattern::parse(wanted)?.matches(value)?,
        MatchOp::NotRegex => !Pattern::parse(wanted)?.matches(value)?,
    })
}

/// Whether all matchers accept the labels.
pub(super) fn selects(matchers: &[Matcher], labels: &SeriesLabels) -> Option<bool> {
    for matcher in matchers {
        let value = labels.get(&*matcher.name.text).map_or("", String::as_str);
        if !accepts(matcher, value)? {
            return Some(false);
        }
    }
    Some(true)
}
