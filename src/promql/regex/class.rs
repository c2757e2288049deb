//! Classes of characters: `[a-z\d[:alpha:]]`.

use super::{Reader, RegexError};

enum ClassItem {
    Character(char),
    Class,
}

impl Reader<'_> {
    /// Reads a class behind its opening bracket.
    pub(super) fn class(&mut self, start: usize) -> Result<(), RegexError> {
        self.take_if("^");
        let mut first = true;
        loop {
            if !first && self.take_if("]") {
                return Ok(());
            }
            first = false;
            let item = self.position;
            let named = self
                .rest()
                .strip_prefix("[:")
                .and_then(|rest| rest.split_once(":]"));
            if let Some((name, _)) = named {
                self.position += name.len() + "[::]".len();
                if !is_posix_class(name.strip_prefix('^').unwrap_or(name)) {
                    return self.fail(item, "no such class");
                }
                continue;
            }
            let Some(low) = self.class_character(start)? else {
                continue;
            };
            if !self.rest().starts_with('-') || self.rest().starts_with("-]") {
                continue;
            }
            if self.rest() == "-" {
                continue;
            }
            self.position += 1;
            let high = match self.take_class_character(start)? {
                ClassItem::Character(high) => high,
                ClassItem::Class => return self.fail(item, "a range needs a character at its end"),
            };
            if high < low {
                return self.fail(item, "a range counts up");
            }
        }
    }

    /// The next character of a class; `None` for a class such as `\d`.
    fn class_character(&mut self, start: usize) -> Result<Option<char>, RegexError> {
        match self.take_class_character(start)? {
            ClassItem::Character(character) => Ok(Some(character)),
            ClassItem::Class => Ok(None),
        }
    }

    fn take_class_character(&mut self, start: usize) -> Result<ClassItem, RegexError> {
        let item = self.position;
        match self.take() {
            None => Err(RegexError {
                message: "this `[` is never closed",
                start,
                end: start + 1,
            }),
            Some('\\') => match self.peek() {
                Some('d' | 'D' | 's' | 'S' | 'w' | 'W') => {
                    self.take();
                    Ok(ClassItem::Class)
                }
                Some('p' | 'P') => self.unicode_class(item).map(|()| ClassItem::Class),
                _ => self.character_escape(item).map(ClassItem::Character),
            },
            Some(character) => Ok(ClassItem::Character(character)),
        }
    }
}

fn is_posix_class(name: &str) -> bool {
    matches!(
        name,
        "alnum"
            | "alpha"
            | "ascii"
            | "blank"
            | "cntrl"
            | "digit"
            | "graph"
            | "lower"
            | "print"
            | "punct"
            | "space"
            | "upper"
            | "word"
            | "xdigit"
    )
}
