//! Laws that hold for every text.

use std::ops::Range;

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use proptest::{collection, sample, test_runner::Config};

use super::generate::{expression, mutation};
use super::{
    Catalog, ExprKind, MatchOp, NewMatcher, Query, Rewrite, Selector, Series, TextRange, check,
};
use crate::diagnostic::{Code, Sink, Sources, Span};

/// Knows no metric, so that nothing is said about metrics and labels.
struct Empty;

impl Catalog for Empty {
    fn metric(&self, _: &str) -> Option<Series<'_>> {
        None
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(std::iter::empty())
    }
}

/// Why `text` is not PromQL of correct types, if it is not.
fn objection(text: &str) -> Option<String> {
    let query = match Query::parse(text) {
        Ok(query) => query,
        Err(error) => return Some(error.to_string()),
    };
    let mut sources = Sources::default();
    let id = sources.add("expr", text);
    let mut sink = Sink::default();
    let locate = |range: Range<usize>| {
        assert!(
            text.get(range.clone()).is_some(),
            "{range:?} is no part of {text:?}"
        );
        Span::new(id, range.start, range.end)
    };
    check(&query, &Empty, &locate, &mut sink);
    let wrong = sink.iter().find(|found| {
        matches!(
            found.code,
            Code::PromqlType | Code::UnknownFunction | Code::InvalidRegex
        )
    });
    wrong.map(|found| found.message.clone())
}

fn in_text(range: TextRange, text: &str) -> bool {
    text.get(range.bytes()).is_some()
}

/// What `query` was before every selector gained the matcher on `zz`.
fn without_added(query: &Query, before: &Query) -> String {
    let mut cuts: Vec<Range<usize>> = Vec::new();
    for (selector, old) in query.selectors().zip(before.selectors()) {
        let added = selector
            .matchers
            .iter()
            .find(|matcher| &*matcher.name.text == "zz")
            .unwrap();
        let range = added.range.bytes();
        let others = !old.matchers.is_empty() || old.metric.as_ref().is_some_and(in_braces(old));
        cuts.push(match (&old.braces, others) {
            (None, _) => range.start - 1..range.end + 1,
            (Some(_), true) => range.start - ", ".len()..range.end,
            (Some(_), false) => range,
        });
    }
    let mut text = query.text().to_owned();
    for cut in cuts.into_iter().rev() {
        text.replace_range(cut, "");
    }
    text
}

fn in_braces(selector: &Selector) -> impl Fn(&super::Name) -> bool {
    let braces = selector.braces;
    move |name| braces.is_some_and(|braces| name.range.start > braces.start)
}

/// Why the other parser rejects `text`, if it does. It panics on some durations.
fn other_objection(text: &str) -> Option<String> {
    std::panic::catch_unwind(|| promql_parser::parser::parse(text).err())
        .unwrap_or_else(|_| Some("panic".to_owned()))
}

/// Where the other parser and this one part by intention. Patterns are read by
/// different rules, and those of `label_replace` here only. And, unlike
/// Prometheus, the other parser lets a plus precede anything, knows escapes in
/// raw strings, takes a quoted name beside a matcher on `__name__`, takes
/// durations of any length, and knows no underscores in numbers.
fn by_intention(text: &str, ours: Option<&str>, other: Option<&str>) -> bool {
    let escapes_in_raw_string = text.contains('`') && text.contains('\\');
    escapes_in_raw_string
        || ours.is_some_and(|ours| {
            ours.ends_with("is not a regular expression")
                || ours.starts_with("what a sign precedes")
                || ours.starts_with("the metric is named twice")
                || ours.contains("is not a duration")
        })
        || other.is_some_and(|other| {
            other.contains("regex")
                || other.starts_with("bad number or duration syntax") && other.ends_with('_')
        })
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn expressions_of_correct_types_pass(text in expression()) {
        prop_assert_eq!(objection(&text), None);
        let other = promql_parser::parser::parse(&text);
        prop_assert!(other.is_ok(), "{:?}", other);
    }

    #[test]
    fn two_parsers_agree_on_slips(text in expression(), slip in mutation()) {
        let text = slip.of(&text);
        let ours = objection(&text);
        let other = other_objection(&text);
        let agree = ours.is_none() == other.is_none()
            || Query::parse(text.as_str()).is_ok_and(|query| !query.newer().is_empty())
            || by_intention(&text, ours.as_deref(), other.as_deref());
        prop_assert!(agree, "{text:?}\nours: {ours:?}\nother: {other:?}");
    }

    #[test]
    fn no_text_is_fatal(text in any::<String>()) {
        if let Err(error) = Query::parse(text.as_str()) {
            prop_assert!(in_text(error.range, &text));
        }
    }

    #[test]
    fn no_heap_of_tokens_is_fatal(
        tokens in collection::vec(
            sample::select(vec![
                "up", "sum", "by", "(", ")", "{", "}", "[", "]", "5m", ":", ",", "=", "=~", "\"x\"",
                "$v", "${v:regex}", "[[v]]", "offset", "@", "-", "1", "rate", "bool", "on", "and",
                "group_left", "\"", "'", "`", "\\", "$", "#", "\n", " ", "é", "0x", "1e", "..",
            ]),
            0..24,
        ),
    ) {
        let text = tokens.concat();
        match Query::parse(text.as_str()) {
            Ok(_) => drop(objection(&text)),
            Err(error) => {
                prop_assert!(in_text(error.range, &text));
                prop_assert!(error.related.is_none_or(|(range, _)| in_text(range, &text)));
            }
        }
    }

    #[test]
    fn parts_lie_within_the_whole(text in expression()) {
        let query = Query::parse(text.as_str()).unwrap();
        for expr in query.root().walk() {
            prop_assert!(in_text(expr.range, &text));
            prop_assert!(Query::parse(&text[expr.range.bytes()]).is_ok());
            if let ExprKind::Binary(binary) = &expr.kind {
                prop_assert!(expr.range.start <= binary.left.range.start);
                prop_assert!(binary.left.range.end <= binary.op_range.start);
                prop_assert!(binary.op_range.end <= binary.right.range.start);
                prop_assert!(binary.right.range.end <= expr.range.end);
            }
        }
    }

    #[test]
    fn rewriting_adds_and_nothing_else(text in expression()) {
        let query = Query::parse(text.as_str()).unwrap();
        let same = query.rewrite(&Rewrite { window: Some("1m"), matchers: &|_| Vec::new() });
        prop_assert_eq!(&same, &text);
        let more = query.rewrite(&Rewrite {
            window: None,
            matchers: &|_| vec![NewMatcher::new("zz", MatchOp::Regex, "$zz")],
        });
        let again = Query::parse(more).unwrap();
        prop_assert!(again.selectors().all(|selector| selector.constrains("zz")));
        prop_assert_eq!(without_added(&again, &query), text);
    }
}
