//! Findings, plans and changes, for people and for programs. Nothing here prints: all
//! of it is text to be printed.

mod change;
mod count;
mod human;
mod json;
mod lines;
mod plan;
mod rules;
mod text;
mod verdict;

pub use change::{Page, SideNames, diff_json, diff_markdown, diff_page, diff_terminal};
pub use human::{diagnostics, summary};
pub use json::{document, verdict_document};
pub use plan::{applied, drift};
pub use rules::{explanation, rules};
pub use text::escape;
pub use verdict::verdict;

/// How reports for people look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether there may be color.
    pub color: bool,
    /// Columns to fit snippets into.
    pub width: usize,
}

impl Style {
    /// Without color, for files and pipes.
    pub const PLAIN: Self = Self {
        color: false,
        width: 140,
    };
}
