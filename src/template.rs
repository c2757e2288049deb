//! The templates in alert labels and annotations: read with exact places, and
//! rendered the way Prometheus does.
//!
//! They are written in the language of Go's `text/template`. What Prometheus
//! would refuse to load is an error here, and so is what it loads but can only
//! render as `<error expanding template>`.

mod ast;
mod check;
mod eval;
mod format;
mod function;
mod humanize;
mod lex;
mod number;
mod parse;
mod printf;
mod tokens;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use ast::{Base, Command, Node, Operand};

/// A template that parses.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    nodes: Vec<Node>,
    uses: Uses,
}

/// The use of an alert's label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelUse {
    /// The label.
    pub name: Box<str>,
    /// Where its name stands in the template.
    pub range: Range<usize>,
}

/// Why a text is no template for alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The offending bytes.
    pub range: Range<usize>,
    /// One line that says what is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// What a template reads of an alert.
#[derive(Debug, Clone, PartialEq, Default)]
struct Uses {
    labels: Vec<LabelUse>,
    value: bool,
    exact_value: bool,
}

impl Template {
    /// Reads `text`. Its functions are those of Prometheus for alerts.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let nodes = parse::parse(text).map_err(|error| *error)?;
        let mut uses = Uses::default();
        uses.add_nodes(&nodes);
        Ok(Self { nodes, uses })
    }

    /// Every use of a label of the alert by its name, in the order of the
    /// text: `$labels.agent`, `.Labels.agent`, `index $labels "agent"`.
    pub fn labels(&self) -> &[LabelUse] {
        &self.uses.labels
    }

    /// Whether the value of the alert is used.
    pub fn uses_value(&self) -> bool {
        self.uses.value
    }

    /// Whether the text depends on more digits of the value than the four that
    /// `humanize` keeps, so that a difference in the last bit may show.
    pub fn exact_value_needed(&self) -> bool {
        self.uses.exact_value
    }

    /// The text for an alert with these labels (less the metric's name) and
    /// this value, as Prometheus 2.42 and later render it.
    ///
    /// `None` if that depends on anything else, such as a query, or on a
    /// function or a format that is not evaluated here.
    pub fn render(&self, labels: &BTreeMap<String, String>, value: f64) -> Option<String> {
        eval::render(&self.nodes, labels, value)
    }
}

impl TemplateError {
    fn new(range: Range<usize>, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            range,
            message: message.into(),
            help: None,
        })
    }

    fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message, self.range.start)
    }
}

impl std::error::Error for TemplateError {}

impl Uses {
    fn add_nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Text(_) | Node::Break | Node::Continue => {}
                Node::Action(pipe) => self.add_commands(&pipe.commands),
                Node::Template(pipe) => {
                    if let Some(pipe) = pipe {
                        self.add_commands(&pipe.commands);
                    }
                }
                Node::Control(control) => {
                    self.add_commands(&control.pipe.commands);
                    self.add_nodes(&control.body);
                    self.add_nodes(&control.otherwise);
                }
            }
        }
    }

    fn add_commands(&mut self, commands: &[Command]) {
        for (place, command) in commands.iter().enumerate() {
            let next = commands.get(place + 1);
            for operand in &command.operands {
                self.add_operand(operand);
                if operand.is_value() {
                    self.value = true;
                    let reader = if command.operands.len() == 1 {
                        next
                    } else {
                        Some(command)
                    };
                    self.exact_value |= !reader.is_some_and(Command::rounds);
                }
            }
            if let Some(label) = command.indexed_label() {
                self.labels.push(label);
            }
        }
    }

    fn add_operand(&mut self, operand: &Operand) {
        if let Some((name, range)) = operand.label() {
            self.labels.push(LabelUse {
                name: name.into(),
                range,
            });
        }
        if let Base::Paren(pipe) = &operand.base {
            self.add_commands(&pipe.commands);
        }
    }
}

#[cfg(test)]
mod tests;
