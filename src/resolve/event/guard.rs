//! Guards: what an event starts, and the events that end it.

use super::{Args, check_word};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model::{ArgKind, EventArg, Guard};
use crate::resolve::unknown;
use crate::spec::shape;
use std::collections::HashMap;
use std::sync::Arc;

/// An end's name, the event that it calls, and that event's arguments.
type End<'a> = (&'a Spanned<Arc<str>>, &'a Spanned<Arc<str>>, &'a Args<'a>);

/// Binds a guard. `None` if nothing usable is left, which has been reported.
pub(super) fn resolve(
    spec: &shape::Guard,
    start: &Args<'_>,
    events: &HashMap<&str, Option<&Args<'_>>>,
    sink: &mut Sink,
) -> Option<Guard> {
    if spec.ends.is_empty() {
        sink.push(
            Diagnostic::new(
                Code::MissingKey,
                format!("the guard `{}` has no end", spec.name),
            )
            .at(spec.name.span, "needs `ends`")
            .help(
                "ends are written like `ends: { complete: on_task_complete, fail: on_task_fail }`",
            ),
        );
        return None;
    }
    let mut ends = Vec::new();
    let mut found: Vec<End<'_>> = Vec::new();
    for end in &spec.ends {
        check_word(&end.name, "an end of a guard", sink);
        let Some(event) = &end.item else { continue };
        match events.get(event.as_str()) {
            None => sink.push(unknown(
                Code::UnknownEvent,
                "event",
                event,
                events.keys().copied(),
            )),
            Some(_) if event.value == start.event.value => sink.push(
                Diagnostic::new(
                    Code::GuardEnd,
                    format!(
                        "`{event}` starts the guard `{}` and cannot end it",
                        spec.name
                    ),
                )
                .at(event.span, "the event that has the guard"),
            ),
            Some(None) => {}
            Some(Some(args)) => {
                ends.push((end.name.value.clone(), event.value.clone()));
                found.push((&end.name, event, args));
                let carried = start.list.iter().map(|(_, arg)| arg);
                let carried = carried.filter(|arg| args.list.iter().any(|(_, end)| same(end, arg)));
                let mut used = start.used.borrow_mut();
                used.extend(carried.map(|arg| arg.name.clone()));
            }
        }
    }
    let complete = ends.len() == spec.ends.len();
    check_elapsed(spec, &found, complete, sink);
    let dropped = spec
        .ends
        .iter()
        .find(|end| end.name.value == spec.dropped.value);
    if dropped.is_none() {
        let known = spec.ends.iter().map(|end| end.name.as_str());
        let what = format!("end of the guard `{}`", spec.name);
        sink.push(unknown(Code::InvalidValue, &what, &spec.dropped, known));
        return None;
    }
    let dropped = found
        .iter()
        .find(|(name, ..)| name.value == spec.dropped.value);
    if let Some((_, event, args)) = dropped {
        check_dropped(spec, start, event, args, sink)?;
    }
    complete.then(|| Guard {
        name: spec.name.value.clone(),
        ends,
        dropped: spec.dropped.value.clone(),
        elapsed: spec.elapsed.as_ref().map(|elapsed| elapsed.value.clone()),
    })
}

/// Whether a guard can hand what it was started with to its end.
fn same(end: &EventArg, start: &EventArg) -> bool {
    end.name == start.name && end.kind == start.kind
}

/// The measured argument must be a time, at least in one of the ends.
fn check_elapsed(spec: &shape::Guard, ends: &[End<'_>], complete: bool, sink: &mut Sink) {
    let Some(elapsed) = &spec.elapsed else { return };
    let mut known = false;
    for (_, event, args) in ends {
        known |= args.broken.contains(&elapsed.value);
        let arg = args.list.iter().find(|(_, arg)| arg.name == elapsed.value);
        let Some((place, arg)) = arg else { continue };
        known = true;
        if arg.kind != ArgKind::Seconds {
            sink.push(
                Diagnostic::new(
                    Code::ArgumentType,
                    format!("a guard measures time, and `{elapsed}` of `{event}` is none"),
                )
                .at(elapsed.span, "measured")
                .because(place.span, "not `seconds`"),
            );
        }
    }
    if !known && complete {
        let all = ends.iter().flat_map(|(_, _, args)| &args.list);
        let times = all.filter(|(_, arg)| arg.kind == ArgKind::Seconds);
        let what = format!("argument of an end of the guard `{}`", spec.name);
        let names = times.map(|(name, _)| name.as_str());
        sink.push(unknown(Code::UnknownArgument, &what, elapsed, names));
    }
}

/// Nobody gives arguments to the end of a guard that is dropped.
fn check_dropped(
    spec: &shape::Guard,
    start: &Args<'_>,
    event: &Spanned<Arc<str>>,
    args: &Args<'_>,
    sink: &mut Sink,
) -> Option<()> {
    let measured = |arg: &EventArg| {
        let elapsed = spec.elapsed.as_ref();
        elapsed.is_some_and(|elapsed| elapsed.value == arg.name)
    };
    let open = args
        .list
        .iter()
        .find(|(_, arg)| !measured(arg) && !start.list.iter().any(|(_, own)| same(arg, own)));
    let Some((place, arg)) = open else {
        return Some(());
    };
    sink.push(
        Diagnostic::new(
            Code::GuardEnd,
            format!(
                "a dropped guard `{}` cannot call `{event}`, which takes `{}`",
                spec.name, arg.name
            ),
        )
        .at(spec.dropped.span, "nobody gives the argument")
        .because(place.span, "the argument")
        .help(format!(
            "let `{}` take it as well, measure it with `elapsed`, or end with another event",
            start.event
        )),
    );
    None
}
