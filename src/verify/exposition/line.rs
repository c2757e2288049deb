//! Reads one line of an exposition.

use super::{Fault, Sample};
use std::borrow::Cow;
use std::ops::Range;

/// A place in a line.
pub(super) struct Reader<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl<'t> Reader<'t> {
    /// Reads `start..end` of `text`, which is one line.
    pub(super) fn new(text: &'t str, start: usize, end: usize) -> Self {
        Self {
            text,
            at: start,
            end,
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..self.end]
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// As many characters as belong to a word.
    fn word(&mut self, belongs: impl Fn(char) -> bool) -> (&'t str, Range<usize>) {
        let rest = self.rest();
        let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let place = self.at..self.at + length;
        self.at = place.end;
        (&self.text[place.clone()], place)
    }

    /// The character here, as a place; empty at the end.
    fn here(&self) -> Range<usize> {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        self.at..self.at + length
    }
}

fn fault<T>(place: Range<usize>, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault {
        place,
        message: message.into(),
    })
}

fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

fn in_label(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Name, labels, value, and perhaps a timestamp and an exemplar.
pub(super) fn sample<'t>(reader: &mut Reader<'t>, open_metrics: bool) -> Result<Sample<'t>, Fault> {
    let start = reader.at;
    let (mut name, _) = reader.word(in_name);
    let mut labels = Vec::new();
    let mut series_end = reader.at;
    reader.blanks();
    if reader.rest().starts_with('{') {
        read_labels(reader, &mut name, &mut labels)?;
        series_end = reader.at;
    }
    if name.is_empty() {
        return fault(
            start..Reader::new(reader.text, start, reader.end).here().end,
            "a metric's name belongs here",
        );
    }
    let (value, place) = number(reader);
    if value.is_empty() {
        return fault(place, "the value is missing");
    }
    let Ok(value) = value.parse() else {
        return fault(place, format!("`{value}` is no number"));
    };
    let (timestamp, place) = number(reader);
    if !timestamp.is_empty() && timestamp.parse::<f64>().is_err() {
        return fault(place, format!("`{timestamp}` is no timestamp"));
    }
    reader.blanks();
    let exemplar = open_metrics && reader.rest().starts_with('#');
    if !reader.rest().is_empty() && !exemplar {
        return fault(reader.at..reader.end, "nothing belongs here");
    }
    Ok(Sample {
        name,
        labels,
        value,
        series: start..series_end,
    })
}

fn number<'t>(reader: &mut Reader<'t>) -> (&'t str, Range<usize>) {
    reader.blanks();
    reader.word(|c| !c.is_whitespace() && c != '#')
}

/// `{a="1", b="2"}`, in which a quoted name of the metric may come first.
fn read_labels<'t>(
    reader: &mut Reader<'t>,
    name: &mut &'t str,
    labels: &mut Vec<(&'t str, Cow<'t, str>)>,
) -> Result<(), Fault> {
    reader.take('{');
    loop {
        reader.blanks();
        if reader.take('}') {
            return Ok(());
        }
        let start = reader.at;
        let (label, place) = if reader.rest().starts_with('"') {
            quoted_name(reader)?
        } else {
            reader.word(in_label)
        };
        if label.is_empty() {
            return fault(reader.here(), "a label's name belongs here");
        }
        reader.blanks();
        if !reader.take('=') {
            let is_first = labels.is_empty() && name.is_empty();
            if is_first && reader.text[start..].starts_with('"') {
                *name = label;
                reader.take(',');
                continue;
            }
            return fault(place, format!("the label `{label}` has no value"));
        }
        reader.blanks();
        let value = value(reader, label)?;
        if labels.iter().any(|(known, _)| *known == label) {
            return fault(place, format!("the label `{label}` stands twice"));
        }
        labels.push((label, value));
        reader.blanks();
        if !reader.take(',') && !reader.rest().starts_with('}') {
            return fault(reader.here(), "`,` or `}` belongs here");
        }
    }
}

fn quoted_name<'t>(reader: &mut Reader<'t>) -> Result<(&'t str, Range<usize>), Fault> {
    reader.take('"');
    let (name, place) = reader.word(|c| c != '"');
    if reader.take('"') {
        Ok((name, place))
    } else {
        fault(place.start - 1..place.end, "the name has no closing quote")
    }
}

fn value<'t>(reader: &mut Reader<'t>, label: &str) -> Result<Cow<'t, str>, Fault> {
    let open = reader.at;
    if !reader.take('"') {
        let (_, place) = reader.word(|c| !matches!(c, ',' | '}' | ' '));
        return fault(place, format!("the value of `{label}` is not quoted"));
    }
    let rest = reader.rest();
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => {
                escaped = false;
                if !matches!(c, '\\' | '"' | 'n') {
                    let place = reader.at + at - 1..reader.at + at + c.len_utf8();
                    return fault(place, format!("`\\{c}` is no escape"));
                }
            }
            '\\' => escaped = true,
            '"' => {
                reader.at += at + 1;
                return Ok(unescaped(&rest[..at]));
            }
            _ => {}
        }
    }
    fault(
        open..reader.end,
        format!("the value of `{label}` has no closing quote"),
    )
}

/// `text` with `\\`, `\"` and `\n` resolved.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => '\n',
                Some(other) => other,
                None => '\\',
            },
            (c, false) => c,
        });
    }
    Cow::Owned(plain)
}
