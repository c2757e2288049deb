//! Number literals.

/// The value of a number as the lexer delimits it: decimal, hexadecimal, octal
/// with a leading zero as in Go, with underscores between digits.
pub(super) fn parse(literal: &str) -> Option<f64> {
    let plain;
    let digits = if literal.contains('_') {
        if !separates_digits(literal) {
            return None;
        }
        plain = literal.replace('_', "");
        &plain
    } else {
        literal
    };
    if let Some(hex) = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        return i64::from_str_radix(hex, 16).ok().map(|value| value as f64);
    }
    if digits.len() > 1
        && digits.starts_with('0')
        && let Ok(value) = i64::from_str_radix(digits, 8)
    {
        return Some(value as f64);
    }
    digits.parse().ok()
}

/// What the label `le` says of a bucket that ends at `bound`, as OpenMetrics has
/// it and Prometheus stores it from version 3 on: with a fraction.
pub fn bucket_label(bound: f64) -> String {
    if bound == f64::INFINITY {
        return "+Inf".to_owned();
    }
    format!("{bound:?}")
}

/// Whether every underscore stands between digits, or behind `0x`.
fn separates_digits(literal: &str) -> bool {
    let bytes = literal.as_bytes();
    let hex = bytes.get(1).is_some_and(|byte| byte | 0x20 == b'x');
    let digit = |place: usize| {
        bytes.get(place).is_some_and(|byte| match byte {
            b'0'..=b'9' | b'x' | b'X' => true,
            _ => hex && byte.is_ascii_hexdigit(),
        })
    };
    bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'_')
        .all(|(place, _)| place > 0 && digit(place - 1) && digit(place + 1))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn values() {
        assert_eq!(parse("0"), Some(0.0));
        assert_eq!(parse("1_000.5"), Some(1000.5));
        assert_eq!(parse("1e3"), Some(1000.0));
        assert_eq!(parse(".5"), Some(0.5));
        assert_eq!(parse("5."), Some(5.0));
        assert_eq!(parse("0x1F"), Some(31.0));
        assert_eq!(parse("017"), Some(15.0));
        assert_eq!(parse("018"), Some(18.0));
        assert_eq!(parse("0x_A_b"), Some(171.0));
        for bad in ["1_", "1__0", "1_.5", "1._5", "1_e3", "0x1_"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse("1e"), None);
        assert_eq!(parse("0x"), None);
    }
}
