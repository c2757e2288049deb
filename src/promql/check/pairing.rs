//! Whether the series of two sides can meet, and whether one by one.

use super::{Checker, Origin, Value};
use crate::diagnostic::{Code, Diagnostic};
use crate::promql::ast::{Binary, GroupingKind, JoinSide};
use crate::promql::flow::Apart;
use crate::promql::function::ValueType;
use crate::promql::labels::Has;
use crate::promql::operator::BinaryOp;

impl<'a> Checker<'a, '_> {
    /// Complains if no series of either side has the labels of one of the
    /// other, so that the operator yields nothing, or `unless` everything.
    pub(super) fn can_match(&mut self, binary: &Binary, left: &Value<'a>, right: &Value<'a>) {
        let is_vector = |side: &Value<'_>| matches!(side.ty, None | Some(ValueType::Vector));
        let pairs = binary.op != BinaryOp::Or && binary.matching.fill.is_none();
        if !pairs || !is_vector(left) || !is_vector(right) {
            return;
        }
        let Some((label, apart)) = apart(binary, left, right) else {
            return;
        };
        let op = binary.op.name();
        let why = match apart {
            Apart::OnlyFirst => format!("only those on the left have the label `{label}`"),
            Apart::OnlySecond => format!("only those on the right have the label `{label}`"),
            Apart::Values(first, second) => format!(
                "`{label}` is {} on the left and {} on the right",
                listed(first),
                listed(second)
            ),
        };
        let message = match binary.op {
            BinaryOp::Unless => format!("`unless` takes nothing away, as no series match: {why}"),
            _ => format!("no series on the two sides of `{op}` match: {why}"),
        };
        let found = Diagnostic::new(Code::SidesCannotMatch, message)
            .at(self.span(binary.op_range), "never finds a pair");
        let lacking = match apart {
            Apart::OnlyFirst => Some(right),
            Apart::OnlySecond => Some(left),
            Apart::Values(..) => None,
        };
        let dropped = lacking.and_then(|side| side.labels.dropped_at(label));
        let found = match dropped {
            Some(place) => found.because(self.span(place), format!("`{label}` is dropped here")),
            None => found,
        };
        self.sink
            .push(found.help(remedy(binary, label, &apart, left, right)));
    }

    /// Complains if several series are sure to match where Prometheus takes
    /// one.
    pub(super) fn one_to_one(&mut self, binary: &Binary, left: &Value<'a>, right: &Value<'a>) {
        let Some(grouping) = &binary.matching.labels else {
            return;
        };
        if grouping.labels.iter().any(|label| label.templated) {
            return;
        }
        let takes_part = |label: &str| {
            let listed = grouping.labels.iter().any(|own| &*own.text == label);
            listed == (grouping.kind == GroupingKind::Keep)
        };
        let many = binary.matching.join.as_ref().map(|join| join.many);
        // Of what a comparison lets through, one may be left for each match.
        let filters = binary.op.is_comparison() && binary.matching.bool_range.is_none();
        let left_is_one = match many {
            None => !filters,
            Some(many) => many == JoinSide::Right,
        };
        let (of_left, of_right) = (
            left.fanned.filter(|_| left_is_one),
            right.fanned.filter(|_| many != Some(JoinSide::Right)),
        );
        let (side, other, label, word) = match (of_left, of_right) {
            (Some(label), _) if !takes_part(label) => ("left", right, label, "group_left"),
            (_, Some(label)) if !takes_part(label) => ("right", left, label, "group_right"),
            _ => return,
        };
        let op = binary.op.name();
        let message = format!(
            "Prometheus refuses this `{op}`: several series on the {side} match, one for each `{label}`"
        );
        let found = Diagnostic::new(Code::SeveralMatches, message).at(
            self.span(grouping.range),
            format!("leaves out `{label}`, which tells them apart"),
        );
        let help = if other.labels.has(label) == Has::Yes {
            format!("both sides have `{label}`: let it take part")
        } else if many.is_none() {
            format!(
                "write `{word}` behind it if a result for each `{label}` is meant, or select one by `{label}=\"…\"`"
            )
        } else {
            format!("select one of them by `{label}=\"…\"`, or aggregate the {side} side")
        };
        self.sink.push(found.help(help));
    }
}

/// A label by which no series of the two sides match, and why.
fn apart<'s, 'a>(
    binary: &'s Binary,
    left: &'s Value<'a>,
    right: &'s Value<'a>,
) -> Option<(&'s str, Apart<'s, &'a str>)> {
    let by = |label: &'s str| {
        let apart = left.labels.apart(&right.labels, label)?;
        Some((label, apart))
    };
    match &binary.matching.labels {
        Some(grouping) if grouping.kind == GroupingKind::Keep => {
            let names = grouping.labels.iter().filter(|label| !label.templated);
            names.map(|label| &*label.text).find_map(|label| {
                // A label that a metric does not have is a finding of its own.
                let reported = [left, right]
                    .iter()
                    .any(|side| side.origin != Origin::None && side.labels.has(label) == Has::No);
                by(label).filter(|_| !reported)
            })
        }
        ignoring => {
            let ignored = ignoring.iter().flat_map(|grouping| &grouping.labels);
            if ignored.clone().any(|label| label.templated) {
                return None;
            }
            let decides = |name: &&str| {
                *name != "__name__" && ignored.clone().all(|label| &*label.text != *name)
            };
            let names = left.labels.names().chain(right.labels.names());
            names.filter(decides).find_map(by)
        }
    }
}

/// What to write so that series match.
fn remedy(
    binary: &Binary,
    label: &str,
    apart: &Apart<'_, &str>,
    left: &Value<'_>,
    right: &Value<'_>,
) -> String {
    let op = binary.op.name();
    if let Some(grouping) = &binary.matching.labels
        && grouping.kind == GroupingKind::Keep
    {
        return format!("leave `{label}` out of `on (…)`");
    }
    let mut shared: Vec<&str> = left
        .labels
        .names()
        .filter(|name| *name != "__name__" && *name != label)
        .filter(|name| left.labels.has(name) == Has::Yes && right.labels.has(name) == Has::Yes)
        .filter(|name| left.labels.apart(&right.labels, name).is_none())
        .collect();
    shared.sort_unstable();
    let join = match apart {
        _ if binary.op.is_set() => "",
        Apart::OnlyFirst => " group_left",
        Apart::OnlySecond => " group_right",
        Apart::Values(..) => "",
    };
    let bool = if binary.matching.bool_range.is_some() {
        " bool"
    } else {
        ""
    };
    format!(
        "pair them by what they have in common: `{op}{bool} on ({}){join}`",
        shared.join(", ")
    )
}

/// Values as a message lists them.
fn listed(values: &[&str]) -> String {
    let quoted: Vec<_> = values
        .iter()
        .take(3)
        .map(|value| format!("`{value}`"))
        .collect();
    let more = if values.len() > 3 { " or others" } else { "" };
    format!("{}{more}", quoted.join(" or "))
}
