//! Scraping, Grafana, and the compose stack.

pub(super) mod guard;
pub(super) mod stack;

use super::catalog::check_label_name;
use super::{check_named, texts, value, values};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model::{BasicAuth, Datasource, Grafana, Job, Scrape, Tls};
use crate::promql::PromDuration;
use crate::spec::shape::{self, DatasourceReference};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Prometheus's own default between scrapes.
const USUAL_INTERVAL: PromDuration = PromDuration::from_millis(60_000);

/// Where Grafana's image looks for dashboards in the compose stack.
const USUAL_DASHBOARDS_PATH: &str = "/var/lib/grafana/dashboards";

/// Resolves the `scrape` section.
pub(super) fn scrape(spec: Option<&shape::Scrape>, sink: &mut Sink) -> Scrape {
    let interval = spec.and_then(|spec| spec.interval);
    let common = interval
        .as_ref()
        .map_or(USUAL_INTERVAL, |interval| interval.value);
    let Some(spec) = spec else {
        return Scrape {
            interval: common,
            timeout: None,
            evaluation_interval: common,
            external_labels: BTreeMap::new(),
            jobs: Vec::new(),
        };
    };
    check_timeout(spec.timeout.as_ref(), common, interval.as_ref(), sink);
    spec.external_labels
        .iter()
        .for_each(|label| check_label_name(&label.name, sink));
    let mut jobs: Vec<Job> = spec
        .jobs
        .iter()
        .filter_map(|named| Some(job(&named.name, named.item.as_ref()?, spec, common, sink)))
        .collect();
    jobs.sort_by(|a, b| a.name.cmp(&b.name));
    Scrape {
        interval: common,
        timeout: value(spec.timeout.as_ref()),
        evaluation_interval: value(spec.evaluation_interval.as_ref()).unwrap_or(common),
        external_labels: texts(&spec.external_labels),
        jobs,
    }
}

fn job(
    name: &Spanned<Arc<str>>,
    spec: &shape::Job,
    scrape: &shape::Scrape,
    common: PromDuration,
    sink: &mut Sink,
) -> Job {
    check_named("a job", name, sink);
    guard::check_path(spec.path.as_ref(), sink);
    if let (Some(token), Some(_)) = (&spec.bearer_token_file, &spec.basic_auth) {
        sink.push(
            Diagnostic::new(
                Code::ConflictingKeys,
                format!("the job `{name}` logs in by `bearer_token_file` and by `basic_auth`"),
            )
            .at(token.span, "one of the two"),
        );
    }
    for (index, target) in spec.targets.iter().enumerate() {
        guard::check_target(target, sink);
        if let Some(first) = spec.targets[..index]
            .iter()
            .find(|earlier| earlier.value == target.value)
        {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateTarget,
                    format!("the job `{name}` scrapes `{target}` twice"),
                )
                .at(target.span, "given again")
                .because(first.span, "first given here"),
            );
        }
    }
    if spec.targets.is_empty() && spec.raw.is_none() {
        sink.push(
            Diagnostic::new(
                Code::MissingKey,
                format!("the job `{name}` scrapes nothing"),
            )
            .at(name.span, "needs `targets`, or service discovery in `raw`"),
        );
    }
    let interval = spec.interval.as_ref();
    let every = interval.map_or(common, |interval| interval.value);
    let timeout = spec
        .timeout
        .as_ref()
        .or(scrape.timeout.as_ref().filter(|_| interval.is_some()));
    check_timeout(timeout, every, interval.or(scrape.interval.as_ref()), sink);
    spec.labels
        .iter()
        .for_each(|label| check_label_name(&label.name, sink));
    if let Some(raw) = &spec.raw {
        guard::check_raw(name, raw, sink);
    }
    let mut targets: Vec<Arc<str>> = values(&spec.targets);
    targets.sort();
    Job {
        name: name.value.clone(),
        targets,
        path: value(spec.path.as_ref()),
        scheme: spec.scheme,
        interval: value(interval),
        timeout: value(spec.timeout.as_ref()),
        labels: texts(&spec.labels),
        honor_labels: spec.honor_labels.unwrap_or(false),
        bearer_token_file: value(spec.bearer_token_file.as_ref()),
        basic_auth: spec.basic_auth.as_ref().map(|auth| BasicAuth {
            username: auth.username.value.clone(),
            password_file: auth.password_file.value.clone(),
        }),
        tls: spec.tls.as_ref().map(|tls| Tls {
            ca_file: value(tls.ca_file.as_ref()),
            cert_file: value(tls.cert_file.as_ref()),
            key_file: value(tls.key_file.as_ref()),
            server_name: value(tls.server_name.as_ref()),
            insecure_skip_verify: tls.insecure_skip_verify.unwrap_or(false),
        }),
        raw: value(spec.raw.as_ref()),
    }
}

/// Prometheus refuses a timeout that is longer than the interval.
fn check_timeout(
    timeout: Option<&Spanned<PromDuration>>,
    interval: PromDuration,
    written: Option<&Spanned<PromDuration>>,
    sink: &mut Sink,
) {
    let Some(timeout) = timeout.filter(|timeout| timeout.value > interval) else {
        return;
    };
    let diagnostic = Diagnostic::new(
        Code::ScrapeTimeout,
        format!("a scrape may take {timeout}, but the next one starts after {interval}"),
    )
    .at(timeout.span, "longer than the interval");
    sink.push(match written {
        Some(written) => diagnostic.because(written.span, "the interval"),
        None => diagnostic.help(format!(
            "Prometheus scrapes every {interval} unless `interval` says otherwise"
        )),
    });
}

/// Resolves the `grafana` section.
pub(super) fn grafana(spec: Option<&shape::Grafana>, sink: &mut Sink) -> Option<Grafana> {
    let spec = spec?;
    if let Some(url) = &spec.url {
        guard::check_address(url, sink);
    }
    let datasource = spec.datasource.as_ref().map(|own| {
        guard::check_address(&own.url, sink);
        Datasource {
            name: value(own.name.as_ref()).unwrap_or_else(|| "Prometheus".into()),
            uid: value(own.uid.as_ref()).unwrap_or_else(|| "prometheus".into()),
            url: own.url.value.clone(),
            reference: own
                .reference
                .as_ref()
                .map_or(DatasourceReference::Uid, |reference| *reference),
            timeout: value(own.timeout.as_ref()),
        }
    });
    let folder = spec.folder.as_ref();
    Some(Grafana {
        url: spec
            .url
            .as_ref()
            .map(|url| url.as_str().trim_end_matches('/').into()),
        datasource,
        folder: folder.map(|folder| folder.title.value.clone()),
        folder_uid: folder.map(|folder| {
            value(folder.uid.as_ref()).unwrap_or_else(|| uid_of(folder.title.as_str()).into())
        }),
        dashboards_path: value(spec.dashboards_path.as_ref())
            .unwrap_or_else(|| USUAL_DASHBOARDS_PATH.into()),
        editable: spec.editable.unwrap_or(false),
    })
}

/// `Team A: Orchestrator` as a uid: `team-a-orchestrator`.
fn uid_of(title: &str) -> String {
    let mut uid = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            uid.push(c.to_ascii_lowercase());
        } else if !uid.ends_with('-') && !uid.is_empty() {
            uid.push('-');
        }
    }
    uid.truncate(40);
    uid.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::uid_of;

    #[test]
    fn folder_uids_are_plain() {
        assert_eq!(uid_of("Orchestrator"), "orchestrator");
        assert_eq!(uid_of("Team A: Süd / West"), "team-a-s-d-west");
        assert_eq!(uid_of(&"x".repeat(99)).len(), 40);
    }
}
