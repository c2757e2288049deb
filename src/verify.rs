//! Asks a running system whether everything that was generated really works,
//! and says why not.
//!
//! Servers are only ever read. Their answers are judged by the model, each
//! finding at the place in the specs that it concerns, with the evidence as
//! notes.

mod alertmanager;
mod catalog;
mod client;
mod clock;
mod exposition;
mod finding;
mod narrow;
mod place;
mod prometheus;
mod queries;
mod rules;
mod sending;
mod targets;
mod trouble;
mod words;

pub use client::{Access, AccessError, Client};

use crate::diagnostic::{Code, Diagnostic, Severity, Sink, Sources};
use crate::model::Model;
use crate::render;
use crate::spec::shape::Specs;
use catalog::Exposed;
use client::Answer;
use exposition::Exposition;
use place::Places;
use prometheus::{Prometheus, Refusal};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use trouble::Trouble;

/// Requests at a time.
const AT_ONCE: usize = 4;
/// Most bytes of an exposition in a file, as of one from a server.
const MAX_EXPOSITION: u64 = 64 << 20;

/// The servers of a system, and files that say what one of them exposes.
#[derive(Debug, Clone, Default)]
pub struct System {
    /// Address of Prometheus.
    pub prometheus: Option<String>,
    /// Addresses or files of expositions.
    pub metrics: Vec<String>,
    /// Address of Alertmanager.
    pub alertmanager: Option<String>,
}

/// What came of it.
#[derive(Debug)]
pub struct Verdict {
    /// What was found, the worst first, then in file order.
    pub diagnostics: Vec<Diagnostic>,
    /// The files of the specs, and the expositions.
    pub sources: Sources,
    /// What was looked at, and how much of it is well.
    pub checks: Vec<Check>,
}

/// How many things of a kind were looked at, and are well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The kind, in the plural.
    pub what: &'static str,
    /// What being well means for them.
    pub well: &'static str,
    /// How many are.
    pub good: usize,
    /// Of how many.
    pub all: usize,
}

impl Verdict {
    /// Whether a server could not be asked.
    pub fn is_unreachable(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|found| found.code == Code::Unreachable)
    }

    /// Whether there is anything that time may mend.
    pub fn may_improve(&self) -> bool {
        let lasting = [
            Code::ExposedHelp,
            Code::LabelValuesFolded,
            Code::ClockSkew,
            Code::ScrapeInterval,
            Code::EvaluationInterval,
            Code::CounterResets,
            Code::TooManySeries,
            Code::AlertSilenced,
        ];
        self.diagnostics
            .iter()
            .any(|found| found.severity != Severity::Hint && !lasting.contains(&found.code))
    }
}

/// How many things are well, of how many.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    good: usize,
    all: usize,
}

impl Tally {
    fn count(&mut self, good: bool) {
        self.all += 1;
        self.good += usize::from(good);
    }

    fn check(self, what: &'static str, well: &'static str) -> Option<Check> {
        (self.all > 0).then_some(Check {
            what,
            well,
            good: self.good,
            all: self.all,
        })
    }
}

/// Asks all of `system` about `model`, which came of `specs` in `sources`.
pub fn verify(
    system: &System,
    client: &Client,
    model: &Model,
    specs: &Specs,
    sources: &Sources,
) -> Verdict {
    let mut sink = Sink::default();
    let mut checks = Vec::new();
    let mut sources = copied(sources);
    let answers = expositions(system, client, &mut sources, &mut sink);
    let places = Places {
        specs,
        sources: &sources,
    };
    if !answers.is_empty() {
        let exposed: Vec<_> = answers
            .iter()
            .map(|(id, target, open_metrics)| Exposed {
                id: *id,
                exposition: Exposition::parse(sources.get(*id).text(), *open_metrics),
                job: job_of(target, model),
            })
            .collect();
        let mut readable = Tally::default();
        for target in &exposed {
            readable.count(target.exposition.faults.is_empty());
        }
        checks.extend(readable.check("expositions", "readable"));
        let tally = catalog::judge(&exposed, model, places, &mut sink);
        checks.extend(tally.check("metrics", "exposed as declared"));
    }
    if let Some(base) = &system.prometheus {
        checks.extend(ask_prometheus(base, client, model, places, &mut sink));
    }
    if let Some(base) = &system.alertmanager {
        match alertmanager::ask(client, base) {
            Ok(loaded) => {
                if let Some(finding) = clock::judge("Alertmanager", loaded.clock_ahead) {
                    sink.push(finding);
                }
                let generated = generated(model, "monitoring/alertmanager.yml");
                let tally = alertmanager::judge(&loaded, &generated, model, places, &mut sink);
                checks.extend(tally.check("receivers and routing", "loaded as generated"));
            }
            Err(trouble) => sink.push(unreachable(&format!("Alertmanager at {base}"), &trouble)),
        }
    }
    let mut diagnostics = sink.into_sorted();
    diagnostics.sort_by_key(|found| found.severity);
    Verdict {
        diagnostics,
        sources,
        checks,
    }
}

type Answers = Vec<(crate::diagnostic::SourceId, String, Option<bool>)>;

/// Fetches or reads all expositions, and makes sources of them.
fn expositions(
    system: &System,
    client: &Client,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Answers {
    let mut answers = Vec::new();
    for target in &system.metrics {
        let answer = if is_address(target) {
            client.metrics(target)
        } else {
            from_file(target)
        };
        match answer {
            Ok(answer) => {
                if let Some(finding) = clock::judge(target, answer.clock_ahead) {
                    sink.push(finding);
                }
                let id = sources.add(target, answer.text);
                answers.push((id, target.clone(), answer.open_metrics));
            }
            Err(trouble) => sink.push(unreachable(target, &trouble)),
        }
    }
    answers
}

/// Whether `target` is an address, and no file.
fn is_address(target: &str) -> bool {
    target.starts_with("http://") || target.starts_with("https://")
}

fn from_file(path: &str) -> Result<Answer, Trouble> {
    use std::io::Read;
    let failed = |error: std::io::Error| Trouble::File(format!("it cannot be read: {error}"));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MAX_EXPOSITION + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_EXPOSITION {
        return Err(Trouble::TooLarge(MAX_EXPOSITION >> 20));
    }
    Ok(Answer {
        text: String::from_utf8(bytes).map_err(|_| Trouble::NotText)?,
        clock_ahead: None,
        open_metrics: None,
    })
}

/// The job that scrapes the target of this address.
fn job_of(target: &str, model: &Model) -> Option<Arc<str>> {
    let host = target.split_once("://")?.1.split('/').next()?;
    let jobs = model.scrape.jobs.iter();
    let mut own = jobs.filter(|job| job.targets.iter().any(|address| **address == *host));
    own.next().map(|job| job.name.clone())
}

fn copied(sources: &Sources) -> Sources {
    let mut copy = Sources::default();
    for (_, file) in sources.iter() {
        copy.add(file.path(), file.text());
    }
    copy
}

fn unreachable(server: &str, trouble: &Trouble) -> Diagnostic {
    let finding = Diagnostic::new(Code::Unreachable, format!("{server}: {trouble}"));
    match trouble.help() {
        Some(help) => finding.help(help),
        None => finding,
    }
}

fn generated(model: &Model, path: &str) -> Vec<u8> {
    let artifacts = render::render(model).unwrap_or_default();
    let own = artifacts.into_iter().find(|artifact| artifact.path == path);
    own.map(|artifact| artifact.bytes).unwrap_or_default()
}

fn ask_prometheus(
    base: &str,
    client: &Client,
    model: &Model,
    places: Places<'_>,
    sink: &mut Sink,
) -> Vec<Check> {
    let server = format!("Prometheus at {base}");
    let asked = || -> Result<_, Refusal> {
        let (prometheus, ahead) = Prometheus::connect(client, base)?;
        let targets = prometheus.targets()?;
        let groups = prometheus.rules()?;
        let alertmanagers = prometheus.alertmanagers()?;
        let metadata = prometheus.metadata()?;
        Ok((prometheus, ahead, targets, groups, alertmanagers, metadata))
    };
    let (prometheus, ahead, scraped, groups, alertmanagers, metadata) = match asked() {
        Ok(answers) => answers,
        Err(Refusal::Trouble(trouble)) => {
            sink.push(unreachable(&server, &trouble));
            return Vec::new();
        }
        Err(Refusal::Engine(reason)) => {
            sink.push(unreachable(&server, &Trouble::NotJson(reason)));
            return Vec::new();
        }
    };
    if let Some(finding) = clock::judge("Prometheus", ahead) {
        sink.push(finding);
    }
    let asking = queries::Asking {
        prometheus: &prometheus,
        model,
        places,
        targets: &scraped,
        metadata: &metadata,
        rules: &groups,
    };
    let asked = queries::judge(&asking, sink);
    let targets = targets::judge(model, &scraped, asked.blind, places, sink);
    let rules = rules::judge(model, &groups, prometheus.now, places, sink);
    let sending = send_to(model, &alertmanagers, places, sink);
    exposed_types(model, &metadata, places, sink);
    resets(&prometheus, model, places, sink);
    [
        targets.check("targets", "scraped"),
        rules.check("rules", "loaded and healthy"),
        sending.check("alertmanagers", "sent to"),
        asked.variables.check("variables", "offer values"),
        asked.panels.check("panels", "show data"),
        asked.queries.check("queries", "have data"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether Prometheus sends alerts to each Alertmanager of the specs.
fn send_to(model: &Model, found: &[String], places: Places<'_>, sink: &mut Sink) -> Tally {
    let mut tally = Tally::default();
    for target in model.alertmanager.iter().flat_map(|own| &own.targets) {
        let known = found
            .iter()
            .any(|url| url.contains(&format!("//{target}/")));
        tally.count(known);
        if known {
            continue;
        }
        let listed = places.specs.alertmanager.as_ref().map(|own| &own.targets);
        let written = listed.and_then(|listed| listed.iter().find(|own| own.value == *target));
        let finding = Diagnostic::new(
            Code::AlertmanagerNotUsed,
            format!("Prometheus does not send alerts to `{target}`"),
        )
        .note(match found {
            [] => "it sends them to nobody".to_owned(),
            found => format!("it sends them to {}", words::list(found)),
        })
        .help(
            "is the generated `prometheus.yml` loaded, with its `alerting`, and of this profile?",
        );
        sink.push(match written {
            Some(written) => finding.at(written.span, "nothing comes here"),
            None => finding,
        });
    }
    tally
}

/// Metrics whose type is another in what Prometheus has scraped.
fn exposed_types(
    model: &Model,
    metadata: &BTreeMap<String, Vec<prometheus::Metadata>>,
    places: Places<'_>,
    sink: &mut Sink,
) {
    for metric in model.metrics.values() {
        // OpenMetrics declares a counter without its suffix.
        let bare = metric.name.strip_suffix("_total").unwrap_or(&metric.name);
        let Some(said) = metadata.get(&*metric.name).or_else(|| metadata.get(bare)) else {
            continue;
        };
        let declared = metric.kind.word();
        let other = said
            .iter()
            .find(|said| said.r#type != declared && said.r#type != "unknown");
        let (Some(other), Some(named)) = (other, places.metric(&metric.name)) else {
            continue;
        };
        let span = named
            .item
            .as_ref()
            .map_or(named.name.span, |item| item.kind.span);
        sink.push(
            Diagnostic::new(
                Code::ExposedType,
                format!(
                    "`{}` is scraped as a {}, and declared as a {declared}",
                    metric.name, other.r#type
                ),
            )
            .at(span, "declared here"),
        );
    }
}

/// Counters that start from zero again and again.
fn resets(prometheus: &Prometheus<'_>, model: &Model, places: Places<'_>, sink: &mut Sink) {
    /// More than these in ten minutes are no deployments.
    const MANY: f64 = 3.0;
    let counters: Vec<_> = model
        .metrics
        .values()
        .filter(|metric| metric.kind == crate::spec::shape::MetricType::Counter)
        .collect();
    let asked = parallel(&counters, |metric| {
        let series = prometheus
            .instant(&format!("max(resets({}[10m]))", metric.name))
            .ok()?;
        Some(series.first()?.value()).filter(|resets| *resets > MANY)
    });
    for (metric, resets) in counters.iter().zip(asked) {
        let (Some(resets), Some(named)) = (resets, places.metric(&metric.name)) else {
            continue;
        };
        sink.push(
            Diagnostic::new(
                Code::CounterResets,
                format!(
                    "`{}` has started from zero {} times in ten minutes",
                    metric.name,
                    words::number(resets)
                ),
            )
            .at(named.name.span, "a counter")
            .help(
                "does its service crash, do two instances answer at one address, or is it a gauge?",
            ),
        );
    }
}

/// What `work` makes of each item, a few at a time, in their order.
fn parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                return done;
            };
            done.push((index, work(item)));
        }
    };
    let mut results = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE.min(items.len()))
            .map(|_| scope.spawn(worker))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| match worker.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect::<Vec<_>>()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
