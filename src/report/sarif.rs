//! Findings as SARIF 2.1.0, which code scanning services read.

use super::lines::Lines;
use super::text::escape;
use crate::diagnostic::{Code, Diagnostic, Label, Severity, Sources};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text<&'static str>,
    help: Help,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text<T> {
    text: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    rule_id: &'static str,
    level: &'static str,
    message: Text<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text<std::borrow::Cow<'a, str>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

/// All findings, with the rules that they break.
pub fn sarif(found: &[Diagnostic], sources: &Sources) -> String {
    let mut lines = Lines::new(sources);
    let codes: BTreeSet<Code> = found.iter().map(|diagnostic| diagnostic.code).collect();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "dashwright",
                    version: env!("CARGO_PKG_VERSION"),
                    rules: codes.into_iter().map(rule).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results: found
                .iter()
                .map(|diagnostic| finding(diagnostic, &mut lines))
                .collect(),
        }],
    };
    // Strings and numbers under string keys always serialise.
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn rule(code: Code) -> Rule {
    Rule {
        id: code.name(),
        short_description: Text {
            text: code.summary(),
        },
        help: Help {
            text: code.summary(),
            markdown: code.explanation(),
        },
        default_configuration: Configuration {
            level: level(code.default_severity()),
        },
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn finding<'a>(diagnostic: &'a Diagnostic, lines: &mut Lines<'a>) -> Finding<'a> {
    let texts = [diagnostic.message.as_str()].into_iter();
    let help = diagnostic.help.iter().flat_map(|help| help.lines());
    let message: Vec<_> = texts.chain(help).map(escape).collect();
    let mut locate = |label: &'a Label| location(label, lines);
    Finding {
        rule_id: diagnostic.code.name(),
        level: level(diagnostic.severity),
        message: Text {
            text: message.join("\n"),
        },
        locations: diagnostic.primary.iter().map(&mut locate).collect(),
        related_locations: diagnostic.secondary.iter().map(&mut locate).collect(),
    }
}

fn location<'a>(label: &'a Label, lines: &mut Lines<'a>) -> Location<'a> {
    let place = lines.place(label.span);
    Location {
        physical_location: Physical {
            artifact_location: Artifact {
                uri: uri(lines.path(label.span.source)),
            },
            region: Region {
                start_line: place.line,
                start_column: place.column,
                end_line: place.end_line,
                end_column: place.end_column,
            },
        },
        message: (!label.text.is_empty()).then(|| Text {
            text: escape(&label.text),
        }),
    }
}

/// A path as a reference: all but the plainest characters as `%` and two digits.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::{sarif, uri};
    use crate::diagnostic::{Code, Diagnostic, Sources, Span};

    #[test]
    fn paths_are_references() {
        assert_eq!(uri("specs/a b%ü:1.yaml"), "specs/a%20b%25%C3%BC%3A1.yaml");
    }

    #[test]
    fn text_of_users_commands_nothing() {
        let mut sources = Sources::default();
        let id = sources.add("a\n.yaml", "x\n");
        let finding =
            Diagnostic::new(Code::UnknownKey, "key `\u{1b}[2J`").at(Span::new(id, 0, 1), "a\u{7}");
        let text = sarif(&[finding], &sources);
        assert!(
            !text.contains(r"\u001b") && !text.contains(r"\u0007"),
            "{text}"
        );
        assert!(text.contains(r#""uri": "a%0A.yaml""#), "{text}");
    }
}
