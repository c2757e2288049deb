//! Why a selector selects nothing.

use super::{Cause, Found, Narrowing};
use crate::diagnostic::{Code, nearest};
use crate::promql::{Expr, MatchOp, Matcher, Selector};
use crate::verify::place::Part;
use crate::verify::prometheus::{Refusal, Target};
use crate::verify::words::{kin, list, seconds};
use std::collections::BTreeSet;

/// How far back a metric is looked for, step by step.
const LOOK_BACK: [&str; 4] = ["5m", "1h", "1d", "2w"];
/// Suffixes of series that their metric's declaration does not have.
const SUFFIXES: [&str; 4] = ["_bucket", "_sum", "_count", "_total"];

impl<'a> Narrowing<'a> {
    /// The matchers of a selector but that on the name, and its window as written.
    pub(super) fn selection<'s>(
        &self,
        selector: &'s Selector,
    ) -> (Vec<&'s Matcher>, Option<&'a str>) {
        let matchers = selector.matchers.iter();
        let matchers = matchers.filter(|matcher| &*matcher.name.text != "__name__");
        let lookback = selector.lookback.as_ref();
        let window = lookback.map(|lookback| &self.sent.text()[lookback.duration.range.bytes()]);
        (matchers.collect(), window)
    }

    pub(super) fn why_not_selected(&self, expr: &'a Expr, selector: &'a Selector) -> Found<'a> {
        let Some(name) = selector.metric_name() else {
            return Ok(Cause::new(
                Code::MatchersDisagree,
                Part::Whole(expr),
                "no series has these labels",
                "selects nothing",
            ));
        };
        let (matchers, window) = self.selection(selector);
        let moved = selector.offset.is_some() || selector.at.is_some();
        if moved && self.exists(name, &matchers, window)? {
            return Ok(Cause::new(
                Code::NotThatLongAgo,
                Part::Whole(expr),
                format!("`{name}` has values now, and had none at the time that is asked for"),
                "no data at that time",
            )
            .help("wait until there is as much history, or look back less far"));
        }
        if window.is_some() && self.exists(name, &matchers, None)? {
            return self.why_too_few(expr, &format!("{{__name__={name:?}}}"));
        }
        if self.exists(name, &[], window)? {
            return self.why_no_match(expr, name, &matchers, window);
        }
        match self.last_seen(name)? {
            Some(ago) => self.why_gone(expr, name, ago),
            None => self.why_never(expr, name, &matchers),
        }
    }

    /// Whether any series of `name` passes `matchers`.
    fn exists(
        &self,
        name: &str,
        matchers: &[&Matcher],
        window: Option<&str>,
    ) -> Result<bool, Refusal> {
        let series = self.select(name, matchers, &[], window);
        let asked = match window {
            Some(_) => format!("count(count_over_time({series}))"),
            None => format!("count({series})"),
        };
        Ok(!self.prometheus.instant(&asked)?.is_empty())
    }

    /// A selector of the series of `name` that pass `matchers` and `more`.
    pub(super) fn select(
        &self,
        name: &str,
        matchers: &[&Matcher],
        more: &[String],
        window: Option<&str>,
    ) -> String {
        let own = matchers
            .iter()
            .map(|matcher| self.sent.text()[matcher.range.bytes()].to_owned());
        let all: Vec<_> = std::iter::once(format!("__name__={name:?}"))
            .chain(own)
            .chain(more.iter().cloned())
            .collect();
        let window = window
            .map(|window| format!("[{window}]"))
            .unwrap_or_default();
        format!("{{{}}}{window}", all.join(","))
    }

    /// The series are there, but not with these labels.
    fn why_no_match(
        &self,
        expr: &'a Expr,
        name: &str,
        matchers: &[&'a Matcher],
        window: Option<&str>,
    ) -> Found<'a> {
        for matcher in matchers {
            if !self.exists(name, &[matcher], window)? {
                return self.why_matcher(expr, name, matcher, &[], window);
            }
        }
        let mut passed: Vec<&Matcher> = Vec::new();
        for matcher in matchers {
            passed.push(matcher);
            if !self.exists(name, &passed, window)? {
                passed.pop();
                return self.why_matcher(expr, name, matcher, &passed, window);
            }
        }
        Ok(self.unknown(expr))
    }

    /// `matcher` takes away what the matchers in `passed` have left.
    fn why_matcher(
        &self,
        expr: &'a Expr,
        name: &str,
        matcher: &'a Matcher,
        passed: &[&Matcher],
        window: Option<&str>,
    ) -> Found<'a> {
        let label = &*matcher.name.text;
        let written = &self.sent.text()[matcher.range.bytes()];
        let part = Part::Matcher(expr, label);
        let over = |series: &str| match window {
            Some(_) => format!("count by ({label}) (count_over_time({series}))"),
            None => format!("count by ({label}) ({series})"),
        };
        let counts = self
            .prometheus
            .instant(&over(&self.select(name, passed, &[], window)))?;
        let values: BTreeSet<&str> = counts
            .iter()
            .filter_map(|series| series.labels.get(label).map(String::as_str))
            .collect();
        if values.is_empty() {
            let example = self.prometheus.instant(&format!(
                "bottomk(1, {})",
                self.select(name, &[], &[], None)
            ))?;
            let labels: BTreeSet<&str> = example
                .iter()
                .flat_map(|series| series.labels.keys().map(String::as_str))
                .filter(|label| *label != "__name__")
                .collect();
            let cause = Cause::new(
                Code::LabelAbsent,
                part,
                format!("the series of `{name}` have no label `{label}`"),
                "no such label",
            );
            let cause = if labels.is_empty() {
                cause
            } else {
                cause.note(format!("they have {}", list(&labels)))
            };
            return Ok(match kin(label, labels) {
                Some(near) => cause.help(format!("was `{near}` once called `{label}`?")),
                None => cause.help("does the service give it, and does no relabelling drop it?"),
            });
        }
        let held = format!("`{label}` is {}", list(&values));
        if !passed.is_empty() {
            let others: Vec<_> = passed
                .iter()
                .map(|matcher| &self.sent.text()[matcher.range.bytes()])
                .collect();
            return Ok(Cause::new(
                Code::MatchersDisagree,
                part,
                format!(
                    "no series of `{name}` has {} and {written} at once",
                    others.join(" and ")
                ),
                "takes away the rest",
            )
            .note(format!("with {}, {held}", others.join(" and "))));
        }
        let cause = Cause::new(
            Code::LabelValueAbsent,
            part,
            format!("no series of `{name}` has {written}"),
            "no such value",
        )
        .note(held);
        Ok(match (matcher.op, nearest(&matcher.value.value, values)) {
            (MatchOp::Equal, Some(near)) => cause.help(format!("is `{near}` meant?")),
            _ => cause,
        })
    }

    /// Seconds since `name` had its last sample, if it ever had one.
    fn last_seen(&self, name: &str) -> Result<Option<f64>, Refusal> {
        for window in LOOK_BACK {
            if !self.exists(name, &[], Some(window))? {
                continue;
            }
            let step = crate::promql::PromDuration::parse(window)
                .map_or(1_000, |window| (window.as_millis() / 100).max(1_000));
            let series = self.select(name, &[], &[], None);
            let asked = format!("max(max_over_time(timestamp({series})[{window}:{step}ms]))");
            let seen = self.prometheus.instant(&asked)?;
            let ago = seen
                .first()
                .map_or(0.0, |seen| self.prometheus.now - seen.value());
            return Ok(Some(ago.max(0.0)));
        }
        Ok(None)
    }

    fn why_gone(&self, expr: &'a Expr, name: &str, ago: f64) -> Found<'a> {
        let seen = self.prometheus.instant(&format!(
            "count by (job) (count_over_time({}))",
            self.select(name, &[], &[], Some("2w"))
        ))?;
        let job = seen.iter().find_map(|series| series.labels.get("job"));
        let last = format!("its last sample came {} ago", seconds(ago));
        if let Some(job) = job
            && let Some(cause) = self.why_job(expr, name, job)
        {
            return Ok(cause.note(last));
        }
        let targets = job.map_or_else(
            || "its targets".to_owned(),
            |job| format!("the targets of `{job}`"),
        );
        Ok(Cause::new(
            Code::MetricGone,
            Part::Metric(expr),
            format!("`{name}` is no longer there"),
            "no longer exposed",
        )
        .note(last)
        .note(format!("{targets} can be scraped, and no longer expose it"))
        .help("a restarted service exposes series with labels only after their first event; was another version deployed?"))
    }

    /// What is wrong with the targets of `job`, if anything is.
    fn why_job(&self, expr: &'a Expr, name: &str, job: &str) -> Option<Cause<'a>> {
        let targets: Vec<&Target> = self
            .targets
            .iter()
            .filter(|target| target.scrape_pool == job)
            .collect();
        let all = |health: &str| targets.iter().all(|target| target.health == health);
        if targets.is_empty() {
            let jobs: BTreeSet<&str> = self
                .targets
                .iter()
                .map(|target| target.scrape_pool.as_str())
                .collect();
            let mut cause = Cause::new(
                Code::NoSuchJob,
                Part::Metric(expr),
                format!("Prometheus has no job `{job}`, which exposes `{name}`"),
                "not scraped",
            )
            .note(format!("it scrapes {}", list(&jobs)))
            .help("is `prometheus.yml` loaded, and is it of this profile?");
            cause.job = Some(job.to_owned());
            return Some(cause);
        }
        if all("up") {
            return None;
        }
        if all("unknown") {
            return Some(Cause::new(
                Code::TooEarly,
                Part::Metric(expr),
                format!(
                    "the targets of `{job}`, which exposes `{name}`, have not been scraped yet"
                ),
                "no scrape yet",
            ));
        }
        let down = targets.iter().find(|target| target.health == "down")?;
        let mut cause = Cause::new(
            Code::TargetDown,
            Part::Metric(expr),
            format!("no target of `{job}`, which exposes `{name}`, can be scraped"),
            "not scraped",
        )
        .note(format!("{}: {}", down.scrape_url, down.last_error));
        cause.job = Some(job.to_owned());
        Some(cause)
    }

    fn why_never(&self, expr: &'a Expr, name: &str, matchers: &[&Matcher]) -> Found<'a> {
        let base = SUFFIXES
            .iter()
            .find_map(|suffix| self.model.metrics.get(name.strip_suffix(suffix)?));
        let metric = self.model.metrics.get(name).or(base);
        let written = matchers
            .iter()
            .find(|matcher| &*matcher.name.text == "job" && matcher.op == MatchOp::Equal)
            .map(|matcher| &*matcher.value.value);
        let external = self
            .model
            .external
            .values()
            .find(|external| external.metrics.contains_key(name));
        let job = written
            .or_else(|| metric?.job.as_deref())
            .or_else(|| external?.job.as_deref());
        if let Some(job) = job
            && let Some(cause) = self.why_job(expr, name, job)
        {
            return Ok(cause);
        }
        if name == "ALERTS" || name == "ALERTS_FOR_STATE" {
            return Ok(Cause::new(
                Code::NothingHappened,
                Part::Metric(expr),
                "no alert is pending or firing",
                "there while alerts are",
            ));
        }
        let mut records = self.model.groups.iter().flat_map(|group| &group.records);
        if let Some(record) = records.find(|record| *record.name == *name) {
            return self.why_not_recorded(expr, record);
        }
        let declared = SUFFIXES
            .iter()
            .filter_map(|suffix| name.strip_suffix(suffix));
        if std::iter::once(name)
            .chain(declared)
            .any(|name| self.metadata.contains_key(name))
        {
            return Ok(Cause::new(
                Code::NothingHappened,
                Part::Metric(expr),
                format!("nothing has happened: `{name}` is exposed, and has no series yet"),
                "no series yet",
            )
            .help(
                "series with labels come into being with the first event that has their values",
            ));
        }
        // A catalog does not say which job exposes a metric if there are several.
        if job.is_none()
            && !self.targets.is_empty()
            && self.targets.iter().any(|target| target.health != "up")
        {
            let blind = self.targets.iter().find(|target| target.health != "up");
            let job = blind
                .map(|target| target.scrape_pool.as_str())
                .unwrap_or_default();
            if let Some(cause) = self.why_job(expr, name, job) {
                return Ok(cause);
            }
        }
        self.never_exposed(expr, name, job)
    }

    fn never_exposed(&self, expr: &'a Expr, name: &str, job: Option<&str>) -> Found<'a> {
        let of_job = match job {
            Some(job) => format!("{{__name__!=\"\",job={job:?}}}"),
            None => "{__name__!=\"\"}".to_owned(),
        };
        let exposed = self.prometheus.label_values("__name__", &of_job, 300.0)?;
        let cause = Cause::new(
            Code::MetricNeverSeen,
            Part::Metric(expr),
            format!("Prometheus has never seen `{name}`"),
            "never seen",
        );
        let cause = match job {
            Some(job) => cause.note(format!("the targets of `{job}` can be scraped, and do not expose it")),
            None => cause.note("no target exposes it, and the specs do not say which job should (`job:` of the metric)"),
        };
        let known = exposed.iter().map(String::as_str);
        let strange = known.filter(|other| !self.model.metrics.contains_key(*other));
        Ok(match kin(name, strange) {
            Some(near) => cause.help(format!("`{near}` is exposed: was it renamed?")),
            None => cause.help("is it emitted by this version of the service, and does no `metric_relabel_configs` drop it?"),
        })
    }
}
