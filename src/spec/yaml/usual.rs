//! The YAML that specs are usually written in, read fast.
//!
//! Mappings and lists in block style, flow style, texts on one line, and block
//! scalars: nearly all that specs hold, at a tenth of what a parser of all of
//! YAML takes. Whatever is outside of that, or may be, or is a mistake, makes
//! the file one for the parser. So nothing is reported here, and a property
//! test holds that both read the same trees.

#[cfg(test)]
mod tests;

use crate::diagnostic::{SourceId, Span};
use crate::spec::node::{Entry, Node, Value};
use std::borrow::Cow;
use std::collections::HashSet;

/// Deeper nesting is the parser's.
const MAX_DEPTH: usize = 32;

/// YAML takes no longer keys than 1024 characters on one line.
const MAX_KEY: usize = 1000;

/// A mapping's size from which duplicate keys are looked up by hash.
const HASHED_KEYS: usize = 32;

/// Reads a file of one document, a mapping; `None` if it takes the parser.
pub(super) fn read(source: SourceId, text: &str) -> Option<Node<'_>> {
    let plain = |c: char| matches!(c, '\n' | ' '..='~') || (c >= '\u{a0}' && !is_special(c));
    let is_plain = if text.is_ascii() {
        // All of them are looked at, which is sooner done than to stop early.
        let plain = |byte: u8| matches!(byte, b'\n' | b' '..=b'~');
        text.bytes().fold(true, |all, byte| all & plain(byte))
    } else {
        text.chars().all(plain)
    };
    if !is_plain || u32::try_from(text.len()).is_err() {
        return None;
    }
    let mut reader = Reader {
        source,
        text,
        bytes: text.as_bytes(),
        at: 0,
        line: 0,
        depth: 0,
        entries: Vec::new(),
        items: Vec::new(),
    };
    reader.next_line();
    let root = reader.mapping(0)?;
    reader.is_at_end().then_some(root)
}

/// Marks of byte order, line breaks of other standards, and what is no character.
fn is_special(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}') || u32::from(c) & 0xfffe == 0xfffe
}

struct Reader<'s> {
    source: SourceId,
    text: &'s str,
    bytes: &'s [u8],
    at: usize,
    /// Where the line begins on which `at` is.
    line: usize,
    depth: usize,
    /// Of the mappings that are being read, the innermost last: each gets a
    /// list of its exact length when it ends.
    entries: Vec<Entry<'s>>,
    /// The same for lists.
    items: Vec<Node<'s>>,
}

impl<'s> Reader<'s> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// How far right of its line's begin the reader is.
    fn column(&self) -> usize {
        self.at - self.line
    }

    /// Whether the byte at `at` is a blank, a line feed or the end.
    fn is_blank(&self, at: usize) -> bool {
        matches!(self.bytes.get(at), None | Some(b' ' | b'\n'))
    }

    fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// From the begin of a line to the next line that says something, and to
    /// its first character.
    fn next_line(&mut self) {
        loop {
            self.line = self.at;
            self.skip_spaces();
            match self.peek() {
                Some(b'#') => self.at = self.line_end(self.at),
                Some(b'\n') => {}
                _ => return,
            }
            self.at = (self.at + 1).min(self.bytes.len());
        }
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        let length = rest.iter().position(|byte| *byte == b'\n');
        from + length.unwrap_or(rest.len())
    }

    /// Past the end of a line on which nothing follows but a comment.
    fn end_line(&mut self) -> Option<()> {
        let before = self.at;
        self.skip_spaces();
        match self.peek() {
            None => {}
            Some(b'\n') => self.at += 1,
            Some(b'#') if self.at > before => {
                self.at = (self.line_end(self.at) + 1).min(self.bytes.len());
            }
            Some(_) => return None,
        }
        self.next_line();
        Some(())
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    fn node(&self, start: usize, end: usize, value: Value<'s>) -> Node<'s> {
        let span = self.span(start, end);
        Node { span, value }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// The entries at this column, from the key on which the reader is.
    fn mapping(&mut self, column: usize) -> Option<Node<'s>> {
        let start = self.at;
        let first = self.entries.len();
        while !self.is_at_end() && self.column() == column {
            let (key, key_span) = self.key(false)?;
            let value = self.deeper(|reader| reader.entry_value(column))?;
            self.entries.push(Entry {
                key,
                key_span,
                value,
            });
        }
        let entries = self.entries.split_off(first);
        // Further right would be part of what came before.
        let ended = self.is_at_end() || self.column() < column;
        let whole = ended && !entries.is_empty() && are_distinct(&entries);
        whole.then(|| self.node(start, start, Value::Map(entries)))
    }

    /// What stands behind the colon of a key at this column.
    fn entry_value(&mut self, column: usize) -> Option<Node<'s>> {
        let colon = self.at - 1;
        self.skip_spaces();
        if self
            .bytes
            .get(self.at)
            .is_some_and(|byte| !matches!(byte, b'\n' | b'#'))
        {
            return self.inline_value(column);
        }
        self.end_line()?;
        if !self.is_at_end() {
            let inner = self.column();
            let is_item = self.peek() == Some(b'-') && self.is_blank(self.at + 1);
            if is_item && inner >= column {
                return self.sequence(inner, inner == column);
            }
            if inner > column {
                return self.mapping(inner);
            }
        }
        Some(self.node(colon, colon, Value::Null))
    }

    /// The items at this column, from the dash on which the reader is. The
    /// parser places those that stand right below their key at the first item.
    fn sequence(&mut self, column: usize, below_key: bool) -> Option<Node<'s>> {
        let mut start = self.at;
        let first = self.items.len();
        while !self.is_at_end()
            && self.column() == column
            && self.peek() == Some(b'-')
            && self.is_blank(self.at + 1)
        {
            self.at += 1;
            self.skip_spaces();
            if below_key && self.items.len() == first {
                start = self.at;
            }
            let item = self.deeper(|reader| {
                let inner = reader.column();
                let (at, line) = (reader.at, reader.line);
                if reader.key(false).is_some() {
                    (reader.at, reader.line) = (at, line);
                    return reader.mapping(inner);
                }
                (reader.at, reader.line) = (at, line);
                reader.inline_value(column)
            })?;
            self.items.push(item);
        }
        let items = self.items.split_off(first);
        let ended = self.is_at_end() || self.column() <= column;
        ended.then(|| self.node(start, start, Value::Seq(items)))
    }

    /// A value that begins on this line, below something at this column.
    fn inline_value(&mut self, column: usize) -> Option<Node<'s>> {
        match self.peek()? {
            b'|' | b'>' => self.block_scalar(column),
            b'{' | b'[' => {
                let node = self.flow(column)?;
                self.end_line()?;
                Some(node)
            }
            _ => {
                let node = self.scalar(false)?;
                self.end_line()?;
                Some(node)
            }
        }
    }

    /// A key and the colon behind it.
    fn key(&mut self, in_flow: bool) -> Option<(Cow<'s, str>, Span)> {
        let start = self.at;
        let key = self.scalar(in_flow)?;
        let end = self.at;
        let Value::Scalar { text, plain } = key.value else {
            return None;
        };
        let is_key = self.peek() == Some(b':') && self.is_blank(self.at + 1);
        if !is_key || end - start > MAX_KEY || (plain && text == "<<") {
            return None;
        }
        self.at += 1;
        Some((text, self.span(start, end)))
    }

    /// A text on one line, up to a colon that makes it a key or to its end.
    fn scalar(&mut self, in_flow: bool) -> Option<Node<'s>> {
        let start = self.at;
        let (text, plain) = match self.peek()? {
            b'"' => (self.double_quoted()?, false),
            b'\'' => (self.single_quoted()?, false),
            _ => (Cow::Borrowed(self.plain(in_flow)?), true),
        };
        let value = match &*text {
            "~" | "null" | "Null" | "NULL" if plain => Value::Null,
            _ => Value::Scalar { text, plain },
        };
        Some(self.node(start, self.at, value))
    }

    fn plain(&mut self, in_flow: bool) -> Option<&'s str> {
        let start = self.at;
        let begins = |byte: u8| {
            byte.is_ascii_alphanumeric() || byte >= 0x80 || b"_/$.(+<=~^;\\".contains(&byte)
        };
        match self.peek()? {
            b'-' if self
                .bytes
                .get(start + 1)
                .is_some_and(u8::is_ascii_alphanumeric) => {}
            byte if begins(byte) => {}
            _ => return None,
        }
        // Where documents begin and end.
        if self.column() == 0 && self.text[start..].starts_with("...") {
            return None;
        }
        let mut end = start;
        loop {
            match self.peek() {
                None | Some(b'\n') => break,
                Some(b' ') => {
                    self.at += 1;
                    continue;
                }
                Some(b'#') if self.at > end => break,
                Some(b':') if self.is_blank(self.at + 1) => break,
                Some(b':') if in_flow && b",[]{}".contains(self.bytes.get(self.at + 1)?) => {
                    return None;
                }
                Some(b',' | b'[' | b']' | b'{' | b'}') if in_flow => break,
                Some(_) => {}
            }
            self.at += 1;
            end = self.at;
        }
        self.at = end;
        Some(&self.text[start..end])
    }

    fn single_quoted(&mut self) -> Option<Cow<'s, str>> {
        let start = self.at + 1;
        self.at = start;
        let mut doubled = false;
        loop {
            match self.peek()? {
                b'\n' => return None,
                b'\'' if self.bytes.get(self.at + 1) == Some(&b'\'') => {
                    doubled = true;
                    self.at += 2;
                }
                b'\'' => break,
                _ => self.at += 1,
            }
        }
        let text = &self.text[start..self.at];
        self.at += 1;
        Some(if doubled {
            Cow::Owned(text.replace("''", "'"))
        } else {
            Cow::Borrowed(text)
        })
    }

    fn double_quoted(&mut self) -> Option<Cow<'s, str>> {
        let start = self.at + 1;
        self.at = start;
        let mut escaped = false;
        loop {
            match self.peek()? {
                b'\n' => return None,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                b'"' => break,
                _ => self.at += 1,
            }
        }
        let text = &self.text[start..self.at];
        self.at += 1;
        if !escaped {
            return Some(Cow::Borrowed(text));
        }
        let mut out = String::with_capacity(text.len());
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            out.push(match character {
                '\\' => match characters.next()? {
                    same @ ('"' | '\\') => same,
                    'n' => '\n',
                    't' => '\t',
                    _ => return None,
                },
                other => other,
            });
        }
        Some(Cow::Owned(out))
    }

    /// `{ }` or `[ ]` below something at this column.
    fn flow(&mut self, column: usize) -> Option<Node<'s>> {
        let start = self.at;
        let is_map = self.peek() == Some(b'{');
        self.at += 1;
        let value = if is_map {
            let first = self.entries.len();
            self.flow_parts(b'}', column, |reader| {
                let (key, key_span) = reader.key(true)?;
                reader.skip_in_flow(column)?;
                let value = reader.deeper(|reader| reader.flow_value(column))?;
                reader.entries.push(Entry {
                    key,
                    key_span,
                    value,
                });
                Some(())
            })?;
            let entries = self.entries.split_off(first);
            are_distinct(&entries).then_some(Value::Map(entries))?
        } else {
            let first = self.items.len();
            self.flow_parts(b']', column, |reader| {
                let item = reader.deeper(|reader| reader.flow_value(column))?;
                reader.items.push(item);
                Some(())
            })?;
            Value::Seq(self.items.split_off(first))
        };
        Some(self.node(start, start + 1, value))
    }

    /// Parts with commas between them, and past what closes them.
    fn flow_parts(
        &mut self,
        close: u8,
        column: usize,
        part: impl Fn(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.skip_in_flow(column)?;
        if self.peek()? != close {
            loop {
                part(self)?;
                self.skip_in_flow(column)?;
                match self.peek()? {
                    b',' => self.at += 1,
                    byte if byte == close => break,
                    _ => return None,
                }
                self.skip_in_flow(column)?;
            }
        }
        self.at += 1;
        Some(())
    }

    fn flow_value(&mut self, column: usize) -> Option<Node<'s>> {
        match self.peek()? {
            b'{' | b'[' => self.flow(column),
            _ => self.scalar(true),
        }
    }

    /// Blanks within flow style. Its further lines stand right of the column.
    fn skip_in_flow(&mut self, column: usize) -> Option<()> {
        loop {
            self.skip_spaces();
            match self.peek()? {
                b'\n' => {
                    self.at += 1;
                    self.line = self.at;
                }
                b'#' => return None,
                _ if self.column() <= column => return None,
                _ => return Some(()),
            }
        }
    }

    /// A text of several lines, right of this column.
    fn block_scalar(&mut self, column: usize) -> Option<Node<'s>> {
        let folded = self.peek() == Some(b'>');
        self.at += 1;
        let stripped = self.peek() == Some(b'-');
        self.at += usize::from(stripped);
        if self.peek()? != b'\n' {
            return None;
        }
        self.at += 1;
        self.line = self.at;
        self.skip_spaces();
        let indent = self.column();
        if indent <= column || self.is_blank(self.at) {
            return None;
        }
        let start = self.at;
        let mut text = String::new();
        let mut empty_lines = 0;
        self.at = self.line;
        while !self.is_at_end() {
            self.line = self.at;
            self.skip_spaces();
            let line_end = self.line_end(self.at);
            if self.at == line_end {
                // Blanks beyond the indentation would be text.
                if self.column() > indent || line_end == self.bytes.len() || folded {
                    return None;
                }
                empty_lines += 1;
                self.at = line_end + 1;
                continue;
            }
            if self.column() < indent {
                break;
            }
            // A last line without a line feed, and lines that do not fold.
            if line_end == self.bytes.len() || (folded && self.column() > indent) {
                return None;
            }
            if !text.is_empty() {
                let line_feeds = empty_lines + usize::from(!folded);
                text.extend(std::iter::repeat_n('\n', line_feeds));
                text.extend(folded.then_some(' '));
            }
            empty_lines = 0;
            text.push_str(&self.text[self.line + indent..line_end]);
            self.at = line_end + 1;
        }
        if !stripped {
            text.push('\n');
        }
        let end = self.at;
        if !self.is_at_end() {
            self.at = self.line;
            self.next_line();
            if !self.is_at_end() && self.column() > column {
                return None;
            }
        }
        let text = Cow::Owned(text);
        let value = Value::Scalar { text, plain: false };
        Some(self.node(start, end, value))
    }
}

/// Whether no two entries have the same key.
fn are_distinct(entries: &[Entry<'_>]) -> bool {
    if entries.len() > HASHED_KEYS {
        let mut seen = HashSet::with_capacity(entries.len());
        return entries.iter().all(|entry| seen.insert(&*entry.key));
    }
    let mut earlier = entries;
    while let Some((last, rest)) = earlier.split_last() {
        if rest.iter().any(|entry| entry.key == last.key) {
            return false;
        }
        earlier = rest;
    }
    true
}
