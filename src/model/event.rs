//! Events and emitters.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that happens, and what it does to the metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its name, which is that of its function.
    pub name: Arc<str>,
    /// What happens, in one sentence.
    pub help: Arc<str>,
    /// The arguments in order.
    pub args: Vec<EventArg>,
    /// The updates in order.
    pub updates: Vec<Update>,
    /// The guard that the event can start.
    pub guard: Option<Guard>,
}

/// An argument of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventArg {
    /// Its name.
    pub name: Arc<str>,
    /// What it holds.
    pub kind: ArgKind,
    /// What it says, if anything is known about that.
    pub help: Option<Arc<str>>,
}

/// What an argument holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgKind {
    /// The value of this label.
    Label(Arc<str>),
    /// A length of time.
    Seconds,
    /// Any number.
    Amount,
    /// A whole number from 0.
    Count,
    /// Yes or no.
    Flag,
}

/// One change of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The metric.
    pub metric: Arc<str>,
    /// What is done to it.
    pub action: Action,
    /// The series.
    pub series: Series,
    /// The flag on which it depends.
    pub when: Option<When>,
}

impl Update {
    /// Whether an argument takes part in it: as number, label or condition.
    pub fn uses(&self, arg: &str) -> bool {
        let operand = match &self.action {
            Action::Add(operand) | Action::Set(operand) | Action::Observe(operand) => Some(operand),
            Action::Inc | Action::Dec => None,
        };
        let is = |name: &str| name == arg;
        matches!(operand, Some(Operand::Arg(name)) if is(name))
            || matches!(&self.series, Series::With(values) if values.iter().any(|value| {
                matches!(value, LabelValue::Arg(name) if is(name))
            }))
            || self.when.as_ref().is_some_and(|when| is(&when.arg))
    }
}

/// What an update does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Adds one.
    Inc,
    /// Takes one away.
    Dec,
    /// Adds a value.
    Add(Operand),
    /// Replaces the value.
    Set(Operand),
    /// Records a value in a histogram.
    Observe(Operand),
}

/// A number in an update.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// That of an argument.
    Arg(Arc<str>),
    /// Always the same.
    Number(f64),
}

/// Which series an update moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Series {
    /// All that there are.
    All,
    /// That with these values of the metric's labels, in their order.
    With(Vec<LabelValue>),
}

/// The value of a label in an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelValue {
    /// That of an argument.
    Arg(Arc<str>),
    /// Always the same.
    Constant(Arc<str>),
}

/// The flag on which an update depends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// The argument.
    pub arg: Arc<str>,
    /// The update happens if the flag is not set.
    pub negated: bool,
}

/// What goes on between an event and those that end it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// What goes on, in one snake_case word.
    pub name: Arc<str>,
    /// The ends: a function of the guard and its event, in written order.
    pub ends: Vec<(Arc<str>, Arc<str>)>,
    /// The function of the end that counts if the guard goes away without any.
    pub dropped: Arc<str>,
    /// The argument of the ends that is the time since the start.
    pub elapsed: Option<Arc<str>>,
}

/// A package with the emitter for a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emitter {
    /// The language: that of the project's own templates, or of the user's.
    pub language: Arc<str>,
    /// Name of the package.
    pub package: Arc<str>,
    /// What else the language's templates are told, by name.
    pub options: BTreeMap<Arc<str>, Arc<str>>,
}

impl Emitter {
    /// The languages that the project itself has templates for.
    pub const LANGUAGES: [&str; 3] = ["python", "rust", "typescript"];

    /// Where the user's own templates for a language lie among all templates,
    /// with a `/` behind.
    pub fn templates(language: &str) -> String {
        format!("emitter/{language}/")
    }
}
