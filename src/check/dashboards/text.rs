//! Texts on dashboards: variables in them, descriptions, addresses.

use crate::check::context::{Board, Context};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned, nearest};
use crate::spec::shape::Text;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Variables in texts that the dashboard does not have.
pub(in crate::check) fn variables(board: &Board<'_>, context: &Context<'_>, sink: &mut Sink) {
    let known = board.model.variables.iter().map(|variable| &*variable.name);
    let known: BTreeSet<&str> = known.collect();
    for text in texts(board) {
        for (name, at) in references(text.as_str()) {
            if name.starts_with("__") || known.contains(name) {
                continue;
            }
            let near = nearest(name, known.iter().copied());
            sink.push(
                Diagnostic::new(
                    Code::UndefinedInText,
                    format!("there is no variable `{name}` on \"{}\"", board.model.title),
                )
                .at(
                    context.place(text, at..at + name.len()),
                    near.map_or("shown as it is written".to_owned(), |near| {
                        format!("did you mean `{near}`?")
                    }),
                ),
            );
        }
    }
}

/// Texts in which Grafana puts in values of variables.
fn texts<'c>(board: &Board<'c>) -> Vec<&'c Spanned<Arc<str>>> {
    let mut texts = Vec::new();
    for panel in &board.panels {
        let spec = panel.spec;
        texts.extend(&spec.title);
        texts.extend(&spec.description);
        for link in &spec.links {
            texts.extend(&link.title);
            texts.extend(&link.url);
        }
        if let Some(text) = &spec.text {
            let (Text::Markdown(words) | Text::Html(words)) = &text.value;
            texts.push(words);
        }
        if let Some(data) = spec.data() {
            texts.extend(&data.legend);
            texts.extend(
                data.queries
                    .iter()
                    .filter_map(|query| query.legend.as_ref()),
            );
        }
        let named = panel.asks.iter().filter_map(|ask| ask.named);
        texts.extend(named.filter_map(|named| named.legend.as_ref()));
    }
    texts
}

/// Names behind a `$`, with where they start.
fn references(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.match_indices('$').filter_map(|(at, _)| {
        let braced = text[at + 1..].starts_with('{');
        let start = at + 1 + usize::from(braced);
        let rest = &text[start..];
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let is_name = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        is_name.then_some((&rest[..end], start))
    })
}

/// Dashboards and panels that do not say what they show.
pub(in crate::check) fn descriptions(board: &Board<'_>, _: &Context<'_>, sink: &mut Sink) {
    let is_empty =
        |text: &Option<Arc<str>>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    if is_empty(&board.model.description) {
        sink.push(
            Diagnostic::new(
                Code::MissingDescription,
                format!("the dashboard \"{}\" has no description", board.model.title),
            )
            .at(board.name.span, "needs `description`"),
        );
    }
    for panel in &board.panels {
        if panel.asks.is_empty() || !is_empty(&panel.model.description) {
            continue;
        }
        sink.push(
            Diagnostic::new(
                Code::MissingDescription,
                format!(
                    "the panel \"{}\" does not say what it shows",
                    panel.model.title
                ),
            )
            .at(panel.name.span, "needs `description`")
            .help("a panel on one named query has the query's help"),
        );
    }
}

/// Links that lead nowhere.
pub(in crate::check) fn links(board: &Board<'_>, _: &Context<'_>, sink: &mut Sink) {
    for link in board.panels.iter().flat_map(|panel| &panel.spec.links) {
        let Some(url) = &link.url else { continue };
        if !is_address(url.as_str()) {
            sink.push(
                Diagnostic::new(Code::InvalidLink, format!("`{url}` is no address"))
                    .at(url.span, "neither `https://…` nor a path such as `/d/…`"),
            );
        }
    }
}

fn is_address(url: &str) -> bool {
    let is_clean = |rest: &str| !rest.is_empty() && !rest.contains(char::is_whitespace);
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    match url.split_once(':') {
        // A variable may hold the start of an address.
        _ if url.starts_with(['/', '$', '#', '?']) => is_clean(url),
        Some(("mailto" | "tel", rest)) => is_clean(rest),
        Some((scheme, rest)) => is_scheme(scheme) && rest.strip_prefix("//").is_some_and(is_clean),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_address, references};

    #[test]
    fn names_behind_dollars_have_places() {
        let found = |text| references(text).collect::<Vec<_>>();
        assert_eq!(found("$a of ${b:csv}, $5 and $"), [("a", 1), ("b", 8)]);
        assert_eq!(found("größer $x"), [("x", 10)]);
    }

    #[test]
    fn addresses_have_a_scheme_or_are_paths() {
        for good in [
            "https://example.com",
            "/d/home?x=${x}",
            "$base/x",
            "mailto:a@example.com",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "example.com",
            "localhost:3000/x",
            "https://",
            "",
            "a b",
            "http://a b",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
