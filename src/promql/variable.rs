//! Grafana's variables and macros, and `$window`.

use super::ast::TextRange;

/// One use of a variable: `$name`, `${name:format}` or `[[name:format]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VarRef {
    /// The name, without `$`.
    pub name: Box<str>,
    /// The format behind the colon, as in `${name:regex}`.
    pub format: Option<Box<str>>,
    /// Where the whole reference stands.
    pub range: TextRange,
}

impl VarRef {
    /// Whether it is the tool's own `$window`.
    pub fn is_window(&self) -> bool {
        &*self.name == "window"
    }

    /// Whether Grafana defines it, as it does every name with two leading
    /// underscores.
    pub fn is_builtin(&self) -> bool {
        self.name.starts_with("__")
    }
}

/// Reads the variable reference that starts at `start` of `text`, if one does.
///
/// A name never starts with a digit, because `$1` and `${1}` are the capture
/// groups of `label_replace`.
pub(super) fn reference_at(text: &str, start: usize) -> Option<VarRef> {
    let bytes = text.as_bytes();
    let (name_start, closing) = match (bytes.get(start)?, bytes.get(start + 1)?) {
        (b'$', b'{') => (start + 2, "}"),
        (b'[', b'[') => (start + 2, "]]"),
        (b'$', _) => (start + 1, ""),
        _ => return None,
    };
    let name_end = word_end(bytes, name_start);
    if name_end == name_start || bytes[name_start].is_ascii_digit() {
        return None;
    }
    let mut end = name_end;
    let mut format = None;
    if closing == "}" && bytes.get(end) == Some(&b'.') {
        end = run_end(bytes, end, |byte| byte != b':' && is_plain(byte));
    }
    if !closing.is_empty() && bytes.get(end) == Some(&b':') {
        let format_start = end + 1;
        end = match closing {
            "}" => run_end(bytes, format_start, is_plain),
            _ => word_end(bytes, format_start),
        };
        format = Some(text.get(format_start..end)?.into());
    }
    if !text.get(end..)?.starts_with(closing) {
        return None;
    }
    let range = TextRange::new(start as u32, (end + closing.len()) as u32);
    Some(VarRef {
        name: text[name_start..name_end].into(),
        format,
        range,
    })
}

/// `text` with every variable replaced by a letter, which is neutral in a
/// regular expression.
pub(super) fn neutralised(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut copied = 0;
    while let Some(offset) = text[copied..].find(['$', '[']) {
        let place = copied + offset;
        plain.push_str(&text[copied..place]);
        if let Some(variable) = reference_at(text, place) {
            plain.push('x');
            copied = variable.range.end as usize;
        } else {
            plain.push_str(&text[place..=place]);
            copied = place + 1;
        }
    }
    plain.push_str(&text[copied..]);
    plain
}

fn is_plain(byte: u8) -> bool {
    !matches!(byte, b'}' | b'"' | b'\'' | b'`' | b'\\') && !byte.is_ascii_whitespace()
}

fn word_end(bytes: &[u8], start: usize) -> usize {
    run_end(bytes, start, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_'
    })
}

fn run_end(bytes: &[u8], start: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    start
        + rest
            .iter()
            .position(|byte| !belongs(*byte))
            .unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::{neutralised, reference_at};

    fn read(text: &str) -> Option<(String, Option<String>, usize)> {
        reference_at(text, 0).map(|found| {
            (
                found.name.into(),
                found.format.map(Into::into),
                found.range.end as usize,
            )
        })
    }

    #[test]
    fn every_spelling_is_read() {
        assert_eq!(read("$agent-x"), Some(("agent".into(), None, 6)));
        assert_eq!(
            read("$__rate_interval]"),
            Some(("__rate_interval".into(), None, 16))
        );
        assert_eq!(read("${agent}m"), Some(("agent".into(), None, 8)));
        assert_eq!(
            read("${agent:regex}"),
            Some(("agent".into(), Some("regex".into()), 14))
        );
        assert_eq!(
            read("${__from:date:iso}"),
            Some(("__from".into(), Some("date:iso".into()), 18))
        );
        assert_eq!(read("${__user.login}"), Some(("__user".into(), None, 15)));
        assert_eq!(
            read("[[agent:pipe]]]"),
            Some(("agent".into(), Some("pipe".into()), 14))
        );
    }

    #[test]
    fn regular_expressions_and_capture_groups_are_no_variables() {
        for text in [
            "$1",
            "${1}",
            "$",
            "$|x",
            "[[:alpha:]]",
            "[[x]",
            "${x",
            "${x\"}",
            "$é",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn neutral_text_keeps_everything_else() {
        assert_eq!(neutralised("a|$x.*[b]${y:regex}$"), "a|x.*[b]x$");
        assert_eq!(neutralised("é[[x]]é"), "éxé");
    }
}
