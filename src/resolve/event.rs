//! Events: binds their arguments, updates and guards to the catalog.

mod emitter;
mod guard;
mod update;

pub(super) use emitter::emitters;

use super::unknown;
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{ArgKind, Event, EventArg, Label, Metric};
use crate::spec::Named;
use crate::spec::shape::{self, ArgType, Specs};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Functions that every emitter has.
const OWN_FUNCTIONS: [&str; 5] = [
    "new",
    "encode",
    "registry",
    "start_metrics_server",
    "with_overflow_hook",
];

/// What the resolution of events looks things up in.
struct Catalog<'c> {
    specs: &'c Specs,
    metrics: &'c BTreeMap<Arc<str>, Metric>,
    labels: &'c BTreeMap<Arc<str>, Label>,
}

/// The arguments of an event, and which of them are put to use.
struct Args<'c> {
    event: &'c Spanned<Arc<str>>,
    list: Vec<(Spanned<Arc<str>>, EventArg)>,
    /// Names of arguments that are given, but broken.
    broken: Vec<Arc<str>>,
    used: RefCell<BTreeSet<Arc<str>>>,
}

impl Args<'_> {
    /// The argument of that name, which counts as used. An unknown name is reported.
    fn find(&self, name: &Spanned<Arc<str>>, sink: &mut Sink) -> Option<&EventArg> {
        self.used.borrow_mut().insert(name.value.clone());
        let found = self.list.iter().find(|(_, arg)| arg.name == name.value);
        if found.is_none() && !self.broken.contains(&name.value) {
            let known = self.list.iter().map(|(name, _)| name.as_str());
            let what = format!("argument of `{}`", self.event);
            sink.push(unknown(Code::UnknownArgument, &what, name, known));
        }
        found.map(|(_, arg)| arg)
    }

    /// Where the argument is declared.
    fn place(&self, name: &str) -> Option<Span> {
        let found = self.list.iter().find(|(_, arg)| &*arg.name == name);
        found.map(|(name, _)| name.span)
    }

    fn model(&self) -> Vec<EventArg> {
        self.list.iter().map(|(_, arg)| arg.clone()).collect()
    }
}

/// Resolves the `events` section.
pub(super) fn events(
    specs: &Specs,
    metrics: &BTreeMap<Arc<str>, Metric>,
    labels: &BTreeMap<Arc<str>, Label>,
    sink: &mut Sink,
) -> BTreeMap<Arc<str>, Event> {
    let catalog = Catalog {
        specs,
        metrics,
        labels,
    };
    check_functions(specs, sink);
    let args: Vec<Option<Args<'_>>> = specs
        .events
        .iter()
        .map(|event| Some(args(&event.name, event.item.as_ref()?, &catalog, sink)))
        .collect();
    let by_name: HashMap<&str, Option<&Args<'_>>> = specs
        .events
        .iter()
        .zip(&args)
        .map(|(event, args)| (event.name.as_str(), args.as_ref()))
        .collect();
    let mut events = BTreeMap::new();
    for (Named { name, item }, args) in specs.events.iter().zip(&args) {
        let (Some(spec), Some(args)) = (item, args) else {
            continue;
        };
        let updates = spec
            .updates
            .0
            .iter()
            .filter_map(|spec| update::resolve(spec, args, &catalog, sink))
            .collect();
        let guard = spec
            .guard
            .as_ref()
            .and_then(|spec| guard::resolve(spec, args, &by_name, sink));
        report_unused(args, sink);
        let event = Event {
            name: name.value.clone(),
            help: spec.help.value.clone(),
            args: args.model(),
            updates,
            guard,
        };
        events.insert(name.value.clone(), event);
    }
    events
}

fn args<'c>(
    event: &'c Spanned<Arc<str>>,
    spec: &shape::Event,
    catalog: &Catalog<'_>,
    sink: &mut Sink,
) -> Args<'c> {
    let mut args = Args {
        event,
        list: Vec::new(),
        broken: Vec::new(),
        used: RefCell::default(),
    };
    for Named { name, item } in &spec.args {
        check_word(name, "an argument", sink);
        let kind = item
            .as_ref()
            .and_then(|item| arg_kind(name, item, catalog, sink));
        let Some(kind) = kind else {
            args.broken.push(name.value.clone());
            continue;
        };
        let given = item.as_ref().and_then(|item| item.help.as_ref());
        let help = given
            .map(|help| help.value.clone())
            .or_else(|| match &kind {
                ArgKind::Label(label) => catalog.labels.get(label).map(|label| label.help.clone()),
                _ => None,
            });
        let arg = EventArg {
            name: name.value.clone(),
            kind,
            help,
        };
        args.list.push((name.clone(), arg));
    }
    args
}

fn arg_kind(
    name: &Spanned<Arc<str>>,
    spec: &shape::Arg,
    catalog: &Catalog<'_>,
    sink: &mut Sink,
) -> Option<ArgKind> {
    let label = match (&spec.kind, &spec.label) {
        (Some(kind), None) => match kind.value {
            ArgType::Label => name,
            ArgType::Seconds => return Some(ArgKind::Seconds),
            ArgType::Amount => return Some(ArgKind::Amount),
            ArgType::Count => return Some(ArgKind::Count),
            ArgType::Flag => return Some(ArgKind::Flag),
        },
        (None, Some(label)) => label,
        (Some(kind), Some(label)) if kind.value == ArgType::Label => label,
        (Some(kind), Some(label)) => {
            sink.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    format!(
                        "the argument `{name}` cannot be both a label and `{}`",
                        kind.value.word()
                    ),
                )
                .at(label.span, "names a label")
                .because(kind.span, "another type"),
            );
            return None;
        }
        (None, None) => {
            sink.push(
                Diagnostic::new(Code::MissingKey, format!("the argument `{name}` has no type"))
                    .at(name.span, "needs `type` or `label`")
                    .help("an argument is written like `agent: label`, `cost: amount` or `from: { label: agent }`"),
            );
            return None;
        }
    };
    let carried = |name: &str| {
        let mut metrics = catalog.metrics.values();
        metrics.any(|metric| metric.labels.iter().any(|own| &**own == name))
    };
    if !carried(label.as_str()) {
        let all = catalog.metrics.values().flat_map(|metric| &metric.labels);
        let known: BTreeSet<&str> = all.map(|label| &**label).collect();
        let mut diagnostic = unknown(Code::UnknownLabel, "label", label, known);
        diagnostic.message = format!("no metric carries the label `{label}`");
        sink.push(diagnostic);
        return None;
    }
    Some(ArgKind::Label(label.value.clone()))
}

fn report_unused(args: &Args<'_>, sink: &mut Sink) {
    let used = args.used.borrow();
    for (name, _) in &args.list {
        if !used.contains(&name.value) {
            sink.push(
                Diagnostic::new(
                    Code::UnusedArgument,
                    format!("`{}` does nothing with its argument `{name}`", args.event),
                )
                .at(name.span, "in no update, label or condition"),
            );
        }
    }
}

/// Functions are called alike in every language: one word in snake case, which
/// no other function has, however it is written.
fn check_functions(specs: &Specs, sink: &mut Sink) {
    let guards = specs
        .events
        .iter()
        .filter_map(|event| Some(&event.item.as_ref()?.guard.as_ref()?.name));
    let events = specs.events.iter().map(|event| &event.name);
    let mut seen: HashMap<String, &Spanned<Arc<str>>> = HashMap::new();
    for (name, what) in events
        .map(|name| (name, "an event"))
        .chain(guards.map(|name| (name, "a guard")))
    {
        check_word(name, what, sink);
        // In camel case, `_` says nothing but where a word begins.
        let words = || name.as_str().split('_').filter(|word| !word.is_empty());
        let own = OWN_FUNCTIONS.iter().find(|own| own.split('_').eq(words()));
        if let Some(own) = own {
            let label = if *own == name.as_str() {
                "reserved"
            } else {
                "differs in `_` only"
            };
            sink.push(
                Diagnostic::new(
                    Code::InvalidName,
                    format!("every emitter has a function `{own}` already"),
                )
                .at(name.span, label),
            );
        }
        if let Some(first) = seen.insert(name.as_str().replace('_', ""), name) {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!("two functions of the emitters would be called `{name}`"),
                )
                .at(name.span, "named again")
                .because(first.span, "first named here"),
            );
        }
        let base = name.as_str().strip_suffix("_handle");
        let base = base.and_then(|base| {
            specs
                .events
                .iter()
                .find(|event| event.name.as_str() == base)
        });
        if let Some(base) = base {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!("`{name}` is what the handle of `{}` is called", base.name),
                )
                .at(name.span, "taken")
                .because(base.name.span, "by this event"),
            );
        }
    }
}

/// Names become functions and arguments in several languages.
fn check_word(name: &Spanned<Arc<str>>, what: &str, sink: &mut Sink) {
    let text = name.as_str();
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.chars().all(valid) {
        sink.push(
            Diagnostic::new(
                Code::InvalidName,
                format!("`{name}` cannot be the name of {what}"),
            )
            .at(
                name.span,
                "lower-case letters, digits and `_`, a letter in front",
            ),
        );
    }
}
