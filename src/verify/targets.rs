//! Judges what Prometheus scrapes: every job and target of the specs, as
//! often as they say.

use super::finding::{User, each, named};
use super::prometheus::Target;
use super::words::list;
use super::{Tally, place::Places};
use crate::diagnostic::{Code, Diagnostic, Sink, Span};
use crate::model::{Job, Model};
use crate::promql::PromDuration;
use std::collections::{BTreeMap, BTreeSet};

/// Judges the targets. `blind` is what has no data because of a job's.
pub(super) fn judge(
    model: &Model,
    targets: &[Target],
    mut blind: BTreeMap<String, BTreeSet<User>>,
    places: Places<'_>,
    sink: &mut Sink,
) -> Tally {
    let mut tally = Tally::default();
    let jobs = &model.scrape.jobs;
    let unknown_to_it = |job: &&Job| targets.iter().all(|target| target.scrape_pool != *job.name);
    let strange: BTreeSet<&str> = targets
        .iter()
        .map(|target| target.scrape_pool.as_str())
        .filter(|pool| jobs.iter().all(|job| *job.name != **pool))
        .collect();
    let absent = jobs.iter().filter(unknown_to_it).count();
    for job in jobs {
        let own: Vec<&Target> = targets
            .iter()
            .filter(|target| target.scrape_pool == *job.name)
            .collect();
        let mut found = findings(job, &own, model, places, &mut tally);
        if own.is_empty() && (absent == jobs.len() || !strange.is_empty()) {
            for finding in &mut found {
                finding.notes.push(format!("it scrapes {}", list(&strange)));
            }
        }
        if let Some(users) = blind.remove(&*job.name) {
            match found.first_mut() {
                Some(finding) => {
                    let verb = if users.len() == 1 { "has" } else { "have" };
                    finding
                        .notes
                        .push(format!("because of it, {} {verb} no data", named(&users)));
                    if users.len() > 1 {
                        finding.notes.push(format!("these are {}", each(&users)));
                    }
                }
                None => tally.good = tally.good.saturating_sub(1),
            }
        }
        for finding in found {
            sink.push(finding);
        }
    }
    if !strange.is_empty() && absent < jobs.len() {
        sink.push(Diagnostic::new(
            Code::UndeclaredJob,
            format!(
                "Prometheus scrapes {}, which the specs do not have",
                list(&strange)
            ),
        ));
    }
    tally
}

fn findings(
    job: &Job,
    targets: &[&Target],
    model: &Model,
    places: Places<'_>,
    tally: &mut Tally,
) -> Vec<Diagnostic> {
    let spec = places.job(&job.name);
    let job_span = spec.map(|named| named.name.span);
    let target_span = |address: &str| {
        let listed = spec
            .and_then(|named| named.item.as_ref())
            .map(|item| &item.targets);
        let own = listed?.iter().find(|target| target.as_str() == address)?;
        Some(own.span)
    };
    let at = |diagnostic: Diagnostic, span: Option<Span>, label: &str| match span {
        Some(span) => diagnostic.at(span, label),
        None => diagnostic,
    };
    if targets.is_empty() {
        tally.all += job.targets.len().max(1);
        let finding = Diagnostic::new(
            Code::JobNotScraped,
            format!("Prometheus does not scrape the job `{}`", job.name),
        );
        return vec![
            at(finding, job_span, "not scraped")
                .help("is the generated `prometheus.yml` loaded, of this profile (`--profile`), and was Prometheus reloaded since?"),
        ];
    }
    let mut found = Vec::new();
    for address in &job.targets {
        let address_of = |target: &&&Target| {
            target
                .discovered_labels
                .get("__address__")
                .is_some_and(|own| **own == **address)
        };
        tally.all += 1;
        let Some(target) = targets.iter().find(address_of) else {
            let finding = Diagnostic::new(
                Code::JobNotScraped,
                format!(
                    "Prometheus does not scrape `{address}` of the job `{}`",
                    job.name
                ),
            );
            let others = targets
                .iter()
                .filter_map(|target| target.discovered_labels.get("__address__"));
            found.push(
                at(finding, target_span(address).or(job_span), "not scraped")
                    .note(format!("of this job it scrapes {}", list(others)))
                    .help(
                        "is the generated `prometheus.yml` loaded, of this profile (`--profile`)?",
                    ),
            );
            continue;
        };
        match down(job, address, target) {
            Some(finding) => found.push(at(
                finding,
                target_span(address).or(job_span),
                &target.health,
            )),
            None => tally.good += 1,
        }
    }
    // What service discovery has found.
    let listed = |target: &&&Target| {
        let address = target.discovered_labels.get("__address__");
        job.targets
            .iter()
            .any(|own| address.is_some_and(|address| **own == **address))
    };
    for target in targets.iter().filter(|target| !listed(target)) {
        tally.all += 1;
        match down(job, &target.scrape_url, target) {
            Some(finding) => found.push(at(finding, job_span, &target.health)),
            None => tally.good += 1,
        }
    }
    let expected = job.interval.unwrap_or(model.scrape.interval);
    let differs = |target: &&&Target| {
        PromDuration::parse(&target.scrape_interval).is_some_and(|own| own != expected)
    };
    if let Some(target) = targets.iter().find(differs) {
        let finding = Diagnostic::new(
            Code::ScrapeInterval,
            format!(
                "the job `{}` is scraped every {}, and should be every {expected}",
                job.name, target.scrape_interval
            ),
        );
        found.push(
            at(finding, job_span, "")
                .help("windows and `$__rate_interval` are worked out from the interval of the specs: reload the generated `prometheus.yml`"),
        );
    }
    found
}

fn down(job: &Job, address: &str, target: &Target) -> Option<Diagnostic> {
    let error = &target.last_error;
    match target.health.as_str() {
        "up" => None,
        "unknown" => Some(
            Diagnostic::new(
                Code::TargetNotScrapedYet,
                format!(
                    "`{address}` of the job `{}` has not been scraped yet",
                    job.name
                ),
            )
            .help("wait for the first scrape: `--wait` does"),
        ),
        _ => {
            let (reason, help) = scrape_trouble(error);
            let finding = Diagnostic::new(
                Code::TargetDown,
                format!(
                    "`{address}` of the job `{}` cannot be scraped: {reason}",
                    job.name
                ),
            )
            .note(format!("{}: {error}", target.scrape_url));
            Some(match help {
                Some(help) => finding.help(help),
                None => finding,
            })
        }
    }
}

/// What Prometheus's error on a scrape means, and what to do.
fn scrape_trouble(error: &str) -> (&'static str, Option<&'static str>) {
    const KNOWN: [(&[&str], &str, &str); 11] = [
        (
            &["connection refused"],
            "nobody listens there",
            "is the service running, and is the port right?",
        ),
        (
            &["no such host", "server misbehaving"],
            "there is no such host",
            "does the name resolve on Prometheus's machine?",
        ),
        (
            &["status 401", "status 403"],
            "it asks who is asking",
            "`bearer_token_file` or `basic_auth` of the job says who Prometheus is",
        ),
        (
            &["status 404"],
            "it has no such path",
            "`path` of the job says where the metrics are",
        ),
        (
            &["HTTP response to HTTPS client"],
            "it does not speak TLS",
            "leave out `scheme: https`",
        ),
        (
            &["malformed HTTP response"],
            "it does not speak plain HTTP",
            "does it speak TLS? then set `scheme: https`",
        ),
        (
            &["x509", "tls:", "certificate"],
            "no secure connection",
            "`tls` of the job names the authority and the server's name",
        ),
        (
            &["deadline exceeded", "Timeout", "timeout"],
            "it takes too long",
            "raise `timeout` of the job, or expose fewer series",
        ),
        (
            &[
                "start token",
                "Content-Type",
                "expected value after metric",
                "invalid metric type",
                "expected label",
                "parse error",
                "unexpected end of input",
            ],
            "what it answers is no exposition",
            "open the address: is it a page, or metrics of another format? `verify --metrics` shows the place",
        ),
        (&["status 5"], "it has failed itself", "its log says why"),
        (
            &["EOF", "reset by peer"],
            "the connection breaks off",
            "does it speak plain HTTP there, and does it stay up?",
        ),
    ];
    KNOWN
        .iter()
        .find(|(signs, ..)| signs.iter().any(|sign| error.contains(sign)))
        .map_or(("the scrape fails", None), |(_, reason, help)| {
            (*reason, Some(*help))
        })
}

#[cfg(test)]
mod tests {
    use super::scrape_trouble;

    #[test]
    fn errors_of_scrapes_are_put_into_words() {
        for (error, reason) in [
            (
                "Get \"http://x/metrics\": dial tcp 127.0.0.1:1: connect: connection refused",
                "nobody listens there",
            ),
            (
                "server returned HTTP status 404 Not Found",
                "it has no such path",
            ),
            (
                "\"INVALID\" is not a valid start token",
                "what it answers is no exposition",
            ),
            (
                "expected a valid start token, got \"<\" (\"INVALID\") while parsing: \"<\"",
                "what it answers is no exposition",
            ),
            (
                "Get \"http://x/metrics\": context deadline exceeded",
                "it takes too long",
            ),
            (
                "http: server gave HTTP response to HTTPS client",
                "it does not speak TLS",
            ),
            ("something new", "the scrape fails"),
        ] {
            assert_eq!(scrape_trouble(error).0, reason, "{error}");
        }
    }
}
