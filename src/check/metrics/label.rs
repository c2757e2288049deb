//! Labels that are somebody else's, and series that are too many.

use crate::check::context::{Context, items};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::spec::shape::MetricType;

/// Most series of a metric, unless the project says otherwise.
const USUAL_LIMIT: u64 = 10_000;

/// Labels that Prometheus or the scrape job puts on the series anyway.
pub(in crate::check) fn reserved(context: &Context<'_>, sink: &mut Sink) {
    for (name, spec) in items(&context.specs.metrics) {
        let metric = context.metric(name);
        let job = metric.and_then(|metric| metric.job.as_deref());
        let job = job.and_then(|job| context.job(job));
        if job.is_some_and(|job| job.honor_labels) {
            continue;
        }
        for label in &spec.labels {
            let by_job = job.is_some_and(|job| job.labels.contains_key(&label.value));
            let whose = match label.as_str() {
                "job" | "instance" => "Prometheus",
                _ if by_job => "the scrape job",
                _ => continue,
            };
            sink.push(
                Diagnostic::new(
                    Code::ReservedLabel,
                    format!("`{name}` declares the label `{label}`, which {whose} sets"),
                )
                .at(label.span, format!("becomes `exported_{label}`")),
            );
        }
    }
}

/// Metrics whose labels' limits multiply to more than the project wants.
pub(in crate::check) fn cardinality(context: &Context<'_>, sink: &mut Sink) {
    let own = context.specs.checks.as_ref();
    let own = own.and_then(|checks| checks.cardinality.as_ref());
    let limit = own.map_or(USUAL_LIMIT, |own| u64::from(own.value));
    for named in &context.specs.metrics {
        let Some(metric) = context.metric(named.name.as_str()) else {
            continue;
        };
        let mut factors = Vec::new();
        let mut product: u64 = 1;
        for label in &metric.labels {
            let Some(declared) = context.model.labels.get(label) else {
                continue;
            };
            let most = match declared.limit {
                Some(limit) => u64::from(limit),
                None if declared.values.is_empty() => continue,
                None => declared.values.len() as u64,
            };
            product = product.saturating_mul(most);
            factors.push(format!("{most} of `{label}`"));
        }
        if metric.kind == MetricType::Histogram {
            // The bounds, `+Inf`, the sum and the count.
            let series = metric.buckets.len() as u64 + 3;
            product = product.saturating_mul(series);
            factors.push(format!("{series} series of the histogram"));
        }
        if product <= limit {
            continue;
        }
        let found = Diagnostic::new(
            Code::Cardinality,
            format!("`{}` may come to {product} series per target", metric.name),
        )
        .at(named.name.span, format!("more than {limit}"))
        .help(factors.join(" × "));
        sink.push(match own {
            Some(own) => found.because(own.span, "the limit"),
            None => found,
        });
    }
}
