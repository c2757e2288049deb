//! Whether two expressions say the same, whatever their formatting.

use super::ast::{
    DurationLit, DurationValue, Expr, ExprKind, Grouping, GroupingKind, Matching, Name, Offset,
    Selector,
};
use super::query::Query;
use std::collections::BTreeSet;

impl Query {
    /// Whether `other` asks for the same: blanks, comments, needless
    /// parentheses and the order of matchers and labels do not count, nor how
    /// numbers and durations are written.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        same(self.root(), other.root())
    }
}

fn same(a: &Expr, b: &Expr) -> bool {
    let (a, b) = (a.unwrapped(), b.unwrapped());
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a == b || a.is_nan() && b.is_nan();
    }
    match (&a.kind, &b.kind) {
        (ExprKind::String(a), ExprKind::String(b)) => a.value == b.value,
        (ExprKind::Variable(a), ExprKind::Variable(b)) => a.name == b.name && a.format == b.format,
        (ExprKind::Selector(a), ExprKind::Selector(b)) => same_selector(a, b),
        (ExprKind::Subquery(a), ExprKind::Subquery(b)) => {
            same(&a.expr, &b.expr)
                && same_duration(&a.lookback, &b.lookback)
                && both(a.step.as_ref(), b.step.as_ref(), same_duration)
                && both(a.offset.as_ref(), b.offset.as_ref(), same_offset)
                && a.at.as_ref().map(|at| at.kind) == b.at.as_ref().map(|at| at.kind)
        }
        (ExprKind::Unary(a), ExprKind::Unary(b)) => {
            a.negative == b.negative && same(&a.operand, &b.operand)
        }
        (ExprKind::Binary(a), ExprKind::Binary(b)) => {
            a.op == b.op
                && same_matching(&a.matching, &b.matching)
                && same(&a.left, &b.left)
                && same(&a.right, &b.right)
        }
        (ExprKind::Aggregate(a), ExprKind::Aggregate(b)) => {
            a.op == b.op
                && same_grouping(a.grouping.as_ref(), b.grouping.as_ref())
                && both(a.param.as_ref(), b.param.as_ref(), same)
                && same(&a.expr, &b.expr)
        }
        (ExprKind::Call(a), ExprKind::Call(b)) => {
            a.name.text == b.name.text
                && a.args.len() == b.args.len()
                && a.args.iter().zip(&b.args).all(|(a, b)| same(a, b))
        }
        _ => false,
    }
}

/// The number that an expression is, its sign included.
fn number(expr: &Expr) -> Option<f64> {
    match &expr.unwrapped().kind {
        ExprKind::Number(number) => Some(*number),
        ExprKind::Unary(unary) => {
            let number = number(&unary.operand)?;
            Some(if unary.negative { -number } else { number })
        }
        _ => None,
    }
}

fn same_selector(a: &Selector, b: &Selector) -> bool {
    type Compared<'a> = BTreeSet<(&'a str, &'static str, &'a str)>;
    fn matchers(selector: &Selector) -> Compared<'_> {
        let named = selector
            .metric
            .as_ref()
            .map(|name| ("__name__", "=", &*name.text));
        let written = selector.matchers.iter();
        written
            .map(|matcher| {
                (
                    &*matcher.name.text,
                    matcher.op.name(),
                    &*matcher.value.value,
                )
            })
            .chain(named)
            .collect()
    }
    matchers(a) == matchers(b)
        && both(a.lookback.as_ref(), b.lookback.as_ref(), |a, b| {
            same_duration(&a.duration, &b.duration)
        })
        && both(a.offset.as_ref(), b.offset.as_ref(), same_offset)
        && a.at.as_ref().map(|at| at.kind) == b.at.as_ref().map(|at| at.kind)
}

fn same_duration(a: &DurationLit, b: &DurationLit) -> bool {
    match (a.value, b.value) {
        (DurationValue::Fixed(a), DurationValue::Fixed(b)) => a == b,
        (DurationValue::Variable, DurationValue::Variable) => true,
        _ => false,
    }
}

fn same_offset(a: &Offset, b: &Offset) -> bool {
    a.negative == b.negative && same_duration(&a.duration, &b.duration)
}

fn same_matching(a: &Matching, b: &Matching) -> bool {
    // `ignoring ()` is what happens anyhow; `on ()` is not.
    fn told(matching: &Matching) -> Option<&Grouping> {
        let written = matching.labels.as_ref()?;
        let idle = written.kind == GroupingKind::Drop && written.labels.is_empty();
        (!idle).then_some(written)
    }
    a.bool_range.is_some() == b.bool_range.is_some()
        && both(told(a), told(b), same_list)
        && both(a.join.as_ref(), b.join.as_ref(), |a, b| {
            a.many == b.many && names(&a.labels) == names(&b.labels)
        })
}

fn same_grouping(a: Option<&Grouping>, b: Option<&Grouping>) -> bool {
    // `by ()` is what an aggregation without any grouping does.
    let told =
        |grouping: &&Grouping| grouping.kind == GroupingKind::Drop || !grouping.labels.is_empty();
    both(a.filter(told), b.filter(told), same_list)
}

fn same_list(a: &Grouping, b: &Grouping) -> bool {
    a.kind == b.kind && names(&a.labels) == names(&b.labels)
}

fn names(names: &[Name]) -> BTreeSet<&str> {
    names.iter().map(|name| &*name.text).collect()
}

fn both<T: ?Sized>(a: Option<&T>, b: Option<&T>, same: impl Fn(&T, &T) -> bool) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::promql::Query;

    fn same(a: &str, b: &str) -> bool {
        Query::parse(a)
            .unwrap()
            .says_the_same_as(&Query::parse(b).unwrap())
    }

    #[test]
    fn formatting_says_nothing() {
        assert!(same(
            "(\n  sum by (b, a) (rate(x{l='1', m=\"2\"}[300s])) # rate\n) > 0.050",
            "sum by(a, b) (rate(x{m=\"2\",l=\"1\"}[5m])) > 0.05"
        ));
        assert!(same(r#"{__name__="up"}"#, "up"));
        assert!(same("x > -1", "x > -(1)"));
        assert!(same("sum by () (x)", "sum(x)"));
        assert!(same("a / ignoring() b", "a / b"));
    }

    #[test]
    fn everything_else_does() {
        for (a, b) in [
            ("x", "y"),
            ("x > 1", "x >= 1"),
            ("x > 1", "x > bool 1"),
            ("rate(x[5m])", "rate(x[1m])"),
            ("rate(x[5m])", "irate(x[5m])"),
            ("x", "x offset 5m"),
            ("x{a=\"1\"}", "x{a=~\"1\"}"),
            ("sum by (a) (x)", "sum without (a) (x)"),
            ("a / on () b", "a / b"),
            ("sum without () (x)", "sum(x)"),
            ("a * on (l) group_left b", "a * on (l) group_right b"),
            ("topk(5, x)", "topk(6, x)"),
            ("x[5m:1m]", "x[5m:]"),
            ("x", "-x"),
        ] {
            assert!(!same(a, b), "{a} and {b}");
        }
    }
}
