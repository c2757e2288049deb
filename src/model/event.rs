//! Events and emitters.

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

/// The emitters to render.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Emitters {
    /// The package for Rust.
    pub rust: Option<RustEmitter>,
}

/// A package with the emitter for Rust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RustEmitter {
    /// Its name.
    pub package: Arc<str>,
}
