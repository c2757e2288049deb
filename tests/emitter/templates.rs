//! Templates of the user's own: what they may do, and what is said about their mistakes.

use dashwright::diagnostic::{Severity, Sink};
use dashwright::render::render_with;
use dashwright::report::{self, Style};
use dashwright::resolve::resolve;
use dashwright::spec::{Files, decode};
use std::collections::BTreeMap;
use std::path::Path;

const SPECS: &str = "\
emitters: { lua: { package: shop-metrics, options: { module: shop } } }
labels: { tier: { help: Tier, values: [free, \"4x\"] } }
metrics:
  orders_total: { type: counter, help: Orders, labels: [tier] }
  wait_seconds: { type: histogram, help: Wait, unit: seconds, buckets: [0.5, 1] }
events:
  order_placed: { help: An order, args: { tier: label, end: seconds }, do: [inc: orders_total, { observe: wait_seconds, value: end }] }
";

const MANIFEST: &str = "reserved: [end]\nwidth: 60\nindent: \"  \"\nfiles: { \"lib/{{ package.names.snake }}.lua\": metrics.lua.j2 }\n";

/// The rendered files, and the report.
fn render(texts: &[(&str, &str)]) -> (BTreeMap<String, String>, String) {
    let files = Files::from_memory(texts.iter().copied());
    let mut sink = Sink::default();
    let specs = decode(&files, &mut sink);
    let model = resolve(&specs, &files, &mut sink);
    let rendered = model.map(|model| render_with(&model, &files, &mut sink));
    let rendered = rendered.into_iter().flatten();
    let rendered = rendered.map(|file| (file.path, String::from_utf8(file.bytes).unwrap()));
    let mut found = sink.into_sorted();
    // Nothing asks for these metrics, which is not what is tested here.
    found.retain(|finding| finding.severity != Severity::Hint);
    let report = report::diagnostics(&found, files.sources(), Style::PLAIN);
    (rendered.collect(), report)
}

/// A language with this manifest and template.
fn lua(manifest: &str, template: &str) -> (BTreeMap<String, String>, String) {
    render(&[
        ("specs/shop.yaml", SPECS),
        ("specs/templates/emitter/lua/emitter.yaml", manifest),
        ("specs/templates/emitter/lua/metrics.lua.j2", template),
    ])
}

/// Only filters quote: a name alone, such as that of a JSON file, changes nothing.
#[test]
fn values_are_written_as_they_are_in_files_of_every_kind() {
    for name in ["a.json.j2", "a.html.j2", "a.yaml.j2", "a.txt.j2"] {
        let (files, report) = render(&[
            ("specs/shop.yaml", SPECS),
            (
                "specs/templates/emitter/lua/emitter.yaml",
                &format!("files: {{ out: {name} }}\n"),
            ),
            (
                &format!("specs/templates/emitter/lua/{name}"),
                "{{ package.name }} {{ package.name | json }} {{ '<&>' }}",
            ),
        ]);
        assert_eq!(report, "");
        let written = &files["emitter-lua/out"];
        assert_eq!(written, "shop-metrics \"shop-metrics\" <&>", "{name}");
    }
}

#[test]
fn a_directory_of_templates_is_a_language() {
    let (files, report) = lua(
        MANIFEST,
        "\
-- {{ package.name }} as {{ options.module }} in {{ language }}
{% for event in events %}
{% filter fit('function M.' ~ event.names.camel ~ '(', ')') %}
{% for arg in event.args %}
{{ arg.names.snake }}
{% endfor %}
{% endfilter %}
{% for update in event.updates %}
  {{ update.metric.names.snake }}:{{ update.action }}({% for value in update.labels %}{{ value.arg.names.snake }}{% endfor %})
{% endfor %}
end
{% endfor %}
local tier = { {% for value in labels[0]['values'] %}{{ value.names.screaming }} = {{ value.name | json }}, {% endfor %}}
local le = { {% for bound in metrics[1].buckets %}{{ bound | number }}, {% endfor %}}
",
    );
    assert_eq!(report, "");
    assert_eq!(
        files["emitter-lua/lib/shop_metrics.lua"],
        "\
-- shop-metrics as shop in lua
function M.orderPlaced(tier, end_)
  orders_total:inc(tier)
  wait_seconds:observe()
end
local tier = { FREE = \"free\", V4X = \"4x\", }
local le = { 0.5, 1, }
"
    );
}

#[test]
fn mistakes_in_templates_are_shown_where_they_are() {
    let mut reports = String::new();
    for template in [
        "one\n{% for metric in metrics %}\n{{ metric.nam }}\n{% endfor %}\n",
        "{{ events | shout }}\n",
        "a\n{% if x %}\n",
        "{% include 'other.j2' %}\n",
        "{% filter fit(1) %}x{% endfilter %}\n",
        "{{ options.modul }}\n",
    ] {
        let (files, report) = lua(MANIFEST, template);
        assert!(files.keys().all(|path| !path.starts_with("emitter-lua/")));
        reports.push_str(&report);
        reports.push('\n');
    }
    insta::assert_snapshot!(reports);
}

#[test]
fn mistakes_in_manifests_are_shown_where_they_are() {
    let mut reports = String::new();
    for manifest in [
        "files: { a.lua: metric.lua.j2 }\n",
        "files: { ../a.lua: metrics.lua.j2, /b: metrics.lua.j2, a//b: metrics.lua.j2 }\n",
        "files: { a.lua: metrics.lua.j2, \"{{ 'a.lua' }}\": metrics.lua.j2 }\n",
        "files: { \"{{ pakage.name }}\": metrics.lua.j2 }\n",
        "fils: { a.lua: metrics.lua.j2 }\nwidth: wide\n",
        "",
        "files: [\n",
    ] {
        let (_, report) = lua(manifest, "x\n");
        reports.push_str(&report);
        reports.push('\n');
    }
    insta::assert_snapshot!(reports);
}

#[test]
fn languages_without_templates_and_templates_without_use() {
    let (_, unknown) = render(&[(
        "shop.yaml",
        "emitters: { pyton: { package: a }, cobol: { package: b }, C++: { package: c }, typescript: { package: A B }, python: { package: -x } }\n",
    )]);
    let (_, unused) = render(&[
        ("shop.yaml", "emitters: { python: { package: a } }\n"),
        ("templates/emitter/python/metric.py.j2", "# mine\n"),
        (
            "templates/emitter/go/metrics.go.j2",
            "// of a language that is not asked for\n",
        ),
    ]);
    let (_, manifest) = render(&[
        ("shop.yaml", "emitters: { lua: { package: a } }\n"),
        ("templates/emitter/lua/metrics.lua.j2", "x\n"),
    ]);
    insta::assert_snapshot!(format!("{unknown}\n{unused}\n{manifest}"));
}

#[test]
fn a_file_of_ones_own_takes_the_place_of_an_embedded_one() {
    let specs = (
        "shop.yaml",
        "metrics: { ready: { type: gauge, help: Ready } }\nemitters: { rust: { package: a }, python: { package: a } }\n",
    );
    let (before, _) = render(&[specs]);
    let (after, report) = render(&[
        specs,
        (
            "templates/emitter/rust/facade/README.md.j2",
            "Mine: {{ package }}\n",
        ),
        (
            "templates/emitter/python/macros.j2",
            "{% macro moved(names, quote='') %}{% endmacro %}\n",
        ),
        ("templates/docs/README.md.j2", "Mine\n"),
    ]);
    assert_eq!(report, "");
    let changed: Vec<_> = after
        .iter()
        .filter(|(path, text)| before[*path] != **text)
        .collect();
    let changed: Vec<_> = changed
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    assert_eq!(
        changed,
        [
            ("emitter/README.md", "Mine: a\n"),
            ("monitoring/dashboards/README.md", "Mine\n")
        ]
    );
}

/// The worked example of `docs/emitters.md`.
#[test]
fn the_example_in_go_renders_in_the_shape_that_gofmt_gives() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = |name: &str| {
        let path = root.join("docs/examples/go").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let reference = |name: &str| std::fs::read_to_string(root.join("specs").join(name)).unwrap();
    let (files, report) = render(&[
        ("metrics.yaml", &reference("metrics.yaml")),
        ("labels.yaml", &reference("labels.yaml")),
        ("events.yaml", &reference("events.yaml")),
        (
            "emitters.yaml",
            "emitters: { go: { package: orchestrator-metrics, options: { module: example.com/orchestrator-metrics } } }\n",
        ),
        ("templates/emitter/go/emitter.yaml", &own("emitter.yaml")),
        ("templates/emitter/go/go.mod.j2", &own("go.mod.j2")),
        ("templates/emitter/go/metrics.go.j2", &own("metrics.go.j2")),
    ]);
    assert_eq!(report, "");
    assert!(files["emitter-go/go.mod"].starts_with("module example.com/orchestrator-metrics\n"));
    let go = &files["emitter-go/metrics.go"];
    for line in go.lines() {
        assert!(!line.ends_with(' ') && !line.starts_with(' '), "{line:?}");
    }
    assert!(!go.contains("\n\n\n") && go.ends_with("}\n"), "{go}");
    for (open, close) in [('{', '}'), ('(', ')')] {
        assert_eq!(go.matches(open).count(), go.matches(close).count());
    }
    insta::assert_snapshot!(go);
}
