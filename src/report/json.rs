//! Reports for programs: one JSON document per run, whose shape is stable.
//!
//! Fields may be added, but none is renamed, removed or given another meaning.

use super::count::of_severity;
use super::lines::Lines;
use super::plan::status;
use crate::diagnostic::{Diagnostic, Label, Severity, Sources};
use crate::output::{Action, Plan};
use crate::verify::Verdict;
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    diagnostics: Vec<Finding<'a>>,
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Output<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Vec<Checked>>,
}

#[derive(Serialize)]
struct Checked {
    what: &'static str,
    well: &'static str,
    good: usize,
    all: usize,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    primary: Option<Place<'a>>,
    secondary: Vec<Place<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
    help: &'a [String],
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    label: &'a str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    hints: usize,
}

#[derive(Serialize)]
struct Output<'a> {
    directory: String,
    written: bool,
    files: Vec<File<'a>>,
    summary: Files,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    status: &'static str,
    action: &'static str,
}

#[derive(Serialize)]
struct Files {
    created: usize,
    updated: usize,
    unchanged: usize,
    deleted: usize,
}

/// Findings and, if there is one, the plan with whether it was carried out.
/// Of its files, only those that are not as they should be are listed.
pub fn document(found: &[Diagnostic], sources: &Sources, plan: Option<(&Plan, bool)>) -> String {
    let output = plan.map(|(plan, written)| output(plan, written));
    written(found, sources, output, None)
}

/// What came of asking a running system: findings, and what was looked at.
pub fn verdict_document(verdict: &Verdict) -> String {
    let checks = verdict.checks.iter().map(|check| Checked {
        what: check.what,
        well: check.well,
        good: check.good,
        all: check.all,
    });
    written(
        &verdict.diagnostics,
        &verdict.sources,
        None,
        Some(checks.collect()),
    )
}

fn written(
    found: &[Diagnostic],
    sources: &Sources,
    output: Option<Output<'_>>,
    checks: Option<Vec<Checked>>,
) -> String {
    let mut lines = Lines::new(sources);
    let document = Document {
        diagnostics: found
            .iter()
            .map(|diagnostic| finding(diagnostic, &mut lines))
            .collect(),
        summary: Summary {
            errors: of_severity(found, Severity::Error),
            warnings: of_severity(found, Severity::Warning),
            hints: of_severity(found, Severity::Hint),
        },
        output,
        checks,
    };
    // Strings and numbers under string keys always serialise.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn finding<'a>(diagnostic: &'a Diagnostic, lines: &mut Lines<'a>) -> Finding<'a> {
    Finding {
        code: diagnostic.code.name(),
        severity: diagnostic.severity.name(),
        message: &diagnostic.message,
        primary: diagnostic.primary.as_ref().map(|label| place(label, lines)),
        secondary: diagnostic
            .secondary
            .iter()
            .map(|label| place(label, lines))
            .collect(),
        notes: &diagnostic.notes,
        help: &diagnostic.help,
    }
}

fn place<'a>(label: &'a Label, lines: &mut Lines<'a>) -> Place<'a> {
    let found = lines.place(label.span);
    Place {
        path: lines.path(label.span.source),
        line: found.line,
        column: found.column,
        end_line: found.end_line,
        end_column: found.end_column,
        label: &label.text,
    }
}

fn output<'a>(plan: &'a Plan, written: bool) -> Output<'a> {
    Output {
        directory: plan.out().to_string_lossy().replace('\\', "/"),
        written,
        files: plan
            .changes()
            .iter()
            .filter(|change| change.action != Action::Keep)
            .map(|change| File {
                path: &change.path,
                status: status(change),
                action: change.action.name(),
            })
            .collect(),
        summary: Files {
            created: plan.count(Action::Create),
            updated: plan.count(Action::Update),
            unchanged: plan.count(Action::Keep),
            deleted: plan.count(Action::Delete),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::document;
    use crate::diagnostic::{Code, Diagnostic, Sources, Span};

    #[test]
    fn the_shape_is_stable() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "x: 1\nü: 2\n");
        let found = [
            Diagnostic::new(Code::NoSpecs, "nothing"),
            Diagnostic::new(Code::EmptySpec, "odd")
                .at(Span::new(id, 5, 7), "here")
                .because(Span::new(id, 0, 1), "there")
                .help("mend it"),
        ];
        insta::assert_snapshot!(document(&found, &sources, None), @r#"
        {
          "diagnostics": [
            {
              "code": "no-specs",
              "severity": "error",
              "message": "nothing",
              "primary": null,
              "secondary": [],
              "help": []
            },
            {
              "code": "empty-file",
              "severity": "warning",
              "message": "odd",
              "primary": {
                "path": "a.yaml",
                "line": 2,
                "column": 1,
                "end_line": 2,
                "end_column": 2,
                "label": "here"
              },
              "secondary": [
                {
                  "path": "a.yaml",
                  "line": 1,
                  "column": 1,
                  "end_line": 1,
                  "end_column": 2,
                  "label": "there"
                }
              ],
              "help": [
                "mend it"
              ]
            }
          ],
          "summary": {
            "errors": 1,
            "warnings": 1,
            "hints": 0
          }
        }
        "#);
    }
}
