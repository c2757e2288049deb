//! Sentences of the specs as documentation.

use crate::render::is_invisible;

/// Text on one line, without characters that cannot be seen.
pub(super) fn plain(text: &str) -> String {
    let visible = text.replace(is_invisible, " ");
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A sentence of the specs as Markdown that means what it says: nothing in it
/// is a link, markup or an undocumented name.
pub(super) fn prose(text: &str) -> String {
    let words: Vec<String> = plain(text).split(' ').map(word).collect();
    words.join(" ")
}

/// The same, ended like a sentence.
pub(super) fn sentence(text: &str) -> String {
    let text = prose(text);
    if text.is_empty() || text.ends_with(['.', '!', '?', '…']) {
        text
    } else {
        format!("{text}.")
    }
}

fn word(word: &str) -> String {
    if word.contains("://") {
        let end = word.trim_end_matches(['.', ',', ';', ')', '>']).len();
        let (address, rest) = word.split_at(end);
        return format!(
            "<{}>{}",
            address.trim_start_matches(['<', '(']),
            rest.replace('>', "")
        );
    }
    let core = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | '/');
    let start = word.find(core).unwrap_or(word.len());
    let end = word.rfind(core).map_or(start, |at| {
        at + word[at..].chars().next().map_or(0, char::len_utf8)
    });
    let middle = word[start..end].trim_end_matches(['.', ':']);
    let mut letters = middle.chars();
    letters.next();
    let camel = letters.clone().any(char::is_uppercase) && middle.chars().any(char::is_lowercase);
    let code = !word.contains('`') && (middle.contains('_') || middle.contains("::") || camel);
    if code {
        let rest = &word[start + middle.len()..];
        return format!("{}`{middle}`{}", escape(&word[..start]), escape(rest));
    }
    escape(word)
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '[' | ']' | '<' | '>' | '*' | '\\' | '|' | '`' | '#') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn prose_is_not_taken_for_markup() {
        assert_eq!(
            prose("Tasks of [x]\n and <y>"),
            "Tasks of \\[x\\] and \\<y\\>"
        );
        assert_eq!(
            prose("see http_requests, OpenAI."),
            "see `http_requests`, `OpenAI`."
        );
        assert_eq!(
            prose("at https://a.example/b_c."),
            "at <https://a.example/b_c>."
        );
        assert_eq!(prose("An agent's task"), "An agent's task");
    }
}
