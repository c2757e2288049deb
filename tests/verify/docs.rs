//! The table of causes in the documentation is that of the cases here.

use crate::{exposed, hostile, routing, scraped};
use std::fs;
use std::path::Path;

/// What is broken, and the codes of what `verify` says about it.
pub(crate) type Row = (&'static str, &'static [&'static str]);

#[test]
fn the_table_of_causes_is_what_the_tests_show() {
    let rows = [
        scraped::rows(),
        exposed::rows(),
        routing::rows(),
        hostile::rows(),
    ]
    .concat();
    let mut table = String::from("| what is broken | what `verify` says |\n| --- | --- |\n");
    for (broken, codes) in &rows {
        let codes: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
        table.push_str(&format!("| {broken} | {} |\n", codes.join(", ")));
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verify.md");
    let text = fs::read_to_string(page).unwrap();
    assert!(
        text.contains(&table),
        "docs/verify.md should hold this table:\n\n{table}"
    );
    assert!(rows.len() >= 20);
}
