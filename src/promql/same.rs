//! Whether two expressions say the same, whatever their formatting.

use super::ast::{
    At, AtKind, DurationLit, DurationValue, Expr, ExprKind, Grouping, GroupingKind, Matching, Name,
    Offset, Selector, TextRange,
};
use super::query::Query;
use std::collections::BTreeSet;

impl Query {
    /// Whether `other` asks for the same: blanks, comments, needless
    /// parentheses and the order of matchers and labels do not count, nor how
    /// numbers and durations are written.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let texts = Texts(self.text(), other.text());
        texts.same(self.root(), other.root())
    }

    /// Whether two parts of this query ask for the same.
    pub(super) fn repeats(&self, a: &Expr, b: &Expr) -> bool {
        Texts(self.text(), self.text()).same(a, b)
    }
}

/// What the two sides were read from.
struct Texts<'t>(&'t str, &'t str);

impl Texts<'_> {
    /// Whether both texts read alike in these places.
    fn read_alike(&self, a: TextRange, b: TextRange) -> bool {
        self.0.get(a.bytes()) == self.1.get(b.bytes())
    }

    fn same(&self, a: &Expr, b: &Expr) -> bool {
        let (a, b) = (a.unwrapped(), b.unwrapped());
        if let (Some(a), Some(b)) = (a.literal(), b.literal()) {
            return a == b || a.is_nan() && b.is_nan();
        }
        let same = |a: &Expr, b: &Expr| self.same(a, b);
        match (&a.kind, &b.kind) {
            (ExprKind::String(a), ExprKind::String(b)) => a.value == b.value,
            (ExprKind::Variable(a), ExprKind::Variable(b)) => {
                a.name == b.name && a.format == b.format
            }
            (ExprKind::Selector(a), ExprKind::Selector(b)) => self.same_selector(a, b),
            (ExprKind::Subquery(a), ExprKind::Subquery(b)) => {
                let step = both(a.step.as_ref(), b.step.as_ref(), |a, b| {
                    self.same_duration(a, b)
                });
                step && same(&a.expr, &b.expr)
                    && self.same_duration(&a.lookback, &b.lookback)
                    && self.same_time((&a.offset, &a.at), (&b.offset, &b.at))
            }
            (ExprKind::Unary(a), ExprKind::Unary(b)) => {
                a.negative == b.negative && same(&a.operand, &b.operand)
            }
            (ExprKind::Binary(a), ExprKind::Binary(b)) => {
                a.op == b.op
                    && same_matching(&a.matching, &b.matching)
                    && both(
                        a.matching.fill.as_ref(),
                        b.matching.fill.as_ref(),
                        |a, b| self.read_alike(a.range, b.range),
                    )
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

    fn same_selector(&self, a: &Selector, b: &Selector) -> bool {
        matchers(a) == matchers(b)
            && both(a.lookback.as_ref(), b.lookback.as_ref(), |a, b| {
                self.same_duration(&a.duration, &b.duration)
            })
            && a.edges.map(|(edges, _)| edges) == b.edges.map(|(edges, _)| edges)
            && self.same_time((&a.offset, &a.at), (&b.offset, &b.at))
    }

    /// Whether offsets and moments are the same.
    fn same_time(
        &self,
        a: (&Option<Offset>, &Option<At>),
        b: (&Option<Offset>, &Option<At>),
    ) -> bool {
        let offset = both(a.0.as_ref(), b.0.as_ref(), |a, b| {
            a.negative == b.negative && self.same_duration(&a.duration, &b.duration)
        });
        let at = both(a.1.as_ref(), b.1.as_ref(), |a, b| {
            a.kind == b.kind && (a.kind != AtKind::Timestamp || self.read_alike(a.range, b.range))
        });
        offset && at
    }

    fn same_duration(&self, a: &DurationLit, b: &DurationLit) -> bool {
        match (a.value, b.value) {
            (DurationValue::Fixed(a), DurationValue::Fixed(b)) => a == b,
            (DurationValue::Variable, DurationValue::Variable) => self.read_alike(a.range, b.range),
            _ => false,
        }
    }
}

/// The matchers of a selector, its name among them, in order.
fn matchers(selector: &Selector) -> BTreeSet<(&str, &'static str, &str)> {
    let named = selector
        .metric
        .as_ref()
        .map(|name| ("__name__", "=", &*name.text));
    let written = selector.matchers.iter().map(|matcher| {
        (
            &*matcher.name.text,
            matcher.op.name(),
            &*matcher.value.value,
        )
    });
    written.chain(named).collect()
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
        assert!(same("rate(x[5m * 2])", "rate(x[10m])"));
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
            ("x @ 100", "x @ 200"),
            ("x @ start()", "x @ end()"),
            ("rate(x[$a])", "rate(x[$b])"),
            ("x offset $a", "x offset $b"),
            ("x[5m] anchored", "x[5m] smoothed"),
            ("x[5m] anchored", "x[5m]"),
            ("x + fill (0) y", "x + fill (1) y"),
            ("x + fill (0) y", "x + y"),
            ("x[$a * 2]", "x[$b * 2]"),
        ] {
            assert!(!same(a, b), "{a} and {b}");
        }
    }
}
