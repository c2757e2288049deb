//! Filters of the templates: literals, documentation, and where lines break.

use super::names::Names;
use super::prose::{self, plain};
use crate::render::is_invisible;
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, State};
use unicode_width::UnicodeWidthStr;

/// Columns of a line where a language says nothing.
const USUAL_WIDTH: usize = 100;

/// Adds them all.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("snake", |text: &str| Names::new(text).snake);
    environment.add_filter("camel", |text: &str| Names::new(text).camel);
    environment.add_filter("pascal", |text: &str| Names::new(text).pascal);
    environment.add_filter("screaming", |text: &str| Names::new(text).screaming);
    environment.add_filter("kebab", |text: &str| Names::new(text).kebab);
    environment.add_filter("json", |text: &str| quoted(text, '"', unicode_escape));
    environment.add_filter("js", |text: &str| {
        quoted(text, fewer_escapes(text), unicode_escape)
    });
    environment.add_filter("py", |text: &str| {
        quoted(text, fewer_escapes(text), python_escape)
    });
    environment.add_filter("number", number);
    environment.add_filter("plain", |text: &str| plain(text));
    environment.add_filter("prose", prose::prose);
    environment.add_filter("sentence", |text: &str| ended(&plain(text)));
    environment.add_filter("tsdoc", tsdoc);
    environment.add_filter("docstring", docstring);
    environment.add_filter("cell", prose::prose);
    environment.add_filter("wrap", wrap);
    environment.add_filter("fit", fit);
}

/// The quote that needs no more escapes than the other, as formatters choose.
fn fewer_escapes(text: &str) -> char {
    let count = |quote: char| text.matches(quote).count();
    if count('"') > count('\'') { '\'' } else { '"' }
}

/// A string literal: visible text as it is, the rest escaped.
fn quoted(text: &str, quote: char, escape: fn(char) -> String) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_invisible(c) => out.push_str(&escape(c)),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

fn unicode_escape(c: char) -> String {
    format!("\\u{:04x}", u32::from(c))
}

fn python_escape(c: char) -> String {
    match u32::from(c) {
        code @ ..=0xff => format!("\\x{code:02x}"),
        code => format!("\\u{code:04x}"),
    }
}

/// A number as most languages write it: whole ones without a fraction.
fn number(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if value.abs() >= 1e15 || value.abs() < 1e-6 {
        format!("{value:e}")
    } else {
        format!("{value}")
    }
}

fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with(['.', '!', '?', '…']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// A sentence for a comment of TypeScript: no markup, no tag, and not its end.
fn tsdoc(text: &str) -> String {
    let text = ended(&prose::prose(text)).replace("*/", "*&#47;");
    let words = text.split(' ').map(|word| match word.split_once('@') {
        Some((before @ ("" | "{"), tag)) => format!("{before}\\@{tag}"),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A sentence for a docstring of Python, which it does not end.
fn docstring(text: &str) -> String {
    ended(&plain(text))
        .replace('\\', "\\\\")
        .replace("\"\"\"", "'''")
}

/// Words on as many lines as they need, `prefix` before each; lines after the
/// first are indented further by `hang`.
#[expect(clippy::needless_pass_by_value, reason = "minijinja gives them away")]
fn wrap(state: &State<'_, '_>, text: &str, prefix: &str, options: Kwargs) -> Result<String, Error> {
    let hang: String = options.get::<Option<String>>("hang")?.unwrap_or_default();
    options.assert_all_used()?;
    let width = width(state);
    let mut lines: Vec<String> = Vec::new();
    for word in words(text) {
        let word = word.as_str();
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(format!("{prefix}{word}")),
            Some(_) => lines.push(format!("{prefix}{hang}{word}")),
        }
    }
    Ok(lines.join("\n"))
}

/// What wrapping keeps together: words, and tags such as `{@link Name}`.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(tag) if tag.contains("{@") && !tag.contains('}') => {
                tag.push(' ');
                tag.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// The lines of `body` as items of a list between `open` and `close`: on one
/// line if that fits, else on a line each, or on full lines with `fill`. An
/// item that has a line of its own has a comma behind it. With `assign`, what
/// stands behind the last ` = ` of `open` goes on a line of its own if it is
/// otherwise too long to start there.
#[expect(clippy::needless_pass_by_value, reason = "minijinja gives them away")]
fn fit(
    state: &State<'_, '_>,
    body: &str,
    open: &str,
    close: &str,
    options: Kwargs,
) -> Result<String, Error> {
    let flag = |name| {
        options
            .get::<Option<bool>>(name)
            .map(Option::unwrap_or_default)
    };
    let (fill, assign) = (flag("fill")?, flag("assign")?);
    options.assert_all_used()?;
    let width = width(state);
    let deeper = deeper(state, open);
    let items: Vec<&str> = body
        .lines()
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .collect();
    let line = format!("{open}{}{close}\n", items.join(", "));
    let fits = columns(&line) - 1 <= width;
    let start = if items.is_empty() { &line } else { open };
    if assign
        && !fits
        && columns(start.trim_end()) > width
        && let Some((target, rest)) = open.rsplit_once(" = ")
    {
        let rest = fit(
            state,
            body,
            &format!("{deeper}{rest}"),
            close,
            Kwargs::from_iter([("fill", Value::from(fill))]),
        )?;
        return Ok(format!("{target} =\n{rest}"));
    }
    if items.is_empty() || fits {
        return Ok(line);
    }
    let pad = &open[..open.len() - open.trim_start().len()];
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(last) if fill && columns(last) + columns(item) + 2 <= width => {
                last.push(' ');
                last.push_str(item);
                last.push(',');
            }
            _ => lines.push(format!("{deeper}{item},")),
        }
    }
    let (open, close) = (open.trim_end(), close.trim_start());
    Ok(format!("{open}\n{}\n{pad}{close}\n", lines.join("\n")))
}

/// The indentation of what is within `open`.
fn deeper(state: &State<'_, '_>, open: &str) -> String {
    let pad = &open[..open.len() - open.trim_start().len()];
    match state.lookup("indent").as_ref().and_then(Value::as_str) {
        Some(indent) => format!("{pad}{indent}"),
        None => format!("{pad}    "),
    }
}

fn width(state: &State<'_, '_>) -> usize {
    let width = state.lookup("width").and_then(|width| width.as_usize());
    width.unwrap_or(USUAL_WIDTH)
}

fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &str) -> String {
        let mut environment = crate::render::engine::environment();
        add(&mut environment);
        let scope =
            minijinja::context!(width => 20, indent => "  ", text => "one two three four five six");
        environment.render_str(template, scope).unwrap()
    }

    #[test]
    fn a_list_fits_or_takes_a_line_for_each_item() {
        let list = |items: &str| {
            rendered(&format!(
                "{{% filter fit('  f(', ');') %}}{items}{{% endfilter %}}"
            ))
        };
        assert_eq!(list(""), "  f();\n");
        assert_eq!(list("a\n\n  bb\n"), "  f(a, bb);\n");
        assert_eq!(list("aaaaaa\nbbbbb"), "  f(aaaaaa, bbbbb);\n");
        assert_eq!(
            list("aaaaaaa\nbbbbbbb"),
            "  f(\n    aaaaaaa,\n    bbbbbbb,\n  );\n"
        );
        assert_eq!(
            rendered(
                "{% filter fit('x = [', ']', fill=true) %}1000\n2000\n3000\n4000\n5000{% endfilter %}"
            ),
            "x = [\n  1000, 2000, 3000,\n  4000, 5000,\n]\n"
        );
    }

    #[test]
    fn an_assignment_breaks_behind_its_sign_if_its_start_is_too_long() {
        let list = |open: &str, items: &str, close: &str| {
            rendered(&format!(
                "{{% filter fit('{open}', '{close}', assign=true) %}}{items}{{% endfilter %}}"
            ))
        };
        assert_eq!(list("  a = b;", "", ""), "  a = b;\n");
        assert_eq!(
            list("  aaaaaaaaaa = bbbbbbb;", "", ""),
            "  aaaaaaaaaa =\n    bbbbbbb;\n"
        );
        assert_eq!(
            list("  aaaaaaaaaa = f(", "bbb\nccc", ");"),
            "  aaaaaaaaaa = f(\n    bbb,\n    ccc,\n  );\n"
        );
        assert_eq!(
            list("  aaaaaaaaaaaaaaa = f(", "bbb\nccc", ");"),
            "  aaaaaaaaaaaaaaa =\n    f(bbb, ccc);\n"
        );
        assert_eq!(
            list("  aaaaaaaaaaaaaaa = f(", "bbbbbb\ncccccc", ");"),
            "  aaaaaaaaaaaaaaa =\n    f(\n      bbbbbb,\n      cccccc,\n    );\n"
        );
    }

    #[test]
    fn words_are_wrapped_behind_a_prefix() {
        assert_eq!(
            rendered("{{ text | wrap('// ') }}"),
            "// one two three\n// four five six"
        );
        assert_eq!(
            rendered("{{ text | wrap('// ', hang='  ') }}"),
            "// one two three\n//   four five six"
        );
        assert_eq!(
            rendered("{{ 'see the {@link Name}.' | wrap('// ') }}"),
            "// see the\n// {@link Name}."
        );
    }

    #[test]
    fn literals_say_what_the_text_says() {
        let text = "a \"b\" \\ \n\u{202e}\0 ü";
        assert_eq!(
            quoted(text, fewer_escapes(text), unicode_escape),
            "'a \"b\" \\\\ \\n\\u202e\\u0000 ü'"
        );
        assert_eq!(
            quoted(text, '"', python_escape),
            "\"a \\\"b\\\" \\\\ \\n\\u202e\\x00 ü\""
        );
        assert_eq!(fewer_escapes("it's \"x\"'"), '"');
        for (value, expected) in [
            (0.5, "0.5"),
            (1.0, "1"),
            (1e18, "1e18"),
            (-0.0, "0"),
            (1e-9, "1e-9"),
            (600.0, "600"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn documentation_cannot_end_early() {
        assert_eq!(
            tsdoc("Ends */ here, or at @once {@link x}"),
            "Ends \\*&#47; here, or at \\@once {\\@link x}."
        );
        assert_eq!(tsdoc("@see"), "\\@see.");
        assert_eq!(docstring("a \"\"\" b \\ c\nd"), "a ''' b \\\\ c d.");
    }
}
