//! Types an expression, follows its labels, and judges how its metrics are used.

mod binary;
mod call;
mod pairing;
mod selector;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::ast::{Aggregate, Expr, ExprKind, GroupingKind, Name, StringLit, TextRange};
use super::catalog::Catalog;
use super::flow::Set;
use super::function::ValueType;
use super::labels::{Flow, Has, Labels};
use super::measure::Measure;
use super::operator::AggregateOp;
use super::query::Query;
use super::regex;
use super::variable::neutralised;
use crate::diagnostic::{Code, Diagnostic, Sink, Sources, Span, nearest};

/// Checks types, functions, metrics, labels and patterns of `query`.
///
/// Whatever is wrong goes to `sink`; `locate` says where a range of the
/// expression stands in the spec. What cannot be known, such as the labels of
/// an unknown metric, is not complained about a second time.
pub fn check(
    query: &Query,
    catalog: &dyn Catalog,
    locate: &dyn Fn(Range<usize>) -> Span,
    sink: &mut Sink,
) -> Flow {
    let mut checker = Checker {
        query,
        catalog,
        locate,
        sink,
        steps: None,
    };
    let flow = checker.value(query.root(), Reads::Value).flow();
    for newer in query.newer() {
        sink.push(newer.finding(locate(newer.range.bytes())));
    }
    flow
}

/// What a part of an expression evaluates to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The part.
    pub range: TextRange,
    /// How deep it stands: 0 is the whole expression.
    pub depth: usize,
    /// What comes out of it.
    pub flow: Flow,
}

/// What each part of `query` evaluates to, in the order of evaluation: operands
/// before what is made of them. Numbers, strings and parentheses are left out.
pub fn trace(query: &Query, catalog: &dyn Catalog) -> Vec<Step> {
    let nowhere = Sources::default().add("", "");
    let mut checker = Checker {
        query,
        catalog,
        locate: &|range| Span::new(nowhere, range.start, range.end),
        sink: &mut Sink::default(),
        steps: Some(Trace::default()),
    };
    checker.value(query.root(), Reads::Value);
    checker.steps.map_or_else(Vec::new, |trace| trace.steps)
}

/// The steps so far, and how deep the next one is.
#[derive(Default)]
struct Trace {
    steps: Vec<Step>,
    depth: usize,
}

struct Checker<'a, 'c> {
    query: &'a Query,
    catalog: &'a dyn Catalog,
    locate: &'c dyn Fn(Range<usize>) -> Span,
    sink: &'c mut Sink,
    /// Filled if the parts are of interest as well.
    steps: Option<Trace>,
}

/// What becomes of a vector's samples further out.
#[derive(Debug, Clone, Copy)]
enum Reads<'a> {
    /// Their values are shown or computed with.
    Value,
    /// It only matters that they are there.
    Presence,
    /// The function of this name takes a counter's growth.
    Counter(&'a str),
    /// The function of this name follows a gauge.
    Gauge(&'a str),
}

/// What is known of an expression's value.
struct Value<'a> {
    /// `None` if it is not known.
    ty: Option<ValueType>,
    labels: Set<&'a str>,
    /// Whether native histograms are among the samples.
    native: Has,
    /// A label of which every group of series that are equal otherwise is known
    /// to have several values.
    fanned: Option<&'static str>,
    origin: Origin<'a>,
    measure: Measure,
    /// What the histogram observes whose buckets these are.
    observed: Measure,
}

/// The metrics that a value is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin<'a> {
    None,
    /// One, by name, and where its labels are declared.
    One(&'a str, Option<Span>),
    Many,
}

impl<'a> Value<'a> {
    fn plain(ty: ValueType) -> Self {
        Self {
            ty: Some(ty),
            labels: Set::none(),
            native: Has::No,
            fanned: None,
            origin: Origin::None,
            measure: Measure::Bare,
            observed: Measure::Unknown,
        }
    }

    fn unknown() -> Self {
        Self {
            ty: None,
            labels: Set::anything(),
            native: Has::Maybe,
            fanned: None,
            origin: Origin::None,
            measure: Measure::Unknown,
            observed: Measure::Unknown,
        }
    }

    fn of_type(mut self, ty: ValueType) -> Self {
        self.ty = Some(ty);
        self
    }

    /// Forgets the label with several values if the series have lost it.
    fn forget_lost_fan(&mut self) {
        self.fanned = self
            .fanned
            .filter(|label| self.labels.has(label) == Has::Yes);
    }

    fn flow(&self) -> Flow {
        Flow {
            ty: self.ty.unwrap_or(ValueType::Vector),
            labels: Labels::new(&self.labels),
            measure: self.measure,
        }
    }
}

impl Origin<'_> {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (one, Origin::None) | (Origin::None, one) => one,
            (Origin::One(a, _), Origin::One(b, _)) if a == b => self,
            _ => Origin::Many,
        }
    }
}

impl<'a> Checker<'a, '_> {
    fn value(&mut self, expr: &'a Expr, reads: Reads<'a>) -> Value<'a> {
        let plain = matches!(
            expr.kind,
            ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Paren(_)
        );
        if plain || self.steps.is_none() {
            return self.part(expr, reads);
        }
        self.descend(1);
        let value = self.part(expr, reads);
        self.descend(-1);
        if let Some(trace) = &mut self.steps {
            trace.steps.push(Step {
                range: expr.range,
                depth: trace.depth,
                flow: value.flow(),
            });
        }
        value
    }

    fn descend(&mut self, by: isize) {
        if let Some(trace) = &mut self.steps {
            trace.depth = trace.depth.saturating_add_signed(by);
        }
    }

    fn part(&mut self, expr: &'a Expr, reads: Reads<'a>) -> Value<'a> {
        match &expr.kind {
            ExprKind::Number(_) => Value::plain(ValueType::Scalar),
            ExprKind::String(_) => Value::plain(ValueType::String),
            ExprKind::Variable(variable) if variable.is_builtin() => {
                Value::plain(ValueType::Scalar)
            }
            ExprKind::Variable(_) => Value::unknown(),
            ExprKind::Selector(selector) => self.selector(selector, reads),
            ExprKind::Paren(inner) => self.value(inner, reads),
            ExprKind::Subquery(subquery) => {
                let inner = self.value(&subquery.expr, reads);
                self.expect(
                    &subquery.expr,
                    &inner,
                    ValueType::Vector,
                    "what a subquery repeats",
                );
                inner.of_type(ValueType::Matrix)
            }
            ExprKind::Unary(unary) => {
                let mut operand = self.value(&unary.operand, reads);
                if operand.ty != Some(ValueType::Scalar) {
                    self.expect(
                        &unary.operand,
                        &operand,
                        ValueType::Vector,
                        "what a sign precedes",
                    );
                    if unary.negative {
                        operand.labels.remove("__name__", expr.range);
                    }
                }
                operand
            }
            ExprKind::Binary(binary) => self.binary(binary, reads),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate, reads),
            ExprKind::Call(call) => self.call(call, expr, reads),
        }
    }

    fn aggregate(&mut self, aggregate: &'a Aggregate, reads: Reads<'a>) -> Value<'a> {
        let op = aggregate.op;
        self.available(op.name(), op.availability(), aggregate.op_range);
        let reads = match op {
            AggregateOp::Count | AggregateOp::Group => Reads::Presence,
            AggregateOp::CountValues => Reads::Value,
            _ => reads,
        };
        if let Some(param) = &aggregate.param {
            let wanted = match op {
                AggregateOp::CountValues => ValueType::String,
                _ => ValueType::Scalar,
            };
            let found = self.value(param, Reads::Value);
            self.expect(param, &found, wanted, &format!("the parameter of `{op}`"));
            if op == AggregateOp::Quantile {
                self.quantile(param, op.name());
            }
        }
        let mut value = self.value(&aggregate.expr, reads);
        if !matches!(value.ty, Some(ValueType::Vector)) {
            let whose = format!("what `{op}` aggregates");
            self.expect(&aggregate.expr, &value, ValueType::Vector, &whose);
        }
        value.ty = Some(ValueType::Vector);
        if let Some(grouping) = &aggregate.grouping {
            self.grouping(&grouping.labels, grouping.kind, &value);
        }
        match op {
            AggregateOp::Count | AggregateOp::Group | AggregateOp::CountValues => {
                value.measure = Measure::NUMBER;
                value.observed = Measure::Unknown;
            }
            AggregateOp::Stdvar => value.measure = value.measure.times(value.measure),
            _ => {}
        }
        if op.picks_series() {
            value.fanned = None;
            return value;
        }
        let counted = match op {
            AggregateOp::CountValues => aggregate.param.as_ref(),
            _ => None,
        };
        if let Some(param) = counted {
            self.label_name(param);
            value.native = Has::No;
        }
        let set = |labels: &mut Set<&'a str>| {
            if let Some(param) = counted {
                set_label(labels, param, Has::Yes, aggregate.op_range);
            }
        };
        match &aggregate.grouping {
            None => {
                value.labels.keep(&[], aggregate.op_range);
                set(&mut value.labels);
            }
            Some(grouping) if grouping.kind == GroupingKind::Keep => {
                value.labels.keep(&grouping.labels, grouping.range);
                set(&mut value.labels);
            }
            Some(grouping) => {
                // `without` takes away even what `count_values` has just set.
                set(&mut value.labels);
                value.labels.drop_all(&grouping.labels, grouping.range);
                value.labels.remove("__name__", aggregate.op_range);
            }
        }
        value.forget_lost_fan();
        value
    }

    /// Checks the labels of `by (…)` or `without (…)`. A label that is gone
    /// already need not be dropped again, but that does no harm.
    fn grouping(&mut self, labels: &'a [Name], kind: GroupingKind, value: &Value<'a>) {
        for label in labels.iter().filter(|label| !label.templated) {
            let gone = value.labels.dropped_at(&label.text).is_some();
            if kind == GroupingKind::Keep || !gone {
                self.needs_label(&label.text, label.range, value);
            }
        }
    }

    /// Complains if no series of `value` can have `label`.
    fn needs_label(&mut self, label: &str, place: TextRange, value: &Value<'a>) {
        if value.ty.is_none() || value.labels.has(label) != Has::No {
            return;
        }
        if let Some(dropped) = value.labels.dropped_at(label) {
            let message = format!("label `{label}` is used after it was dropped");
            let found = Diagnostic::new(Code::LostLabel, message)
                .at(self.span(place), "no longer there")
                .because(self.span(dropped), format!("`{label}` is dropped here"));
            return self.sink.push(found);
        }
        self.unknown_label(label, place, &value.labels, value.origin);
    }

    fn unknown_label(
        &mut self,
        label: &str,
        place: TextRange,
        known: &Set<&'a str>,
        origin: Origin<'a>,
    ) {
        let (message, declared) = match origin {
            Origin::One(metric, declared) => (
                format!("metric `{metric}` has no label `{label}`"),
                declared,
            ),
            Origin::None | Origin::Many => (format!("nothing here has a label `{label}`"), None),
        };
        let similar = nearest(label, known.names().filter(|name| *name != "__name__"));
        let found = Diagnostic::new(Code::UnknownLabel, message)
            .at(self.span(place), did_you_mean(similar, "no such label"));
        self.sink.push(match declared {
            Some(span) => found.because(span, "labels are declared here"),
            None => found,
        });
    }

    /// Complains if a string that is written out cannot name a label.
    fn label_name(&mut self, expr: &Expr) {
        let ExprKind::String(literal) = &expr.unwrapped().kind else {
            return;
        };
        let name = &*literal.value;
        let fits = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if literal.variables.is_empty() && !fits {
            let found = Diagnostic::new(Code::InvalidName, format!("`{name}` is no label name"))
                .at(
                    self.span(literal.range),
                    "letters, digits and `_`, no digit in front",
                );
            self.sink.push(found);
        }
    }

    /// Complains if `found`, which is `expr`'s, has another type than `wanted`.
    fn expect(&mut self, expr: &Expr, found: &Value<'a>, wanted: ValueType, whose: &str) {
        let Some(ty) = found.ty.filter(|ty| *ty != wanted) else {
            return;
        };
        let message = format!(
            "{whose} must be {}, not {}",
            wanted.described(),
            ty.described()
        );
        let diagnostic = Diagnostic::new(Code::PromqlType, message)
            .at(self.span(expr.range), format!("this is {}", ty.described()));
        let text = &self.query.text()[expr.range.bytes()];
        let help = match (wanted, ty) {
            (ValueType::Matrix, ValueType::Vector) => match &expr.unwrapped().kind {
                ExprKind::Selector(_) => format!("give it a range: `{text}[$window]`"),
                _ => "a subquery makes a range of any expression: `(…)[1h:]`".to_owned(),
            },
            (ValueType::Vector, ValueType::Matrix) => {
                "`rate(…)`, `increase(…)` or an `…_over_time(…)` makes one value of a range".into()
            }
            (ValueType::Vector, ValueType::Scalar) => {
                format!("`vector({text})` makes a vector of a number")
            }
            (ValueType::Scalar, ValueType::Vector) => {
                "`scalar(…)` takes the value of a vector with one series".to_owned()
            }
            _ => return self.sink.push(diagnostic),
        };
        self.sink.push(diagnostic.help(help));
    }

    /// Complains about a quantile outside 0 to 1, if it is written out.
    fn quantile(&mut self, expr: &Expr, whose: &str) {
        let Some(value) = expr.literal().filter(|value| !(0.0..=1.0).contains(value)) else {
            return;
        };
        let message = format!("the quantile of `{whose}` is {value}, which is outside 0 to 1");
        let found = Diagnostic::new(Code::QuantileRange, message)
            .at(self.span(expr.range), "not between 0 and 1");
        self.sink.push(if (1.0..=100.0).contains(&value) {
            found.help(format!(
                "for the {value}th percentile, write `{}`",
                value / 100.0
            ))
        } else {
            found
        });
    }

    /// Complains about a pattern that does not compile. Variables in it stand
    /// for some literal text.
    fn pattern(&mut self, literal: &StringLit) {
        let verbatim = literal.range.bytes().len() == literal.value.len() + 2;
        let (result, exact) = if literal.variables.is_empty() {
            (regex::check(&literal.value), verbatim)
        } else {
            (regex::check(&neutralised(&literal.value)), false)
        };
        let Err(error) = result else { return };
        let place = if exact {
            let start = literal.range.start + 1;
            TextRange::new(start + error.start as u32, start + error.end as u32)
        } else {
            literal.range
        };
        let message = format!("`{}` is not a regular expression", literal.value);
        let found =
            Diagnostic::new(Code::InvalidRegex, message).at(self.span(place), error.message);
        self.sink.push(found);
    }

    fn span(&self, range: TextRange) -> Span {
        (self.locate)(range.bytes())
    }
}

/// Words for under an offence: the name that was meant, or else `otherwise`.
fn did_you_mean(name: Option<&str>, otherwise: &str) -> String {
    name.map_or_else(
        || otherwise.to_owned(),
        |name| format!("did you mean `{name}`?"),
    )
}

/// Gives the series a new value of the label whose name is the string `expr`.
fn set_label<'a>(labels: &mut Set<&'a str>, expr: &'a Expr, has: Has, place: TextRange) {
    match &expr.unwrapped().kind {
        ExprKind::String(name) if name.variables.is_empty() => {
            labels.overwrite(&name.value, has, place);
        }
        _ => {
            // It may be any label, and one that is there already.
            if has != Has::Yes {
                labels.doubt();
            }
            labels.open();
        }
    }
}
