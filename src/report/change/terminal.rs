//! For a terminal: each change on a line, what it moved below it.

use super::SideNames;
use super::words::{
    Moved, Piece, Sentence, by_directory, details, followers, form_only, gathered, moved,
    risk_detail, subjects, summary,
};
use crate::diff::{Change, Diff, Level, Verb};
use crate::report::{Style, escape};
use annotate_snippets::renderer::{
    DEFAULT_ADDITION_STYLE, DEFAULT_ERROR_STYLE, DEFAULT_REMOVAL_STYLE, DEFAULT_WARNING_STYLE,
    Style as Paint,
};

/// All changes, then a line that sums up.
pub fn terminal(diff: &Diff, names: SideNames<'_>, style: Style) -> String {
    let mut text = String::new();
    for group in gathered(&diff.changes) {
        match group.changes[..] {
            [change] => self::change(change, style, &mut text),
            _ => {
                let paint = paint(&group.changes[0].verb);
                text.push_str(&painted(&plain(&subjects(&group.changes)), paint, style));
                text.push('\n');
            }
        }
    }
    let mut note = |what: &str, files: &[String]| {
        if !files.is_empty() {
            text.push_str(&format!("{what}: {}\n", listed(files)));
        }
    };
    for (causes, files) in followers(diff) {
        note(&format!("what follows from {}", plain(&causes)), &files);
    }
    note("only the form changed", &by_directory(&form_only(diff)));
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&format!(
        "{} → {}: {}\n",
        escape(names.base),
        escape(names.head),
        summary(diff)
    ));
    text
}

fn change(change: &Change, style: Style, text: &mut String) {
    let head = plain(&subjects(&[change]));
    text.push_str(&painted(&head, paint(&change.verb), style));
    let said = details(change);
    lines(&said, "", style, text);
    risks(change, &said, "  ", style, text);
    for moved in moved(change) {
        text.push_str("    ");
        text.push_str(&plain(&subjects(&moved.changes)));
        lines(&moved.details, "    ", style, text);
        moved_risks(&moved, style, text);
    }
}

fn paint(verb: &Verb) -> Paint {
    match verb {
        Verb::Added => DEFAULT_ADDITION_STYLE,
        Verb::Removed => DEFAULT_REMOVAL_STYLE,
        Verb::Renamed { .. } | Verb::Changed => DEFAULT_WARNING_STYLE,
    }
}

fn moved_risks(moved: &Moved<'_>, style: Style, text: &mut String) {
    let mut told = Vec::new();
    for change in &moved.changes {
        if !told.contains(&&change.risks) {
            risks(change, &moved.details, "      ", style, text);
            told.push(&change.risks);
        }
    }
}

/// On the same line if there is little to say, else below it.
fn lines(details: &[Sentence], indent: &str, style: Style, text: &mut String) {
    let said: Vec<_> = details.iter().map(plain).collect();
    let length: usize = said.iter().map(|one| one.chars().count() + 2).sum();
    match said.as_slice() {
        [] => text.push('\n'),
        _ if length + indent.len() + 30 <= style.width => {
            text.push_str(&format!(": {}\n", said.join("; ")));
        }
        [only] => text.push_str(&format!(":\n{indent}    {only}\n")),
        _ => {
            text.push_str(":\n");
            for one in said {
                text.push_str(&format!("{indent}  - {one}\n"));
            }
        }
    }
}

fn risks(change: &Change, said: &[Sentence], indent: &str, style: Style, text: &mut String) {
    for risk in &change.risks {
        let paint = match risk.level {
            Level::Breaks => DEFAULT_ERROR_STYLE,
            Level::Silences | Level::Perhaps | Level::Costs => DEFAULT_WARNING_STYLE,
        };
        let level = painted(risk.level.name(), paint, style);
        let detail = risk_detail(risk, said);
        let detail = detail.map_or(String::new(), |detail| format!(": {}", escape(detail)));
        text.push_str(&format!("{indent}! {level}: {}{detail}\n", risk.text));
    }
}

fn painted(text: &str, paint: Paint, style: Style) -> String {
    if style.color {
        format!("{paint}{text}{paint:#}")
    } else {
        text.to_owned()
    }
}

fn plain(sentence: &Sentence) -> String {
    sentence
        .iter()
        .map(|piece| match piece {
            Piece::Word(word) => word.clone(),
            Piece::Text(text) => escape(text).into_owned(),
        })
        .collect()
}

fn listed(files: &[String]) -> String {
    const MOST: usize = 5;
    let shown: Vec<_> = files.iter().take(MOST).map(|file| escape(file)).collect();
    match files.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
