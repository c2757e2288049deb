//! Random expressions, for laws.
//!
//! Strategies are boxed, because composed ones are large values, which builds
//! without optimisation move about on the stack.

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::{collection, option, sample, strategy::BoxedStrategy};

/// A label's name; keywords are labels too.
fn label() -> impl Strategy<Value = &'static str> {
    sample::select(vec![
        "job", "agent", "le", "by", "on", "sum", "offset", "bool", "start", "_x1",
    ])
}

/// A metric's name, some of them keywords elsewhere.
fn metric() -> impl Strategy<Value = &'static str> {
    sample::select(vec![
        "up",
        "http_requests_total",
        "job:up:rate5m",
        ":x",
        "_y",
        "e5m",
        "Sums",
    ])
}

/// What may stand between two tokens.
fn blank() -> impl Strategy<Value = &'static str> {
    sample::select(vec![" ", " ", "  ", "\n", "\t", " # it's a comment\n"])
}

fn duration() -> impl Strategy<Value = &'static str> {
    sample::select(vec!["5m", "1h30m", "90s", "1d", "15ms", "1y2w3d"])
}

fn literal() -> impl Strategy<Value = &'static str> {
    sample::select(vec![
        r#""api""#,
        "'it\"s'",
        "`a.*`",
        r#""\\d+""#,
        r#""é\u00e9\n""#,
        r#"".+|x{2,3}""#,
        r#""[a-z]+(?i:x)?y""#,
    ])
}

fn matcher() -> BoxedStrategy<String> {
    (
        label(),
        sample::select(vec!["=", "!=", "=~", "!~"]),
        literal(),
    )
        .prop_map(|(label, op, value)| format!("{label}{op}{value}"))
        .boxed()
}

fn list<T: std::fmt::Display + std::fmt::Debug>(
    items: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<String> {
    (collection::vec(items, 0..4), blank())
        .prop_map(|(items, blank)| {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            items.join(&format!(",{blank}"))
        })
        .boxed()
}

/// Nothing, an offset, a moment, or both.
fn modifiers() -> BoxedStrategy<String> {
    let offset = (sample::select(vec!["", "-", "- "]), duration())
        .prop_map(|(sign, duration)| format!(" offset {sign}{duration}"));
    let at = sample::select(vec![" @ 1609746000", " @ -1.5", " @ start()", "@end()"]);
    (option::weighted(0.2, offset), option::weighted(0.2, at))
        .prop_map(|(offset, at)| {
            format!("{}{}", offset.unwrap_or_default(), at.unwrap_or_default())
        })
        .boxed()
}

/// A selector without range and modifiers.
fn selection() -> BoxedStrategy<String> {
    prop_oneof![
        metric().prop_map(str::to_owned),
        (metric(), list(matcher())).prop_map(|(metric, list)| format!("{metric}{{{list}}}")),
        list(matcher()).prop_map(|list| {
            let comma = if list.is_empty() { "" } else { "," };
            format!("{{__name__=~\"a.+\"{comma} {list}}}")
        }),
    ]
    .boxed()
}

fn number() -> impl Strategy<Value = &'static str> {
    sample::select(vec![
        "0", "1", "0.5", ".5", "1e3", "0x1F", "Inf", "NaN", "1.5E-3", "-2",
    ])
}

fn scalar() -> BoxedStrategy<String> {
    prop_oneof![
        4 => number().prop_map(str::to_owned),
        1 => Just("time()".to_owned()),
        1 => (number(), number()).prop_map(|(a, b)| format!("({a} > bool {b})")),
        1 => selection().prop_map(|selection| format!("scalar({selection})")),
    ]
    .boxed()
}

fn grouping(words: &'static [&'static str]) -> BoxedStrategy<String> {
    (sample::select(words), list(label()), blank())
        .prop_map(|(word, labels, blank)| format!("{blank}{word}{blank}({labels})"))
        .boxed()
}

/// A range vector.
fn matrix(vector: BoxedStrategy<String>) -> BoxedStrategy<String> {
    prop_oneof![
        3 => (selection(), duration(), modifiers())
            .prop_map(|(selection, range, modifiers)| format!("{selection}[{range}]{modifiers}")),
        1 => (vector, duration(), option::of(duration()), modifiers()).prop_map(
            |(vector, range, step, modifiers)| {
                format!("({vector})[{range}:{}]{modifiers}", step.unwrap_or_default())
            }
        ),
    ]
    .boxed()
}

fn aggregation(vector: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let words = &["by", "WITHOUT"];
    let plain = sample::select(vec![
        "sum", "avg", "COUNT", "min", "max", "group", "stddev", "stdvar",
    ])
    .prop_map(|op| (op, String::new()));
    let picking = (
        sample::select(vec!["topk", "bottomk", "quantile"]),
        scalar(),
    )
        .prop_map(|(op, param)| (op, format!("{param}, ")));
    let counting = Just(("count_values", "\"value\", ".to_owned()));
    (
        prop_oneof![3 => plain, 1 => picking, 1 => counting],
        option::of(grouping(words)),
        proptest::bool::ANY,
        vector,
    )
        .prop_map(|((op, param), grouping, first, vector)| match grouping {
            None => format!("{op}({param}{vector})"),
            Some(grouping) if first => format!("{op}{grouping} ({param}{vector})"),
            Some(grouping) => format!("{op}({param}{vector}){grouping}"),
        })
        .boxed()
}

fn call(vector: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let over_range = sample::select(vec![
        "rate",
        "increase",
        "delta",
        "avg_over_time",
        "changes",
    ]);
    let plain = sample::select(vec!["abs", "absent", "sort", "round", "hour", "timestamp"]);
    prop_oneof![
        (over_range, matrix(vector.clone())).prop_map(|(name, arg)| format!("{name}({arg})")),
        (plain, vector.clone()).prop_map(|(name, arg)| format!("{name}({arg})")),
        (scalar(), vector.clone()).prop_map(|(q, arg)| format!("histogram_quantile({q}, {arg})")),
        (vector, literal()).prop_map(|(arg, to)| {
            format!("label_replace({arg}, \"to\", {to}, \"from\", \"(.*)\")")
        }),
        scalar().prop_map(|arg| format!("vector({arg})")),
    ]
    .boxed()
}

fn operation(vector: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let vector = prop_oneof![selection(), vector.prop_map(|inner| format!("({inner})"))].boxed();
    let arithmetic = sample::select(vec!["+", "-", "*", "/", "%", "^", "atan2"]);
    let comparison = (
        sample::select(vec!["==", "!=", "<", "<=", ">", ">="]),
        sample::select(vec!["", " bool"]),
    )
        .prop_map(|(op, modifier)| format!("{op}{modifier}"));
    let set = sample::select(vec!["and", "OR", "unless"]);
    let on = || option::of(grouping(&["on", "ignoring"])).prop_map(Option::unwrap_or_default);
    let join = (
        list(label()),
        sample::select(vec![" group_left", " GROUP_RIGHT"]),
        list(Just("z")),
    )
        .prop_map(|(on, join, labels)| format!(" on ({on}){join} ({labels})"));
    let numeric = prop_oneof![arithmetic.prop_map(str::to_owned), comparison];
    let joined = (numeric.clone(), prop_oneof![on(), join]).prop_map(|(op, on)| op + &on);
    let set = (set, on()).prop_map(|(op, on)| format!("{op}{on}"));
    prop_oneof![
        (vector.clone(), prop_oneof![joined, set], vector.clone())
            .prop_map(|(left, op, right)| format!("{left} {op} {right}")),
        (vector.clone(), numeric.clone(), scalar())
            .prop_map(|(left, op, right)| format!("{left} {op} {right}")),
        (scalar(), numeric, vector).prop_map(|(left, op, right)| format!("{left} {op} {right}")),
    ]
    .boxed()
}

/// An instant vector of correct types.
pub(super) fn expression() -> BoxedStrategy<String> {
    let selector = (selection(), modifiers())
        .prop_map(|(selection, modifiers)| format!("{selection}{modifiers}"));
    selector
        .prop_recursive(4, 24, 2, |vector| {
            let vector = vector.boxed();
            prop_oneof![
                2 => aggregation(vector.clone()),
                3 => call(vector.clone()),
                3 => operation(vector.clone()),
                1 => (vector.clone(), blank()).prop_map(|(inner, blank)| format!("({blank}{inner})")),
                1 => vector.prop_map(|inner| format!("-({inner})")),
            ]
        })
        .boxed()
}

/// A change to a text: bytes from one place on, as a share of its length, are
/// replaced by something that is often wrong there.
#[derive(Debug, Clone)]
pub(super) struct Mutation {
    place: f64,
    removed: usize,
    added: &'static str,
}

/// A random change.
pub(super) fn mutation() -> impl Strategy<Value = Mutation> {
    let added = sample::select(vec![
        "", "", "", "(", ")", "[", "]", "{", "}", ",", "\"", "'", "+", "-", "=", "=~", "!", "@",
        " ", "5", "m", "a", "_", " by ", "offset ", "[5m]", "[5m:]", " on (a) ", " bool ", "#",
        "\\", "é",
    ]);
    (0.0..1.0, 0_usize..4, added).prop_map(|(place, removed, added)| Mutation {
        place,
        removed,
        added,
    })
}

impl Mutation {
    /// The changed text.
    pub(super) fn of(&self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        let start = (self.place * characters.len() as f64) as usize;
        let end = (start + self.removed).min(characters.len());
        characters.splice(start..end, self.added.chars());
        characters.into_iter().collect()
    }
}
