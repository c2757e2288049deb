//! Matchers of Alertmanager: of routes, inhibitions and silences.

use std::fmt;

/// A condition on a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matcher {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) is_regex: bool,
    pub(super) is_equal: bool,
}

impl Matcher {
    /// Reads `label="value"` and its kin; quotes and blanks may be missing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let at = text.find(['=', '!'])?;
        let (label, rest) = text.split_at(at);
        let (operator, rest) = ["=~", "!~", "!=", "="]
            .iter()
            .find_map(|operator| Some((*operator, rest.strip_prefix(operator)?)))?;
        let value = rest.trim();
        let quoted = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'));
        let value = quoted.map_or_else(
            || value.to_owned(),
            |value| value.replace("\\\"", "\"").replace("\\\\", "\\"),
        );
        Some(Self {
            label: label.trim().trim_matches('"').to_owned(),
            value,
            is_regex: operator.ends_with('~'),
            is_equal: operator.starts_with('='),
        })
    }

    /// Whether a label of this value passes; an absent label is an empty one.
    pub(super) fn passes(&self, value: &str) -> bool {
        let same = if self.is_regex {
            // A pattern that this engine does not know may match.
            regex_lite::Regex::new(&format!("^(?:{})$", self.value))
                .map_or(self.is_equal, |pattern| pattern.is_match(value))
        } else {
            self.value == value
        };
        same == self.is_equal
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = match (self.is_equal, self.is_regex) {
            (true, false) => "=",
            (true, true) => "=~",
            (false, false) => "!=",
            (false, true) => "!~",
        };
        write!(f, "{}{operator}{:?}", self.label, self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::Matcher;

    #[test]
    fn matchers_are_read_however_they_are_written() {
        for text in [
            r#"severity=~"warning|critical""#,
            "severity =~ warning|critical",
            r#" severity=~ "warning|critical" "#,
        ] {
            let matcher = Matcher::parse(text).unwrap();
            assert_eq!(matcher.to_string(), r#"severity=~"warning|critical""#);
            assert!(matcher.passes("warning") && !matcher.passes("warnings"));
        }
        assert!(Matcher::parse("a!=b").unwrap().passes("c"));
        assert!(!Matcher::parse("a!~\"b.*\"").unwrap().passes("bc"));
        assert_eq!(Matcher::parse("severity"), None);
    }
}
