//! Renders a template, as far as that depends on labels and value only.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::ast::{Base, Command, Control, ControlKind, Node, Operand, Pipe};
use super::format;
use super::humanize;
use super::number::Number;
use super::printf;

/// What a pipeline yields.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'t> {
    String(Cow<'t, str>),
    Float(f64),
    Int(i64),
    Bool(bool),
    Labels,
    Alert,
}

/// The text of `nodes`, if it is known.
pub(super) fn render(
    nodes: &[Node],
    labels: &BTreeMap<String, String>,
    value: f64,
) -> Option<String> {
    let mut evaluator = Evaluator {
        labels,
        value,
        variables: Vec::new(),
        dot: Value::Alert,
        text: String::new(),
    };
    evaluator.nodes(nodes)?;
    Some(evaluator.text)
}

struct Evaluator<'t> {
    labels: &'t BTreeMap<String, String>,
    value: f64,
    variables: Vec<(&'t str, Value<'t>)>,
    dot: Value<'t>,
    text: String,
}

impl<'t> Evaluator<'t> {
    fn nodes(&mut self, nodes: &'t [Node]) -> Option<()> {
        for node in nodes {
            match node {
                Node::Text(text) => self.text.push_str(text),
                Node::Action(pipe) => {
                    let value = self.pipe(pipe)?;
                    if pipe.targets.is_empty() {
                        let text = shown(&value)?;
                        self.text.push_str(&text);
                    }
                }
                Node::Control(control) => self.control(control)?,
                Node::Template(_) | Node::Break | Node::Continue => return None,
            }
        }
        Some(())
    }

    fn control(&mut self, control: &'t Control) -> Option<()> {
        let known = self.variables.len();
        let value = self.pipe(&control.pipe)?;
        let truth = truth(&value)?;
        match control.kind {
            ControlKind::Range => return None,
            ControlKind::With if truth => {
                let outer = std::mem::replace(&mut self.dot, value);
                self.nodes(&control.body)?;
                self.dot = outer;
            }
            _ if truth => self.nodes(&control.body)?,
            _ => self.nodes(&control.otherwise)?,
        }
        self.variables.truncate(known);
        Some(())
    }

    fn pipe(&mut self, pipe: &'t Pipe) -> Option<Value<'t>> {
        let mut piped = None;
        for command in &pipe.commands {
            piped = Some(self.command(command, piped)?);
        }
        let value = piped?;
        if let [name] = pipe.targets.as_slice() {
            if pipe.assigns {
                let variable = self
                    .variables
                    .iter_mut()
                    .rev()
                    .find(|(known, _)| *known == &**name)?;
                variable.1 = value.clone();
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        Some(value)
    }

    fn command(&mut self, command: &'t Command, piped: Option<Value<'t>>) -> Option<Value<'t>> {
        let (first, rest) = command.operands.split_first()?;
        let Base::Function(function) = first.base else {
            return self.operand(first);
        };
        if !first.fields.is_empty() {
            return None;
        }
        // Both stop at the operand that decides.
        if matches!(function.name, "and" | "or") {
            let mut last = None;
            for operand in rest {
                let value = self.operand(operand)?;
                if truth(&value)? == (function.name == "or") {
                    return Some(value);
                }
                last = Some(value);
            }
            return piped.or(last);
        }
        let mut arguments = Vec::with_capacity(rest.len() + 1);
        for operand in rest {
            arguments.push(self.operand(operand)?);
        }
        arguments.extend(piped);
        self.call(function.name, &arguments)
    }

    fn operand(&mut self, operand: &'t Operand) -> Option<Value<'t>> {
        let mut fields = operand.fields.iter();
        let mut value = match &operand.base {
            Base::Alert => Value::Alert,
            Base::Dot => self.dot.clone(),
            Base::Labels => Value::Labels,
            Base::Value => Value::Float(self.value),
            Base::Variable(name) => {
                let variables = self.variables.iter().rev();
                variables
                    .clone()
                    .find(|(known, _)| *known == &**name)
                    .map(|(_, value)| value.clone())?
            }
            Base::Bool(flag) => Value::Bool(*flag),
            Base::Number(Number::Int(number)) => Value::Int(*number),
            Base::Number(Number::Float(number)) => Value::Float(*number),
            Base::String(text) => Value::String(Cow::Borrowed(text)),
            Base::Paren(pipe) => self.pipe(pipe)?,
            Base::External | Base::Function(_) | Base::Nil | Base::Number(Number::Other) => {
                return None;
            }
        };
        for field in fields.by_ref() {
            value = match (&value, &*field.name) {
                (Value::Alert, "Labels") => Value::Labels,
                (Value::Alert, "Value") => Value::Float(self.value),
                (Value::Labels, name) => self.label(name)?,
                _ => return None,
            };
        }
        Some(value)
    }

    fn label(&self, name: &str) -> Option<Value<'t>> {
        // The metric's name is not among the labels given.
        if name == "__name__" {
            return None;
        }
        let value = self.labels.get(name).map_or("", String::as_str);
        Some(Value::String(Cow::Borrowed(value)))
    }

    fn call(&self, function: &str, arguments: &[Value<'t>]) -> Option<Value<'t>> {
        let text = |text: String| Some(Value::String(Cow::Owned(text)));
        match (function, arguments) {
            ("humanize", [value]) => text(humanize::humanize(number(value)?)),
            ("humanize1024", [value]) => text(humanize::humanize1024(number(value)?)),
            ("humanizePercentage", [value]) => text(humanize::percentage(number(value)?)),
            ("humanizeDuration", [value]) => text(humanize::duration(number(value)?)?),
            ("title", [Value::String(value)]) => text(title(value)),
            ("toUpper", [Value::String(value)]) => text(value.chars().map(upper).collect()),
            ("toLower", [Value::String(value)]) => text(value.chars().map(lower).collect()),
            ("safeHtml", [Value::String(value)]) => text(value.to_string()),
            ("printf", [Value::String(format), rest @ ..]) => text(printf::printf(format, rest)?),
            ("print", [value]) => text(shown(value)?.into_owned()),
            ("not", [value]) => Some(Value::Bool(!truth(value)?)),
            ("len", [Value::String(value)]) => i64::try_from(value.len()).ok().map(Value::Int),
            ("index", [Value::Labels, Value::String(name)]) => self.label(name),
            ("eq", [first, rest @ ..]) => {
                let mut equal = false;
                for other in rest {
                    equal |= compare(first, other)? == Some(Ordering::Equal);
                }
                Some(Value::Bool(equal))
            }
            ("ne" | "lt" | "le" | "gt" | "ge", [left, right]) => {
                let order = compare(left, right)?;
                Some(Value::Bool(match function {
                    "ne" => order != Some(Ordering::Equal),
                    "lt" => order == Some(Ordering::Less),
                    "le" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                    // Go derives these two from the others, which shows for NaN.
                    "gt" => !matches!(order, Some(Ordering::Less | Ordering::Equal)),
                    _ => order != Some(Ordering::Less),
                }))
            }
            _ => None,
        }
    }
}

/// The order of two values, if Go compares them; of NaN there is none.
fn compare(left: &Value<'_>, right: &Value<'_>) -> Option<Option<Ordering>> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(Some(left.cmp(right))),
        (Value::Float(left), Value::Float(right)) => Some(left.partial_cmp(right)),
        (Value::Int(left), Value::Int(right)) => Some(Some(left.cmp(right))),
        _ => None,
    }
}

/// Whether a condition takes it for true; not known of all labels at once,
/// because the metric's name may be among them.
fn truth(value: &Value<'_>) -> Option<bool> {
    Some(match value {
        Value::String(text) => !text.is_empty(),
        Value::Float(number) => *number != 0.0,
        Value::Int(number) => *number != 0,
        Value::Bool(flag) => *flag,
        Value::Alert => true,
        Value::Labels => return None,
    })
}

fn shown<'v>(value: &'v Value<'_>) -> Option<Cow<'v, str>> {
    Some(match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Float(number) => Cow::Owned(format::shortest(*number)),
        Value::Int(number) => Cow::Owned(number.to_string()),
        Value::Bool(flag) => Cow::Owned(flag.to_string()),
        Value::Labels | Value::Alert => return None,
    })
}

fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        Value::String(text) => {
            // Go reads more than Rust does; this much they share.
            let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'e');
            text.bytes().all(plain).then(|| text.parse().ok()).flatten()
        }
        _ => None,
    }
}

fn upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

/// Every word begins with a capital; words are what Go takes for them.
fn title(text: &str) -> String {
    let mut starts = true;
    text.chars()
        .map(|c| {
            let titled = if starts { upper(c) } else { c };
            starts = if c.is_ascii() {
                !(c.is_ascii_alphanumeric() || c == '_')
            } else {
                !c.is_alphanumeric() && c.is_whitespace()
            };
            titled
        })
        .collect()
}
