//! Text that a terminal will not take for commands.

use std::borrow::Cow;

/// Whether printing `c` could move the cursor, start an escape sequence or
/// reorder the text around it.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` with control characters written out as `\n`, `\u{1b}` and the like.
pub fn escape(text: &str) -> Cow<'_, str> {
    escape_but(text, |_| false)
}

/// Like [`escape`], but leaves line breaks as they are.
pub(crate) fn escape_lines(text: &str) -> Cow<'_, str> {
    escape_but(text, |c| c == '\n')
}

/// Source text with the characters that the drawing library does not replace
/// put out of action. Keeps every byte offset.
pub(crate) fn defuse_source(text: &str) -> Cow<'_, str> {
    let control = |c: char| matches!(c, '\u{80}'..='\u{9f}' | '\u{61c}');
    if text.contains(control) {
        Cow::Owned(text.replace(control, "\u{bf}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn escape_but(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(|c| is_unsafe(c) && !keep(c)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if !is_unsafe(c) || keep(c) {
            safe.push(c);
        } else if c.is_ascii() {
            safe.extend(c.escape_default());
        } else {
            safe.extend(c.escape_unicode());
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::{defuse_source, escape, escape_lines};

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(
            escape("a\u{1b}[31mb\tc\nd\u{9b}e\u{202e}"),
            "a\\u{1b}[31mb\\tc\\nd\\u{9b}e\\u{202e}"
        );
        assert_eq!(escape_lines("a\nb\r"), "a\nb\\r");
        assert_eq!(escape("größer 5 %"), "größer 5 %");
    }

    #[test]
    fn offsets_into_source_are_kept() {
        let text = "é\u{85}x\u{61c}y";
        assert_eq!(defuse_source(text), "é\u{bf}x\u{bf}y");
        assert_eq!(defuse_source(text).len(), text.len());
    }
}
