//! The order of the rooms, each of which uses only those above it, and what is
//! published of the repository.

#![allow(clippy::unwrap_used, reason = "what is not as expected fails its test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// From top to bottom, as in `docs/architecture.md`.
const ROOMS: [&str; 13] = [
    "diagnostic",
    "promql",
    "template",
    "spec",
    "model",
    "resolve",
    "check",
    "render",
    "output",
    "diff",
    "verify",
    "report",
    "cli",
];

/// The files below a directory; none if there is no such directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn sources(room: &str) -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = vec![src.join(format!("{room}.rs"))];
    found.extend(files(&src.join(room)));
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    found
}

/// The rooms that a line of code names with `crate::`.
fn named(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("crate::").flat_map(|(at, _)| {
        let rest = &line[at + "crate::".len()..];
        let group = rest
            .strip_prefix('{')
            .and_then(|group| group.split('}').next());
        let names: Vec<&str> = match group {
            Some(group) => group.split(',').collect(),
            None => vec![rest],
        };
        names.into_iter().map(|name| {
            let name = name.trim();
            &name[..name
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(name.len())]
        })
    })
}

#[test]
fn each_room_uses_only_those_above_it() {
    let mut wrong = Vec::new();
    let mut uses = 0;
    for (index, room) in ROOMS.iter().enumerate() {
        for file in sources(room) {
            let text = fs::read_to_string(&file).unwrap();
            for (number, line) in text.lines().enumerate() {
                for other in named(line).filter(|name| ROOMS.contains(name)) {
                    uses += 1;
                    if ROOMS.iter().position(|known| known == &other) > Some(index) {
                        wrong.push(format!(
                            "{}:{}: `{room}` uses `{other}`",
                            file.display(),
                            number + 1
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        uses > 100,
        "the test sees {uses} uses of rooms only: it looks in the wrong place"
    );
}

#[test]
fn the_library_has_these_rooms_in_this_order() {
    let library =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let declared: Vec<&str> = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    assert_eq!(declared, ROOMS);
}

#[test]
fn outer_crates_stay_in_their_rooms() {
    let only = [
        ("granit_parser", &["spec"][..]),
        ("anyhow", &["cli"]),
        ("annotate_snippets", &["report"]),
        ("clap", &["cli"]),
        ("minijinja", &["render"]),
        ("serde_yaml", &["render", "verify"]),
        ("ureq", &["verify"]),
        ("regex_lite", &["promql", "model", "verify"]),
        ("walkdir", &["spec", "output", "cli"]),
    ];
    let mut wrong = Vec::new();
    for room in ROOMS {
        for file in sources(room) {
            let text = fs::read_to_string(&file).unwrap();
            for (name, homes) in only {
                if !homes.contains(&room) && text.contains(&format!("{name}::")) {
                    wrong.push(format!("{}: `{room}` uses {name}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Everything that the sources embed: cargo leaves out directories that have a
/// manifest of their own.
#[test]
fn what_is_embedded_is_published() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(root)
        .output()
        .unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    let listed = String::from_utf8(output.stdout).unwrap();
    let listed: Vec<&Path> = listed.lines().map(Path::new).collect();
    // The tests and benches of the runtime are for this repository.
    let own = root.join("templates/emitter/rust/package");
    let mut missing: Vec<PathBuf> = Vec::new();
    for directory in ["src", "specs", "templates"] {
        let files = files(&root.join(directory));
        assert!(!files.is_empty(), "{directory}");
        missing.extend(files.into_iter().filter(|file| {
            let relative = file.strip_prefix(root).unwrap();
            !file.starts_with(&own) && !listed.contains(&relative)
        }));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
