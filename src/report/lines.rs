//! Where lines start, found once per file and not once per finding.

use crate::diagnostic::{SourceId, Sources, Span};
use std::collections::HashMap;
use std::ops::Range;

pub(crate) struct Lines<'a> {
    sources: &'a Sources,
    starts: HashMap<SourceId, Vec<usize>>,
}

/// A span with its lines and columns, which count from 1 and in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            starts: HashMap::new(),
        }
    }

    pub(crate) fn path(&self, id: SourceId) -> &'a str {
        self.sources.get(id).path()
    }

    /// The bytes that a span covers, moved outwards to whole characters and
    /// into the file.
    pub(crate) fn range(&self, span: Span) -> Range<usize> {
        let text = self.sources.get(span.source).text();
        let mut start = (span.start as usize).min(text.len());
        let mut end = (span.end as usize).clamp(start, text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }

    pub(crate) fn place(&mut self, span: Span) -> Place {
        let range = self.range(span);
        let (line, column) = self.line_column(span.source, range.start);
        let (end_line, end_column) = self.line_column(span.source, range.end);
        Place {
            line,
            column,
            end_line,
            end_column,
        }
    }

    /// The lines that hold all of `range`: number of the first one, and their
    /// bytes without the last line break.
    pub(crate) fn around(&mut self, id: SourceId, range: Range<usize>) -> (usize, Range<usize>) {
        let text = self.sources.get(id).text();
        let starts = self.starts(id);
        let first = line_of(starts, range.start);
        let last = line_of(starts, range.end.saturating_sub(1).max(range.start));
        let mut end = starts.get(last + 1).map_or(text.len(), |next| next - 1);
        if text[..end].ends_with('\r') {
            end -= 1;
        }
        (first + 1, starts[first]..end.max(range.end))
    }

    fn line_column(&mut self, id: SourceId, offset: usize) -> (usize, usize) {
        let text = self.sources.get(id).text();
        let starts = self.starts(id);
        let line = line_of(starts, offset);
        (line + 1, text[starts[line]..offset].chars().count() + 1)
    }

    fn starts(&mut self, id: SourceId) -> &[usize] {
        let text = self.sources.get(id).text();
        self.starts.entry(id).or_insert_with(|| {
            let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0)
                .chain(breaks.map(|(at, _)| at + 1))
                .collect()
        })
    }
}

fn line_of(starts: &[usize], offset: usize) -> usize {
    starts.partition_point(|start| *start <= offset) - 1
}

#[cfg(test)]
mod tests {
    use super::{Lines, Place};
    use crate::diagnostic::{Sources, Span};

    #[test]
    fn places_agree_with_the_source_file_at_every_offset() {
        let text = "é: 1\n\nbb: 2\nlast";
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text);
        let mut lines = Lines::new(&sources);
        for offset in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (line, column) = sources.get(id).line_column(offset);
            let place = Place {
                line,
                column,
                end_line: line,
                end_column: column,
            };
            assert_eq!(
                lines.place(Span::new(id, offset, offset)),
                place,
                "offset {offset}"
            );
        }
    }

    #[test]
    fn ranges_are_whole_characters_inside_the_file() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "aé");
        let lines = Lines::new(&sources);
        assert_eq!(lines.range(Span::new(id, 2, 2)), 1..3);
        assert_eq!(lines.range(Span::new(id, 1, 99)), 1..3);
        assert_eq!(lines.range(Span::new(id, 98, 99)), 3..3);
    }

    #[test]
    fn surrounding_lines_are_whole() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "a\nbb\ncc\nd");
        let mut lines = Lines::new(&sources);
        assert_eq!(lines.around(id, 3..4), (2, 2..4));
        assert_eq!(lines.around(id, 3..6), (2, 2..7));
        assert_eq!(lines.around(id, 9..9), (4, 8..9));
        assert_eq!(lines.around(id, 4..5), (2, 2..5));
    }

    #[test]
    fn carriage_returns_belong_to_line_breaks() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "a\r\nbb\r\ncc\r\n");
        let mut lines = Lines::new(&sources);
        assert_eq!(lines.around(id, 4..5), (2, 3..5));
        assert_eq!(lines.around(id, 3..8), (2, 3..9));
    }
}
