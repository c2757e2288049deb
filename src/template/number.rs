//! Go's number and character literals.

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// Written as an integer or a character.
    Int(i64),
    /// Written with a point or an exponent.
    Float(f64),
    /// One that is not evaluated: imaginary, or a hexadecimal fraction.
    Other,
}

/// The value of a number, if it is one.
pub(super) fn parse(literal: &str) -> Option<Number> {
    if let Some(real) = literal.strip_suffix('i') {
        return parse(real).map(|_| Number::Other);
    }
    let (negative, digits) = match literal.as_bytes().first()? {
        b'-' => (true, &literal[1..]),
        b'+' => (false, &literal[1..]),
        _ => (false, literal),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        _ => (10, &*lower),
    };
    // An underscore stands between digits, or between a prefix and a digit.
    if body.contains("__") || body.ends_with('_') || (radix == 10 && body.starts_with('_')) {
        return None;
    }
    let plain = body.replace('_', "");
    if radix == 16 && plain.contains('p') {
        let (mantissa, exponent) = plain.split_once('p')?;
        let hex = |c: char| c.is_ascii_hexdigit() || c == '.';
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        return (mantissa.chars().any(|c| c.is_ascii_hexdigit())
            && mantissa.chars().all(hex)
            && mantissa.matches('.').count() < 2
            && exponent.parse::<u32>().is_ok())
        .then_some(Number::Other);
    }
    if radix == 10 && plain.contains(['.', 'e']) {
        let value: f64 = plain.parse().ok()?;
        return value
            .is_finite()
            .then_some(Number::Float(if negative { -value } else { value }));
    }
    let radix = if radix == 10 && plain.len() > 1 && plain.starts_with('0') {
        8
    } else {
        radix
    };
    if !plain.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    i64::from_str_radix(&format!("{sign}{plain}"), radix)
        .ok()
        .map(Number::Int)
}

#[cfg(test)]
mod tests {
    use super::{Number, parse};

    #[test]
    fn values() {
        assert_eq!(parse("12"), Some(Number::Int(12)));
        assert_eq!(parse("-0x1F"), Some(Number::Int(-31)));
        assert_eq!(parse("1_000"), Some(Number::Int(1000)));
        assert_eq!(parse("017"), Some(Number::Int(15)));
        assert_eq!(parse("1e3"), Some(Number::Float(1000.0)));
        assert_eq!(parse("+.5"), Some(Number::Float(0.5)));
        assert_eq!(parse("0x1p4"), Some(Number::Other));
        assert_eq!(parse("1i"), Some(Number::Other));
        for bad in [
            "08",
            "1.a",
            "3x",
            "-",
            "+",
            "99999999999999999999",
            "1__0",
            "0x",
            "1e",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
