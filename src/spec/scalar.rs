//! Single values: text, numbers, durations, quantities with units, words.

use super::node::{Entry, Node, Value};
use super::reader::{Choice, FromNode, wrong_type};
use super::schema::{Book, Schema, pattern};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned, nearest};
use crate::promql::{DurationError, PromDuration};
use std::sync::Arc;

/// A number as people write it, with the unit that they gave it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// The number: seconds for durations, bytes for data, the number before the
    /// sign for percentages.
    pub value: f64,
    /// What the suffix said.
    pub unit: QuantityUnit,
}

/// What the suffix of a [`Quantity`] says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantityUnit {
    /// A bare number, in whatever unit the query has.
    Bare,
    /// `%`: hundredths of a whole.
    Percent,
    /// `ms`, `s`, `m`, `h`, `d`, `w`: seconds.
    Duration,
    /// `B`, `kB`, `KiB`, …: bytes.
    Bytes,
}

const BYTE_SUFFIXES: [(&str, u64); 11] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("B", 1),
];

impl Quantity {
    /// Reads `25`, `5%`, `1h30m`, `1.5GiB`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let number = |digits: &str| {
            // Rust also reads words such as `inf`, which are no quantities.
            let numeric = digits
                .bytes()
                .all(|b| b.is_ascii_digit() || b"+-.eE_".contains(&b));
            digits
                .replace('_', "")
                .parse::<f64>()
                .ok()
                .filter(|value| numeric && value.is_finite())
        };
        let of = |value, unit| Some(Self { value, unit });
        if let Some(value) = number(text) {
            return of(value, QuantityUnit::Bare);
        }
        if let Some(digits) = text.strip_suffix('%') {
            return of(number(digits.trim_end())?, QuantityUnit::Percent);
        }
        for (suffix, scale) in BYTE_SUFFIXES {
            if let Some(value) = text
                .strip_suffix(suffix)
                .and_then(|digits| number(digits.trim_end()))
            {
                return of(scaled(value, scale, 1), QuantityUnit::Bytes);
            }
        }
        if let Some(value) = text.strip_suffix("ms").and_then(number) {
            return of(scaled(value, 1, 1_000), QuantityUnit::Duration);
        }
        for (suffix, scale) in [
            ("s", 1),
            ("m", 60),
            ("h", 3_600),
            ("d", 86_400),
            ("w", 604_800),
        ] {
            if let Some(value) = text.strip_suffix(suffix).and_then(number) {
                return of(scaled(value, scale, 1), QuantityUnit::Duration);
            }
        }
        let duration = PromDuration::parse(text)?;
        of(duration.as_secs_f64(), QuantityUnit::Duration)
    }
}

/// `value` times `numerator` by `denominator`, as the nearest double to what
/// that is in decimals: 7 hundredths of 1 % are 0.0007, where 0.07 / 100 is the
/// double after it.
pub(crate) fn scaled(value: f64, numerator: u64, denominator: u64) -> f64 {
    in_decimals(value, numerator, denominator)
        .unwrap_or_else(|| value * numerator as f64 / denominator as f64)
}

/// `None` if there are more digits than can be counted with.
fn in_decimals(value: f64, numerator: u64, mut denominator: u64) -> Option<f64> {
    // The shortest decimal that is this double is what was written.
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let mut exponent = exponent.parse::<i32>().ok()? - i32::try_from(fraction.len()).ok()?;
    digits = digits.checked_mul(i128::from(numerator))?;
    for (factor, other) in [(2, 5), (5, 2)] {
        while denominator.is_multiple_of(factor) {
            denominator /= factor;
            digits = digits.checked_mul(other)?;
            exponent -= 1;
        }
    }
    let product: f64 = format!("{digits}e{exponent}").parse().ok()?;
    Some(product / denominator as f64)
}

fn text<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match &node.value {
        Value::Scalar { text, .. } => Some(text),
        Value::Null | Value::Seq(_) | Value::Map(_) => None,
    }
}

/// Decodes one of a fixed set of words.
pub(crate) fn choice<T: Choice>(node: &Node<'_>, sink: &mut Sink) -> Option<T> {
    let words = || T::WORDS.iter().map(|(word, _)| *word);
    let list = || {
        let quoted: Vec<_> = words().map(|word| format!("`{word}`")).collect();
        quoted.join(", ")
    };
    let Some(text) = text(node) else {
        sink.push(wrong_type(node, &format!("one of {}", list())));
        return None;
    };
    let found = T::WORDS
        .iter()
        .find(|(word, _)| *word == text)
        .map(|(_, value)| *value);
    if found.is_none() {
        let message = format!("`{text}` is none of {}", list());
        let diagnostic = Diagnostic::new(Code::InvalidValue, message);
        sink.push(match nearest(text, words()) {
            Some(name) => diagnostic.at(node.span, format!("did you mean `{name}`?")),
            None => diagnostic.at(node.span, "not one of them"),
        });
    }
    found
}

impl Schema for Arc<str> {
    fn schema(_: &mut Book) -> serde_json::Value {
        serde_json::json!({ "type": ["string", "number", "boolean"] })
    }
}

impl FromNode for Arc<str> {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        let found = text(node).map(Arc::from);
        if found.is_none() {
            sink.push(wrong_type(node, "text"));
        }
        found
    }
}

impl<T: Schema> Schema for Spanned<T> {
    fn schema(book: &mut Book) -> serde_json::Value {
        T::schema(book)
    }
}

impl<T: FromNode> FromNode for Spanned<T> {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        Some(Self::new(T::from_node(node, sink)?, node.span))
    }

    /// Mappings and lists have no extent of their own, and so are placed at their key.
    fn from_entry(entry: &Entry<'_>, sink: &mut Sink) -> Option<Self> {
        let span = match entry.value.value {
            Value::Scalar { .. } => entry.value.span,
            Value::Null | Value::Seq(_) | Value::Map(_) => entry.key_span,
        };
        Some(Self::new(T::from_entry(entry, sink)?, span))
    }
}

impl Schema for bool {
    fn schema(_: &mut Book) -> serde_json::Value {
        serde_json::json!({ "type": "boolean" })
    }
}

impl FromNode for bool {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Scalar { text, plain: true } if text == "true" => Some(true),
            Value::Scalar { text, plain: true } if text == "false" => Some(false),
            _ => {
                let mut diagnostic = wrong_type(node, "`true` or `false`");
                if let Some("yes" | "no" | "on" | "off" | "True" | "False") = text(node) {
                    diagnostic =
                        diagnostic.help("YAML 1.2 writes booleans as `true` and `false` only");
                }
                sink.push(diagnostic);
                None
            }
        }
    }
}

impl Schema for f64 {
    fn schema(_: &mut Book) -> serde_json::Value {
        serde_json::json!({ "type": "number" })
    }
}

/// A finite number.
impl FromNode for f64 {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        let found = match &node.value {
            Value::Scalar { text, plain: true } => {
                text.parse().ok().filter(|value: &f64| value.is_finite())
            }
            _ => None,
        };
        if found.is_none() {
            sink.push(wrong_type(node, "a number"));
        }
        found
    }
}

impl Schema for u32 {
    fn schema(_: &mut Book) -> serde_json::Value {
        serde_json::json!({ "type": "integer", "minimum": 0, "maximum": Self::MAX })
    }
}

/// A whole number from 0.
impl FromNode for u32 {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        let written = match &node.value {
            Value::Scalar { text, plain: true } => &**text,
            _ => "",
        };
        if let Ok(number) = written.parse() {
            return Some(number);
        }
        let digits = written.strip_prefix('-').unwrap_or(written);
        let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        sink.push(if whole {
            Diagnostic::new(Code::InvalidValue, format!("{written} is out of range"))
                .at(node.span, format!("from 0 to {}", Self::MAX))
        } else {
            wrong_type(node, "a whole number")
        });
        None
    }
}

/// Digits behind the decimal point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimals(pub u32);

impl Decimals {
    /// A number has no more digits than these to show.
    pub(crate) const MOST: u32 = 15;
}

impl Schema for Decimals {
    fn schema(_: &mut Book) -> serde_json::Value {
        serde_json::json!({ "type": "integer", "minimum": 0, "maximum": Self::MOST })
    }
}

impl FromNode for Decimals {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        let digits = u32::from_node(node, sink)?;
        if digits > Self::MOST {
            sink.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    format!("{digits} is more decimals than a number has"),
                )
                .at(node.span, format!("at most {}", Self::MOST)),
            );
            return None;
        }
        Some(Self(digits))
    }
}

impl Schema for Quantity {
    fn schema(_: &mut Book) -> serde_json::Value {
        let suffixed = r"^\s*[-+]?[0-9.][0-9._eE+-]*\s*(%|ms|[smhdw]|[kMGTP]?B|[KMGTP]iB)?\s*$";
        let mixed = r"^([0-9]+(ms|[smhdwy]))+$";
        serde_json::json!({ "anyOf": [{ "type": "number" }, pattern(suffixed), pattern(mixed)] })
    }
}

impl FromNode for Quantity {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        let found = text(node).and_then(Quantity::parse);
        if found.is_none() {
            sink.push(
                wrong_type(node, "a quantity")
                    .help("quantities are written like `25`, `5%`, `60s`, `2m` or `1.5GiB`"),
            );
        }
        found
    }
}

impl Schema for PromDuration {
    fn schema(_: &mut Book) -> serde_json::Value {
        pattern(r"^([0-9]+(ms|[smhdwy]))+$")
    }
}

/// A duration in Prometheus's notation, longer than zero.
impl FromNode for PromDuration {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        let duration = duration(node, sink)?;
        if duration.as_millis() == 0 {
            sink.push(
                Diagnostic::new(Code::InvalidValue, "a duration must be longer than zero")
                    .at(node.span, "no time at all"),
            );
            return None;
        }
        Some(duration)
    }
}

/// How long to wait, perhaps not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(pub PromDuration);

impl Schema for Wait {
    fn schema(book: &mut Book) -> serde_json::Value {
        PromDuration::schema(book)
    }
}

impl FromNode for Wait {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        duration(node, sink).map(Self)
    }
}

fn duration(node: &Node<'_>, sink: &mut Sink) -> Option<PromDuration> {
    match text(node).map(str::parse) {
        Some(Ok(duration)) => return Some(duration),
        Some(Err(DurationError::TooLong)) => sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                "the duration is longer than Prometheus can count",
            )
            .at(node.span, "too long"),
        ),
        _ => sink.push(
            wrong_type(node, "a duration")
                .help("durations are written like `15s`, `5m` or `1h30m`"),
        ),
    }
    None
}

impl Schema for serde_json::Value {
    fn schema(_: &mut Book) -> Self {
        serde_json::json!({})
    }
}

/// Any value, as it will be written into JSON.
impl FromNode for serde_json::Value {
    fn from_node(node: &Node<'_>, _: &mut Sink) -> Option<Self> {
        Some(json(node))
    }
}

fn json(node: &Node<'_>) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Scalar { text, plain: true } => match &**text {
            "true" => true.into(),
            "false" => false.into(),
            text => json_number(text).unwrap_or_else(|| text.into()),
        },
        Value::Scalar { text, plain: false } => (**text).into(),
        Value::Seq(items) => items.iter().map(json).collect(),
        Value::Map(entries) => {
            let each = entries.iter();
            each.map(|entry| (entry.key.to_string(), json(&entry.value)))
                .collect()
        }
    }
}

fn json_number(text: &str) -> Option<serde_json::Value> {
    if !text
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
    {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    serde_json::Number::from_f64(text.parse().ok()?).map(serde_json::Value::Number)
}

#[cfg(test)]
mod tests {
    use super::{Quantity, QuantityUnit};

    #[test]
    fn quantities_are_read_as_people_write_them() {
        let cases = [
            ("25", 25.0, QuantityUnit::Bare),
            ("-1.5", -1.5, QuantityUnit::Bare),
            ("5%", 5.0, QuantityUnit::Percent),
            ("99.9 %", 99.9, QuantityUnit::Percent),
            ("60s", 60.0, QuantityUnit::Duration),
            ("2m", 120.0, QuantityUnit::Duration),
            ("1h30m", 5400.0, QuantityUnit::Duration),
            ("250ms", 0.25, QuantityUnit::Duration),
            ("0.5s", 0.5, QuantityUnit::Duration),
            ("1.5GiB", 1_610_612_736.0, QuantityUnit::Bytes),
            ("10 MB", 1e7, QuantityUnit::Bytes),
        ];
        for (text, value, unit) in cases {
            assert_eq!(
                Quantity::parse(text),
                Some(Quantity { value, unit }),
                "{text}"
            );
        }
        for text in [
            "", "%", "five", "5 apples", "inf", "NaN", "s", "1e999", "5%%",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }
}
