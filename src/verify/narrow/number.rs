//! Why an expression yields nothing but NaN.

use super::{Cause, Found, Narrowing, Value};
use crate::diagnostic::Code;
use crate::promql::{BinaryOp, Call, Expr, ExprKind, SampleUse, Selector};
use crate::verify::place::{Part, selector};
use crate::verify::prometheus::{Refusal, Series};
use crate::verify::words::number;

impl<'a> Narrowing<'a> {
    /// Why `expr`, all of whose values are NaN, has no other.
    pub(super) fn why_nan(&self, expr: &'a Expr) -> Found<'a> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.why_nan(inner),
            ExprKind::Binary(binary) => {
                if let Some(cause) = self.why_part_is_nan(&[&binary.left, &binary.right])? {
                    return Ok(cause);
                }
                let divides = matches!(binary.op, BinaryOp::Div | BinaryOp::Mod);
                if divides && self.is_zero(&binary.left)? && self.is_zero(&binary.right)? {
                    return self.idle(expr, &binary.right);
                }
                Ok(self.makes_nan(expr))
            }
            ExprKind::Call(call) => self.why_call_is_nan(expr, call),
            ExprKind::Unary(unary) => self.why_nan(&unary.operand),
            ExprKind::Aggregate(aggregate) => Ok(self
                .why_part_is_nan(&[&aggregate.expr])?
                .unwrap_or_else(|| self.makes_nan(expr))),
            ExprKind::Selector(_) | ExprKind::Subquery(_) => Ok(Cause::new(
                Code::NotANumber,
                Part::Whole(expr),
                "the series themselves are NaN",
                "exposed as NaN",
            )
            .help("a summary has no quantiles before its first observation; a division by zero in the service says NaN as well")),
            ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Variable(_) => {
                Ok(self.makes_nan(expr))
            }
        }
    }

    /// The reason of the first of `parts` that is NaN throughout.
    fn why_part_is_nan(&self, parts: &[&'a Expr]) -> Result<Option<Cause<'a>>, Refusal> {
        for part in parts {
            if let (false, Value::OnlyNan) = (super::is_range(part), self.value(part)?) {
                return self.why_nan(part).map(Some);
            }
        }
        Ok(None)
    }

    fn makes_nan(&self, expr: &'a Expr) -> Cause<'a> {
        Cause::new(
            Code::NotANumber,
            Part::Operator(expr),
            "its parts are numbers, and this makes NaN of them",
            "yields NaN",
        )
    }

    fn why_call_is_nan(&self, expr: &'a Expr, call: &'a Call) -> Found<'a> {
        if &*call.name.text == "scalar"
            && let [inner] = call.args.as_slice()
        {
            let series = self.prometheus.instant(self.text(inner))?;
            return match series.len() {
                0 => self.why_nothing(inner),
                1 => self.why_nan(inner),
                count => Ok(Cause::new(
                    Code::NotANumber,
                    Part::Operator(expr),
                    format!("`scalar` gets {count} series, and has a value for exactly one"),
                    "yields NaN",
                )
                .help("aggregate them first")),
            };
        }
        if &*call.name.text == "histogram_quantile"
            && let [_, buckets] = call.args.as_slice()
        {
            if self.is_zero(buckets)? {
                return self.idle(expr, buckets);
            }
            let series = self.prometheus.instant(self.text(buckets))?;
            let ends = |series: &Series| series.labels.get("le").is_some_and(|le| le == "+Inf");
            if !series.iter().any(ends) {
                return Ok(Cause::new(
                    Code::NotANumber,
                    Part::Whole(buckets),
                    "there is no bucket `+Inf` among the buckets",
                    "lacks `le=\"+Inf\"`",
                )
                .help("keep the label `le`, and do not drop buckets by relabelling"));
            }
        }
        let parts: Vec<&Expr> = call.args.iter().collect();
        Ok(self
            .why_part_is_nan(&parts)?
            .unwrap_or_else(|| self.makes_nan(expr)))
    }

    fn is_zero(&self, expr: &Expr) -> Result<bool, Refusal> {
        if let ExprKind::Number(number) = expr.unwrapped().kind {
            return Ok(number == 0.0);
        }
        let series = self.prometheus.instant(self.text(expr))?;
        Ok(!series.is_empty() && series.iter().all(|series| series.value() == 0.0))
    }

    /// `part` is zero throughout: because nothing has grown in its window, or
    /// because it is.
    fn idle(&self, whole: &'a Expr, part: &'a Expr) -> Found<'a> {
        let Some((grown, selector)) = part.walk().find_map(|expr| counter(expr)) else {
            return Ok(Cause::new(
                Code::NothingHappened,
                Part::Operator(whole),
                "both sides are 0, and 0/0 is no number",
                "divides 0 by 0",
            )
            .help("append `> 0` to the divisor to show nothing instead of NaN"));
        };
        let name = selector.metric_name().unwrap_or("the metric");
        let (_, window) = self.selection(selector);
        let text = &self.sent.text()[selector.range.bytes()];
        let total = self
            .prometheus
            .instant(&format!("sum(last_over_time({text}))"))?;
        let total = total.first().map_or(0.0, Series::value);
        let cause = Cause::new(
            Code::NothingHappened,
            Part::Window(grown),
            format!("nothing has happened: `{name}` has not grown"),
            "no growth in this time",
        );
        let window = window.unwrap_or("its window");
        Ok(if total == 0.0 {
            cause.note(format!(
                "not in {window}, and not since the target started: it is 0"
            ))
        } else {
            cause.note(format!(
                "not in {window}; it stands at {} in all",
                number(total)
            ))
        })
    }
}

/// The selector of a counter whose growth a call takes.
fn counter(expr: &Expr) -> Option<(&Expr, &Selector)> {
    let ExprKind::Call(call) = &expr.kind else {
        return None;
    };
    let reads = call
        .function
        .is_some_and(|function| function.reads == SampleUse::Counter);
    let arg = call.args.first().filter(|_| reads)?.unwrapped();
    Some((arg, selector(arg)?))
}
