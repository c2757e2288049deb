//! Findings as workflow commands, which GitHub shows beside the lines of a
//! pull request.

use super::lines::Lines;
use super::text::escape;
use crate::diagnostic::{Diagnostic, Severity, Sources};

/// A command per finding and line.
pub fn annotations(found: &[Diagnostic], sources: &Sources) -> String {
    let mut lines = Lines::new(sources);
    let mut text = String::new();
    for diagnostic in found {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "notice",
        };
        let mut properties = Vec::new();
        if let Some(label) = &diagnostic.primary {
            let place = lines.place(label.span);
            properties.push(("file", lines.path(label.span.source).to_owned()));
            properties.push(("line", place.line.to_string()));
            properties.push(("endLine", place.end_line.to_string()));
            // Columns are for places within one line.
            if place.line == place.end_line {
                properties.push(("col", place.column.to_string()));
                properties.push(("endColumn", place.end_column.to_string()));
            }
        }
        properties.push(("title", diagnostic.code.name().to_owned()));
        let properties: Vec<_> = properties
            .iter()
            .map(|(key, value)| format!("{key}={}", property(value)))
            .collect();
        text.push_str(&format!(
            "::{command} {}::{}\n",
            properties.join(","),
            data(&message(diagnostic))
        ));
    }
    text
}

/// The message, what stands under the place, and the advice, a line each.
fn message(diagnostic: &Diagnostic) -> String {
    let under = diagnostic.primary.iter().map(|label| label.text.as_str());
    [diagnostic.message.as_str()]
        .into_iter()
        .chain(under.filter(|text| !text.is_empty()))
        .chain(diagnostic.help.iter().flat_map(|help| help.lines()))
        .map(|line| escape(line).into_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Escapes what would end a message, or be taken for an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// As [`data`], and what would end a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::annotations;
    use crate::diagnostic::{Code, Diagnostic, Sources, Span};

    #[test]
    fn a_line_for_each_finding() {
        let mut sources = Sources::default();
        let id = sources.add("specs/a.yaml", "x: 1\nü: 2\n");
        let found = [
            Diagnostic::new(Code::NoSpecs, "nothing"),
            Diagnostic::new(Code::EmptySpec, "50 % odd")
                .at(Span::new(id, 5, 7), "here")
                .help("mend it\nor not"),
            Diagnostic::new(Code::MetricUnused, "two lines").at(Span::new(id, 0, 9), ""),
        ];
        insta::assert_snapshot!(annotations(&found, &sources), @r"
        ::error title=no-specs::nothing
        ::warning file=specs/a.yaml,line=2,endLine=2,col=1,endColumn=2,title=empty-file::50 %25 odd%0Ahere%0Amend it%0Aor not
        ::notice file=specs/a.yaml,line=1,endLine=2,title=metric-unused::two lines
        ");
    }

    #[test]
    fn text_of_users_starts_no_command() {
        let mut sources = Sources::default();
        let id = sources.add("a,b:c\n::error::d.yaml", "x\n");
        let finding = Diagnostic::new(Code::UnknownKey, "key `\n::stop-commands::x\r\u{1b}[2J`")
            .at(Span::new(id, 0, 1), "\n::error::no")
            .help("a\n::error::b");
        let text = annotations(&[finding], &sources);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.starts_with("::error file=a%2Cb%3Ac%0A%3A%3Aerror%3A%3Ad.yaml,line=1,"));
        assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
    }
}
