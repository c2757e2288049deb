//! What all templates have in common: the environment that they are rendered
//! in, and what is said about their mistakes.

use crate::diagnostic::{Code, Diagnostic, SourceId, Span};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

/// An environment without templates: blocks leave no lines behind, line feeds
/// at the end stay, and a name that does not exist is an error. Values are
/// written as they are, whatever a template is called: filters quote them.
pub(super) fn environment<'t>() -> Environment<'t> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_debug(true);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // Fails for delimiters that clash only, and these are the usual ones.
    if let Ok(syntax) = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
    {
        environment.set_syntax(syntax);
    }
    environment
}

/// What a template's mistake is to the user. `place` knows the user's own
/// templates by the names that the environment has for them.
pub(super) fn finding<'t>(
    error: &Error,
    place: impl Fn(&str) -> Option<(SourceId, &'t str)>,
) -> Diagnostic {
    // What went wrong in a template that another one includes is its cause.
    let mut innermost = error;
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if let Some(cause) = cause.downcast_ref::<Error>() {
            innermost = cause;
        }
        next = cause.source();
    }
    let name = innermost.name().unwrap_or_default();
    let what = innermost.kind().to_string();
    let message = match innermost.detail() {
        Some(detail) if !detail.is_empty() => format!("{what}: {detail}"),
        _ => what,
    };
    let Some((id, text)) = place(name) else {
        let line = innermost.line().unwrap_or(0);
        return Diagnostic::new(
            Code::FileTemplate,
            format!("the template `{name}` does not render: {message}, in line {line}"),
        );
    };
    let span = match innermost.range() {
        Some(range) => Span::new(id, range.start.min(text.len()), range.end.min(text.len())),
        None => line_of(id, text, innermost.line().unwrap_or(1)),
    };
    Diagnostic::new(
        Code::FileTemplate,
        format!("the template does not render: {message}"),
    )
    .at(span, "here")
}

/// A line of a text, numbered from 1, without its indentation.
fn line_of(id: SourceId, text: &str, number: usize) -> Span {
    let mut start = 0;
    for line in text.split_inclusive('\n').take(number.saturating_sub(1)) {
        start += line.len();
    }
    let line = text[start..].lines().next().unwrap_or_default();
    let blank = line.len() - line.trim_start().len();
    Span::new(id, start + blank, start + line.trim_end().len().max(blank))
}
