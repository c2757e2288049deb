//! Titles that more than one thing has.

use crate::check::context::{Board, Context};
use crate::diagnostic::{Code, Diagnostic, Sink, Span};
use crate::model::PanelKind;
use foldhash::{HashMap, HashMapExt};

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
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for (title, place) in titles.filter(|(title, _)| !title.is_empty()) {
        let Some(first) = seen.get(title) else {
            seen.insert(title, place);
            continue;
        };
        sink.push(
            Diagnostic::new(
                Code::DuplicateTitle,
                format!("two panels of this dashboard are called \"{title}\""),
            )
            .at(place, "again")
            .because(*first, "first given here"),
        );
    }
}
