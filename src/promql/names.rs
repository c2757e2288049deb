//! Which metrics a selector without a metric's name is about.

use super::ast::{Matcher, Selector};
use super::operator::MatchOp;
use regex_lite::Regex;

/// What the name of a metric has to be like for a selector to select it.
#[derive(Debug)]
pub struct NamePattern(Vec<(Test, bool)>);

#[derive(Debug)]
enum Test {
    Equal(Box<str>),
    Pattern(Regex),
}

impl Selector {
    /// What names it selects by matchers on `__name__`; `None` if it has none,
    /// or if they hold variables.
    pub fn name_pattern(&self) -> Option<NamePattern> {
        let on_name = self
            .matchers
            .iter()
            .filter(|matcher| matcher.constrains("__name__"));
        let tests: Option<Vec<_>> = on_name.map(test).collect();
        tests.filter(|tests| !tests.is_empty()).map(NamePattern)
    }
}

fn test(matcher: &Matcher) -> Option<(Test, bool)> {
    let value = &*matcher.value.value;
    if !matcher.value.variables.is_empty() {
        return None;
    }
    let wanted = matches!(matcher.op, MatchOp::Equal | MatchOp::Regex);
    let test = match matcher.op.is_regex() {
        true => Test::Pattern(Regex::new(&format!("^(?s:{value})$")).ok()?),
        false => Test::Equal(value.into()),
    };
    Some((test, wanted))
}

impl NamePattern {
    /// Whether it selects series of this name.
    pub fn accepts(&self, name: &str) -> bool {
        self.0.iter().all(|(test, wanted)| {
            let passes = match test {
                Test::Equal(text) => **text == *name,
                Test::Pattern(pattern) => pattern.is_match(name),
            };
            passes == *wanted
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::promql::Query;

    fn accepts(selector: &str, name: &str) -> Option<bool> {
        let query = Query::parse(selector).unwrap();
        let pattern = query.selectors().next().unwrap().name_pattern();
        pattern.map(|pattern| pattern.accepts(name))
    }

    #[test]
    fn names_pass_all_matchers() {
        let text = r#"{__name__=~"agent_.+|up", __name__!~".*_bucket", __name__!="up", job="x"}"#;
        assert_eq!(accepts(text, "agent_x"), Some(true));
        for other in ["agent_x_bucket", "up", "my_agent_x", "other"] {
            assert_eq!(accepts(text, other), Some(false), "{other}");
        }
    }

    #[test]
    fn what_is_not_written_out_is_not_known() {
        assert_eq!(accepts(r#"{__name__=~"$metric"}"#, "x"), None);
        assert_eq!(accepts(r#"{job="x"}"#, "x"), None);
    }
}
