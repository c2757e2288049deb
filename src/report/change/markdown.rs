//! For a comment on a pull request: a line that sums up, a table, details folded.
//!
//! Text from files stands in code spans only, where neither Markdown nor HTML
//! nor mentions mean anything.

use super::SideNames;
use super::words::{
    Piece, Sentence, by_directory, counts, details, followers, form_only, gathered, moved, reach,
    risk_detail, subjects, summary,
};
use crate::diff::{Change, Diff, Level, Risk};
use crate::report::count::counted;
use crate::report::escape;

/// Longest comment that GitHub takes, in characters; bytes are never fewer.
const LIMIT: usize = 65_536;

/// What is kept free for the end of the comment, at least.
const RESERVE: usize = 1_536;

/// Files that are told of as a whole get about so much.
const NOTES: usize = LIMIT / 4;

/// The table gets at most so much, so that some details are always told.
const TABLE: usize = LIMIT / 3;

/// Marks the comment, so that the next run can find and update it.
const MARK: &str = "<!-- dashwright diff -->";

/// A comment that fits: what does not is counted at its end.
pub fn markdown(diff: &Diff, names: SideNames<'_>) -> String {
    let mut text = format!(
        "{MARK}\n### What this changes in monitoring\n\n{} → {}: **{}**\n",
        code(names.base),
        code(names.head),
        summary(diff)
    );
    let end = notes(diff);
    if !diff.is_empty() {
        table(diff, &mut text);
        folded(
            diff,
            LIMIT.saturating_sub(RESERVE.max(end.len())),
            &mut text,
        );
    }
    text.push_str(&end);
    text
}

/// Files that are told of as a whole.
fn notes(diff: &Diff) -> String {
    const MOST: usize = 8;
    let mut text = String::new();
    let mut left_out = 0;
    let mut note = |what: &str, files: &[String]| {
        if text.len() > NOTES {
            left_out += files.len();
        } else if !files.is_empty() {
            let shown: Vec<_> = files
                .iter()
                .take(MOST)
                .map(|file| code(&short(file)))
                .collect();
            let more = match files.len().saturating_sub(MOST) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            text.push_str(&format!("\n{what}: {}{more}\n", shown.join(", ")));
        }
    };
    for (causes, files) in followers(diff) {
        let causes = inline(&causes.into_iter().map(shortened).collect(), false);
        note(&format!("What follows from {causes}"), &files);
    }
    note("Only the form changed", &by_directory(&form_only(diff)));
    if left_out > 0 {
        text.push_str(&format!(
            "\nMore changed with them: {}\n",
            counted(left_out, "file")
        ));
    }
    text
}

fn table(diff: &Diff, text: &mut String) {
    text.push_str("\n| | change | what | with it |\n|---|---|---|---|\n");
    let mut left = diff.changes.len();
    // What breaks and silences stands first, where a cut does not reach it.
    let mut groups = gathered(&diff.changes);
    groups.sort_by_key(|group| std::cmp::Reverse(worst(group.changes[0])));
    for group in groups {
        let change = group.changes[0];
        let head = inline(&subjects(&group.changes), true);
        if group.changes.len() > 1 {
            text.push_str(&format!("| | {head} | | |\n"));
            left -= group.changes.len();
            continue;
        }
        let all = details(change);
        let mut said = own_risks(change, &all);
        said.extend(all.iter().take(MOST).map(|detail| inline(detail, true)));
        if all.len() > MOST {
            said.push(format!("and {} more", all.len() - MOST));
        }
        said.extend(moved_risks(change));
        let mark = worst(change).map_or("", mark);
        let row = format!(
            "| {mark} | {head} | {} | {} |\n",
            said.join("<br>"),
            counts(&reach(change))
        );
        if text.len() + row.len() > TABLE {
            text.push_str(&format!(
                "\n…and {left} more changes, of which the details below may tell.\n"
            ));
            return;
        }
        text.push_str(&row);
        left -= 1;
    }
}

/// So many details, and risks of what a change moved, are told in its row.
const MOST: usize = 4;

fn own_risks(change: &Change, details: &[Sentence]) -> Vec<String> {
    let risks = change.risks.iter();
    risks.map(|risk| said(risk, details)).collect()
}

fn said(risk: &Risk, details: &[Sentence]) -> String {
    match risk_detail(risk, details) {
        Some(detail) => format!("**{}** {}", risk.text, cell(&code(&short(detail)))),
        None => format!("**{}**", risk.text),
    }
}

/// The risks of what a change moved, equal ones together.
fn moved_risks(change: &Change) -> Vec<String> {
    let mut groups: Vec<(&Risk, Vec<&Change>)> = Vec::new();
    let mut more = 0;
    for effect in &change.effects {
        for risk in &effect.risks {
            let same = groups.iter().position(|(other, changes)| {
                *other == risk && changes[0].kind == effect.kind && changes[0].verb == effect.verb
            });
            match same {
                Some(at) => groups[at].1.push(effect),
                None if groups.len() == MOST => more += 1,
                None => groups.push((risk, vec![effect])),
            }
        }
    }
    let told = groups.into_iter().map(|(risk, changes)| {
        format!("{}: {}", inline(&subjects(&changes), true), said(risk, &[]))
    });
    let more = (more > 0).then(|| format!("and {more} more"));
    told.chain(more).collect()
}

fn worst(change: &Change) -> Option<Level> {
    let all = std::iter::once(change).chain(&change.effects);
    all.flat_map(|change| &change.risks)
        .map(|risk| risk.level)
        .max()
}

fn mark(level: Level) -> &'static str {
    match level {
        Level::Breaks => "🔴 breaks",
        Level::Silences => "🟠 silences",
        Level::Perhaps => "🟡 may silence",
        Level::Costs => "🟡 costs",
    }
}

/// All changes in full, until `text` has `most` bytes.
fn folded(diff: &Diff, most: usize, text: &mut String) {
    const CUT: usize = 256;
    text.push_str("\n<details><summary>Details</summary>\n\n");
    'all: for (told, change) in diff.changes.iter().enumerate() {
        for line in lines(change) {
            if text.len() + line.len() + CUT > most {
                text.push_str(&format!(
                    "\n**Cut here**: {} of {} changes do not fit in a comment as a whole. `dashwright diff` shows them all.\n",
                    diff.changes.len() - told,
                    diff.changes.len()
                ));
                break 'all;
            }
            text.push_str(&line);
        }
    }
    text.push_str("\n</details>\n");
}

/// A change as a list, each item with its line end.
fn lines(change: &Change) -> Vec<String> {
    let mut lines = vec![format!("- {}\n", inline(&subjects(&[change]), false))];
    for detail in details(change) {
        lines.push(format!("  - {}\n", inline(&detail, false)));
    }
    for moved in moved(change) {
        let said: Vec<_> = moved
            .details
            .iter()
            .map(|detail| inline(detail, false))
            .collect();
        let colon = if said.is_empty() { "" } else { ": " };
        lines.push(format!(
            "  - with it {}{colon}{}\n",
            inline(&subjects(&moved.changes), false),
            said.join("; ")
        ));
    }
    lines
}

fn inline(sentence: &Sentence, in_table: bool) -> String {
    sentence
        .iter()
        .map(|piece| match piece {
            Piece::Word(word) => word.clone(),
            Piece::Text(text) if in_table => cell(&code(&short(text))),
            Piece::Text(text) => code(text),
        })
        .collect()
}

/// In tables a bar ends the cell even in code.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn shortened(piece: Piece) -> Piece {
    match piece {
        Piece::Text(text) => Piece::Text(short(&text)),
        Piece::Word(_) => piece,
    }
}

fn short(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A code span with `text`, whatever is in it.
fn code(text: &str) -> String {
    let text = escape(text);
    if text.trim().is_empty() {
        return "(nothing)".to_owned();
    }
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn code_spans_hold_anything() {
        assert_eq!(code("a b"), "`a b`");
        assert_eq!(code("a `b` c"), "``a `b` c``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\nb<script>"), "`a\\nb<script>`");
        assert_eq!(code(" "), "(nothing)");
    }
}
