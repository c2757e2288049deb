//! Why a window does not hold two samples.

use super::{Cause, Found, Narrowing};
use crate::diagnostic::Code;
use crate::promql::{DurationLit, DurationValue, Expr, ExprKind, PromDuration};
use crate::verify::place::Part;
use crate::verify::prometheus::{Refusal, Series};
use crate::verify::words::seconds;

/// How far back samples are looked for, in seconds, at least.
const LOOK_BACK: f64 = 3_600.0;

/// How samples come into being, and every how many seconds.
struct Rhythm {
    /// `scrape`, with its article.
    each: &'static str,
    several: &'static str,
    interval: f64,
}

/// What lies before a window that holds less than two samples.
enum Before {
    /// Nothing that would make two.
    Nothing,
    /// Samples that are too far apart for the window.
    Sparse,
    /// Samples that are near enough to each other, and a pause since.
    Pause,
}

impl<'a> Narrowing<'a> {
    /// Why no series has two samples in the window of `range`, a selector or
    /// subquery; `series` is what it is about.
    pub(super) fn why_too_few(&self, range: &'a Expr, series: &str) -> Found<'a> {
        const HOLDS: &str = "holds less than two samples";
        let window = window_of(range);
        let too_short =
            |reason: String| Cause::new(Code::WindowTooShort, Part::Window(range), reason, HOLDS);
        let rhythm = self.rhythm(range, series)?;
        if let Some(rhythm) = rhythm.filter(|rhythm| window < 2.0 * rhythm.interval) {
            return Ok(too_short(format!(
                "a window of {} is too short for {} every {}",
                seconds(window),
                rhythm.each,
                seconds(rhythm.interval)
            ))
            .help(format!(
                "take {} or more: four {} survive one that fails",
                seconds(4.0 * rhythm.interval),
                rhythm.several
            )));
        }
        // Labels do not always tell where series come from, and the samples do.
        let reason = match self.before(range, window)? {
            Before::Sparse => {
                return Ok(too_short(format!(
                    "a window of {} is too short: the samples are further apart",
                    seconds(window)
                ))
                .help("take four times as long as it is from one sample to the next"));
            }
            Before::Pause => "less than two samples have come since a pause",
            Before::Nothing => "there is one sample so far",
        };
        Ok(
            Cause::new(Code::TooEarly, Part::Window(range), reason, HOLDS)
                .help("wait for the next scrape: `--wait` does"),
        )
    }

    /// How often the series of `range` get a sample: as often as their rule is
    /// evaluated, or as the slowest of their jobs is scraped.
    fn rhythm(&self, range: &Expr, series: &str) -> Result<Option<Rhythm>, Refusal> {
        let name = match &range.kind {
            ExprKind::Selector(selector) => selector.metric_name(),
            _ => None,
        };
        if let Some((group, _)) = name.and_then(|name| self.recording(name)) {
            return Ok(Some(Rhythm {
                each: "an evaluation",
                several: "evaluations",
                interval: group.interval,
            }));
        }
        let counted = if series.ends_with(']') {
            format!("count by (job) (count_over_time({series}))")
        } else {
            format!("count by (job) ({series})")
        };
        let jobs = self.prometheus.instant(&counted)?;
        let jobs = jobs.iter().filter_map(|series| series.labels.get("job"));
        let intervals = jobs.filter_map(|job| self.interval_of(job));
        Ok(intervals.reduce(f64::max).map(|interval| Rhythm {
            each: "a scrape",
            several: "scrapes",
            interval,
        }))
    }

    /// Seconds between scrapes of a job: as Prometheus does it, or as the specs say.
    fn interval_of(&self, job: &str) -> Option<f64> {
        let target = self.targets.iter().find(|target| target.scrape_pool == job);
        let written = target.and_then(|target| PromDuration::parse(&target.scrape_interval));
        let declared = || {
            let mut jobs = self.model.scrape.jobs.iter();
            let job = jobs.find(|own| *own.name == *job)?;
            Some(job.interval.unwrap_or(self.model.scrape.interval))
        };
        written.or_else(declared).map(PromDuration::as_secs_f64)
    }

    /// Looks for samples further back, step by step.
    fn before(&self, range: &Expr, window: f64) -> Result<Before, Refusal> {
        let ExprKind::Selector(selector) = &range.kind else {
            return Ok(Before::Nothing);
        };
        let Some(name) = selector.metric_name() else {
            return Ok(Before::Nothing);
        };
        if window <= 0.0 || selector.offset.is_some() || selector.at.is_some() {
            return Ok(Before::Nothing);
        }
        let (matchers, _) = self.selection(selector);
        let mut most = 0.0;
        let mut back = window;
        while back < LOOK_BACK.max(16.0 * window) {
            back *= 2.0;
            let longer = format!("{}ms", (back * 1000.0).round());
            let selected = self.select(name, &matchers, &[], Some(&longer));
            let counts = self
                .prometheus
                .instant(&format!("count_over_time({selected})"))?;
            most = counts.iter().map(Series::value).fold(0.0, f64::max);
            if most >= 3.0 {
                // On average, two would have to be in every window.
                let sparse = back / most > window / 2.0;
                return Ok(if sparse {
                    Before::Sparse
                } else {
                    Before::Pause
                });
            }
        }
        Ok(if most >= 2.0 {
            Before::Sparse
        } else {
            Before::Nothing
        })
    }
}

/// The seconds that a selector or subquery looks back.
fn window_of(range: &Expr) -> f64 {
    let window: Option<&DurationLit> = match &range.kind {
        ExprKind::Selector(selector) => selector
            .lookback
            .as_ref()
            .map(|lookback| &lookback.duration),
        ExprKind::Subquery(subquery) => Some(&subquery.lookback),
        _ => None,
    };
    match window.map(|window| window.value) {
        Some(DurationValue::Fixed(window)) => window.as_secs_f64(),
        _ => 0.0,
    }
}
