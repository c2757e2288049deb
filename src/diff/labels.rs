//! Labels that the results of an expression no longer have, as far as its
//! outermost grouping says so.

use crate::promql::{
    AggregateOp, Binary, BinaryOp, Expr, ExprKind, GroupingKind, Query, ValueType,
};
use std::collections::BTreeSet;

/// The labels that results of `before` had, or might have had, and those of
/// `after` have not.
pub(crate) fn lost(before: &str, after: &str) -> Vec<String> {
    let (Ok(before), Ok(after)) = (Query::parse(before), Query::parse(after)) else {
        return Vec::new();
    };
    let lost: Vec<&str> = match (kept(before.root()), kept(after.root())) {
        (Some(Kept::Only(one)), Some(Kept::Only(other))) => {
            one.difference(&other).copied().collect()
        }
        (Some(Kept::AllBut(one)), Some(Kept::AllBut(other))) => {
            other.difference(&one).copied().collect()
        }
        _ => Vec::new(),
    };
    lost.into_iter().map(str::to_owned).collect()
}

/// Whether results of an expression have the label with the value that it has in
/// the series which they are made of.
pub(crate) fn passes_on(expr: &str, label: &str) -> bool {
    let Ok(query) = Query::parse(expr) else {
        return false;
    };
    let is_renaming = |expr: &Expr| {
        matches!(&expr.kind, ExprKind::Call(call)
            if matches!(&*call.name.text, "label_replace" | "label_join"))
    };
    let is_kept = match kept(query.root()) {
        Some(Kept::Only(names)) => names.contains(label),
        Some(Kept::AllBut(names)) => !names.contains(label),
        None => false,
    };
    is_kept && !query.root().walk().any(is_renaming)
}

/// The labels that results keep.
enum Kept<'e> {
    Only(BTreeSet<&'e str>),
    AllBut(BTreeSet<&'e str>),
}

/// What the outermost grouping keeps; `None` where something around it may add
/// labels or take some away.
fn kept(expr: &Expr) -> Option<Kept<'_>> {
    match &expr.unwrapped().kind {
        ExprKind::Unary(unary) => kept(&unary.operand),
        ExprKind::Binary(binary) => kept(leading(binary)?),
        ExprKind::Call(call) if &*call.name.text == "histogram_quantile" => {
            let mut labels = kept(call.args.get(1)?)?;
            match &mut labels {
                Kept::Only(names) => names.remove("le"),
                Kept::AllBut(names) => names.insert("le"),
            };
            Some(labels)
        }
        ExprKind::Aggregate(aggregate) => match aggregate.op {
            // They choose among series, and keep the labels of those.
            AggregateOp::Topk | AggregateOp::Bottomk => kept(&aggregate.expr),
            AggregateOp::Sum
            | AggregateOp::Avg
            | AggregateOp::Min
            | AggregateOp::Max
            | AggregateOp::Count
            | AggregateOp::Group
            | AggregateOp::Stddev
            | AggregateOp::Stdvar
            | AggregateOp::Quantile => {
                let Some(grouping) = &aggregate.grouping else {
                    return Some(Kept::Only(BTreeSet::new()));
                };
                let names = grouping.labels.iter().map(|name| &*name.text).collect();
                Some(match grouping.kind {
                    GroupingKind::Keep => Kept::Only(names),
                    GroupingKind::Drop => Kept::AllBut(names),
                })
            }
            _ => None,
        },
        _ => None,
    }
}

/// The side whose labels the result has, if it is one.
fn leading(binary: &Binary) -> Option<&Expr> {
    let is_scalar = |expr: &Expr| match &expr.unwrapped().kind {
        ExprKind::Number(_) => true,
        ExprKind::Call(call) => call
            .function
            .is_some_and(|function| function.returns == ValueType::Scalar),
        _ => false,
    };
    match binary.op {
        BinaryOp::Or => None,
        BinaryOp::And | BinaryOp::Unless => Some(&binary.left),
        _ if is_scalar(&binary.left) => Some(&binary.right),
        _ if is_scalar(&binary.right) => Some(&binary.left),
        // Both have the same, unless something is said of that.
        _ => (binary.matching.labels.is_none() && binary.matching.join.is_none())
            .then_some(&binary.left),
    }
}

#[cfg(test)]
mod tests {
    use super::lost;

    #[test]
    fn the_outermost_grouping_says_which() {
        for (before, after, expected) in [
            ("sum by (a, b) (x)", "sum by (a) (x)", &["b"][..]),
            ("sum by (a) (x)", "sum by (a, b) (x)", &[]),
            ("sum by (a) (x)", "sum(x)", &["a"]),
            ("sum without (a) (x)", "sum without (a, b) (x)", &["b"]),
            (
                "topk(3, sum by (a, b) (x))",
                "topk(3, sum by (b) (x))",
                &["a"],
            ),
            ("sum by (a) (x) / sum by (a) (y)", "sum(x) / sum(y)", &["a"]),
            ("100 * sum by (a) (x)", "100 * sum(x)", &["a"]),
            (
                "histogram_quantile(0.9, sum by (le, a) (x))",
                "histogram_quantile(0.9, sum by (le) (x))",
                &["a"],
            ),
            ("sum by (a) (x) or y", "sum(x) or y", &[]),
            ("rate(x[5m])", "sum(rate(x[5m]))", &[]),
        ] {
            assert_eq!(lost(before, after), expected, "{before} → {after}");
        }
    }
}
