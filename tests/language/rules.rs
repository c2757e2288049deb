//! Every code with its examples: the wrong one yields that code and no other,
//! the right one nothing.

use crate::harness::{Outcome, SpecText, compile, text_of};
use dashwright::diagnostic::{Code, Diagnostic, Family};
use dashwright::report;

/// Codes whose cause is no text that an example could show: they are about
/// the command line, about bytes and sizes of files, or about templates.
const WITHOUT_EXAMPLES: [Code; 8] = [
    Code::NoSpecs,
    Code::NotUtf8,
    Code::TooLarge,
    Code::TooDeep,
    Code::AliasBomb,
    Code::UnknownProfile,
    Code::FileTemplate,
    Code::UnusedTemplate,
];

/// The example of this kind, `bad` or `good`, in the explanation of `code`.
fn example(code: Code, kind: &str) -> Option<String> {
    let (_, rest) = code
        .explanation()
        .split_once(&format!("```yaml {kind}\n"))?;
    let (text, _) = rest.split_once("```").expect("every example ends");
    Some(text.to_owned())
}

/// Compiles `text` with the base and, in a file of its own, a `policy`.
fn with_policy(text: &str, policy: Option<String>) -> Outcome {
    let mut specs: Vec<SpecText> = vec![
        (
            "specs/base.yaml".to_owned(),
            text_of("tests/language/base.yaml"),
        ),
        ("specs/case.yaml".to_owned(), text.to_owned()),
    ];
    specs.extend(policy.map(|policy| ("specs/policy.yaml".to_owned(), policy)));
    compile(&specs)
}

fn codes_with_examples() -> impl Iterator<Item = Code> {
    // What is wrong with a running system is shown by breaking one: `tests/verify`.
    let all = Code::ALL.iter().copied();
    all.filter(|code| !WITHOUT_EXAMPLES.contains(code) && code.family() != Family::Live)
}

/// Fails with all of `wrong`, so that one run shows every example to mend.
fn none_is(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_bad_example_yields_its_code() {
    let mut wrong = Vec::new();
    for code in codes_with_examples() {
        let text = example(code, "bad").unwrap_or_else(|| panic!("{code} has a bad example"));
        let outcome = with_policy(&text, None);
        let is_it = |own: &Diagnostic| {
            own.code == code && own.severity == code.default_severity() && own.primary.is_some()
        };
        if outcome.found.is_empty() || !outcome.found.iter().all(is_it) {
            wrong.push(format!("{code}:\n{}", outcome.report()));
            continue;
        }
        insta::with_settings!({
            omit_expression => true,
            prepend_module_to_snapshot => false,
            snapshot_path => "snapshots/rules",
        }, {
            insta::assert_snapshot!(code.name(), outcome.report());
        });
    }
    none_is(&wrong);
}

#[test]
fn each_good_example_is_clean() {
    let mut wrong = Vec::new();
    for code in codes_with_examples() {
        let text = example(code, "good").unwrap_or_else(|| panic!("{code} has a good example"));
        let outcome = with_policy(&text, None);
        if !outcome.found.is_empty() || outcome.artifacts.is_none() {
            wrong.push(format!("{code}:\n{}", outcome.report()));
        }
    }
    none_is(&wrong);
}

#[test]
fn what_needs_no_example_has_none() {
    for code in WITHOUT_EXAMPLES {
        assert!(example(code, "bad").is_none(), "{code}");
    }
}

/// What is not fatal can be switched off or allowed, and then there is output.
#[test]
fn what_is_not_fatal_leaves_something_to_render() {
    let mut wrong = Vec::new();
    for code in codes_with_examples().filter(|code| !code.is_fatal() && *code != Code::UnusedAllow)
    {
        let bad = example(code, "bad").unwrap();
        for policy in [
            format!("severity: {{ {code}: off }}"),
            format!("allow: [{{ rule: {code}, reason: For a test }}]"),
        ] {
            let outcome = with_policy(&bad, Some(format!("checks: {{ {policy} }}\n")));
            if !outcome.found.is_empty() || outcome.artifacts.is_none() {
                wrong.push(format!("{code}, {policy}:\n{}", outcome.report()));
            }
        }
    }
    none_is(&wrong);
}

#[test]
fn what_is_fatal_or_about_a_running_system_cannot_be_allowed() {
    for code in Code::ALL.iter().filter(|code| !code.is_allowable()) {
        for policy in [
            format!("checks: {{ severity: {{ {code}: hint }} }}\n"),
            format!("allow: [{{ rule: {code}, reason: None }}]\n"),
        ] {
            let outcome = with_policy("", Some(policy));
            let found = outcome.found.iter().map(|finding| finding.code);
            assert!(
                found.into_iter().any(|own| own == Code::NotAllowable),
                "{code}"
            );
        }
    }
}

#[test]
fn the_page_of_rules_is_current() {
    let page = report::rules();
    assert!(
        text_of("docs/rules.md") == page,
        "docs/rules.md is out of date: cargo run -- explain --markdown > docs/rules.md"
    );
}
