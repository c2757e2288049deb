//! Putting other people's words into Markdown without their becoming markup.

use crate::render::is_invisible;
use std::borrow::Cow;

/// Text of a paragraph: HTML is shown, not obeyed; paragraphs stay apart.
pub(super) fn prose(text: &str) -> String {
    let lines: Vec<String> = text.trim().lines().map(plain_start).collect();
    escape_html(&lines.join("\n")).replace("](", "]\\(")
}

/// A line that begins neither a heading, nor a fence, nor a table or list.
fn plain_start(line: &str) -> String {
    let start = line.trim_start();
    let marked = start.starts_with(['#', '|', '>', '=', '+', '*'])
        || ["```", "~~~", "- ", "--"]
            .iter()
            .any(|mark| start.starts_with(mark));
    if marked {
        format!("\\{start}")
    } else {
        start.to_owned()
    }
}

/// Text of a heading or a list's item.
pub(super) fn line(text: &str) -> String {
    escape_html(&one_line(text))
}

/// Text of a table's cell: one line, no cell borders.
pub(super) fn cell(text: &str) -> String {
    let text = escape_html(&one_line(text));
    if text.contains('|') {
        text.replace('|', "\\|")
    } else {
        text
    }
}

/// A table's row of cells.
pub(super) fn row(cells: &[&str]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// Code within a line, in a table's cell or not.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    if !text.contains(['|', '`']) {
        return format!("`{text}`");
    }
    let text = text.replace('|', "\\|");
    let marks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{marks}{pad}{text}{pad}{marks}")
}

/// A block of code in `language`.
pub(super) fn fence(text: &str, language: &str) -> String {
    let marks = "`".repeat((longest_run(text) + 1).max(3));
    format!("{marks}{language}\n{}\n{marks}", text.trim_end())
}

/// A link if the address is whole, else code.
pub(super) fn address(text: &str) -> String {
    if text.contains("://") && !text.contains(char::is_whitespace) && !text.contains(['<', '>']) {
        format!("<{text}>")
    } else {
        code(text)
    }
}

/// The fragment that a heading of this text gets.
pub(super) fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// At most one empty line in a row, outside of code, and none at the end; what
/// cannot be seen, and would change what is, becomes a sign that can.
pub(super) fn tidy(text: &str) -> String {
    // Emoji are put together by joiners.
    let harmless = |c: char| matches!(c, '\t' | '\u{200c}' | '\u{200d}');
    let invisible = |c: char| is_invisible(c) && !harmless(c);
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t');
    let mut out = String::with_capacity(text.len());
    let mut fence: Option<&str> = None;
    let mut empty = true;
    for line in text.lines() {
        // All of it is looked at, which is sooner done than to stop early.
        let is_plain = line.bytes().fold(true, |all, byte| all & plain(byte));
        let line = if fence.is_some() {
            line
        } else if is_plain {
            line.trim_ascii_end()
        } else {
            line.trim_end_matches(|c: char| c.is_whitespace() && !invisible(c))
        };
        let marks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line == open => fence = None,
            None if marks.len() >= 3 => fence = Some(marks),
            _ => {}
        }
        if fence.is_none() && line.is_empty() && empty {
            continue;
        }
        empty = line.is_empty();
        if is_plain {
            out.push_str(line);
        } else {
            out.push_str(&line.replace(invisible, "\u{fffd}"));
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Angle brackets and ampersands as entities, but for code within backticks,
/// where Markdown takes them as they are.
fn escape_html(text: &str) -> String {
    if !text.bytes().any(|byte| matches!(byte, b'&' | b'<' | b'>')) {
        return text.to_owned();
    }
    let paired = text.matches('`').count().is_multiple_of(2);
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for c in text.chars() {
        in_code ^= paired && c == '`';
        match c {
            '&' if !in_code => out.push_str("&amp;"),
            '<' if !in_code => out.push_str("&lt;"),
            '>' if !in_code => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

fn one_line(text: &str) -> Cow<'_, str> {
    // Most texts are words with one blank between them.
    let mut before = b' ';
    let plain = text.bytes().all(|byte| {
        let blank_again = byte == b' ' && before == b' ';
        before = byte;
        matches!(byte, b' '..=b'~') && !blank_again
    });
    if plain && before != b' ' {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{address, anchor, cell, code, fence, line, prose, tidy};

    #[test]
    fn a_cell_stays_a_cell() {
        assert_eq!(
            cell("{{ $value | humanize }} of <b>\n all & more"),
            "{{ $value \\| humanize }} of &lt;b&gt; all &amp; more"
        );
        assert_eq!(cell("share of `a < b`"), "share of `a < b`");
        assert_eq!(cell("a ` < b"), "a ` &lt; b");
    }

    #[test]
    fn code_holds_backticks_and_bars() {
        assert_eq!(code("a | b"), "`a \\| b`");
        assert_eq!(code("{x=~`a`}"), "``{x=~`a`}``");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(fence("up\n", "promql"), "```promql\nup\n```");
        assert_eq!(fence("```", "x"), "````x\n```\n````");
    }

    #[test]
    fn paragraphs_survive_but_html_does_not() {
        assert_eq!(prose(" a\n\n<script> "), "a\n\n&lt;script&gt;");
        assert_eq!(prose("```\n# H"), "\\```\n\\# H");
        assert_eq!(prose("[x](javascript:y)"), "[x]\\(javascript:y)");
        assert_eq!(line("a\n\n| <b>"), "a | &lt;b&gt;");
    }

    #[test]
    fn only_whole_addresses_are_links() {
        assert_eq!(
            address("http://localhost:3001/d/x"),
            "<http://localhost:3001/d/x>"
        );
        assert_eq!(address("/d/x"), "`/d/x`");
    }

    #[test]
    fn anchors_are_those_of_the_headings() {
        assert_eq!(anchor("Recording rules"), "recording-rules");
        assert_eq!(anchor("`error_ratio`"), "error_ratio");
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        assert_eq!(
            tidy("a\0b\tc \u{202e}d \u{1f469}\u{200d}\u{1f4bb}\n```\nup\u{1b}\n```\n"),
            "a\u{fffd}b\tc \u{fffd}d \u{1f469}\u{200d}\u{1f4bb}\n```\nup\u{fffd}\n```\n"
        );
        assert_eq!(tidy("a\u{2028}\nb\u{a0} \n"), "a\u{fffd}\nb\n");
    }

    #[test]
    fn empty_lines_do_not_pile_up_outside_of_code() {
        assert_eq!(
            tidy("\n\na\n\n\nb \n```\nx\n\n\ny \n```\n\n\n"),
            "a\n\nb\n```\nx\n\n\ny \n```\n"
        );
    }
}
