//! The common part of regular expressions: what matches them, and an example
//! of it.

/// The most steps that a match may take.
const MAX_STEPS: usize = 10_000;

/// A regular expression that is matched from end to end.
#[derive(Debug)]
pub(super) struct Pattern(Alternatives);

type Alternatives = Vec<Vec<Item>>;

/// A part, and how often it may stand.
#[derive(Debug)]
struct Item {
    atom: Atom,
    least: usize,
    most: usize,
}

#[derive(Debug)]
enum Atom {
    Literal(char),
    Any,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    Group(Alternatives),
}

impl Pattern {
    /// Reads a pattern; `None` if it uses more than is known here.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('^').unwrap_or(text);
        let text = match text.strip_suffix('$') {
            Some(rest) if !rest.ends_with('\\') => rest,
            _ => text,
        };
        let mut reader = Reader(text);
        let alternatives = reader.alternatives(0)?;
        reader.0.is_empty().then_some(Self(alternatives))
    }

    /// Whether the whole of `text` matches; `None` if that takes too long.
    pub(super) fn matches(&self, text: &str) -> Option<bool> {
        let text: Vec<char> = text.chars().collect();
        let mut steps = 0;
        let matched = any(&self.0, &text, &mut steps, &mut |rest, _| rest.is_empty());
        (steps < MAX_STEPS).then_some(matched)
    }

    /// A short text that should match.
    pub(super) fn example(&self) -> String {
        let mut text = String::new();
        add_example(&self.0, &mut text);
        text
    }
}

fn add_example(alternatives: &Alternatives, text: &mut String) {
    for item in alternatives.first().into_iter().flatten() {
        for _ in 0..item.least {
            match &item.atom {
                Atom::Literal(c) => text.push(*c),
                // A digit among digits, as in `5..`.
                Atom::Any if text.ends_with(|c: char| c.is_ascii_digit()) => text.push('0'),
                Atom::Any => text.push('x'),
                Atom::Class { negated, ranges } if *negated => {
                    let outside =
                        |c: &char| !ranges.iter().any(|(low, high)| (low..=high).contains(&c));
                    text.extend(['x', '0', '_', 'A'].iter().find(|c| outside(c)));
                }
                Atom::Class { ranges, .. } => text.extend(ranges.first().map(|(low, _)| *low)),
                Atom::Group(inner) => add_example(inner, text),
            }
        }
    }
}

type Next<'n> = dyn FnMut(&[char], &mut usize) -> bool + 'n;

fn any(alternatives: &Alternatives, text: &[char], steps: &mut usize, next: &mut Next<'_>) -> bool {
    alternatives
        .iter()
        .any(|items| sequence(items, 0, text, steps, next))
}

/// Matches `items`, of whose first one `done` repetitions are matched already.
fn sequence(
    items: &[Item],
    done: usize,
    text: &[char],
    steps: &mut usize,
    next: &mut Next<'_>,
) -> bool {
    *steps += 1;
    if *steps >= MAX_STEPS {
        return false;
    }
    let Some((item, rest)) = items.split_first() else {
        return next(text, steps);
    };
    if done < item.most {
        let again = match &item.atom {
            Atom::Group(inner) => any(inner, text, steps, &mut |left, steps| {
                // A repetition of nothing repeats forever.
                (left.len() < text.len() || done < item.least)
                    && sequence(items, done + 1, left, steps, next)
            }),
            atom => text.split_first().is_some_and(|(first, left)| {
                atom.accepts(*first) && sequence(items, done + 1, left, steps, next)
            }),
        };
        if again {
            return true;
        }
    }
    done >= item.least && sequence(rest, 0, text, steps, next)
}

impl Atom {
    fn accepts(&self, c: char) -> bool {
        match self {
            Self::Literal(literal) => *literal == c,
            Self::Any => true,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
            Self::Group(_) => false,
        }
    }
}

struct Reader<'t>(&'t str);

impl Reader<'_> {
    fn take(&mut self) -> Option<char> {
        let next = self.0.chars().next()?;
        self.0 = &self.0[next.len_utf8()..];
        Some(next)
    }

    fn take_if(&mut self, text: &str) -> bool {
        let rest = self.0.strip_prefix(text);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn alternatives(&mut self, depth: usize) -> Option<Alternatives> {
        if depth > 20 {
            return None;
        }
        let mut alternatives = vec![Vec::new()];
        while !self.0.is_empty() && !self.0.starts_with(')') {
            if self.take_if("|") {
                alternatives.push(Vec::new());
                continue;
            }
            let atom = self.atom(depth)?;
            let (least, most) = self.repetition()?;
            alternatives.last_mut()?.push(Item { atom, least, most });
        }
        Some(alternatives)
    }

    fn atom(&mut self, depth: usize) -> Option<Atom> {
        Some(match self.take()? {
            '.' => Atom::Any,
            '(' => {
                if self.take_if("?") && !self.take_if(":") {
                    return None;
                }
                let inner = self.alternatives(depth + 1)?;
                self.take_if(")").then_some(Atom::Group(inner))?
            }
            '[' => self.class()?,
            '\\' => match self.take()? {
                'd' => class(&[('0', '9')]),
                'w' => class(&[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')]),
                c if c.is_ascii_punctuation() => Atom::Literal(c),
                _ => return None,
            },
            '*' | '+' | '?' | '^' | '$' | ')' => return None,
            c => Atom::Literal(c),
        })
    }

    fn class(&mut self) -> Option<Atom> {
        let negated = self.take_if("^");
        let mut ranges = Vec::new();
        loop {
            let low = match self.take()? {
                ']' if !ranges.is_empty() => return Some(Atom::Class { negated, ranges }),
                '[' | ']' => return None,
                '\\' => match self.take()? {
                    'd' => {
                        ranges.push(('0', '9'));
                        continue;
                    }
                    c if c.is_ascii_punctuation() => c,
                    _ => return None,
                },
                c => c,
            };
            let spans = self.0.starts_with('-') && !self.0.starts_with("-]");
            let high = if spans {
                self.take();
                self.take().filter(|high| !matches!(high, '\\' | '['))?
            } else {
                low
            };
            ranges.push((low, high));
        }
    }

    fn repetition(&mut self) -> Option<(usize, usize)> {
        let counts = if self.take_if("*") {
            (0, usize::MAX)
        } else if self.take_if("+") {
            (1, usize::MAX)
        } else if self.take_if("?") {
            (0, 1)
        } else if self.take_if("{") {
            let (inner, rest) = self.0.split_once('}')?;
            self.0 = rest;
            let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
            let most = if most.is_empty() {
                usize::MAX
            } else {
                most.parse().ok()?
            };
            (least.parse().ok().filter(|least| *least <= 100)?, most)
        } else {
            return Some((1, 1));
        };
        self.take_if("?");
        Some(counts)
    }
}

fn class(ranges: &[(char, char)]) -> Atom {
    Atom::Class {
        negated: false,
        ranges: ranges.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn matches_from_end_to_end() {
        for (pattern, text, expected) in [
            ("a|bc", "bc", true),
            ("a|bc", "abc", false),
            ("5..", "500", true),
            ("5..", "5000", false),
            ("^5\\d{2}$", "503", true),
            (".*", "", true),
            (".+", "", false),
            ("(api|web)-[0-9]+", "web-12", true),
            ("(?:a|b)*c", "abac", true),
            ("[^x]y", "xy", false),
            ("a{2,3}", "aaaa", false),
            ("a\\.b", "a.b", true),
            ("(a*)+b", "aac", false),
            ("", "", true),
        ] {
            let matched = Pattern::parse(pattern).unwrap().matches(text);
            assert_eq!(matched, Some(expected), "{pattern} {text}");
        }
    }

    #[test]
    fn examples_match() {
        for pattern in [
            "5..",
            "a|b",
            "(api|web)-[0-9]+",
            "[^x]+",
            "x?y{2}",
            "\\w\\d\\.",
            "(a|)b",
        ] {
            let read = Pattern::parse(pattern).unwrap();
            assert_eq!(read.matches(&read.example()), Some(true), "{pattern}");
        }
        assert_eq!(Pattern::parse("5..").unwrap().example(), "500");
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for pattern in ["(?i)a", "a\\b", "\\pL", "[[:alpha:]]", "a)", "(a", "a$b"] {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn a_match_that_explodes_is_given_up() {
        let pattern = Pattern::parse("(a|a|a)*b").unwrap();
        assert_eq!(pattern.matches(&"a".repeat(40)), None);
    }
}
