use crate::promql::{Catalog, PromDuration, Query, Series, SeriesKind};

use super::{Conditions, Synthesis, synthesize};

struct Declared;

impl Catalog for Declared {
    fn metric(&self, series: &str) -> Option<Series<'_>> {
        let (metric, kind, labels): (&'static str, _, &[&'static str]) = match series {
            "tasks_started_total" => ("tasks_started_total", SeriesKind::Counter, &["agent"]),
            "tasks_failed_total" => ("tasks_failed_total", SeriesKind::Counter, &["agent"]),
            "requests_total" => ("requests_total", SeriesKind::Counter, &["agent", "code"]),
            "active" => ("active", SeriesKind::Gauge, &["agent", "job", "instance"]),
            "limit" => ("limit", SeriesKind::Gauge, &["agent"]),
            "seconds_bucket" => ("seconds", SeriesKind::HistogramBucket, &["agent", "le"]),
            _ => return None,
        };
        Some(Series {
            metric,
            kind,
            labels: labels.to_vec(),
            optional: Vec::new(),
            fixed: Vec::new(),
            unit: None,
            defined: None,
            labels_defined: None,
        })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(std::iter::empty())
    }
}

fn made(text: &str, target: f64, exact: bool) -> Option<Synthesis> {
    let query = Query::parse(text).unwrap();
    with_conditions(exact, |conditions| synthesize(&query, target, conditions))
}

fn with_conditions<T>(exact: bool, run: impl FnOnce(&Conditions<'_>) -> T) -> T {
    run(&Conditions {
        interval: PromDuration::from_millis(60_000),
        hold: PromDuration::from_millis(600_000),
        exact,
        catalog: &Declared,
        label_value: &|label| format!("a-{label}"),
        buckets: &|metric| (metric == "seconds").then(|| vec![1.0, 5.0, 30.0, 60.0, 300.0]),
    })
}

fn series(text: &str, target: f64) -> Vec<(String, String)> {
    let found = made(text, target, false).unwrap_or_else(|| panic!("{text}"));
    assert!(
        (found.value - target).abs() <= 1e-4 * target.abs(),
        "{text}: {}",
        found.value
    );
    let series = found.series.into_iter();
    series
        .map(|series| (series.series, series.values))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = expected.iter();
    pairs
        .map(|(series, values)| ((*series).to_owned(), (*values).to_owned()))
        .collect()
}

#[test]
fn plain_queries_get_plain_series() {
    assert_eq!(
        series("active", 26.0),
        pairs(&[("active{agent=\"a-agent\"}", "26x10")])
    );
    assert_eq!(
        series("sum(rate(tasks_started_total[5m]))", 0.5),
        pairs(&[("tasks_started_total{agent=\"a-agent\"}", "0+30x15")])
    );
    assert_eq!(
        series(
            "sum(rate(tasks_failed_total[5m])) / sum(rate(tasks_started_total[5m]))",
            0.0505
        ),
        pairs(&[
            ("tasks_failed_total{agent=\"a-agent\"}", "0+505x15"),
            ("tasks_started_total{agent=\"a-agent\"}", "0+10000x15"),
        ])
    );
}

#[test]
fn one_metric_may_be_selected_twice() {
    let found = series(
        "sum(rate(requests_total{code=~\"5..\"}[5m])) / sum(rate(requests_total[5m]))",
        0.2,
    );
    let names: Vec<&str> = found.iter().map(|(series, _)| series.as_str()).collect();
    assert_eq!(
        names,
        [
            "requests_total{agent=\"a-agent\",code=\"500\"}",
            "requests_total{agent=\"a-agent\",code=\"a-code\"}"
        ]
    );
}

#[test]
fn the_result_has_the_labels_that_prometheus_gives_it() {
    let labels = |text: &str| -> Vec<(String, String)> {
        made(text, 7.0, false).unwrap().labels.into_iter().collect()
    };
    assert_eq!(labels("active"), pairs(&[("agent", "a-agent")]));
    assert_eq!(labels("sum(active)"), []);
    assert_eq!(labels("sum by (job) (active)"), pairs(&[("job", "a-job")]));
    assert_eq!(
        labels("active{job=\"x\"} * 2"),
        pairs(&[("agent", "a-agent"), ("job", "x")])
    );
    assert_eq!(labels("max without (agent) (active)"), []);
}

#[test]
fn when_the_value_holds_and_what_comes_before() {
    let found = made("sum(rate(tasks_started_total[5m]))", 1.0, false).unwrap();
    assert_eq!(found.ready_at, PromDuration::from_millis(300_000));
    let early: Vec<u64> = found
        .early
        .iter()
        .map(|(at, _)| at.as_millis() / 60_000)
        .collect();
    assert_eq!(early, [1, 2, 3, 4]);
    assert!(
        found.early.iter().all(|(_, value)| *value < 0.9),
        "{:?}",
        found.early
    );
    let found = made("active", 1.0, false).unwrap();
    assert_eq!(found.ready_at, PromDuration::from_millis(0));
    assert_eq!(found.early, []);
}

#[test]
fn what_cannot_be_reached_is_refused() {
    for (text, target) in [
        ("active > 5", 7.0),
        ("unknown_metric", 7.0),
        ("5", 5.0),
        ("vector(1)", 7.0),
        ("rate(tasks_started_total[1m])", 7.0),
        ("rate(tasks_started_total[5m])", -7.0),
        ("count(active)", 7.0),
        ("sum_over_time(active[5m])", 7.0),
        ("clamp_max(active, 5)", 7.0),
        ("absent(active)", 7.0),
        ("histogram_quantile(0.9, rate(seconds_bucket[5m]))", 301.0),
        ("rate(active[5m]) + active", 7.0),
        ("active{agent=~\"(?i)x\"}", 7.0),
        ("active{agent=\"x\",agent=\"y\"}", 7.0),
        ("active @ 5", 7.0),
        ("active offset -5m", 7.0),
        ("active / limit{agent=\"x\"} / limit{agent=\"y\"}", 7.0),
        ("avg_over_time(active[30d])", 7.0),
        ("active{agent=\"$agent\"}", 7.0),
        ("active", f64::NAN),
    ] {
        assert_eq!(made(text, target, false), None, "{text}");
    }
}

#[test]
fn exact_values_are_exact_in_all_versions() {
    for (text, target) in [
        ("sum(rate(tasks_started_total[5m]))", 1.01),
        (
            "sum(rate(tasks_failed_total[5m])) / sum(rate(tasks_started_total[5m]))",
            0.0505,
        ),
        (
            "histogram_quantile(0.95, sum by (le) (rate(seconds_bucket[5m])))",
            60.6,
        ),
        ("active", 25.01),
    ] {
        let found = made(text, target, true).unwrap_or_else(|| panic!("{text}"));
        assert!(found.exact, "{text} {found:?}");
    }
}

#[test]
fn what_takes_too_much_work_is_given_up() {
    let query = Query::parse("max_over_time(sum(active)[2h:10s])").unwrap();
    let found = |work| {
        with_conditions(false, |conditions| {
            super::synthesize_within(work, &query, 5.0, conditions)
        })
    };
    assert_eq!(found(1 << 16), None);
    assert!(found(super::MAX_WORK).is_some());
}
