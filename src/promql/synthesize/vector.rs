//! Instant vectors: aggregation, and operators between two of them.

use std::collections::BTreeMap;

use super::super::ast::{Binary, Grouping, GroupingKind, JoinSide};
use super::super::operator::{AggregateOp, BinaryOp};
use super::simulate::Era;

/// The labels of an element, its metric's name included, sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Labels<'d>(Vec<(&'d str, &'d str)>);

impl<'d> Labels<'d> {
    /// Labels from pairs of name and value that are sorted by name.
    pub(super) fn from_sorted(pairs: impl Iterator<Item = (&'d str, &'d str)>) -> Self {
        Self(pairs.collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'d str, &'d str)> {
        self.0.iter().copied()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (*known).cmp(name))
    }

    pub(super) fn get(&self, name: &str) -> Option<&'d str> {
        self.place(name).ok().map(|at| self.0[at].1)
    }

    fn set(&mut self, name: &'d str, value: Option<&'d str>) {
        match (self.place(name), value) {
            (Ok(at), Some(value)) => self.0[at].1 = value,
            (Err(at), Some(value)) => self.0.insert(at, (name, value)),
            (Ok(at), None) => drop(self.0.remove(at)),
            (Err(_), None) => {}
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<&'d str> {
        let at = self.place(name).ok()?;
        Some(self.0.remove(at).1)
    }
}

/// An element of an instant vector.
#[derive(Debug, Clone)]
pub(super) struct Element<'d> {
    pub(super) labels: Labels<'d>,
    pub(super) value: f64,
}

pub(super) type Vector<'d> = Vec<Element<'d>>;

/// What an arithmetic operator makes of two numbers; `None` for those that are
/// not arithmetic.
pub(super) fn arithmetic(op: BinaryOp, left: f64, right: f64) -> Option<f64> {
    Some(match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div => left / right,
        BinaryOp::Mod => left % right,
        BinaryOp::Pow => left.powf(right),
        BinaryOp::Atan2 => left.atan2(right),
        _ => return None,
    })
}

/// Changes every value, and drops the metric's name with its meaning.
pub(super) fn map(vector: Vector<'_>, change: impl Fn(f64) -> Option<f64>) -> Option<Vector<'_>> {
    vector
        .into_iter()
        .map(|mut element| {
            element.labels.remove("__name__");
            element.value = change(element.value)?;
            Some(element)
        })
        .collect()
}

/// Aggregates; `None` for the operators that are not simulated.
pub(super) fn aggregate<'d>(
    op: AggregateOp,
    grouping: Option<&'d Grouping>,
    parameter: Option<f64>,
    vector: Vector<'d>,
    era: Era,
) -> Option<Vector<'d>> {
    let with_key = |element: Element<'d>| match grouping {
        Some(grouping) => (grouped(&element.labels, grouping), element),
        None => (Labels::default(), element),
    };
    let mut keyed: Vec<_> = vector.into_iter().map(with_key).collect();
    keyed.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.labels.cmp(&other.labels)));
    let mut result = Vec::new();
    for group in keyed.chunk_by(|(a, _), (b, _)| a == b) {
        let elements = group.iter().map(|(_, element)| element);
        let values = || elements.clone().map(|element| element.value);
        let value = match op {
            AggregateOp::Sum => values().sum(),
            AggregateOp::Avg => average(values(), era),
            AggregateOp::Min => values().fold(f64::INFINITY, f64::min),
            AggregateOp::Max => values().fold(f64::NEG_INFINITY, f64::max),
            AggregateOp::Count => group.len() as f64,
            AggregateOp::Group => 1.0,
            AggregateOp::Topk | AggregateOp::Bottomk => {
                let most = parameter.filter(|most| *most >= 1.0)? as usize;
                let mut elements: Vector<'d> = elements.cloned().collect();
                elements.sort_by(|a, b| a.value.total_cmp(&b.value));
                if op == AggregateOp::Topk {
                    elements.reverse();
                }
                elements.truncate(most);
                result.append(&mut elements);
                continue;
            }
            _ => return None,
        };
        let labels = group[0].0.clone();
        result.push(Element { labels, value });
    }
    Some(result)
}

fn average(values: impl Iterator<Item = f64>, era: Era) -> f64 {
    let mut mean = 0.0;
    let mut total = 0.0;
    let mut count = 0.0;
    for value in values {
        count += 1.0;
        total += value;
        mean += value / count - mean / count;
    }
    if era == Era::LeftOpen {
        total / count
    } else {
        mean
    }
}

/// The labels that a list keeps, or does not drop.
fn grouped<'d>(labels: &Labels<'d>, grouping: &'d Grouping) -> Labels<'d> {
    let listed = |name: &str| grouping.labels.iter().any(|label| &*label.text == name);
    let keep = grouping.kind == GroupingKind::Keep;
    let kept = |(name, _): &(&str, &str)| listed(name) == keep && (keep || *name != "__name__");
    Labels::from_sorted(labels.iter().filter(kept))
}

/// The labels that two elements must share.
fn signature<'d>(labels: &Labels<'d>, binary: &'d Binary) -> Labels<'d> {
    if let Some(grouping) = &binary.matching.labels {
        return grouped(labels, grouping);
    }
    let mut labels = labels.clone();
    labels.remove("__name__");
    labels
}

/// Applies `and`, `or` or `unless`.
pub(super) fn set<'d>(binary: &'d Binary, left: Vector<'d>, right: Vector<'d>) -> Vector<'d> {
    let signatures = |vector: &Vector<'d>| -> Vec<Labels<'d>> {
        let labels = vector.iter();
        labels
            .map(|element| signature(&element.labels, binary))
            .collect()
    };
    let (lefts, rights) = (signatures(&left), signatures(&right));
    let keep = |vector: Vector<'d>, own: &[Labels<'d>], others: &[Labels<'d>], found: bool| {
        let pairs = vector.into_iter().zip(own);
        pairs
            .filter(|(_, signature)| others.contains(signature) == found)
            .map(|(element, _)| element)
            .collect::<Vector<'d>>()
    };
    match binary.op {
        BinaryOp::And => keep(left, &lefts, &rights, true),
        BinaryOp::Unless => keep(left, &lefts, &rights, false),
        _ => {
            let mut all = left;
            all.extend(keep(right, &rights, &lefts, false));
            all
        }
    }
}

/// Applies an arithmetic operator; `None` where Prometheus would fail because
/// several elements match.
pub(super) fn join<'d>(
    binary: &'d Binary,
    left: Vector<'d>,
    right: Vector<'d>,
) -> Option<Vector<'d>> {
    let side = binary.matching.join.as_ref().map(|join| join.many);
    let many_right = side == Some(JoinSide::Right);
    let (many, one) = if many_right {
        (right, left)
    } else {
        (left, right)
    };
    let mut ones: BTreeMap<Labels<'d>, Element<'d>> = BTreeMap::new();
    for element in one {
        let key = signature(&element.labels, binary);
        if ones.insert(key, element).is_some() {
            return None;
        }
    }
    let mut seen: Vec<Labels<'d>> = Vec::new();
    let mut result = Vec::new();
    for element in many {
        let key = signature(&element.labels, binary);
        let Some(partner) = ones.get(&key) else {
            continue;
        };
        let (left, right) = if many_right {
            (partner.value, element.value)
        } else {
            (element.value, partner.value)
        };
        let value = arithmetic(binary.op, left, right)?;
        let mut labels = element.labels;
        labels.remove("__name__");
        match (&binary.matching.join, &binary.matching.labels) {
            (Some(join), _) => {
                for label in &join.labels {
                    labels.set(&label.text, partner.labels.get(&label.text));
                }
            }
            (None, Some(grouping)) => labels = grouped(&labels, grouping),
            (None, None) => {}
        }
        let identity = if side.is_some() { &labels } else { &key };
        if seen.contains(identity) {
            return None;
        }
        seen.push(identity.clone());
        result.push(Element { labels, value });
    }
    Some(result)
}
