//! Names in the cases that languages write them in.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A name in every usual case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Names {
    /// `like_this`
    pub(super) snake: String,
    /// `likeThis`
    pub(super) camel: String,
    /// `LikeThis`
    pub(super) pascal: String,
    /// `LIKE_THIS`
    pub(super) screaming: String,
    /// `like-this`
    pub(super) kebab: String,
}

/// Gives names that a language takes.
pub(super) struct Namer<'r> {
    /// Words that no name may be.
    pub(super) reserved: BTreeSet<&'r str>,
}

impl Namer<'_> {
    /// One name; a reserved word gets a `_` behind it.
    pub(super) fn name(&self, text: &str) -> Names {
        Names::new(text).map(|name| self.free(name))
    }

    /// Names that stand beside each other, and differ in every case.
    pub(super) fn all<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Vec<Names> {
        let mut taken: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        let mut names = Vec::new();
        for text in texts {
            let mut case = 0;
            names.push(Names::new(text).map(|name| {
                case += 1;
                let taken = taken.entry(case).or_default();
                let base = self.free(name);
                let mut unique = base.clone();
                let mut number = 2;
                while !taken.insert(unique.clone()) {
                    unique = format!("{base}{number}");
                    number += 1;
                }
                unique
            }));
        }
        names
    }

    fn free(&self, mut name: String) -> String {
        if self.reserved.contains(name.as_str()) {
            name.push('_');
        }
        name
    }
}

impl Names {
    /// `text` in every case. What no identifier holds separates words; a name
    /// that would be none, or start with a digit, gets a letter in front.
    pub(super) fn new(text: &str) -> Self {
        let mut words: Vec<String> = text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        match words.first_mut() {
            None => words.push("empty".to_owned()),
            Some(first) if first.starts_with(|c: char| c.is_ascii_digit()) => first.insert(0, 'v'),
            Some(_) => {}
        }
        let lower = |between: &str| words.join(between).to_ascii_lowercase();
        let pascal: String = words.iter().map(|word| capital(word)).collect();
        let rest: String = words.iter().skip(1).map(|word| capital(word)).collect();
        let shouted = words[0].chars().all(|c| !c.is_ascii_lowercase());
        let first = if shouted {
            words[0].to_ascii_lowercase()
        } else {
            uncapital(&words[0])
        };
        Self {
            snake: lower("_"),
            camel: format!("{first}{rest}"),
            pascal,
            screaming: lower("_").to_ascii_uppercase(),
            kebab: lower("-"),
        }
    }

    fn map(self, mut change: impl FnMut(String) -> String) -> Self {
        Self {
            snake: change(self.snake),
            camel: change(self.camel),
            pascal: change(self.pascal),
            screaming: change(self.screaming),
            kebab: change(self.kebab),
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn uncapital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::{Namer, Names};
    use std::collections::BTreeSet;

    #[test]
    fn names_have_every_case() {
        for (text, snake, camel, pascal) in [
            (
                "on_agent_task_start",
                "on_agent_task_start",
                "onAgentTaskStart",
                "OnAgentTaskStart",
            ),
            (
                "HTTP:requests_total",
                "http_requests_total",
                "httpRequestsTotal",
                "HTTPRequestsTotal",
            ),
            ("gpt-4o-mini", "gpt_4o_mini", "gpt4oMini", "Gpt4oMini"),
            ("4xx", "v4xx", "v4xx", "V4xx"),
            ("", "empty", "empty", "Empty"),
            ("é", "empty", "empty", "Empty"),
            ("isOpen", "isopen", "isOpen", "IsOpen"),
        ] {
            let names = Names::new(text);
            assert_eq!(
                (&*names.snake, &*names.camel, &*names.pascal),
                (snake, camel, pascal)
            );
        }
        assert_eq!(Names::new("a_b").screaming, "A_B");
        assert_eq!(Names::new("a_b").kebab, "a-b");
    }

    #[test]
    fn names_are_free_and_differ() {
        let namer = Namer {
            reserved: BTreeSet::from(["type", "aB"]),
        };
        assert_eq!(namer.name("type").snake, "type_");
        assert_eq!(namer.name("type").pascal, "Type");
        let names = namer.all(["a_b", "a__b", "A_b"]);
        let camel: Vec<_> = names.iter().map(|names| &*names.camel).collect();
        assert_eq!(camel, ["aB_", "aB_2", "aB_3"]);
        let snake: Vec<_> = names.iter().map(|names| &*names.snake).collect();
        assert_eq!(snake, ["a_b", "a_b2", "a_b3"]);
    }
}
