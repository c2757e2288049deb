//! What fields are called, what they hold, and how a change of one is said.

use super::expression::{self, Difference};
use super::item::{Kind, SUCCESSOR, shown};
use super::spelling;
use super::told::TOLD;
use crate::promql::PromDuration;
use serde_json::Value;

/// What a field holds, which says when two values of it mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Anything: equal values mean the same.
    Plain,
    /// PromQL.
    Expression,
    /// Colours from bounds on.
    Steps,
    /// Where a panel stands or how large it is.
    Place,
    /// What programs note for themselves.
    Bookkeeping,
    /// The sequence of parts that are items of their own.
    Order,
    /// The text of a whole file.
    Content,
    /// The receivers of an alert.
    Told,
    /// What takes the place of a metric.
    Successor,
    /// Recorded series of which others change the meaning.
    Read,
}

/// A field's name for people and what it holds, by kind and path. `*` stands
/// for one segment, a leading `**` for any number; the first that fits counts.
#[rustfmt::skip]
const FIELDS: &[(Option<Kind>, &str, &str, Holds)] = &[
    (Some(Kind::Event), "order/args", "order of the arguments", Holds::Order),
    (None, "order/*", "order of the *", Holds::Order),
    (None, TOLD, "tells", Holds::Told),
    (None, "expr", "", Holds::Expression),
    (None, "content", "", Holds::Content),
    (Some(Kind::Metric), SUCCESSOR, "", Holds::Successor),
    (Some(Kind::Threshold), "*/value", "*", Holds::Plain),
    (Some(Kind::Threshold), "*/color", "color of *", Holds::Plain),
    (Some(Kind::Event), "args/*", "argument *", Holds::Plain),
    (Some(Kind::Event), "guard/name", "guard", Holds::Plain),
    (Some(Kind::Event), "guard/ends/*", "end * of the guard", Holds::Plain),
    (Some(Kind::Event), "do", "updates", Holds::Plain),
    (Some(Kind::Receiver), "slack_configs/0/*", "slack *", Holds::Plain),
    (Some(Kind::Receiver), "email_configs/0/*", "email *", Holds::Plain),
    (Some(Kind::Receiver), "webhook_configs/0/*", "webhook *", Holds::Plain),
    (Some(Kind::Receiver), "pagerduty_configs/0/*", "pagerduty *", Holds::Plain),
    (Some(Kind::Dashboard), "version", "version", Holds::Bookkeeping),
    (Some(Kind::Dashboard), "schemaVersion", "schema", Holds::Bookkeeping),
    (Some(Kind::Dashboard), "iteration", "iteration", Holds::Bookkeeping),
    (Some(Kind::Dashboard), "id", "database id", Holds::Bookkeeping),
    (Some(Kind::Dashboard), "gnetId", "grafana.com id", Holds::Bookkeeping),
    (Some(Kind::Dashboard), "__inputs/**", "inputs", Holds::Bookkeeping),
    (Some(Kind::Dashboard), "__requires/**", "requirements", Holds::Bookkeeping),
    (Some(Kind::Dashboard), "time/from", "range", Holds::Plain),
    (Some(Kind::Variable), "definition", "query", Holds::Bookkeeping),
    (Some(Kind::Variable), "query/query", "query", Holds::Plain),
    (Some(Kind::Variable), "query/refId", "ref", Holds::Bookkeeping),
    (Some(Kind::Variable), "query/qryType", "query type", Holds::Bookkeeping),
    (Some(Kind::Variable), "datasource/uid", "datasource", Holds::Plain),
    (Some(Kind::Variable), "includeAll", "offers all", Holds::Plain),
    (Some(Kind::Panel), "pluginVersion", "plugin", Holds::Bookkeeping),
    (Some(Kind::Panel), "gridPos/*", "", Holds::Place),
    (Some(Kind::Panel), "type", "type", Holds::Plain),
    (Some(Kind::Panel), "targets/*/expr", "query *", Holds::Expression),
    (Some(Kind::Panel), "targets/*/legendFormat", "legend of *", Holds::Plain),
    (Some(Kind::Panel), "targets/*/editorMode", "editor", Holds::Bookkeeping),
    (Some(Kind::Panel), "targets/*/intervalFactor", "interval factor", Holds::Bookkeeping),
    (Some(Kind::Panel), "targets/*/refId", "ref", Holds::Bookkeeping),
    (Some(Kind::Panel), "targets/*/datasource/uid", "datasource of query *", Holds::Plain),
    (Some(Kind::Panel), "targets/*/*", "* of query *", Holds::Plain),
    (Some(Kind::Panel), "fieldConfig/defaults/thresholds/steps", "", Holds::Steps),
    (Some(Kind::Panel), "fieldConfig/defaults/unit", "unit", Holds::Plain),
    (Some(Kind::Panel), "fieldConfig/defaults/custom/*", "*", Holds::Plain),
    (Some(Kind::Panel), "fieldConfig/defaults/*", "*", Holds::Plain),
    (Some(Kind::Panel), "options/legend/*", "legend *", Holds::Plain),
    (Some(Kind::Panel), "options/*", "*", Holds::Plain),
    (Some(Kind::Panel), "datasource/uid", "datasource", Holds::Plain),
    (Some(Kind::Alert), "labels/severity", "severity", Holds::Plain),
    (Some(Kind::Alert), "labels/*", "label *", Holds::Plain),
    (Some(Kind::Alert), "annotations/*", "*", Holds::Plain),
    (Some(Kind::Record), "labels/*", "label *", Holds::Plain),
    (Some(Kind::Job), "static_configs/0/targets", "targets", Holds::Plain),
    (Some(Kind::Job), "static_configs/0/labels/*", "label *", Holds::Plain),
    (Some(Kind::Prometheus), "global/*", "*", Holds::Plain),
    (Some(Kind::Alertmanager), "global/*", "*", Holds::Plain),
    (Some(Kind::Datasource), "jsonData/*", "*", Holds::Plain),
];

/// What the field at `path` of an item holds, and what it is called.
pub(crate) fn describe(kind: Kind, path: &str) -> (String, Holds) {
    for (of, pattern, name, holds) in FIELDS {
        if of.is_none_or(|of| of == kind)
            && let Some(stars) = fit(pattern, path)
        {
            let mut parts = name.split('*');
            let mut label = parts.next().unwrap_or_default().to_owned();
            // "* of query *" names its stars from the last to the first.
            let stars: Box<dyn Iterator<Item = &str>> = if name.matches('*').count() > 1 {
                Box::new(stars.into_iter().rev())
            } else {
                Box::new(stars.into_iter())
            };
            for (star, part) in stars.zip(parts) {
                label.push_str(&words(star));
                label.push_str(part);
            }
            return (label, *holds);
        }
    }
    if path.ends_with("thresholds/steps") {
        return (String::new(), Holds::Steps);
    }
    (
        path.split('/').map(words).collect::<Vec<_>>().join(" › "),
        Holds::Plain,
    )
}

fn fit<'p>(pattern: &str, path: &'p str) -> Option<Vec<&'p str>> {
    if let Some(start) = pattern.strip_suffix("**") {
        return path.starts_with(start).then(Vec::new);
    }
    let mut stars = Vec::new();
    let mut segments = path.split('/');
    for part in pattern.split('/') {
        let segment = segments.next()?;
        match part {
            "*" => stars.push(segment),
            _ if part == segment => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(stars)
}

/// Grafana's `fillOpacity` and Prometheus's `group_wait` as words.
fn words(name: &str) -> String {
    let mut said = String::with_capacity(name.len() + 4);
    let mut last = ' ';
    for c in name.chars() {
        if c.is_uppercase() && last.is_lowercase() {
            said.push(' ');
            said.extend(c.to_lowercase());
        } else {
            said.push(if c == '_' { ' ' } else { c });
        }
        last = c;
    }
    said
}

/// Whether two different values mean the same.
pub(crate) fn same(holds: Holds, before: Option<&Value>, after: Option<&Value>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return holds == Holds::Bookkeeping || holds == Holds::Order;
    };
    match (holds, before, after) {
        (Holds::Bookkeeping, ..) => true,
        (Holds::Order, Value::Array(one), Value::Array(other)) => {
            let common = |list: &[Value], with: &[Value]| -> Vec<Value> {
                list.iter()
                    .filter(|value| with.contains(value))
                    .cloned()
                    .collect()
            };
            common(one, other) == common(other, one)
        }
        (Holds::Expression, Value::String(one), Value::String(other)) => {
            expression::differences(one, other).is_empty()
        }
        (_, Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Holds::Plain, Value::String(one), Value::String(other)) => {
            let durations = (PromDuration::parse(one), PromDuration::parse(other));
            matches!(durations, (Some(one), Some(other)) if one == other)
        }
        _ => false,
    }
}

/// The differences between two expressions in a field.
pub(crate) fn differences(before: Option<&Value>, after: Option<&Value>) -> Vec<Difference> {
    match (
        before.and_then(Value::as_str),
        after.and_then(Value::as_str),
    ) {
        (Some(before), Some(after)) => expression::differences(before, after),
        _ => Vec::new(),
    }
}

/// A change in words, without the field's name.
pub(crate) fn say(holds: Holds, before: Option<&Value>, after: Option<&Value>) -> String {
    let arrow = || {
        let side = |value: Option<&Value>| match value {
            None => "none".to_owned(),
            Some(Value::String(text)) if text == "none" => format!("{text:?}"),
            Some(value) => shown(value),
        };
        let (before, after) = (side(before), side(after));
        excerpt(&before, &after).unwrap_or_else(|| format!("{before} → {after}"))
    };
    match (holds, before, after) {
        (Holds::Expression, Some(_), Some(_)) => {
            let found = differences(before, after);
            found
                .iter()
                .map(|one| one.text.as_str())
                .collect::<Vec<_>>()
                .join("; ")
        }
        (Holds::Successor, _, Some(new)) => format!("{} takes its place", shown(new)),
        (Holds::Successor, Some(new), None) => {
            format!("{} no longer takes its place", shown(new))
        }
        (Holds::Steps, ..) => steps(before, after),
        (Holds::Content, Some(Value::String(before)), Some(Value::String(after))) => {
            lines(before, after)
        }
        (_, Some(Value::Array(one)), Some(Value::Array(other)))
            if one
                .iter()
                .chain(other)
                .all(|value| value.is_string() || value.is_number())
                && !one.is_empty()
                && !other.is_empty() =>
        {
            list(one, other).unwrap_or_else(arrow)
        }
        _ => arrow(),
    }
}

/// What a field of something new or gone says, without the field's name.
pub(crate) fn say_whole(holds: Holds, value: &Value) -> String {
    match (holds, value) {
        (Holds::Expression, Value::String(text)) => spelling::spelt(text),
        (Holds::Steps, _) => all_steps(&read_steps(Some(value))),
        (Holds::Content, Value::String(text)) => format!("{} lines", text.lines().count()),
        _ => shown(value)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// From so many words on, only those of a text are shown that differ.
const LONG: usize = 9;

/// The words of two long texts that differ, with one on either side; `None`
/// if the texts are short or have too little in common.
fn excerpt(before: &str, after: &str) -> Option<String> {
    let one: Vec<&str> = before.split_whitespace().collect();
    let other: Vec<&str> = after.split_whitespace().collect();
    let shorter = one.len().min(other.len());
    let start = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let end = one
        .iter()
        .rev()
        .zip(other.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let end = end.min(shorter - start);
    if one.len().max(other.len()) < LONG || start + end < shorter / 2 || start + end == 0 {
        return None;
    }
    let part = |words: &[&str]| {
        let (from, to) = (
            start.saturating_sub(1),
            (words.len() - end + 1).min(words.len()),
        );
        let open = if from > 0 { "… " } else { "" };
        let close = if to < words.len() { " …" } else { "" };
        format!("{open}{}{close}", words[from..to].join(" "))
    };
    Some(format!("{} → {}", part(&one), part(&other)))
}

/// What a list gained and lost; `None` if that says no more than both lists.
fn list(before: &[Value], after: &[Value]) -> Option<String> {
    let but = |list: &[Value], other: &[Value]| -> Vec<String> {
        list.iter()
            .filter(|value| !other.contains(value))
            .map(shown)
            .collect()
    };
    let (gone, come) = (but(before, after), but(after, before));
    match (gone.as_slice(), come.as_slice()) {
        ([], []) => None,
        ([], _) => Some(format!("+ {}", come.join(", "))),
        (_, []) => Some(format!("− {}", gone.join(", "))),
        _ if gone.len() == before.len() => None,
        _ => Some(format!("{} → {}", gone.join(", "), come.join(", "))),
    }
}

/// A colour, and where it starts.
type Step = (String, String);

fn read_steps(steps: Option<&Value>) -> Vec<Step> {
    let list = steps.and_then(Value::as_array).into_iter().flatten();
    list.map(|step| {
        let from = match &step["value"] {
            Value::Null => "the start".to_owned(),
            value => shown(value),
        };
        (shown(&step["color"]), from)
    })
    .collect()
}

fn all_steps(steps: &[Step]) -> String {
    let parts: Vec<_> = steps
        .iter()
        .map(|(color, from)| format!("{color} from {from}"))
        .collect();
    if parts.is_empty() {
        "no colours".to_owned()
    } else {
        parts.join(", ")
    }
}

/// Colours that start elsewhere than before, come or go.
fn steps(before: Option<&Value>, after: Option<&Value>) -> String {
    let (one, other) = (read_steps(before), read_steps(after));
    let but = |steps: &[Step], others: &[Step]| -> Vec<Step> {
        let own = steps.iter().filter(|step| !others.contains(step));
        own.cloned().collect()
    };
    let (gone, come) = (but(&one, &other), but(&other, &one));
    match (gone.as_slice(), come.as_slice()) {
        ([], [_, ..]) if !one.is_empty() => return format!("+ {}", all_steps(&come)),
        ([_, ..], []) if !other.is_empty() => return format!("− {}", all_steps(&gone)),
        _ => {}
    }
    let colors =
        |steps: &[Step]| -> Vec<String> { steps.iter().map(|(color, _)| color.clone()).collect() };
    let moved: Vec<String> = one
        .iter()
        .zip(&other)
        .filter(|(one, other)| one.1 != other.1)
        .map(|((color, before), (_, after))| format!("{color} from {after}, was {before}"))
        .collect();
    if colors(&one) == colors(&other) && !moved.is_empty() {
        return moved.join("; ");
    }
    format!("{} → {}", all_steps(&one), all_steps(&other))
}

/// How many lines of a text differ.
fn lines(before: &str, after: &str) -> String {
    let mut counts = std::collections::HashMap::<&str, i64>::new();
    for line in after.lines() {
        *counts.entry(line).or_default() += 1;
    }
    for line in before.lines() {
        *counts.entry(line).or_default() -= 1;
    }
    let come: i64 = counts.values().filter(|count| **count > 0).sum();
    let gone: i64 = -counts.values().filter(|count| **count < 0).sum::<i64>();
    match (come, gone) {
        (0, 0) => "lines moved".to_owned(),
        _ => format!("+{come} −{gone} lines"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Holds, describe, say};
    use crate::diff::item::Kind;
    use serde_json::json;

    #[test]
    fn fields_have_names() {
        for (kind, path, name) in [
            (Kind::Panel, "targets/A/expr", "query A"),
            (Kind::Panel, "targets/B/instant", "instant of query B"),
            (
                Kind::Panel,
                "fieldConfig/defaults/custom/fillOpacity",
                "fill opacity",
            ),
            (Kind::Route, "group_wait", "group wait"),
            (
                Kind::Receiver,
                "slack_configs/0/send_resolved",
                "slack send resolved",
            ),
            (Kind::Dashboard, "order/variables", "order of the variables"),
        ] {
            assert_eq!(describe(kind, path).0, name, "{path}");
        }
    }

    #[test]
    fn changes_are_said_in_few_words() {
        let said = |holds, one, other| say(holds, Some(&one), Some(&other));
        assert_eq!(said(Holds::Plain, json!("5m"), json!("10m")), "5m → 10m");
        assert_eq!(
            said(Holds::Plain, json!(["a", "b"]), json!(["b", "c"])),
            "a → c"
        );
        assert_eq!(said(Holds::Plain, json!(["a"]), json!(["a", "c"])), "+ c");
        assert_eq!(
            said(Holds::Plain, json!([1, 5]), json!([1, 2.5, 5])),
            "+ 2.5"
        );
        let steps =
            |at: f64| json!([{ "color": "green", "value": null }, { "color": "red", "value": at }]);
        assert_eq!(
            said(Holds::Steps, json!([steps(0.1)[0]]), steps(0.1)),
            "+ red from 0.1"
        );
        assert_eq!(
            said(Holds::Steps, steps(0.1), json!([steps(0.1)[0]])),
            "− red from 0.1"
        );
        assert_eq!(
            said(Holds::Steps, steps(0.05), steps(0.04)),
            "red from 0.04, was 0.05"
        );
        assert_eq!(
            said(Holds::Content, json!("a\nb\n"), json!("b\nc\nd\n")),
            "+2 −1 lines"
        );
    }
}
