//! Why a query has no value: goes down the parsed expression, asks Prometheus
//! for its parts, and names the innermost one that is to blame.

mod metric;
mod number;
mod recorded;
mod window;

use super::place::{Part, selector};
use super::prometheus::{Group, Metadata, Prometheus, Refusal, Series, Target};
use super::words::{counted, number as figure};
use crate::diagnostic::Code;
use crate::model::Model;
use crate::promql::{Binary, BinaryOp, Call, Expr, ExprKind, Function, Query, Selector, ValueType};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Why an expression has no value.
#[derive(Clone)]
pub(super) struct Cause<'e> {
    pub(super) code: Code,
    /// The part that is to blame.
    pub(super) part: Part<'e>,
    /// What is the matter, with names, as the end of "… has no data: ".
    pub(super) reason: String,
    /// A few words under the part.
    pub(super) label: String,
    /// The evidence.
    pub(super) notes: Vec<String>,
    /// What to do.
    pub(super) help: Vec<String>,
    /// The job whose targets are to blame, if they are.
    pub(super) job: Option<String>,
}

impl<'e> Cause<'e> {
    fn new(
        code: Code,
        part: Part<'e>,
        reason: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self {
            code,
            part,
            reason: reason.into(),
            label: label.into(),
            notes: Vec::new(),
            help: Vec::new(),
            job: None,
        }
    }

    fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// What can be asked about an expression that was sent.
pub(super) struct Narrowing<'a> {
    pub(super) prometheus: &'a Prometheus<'a>,
    pub(super) model: &'a Model,
    pub(super) targets: &'a [Target],
    pub(super) metadata: &'a BTreeMap<String, Vec<Metadata>>,
    /// The rules that are loaded.
    pub(super) rules: &'a [Group],
    /// Through how many rules it came here.
    pub(super) depth: usize,
    /// The expression, everything filled in.
    pub(super) sent: &'a Query,
}

type Found<'e> = Result<Cause<'e>, Refusal>;

/// What an expression yields.
enum Value {
    Nothing,
    OnlyNan,
    Numbers(Arc<Vec<Series>>),
}

impl<'a> Narrowing<'a> {
    /// Why the whole expression has no value; `None` if it has one after all.
    pub(super) fn explain(&self) -> Result<Option<Cause<'a>>, Refusal> {
        let root = self.sent.root();
        Ok(match self.value(root)? {
            Value::Nothing => Some(self.why_nothing(root)?),
            Value::OnlyNan => Some(self.why_nan(root)?),
            Value::Numbers(_) => None,
        })
    }

    fn text(&self, expr: &Expr) -> &'a str {
        &self.sent.text()[expr.range.bytes()]
    }

    /// What `expr` yields now; of a range of samples, how many there are.
    fn value(&self, expr: &Expr) -> Result<Value, Refusal> {
        let text = self.text(expr);
        let series = if is_range(expr) {
            self.prometheus
                .instant(&format!("count_over_time({text})"))?
        } else {
            self.prometheus.instant(text)?
        };
        Ok(if series.is_empty() {
            Value::Nothing
        } else if series.iter().any(Series::has_numbers) {
            Value::Numbers(series)
        } else {
            Value::OnlyNan
        })
    }

    /// Whether `expr` yields anything; numbers and strings always do.
    fn yields(&self, expr: &Expr) -> Result<bool, Refusal> {
        match expr.unwrapped().kind {
            ExprKind::Number(_) | ExprKind::String(_) => Ok(true),
            _ => Ok(!matches!(self.value(expr)?, Value::Nothing)),
        }
    }

    /// Why `expr`, which yields nothing, does so.
    fn why_nothing(&self, expr: &'a Expr) -> Found<'a> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.why_nothing(inner),
            ExprKind::Unary(unary) => self.why_nothing(&unary.operand),
            ExprKind::Subquery(subquery) => self.why_nothing(&subquery.expr),
            ExprKind::Selector(selector) => self.why_not_selected(expr, selector),
            ExprKind::Aggregate(aggregate) => {
                if self.yields(&aggregate.expr)? {
                    Ok(self.unknown(expr))
                } else {
                    self.why_nothing(&aggregate.expr)
                }
            }
            ExprKind::Call(call) => self.why_call(expr, call),
            ExprKind::Binary(binary) => self.why_binary(expr, binary),
            ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Variable(_) => {
                Ok(self.unknown(expr))
            }
        }
    }

    /// All parts yield something, and this makes nothing of it.
    fn unknown(&self, expr: &'a Expr) -> Cause<'a> {
        Cause::new(
            Code::NoData,
            Part::Operator(expr),
            "what it is made of has values, and this makes nothing of them",
            "yields nothing",
        )
    }

    fn why_call(&self, expr: &'a Expr, call: &'a Call) -> Found<'a> {
        if call.name.text.starts_with("absent") {
            return Ok(Cause::new(
                Code::NothingHappened,
                Part::Operator(expr),
                "the series that must not be absent are there",
                "has a value only while something is missing",
            ));
        }
        let taken = call.args.iter().enumerate().find(|(index, _)| {
            let ty = call.function.and_then(|function| function.arg(*index));
            matches!(ty, Some(ValueType::Vector | ValueType::Matrix))
        });
        let Some((_, arg)) = taken else {
            return Ok(self.unknown(expr));
        };
        let Value::Numbers(counts) = self.value(arg)? else {
            return self.why_nothing(arg);
        };
        if is_range(arg) && call.function.is_some_and(Function::needs_two_samples) {
            let most = counts.iter().map(Series::value).fold(0.0, f64::max);
            if most < 2.0 {
                return self.why_too_few(arg.unwrapped(), self.text(arg));
            }
        }
        Ok(self.unknown(expr))
    }

    fn why_binary(&self, expr: &'a Expr, binary: &'a Binary) -> Found<'a> {
        let (left, right) = (self.yields(&binary.left)?, self.yields(&binary.right)?);
        match binary.op {
            BinaryOp::Or => return self.why_nothing(&binary.left),
            BinaryOp::Unless if left => {
                return Ok(Cause::new(
                    Code::ComparisonFiltersAll,
                    Part::Operator(expr),
                    "each series on the left has its like on the right, which takes it away",
                    "leaves nothing",
                ));
            }
            BinaryOp::Unless => return self.why_nothing(&binary.left),
            _ if !left => return self.why_nothing(&binary.left),
            _ if !right => return self.why_nothing(&binary.right),
            _ => {}
        }
        let is_number = |expr: &Expr| match &expr.unwrapped().kind {
            ExprKind::Number(_) => true,
            ExprKind::Unary(unary) => matches!(unary.operand.kind, ExprKind::Number(_)),
            ExprKind::Call(call) => call
                .function
                .is_some_and(|function| function.returns == ValueType::Scalar),
            _ => false,
        };
        if !is_number(&binary.left) && !is_number(&binary.right) && !self.sides_meet(binary)? {
            return self.strangers(expr, binary);
        }
        if binary.op.is_comparison() {
            return self.filtered(expr, binary, is_number(&binary.left));
        }
        Ok(self.unknown(expr))
    }

    /// Whether any series of the two sides belong together.
    fn sides_meet(&self, binary: &Binary) -> Result<bool, Refusal> {
        let matching = binary.matching.labels.as_ref();
        let matching = matching.map_or("", |labels| &self.sent.text()[labels.range.bytes()]);
        let (left, right) = (self.text(&binary.left), self.text(&binary.right));
        let meeting = format!("({left}) and {matching} ({right})");
        Ok(!self.prometheus.instant(&meeting)?.is_empty())
    }

    /// Both sides have series, and none of the one belongs to one of the other.
    fn strangers(&self, expr: &'a Expr, binary: &Binary) -> Found<'a> {
        let left = self.prometheus.instant(self.text(&binary.left))?;
        let right = self.prometheus.instant(self.text(&binary.right))?;
        let names = |series: &[Series]| -> BTreeSet<String> {
            let names = series.iter().flat_map(|series| series.labels.keys());
            names.filter(|name| *name != "__name__").cloned().collect()
        };
        let example = |series: &[Series]| series.first().map(Series::label_set).unwrap_or_default();
        let (on_left, on_right) = (names(&left), names(&right));
        let cause = Cause::new(
            Code::SidesDoNotMatch,
            Part::Operator(expr),
            format!(
                "no series on the left of `{}` has the labels of one on its right",
                binary.op.name()
            ),
            "pairs nothing",
        )
        .note(format!(
            "on the left: {}, such as {}",
            counted(left.len(), "series"),
            example(&left)
        ))
        .note(format!(
            "on the right: {}, such as {}",
            counted(right.len(), "series"),
            example(&right)
        ));
        Ok(if on_left == on_right {
            cause.help("the labels are the same and their values differ: what do both sides have in common?")
        } else {
            let only: Vec<_> = on_left.symmetric_difference(&on_right).collect();
            let common: Vec<_> = on_left
                .intersection(&on_right)
                .map(String::as_str)
                .collect();
            cause.help(format!(
                "{} on one side only: aggregate both `by` the same labels, or pair them with `on ({})`",
                super::words::list(only),
                common.join(", ")
            ))
        })
    }

    /// A comparison lets nothing through.
    fn filtered(&self, expr: &'a Expr, binary: &Binary, mirrored: bool) -> Found<'a> {
        let compared = if mirrored {
            &binary.right
        } else {
            &binary.left
        };
        let series = self.prometheus.instant(self.text(compared))?;
        let values = series
            .iter()
            .map(Series::value)
            .filter(|value| !value.is_nan());
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let range = if low == high {
            format!("is {}", figure(low))
        } else {
            format!("are between {} and {}", figure(low), figure(high))
        };
        let what = match series.len() {
            1 => "its value".to_owned(),
            count => format!("the values of its {}", counted(count, "series")),
        };
        let range = if series.len() == 1 || low != high {
            range
        } else {
            format!("are all {}", figure(low))
        };
        Ok(Cause::new(
            Code::ComparisonFiltersAll,
            Part::Operator(expr),
            format!("no value passes the comparison `{}`", binary.op.name()),
            "lets nothing through",
        )
        .note(format!("{what} {range}")))
    }
}

/// Whether `expr` is a range of samples for each series.
fn is_range(expr: &Expr) -> bool {
    let expr = expr.unwrapped();
    matches!(expr.kind, ExprKind::Subquery(_)) || selector(expr).is_some_and(Selector::is_range)
}
