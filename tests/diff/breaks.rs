//! Changes that break who relies on what is generated, although they look like
//! a matter of form.

use crate::side::{PROFILE, specs};
use crate::stories::edited;
use dashwright::diff::{Diff, Kind, Level, diff};
use dashwright::report::{SideNames, Style, diff_terminal};

/// The comparison of the base specs with an event more, before and after an edit of those.
#[track_caller]
fn after(before: &[(&str, &str)], edits: &[(&str, &str)]) -> Diff {
    let with = |more: &[(&str, &str)]| specs(&edited(&[before, more].concat()), PROFILE, None);
    diff(&with(&[]), &with(edits))
}

fn broken(diff: &Diff) -> Vec<(Kind, &str, &str)> {
    diff.risks()
        .filter(|(_, risk)| risk.level == Level::Breaks)
        .map(|(change, risk)| (change.kind, risk.text, risk.detail.as_str()))
        .collect()
}

fn said(diff: &Diff) -> String {
    let names = SideNames {
        base: "before",
        head: "after",
    };
    diff_terminal(diff, names, Style::PLAIN)
}

const ARGS: &str = "args: { handler: label, code: label, duration: seconds }";

/// Calls give their arguments by position.
#[test]
fn arguments_in_another_order_break_calls() {
    let swapped = "args: { code: label, handler: label, duration: seconds }";
    let found = after(&[], &[(ARGS, swapped)]);
    assert_eq!(
        broken(&found),
        [(
            Kind::Event,
            "code that calls it gives its arguments in another order",
            "handler, code, duration → code, handler, duration"
        )],
        "{}",
        said(&found)
    );
    assert!(
        said(&found).starts_with(
            "event request_done: order of the arguments handler, code, duration → code, handler, duration\n"
        ),
        "{}",
        said(&found)
    );
    // Another one in the middle is told as such, and nothing has another order.
    let more = "args: { handler: label, size: count, code: label, duration: seconds }";
    let sized = (
        "- { observe: web_duration",
        "- { add: web_requests_total, value: size }\n      - { observe: web_duration",
    );
    let found = after(&[], &[(ARGS, more), sized]);
    assert_eq!(broken(&found).len(), 1, "{}", said(&found));
}

const STARTED: &str = "
  request_started:
    help: A request arrived
    args: { handler: label }
    do:
      - { inc: web_queue_length }
";

const GUARD: &str = "    guard:
      name: request
      ends: { finish: request_done, fail: request_left }
      dropped: fail
      elapsed: duration
";

const LEFT: &str = "  request_left:
    help: A request is no longer waited for
    args: { handler: label }
    do:
      - { dec: web_queue_length }
";

/// The guard's name, its ends and what it measures are public functions.
#[test]
fn what_a_guard_offers_breaks_its_callers() {
    const CALLS: &str = "code that uses its guard no longer compiles";
    let guarded = format!("events:{STARTED}{GUARD}{LEFT}");
    let before = [("events:\n", guarded.as_str())];
    for (from, to, detail) in [
        (
            "name: request\n",
            "name: request_span\n",
            "guard request → request_span",
        ),
        (
            "finish: request_done, ",
            "",
            "end finish of the guard request_done → none",
        ),
        (GUARD, "", "guard request → none"),
    ] {
        // Without the end that takes it, there is nothing to measure.
        let edits = [(from, to), ("      elapsed: duration\n", "")];
        let kept = usize::from(from.starts_with("finish")) + 1;
        let found = after(&before, &edits[..kept]);
        let told = broken(&found);
        let expected = (Kind::Event, CALLS, detail);
        assert!(told.contains(&expected), "{}", said(&found));
        assert_eq!(told.len(), kept, "{}", said(&found));
    }
    // What is new, or counts if there is no end, breaks nobody.
    for (from, to) in [
        (
            "fail: request_left }",
            "fail: request_left, quit: request_left }",
        ),
        (
            "fail: request_left }\n      dropped: fail",
            "quit: request_left, fail: request_left }\n      dropped: quit",
        ),
    ] {
        let found = after(&before, &[(from, to)]);
        assert_eq!(broken(&found), [], "{}", said(&found));
    }
    let found = after(
        &[("events:\n", &format!("events:{STARTED}{LEFT}"))],
        &[(STARTED, &format!("{STARTED}{GUARD}"))],
    );
    assert_eq!(broken(&found), [], "{}", said(&found));
}

/// They are labels of all series of the job.
#[test]
fn labels_of_a_job_are_missed_like_those_of_a_metric() {
    let labelled = |labels: &'static str| ("    web: { targets: [\"web:8000\"]", labels);
    let before = [labelled(
        "    web: { labels: { env: prod, zone: a }, targets: [\"web:8000\"]",
    )];
    const GETS_NOTHING: &str = "what filters or groups by its label gets nothing";
    let found = after(&before, &[("labels: { env: prod, zone: a }, ", "")]);
    assert_eq!(
        broken(&found),
        [
            (Kind::Job, GETS_NOTHING, "label env prod → none"),
            (Kind::Job, GETS_NOTHING, "label zone a → none"),
        ],
        "{}",
        said(&found)
    );
    let found = after(&before, &[("env: prod", "env: production")]);
    assert_eq!(
        broken(&found),
        [(Kind::Job, GETS_NOTHING, "label env prod → production")]
    );
    let found = after(&[], &[labelled(before[0].1)]);
    assert_eq!(broken(&found), [], "{}", said(&found));
}
