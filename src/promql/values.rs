//! Between which values the samples of an expression lie, where that follows
//! from its functions and the kinds of its metrics; and with it, whether a
//! condition can be met.

use super::ast::{Aggregate, Binary, Call, Expr, ExprKind};
use super::catalog::SeriesKind;
use super::operator::{AggregateOp, BinaryOp};

/// The least and the most that samples can be, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Values {
    least: f64,
    most: f64,
    /// Whether samples may be no number, with which no comparison holds.
    nan: bool,
}

/// What becomes of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No sample meets it.
    Never,
    /// Each sample meets it.
    Always,
    /// It depends on the samples.
    Depends,
}

type Kinds<'k> = &'k dyn Fn(&str) -> Option<SeriesKind>;

/// Whether the samples that `condition` compares can meet it. `kind` knows the
/// kinds of series by name.
pub fn verdict(condition: &Expr, kind: &dyn Fn(&str) -> Option<SeriesKind>) -> Verdict {
    let ExprKind::Binary(binary) = &condition.unwrapped().kind else {
        return Verdict::Depends;
    };
    if binary.matching.fill.is_some() {
        return Verdict::Depends;
    }
    let sides = (verdict(&binary.left, kind), verdict(&binary.right, kind));
    match (binary.op, sides) {
        (BinaryOp::And, (Verdict::Never, _) | (_, Verdict::Never))
        | (BinaryOp::Unless, (Verdict::Never, _))
        | (BinaryOp::Or, (Verdict::Never, Verdict::Never)) => Verdict::Never,
        (BinaryOp::Or, (Verdict::Always, _) | (_, Verdict::Always)) => Verdict::Always,
        (op, _) if op.is_comparison() && binary.matching.bool_range.is_none() => {
            match compared(op, of(&binary.left, kind), of(&binary.right, kind)) {
                // All that is left by then, which is not all.
                Verdict::Always if is_condition(&binary.left) || is_condition(&binary.right) => {
                    Verdict::Depends
                }
                verdict => verdict,
            }
        }
        _ => Verdict::Depends,
    }
}

/// Whether something decides which series come out of `expr`: a comparison, a
/// set operator, or the absence of others.
pub fn is_condition(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) => false,
        // Whatever a variable stands for is not known.
        ExprKind::Variable(_) => true,
        // The series of alerts are there while these fire.
        ExprKind::Selector(selector) => selector.metric_name() == Some("ALERTS"),
        ExprKind::Subquery(subquery) => is_condition(&subquery.expr),
        ExprKind::Paren(inner) => is_condition(inner),
        ExprKind::Unary(unary) => is_condition(&unary.operand),
        ExprKind::Aggregate(aggregate) => is_condition(&aggregate.expr),
        ExprKind::Call(call) => {
            matches!(&*call.name.text, "absent" | "absent_over_time")
                || call.args.iter().any(is_condition)
        }
        ExprKind::Binary(binary) => {
            let filters = match binary.op {
                BinaryOp::And | BinaryOp::Unless => true,
                BinaryOp::Or => return is_condition(&binary.left) && is_condition(&binary.right),
                op => op.is_comparison() && binary.matching.bool_range.is_none(),
            };
            filters || is_condition(&binary.left) || is_condition(&binary.right)
        }
    }
}

fn compared(op: BinaryOp, left: Values, right: Values) -> Verdict {
    let numbers = !left.nan && !right.nan;
    let apart = left.most < right.least || right.most < left.least;
    let single = left.least == left.most && right.least == right.most && left.least == right.least;
    let (never, always) = match op {
        BinaryOp::Greater => (left.most <= right.least, left.least > right.most),
        BinaryOp::GreaterEqual => (left.most < right.least, left.least >= right.most),
        BinaryOp::Less => (left.least >= right.most, left.most < right.least),
        BinaryOp::LessEqual => (left.least > right.most, left.most <= right.least),
        BinaryOp::Equal => (apart, single),
        BinaryOp::NotEqual => (single, apart),
        _ => (false, false),
    };
    match (never, always && numbers) {
        (true, _) => Verdict::Never,
        (_, true) => Verdict::Always,
        _ => Verdict::Depends,
    }
}

impl Values {
    const ANY: Self = Self {
        least: f64::NEG_INFINITY,
        most: f64::INFINITY,
        nan: true,
    };

    fn within(least: f64, most: f64) -> Self {
        Self {
            least,
            most,
            nan: false,
        }
    }

    fn from(least: f64) -> Self {
        Self::within(least, f64::INFINITY)
    }

    fn or(self, other: Self) -> Self {
        Self {
            least: self.least.min(other.least),
            most: self.most.max(other.most),
            nan: self.nan || other.nan,
        }
    }

    /// What is left of them by a comparison with `bound`, which is included.
    fn passed(self, op: BinaryOp, bound: f64) -> Self {
        let (least, most) = match op {
            BinaryOp::Greater | BinaryOp::GreaterEqual => (bound, f64::INFINITY),
            BinaryOp::Less | BinaryOp::LessEqual => (f64::NEG_INFINITY, bound),
            BinaryOp::Equal => (bound, bound),
            _ => return self,
        };
        Self {
            least: self.least.max(least),
            most: self.most.min(most),
            nan: false,
        }
    }

    /// The same with `nan` of what it is made of.
    fn like(self, other: Self) -> Self {
        Self {
            nan: other.nan,
            ..self
        }
    }

    /// What an operation that grows and falls with each operand makes of two.
    fn corners(self, other: Self, make: impl Fn(f64, f64) -> f64) -> Self {
        let corners = [
            make(self.least, other.least),
            make(self.least, other.most),
            make(self.most, other.least),
            make(self.most, other.most),
        ];
        if corners.iter().any(|corner| corner.is_nan()) {
            return Self::ANY;
        }
        Self {
            least: corners.iter().copied().fold(f64::INFINITY, f64::min),
            most: corners.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            nan: self.nan || other.nan,
        }
    }
}

fn of(expr: &Expr, kind: Kinds<'_>) -> Values {
    match &expr.kind {
        ExprKind::Number(value) if value.is_nan() => Values::ANY,
        ExprKind::Number(value) => Values::within(*value, *value),
        ExprKind::String(_) | ExprKind::Variable(_) => Values::ANY,
        ExprKind::Selector(selector) => match selector.metric_name() {
            Some("up") => Values::within(0.0, 1.0),
            Some("ALERTS") => Values::within(1.0, 1.0),
            Some(name) => of_kind(kind(name)),
            None => Values::ANY,
        },
        ExprKind::Subquery(subquery) => of(&subquery.expr, kind),
        ExprKind::Paren(inner) => of(inner, kind),
        ExprKind::Unary(unary) => {
            let inner = of(&unary.operand, kind);
            match unary.negative {
                true => Values::within(-inner.most, -inner.least).like(inner),
                false => inner,
            }
        }
        ExprKind::Aggregate(aggregate) => of_aggregate(aggregate, kind),
        ExprKind::Call(call) => of_call(call, kind),
        ExprKind::Binary(binary) => of_binary(binary, kind),
    }
}

/// Only what is counted cannot be negative; the sum of a histogram can.
fn of_kind(kind: Option<SeriesKind>) -> Values {
    match kind {
        Some(
            SeriesKind::Counter
            | SeriesKind::HistogramBucket
            | SeriesKind::HistogramCount
            | SeriesKind::SummaryCount,
        ) => Values::from(0.0),
        _ => Values::ANY,
    }
}

fn of_aggregate(aggregate: &Aggregate, kind: Kinds<'_>) -> Values {
    let inner = of(&aggregate.expr, kind);
    match aggregate.op {
        AggregateOp::Sum if inner.least >= 0.0 => Values::from(inner.least).like(inner),
        AggregateOp::Sum | AggregateOp::Quantile => Values::ANY,
        AggregateOp::Count | AggregateOp::CountValues => Values::from(1.0),
        AggregateOp::Group => Values::within(1.0, 1.0),
        AggregateOp::Stddev | AggregateOp::Stdvar => Values::from(0.0).like(Values::ANY),
        AggregateOp::Avg
        | AggregateOp::Min
        | AggregateOp::Max
        | AggregateOp::Topk
        | AggregateOp::Bottomk
        | AggregateOp::Limitk
        | AggregateOp::LimitRatio => inner,
    }
}

fn of_call(call: &Call, kind: Kinds<'_>) -> Values {
    let arg = |index: usize| {
        call.args
            .get(index)
            .map_or(Values::ANY, |arg| of(arg, kind))
    };
    match &*call.name.text {
        // The growth of anything that is read as a counter.
        "rate" | "irate" | "increase" | "resets" | "changes" => Values::from(0.0),
        "count_over_time" => Values::from(1.0),
        "absent" | "absent_over_time" | "present_over_time" => Values::within(1.0, 1.0),
        "abs" => Values::from(0.0).like(arg(0)),
        "exp" => Values::from(0.0).like(arg(0)),
        "sgn" => Values::within(-1.0, 1.0).like(arg(0)),
        "hour" => Values::within(0.0, 23.0),
        "minute" => Values::within(0.0, 59.0),
        "month" => Values::within(1.0, 12.0),
        "day_of_week" => Values::within(0.0, 6.0),
        "day_of_month" => Values::within(1.0, 31.0),
        "day_of_year" => Values::within(1.0, 366.0),
        "days_in_month" => Values::within(28.0, 31.0),
        "clamp_min" => Values {
            least: arg(0).least.max(arg(1).least),
            ..arg(0)
        },
        "clamp_max" => Values {
            most: arg(0).most.min(arg(1).most),
            ..arg(0)
        },
        "ceil" | "floor" => Values {
            least: arg(0).least.floor(),
            most: arg(0).most.ceil(),
            ..arg(0)
        },
        "scalar" => Values {
            nan: true,
            ..arg(0)
        },
        "vector" | "sort" | "sort_desc" | "sort_by_label" | "sort_by_label_desc"
        | "label_replace" | "label_join" | "avg_over_time" | "min_over_time" | "max_over_time"
        | "last_over_time" | "first_over_time" => arg(0),
        "sum_over_time" if arg(0).least >= 0.0 => Values::from(arg(0).least).like(arg(0)),
        _ => Values::ANY,
    }
}

fn of_binary(binary: &Binary, kind: Kinds<'_>) -> Values {
    let (left, right) = (of(&binary.left, kind), of(&binary.right, kind));
    let not_negative = left.least >= 0.0 && right.least >= 0.0;
    match binary.op {
        // What stands in for a missing side can be any number.
        _ if binary.matching.fill.is_some() => Values::ANY,
        op if op.is_comparison() && binary.matching.bool_range.is_some() => {
            Values::within(0.0, 1.0)
        }
        BinaryOp::And | BinaryOp::Unless => left,
        BinaryOp::Or => left.or(right),
        BinaryOp::Add => left.corners(right, |a, b| a + b),
        BinaryOp::Sub => left.corners(right, |a, b| a - b),
        BinaryOp::Mul => match left.corners(right, |a, b| a * b) {
            product if not_negative && product.least < 0.0 => Values::from(0.0).like(Values::ANY),
            product => product,
        },
        // Nothing divided by nothing is no number.
        BinaryOp::Div if not_negative => Values::from(0.0).like(Values::ANY),
        BinaryOp::Pow if left.least >= 0.0 => Values::from(0.0).like(Values::ANY),
        // `5 < x` passes on the values of `x`.
        op if op.is_comparison() => match (binary.left.literal(), binary.right.literal()) {
            (Some(bound), None) => right.passed(op.flipped(), bound),
            (None, Some(bound)) => left.passed(op, bound),
            _ => left.or(right),
        },
        _ => Values::ANY,
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, is_condition, verdict};
    use crate::promql::{Query, SeriesKind};

    fn kind(name: &str) -> Option<SeriesKind> {
        Some(match name {
            "total" => SeriesKind::Counter,
            _ => SeriesKind::Gauge,
        })
    }

    #[test]
    fn conditions_are_judged_by_the_values_that_can_be() {
        for (text, expected) in [
            ("up == 0", Verdict::Depends),
            ("up > 1", Verdict::Never),
            ("up < 2", Verdict::Always),
            ("up == 2", Verdict::Never),
            ("up != 2", Verdict::Always),
            ("x > 5", Verdict::Depends),
            ("x == x", Verdict::Depends),
            ("rate(total[5m]) < 0", Verdict::Never),
            ("rate(total[5m]) >= 0", Verdict::Always),
            (
                "sum(rate(total[5m])) / sum(rate(total[5m])) < 0",
                Verdict::Never,
            ),
            (
                "sum(rate(total[5m])) / sum(rate(total[5m])) >= 0",
                Verdict::Depends,
            ),
            ("1 - avg(up) > 1", Verdict::Never),
            ("1 - avg(up) >= 1", Verdict::Depends),
            ("count(x) < 1", Verdict::Never),
            ("count(x) < 1 or x > 2", Verdict::Depends),
            ("count(x) < 1 and x > 2", Verdict::Never),
            ("vector(1) > 2", Verdict::Never),
            ("0 > total", Verdict::Never),
            ("hour() >= 24", Verdict::Never),
            ("clamp_max(x, 3) > 4", Verdict::Never),
            ("absent(x) == 1", Verdict::Depends),
            ("x", Verdict::Depends),
            ("(x > 5) < 3", Verdict::Never),
            ("(x > 5) > 3", Verdict::Depends),
            ("(x > 5) * 2 < 10", Verdict::Never),
            ("(5 < x) - 5 < 0", Verdict::Never),
            ("(x != 5) < 3", Verdict::Depends),
            ("abs(x > 5) > 3", Verdict::Depends),
            (
                "rate(total[5m]) + fill_right (-5) rate(other[5m]) < 0",
                Verdict::Depends,
            ),
            ("total > fill_right (-5) total", Verdict::Depends),
            ("up > fill_left (9) (up + 2)", Verdict::Depends),
        ] {
            let query = Query::parse(text).unwrap();
            assert_eq!(verdict(query.root(), &kind), expected, "{text}");
        }
    }

    #[test]
    fn conditions_decide_what_comes_out() {
        for text in [
            "x > 5",
            "(x > 5) * 100",
            "absent(x)",
            "count by (a) (up == 0)",
            "x unless y",
            "max_over_time((x > 1)[5m:])",
            "ALERTS{alertname=\"A\"}",
            "x == 1 or y == 1",
        ] {
            assert!(is_condition(Query::parse(text).unwrap().root()), "{text}");
        }
        for text in ["x", "x > bool 5", "rate(x[5m])", "vector(1)", "x > 5 or y"] {
            assert!(!is_condition(Query::parse(text).unwrap().root()), "{text}");
        }
    }
}
