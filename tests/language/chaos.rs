//! Whatever is written: an answer, and no panic.

use crate::docs;
use crate::harness::{SpecText, compile, reference, text_of};
use dashwright::report;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// A slip in a file.
#[derive(Debug, Clone)]
enum Slip {
    Delete(Index),
    Duplicate(Index),
    Swap(Index, Index),
    Indent(Index, u8),
    /// Puts a text in place of a word.
    Replace(Index, Index, String),
    /// Puts a text between two characters.
    Insert(Index, String),
    Truncate(Index),
}

/// Texts that mean something somewhere.
const TOKENS: [&str; 40] = [
    "",
    "~",
    "null",
    "true",
    "0",
    "-1",
    "4294967296",
    "1e400",
    ".nan",
    "5%",
    "60s",
    "1.5GiB",
    "12x8",
    "0x0",
    "[]",
    "{}",
    "[a, b]",
    "{ a: b }",
    "&a",
    "*a",
    "<<",
    "!!str",
    "!x",
    "|",
    ">-",
    "\"",
    "'",
    "# x",
    ": ",
    "- ",
    "? ",
    "---",
    "...",
    "$window",
    "${threshold:error_ratio.warning}",
    "{{ $value | printf \"%d\" }}",
    "sum(rate(up[5m]))",
    "topk(",
    "é\u{301}\u{200b}",
    "\u{feff}",
];

fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(&TOKENS[..]).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => "[\\x00-\\x7f]{0,6}",
    ]
}

fn slip() -> impl Strategy<Value = Slip> {
    let index = any::<Index>;
    prop_oneof![
        2 => index().prop_map(Slip::Delete),
        2 => index().prop_map(Slip::Duplicate),
        2 => (index(), index()).prop_map(|(a, b)| Slip::Swap(a, b)),
        1 => (index(), 0..12_u8).prop_map(|(line, spaces)| Slip::Indent(line, spaces)),
        6 => (index(), index(), token()).prop_map(|(line, word, text)| Slip::Replace(line, word, text)),
        3 => (index(), token()).prop_map(|(at, text)| Slip::Insert(at, text)),
        1 => index().prop_map(Slip::Truncate),
    ]
}

fn slipped(text: &str, slip: &Slip) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let boundary = |at: &Index| {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        if ends.is_empty() { 0 } else { *at.get(&ends) }
    };
    if lines.is_empty() {
        return text.to_owned();
    }
    match slip {
        Slip::Insert(at, new) => {
            let at = boundary(at);
            return format!("{}{new}{}", &text[..at], &text[at..]);
        }
        Slip::Truncate(at) => return text[..boundary(at)].to_owned(),
        Slip::Delete(line) => {
            lines.remove(line.index(lines.len()));
        }
        Slip::Duplicate(line) => {
            let at = line.index(lines.len());
            lines.insert(at, lines[at].clone());
        }
        Slip::Swap(a, b) => {
            let (a, b) = (a.index(lines.len()), b.index(lines.len()));
            lines.swap(a, b);
        }
        Slip::Indent(line, spaces) => {
            let line = &mut lines[line.index(text.lines().count())];
            *line = format!("{}{}", " ".repeat(usize::from(*spaces)), line.trim_start());
        }
        Slip::Replace(line, word, new) => {
            let line = &mut lines[line.index(text.lines().count())];
            let words: Vec<&str> = line.split_inclusive([' ', '(', ')', ',']).collect();
            if !words.is_empty() {
                let at = word.index(words.len());
                let changed = words.iter().enumerate();
                *line = changed
                    .map(|(index, word)| if index == at { new.as_str() } else { *word })
                    .collect();
            }
        }
    }
    lines.join("\n") + "\n"
}

/// Compiles and reports `specs` in every way there is.
fn survives(specs: &[SpecText]) {
    let outcome = compile(specs);
    let text = outcome.report();
    assert!(
        !text.contains(|c: char| c.is_control() && c != '\n'),
        "{text:?}"
    );
    let json = report::document(&outcome.found, outcome.files.sources(), None);
    let _: serde_json::Value = serde_json::from_str(&json).expect("the report is JSON");
    assert_eq!(outcome.artifacts.is_none(), outcome.failed());
    for (path, text) in outcome.artifacts.iter().flatten() {
        if path.ends_with(".json") {
            let _: serde_json::Value = serde_json::from_str(text).expect("a dashboard is JSON");
        }
        if path.ends_with(".yml") {
            let _: serde_yaml::Value =
                serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
}

fn with_slips(mut specs: Vec<SpecText>, slips: &[(Index, Slip)]) -> Vec<SpecText> {
    for (file, slip) in slips {
        let file = file.index(specs.len());
        specs[file].1 = slipped(&specs[file].1, slip);
    }
    specs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slips_in_the_reference_specs(slips in vec((any::<Index>(), slip()), 1..4)) {
        survives(&with_slips(reference(), &slips));
    }

    #[test]
    fn slips_in_the_documented_specs(slips in vec((any::<Index>(), slip()), 1..4)) {
        survives(&with_slips(docs::blocks(), &slips));
    }

    #[test]
    fn slips_in_a_profile(slips in vec((any::<Index>(), slip()), 1..4)) {
        let base = ("specs/base.yaml".to_owned(), text_of("tests/language/base.yaml"));
        let profile = with_slips(
            vec![("specs/profiles/p.yaml".to_owned(), text_of("specs/profiles/notify.yaml"))],
            &slips,
        );
        survives(&[vec![base], profile].concat());
    }

    #[test]
    fn tokens_of_yaml(tokens in vec(prop_oneof![token(), "(\n {0,6})?[a-z]{1,6}: "], 0..40)) {
        survives(&[("specs/a.yaml".to_owned(), tokens.concat())]);
    }

    #[test]
    fn any_text(text in any::<String>()) {
        survives(&[("specs/a.yaml".to_owned(), text)]);
    }
}
