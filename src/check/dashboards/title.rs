//! Titles that more than one thing has.

use crate::check::context::{Board, Context};
use crate::diagnostic::{Code, Diagnostic, Sink, Span};
use crate::model::PanelKind;
use foldhash::{HashMap, HashMapExt};

/// Dashboards with the same title.
pub(in crate::check) fn of_dashboards(context: &Context<'_>, sink: &mut Sink) {
    let boards = context.boards.iter();
    let titles = boards.map(|board| (&*board.model.title, board.spec.title.span));
    report("dashboards", titles, sink);
}

/// Panels of a dashboard with the same title, among those that show data.
pub(in crate::check) fn of_panels(board: &Board<'_>, _: &Context<'_>, sink: &mut Sink) {
    let panels = board.panels.iter().filter(|panel| {
        !matches!(
            panel.model.kind,
            PanelKind::Text { .. } | PanelKind::Row { .. }
        )
    });
    let titles = panels.map(|panel| {
        let written = panel.spec.title.as_ref();
        let place = written.map_or(panel.name.span, |title| title.span);
        (&*panel.model.title, place)
    });
    report("panels of this dashboard", titles, sink);
}

fn report<'a>(what: &str, titles: impl Iterator<Item = (&'a str, Span)>, sink: &mut Sink) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for (title, place) in titles {
        if let Some(first) = seen.get(title) {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateTitle,
                    format!("two {what} are called \"{title}\""),
                )
                .at(place, "again")
                .because(*first, "first given here"),
            );
        } else {
            seen.insert(title, place);
        }
    }
}
