//! Dashboards in Grafana's classic JSON, in the form that Grafana itself gives
//! them when it saves one: sorted keys, none that Grafana drops, all that it
//! adds. A dashboard that was saved in the browser then differs from the
//! generated one only where somebody changed it.

mod custom;
mod field;
mod indent;
mod number;
mod options;
mod overrides;
mod page;
mod panel;
mod table;
mod target;
mod variable;

#[cfg(test)]
mod tests;

use crate::model::Dashboard;
use indent::Indent;
use serde::Serialize;

/// The dashboard's file: indented JSON that ends with a newline.
pub(super) fn dashboard(dashboard: &Dashboard) -> Vec<u8> {
    // Typical sizes, so that the buffer grows at most once.
    let size = 2_048 + 768 * dashboard.variables.len() + 3_072 * dashboard.all_panels().count();
    let mut bytes = Vec::with_capacity(size);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Indent::default());
    #[expect(
        clippy::expect_used,
        reason = "neither a Vec nor a map with text keys can fail"
    )]
    page::Page::new(dashboard)
        .serialize(&mut serializer)
        .expect("a dashboard becomes JSON");
    bytes.push(b'\n');
    // A copy of just the length: the files of a large run are all held at once.
    bytes.as_slice().to_vec()
}
