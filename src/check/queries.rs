//! Rules on expressions.

pub(super) mod matcher;
pub(super) mod range;
pub(super) mod result;

use crate::promql::{Expr, ExprKind};

/// The number that is written out as `expr`.
fn literal(expr: &Expr) -> Option<f64> {
    match &expr.unwrapped().kind {
        ExprKind::Number(value) => Some(*value),
        ExprKind::Unary(unary) => {
            let value = literal(&unary.operand)?;
            Some(if unary.negative { -value } else { value })
        }
        _ => None,
    }
}
