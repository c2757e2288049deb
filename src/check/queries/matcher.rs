//! Matchers that select nothing, or that say less than they seem to.

use crate::check::context::{Context, Expression};
use crate::diagnostic::{Code, Diagnostic, Sink, Span, nearest};
use crate::model::Label;
use crate::promql::{MatchOp, Matcher, Selector, bucket_label};
use crate::spec::shape::MetricType;

/// Values that a label never holds.
pub(in crate::check) fn values(
    expression: &Expression<'_>,
    context: &Context<'_>,
    sink: &mut Sink,
) {
    for selector in expression.query.selectors() {
        for matcher in &selector.matchers {
            let Some(wanted) = matcher.literals() else {
                continue;
            };
            let Some((known, what)) = known_values(selector, matcher, context) else {
                continue;
            };
            for value in wanted {
                if value.is_empty() || known.contains(&value) {
                    continue;
                }
                let label = &matcher.name.text;
                let found = Diagnostic::new(
                    Code::UnknownLabelValue,
                    format!("the label `{label}` never holds `{value}`"),
                );
                let near = nearest(value, known.iter().copied());
                let under = near.map_or(what.to_owned(), |near| format!("did you mean `{near}`?"));
                let list: Vec<_> = known.iter().map(|value| format!("`{value}`")).collect();
                sink.push(
                    found
                        .at(context.span(expression, matcher.value.range), under)
                        .help(format!("its values are {}", list.join(", "))),
                );
            }
        }
    }
}

/// All values that a label can hold on the selected series, and what to say of
/// others; `None` if others may be there.
fn known_values<'c>(
    selector: &Selector,
    matcher: &Matcher,
    context: &Context<'c>,
) -> Option<(Vec<&'c str>, &'static str)> {
    let label = &*matcher.name.text;
    let series = selector.metric_name()?;
    if let Some((_, declared)) = context.declared(series)
        && declared.labels.iter().any(|own| own.as_str() == label)
    {
        let known = context
            .model
            .labels
            .get(label)
            .filter(|label| label.is_closed());
        let Label { values, .. } = known?;
        return Some((
            values.iter().map(|value| &**value).collect(),
            "not among its values",
        ));
    }
    if label == "job" && (series == "up" || context.declared(series).is_some()) {
        let jobs = &context.model.scrape.jobs;
        // What a job merges or honours may give its series any label.
        let plain = jobs
            .iter()
            .all(|job| job.raw.is_none() && !job.honor_labels && !job.labels.contains_key("job"));
        if plain && !jobs.is_empty() {
            return Some((
                jobs.iter().map(|job| &*job.name).collect(),
                "no such scrape job",
            ));
        }
    }
    None
}

/// Patterns that are none.
pub(in crate::check) fn patterns(
    expression: &Expression<'_>,
    context: &Context<'_>,
    sink: &mut Sink,
) {
    let selectors = expression.query.selectors();
    for matcher in selectors.flat_map(|selector| &selector.matchers) {
        let plain = match matcher.op {
            MatchOp::Regex => "=",
            MatchOp::NotRegex => "!=",
            MatchOp::Equal | MatchOp::NotEqual => continue,
        };
        let value = &*matcher.value.value;
        let (message, help) = if matcher.op == MatchOp::Regex && value == ".*" {
            (
                format!("`{}=~\".*\"` matches everything", matcher.name.text),
                "leave it out".to_owned(),
            )
        } else if matcher
            .literals()
            .is_some_and(|literals| literals.len() == 1)
        {
            (
                format!("the pattern `{value}` matches this one text only"),
                format!("write `{}{plain}\"{value}\"`", matcher.name.text),
            )
        } else {
            continue;
        };
        sink.push(
            Diagnostic::new(Code::NeedlessRegex, message)
                .at(context.span(expression, matcher.range), "no pattern in it")
                .help(help),
        );
    }
}

/// Bounds that a histogram does not have.
pub(in crate::check) fn buckets(
    expression: &Expression<'_>,
    context: &Context<'_>,
    sink: &mut Sink,
) {
    for selector in expression.query.selectors() {
        let series = selector
            .metric_name()
            .filter(|name| name.ends_with("_bucket"));
        let Some(metric) = series.and_then(|series| context.metric(series)) else {
            continue;
        };
        if metric.kind != MetricType::Histogram || metric.buckets.is_empty() {
            continue;
        }
        let on_le = selector
            .matchers
            .iter()
            .filter(|matcher| &*matcher.name.text == "le");
        for matcher in on_le {
            let literals = matcher.literals().unwrap_or_default();
            for wanted in literals.iter().copied() {
                if wanted.is_empty() {
                    continue;
                }
                let bound = wanted.parse::<f64>().ok();
                let bound =
                    bound.filter(|bound| *bound == f64::INFINITY || metric.buckets.contains(bound));
                if let Some(bound) = bound {
                    let text = bucket_label(bound);
                    // Programs differ in how they write powers of ten.
                    if !text.contains('e') && !literals.contains(&&*text) {
                        let at = context.span(expression, matcher.value.range);
                        sink.push(misspelt_bound(&metric.name, wanted, &text, at));
                    }
                    continue;
                }
                let list: Vec<_> = metric.buckets.iter().map(ToString::to_string).collect();
                let found = Diagnostic::new(
                    Code::UnknownBucket,
                    format!(
                        "the histogram `{}` has no bucket up to `{wanted}`",
                        metric.name
                    ),
                )
                .at(
                    context.span(expression, matcher.value.range),
                    "not among its buckets",
                )
                .help(format!("its buckets end at {}, +Inf", list.join(", ")));
                sink.push(match context.declared(&metric.name) {
                    Some((name, _)) => found.because(name.span, "defined here"),
                    None => found,
                });
            }
        }
    }
}

/// A bound that the histogram has, but not as it is written.
fn misspelt_bound(metric: &str, wanted: &str, text: &str, at: Span) -> Diagnostic {
    Diagnostic::new(
        Code::UnknownBucket,
        format!("the buckets of `{metric}` are called `{text}`, not `{wanted}`"),
    )
    .at(at, "matches no series")
    .help(format!(
        "emitters and Prometheus 3 write bounds so; if services are scraped that write `{wanted}`, match both, as in `le=~\"1([.]0)?\"`"
    ))
}
