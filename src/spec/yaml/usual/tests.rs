use super::super::parse_any;
use super::read;
use crate::diagnostic::{Sink, Sources};
use proptest::prelude::*;
use std::path::Path;

/// Whether the text is read here, and if so, as the parser reads it.
fn is_usual(text: &str) -> bool {
    let mut sources = Sources::default();
    let id = sources.add("t.yaml", text);
    let Some(root) = read(id, text) else {
        return false;
    };
    let mut sink = Sink::default();
    let parsed = parse_any(id, text, &mut sink);
    let found: Vec<_> = sink.iter().collect();
    assert!(found.is_empty(), "{text:?}\n{found:?}");
    assert_eq!(
        format!("{:?}", vec![root]),
        format!("{parsed:?}"),
        "{text:?}"
    );
    true
}

#[test]
fn specs_are_usual() {
    let mut pending = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("specs")];
    let mut files = 0;
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(is_usual(&text), "{}", path.display());
            files += 1;
        }
    }
    assert!(files > 10);
}

#[test]
fn what_specs_hold_is_usual() {
    for text in [
        "a: 1\n",
        "a: b # c\n# d\nb: c",
        "a:\n  b: c\n\n  # d\n  e: f g\n",
        "a:\n- b\n- c: d\n  e: f\n-   g\n",
        "a:\n  - \"b\": c\n    d:\n      - e\n  - 'it''s'\n",
        "a: {b: c, d: [e, {f: g}, -1], \"h\": \"{{i}}\"}\n",
        "a: {\n    b: c,\n    d: []\n  }\nb: {}\n",
        "a: |\n  b\n   c\n\n  d\n\ne: |-\n  f\n\ng: >\n  h\n  i\nj: >-\n  k\n",
        "a:\nb: ~\nc: null\nd: 'null'\ne: \"q\\\"\\\\\\n\"\nf:   \n",
        "a: http://b:90/c#d\n1: ü – §\nsum(rate(x{a=\"b\"}[5m])): 2\n",
    ] {
        assert!(is_usual(text), "{text}");
    }
}

#[test]
fn the_rest_is_the_parsers() {
    for text in [
        "",
        "# nothing\n",
        "- a\n",
        "a\n",
        " a: 1\n",
        "a: 1\n---\nb: 1\n",
        "--- a: 1\n",
        "...\n",
        "a: 1\na: 2\n",
        "a: &b c\n",
        "a: *b\n",
        "a: !!str 1\n",
        "? a\n: b\n",
        "a:\tb\n",
        "a: b\r\n",
        "a: b\n  c\n",
        "a: \"b\n  c\"\n",
        "a: \"\\u00fc\"\n",
        "a: b: c\n",
        "a: {b}\n",
        "a: [b: c]\n",
        "a: {b: c,}\n",
        "a: [b\n]\n",
        "a: |2\n    b\n",
        "a: |+\n  b\n\n",
        "a: >\n  b\n\n  c\n",
        "<<: {a: b}\n",
        "null: a\n",
        "a: @b\n",
        "a: b\n c: d\n",
        "a:\n  b: c\n d: e\n",
        "a:\n  b\n",
        "a: |\n  b",
    ] {
        assert!(!is_usual(text), "{text}");
    }
}

/// Lines as people write them, and as they do not.
fn lines() -> impl Strategy<Value = String> {
    let indent = prop_oneof![4 => (0_usize..4).prop_map(|n| n * 2), 1 => 0_usize..7];
    let key = prop_oneof![
        "[a-e]",
        "[a-e]",
        "\"[a-e ]\"",
        "'[a-e]'",
        "[a-e] [a-e#:]",
        "<<",
        "~"
    ];
    let scalar = prop_oneof![
        "[a-e0-9]{1,3}",
        "[a-e ]{1,4}",
        "\"[a-e '\\\\\\\\\"n]{0,4}\"",
        "'[a-e' \"]{0,4}'",
        "[-a-e:#,\\[\\]{}?&*!|>%@`~.ü \"']{1,5}",
    ];
    let flow = prop_oneof![
        "[{\\[][a-e:, {}\\[\\]\n#\"-]{0,10}[}\\]]",
        "\\{ [a-e]: [a-e1]{1,2}(, [a-e]: \\[[a-e](, [a-e \n]{1,4})?\\]){0,2} ?\\}",
        "\\[[a-e]{1,2}(,[ \n]{1,3}\\{[a-e]: [a-e]\\}){0,2}\\]",
    ];
    let value = prop_oneof![
        3 => scalar.boxed(),
        1 => flow.boxed(),
        1 => prop_oneof!["\\|", ">", "\\|-", ">-"].boxed(),
        2 => Just(String::new()).boxed(),
    ];
    let tail = prop_oneof![8 => "", 1 => " # [a-e]", 1 => "#[a-e]", 1 => "  "];
    let rest = (key, value, 0_usize..5, tail).prop_map(|(key, value, form, tail)| match form {
        0 => format!("- {value}{tail}"),
        1 => format!("- {key}: {value}{tail}"),
        2 => format!("{value}{tail}"),
        _ => format!("{key}: {value}{tail}"),
    });
    (indent, rest).prop_map(|(indent, rest)| format!("{}{rest}\n", " ".repeat(indent)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_parser_agrees(text in prop::collection::vec(lines(), 1..8)) {
        is_usual(&text.concat());
    }

    #[test]
    fn the_parser_agrees_on_anything(text in "[ab :\n#{}\\[\\],'\"|>&*!?-]{0,30}") {
        is_usual(&text);
        is_usual(&format!("a:\n  b: {text}\n"));
    }
}
