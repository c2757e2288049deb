//! Whether a text is a regular expression to Prometheus, that is to Go.
//!
//! Rust's own syntax differs both ways: Go takes `/api/{id}` literally, and
//! refuses `a**`. Names of Unicode classes are not looked up.

mod class;

/// Go's limits.
const MAX_REPEAT: u32 = 1_000;
const MAX_NESTING: usize = 1_000;

/// Why a text is no regular expression, and which of its bytes are to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RegexError {
    pub(super) message: &'static str,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Why Go, and with it Prometheus and Alertmanager, would refuse the pattern.
pub fn regex_error(pattern: &str) -> Option<&'static str> {
    check(pattern).err().map(|error| error.message)
}

/// Reads `pattern` the way Go's package `regexp` does; says whether the whole
/// of it matches an empty text.
pub(super) fn check(pattern: &str) -> Result<bool, RegexError> {
    Reader {
        pattern,
        position: 0,
    }
    .pattern()
}

struct Reader<'t> {
    pattern: &'t str,
    position: usize,
}

/// What a repetition would repeat.
#[derive(Clone, Copy)]
struct Atom {
    matches_empty: bool,
    /// How often counted repetitions inside it repeat their innermost part.
    repeats: u32,
    /// Whether it is a repetition, which Go does not repeat again.
    repeated: bool,
}

/// An open group, or the pattern itself.
struct Group {
    start: usize,
    /// Whether an earlier alternative matches an empty text.
    matches_empty: bool,
    /// Whether the current alternative does, up to the last atom.
    branch_matches_empty: bool,
    repeats: u32,
    last: Option<Atom>,
}

impl Atom {
    fn new(matches_empty: bool) -> Self {
        Self {
            matches_empty,
            repeats: 1,
            repeated: false,
        }
    }
}

impl Group {
    fn new(start: usize) -> Self {
        Self {
            start,
            matches_empty: false,
            branch_matches_empty: true,
            repeats: 1,
            last: None,
        }
    }

    fn push(&mut self, atom: Atom) {
        self.settle();
        self.last = Some(atom);
    }

    fn settle(&mut self) {
        if let Some(atom) = self.last.take() {
            self.branch_matches_empty &= atom.matches_empty;
            self.repeats = self.repeats.max(atom.repeats);
        }
    }

    fn end_branch(&mut self) {
        self.settle();
        self.matches_empty |= self.branch_matches_empty;
        self.branch_matches_empty = true;
    }

    fn into_atom(mut self) -> Atom {
        self.end_branch();
        Atom {
            matches_empty: self.matches_empty,
            repeats: self.repeats,
            repeated: false,
        }
    }
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.pattern[self.position..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.position += next.len_utf8();
        Some(next)
    }

    fn take_if(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.position += text.len();
        }
        found
    }

    fn fail<T>(&self, start: usize, message: &'static str) -> Result<T, RegexError> {
        let end = self.position.max(start + 1).min(self.pattern.len());
        Err(RegexError {
            message,
            start: start.min(end),
            end,
        })
    }

    fn pattern(mut self) -> Result<bool, RegexError> {
        let mut outer = Vec::new();
        let mut group = Group::new(0);
        loop {
            let start = self.position;
            let Some(next) = self.take() else { break };
            match next {
                '(' => {
                    if self.group(start)? {
                        outer.push(std::mem::replace(&mut group, Group::new(start)));
                        if outer.len() > MAX_NESTING {
                            return self.fail(start, "nested too deeply");
                        }
                    }
                }
                ')' => {
                    let Some(around) = outer.pop() else {
                        return self.fail(start, "this `)` closes nothing");
                    };
                    let atom = std::mem::replace(&mut group, around).into_atom();
                    group.push(atom);
                }
                '|' => group.end_branch(),
                '[' => {
                    self.class(start)?;
                    group.push(Atom::new(false));
                }
                '*' | '?' => self.repeat(start, &mut group, 0, 1)?,
                '+' => self.repeat(start, &mut group, 1, 1)?,
                '{' => match self.counts(start)? {
                    Some((least, most)) => self.repeat(start, &mut group, least, most)?,
                    None => group.push(Atom::new(false)),
                },
                '\\' => {
                    let matches_empty = self.escape(start)?;
                    group.push(Atom::new(matches_empty));
                }
                _ => group.push(Atom::new(matches!(next, '^' | '$'))),
            }
        }
        if !outer.is_empty() {
            let start = group.start;
            let message = "this `(` is never closed";
            return Err(RegexError {
                message,
                start,
                end: start + 1,
            });
        }
        Ok(group.into_atom().matches_empty)
    }

    /// Repeats the last atom of `group`.
    fn repeat(
        &mut self,
        start: usize,
        group: &mut Group,
        least: u32,
        most: u32,
    ) -> Result<(), RegexError> {
        let Some(atom) = &mut group.last else {
            return self.fail(start, "nothing to repeat");
        };
        if atom.repeated {
            return self.fail(start, "a repetition cannot be repeated");
        }
        atom.repeats *= most.max(1);
        if atom.repeats > MAX_REPEAT {
            return self.fail(start, "repeated more than 1000 times in all");
        }
        atom.repeated = true;
        atom.matches_empty |= least == 0;
        self.take_if("?");
        Ok(())
    }

    /// Reads `n}`, `n,}` or `n,m}` behind a brace; anything else is literal.
    fn counts(&mut self, start: usize) -> Result<Option<(u32, u32)>, RegexError> {
        let Some((inner, _)) = self.rest().split_once('}') else {
            return Ok(None);
        };
        let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
        // Go takes a count with a leading zero literally.
        let count = |digits: &str| {
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit())
                && (digits.len() == 1 || !digits.starts_with('0'));
            plain.then(|| digits.parse().unwrap_or(u32::MAX))
        };
        let Some(least) = count(least).filter(|_| !least.is_empty()) else {
            return Ok(None);
        };
        let most = if most.is_empty() {
            Some(least)
        } else {
            count(most)
        };
        let Some(most) = most else { return Ok(None) };
        self.position += inner.len() + 1;
        if least > MAX_REPEAT || most > MAX_REPEAT || least > most {
            return self.fail(start, "repetitions count up, to 1000 at most");
        }
        Ok(Some((least, most)))
    }

    /// Reads what may stand behind an opening parenthesis; says whether a
    /// group was opened, rather than flags set.
    fn group(&mut self, start: usize) -> Result<bool, RegexError> {
        if !self.take_if("?") {
            return Ok(true);
        }
        if self.rest().starts_with("<=") || self.rest().starts_with("<!") {
            return self.fail(start, "Go has no look-behind");
        }
        if self.rest().starts_with('=') || self.rest().starts_with('!') {
            return self.fail(start, "Go has no look-ahead");
        }
        if self.take_if("P<") || self.take_if("<") {
            let Some((name, _)) = self.rest().split_once('>') else {
                return self.fail(start, "the group's name is never closed");
            };
            self.position += name.len() + 1;
            let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if name.is_empty() || !name.bytes().all(word) {
                return self.fail(start, "a group's name is made of letters, digits and `_`");
            }
            return Ok(true);
        }
        let mut minus = false;
        let mut fresh = false;
        loop {
            match self.take() {
                Some('i' | 'm' | 's' | 'U') => fresh = true,
                Some('-') if !minus => {
                    minus = true;
                    fresh = false;
                }
                Some(end @ (':' | ')')) if !minus || fresh => return Ok(end == ':'),
                _ => return self.fail(start, "no such kind of group"),
            }
        }
    }

    /// Reads an escape outside a class, behind its backslash; says whether it
    /// matches an empty text.
    fn escape(&mut self, start: usize) -> Result<bool, RegexError> {
        match self.peek() {
            Some('A' | 'B' | 'z') => {
                self.take();
                Ok(true)
            }
            Some('b' | 'd' | 'D' | 's' | 'S' | 'w' | 'W') => {
                self.take();
                Ok(false)
            }
            Some('Q') => {
                self.take();
                let rest = self.rest();
                let length = rest.find("\\E").unwrap_or(rest.len());
                self.position += length;
                self.take_if("\\E");
                Ok(length == 0)
            }
            Some('p' | 'P') => self.unicode_class(start).map(|()| false),
            _ => self.character_escape(start).map(|_| false),
        }
    }

    fn unicode_class(&mut self, start: usize) -> Result<(), RegexError> {
        self.take();
        match self.take() {
            None => self.fail(start, "the name of a Unicode class is missing"),
            Some('{') => match self.rest().find('}') {
                Some(end) => {
                    self.position += end + 1;
                    Ok(())
                }
                None => self.fail(start, "the name of a Unicode class is never closed"),
            },
            Some(_) => Ok(()),
        }
    }

    fn character_escape(&mut self, start: usize) -> Result<char, RegexError> {
        let escaped = self.take();
        let digits = |reader: &mut Self, most: usize, radix| {
            let length = reader
                .rest()
                .chars()
                .take(most)
                .take_while(|c| c.is_digit(radix))
                .count();
            let digits = &reader.rest()[..length];
            reader.position += length;
            u32::from_str_radix(digits, radix).ok()
        };
        let character = match escaped {
            None => return self.fail(start, "a backslash at the end"),
            Some('1'..='9') if !self.rest().starts_with(|c: char| ('0'..='7').contains(&c)) => {
                return self.fail(start, "Go has no back-references");
            }
            Some('0'..='7') => {
                self.position -= 1;
                digits(self, 3, 8).and_then(char::from_u32)
            }
            Some('x') if self.take_if("{") => {
                let value = digits(self, 8, 16).and_then(char::from_u32);
                value.filter(|_| self.take_if("}"))
            }
            Some('x') => {
                let from = self.position;
                let value = digits(self, 2, 16).and_then(char::from_u32);
                value.filter(|_| self.position == from + 2)
            }
            Some('a') => Some('\u{7}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('v') => Some('\u{b}'),
            Some(other) if other.is_ascii() && !other.is_ascii_alphanumeric() => Some(other),
            Some(_) => None,
        };
        match character {
            Some(character) => Ok(character),
            None => self.fail(start, "no such escape"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_go_accepts() {
        for pattern in [
            "",
            "a|b",
            "a||b",
            "()",
            "/api/{id}",
            "a{2,3}?",
            "a{2,}",
            "a{,3}",
            "a{02}",
            "[]a]",
            "[^]a]",
            "[a-]",
            "[-a]",
            "[a-z-9]",
            "[[:alpha:]_]",
            "[[:^digit:]]",
            r"\d+\.\w",
            r"\pL\p{Greek}",
            r"[\d\-x]",
            "(?i)abc",
            "(?i:abc)",
            "(?s-m:a)",
            "(?P<n>a)(?<m>b)",
            "(?P<n>a)(?P<n>b)",
            r"\Q(\E",
            r"\Qa*",
            "^*",
            r"\x41\x{1F600}\012",
            "a(?i)*",
            "[&&]",
            "é+",
            r"\_\-\/",
            "a{1001",
            "$",
            "[[]",
            "[A-\\]]",
        ] {
            assert!(check(pattern).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn what_go_refuses_and_where() {
        for (pattern, start) in [
            ("(a", 0),
            ("a)", 1),
            ("ab[c", 2),
            ("*a", 0),
            ("a|*", 2),
            ("(+)", 1),
            ("a**", 2),
            ("a+?*", 3),
            ("a{2}{3}", 4),
            ("a{1001}", 1),
            ("a{3,2}", 1),
            ("(a{100}){100}", 8),
            ("[z-a]", 1),
            ("[[:foo:]]", 1),
            (r"\8", 0),
            (r"a\1", 1),
            (r"\y", 0),
            ("a\\", 1),
            ("(?=a)", 0),
            ("(?<!a)", 0),
            ("(?P<n", 0),
            ("(?z)", 0),
            ("(?i-)", 0),
            (r"\p{Greek", 0),
            (r"[\y]", 1),
            (r"\x4", 0),
            ("[]", 0),
            ("é(", 2),
            ("(?i)*", 4),
        ] {
            assert_eq!(
                check(pattern).map_err(|error| error.start),
                Err(start),
                "{pattern}"
            );
        }
    }

    #[test]
    fn what_matches_nothing_at_all() {
        for pattern in [
            "", "a|", "(a|b)?", "x*", "(.*)", "^$", "()", "(|a)+", "a{0,3}", r"a*\Q\E",
        ] {
            assert_eq!(check(pattern), Ok(true), "{pattern}");
        }
        for pattern in [
            "a", ".+", "a|b", "(a|b*)c", "a{1,3}", r"\d", "[a]", r"x*\Qa\E",
        ] {
            assert_eq!(check(pattern), Ok(false), "{pattern}");
        }
    }
}
