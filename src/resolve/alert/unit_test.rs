//! Unit tests of alerts: those that are written, and those that follow from
//! the threshold.

use super::test_input;
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model::{Alert, Condition, InputSeries, UnitTest, UnitTestAlert};
use crate::promql::{self, Conditions, LOOKBACK, PromDuration, Synthesis};
use crate::resolve::{Context, texts};
use crate::spec::shape::{self, Worse};
use crate::template::Template;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far beside the bound a tested value lies, as a share of it. Far enough
/// for the rounding of rates, near enough to tell the bound from another.
const BESIDE: f64 = 0.01;

/// More than versions of Prometheus differ in the last bits of a value, as a
/// share of it.
const LAST_BITS: f64 = 1e-9;

/// The tests of an alert.
pub(super) fn resolve(
    name: &Spanned<Arc<str>>,
    spec: &shape::Alert,
    alert: &Alert,
    context: &Context<'_>,
    sink: &mut Sink,
) -> Vec<UnitTest> {
    let mut tests = alert
        .condition
        .as_ref()
        .and_then(|condition| derive(alert, condition, context))
        .unwrap_or_default();
    for series in spec.tests.iter().flat_map(|test| &test.series) {
        test_input::check(series, context, sink);
    }
    tests.extend(spec.tests.iter().map(|test| written(test, alert, context)));
    if tests.is_empty() && !spec.broken.contains(&"tests") {
        sink.push(
            Diagnostic::new(
                Code::Untested,
                format!("no unit test could be derived for the alert `{name}`"),
            )
            .at(name.span, "not tested")
            .help("describe its input series and what it makes of them in `tests`"),
        );
    }
    tests
}

/// Just on the good side of the bound: silent. Just on the bad side: fires,
/// but not before `for` has passed. `None` if the compiler cannot work out
/// input series or texts for it.
fn derive(alert: &Alert, condition: &Condition, context: &Context<'_>) -> Option<Vec<UnitTest>> {
    let (good, bad) = beside(condition);
    let hold = alert.r#for.unwrap_or(PromDuration::from_millis(0));
    let step = step(condition, context)?;
    let exact = texts_of(alert)
        .any(|text| Template::parse(text).is_ok_and(|text| text.exact_value_needed()));
    let quiet = synthesize(condition, good, hold, step, false, context)?;
    let loud = synthesize(condition, bad, hold, step, exact, context)?;
    let fires = fired(alert, &loud)?;
    let test =
        |what: &str, synthesis: &Synthesis, at: PromDuration, fires: Vec<UnitTestAlert>| UnitTest {
            name: what.to_owned(),
            interval: step,
            series: inputs(synthesis),
            at,
            fires,
        };
    let ripe = |synthesis: &Synthesis| round_up(plus(synthesis.settled_at, plus(hold, step)), step);
    let mut tests = vec![
        test(
            "just on the good side of the bound, it is silent",
            &quiet,
            ripe(&quiet),
            Vec::new(),
        ),
        test(
            "just on the bad side of the bound, it fires",
            &loud,
            ripe(&loud),
            vec![fires],
        ),
    ];
    if hold.as_millis() >= 2 * step.as_millis() {
        let early = plus(crossed(condition, &loud), hold).as_millis() - step.as_millis();
        tests.push(test(
            "past the bound for less than `for`, it is pending only",
            &loud,
            PromDuration::from_millis(early),
            Vec::new(),
        ));
    }
    Some(tests)
}

/// When the value is first past the bound, which may be before it settles.
fn crossed(condition: &Condition, synthesis: &Synthesis) -> PromDuration {
    let past = |value: f64| match condition.thresholds.worse {
        Worse::Higher => value > condition.bound,
        Worse::Lower => value < condition.bound,
    };
    let early = synthesis.early.iter().find(|(_, value)| past(*value));
    early.map_or(synthesis.ready_at, |(at, _)| *at)
}

/// A value on the good and one on the bad side of the bound.
fn beside(condition: &Condition) -> (f64, f64) {
    let bound = condition.bound;
    let off = if bound == 0.0 {
        BESIDE
    } else {
        bound.abs() * BESIDE
    };
    match condition.thresholds.worse {
        Worse::Higher => (bound - off, bound + off),
        Worse::Lower => (bound + off, bound - off),
    }
}

fn synthesize(
    condition: &Condition,
    value: f64,
    hold: PromDuration,
    step: PromDuration,
    exact: bool,
    context: &Context<'_>,
) -> Option<Synthesis> {
    let label_value = |label: &str| {
        let values = context
            .labels
            .get(label)
            .and_then(|label| label.values.first());
        values.map_or_else(|| format!("some-{label}"), ToString::to_string)
    };
    let buckets = |metric: &str| {
        context
            .metrics
            .get(metric)
            .map(|metric| metric.buckets.clone())
    };
    let conditions = Conditions {
        interval: step,
        hold: plus(hold, PromDuration::from_millis(4 * step.as_millis())),
        exact,
        catalog: context.catalog,
        label_value: &label_value,
        buckets: &buckets,
    };
    promql::synthesize(&condition.expr, value, &conditions)
}

/// All texts of an alert that are templates.
fn texts_of(alert: &Alert) -> impl Iterator<Item = &Arc<str>> {
    alert.annotations.values().chain(alert.labels.values())
}

/// How often samples are fed in by derived tests: at every evaluation, unless
/// there are fewer. `None` if they are so rare that Prometheus forgets them.
fn step(condition: &Condition, context: &Context<'_>) -> Option<PromDuration> {
    let often = context.scrape.evaluation_interval;
    let step = context.slow_interval(&condition.expr);
    let step = step.map_or(often, |slow| slow.max(often));
    (step <= LOOKBACK).then_some(step)
}

fn plus(a: PromDuration, b: PromDuration) -> PromDuration {
    PromDuration::from_millis(a.as_millis() + b.as_millis())
}

fn round_up(duration: PromDuration, step: PromDuration) -> PromDuration {
    PromDuration::from_millis(duration.as_millis().div_ceil(step.as_millis()) * step.as_millis())
}

fn inputs(synthesis: &Synthesis) -> Vec<InputSeries> {
    let each = synthesis.series.iter();
    each.map(|sample| InputSeries {
        series: sample.series.clone(),
        values: sample.values.clone(),
    })
    .collect()
}

/// The alert that fires, with its texts as Prometheus renders them.
fn fired(alert: &Alert, synthesis: &Synthesis) -> Option<UnitTestAlert> {
    let render = |text: &Arc<str>| -> Option<Arc<str>> {
        let template = Template::parse(text).ok()?;
        let at = |value: f64| template.render(&synthesis.labels, value);
        let rendered = at(synthesis.value)?;
        // `2m 1s` is the same whatever the last bits of 121.2 are, and so is
        // much else that could show them.
        let shows_last_bits = || {
            let beside = [1.0 - LAST_BITS, 1.0 + LAST_BITS];
            beside
                .iter()
                .any(|near| at(synthesis.value * near).as_deref() != Some(&rendered))
        };
        if template.exact_value_needed() && !synthesis.exact && shows_last_bits() {
            return None;
        }
        Some(Arc::from(rendered))
    };
    let rendered = |texts: &BTreeMap<Arc<str>, Arc<str>>| -> Option<BTreeMap<Arc<str>, Arc<str>>> {
        texts
            .iter()
            .map(|(name, text)| Some((name.clone(), render(text)?)))
            .collect()
    };
    let mut labels: BTreeMap<Arc<str>, Arc<str>> = synthesis
        .labels
        .iter()
        .map(|(name, value)| (Arc::from(name.as_str()), Arc::from(value.as_str())))
        .collect();
    labels.extend(rendered(&alert.labels)?);
    Some(UnitTestAlert {
        labels,
        annotations: rendered(&alert.annotations)?,
    })
}

fn written(spec: &shape::AlertTest, alert: &Alert, context: &Context<'_>) -> UnitTest {
    let series = spec.series.iter().map(|series| InputSeries {
        series: series.series.to_string(),
        values: series.values.to_string(),
    });
    let fires = spec.fires.iter().map(|sample| {
        let mut labels = alert.labels.clone();
        labels.extend(texts(&sample.labels));
        let mut annotations: BTreeMap<Arc<str>, Arc<str>> = alert.annotations.clone();
        annotations.insert("summary".into(), sample.summary.value.clone());
        annotations.extend(
            sample
                .description
                .as_ref()
                .map(|text| ("description".into(), text.value.clone())),
        );
        UnitTestAlert {
            labels,
            annotations,
        }
    });
    UnitTest {
        name: spec.name.to_string(),
        interval: spec
            .interval
            .as_ref()
            .map_or(context.scrape.interval, |interval| interval.value),
        series: series.collect(),
        at: spec.at.value,
        fires: fires.collect(),
    }
}
