//! What scrape jobs leave open, and samples that come too rarely.

use crate::check::context::Context;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::Job;
use crate::promql::LOOKBACK;

/// Metrics that leave open which of several jobs exposes them, where that
/// makes a difference to their labels or to the time between their samples.
pub(in crate::check) fn without_job(context: &Context<'_>, sink: &mut Sink) {
    let jobs = &context.model.scrape.jobs;
    let alike = |pair: &[Job]| {
        let names = |job: &Job| job.labels.keys().cloned().collect::<Vec<_>>();
        let interval = |job: &Job| job.interval.unwrap_or(context.model.scrape.interval);
        names(&pair[0]) == names(&pair[1]) && interval(&pair[0]) == interval(&pair[1])
    };
    if jobs.windows(2).all(alike) {
        return;
    }
    for named in &context.specs.metrics {
        if named.item.as_ref().is_none_or(|spec| spec.job.is_some()) {
            continue;
        }
        let list: Vec<_> = jobs
            .iter()
            .take(5)
            .map(|job| format!("`{}`", job.name))
            .collect();
        sink.push(
            Diagnostic::new(
                Code::MetricWithoutJob,
                format!(
                    "the metric `{}` does not say which job scrapes it",
                    named.name
                ),
            )
            .at(named.name.span, "needs `job`")
            .help(format!("the jobs are {}", list.join(", "))),
        );
    }
}

/// Intervals so long that each sample is forgotten before the next one comes.
pub(in crate::check) fn rarely(context: &Context<'_>, sink: &mut Sink) {
    let jobs = context.specs.scrape.iter().flat_map(|spec| &spec.jobs);
    let of_jobs = jobs.filter_map(|job| job.item.as_ref()?.interval.as_ref());
    let of_all = context.specs.scrape.iter();
    let of_all = of_all.filter_map(|spec| spec.interval.as_ref());
    for interval in of_all.chain(of_jobs) {
        if interval.value > LOOKBACK {
            sink.push(
                Diagnostic::new(
                    Code::RareScrape,
                    format!(
                        "what is scraped every {} is gone most of the time: Prometheus takes a sample for the value of now for {LOOKBACK}",
                        interval.value
                    ),
                )
                .at(interval.span, "longer than samples live")
                .help("panels have gaps, and alerts on these metrics resolve between scrapes; scrape every 2m, so that one scrape may fail"),
            );
        }
    }
}
