//! What may be wrong with the directory of specs and its files.

use crate::harness::{Outcome, compile_files};
use dashwright::diagnostic::Sink;
use dashwright::spec::{MAX_FILE_BYTES, Tree, read, read_tree};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const QUERY: &str = "queries:\n  up: { help: Targets, expr: up }\n";

fn directory(files: &[(&str, &[u8])]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    directory
}

fn run(root: &Path, profile: Option<&str>) -> Outcome {
    let mut sink = Sink::default();
    let files = read(root, profile, &mut sink);
    compile_files(files, sink)
}

/// The report, with the directory's own path taken out.
fn report(root: &Path, profile: Option<&str>) -> String {
    let shown = root.to_string_lossy().replace('\\', "/");
    run(root, profile).report().replace(&shown, "DIR")
}

#[test]
fn a_directory_that_is_missing_or_none() {
    let place = directory(&[("file", b"")]);
    insta::assert_snapshot!(
        "missing_directory",
        report(&place.path().join("specs"), None)
    );
    insta::assert_snapshot!(
        "file_as_directory",
        report(&place.path().join("file"), None)
    );
}

#[test]
fn a_directory_without_specs() {
    insta::assert_snapshot!(report(directory(&[("notes.txt", b"x")]).path(), None));
}

#[test]
fn a_directory_of_profiles_only_holds_no_specs() {
    let place = directory(&[("profiles/local.yaml", QUERY.as_bytes())]);
    assert!(run(place.path(), None).failed());
}

#[test]
fn a_file_that_is_not_text() {
    let place = directory(&[
        ("good.yaml", QUERY.as_bytes()),
        ("bad.yaml", b"queries:\n  caf\xe9: {}\n"),
    ]);
    insta::assert_snapshot!(report(place.path(), None));
}

#[test]
fn a_file_that_is_far_too_large() {
    let place = directory(&[("good.yaml", QUERY.as_bytes())]);
    let large = fs::File::create(place.path().join("large.yaml")).unwrap();
    large.set_len(50 << 20).unwrap();
    insta::assert_snapshot!(report(place.path(), None));
}

#[test]
fn a_file_of_the_largest_size_is_read() {
    let comment = "#".repeat(usize::try_from(MAX_FILE_BYTES).unwrap() - QUERY.len() - 1);
    let text = format!("{QUERY}{comment}\n");
    assert_eq!(text.len() as u64, MAX_FILE_BYTES);
    let place = directory(&[("large.yaml", text.as_bytes())]);
    run(place.path(), None).clean();
}

#[test]
fn unknown_profiles_are_named_with_those_that_exist() {
    let place = directory(&[
        ("a.yaml", QUERY.as_bytes()),
        ("profiles/local.yaml", b"scrape: { interval: 1s }\n"),
        ("profiles/live/a.yaml", b"scrape: { interval: 1s }\n"),
    ]);
    insta::assert_snapshot!("unknown_profile", report(place.path(), Some("lokal")));
    run(place.path(), Some("local")).clean();
    run(place.path(), Some("live")).clean();
    let bare = directory(&[("a.yaml", QUERY.as_bytes())]);
    insta::assert_snapshot!("no_profiles", report(bare.path(), Some("local")));
}

#[test]
fn the_name_of_a_profile_may_have_a_dot() {
    let place = directory(&[
        ("a.yaml", QUERY.as_bytes()),
        ("profiles/eu.west/a.yaml", b"scrape: { interval: 1s }\n"),
        ("profiles/eu.north.yaml", b"scrape: { interval: 1s }\n"),
    ]);
    run(place.path(), Some("eu.west")).clean();
    run(place.path(), Some("eu.north")).clean();
    insta::assert_snapshot!("dots_of_profiles", report(place.path(), Some("eu")));
}

#[test]
fn a_profile_is_one_thing() {
    let interval = b"scrape: { interval: 1s }\n".as_slice();
    let texts = [
        ("a.yaml", QUERY.as_bytes()),
        ("profiles/README.md", b"Profiles"),
        ("profiles/live/a.yaml", interval),
        ("profiles/live/b.yaml", b"scrape: { timeout: 1s }\n"),
        ("profiles/live.yaml", interval),
        ("profiles/local.yaml", interval),
        ("profiles/local.yml", interval),
        ("profiles/one/a.yaml", interval),
        ("profiles/one/b.yaml", b"scrape: { timeout: 1s }\n"),
    ];
    let place = directory(&texts);
    let revision = |profile| {
        let files = texts.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let tree = Tree {
            name: "DIR".to_owned(),
            files: files.into(),
        };
        let mut sink = Sink::default();
        let files = read_tree(tree, Some(profile), &mut sink);
        compile_files(files, sink)
    };
    for profile in ["live", "local", "README"] {
        let report = report(place.path(), Some(profile));
        assert_eq!(revision(profile).report(), report);
        insta::assert_snapshot!(format!("profile_{profile}"), report);
    }
    run(place.path(), Some("one")).clean();
    revision("one").clean();
    run(place.path(), None).clean();
}

#[test]
fn profiles_and_hidden_files_are_no_part_of_the_base() {
    let place = directory(&[
        ("a.yaml", QUERY.as_bytes()),
        ("profiles/broken.yaml", b"queries: ["),
        (".hidden.yaml", b"queries: ["),
        (".git/x.yaml", b"queries: ["),
        ("notes.md", b"queries: ["),
    ]);
    run(place.path(), None).clean();
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_taken() {
    let text = format!("\u{feff}{}", QUERY.replace('\n', "\r\n"));
    let place = directory(&[("a.yml", text.as_bytes())]);
    run(place.path(), None).clean();
}

#[test]
fn errors_in_files_with_windows_line_ends_have_the_right_place() {
    let text = "queries:\r\n  q:\r\n    help: x\r\n    expr: >\r\n      sum(\r\n      nothing)\r\n";
    let place = directory(&[("a.yaml", text.as_bytes())]);
    insta::assert_snapshot!(report(place.path(), None));
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let place = directory(&[("a/a.yaml", QUERY.as_bytes())]);
    std::os::unix::fs::symlink(place.path(), place.path().join("a/again")).unwrap();
    assert!(run(place.path(), None).failed());
}

/// An exposition that is read from `file`.
#[cfg(unix)]
fn exposition(file: &str) -> String {
    format!(
        "{QUERY}external: {{ n: {{ job: j, file: {file} }} }}\nscrape: {{ jobs: {{ j: {{ targets: ['a:1'] }} }} }}\n"
    )
}

#[cfg(unix)]
fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_read() {
    // The first has no end, the second never begins.
    let place = directory(&[
        ("a.yaml", exposition("/dev/zero").as_bytes()),
        ("metrics.prom", b"# TYPE a gauge\na 1\n"),
    ]);
    insta::assert_snapshot!("device", report(place.path(), None));
    fs::write(place.path().join("a.yaml"), exposition("pipe")).unwrap();
    pipe(&place.path().join("pipe"));
    insta::assert_snapshot!("pipe", report(place.path(), None));
    fs::write(place.path().join("a.yaml"), exposition("profiles")).unwrap();
    fs::create_dir(place.path().join("profiles")).unwrap();
    insta::assert_snapshot!("directory_as_file", report(place.path(), None));

    fs::write(place.path().join("a.yaml"), exposition("link")).unwrap();
    std::os::unix::fs::symlink("metrics.prom", place.path().join("link")).unwrap();
    run(place.path(), None).clean();
    pipe(&place.path().join("profiles/p.yaml"));
    insta::assert_snapshot!("pipe_as_profile", report(place.path(), Some("p")));
}
