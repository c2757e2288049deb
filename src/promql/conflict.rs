//! Conditions on one thing that none of its samples meets together.

use super::ast::{Binary, Expr, ExprKind, TextRange};
use super::operator::BinaryOp;
use super::query::Query;

/// Two parts of an expression that leave nothing of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    /// The part that is written first.
    pub first: TextRange,
    /// The part that contradicts it, or takes all of it away.
    pub second: TextRange,
}

/// Why the operator of `expr` leaves nothing of what is in front of it: a
/// condition that no value meets beside another on the same samples, or an
/// `unless` that takes all of them away. `expr` is a part of `query`.
pub fn conflict(query: &Query, expr: &Expr) -> Option<Conflict> {
    let ExprKind::Binary(binary) = &expr.kind else {
        return None;
    };
    if binary.matching.labels.is_some() {
        return None;
    }
    match binary.op {
        BinaryOp::And => {
            let (left, right) = (terms(&binary.left), terms(&binary.right));
            let mut pairs = left
                .iter()
                .flat_map(|first| right.iter().map(move |second| (first, second)));
            pairs.find_map(|(first, second)| first.contradicts(second, query))
        }
        BinaryOp::Unless => {
            let left = terms(&binary.left);
            let all = Term::of(&binary.right);
            let first = left.iter().find(|first| first.is_within(&all, query))?;
            Some(Conflict {
                first: first.range,
                second: all.range,
            })
        }
        op if op.is_comparison() => Term::of(expr).contradicts_itself(query),
        _ => None,
    }
}

/// Samples, and the conditions that they have to meet.
struct Term<'e> {
    range: TextRange,
    subject: &'e Expr,
    conditions: Vec<Condition<'e>>,
}

/// A comparison as read from its subject: `5 < x` asks for more than 5.
struct Condition<'e> {
    range: TextRange,
    op: BinaryOp,
    than: &'e Expr,
}

/// What is joined by `and`, as long as all labels have to match.
fn terms(expr: &Expr) -> Vec<Term<'_>> {
    match &expr.unwrapped().kind {
        ExprKind::Binary(binary)
            if binary.op == BinaryOp::And && binary.matching.labels.is_none() =>
        {
            let mut all = terms(&binary.left);
            all.extend(terms(&binary.right));
            all
        }
        _ => vec![Term::of(expr)],
    }
}

impl<'e> Term<'e> {
    fn of(expr: &'e Expr) -> Self {
        let mut subject = expr.unwrapped();
        let mut conditions = Vec::new();
        while let ExprKind::Binary(binary) = &subject.kind
            && let Some((inner, op, than)) = filter(binary)
        {
            conditions.push(Condition {
                range: subject.range,
                op,
                than,
            });
            subject = inner.unwrapped();
        }
        Self {
            range: expr.range,
            subject,
            conditions,
        }
    }

    /// Whether both are about the same series with the same labels. Series of
    /// several names can have the same labels otherwise.
    fn is_about(&self, other: &Self, query: &Query) -> bool {
        let named = self.subject.walk().all(|part| match &part.kind {
            ExprKind::Selector(selector) => selector.metric_name().is_some(),
            _ => true,
        });
        named && query.repeats(self.subject, other.subject)
    }

    fn contradicts(&self, other: &Self, query: &Query) -> Option<Conflict> {
        if self.conditions.is_empty() || other.conditions.is_empty() || !self.is_about(other, query)
        {
            return None;
        }
        let mut pairs = self
            .conditions
            .iter()
            .flat_map(|first| other.conditions.iter().map(move |second| (first, second)));
        pairs.find_map(|(first, second)| first.contradicts(second, query))
    }

    /// Whether the last condition contradicts one before it.
    fn contradicts_itself(&self, query: &Query) -> Option<Conflict> {
        let (last, earlier) = self.conditions.split_first()?;
        earlier
            .iter()
            .find_map(|first| first.contradicts(last, query))
    }

    /// Whether `all` has whatever this has.
    fn is_within(&self, all: &Self, query: &Query) -> bool {
        let implied = |wanted: &Condition<'e>| {
            self.conditions.iter().any(|own| {
                own.points(wanted, query).is_some_and(|points| {
                    points
                        .iter()
                        .filter(|(own, _)| *own)
                        .all(|(_, wanted)| *wanted)
                })
            })
        };
        self.is_about(all, query) && all.conditions.iter().all(implied)
    }
}

impl Condition<'_> {
    fn contradicts(&self, other: &Self, query: &Query) -> Option<Conflict> {
        let points = self.points(other, query)?;
        let apart = points.iter().all(|(own, others)| !(*own && *others));
        apart.then_some(Conflict {
            first: self.range,
            second: other.range,
        })
    }

    /// Whether this condition and `other` hold, for a value of each kind that
    /// they can tell apart. `None` if they compare with different things.
    fn points(&self, other: &Self, query: &Query) -> Option<Vec<(bool, bool)>> {
        let (own, others) = match (self.than.literal(), other.than.literal()) {
            (Some(own), Some(others)) => (own, others),
            // Whatever the value is, it is below, at or above it.
            (None, None) if query.repeats(self.than, other.than) => (0.0, 0.0),
            _ => return None,
        };
        let between = own / 2.0 + others / 2.0;
        let kinds = [
            f64::NEG_INFINITY,
            f64::MIN,
            own,
            between,
            others,
            f64::MAX,
            f64::INFINITY,
            f64::NAN,
        ];
        Some(
            kinds
                .map(|value| (self.op.holds(value, own), other.op.holds(value, others)))
                .to_vec(),
        )
    }
}

/// What a comparison filters, and the condition on it.
fn filter(binary: &Binary) -> Option<(&Expr, BinaryOp, &Expr)> {
    let matching = &binary.matching;
    if !binary.op.is_comparison()
        || matching.bool_range.is_some()
        || matching.labels.is_some()
        || matching.fill.is_some()
    {
        return None;
    }
    match binary.left.literal() {
        Some(_) => Some((&binary.right, binary.op.flipped(), &binary.left)),
        None => Some((&binary.left, binary.op, &binary.right)),
    }
}

#[cfg(test)]
mod tests {
    use super::conflict;
    use crate::promql::Query;

    /// The two parts that leave nothing of each other, if there are such.
    fn found(text: &str) -> Option<(String, String)> {
        let query = Query::parse(text).unwrap();
        let found = query
            .root()
            .walk()
            .find_map(|expr| conflict(&query, expr))?;
        let part = |range: super::TextRange| text[range.bytes()].to_owned();
        Some((part(found.first), part(found.second)))
    }

    #[test]
    fn conditions_that_exclude_each_other_are_found() {
        for (text, first, second) in [
            ("x > 5 and x < 3", "x > 5", "x < 3"),
            ("5 < x and 3 > (x)", "5 < x", "3 > (x)"),
            ("x > 5 < 3", "x > 5", "x > 5 < 3"),
            ("x > 5 and y > 1 and x <= 5", "x > 5", "x <= 5"),
            ("y and (x == 1 and z) and x == 2", "x == 1", "x == 2"),
            ("x == 1 and x != 1", "x == 1", "x != 1"),
            ("x > y and x < y", "x > y", "x < y"),
            ("sum(y and (up == 0 and up == 1))", "up == 0", "up == 1"),
            ("x unless x", "x", "x"),
            ("x > 5 unless x > 3", "x > 5", "x > 3"),
            (
                "rate(x[$window]) > 1 and rate(x[$window]) < 1",
                "rate(x[$window]) > 1",
                "rate(x[$window]) < 1",
            ),
        ] {
            assert_eq!(found(text), Some((first.into(), second.into())), "{text}");
        }
    }

    #[test]
    fn whatever_may_hold_is_left_alone() {
        for text in [
            "x > 3 and x < 5",
            "x >= 5 and x <= 5",
            "x != 1 and x != 2",
            "x > 5 or x < 3",
            "x > 5 and on (a) x < 3",
            "x > 5 and ignoring (a) x < 3",
            "x > 5 and y < 3",
            "x > 5 and x < +Inf",
            "x < 5 and x > -Inf",
            "a / b > 5 != +Inf",
            "a / b > 0.05 unless a / b == +Inf",
            "x > fill_right (0) y and x < fill_right (9) y",
            "x > fill_left (9) y unless x",
            "x > 5 and x offset 1h < 3",
            "x @ 10 > 5 and x @ 20 < 3",
            "x > bool 5 and x < 3",
            "x > y and x < z",
            "x > 5 and x < y",
            "x > 3 unless x > 5",
            "x unless x > 5",
            "x unless on (a) x",
            "{__name__=~\"a|b\"} > 5 and {__name__=~\"a|b\"} < 3",
            "avg_over_time(x[5m]) > 5 and avg_over_time(x[1h]) < 3",
            "rate(x[$a]) > 5 and rate(x[$b]) < 3",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
