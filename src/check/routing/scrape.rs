//! Metrics that nobody is known to scrape.

use crate::check::context::Context;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::Job;

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
