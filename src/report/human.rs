//! Findings with their snippets, drawn as rustc draws them.

use super::Style;
use super::count::{counted, of_severity};
use super::lines::Lines;
use super::text::{defuse_source, escape, escape_lines};
use crate::diagnostic::{Diagnostic, Severity, SourceId, Sources};
use annotate_snippets::renderer::{
    DEFAULT_EMPHASIS_STYLE, DEFAULT_ERROR_STYLE, DEFAULT_WARNING_STYLE,
};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use std::collections::BTreeSet;
use std::ops::Range;

/// All findings in the order given, each followed by an empty line. Where they
/// are in several files, a line in front of those of each file counts them.
pub fn diagnostics(found: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let renderer = if style.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .term_width(style.width);
    let mut lines = Lines::new(sources);
    let mut text = String::new();
    let in_several = files(found).len() > 1;
    for of_file in found.chunk_by(|a, b| file(a) == file(b)) {
        if let (true, Some(id)) = (in_several, of_file.first().and_then(file)) {
            let path = escape(lines.path(id));
            text.push_str(&heading(&path, &counts(of_file), style));
        }
        for diagnostic in of_file {
            text.push_str(
                renderer
                    .render(&[group(diagnostic, sources, &mut lines)])
                    .trim_end_matches('\n'),
            );
            text.push_str("\n\n");
        }
    }
    text
}

/// The file that a finding is about.
fn file(found: &Diagnostic) -> Option<SourceId> {
    found.primary.as_ref().map(|label| label.span.source)
}

/// The files that findings are about.
fn files(found: &[Diagnostic]) -> BTreeSet<SourceId> {
    found.iter().filter_map(file).collect()
}

/// How many findings of each severity there are, from the worst on.
fn counts(found: &[Diagnostic]) -> String {
    let counts: Vec<_> = [Severity::Error, Severity::Warning, Severity::Hint]
        .into_iter()
        .map(|severity| (of_severity(found, severity), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| counted(count, severity.name()))
        .collect();
    counts.join(", ")
}

fn heading(path: &str, counts: &str, style: Style) -> String {
    match style.color {
        true => format!("{DEFAULT_EMPHASIS_STYLE}{path}{DEFAULT_EMPHASIS_STYLE:#}: {counts}\n\n"),
        false => format!("{path}: {counts}\n\n"),
    }
}

/// How many findings there are, in a line; empty if there are none.
pub fn summary(found: &[Diagnostic], style: Style) -> String {
    let counts = counts(found);
    if counts.is_empty() {
        return String::new();
    }
    let files = files(found);
    let places = if files.is_empty() {
        String::new()
    } else {
        format!(" in {}", counted(files.len(), "file"))
    };
    let line = format!("{counts}{places}");
    if !style.color {
        return format!("{line}\n");
    }
    let is_failure = of_severity(found, Severity::Error) > 0;
    let paint = if is_failure {
        DEFAULT_ERROR_STYLE
    } else {
        DEFAULT_WARNING_STYLE
    };
    format!("{paint}{line}{paint:#}\n")
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources, lines: &mut Lines<'a>) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::NOTE.with_name("hint"),
    };
    let title = level
        .primary_title(escape(&diagnostic.message))
        .id(diagnostic.code.name());
    Group::with_title(title)
        .elements(snippets(diagnostic, sources, lines))
        .elements(
            diagnostic
                .notes
                .iter()
                .map(|note| Level::NOTE.message(escape_lines(note))),
        )
        .elements(
            diagnostic
                .help
                .iter()
                .map(|help| Level::HELP.message(escape_lines(help))),
        )
}

/// Labels of a file that are further apart have a snippet each: all that lies
/// between those of one snippet is read for it, though hardly any of it is drawn.
const FAR_APART: usize = 10_000;

/// Labels that are drawn together, with the bytes that all of them cover.
struct Neighbours<'a> {
    source: SourceId,
    range: Range<usize>,
    labels: Vec<(AnnotationKind, &'a str, Range<usize>)>,
}

/// A snippet for each place that the finding has labels in, the offence's first.
fn snippets<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
    lines: &mut Lines<'a>,
) -> Vec<Snippet<'a, Annotation<'a>>> {
    let primary = diagnostic
        .primary
        .iter()
        .map(|label| (AnnotationKind::Primary, label));
    let secondary = diagnostic
        .secondary
        .iter()
        .map(|label| (AnnotationKind::Context, label));
    let mut all: Vec<Neighbours<'a>> = Vec::new();
    for (kind, label) in primary.chain(secondary) {
        let (source, range) = (label.span.source, lines.range(label.span));
        let labelled = (kind, label.text.as_str(), range.clone());
        let near = all.iter_mut().find(|own| {
            own.source == source
                && range.start < own.range.end.saturating_add(FAR_APART)
                && own.range.start < range.end.saturating_add(FAR_APART)
        });
        match near {
            Some(own) => {
                own.range = own.range.start.min(range.start)..own.range.end.max(range.end);
                own.labels.push(labelled);
            }
            None => all.push(Neighbours {
                source,
                range,
                labels: vec![labelled],
            }),
        }
    }
    all.into_iter()
        .map(|here| {
            let (first_line, window) = lines.around(here.source, here.range);
            let text = &sources.get(here.source).text()[window.clone()];
            let annotations = here.labels.into_iter().map(|(kind, label, range)| {
                let label = Some(label).filter(|text| !text.is_empty());
                kind.span(range.start - window.start..range.end - window.start)
                    .label(label.map(escape))
            });
            Snippet::source(defuse_source(text))
                .path(escape(lines.path(here.source)))
                .line_start(first_line)
                .annotations(annotations)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Style, diagnostics, summary};
    use crate::diagnostic::{Code, Diagnostic, Sources, Span};

    fn at(sources: &Sources, path: &str, needle: &str) -> Span {
        let (id, file) = sources
            .iter()
            .find(|(_, file)| file.path() == path)
            .unwrap();
        let start = file.text().find(needle).unwrap();
        Span::new(id, start, start + needle.len())
    }

    fn two_files() -> Sources {
        let mut sources = Sources::default();
        sources.add(
            "specs/metrics.yaml",
            "metrics:\n  failed_total: { type: counter, labels: [agent] }\n",
        );
        sources.add(
            "specs/queries.yaml",
            "queries:\n  failed:\n    expr: sum(failed_total{agnt=\"x\"})\n",
        );
        sources
    }

    #[test]
    fn a_finding_shows_the_offence_and_what_it_contradicts() {
        let sources = two_files();
        let found = [Diagnostic::new(
            Code::UnknownLabel,
            "metric `failed_total` has no label `agnt`",
        )
        .at(
            at(&sources, "specs/queries.yaml", "agnt"),
            "did you mean `agent`?",
        )
        .because(
            at(&sources, "specs/metrics.yaml", "[agent]"),
            "labels are declared here",
        )
        .help("labels of targets are declared at their scrape job")];
        insta::assert_snapshot!(diagnostics(&found, &sources, Style::PLAIN), @r#"
        error[unknown-label]: metric `failed_total` has no label `agnt`
         --> specs/queries.yaml:3:28
          |
        3 |     expr: sum(failed_total{agnt="x"})
          |                            ^^^^ did you mean `agent`?
          |
         ::: specs/metrics.yaml:2:42
          |
        2 |   failed_total: { type: counter, labels: [agent] }
          |                                          ------- labels are declared here
          |
          = help: labels of targets are declared at their scrape job
        "#);
        assert_eq!(summary(&found, Style::PLAIN), "1 error in 1 file\n");
    }

    #[test]
    fn severities_and_findings_without_a_place() {
        let sources = two_files();
        let mut hint = Diagnostic::new(Code::EmptySpec, "nothing here");
        hint.severity = crate::diagnostic::Severity::Hint;
        let found = [
            Diagnostic::new(Code::NoSpecs, "no specs").help("one\ntwo"),
            hint,
        ];
        insta::assert_snapshot!(diagnostics(&found, &sources, Style::PLAIN), @r"
        error[no-specs]: no specs
         |
         = help: one
                 two

        hint[empty-file]: nothing here
        ");
        assert_eq!(summary(&found, Style::PLAIN), "1 error, 1 hint\n");
        assert_eq!(summary(&[], Style::PLAIN), "");
    }

    #[test]
    fn text_of_users_cannot_command_the_terminal() {
        let mut sources = Sources::default();
        sources.add(
            "a\u{1b}[2J.yaml",
            "key\u{1b}[31m\u{9b}: 1\r\n\tx\u{202e}y: 2\n",
        );
        let span = at(&sources, "a\u{1b}[2J.yaml", "x\u{202e}y");
        let finding = Diagnostic::new(Code::UnknownKey, "no key `\u{1b}[31m`\nhere")
            .at(span, "label \u{7}")
            .because(
                at(&sources, "a\u{1b}[2J.yaml", "key\u{1b}[31m\u{9b}"),
                "first",
            )
            .help("help \u{1b}[0m");
        let text = diagnostics(&[finding], &sources, Style::PLAIN);
        assert!(
            !text.contains(|c: char| c.is_control() && c != '\n'),
            "{text:?}"
        );
        assert!(!text.contains('\u{202e}'), "{text:?}");
        assert!(text.contains(r"no key `\u{1b}[31m`\nhere"), "{text}");
    }

    #[test]
    fn what_lies_between_far_labels_is_not_read() {
        let mut sources = Sources::default();
        let filler = "# nothing of interest\n".repeat(1_000);
        sources.add("a.yaml", format!("first: 1\n{filler}second: 2\nthird: 3\n"));
        let finding = Diagnostic::new(Code::DuplicateName, "given twice")
            .at(at(&sources, "a.yaml", "second"), "again")
            .because(at(&sources, "a.yaml", "third"), "once more")
            .because(at(&sources, "a.yaml", "first"), "first");
        insta::assert_snapshot!(diagnostics(&[finding], &sources, Style::PLAIN), @r"
        error[duplicate-name]: given twice
            --> a.yaml:1002:1
             |
        1002 | second: 2
             | ^^^^^^ again
        1003 | third: 3
             | ----- once more
             |
            ::: a.yaml:1:1
             |
           1 | first: 1
             | ----- first
        ");
    }

    #[test]
    fn odd_places_are_drawn() {
        let mut sources = Sources::default();
        let empty = sources.add("empty.yaml", "");
        let long = sources.add(
            "long.yaml",
            format!("{}needle{}", "a".repeat(500_000), "b".repeat(500_000)),
        );
        let other = sources.add("multi.yaml", "a: |\n  b\n  c\n");
        let found = [
            Diagnostic::new(Code::EmptySpec, "empty").at(Span::new(empty, 0, 0), "here"),
            Diagnostic::new(Code::Syntax, "long").at(Span::new(long, 500_000, 500_006), "here"),
            Diagnostic::new(Code::Syntax, "past the end").at(Span::new(other, 900, 901), ""),
            Diagnostic::new(Code::Syntax, "lines").at(Span::new(other, 5, 12), "all this"),
        ];
        let text = diagnostics(&found, &sources, Style::PLAIN);
        assert!(
            text.starts_with("empty.yaml: 1 warning\n\nwarning"),
            "{text}"
        );
        assert!(text.contains("\n\nmulti.yaml: 2 errors\n\nerror"), "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() < 200),
            "{text}"
        );
        assert!(text.contains("needle"), "{text}");
        assert!(text.contains("multi.yaml:4:1"), "{text}");
    }
}
