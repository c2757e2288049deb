//! Names, literals and documentation of the generated Rust.

pub(super) use super::super::prose::{prose, sentence};

use std::collections::HashSet;

/// Columns of documentation, without indentation and slashes.
const DOC_WIDTH: usize = 76;

/// `snake_case` and other words as the name of a type.
pub(super) fn type_name(words: &str) -> String {
    let name: String = words
        .split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect();
    match name.chars().next() {
        None => "Empty".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("V{name}"),
        _ if name == "Self" => "Self_".to_owned(),
        _ => name,
    }
}

/// The variants of an enum with these values, all different.
pub(super) fn variants(values: &[&str]) -> Vec<String> {
    // The constant of all values is found by the same path as a variant.
    distinct(values.iter().map(|value| type_name(value)), &["ALL"])
}

/// Names that differ, from each other and from those that are `taken`.
pub(super) fn distinct(names: impl Iterator<Item = String>, taken: &[&str]) -> Vec<String> {
    let mut taken: HashSet<String> = taken.iter().map(|&name| name.to_owned()).collect();
    let mut all = Vec::new();
    for base in names {
        let mut name = base.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            // `Self_2` would not be in the case of types.
            name = format!("{}{number}", base.trim_end_matches('_'));
            number += 1;
        }
        all.push(name);
    }
    all
}

/// A string literal.
pub(super) fn string(text: &str) -> String {
    format!("{text:?}")
}

/// A literal of type `f64`.
pub(super) fn float(value: f64) -> String {
    let text = format!("{value:?}");
    let (number, exponent) = match text.split_once('e') {
        Some((number, exponent)) => (number, format!("e{exponent}")),
        None => (text.as_str(), String::new()),
    };
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", number),
    };
    let Some((whole, fraction)) = number.split_once('.') else {
        return format!("{sign}{}{exponent}", grouped(number));
    };
    let fraction: Vec<char> = fraction.chars().collect();
    let fraction = if fraction.len() > 5 {
        let groups: Vec<String> = fraction
            .chunks(3)
            .map(|group| group.iter().collect())
            .collect();
        groups.join("_")
    } else {
        fraction.into_iter().collect()
    };
    format!("{sign}{}.{fraction}{exponent}", grouped(whole))
}

/// Digits in groups of three, if there are many.
pub(super) fn grouped(digits: &str) -> String {
    if digits.len() <= 5 {
        return digits.to_owned();
    }
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

/// Documentation lines: each of `paragraphs` wrapped and behind `marker`, with
/// empty lines between them.
pub(super) fn doc(indent: usize, marker: &str, paragraphs: &[String]) -> String {
    let pad = " ".repeat(indent);
    let mut lines = Vec::new();
    for (index, paragraph) in paragraphs.iter().enumerate() {
        // The items of a list stand together.
        let item = paragraph.starts_with("- ");
        if index > 0 && !(item && paragraphs[index - 1].starts_with("- ")) {
            lines.push(format!("{pad}{marker}"));
        }
        let mut current = String::new();
        let hang = if item { "  " } else { "" };
        for word in paragraph.split(' ') {
            if !current.is_empty() && current.chars().count() + 1 + word.chars().count() > DOC_WIDTH
            {
                lines.push(format!("{pad}{marker} {current}"));
                current = format!("{hang}{word}");
            } else if current.is_empty() {
                word.clone_into(&mut current);
            } else {
                current.push(' ');
                current.push_str(word);
            }
        }
        lines.push(format!("{pad}{marker} {current}").trim_end().to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{float, type_name, variants};

    #[test]
    fn values_become_names_of_variants() {
        assert_eq!(type_name("gpt-4o-mini"), "Gpt4oMini");
        assert_eq!(type_name("on_agent_task_start"), "OnAgentTaskStart");
        assert_eq!(type_name("4xx"), "V4xx");
        assert_eq!(type_name("self"), "Self_");
        assert_eq!(
            variants(&["a-b", "a_b", "", "é"]),
            ["AB", "AB2", "Empty", "Empty2"]
        );
        assert_eq!(
            variants(&["self", "Self", "self2", "ALL", "all"]),
            ["Self_", "Self2", "Self22", "ALL2", "All"]
        );
    }

    #[test]
    fn literals_read_well_and_mean_the_same() {
        for (value, expected) in [
            (0.5, "0.5"),
            (1.0, "1.0"),
            (-2.0, "-2.0"),
            (12_345.0, "12345.0"),
            (1_234_567.0, "1_234_567.0"),
            (0.123_456_7, "0.123_456_7"),
            (1e-7, "1e-7"),
            (1e21, "1e21"),
        ] {
            assert_eq!(float(value), expected);
            assert_eq!(expected.replace('_', "").parse::<f64>().unwrap(), value);
        }
    }
}
