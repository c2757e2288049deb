//! Function calls: arguments, and what a function does to labels.

use super::{Checker, Reads, Value, did_you_mean, set_label};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::promql::ast::{Call, Expr, ExprKind, Matcher, StringLit};
use crate::promql::flow::Set;
use crate::promql::function::{Function, LabelEffect, SampleUse, ValueType};
use crate::promql::labels::Has;
use crate::promql::operator::{AggregateOp, MatchOp};

impl<'a> Checker<'a, '_> {
    pub(super) fn call(&mut self, call: &'a Call, expr: &Expr, reads: Reads<'a>) -> Value<'a> {
        let Some(function) = call.function else {
            self.unknown_function(call);
            for arg in &call.args {
                self.value(arg, Reads::Presence);
            }
            return Value::unknown();
        };
        self.count_arguments(call, function, expr);
        let reads = match function.reads {
            SampleUse::Value => reads,
            SampleUse::Counter => Reads::Counter(function.name),
            SampleUse::Gauge => Reads::Gauge(function.name),
            SampleUse::Presence => Reads::Presence,
        };
        let mut subject = None;
        for (index, arg) in call.args.iter().enumerate() {
            let Some(wanted) = function.arg(index) else {
                self.value(arg, Reads::Presence);
                continue;
            };
            let vector = matches!(wanted, ValueType::Vector | ValueType::Matrix);
            let value = self.value(arg, if vector { reads } else { Reads::Value });
            if value.ty != Some(wanted) {
                self.expect(arg, &value, wanted, &ordinal(function, index));
            }
            if vector && subject.is_none() {
                subject = Some(value);
            }
        }
        let quantiles = match function.name {
            "histogram_quantile" | "quantile_over_time" => call.args.get(..1),
            "histogram_quantiles" => call.args.get(2..),
            _ => None,
        };
        for quantile in quantiles.unwrap_or_default() {
            self.quantile(quantile, function.name);
        }
        let mut value = subject.unwrap_or_else(|| Value::plain(function.returns));
        self.relabel(call, function, &mut value);
        value.of_type(function.returns)
    }

    fn unknown_function(&mut self, call: &Call) {
        let name = &call.name.text;
        let functions = Function::all().iter().map(|function| function.name);
        let similar = nearest(
            name,
            functions.chain(AggregateOp::ALL.map(AggregateOp::name)),
        );
        let found = Diagnostic::new(
            Code::UnknownFunction,
            format!("PromQL has no function `{name}`"),
        )
        .at(
            self.span(call.name.range),
            did_you_mean(similar, "no such function"),
        );
        self.sink.push(found);
    }

    fn count_arguments(&mut self, call: &Call, function: &Function, expr: &Expr) {
        let (least, most) = function.bounds();
        let given = call.args.len();
        if given >= least && most.is_none_or(|most| given <= most) {
            return;
        }
        let takes = match most {
            Some(most) if most == least => format!("{least}"),
            Some(most) => format!("{least} to {most}"),
            None => format!("at least {least}"),
        };
        let plural = if takes == "1" { "" } else { "s" };
        let name = function.name;
        let message = format!("`{name}` takes {takes} argument{plural}, not {given}");
        let surplus = most.and_then(|most| call.args.get(most));
        let found = Diagnostic::new(Code::PromqlType, message);
        self.sink.push(match surplus {
            Some(arg) => found.at(self.span(arg.range), "one too many"),
            None => found.at(self.span(expr.range), "too few arguments"),
        });
    }

    fn relabel(&mut self, call: &'a Call, function: &Function, value: &mut Value<'a>) {
        let place = call.name.range;
        match function.labels {
            LabelEffect::Keep => self.sort_labels(call, value),
            LabelEffect::DropName => value.labels.remove("__name__", place),
            LabelEffect::None => value.labels = Set::none(),
            LabelEffect::Absent => {
                value.labels.keep(&[], place);
                if let Some(ExprKind::Selector(selector)) =
                    call.args.first().map(|arg| &arg.unwrapped().kind)
                {
                    absent_labels(&selector.matchers, &mut value.labels);
                }
            }
            LabelEffect::DropBucket | LabelEffect::Quantiles => {
                self.needs_buckets(call, value);
                value.labels.remove("le", place);
                value.labels.remove("__name__", place);
                if let (LabelEffect::Quantiles, Some(label)) = (function.labels, call.args.get(1)) {
                    set_label(&mut value.labels, label, Has::Yes);
                }
            }
            LabelEffect::Replace => {
                if let [_, target, replacement, source, pattern] = &*call.args {
                    self.source_label(source, value);
                    if let Some(pattern) = string(pattern) {
                        self.pattern(pattern);
                    }
                    // An empty result removes the label; a pattern that does
                    // not match leaves it as it is.
                    let sets = string(replacement).is_none_or(|text| !text.value.is_empty());
                    let had =
                        string(target).map_or(Has::Maybe, |name| value.labels.has(&name.value));
                    if sets || had != Has::No {
                        set_label(&mut value.labels, target, Has::Maybe);
                    }
                }
            }
            LabelEffect::Join => {
                for source in call.args.iter().skip(3) {
                    self.source_label(source, value);
                }
                if let Some(target) = call.args.get(1) {
                    set_label(&mut value.labels, target, Has::Maybe);
                }
            }
            LabelEffect::Unknown => value.labels.open(),
        }
        if function.name.starts_with("histogram_") {
            value.native = Has::No;
        }
    }

    /// Checks the labels that `sort_by_label` names; other functions that keep
    /// labels take no strings.
    fn sort_labels(&mut self, call: &'a Call, value: &Value<'a>) {
        for label in call.args.iter().skip(1) {
            self.source_label(label, value);
        }
    }

    fn source_label(&mut self, expr: &'a Expr, value: &Value<'a>) {
        if let Some(label) = string(expr)
            && label.variables.is_empty()
            && !label.value.is_empty()
        {
            self.needs_label(&label.value, label.range, value);
        }
    }

    /// Complains if classic buckets have lost their bounds.
    fn needs_buckets(&mut self, call: &Call, value: &Value<'a>) {
        if value.ty.is_none() || value.native != Has::No || value.labels.has("le") != Has::No {
            return;
        }
        let name = &call.name.text;
        let message = format!("`{name}` gets no `le` label");
        let found = Diagnostic::new(Code::QuantileWithoutLe, message);
        let found = match value.labels.dropped_at("le") {
            Some(dropped) => found
                .at(self.span(dropped), "`le` is dropped here")
                .because(
                    self.span(call.name.range),
                    "needs `le` to tell the buckets apart",
                )
                .help("keep it: `by (le, …)`"),
            None => found
                .at(
                    self.span(call.name.range),
                    "needs the buckets of a histogram",
                )
                .help("the buckets are the series that end in `_bucket`"),
        };
        self.sink.push(found);
    }
}

/// How messages refer to an argument.
fn ordinal(function: &Function, index: usize) -> String {
    let name = function.name;
    if function.args.len() == 1 {
        return format!("the argument of `{name}`");
    }
    format!("argument {} of `{name}`", index + 1)
}

fn string(expr: &Expr) -> Option<&StringLit> {
    match &expr.unwrapped().kind {
        ExprKind::String(literal) => Some(literal),
        _ => None,
    }
}

/// `absent` labels its result with what equality matchers ask for, unless a
/// label is matched more than once.
fn absent_labels<'a>(matchers: &'a [Matcher], labels: &mut Set<&'a str>) {
    for matcher in matchers
        .iter()
        .filter(|matcher| &*matcher.name.text != "__name__")
    {
        let times = matchers
            .iter()
            .filter(|other| other.name.text == matcher.name.text)
            .count();
        if matcher.name.templated {
            labels.open();
        } else if times == 1 && matcher.op == MatchOp::Equal && !matcher.value.value.is_empty() {
            labels.insert(&matcher.name.text, Has::Yes);
        }
    }
}
