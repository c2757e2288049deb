//! The samples of the series, as the knobs set them.

use std::fmt::Write as _;

use super::InputSeries;
use super::histogram;
use super::labels::SeriesLabels;
use super::plan::{Group, Shape};
use super::solve::Domain;

/// How far a double counts in sixty-fourths, with room for sums.
const EXACT_LIMIT: f64 = (1_u64 << 40) as f64;

/// How finely the samples may be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Detail {
    /// What series that are not tuned are set to.
    pub(super) scale: f64,
    rounding: Rounding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rounding {
    /// To whole numbers.
    Whole,
    /// To as few decimals as will do.
    Decimal,
    /// To halves, quarters and so on, which doubles hold exactly.
    Binary,
}

impl Detail {
    /// From the plainest to the finest.
    pub(super) fn all(exact: bool) -> impl Iterator<Item = Self> {
        let whole = [1e2, 1e3, 1e4, 1e5, 1e6].map(|scale| (scale, Rounding::Whole));
        let decimal = [(1e2, Rounding::Decimal), (1e4, Rounding::Decimal)];
        let binary = [(64.0, Rounding::Binary), (65_536.0, Rounding::Binary)];
        whole
            .into_iter()
            .chain(decimal)
            .chain(binary.into_iter().filter(move |_| exact))
            .map(|(scale, rounding)| Self { scale, rounding })
    }

    /// Whether a finer setting of series that are not tuned is all that is new.
    pub(super) fn only_scales(self) -> bool {
        self.rounding == Rounding::Whole && self.scale > 1e2
    }

    fn round(self, value: f64) -> f64 {
        match self.rounding {
            Rounding::Whole => value.round(),
            Rounding::Decimal => (value * 1e6).round() / 1e6,
            Rounding::Binary => (value * 64.0).round() / 64.0,
        }
    }
}

/// The series with their samples.
#[derive(Clone)]
pub(super) struct Data<'p> {
    groups: &'p [Group],
    /// From one sample to the next, in milliseconds.
    interval: i64,
    /// The time of the last sample, in intervals.
    last: i64,
    detail: Detail,
    series: Vec<Series<'p>>,
}

/// One series: a sample per interval, from time 0 on.
#[derive(Clone)]
pub(super) struct Series<'p> {
    pub(super) labels: &'p SeriesLabels,
    pub(super) samples: Vec<f64>,
    start: f64,
    step: f64,
}

impl<'p> Data<'p> {
    pub(super) fn new(groups: &'p [Group], interval: i64, last: i64, detail: Detail) -> Self {
        let series = groups
            .iter()
            .flat_map(|group| &group.members)
            .map(|labels| Series {
                labels,
                samples: Vec::new(),
                start: 0.0,
                step: 0.0,
            })
            .collect();
        let mut data = Self {
            groups,
            interval,
            last,
            detail,
            series,
        };
        for (knob, group) in groups.iter().enumerate() {
            data.set_rounded(knob, group.default(detail.scale));
        }
        data
    }

    pub(super) fn interval(&self) -> i64 {
        self.interval
    }

    pub(super) fn series(&self) -> &[Series<'p>] {
        &self.series
    }

    /// The same series with samples up to that time.
    pub(super) fn extended(&self, last: i64) -> Self {
        let mut data = self.clone();
        data.last = last;
        for series in &mut data.series {
            series.fill(last);
        }
        data
    }

    /// Sets a knob; a histogram's counts become what they must be.
    pub(super) fn set(&mut self, knob: usize, setting: f64) {
        self.run(knob, setting, |count| count);
    }

    /// Sets a knob; a histogram's counts are rounded.
    pub(super) fn set_rounded(&mut self, knob: usize, setting: f64) {
        let detail = self.detail;
        self.run(knob, setting, |count| detail.round(count));
    }

    fn run(&mut self, knob: usize, setting: f64, round: impl Fn(f64) -> f64) {
        let first: usize = self.groups[..knob]
            .iter()
            .map(|group| group.members.len())
            .sum();
        let group = &self.groups[knob];
        let series = &mut self.series[first..first + group.members.len()];
        let mut run = |index: usize, start: f64, step: f64| {
            let series: &mut Series<'_> = &mut series[index];
            series.start = start;
            series.step = step;
            series.fill(self.last);
        };
        match &group.shape {
            Shape::Constant => run(0, setting, 0.0),
            Shape::Linear { .. } => run(0, 0.0, setting),
            Shape::Clock => run(0, setting, self.interval as f64 / 1000.0),
            Shape::Histogram {
                bounds,
                quantile,
                grows,
            } => {
                let counts = histogram::counts(bounds, *quantile, setting, self.detail.scale);
                for (index, count) in counts.into_iter().enumerate() {
                    let count = round(count);
                    if *grows {
                        run(index, 0.0, count);
                    } else {
                        run(index, count, 0.0);
                    }
                }
            }
        }
    }

    /// Where to look for the setting of a knob.
    pub(super) fn domain(&self, knob: usize, target: f64) -> Domain {
        let seconds = self.interval as f64 / 1000.0;
        let unit = if target == 0.0 { 1.0 } else { target };
        match &self.groups[knob].shape {
            Shape::Constant | Shape::Clock => Domain::all(unit),
            Shape::Linear { counter: false } => Domain::all(unit * seconds),
            Shape::Linear { counter: true } => Domain {
                low: 0.0,
                high: f64::MAX,
                guess: unit.abs() * seconds,
            },
            Shape::Histogram { bounds, .. } => {
                let (first, last) = (bounds[0], bounds[bounds.len() - 1]);
                let low = first.min(0.0);
                Domain {
                    low,
                    high: last,
                    guess: target.clamp(low, last),
                }
            }
        }
    }

    /// Settings near `setting`, the plainest first.
    pub(super) fn candidates(&self, knob: usize, setting: f64) -> Vec<f64> {
        if matches!(self.groups[knob].shape, Shape::Histogram { .. }) {
            return vec![setting];
        }
        let rounded = |unit: f64, offset: f64| ((setting * unit).round() + offset) / unit;
        match self.detail.rounding {
            Rounding::Whole => vec![setting.round()],
            Rounding::Decimal => (1..=6)
                .map(|digits| rounded(10_f64.powi(digits), 0.0))
                .chain([setting])
                .collect(),
            Rounding::Binary => (0..=10)
                .flat_map(|power| [0.0, 1.0, -1.0, 2.0, -2.0].map(|offset| (power, offset)))
                .map(|(power, offset)| rounded(2_f64.powi(power), offset))
                .collect(),
        }
    }

    /// Whether no sum or difference of samples is rounded.
    pub(super) fn sums_exactly(&self) -> bool {
        let exact = |value: f64| (value * 1024.0).fract() == 0.0 && value.abs() < EXACT_LIMIT;
        self.series.iter().all(|series| {
            let grows_exactly = exact(series.start)
                && exact(series.step)
                && series.samples.last().is_none_or(|last| exact(*last));
            series.step == 0.0 || grows_exactly
        })
    }

    /// The series as promtool reads them, with samples up to that time.
    pub(super) fn input(&self, last: i64) -> Vec<InputSeries> {
        self.series
            .iter()
            .map(|series| InputSeries {
                series: notation(series.labels),
                values: series.notation(last),
            })
            .collect()
    }
}

impl Group {
    /// A setting that makes a sensible partner.
    fn default(&self, scale: f64) -> f64 {
        let info = self.members[0]
            .get("__name__")
            .is_some_and(|name| name.ends_with("_info"));
        match &self.shape {
            // By convention, to be multiplied with.
            Shape::Constant if info => 1.0,
            Shape::Constant | Shape::Linear { .. } => scale,
            Shape::Clock => 0.0,
            Shape::Histogram { bounds, .. } => bounds[bounds.len() / 2],
        }
    }
}

impl Series<'_> {
    /// Adds up step by step, as promtool does.
    fn fill(&mut self, last: i64) {
        self.samples.clear();
        let mut value = self.start;
        for _ in 0..=last {
            self.samples.push(value);
            value += self.step;
        }
    }

    fn notation(&self, last: i64) -> String {
        // No negative zero.
        let (start, step) = (self.start + 0.0, self.step + 0.0);
        match step {
            0.0 => format!("{start}x{last}"),
            _ if step < 0.0 => format!("{start}{step}x{last}"),
            _ => format!("{start}+{step}x{last}"),
        }
    }
}

/// `name{label="value"}`.
fn notation(labels: &SeriesLabels) -> String {
    let mut text = labels.get("__name__").cloned().unwrap_or_default();
    let mut open = false;
    for (name, value) in labels.iter().filter(|(name, _)| *name != "__name__") {
        text.push(if open { ',' } else { '{' });
        open = true;
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        let value = value.replace('\n', "\\n");
        // Writing to a string does not fail.
        let _ = write!(text, "{name}=\"{value}\"");
    }
    if open {
        text.push('}');
    }
    text
}
