//! Random expressions over a catalog. Most of them are right; what is wrong
//! with the others is of the kind that people write.

use super::catalog::{Catalog, Metric, values};
use super::is_in_judge;
use crate::random::Random;
use dashwright::promql::{Arity, Function, ValueType};

/// Labels that expressions name, some of which no metric has.
const NAMES: [&str; 9] = [
    "job", "instance", "a", "b", "c", "d", "le", "new", "__name__",
];

/// An expression of any type, most often an instant vector.
pub(super) fn expression(random: &mut Random, catalog: &Catalog) -> String {
    match random.below(12) {
        0 => matrix(random, catalog, 2),
        1 => scalar(random, catalog, 2),
        _ => {
            let depth = 1 + random.below(4);
            vector(random, catalog, depth)
        }
    }
}

/// `text` with a few characters replaced.
pub(super) fn slip(random: &mut Random, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let start = random.below(characters.len() as u64 + 1) as usize;
    let end = (start + random.below(4) as usize).min(characters.len());
    let added = random.pick(&[
        "",
        "",
        "",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "\"",
        "+",
        "-",
        "=",
        "=~",
        "!",
        "@",
        " ",
        "a",
        "_",
        " by ",
        " offset ",
        "[5m]",
        "[5m:]",
        " on (a) ",
        " bool ",
        "#",
        "sum",
        "rate",
        " group_left ",
        "()",
        "\"\"",
    ]);
    characters.splice(start..end, added.chars());
    characters.into_iter().collect()
}

fn label(random: &mut Random) -> &'static str {
    random.pick(&NAMES)
}

fn list(random: &mut Random) -> String {
    let count = random.below(4);
    let names: Vec<_> = (0..count).map(|_| label(random)).collect();
    names.join(", ")
}

fn duration(random: &mut Random) -> &'static str {
    random.pick(&["1m", "5m", "90s", "10m"])
}

fn matcher(random: &mut Random, metric: &Metric) -> String {
    let label = match metric.labels.is_empty() || random.chance(4) {
        true => label(random),
        false => random.pick(&metric.labels),
    };
    let value = match random.below(8) {
        0 => "",
        1 => "nothing",
        _ => random.pick(values(label)),
    };
    let value = value.replace('\\', "\\\\");
    let pattern = match random.below(10) {
        0 => ".*".to_owned(),
        1 => ".+".to_owned(),
        2 => "x|y|".to_owned(),
        3 => "(x|y)?".to_owned(),
        4 => "(".to_owned(),
        5 => String::new(),
        _ => format!("{}|x.*", value.replace('\\', "\\\\").replace('+', ".")),
    };
    match random.below(4) {
        0 => format!("{label}!=\"{value}\""),
        1 => format!("{label}=~\"{pattern}\""),
        2 => format!("{label}!~\"{pattern}\""),
        _ => format!("{label}=\"{value}\""),
    }
}

fn selection(random: &mut Random, catalog: &Catalog) -> String {
    let metric = catalog.any(random);
    let count = [0, 0, 0, 1, 1, 2, 3][random.below(7) as usize];
    let mut matchers: Vec<_> = (0..count).map(|_| matcher(random, metric)).collect();
    match random.below(12) {
        0 => {
            let stem = metric.name.split('_').next().unwrap();
            matchers.push(format!("__name__=~\"{stem}_.*\""));
            format!("{{{}}}", matchers.join(", "))
        }
        1 => {
            matchers.push(format!("__name__=\"{}\"", metric.name));
            format!("{{{}}}", matchers.join(","))
        }
        2 => format!("unknown_metric{{{}}}", matchers.join(",")),
        _ if matchers.is_empty() => metric.name.clone(),
        _ => format!("{}{{{}}}", metric.name, matchers.join(", ")),
    }
}

fn modifiers(random: &mut Random) -> &'static str {
    match random.below(14) {
        0 => " offset 5m",
        1 => " offset -1m",
        2 => " @ 1699999700",
        3 => " @ end() offset 1m",
        _ => "",
    }
}

fn scalar(random: &mut Random, catalog: &Catalog, depth: u64) -> String {
    match random.below(if depth == 0 { 4 } else { 8 }) {
        0 => "time()".to_owned(),
        1 => "-1".to_owned(),
        2 => "0.5".to_owned(),
        4 => format!("scalar({})", vector(random, catalog, depth - 1)),
        5 => format!(
            "({} > bool {})",
            scalar(random, catalog, depth - 1),
            scalar(random, catalog, depth - 1)
        ),
        6 => format!(
            "{} * {}",
            scalar(random, catalog, depth - 1),
            scalar(random, catalog, depth - 1)
        ),
        _ => random.below(5).to_string(),
    }
}

fn matrix(random: &mut Random, catalog: &Catalog, depth: u64) -> String {
    let range = duration(random);
    if depth > 0 && random.chance(4) {
        let step = random.pick(&["", "30s", "1m"]);
        return format!(
            "({})[{range}:{step}]{}",
            vector(random, catalog, depth - 1),
            modifiers(random)
        );
    }
    format!(
        "{}[{range}]{}",
        selection(random, catalog),
        modifiers(random)
    )
}

fn vector(random: &mut Random, catalog: &Catalog, depth: u64) -> String {
    if depth == 0 {
        return format!("{}{}", selection(random, catalog), modifiers(random));
    }
    match random.below(12) {
        0..4 => aggregation(random, catalog, depth - 1),
        4..7 => call(random, catalog, depth - 1),
        7..10 => operation(random, catalog, depth - 1),
        10 => conditions(random, catalog, depth - 1),
        _ => format!("-({})", vector(random, catalog, depth - 1)),
    }
}

fn aggregation(random: &mut Random, catalog: &Catalog, depth: u64) -> String {
    let op = random.pick(&[
        "sum",
        "avg",
        "count",
        "min",
        "max",
        "group",
        "stddev",
        "topk",
        "bottomk",
        "quantile",
        "count_values",
    ]);
    let param = match op {
        "topk" | "bottomk" => "2, ".to_owned(),
        "quantile" => format!("{}, ", scalar(random, catalog, 0)),
        "count_values" => format!("\"{}\", ", random.pick(&["value", "a", "le", "b-c", ""])),
        _ => String::new(),
    };
    let inner = vector(random, catalog, depth);
    match random.below(3) {
        0 => format!("{op}({param}{inner})"),
        // Some releases lose labels of `by` if the new one comes before them
        // in the alphabet.
        1 if op == "count_values" => {
            format!("{op} by ({}) (\"value\", {inner})", list(random))
        }
        1 => format!("{op} by ({}) ({param}{inner})", list(random)),
        _ => format!("{op} without ({}) ({param}{inner})", list(random)),
    }
}

fn call(random: &mut Random, catalog: &Catalog, depth: u64) -> String {
    match random.below(10) {
        0 | 1 => label_replace(random, catalog, depth),
        2 => {
            let sources: String = (0..random.below(4))
                .map(|_| format!(", \"{}\"", label(random)))
                .collect();
            let separator = random.pick(&["", "-"]);
            let inner = vector(random, catalog, depth);
            format!(
                "label_join({inner}, \"{}\", \"{separator}\"{sources})",
                target(random)
            )
        }
        3 => {
            let inner = vector(random, catalog, depth);
            format!("absent(({inner}))")
        }
        4 => format!(
            "absent({}{})",
            selection(random, catalog),
            modifiers(random)
        ),
        5 => {
            let inner = vector(random, catalog, depth);
            format!("histogram_quantile(0.9, {inner})")
        }
        _ => any_call(random, catalog, depth),
    }
}

fn target(random: &mut Random) -> &'static str {
    match random.below(16) {
        0 => "b-c",
        1 => "",
        _ => label(random),
    }
}

fn label_replace(random: &mut Random, catalog: &Catalog, depth: u64) -> String {
    let replacement = random.pick(&["", "$1", "x", "x$1", "${1}", "$2", "y:1"]);
    let pattern = random.pick(&[
        "", ".*", "(.*)", "(.+)", "x(.*)", "(x|y):.*", "[", "()", ".+",
    ]);
    let source = target(random);
    let inner = vector(random, catalog, depth);
    format!(
        "label_replace({inner}, \"{}\", \"{replacement}\", \"{source}\", \"{pattern}\")",
        target(random)
    )
}

/// Conditions on the same series, which may exclude or imply each other.
fn conditions(random: &mut Random, catalog: &Catalog, depth: u64) -> String {
    let subject = vector(random, catalog, depth);
    let mut condition = || {
        let op = random.pick(&["==", "!=", "<", "<=", ">", ">="]);
        let number = random.below(8);
        match random.below(6) {
            0 => format!("({number} {op} ({subject}))"),
            1 => format!("(({subject}))"),
            2 => format!("(({subject}) {op} {number} {op} {})", number + 1),
            _ => format!("(({subject}) {op} {number})"),
        }
    };
    let (first, second, third) = (condition(), condition(), condition());
    match random.below(5) {
        0 => format!("{first} unless {second}"),
        1 => format!("{first} and ({second} and {third})"),
        2 => format!("{first} and on () {second}"),
        _ => format!("{first} and {second}"),
    }
}

/// Any function that the judge knows, most often with the right arguments.
fn any_call(random: &mut Random, catalog: &Catalog, depth: u64) -> String {
    let known: Vec<&Function> = Function::all()
        .iter()
        .filter(|function| is_in_judge(function))
        .collect();
    let function = random.pick(&known);
    let mut count = function.args.len();
    if function.arity != Arity::Exact && random.chance(2) {
        count -= 1;
    }
    if random.chance(30) {
        count += 1;
    }
    let arguments: Vec<_> = (0..count)
        .map(|index| {
            let wanted = match random.chance(30) {
                true => random.pick(&[
                    ValueType::Scalar,
                    ValueType::Vector,
                    ValueType::Matrix,
                    ValueType::String,
                ]),
                false => function.arg(index).unwrap_or(ValueType::Scalar),
            };
            match wanted {
                ValueType::Scalar => scalar(random, catalog, 1),
                ValueType::Vector => vector(random, catalog, depth),
                ValueType::Matrix => matrix(random, catalog, depth),
                ValueType::String => format!("\"{}\"", label(random)),
            }
        })
        .collect();
    format!("{}({})", function.name, arguments.join(", "))
}

fn operand(random: &mut Random, catalog: &Catalog, depth: u64) -> String {
    match random.below(8) {
        0 => scalar(random, catalog, 1),
        1 => "vector(1)".to_owned(),
        _ => format!("({})", vector(random, catalog, depth)),
    }
}

fn operation(random: &mut Random, catalog: &Catalog, depth: u64) -> String {
    let op = random.pick(&[
        "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", "<", "<=", ">", ">=", "and", "or",
        "unless", "and", "or",
    ]);
    let bool = match random.below(8) {
        0 => " bool",
        _ => "",
    };
    let matching = match random.below(3) {
        0 => String::new(),
        1 => format!(" on ({})", list(random)),
        _ => format!(" ignoring ({})", list(random)),
    };
    let join = match (matching.is_empty(), random.below(6)) {
        (false, 0 | 1) => format!(" group_left ({})", list(random)),
        (false, 2) => format!(" group_right ({})", list(random)),
        (_, 3) if random.chance(6) => " group_left".to_owned(),
        _ => String::new(),
    };
    let (left, right) = (
        operand(random, catalog, depth),
        operand(random, catalog, depth),
    );
    let right = match random.chance(3) {
        // Many operands match themselves, and few match others.
        true => left.clone(),
        false => right,
    };
    format!("{left} {op}{bool}{matching}{join} {right}")
}
