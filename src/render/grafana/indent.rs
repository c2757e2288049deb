//! Indentation of JSON: two spaces a level, as serde_json's own, but written
//! once a line instead of once a level, which a large run notices.

use serde_json::ser::Formatter;
use std::io::{self, Write};

/// The end of a line and the start of the next, at the deepest usual level.
const LINE: &[u8; 66] = b",\n                                                                ";

const LEVELS: usize = (LINE.len() - 2) / 2;

/// Writes one value a line.
#[derive(Debug, Default)]
pub(super) struct Indent {
    depth: usize,
    has_value: bool,
}

impl Indent {
    fn open<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.line(writer, true)?;
        }
        writer.write_all(bracket)
    }

    /// A new line, after a comma unless the value on it is the first.
    fn line<W: ?Sized + Write>(&self, writer: &mut W, first: bool) -> io::Result<()> {
        let usual = self.depth.min(LEVELS);
        writer.write_all(&LINE[usize::from(first)..2 + 2 * usual])?;
        for _ in usual..self.depth {
            writer.write_all(b"  ")?;
        }
        Ok(())
    }
}

impl Formatter for Indent {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Indent, LEVELS};
    use serde::Serialize;
    use serde_json::{Value, json};

    #[test]
    fn it_is_what_serde_json_writes() {
        let mut deep = json!([1, {"a": null}]);
        for level in 0..LEVELS + 3 {
            deep = if level % 2 == 0 {
                json!([deep, level])
            } else {
                json!({"x": deep, "y": level})
            };
        }
        let flat = json!({"a": [], "b": {}, "c": [{}, []], "d": "é\n", "e": [[1, 2], 3.5]});
        for value in [deep, flat, json!([]), Value::Null] {
            let mut bytes = Vec::new();
            let mut serializer =
                serde_json::Serializer::with_formatter(&mut bytes, Indent::default());
            value.serialize(&mut serializer).unwrap();
            assert_eq!(
                String::from_utf8(bytes).unwrap(),
                serde_json::to_string_pretty(&value).unwrap()
            );
        }
    }
}
