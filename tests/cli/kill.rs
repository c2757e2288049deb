//! A kill at any moment leaves every file old or new.

use crate::sandbox::{SPECS, Sandbox};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Instant;

const DASHBOARDS: usize = 120;

const MAX_ROUNDS: u32 = 150;

/// How many kills must have hit while files were being replaced for the test
/// to have shown anything.
const WANTED: usize = 3;

fn specs(title: &str, dashboards: usize) -> String {
    let mut text = String::from("dashboards:\n");
    for number in 0..dashboards {
        text.push_str(&format!(
            "  board-{number}:\n    title: {title} {number}\n    panels:\n      \
             p: {{ title: {title}, stat: {{ query: request_rate }} }}\n"
        ));
    }
    SPECS
        .replace("title: App", &format!("title: {title}"))
        .replace("dashboards:\n", &text)
}

fn start(sandbox: &Sandbox, specs: &str) -> Child {
    sandbox
        .command()
        .args(["generate", "--specs", specs, "--out", "out"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn is_temporary(name: &str) -> bool {
    name.starts_with(".dashwright-") && name.ends_with(".tmp")
}

/// Waits for the first file in the making, or the end of the process.
fn wait_for_writing(child: &mut Child, directory: &Path) {
    while child.try_wait().unwrap().is_none() {
        let mut names = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        if names.any(|name| is_temporary(name.to_str().unwrap())) {
            return;
        }
    }
}

#[test]
fn files_are_old_or_new_and_the_next_run_mends_everything() {
    let sandbox = Sandbox::empty();
    sandbox.write("old/main.yaml", &specs("Old", DASHBOARDS + 10));
    sandbox.write("new/main.yaml", &specs("New", DASHBOARDS));
    let mut expected = BTreeMap::new();
    for specs in ["new", "old"] {
        sandbox
            .run(&format!("generate --specs {specs} --out out"))
            .succeeds();
        expected.insert(specs, sandbox.tree("out"));
    }
    let directory = sandbox.path("out/monitoring/dashboards");
    let begin = Instant::now();
    let mut child = start(&sandbox, "new");
    wait_for_writing(&mut child, &directory);
    let before_writing = begin.elapsed();
    child.wait().unwrap();
    let writing = begin.elapsed() - before_writing;

    let (mut there, mut target) = ("new", "old");
    let mut halfway = 0;
    for round in 0..MAX_ROUNDS {
        // A low-discrepancy sequence covers the whole span, whatever it is here.
        let share = (f64::from(round) * 0.618_033_988_75).fract();
        let mut child = start(&sandbox, target);
        let anywhere = round % 4 == 0;
        if anywhere {
            std::thread::sleep(before_writing.mul_f64(share));
        } else {
            wait_for_writing(&mut child, &directory);
            let begin = Instant::now();
            // Sleeping is too coarse for the few milliseconds of the renames.
            while begin.elapsed() < writing.mul_f64(share) {
                std::hint::spin_loop();
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let (mut new, mut old) = (0, 0);
        for (path, bytes) in sandbox.tree("out") {
            if path == ".dashwright.json" || is_temporary(path.rsplit('/').next().unwrap()) {
                continue;
            }
            let is = |specs: &str| expected[specs].get(&path) == Some(&bytes);
            match (is(target), is(there)) {
                (true, true) => {}
                (true, false) => new += 1,
                (false, true) => old += 1,
                (false, false) => panic!("round {round}: {path} is neither old nor new"),
            }
        }
        if new > 0 && old > 0 {
            halfway += 1;
        }
        // Whatever the state, both the old and the new can be had from it.
        let next = if round % 2 == 0 { target } else { there };
        sandbox
            .run(&format!("generate --specs {next} --out out"))
            .succeeds();
        assert_eq!(sandbox.tree("out"), expected[next], "round {round}");
        (there, target) = if next == "new" {
            ("new", "old")
        } else {
            ("old", "new")
        };
        if halfway >= WANTED && round >= 24 {
            return;
        }
    }
    panic!(
        "only {halfway} of {MAX_ROUNDS} kills hit while files were being replaced: too few to show anything"
    );
}
