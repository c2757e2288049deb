use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Template;

fn labels() -> BTreeMap<String, String> {
    [("agent", "planner one"), ("empty", "")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn render(text: &str, value: f64) -> Option<String> {
    Template::parse(text).unwrap().render(&labels(), value)
}

#[track_caller]
fn refused(text: &str, at: &str, message: &str) {
    let error = Template::parse(text).unwrap_err();
    assert_eq!(error.message, message, "{text}");
    assert_eq!(&text[error.range], at, "{text}");
}

#[test]
fn renders_what_annotations_use() {
    for (text, expected) in [
        ("plain", "plain"),
        (
            "{{ $value }} of {{ $labels.agent }}",
            "0.0505 of planner one",
        ),
        ("{{ .Value | humanize }}", "50.5m"),
        ("{{ $value | humanizePercentage }}", "5.05%"),
        ("{{ humanizePercentage $value }}", "5.05%"),
        ("{{ printf \"%.2f\" $value }}", "0.05"),
        ("{{ $value | printf \"%.1f%%\" }}", "0.1%"),
        (
            "{{ printf \"%-14s|%5.1f|%05.1f|%+.1f|%q\" $labels.agent 2.5 2.5 2.5 `x` }}",
            "planner one   |  2.5|002.5|+2.5|\"x\"",
        ),
        (
            "{{ title $labels.agent }} {{ toUpper .Labels.agent }}",
            "Planner One PLANNER ONE",
        ),
        ("a {{- $labels.missing -}} b", "ab"),
        ("a {{- /* c */ -}} b{{/* d */}}", "ab"),
        ("{{ index $labels \"agent\" }}", "planner one"),
        ("{{ if gt $value 0.05 }}high{{ else }}low{{ end }}", "high"),
        (
            "{{ if gt $value 1.0 }}a{{ else if eq $labels.agent \"x\" \"planner one\" }}b{{ else }}c{{ end }}",
            "b",
        ),
        (
            "{{ if and $labels.agent (not $labels.empty) }}x{{ end }}",
            "x",
        ),
        ("{{ with $labels.agent }}{{ . }}{{ end }}", "planner one"),
        ("{{ with $labels.empty }}x{{ else }}none{{ end }}", "none"),
        (
            "{{ $v := humanize $value }}{{ $v }}/{{ $v }}",
            "50.5m/50.5m",
        ),
        (
            "{{ $v := 1 }}{{ if true }}{{ $v = 2 }}{{ end }}{{ $v }}",
            "2",
        ),
        (
            "{{ 1e6 }} {{ 'a' }} {{ \"\\u00e9\" }} {{ len \"abc\" }}",
            "1e+06 97 é 3",
        ),
        (
            "{{ with . }}{{ .Labels.agent }}{{ $.Labels.agent }}{{ end }}",
            "planner oneplanner one",
        ),
        ("{{ $labels.agent | or \"x\" }}", "x"),
        ("}} { {", "}} { {"),
    ] {
        assert_eq!(render(text, 0.0505).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_depends_on_more_is_not_rendered() {
    for text in [
        "{{ query \"up\" | first | value }}",
        "{{ range $k, $v := $labels }}{{ $k }}{{ end }}",
        "{{ $labels }}",
        "{{ $labels.__name__ }}",
        "{{ $externalLabels.site }}{{ $externalURL }}",
        "{{ printf \"%d\" $value }}",
        "{{ printf \"%s\" }}",
        "{{ if eq $labels.agent 1 }}x{{ end }}",
        "{{ define \"x\" }}y{{ end }}{{ template \"x\" }}",
        "{{ nil }}",
    ] {
        assert_eq!(render(text, 1.0), None, "{text}");
    }
}

#[test]
fn mistakes_are_found_where_they_are() {
    refused("a {{ $value", "{{", "this `{{` is never closed");
    refused("a {{ $value }", "{{", "this `{{` is never closed");
    refused("{{ \"a }}", "\"", "this string is never closed");
    refused(
        "{{ humanise $value }}",
        "humanise",
        "unknown function `humanise`",
    );
    refused("{{ tmpl \"x\" }}", "tmpl", "unknown function `tmpl`");
    refused(
        "{{ $lables.agent }}",
        "$lables",
        "unknown variable `$lables`",
    );
    refused("{{ $x = 1 }}", "$x", "unknown variable `$x`");
    refused("x{{ if true }}y", "if", "this `if` has no end");
    refused("x{{ end }}y", "{{ end }}", "this `end` belongs to nothing");
    refused(
        "{{ if 1 }}{{ else }}{{ else }}{{ end }}",
        "{{ else }}",
        "this `else` follows another one",
    );
    refused("{{ if }}x{{ end }}", "}}", "a value is missing here");
    refused("{{ }}", "}}", "a value is missing here");
    refused(
        "{{ $value | 5 }}",
        "5",
        "a value can be piped into a function only",
    );
    refused(
        "{{ $value 1 }}",
        "$value 1",
        "only functions take arguments",
    );
    refused("{{ $value * 100 }}", "*", "`*` has no meaning here");
    refused("{{ $labels.a-b }}", "-", "`-` has no meaning here");
    refused("{{ (humanize 1 }}", "(", "this `(` is never closed");
    refused("{{ humanize 1) }}", ")", "this `)` closes nothing");
    refused(
        "{{ humanize 1 2 }}",
        "humanize",
        "`humanize` takes 1 argument, not 2",
    );
    refused("{{ 08 }}", "08", "`08` is no number");
    refused("{{ .label.x }}", "label", "an alert has no field `label`");
    refused(
        "{{ $value.x }}",
        "x",
        "this has no fields: it is a label's value, a number or a text",
    );
    refused(
        "{{ template \"x\" }}",
        "\"x\"",
        "template `x` is not defined",
    );
    refused("{{ break }}", "break", "`break` outside of a `range`");
    refused(
        "{{ if gt $value 5 }}x{{ end }}",
        "5",
        "an integer cannot be compared with the alert's value, which has a fraction",
    );
    refused(
        "{{ define \"x\" }}{{ $labels }}{{ end }}",
        "$labels",
        "unknown variable `$labels`",
    );
    refused("{{ /* c */ }}", "/", "`/` has no meaning here");
    refused("{{/* c }}", "/*", "this comment is never closed");
    refused("{{ “x” }}", "“", "`“` has no meaning here");
}

#[test]
fn uses_are_listed_with_their_places() {
    let text = "{{ $labels.a }}{{ if .Labels.b }}{{ $.Labels.c | title }}{{ end }}{{ index $labels \"d\" }}";
    let template = Template::parse(text).unwrap();
    let uses: Vec<_> = template
        .labels()
        .iter()
        .map(|used| (&*used.name, &text[used.range.clone()]))
        .collect();
    assert_eq!(uses, [("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")]);
    assert!(!template.uses_value());
}

#[test]
fn whether_the_last_bit_of_the_value_shows() {
    for (text, exact) in [
        ("{{ $value }}", true),
        ("{{ $value | humanize }}", false),
        ("{{ humanizePercentage .Value }}", false),
        ("{{ printf \"%.2f\" $value }}", false),
        ("{{ printf \"%v\" $value }}", true),
        ("{{ $value | humanizeDuration }}", true),
        ("{{ if gt $value 1.0 }}x{{ end }}", true),
        ("{{ $labels.a }}", false),
    ] {
        assert_eq!(
            Template::parse(text).unwrap().exact_value_needed(),
            exact,
            "{text}"
        );
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = "{{ if true }}".repeat(10_000);
    assert_eq!(
        Template::parse(&deep).unwrap_err().message,
        "nested too deeply"
    );
    let deep = format!("{{{{ {}1 }}}}", "(".repeat(10_000));
    assert!(Template::parse(&deep).is_err());
}

/// What templates are made of, to be strung together in any order.
const FRAGMENTS: [&str; 42] = [
    "{{",
    "}}",
    "{{- ",
    " -}}",
    "{{-",
    "/*",
    "*/",
    "if ",
    "else ",
    "end",
    "range ",
    "with ",
    "define ",
    "template ",
    "break",
    "$",
    "$labels",
    "$value",
    ".a",
    ".",
    ".Labels",
    "|",
    "(",
    ")",
    ",",
    ":=",
    " = ",
    "\"",
    "\"x\"",
    "'a'",
    "`",
    "1",
    "-2.5",
    "0x",
    "é",
    "\\",
    " ",
    "\n",
    "humanize ",
    "printf \"%.2f\" ",
    "eq ",
    "index ",
];

proptest! {
    #[test]
    fn nothing_panics_and_ranges_are_within(picks in prop::collection::vec(0..FRAGMENTS.len(), 0..24)) {
        let text: String = picks.iter().map(|pick| FRAGMENTS[*pick]).collect();
        match Template::parse(&text) {
            Ok(template) => {
                template.render(&labels(), 1.5);
                for used in template.labels() {
                    prop_assert_eq!(&text[used.range.clone()], &*used.name);
                }
            }
            Err(error) => prop_assert!(text.get(error.range.clone()).is_some(), "{:?}", error),
        }
    }
}
