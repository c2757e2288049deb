//! String literals.

use super::ast::TextRange;
use super::error::ParseError;

/// What the string literal at `range` of `text` says.
pub(super) fn decode(text: &str, range: TextRange) -> Result<Box<str>, Box<ParseError>> {
    let literal = &text[range.bytes()];
    let inner = &literal[1..literal.len() - 1];
    if literal.starts_with('`') || !inner.contains('\\') {
        return Ok(inner.into());
    }
    let quote = literal.as_bytes()[0];
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(backslash) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..backslash]);
        let sequence = &rest[backslash..];
        let length = escape(sequence, quote, &mut bytes).ok_or_else(|| {
            let start = range.start + 1 + (inner.len() - sequence.len()) as u32;
            bad_escape(sequence, start)
        })?;
        rest = &sequence[length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(String::from_utf8_lossy(&bytes).into())
}

/// Appends what the escape at the start of `sequence` means; returns its length.
fn escape(sequence: &str, quote: u8, bytes: &mut Vec<u8>) -> Option<usize> {
    let number = |start: usize, length: usize, radix| {
        let digits = sequence.get(start..start + length)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain
            .then(|| u32::from_str_radix(digits, radix).ok())
            .flatten()
    };
    let byte = |bytes: &mut Vec<u8>, value: u32, length| {
        bytes.push(u8::try_from(value).ok()?);
        Some(length)
    };
    let character = |bytes: &mut Vec<u8>, value, length| {
        let character = char::from_u32(value)?;
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Some(length)
    };
    let kind = *sequence.as_bytes().get(1)?;
    let plain = match kind {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' => b'\\',
        _ if kind == quote => quote,
        b'0'..=b'7' => return byte(bytes, number(1, 3, 8)?, 4),
        b'x' => return byte(bytes, number(2, 2, 16)?, 4),
        b'u' => return character(bytes, number(2, 4, 16)?, 6),
        b'U' => return character(bytes, number(2, 8, 16)?, 10),
        _ => return None,
    };
    bytes.push(plain);
    Some(2)
}

fn bad_escape(sequence: &str, start: u32) -> Box<ParseError> {
    let shown: String = sequence.chars().take(2).collect();
    let range = TextRange::new(start, start + shown.len() as u32);
    ParseError::new(
        range,
        format!("`{shown}` is no valid escape"),
        "unknown escape",
    )
    .help("write `\\\\` for a backslash, as in `\"\\\\d+\"`, or put the string in backticks")
}

/// `value` as a double-quoted literal.
pub(super) fn quoted(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() + 2);
    literal.push('"');
    for character in value.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            other => literal.push(other),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::{decode, quoted};
    use crate::promql::ast::TextRange;

    fn read(literal: &str) -> Result<String, u32> {
        match decode(literal, TextRange::new(0, literal.len() as u32)) {
            Ok(value) => Ok(value.into()),
            Err(error) => Err(error.range.start),
        }
    }

    #[test]
    fn escapes_are_those_of_go() {
        assert_eq!(read(r#""a\n\t\\\"b""#), Ok("a\n\t\\\"b".into()));
        assert_eq!(read(r"'\''"), Ok("'".into()));
        assert_eq!(read(r#""\x41\101\u00e9\U0001F600""#), Ok("AAé😀".into()));
        assert_eq!(read(r"`\d`"), Ok(r"\d".into()));
        assert_eq!(read(r#""ab\d""#), Err(3));
        assert_eq!(read(r#""\'""#), Err(1));
        assert_eq!(read(r#""\400""#), Err(1));
        assert_eq!(read(r#""\ud800""#), Err(1));
        assert_eq!(read(r#""\x4""#), Err(1));
    }

    #[test]
    fn quoting_inverts_decoding() {
        for value in ["", "a\"b", "\\d+", "line\nline", "$agent", "é"] {
            assert_eq!(read(&quoted(value)), Ok(value.to_owned()));
        }
    }
}
