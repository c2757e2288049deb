//! The dashboards that the page draws: packed, since there may be thousands and
//! a reader opens few.

use crate::diff::{self, DashboardView, Diff, Side, Verb};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{HashMap, HashSet, VecDeque};
use std::io::Write;

/// Dashboards in one pack: to open one unpacks so many.
pub(super) const PACK: usize = 16;

/// A dashboard of either side. Its versions are in a pack.
#[derive(Serialize)]
pub(super) struct Entry {
    uid: String,
    title: String,
    /// `None` if it is the same on both sides.
    verb: Option<&'static str>,
    marks: Vec<Mark>,
}

#[derive(Serialize)]
struct Mark {
    ids: Vec<u64>,
    verb: &'static str,
}

/// A dashboard before and after.
type Versions<'s> = [Option<DashboardView<'s>>; 2];

/// The dashboards of both sides, those that changed first, and the packs of
/// [`PACK`] of them each: JSON lists of `[before, after]`, deflated, in base64.
/// What has not changed is only said once, as what is after.
pub(super) fn dashboards(diff: &Diff, sides: [&Side; 2]) -> (Vec<Entry>, Vec<String>) {
    let mut marks = marks(diff);
    let changed: HashSet<&str> = diff.all().filter_map(|change| change.dashboard()).collect();
    let mut all: Vec<(Entry, Versions<'_>)> = paired(sides)
        .into_iter()
        .filter_map(|mut versions| {
            let shown = versions[1].as_ref().or(versions[0].as_ref())?;
            let mut marks = marks.remove(&shown.uid).unwrap_or_default();
            // What a panel says now is more than where it stands.
            marks.sort_by_key(|mark| mark.verb == "moved");
            let entry = Entry {
                uid: shown.uid.clone(),
                title: shown.title.clone(),
                verb: match &versions {
                    [None, _] => Some("added"),
                    [_, None] => Some("removed"),
                    _ if changed.contains(&*shown.uid) => Some("changed"),
                    _ => None,
                },
                marks,
            };
            if entry.verb.is_none() {
                versions[0] = None;
            }
            Some((entry, versions))
        })
        .collect();
    all.sort_by_key(|(entry, _)| entry.verb.is_none());
    let (entries, versions): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    (entries, versions.par_chunks(PACK).map(pack).collect())
}

/// The panels that each dashboard's changes are about, by uid.
fn marks(diff: &Diff) -> HashMap<String, Vec<Mark>> {
    let mut marks: HashMap<String, Vec<Mark>> = HashMap::new();
    for change in diff.all() {
        let Some((uid, ids)) = change.panels() else {
            continue;
        };
        let verb = match change.verb {
            Verb::Added => "added",
            Verb::Removed => "removed",
            _ if change.is_layout() => "moved",
            _ => "changed",
        };
        let ids = ids.collect();
        marks
            .entry(uid.to_owned())
            .or_default()
            .push(Mark { ids, verb });
    }
    marks
}

/// Which dashboard of one side is which of the other: by uid, and of those that
/// are left by title; several of one name in their order.
fn paired(sides: [&Side; 2]) -> Vec<Versions<'_>> {
    let [before, after] = sides.map(diff::dashboards);
    let mut before: Vec<_> = before.into_iter().map(Some).collect();
    let mut all: Vec<Versions<'_>> = after.into_iter().map(|view| [None, Some(view)]).collect();
    let names: [fn(&DashboardView<'_>) -> String; 2] =
        [|view| view.uid.clone(), |view| view.title.clone()];
    for name in names {
        let mut places: HashMap<String, VecDeque<usize>> = HashMap::new();
        for (at, view) in before.iter().enumerate() {
            if let Some(view) = view {
                places.entry(name(view)).or_default().push_back(at);
            }
        }
        for [old, new] in &mut all {
            if let (None, Some(new)) = (&old, new)
                && let Some(at) = places.get_mut(&name(new)).and_then(VecDeque::pop_front)
            {
                *old = before[at].take();
            }
        }
    }
    all.extend(before.into_iter().flatten().map(|old| [Some(old), None]));
    all
}

fn pack(all: &[Versions<'_>]) -> String {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
    let mut text = Vec::new();
    for (index, versions) in all.iter().enumerate() {
        text.push(if index == 0 { b'[' } else { b',' });
        for (mark, version) in [b'[', b','].into_iter().zip(versions) {
            text.push(mark);
            match version {
                Some(view) => dense(view.json, &mut text),
                None => text.extend(b"null"),
            }
        }
        text.push(b']');
    }
    text.push(b']');
    // Memory takes whatever is written to it.
    let _ = packed.write_all(&text);
    STANDARD.encode(packed.finish().unwrap_or_default())
}

/// JSON without blanks between its parts, so that what is said twice lies near
/// enough to be packed once.
fn dense(json: &str, text: &mut Vec<u8>) {
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in json.bytes() {
        if is_text || !byte.is_ascii_whitespace() {
            text.push(byte);
        }
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::dense;

    #[test]
    fn blanks_stay_in_texts_only() {
        let mut text = Vec::new();
        dense("{ \"a b\" :\n [ 1, \"\\\" c\\\\\" , \" d\" ] }", &mut text);
        assert_eq!(text, br#"{"a b":[1,"\" c\\"," d"]}"#);
    }
}
