//! Numbers and strings as Go's package `fmt` writes and reads them.

/// A number as `%v` shows it: the fewest digits that tell it apart.
pub(super) fn shortest(value: f64) -> String {
    match special(value) {
        Some(text) => text,
        // Six digits decide between the notations, whatever the number of digits.
        None => general(&format!("{value:e}"), 6),
    }
}

/// A number as `%.Ng` shows it: so many significant digits, trailing zeros
/// removed.
pub(super) fn significant(value: f64, digits: usize) -> String {
    let digits = digits.max(1);
    match special(value) {
        Some(text) => text,
        None => general(&format!("{value:.*e}", digits - 1), digits),
    }
}

/// A number as `%.Nf` shows it.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    special(value).unwrap_or_else(|| format!("{value:.decimals$}"))
}

/// A number as `%.Ne` shows it.
pub(super) fn scientific(value: f64, decimals: usize) -> String {
    special(value).unwrap_or_else(|| {
        let text = format!("{value:.decimals$e}");
        let (mantissa, exponent) = split(&text);
        format!("{mantissa}{}", exponent_suffix(exponent))
    })
}

fn special(value: f64) -> Option<String> {
    if value.is_nan() {
        Some("NaN".to_owned())
    } else if value.is_infinite() {
        Some(if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned())
    } else {
        None
    }
}

/// Mantissa and exponent of a number in Rust's scientific notation.
fn split(scientific: &str) -> (&str, i32) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    (mantissa, exponent.parse().unwrap_or_default())
}

fn exponent_suffix(exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("e{sign}{:02}", exponent.unsigned_abs())
}

/// Rewrites scientific notation the way `%g` does.
fn general(scientific: &str, precision: usize) -> String {
    let (mantissa, exponent) = split(scientific);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let mut digits = mantissa.replace('.', "");
    digits.truncate(digits.trim_end_matches('0').len().max(1));
    let large = usize::try_from(exponent).is_ok_and(|exponent| exponent >= precision);
    if exponent < -4 || large {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{rest}{}", exponent_suffix(exponent));
    }
    match usize::try_from(exponent) {
        Ok(exponent) if digits.len() > exponent + 1 => {
            let (whole, fraction) = digits.split_at(exponent + 1);
            format!("{sign}{whole}.{fraction}")
        }
        Ok(exponent) => format!("{sign}{digits:0<width$}", width = exponent + 1),
        Err(_) => {
            let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
            format!("{sign}0.{zeros}{digits}")
        }
    }
}

/// A string as `%q` shows it; `None` for characters whose look depends on
/// Unicode tables.
pub(super) fn quote(text: &str) -> Option<String> {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            ' '..='~' => quoted.push(c),
            _ if c.is_alphanumeric() => quoted.push(c),
            _ => return None,
        }
    }
    quoted.push('"');
    Some(quoted)
}

/// Resolves the escapes of a quoted Go string; `None` if one is unknown.
pub(super) fn unquote(inner: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let escape = *rest.as_bytes().first()?;
        let (from, to, radix) = match escape {
            b'x' => (1, 3, 16),
            b'u' => (1, 5, 16),
            b'U' => (1, 9, 16),
            b'0'..=b'7' => (0, 3, 8),
            _ => {
                bytes.push(simple_escape(escape)?);
                rest = &rest[1..];
                continue;
            }
        };
        let digits = rest.get(from..to)?;
        if !digits.chars().all(|c| c.is_digit(radix)) {
            return None;
        }
        let value = u32::from_str_radix(digits, radix).ok()?;
        if matches!(escape, b'u' | b'U') {
            let c = char::from_u32(value)?;
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            bytes.push(u8::try_from(value).ok()?);
        }
        rest = &rest[to..];
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn simple_escape(escape: u8) -> Option<u8> {
    Some(match escape {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        b'\\' | b'"' | b'\'' => escape,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{fixed, quote, scientific, shortest, significant, unquote};

    #[test]
    fn shortest_switches_notation_as_go_does() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (5.0, "5"),
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (123_456.789, "123456.789"),
            (123_456_789.0, "1.23456789e+08"),
            (0.0505, "0.0505"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-1.5e-7, "-1.5e-07"),
            (1e21, "1e+21"),
            (1.0100000000000005, "1.0100000000000005"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(shortest(value), text);
        }
    }

    #[test]
    fn precisions() {
        assert_eq!(significant(123.456, 4), "123.5");
        assert_eq!(significant(100.0, 4), "100");
        assert_eq!(significant(99_999.0, 4), "1e+05");
        assert_eq!(significant(0.05, 4), "0.05");
        assert_eq!(significant(12_345.0, 4), "1.234e+04");
        assert_eq!(significant(5.0, 0), "5");
        assert_eq!(fixed(2.5, 0), "2");
        assert_eq!(fixed(1.005, 2), "1.00");
        assert_eq!(scientific(1234.5, 2), "1.23e+03");
        assert_eq!(scientific(0.0, 6), "0.000000e+00");
    }

    #[test]
    fn strings() {
        assert_eq!(quote("a\"b\\\n").as_deref(), Some(r#""a\"b\\\n""#));
        assert_eq!(quote("\u{7}"), None);
        assert_eq!(
            unquote(r#"a\"\x41\101\u00e9\n"#).as_deref(),
            Some("a\"AAé\n")
        );
        assert_eq!(unquote(r"\q"), None);
        assert_eq!(unquote(r"\x4"), None);
        assert_eq!(unquote(r"\"), None);
    }
}
