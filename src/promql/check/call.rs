//! Function calls: arguments, and what a function does to labels.

use super::{Checker, Reads, Value, did_you_mean, set_label};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::promql::ast::{Call, Edges, Expr, ExprKind, Matcher, StringLit, TextRange};
use crate::promql::flow::Set;
use crate::promql::function::{Availability, Function, LabelEffect, SampleUse, ValueType};
use crate::promql::labels::Has;
use crate::promql::measure::Measure;
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
        self.available(function.name, function.availability(), call.name.range);
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
                self.edges(arg, function);
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
        if matches!(
            function.name,
            "double_exponential_smoothing" | "holt_winters"
        ) {
            for factor in call.args.iter().skip(1) {
                self.smoothing_factor(factor, function.name);
            }
        }
        let mut value = subject.unwrap_or_else(|| Value::plain(function.returns));
        if !matches!(function.labels, LabelEffect::Keep | LabelEffect::DropName) {
            value.fanned = None;
        }
        self.relabel(call, function, &mut value);
        value.forget_lost_fan();
        (value.measure, value.observed) = measured(function, &value);
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

    /// Complains about `anchored` and `smoothed` in front of a function that
    /// does not read the ends of its range.
    fn edges(&mut self, arg: &Expr, function: &Function) {
        let ExprKind::Selector(selector) = &arg.unwrapped().kind else {
            return;
        };
        let Some((edges, place)) = selector.edges.filter(|_| selector.is_range()) else {
            return;
        };
        let word = edges.name();
        let readers: &[&str] = match edges {
            Edges::Anchored => &["changes", "delta", "increase", "rate", "resets"],
            Edges::Smoothed => &["delta", "increase", "rate"],
        };
        if !readers.contains(&function.name) {
            let message = format!("`{}` does not take a range that is {word}", function.name);
            let found = Diagnostic::new(Code::PromqlType, message)
                .at(self.span(place), "not for this function")
                .help(format!("`{word}` is for `{}`", readers.join("`, `")));
            self.sink.push(found);
        }
    }

    /// Complains about a factor of smoothing, if it is written out.
    fn smoothing_factor(&mut self, expr: &Expr, whose: &str) {
        if let Some(value) = expr
            .literal()
            .filter(|value| !(*value > 0.0 && *value < 1.0))
        {
            let message = format!("a factor of `{whose}` is {value}, which is not within 0 and 1");
            let found = Diagnostic::new(Code::PromqlType, message)
                .at(self.span(expr.range), "above 0 and below 1");
            self.sink.push(found);
        }
    }

    /// Complains about what Prometheus refuses unless it is told otherwise.
    pub(super) fn available(&mut self, name: &str, when: Availability, place: TextRange) {
        let found = match when {
            Availability::Always | Availability::Since(_) => return,
            Availability::Experimental(since) => Diagnostic::new(
                Code::ExperimentalFunction,
                format!("`{name}` is an experiment of Prometheus, which refuses it by default"),
            )
            .at(self.span(place), format!("from {since} on, if switched on"))
            .help("start Prometheus with `--enable-feature=promql-experimental-functions`"),
            Availability::Until(removed, successor) => Diagnostic::new(
                Code::RemovedFunction,
                format!("Prometheus {removed} has no `{name}` any more"),
            )
            .at(self.span(place), format!("called `{successor}` now"))
            .help(format!("`{successor}` has to be switched on with `--enable-feature=promql-experimental-functions`")),
        };
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
            LabelEffect::Info => self.info_labels(call, value),
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
                    self.label_name(label);
                    set_label(&mut value.labels, label, Has::Yes, place);
                }
            }
            LabelEffect::Replace => {
                if let [_, target, replacement, source, pattern] = &*call.args {
                    self.source_label(source, value);
                    if let Some(pattern) = string(pattern) {
                        self.pattern(pattern);
                    }
                    self.label_name(target);
                    let (has, text) = replaced(target, replacement, source, pattern, &value.labels);
                    set_label(&mut value.labels, target, has, place);
                    if let (Some(label), Some(text)) = (fixed(target), text) {
                        value.labels.limit(label, &[text]);
                    }
                }
            }
            LabelEffect::Join => {
                if let Some(target) = call.args.get(1) {
                    self.label_name(target);
                }
                for source in call.args.iter().skip(3) {
                    self.label_name(source);
                    self.source_label(source, value);
                }
                if let [_, target, separator, sources @ ..] = &*call.args {
                    let has = joined(separator, sources, &value.labels);
                    set_label(&mut value.labels, target, has, place);
                }
            }
        }
        if function.name.starts_with("histogram_") {
            value.native = Has::No;
            value.fanned = None;
        }
    }

    /// `info` adds the labels that its second argument asks for, or whatever
    /// labels `target_info` has.
    fn info_labels(&mut self, call: &'a Call, value: &mut Value<'a>) {
        let asked = match call.args.get(1).map(|arg| &arg.unwrapped().kind) {
            Some(ExprKind::Selector(selector)) => &*selector.matchers,
            _ => &[],
        };
        let mut asked = asked
            .iter()
            .filter(|matcher| &*matcher.name.text != "__name__")
            .peekable();
        if asked.peek().is_none() || asked.clone().any(|matcher| matcher.name.templated) {
            return value.labels.open();
        }
        for matcher in asked {
            value.labels.insert(&matcher.name.text, Has::Maybe);
            value.labels.forget_values(&matcher.name.text);
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

/// What a string says, if it is written out without variables.
fn fixed(expr: &Expr) -> Option<&str> {
    string(expr)
        .filter(|literal| literal.variables.is_empty())
        .map(|literal| &*literal.value)
}

/// Whether series have the label `target` after `label_replace`, and its value
/// if all of them have the same then.
fn replaced<'a>(
    target: &Expr,
    replacement: &'a Expr,
    source: &Expr,
    pattern: &Expr,
    labels: &Set<&str>,
) -> (Has, Option<&'a str>) {
    let had = fixed(target).map_or(Has::Maybe, |name| labels.has(name));
    // Text beside the groups is there whatever they hold.
    let new = match fixed(replacement) {
        Some("") => Has::No,
        Some(text) if !text.contains('$') => Has::Yes,
        _ => Has::Maybe,
    };
    let has_source = fixed(source).map_or(Has::Maybe, |name| labels.has(name));
    let (always, whole) = match fixed(pattern) {
        Some(".*") => (true, false),
        Some("(.*)") => (true, true),
        Some("" | "()") => (has_source == Has::No, false),
        Some(".+") => (has_source == Has::Yes, false),
        Some("(.+)") => (has_source == Has::Yes, true),
        _ => (false, false),
    };
    let new = match fixed(replacement) {
        Some("$1" | "${1}") if whole => has_source,
        _ => new,
    };
    let has = match (always, new == had) {
        (true, _) | (false, true) => new,
        (false, false) => Has::Maybe,
    };
    let text = fixed(replacement).filter(|text| always && !text.is_empty() && !text.contains('$'));
    (has, text)
}

/// Whether series have the label that `label_join` makes.
fn joined(separator: &Expr, sources: &[Expr], labels: &Set<&str>) -> Has {
    let text = string(separator).filter(|literal| literal.variables.is_empty());
    let separates = sources.len() > 1;
    let kept = sources.iter().map(|source| {
        let name = string(source).filter(|literal| literal.variables.is_empty());
        name.map_or(Has::Maybe, |name| labels.has(&name.value))
    });
    let kept = kept.max().unwrap_or(Has::No);
    match text {
        Some(text) if separates && !text.value.is_empty() => Has::Yes,
        None if separates => kept.max(Has::Maybe),
        _ => kept,
    }
}

/// What the values of a call measure, and what the buckets among them count.
fn measured(function: &Function, subject: &Value<'_>) -> (Measure, Measure) {
    let passed = subject.observed;
    let none = Measure::Unknown;
    match function.name {
        "rate" | "irate" | "deriv" => (subject.measure.per_second(), passed),
        "increase"
        | "delta"
        | "idelta"
        | "abs"
        | "ceil"
        | "floor"
        | "round"
        | "clamp"
        | "clamp_max"
        | "clamp_min"
        | "scalar"
        | "vector"
        | "sort"
        | "sort_desc"
        | "sort_by_label"
        | "sort_by_label_desc"
        | "label_replace"
        | "label_join"
        | "avg_over_time"
        | "min_over_time"
        | "max_over_time"
        | "sum_over_time"
        | "quantile_over_time"
        | "stddev_over_time"
        | "mad_over_time"
        | "last_over_time"
        | "first_over_time"
        | "predict_linear"
        | "double_exponential_smoothing"
        | "holt_winters"
        | "info" => (subject.measure, passed),
        "histogram_quantile" | "histogram_quantiles" | "histogram_avg" | "histogram_stddev" => {
            (passed, none)
        }
        "histogram_fraction" | "count_over_time" | "changes" | "resets" | "absent"
        | "absent_over_time" | "present_over_time" | "sgn" => (Measure::NUMBER, none),
        "time"
        | "timestamp"
        | "start"
        | "end"
        | "range"
        | "step"
        | "ts_of_first_over_time"
        | "ts_of_last_over_time"
        | "ts_of_max_over_time"
        | "ts_of_min_over_time" => (Measure::SECONDS, none),
        _ => (none, none),
    }
}

/// `absent` labels its result with what equality matchers ask for: the first
/// for a label counts, and any matcher behind it takes the label away again.
fn absent_labels<'a>(matchers: &'a [Matcher], labels: &mut Set<&'a str>) {
    for (index, matcher) in matchers.iter().enumerate() {
        let name = &*matcher.name.text;
        if matcher.name.templated {
            labels.open();
            continue;
        }
        let is_set = matchers[..index]
            .iter()
            .any(|earlier| earlier.op == MatchOp::Equal && &*earlier.name.text == name);
        labels.retract(name);
        if name != "__name__" && matcher.op == MatchOp::Equal && !is_set {
            let has = match (&*matcher.value.value, matcher.value.variables.as_slice()) {
                ("", _) => Has::No,
                (_, []) => Has::Yes,
                _ => Has::Maybe,
            };
            labels.insert(name, has);
            if has == Has::Yes {
                labels.limit(name, &[&*matcher.value.value]);
            }
        }
    }
}
