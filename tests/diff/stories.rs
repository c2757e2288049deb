//! One kind of change each, and what is said of it in every format of text.

use crate::side::{BASE, PROFILE, specs, try_specs};
use dashwright::diff::{Diff, Kind, Level, Side, diff};
use dashwright::report::{
    Page, SideNames, Style, diff_json, diff_markdown, diff_page, diff_terminal,
};

/// A name, and what is replaced by what in the base specs.
pub(crate) type Story = (&'static str, &'static [(&'static str, &'static str)]);

#[rustfmt::skip]
pub(crate) const STORIES: &[Story] = &[
    ("nothing", &[]),
    ("threshold tightened", &[("warning: 5%", "warning: 4%")]),
    ("threshold loosened", &[("critical: 5s", "critical: 8s")]),
    ("threshold gains a level", &[("critical: 10%", "critical: 10%, disaster: { value: 50%, color: purple }")]),
    ("threshold renamed", &[("error_ratio: { warning", "failures: { warning"), ("thresholds: error_ratio", "thresholds: failures")]),
    ("query gains a matcher", &[("sum by (handler) (web_queue_length)", "sum by (handler) (web_queue_length{handler!=\"admin\"})")]),
    ("query loses a matcher", &[("{code!=\"404\"}", "")]),
    ("query asks something else", &[("sum by (handler) (web_queue_length)", "max(web_queue_length) / 100")]),
    ("query by another quantile", &[("histogram_quantile(0.95", "histogram_quantile(0.99")]),
    ("query grouped finer", &[("sum by (handler) (rate(web_requests_total{code", "sum by (handler, code) (rate(web_requests_total{code")]),
    ("query reformatted", &[("sum(rate(web_failures_total[$window])) / sum(rate(web_requests_total[$window]))", "( sum(  rate(web_failures_total[$window]) ) / sum(rate(web_requests_total[$window])) )")]),
    ("query renamed", &[("  queue:\n    help", "  waiting:\n    help"), ("query: queue", "query: waiting")]),
    ("query help", &[("help: Requests that wait\n", "help: Requests in the queue\n")]),
    ("legend", &[("legend: \"{{handler}}\"", "legend: \"{{handler}} req\"")]),
    ("unit", &[("unit: reqps", "unit: ops")]),
    ("panel added", &[("      waiting: {", "      p99: { title: Queue over time, size: 24x8, timeseries: { query: queue } }\n      waiting: {")]),
    ("panel removed", &[("      latency: { title: Latency, size: 12x8, timeseries: { query: latency_p95, show_thresholds: line } }\n", "")]),
    ("panel title", &[("title: Waiting", "title: Queue")]),
    ("panel key renamed", &[("      waiting: {", "      queued: {")]),
    ("panels swapped", &[("      errors: { title: Errors, size: 6x8, gauge: { query: error_ratio } }\n      rate: { title: Request rate, size: 18x8, timeseries: { query: request_rate } }\n", "      rate: { title: Request rate, size: 18x8, timeseries: { query: request_rate } }\n      errors: { title: Errors, size: 6x8, gauge: { query: error_ratio } }\n")]),
    ("panel resized", &[("title: Errors, size: 6x8", "title: Errors, size: 6x4")]),
    ("panel retyped", &[("stat: { query: queue }", "timeseries: { query: queue }")]),
    ("panel asks another query", &[("stat: { query: queue }", "stat: { query: request_rate }")]),
    ("panel drawn otherwise", &[("show_thresholds: line", "show_thresholds: line, fill: 40, line_width: 3")]),
    ("variable added", &[("from: web_requests_total }", "from: web_requests_total }\n      code: { label: code, from: web_requests_total }")]),
    ("variable removed", &[("    variables:\n      handler: { label: handler, from: web_requests_total }\n", "")]),
    ("dashboard added", &[("  overview:\n", "  queue:\n    title: Queue\n    panels:\n      waiting: { title: Waiting, stat: { query: queue } }\n  overview:\n")]),
    ("dashboard removed", &[("  overview:\n    title: Overview\n    panels:\n      errors: { title: Errors everywhere, size: 12x8, stat: { query: error_ratio } }\n", "")]),
    ("dashboard title", &[("title: Overview", "title: At a glance")]),
    ("dashboard uid", &[("    title: Web\n", "    title: Web\n    uid: web-application\n")]),
    ("dashboard refresh", &[("refresh: 30s", "refresh: 1m")]),
    ("alert added", &[("  Down:", "  Queue:\n    expr: sum(web_queue_length) > 100\n    for: 1m\n    severity: warning\n    group: web\n    summary: The queue is long\n    tests:\n      - { name: empty, series: [{ series: web_queue_length, values: 0x9 }], at: 2m }\n  Down:")]),
    ("alert removed", &[("  Slow:\n    query: latency_p95\n    fires_at: critical\n    window: 5m\n    for: 10m\n    severity: critical\n    group: web\n    summary: Requests take {{ $value | humanizeDuration }}\n", "")]),
    ("alert renamed", &[("  HighErrors:", "  ManyErrors:")]),
    ("alert waits longer", &[("for: 10m", "for: 30m")]),
    ("alert waits less", &[("for: 10m", "for: 5m")]),
    ("alert less severe", &[("for: 10m\n    severity: critical", "for: 10m\n    severity: warning")]),
    ("alert tightened", &[("fires_at: critical", "fires_at: warning")]),
    ("alert at another level", &[("fires_at: warning", "fires_at: critical")]),
    ("alert over another window", &[("fires_at: warning\n    window: 5m", "fires_at: warning\n    window: 15m")]),
    ("alert looks at fewer series", &[("expr: up == 0", "expr: up{job=\"web\"} == 0")]),
    ("alert text", &[("does not answer\"\n    tests", "is silent\"\n    tests"), ("summary: web:8000 does not answer", "summary: web:8000 is silent")]),
    ("alert in another group", &[("severity: warning\n    group: web", "severity: warning\n    group: hosts")]),
    ("routed elsewhere", &[("matchers: ['severity=\"critical\"']", "matchers: ['severity=\"critical\"', 'team=\"web\"']")]),
    ("route removed", &[("    routes:\n      - { receiver: pager, matchers: ['severity=\"critical\"'] }\n", "")]),
    ("route waits longer", &[("group_by: [alertname]", "group_by: [alertname]\n    group_wait: 5m")]),
    ("receiver renamed", &[("    pager:\n", "    on-call:\n"), ("receiver: pager", "receiver: on-call")]),
    ("receiver's secret file", &[("/run/secrets/slack", "/run/secrets/slack_web")]),
    ("receiver's channel", &[("\"#web\"", "\"#web-alerts\"")]),
    ("inhibition added", &[("  route:\n    receiver", "  inhibit:\n    - { source: ['alertname=\"Down\"'], target: ['severity=\"warning\"'] }\n  route:\n    receiver")]),
    ("metric added", &[("  web_build_info:", "  web_cache_hits_total: { type: counter, help: Cache hits }\n  web_build_info:")]),
    ("metric renamed", &[("web_queue_length", "web_waiting_requests")]),
    ("metric announced to be renamed", &[("  web_queue_length: { type: gauge, help: Requests that wait, labels: [handler] }\n", "  web_queue_length: { type: gauge, help: Requests that wait, labels: [handler], renamed_to: web_waiting_requests }\n  web_waiting_requests: { type: gauge, help: Requests that wait, labels: [handler] }\n"), ("(web_queue_length)", "(web_waiting_requests)")]),
    ("metric retyped", &[("web_build_info: { type: gauge", "web_build_info: { type: counter")]),
    ("metric removed", &[("  web_build_info: { type: gauge, help: The build, labels: [version] }\n", ""), ("  version: { help: Version of the build }\n", "")]),
    ("metric gains a label", &[("help: Requests that wait, labels: [handler]", "help: Requests that wait, labels: [handler, code]")]),
    ("metric loses a label", &[("help: Requests that wait, labels: [handler]", "help: Requests that wait"), ("sum by (handler) (web_queue_length)", "sum(web_queue_length)")]),
    ("metric help", &[("help: The build", "help: What runs")]),
    ("histogram buckets", &[("[0.1, 0.5, 1, 5]", "[0.1, 0.25, 0.5, 1, 5]")]),
    ("label limit raised", &[("limit: 20", "limit: 500")]),
    ("event gains an argument", &[("code: label, duration: seconds }", "code: label, duration: seconds, size: count }"), ("- { observe: web_duration", "- { add: web_requests_total, value: size }\n      - { observe: web_duration")]),
    ("recording rule added", &[("rule_groups:", "records:\n  handler:requests:rate5m:\n    query: request_rate\n    window: 5m\n    group: web\nrule_groups:")]),
    ("scrape target", &[("[\"web:8000\"] }\n    prometheus", "[\"web:8000\", \"web-2:8000\"] }\n    prometheus")]),
    ("scrape interval", &[("interval: 15s", "interval: 1m")]),
    ("scrape job added", &[("    prometheus: {", "    node: { targets: [\"node:9100\"] }\n    prometheus: {")]),
    ("scrape job renamed", &[("    web: { targets", "    application: { targets"), ("job=\"web\"", "job=\"application\""), ("job: web", "job: application")]),
    ("datasource address", &[("http://prometheus:9090", "http://thanos:9090")]),
    ("datasource uid", &[("url: \"http://prometheus:9090\"", "url: \"http://prometheus:9090\", uid: thanos")]),
    ("several at once", &[("warning: 5%", "warning: 8%"), ("for: 10m", "for: 30m"), ("title: Waiting", "title: Queue"), ("[\"web:8000\"] }", "[\"web:9000\"] }"), ("web:8000", "web:9000")]),
    ("hostile text", &[("title: Waiting", "title: \"<img src=x onerror=alert(1)> | `code` **bold** @all \\e[31m\\u202e#1\""), ("help: The build", "help: \"</code><script>alert(1)</script>\"")]),
    ("comments and blanks", &[("metrics:\n", "# Everything that we count.\nmetrics:\n\n"), ("thresholds: error_ratio\n", "thresholds: 'error_ratio'   # shared\n")]),
    ("order of definitions", &[("  error_ratio: { warning: 5%, critical: 10% }\n  latency: { warning: 1s, critical: 5s }\n", "  latency: { critical: 5s, warning: 1s }\n  error_ratio: { critical: 10%, warning: 5% }\n")]),
];

pub(crate) fn edited(edits: &[(&str, &str)]) -> String {
    let mut text = BASE.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "the base specs have no `{from}`");
        text = text.replace(from, to);
    }
    text
}

const NAMES: SideNames<'_> = SideNames {
    base: "main",
    head: "work tree",
};

/// All formats of text in one, so that a reader sees them side by side.
fn told(diff: &Diff) -> String {
    let names = NAMES;
    let json: serde_json::Value = serde_json::from_str(&diff_json(diff, names)).unwrap();
    let one_line = |value: &serde_json::Value| value.to_string();
    let list = |key: &str| {
        json[key]
            .as_array()
            .unwrap()
            .iter()
            .map(one_line)
            .collect::<Vec<_>>()
    };
    format!(
        "{}\n--- markdown\n{}\n--- json\n{}\n{}\nfollows {} form {} files {}\n",
        diff_terminal(diff, names, Style::PLAIN),
        diff_markdown(diff, names),
        json["summary"],
        list("changes").join("\n"),
        json["follows"],
        json["form_only"],
        json["files"],
    )
}

#[track_caller]
fn tell(name: &str, base: &Side, head: &Side) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name.replace(' ', "_").replace('\'', ""), told(&diff(base, head)));
    });
}

#[test]
fn stories() {
    let base = specs(BASE, PROFILE, None);
    let mut broken = Vec::new();
    for (name, edits) in STORIES {
        match try_specs(&edited(edits), PROFILE, None) {
            Ok(head) => tell(name, &base, &head),
            Err(errors) => broken.push((name, errors)),
        }
    }
    assert!(
        broken.is_empty(),
        "these stories do not compile: {broken:#?}"
    );
}

#[test]
fn stories_of_profiles() {
    let changed = PROFILE
        .replace("warning: 2s", "warning: 3s")
        .replace("staging:8000", "staging:8080");
    for (name, chosen) in [
        ("profile in use", Some("staging")),
        ("profile not in use", None),
    ] {
        tell(
            name,
            &specs(BASE, PROFILE, chosen),
            &specs(BASE, &changed, chosen),
        );
    }
}

/// What a profile lays over settings that no file names is still its doing.
#[test]
fn profiles_explain_what_they_lay_over() {
    let base = "emitters:\n  rust: { package: staging-metrics }\n";
    for (from, to) in [
        (
            "grafana: { url: \"http://a:3000\" }\n",
            "grafana: { url: \"http://b:3000\" }\n",
        ),
        (base, &base.replace("staging", "stage")),
    ] {
        let found = diff(
            &specs(BASE, from, Some("staging")),
            &specs(BASE, to, Some("staging")),
        );
        let kinds: Vec<_> = found.changes.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [Kind::Profile], "{from}");
        assert!(
            found.changes[0]
                .effects
                .iter()
                .any(|effect| { matches!(effect.kind, Kind::Grafana | Kind::Emitter) })
        );
    }
}

#[test]
fn a_comment_fits_whatever_things_are_called() {
    let title = format!("title: {}\n", "x".repeat(70_000));
    let head = edited(&[
        ("title: Web\n", &title),
        ("for: 10m", "for: 30m"),
        (
            "group_by: [alertname]",
            "group_by: [alertname]\n    group_wait: 5m",
        ),
    ]);
    let found = diff(&specs(BASE, PROFILE, None), &specs(&head, PROFILE, None));
    let text = diff_markdown(&found, NAMES);
    assert!(text.len() <= 65_536, "{} bytes", text.len());
    let notes = text
        .lines()
        .find(|line| line.starts_with("What follows from"));
    assert!(notes.unwrap().contains("dashboard `xxx"), "{text}");
}

#[test]
fn what_is_silenced_for_two_reasons_counts_once() {
    let head = edited(&[
        ("critical: 5s", "critical: 8s"),
        (
            "matchers: ['severity=\"critical\"']",
            "matchers: ['severity=\"critical\"', 'team=\"web\"']",
        ),
    ]);
    let found = diff(&specs(BASE, PROFILE, None), &specs(&head, PROFILE, None));
    let mut silenced: Vec<_> = found
        .risks()
        .filter(|(_, risk)| risk.level == Level::Silences)
        .map(|(change, _)| (change.kind, change.key.as_str()))
        .collect();
    silenced.sort_unstable();
    let told = silenced.len();
    silenced.dedup();
    assert!(silenced.len() < told, "{silenced:?}");
    let said = diff_terminal(&found, NAMES, Style::PLAIN);
    let count = format!("; {} tell somebody less", silenced.len());
    assert!(said.contains(&count), "{said}");
}

/// The page says of a change what the other formats say.
#[test]
fn the_page_tells_changes_in_the_same_words() {
    let base = specs(BASE, PROFILE, None);
    let head = edited(&[(
        "  Down:",
        "  Long:\n    expr: sum(web_queue_length) > 100\n    severity: warning\n    group: web\n    summary: Long\n  Down:",
    )]);
    let head = specs(&head, PROFILE, None);
    let page = Page {
        names: NAMES,
        base: &base,
        head: &head,
        prometheus: None,
        live: false,
    };
    let found = diff(&base, &head);
    let text = diff_page(&found, &page);
    let start = text.find("{\"base\":").unwrap();
    let mut data = serde_json::Deserializer::from_str(&text[start..]).into_iter();
    let data: serde_json::Value = data.next().unwrap().unwrap();
    let says = data["changes"][0]["says"].as_array().unwrap();
    let terminal = diff_terminal(&found, NAMES, Style::PLAIN);
    assert!(!says.is_empty(), "{terminal}");
    for said in says {
        assert!(
            terminal.contains(said.as_str().unwrap()),
            "{said}: {terminal}"
        );
    }
}

/// The side before says what the metric is going to be called; the one after
/// has it by that name only, and describes it otherwise as well.
#[test]
fn stories_of_renamed_metrics() {
    const OLD: &str =
        "  web_queue_length: { type: gauge, help: Requests that wait, labels: [handler]";
    const NEW: &str =
        "  web_waiting: { type: gauge, help: How many wait, labels: [handler, code] }\n";
    let announced = (OLD, &*format!("{OLD}, renamed_to: web_waiting"));
    let both = (OLD, &*format!("{NEW}{OLD}, renamed_to: web_waiting"));
    let asks = ("(web_queue_length)", "(web_waiting)");
    let renamed = edited(&[(&format!("{OLD} }}\n"), NEW), asks]);
    let renamed = specs(&renamed, PROFILE, None);
    for (name, edits) in [
        ("metric renamed as announced", announced),
        ("metric gone after its successor came", both),
    ] {
        tell(name, &specs(&edited(&[edits]), PROFILE, None), &renamed);
    }
}

#[test]
fn stories_of_projects() {
    let all = specs(BASE, PROFILE, None);
    tell("new project", &Side::default(), &all);
    tell("project removed", &all, &Side::default());
}
