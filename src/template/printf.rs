//! `printf`, as far as annotations use it.

use super::eval::Value;
use super::format;

/// A verb with its flags: `%-8.2f`.
struct Directive {
    left: bool,
    zeros: bool,
    plus: bool,
    width: usize,
    precision: Option<usize>,
    verb: char,
}

/// A stretch of a format.
enum Part<'f> {
    Text(&'f str),
    Directive(Directive),
}

/// The text that `format` makes of the arguments; `None` if it does not fit
/// them, or if what it asks for is not done here.
pub(super) fn printf(format: &str, arguments: &[Value<'_>]) -> Option<String> {
    let mut arguments = arguments.iter();
    let mut text = String::new();
    for part in parts(format)? {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Directive(directive) => text.push_str(&directive.apply(arguments.next()?)?),
        }
    }
    arguments.next().is_none().then_some(text)
}

/// Whether the format shows a number with few enough digits to hide a
/// difference in the last bit.
pub(super) fn rounds(format: &str) -> bool {
    let Some(parts) = parts(format) else {
        return false;
    };
    parts.iter().all(|part| match part {
        Part::Text(_) => true,
        Part::Directive(directive) => match directive.verb {
            'f' | 'F' => directive.precision.is_none_or(|digits| digits <= 6),
            'e' | 'E' | 'g' | 'G' => directive.precision.is_some_and(|digits| digits <= 6),
            _ => false,
        },
    })
}

fn parts(format: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = format;
    while let Some(place) = rest.find('%') {
        parts.push(Part::Text(&rest[..place]));
        rest = &rest[place + 1..];
        if let Some(behind) = rest.strip_prefix('%') {
            parts.push(Part::Text("%"));
            rest = behind;
            continue;
        }
        let flags = rest.len() - rest.trim_start_matches(['-', '+', '0']).len();
        let (flags, behind) = rest.split_at(flags);
        let (width, behind) = number(behind);
        let (precision, behind) = match behind.strip_prefix('.') {
            Some(behind) => {
                let (digits, behind) = number(behind);
                (Some(digits.unwrap_or(0)), behind)
            }
            None => (None, behind),
        };
        let verb = behind.chars().next()?;
        // Go's own limit is a million; nobody reads that much.
        if width.is_some_and(|width| width > 1000) || precision.is_some_and(|digits| digits > 100) {
            return None;
        }
        parts.push(Part::Directive(Directive {
            left: flags.contains('-'),
            zeros: flags.contains('0'),
            plus: flags.contains('+'),
            width: width.unwrap_or(0),
            precision,
            verb,
        }));
        rest = &behind[verb.len_utf8()..];
    }
    parts.push(Part::Text(rest));
    Some(parts)
}

fn number(text: &str) -> (Option<usize>, &str) {
    let length = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (digits, rest) = text.split_at(length);
    let value = (length > 0).then(|| digits.parse().unwrap_or(usize::MAX));
    (value, rest)
}

impl Directive {
    fn apply(&self, value: &Value<'_>) -> Option<String> {
        let text = match (self.verb, value) {
            ('v', Value::Float(number)) => match self.precision {
                None => format::shortest(*number),
                Some(digits) => format::significant(*number, digits),
            },
            ('g', Value::Float(number)) => match self.precision {
                None => format::shortest(*number),
                Some(digits) => format::significant(*number, digits),
            },
            ('f' | 'F', Value::Float(number)) => {
                format::fixed(*number, self.precision.unwrap_or(6))
            }
            ('e', Value::Float(number)) => format::scientific(*number, self.precision.unwrap_or(6)),
            ('d' | 'v', Value::Int(number)) if self.precision.is_none() => number.to_string(),
            ('s' | 'v', Value::String(text)) => match self.precision {
                None => text.to_string(),
                Some(most) => text.chars().take(most).collect(),
            },
            ('q', Value::String(text)) if self.precision.is_none() => format::quote(text)?,
            ('t' | 'v', Value::Bool(flag)) => flag.to_string(),
            _ => return None,
        };
        let number = match value {
            Value::Float(number) => number.is_finite(),
            Value::Int(_) => true,
            _ => false,
        };
        if (self.plus || self.zeros) && !number {
            return None;
        }
        let signed = self.plus && !text.starts_with('-');
        let text = if signed { format!("+{text}") } else { text };
        let missing = self.width.saturating_sub(text.chars().count());
        Some(if self.left {
            text + &" ".repeat(missing)
        } else if self.zeros {
            let digits = text.trim_start_matches(['+', '-']);
            let sign = &text[..text.len() - digits.len()];
            format!("{sign}{}{digits}", "0".repeat(missing))
        } else {
            " ".repeat(missing) + &text
        })
    }
}
