//! Selectors against the catalog.

use super::{Checker, Origin, Reads, Value, did_you_mean};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::promql::ast::{Edges, Matcher, Selector, TextRange};
use crate::promql::catalog::{Series, SeriesKind};
use crate::promql::flow::Set;
use crate::promql::function::ValueType;
use crate::promql::labels::Has;
use crate::promql::measure::Measure;
use crate::promql::operator::MatchOp;
use crate::promql::regex;

impl<'a> Checker<'a, '_> {
    pub(super) fn selector(&mut self, selector: &'a Selector, reads: Reads<'a>) -> Value<'a> {
        for matcher in &selector.matchers {
            if matcher.op.is_regex() {
                self.pattern(&matcher.value);
            }
        }
        if let Some((Edges::Anchored, place)) = selector.edges
            && !selector.is_range()
        {
            let message = "`anchored` is about the ends of a range";
            let found = Diagnostic::new(Code::PromqlType, message)
                .at(self.span(place), "there is no range here");
            self.sink.push(found);
        }
        let ty = if selector.is_range() {
            ValueType::Matrix
        } else {
            ValueType::Vector
        };
        let Some((name, place)) = selector.metric_place() else {
            return of_unknown_metric(selector, ty);
        };
        let Some(mut series) = self.catalog.metric(name) else {
            self.unknown_metric(name, place);
            return of_unknown_metric(selector, ty);
        };
        if matches!(series.kind, SeriesKind::Broken | SeriesKind::Open) {
            return of_unknown_metric(selector, ty);
        }
        let origin = Origin::One(series.metric, series.labels_defined);
        let kind = series.kind;
        self.judge_use(name, place, &series, reads);
        let measure = Measure::of_samples(&series);
        let observed = match kind {
            SeriesKind::HistogramBucket | SeriesKind::NativeHistogram => Measure::observed(&series),
            _ => Measure::Unknown,
        };
        let mut labels = Set::exactly(std::mem::take(&mut series.labels));
        labels.insert("__name__", Has::Yes);
        for label in &series.optional {
            labels.weaken(label);
        }
        for (label, value) in &series.fixed {
            labels.limit(label, &[value]);
        }
        for matcher in selector
            .matchers
            .iter()
            .filter(|matcher| !matcher.name.templated)
        {
            if labels.has(&matcher.name.text) == Has::No {
                self.unknown_label(&matcher.name.text, matcher.name.range, &labels, origin);
            }
        }
        matched(&selector.matchers, &mut labels);
        if kind == SeriesKind::HistogramBase {
            return Value {
                origin,
                ..of_unknown_metric(selector, ty)
            };
        }
        let native = match kind {
            SeriesKind::NativeHistogram => Has::Yes,
            SeriesKind::Untyped => Has::Maybe,
            _ => Has::No,
        };
        // Of quantiles, a summary may have one only.
        let by = (kind == SeriesKind::HistogramBucket).then_some("le");
        let fanned = by.filter(|label| {
            let mut matchers = selector.matchers.iter();
            !matchers.any(|matcher| matcher.name.templated || matcher.constrains(label))
        });
        Value {
            ty: Some(ty),
            labels,
            native,
            fanned,
            origin,
            measure,
            observed,
        }
    }

    fn unknown_metric(&mut self, name: &str, place: TextRange) {
        let similar = nearest(name, self.catalog.names());
        let found = Diagnostic::new(Code::UnknownMetric, format!("there is no metric `{name}`"))
            .at(self.span(place), did_you_mean(similar, "in no catalog"));
        self.sink.push(found);
    }

    /// Complains if samples of this kind are not to be read like that.
    fn judge_use(&mut self, name: &str, place: TextRange, series: &Series<'_>, reads: Reads<'_>) {
        let kind = series.kind;
        let (code, message, label, help) = match reads {
            _ if kind == SeriesKind::HistogramBase => (
                Code::HistogramBaseName,
                format!("histogram `{name}` has no series of that very name"),
                "no such series",
                format!("its series are `{name}_bucket`, `{name}_sum` and `{name}_count`"),
            ),
            Reads::Value if kind.is_cumulative() => (
                Code::CounterWithoutRate,
                format!("{} `{name}` is used as it is", described(kind)),
                "its value only ever grows",
                format!("take its growth: `rate({name}[$window])` or `increase({name}[$window])`"),
            ),
            Reads::Counter(function) if kind.is_gauge() => (
                Code::RateOnGauge,
                format!(
                    "`{function}` is meant for counters, and `{name}` is {}",
                    a(kind)
                ),
                "goes up and down",
                match function {
                    "rate" => "the slope of a gauge is `deriv(…)`".to_owned(),
                    "increase" => "the change of a gauge is `delta(…)`".to_owned(),
                    "irate" => "the last change of a gauge is `idelta(…)`".to_owned(),
                    _ => "the changes of a gauge are counted by `changes(…)`".to_owned(),
                },
            ),
            Reads::Gauge(function) if kind.is_cumulative() => (
                Code::GaugeFunctionOnCounter,
                format!(
                    "`{function}` is meant for gauges, and `{name}` is {}",
                    a(kind)
                ),
                "starts over at zero when its process restarts",
                match function {
                    "delta" => "the change of a counter is `increase(…)`".to_owned(),
                    "idelta" => "the last change of a counter is `irate(…)`".to_owned(),
                    _ => "take `rate(…)` first".to_owned(),
                },
            ),
            _ => return,
        };
        let found = Diagnostic::new(code, message)
            .at(self.span(place), label)
            .help(help);
        self.sink.push(match series.defined {
            Some(span) => found.because(span, format!("`{}` is defined here", series.metric)),
            None => found,
        });
    }
}

/// The value of a selector of which only the matchers are known.
fn of_unknown_metric(selector: &Selector, ty: ValueType) -> Value<'_> {
    let mut labels = Set::anything();
    if selector.metric.is_some() {
        labels.insert("__name__", Has::Yes);
    }
    matched(&selector.matchers, &mut labels);
    Value {
        labels,
        ..Value::unknown()
    }
    .of_type(ty)
}

/// What follows for labels from the matchers that series have passed: a label
/// that must not be empty is there, one that must be empty is not.
fn matched<'a>(matchers: &'a [Matcher], labels: &mut Set<&'a str>) {
    for matcher in matchers {
        let value = &*matcher.value.value;
        let open = matcher.name.templated || !matcher.value.variables.is_empty();
        let must_be_empty = match matcher.op {
            _ if open => None,
            MatchOp::Equal => Some(value.is_empty()),
            MatchOp::NotEqual => value.is_empty().then_some(false),
            MatchOp::Regex if value.is_empty() => Some(true),
            MatchOp::Regex => (regex::check(value) == Ok(false)).then_some(false),
            MatchOp::NotRegex if value == ".+" => Some(true),
            MatchOp::NotRegex => (regex::check(value) == Ok(true)).then_some(false),
        };
        match must_be_empty {
            Some(true) => labels.remove(&matcher.name.text, matcher.range),
            Some(false) => labels.confirm(&matcher.name.text),
            None => {}
        }
        if let Some(mut values) = matcher.literals() {
            values.retain(|value| !value.is_empty());
            match matcher.op {
                MatchOp::Equal | MatchOp::Regex => labels.limit(&matcher.name.text, &values),
                _ => labels.exclude(&matcher.name.text, &values),
            }
        }
    }
}

/// The kind of a cumulative series.
fn described(kind: SeriesKind) -> &'static str {
    match kind {
        SeriesKind::HistogramBucket => "histogram bucket",
        SeriesKind::HistogramSum => "histogram sum",
        SeriesKind::HistogramCount => "histogram count",
        SeriesKind::NativeHistogram => "native histogram",
        SeriesKind::SummarySum => "summary sum",
        SeriesKind::SummaryCount => "summary count",
        SeriesKind::SummaryQuantile => "summary quantile",
        SeriesKind::Gauge => "gauge",
        _ => "counter",
    }
}

fn a(kind: SeriesKind) -> String {
    format!("a {}", described(kind))
}
