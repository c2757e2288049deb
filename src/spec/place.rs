//! Places within scalars: where a part of a text stands in its file.

use crate::diagnostic::{Sources, Span, Spanned};
use std::ops::Range;

/// The span of `range` (bytes of the decoded text) within a scalar that may
/// be quoted, folded or indented in the file.
///
/// Walks the decoded text against the raw one; where they part in a way that
/// cannot be followed, the whole scalar stands for the place.
pub fn locate(sources: &Sources, scalar: &Spanned<impl AsRef<str>>, range: Range<usize>) -> Span {
    let raw = sources.slice(scalar.span).as_bytes();
    let decoded = scalar.value.as_ref();
    let mut at = match raw.first() {
        Some(b'"' | b'\'') => 1,
        Some(b'|' | b'>') => raw
            .iter()
            .position(|b| *b == b'\n')
            .map_or(raw.len(), |newline| newline + 1),
        _ => 0,
    };
    let quote = raw.first().copied().filter(|b| matches!(b, b'"' | b'\''));
    let skip_blanks = |at: &mut usize| {
        while raw.get(*at).is_some_and(u8::is_ascii_whitespace) {
            *at += 1;
        }
    };
    let mut start = None;
    for (offset, character) in decoded.char_indices() {
        // A line break that is escaped is none, and neither is what indents
        // the next line.
        while quote == Some(b'"') && raw[at.min(raw.len())..].starts_with(b"\\\n") {
            at += 2;
            skip_blanks(&mut at);
        }
        if !character.is_ascii_whitespace() {
            skip_blanks(&mut at);
        }
        if offset >= range.start && start.is_none() {
            start = Some(at);
        }
        if offset >= range.end {
            break;
        }
        let rest = &raw[at.min(raw.len())..];
        let mut buffer = [0; 4];
        let written = character.encode_utf8(&mut buffer).as_bytes();
        if let (Some(b'"'), Some(b'\\')) = (quote, rest.first()) {
            match escaped(rest) {
                Some((found, length)) if found == character => at += length,
                _ => return scalar.span,
            }
        } else if rest.starts_with(written) {
            let doubled = quote == Some(b'\'') && rest.starts_with(b"''");
            at += if doubled { 2 } else { written.len() };
        } else if character.is_ascii_whitespace() {
            // Folding turned a line break into a space; the indentation that
            // follows is skipped before the next visible character.
            at += usize::from(rest.first().is_some_and(u8::is_ascii_whitespace));
        } else {
            return scalar.span;
        }
    }
    let base = scalar.span.start as usize;
    let start = start.unwrap_or(at);
    let end = at.max(start);
    Span::new(scalar.span.source, base + start, base + end.min(raw.len()))
}

/// The character of an escape in double quotes, and the length of that.
fn escaped(text: &[u8]) -> Option<(char, usize)> {
    let kind = *text.get(1)?;
    let digits = match kind {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => {
            let simple = match kind {
                b'0' => '\0',
                b'a' => '\x07',
                b'b' => '\x08',
                b't' | b'\t' => '\t',
                b'n' => '\n',
                b'v' => '\x0b',
                b'f' => '\x0c',
                b'r' => '\r',
                b'e' => '\x1b',
                b'N' => '\u{85}',
                b'_' => '\u{a0}',
                b'L' => '\u{2028}',
                b'P' => '\u{2029}',
                b' ' | b'"' | b'/' | b'\\' => char::from(kind),
                _ => return None,
            };
            return Some((simple, 2));
        }
    };
    let hex = std::str::from_utf8(text.get(2..2 + digits)?).ok()?;
    let code = u32::from_str_radix(hex, 16).ok()?;
    Some((char::from_u32(code)?, 2 + digits))
}

#[cfg(test)]
mod tests {
    use super::locate;
    use crate::diagnostic::{Sink, Sources, Spanned};
    use crate::spec::node::Value;
    use crate::spec::yaml;

    /// The raw text that `locate` finds for the word `needle`.
    fn located(yaml_text: &str, needle: &str) -> (String, String) {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", yaml_text);
        let documents = yaml::parse(id, sources.get(id).text(), &mut Sink::default());
        let Value::Map(entries) = &documents[0].value else {
            panic!()
        };
        let Value::Scalar { text, .. } = &entries[0].value.value else {
            panic!()
        };
        let scalar = Spanned::new(text.to_string(), entries[0].value.span);
        let at = scalar.value.find(needle).unwrap();
        let span = locate(&sources, &scalar, at..at + needle.len());
        (sources.slice(span).to_owned(), sources.describe(span))
    }

    #[test]
    fn places_inside_scalars_survive_every_style() {
        let at = |place: &str| ("needle".to_owned(), place.to_owned());
        assert_eq!(located("k: a needle here\n", "needle"), at("t.yaml:1:6"));
        assert_eq!(
            located("k: 'it''s a needle'\n", "needle"),
            at("t.yaml:1:13")
        );
        assert_eq!(
            located("k: \"a \\\"b\\\" needle\"\n", "needle"),
            at("t.yaml:1:13")
        );
        assert_eq!(
            located("k: |\n  first\n  a needle\n", "needle"),
            at("t.yaml:3:5")
        );
        assert_eq!(
            located("k: |-\n    first\n\n      needle\n", "needle"),
            at("t.yaml:4:7")
        );
        assert_eq!(
            located("k: >\n  first\n  a needle\n", "needle"),
            at("t.yaml:3:5")
        );
        assert_eq!(
            located("k: >-\n  first\n  needle\n", "needle"),
            at("t.yaml:3:3")
        );
        assert_eq!(
            located("k: first\n  second needle\n", "needle"),
            at("t.yaml:2:10")
        );
    }

    #[test]
    fn places_behind_escapes_are_exact() {
        let at = |place: &str| ("needle".to_owned(), place.to_owned());
        for (text, place) in [
            ("k: \"caf\\u00e9 needle\"\n", "t.yaml:1:15"),
            ("k: \"caf\\xe9 \\U0001f600needle\"\n", "t.yaml:1:23"),
            ("k: \"a +\\n  needle\"\n", "t.yaml:1:12"),
            ("k: \"a\\tneedle\"\n", "t.yaml:1:8"),
            ("k: \"a \\\n  needle\"\n", "t.yaml:2:3"),
        ] {
            assert_eq!(located(text, "needle"), at(place), "{text}");
        }
        let (text, place) = located("k: \"x\\u00e9y\"\n", "é");
        assert_eq!((&*text, &*place), ("\\u00e9", "t.yaml:1:6"));
    }
}
