//! Levels that a histogram cannot resolve.

use crate::check::context::{Context, items};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::{Family, Metric, Query, Unit};
use crate::promql::{ExprKind, Query as Expression};
use crate::spec::shape::MetricType;

/// Levels on quantiles that are no bounds of buckets.
pub(in crate::check) fn levels(context: &Context<'_>, sink: &mut Sink) {
    for (name, spec) in items(&context.specs.queries) {
        let Some(query) = context.model.queries.get(name) else {
            continue;
        };
        let (Some(thresholds), Some(used)) = (&query.thresholds, &spec.thresholds) else {
            continue;
        };
        let Some(metric) = quantile_of(&query.expr, context) else {
            continue;
        };
        let (Some(scale), Some(last)) = (scale(query, metric), metric.buckets.last()) else {
            continue;
        };
        let written = items(&context.specs.thresholds).find(|(own, _)| **own == *thresholds.name);
        for level in &thresholds.levels {
            let value = level.value * scale;
            let near = |bound: &f64| (bound - value).abs() <= 1e-9 * value.abs();
            if metric.buckets.iter().any(near) {
                continue;
            }
            let place = written.and_then(|(_, spec)| {
                let mut levels = spec.levels.iter();
                levels.find(|(name, _)| *name.value == *level.name)
            });
            let place = place.map_or(used.span, |(_, level)| level.value.span);
            let (message, under) = if value > *last {
                (
                    format!(
                        "no quantile of `{}` passes its highest bound, {last}",
                        metric.name
                    ),
                    format!("never reached by `{name}`"),
                )
            } else {
                let above = metric.buckets.iter().find(|bound| **bound > value);
                let below = metric.buckets.iter().rev().find(|bound| **bound < value);
                (
                    format!("`{name}` can only guess when it crosses {}", level.written),
                    format!(
                        "between the bounds {} and {} of its histogram",
                        below.copied().unwrap_or(0.0),
                        above.unwrap_or(last)
                    ),
                )
            };
            let found = Diagnostic::new(Code::ThresholdBetweenBuckets, message)
                .at(place, under)
                .help(format!(
                    "move the level, or add a bucket that ends at {value}"
                ));
            let buckets = context.declared(&metric.name);
            let buckets = buckets.and_then(|(_, spec)| spec.buckets.as_ref());
            sink.push(match buckets.and_then(|buckets| buckets.value.first()) {
                Some(first) => found.because(first.span, "the buckets"),
                None => found,
            });
        }
    }
}

/// The histogram of which the expression is a quantile.
fn quantile_of<'c>(expression: &Expression, context: &Context<'c>) -> Option<&'c Metric> {
    let ExprKind::Call(call) = &expression.root().unwrapped().kind else {
        return None;
    };
    if &*call.name.text != "histogram_quantile" {
        return None;
    }
    let series = expression.selectors().next()?.metric_name()?;
    context
        .metric(series)
        .filter(|metric| metric.kind == MetricType::Histogram && !metric.buckets.is_empty())
}

/// What turns a level into the unit of the buckets; `None` if that is not known.
fn scale(query: &Query, metric: &Metric) -> Option<f64> {
    let unit = metric.unit.as_deref();
    let suffix = |unit: &str| metric.name.ends_with(&format!("_{unit}"));
    match query.unit.as_ref().map(Unit::family) {
        Some(Family::Time(length)) if unit == Some("seconds") || suffix("seconds") => Some(length),
        Some(Family::Data(size)) if unit == Some("bytes") || suffix("bytes") => Some(size),
        Some(Family::Time(_) | Family::Data(_) | Family::Share(_)) => None,
        Some(Family::Other) | None => Some(1.0),
    }
}
