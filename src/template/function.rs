//! The functions that Prometheus gives to the templates of alerts.

use crate::diagnostic::nearest;

/// A function.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// The fewest arguments.
    pub(super) least: usize,
    /// The most arguments, if there is a limit.
    pub(super) most: Option<usize>,
}

impl Function {
    /// The function called `name`.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        let place = FUNCTIONS
            .binary_search_by(|function| function.name.cmp(name))
            .ok()?;
        Some(&FUNCTIONS[place])
    }

    /// The name that `name` most likely misspells.
    pub(super) fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, FUNCTIONS.iter().map(|function| function.name))
    }

    /// How many arguments it takes, in words.
    pub(super) fn arity(&self) -> String {
        let arguments = |count| if count == 1 { "argument" } else { "arguments" };
        match self.most {
            Some(0) => "no arguments".to_owned(),
            Some(most) if most == self.least => format!("{most} {}", arguments(most)),
            Some(most) => format!("{} to {most} arguments", self.least),
            None => format!("at least {} {}", self.least, arguments(self.least)),
        }
    }
}

const fn exact(name: &'static str, count: usize) -> Function {
    Function {
        name,
        least: count,
        most: Some(count),
    }
}

const fn open(name: &'static str, least: usize) -> Function {
    Function {
        name,
        least,
        most: None,
    }
}

/// Sorted by name: Go's own and those of Prometheus, up to version 3.
static FUNCTIONS: &[Function] = &[
    open("and", 1),
    open("args", 0),
    open("call", 1),
    open("eq", 2),
    exact("externalURL", 0),
    exact("first", 1),
    exact("ge", 2),
    exact("graphLink", 1),
    exact("gt", 2),
    open("html", 0),
    exact("humanize", 1),
    exact("humanize1024", 1),
    exact("humanizeDuration", 1),
    exact("humanizePercentage", 1),
    exact("humanizeTimestamp", 1),
    open("index", 1),
    open("js", 0),
    exact("label", 2),
    exact("le", 2),
    exact("len", 1),
    exact("lt", 2),
    exact("match", 2),
    exact("ne", 2),
    exact("not", 1),
    exact("now", 0),
    open("or", 1),
    exact("parseDuration", 1),
    exact("pathPrefix", 0),
    open("print", 0),
    open("printf", 1),
    open("println", 0),
    exact("query", 1),
    exact("reReplaceAll", 3),
    exact("safeHtml", 1),
    Function {
        name: "slice",
        least: 1,
        most: Some(4),
    },
    exact("sortByLabel", 2),
    exact("stripDomain", 1),
    exact("stripPort", 1),
    exact("strvalue", 1),
    exact("tableLink", 1),
    exact("title", 1),
    exact("toDuration", 1),
    exact("toLower", 1),
    exact("toTime", 1),
    exact("toUpper", 1),
    exact("urlQueryEscape", 1),
    open("urlquery", 0),
    exact("value", 1),
];

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, Function};

    #[test]
    fn every_function_is_found_by_its_name() {
        for function in FUNCTIONS {
            assert_eq!(Function::named(function.name), Some(function));
        }
        assert_eq!(Function::named("tmpl"), None);
        assert_eq!(Function::nearest("humanise"), Some("humanize"));
    }
}
