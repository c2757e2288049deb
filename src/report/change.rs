//! What a change means, for people and for programs.

mod html;
mod json;
mod markdown;
mod terminal;
mod words;

pub use html::{Page, page as diff_page};
pub use json::json as diff_json;
pub use markdown::markdown as diff_markdown;
pub use terminal::terminal as diff_terminal;

/// What the sides of a comparison are called.
#[derive(Debug, Clone, Copy)]
pub struct SideNames<'a> {
    /// The side before.
    pub base: &'a str,
    /// The side after.
    pub head: &'a str,
}
