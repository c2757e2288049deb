//! The pieces of the text formats: escaped strings, label sets, numbers.

/// Appends `raw` as it stands in a text file: a backslash and a line feed are
/// always escaped, a quote only where the string is quoted.
pub(crate) fn escape(out: &mut String, raw: &str, quoted: bool) {
    for c in raw.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if quoted => out.push_str("\\\""),
            c => out.push(c),
        }
    }
}

/// Appends an integer.
#[inline]
pub(crate) fn integer(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a finite number, as short as it can be read back without loss.
/// Whole numbers are written without a fraction.
#[inline]
pub(crate) fn number(out: &mut Vec<u8>, value: f64) {
    // Up to here every whole number is a different `f64`.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.abs() < EXACT && value.fract() == 0.0 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole, and far below i64::MAX"
        )]
        let whole = value as i64;
        out.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes());
    } else {
        out.extend_from_slice(zmij::Buffer::new().format(value).as_bytes());
    }
}

/// The bound of a bucket as the value of `le`: always with a fraction or an
/// exponent, because Prometheus before 3 takes `1` and `1.0` for different
/// labels.
pub(crate) fn bound(value: f64) -> String {
    zmij::Buffer::new().format(value).to_owned()
}

/// The labels of one series as they stand between the braces, such as
/// `agent="planner",model="gpt"`.
///
/// The text is all that is stored: label values are compared with it.
pub(crate) struct LabelText {
    /// Followed by [`ESCAPED`] if a value holds anything that was escaped.
    text: Box<str>,
}

/// A character that no text of labels ends in.
const ESCAPED: char = '\\';

impl LabelText {
    pub(crate) fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut text = String::new();
        let mut escaped = false;
        for (i, (name, value)) in pairs.into_iter().enumerate() {
            if i > 0 {
                text.push(',');
            }
            text.push_str(name);
            text.push_str("=\"");
            let start = text.len();
            escape(&mut text, value, true);
            escaped |= text.len() - start > value.len();
            text.push('"');
        }
        if escaped {
            text.push(ESCAPED);
        }
        Self {
            text: text.into_boxed_str(),
        }
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        self.text.strip_suffix(ESCAPED).unwrap_or(&self.text)
    }

    /// Whether these are the labels with exactly these values. `gaps` are the
    /// lengths of what stands before each value, as [`gap`] tells them.
    #[inline]
    pub(crate) fn holds(&self, values: &[&str], gaps: &[usize]) -> bool {
        let mut rest = self.as_str().as_bytes();
        let plain = rest.len() == self.text.len();
        for (value, &gap) in values.iter().zip(gaps) {
            let after = rest.get(gap..).and_then(|rest| {
                if plain {
                    rest.strip_prefix(value.as_bytes())
                } else {
                    strip_escaped(rest, value.as_bytes())
                }
            });
            match after {
                // A quote inside a value would be escaped, so this one ends it.
                Some(after) if after.first() == Some(&b'"') => rest = after,
                _ => return false,
            }
        }
        rest.len() <= 1
    }
}

/// How many bytes stand before the value of the label at `index`, after the
/// value before it.
pub(crate) fn gap(index: usize, name: &str) -> usize {
    let before = if index == 0 { "" } else { "\"," };
    before.len() + name.len() + "=\"".len()
}

fn strip_escaped<'a>(mut text: &'a [u8], value: &[u8]) -> Option<&'a [u8]> {
    for byte in value {
        text = match byte {
            b'\\' => text.strip_prefix(b"\\\\"),
            b'\n' => text.strip_prefix(b"\\n"),
            b'"' => text.strip_prefix(b"\\\""),
            byte => text.strip_prefix(std::slice::from_ref(byte)),
        }?;
    }
    Some(text)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "numbers read back exactly")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: f64) -> String {
        let mut out = Vec::new();
        number(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(written(0.0), "0");
        assert_eq!(written(-0.0), "0");
        assert_eq!(written(3.0), "3");
        assert_eq!(written(-12.0), "-12");
        assert_eq!(written(0.1), "0.1");
        assert_eq!(written(1e300), "1e+300");
    }

    #[test]
    fn bounds_always_have_a_fraction() {
        assert_eq!(bound(1.0), "1.0");
        assert_eq!(bound(300.0), "300.0");
        assert_eq!(bound(0.005), "0.005");
    }

    #[test]
    fn labels_are_joined_and_escaped() {
        let labels = LabelText::new([("a", "x"), ("b", "q\"\\\n")]);
        assert_eq!(labels.as_str(), r#"a="x",b="q\"\\\n""#);
        assert_eq!(LabelText::new([]).as_str(), "");
        assert!(LabelText::new([]).holds(&[], &[]));
    }

    #[test]
    fn a_value_ends_where_its_quote_is() {
        let gaps = [gap(0, "a"), gap(1, "b")];
        let labels = LabelText::new([("a", "xy"), ("b", "z")]);
        assert!(labels.holds(&["xy", "z"], &gaps));
        assert!(!labels.holds(&["x", "\"z"], &gaps));
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof!["[ab\\\\\"n\n,=]{0,4}", any::<String>()]
    }

    proptest! {
        #[test]
        fn finite_numbers_read_back(value in any::<f64>().prop_filter("finite", |v| v.is_finite())) {
            prop_assert_eq!(written(value).parse::<f64>().unwrap(), value);
        }

        #[test]
        fn labels_hold_their_own_values_only(
            own in [value(), value()],
            other in [value(), value()],
        ) {
            let names = ["a", "bc"];
            let gaps = [gap(0, names[0]), gap(1, names[1])];
            let labels = LabelText::new(names.into_iter().zip(own.each_ref().map(String::as_str)));
            let holds = |v: &[String; 2]| labels.holds(&v.each_ref().map(String::as_str), &gaps);
            prop_assert!(holds(&own));
            prop_assert_eq!(holds(&other), own == other);
        }
    }
}
