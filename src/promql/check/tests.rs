mod newer;
mod pairing;

use super::{check, trace};
use crate::diagnostic::{Sink, Sources, Span};
use crate::promql::{Catalog, Flow, Has, Measure, Query, Series, SeriesKind, ValueType};

struct Shop;

const SERIES: [(&str, &str, SeriesKind, &[&str]); 16] = [
    (
        "failed_total",
        "failed_total",
        SeriesKind::Counter,
        &["agent", "job", "reason"],
    ),
    (
        "started_total",
        "started_total",
        SeriesKind::Counter,
        &["agent", "job"],
    ),
    ("active", "active", SeriesKind::Gauge, &["agent", "job"]),
    (
        "build_info",
        "build_info",
        SeriesKind::Gauge,
        &["job", "version"],
    ),
    ("took", "took", SeriesKind::HistogramBase, &["agent", "job"]),
    (
        "took_bucket",
        "took",
        SeriesKind::HistogramBucket,
        &["agent", "job", "le"],
    ),
    (
        "took_sum",
        "took",
        SeriesKind::HistogramSum,
        &["agent", "job"],
    ),
    (
        "took_count",
        "took",
        SeriesKind::HistogramCount,
        &["agent", "job"],
    ),
    (
        "native",
        "native",
        SeriesKind::NativeHistogram,
        &["agent", "job"],
    ),
    ("odd", "odd", SeriesKind::Untyped, &["job"]),
    ("load_seconds", "load_seconds", SeriesKind::Gauge, &["job"]),
    (
        "sent_bytes_total",
        "sent_bytes_total",
        SeriesKind::Counter,
        &["job"],
    ),
    (
        "wait_seconds_bucket",
        "wait_seconds",
        SeriesKind::HistogramBucket,
        &["job", "le"],
    ),
    (
        "wait_seconds_sum",
        "wait_seconds",
        SeriesKind::HistogramSum,
        &["job"],
    ),
    (
        "rpc",
        "rpc",
        SeriesKind::SummaryQuantile,
        &["job", "quantile"],
    ),
    ("rpc_count", "rpc", SeriesKind::SummaryCount, &["job"]),
];

impl Catalog for Shop {
    fn metric(&self, series: &str) -> Option<Series<'_>> {
        let (_, metric, kind, labels) = SERIES.iter().find(|(name, ..)| *name == series)?;
        Some(Series {
            metric,
            kind: *kind,
            unit: None,
            labels: labels.to_vec(),
            optional: Vec::new(),
            fixed: Vec::new(),
            defined: None,
            labels_defined: None,
        })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(SERIES.iter().map(|(name, ..)| *name))
    }
}

/// The flow, and the findings as `code: offence <- contradicted` lines.
fn checked(text: &str) -> (Flow, Vec<String>) {
    let mut sources = Sources::default();
    let id = sources.add("expr", text);
    let query = Query::parse(text).unwrap();
    let mut sink = Sink::default();
    let locate = |range: std::ops::Range<usize>| Span::new(id, range.start, range.end);
    let flow = check(&query, &Shop, &locate, &mut sink);
    let findings = sink.into_sorted().into_iter().map(|found| {
        let primary = found.primary.unwrap();
        let mut line = format!("{}: {}", found.code, sources.slice(primary.span));
        for label in found.secondary {
            line = format!("{line} <- {}", sources.slice(label.span));
        }
        line
    });
    (flow, findings.collect())
}

fn findings(text: &str) -> Vec<String> {
    checked(text).1
}

/// The labels that come out: `?` marks those that only some series may have,
/// `...` stands for any others.
fn labels(text: &str) -> String {
    let (flow, mut findings) = checked(text);
    findings.retain(|found| !found.starts_with("experimental-"));
    assert!(findings.is_empty(), "{text}: {findings:?}");
    let mut names: Vec<String> = flow
        .labels
        .iter()
        .map(|name| {
            if flow.labels.has(name) == Has::Yes {
                name.into()
            } else {
                format!("{name}?")
            }
        })
        .collect();
    if flow.labels.has("__name__") == Has::Yes {
        names.push("name".into());
    }
    if !flow.labels.is_known() {
        names.push("...".into());
    }
    names.join(" ")
}

fn message(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add("expr", text);
    let mut sink = Sink::default();
    let query = Query::parse(text).unwrap();
    check(
        &query,
        &Shop,
        &|range| Span::new(id, range.start, range.end),
        &mut sink,
    );
    let found = sink.into_sorted().remove(0);
    let label = found.primary.unwrap().text;
    [found.message, label]
        .into_iter()
        .chain(found.help)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_no_release_takes_by_default_is_reported() {
    let experimental = |name: &str| vec![format!("experimental-function: {name}")];
    assert_eq!(
        findings("mad_over_time(active[5m])"),
        experimental("mad_over_time")
    );
    assert_eq!(findings("limitk(2, active)"), experimental("limitk"));
    assert_eq!(
        findings("holt_winters(active[5m], 0.5, 2)"),
        ["removed-function: holt_winters", "promql-type: 2"]
    );
    assert_eq!(
        findings("integral(active[5m])"),
        ["unknown-function: integral"]
    );
    assert_eq!(
        findings(r#"count_values("b-c", active)"#),
        [r#"invalid-name: "b-c""#]
    );
    assert_eq!(
        findings(r#"label_replace(active, "", "x", "", "")"#),
        [r#"invalid-name: """#]
    );
}

#[test]
fn units_follow() {
    let measure = |text| checked(text).0.measure;
    let known = |time, data| Measure::Known { time, data };
    for (text, expected) in [
        ("load_seconds", Measure::SECONDS),
        ("max by (job) (load_seconds) > 5", Measure::SECONDS),
        ("rate(sent_bytes_total[5m])", known(-1, 1)),
        ("increase(sent_bytes_total[5m])", Measure::BYTES),
        (
            "rate(sent_bytes_total[5m]) / rate(sent_bytes_total[5m])",
            Measure::NUMBER,
        ),
        ("1 - load_seconds / load_seconds", Measure::NUMBER),
        ("load_seconds * 1000", Measure::Unknown),
        ("load_seconds / 60", Measure::Unknown),
        ("load_seconds or vector(0)", Measure::SECONDS),
        ("5 < load_seconds", Measure::SECONDS),
        ("time() - load_seconds", Measure::SECONDS),
        ("load_seconds > bool 3", Measure::NUMBER),
        ("count(load_seconds)", Measure::NUMBER),
        (
            "histogram_quantile(0.9, sum by (le) (rate(wait_seconds_bucket[5m])))",
            Measure::SECONDS,
        ),
        (
            "sum(rate(wait_seconds_sum[5m])) / sum(rate(wait_seconds_bucket[5m]))",
            Measure::SECONDS,
        ),
        ("active", Measure::Unknown),
    ] {
        assert_eq!(measure(text), expected, "{text}");
    }
}

#[test]
fn every_part_is_traced() {
    let text = "sum by (job) (active) / on (job) (2 * build_info)";
    let query = Query::parse(text).unwrap();
    let steps: Vec<_> = trace(&query, &Shop)
        .into_iter()
        .map(|step| {
            let labels: Vec<_> = step.flow.labels.iter().collect();
            let part = &text[step.range.bytes()];
            format!("{} {part} -> {}", step.depth, labels.join(" "))
        })
        .collect();
    assert_eq!(
        steps,
        [
            "2 active -> agent job",
            "1 sum by (job) (active) -> job",
            "2 build_info -> job version",
            "1 2 * build_info -> job version",
            "0 sum by (job) (active) / on (job) (2 * build_info) -> job",
        ]
    );
}

#[test]
fn messages_name_the_remedy() {
    assert_eq!(
        message(r#"active{agnt="x"}"#),
        "metric `active` has no label `agnt`\ndid you mean `agent`?"
    );
    assert_eq!(
        message("activ"),
        "there is no metric `activ`\ndid you mean `active`?"
    );
    assert_eq!(
        message("rate(failed_total)"),
        "the argument of `rate` must be a range vector, not an instant vector\n\
         this is an instant vector\ngive it a range: `failed_total[$window]`"
    );
    assert_eq!(
        message("histogram_quantile(95, rate(took_bucket[5m]))"),
        "the quantile of `histogram_quantile` is 95, which is outside 0 to 1\n\
         not between 0 and 1\nfor the 95th percentile, write `0.95`"
    );
    assert_eq!(
        message("ratee(active[5m])"),
        "PromQL has no function `ratee`\ndid you mean `rate`?"
    );
    assert_eq!(
        message("failed_total"),
        "counter `failed_total` is used as it is\nits value only ever grows\n\
         take its growth: `rate(failed_total[$window])` or `increase(failed_total[$window])`"
    );
}

#[test]
fn names_are_looked_up() {
    assert_eq!(findings("nothing"), ["unknown-metric: nothing"]);
    assert_eq!(
        findings(r#"{__name__="nothing"}"#),
        [r#"unknown-metric: "nothing""#]
    );
    assert_eq!(findings(r#"{__name__=~"nothing.*"}"#), [""; 0]);
    assert_eq!(findings("up_$env + ${metric}{a=\"b\"}"), [""; 0]);
    assert_eq!(findings("smu(active)"), ["unknown-function: smu"]);
    assert_eq!(
        findings("sum by (x, y) (rate(nothing[5m]))"),
        ["unknown-metric: nothing"]
    );
}

#[test]
fn labels_are_looked_up_wherever_they_are_used() {
    assert_eq!(findings("sum by (agnt) (active)"), ["unknown-label: agnt"]);
    assert_eq!(
        findings("sum without (agnt) (active)"),
        ["unknown-label: agnt"]
    );
    assert_eq!(findings("sum by ($by) (active)"), [""; 0]);
    assert_eq!(
        findings("active * on (version) build_info"),
        ["unknown-label: version"]
    );
    assert_eq!(
        findings("active * on (job) group_left (agnt) build_info"),
        ["unknown-label: agnt"]
    );
    assert_eq!(
        findings("active / ignoring (version) active"),
        ["unknown-label: version"]
    );
    assert_eq!(
        findings("active / ignoring (agent, version) build_info"),
        [""; 0]
    );
    assert_eq!(findings("active or on () vector(0)"), [""; 0]);
    assert_eq!(findings("active or on (agent) vector(0)"), [""; 0]);
    assert_eq!(
        findings(r#"label_replace(active, "a", "$1", "agnt", "(.*)")"#),
        [r#"unknown-label: "agnt""#]
    );
    assert_eq!(
        findings(r#"label_join(active, "a", "-", "job", "x")"#),
        [r#"unknown-label: "x""#]
    );
    assert_eq!(
        findings(r#"sort_by_label(active, "x")"#),
        [
            "experimental-function: sort_by_label",
            r#"unknown-label: "x""#
        ]
    );
}

#[test]
fn lost_labels_point_at_the_loss() {
    assert_eq!(
        findings("max by (agent) (sum by (job) (active))"),
        ["lost-label: agent <- by (job)"]
    );
    assert_eq!(
        findings("max by (agent) (sum(active))"),
        ["lost-label: agent <- sum"]
    );
    assert_eq!(
        findings("sum by (job) (active) * on (agent) active"),
        ["lost-label: agent <- by (job)"]
    );
    assert_eq!(
        findings("max without (agent) (sum by (job) (active))"),
        [""; 0]
    );
    let (flow, _) = checked("sum by (job) (odd_one)");
    let by = flow.labels.dropped_at("anything").unwrap();
    assert_eq!(&"sum by (job) (odd_one)"[by.bytes()], "by (job)");
}

#[test]
fn counters_are_read_by_their_growth() {
    let raw = ["counter-without-rate: failed_total"];
    for text in [
        "failed_total",
        "sum(failed_total)",
        "failed_total > 5",
        "max_over_time(failed_total[5m])",
        "abs(failed_total)",
        "topk(5, failed_total)",
        "failed_total and on (job) active",
        "count_values(\"x\", failed_total)",
        "vector(scalar(failed_total))",
    ] {
        assert_eq!(findings(text), raw, "{text}");
    }
    for text in [
        "rate(failed_total[5m])",
        "increase(failed_total[$window] offset 1d)",
        "rate(failed_total[1h:5m])",
        "resets(failed_total[5m])",
        "changes(failed_total[5m])",
        "absent(failed_total)",
        "absent_over_time(failed_total[5m])",
        "count(failed_total)",
        "count by (agent) (failed_total > 100)",
        "group(failed_total)",
        "timestamp(failed_total)",
        "active and on (agent) failed_total",
        "active unless on (job) failed_total",
        "deriv(rate(failed_total[5m])[1h:])",
        "max_over_time(rate(failed_total[5m])[1h:1m])",
        "rate(odd[5m]) + odd",
    ] {
        assert_eq!(findings(text), [""; 0], "{text}");
    }
    assert_eq!(findings("failed_total - failed_total offset 1d").len(), 2);
    assert_eq!(findings("rate(active[5m])"), ["rate-on-gauge: active"]);
    assert_eq!(findings("resets(active[5m])"), ["rate-on-gauge: active"]);
    assert_eq!(
        findings("delta(failed_total[5m])"),
        ["gauge-function-on-counter: failed_total"]
    );
    assert_eq!(
        findings("deriv(took_sum[5m])"),
        ["gauge-function-on-counter: took_sum"]
    );
    assert_eq!(findings("delta(active[5m])"), [""; 0]);
}

#[test]
fn quantiles_need_buckets() {
    assert_eq!(findings("rate(took[5m])"), ["histogram-base-name: took"]);
    assert_eq!(
        findings("histogram_quantile(0.9, rate(took[5m]))"),
        ["histogram-base-name: took"]
    );
    assert_eq!(
        findings("histogram_quantile(0.9, rate(took_bucket[5m]))"),
        [""; 0]
    );
    assert_eq!(
        findings("histogram_quantile(0.9, sum by (agent) (rate(took_bucket[5m])))"),
        ["quantile-without-le: by (agent) <- histogram_quantile"]
    );
    assert_eq!(
        findings("histogram_quantile(0.9, sum(rate(took_bucket[5m])))"),
        ["quantile-without-le: sum <- histogram_quantile"]
    );
    assert_eq!(
        findings("histogram_quantile(0.9, active)"),
        ["quantile-without-le: histogram_quantile"]
    );
    assert_eq!(
        findings("histogram_quantile(0.9, sum by (agent) (rate(native[5m])))"),
        [""; 0]
    );
    assert_eq!(findings("quantile(-1, active)"), ["quantile-range: -1"]);
    assert_eq!(
        findings("quantile_over_time((99), active[5m])"),
        ["quantile-range: (99)"]
    );
    assert_eq!(findings("quantile($q, active)"), [""; 0]);
}

#[test]
fn patterns_compile() {
    assert_eq!(findings(r#"active{agent=~"a(b"}"#), ["invalid-regex: ("]);
    assert_eq!(
        findings(r#"active{agent!~"\\d("}"#),
        [r#"invalid-regex: "\\d(""#]
    );
    assert_eq!(findings(r#"active{agent=~"$agent|${b:regex}.*"}"#), [""; 0]);
    assert_eq!(
        findings(r#"active{agent=~"$agent("}"#),
        [r#"invalid-regex: "$agent(""#]
    );
    assert_eq!(
        findings(r#"label_replace(active, "x", "$1", "agent", "[")"#),
        ["invalid-regex: ["]
    );
}

#[test]
fn types_fit() {
    for (text, offence) in [
        ("rate(failed_total)", "failed_total"),
        ("abs(active[5m])", "active[5m]"),
        ("sum(1)", "1"),
        ("topk(active, active)", "active"),
        ("count_values(1, active)", "1"),
        ("1 > 2", ">"),
        ("active and 1", "1"),
        ("active + \"x\"", "\"x\""),
        ("1 + on (job) active", "on (job)"),
        ("-\"x\"", "\"x\""),
        ("active[5m] * 2", "active[5m]"),
        ("1[5m:]", "1"),
        ("round(active, 1, 2)", "2"),
        ("time(1)", "1"),
        ("clamp(active)", "clamp(active)"),
        ("vector(active)", "active"),
    ] {
        assert_eq!(
            findings(text),
            [format!("promql-type: {offence}")],
            "{text}"
        );
    }
    for text in [
        "$x + 1",
        "rate($metric[5m])",
        "topk($n, active)",
        "active > $__interval_ms",
        "$x",
    ] {
        assert_eq!(findings(text), [""; 0], "{text}");
    }
    let ty = |text| checked(text).0.ty;
    assert_eq!(ty("1 + $__range_s"), ValueType::Scalar);
    assert_eq!(ty("\"x\""), ValueType::String);
    assert_eq!(ty("active[5m]"), ValueType::Matrix);
    assert_eq!(ty("active[5m:]"), ValueType::Matrix);
    assert_eq!(ty("active > bool 1"), ValueType::Vector);
    assert_eq!(ty("scalar(active) > bool 1"), ValueType::Scalar);
}

#[test]
fn labels_flow() {
    for (text, expected) in [
        ("active", "agent job name"),
        ("-active", "agent job"),
        ("active > 5", "agent job name"),
        ("active > bool 5", "agent job"),
        ("2 * active", "agent job"),
        ("rate(failed_total[5m])", "agent job reason"),
        ("last_over_time(active[5m])", "agent job name"),
        ("sum(active)", ""),
        ("sum by (agent) (active)", "agent"),
        ("sum without (agent) (active)", "job"),
        ("topk by (job) (5, active)", "agent job name"),
        ("count_values(\"value\", active)", "value"),
        ("count_values by (job) (\"value\", active)", "job value"),
        ("count_values without (job) (\"job\", active)", "agent"),
        ("count_values without (agent) (\"agent\", active)", "job"),
        ("quantile by (job) (0.9, active)", "job"),
        ("sum by ($by) (active)", "agent? job? ..."),
        ("sum without ($by) (active)", "agent? job?"),
        ("active / active", "agent job"),
        ("active == active", "agent job name"),
        ("active / on (job) build_info", "job"),
        ("active / ignoring (agent, version) build_info", "job"),
        (
            "active * on (job) group_left (version) build_info",
            "agent job version",
        ),
        (
            "build_info * on (job) group_right (version) active",
            "agent job version",
        ),
        ("active * on (job) group_left build_info", "agent job"),
        ("active and on (job) build_info", "agent job name"),
        ("active unless on (job) build_info", "agent job name"),
        ("active or build_info", "agent? job version? name"),
        ("sum(active) or vector(0)", ""),
        ("vector(1)", ""),
        ("time()", ""),
        ("hour()", ""),
        ("hour(active)", "agent job"),
        ("absent(active{agent=\"a\", job=~\"b\"})", "agent"),
        ("absent(active{agent=\"a\", agent!=\"b\"})", ""),
        (
            "absent_over_time(failed_total{agent=\"$agent\"}[5m])",
            "agent?",
        ),
        ("absent(active{job=~\"b\", job=\"a\"})", "job"),
        ("absent(active{job=\"a\", job=\"a\"})", ""),
        ("absent(active{job=\"\"})", ""),
        (
            "active > bool on (job) group_left (__name__) build_info",
            "agent job",
        ),
        (
            "active + on (job) group_left (__name__) build_info",
            "agent job name",
        ),
        ("absent(sum(active))", ""),
        (
            "histogram_quantile(0.9, rate(took_bucket[5m]))",
            "agent job",
        ),
        (
            "histogram_quantiles(rate(took_bucket[5m]), \"q\", 0.5)",
            "agent job q",
        ),
        (
            "label_replace(active, \"x\", \"$1\", \"agent\", \"(.*)\")",
            "agent job x name",
        ),
        (
            "label_replace(active, \"x\", \"\", \"agent\", \"(.*)\")",
            "agent job name",
        ),
        (
            "label_join(active, \"x\", \"-\", \"agent\", \"job\")",
            "agent job x name",
        ),
        ("label_join(active, \"agent\", \"\")", "job name"),
        (
            "label_replace(active, \"agent\", \"\", \"job\", \"(x).*\")",
            "agent? job name",
        ),
        (
            "label_replace(active, \"agent\", \"$1\", \"job\", \"x(.*)\")",
            "agent? job name",
        ),
        (
            "label_replace(active, \"agent\", \"\", \"\", \"\")",
            "job name",
        ),
        (
            "label_replace(active, \"x\", \"y\", \"\", \"\")",
            "agent job x name",
        ),
        ("active atan2 2", "agent job"),
        ("info(active, {version=~\".+\"})", "agent job version? name"),
        (
            "{__name__=~\"x.*\", a=\"\", b=~\".+\", c!=\"\", d!~\".*\"}",
            "b c d name ...",
        ),
        (
            "sum by (a) ({__name__=~\"x.*\"}) * on (a) sum by (a) (label_replace(active, \"a\", \"y\", \"\", \"\"))",
            "a",
        ),
        ("{__name__=~\"x.*\"} * active", "agent job"),
        ("{__name__=~\"x.*\"} and active", "agent job name"),
        (
            "label_replace(active, \"$x\", \"y\", \"\", \"\")",
            "agent job name ...",
        ),
        ("sort_desc(active)", "agent job name"),
        ("info(active)", "agent job name ..."),
        ("sum by (agent) (rate(failed_total[5m]))[1h:]", "agent"),
        ("active{agent=\"x\"}", "agent job name"),
        ("{__name__=~\"x.*\", a=\"b\"}", "a name ..."),
        ("sum by (a, b) ({__name__=~\"x.*\", a=\"b\"})", "a b?"),
    ] {
        assert_eq!(labels(text), expected, "{text}");
    }
}

#[test]
fn the_deepest_expressions_fit_the_stack() {
    assert_eq!(findings(&vec!["active"; 250].join(" + ")), [""; 0]);
    let nested = format!("{}active{}", "abs(".repeat(99), ")".repeat(99));
    assert_eq!(findings(&nested), [""; 0]);
}
