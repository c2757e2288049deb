//! YAML text to [`Node`] trees, within limits that hostile input cannot pass.

mod usual;

use super::node::{Entry, Node, Value, start_of};
use crate::diagnostic::{Code, Diagnostic, Sink, SourceId, Span};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle};
use std::borrow::Cow;
use std::collections::HashMap;

/// Deepest nesting accepted; the language itself needs about a dozen levels.
const MAX_DEPTH: usize = 64;

/// Most nodes that the aliases of one file may add up to.
const MAX_ALIASED_NODES: usize = 100_000;

/// A mapping's size from which duplicate keys are looked up by hash.
const HASHED_KEYS: usize = 16;

/// Reads all documents of a file. A syntax error is reported and ends the
/// file; what came before it is dropped, as half a spec means nothing.
pub(crate) fn parse<'s>(source: SourceId, text: &'s str, sink: &mut Sink) -> Vec<Node<'s>> {
    match usual::read(source, text) {
        Some(document) => vec![document],
        None => parse_any(source, text, sink),
    }
}

/// [`parse`] for all of YAML.
fn parse_any<'s>(source: SourceId, text: &'s str, sink: &mut Sink) -> Vec<Node<'s>> {
    let mut builder = Builder {
        source,
        text,
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        aliased: 0,
        sink,
    };
    let mut documents = Vec::new();
    loop {
        match builder.next() {
            Ok((Event::StreamEnd, _)) => return documents,
            Ok((Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _)) => {}
            Ok(event) => match builder.node(event, 0) {
                Ok(node) => documents.push(node),
                Err(Stopped) => return Vec::new(),
            },
            Err(Stopped) => return Vec::new(),
        }
    }
}

/// The file was given up; the reason is in the sink.
struct Stopped;

struct Builder<'s, 'k> {
    source: SourceId,
    text: &'s str,
    parser: Parser<'s, granit_parser::StrInput<'s>>,
    anchors: HashMap<usize, Node<'s>>,
    aliased: usize,
    sink: &'k mut Sink,
}

impl<'s> Builder<'s, '_> {
    fn next(&mut self) -> Result<(Event<'s>, Span), Stopped> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                Ok((event, Span::new(self.source, range.start, range.end)))
            }
            Some(Err(error)) => {
                let start = error.marker().byte_offset().unwrap_or(0);
                let start = start.min(self.text.len());
                let rest = self.text.get(start..).unwrap_or_default();
                let end = start + rest.chars().next().map_or(0, char::len_utf8);
                let code = match error.kind() {
                    ErrorKind::RecursionLimitExceeded => Code::TooDeep,
                    _ => Code::Syntax,
                };
                let diagnostic = Diagnostic::new(code, format!("not valid YAML: {}", error.info()))
                    .at(Span::new(self.source, start, end), "reading stopped here");
                self.stop(match advice(error.kind()) {
                    Some(advice) => diagnostic.help(advice),
                    None => diagnostic,
                })
            }
            None => Ok((Event::StreamEnd, start_of(self.source))),
        }
    }

    fn node(
        &mut self,
        (event, span): (Event<'s>, Span),
        depth: usize,
    ) -> Result<Node<'s>, Stopped> {
        if depth > MAX_DEPTH {
            return self.stop(
                Diagnostic::new(
                    Code::TooDeep,
                    format!("nested deeper than {MAX_DEPTH} levels"),
                )
                .at(span, "no spec needs this depth"),
            );
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain
                    && tag
                        .as_ref()
                        .is_none_or(|tag| tag.core_suffix() != Some("str"));
                if let Some(tag) = tag.filter(|tag| tag.core_suffix().is_none()) {
                    self.reject_tag(&tag.original(), span);
                }
                let value = match &*text {
                    "" | "~" | "null" | "Null" | "NULL" if plain => Value::Null,
                    _ => Value::Scalar { text, plain },
                };
                let node = Node {
                    span: trimmed(span, self.text.len()),
                    value,
                };
                self.remember(anchor, &node);
                Ok(node)
            }
            Event::SequenceStart(_, anchor, tag) => {
                if let Some(tag) = tag {
                    self.reject_tag(&tag.original(), span);
                }
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        event => items.push(self.node(event, depth + 1)?),
                    }
                }
                let node = Node {
                    span,
                    value: Value::Seq(items),
                };
                self.remember(anchor, &node);
                Ok(node)
            }
            Event::MappingStart(_, anchor, tag) => {
                if let Some(tag) = tag {
                    self.reject_tag(&tag.original(), span);
                }
                let entries = self.entries(depth)?;
                let node = Node {
                    span,
                    value: Value::Map(entries),
                };
                self.remember(anchor, &node);
                Ok(node)
            }
            Event::Alias(id) => {
                let Some(node) = self.anchors.get(&id).cloned() else {
                    return self.stop(
                        Diagnostic::new(Code::Syntax, "an alias stands inside its own anchor")
                            .at(span, "refers to itself"),
                    );
                };
                self.aliased += node.count();
                if self.aliased > MAX_ALIASED_NODES {
                    return self.stop(
                        Diagnostic::new(
                            Code::AliasBomb,
                            format!("aliases expand to more than {MAX_ALIASED_NODES} values"),
                        )
                        .at(span, "expansion stopped here"),
                    );
                }
                Ok(node)
            }
            // The parser emits nothing else where a node is due.
            _ => Ok(Node {
                span,
                value: Value::Null,
            }),
        }
    }

    fn entries(&mut self, depth: usize) -> Result<Vec<Entry<'s>>, Stopped> {
        let mut entries: Vec<Entry<'s>> = Vec::new();
        let mut seen: HashMap<Cow<'s, str>, Span> = HashMap::new();
        let mut merges = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = self.node((event, span), depth + 1)?;
            let value_event = self.next()?;
            let value = self.node(value_event, depth + 1)?;
            let Value::Scalar { text: name, plain } = key.value else {
                self.sink.push(
                    Diagnostic::new(
                        Code::WrongType,
                        format!("a key must be text, not {}", key.describe()),
                    )
                    .at(key.span, "not text"),
                );
                continue;
            };
            if plain && name == "<<" {
                merges.push(value);
                continue;
            }
            let earlier = if entries.len() < HASHED_KEYS {
                entries
                    .iter()
                    .find(|entry| entry.key == name)
                    .map(|entry| entry.key_span)
            } else {
                if seen.is_empty() {
                    seen.extend(
                        entries
                            .iter()
                            .map(|entry| (entry.key.clone(), entry.key_span)),
                    );
                }
                seen.insert(name.clone(), key.span)
            };
            if let Some(first) = earlier {
                self.sink.push(
                    Diagnostic::new(Code::DuplicateKey, format!("`{name}` is given twice"))
                        .at(key.span, "given again")
                        .because(first, "first given here"),
                );
                continue;
            }
            entries.push(Entry {
                key: name,
                key_span: key.span,
                value,
            });
        }
        for merge in merges {
            self.merge(merge, &mut entries);
        }
        Ok(entries)
    }

    /// YAML's merge key: entries of `from` that `into` does not have itself.
    fn merge(&mut self, from: Node<'s>, into: &mut Vec<Entry<'s>>) {
        match from.value {
            Value::Map(entries) => {
                for entry in entries {
                    if !into.iter().any(|own| own.key == entry.key) {
                        into.push(entry);
                    }
                }
            }
            Value::Seq(items) => {
                for item in items {
                    self.merge(item, into);
                }
            }
            Value::Null | Value::Scalar { .. } => self.sink.push(
                Diagnostic::new(
                    Code::WrongType,
                    "`<<` takes a mapping or a list of mappings",
                )
                .at(from.span, from.describe()),
            ),
        }
    }

    fn remember(&mut self, anchor: usize, node: &Node<'s>) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
    }

    /// `span` is that of the tagged value, which the tag stands in front of.
    fn reject_tag(&mut self, tag: &str, span: Span) {
        let before = self.text.get(..span.start as usize).unwrap_or_default();
        let span = before.rfind(tag).map_or(span, |start| {
            Span::new(self.source, start, start + tag.len())
        });
        self.sink.push(
            Diagnostic::new(
                Code::WrongType,
                format!("the tag `{tag}` has no meaning in specs"),
            )
            .at(span, "tagged"),
        );
    }

    fn stop<T>(&mut self, diagnostic: Diagnostic) -> Result<T, Stopped> {
        self.sink.push(diagnostic);
        Err(Stopped)
    }
}

/// What to do about the mistakes that are made most.
fn advice(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation => "indent with spaces",
        ErrorKind::MappingValueNotAllowed => "quote a text with a colon and a space in it",
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            "inside `{ }` and `[ ]`, quote a text with brackets, braces or commas in it"
        }
        _ => return None,
    })
}

/// Spans of block scalars may reach past the end of the file.
fn trimmed(span: Span, len: usize) -> Span {
    Span {
        end: span.end.min(u32::try_from(len).unwrap_or(u32::MAX)),
        ..span
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, parse};
    use crate::diagnostic::{Code, Sink, Sources};

    fn codes(text: &str) -> Vec<(Code, String)> {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", text);
        let mut sink = Sink::default();
        parse(id, sources.get(id).text(), &mut sink);
        sink.into_sorted()
            .into_iter()
            .map(|found| (found.code, sources.describe(found.primary.unwrap().span)))
            .collect()
    }

    #[test]
    fn duplicate_keys_are_found_in_small_and_large_mappings() {
        assert_eq!(
            codes("a: 1\nb: 2\na: 3\n"),
            [(Code::DuplicateKey, "t.yaml:3:1".into())]
        );
        let mut large: String = (0..100).map(|i| format!("k{i}: 1\n")).collect();
        large.push_str("k7: 2\n");
        assert_eq!(codes(&large), [(Code::DuplicateKey, "t.yaml:101:1".into())]);
    }

    #[test]
    fn an_alias_bomb_is_defused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let of = format!("*a{}", level - 1);
            text.push_str(&format!(
                "a{level}: &a{level} [{}]\n",
                vec![of; 10].join(", ")
            ));
        }
        let found = codes(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, Code::AliasBomb);
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_stack_overflow() {
        let found = codes(&"[".repeat(10_000));
        assert_eq!(found.len(), 1);
        let found = codes(&format!("{}{}", "[".repeat(100), "]".repeat(100)));
        assert_eq!(found[0].0, Code::TooDeep);
    }

    #[test]
    fn merge_keys_fill_what_is_not_given() {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", "a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\n");
        let mut sink = Sink::default();
        let documents = parse(id, sources.get(id).text(), &mut sink);
        let Value::Map(top) = &documents[0].value else {
            panic!()
        };
        let Value::Map(b) = &top[1].value.value else {
            panic!()
        };
        let keys: Vec<_> = b.iter().map(|entry| &*entry.key).collect();
        assert_eq!(keys, ["x", "y"]);
        assert!(sink.iter().next().is_none());
    }
}
